#ifndef WRNI_STATE_H
#define WRNI_STATE_H

/*
 * Floor 5. The engine's own struct, and what its rooms share. Everything is reached by offset from here (law 5).
 */

#include "arena.h"
#include "gate.h"
#include "heap.h"
#include "keymap.h"
#include "lane.h"
#include "peer.h"
#include "ring.h"

/* Slots outlive their peers: the generation, odd while somebody lives there, makes old handles stale. */
struct wrni_slot { uint32_t generation, next_free; };

struct wrn_engine {
    const struct wrn_crypto *crypto;
    void                    *context;
    struct wrn_limits limits;
    size_t   size, slots_at, peers_at, keymap_at, heap_at, due_at, events_at, sources_at, rings_at, ring_size, lane_at;
    struct wrni_identity identity;
    struct wrni_gate     gate;
    uint8_t  seed[32]; /* streams of peers yet to come grow from it; ratcheted when a peer leaves */
    uint8_t  stamp_floor[12], stamp_newest[12];
    wrn_time now;
    wrn_time wall_at;
    uint64_t wall_seconds;
    uint32_t wall_nanoseconds;
    bool     has_wall;
    uint32_t peers, high, free; /* free: plus one */
    uint32_t events;            /* of the engine itself */
    uint64_t generation;        /* of the configuration: for walks (WRN_CHANGED) */
};

static inline void *wrni_part(const struct wrn_engine *engine, size_t at) { return (uint8_t *)(uintptr_t)engine + at; }
static inline struct wrni_heap *wrni_heap_of(const struct wrn_engine *engine) { return wrni_part(engine, engine->heap_at); }
static inline struct wrni_list *wrni_due_of(const struct wrn_engine *engine) { return wrni_part(engine, engine->due_at); }
static inline struct wrni_list *wrni_events_of(const struct wrn_engine *engine) { return wrni_part(engine, engine->events_at); }
static inline struct wrni_keymap *wrni_keymap_of(const struct wrn_engine *engine) { return wrni_part(engine, engine->keymap_at); }
static inline struct wrni_sources *wrni_sources_of(const struct wrn_engine *engine) { return wrni_part(engine, engine->sources_at); }
static inline struct wrn_lane *wrni_inline_lane(const struct wrn_engine *engine) { return wrni_part(engine, engine->lane_at); }

static inline struct wrni_slot *wrni_slot_at(const struct wrn_engine *engine, uint32_t slot)
{
    return (struct wrni_slot *)wrni_part(engine, engine->slots_at) + slot;
}

static inline struct wrni_peer *wrni_peer_at(const struct wrn_engine *engine, uint32_t slot)
{
    return (struct wrni_peer *)wrni_part(engine, engine->peers_at) + slot;
}

/* Endpoint, byte counts and staged count of a peer: the inline lane's own flow, or control's mirror of an outside one. */
static inline struct wrni_flow *wrni_flow_at(const struct wrn_engine *engine, uint32_t slot)
{
    return wrni_lane_flow(wrni_inline_lane(engine), slot);
}

static inline struct wrni_ring *wrni_order_ring(const struct wrn_engine *engine, unsigned lane)
{
    return wrni_part(engine, engine->rings_at + lane * engine->ring_size);
}

static inline struct wrni_keys wrni_keys_of(const struct wrn_engine *engine)
{
    return (struct wrni_keys){wrni_peer_at(engine, 0)->public_key, sizeof(struct wrni_peer)};
}

static inline struct wrni_provider wrni_provider_of(const struct wrn_engine *engine)
{
    return (struct wrni_provider){engine->crypto, engine->context};
}

static inline struct wrn_counters *wrni_counters_of(const struct wrn_engine *engine) { return &wrni_inline_lane(engine)->counters; }
static inline bool wrni_up(const struct wrn_engine *engine) { return wrni_inline_lane(engine)->up; }
static inline bool wrni_inline(const struct wrn_engine *engine) { return engine->limits.lanes == 1; }
static inline bool wrni_alive(const struct wrn_engine *engine, uint32_t slot) { return wrni_slot_at(engine, slot)->generation & 1u; }

/* Seconds since 1970 at the newest `now`. The engine has been told the wall time. */
static inline uint64_t wrni_wall_now(const struct wrn_engine *engine, uint32_t *nanoseconds)
{
    uint64_t since = engine->now - engine->wall_at + engine->wall_nanoseconds;
    *nanoseconds = (uint32_t)(since % WRN_SECOND);
    return engine->wall_seconds + since / WRN_SECOND;
}

/* engine.c */
bool     wrni_limits_valid(const struct wrn_limits *limits);
size_t   wrni_engine_layout(struct wrn_engine *engine, const struct wrn_limits *limits); /* SIZE_MAX: does not fit */
void     wrni_engine_start(struct wrn_engine *engine, uint64_t map_seed, uint64_t source_seed);
wrn_time wrni_clock(struct wrn_engine *engine, wrn_time now); /* never back */

/* control.c: orders down, reports up, and what follows from both. */
bool wrni_orders_room(const struct wrn_engine *engine, uint32_t count); /* in every ring; always, inline */
void wrni_order(struct wrn_engine *engine, struct wrn_order *order);    /* obeyed at once, inline. Wipes the order */
void wrni_order_peer(struct wrn_engine *engine, uint32_t slot, enum wrni_order_kind kind);
void wrni_order_all(struct wrn_engine *engine, enum wrni_order_kind kind, bool flag, uint32_t value);
void wrni_order_endpoint(struct wrn_engine *engine, uint32_t slot, const struct wrn_endpoint *endpoint, bool pinned);
void wrni_drain(struct wrn_engine *engine); /* reports of the inline lane */
void wrni_request(struct wrn_engine *engine, uint32_t slot, bool retry); /* an initiation is wished for (P-69, P-70) */
void wrni_touch(struct wrn_engine *engine, uint32_t slot);              /* timers changed */
void wrni_tell(struct wrn_engine *engine, uint32_t slot, uint32_t bits); /* events */
void wrni_tell_engine(struct wrn_engine *engine, uint32_t bits);
void wrni_completed(struct wrn_engine *engine, uint32_t slot); /* a handshake is complete, either role */
const uint8_t *wrni_static_static(struct wrn_engine *engine, struct wrni_peer *peer);
bool wrni_may_fire(const struct wrn_engine *engine);

/* advance.c */
void wrni_run_due(struct wrn_engine *engine);

/* config.c, for the text protocol */
enum wrn_status wrni_resolve(const struct wrn_engine *engine, struct wrn_peer peer);
/* wrn_peer_set without its questions: the change is valid, there is room for 3 orders, the clock is right. */
void wrni_peer_change(struct wrn_engine *engine, uint32_t slot, const struct wrn_peer_change *change);

#endif
