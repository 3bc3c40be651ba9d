#ifndef SIM_PLAN_PARTS_H
#define SIM_PLAN_PARTS_H

/* What the rooms that check a plan share. */

#include "sim/plan.h"

/* Bounds that keep every sum of times and delays far from overflow. */
#define SIM_LONGEST_TIME (UINT64_C(1) << 60) /* 36 years */
#define SIM_LONGEST_DRAW (UINT64_C(1) << 55) /* 1 year */

bool sim_is_draw(const struct sim_draw *draw);
bool sim_is_range(uint32_t first, uint64_t count, uint32_t all);

/* plan_flow.c: why it is refused, or null */
const char *sim_flow_fault(const struct sim_plan *plan, const struct sim_flow *flow);

#endif
