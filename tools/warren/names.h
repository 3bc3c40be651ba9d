#ifndef WARREN_NAMES_H
#define WARREN_NAMES_H

/*
 * Whose outer address is this? Nodes roam, so the book changes while a world runs.
 */

#include "sim/plan.h"

struct names;

struct names *names_open(const struct sim_plan *plan); /* null: no memory */
void          names_close(struct names *names);
void          names_move(struct names *names, uint32_t node, const struct wrn_endpoint *address);
uint32_t      names_find(const struct names *names, const struct wrn_endpoint *address); /* SIM_NONE: nobody's */

/* Place of node's configuration of a peer in plan->peers, or SIM_NONE. */
uint32_t names_peer(const struct sim_plan *plan, uint32_t node, uint32_t peer);

#endif
