#include "inner.h"
#include "stamp.h"
#include "state.h"

/* The device. -------------------------------------------------------------------------------------------------------------------- */

void wrn_wall(struct wrn_engine *engine, wrn_time now, uint64_t unix_seconds, uint32_t nanoseconds)
{
    engine->wall_at = wrni_clock(engine, now);
    engine->wall_seconds = unix_seconds;
    engine->wall_nanoseconds = nanoseconds % (uint32_t)WRN_SECOND;
    engine->has_wall = true;
}

enum wrn_status wrn_stamp_restore(struct wrn_engine *engine, const uint8_t stamp[12])
{
    if (wrni_stamp_after(stamp, engine->stamp_floor))
        memcpy(engine->stamp_floor, stamp, 12);
    if (wrni_stamp_after(stamp, engine->stamp_newest))
        memcpy(engine->stamp_newest, stamp, 12);
    return WRN_OK;
}

static void forget_handshakes(struct wrn_engine *engine)
{
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        if (!wrni_alive(engine, slot))
            continue;
        wrni_peer_clear_handshake(wrni_peer_at(engine, slot));
        wrni_peer_at(engine, slot)->timers.last_initiation = WRN_NEVER;
    }
}

/* A persistent keepalive at once, by its timer: so it is armed again even when this one cannot be sent (P-72). */
static void begin_keepalive(struct wrn_engine *engine, uint32_t slot)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    if (!timers->persistent_s || !wrni_up(engine))
        return;
    timers->persistent = engine->now;
    wrni_touch(engine, slot);
}

enum wrn_status wrn_set_private_key(struct wrn_engine *engine, wrn_time now, const uint8_t key[32])
{
    struct wrni_identity identity;
    bool                 first = !engine->identity.present;
    uint32_t             own = WRNI_NONE;

    bool same = wrni_equal(key, engine->identity.secret, 32); /* raw against clamped, as the kernel does (section 24, P-128) */
    if (!same && !wrni_orders_room(engine, 4))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    if (same)
        return WRN_OK;
    wrni_identity_set(wrni_provider_of(engine), &identity, key);
    if (identity.present)
        own = wrni_keymap_find(wrni_keymap_of(engine), wrni_keys_of(engine), identity.public_key);
    if (own != WRNI_NONE)
        (void)wrn_peer_remove(engine, now, (struct wrn_peer){own, wrni_slot_at(engine, own)->generation});
    engine->identity = identity;
    wrni_wipe(&identity, sizeof identity);
    forget_handshakes(engine);
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        wrni_wipe(wrni_peer_at(engine, slot)->static_static, 32);
        wrni_peer_at(engine, slot)->has_static_static = false;
        if (first && wrni_alive(engine, slot)) /* keepalives wait for the first key like staged packets (P-84) */
            begin_keepalive(engine, slot);
    }
    wrni_order_all(engine, WRNI_ORDER_RETIRE_ALL, false, 0);
    wrni_order_all(engine, WRNI_ORDER_FLUSH_ALL, false, 0);
    engine->generation++;
    return WRN_OK;
}

bool wrn_public_key(const struct wrn_engine *engine, uint8_t key[32])
{
    memcpy(key, engine->identity.public_key, 32);
    return engine->identity.present;
}

static void stop_peer(struct wrn_engine *engine, uint32_t slot)
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    wrni_timers_stop(&peer->timers);
    wrni_peer_clear_handshake(peer);
    peer->due = 0;
    wrni_list_remove(wrni_due_of(engine), slot);
    wrni_heap_remove(wrni_heap_of(engine), slot);
}

enum wrn_status wrn_set_up(struct wrn_engine *engine, wrn_time now, bool up)
{
    if (!wrni_orders_room(engine, 2))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    if (up == wrni_up(engine))
        return WRN_OK;
    wrni_order_all(engine, WRNI_ORDER_UP, up, 0);
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        if (!wrni_alive(engine, slot))
            continue;
        stop_peer(engine, slot);
        if (up)
            begin_keepalive(engine, slot); /* P-137 */
        else
            wrni_tell(engine, slot, WRN_EVENT_LOST);
    }
    return WRN_OK;
}

bool wrn_is_up(const struct wrn_engine *engine) { return wrni_up(engine); }

enum wrn_status wrn_set_mtu(struct wrn_engine *engine, uint16_t mtu)
{
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    wrni_order_all(engine, WRNI_ORDER_MTU, false, mtu);
    return WRN_OK;
}

