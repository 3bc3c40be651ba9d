/* Datagrams in, all that comes out, and the view of it all. */
#define _GNU_SOURCE
#include "whole.h"
#include "model.h"
#include "reached.h"

#include <stdlib.h>
#include <string.h>

#define COOKIE_AGE (115 * WRN_SECOND)
#define AGE_MOST (180 * WRN_SECOND)
#define LAST_SENT (UINT64_MAX - UINT64_C(8193))

enum { BYTES_BEFORE = 7 };

static _Alignas(16) uint8_t before[FUZZ_MEMORY], twin[FUZZ_MEMORY];

uint32_t fuzz_padded(uint32_t length, uint32_t mtu)
{
    uint32_t part = mtu && length > mtu ? length % mtu : length, whole = (part + 15) / 16 * 16;
    return length - part + (mtu && whole > mtu ? mtu : whole);
}

bool fuzz_same_place(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && !memcmp(a->address, b->address, 16);
}

static struct wrn_packet packet_of(uint8_t *data, size_t size, unsigned source, uint8_t tos)
{
    return (struct wrn_packet){
        .data = data, .capacity = (uint32_t)size, .length = (uint32_t)size, .remote = fuzz_sources[source], .tos = tos};
}

/* What give-up dropped is a fact here: when that happens is asked elsewhere. */
static void settle_purges(struct fuzz_world *world)
{
    struct wrn_counters counters;
    wrn_counters(world->engine, &counters);
    uint64_t purged = counters.reasons[WRN_REASON_PURGED] - world->counters.reasons[WRN_REASON_PURGED];
    for (unsigned i = 0; i < FUZZ_PEERS && purged; i++) {
        struct wrn_peer_info info;
        wrn_peer_info(world->engine, world->peer[i].handle, &info);
        if (info.staged)
            continue;
        FUZZ_CHECK(world->peer[i].stageds <= purged, "sum", "more packets are gone than were purged");
        purged -= world->peer[i].stageds;
        world->counters.reasons[WRN_REASON_PURGED] += world->peer[i].stageds;
        world->peer[i].stageds = 0;
    }
}

static void check_counters(const struct fuzz_world *world)
{
    struct wrn_counters counters;
    wrn_counters(world->engine, &counters);
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        FUZZ_CHECK(counters.net_verdicts[i] == world->counters.net_verdicts[i], "sum", "net verdict %s: %llu counted, %llu given",
                   wrn_verdict_name(i), (unsigned long long)counters.net_verdicts[i],
                   (unsigned long long)world->counters.net_verdicts[i]);
        FUZZ_CHECK(counters.tun_verdicts[i] == world->counters.tun_verdicts[i], "sum", "tun verdict %s: %llu counted, %llu given",
                   wrn_verdict_name(i), (unsigned long long)counters.tun_verdicts[i],
                   (unsigned long long)world->counters.tun_verdicts[i]);
    }
    for (unsigned i = 1; i < WRN_REASON_COUNT; i++)
        FUZZ_CHECK(counters.reasons[i] == world->counters.reasons[i], "sum", "reason %s: %llu counted, %llu given",
                   wrn_reason_name(i), (unsigned long long)counters.reasons[i], (unsigned long long)world->counters.reasons[i]);
}

static void check_view(const struct fuzz_world *world)
{
    struct wrn_engine_view view;
    uint32_t               indices = 0, staged = fuzz_staged_in_all(world);
    for (unsigned i = 0; i < FUZZ_PEERS; i++) {
        indices += world->peer[i].pending;
        for (unsigned place = 0; place < 3; place++)
            indices += world->peer[i].session[place].there;
    }
    wrn_inspect_engine(world->engine, &view);
    FUZZ_CHECK(view.indices == indices && view.staged == staged, "view", "%u indices and %u places of the stage, not %u and %u",
               view.indices, view.staged, indices, staged);
}

