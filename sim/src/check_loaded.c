#include "alarm.h"

/*
 * L14: who has been sent a cookie completes within two attempts, however many others knock: the next one carries it, and one more
 * is granted because the cookie's secret may be renewed in between. Attempts are 5.333 s apart at most. A cookie that comes after
 * giving up is for a next time that nobody asked for yet.
 */

struct cookie {
    struct sim_promise promise;
    bool               has; /* a cookie, and no handshake since the first one */
    bool               over; /* it has given up, and then: */
    wrn_time           over_at;
};

static struct cookie *cookie_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_loaded, state, pair);
}

/* Cookies for our own initiations are what it is about; one that the other side gets means load on both sides. */
static uint64_t mark(const struct sim_watch *watch, uint32_t pair)
{
    return sim_interruptions(watch, pair) + sim_tunnel(watch, pair)->crossings;
}

static void taken(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const uint32_t reverse = watch->facts[seen->pair].reverse;
    struct cookie *cookie = cookie_of(state, seen->pair);

    cookie_of(state, reverse)->promise.there = false;
    if (cookie->over && watch->facts[seen->pair].initiated_now <= cookie->over_at)
        return;
    cookie->over = false;
    if (cookie->has || !watch->facts[seen->pair].pending || !sim_calm(watch, seen->pair))
        return;
    cookie->has = true;
    sim_promise_make(watch, SIM_L14, seen->pair, &cookie->promise, mark(watch, seen->pair),
                     seen->now + 2 * SIM_RETRY + sim_one_way(watch, seen->pair) + sim_one_way(watch, reverse));
}

static void forget(void *state, uint32_t pair)
{
    struct cookie *cookie = cookie_of(state, pair);

    cookie->has = cookie->promise.there = false;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            forget(state, i);
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 3, 64) && seen->verdict == WRN_TAKEN) {
        taken(watch, state, seen);
    } else if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen) && (seen->data[0] == 2 || seen->data[0] == 4)) {
        forget(state, seen->pair);
        forget(state, watch->facts[seen->pair].reverse);
    } else if (seen->kind == SIM_SEEN_GAVE_UP) {
        forget(state, seen->pair);
        cookie_of(state, seen->pair)->over = true;
        cookie_of(state, seen->pair)->over_at = seen->now;
    } else if (seen->kind == SIM_SEEN_ALARM
               && sim_promise_broken(watch, SIM_L14, seen, &cookie_of(state, seen->pair)->promise, mark(watch, seen->pair))) {
        sim_rule_broken(watch, SIM_L14, seen->now, seen->node, "pair %u has had a cookie since %t, and no handshake", seen->pair,
                        cookie_of(state, seen->pair)->promise.made);
    }
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP) \
     | SIM_SEEN_MASK(SIM_SEEN_ALARM))

const struct sim_checker sim_check_loaded = {
    .rule = SIM_L14, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct cookie), .see = see};