enum wrn_status wrn_set_load(struct wrn_engine *engine, wrn_time now, uint32_t rate, uint32_t burst)
{
    if (!burst)
        return WRN_BAD_ARGUMENT;
    engine->gate.rate = rate;
    engine->gate.burst = burst;
    wrni_bucket_init(&engine->gate.bucket, rate, burst, wrni_clock(engine, now));
    return WRN_OK;
}

void wrn_report_load(struct wrn_engine *engine, wrn_time now)
{
    if (!engine->gate.loaded)
        wrni_tell_engine(engine, WRN_EVENT_LOAD);
    wrni_gate_report(&engine->gate, wrni_clock(engine, now));
}

enum wrn_status wrn_forget_sessions(struct wrn_engine *engine, wrn_time now)
{
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    forget_handshakes(engine);
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        if (!wrni_alive(engine, slot))
            continue;
        wrni_peer_at(engine, slot)->timers.zero_keys = WRN_NEVER;
        wrni_tell(engine, slot, WRN_EVENT_LOST);
    }
    wrni_order_all(engine, WRNI_ORDER_CLEAR_ALL, false, 0);
    return WRN_OK;
}

enum wrn_status wrn_forget_paths(struct wrn_engine *engine)
{
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    wrni_order_all(engine, WRNI_ORDER_FORGET_PATHS, false, 0);
    return WRN_OK;
}

/* Peers. ------------------------------------------------------------------------------------------------------------------------- */

enum wrn_status wrni_resolve(const struct wrn_engine *engine, struct wrn_peer peer)
{
    if (peer.slot >= engine->high || !wrni_alive(engine, peer.slot) || wrni_slot_at(engine, peer.slot)->generation != peer.generation)
        return WRN_STALE;
    return WRN_OK;
}

static struct wrn_peer handle(const struct wrn_engine *engine, uint32_t slot)
{
    return (struct wrn_peer){slot, slot == WRNI_NONE ? 0 : wrni_slot_at(engine, slot)->generation};
}

enum wrn_status wrn_peer_find(const struct wrn_engine *engine, const uint8_t public_key[32], struct wrn_peer *peer)
{
    *peer = handle(engine, wrni_keymap_find(wrni_keymap_of(engine), wrni_keys_of(engine), public_key));
    return peer->slot == WRNI_NONE ? WRN_NOT_FOUND : WRN_OK;
}

static uint32_t take_slot(struct wrn_engine *engine)
{
    if (!engine->free)
        return engine->high++;
    uint32_t slot = engine->free - 1;
    engine->free = wrni_slot_at(engine, slot)->next_free;
    wrni_slot_at(engine, slot)->next_free = 0;
    return slot;
}

enum wrn_status wrn_peer_add(struct wrn_engine *engine, wrn_time now, const uint8_t public_key[32], struct wrn_peer *peer)
{
    if (engine->identity.present && !memcmp(public_key, engine->identity.public_key, 32))
        return WRN_OWN_KEY;
    if (wrn_peer_find(engine, public_key, peer) == WRN_OK)
        return WRN_EXISTS;
    if (engine->peers == engine->limits.peers)
        return WRN_NO_ROOM;
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    uint32_t slot = take_slot(engine);
    wrni_slot_at(engine, slot)->generation++;
    wrni_peer_init(wrni_peer_at(engine, slot), public_key, engine->seed, &wrni_inline_lane(engine)->key, slot);
    wrni_keymap_put(wrni_keymap_of(engine), wrni_keys_of(engine), slot);
    wrni_order_peer(engine, slot, WRNI_ORDER_PEER);
    engine->peers++;
    engine->generation++;
    *peer = handle(engine, slot);
    return WRN_OK;
}

bool wrn_peer_next(const struct wrn_engine *engine, struct wrn_peer *peer)
{
    for (uint32_t slot = peer->slot + 1; slot < engine->high; slot++) {
        if (wrni_alive(engine, slot)) {
            *peer = handle(engine, slot);
            return true;
        }
    }
    return false;
}

/* The same key added again must not repeat its stream: what comes after a removal grows from another seed. */
static void ratchet_seed(struct wrn_engine *engine, const uint8_t public_key[32])
{
    struct wrni_drbg drbg;
    wrni_drbg_init(&drbg, engine->seed, 3, public_key);
    memcpy(engine->seed, drbg.key, sizeof engine->seed);
    wrni_wipe(&drbg, sizeof drbg);
}

