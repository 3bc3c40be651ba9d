#include "base.h"
#include "hash.h"
#include "watch.h"

/* S17: no node answers the same initiation twice, as long as it is the same engine; and two of one peer are 20 ms apart. */

struct accepted {
    uint64_t *slots; /* fingerprints, 0 = free */
    uint64_t  size, used;
};

struct last { wrn_time at; bool there; uint32_t term; /* how often it was forgotten: the newest stamp goes with it (P-48) */ };

static uint64_t *probe(uint64_t *slots, uint64_t size, uint64_t print)
{
    uint64_t i = print & (size - 1);

    while (slots[i] != 0 && slots[i] != print)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static bool grow(struct sim_watch *watch, struct accepted *accepted)
{
    uint64_t size = accepted->size ? 2 * accepted->size : 64;
    uint64_t *slots;

    if (2 * (accepted->used + 1) <= accepted->size)
        return true;
    slots = sim_take(watch->memory, (size_t)size * sizeof *slots);
    if (!slots)
        return false;
    for (uint64_t i = 0; i < accepted->size; i++)
        if (accepted->slots[i])
            *probe(slots, size, accepted->slots[i]) = accepted->slots[i];
    accepted->slots = slots;
    accepted->size = size;
    return true;
}

/* The world part of the state holds one table per node, made when it is needed. */
struct tables { struct accepted *nodes; };

static bool begin(struct sim_watch *watch, void *state)
{
    struct tables *tables = state;

    tables->nodes = sim_take(watch->memory, watch->plan->node_count * sizeof *tables->nodes);
    return tables->nodes != NULL;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct accepted *accepted = &((struct tables *)state)->nodes[seen->node == SIM_NONE ? 0 : seen->node];
    struct last *last;
    uint64_t print, *slot;
    uint32_t first, end;

    if (seen->kind == SIM_SEEN_RESET) {
        if (seen->first)
            *accepted = (struct accepted){NULL, 0, 0};
    }
    sim_seen_anew(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++) {
        last = sim_pair_state(&sim_check_stamps, state, i);
        last->there = false;
        last->term += seen->kind == SIM_SEEN_FORGOT;
    }
    if (seen->kind != SIM_SEEN_ARRIVED || !sim_is_type(seen, 1, 148) || !sim_seen_authentic(seen) || !grow(watch, accepted))
        return;
    last = sim_pair_state(&sim_check_stamps, state, seen->pair);
    print = sim_sip(1, 2 + last->term, seen->data, 116) | 1; /* without the macs */
    slot = probe(accepted->slots, accepted->size, print);
    sim_rule_checked(watch, SIM_S17);
    if (*slot)
        sim_rule_broken(watch, SIM_S17, seen->now, seen->node, "an initiation of pair %u was accepted twice", seen->pair, 0);
    accepted->used += *slot == 0;
    *slot = print;
    if (last->there && seen->local - last->at < 20 * WRN_MILLISECOND)
        sim_rule_broken(watch, SIM_S17, seen->now, seen->node, "initiations of pair %u accepted %t apart", seen->pair,
                        seen->local - last->at);
    last->at = seen->local;
    last->there = true;
}

const struct sim_checker sim_check_stamps = {
    .rule = SIM_S17, .of_pairs = true, .world = sizeof(struct tables), .pair = sizeof(struct last), .begin = begin, .see = see};
