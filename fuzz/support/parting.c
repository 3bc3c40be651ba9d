#include "parting.h"

#include "crypto.h"
#include "model.h"
#include "packets.h"
#include "routes.h"
#include "state.h"
#include "straight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 16, ROOM = WRN_HEADROOM + PAIR_BYTES + WRN_TAILROOM, GIVEN = 8, LONGEST = 1 << 17 };

/* Two copies, and a batch of each. */
static _Alignas(16) uint8_t memory[2][MEMORY];
static uint8_t              room[2][GIVEN][ROOM];

static struct wrn_engine *copy(const struct wrn_engine *engine, unsigned which)
{
    struct wrn_engine *made = (struct wrn_engine *)(void *)memory[which];
    fuzz_setup(engine->size <= MEMORY, "a copy");
    memcpy(made, engine, engine->size);
    wrn_engine_attach(made, &fuzz_crypto, NULL, 0); /* both seal under the same nonces, on purpose */
    return made;
}

static bool alike(const struct wrn_packet *a, const struct wrn_packet *b)
{
    return a->verdict == b->verdict && a->reason == b->reason && a->tos == b->tos && a->offset == b->offset &&
           a->length == b->length && a->peer.slot == b->peer.slot && a->peer.generation == b->peer.generation &&
           !memcmp(&a->remote, &b->remote, sizeof a->remote) && !memcmp(a->data + a->offset, b->data + b->offset, a->length);
}

/* What lies on the road to this side, oldest first, as packets in one of the two rooms. */
static unsigned arrivals(const struct pair *pair, unsigned side, unsigned which, struct wrn_packet packets[PAIR_ROAD])
{
    unsigned count = 0;
    for (unsigned i = 0; i < PAIR_ROAD; i++) {
        const struct pair_datagram *datagram = &pair->road[(pair->next + i) % PAIR_ROAD];
        if (!datagram->length || datagram->to != side)
            continue;
        memcpy(room[which][count], datagram->bytes, datagram->length);
        packets[count] = (struct wrn_packet){
            .data = room[which][count], .capacity = ROOM, .length = datagram->length, .remote = datagram->from};
        count++;
    }
    return count;
}

static void judge_arrivals(const struct pair *pair, unsigned side)
{
    struct wrn_engine *at_once = copy(pair->side[side].engine, 0), *in_turn = copy(pair->side[side].engine, 1);
    struct wrn_packet  left[PAIR_ROAD] = {0}, right[PAIR_ROAD] = {0};
    unsigned           count = arrivals(pair, side, 0, left);
    (void)arrivals(pair, side, 1, right);
    wrn_advance(at_once, pair->now); /* if nothing arrives, time passes all the same */
    wrn_advance(in_turn, pair->now);
    wrn_net_input(at_once, pair->now, left, count);
    for (unsigned i = 0; i < count; i++)
        wrn_net_input(in_turn, pair->now, &right[i], 1);
    for (unsigned i = 0; i < count; i++)
        FUZZ_CHECK(alike(&left[i], &right[i]), "batch", "datagram %u of %u: %s (%s) at once, %s (%s) one by one", i, count,
                   wrn_verdict_name(left[i].verdict), wrn_reason_name(left[i].reason), wrn_verdict_name(right[i].verdict),
                   wrn_reason_name(right[i].reason));
    FUZZ_CHECK(fuzz_same_state(at_once, in_turn, WRN_PART_ALL), "batch",
               "%u datagrams at once left another engine than one by one", count);
}

static struct wrn_packet place(unsigned which, unsigned number)
{
    return (struct wrn_packet){.data = room[which][number], .capacity = ROOM};
}

