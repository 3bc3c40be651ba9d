#include "base.h"
#include "watch.h"

/* S5: the world's mark, which every inner packet carries, in no datagram; the sender's public key in no handshake. */

static bool contains(const uint8_t *data, size_t length, const uint8_t *what, size_t size)
{
    const uint8_t *end = data + length;

    while ((size_t)(end - data) >= size) {
        data = memchr(data, what[0], (size_t)(end - data) - size + 1);
        if (!data)
            return false;
        if (memcmp(data, what, size) == 0)
            return true;
        data++;
    }
    return false;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    (void)state;
    if (seen->kind != SIM_SEEN_SENT || !watch->full || seen->cause == SIM_CAUSE_ATTACK)
        return;
    sim_rule_checked(watch, SIM_S5);
    if (contains(seen->data, seen->length, watch->traffic->mark, SIM_MARK_BYTES))
        sim_rule_broken(watch, SIM_S5, seen->now, seen->node, "plaintext in a datagram of %u bytes", seen->length, 0);
    if (seen->length <= 148 && contains(seen->data, seen->length, watch->public_keys[seen->node], 32))
        sim_rule_broken(watch, SIM_S5, seen->now, seen->node, "the static public key in a datagram of %u bytes", seen->length, 0);
}

const struct sim_checker sim_check_canary = {.rule = SIM_S5, .kinds = SIM_SEEN_MASK(SIM_SEEN_SENT), .see = see};