static void check_messages(const struct fuzz_world *world)
{
    struct wrn_counters        is;
    const struct wrn_counters *should = &world->counters;
    wrn_counters(world->engine, &is);
    FUZZ_CHECK(is.outputs == should->outputs && is.unsent == should->unsent, "sum", "%llu given, %llu taken back, not %llu and %llu",
               (unsigned long long)is.outputs, (unsigned long long)is.unsent, (unsigned long long)should->outputs,
               (unsigned long long)should->unsent);
    FUZZ_CHECK(is.initiations_sent == should->initiations_sent && is.responses_sent == should->responses_sent &&
                   is.cookies_sent == should->cookies_sent, "sum", "%llu initiations, %llu responses, %llu cookie replies counted",
               (unsigned long long)is.initiations_sent, (unsigned long long)is.responses_sent,
               (unsigned long long)is.cookies_sent);
    FUZZ_CHECK(is.handshakes == should->handshakes && is.time_went_back == should->time_went_back, "sum",
               "%llu handshakes, and %llu times an older time, counted", (unsigned long long)is.handshakes,
               (unsigned long long)is.time_went_back);
}

static void check_account(const struct fuzz_peer *should, const struct wrn_peer_info *is, unsigned peer)
{
    wrn_time since = should->completed - FUZZ_BEGIN;
    uint64_t seconds = should->completed_once ? FUZZ_UNIX + since / WRN_SECOND : 0;
    uint32_t rest = should->completed_once ? (uint32_t)(since % WRN_SECOND) : 0;
    FUZZ_CHECK(is->rx_bytes == should->rx_bytes && is->tx_bytes == should->tx_bytes, "account",
               "peer %u: %llu bytes came and %llu left, %llu and %llu are counted", peer, (unsigned long long)should->rx_bytes,
               (unsigned long long)should->tx_bytes, (unsigned long long)is->rx_bytes, (unsigned long long)is->tx_bytes);
    FUZZ_CHECK(is->handshake_seconds == seconds && is->handshake_nanoseconds == rest, "account",
               "peer %u: its last handshake was at %llu s, not %llu", peer, (unsigned long long)is->handshake_seconds,
               (unsigned long long)seconds);
}

static void view_session(const struct wrn_session_view *is, const struct fuzz_session *should, unsigned peer, unsigned place)
{
    static const char *const names[3] = {"previous", "current", "next"};
    FUZZ_CHECK(is->there == should->there, "view", "peer %u has %s %s session", peer, is->there ? "a" : "no", names[place]);
    if (!is->there)
        return;
    FUZZ_CHECK(is->initiator == should->initiator && is->local_index == should->local && is->remote_index == should->remote &&
                   is->birth == should->birth, "view", "peer %u: the %s session is another", peer, names[place]);
    FUZZ_CHECK(is->sent == should->sent && is->received == should->next, "view",
               "peer %u, %s session: counters %llu and %llu, not %llu and %llu", peer, names[place], (unsigned long long)is->sent,
               (unsigned long long)is->received, (unsigned long long)should->sent, (unsigned long long)should->next);
}

void fuzz_view(const struct fuzz_world *world)
{
    for (unsigned i = 0; i < FUZZ_PEERS; i++) {
        const struct fuzz_peer *peer = &world->peer[i];
        struct wrn_peer_view    view;
        struct wrn_peer_info    info;
        FUZZ_CHECK(wrn_inspect_peer(world->engine, peer->handle, &view) == WRN_OK &&
                       wrn_peer_info(world->engine, peer->handle, &info) == WRN_OK, "view", "peer %u is gone", i);
        for (unsigned place = 0; place < 3; place++)
            view_session(&view.sessions[place], &peer->session[place], i, place);
        FUZZ_CHECK(view.handshake_pending == peer->pending, "view", "peer %u: a handshake is %spending", i,
                   peer->pending ? "not " : "");
        FUZZ_CHECK(!peer->pending || view.handshake_index == fuzz_get32(peer->initiation + 4), "view",
                   "peer %u: another handshake", i);
        FUZZ_CHECK(view.has_cookie == peer->has_cookie, "view", "peer %u: %s cookie", i, view.has_cookie ? "a" : "no");
        FUZZ_CHECK(!memcmp(view.stamp_received, peer->stamp_received, 12), "view", "peer %u: another stamp is kept", i);
        FUZZ_CHECK(fuzz_same_place(&info.endpoint, &peer->endpoint), "view", "peer %u is elsewhere", i);
        FUZZ_CHECK(info.staged == peer->stageds, "view", "peer %u: %u staged, not %u", i, info.staged, peer->stageds);
        check_account(peer, &info, i);
    }
    check_counters(world);
    check_messages(world);
    check_view(world);
}

/* Output. -------------------------------------------------------------------------------------------------------------------- */

