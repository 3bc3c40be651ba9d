#ifndef WARREN_FAILURE_H
#define WARREN_FAILURE_H

/*
 * What broke in a world, for commands that run many of them.
 */

#include "provider.h"
#include "sim/world.h"

#define FAILURE_BYTES 512u

struct failure {
    bool     there;
    char     id[8];              /* of the invariant, "" when an expectation did not hold */
    uint32_t expectation;        /* then its number */
    wrn_time time;               /* of a violation */
    char     text[FAILURE_BYTES]; /* one line: what, when, where, and what was seen */
};

/* The violation if there is one, else the first expectation that did not hold; what is about many seeds fails no world. */
void find_failure(const struct sim_plan *plan, const struct sim_results *results, struct failure *failure);

/* The world of a plan, to its end or, unless it keeps going, to the first violation; null, with a message, when there is none. The
 * results hold until sim_world_end. */
struct sim_world *run_to_end(const struct sim_plan *plan, const struct provider *provider, uint32_t queue, bool keep_going,
                             struct sim_results *results, struct sim_message *message);

#endif
