#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

/* What the scenario claims, from inside. Each node has a list of the pairs that start at it, so that an event looks at those
 * alone. */

#include "parts.h"

struct sim_expect_link {
    struct sim_expect_link *next;
    uint32_t expect, pair; /* pair: within the expectation */
};

struct sim_expect_state {
    uint64_t  count, sent;
    wrn_time *accepted; /* by pair: the first acceptance in the window */
    uint32_t  missing;  /* SESSION: pairs without one at the instant */
    bool      looked;
    uint64_t  below, within; /* LATENCY, RESPONSE: times below the value, and at most it */
    struct sim_histogram *times;
};

struct sim_expectations {
    struct sim_expect_state *states;
    struct sim_expect_link **from; /* by node */
    wrn_time next_look;
};

/* Is this link about that node, and about that time? Its expectation, or null. */
const struct sim_expect *sim_expect_concerned(const struct sim_world *world, const struct sim_expect_link *link, uint32_t to,
                                              wrn_time time);
bool sim_expect_compare(uint32_t how, uint64_t measured, uint64_t wanted);

/* expect_flow.c: outcomes of GOODPUT, LATENCY and RESPONSE */
void sim_expect_judge_goodput(struct sim_world *world, uint32_t number, struct sim_outcome *outcome);
void sim_expect_judge_times(struct sim_world *world, uint32_t number, struct sim_outcome *outcome);

#endif