/* Goes on from what arrived: the copies are the same. */
static void judge_output(const struct pair *pair)
{
    struct wrn_engine *at_once = (struct wrn_engine *)(void *)memory[0], *in_turn = (struct wrn_engine *)(void *)memory[1];
    struct wrn_packet  left[GIVEN], right[GIVEN];
    size_t             count = 0;
    for (unsigned i = 0; i < GIVEN; i++) {
        left[i] = place(0, i);
        right[i] = place(1, i);
    }
    size_t given = wrn_net_output(at_once, pair->now, left, GIVEN);
    while (count < GIVEN && wrn_net_output(in_turn, pair->now, &right[count], 1))
        count++;
    FUZZ_CHECK(count == given, "batch", "%zu messages at once, %zu one by one", given, count);
    for (unsigned i = 0; i < count; i++)
        FUZZ_CHECK(alike(&left[i], &right[i]), "batch", "message %u of %zu: %u bytes at once, %u one by one", i, count,
                   left[i].length, right[i].length);
    FUZZ_CHECK(fuzz_same_state(at_once, in_turn, WRN_PART_ALL), "batch",
               "%zu messages at once left another engine than one by one", count);
    wrn_net_unsent(at_once, pair->now, left, given);
}

static void judge_nowhere(const struct pair *pair, unsigned side)
{
    struct wrn_engine   *engine = copy(pair->side[side].engine, 0);
    struct wrn_packet    packets[PAIR_ROAD] = {0};
    struct wrn_peer_info before, after;
    unsigned             count = arrivals(pair, side, 0, packets);
    if (wrn_peer_info(engine, pair->side[side].other, &before) != WRN_OK)
        return;
    for (unsigned i = 0; i < count; i++)
        packets[i].remote.family = 0;
    wrn_net_input(engine, pair->now, packets, count);
    FUZZ_CHECK(wrn_peer_info(engine, pair->side[side].other, &after) == WRN_OK &&
                   !memcmp(&before.endpoint, &after.endpoint, sizeof after.endpoint), "nowhere", "it has moved");
}

/* A buffer for output of that size, and then ones that are large enough: what waits is sent, or counted. */
static void judge_poor_buffer(const struct pair *pair, unsigned side, uint32_t size)
{
    struct wrn_engine  *engine = copy(pair->side[side].engine, 0);
    struct wrn_counters before, after;
    wrn_advance(engine, pair->now); /* giving up, which drops what is staged, is another matter */
    wrn_counters(engine, &before);
    uint64_t waited = pair_staged(engine), given = 0;
    for (unsigned i = 0; i < GIVEN; i++, size = ROOM) {
        struct wrn_packet packet = {.data = size ? room[0][i] : NULL, .capacity = size};
        if (!wrn_net_output(engine, pair->now, &packet, 1))
            continue;
        FUZZ_CHECK(packet.data && packet.offset <= size && packet.length <= size - packet.offset, "poor-buffer",
                   "%u bytes at %u, of %u", packet.length, packet.offset, size);
        given += packet.data[packet.offset] == 4;
    }
    wrn_counters(engine, &after);
    uint64_t lost = after.reasons[WRN_REASON_ROOM] - before.reasons[WRN_REASON_ROOM], waits = pair_staged(engine);
    lost += after.reasons[WRN_REASON_PURGED] - before.reasons[WRN_REASON_PURGED];
    FUZZ_CHECK(waits + lost <= waited && waited <= waits + lost + given, "poor-buffer",
               "%llu waited, %llu do, %llu messages, %llu lost", (unsigned long long)waited, (unsigned long long)waits,
               (unsigned long long)given, (unsigned long long)lost);
}

static void judge_poor_buffers(const struct pair *pair, unsigned side)
{
    judge_poor_buffer(pair, side, 0);
    judge_poor_buffer(pair, side, WRN_HEADROOM + WRN_TAG_BYTES - 1);
    judge_poor_buffer(pair, side, WRN_HEADROOM + WRN_TAG_BYTES + 20);
}