static unsigned peer_of(const struct fuzz_world *world, struct wrn_peer handle)
{
    unsigned i = 0;
    while (i < FUZZ_PEERS && (world->peer[i].handle.slot != handle.slot || world->peer[i].handle.generation != handle.generation))
        i++;
    return i;
}

static void out_initiation(struct fuzz_world *world, struct fuzz_peer *peer, const struct wrn_packet *packet)
{
    const uint8_t   *message = packet->data + packet->offset;
    uint8_t          right[FUZZ_INITIATION], from[32], stamp[12];
    struct fuzz_hand hand;

    FUZZ_CHECK(packet->length == FUZZ_INITIATION && packet->tos == 0x88, "output", "%u bytes, tos %02x, are no initiation",
               packet->length, packet->tos);
    FUZZ_CHECK(fuzz_read_initiation(message, &peer->hand, peer->secret, from, stamp) == FUZZ_READ_WHOLE &&
                   !memcmp(from, fuzz_us_public, 32), "output", "the initiation does not open");
    FUZZ_CHECK(memcmp(stamp, peer->stamp_sent, 12) > 0, "output", "a stamp that is not later than the one before");
    FUZZ_CHECK(!stamp[9] && !stamp[10] && !stamp[11] && stamp[8] <= 0x3b, "output", "a stamp that is not whitened"); /* P-47 */
    FUZZ_CHECK(!fuzz_index_live(world, fuzz_get32(message + 4)), "output", "index %08x is in use", fuzz_get32(message + 4));
    FUZZ_CHECK(fuzz_secret_of(peer->ephemeral, message + 8), "output", "its ephemeral key was never made");
    fuzz_initiate(right, &hand, &(struct fuzz_caller){fuzz_us_secret, peer->ephemeral, NULL, NULL}, peer->public_key,
                  fuzz_get32(message + 4), stamp);
    fuzz_macs(right, sizeof right, peer->public_key,
              peer->has_cookie && world->now - peer->cookie_at < COOKIE_AGE ? peer->cookie : NULL);
    FUZZ_CHECK(!memcmp(right, message, sizeof right), "output", "the initiation is not what the rules make it");
    peer->tx_bytes += FUZZ_INITIATION;
    memcpy(peer->initiation, message, FUZZ_INITIATION);
    memcpy(peer->stamp_sent, stamp, 12);
    memcpy(peer->mac1, right + 116, 16);
    peer->has_mac1 = peer->pending = true;
    world->counters.initiations_sent++;
    world->unsaved |= memcmp(stamp, world->stamp_newest, 12) > 0;
    if (memcmp(stamp, world->stamp_newest, 12) > 0)
        memcpy(world->stamp_newest, stamp, 12);
}

/* P-95: what the outer header says of an inner packet's congestion bits. */
static uint8_t outer_tos(const uint8_t *plain)
{
    unsigned ecn = (plain[0] >> 4 == 4 ? plain[1] : (unsigned)plain[1] >> 4) & 3;
    return (uint8_t)(ecn == 3 ? 2 : ecn);
}

/* A data message of the engine: the plaintext, zeros behind it, under the next counter of its current session. */
void fuzz_out_data(struct fuzz_world *world, struct fuzz_peer *peer, const struct wrn_packet *packet, const uint8_t *plain,
                   uint32_t length, uint32_t mtu)
{
    static uint8_t       opened[1 << 16];
    struct fuzz_session *session = &peer->session[WRN_CURRENT];
    const uint8_t       *message = packet->data + packet->offset;
    uint32_t             padded = fuzz_padded(length, mtu);

    FUZZ_CHECK(session->there && world->now - session->birth < AGE_MOST && session->sent <= LAST_SENT, "output",
               "data without a session to send with");
    FUZZ_CHECK(packet->length == padded + 32, "output", "%u bytes for a packet of %u, padded %u", packet->length, length, padded);
    FUZZ_CHECK(fuzz_get32(message) == 4 && fuzz_get32(message + 4) == session->remote && fuzz_get64(message + 8) == session->sent,
               "output", "type %u, index %08x, counter %llu", fuzz_get32(message), fuzz_get32(message + 4),
               (unsigned long long)fuzz_get64(message + 8));
    FUZZ_CHECK(fuzz_open_data(opened, session->send, message, packet->length), "output", "the data does not open");
    FUZZ_CHECK(!length || !memcmp(opened, plain, length), "output", "another plaintext");
    for (uint32_t i = length; i < padded; i++)
        FUZZ_CHECK(!opened[i], "output", "padding is not zero");
    FUZZ_CHECK(packet->tos == (length ? outer_tos(plain) : 0), "output", "tos %02x", packet->tos);
    session->sent++;
    peer->tx_bytes += packet->length;
}

