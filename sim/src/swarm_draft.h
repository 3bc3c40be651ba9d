#ifndef SIM_SWARM_DRAFT_H
#define SIM_SWARM_DRAFT_H

/*
 * A swarm's world while it is drawn. Each section has dice of its own, so that what one draws shifts no other.
 */

#include "sim/random.h"
#include "sim/swarm.h"

/* Whole behaviours, each in or out for the whole world. */
enum sim_swarm_behaviour {
    LOSS, JITTER, DUPLICATE, REORDER, CORRUPT, SLOW, FRAGMENT, NARROW, HUB, IPV6, ECHO, BUSY, PSK, KEEPALIVE, ONE_SIDED,
    SKEW, OFFSET, CLOCKLESS, WINDOW, STAGING, LOAD, LATE_START, PARTITION, PATH, ROAM, DOWN, CRASH, RESTART, DROP,
    ATTACKER, TWO_ATTACKERS,
    BOXES, CARRIER, BOX_REBOOT, FLOOD, FORGED, CLOCK, SUSPEND, PAUSE, SET,
    FIRST_BEHAVIOURS, /* those before have one section together; each that follows has its own */
    TAMPER = FIRST_BEHAVIOURS, HOLD, STEAL, MISBEHAVE, COMPROMISE, AIMED, ENDPOINTS, ALLOWED,
    BURSTS, SIZES, REQUESTS, BULK, TRACED, OUTER6,
    BESIDE, INSIDE, DEEPER, FEW_PORTS, TURNED, MEANWHILE,
    BEHAVIOURS
};

/* What changes while nodes run: one of these in a world, so that no change undoes another's second half. */
enum sim_swarm_set { SET_KEEPALIVE, SET_PSK, SET_AGAIN, SET_MTU, SET_PORT, SET_KEY, SIM_SWARM_SETS };

struct sim_swarm_dice {
    struct sim_stream stream;
    uint64_t          drawn;
};

struct sim_swarm_draft {
    struct sim_swarm     *swarm;
    struct sim_plan      *plan; /* of the swarm */
    struct sim_swarm_dice dice;
    bool                  on[BEHAVIOURS];
    uint32_t              peers, roamer;
    uint32_t              others;  /* the first of the nodes that are interfaces of others */
    uint32_t              set; /* what of configurations changes in this world */
    bool                  faults;  /* else nothing happens that could hide a bound which only clean worlds have */
    bool                  anew;    /* the calm begins with new engines everywhere */
    bool                  changed; /* once is enough of some of them */
    wrn_time              calm;
};

void     sim_swarm_section(struct sim_swarm_draft *draft, const char *name);
uint64_t sim_swarm_below(struct sim_swarm_draft *draft, uint64_t bound);
bool     sim_swarm_maybe(struct sim_swarm_draft *draft, uint64_t percent);
/* Often round to a millisecond, so that instants meet. */
wrn_time sim_swarm_between(struct sim_swarm_draft *draft, uint64_t a_ms, uint64_t b_ms);
/* In thousandths, as a percentage reads: never none. */
uint32_t sim_swarm_chance(struct sim_swarm_draft *draft, uint64_t most);
void     sim_swarm_name(char *out, size_t size, const char *word, uint32_t number);

/* Paths, boxes, nodes, tunnels, traffic; then what happens to them, until the calm; then the calm. */
void sim_swarm_draw_world(struct sim_swarm_draft *draft);
void sim_swarm_draw_faults(struct sim_swarm_draft *draft);
void sim_swarm_draw_settings(struct sim_swarm_draft *draft);
void sim_swarm_draw_meanwhile(struct sim_swarm_draft *draft);
void sim_swarm_draw_attacks(struct sim_swarm_draft *draft);
void sim_swarm_end_faults(struct sim_swarm_draft *draft);
void sim_swarm_end_settings(struct sim_swarm_draft *draft);
void sim_swarm_draw_interfaces(struct sim_swarm_draft *draft);
void sim_swarm_draw_outages(struct sim_swarm_draft *draft);
void sim_swarm_draw_traffic(struct sim_swarm_draft *draft);

struct sim_event *sim_swarm_event(struct sim_swarm_draft *draft, uint32_t kind, const char *word, wrn_time at, uint32_t node);
/* chosen: bit n is the n-th node. */
void sim_swarm_group(struct sim_swarm_draft *draft, uint32_t *first, uint32_t *count, uint32_t chosen);
/* With the addresses that a scenario's n-th node has. */
struct sim_node *sim_swarm_node(struct sim_swarm_draft *draft, const char *word, uint32_t number, uint32_t role);
uint32_t sim_swarm_host(const struct sim_swarm_draft *draft, uint32_t node); /* whose interface it is; its own */
struct sim_flow *sim_swarm_flow(struct sim_swarm_draft *draft, uint32_t from, uint32_t to);
/* Hosts may stand still in this world, or sleep. */
bool sim_swarm_stands(const struct sim_swarm_draft *draft);
/* Do tunnels and boxes let one of the two find the other? */
bool sim_swarm_can_meet(const struct sim_swarm_draft *draft, uint32_t a, uint32_t b);

#endif
