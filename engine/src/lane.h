#ifndef WRNI_LANE_H
#define WRNI_LANE_H

/*
 * Floor 4. The data path of some peers: their sessions, endpoints, staged packets, and a copy of the routes.
 *
 * A lane is a value in one memory. The engine holds one as its own (inline); outside lanes are the same struct in other memories.
 * Control never reaches into it but by orders, and learns from it by reports only; with one lane both are applied at once.
 *
 * Law: what comes in is judged here by age, counter and window, at each use. A delayed order costs packets, never safety (law 8).
 */

#include "index.h"
#include "list.h"
#include "rotation.h"
#include "stage.h"
#include "trie.h"
#include "warren/lane.h"

#define WRNI_BATCH 16u /* AEADs handed to the provider at a time; bounds the stack */

enum wrni_order_kind {
    WRNI_ORDER_PEER = 1,      /* a peer begins */
    WRNI_ORDER_GONE,          /* a peer ends: sessions wiped, staged dropped, prefixes gone. To every lane */
    WRNI_ORDER_ENDPOINT,      /* flag: pinned; value: their count */
    WRNI_ORDER_INITIATED,     /* a session of ours to send with; staged packets go, or else a keepalive (P-58) */
    WRNI_ORDER_RESPONDED,     /* a session that waits for its confirmation */
    WRNI_ORDER_KEEPALIVE,     /* staged packets, or else a keepalive (P-85) */
    WRNI_ORDER_FLUSH,         /* staged packets, if any */
    WRNI_ORDER_PURGE,         /* drop staged packets */
    WRNI_ORDER_CLEAR,         /* wipe the sessions */
    WRNI_ORDER_FORGET_PATH,   /* zero the endpoint's path token (P-119) */
    WRNI_ORDER_FORGET_PATHS,  /* of every peer. This and the following go to every lane */
    WRNI_ORDER_CLEAR_ALL,     /* wipe all sessions */
    WRNI_ORDER_RETIRE_ALL,    /* current and next are not for sending any more (P-128) */
    WRNI_ORDER_FLUSH_ALL,
    WRNI_ORDER_UP,            /* flag: up; down purges and clears everything (P-138) */
    WRNI_ORDER_MTU,           /* value */
    WRNI_ORDER_PREFIX,        /* flag: add or remove */
};

enum wrni_report_bit {
    WRNI_REPORT_RECEIVED = 1,
    WRNI_REPORT_DATA = 2,           /* at least one with a payload ... */
    WRNI_REPORT_MORE_DATA = 4,      /* ... and a second one */
    WRNI_REPORT_SENT_KEEPALIVE = 8,
    WRNI_REPORT_SENT_DATA = 16,
    WRNI_REPORT_CONFIRMED = 32,     /* the first packet under next: the handshake is complete */
    WRNI_REPORT_ROAMED = 64,
    WRNI_REPORT_WANT = 128,         /* a new handshake is wished for */
    WRNI_REPORT_CELLS = 256,        /* the cells in use changed, or an order was obeyed */
    WRNI_REPORT_RECEIVED_LAST = 512, /* after whatever was sent: a moment may have both */
};

/* One peer in a lane. generation 0: nobody, and everything else is zero but the rotation's places. */
struct wrni_flow {
    struct wrni_rotation rotation;
    struct wrn_endpoint  endpoint;
    struct wrni_queue    queue;
    uint32_t             generation;
    uint64_t             rx_bytes, tx_bytes;
    /* the report that waits */
    wrn_time             received_at, sent_at;
    uint64_t             data_counter, data_newest; /* of the first message with data in it, and of the last */
    uint32_t             flags;
    uint16_t             placed;   /* the count in the newest endpoint order obeyed */
    uint8_t              sequence; /* of the newest session order obeyed */
    bool                 pinned, keepalive_due;
};

struct wrn_lane {
    const struct wrn_crypto *crypto;
    void                    *context;
    size_t   size, trie_at, flows_at, windows_at, stage_at, due_at, reports_at;
    uint32_t flows, number, lanes, window_bits;
    uint32_t prefixes, owners;
    uint16_t mtu;
    bool     up, outside;
    struct wrni_index_key key;
    wrn_time              now;
    struct wrn_counters   counters;
};

static inline bool wrni_endpoint_valid(const struct wrn_endpoint *endpoint)
{
    return endpoint->family == 4 || endpoint->family == 6;
}

