#include "twins.h"

#include "base.h"
#include "hash.h"

#define SLOTS 4096u
#define PART 2048u /* items of a pass, about */

/* Bytes that are equal when two items are twins; 0: this one has no twin. */
typedef size_t (*key_function)(const struct sim_plan *plan, uint32_t item, uint8_t key[128]);

struct pass {
    const struct sim_plan *plan;
    key_function           key_of;
    uint32_t               first, used;
    uint32_t               slots[SLOTS]; /* 1 + item - first; 0: empty */
};

static bool is_twin(const struct pass *pass, uint32_t item, const uint8_t *key, size_t length)
{
    uint8_t other[128];

    return pass->key_of(pass->plan, item, other) == length && memcmp(key, other, length) == 0;
}

/* Is there an equal one in this pass? If not it goes in, unless it is `only_asked`. */
static uint32_t meet(struct pass *pass, uint32_t item, const uint8_t *key, size_t length, uint32_t hash, bool only_asked)
{
    uint32_t at = hash % SLOTS;

    for (; pass->slots[at] != 0; at = (at + 1) % SLOTS)
        if (is_twin(pass, pass->first + pass->slots[at] - 1, key, length))
            return pass->first + pass->slots[at] - 1;
    if (pass->used < SLOTS - 1 && !only_asked) {
        pass->slots[at] = 1 + item - pass->first;
        pass->used++;
    } else if (!only_asked) { /* hashes chosen to be alike: slow, and right */
        for (uint32_t other = pass->first; other < item; other++)
            if (is_twin(pass, other, key, length))
                return other;
    }
    return SIM_NONE;
}

/* The lowest twin of first .. first + count. Items from `asked` on are only looked for: then it is the one that they equal. */
static uint32_t find(const struct sim_plan *plan, key_function key_of, uint32_t first, uint32_t count, uint32_t asked)
{
    const uint32_t passes = count / PART + 1;
    struct pass    pass = {.plan = plan, .key_of = key_of, .first = first};
    uint32_t       lowest = SIM_NONE;

    for (uint32_t part = 0; part < passes; part++) {
        memset(pass.slots, 0, sizeof pass.slots);
        pass.used = 0;
        for (uint32_t item = first; item < first + count; item++) {
            uint8_t  key[128];
            size_t   length = key_of(plan, item, key);
            uint64_t hash = length > 0 ? sim_sip(1, 2, key, length) : 0;
            uint32_t met;

            if (length == 0 || (hash >> 32) * passes >> 32 != part)
                continue;
            met = meet(&pass, item, key, length, (uint32_t)hash, item >= asked);
            if (met != SIM_NONE) {
                met = item >= asked ? met : item;
                lowest = met < lowest ? met : lowest;
            }
        }
    }
    return lowest;
}

static size_t text_key(const char *text, size_t size, uint8_t key[128])
{
    size_t length = 0;

    while (length < size && text[length] != 0)
        length++;
    memcpy(key, text, length);
    return length;
}

static size_t node_name(const struct sim_plan *plan, uint32_t item, uint8_t key[128])
{
    return text_key(plan->nodes[item].name, sizeof plan->nodes[item].name, key);
}

static size_t node_address(const struct sim_plan *plan, uint32_t item, uint8_t key[128])
{
    const struct wrn_endpoint *outer = &plan->nodes[item].outer;

    memcpy(key, outer->address, 16);
    key[16] = outer->family;
    key[17] = (uint8_t)outer->port;
    key[18] = (uint8_t)(outer->port >> 8);
    return 19;
}

static size_t nat_name(const struct sim_plan *plan, uint32_t item, uint8_t key[128])
{
    return text_key(plan->nats[item].name, sizeof plan->nats[item].name, key);
}

/* Boxes, then nodes. */
static size_t outside_address(const struct sim_plan *plan, uint32_t item, uint8_t key[128])
{
    if (item < plan->nat_count) {
        memcpy(key, plan->nats[item].address, 4);
        return plan->nats[item].map == SIM_NAT_NONE ? 0 : 4;
    }
    memcpy(key, plan->nodes[item - plan->nat_count].outer.address, 4);
    return plan->nodes[item - plan->nat_count].outer.family == 4 ? 4 : 0;
}

static size_t peer_of(const struct sim_plan *plan, uint32_t item, uint8_t key[128])
{
    sim_store32(key, plan->peers[item].peer);
    return 4;
}

uint32_t sim_twin_node_name(const struct sim_plan *plan)
{
    return find(plan, node_name, 0, plan->node_count, SIM_NONE);
}

uint32_t sim_twin_node_address(const struct sim_plan *plan)
{
    return find(plan, node_address, 0, plan->node_count, SIM_NONE);
}

uint32_t sim_twin_nat_name(const struct sim_plan *plan)
{
    return find(plan, nat_name, 0, plan->nat_count, SIM_NONE);
}

uint32_t sim_twin_nat_address(const struct sim_plan *plan)
{
    return find(plan, outside_address, 0, plan->nat_count, SIM_NONE);
}

uint32_t sim_twin_nat_node(const struct sim_plan *plan)
{
    return plan->nat_count == 0 ? SIM_NONE : find(plan, outside_address, 0, plan->nat_count + plan->node_count, plan->nat_count);
}

uint32_t sim_twin_peer(const struct sim_plan *plan, uint32_t first, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (plan->peers[first + i].peer <= plan->peers[first + i - 1].peer)
            return find(plan, peer_of, first, count, SIM_NONE);
    return SIM_NONE;
}
