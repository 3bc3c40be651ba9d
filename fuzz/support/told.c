#include "told.h"

#include "fuzz.h"
#include "model.h"
#include "straight.h"

#include <string.h>

enum { SLOT = 1 << 24, EVENTS = 4 };

/* Stamps.
 * ------------------------------------------------------------------------------------------------------------------------- */

static void raise(uint8_t stamp[12], const uint8_t other[12])
{
    if (memcmp(other, stamp, 12) > 0)
        memcpy(stamp, other, 12);
}

static void big_endian(uint8_t *to, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static uint64_t from_big_endian(const uint8_t *from, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | from[i];
    return value;
}

/* P-47: the next step of 2^24 ns, of which a second has 59 and a part. */
void told_step(uint8_t stamp[12])
{
    uint64_t seconds = from_big_endian(stamp, 8), slots = from_big_endian(stamp + 8, 4) / SLOT + 1;
    bool over = slots * SLOT >= WRN_SECOND;
    big_endian(stamp, seconds + over, 8);
    big_endian(stamp + 8, over ? 0 : slots * SLOT, 4);
}

void told_wall(struct told *told, struct wrn_engine *engine, wrn_time now, uint64_t seconds, uint32_t nanoseconds)
{
    wrn_wall(engine, now, seconds, nanoseconds);
    told->wall_at = now;
    told->wall_seconds = seconds;
    told->wall_nanoseconds = nanoseconds % WRN_SECOND;
    told_time(engine, now);
}

void told_stamp(struct told *told, const uint8_t stamp[12])
{
    raise(told->floor, stamp);
    raise(told->newest, stamp);
}

/* What was said to peers that are gone is a floor under what is said to all. */
static void bury(struct told *told, const struct wrn_engine *engine)
{
    struct wrn_peer_view view;
    for (unsigned i = 0; i < TOLD_PEERS; i++)
        if (told->sent[i].there && wrn_inspect_peer(engine, told->sent[i].peer, &view) != WRN_OK) {
            raise(told->floor, told->sent[i].stamp);
            told->sent[i].there = false;
        }
}

void told_initiation(struct told *told, const struct wrn_engine *engine, wrn_time now, struct wrn_peer peer)
{
    struct wrn_peer_view view;
    uint8_t right[12], least[12];
    uint64_t since = now - told->wall_at + told->wall_nanoseconds;
    FUZZ_CHECK(wrn_inspect_peer(engine, peer, &view) == WRN_OK && peer.slot < TOLD_PEERS, "told-stamp",
               "an initiation to nobody");
    bury(told, engine);
    struct told_sent *sent = &told->sent[peer.slot];
    memcpy(least, told->floor, 12);
    if (sent->there)
        raise(least, sent->stamp);
    fuzz_stamp(right, told->wall_seconds + since / WRN_SECOND, (uint32_t)(since % WRN_SECOND / SLOT * SLOT));
    if (memcmp(right, least, 12) <= 0) {
        memcpy(right, least, 12);
        told_step(right);
    }
    int order = memcmp(view.stamp_sent, right, 12);
    FUZZ_CHECK(!order || (order > 0 && told->blurred), "told-stamp", "%llu s and %u ns, not %llu and %u",
               (unsigned long long)from_big_endian(view.stamp_sent, 8), (unsigned)from_big_endian(view.stamp_sent + 8, 4),
               (unsigned long long)from_big_endian(right, 8), (unsigned)from_big_endian(right + 8, 4));
    *sent = (struct told_sent){.there = true, .peer = peer};
    memcpy(sent->stamp, view.stamp_sent, 12);
    told->unsaved |= memcmp(sent->stamp, told->newest, 12) > 0;
    raise(told->newest, sent->stamp);
}

void told_all(const struct told *told)
{
    FUZZ_CHECK(!told->unsaved || told->blurred, "told-stamp", "nobody is told to store the newest");
}

void told_event(struct told *told, const struct wrn_engine *engine, const struct wrn_event *event)
{
    struct wrn_peer_view view;
    FUZZ_CHECK(event->peer.slot == UINT32_MAX || wrn_inspect_peer(engine, event->peer, &view) == WRN_OK, "told-nobody", "slot %u",
               event->peer.slot);
    if (event->bits & WRN_EVENT_STAMP) {
        FUZZ_CHECK(told->unsaved || told->blurred, "told-stamp", "it is to be stored again");
        told->unsaved = false;
    }
    if (!told->blurred)
        FUZZ_CHECK(!memcmp(event->stamp, told->newest, 12), "told-stamp", "%llu s is to be stored, not %llu",
                   (unsigned long long)from_big_endian(event->stamp, 8), (unsigned long long)from_big_endian(told->newest, 8));
}

/* Calls.
 * -------------------------------------------------------------------------------------------------------------------------- */

void told_time(const struct wrn_engine *engine, wrn_time now)
{
    struct wrn_engine_view view;
    wrn_inspect_engine(engine, &view);
    FUZZ_CHECK(view.newest_now == now, "told-late", "it is %llu, not %llu", (unsigned long long)view.newest_now,
               (unsigned long long)now);
}

void told_gone(const struct wrn_engine *engine, bool timers)
{
    struct wrn_peer peer = {UINT32_MAX, 0};
    struct wrn_peer_info info;
    struct wrn_peer_view view;
    while (wrn_peer_next(engine, &peer)) {
        bool there = wrn_peer_info(engine, peer, &info) == WRN_OK && wrn_inspect_peer(engine, peer, &view) == WRN_OK;
        FUZZ_CHECK(there, "told-keeps", "a peer that is there is not");
        FUZZ_CHECK(!info.has_session && !view.handshake_pending, "told-keeps", "a %s of peer %u",
                   info.has_session ? "session" : "handshake", peer.slot);
        FUZZ_CHECK(view.last_initiation_sent == WRN_NEVER, "told-keeps", "peer %u may not call", peer.slot);
        for (unsigned i = WRN_CURRENT; i <= WRN_NEXT; i++)
            FUZZ_CHECK(!view.sessions[i].there || !view.sessions[i].may_send, "told-keeps", "session %u of peer %u may send", i,
                       peer.slot);
        if (!timers)
            continue;
        for (unsigned i = 0; i < 3; i++)
            FUZZ_CHECK(!view.sessions[i].there, "told-keeps", "session %u of peer %u", i, peer.slot);
        FUZZ_CHECK(view.retransmit == WRN_NEVER && view.keepalive == WRN_NEVER && view.new_handshake == WRN_NEVER &&
                       view.zero_keys == WRN_NEVER && view.persistent == WRN_NEVER,
                   "told-keeps", "a timer of peer %u", peer.slot);
    }
}

void told_lost(struct told *told, struct wrn_engine *engine)
{
    struct wrn_event events[EVENTS];
    struct wrn_peer peer = {UINT32_MAX, 0};
    uint32_t lost = 0;
    size_t given;
    do {
        given = wrn_events(engine, events, EVENTS);
        for (size_t i = 0; i < given; i++) {
            told_event(told, engine, &events[i]);
            if (events[i].peer.slot < 32 && events[i].bits & WRN_EVENT_LOST)
                lost |= UINT32_C(1) << events[i].peer.slot;
        }
    } while (given == EVENTS);
    while (wrn_peer_next(engine, &peer))
        FUZZ_CHECK(peer.slot >= 32 || lost >> peer.slot & 1, "told-lost", "peer %u", peer.slot);
}

void told_paths(const struct wrn_engine *engine)
{
    struct wrn_peer peer = {UINT32_MAX, 0};
    struct wrn_peer_info info;
    while (wrn_peer_next(engine, &peer))
        FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK && !info.endpoint.host, "told-path", "of peer %u", peer.slot);
}