static inline bool wrni_endpoint_same(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && a->host == b->host && !memcmp(a->address, b->address, 16);
}

/* Layout. `lanes` 1: flows for every peer. SIZE_MAX: does not fit. */
size_t wrni_lane_layout(struct wrn_lane *lane, const struct wrn_limits *limits, uint32_t lanes, uint32_t stage_slots);
void   wrni_lane_start(struct wrn_lane *lane, const struct wrn_limits *limits); /* after layout, in its memory */
void   wrni_lane_copy(struct wrn_lane *to, const struct wrn_lane *from);        /* to is started, at least as large */

static inline void *wrni_lane_part(const struct wrn_lane *lane, size_t at)
{
    return (uint8_t *)(uintptr_t)lane + at;
}

static inline struct wrni_trie *wrni_lane_trie(const struct wrn_lane *lane) { return wrni_lane_part(lane, lane->trie_at); }
static inline struct wrni_stage *wrni_lane_stage(const struct wrn_lane *lane) { return wrni_lane_part(lane, lane->stage_at); }
static inline struct wrni_list *wrni_lane_due(const struct wrn_lane *lane) { return wrni_lane_part(lane, lane->due_at); }
static inline struct wrni_list *wrni_lane_waiting(const struct wrn_lane *lane) { return wrni_lane_part(lane, lane->reports_at); }

static inline struct wrni_flow *wrni_lane_flow(const struct wrn_lane *lane, uint32_t id)
{
    return (struct wrni_flow *)wrni_lane_part(lane, lane->flows_at) + id;
}

struct wrni_window *wrni_lane_window(const struct wrn_lane *lane, uint32_t id, uint32_t body);

/* The flow of a peer's slot, or null: not this lane's, or beyond its table. *id is its number here. */
struct wrni_flow *wrni_lane_find(const struct wrn_lane *lane, uint32_t slot, uint32_t *id);

void wrni_lane_apply(struct wrn_lane *lane, wrn_time now, const struct wrn_order *order);
bool wrni_lane_take_report(struct wrn_lane *lane, struct wrn_report *report); /* false: none waits */
void wrni_lane_flush(struct wrn_lane *lane, uint32_t id); /* staged packets, if any, become due */
void wrni_lane_note(struct wrn_lane *lane, uint32_t id, uint32_t flags);

/* The three moves, and both in one for the inline lane. `before`: the job of the packet before, just planned, or null. */
void wrni_plan_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job);
void wrni_plan_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job, const struct wrn_job *before);
/* True: the flow's report now tells something whose order among flows is seen outside: events, initiations. */
bool wrni_settle(struct wrn_lane *lane, wrn_time now, struct wrn_job *job);
/* `tell(whom)` is called after each settle that was true (law 2). Null: reports wait. */
typedef void wrni_tell_fn(void *whom);
void wrni_lane_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count, wrni_tell_fn *tell, void *whom);
void wrni_lane_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count, wrni_tell_fn *tell, void *whom);
size_t wrni_lane_output(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count);

/* Shared by the moves. */
enum wrni_job_kind { WRNI_JOB_DONE, WRNI_JOB_SEAL, WRNI_JOB_OPEN, WRNI_JOB_WANT }; /* WANT: staged, and a wish for a session */
enum wrni_side { WRNI_TUN_SIDE, WRNI_NET_SIDE };

/* Do the live bytes lie within the buffer? Nothing of the packet's data is read before this. */
static inline bool wrni_packet_sound(const struct wrn_packet *packet)
{
    return packet->data && packet->offset <= packet->capacity && packet->length <= packet->capacity - packet->offset;
}

void wrni_verdict(struct wrn_counters *counters, enum wrni_side side, struct wrn_packet *packet, enum wrn_verdict verdict,
                  enum wrn_reason reason);
/* Fill header, padding, nonce and job for a plaintext at packet->offset. The session is sendable and the room was checked. */
void wrni_plan_seal(struct wrni_session *session, struct wrn_packet *packet, struct wrn_job *job, uint32_t padding);
/* After the seal of a message of `plain` bytes: counts, reports, wishes. */
void wrni_sent(struct wrn_lane *lane, uint32_t id, wrn_time now, uint32_t plain, uint64_t counter);

#endif
