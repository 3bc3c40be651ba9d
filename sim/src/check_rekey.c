#include "ledger.h"

/* L2: an initiator that sends under a session of 120 s or more initiates in the same step. L3: and one that receives while its
 * current session is 165 s or older, once per session. L4: on a clean path nothing of a session is refused. */

struct wanted {
    bool          there;
    enum sim_rule rule;
    uint32_t      pair;
    wrn_time      age;
};

static void want(struct sim_watch *watch, struct wanted *wanted, enum sim_rule rule, const struct sim_seen *seen,
                 const struct sim_session *session)
{
    if (sim_pair_held_back(watch, seen->pair, seen->local))
        return;
    *wanted = (struct wanted){true, rule, seen->pair, seen->local - session->birth};
}

static void received(struct sim_watch *watch, struct wanted *wanted, const struct sim_seen *seen)
{
    struct sim_session *session = sim_ledger_current(watch, seen->pair);
    wrn_time age = session ? seen->local - session->birth : 0;

    if (!session || !session->initiator || session->mute || session->late_rekey || age < 165 * WRN_SECOND || age >= 180 * WRN_SECOND)
        return;
    session->late_rekey = true;
    want(watch, wanted, SIM_L3, seen, session);
}

/* Handshakes that follow each other closely replace each other's sessions, and what is in flight is lost by the rules. */
static bool in_turmoil(const struct sim_watch *watch, uint32_t pair, wrn_time local)
{
    const struct sim_session *newest = sim_ledger_newest(watch, pair);

    return !newest || (newest->older && local - newest->older->birth < 12 * WRN_SECOND);
}

static void arrived(struct sim_watch *watch, const struct sim_seen *seen)
{
    const struct sim_session *session = seen->session;
    uint32_t pair = watch->facts[seen->from_pair].reverse;

    if (!watch->facts[seen->from_pair].clean || in_turmoil(watch, pair, seen->local))
        return;
    if (session && seen->local - session->birth >= 180 * WRN_SECOND) /* it grew too old on its way */
        return;
    sim_rule_checked(watch, SIM_L4);
    if (!sim_seen_authentic(seen))
        sim_rule_broken(watch, SIM_L4, seen->now, seen->node, "a datagram of %u bytes refused for reason %u", seen->length,
                        seen->reason);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct wanted *wanted = state;
    uint32_t first, end;

    sim_seen_rekeyed(watch, seen, &first, &end);
    if (wanted->pair >= first && wanted->pair < end)
        wanted->there = false; /* down, forgotten or somebody else in the same instant: nothing is asked of it any more */
    if (seen->kind == SIM_SEEN_STEP && wanted->there && watch->plan->peers[wanted->pair].node == seen->node) {
        wanted->there = false;
        sim_rule_checked(watch, wanted->rule);
        if (!sim_pair_held_back(watch, wanted->pair, seen->local))
            sim_rule_broken(watch, wanted->rule, seen->now, seen->node, "no initiation to pair %u, its session is %t old",
                            wanted->pair, wanted->age);
    }
    if (seen->kind == SIM_SEEN_ARRIVED && seen->pair == wanted->pair && sim_seen_authentic(seen))
        wanted->there = false; /* a new session may have come just now */
    if (!sim_is_type(seen, 4, 32) || seen->pair == SIM_NONE) {
        if (seen->kind == SIM_SEEN_ARRIVED && seen->ours && sim_is_type(seen, 4, 32))
            arrived(watch, seen);
        return;
    }
    if (seen->kind == SIM_SEEN_SENT && seen->session && seen->session->initiator
        && seen->local - seen->session->birth >= 120 * WRN_SECOND)
        want(watch, wanted, SIM_L2, seen, seen->session);
    if (seen->kind == SIM_SEEN_ARRIVED && seen->ours)
        arrived(watch, seen);
    if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen))
        received(watch, wanted, seen);
}

const struct sim_checker sim_check_rekey = {
    .rule = SIM_L2,
    .kinds = SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_STEP) | SIM_SEEN_MASK(SIM_SEEN_SENT)
             | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_FORGOT) | SIM_SEEN_MASK(SIM_SEEN_SET),
    .world = sizeof(struct wanted),
    .see = see};
