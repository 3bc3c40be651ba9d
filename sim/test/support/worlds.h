#ifndef SIM_WORLDS_H
#define SIM_WORLDS_H

/* Small plans made in C, run with the sodium provider and malloc. */

#include "sim/random.h"
#include "sim/world.h"
#include "warren/engine.h"

#define PLAN_NODES 64u
#define PLAN_EVENTS 8u

struct small_plan {
    struct sim_plan   plan;
    struct sim_path   paths[4];
    struct sim_node   nodes[PLAN_NODES];
    struct sim_peer   peers[2 * PLAN_NODES];
    struct wrn_prefix prefixes[2 * PLAN_NODES];
    struct sim_flow   flows[2 * PLAN_NODES];
    struct sim_event  events[PLAN_EVENTS];
    struct sim_expect expects[8];
    struct sim_pair   pairs[2 * PLAN_NODES];
    uint64_t          numbers[64];
    struct sim_nat    nats[8];
};

extern const struct sim_host test_host;

/* A plan with one path (0: 10 ms each half, ideal) and no nodes. */
void plan_begin(struct small_plan *small, const char *name, wrn_time stop);
/* Node "name" with inner 10.0.0.(number + 1) and outer 192.0.2.(number + 1):51820. */
uint32_t plan_node(struct small_plan *small, const char *name);
/* A box with outside address 198.51.100.(number + 1), endpoint-independent, filtering by address and port, refreshed by outbound
 * packets, behind another or 0. Returns 1 + its number, as nodes want it. */
uint32_t plan_nat(struct small_plan *small, const char *name, wrn_time idle, uint32_t behind);
/* Both directions; each has the other's /32 (or, with all set, `a` sends everything to b). Call in the order of nodes: for all
 * tunnels of node 0 first. */
void plan_tunnel(struct small_plan *small, uint32_t a, uint32_t b, bool all, uint16_t keepalive_s);
void plan_flow(struct small_plan *small, uint32_t from, uint32_t to, wrn_time start, wrn_time every, uint64_t count);
struct sim_event  *plan_event(struct small_plan *small, uint32_t kind, wrn_time at, uint32_t node);
struct sim_expect *plan_expect(struct small_plan *small, uint32_t kind, uint32_t from, uint32_t to);
void plan_sort(struct small_plan *small); /* peers by node: the last step */

/* Two peers, a and b, joined by a tunnel. */
void plan_two(struct small_plan *small, const char *name, wrn_time stop);
/* A hub and spokes on lossy, jittery paths, each with traffic. */
void plan_hub(struct small_plan *small, uint32_t spokes, wrn_time stop);

struct sent_log { /* what left each node, by type */
    struct { wrn_time time; uint32_t node, type, length; } entries[4096];
    size_t count;
};

struct ran {
    struct sim_world  *world;
    struct sim_results results;
    enum sim_state     state;
    struct sent_log   *log; /* may be null */
};

struct ran run_plan(struct small_plan *small, uint32_t queue, struct sent_log *log);
void       run_end(struct ran *ran);
/* Every invariant held, or the test fails with the first violation. */
void assert_lawful(const struct ran *ran);
uint64_t checked(const struct ran *ran, const char *id);
uint64_t violated(const struct ran *ran, const char *id);

#endif
