#include "alarm.h"

/*
 * L7: a peer that restarted has lost its keys, and who sends to it does not know. Data that it sends under the dead session is
 * unanswered, so 15.333 s later it initiates; where its session is too old to send with, at once, unless an answer that leaves at that
 * very moment holds it back (P-69). The tunnel is up again when data is accepted at either end.
 */

#define SILENCE (15 * WRN_SECOND + 334 * WRN_MILLISECOND)

struct restart {
    bool               lost_keys; /* the peer's; and nothing came through since */
    struct sim_promise promise;
};

static struct restart *restart_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_restart, state, pair);
}

/* The reset of a crash, and of starting again: no session of the node's peers with it is worth anything. */
static void reset(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++) {
        restart_of(state, i)->promise.there = restart_of(state, i)->lost_keys = false;
        if (seen->first && watch->facts[i].reverse != SIM_NONE)
            restart_of(state, watch->facts[i].reverse)->lost_keys = true;
    }
}

static void promise(struct sim_watch *watch, struct restart *restart, const struct sim_seen *seen, wrn_time within)
{
    const wrn_time deadline = seen->now + within;

    if (!restart->lost_keys || !sim_calm(watch, seen->pair) || (restart->promise.there && restart->promise.deadline <= deadline
                                                               && restart->promise.mark == sim_disturbances(watch, seen->pair)))
        return;
    sim_promise_make(watch, SIM_L7, seen->pair, &restart->promise, sim_disturbances(watch, seen->pair), deadline);
}

static void up(struct sim_watch *watch, void *state, uint32_t pair)
{
    for (unsigned i = 0; i < 2 && pair != SIM_NONE; i++, pair = watch->facts[pair].reverse)
        restart_of(state, pair)->promise.there = restart_of(state, pair)->lost_keys = false;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct restart *restart;
    wrn_time there, back;

    if (seen->kind == SIM_SEEN_RESET)
        reset(watch, state, seen);
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    restart = restart_of(state, seen->pair);
    there = sim_one_way(watch, seen->pair);
    back = sim_one_way(watch, watch->facts[seen->pair].reverse);
    if (seen->kind == SIM_SEEN_ALARM
        && sim_promise_broken(watch, SIM_L7, seen, &restart->promise, sim_disturbances(watch, seen->pair)))
        sim_rule_broken(watch, SIM_L7, seen->now, seen->node, "pair %u sent at %t to a peer that had restarted, and is not back",
                        seen->pair, restart->promise.made);
    else if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32) && sim_seen_authentic(seen))
        up(watch, state, seen->pair);
    else if (sim_promise_forestalled(&restart->promise, seen))
        restart->promise.there = false;
    else if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 4, 33))
        promise(watch, restart, seen, SILENCE + 2 * (there + back));
    else if (seen->kind == SIM_SEEN_INNER_IN && seen->verdict == WRN_TAKEN
             && !sim_pair_held_back(watch, seen->pair, seen->local))
        promise(watch, restart, seen, 2 * there + back);
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_SENT) \
     | SIM_SEEN_MASK(SIM_SEEN_INNER_IN) | SIM_SEEN_MASK(SIM_SEEN_ALARM))

const struct sim_checker sim_check_restart = {
    .rule = SIM_L7, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct restart), .see = see};
