#include "watch.h"

/* L6: data that was sent arms 15 s and a jitter of up to 334 ms; anything authentic that is heard disarms. At the end of it a
 * handshake message has left no longer than 5 s before the timer's instant (10 s when initiations crossed): else the timer's own
 * was due. */

#define LATEST (15 * WRN_SECOND + 334 * WRN_MILLISECOND)

struct armed { bool there; wrn_time at; };

static struct armed *armed_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_dead_peer, state, pair);
}

static void late(struct sim_watch *watch, struct armed *armed, const struct sim_seen *seen, uint32_t pair)
{
    const struct sim_pair_facts *facts = &watch->facts[pair];

    if (!armed->there || seen->local <= armed->at + LATEST || watch->nodes[seen->node].held) /* then it is due when it goes on */
        return;
    armed->there = false;
    if (facts->blind)
        return;
    sim_rule_checked(watch, SIM_L6);
    if (!facts->handshaken || facts->handshake_at < armed->at + (facts->crossed ? 5 : 10) * WRN_SECOND)
        sim_rule_broken(watch, SIM_L6, seen->now - (seen->local - armed->at - LATEST), seen->node,
                        "no initiation to pair %u, silent since data was sent at %t", pair, armed->at);
}

/* What fell due while the node could do nothing is due now, unless the timer's own had left before. */
static void resumed(const struct sim_pair_facts *facts, struct armed *armed, const struct sim_seen *seen)
{
    if (!armed->there || armed->at + LATEST >= seen->local)
        return;
    if (facts->handshaken && facts->handshake_at >= armed->at + (facts->crossed ? 5 : 10) * WRN_SECOND)
        armed->there = false;
    else
        armed->at = seen->local - LATEST;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct armed *armed;
    uint32_t first, end;

    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        armed_of(state, i)->there = false;
    if (seen->kind == SIM_SEEN_RESUMED)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            resumed(&watch->facts[i], armed_of(state, i), seen);
    if (seen->kind == SIM_SEEN_END)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            late(watch, armed_of(state, i), seen, i);
    if (seen->pair == SIM_NONE)
        return;
    armed = armed_of(state, seen->pair);
    late(watch, armed, seen, seen->pair);
    if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen))
        armed->there = false;
    if (seen->kind == SIM_SEEN_SENT && !armed->there && sim_is_type(seen, 4, 33))
        *armed = (struct armed){true, seen->local};
}

const struct sim_checker sim_check_dead_peer = {.rule = SIM_L6, .of_pairs = true, .pair = sizeof(struct armed), .see = see};
