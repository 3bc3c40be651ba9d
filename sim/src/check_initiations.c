#include "watch.h"

/* S15: initiations to one peer are 5 s apart on the sender's clock, whatever asks for them. Down, up and restart
 * start anew, and so does a new private key. */

struct last { wrn_time at; bool sent; };

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct last *last;
    uint32_t first, end;

    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        ((struct last *)sim_pair_state(&sim_check_initiations, state, i))->sent = false;
    if (seen->kind != SIM_SEEN_SENT || seen->pair == SIM_NONE || !sim_is_type(seen, 1, 148))
        return;
    last = sim_pair_state(&sim_check_initiations, state, seen->pair);
    sim_rule_checked(watch, SIM_S15);
    if (last->sent && seen->local - last->at < 5 * WRN_SECOND)
        sim_rule_broken(watch, SIM_S15, seen->now, seen->node, "an initiation %t after the one before, to pair %u",
                        seen->local - last->at, seen->pair);
    last->at = seen->local;
    last->sent = true;
}

const struct sim_checker sim_check_initiations = {.rule = SIM_S15, .of_pairs = true, .pair = sizeof(struct last), .see = see};
