#ifndef FUZZ_LANED_H
#define FUZZ_LANED_H

/*
 * One host whose data path is in lanes outside (warren/lane.h), three plain engines that are its peers, and a road between them.
 * Orders and reports lie in queues of the host for as long as a plan likes. Oracles on every step:
 *
 *   lane-sum       of control or a lane: verdicts do not sum to what was handed in, or reasons to drops (law 6)
 *   lane-pass      a packet is passed to a lane that is not there, or to where it was; or round and round with nothing on its way
 *   lane-owner     a lane had a packet of a peer that is not its own
 *   lane-down      control, or a lane that knows it, sends or delivers while the interface is down (P-138)
 *   lane-error     a configuration call that is refused has changed something
 *   lane-key       a settled job, or control, holds a key that it gave away
 *   lane-begin     a lane that begins is told something else than control knows
 *   lane-late      a packet was planned 180 s before it is settled, and is sent or delivered all the same (law 4)
 *   lane-plain     a packet that never was crypted is sent or delivered
 *   lane-view      everything is exchanged, and a lane takes a route, an endpoint, a pin or the MTU to be another than control
 *   lane-account   everything is exchanged, and control counts other bytes of a peer than came and left (P-99, P-108)
 *   lane-twice, lane-altered, lane-unsent  of packets that are delivered (law 8)
 *   lane-move      growing was refused, or should have been; or it changed something, or left secrets
 *   nonce-again    see crypto.h
 */

#include "fuzz.h"
#include "warren/warren.h"

enum { LANED_LANES = 2, LANED_OTHERS = 3, LANED_CONTROL = LANED_LANES, LANED_DOORS = LANED_LANES + 1 };
enum { LANED_ROAD = 16, LANED_BYTES = 1024, LANED_SENT = 256, LANED_QUEUE = 64, LANED_JOBS = 4, LANED_SECRETS = 5, LANED_SLOTS = 32 };

struct laned_datagram {
    uint8_t from, to; /* an other, or LANED_OTHERS: the host */
    uint32_t length;  /* 0: none */
    uint32_t port;    /* of the sender; others move about by it */
    uint8_t bytes[LANED_BYTES];
};

struct laned_sent {
    uint16_t length;
    bool delivered;
};

/* A packet between plan and settle. */
struct laned_job {
    bool there, tun, crypted, judged;
    wrn_time planned;
    unsigned lane;
    uint32_t came; /* bytes of a datagram */
    struct wrn_packet packet;
    struct wrn_job job;
    uint8_t bytes[LANED_BYTES];
};

/* Of whoever lives in a slot. */
struct laned_account {
    uint32_t generation;
    uint64_t rx_bytes, tx_bytes;
};

struct laned {
    wrn_time now;
    struct wrn_engine *engine, *other[LANED_OTHERS];
    struct wrn_lane *lane[LANED_LANES];
    struct wrn_peer peer[LANED_OTHERS], host[LANED_OTHERS]; /* of the others in the host; of the host in them */
    struct {
        struct wrn_order item[LANED_QUEUE];
        unsigned count;
    } down[LANED_LANES];
    struct {
        struct wrn_report item[LANED_QUEUE];
        unsigned count;
    } up[LANED_LANES];
    bool known_down[LANED_LANES];
    uint64_t tun[LANED_DOORS], net[LANED_DOORS];
    struct laned_datagram road[LANED_ROAD];
    unsigned next;
    struct laned_sent out[LANED_OTHERS][LANED_SENT], in[LANED_OTHERS][LANED_SENT];
    uint32_t outs[LANED_OTHERS], ins[LANED_OTHERS];
    struct laned_job job[LANED_JOBS];
    struct laned_account account[LANED_SLOTS];
    struct wrn_packet last; /* the last datagram of the host, and its bytes */
    uint8_t last_bytes[LANED_BYTES];
    uint64_t log; /* of everything that left an engine or a lane */
};

extern uint8_t laned_secret[LANED_SECRETS][32], laned_public[LANED_SECRETS][32]; /* of the others, the host, and nobody */

/* Everybody up, other i peer i of the host with 10.0.i.0/24 allowed. `fill` is what the memory held before. */
void laned_begin(struct laned *, uint8_t fill);

struct wrn_endpoint laned_address(unsigned who, unsigned port);
struct wrn_prefix laned_prefix(unsigned who);

/* A lane and control, when nothing is on its way between them. */
void laned_compare(const struct wrn_engine *, const struct wrn_lane *, unsigned number);
void laned_wiped(const struct wrn_engine *);                        /* its orders are all taken */
void laned_begun(const struct wrn_engine *, const struct wrn_lane *, unsigned number); /* just now */
bool laned_waits(const struct laned *, uint32_t slot); /* a packet for it, in its lane */
void laned_orders(struct laned *, unsigned lane, unsigned take, unsigned give);  /* from control, to the lane */
void laned_reports(struct laned *, unsigned lane, unsigned take, unsigned give); /* from the lane, to control */
bool laned_exchange(struct laned *);                                             /* everything; false: there was nothing */

void laned_tun(struct laned *, unsigned to, unsigned door, uint32_t length);
void laned_tun_other(struct laned *, unsigned from, uint32_t length);
void laned_deliver(struct laned *, unsigned place, unsigned door); /* what lies there, if anything; to the host by that door */
bool laned_output(struct laned *, unsigned door);                  /* all of it, onto the road; false: none */
bool laned_output_other(struct laned *, unsigned who);
void laned_advance(struct laned *, wrn_time passed);

/* The three moves. Plan takes a packet, or what lies on the road; nothing is done when there is no place for it. */
void laned_plan(struct laned *, unsigned lane, unsigned number, bool tun, uint32_t length);
void laned_crypt(struct laned *, unsigned number);
void laned_settle(struct laned *, unsigned number);

void laned_before(struct laned *);
enum wrn_status laned_after(struct laned *, enum wrn_status);
void laned_grow(struct laned *);
void laned_copy(struct laned *, unsigned lane);
void laned_again(struct laned *, unsigned lane, unsigned number); /* wrn_lane_init where a lane is already */
void laned_unsent(struct laned *);
void laned_check(struct laned *);

#endif
