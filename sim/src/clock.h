#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

/*
 * A node's clocks, as exact integer functions of the world's time. Both run skew_ppb faster than the world. The monotonic clock
 * never goes back; it stands still while its machine sleeps, if it is one that does not count sleep. The wall clock runs on, and
 * jumps.
 */

#include "sim/plan.h"

struct sim_clock {
    wrn_time boot;     /* what the monotonic clock showed at world time 0 */
    int32_t  skew_ppb;
    bool     has_wall, stopped;
    uint64_t wall_ns;  /* wall time at world time 0, since 1970; wraps when that was before */
    wrn_time slept;    /* ns that the monotonic clock did not count */
    wrn_time stopped_at; /* world time */
};

wrn_time sim_clock_local(const struct sim_clock *clock, wrn_time world);
/* As sim_clock_local, sleep counted. */
wrn_time sim_clock_elapsed(const struct sim_clock *clock, wrn_time world);
/* The first world time at which the monotonic clock shows `local` or more, as it runs now. WRN_NEVER stays. */
wrn_time sim_clock_world(const struct sim_clock *clock, wrn_time local);
uint64_t sim_clock_wall(const struct sim_clock *clock, wrn_time world); /* ns since 1970 */

void sim_clock_stop(struct sim_clock *clock, wrn_time world); /* the monotonic one */
void sim_clock_go(struct sim_clock *clock, wrn_time world);
/* A wall clock that its owner, or its battery, changes at that time. */
void sim_clock_change(struct sim_clock *clock, wrn_time world, const struct sim_wall *wall);

#endif