/* What this side has sent and lies on the road still, as if it had not been sent; and the same of a peer before this one. */
static void judge_unsent(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0), *as_it_was = copy(pair->side[side].engine, 1);
    struct wrn_packet  packets[PAIR_ROAD] = {0};
    unsigned           count = arrivals(pair, !side, 0, packets);
    for (unsigned i = 0; i < count; i++) {
        packets[i].peer = pair->side[side].other;
        packets[i].peer.generation++;
    }
    wrn_net_unsent(engine, pair->now, packets, count);
    wrn_net_unsent(as_it_was, pair->now, NULL, 0); /* time passes all the same */
    FUZZ_CHECK(engine->now >= pair->now, "unsent-effect", "the time is not known");
    FUZZ_CHECK(fuzz_same_state(engine, as_it_was, WRN_PART_PROTOCOL), "unsent-effect", "of a peer that is not there");
    FUZZ_CHECK(fuzz_same_state(engine, as_it_was, WRN_PART_ACCOUNT) == !count, "unsent-effect",
               "%u packets, and accounts say otherwise", count);
    for (unsigned i = 0; i < count; i++)
        packets[i].peer.generation--;
    wrn_net_unsent(engine, pair->now, packets, count);
}

static void judge_indices(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0);
    struct wrn_packet  packets[PAIR_ROAD] = {0};
    struct wrn_peer    peer, none = {UINT32_MAX, 0};
    struct wrn_peer_info info;
    unsigned           count = arrivals(pair, side, 0, packets);
    bool               session;
    for (unsigned i = 0; i < count; i++)
        if (packets[i].length >= 8 && wrn_inspect_index(engine, fuzz_get32(packets[i].data + 4), &peer, &session) == WRN_OK)
            FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK, "index-gone", "peer %u is not there", peer.slot);
    while (wrn_peer_next(engine, &none))
        fuzz_setup(wrn_peer_remove(engine, pair->now, none) == WRN_OK, "to remove a peer");
    for (unsigned i = 0; i < count; i++)
        FUZZ_CHECK(packets[i].length < 8 ||
                       wrn_inspect_index(engine, fuzz_get32(packets[i].data + 4), &peer, &session) == WRN_NOT_FOUND,
                   "index-gone", "of peer %u, when none is left", peer.slot);
}

static void judge_no_room(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0), *as_it_was = copy(pair->side[side].engine, 1);
    static uint8_t    *data;
    struct wrn_event   event;
    if (!data && !(data = calloc(1, LONGEST)))
        abort();
    struct wrn_packet packet = {.data = data, .capacity = LONGEST, .offset = WRN_HEADROOM, .length = 1 << 16};
    fuzz_numbered(data + WRN_HEADROOM, pair_inner(side).address, pair_inner(!side).address, 0, PAIR_INNER);
    FUZZ_CHECK(!wrn_events(engine, &event, 0) && fuzz_same_state(engine, as_it_was, WRN_PART_ALL), "no-room", "for events");
    wrn_advance(as_it_was, pair->now);
    wrn_tun_input(engine, pair->now, &packet, 1);
    FUZZ_CHECK(packet.verdict == WRN_DROP && fuzz_same_state(engine, as_it_was, WRN_PART_PROTOCOL), "no-room", "%s, of 65536 bytes",
               wrn_verdict_name(packet.verdict));
}

