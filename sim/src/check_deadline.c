#include "watch.h"

/* T1 (oracle 7): a node that has drained its engine sleeps until a deadline that lies ahead. */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    (void)state;
    if (seen->kind != SIM_SEEN_STEP)
        return;
    sim_rule_checked(watch, SIM_T1);
    if (seen->deadline <= seen->local)
        sim_rule_broken(watch, SIM_T1, seen->now, seen->node, "the next deadline is %t, the clock shows %t", seen->deadline,
                        seen->local);
}

const struct sim_checker sim_check_deadline = {.rule = SIM_T1, .kinds = SIM_SEEN_MASK(SIM_SEEN_STEP), .see = see};
