#include "alarm.h"
#include "ledger.h"
#include "secrets.h"

/*
 * L11: initiations that cross kill each other's responses (P-168). The side with the smaller key tries again 5.333 s after its own
 * response at the latest, while the other waits; data is accepted under a session born since then within two such times and a
 * round trip.
 */

struct crossing { struct sim_promise promise; };

static struct sim_promise *promise_of(void *state, uint32_t pair)
{
    return &((struct crossing *)sim_pair_state(&sim_check_crossing, state, pair))->promise;
}

/* Who stood still meanwhile answers long after the other side has, which no longer waits when this one tries again. */
static bool is_fresh(const struct sim_watch *watch, uint32_t pair)
{
    const uint32_t reverse = watch->facts[pair].reverse;

    return watch->now - watch->facts[pair].initiated_now <= sim_one_way(watch, pair) + sim_one_way(watch, reverse);
}

/* Of both sides: what comes from before a restart crosses nothing of the engine that is there now, and what has been erased with the
 * last session's keys neither; who waits for nothing does not yield. */
static bool is_mutual(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_pair_facts *facts = &watch->facts[pair], *other = &watch->facts[facts->reverse];

    return facts->crossed && (other->crossed || other->pending) && sim_initiation_kept(watch, pair) && is_fresh(watch, pair)
           && sim_initiation_kept(watch, facts->reverse) && is_fresh(watch, facts->reverse);
}

/* Further crossings within the bound are what it is there for. */
static uint64_t mark(const struct sim_watch *watch, uint32_t pair)
{
    return sim_disturbances(watch, pair) - sim_tunnel(watch, pair)->crossings;
}

static void heard(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    uint32_t pair = seen->pair;

    for (unsigned i = 0; i < 2 && pair != SIM_NONE; i++, pair = watch->facts[pair].reverse)
        if (seen->session && seen->session->birth >= promise_of(state, pair)->made)
            promise_of(state, pair)->there = false;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct sim_promise *promise;
    uint32_t reverse;

    if (seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            promise_of(state, i)->there = false;
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    promise = promise_of(state, seen->pair);
    reverse = watch->facts[seen->pair].reverse;
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 2, 92) && is_mutual(watch, seen->pair) && !promise->there
        && !promise_of(state, reverse)->there && sim_calm(watch, seen->pair))
        sim_promise_make(watch, SIM_L11, seen->pair, promise, mark(watch, seen->pair),
                         seen->now + 2 * SIM_RETRY + sim_one_way(watch, seen->pair) + sim_one_way(watch, reverse));
    else if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32) && sim_seen_authentic(seen))
        heard(watch, state, seen);
    else if (seen->kind == SIM_SEEN_GAVE_UP)
        promise->there = promise_of(state, reverse)->there = false;
    else if (seen->kind == SIM_SEEN_ALARM && sim_promise_broken(watch, SIM_L11, seen, promise, mark(watch, seen->pair)))
        sim_rule_broken(watch, SIM_L11, seen->now, seen->node, "initiations of pair %u crossed at %t, and no session came of it",
                        seen->pair, promise->made);
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) \
     | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP) | SIM_SEEN_MASK(SIM_SEEN_ALARM))

const struct sim_checker sim_check_crossing = {
    .rule = SIM_L11, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct crossing), .see = see};