/* Whoever claims to be a configured peer whose key is of low order knows what both would agree on: zeros (P-19, P-20). */
/* An initiation to it fails, and counts as the last one all the same (P-69). */
static void judge_call_to_low_order(struct wrn_engine *engine, const struct pair *pair, struct wrn_peer peer)
{
    const struct wrn_prefix prefix = {{10, 8, 0, 0}, 4, 24};
    struct wrn_peer_change  change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = pair_address(8)};
    struct wrn_packet       packet = {.data = room[0][0], .capacity = ROOM, .offset = WRN_HEADROOM, .length = PAIR_INNER};
    struct wrn_peer_view    before, after;
    const uint8_t           to[4] = {10, 8, 0, 1};
    if (!wrn_is_up(engine) || wrn_allowed_add(engine, peer, &prefix, NULL) != WRN_OK ||
        wrn_peer_set(engine, pair->now, peer, &change) != WRN_OK)
        return;
    fuzz_numbered(room[0][0] + WRN_HEADROOM, to, to, 0, PAIR_INNER);
    fuzz_setup(wrn_inspect_peer(engine, peer, &before) == WRN_OK, "the peer");
    wrn_tun_input(engine, pair->now, &packet, 1);
    for (unsigned i = 0; i < GIVEN; i++) {
        packet = place(0, i);
        if (!wrn_net_output(engine, pair->now, &packet, 1))
            break;
        FUZZ_CHECK(packet.peer.slot != peer.slot, "low-order", "%u bytes go there", packet.length);
    }
    fuzz_setup(wrn_inspect_peer(engine, peer, &after) == WRN_OK, "the peer");
    FUZZ_CHECK(before.last_initiation_sent != WRN_NEVER || after.last_initiation_sent == engine->now, "low-order",
               "what failed may be tried again at once");
}

static void judge_low_order(const struct pair *pair, unsigned side)
{
    static const uint8_t low[32] = {1}, stamp[12] = {0xff};
    struct wrn_engine   *engine = copy(pair->side[side].engine, 0);
    struct fuzz_hand     hand;
    struct wrn_peer      peer;
    uint8_t              message[FUZZ_INITIATION], key[32];
    if (!wrn_public_key(engine, key) || wrn_peer_add(engine, pair->now, low, &peer) == WRN_NO_ROOM)
        return;
    struct wrn_packet packet = {.data = message, .capacity = sizeof message, .length = sizeof message, .remote = pair_address(9)};
    (void)fuzz_initiate(message, &hand, &(struct fuzz_caller){pair_secret[2], pair_secret[3], low, NULL}, key, 7, stamp);
    fuzz_macs(message, sizeof message, key, NULL);
    wrn_net_input(engine, pair->now, &packet, 1);
    FUZZ_CHECK(packet.verdict == WRN_DROP || packet.length == 64, "low-order", "%s, %u bytes", wrn_verdict_name(packet.verdict),
               packet.length);
    judge_call_to_low_order(engine, pair, peer);
}

/* There is no later stamp than the last: it comes again, rather than an early one. */
static void judge_last_stamp(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0);
    struct wrn_packet  packet = {.data = room[0][0], .capacity = ROOM, .offset = WRN_HEADROOM, .length = PAIR_INNER};
    uint8_t            last[12];
    memset(last, 0xff, sizeof last);
    wrn_time now = pair->now > WRN_NEVER / 2 ? pair->now : pair->now + 10 * WRN_SECOND;
    fuzz_setup(wrn_stamp_restore(engine, last) == WRN_OK && wrn_forget_sessions(engine, now) == WRN_OK, "the last stamp");
    fuzz_numbered(room[0][0] + WRN_HEADROOM, pair_inner(side).address, pair_inner(!side).address, 0, PAIR_INNER);
    wrn_tun_input(engine, now, &packet, 1);
    for (unsigned i = 0; i < GIVEN; i++) {
        packet = place(0, i);
        if (!wrn_net_output(engine, now, &packet, 1))
            break;
    }
    struct wrn_peer_view view;
    if (wrn_inspect_peer(engine, pair->side[side].other, &view) == WRN_OK && view.handshake_pending)
        FUZZ_CHECK(!memcmp(view.stamp_sent, last, 8), "last-stamp", "seconds begin with %02x%02x", view.stamp_sent[0],
                   view.stamp_sent[1]);
    FUZZ_CHECK(!memcmp(engine->stamp_newest, last, 8), "last-stamp", "seconds begin with %02x%02x", engine->stamp_newest[0],
               engine->stamp_newest[1]);
}

