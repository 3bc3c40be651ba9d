#ifndef SIM_SWARM_H
#define SIM_SWARM_H

/*
 * Worlds drawn at random from what a plan can say, each leaving whole behaviours out: a swarm reaches states that no single mix
 * of everything does. The last part of every world is calm: faults have stopped, everybody is back, and who has a tunnel must
 * get through, unless boxes stand before both.
 */

#include "sim/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIM_SWARM_PEERS 6u
#define SIM_SWARM_OTHERS 6u                                      /* second interfaces, in pairs */
#define SIM_SWARM_NODES (SIM_SWARM_PEERS + 2 + SIM_SWARM_OTHERS) /* and attackers */
/* Of tunnels, each an expectation and a flow in the calm. */
#define SIM_SWARM_SIDES (SIM_SWARM_PEERS * (SIM_SWARM_PEERS - 1) + SIM_SWARM_OTHERS)
#define SIM_SWARM_FLOWS (2 * SIM_SWARM_PEERS + SIM_SWARM_OTHERS + SIM_SWARM_SIDES)
#define SIM_SWARM_EVENTS 256u
#define SIM_SWARM_NUMBERS 512u
#define SIM_SWARM_PREFIXES (2 * SIM_SWARM_SIDES + 8)
#define SIM_SWARM_BOXES 4u
#define SIM_SWARM_CALM (100 * WRN_SECOND)  /* how long the last part is */
#define SIM_SWARM_BOUND (90 * WRN_SECOND)  /* and how long they have to get through */

struct sim_swarm {
    struct sim_plan   plan; /* points into what follows: a copy of the struct is not a copy of the world */
    struct sim_path   paths[4];
    struct sim_node   nodes[SIM_SWARM_NODES];
    struct sim_peer   peers[SIM_SWARM_SIDES];
    struct wrn_prefix prefixes[SIM_SWARM_PREFIXES];
    struct sim_flow   flows[SIM_SWARM_FLOWS];
    struct sim_event  events[SIM_SWARM_EVENTS];
    struct sim_expect expects[SIM_SWARM_SIDES];
    struct sim_pair   pairs[SIM_SWARM_SIDES];
    uint64_t          numbers[SIM_SWARM_NUMBERS];
    struct sim_nat    nats[SIM_SWARM_BOXES];
};

/* Gives   the world of that seed, always the same: a plan that sim_plan_check accepts, and that a scenario file can say.
 * Costs   microseconds; nothing is kept between calls. */
void sim_swarm_draw(struct sim_swarm *swarm, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif
