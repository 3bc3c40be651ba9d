#ifndef WARREN_LANE_H
#define WARREN_LANE_H

/*
 * Lanes: threads without locks.
 *
 * An engine with limits.lanes = 1 is its own lane and needs none of this. With k > 1 the data path moves into k lanes, each a
 * value in its own memory, used by one thread: a lane owns the sessions of the peers whose slot is its number modulo k. The engine
 * (control) keeps identities, handshakes, timers and configuration, and answers WRN_PASS to data.
 *
 * Control and lanes share nothing. Orders go down (a session, an endpoint, a route, a keepalive), reports come up (what was sent
 * and received, a confirmed session, a wish for a handshake), as small values over rings that the host provides. Order within one
 * direction must be kept; delay is free: delayed orders may cost packets, with a reason, and never deliver twice, to the wrong
 * peer, or reuse a nonce (law 8), because age and count limits are checked in the lane at each use.
 *
 *     after every call into the engine:  wrn_orders(engine, l, ...) -> ring -> wrn_lane_order(lane l, ...)
 *     after every call into a lane:      wrn_lane_reports(lane, ...) -> ring -> wrn_reports(engine, ...)
 *
 * While a ring of orders is (nearly) full, timers wait, handshakes are dropped with WRN_REASON_LANE_BUSY, and configuration
 * answers WRN_BUSY. While routes are on their way, two lanes may each say that a packet is the other's: a host lets go of a packet
 * that was passed more often than there are lanes, or handles its orders first. wrn_net_unsent for a lane's datagrams goes to the
 * engine, after that lane's reports. Orders hold session keys: the host wipes its rings.
 */

#include "warren/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wrn_lane;

struct wrn_order {
    uint32_t            kind; /* private to the engine */
    uint32_t            slot, generation;
    uint32_t            local_index, remote_index;
    uint32_t            value;
    uint8_t             cell, sequence, flag, reserved;
    wrn_time            birth;
    uint8_t             send_key[32], receive_key[32];
    struct wrn_endpoint endpoint;
    struct wrn_prefix   prefix;
};

struct wrn_report {
    uint32_t            slot, generation;
    uint32_t            flags; /* private to the engine */
    uint8_t             cells, sequence;
    uint16_t            placed;
    wrn_time            received_at, sent_at;
    uint64_t            data_counter, data_newest;
    uint64_t            rx_bytes, tx_bytes; /* since the last report */
    struct wrn_endpoint endpoint;
};

/* Bytes of one lane beside an engine with these limits, or 0 when they are out of range. */
size_t wrn_lane_size(const struct wrn_limits *limits);
/* Needs   an engine with limits.lanes > number (best: right after attach), and no call into it meanwhile.
 * Gives   a lane that knows the peers, endpoints and routes of this moment.
 * Fails   WRN_BAD_ARGUMENT, WRN_BAD_MEMORY; WRN_BUSY while orders for this lane wait or a peer of it has a session. */
enum wrn_status wrn_lane_init(struct wrn_lane **lane, void *memory, size_t size, const struct wrn_engine *engine, unsigned number);
/* Grow a lane after its engine: wrn_engine_move first, then each lane at its own time, but before it is given any order that the
 * engine made after its move (such an order would panic). `larger` is the engine's new limits. Sessions, staged packets, reports
 * that wait and the provider come along; jobs that are planned may be settled in the new lane. The old memory is wiped.
 * Fails   WRN_BAD_ARGUMENT, WRN_BAD_MEMORY. */
enum wrn_status wrn_lane_move(struct wrn_lane **lane, void *memory, size_t size, const struct wrn_limits *larger);
void wrn_lane_attach(struct wrn_lane *lane, const struct wrn_crypto *crypto, void *context);
void wrn_lane_wipe(struct wrn_lane *lane);

/* The flow calls of a lane: as those of the engine, for data only. What belongs elsewhere gets WRN_PASS: handshake messages to
 * WRN_LANE_CONTROL, other lanes' peers to their lane. */
void   wrn_lane_tun_input(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count);
void   wrn_lane_net_input(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count);
size_t wrn_lane_net_output(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count);
bool   wrn_lane_output_due(const struct wrn_lane *lane);
void   wrn_lane_counters(const struct wrn_lane *lane, struct wrn_counters *counters);
size_t wrn_lane_staged(const struct wrn_lane *lane); /* packets that wait for a session */

/* Take up to count orders for a lane, oldest first. */
size_t wrn_orders(struct wrn_engine *engine, unsigned lane, struct wrn_order *orders, size_t count);
void   wrn_lane_order(struct wrn_lane *lane, wrn_time now, const struct wrn_order *orders, size_t count);
/* Take up to count reports. A lane keeps one per peer: what is not taken is merged, never lost. */
size_t wrn_lane_reports(struct wrn_lane *lane, struct wrn_report *reports, size_t count);
void   wrn_reports(struct wrn_engine *engine, wrn_time now, const struct wrn_report *reports, size_t count);

/*
 * One fat peer over many cores: the data path in three moves. plan assigns nonces or finds keys, in order; crypt is pure and may
 * run anywhere, in any batch, jobs of one plan side by side; settle does windows and verdicts, in the order of the plan. Between plan
 * and settle the lane may do other work; a session that is gone by then, or past its age, drops the packet, and so does a job that
 * was never crypted. Jobs hold keys; settle wipes them.
 */
struct wrn_job {
    struct wrn_aead aead;
    uint8_t         key[32];
    struct wrn_packet *packet;
    uint32_t        slot, generation, index;
    uint32_t        plain; /* bytes of plaintext, padding included */
    uint8_t         kind;  /* private: 0 = settled by plan already */
};

/* jobs[i] belongs to packets[i]. */
void wrn_lane_plan_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, struct wrn_job *jobs, size_t count);
void wrn_lane_plan_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, struct wrn_job *jobs, size_t count);
void wrn_crypt(const struct wrn_crypto *crypto, void *context, struct wrn_job *jobs, size_t count);
void wrn_lane_settle(struct wrn_lane *lane, wrn_time now, struct wrn_job *jobs, size_t count);

#ifdef __cplusplus
}
#endif

#endif