/* As many prefixes as there is room for, one fewer, and one more; one of them twice, in other words. */
static void judge_many_routes(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0);
    struct wrn_prefix  list[ROUTES_MOST];
    struct wrn_peer    peer = pair->side[side].other;
    struct wrn_limits  limits;
    struct routes      routes;
    wrn_engine_limits(engine, &limits);
    if (limits.prefixes + 2 > ROUTES_MOST || routes_call(engine, ROUTES_REPLACE, peer, NULL, 0) != WRN_OK)
        return;
    routes_read(engine, &routes);
    unsigned left = limits.prefixes - routes.count;
    for (unsigned i = 0; i < left + 2; i++)
        list[i] = (struct wrn_prefix){{10, 7, (uint8_t)(i / 4), (uint8_t)(i % 4 << 6)}, 4, 26};
    for (unsigned count = left ? left - 1 : 0; count <= left + 1; count++) {
        struct wrn_prefix last = list[count];
        list[count] = list[0];
        list[count].address[3] |= 9;
        (void)routes_call(engine, ROUTES_REPLACE, peer, list, count + 1);
        list[count] = last;
        (void)routes_call(engine, ROUTES_REPLACE, peer, list, count);
    }
}

static bool owes(const struct wrn_engine *engine, uint32_t slot)
{
    return wrni_list_has(wrni_lane_due(wrni_inline_lane(engine)), slot);
}

/* A keepalive that is due stays so when packets are purged, and goes with sessions and peers. */
static void judge_owing(const struct pair *pair, unsigned side)
{
    struct wrn_engine     *engine = copy(pair->side[side].engine, 0);
    struct wrn_peer        peer = pair->side[side].other;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE};
    if (wrn_peer_set(engine, pair->now, peer, &change) != WRN_OK)
        return;
    change.keepalive_s = 9;
    (void)wrn_peer_set(engine, pair->now, peer, &change);
    wrn_advance(engine, pair->now);
    if (!wrni_flow_at(engine, peer.slot)->keepalive_due)
        return;
    FUZZ_CHECK(wrn_staged_purge(engine, peer) == WRN_OK && owes(engine, peer.slot), "owing", "a keepalive goes with what is purged");
    struct wrn_engine *other = copy(engine, 1);
    FUZZ_CHECK(wrn_forget_sessions(engine, pair->now) == WRN_OK && !owes(engine, peer.slot), "owing", "a keepalive of no session");
    FUZZ_CHECK(wrn_peer_remove(other, pair->now, peer) == WRN_OK && !owes(other, peer.slot), "owing", "a keepalive of nobody");
}

/* An initiation that was granted, and is overtaken by the peer's own, comes after the pause, which is 10 s for who yields (P-69,
 * P-168). */
static void judge_granted(const struct pair *pair, unsigned side)
{
    struct wrn_engine   *engine[2];
    struct wrn_packet    packet;
    struct wrn_peer_view view;
    wrn_time             now = pair->now + 10 * WRN_SECOND;
    if (pair->now > WRN_NEVER / 2)
        return;
    for (unsigned i = 0; i < 2; i++) { /* first this side */
        unsigned who = i ? !side : side;
        engine[i] = copy(pair->side[who].engine, i);
        if (wrn_forget_sessions(engine[i], now) != WRN_OK)
            return;
        fuzz_numbered(room[i][0] + WRN_HEADROOM, pair_inner(who).address, pair_inner(!who).address, 0, PAIR_INNER);
        packet = (struct wrn_packet){.data = room[i][0], .capacity = ROOM, .offset = WRN_HEADROOM, .length = PAIR_INNER};
        wrn_tun_input(engine[i], now, &packet, 1);
        if (packet.verdict != WRN_TAKEN)
            return;
    }
    packet = place(1, 0);
    if (!wrn_net_output(engine[1], now, &packet, 1) || packet.length != FUZZ_INITIATION)
        return;
    packet.remote = pair_address(!side);
    wrn_net_input(engine[0], now, &packet, 1);
    if (packet.verdict != WRN_SEND || packet.length != FUZZ_RESPONSE)
        return;
    packet = place(0, 0);
    if (wrn_net_output(engine[0], now, &packet, 1) || wrn_inspect_peer(engine[0], pair->side[side].other, &view) != WRN_OK)
        return;
    FUZZ_CHECK(view.retransmit >= now + 5 * WRN_SECOND && view.retransmit < now + 11 * WRN_SECOND &&
                   wrn_deadline(engine[0]) <= view.retransmit, "granted", "asked at %llu, comes at %llu, and the deadline is %llu",
               (unsigned long long)now, (unsigned long long)view.retransmit, (unsigned long long)wrn_deadline(engine[0]));
}

