#ifndef SIM_PACE_H
#define SIM_PACE_H

/* How long a link takes for a datagram: by picoseconds per byte, or by a list of moments at which 1504 bytes may leave
 * (mahimahi's traces). */

#include "sim/plan.h"

#define SIM_PACE_CHANCE 1504u /* bytes that leave at one moment of a trace */

/* All zero at first, and when the rate changes. */
struct sim_pace {
    wrn_time until;    /* when what was begun last is done */
    uint32_t rest;     /* fixed rate: picoseconds that `until` is short of; trace: bytes left of the moment `until` */
    uint64_t cycle;    /* trace: the next moment is this one, of this round */
    uint32_t moment;
};

/* The end of a datagram of that many bytes that begins now; now >= the end of the one before. `moments`: ms, ascending, the last
 * one is the length of a round. */
wrn_time sim_pace_end(struct sim_pace *pace, const struct sim_rate *rate, const uint64_t *moments, wrn_time now, uint64_t bytes);

#endif
