#ifndef WARREN_DRAFT_H
#define WARREN_DRAFT_H

/*
 * A plan that can be changed: what warren shrink makes its candidates of.
 */

#include "sim/plan.h"

struct draft {
    struct sim_plan    plan; /* its arrays are these */
    struct sim_path   *paths; /* the last is the ideal one, used or not */
    struct sim_node   *nodes;
    struct sim_peer   *peers;
    struct sim_flow   *flows;
    struct sim_event  *events;
    struct sim_expect *expects;
    struct sim_pair   *pairs;
    uint64_t          *numbers;
    struct sim_nat    *nats;
};

enum draft_list { DRAFT_EVENTS, DRAFT_FLOWS, DRAFT_TUNNELS, DRAFT_NODES, DRAFT_LISTS };

/* Copies; prefixes stay those of the plan, which outlives every draft. Null without memory. */
struct draft *draft_open(const struct sim_plan *plan);
void          draft_close(struct draft *draft);

/* Tunnels are counted by their lower side: both go together. */
uint32_t draft_count(const struct draft *draft, enum draft_list list);
void     draft_remove(struct draft *draft, enum draft_list list, uint32_t first, uint32_t count);
/* A time to stop at, and without what would come later. */
void draft_stop(struct draft *draft, wrn_time stop);
/* Keeps one expectation, or (SIM_NONE) none. */
void draft_expect(struct draft *draft, uint32_t number);
/* Without paths that nobody takes, and boxes that nobody is behind. The last step before it is written: there may be no ideal path
 * afterwards. */
void draft_prune(struct draft *draft);

/* Way number `way` to make item `number` of a list plainer; false when that changes nothing. `known` says whether there is such
 * an item. Flows are `flow`, so that a caller can leave one as it is. */
struct draft_item { bool known, flow; uint32_t way; };

uint32_t draft_ways(void);
bool     draft_simplify(struct draft *draft, uint32_t way, uint32_t number, struct draft_item *item);

/* What expectations begin with: is, at that time, a node down, apart, lossy or elsewhere that is not in `original`? Then a claim
 * that fails says nothing about the original. */
bool draft_is_worse(const struct draft *draft, const struct sim_plan *original, wrn_time time);

#endif