/* Nothing waits that could go (P-84). */
static void nothing_waits(const struct fuzz_world *world)
{
    for (unsigned i = 0; i < FUZZ_PEERS; i++) {
        const struct fuzz_session *session = &world->peer[i].session[WRN_CURRENT];
        bool usable = session->there && world->now - session->birth < AGE_MOST && session->sent <= LAST_SENT;
        FUZZ_CHECK(!usable || !world->peer[i].stageds, "output", "peer %u: packets wait, and there is a session to send with", i);
    }
}

/* Its payload is nothing but itself, and so is its end. */
static void out_staged(struct fuzz_world *world, struct fuzz_peer *peer, const struct wrn_packet *packet)
{
    enum { PART = 16 };
    const struct fuzz_staged first = peer->staged[0];
    fuzz_out_data(world, peer, packet, first.plain, first.length, first.mtu ? first.mtu : world->mtu);
    memmove(peer->staged, peer->staged + 1, sizeof peer->staged - sizeof peer->staged[0]);
    peer->stageds--;
    if (fuzz_staged_in_all(world))
        return;
    const uint8_t *payload = first.plain + (first.plain[0] >> 4 == 4 ? 20 : 40), *end = first.plain + first.length;
    bool           has_payload = end - payload >= PART, whole_place = first.length > FUZZ_STAGED - PART / 2;
    FUZZ_CHECK((!has_payload || !memmem(world->engine, fuzz_memory(), payload, PART)) &&
                   (!whole_place || !memmem(world->engine, fuzz_memory(), end - PART / 2, PART / 2)),
               "wiped", "a packet that has left is still in the stage");
}

/* A buffer that held another packet before: nothing of that one stays. */
static struct wrn_packet used(uint8_t *data, uint32_t capacity)
{
    return (struct wrn_packet){.data = data,
                               .capacity = capacity,
                               .offset = 99,
                               .length = 99,
                               .mtu = 99,
                               .verdict = WRN_DROP,
                               .reason = WRN_REASON_AUTH,
                               .tos = 0xff,
                               .remote = fuzz_sources[FUZZ_SOURCES - 1],
                               .peer = {99, 99}};
}

enum { OUTPUT_ROOM = WRN_HEADROOM + FUZZ_STAGED + WRN_TAILROOM, OUTPUT_BATCH = 8 };

static struct { struct wrn_packet packet[OUTPUT_BATCH]; uint8_t data[OUTPUT_BATCH][OUTPUT_ROOM]; size_t given; } at_once;

/* What is due, at once, by a copy that is told an older time: it must be what comes one by one (law 2, G-19). */
static void output_at_once(struct fuzz_world *world)
{
    at_once.given = 0;
    if (wrn_deadline(world->engine) > world->now)
        return;
    struct fuzz_crypto counts = world->crypto;
    fuzz_copy(twin, world->engine, fuzz_memory());
    wrn_advance((struct wrn_engine *)(void *)twin, world->now);
    for (unsigned i = 0; i < OUTPUT_BATCH; i++)
        at_once.packet[i] = used(at_once.data[i], OUTPUT_ROOM);
    at_once.given = wrn_net_output((struct wrn_engine *)(void *)twin, world->now - 1, at_once.packet, OUTPUT_BATCH);
    world->crypto = counts;
}

static void as_at_once(const struct wrn_packet *packet, unsigned number)
{
    const struct wrn_packet *other = &at_once.packet[number];
    if (number < at_once.given)
        FUZZ_CHECK(packet->length == other->length && fuzz_same_place(&packet->remote, &other->remote) &&
                       !memcmp(packet->data + packet->offset, other->data + other->offset, packet->length), "batch",
                   "message %u of %zu: %u bytes at once, %u one by one", number, at_once.given, other->length, packet->length);
}

