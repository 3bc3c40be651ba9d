#ifndef SIM_FLOW_H
#define SIM_FLOW_H

/*
 * What makes inner packets: one small program per flow, at both of its ends. flow.c has those that only send, request.c and bulk.c
 * those that wait for something to come back.
 *
 * A flow has one entry in the queue that counts, at the earliest time that it asked for; it is corrected when it is met.
 */

#include "histogram.h"
#include "inner.h"
#include "sim/world.h"

struct sim_place;
struct sim_bulk;

struct sim_request {
    wrn_time begun;
    bool     waiting;            /* for the answer of the newest one */
    uint64_t first, first_back;  /* its packets: numbers from here on */
    uint32_t forth, back;        /* how many it is, and its answer (0: not known yet) */
    uint32_t got, got_back;
};

struct sim_flow_state {
    struct sim_stream sizes, on, off, request_size, response_size;
    uint64_t sent, back;  /* packets: the next number of each way */
    wrn_time due, entry;  /* what it wants, and what the queue has; WRN_NEVER without */
    wrn_time burst_end;
    uint64_t burst;
    uint64_t row, round;  /* of a trace */
    struct sim_request request;
    struct sim_bulk   *bulk;
    struct sim_flow_result result;
    struct sim_histogram *latency, *response; /* made when the first one is measured */
};

/* flow.c */
void sim_flow_begin(struct sim_world *world, uint32_t flow);
void sim_flow_next(struct sim_world *world, uint32_t flow); /* its queue entry has come */
void sim_flow_arrived(struct sim_place *place, const struct sim_inner *inner); /* a packet of a flow that ends at this node */
void sim_flow_results(struct sim_world *world);

void sim_flow_due(struct sim_world *world, uint32_t flow, wrn_time due);
/* The next packet, forth or back, from the node at that end; lost when that node is not running. */
void sim_flow_send(struct sim_world *world, uint32_t flow, bool back, uint32_t size);
void sim_flow_settle(struct sim_world *world, uint32_t node);
void sim_flow_measure(struct sim_world *world, struct sim_histogram **histogram, wrn_time time);
bool sim_flow_ends(const struct sim_world *world, uint32_t flow, wrn_time at); /* may it send nothing of its own then? */

/* request.c */
void sim_request_next(struct sim_world *world, uint32_t flow);
void sim_request_arrived(struct sim_world *world, const struct sim_inner *inner);

/* bulk.c */
void sim_bulk_begin(struct sim_world *world, uint32_t flow);
void sim_bulk_next(struct sim_world *world, uint32_t flow);
void sim_bulk_arrived(struct sim_world *world, const struct sim_inner *inner);

#endif