/* A request of the text protocol comes after what has become due, like any call. */
static void judge_request(const struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = copy(pair->side[side].engine, 0), *ticked = copy(pair->side[side].engine, 1);
    wrn_time           now = pair_first_timer(engine);
    char               text[256] = "set=1\npublic_key=";
    struct wrn_uapi_set set;
    now = now == WRN_NEVER || now < pair->now ? pair->now + (pair->now < WRN_NEVER / 2) : now;
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + strlen(text), 3, "%02x", pair_public[!side][i]);
    strcat(text, "\npersistent_keepalive_interval=0\n\n");
    if (pair->log / 2 % 2) {
        strcpy(text, "set=1\nprivate_key=");
        for (unsigned i = 0; i < 32; i++)
            snprintf(text + strlen(text), 3, "%02x", pair_secret[3][i]);
        strcat(text, "\n\n");
    }
    if (wrn_uapi_check(engine, text, strlen(text), &set) != WRN_OK)
        return;
    wrn_uapi_apply(engine, now, text, strlen(text));
    wrn_advance(ticked, now);
    wrn_uapi_apply(ticked, now, text, strlen(text));
    FUZZ_CHECK(fuzz_same_state(engine, ticked, WRN_PART_ALL), "request-late", "a tick before a request changes what comes of it");
}

/* Growing forgets no source that has sent too much (P-41). */
static void judge_sources(const struct pair *pair, unsigned side)
{
    struct wrn_engine  *engine = copy(pair->side[side].engine, 0);
    struct wrn_endpoint from = pair_address(12);
    struct wrn_limits   limits;
    unsigned            allowed = 0;
    wrn_engine_limits(engine, &limits);
    limits.sources += 3;
    if (wrn_engine_size(&limits) > MEMORY)
        return;
    while (wrni_sources_allow(wrni_sources_of(engine), &from, pair->now) && allowed < 64)
        allowed++;
    FUZZ_CHECK(wrn_engine_move(&engine, memory[1], MEMORY, &limits) == WRN_OK, "moved-refused", "into a larger memory");
    FUZZ_CHECK(!wrni_sources_allow(wrni_sources_of(engine), &from, pair->now), "moved-changed", "a source has forgotten what it sent");
}

/* Whoever comes after a peer that had everything has nothing of it. */
static void judge_new(const struct pair *pair, unsigned side)
{
    struct wrn_engine     *engine = copy(pair->side[side].engine, 0);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY | WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED |
                                             WRN_CHANGE_KEEPALIVE,
                                     .endpoint = pair_address(3), .keepalive_s = 7, .preshared_key = {1}, .pinned = true};
    struct wrn_peer        peer;
    uint8_t                key[32];
    fuzz_entropy(500, key);
    if (wrn_peer_set(engine, pair->now, pair->side[side].other, &change) != WRN_OK ||
        wrn_peer_remove(engine, pair->now, pair->side[side].other) != WRN_OK)
        return;
    fuzz_setup(wrn_peer_add(engine, pair->now, key, &peer) == WRN_OK, "a new peer");
    told_new(engine, peer);
}

