#include "ledger.h"

/* L5: the first unanswered data packet arms 10 s; anything authentic that is sent disarms. Giving up cancels. A node whose
 * session has grown too old meanwhile asks for a handshake instead, which may be held back: that is not judged. */

#define SLACK 1000u /* ns: a skewed clock's instants fall between the world's */

struct armed { bool there; wrn_time at; };

static struct armed *armed_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_keepalive, state, pair);
}

static void late(struct sim_watch *watch, struct armed *armed, const struct sim_seen *seen, uint32_t pair)
{
    const struct sim_session *session = sim_ledger_current(watch, pair);
    wrn_time deadline = armed->at + 10 * WRN_SECOND;

    if (!armed->there || seen->local <= deadline + SLACK)
        return;
    armed->there = false;
    sim_rule_checked(watch, SIM_L5);
    if (!session || session->mute || deadline - session->birth >= 180 * WRN_SECOND)
        return;
    sim_rule_broken(watch, SIM_L5, seen->now - (seen->local - deadline), seen->node,
                    "nothing sent to pair %u since data came at %t", pair, armed->at);
}

/* What fell due while the node could do nothing is due now. */
static void resumed(struct armed *armed, const struct sim_seen *seen)
{
    if (armed->there && armed->at + 10 * WRN_SECOND < seen->local)
        armed->at = seen->local - 10 * WRN_SECOND;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct armed *armed;
    uint32_t first, end;

    if (seen->kind == SIM_SEEN_RESUMED)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            resumed(armed_of(state, i), seen);
    if (seen->kind == SIM_SEEN_END || seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            late(watch, armed_of(state, i), seen, i);
    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        armed_of(state, i)->there = false;
    if (seen->pair == SIM_NONE)
        return;
    armed = armed_of(state, seen->pair);
    late(watch, armed, seen, seen->pair);
    if (seen->kind == SIM_SEEN_GAVE_UP || watch->facts[seen->pair].blind) /* blind: what was due may have gone nowhere, unseen */
        armed->there = false;
    if (seen->kind == SIM_SEEN_SENT && armed->there) {
        sim_rule_checked(watch, SIM_L5);
        armed->there = false;
    }
    if (seen->kind == SIM_SEEN_ARRIVED && !armed->there && !watch->facts[seen->pair].blind && sim_is_type(seen, 4, 33)
        && sim_seen_authentic(seen))
        *armed = (struct armed){true, seen->local};
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESUMED) | SIM_SEEN_MASK(SIM_SEEN_END) | SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_FORGOT) \
     | SIM_SEEN_MASK(SIM_SEEN_SET) | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED))

const struct sim_checker sim_check_keepalive = {
    .rule = SIM_L5, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct armed), .see = see};
