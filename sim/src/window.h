#ifndef SIM_WINDOW_H
#define SIM_WINDOW_H

/*
 * A congestion window in integers: slow start, then CUBIC (RFC 9438) or Reno's additive increase (RFC 5681). It counts packets, in
 * 1/1024. What a signal of congestion is, and that there is one per round trip, is its user's business.
 */

#include "sim/plan.h"

#define SIM_PACKET 1024u
#define SIM_WINDOW_FIRST (10u * SIM_PACKET) /* RFC 6928 */
#define SIM_WINDOW_LEAST (2u * SIM_PACKET)
#define SIM_WINDOW_MOST (4096u * SIM_PACKET) /* what a receiver would offer: 6 MB of 1500 bytes */

struct sim_window {
    uint32_t kind;               /* enum sim_congestion */
    uint64_t size, threshold;
    uint64_t before;             /* CUBIC: the size to come back to */
    uint64_t reno;               /* CUBIC: what Reno would have by now */
    uint64_t flat_ms;            /* CUBIC: from the epoch to where the curve is flat */
    uint64_t origin;             /* CUBIC: its size there */
    wrn_time epoch;              /* of the curve; WRN_NEVER before the first growth */
    uint64_t old_size, old_threshold, old_before; /* as they were before the last signal */
};

void sim_window_begin(struct sim_window *window, uint32_t kind);
void sim_window_acked(struct sim_window *window, wrn_time now, wrn_time round_trip); /* one packet, while the window was in use */
void sim_window_congested(struct sim_window *window); /* a loss, or a mark */
void sim_window_timeout(struct sim_window *window);   /* nothing came back: from the start */
void sim_window_undo(struct sim_window *window);      /* the last signal was none */

/* The greatest x with x^3 <= cube. */
uint64_t sim_cube_root(uint64_t cube);

#endif