static void none_but_at_once(const struct fuzz_world *world, unsigned count)
{
    if (!at_once.given)
        return;
    FUZZ_CHECK(at_once.given == OUTPUT_BATCH ? count >= OUTPUT_BATCH : count == at_once.given, "batch",
               "%zu messages at once, %u one by one", at_once.given, count);
    if (count < 2) /* a digest costs more than all else here */
        return;
    FUZZ_CHECK(count > OUTPUT_BATCH || fuzz_same_state((struct wrn_engine *)(void *)twin, world->engine,
                                                       WRN_PART_PROTOCOL | WRN_PART_CLOCK),
               "batch", "%u messages at once left another engine than one by one", count);
}

void fuzz_drain(struct fuzz_world *world)
{
    static uint8_t *data; /* of exactly that size; kept, for an output comes after each step of an input */
    if (!data && !(data = malloc(OUTPUT_ROOM)))
        abort();
    output_at_once(world);
    for (unsigned guard = 0;; guard++) {
        struct wrn_packet packet = used(data, OUTPUT_ROOM);
        FUZZ_CHECK(guard < 64, "output", "output without end");
        if (!wrn_net_output(world->engine, world->now, &packet, 1)) {
            nothing_waits(world);
            none_but_at_once(world, guard);
            break;
        }
        as_at_once(&packet, guard);
        unsigned number = peer_of(world, packet.peer);
        FUZZ_CHECK(number < FUZZ_PEERS && packet.verdict == WRN_SEND && packet.reason == WRN_REASON_NONE && packet.length >= 32,
                   "output", "for nobody");
        FUZZ_CHECK(packet.offset <= OUTPUT_ROOM && packet.length <= OUTPUT_ROOM - packet.offset, "output", "%u bytes at %u",
                   packet.length, packet.offset);
        struct fuzz_peer *peer = &world->peer[number];
        world->counters.outputs++;
        FUZZ_CHECK(fuzz_same_place(&packet.remote, &peer->endpoint), "output", "to where peer %u is not", number);
        if (packet.data[packet.offset] == 1) {
            out_initiation(world, peer, &packet);
        } else if (peer->stageds) { /* what waits goes first, in order (P-83, P-85) */
            out_staged(world, peer, &packet);
        } else {
            fuzz_out_data(world, peer, &packet, NULL, 0, 0);
        }
    }
}

void fuzz_advance(struct fuzz_world *world, wrn_time passed)
{
    world->touched = true;
    world->now += passed;
    wrn_advance(world->engine, world->now);
    settle_purges(world);
    fuzz_drain(world);
}

/* Input. --------------------------------------------------------------------------------------------------------------------- */

static uint32_t header_sum(const uint8_t *plain)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20; i += 2)
        sum += (uint32_t)plain[i] << 8 | plain[i + 1];
    return sum % 65535;
}

/* What the tun side gets (P-104, and RFC 6040 without drops: P-95). */
static void check_delivery(const struct fuzz_verdict *verdict, const struct wrn_packet *packet, uint8_t tos)
{
    const uint8_t *is = packet->data + packet->offset, *plain = verdict->plain;
    unsigned       shift = plain[0] >> 4 == 4 ? 0 : 4, inner = (unsigned)plain[1] >> shift & 3, outer = tos & 3u;
    unsigned       right = inner == 0 || inner == 3 || outer == 0 || outer == 2 ? inner : outer;

    FUZZ_CHECK(packet->length == verdict->length, "delivery", "%u bytes, not %u", packet->length, verdict->length);
    FUZZ_CHECK(((unsigned)is[1] >> shift & 3) == right, "delivery", "ECN %u inside, %u outside, became %u", inner, outer,
               (unsigned)is[1] >> shift & 3);
    FUZZ_CHECK(is[0] == plain[0] && (is[1] & ~(3u << shift)) == (plain[1] & ~(3u << shift)), "delivery", "another header");
    bool four = shift == 0 && right != inner;
    FUZZ_CHECK(!memcmp(is + 2, plain + 2, four ? 8 : packet->length - 2), "delivery", "another packet");
    if (four) {
        FUZZ_CHECK(header_sum(is) == header_sum(plain), "delivery", "the header's checksum did not follow");
        FUZZ_CHECK(!memcmp(is + 12, plain + 12, packet->length - 12), "delivery", "another packet");
    }
}

