#include "base.h"
#include "watch.h"

/* S4 and S7: every seal of every engine, by key. A transport key (no associated data) counts up from 0; a handshake key seals
 * once and with counter 0. Keys are told apart by their first 16 bytes. */

#define RECEIVED_MOST 8129u /* below 2^64: what the kernel takes at most (P-64) */

struct key {
    uint8_t  key[16];
    uint64_t next;
    bool     used;
};

struct keys {
    struct key *slots;
    uint64_t    size, used;
};

static struct key *probe(struct key *slots, uint64_t size, const uint8_t key[16])
{
    uint64_t i = sim_load64(key) & (size - 1);

    while (slots[i].used && memcmp(slots[i].key, key, 16) != 0)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static struct key *find(struct sim_watch *watch, struct keys *keys, const uint8_t key[16])
{
    struct key *slot;

    if (2 * (keys->used + 1) > keys->size) {
        uint64_t size = keys->size ? 2 * keys->size : 256;
        struct key *slots = sim_take(watch->memory, (size_t)size * sizeof *slots);

        if (!slots)
            return NULL;
        for (uint64_t i = 0; i < keys->size; i++)
            if (keys->slots[i].used)
                *probe(slots, size, keys->slots[i].key) = keys->slots[i];
        keys->slots = slots;
        keys->size = size;
    }
    slot = probe(keys->slots, keys->size, key);
    if (!slot->used) {
        slot->used = true;
        memcpy(slot->key, key, 16);
        keys->used++;
    }
    return slot;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct key *key;

    if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32) && sim_seen_authentic(seen)) {
        sim_rule_checked(watch, SIM_S7);
        if (sim_load64(seen->data + 8) >= UINT64_MAX - RECEIVED_MOST)
            sim_rule_broken(watch, SIM_S7, seen->now, seen->node, "counter %u, which no engine may use, was accepted",
                            sim_load64(seen->data + 8), 0);
    }
    if (seen->kind != SIM_SEEN_SEAL || !(key = find(watch, state, seen->key)))
        return;
    sim_rule_checked(watch, SIM_S4);
    if (seen->counter != key->next)
        sim_rule_broken(watch, SIM_S4, seen->now, seen->node, "sealed with counter %u, the next of this key is %u", seen->counter,
                        key->next);
    if (seen->counter >= key->next)
        key->next = seen->counter + 1;
    if (seen->aad_length > 0) {
        if (seen->counter != 0)
            sim_rule_broken(watch, SIM_S4, seen->now, seen->node, "a handshake key used with counter %u", seen->counter, 0);
        return;
    }
    sim_rule_checked(watch, SIM_S7);
    if (seen->counter >= UINT64_MAX - 8192)
        sim_rule_broken(watch, SIM_S7, seen->now, seen->node, "counter %u is beyond the limit", seen->counter, 0);
}

const struct sim_checker sim_check_nonce = {
    .rule = SIM_S4, .kinds = SIM_SEEN_MASK(SIM_SEEN_SEAL) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED), .world = sizeof(struct keys), .see = see};
