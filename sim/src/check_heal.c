#include "alarm.h"
#include "ledger.h"

/*
 * L8: a handshake message that a partition (or one listed drop) swallowed is made good by the next attempt: 5.333 s after it at the
 * latest, and so after the partition has healed, and 1.5 round trips later data is accepted. L9: after giving up, the next user packet
 * starts again and needs 1.5 round trips, and so does a persistent keepalive after its interval.
 *
 * Crossing initiations are L11's matter.
 */

struct heal {
    struct sim_promise promise;
    bool               over; /* it gave up, and has begun nothing since: no attempt follows */
};

struct revived {
    struct sim_promise promise;
    bool               gave_up;
    uint16_t           every_s; /* the interval that the newest initiation armed the persistent timer with */
};

static struct heal *heal_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_heal, state, pair);
}

static struct revived *revived_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_revive, state, pair);
}

static wrn_time passage(const struct sim_watch *watch, uint32_t pair)
{
    return 2 * sim_one_way(watch, pair) + sim_one_way(watch, watch->facts[pair].reverse);
}

static bool was_swallowed(const struct sim_seen *seen)
{
    return seen->reason == SIM_LOST_PARTITION || seen->reason == SIM_LOST_DROP_NEXT;
}

/* The initiator is who tries again, whichever of the two messages was lost. */
static void lost(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const uint32_t pair = seen->data[0] == 1 ? seen->pair : watch->facts[seen->pair].reverse;

    if (!watch->facts[pair].pending || heal_of(state, pair)->over || !sim_calm(watch, pair))
        return;
    sim_promise_make(watch, SIM_L8, pair, &heal_of(state, pair)->promise, sim_disturbances(watch, pair),
                     seen->now + SIM_RETRY + passage(watch, pair));
}

static void see_heal(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            heal_of(state, i)->promise.there = heal_of(state, i)->over = false;
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 1, 148))
        heal_of(state, seen->pair)->over = false;
    if (seen->kind == SIM_SEEN_GAVE_UP) {
        heal_of(state, seen->pair)->promise.there = false;
        heal_of(state, seen->pair)->over = true;
    }
    if (seen->kind == SIM_SEEN_LOST && seen->ours && was_swallowed(seen) && (sim_is_type(seen, 1, 148) || sim_is_type(seen, 2, 92)))
        lost(watch, state, seen);
    else if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32) && sim_seen_authentic(seen))
        heal_of(state, seen->pair)->promise.there = heal_of(state, watch->facts[seen->pair].reverse)->promise.there = false;
    else if (seen->kind == SIM_SEEN_ALARM
             && sim_promise_broken(watch, SIM_L8, seen, &heal_of(state, seen->pair)->promise, sim_disturbances(watch, seen->pair)))
        sim_rule_broken(watch, SIM_L8, seen->now, seen->node, "a handshake of pair %u was lost at %t, and none followed it",
                        seen->pair, heal_of(state, seen->pair)->promise.made);
}

static void revive(struct sim_watch *watch, void *state, const struct sim_seen *seen, wrn_time within)
{
    if (sim_calm(watch, seen->pair) && !watch->facts[seen->pair].blind)
        sim_promise_make(watch, SIM_L9, seen->pair, &revived_of(state, seen->pair)->promise, sim_disturbances(watch, seen->pair),
                         seen->now + within + passage(watch, seen->pair));
}

/* By a persistent keepalive, unless it can still go out under a session, and calls nobody. Its timer was armed with the newest
 * initiation, and goes by another interval from its next firing on (P-132). */
static void called(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const uint16_t now_s = watch->sides[seen->pair].keepalive_s, then_s = revived_of(state, seen->pair)->every_s;
    const struct sim_session *session = sim_ledger_current(watch, seen->pair);

    if (now_s > 0 && then_s > 0 && (!session || seen->local - session->birth >= 180 * WRN_SECOND))
        revive(watch, state, seen, (now_s > then_s ? now_s : then_s) * WRN_SECOND);
}

static void see_revive(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct revived *revived;

    if (seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            revived_of(state, i)->promise.there = revived_of(state, i)->gave_up = false;
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    revived = revived_of(state, seen->pair);
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 1, 148))
        revived->every_s = watch->sides[seen->pair].keepalive_s;
    if (seen->kind == SIM_SEEN_SET && seen->set == SIM_SET_KEEPALIVE)
        revived->promise.there = false;
    if (seen->kind == SIM_SEEN_GAVE_UP) {
        revived->gave_up = true;
        called(watch, state, seen);
    } else if (seen->kind == SIM_SEEN_INNER_IN && seen->verdict == WRN_TAKEN && revived->gave_up
               && !sim_pair_held_back(watch, seen->pair, seen->local)) {
        revived->gave_up = false;
        revive(watch, state, seen, 0);
    } else if (sim_promise_forestalled(&revived->promise, seen)) {
        revived->promise.there = false;
    } else if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32) && sim_seen_authentic(seen)) {
        revived->gave_up = revived->promise.there = revived_of(state, watch->facts[seen->pair].reverse)->promise.there = false;
    } else if (seen->kind == SIM_SEEN_ALARM
               && sim_promise_broken(watch, SIM_L9, seen, &revived->promise, sim_disturbances(watch, seen->pair))) {
        sim_rule_broken(watch, SIM_L9, seen->now, seen->node, "pair %u had given up, began again at %t, and is not up", seen->pair,
                        revived->promise.made);
    }
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_LOST) | SIM_SEEN_MASK(SIM_SEEN_INNER_IN) \
     | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_SENT) \
     | SIM_SEEN_MASK(SIM_SEEN_SET) | SIM_SEEN_MASK(SIM_SEEN_ALARM))

const struct sim_checker sim_check_heal = {
    .rule = SIM_L8, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct heal), .see = see_heal};
const struct sim_checker sim_check_revive = {
    .rule = SIM_L9, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct revived), .see = see_revive};
