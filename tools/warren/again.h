#ifndef WARREN_AGAIN_H
#define WARREN_AGAIN_H

/*
 * S27: a world that runs again is the same world.
 */

#include "sim/world.h"

#define AGAIN_RULES 64u

/* Needs   results of a world of the plan that ran until `until` by the options; `invariants` lives as long as results are used.
 * Gives   S27 checked twice, or violated, in results: the world runs again on the other queue, in one piece, and must have the
 *         same trace hash; and with the other crypto, real or toy, and must have the same control hash. Other counts stay.
 * Costs   two runs; the memory of one.
 * Fails   false with a message: no memory for a second world. */
bool check_again(const struct sim_plan *plan, const struct sim_options *options, wrn_time until, struct sim_results *results,
                 struct sim_invariant invariants[AGAIN_RULES], struct sim_message *message);

#endif
