#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

/* A node's clocks, as exact integer functions of the world's time. Both run skew_ppb faster than the world. */

#include "sim/plan.h"

struct sim_clock {
    wrn_time boot;     /* what the monotonic clock showed at world time 0 */
    int32_t  skew_ppb;
    bool     has_wall;
    uint64_t wall_ns;  /* wall time at world time 0, since 1970 */
};

wrn_time sim_clock_local(const struct sim_clock *clock, wrn_time world);
/* The first world time at which the monotonic clock shows `local` or more. WRN_NEVER stays. */
wrn_time sim_clock_world(const struct sim_clock *clock, wrn_time local);
uint64_t sim_clock_wall(const struct sim_clock *clock, wrn_time world); /* ns since 1970 */

#endif