/* Behind a floor at the edge of a second or of a step; each plan tries one. */
static void judge_stamps(const struct pair *pair, unsigned side)
{
    static const uint32_t nanoseconds[] = {0, 1, 0x3a000000, 0x3a000001, 0x3affffff, 0x3b000000, 0x3b9ac9ff};
    uint32_t              chosen = nanoseconds[pair->log / 2 % (sizeof nanoseconds / sizeof nanoseconds[0])];
    wrn_time              now = pair->now > WRN_NEVER / 2 ? pair->now : pair->now + 10 * WRN_SECOND;
    struct wrn_engine    *engine = copy(pair->side[side].engine, 0);
    struct wrn_packet     packet = {.data = room[0][0], .capacity = ROOM, .offset = WRN_HEADROOM, .length = PAIR_INNER};
    struct wrn_peer_view  view;
    uint8_t               right[12] = {0x40, 1, 2, 3, 4, 5, 6, 7};
    for (unsigned at = 0; at < 4; at++)
        right[8 + at] = (uint8_t)(chosen >> (24 - 8 * at));
    if (wrn_stamp_restore(engine, right) != WRN_OK || wrn_forget_sessions(engine, now) != WRN_OK)
        return;
    fuzz_numbered(room[0][0] + WRN_HEADROOM, pair_inner(side).address, pair_inner(!side).address, 0, PAIR_INNER);
    wrn_tun_input(engine, now, &packet, 1);
    packet = place(0, 0);
    if (!wrn_net_output(engine, now, &packet, 1) || packet.length != FUZZ_INITIATION ||
        wrn_inspect_peer(engine, packet.peer, &view) != WRN_OK)
        return;
    told_step(right);
    FUZZ_CHECK(!memcmp(view.stamp_sent, right, 12), "last-stamp", "behind %08x comes %08x", chosen,
               (unsigned)view.stamp_sent[8] << 24 | (unsigned)view.stamp_sent[9] << 16);
}

/* A path is forgotten, but where it is part of a link-local address (P-119, P-121); each plan tries one. */
static void judge_scopes(const struct pair *pair, unsigned side)
{
    static const struct { struct wrn_endpoint at; bool stays; } places[] = {
        {{{0xfe, 0x80, [15] = 1}, 1, 6, 0, 5}, true},  {{{0xfe, 0xbf, [15] = 1}, 1, 6, 0, 5}, true},
        {{{0xfe, 0xc0, [15] = 1}, 1, 6, 0, 5}, false}, {{{0xfe, 0x40, [15] = 1}, 1, 6, 0, 5}, false},
        {{{0xff, 0x80, [15] = 1}, 1, 6, 0, 5}, false}, {{{0xfe, 0x80, 0, 1}, 1, 4, 0, 5}, false}};
    unsigned               i = (unsigned)(pair->log / 2 % (sizeof places / sizeof places[0]));
    struct wrn_engine     *engine = copy(pair->side[side].engine, 0);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = places[i].at};
    struct wrn_peer_info   info;
    if (wrn_peer_set(engine, pair->now, pair->side[side].other, &change) != WRN_OK || wrn_forget_paths(engine) != WRN_OK)
        return;
    FUZZ_CHECK(wrn_peer_info(engine, pair->side[side].other, &info) == WRN_OK && info.endpoint.host == (places[i].stays ? 5 : 0),
               "scope", "of place %u: %u", i, info.endpoint.host);
}

void pair_part(const struct pair *pair, unsigned side)
{
    judge_arrivals(pair, side);
    judge_output(pair);
    judge_nowhere(pair, side);
    judge_poor_buffers(pair, side);
    judge_unsent(pair, side);
    judge_indices(pair, side);
    judge_no_room(pair, side);
    judge_low_order(pair, side);
    judge_last_stamp(pair, side);
    if (pair->log % 2 != side) /* the rest is of one side: it takes its time */
        return;
    judge_owing(pair, side);
    judge_sources(pair, side);
    (pair->log / 4 % 2 ? judge_granted : judge_request)(pair, side);
    judge_new(pair, side);
    judge_many_routes(pair, side);
    judge_stamps(pair, side);
    judge_scopes(pair, side);
}
