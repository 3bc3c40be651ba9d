#include "base.h"
#include "parts.h"

/*
 * S13 by the run. In a flood a digest before and after each datagram costs a hundred times what its refusal does, so what an attacker
 * forged is judged in runs: the state is taken before the first datagram of a run, and again when something else is about to reach
 * the engine. In between it was refused, or answered by a cookie reply, again and again, and that leaves no trace. A forged datagram
 * that is accepted after all may change the state; its run ends unjudged. A node with many peers has much state, and its other
 * traffic cuts a long flood into many runs: of those that come after the first few, each begins a while after the one before.
 */

#define FREE_RUNS 64u
#define BETWEEN_RUNS (100 * WRN_MILLISECOND)

static void take(const struct sim_place *place, uint8_t digest[32])
{
    wrn_digest(place->engine, WRN_PART_PROTOCOL, digest);
}

void sim_guard_open(struct sim_place *place, wrn_time local)
{
    struct sim_guard *guard = &place->guard;

    if (guard->open && place->deadline <= local)
        sim_guard_check(place);
    if (guard->open || (guard->runs >= FREE_RUNS && place->world->now - guard->since < BETWEEN_RUNS))
        return;
    wrn_rec_advance(place->record, place->engine, local);
    if (wrn_rec_deadline(place->record, place->engine) <= local)
        return; /* timers or output are due: what becomes of them is not this datagram's doing, and the next one begins a run */
    *guard = (struct sim_guard){.open = true, .since = place->world->now, .runs = guard->runs + 1};
    take(place, guard->digest);
}

void sim_guard_count(struct sim_place *place, const struct sim_seen *seen)
{
    place->guard.count++;
    if (!sim_seen_refused(seen) && seen->answer_length != 64)
        place->guard.open = false;
}

void sim_guard_check(struct sim_place *place)
{
    struct sim_guard *guard = &place->guard;
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_RUN, SIM_NONE);
    uint8_t digest[32];

    if (!guard->open)
        return;
    guard->open = false;
    take(place, digest);
    seen.left = guard->count;
    seen.right = guard->since;
    seen.changed = memcmp(digest, guard->digest, sizeof digest) != 0;
    sim_watch_see(&place->world->watch, &seen);
}
