#include "watch.h"

/* L17: the packets of a flow are sealed where they enter the tunnel in the order of their numbers, staged or not. One
 * whose addresses move to another peer meanwhile is not judged any more: what the first has staged leaves when that one is there. */

struct flow {
    uint64_t next;
    uint32_t tunnel; /* 1 + the pair that it entered by; 0: none yet */
    bool     moved;
};

struct flows { struct flow *all; };

static bool begin(struct sim_watch *watch, void *state)
{
    struct flows *flows = state;

    flows->all = sim_take(watch->memory, watch->traffic->count * sizeof *flows->all);
    return flows->all != NULL;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct flow *flow;

    if (!seen->ours || seen->inner.hop != 0 || seen->inner.flow % 2 != 0)
        return; /* echoes come back in the order of their arrival */
    flow = &((struct flows *)state)->all[seen->inner.flow];
    if (seen->kind == SIM_SEEN_INNER_IN) {
        flow->moved = flow->moved || (seen->pair != SIM_NONE && flow->tunnel != 0 && flow->tunnel != seen->pair + 1);
        flow->tunnel = seen->pair != SIM_NONE ? seen->pair + 1 : flow->tunnel;
    }
    if (seen->kind != SIM_SEEN_SEAL || flow->moved)
        return;
    sim_rule_checked(watch, SIM_L17);
    if (seen->inner.number < flow->next)
        sim_rule_broken(watch, SIM_L17, seen->now, seen->node, "packet %u sealed after packet %u", seen->inner.number,
                        flow->next - 1);
    else
        flow->next = seen->inner.number + 1;
}

const struct sim_checker sim_check_order = {
    .rule = SIM_L17, .kinds = SIM_SEEN_MASK(SIM_SEEN_SEAL) | SIM_SEEN_MASK(SIM_SEEN_INNER_IN),
    .world = sizeof(struct flows), .begin = begin, .see = see};