static bool zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

void told_new(const struct wrn_engine *engine, struct wrn_peer peer)
{
    struct wrn_peer_info info;
    struct wrn_peer_view view;
    FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK && wrn_inspect_peer(engine, peer, &view) == WRN_OK, "told-new",
               "it is not there");
    FUZZ_CHECK(!info.endpoint.family && !info.rx_bytes && !info.tx_bytes && !info.handshake_seconds && !info.handshake_nanoseconds &&
                   !info.staged && !info.keepalive_s && !info.pinned && !info.has_preshared_key && !info.has_session, "told-new",
               "slot %u", peer.slot);
    for (unsigned i = 0; i < 3; i++)
        FUZZ_CHECK(!view.sessions[i].there, "told-new", "session %u in slot %u", i, peer.slot);
    FUZZ_CHECK(!view.handshake_pending && view.retransmit == WRN_NEVER && view.keepalive == WRN_NEVER &&
                   view.new_handshake == WRN_NEVER && view.zero_keys == WRN_NEVER && view.persistent == WRN_NEVER &&
                   view.last_initiation_sent == WRN_NEVER && !view.attempts && !view.need_another_keepalive && !view.has_cookie &&
                   zero(view.stamp_sent, 12) && zero(view.stamp_received, 12),
               "told-new", "a timer or a handshake in slot %u", peer.slot);
}

void told_set(const struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_peer_info *before,
              const struct wrn_peer_change *change)
{
    struct wrn_peer_info info;
    FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK, "told-set", "nobody");
    FUZZ_CHECK(info.pinned == (change->mask & WRN_CHANGE_PINNED ? change->pinned : before->pinned), "told-set", "pinned");
    FUZZ_CHECK(info.keepalive_s == (change->mask & WRN_CHANGE_KEEPALIVE ? change->keepalive_s : before->keepalive_s), "told-set",
               "a keepalive of %u s", info.keepalive_s);
    if (change->mask & WRN_CHANGE_ENDPOINT)
        FUZZ_CHECK(fuzz_same_place(&info.endpoint, &change->endpoint) && info.endpoint.host == change->endpoint.host, "told-set",
                   "port %u", info.endpoint.port);
    else if (change->mask & WRN_CHANGE_FORGET_ENDPOINT)
        FUZZ_CHECK(!info.endpoint.family, "told-set", "the endpoint is not forgotten");
    else
        FUZZ_CHECK(fuzz_same_place(&info.endpoint, &before->endpoint), "told-set", "the endpoint");
}

void told_walk(struct told *told, const struct wrn_engine *engine)
{
    char   out[WRN_UAPI_CHUNK];
    size_t written;
    memset(&told->get, 0, sizeof told->get);
    FUZZ_CHECK(wrn_uapi_get(engine, &told->get, out, sizeof out, &written) == WRN_OK, "told-walk", "it does not begin");
}

/* Unless its first piece was all. */
void told_changed(struct told *told, const struct wrn_engine *engine)
{
    char            out[WRN_UAPI_CHUNK];
    size_t          written;
    enum wrn_status status = wrn_uapi_get(engine, &told->get, out, sizeof out, &written);
    FUZZ_CHECK(status == WRN_CHANGED || (status == WRN_OK && !written), "told-walk", "%s, %zu bytes more", wrn_status_name(status),
               written);
}