enum wrn_status wrn_peer_remove(struct wrn_engine *engine, wrn_time now, struct wrn_peer peer)
{
    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    struct wrni_peer *gone = wrni_peer_at(engine, peer.slot);
    if (!wrni_inline(engine))
        wrni_trie_remove_owner(wrni_lane_trie(wrni_inline_lane(engine)), peer.slot);
    wrni_order_peer(engine, peer.slot, WRNI_ORDER_GONE);
    wrni_keymap_remove(wrni_keymap_of(engine), wrni_keys_of(engine), peer.slot);
    stop_peer(engine, peer.slot);
    wrni_list_remove(wrni_events_of(engine), peer.slot);
    if (wrni_stamp_after(gone->stamp_sent, engine->stamp_floor)) /* added again, it must not repeat a stamp (P-47) */
        memcpy(engine->stamp_floor, gone->stamp_sent, 12);
    ratchet_seed(engine, gone->public_key);
    wrni_wipe(gone, sizeof *gone);
    wrni_slot_at(engine, peer.slot)->generation++;
    wrni_slot_at(engine, peer.slot)->next_free = engine->free;
    engine->free = peer.slot + 1;
    engine->peers--;
    engine->generation++;
    return WRN_OK;
}

static struct wrn_endpoint tidy(const struct wrn_endpoint *given)
{
    struct wrn_endpoint endpoint = *given;
    endpoint.reserved = 0;
    if (endpoint.family == 4)
        memset(endpoint.address + 4, 0, 12);
    return endpoint;
}

static void set_keepalive(struct wrn_engine *engine, uint32_t slot, uint16_t seconds)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    bool                begins = !timers->persistent_s && seconds;
    timers->persistent_s = seconds;
    if (!seconds)
        timers->persistent = WRN_NEVER;
    if (begins)
        begin_keepalive(engine, slot);
}

enum wrn_status wrn_peer_set(struct wrn_engine *engine, wrn_time now, struct wrn_peer peer, const struct wrn_peer_change *change)
{
    uint32_t mask = change->mask, both = WRN_CHANGE_ENDPOINT | WRN_CHANGE_FORGET_ENDPOINT;

    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    if (mask & ~(uint32_t)WRN_CHANGE_ALL || (mask & both) == both ||
        (mask & WRN_CHANGE_ENDPOINT && !wrni_endpoint_valid(&change->endpoint)))
        return WRN_BAD_ARGUMENT;
    if (!wrni_orders_room(engine, 3))
        return WRN_BUSY;
    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
    wrni_peer_change(engine, peer.slot, change);
    return WRN_OK;
}

void wrni_peer_change(struct wrn_engine *engine, uint32_t slot, const struct wrn_peer_change *change)
{
    uint32_t            mask = change->mask, both = WRN_CHANGE_ENDPOINT | WRN_CHANGE_FORGET_ENDPOINT;
    struct wrni_flow   *flow = wrni_flow_at(engine, slot);
    struct wrn_endpoint endpoint = flow->endpoint;
    if (mask & WRN_CHANGE_PRESHARED_KEY)
        memcpy(wrni_peer_at(engine, slot)->preshared_key, change->preshared_key, 32);
    if (mask & WRN_CHANGE_ENDPOINT)
        endpoint = tidy(&change->endpoint);
    if (mask & WRN_CHANGE_FORGET_ENDPOINT)
        memset(&endpoint, 0, sizeof endpoint);
    if (mask & (both | WRN_CHANGE_PINNED))
        wrni_order_endpoint(engine, slot, &endpoint, mask & WRN_CHANGE_PINNED ? change->pinned : flow->pinned);
    if (mask & WRN_CHANGE_KEEPALIVE)
        set_keepalive(engine, slot, change->keepalive_s);
    if (wrni_up(engine))
        wrni_order_peer(engine, slot, WRNI_ORDER_FLUSH);
    wrni_touch(engine, slot);
    engine->generation++;
}

enum wrn_status wrn_staged_purge(struct wrn_engine *engine, struct wrn_peer peer)
{
    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    wrni_order_peer(engine, peer.slot, WRNI_ORDER_PURGE);
    return WRN_OK;
}

size_t wrn_icmp_unreachable(const uint8_t *packet, size_t length, uint8_t *out, size_t size)
{
    return length > UINT32_MAX ? 0 : wrni_icmp_unreachable(packet, (uint32_t)length, out, size);
}
