#include "watch.h"

/* S16: initiations since something last gave the peer a reason to go on: user data, anything authentic heard, a reset. Where
 * there was a session, its timers ask anew up to 20 s later (passive keepalives at 10 and 20 s, the new handshake at 15 s), and
 * the count begins there. With a persistent keepalive the attempts go on for ever, so such pairs are not judged. */

#define TIMERS_OVER (20 * WRN_SECOND + 334 * WRN_MILLISECOND)

struct attempt {
    wrn_time first, session_until;
    uint32_t count;
};

static struct attempt *attempt_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_attempts, state, pair);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const bool heard = seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen);
    struct attempt *attempt;
    uint32_t first, end;

    sim_seen_anew(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        *attempt_of(state, i) = (struct attempt){0, 0, 0};
    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        attempt_of(state, i)->count = 0; /* the timers of a session that was there still ask anew, whatever the key is now */
    if (seen->kind == SIM_SEEN_SET && seen->pair != SIM_NONE)
        attempt_of(state, seen->pair)->count = 0; /* and so they do here */
    if (seen->kind == SIM_SEEN_RESUMED)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++) {
            attempt_of(state, i)->first += seen->gone_local;
            attempt_of(state, i)->session_until += seen->gone_local;
        }
    if (seen->pair == SIM_NONE || watch->sides[seen->pair].keepalive_s > 0)
        return;
    attempt = attempt_of(state, seen->pair);
    if (heard || seen->kind == SIM_SEEN_INNER_IN)
        attempt->count = 0;
    if (heard || (seen->kind == SIM_SEEN_INNER_IN && seen->verdict == WRN_SEND))
        attempt->session_until = seen->local + TIMERS_OVER;
    if (seen->kind != SIM_SEEN_SENT || !sim_is_type(seen, 1, 148))
        return;
    if (attempt->count++ == 0 || seen->local <= attempt->session_until) {
        attempt->first = seen->local;
        attempt->count = 1;
    }
    sim_rule_checked(watch, SIM_S16);
    if (attempt->count > 20 || seen->local - attempt->first > 107 * WRN_SECOND)
        sim_rule_broken(watch, SIM_S16, seen->now, seen->node, "initiation %u of an attempt, %t after its first", attempt->count,
                        seen->local - attempt->first);
}

const struct sim_checker sim_check_attempts = {.rule = SIM_S16, .of_pairs = true, .pair = sizeof(struct attempt), .see = see};
