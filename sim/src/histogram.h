#ifndef SIM_HISTOGRAM_H
#define SIM_HISTOGRAM_H

/* Times, counted in bounds that are a sixteenth of a power of two apart: any number of them in one size of memory. */

#include "memory.h"

#define SIM_BOUNDS (16u * 60u)

struct sim_histogram {
    uint64_t count;
    wrn_time most;
    uint32_t bounds[SIM_BOUNDS];
};

void     sim_histogram_add(struct sim_histogram *histogram, wrn_time time);
/* The bound that `part` millionths of them do not exceed, at least one; never above the greatest. WRN_NEVER of none. */
wrn_time sim_histogram_part(const struct sim_histogram *histogram, uint32_t part);

/* The smallest number of `count` that is `part` millionths of it, at least one. */
uint64_t sim_part_of(uint64_t count, uint32_t part);

#endif
