#include "ledger.h"

/* S10: what a responder sends under a session, it sends after having received under it. */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct sim_session *session = seen->session;

    (void)state;
    if (!session || !sim_is_type(seen, 4, 32))
        return;
    if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen))
        session->confirmed = true;
    if (seen->kind != SIM_SEEN_SENT)
        return;
    sim_rule_checked(watch, SIM_S10);
    if (!session->confirmed)
        sim_rule_broken(watch, SIM_S10, seen->now, seen->node, "data sent under an unconfirmed session, index %u, born at %t",
                        session->local, session->birth);
}

const struct sim_checker sim_check_confirm = {
    .rule = SIM_S10, .kinds = SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED), .see = see};
