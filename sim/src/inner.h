#ifndef SIM_INNER_H
#define SIM_INNER_H

/*
 * Inner packets: valid IP and UDP, told apart by a flow and a number, and never mistaken for anything else: the payload begins
 * with a canary of 16 bytes, half of it the world's mark (searched for on the wire), half of it the packet's own. A packet can
 * be built again from its id, so that a delivered one is compared byte by byte without having been kept.
 *
 * Flow 2i is the plan's flow i, 2i + 1 is what comes back: echoes, answers, acknowledgements. A fresh packet lives for SIM_TTL hops;
 * hop h has TTL SIM_TTL - h.
 */

#include "memory.h"
#include "sim/random.h"

#define SIM_TTL 16u
#define SIM_MARK_BYTES 8u

struct sim_record {
    wrn_time sent;
    uint32_t size;
    uint16_t handed, delivered; /* bit h: at hop h, to an engine; by an engine */
};

struct sim_traffic_flow {
    uint32_t          from, to;
    bool              ipv6, ecn;
    struct sim_stream own, every;
    struct sim_vector records; /* of struct sim_record, by number */
    uint32_t          hops[SIM_TTL], before[SIM_TTL]; /* the node that handed hop h in, newest, and the newest other one */
};

/* A packet that carries a datagram of a nested interface, as it is at one hop. */
struct sim_carried {
    uint64_t print; /* 0: a free slot */
    uint32_t node;  /* that handed it in, newest */
    uint32_t from, pair, cause, handed, delivered; /* from: whose datagram it is, for which of its pairs */
};

struct sim_traffic {
    const struct sim_plan   *plan;
    struct sim_memory       *memory;
    struct sim_traffic_flow *flows; /* twice the plan's */
    uint32_t                 count;
    uint8_t                  mark[SIM_MARK_BYTES];
    struct sim_carried      *carried; /* open addressing by print */
    uint32_t                 carried_size, carried_count;
    struct sim_outside      *outside; /* null: nothing comes from there; outside.h */
};

struct sim_inner {
    uint32_t flow, hop, size;
    uint64_t number;
    bool     ce; /* marked on its way; only where its flow is capable of ECN */
};

bool sim_traffic_begin(struct sim_traffic *traffic, const struct sim_plan *plan, struct sim_memory *memory);
/* Writes inner.size bytes. */
void sim_inner_build(const struct sim_traffic *traffic, const struct sim_inner *inner, uint8_t *out);
/* Which packet, and of which size, claims to be this? False when it is none of ours. Padding behind the packet is no matter. */
bool sim_inner_parse(const struct sim_traffic *traffic, const uint8_t *bytes, uint32_t length, struct sim_inner *inner);
/* One hop less to live, checksum kept right. False when it dies. */
bool sim_inner_age(uint8_t *bytes, uint32_t length);
/* The packet of a nested interface that this is, at its hop; or null. nest.c */
struct sim_carried *sim_carried_find(const struct sim_traffic *traffic, const uint8_t *packet, uint32_t length);
/* Is its destination one of this node's inner addresses? */
bool sim_inner_is_for(const struct sim_node *node, const uint8_t *bytes);
/* Null when exhausted, or never handed in. */
struct sim_record *sim_record_make(struct sim_traffic *traffic, const struct sim_inner *inner);
struct sim_record *sim_record_find(const struct sim_traffic *traffic, const struct sim_inner *inner);

/* Of headers: numbers in network order, and the Internet checksum (RFC 1071) of what was summed up. */
uint32_t sim_ip_sum(uint32_t sum, const uint8_t *bytes, size_t length);
void     sim_ip_checksum(uint8_t *at, uint32_t sum);
void     sim_ip_store16(uint8_t *at, uint32_t x); /* the lower half of it */

#endif
