#include "base.h"
#include "ledger.h"

/* S2 and S3: the set of counters that each session accepted, kept whole, against the window. */

#define UNUSABLE (UINT64_MAX - 16384u) /* counters near the limit are refused for that, by engines that differ a little (P-64) */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct sim_session *session = seen->session;
    uint64_t counter, reach;
    bool accepted, had;

    (void)state;
    if (seen->kind != SIM_SEEN_ARRIVED || !session || !sim_is_type(seen, 4, 32))
        return;
    accepted = sim_seen_authentic(seen);
    if (!accepted && seen->reason != WRN_REASON_REPLAY)
        return;
    counter = sim_load64(seen->data + 8);
    reach = watch->plan->nodes[seen->node].limits.window_bits - 64; /* (P-61) */
    had = sim_session_has(session, counter);
    sim_rule_checked(watch, SIM_S3);
    if (accepted && counter + 1 + reach < session->newest)
        sim_rule_broken(watch, SIM_S3, seen->now, seen->node, "counter %u accepted behind the window, newest is %u", counter,
                        session->newest - 1);
    if (!accepted && !had && counter < UNUSABLE && counter + 1 + reach >= session->newest)
        sim_rule_broken(watch, SIM_S3, seen->now, seen->node, "fresh counter %u refused as a replay, newest is %u", counter,
                        session->newest - 1);
    if (!accepted)
        return;
    sim_rule_checked(watch, SIM_S2);
    if (had)
        sim_rule_broken(watch, SIM_S2, seen->now, seen->node, "counter %u of the session with index %u accepted twice", counter,
                        session->local);
    sim_session_add(watch, session, counter);
    if (counter + 1 > session->newest)
        session->newest = counter + 1;
}

const struct sim_checker sim_check_replay = {.rule = SIM_S3, .kinds = SIM_SEEN_MASK(SIM_SEEN_ARRIVED), .see = see};
