#ifndef SIM_TWINS_H
#define SIM_TWINS_H

/*
 * What must be unique in a plan. A check has no memory of its own, so names and addresses are compared in passes: each looks at
 * one part of their hashes, in a table on the stack. n items take n / 2048 passes of n hashes and hardly a comparison.
 */

#include "sim/plan.h"

/* Each gives the lowest number that an earlier one equals; SIM_NONE: all differ. */
uint32_t sim_twin_node_name(const struct sim_plan *plan);
uint32_t sim_twin_node_address(const struct sim_plan *plan);
uint32_t sim_twin_nat_name(const struct sim_plan *plan);
uint32_t sim_twin_nat_address(const struct sim_plan *plan); /* of boxes that translate */
/* A translating box whose outside address is some node's. */
uint32_t sim_twin_nat_node(const struct sim_plan *plan);
/* The same peer twice among the `count` sides from `first`, all of one node. Ordered sides take no passes. */
uint32_t sim_twin_peer(const struct sim_plan *plan, uint32_t first, uint32_t count);

#endif
