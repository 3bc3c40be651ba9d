#ifndef TEST_LANES_H
#define TEST_LANES_H

/*
 * A host: one engine and its k lanes (k = 1: inline), each in a memory of its own, with rings between them. One thread; a seed
 * decides how long each order and each report is on its way, whether a ring is emptied at all, and where a packet comes in first.
 * Order within one direction is kept. With `delay` 0 everything is handled at once.
 *
 *                     wrn_orders              down[l], each with its moment
 *            engine  ------------>  ... ... ... ...  ------------>  lane[l]
 *                    <------------  ... ... ... ...  <------------
 *                     wrn_reports              up[l]
 *
 * Crypto goes through a recorder that fails the test when a (key, nonce) seals twice, or when a session's key is used past its age.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "warren/warren.h"

enum { LANES_MAX = 8, LANES_QUEUE = 1024, LANES_BYTES = 2048, LANES_KEYS = 1 << 13, LANES_NONCES = 1024 };

/* Every key that ever sealed or was ordered, and the nonces it sealed with. Shared by all hosts of a test. */
struct lanes_key {
    uint8_t  key[32];
    bool     taken;
    wrn_time birth; /* of a session's key; WRN_NEVER: unknown */
    uint64_t seen[LANES_NONCES / 64];
};

struct lanes_keys {
    struct lanes_key *key;
    uint64_t          seals, opens, judged; /* judged: uses of a key whose birth is known */
};

struct lanes_recorder {
    struct lanes_keys *keys;
    wrn_time           now;
    bool               judges; /* ages: births are told by this host's orders, and the other side has its own */
};

extern const struct wrn_crypto lanes_crypto; /* sodium, recorded; its context is a struct lanes_recorder */

struct lanes_down { wrn_time at; uint64_t before; struct wrn_order order; };
struct lanes_up { wrn_time at; struct wrn_report report; };
struct lanes_fifo { void *items; size_t head, count; wrn_time last; };

struct lanes_host {
    unsigned              lanes; /* 1: inline, no lane is outside */
    struct wrn_engine    *engine;
    struct wrn_lane      *lane[LANES_MAX];
    void                 *memory, *lane_memory[LANES_MAX];
    struct wrn_config     config;
    struct lanes_recorder recorder[LANES_MAX + 1]; /* the last is the engine's */
    struct lanes_fifo     down[LANES_MAX], up[LANES_MAX];
    struct rng            rng;
    wrn_time              delay; /* at most, of one order or report */
    wrn_time              stalled[LANES_MAX]; /* this lane's ring of orders is not emptied before */
    uint64_t              version;          /* the test's count of route changes */
    uint64_t              taken[LANES_MAX]; /* version when this lane's ring was last emptied */
    uint64_t              known[LANES_MAX]; /* the lane has every order of at least this version */
    uint64_t              tun[LANES_MAX + 1], net[LANES_MAX + 1]; /* packets handed to each */
    uint64_t              let_go;           /* passed too often */
    void (*send)(void *context, const struct wrn_packet *packet);    /* a datagram leaves */
    void (*deliver)(void *context, const struct wrn_packet *packet); /* a plaintext arrived */
    void *context;
};

void lanes_keys_open(struct lanes_keys *keys);
void lanes_keys_close(struct lanes_keys *keys);

void lanes_open(struct lanes_host *host, const struct wrn_config *config, struct lanes_keys *keys, uint64_t seed, wrn_time delay,
                wrn_time now);
void lanes_close(struct lanes_host *host);
void lanes_grow(struct lanes_host *host, const struct wrn_limits *larger); /* engine and lanes move, wherever orders are */

void lanes_copy(struct lanes_host *host); /* each lane goes on as a copy of its bytes, the old place spoilt (law 5) */

/* Everything that is due on its way goes on; until nothing moves. */
void lanes_exchange(struct lanes_host *host, wrn_time now);
/* Everything, whatever its moment. */
void     lanes_drain(struct lanes_host *host, wrn_time now);
void     lanes_pump(struct lanes_host *host, wrn_time now); /* exchange, and all output of engine and lanes */
wrn_time lanes_deadline(struct lanes_host *host, wrn_time now);

/* A packet in; it is moved where its verdicts say. The last verdict is in the packet; answers and deliveries are told. */
void lanes_tun(struct lanes_host *host, wrn_time now, struct wrn_packet *packet);
void lanes_net(struct lanes_host *host, wrn_time now, struct wrn_packet *packet);

/* Law 6 for the engine and each lane: verdicts sum to packets in, reasons to drops. */
void lanes_check_counters(const struct lanes_host *host);
/* With nothing on its way: the engine's view of each lane is what the lane is. */
void lanes_check_views(const struct lanes_host *host);

#endif