static void check_verdict(const struct fuzz_world *world, const struct fuzz_verdict *right, const struct wrn_packet *packet)
{
    FUZZ_CHECK(packet->verdict == right->verdict, "verdict", "%s (%s), not %s (%s)", wrn_verdict_name(packet->verdict),
               wrn_reason_name(packet->reason), wrn_verdict_name(right->verdict), wrn_reason_name(right->reason));
    FUZZ_CHECK(packet->reason == right->reason, "reason", "%s, not %s", wrn_reason_name(packet->reason),
               wrn_reason_name(right->reason));
    if (right->effect != FUZZ_NOTHING && right->effect != FUZZ_ASKS_COOKIE)
        FUZZ_CHECK(peer_of(world, packet->peer) == right->peer, "peer", "slot %u, not peer %u", packet->peer.slot, right->peer);
}

/* One more packet for whoever has just got a session goes behind those that wait, and asks for nothing (P-83). */
static void check_overtaking(struct fuzz_world *world, const struct fuzz_peer *peer, unsigned number)
{
    enum { LENGTH = 60, TURNS = FUZZ_STAGE + FUZZ_PEERS };
    if (!peer->stageds || peer->stageds == FUZZ_SHARE || fuzz_staged_in_all(world) == FUZZ_STAGE)
        return;
    struct wrn_engine *other = (struct wrn_engine *)(void *)twin;
    struct fuzz_crypto counts = world->crypto;
    uint8_t            data[OUTPUT_ROOM], opened[OUTPUT_ROOM], plain[LENGTH];
    unsigned           messages = 0;
    bool               last = false;
    struct wrn_packet  packet = {.data = data, .capacity = sizeof data, .offset = WRN_HEADROOM, .length = LENGTH};
    fuzz_inner(plain, LENGTH, 4, number, false);
    memcpy(data + WRN_HEADROOM, plain, LENGTH);
    fuzz_copy(twin, world->engine, fuzz_memory());
    wrn_tun_input(other, world->now, &packet, 1);
    FUZZ_CHECK(packet.verdict == WRN_TAKEN, "output", "%s, and %u packets wait", wrn_verdict_name(packet.verdict), peer->stageds);
    for (unsigned i = 0; i < TURNS; i++) {
        packet = used(data, sizeof data);
        if (!wrn_net_output(other, world->now, &packet, 1))
            break;
        if (peer_of(world, packet.peer) != number)
            continue;
        messages++;
        last = packet.data[packet.offset] == 4 && packet.length >= LENGTH + 32 && packet.length <= sizeof opened &&
               fuzz_open_data(opened, peer->session[WRN_CURRENT].send, packet.data + packet.offset, packet.length) &&
               !memcmp(opened, plain, LENGTH);
    }
    FUZZ_CHECK(messages == peer->stageds + 1 && last, "output", "%u messages, of %u packets that wait and another", messages,
               peer->stageds);
    FUZZ_CHECK(wrn_deadline(other) > world->now, "output", "there is more to come");
    world->crypto = counts;
}

/* Who has a session, and is where, is told, and nothing else of that kind. */
static void check_events(struct fuzz_world *world, const struct fuzz_verdict *right, bool completed, bool moved)
{
    struct wrn_event event;
    uint32_t         told[FUZZ_PEERS] = {0};
    bool             saved = false;
    while (wrn_events(world->engine, &event, 1)) {
        unsigned number = peer_of(world, event.peer);
        if (event.peer.slot == UINT32_MAX && !(event.bits & ~(uint32_t)(WRN_EVENT_STAMP | WRN_EVENT_LOAD)) &&
            !event.endpoint.family && !event.endpoint.port && !event.endpoint.host) {
            saved |= event.bits & WRN_EVENT_STAMP && !memcmp(event.stamp, world->stamp_newest, 12);
            continue;
        }
        FUZZ_CHECK(number < FUZZ_PEERS && !told[number], "event", "of slot %u", event.peer.slot);
        FUZZ_CHECK(fuzz_same_place(&event.endpoint, &world->peer[number].endpoint), "event", "peer %u is elsewhere", number);
        told[number] = event.bits;
    }
    FUZZ_CHECK(saved == world->unsaved, "event", "the newest stamp is %sto be stored", saved ? "" : "not ");
    world->unsaved = false;
    for (unsigned i = 0; i < FUZZ_PEERS; i++) {
        FUZZ_CHECK(!(told[i] & WRN_EVENT_SESSION) == !(completed && i == right->peer), "event", "a session of peer %u", i);
        FUZZ_CHECK(!(told[i] & WRN_EVENT_ENDPOINT) == !(moved && i == right->peer), "event", "an endpoint of peer %u", i);
    }
}

