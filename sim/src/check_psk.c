#include "base.h"
#include "watch.h"

/* S25: who accepts a response has the preshared key that its sender had when it left; and who accepts data knows a peer that knows
 * it, with the same preshared key, unless one of them was changed: sessions outlive that (P-131). */

struct agreed {
    bool    changed;
    bool    had; /* a preshared key, when the newest response left */
    uint8_t psk[32];
};

static struct agreed *agreed_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_psk, state, pair);
}

static bool same(const struct sim_conf *side, bool had, const uint8_t psk[32])
{
    return side->has_psk == had && (!had || memcmp(side->psk, psk, sizeof side->psk) == 0);
}

static void arrived(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const uint32_t reverse = watch->facts[seen->pair].reverse;
    const struct sim_conf *mine = &watch->sides[seen->pair], *theirs;
    bool equal;

    sim_rule_checked(watch, SIM_S25);
    if (reverse == SIM_NONE || !mine->present) {
        sim_rule_broken(watch, SIM_S25, seen->now, seen->node, "a session with pair %u, which does not know this node",
                        seen->pair, 0);
        return;
    }
    theirs = &watch->sides[reverse];
    if (seen->data[0] == 2)
        equal = same(mine, agreed_of(state, reverse)->had, agreed_of(state, reverse)->psk);
    else
        equal = agreed_of(state, seen->pair)->changed || agreed_of(state, reverse)->changed
                || same(mine, theirs->has_psk, theirs->psk);
    if (!equal)
        sim_rule_broken(watch, SIM_S25, seen->now, seen->node, "a session with pair %u, whose preshared key differs",
                        seen->pair, 0);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    if (seen->pair == SIM_NONE)
        return;
    if (seen->kind == SIM_SEEN_FORGOT || (seen->kind == SIM_SEEN_SET && seen->set == SIM_SET_PSK))
        agreed_of(state, seen->pair)->changed = true;
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 2, 92)) {
        agreed_of(state, seen->pair)->had = watch->sides[seen->pair].has_psk;
        memcpy(agreed_of(state, seen->pair)->psk, watch->sides[seen->pair].psk, 32);
    }
    /* an initiation does not prove it yet */
    if (seen->kind == SIM_SEEN_ARRIVED && seen->length > 0 && seen->data[0] != 1 && sim_seen_authentic(seen))
        arrived(watch, state, seen);
}

const struct sim_checker sim_check_psk = {.rule = SIM_S25, .of_pairs = true, .pair = sizeof(struct agreed), .see = see};
