#include "base.h"
#include "watch.h"

/* S25: who accepts data or a response of a peer has the same preshared key. */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const struct sim_peer *mine, *theirs;

    (void)state;
    if (seen->kind != SIM_SEEN_ARRIVED || seen->pair == SIM_NONE || seen->length == 0 || !sim_seen_authentic(seen))
        return;
    if (seen->data[0] == 1) /* an initiation does not prove it yet */
        return;
    sim_rule_checked(watch, SIM_S25);
    mine = &watch->plan->peers[seen->pair];
    if (watch->facts[seen->pair].reverse == SIM_NONE) {
        sim_rule_broken(watch, SIM_S25, seen->now, seen->node, "a session with pair %u, which does not know this node",
                        seen->pair, 0);
        return;
    }
    theirs = &watch->plan->peers[watch->facts[seen->pair].reverse];
    if (mine->has_psk != theirs->has_psk || (mine->has_psk && memcmp(mine->psk, theirs->psk, sizeof mine->psk) != 0))
        sim_rule_broken(watch, SIM_S25, seen->now, seen->node, "a session with pair %u, whose preshared key differs",
                        seen->pair, 0);
}

const struct sim_checker sim_check_psk = {.rule = SIM_S25, .see = see};