/* The same without a tick before, elsewhere in its buffer: nothing may tell the difference. */
static void check_tick(const struct fuzz_world *world, const struct wrn_packet *packet, const struct wrn_packet *other)
{
    FUZZ_CHECK(packet->verdict == other->verdict && packet->length == other->length &&
                   !memcmp(packet->data + packet->offset, other->data + other->offset, packet->length), "tick",
               "%s with the tick before it, %s without", wrn_verdict_name(packet->verdict), wrn_verdict_name(other->verdict));
    FUZZ_CHECK(fuzz_same(world->engine, twin, fuzz_memory()), "tick",
               "the engine differs");
}

/* A datagram that does not begin its buffer: to be freed. */
static uint8_t *behind_bytes(const uint8_t *data, size_t size)
{
    static uint8_t whole[BYTES_BEFORE + FUZZ_PACKET];
    FUZZ_CHECK(size <= FUZZ_PACKET, "plan", "%zu bytes", size);
    memset(whole, 0x5a, BYTES_BEFORE);
    memcpy(whole + BYTES_BEFORE, data, size);
    return fuzz_exact(whole, BYTES_BEFORE + size);
}

enum wrn_verdict fuzz_net(struct fuzz_world *world, unsigned source, uint8_t tos, const uint8_t *data, size_t size,
                          wrn_time later)
{
    static struct fuzz_verdict right;
    uint8_t                   *copy = fuzz_exact(data, size), *second = NULL;
    struct wrn_packet          packet = packet_of(copy, size, source, tos), other;
    size_t                     memory = fuzz_memory();

    if (later) {
        second = behind_bytes(data, size);
        other = packet_of(second, size + BYTES_BEFORE, source, tos);
        other.offset = BYTES_BEFORE;
        other.length = (uint32_t)size;
        fuzz_copy(twin, world->engine, memory);
        struct fuzz_crypto counts = world->crypto;
        wrn_net_input((struct wrn_engine *)(void *)twin, world->now + later, &other, 1);
        world->crypto = counts;
        world->now += later;
        wrn_advance(world->engine, world->now);
        settle_purges(world);
    }
    fuzz_judge(world, data, size, source, &right);
    if (!world->touched && !later && right.reason != WRN_REASON_TYPE && right.reason != WRN_REASON_LENGTH)
        fuzz_reached_pair(world->snapshot, data[0]);
    world->touched = true;
    fuzz_copy(before, world->engine, memory);
    struct fuzz_crypto counts = world->crypto;
    wrn_net_input(world->engine, world->now, &packet, 1);
    uint64_t dh = world->crypto.dh - counts.dh, aeads = world->crypto.opens + world->crypto.seals - counts.opens - counts.seals;

    check_verdict(world, &right, &packet);
    world->counters.net_verdicts[right.verdict]++;
    if (right.reason)
        world->counters.reasons[right.reason]++;
    FUZZ_CHECK(dh <= right.dh && aeads <= right.aead, "work", "%llu Diffie-Hellman and %llu AEADs, at most %u and %u",
               (unsigned long long)dh, (unsigned long long)aeads, right.dh, right.aead);
    if (right.effect == FUZZ_NOTHING || right.effect == FUZZ_ASKS_COOKIE)
        FUZZ_CHECK(fuzz_silent(world->engine, before), "silence", "%s changed the engine", wrn_reason_name(right.reason));
    if (second) {
        check_tick(world, &packet, &other);
        fuzz_free(second);
    }
    if (right.verdict == WRN_DELIVER)
        check_delivery(&right, &packet, tos);
    struct wrn_endpoint place = world->peer[right.peer % FUZZ_PEERS].endpoint;
    uint64_t            handshakes = world->counters.handshakes;
    fuzz_follow(world, &right, data, source, &packet);
    fuzz_free(copy);
    check_events(world, &right, world->counters.handshakes != handshakes,
                 !fuzz_same_place(&place, &world->peer[right.peer % FUZZ_PEERS].endpoint));
    if (right.effect == FUZZ_COMPLETED)
        check_overtaking(world, &world->peer[right.peer], right.peer);
    fuzz_view(world);
    fuzz_drain(world);
    if (right.effect == FUZZ_COMPLETED)
        FUZZ_CHECK(world->peer[right.peer].session[WRN_CURRENT].sent, "output",
                   "nothing tells peer %u that its response came (P-58)", right.peer);
    return (enum wrn_verdict)right.verdict;
}
