#include "watch.h"

/* S22: books that must balance: of each half path, and of each engine (law 6). S23: what waits for a session. */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    (void)state;
    if (seen->kind == SIM_SEEN_BALANCE) {
        sim_rule_checked(watch, SIM_S22);
        if (seen->left != seen->right)
            sim_rule_broken(watch, SIM_S22, seen->now, seen->node, seen->what, seen->left, seen->right);
    }
    if (seen->kind == SIM_SEEN_INNER_IN && seen->pair != SIM_NONE) {
        uint32_t share = watch->plan->nodes[seen->node].limits.stage_share;

        sim_rule_checked(watch, SIM_S23);
        if (seen->staged > share)
            sim_rule_broken(watch, SIM_S23, seen->now, seen->node, "%u packets wait for a session, the limit is %u", seen->staged,
                            share);
    }
}

const struct sim_checker sim_check_balance = {
    .rule = SIM_S22, .kinds = SIM_SEEN_MASK(SIM_SEEN_BALANCE) | SIM_SEEN_MASK(SIM_SEEN_INNER_IN), .see = see};
