#include "watch.h"

/* L17: the packets of a flow are sealed where they enter the tunnel in the order of their numbers, staged or not. */

struct flows { uint64_t *next; };

static bool begin(struct sim_watch *watch, void *state)
{
    struct flows *flows = state;

    flows->next = sim_take(watch->memory, watch->traffic->count * sizeof *flows->next);
    return flows->next != NULL;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    uint64_t *next;

    if (seen->kind != SIM_SEEN_SEAL || !seen->ours || seen->inner.hop != 0 || seen->inner.flow % 2 != 0)
        return; /* echoes come back in the order of their arrival */
    next = &((struct flows *)state)->next[seen->inner.flow];
    sim_rule_checked(watch, SIM_L17);
    if (seen->inner.number < *next)
        sim_rule_broken(watch, SIM_L17, seen->now, seen->node, "packet %u sealed after packet %u", seen->inner.number, *next - 1);
    else
        *next = seen->inner.number + 1;
}

const struct sim_checker sim_check_order = {
    .rule = SIM_L17, .kinds = SIM_SEEN_MASK(SIM_SEEN_SEAL), .world = sizeof(struct flows), .begin = begin, .see = see};
