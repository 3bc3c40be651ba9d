#include "laned_reports.h"

#include "whole.h"
#include "laned_account.h"
#include "crypto.h"
#include "model.h"
#include "packets.h"
#include "state.h"
#include "straight.h"

#include <string.h>

enum { LENGTH = 60, ROOM = WRN_HEADROOM + LENGTH + WRN_TAILROOM, REPORTS = 8, MEMORY = 1 << 16, MOVED = 5 };

static uint8_t bytes[ROOM];

static struct wrn_packet plain(unsigned from, unsigned to)
{
    const uint8_t source[4] = {10, 0, (uint8_t)from, 1}, destination[4] = {10, 0, (uint8_t)to, 1};
    fuzz_numbered(bytes + WRN_HEADROOM, source, destination, 0, LENGTH);
    return (struct wrn_packet){.data = bytes, .capacity = ROOM, .offset = WRN_HEADROOM, .length = LENGTH};
}

static unsigned lane_of(const struct laned *world, unsigned who) { return world->peer[who].slot % LANED_LANES; }

/* A packet to that peer leaves its lane; false: it waits, or was refused. */
static bool send(struct laned *world, unsigned who)
{
    struct wrn_packet packet = plain(LANED_OTHERS, who);
    wrn_lane_tun_input(world->lane[lane_of(world, who)], world->now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        laned_left(world, &packet);
    return packet.verdict == WRN_SEND;
}

/* A datagram of that peer, from one of its ports, as it is before its lane has it; false: it has no session. */
static bool call(struct laned *world, unsigned who, unsigned port, struct wrn_packet *packet)
{
    *packet = plain(who, LANED_OTHERS);
    wrn_tun_input(world->other[who], world->now, packet, 1);
    packet->remote = laned_address(who, port);
    return packet->verdict == WRN_SEND;
}

static bool receive(struct laned *world, unsigned who, unsigned port)
{
    struct wrn_packet packet;
    if (!call(world, who, port, &packet))
        return false;
    uint32_t came = packet.length;
    wrn_lane_net_input(world->lane[lane_of(world, who)], world->now, &packet, 1);
    laned_came(world, &packet, came);
    return packet.verdict == WRN_DELIVER;
}

static size_t take_all(struct laned *world, struct wrn_report reports[REPORTS])
{
    size_t count = 0;
    for (unsigned l = 0; l < LANED_LANES; l++) {
        struct wrn_report more;
        count += wrn_lane_reports(world->lane[l], reports + count, REPORTS - count);
        FUZZ_CHECK(count == REPORTS || !wrn_lane_reports(world->lane[l], &more, 1), "lane-report",
                   "lane %u tells less than it has", l);
    }
    return count;
}

/* Of control. */
static struct wrn_engine *copy(const struct laned *world)
{
    static _Alignas(16) uint8_t twin[MEMORY];
    fuzz_setup(world->engine->size <= MEMORY, "a copy");
    fuzz_copy(twin, world->engine, world->engine->size);
    return (struct wrn_engine *)(void *)twin;
}

/* All at once, a second later. A tick before them makes no difference; looking at all of it costs much, so some plans do. */
static void tell(struct laned *world, const struct wrn_report *reports, size_t count)
{
    bool               looks = world->log % 4 == 0;
    struct wrn_engine *other = looks ? copy(world) : NULL;
    world->now += WRN_SECOND;
    wrn_reports(world->engine, world->now, reports, count);
    FUZZ_CHECK(world->engine->now == world->now, "lane-report", "control does not know the time");
    if (!looks)
        return;
    wrn_advance(other, world->now);
    wrn_reports(other, world->now, reports, count);
    FUZZ_CHECK(fuzz_same_state(world->engine, other, WRN_PART_ALL), "lane-report", "a tick before %zu of them changes control", count);
}

static struct wrn_peer_view view_of(const struct laned *world, unsigned who)
{
    struct wrn_peer_view view;
    FUZZ_CHECK(wrn_inspect_peer(world->engine, world->peer[who], &view) == WRN_OK, "lane-report", "peer %u is gone", who);
    return view;
}

static void tell_all(struct laned *world)
{
    struct wrn_report reports[REPORTS];
    tell(world, reports, take_all(world, reports));
}

/* P-75, P-76 by the times of the packets, in their order. */
static void judge_order(struct laned *world)
{
    wrn_time at = world->now += WRN_SECOND;
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!receive(world, i, 0))
            return;
    world->now += WRN_SECOND;
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!send(world, i))
            return;
    tell_all(world);
    for (unsigned i = 0; i < LANED_OTHERS; i++) {
        struct wrn_peer_view view = view_of(world, i);
        wrn_time             armed = view.new_handshake - (at + 16 * WRN_SECOND);
        FUZZ_CHECK(view.keepalive == WRN_NEVER && armed < WRN_SECOND, "lane-report",
                   "received, then sent to %u: keepalive at %llu, handshake at %llu", i, (unsigned long long)view.keepalive,
                   (unsigned long long)view.new_handshake);
    }
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!send(world, i))
            return;
    at = world->now += WRN_SECOND;
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!receive(world, i, 0))
            return;
    tell_all(world);
    for (unsigned i = 0; i < LANED_OTHERS; i++) {
        struct wrn_peer_view view = view_of(world, i);
        FUZZ_CHECK(view.keepalive == at + 10 * WRN_SECOND && view.new_handshake == WRN_NEVER, "lane-report",
                   "sent to %u, then received: keepalive at %llu, handshake at %llu", i, (unsigned long long)view.keepalive,
                   (unsigned long long)view.new_handshake);
    }
    world->now = at + 19 * WRN_SECOND / 2; /* half a second before the keepalive, and told after it */
    (void)send(world, 0);
    tell_all(world);
    laned_accounts(world);
}

/* A lane that is told an older time goes on from the newest. */
static void judge_clock(struct laned *world)
{
    struct wrn_lane    *lane = world->lane[lane_of(world, 0)];
    struct wrn_packet   packet = plain(LANED_OTHERS, 0);
    struct wrn_counters before, after;
    struct wrn_report   reports[REPORTS];
    (void)laned_exchange(world);
    wrn_lane_order(lane, world->now, NULL, 0);
    wrn_lane_counters(lane, &before);
    wrn_lane_tun_input(lane, world->now - 10 * WRN_SECOND, &packet, 1);
    wrn_lane_counters(lane, &after);
    if (packet.verdict == WRN_SEND)
        laned_left(world, &packet);
    FUZZ_CHECK(after.time_went_back == before.time_went_back + 1, "lane-report", "an older time is not counted");
    wrn_lane_plan_tun(lane, 0, NULL, NULL, 0);
    wrn_lane_plan_net(lane, 0, NULL, NULL, 0);
    wrn_lane_settle(lane, 0, NULL, 0);
    (void)wrn_lane_net_output(lane, 0, NULL, 0);
    wrn_lane_net_input(lane, 0, NULL, 0);
    wrn_lane_counters(lane, &after);
    FUZZ_CHECK(after.time_went_back == before.time_went_back + 6, "lane-report", "an older time is not counted by every call");
    size_t count = take_all(world, reports);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(packet.verdict != WRN_SEND || reports[i].slot != world->peer[0].slot || reports[i].sent_at == world->now,
                   "lane-report", "sent at %llu, and it was %llu", (unsigned long long)reports[i].sent_at,
                   (unsigned long long)world->now);
    tell(world, reports, count);
}

/* Growing with reports that wait: they come along, and so does the time. */
static void judge_growing(struct laned *world)
{
    struct wrn_counters before, after;
    (void)laned_exchange(world);
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!receive(world, i, 0) || !send(world, i))
            return;
    wrn_lane_counters(world->lane[0], &before);
    laned_grow(world);
    wrn_lane_order(world->lane[0], world->now - 10 * WRN_SECOND, NULL, 0);
    wrn_lane_counters(world->lane[0], &after);
    FUZZ_CHECK(after.time_went_back == before.time_went_back + 1, "lane-move", "the time has not come along");
    (void)laned_exchange(world);
}

/* Does an event say that this peer is elsewhere: there, or (null) anywhere? Takes all events. */
static bool told_elsewhere(struct laned *world, unsigned who, const struct wrn_endpoint *where)
{
    struct wrn_event event;
    bool             told = false;
    while (wrn_events(world->engine, &event, 1))
        told |= event.peer.slot == world->peer[who].slot && event.bits & WRN_EVENT_ENDPOINT &&
                (!where || fuzz_same_place(&event.endpoint, where));
    return told;
}

static void judge_roaming(struct laned *world)
{
    const struct wrn_endpoint elsewhere = laned_address(0, MOVED), ordered = laned_address(0, MOVED + 1);
    struct wrn_peer_change    change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = ordered};
    struct wrn_report         reports[REPORTS];
    struct wrn_peer_info      info;
    (void)told_elsewhere(world, 0, &elsewhere);
    if (!receive(world, 0, MOVED))
        return;
    tell_all(world);
    FUZZ_CHECK(told_elsewhere(world, 0, &elsewhere), "lane-event", "a peer has moved");
    if (!receive(world, 0, MOVED + 2))
        return;
    size_t count = take_all(world, reports);
    FUZZ_CHECK(wrn_peer_set(world->engine, world->now, world->peer[0], &change) == WRN_OK, "lane-event", "no endpoint can be set");
    tell(world, reports, count);
    FUZZ_CHECK(!told_elsewhere(world, 0, NULL) && wrn_peer_info(world->engine, world->peer[0], &info) == WRN_OK &&
                   fuzz_same_place(&info.endpoint, &ordered), "lane-event", "an endpoint was set, and a peer had moved before");
    (void)laned_exchange(world);
    if (!receive(world, 0, MOVED))
        return;
    FUZZ_CHECK(wrn_peer_set(world->engine, world->now, world->peer[0], &change) == WRN_OK, "lane-event", "no endpoint can be set");
    (void)laned_exchange(world); /* its lane obeys before it tells */
    FUZZ_CHECK(!told_elsewhere(world, 0, NULL), "lane-event", "what was set is told as news");
}

/* What was on its way while the interface went down arms nothing (P-68). */
static void judge_down(struct laned *world)
{
    struct wrn_report    reports[REPORTS];
    struct wrn_peer_view view;
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        if (!receive(world, i, 0) || !send(world, i))
            return;
    size_t             count = take_all(world, reports);
    struct wrn_engine *other = copy(world);
    FUZZ_CHECK(wrn_set_up(other, world->now, false) == WRN_OK, "lane-report", "the interface does not go down");
    wrn_reports(other, world->now, reports, count);
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        FUZZ_CHECK(wrn_inspect_peer(other, world->peer[i], &view) == WRN_OK && view.keepalive == WRN_NEVER &&
                       view.new_handshake == WRN_NEVER, "lane-report", "a timer of %u runs, and the interface is down", i);
    tell(world, reports, count);
}

/* A peer goes, and somebody else comes to its slot; false: elsewhere. */
static bool replace_peer(struct laned *world, unsigned who)
{
    struct wrn_peer old = world->peer[who], made;
    uint8_t         key[32];
    fuzz_entropy(400 + who, key);
    FUZZ_CHECK(wrn_peer_remove(world->engine, world->now, old) == WRN_OK, "lane-stale", "a peer cannot be removed");
    (void)laned_exchange(world);
    FUZZ_CHECK(wrn_peer_add(world->engine, world->now, key, &made) == WRN_OK, "lane-stale", "a peer cannot be added");
    (void)laned_exchange(world);
    world->peer[who] = made;
    return made.slot == old.slot;
}

/* A session of whoever lives there now, with the index that the old one's had. */
static void same_index(struct laned *world, uint32_t slot, uint32_t index)
{
    uint32_t             id;
    struct wrni_flow    *flow = wrni_lane_find(world->lane[slot % LANED_LANES], slot, &id);
    struct wrni_session *session = wrni_rotation_initiated(&flow->rotation);
    session->local_index = index;
    session->birth = world->now;
    session->may_send = true;
}

static void settle(struct laned *world, unsigned lane, struct wrn_packet *packet, struct wrn_job *job)
{
    wrn_lane_settle(world->lane[lane], world->now, job, 1);
    FUZZ_CHECK(packet->verdict == WRN_DROP && packet->reason == WRN_REASON_INDEX, "lane-stale", "%s (%s)",
               wrn_verdict_name(packet->verdict), wrn_reason_name(packet->reason));
}

/* Jobs to be sealed and opened, and what was told, of a peer that is gone by then. */
static void judge_gone(struct laned *world)
{
    static uint8_t    sealed[ROOM], opened[ROOM];
    struct wrn_packet out, in;
    struct wrn_job    seal, open;
    struct wrn_report reports[REPORTS];
    unsigned          lane = lane_of(world, 0);
    if (!receive(world, 0, 0) || !send(world, 0))
        return;
    size_t count = take_all(world, reports);
    if (!call(world, 0, 0, &in))
        return;
    memcpy(opened, bytes, ROOM);
    in.data = opened;
    out = plain(LANED_OTHERS, 0);
    memcpy(sealed, bytes, ROOM);
    out.data = sealed;
    wrn_lane_plan_tun(world->lane[lane], world->now, &out, &seal, 1);
    wrn_lane_plan_net(world->lane[lane], world->now, &in, &open, 1);
    if (seal.kind != WRNI_JOB_SEAL || open.kind != WRNI_JOB_OPEN)
        return;
    wrn_crypt(&fuzz_crypto, NULL, &seal, 1);
    wrn_crypt(&fuzz_crypto, NULL, &open, 1);
    if (!replace_peer(world, 0))
        return;
    same_index(world, world->peer[0].slot, seal.index);
    settle(world, lane, &out, &seal);
    settle(world, lane, &in, &open);
    FUZZ_CHECK(in.peer.slot == UINT32_MAX, "lane-stale", "what was opened is of slot %u", in.peer.slot);
    tell(world, reports, count);
    struct wrn_peer_view view = view_of(world, 0);
    FUZZ_CHECK(view.keepalive == WRN_NEVER && view.new_handshake == WRN_NEVER, "lane-report", "a timer of somebody before runs");
    laned_accounts(world);
}

/* Behind a slot where nobody lives, the sessions of others end with the private key as well (P-128). */
static void judge_hole(struct laned *world)
{
    static const uint8_t key[32] = {7};
    if (!send(world, 1) || !send(world, 2))
        return;
    FUZZ_CHECK(wrn_peer_remove(world->engine, world->now, world->peer[0]) == WRN_OK, "lane-stale", "a peer cannot be removed");
    FUZZ_CHECK(wrn_set_private_key(world->engine, world->now, key) == WRN_OK, "lane-stale", "the key cannot be set");
    (void)laned_exchange(world);
    FUZZ_CHECK(!send(world, 1) && !send(world, 2), "lane-stale", "data under a session of the key before");
}

/* All that control has to say; whom it calls, by bits. */
static unsigned calls(struct laned *world)
{
    uint8_t           buffer[LANED_BYTES];
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
    unsigned          called = 0;
    while (wrn_net_output(world->engine, world->now, &packet, 1)) {
        laned_left(world, &packet);
        for (unsigned i = 0; i < LANED_OTHERS; i++)
            called |= (unsigned)(packet.peer.slot == world->peer[i].slot) << i;
        packet = (struct wrn_packet){.data = buffer, .capacity = sizeof buffer};
    }
    return called;
}

/* All that lanes have to say. */
static unsigned speak(struct laned *world)
{
    uint8_t  buffer[LANED_BYTES];
    unsigned given = 0;
    for (unsigned l = 0; l < LANED_LANES; l++) {
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        for (; wrn_lane_net_output(world->lane[l], world->now, &packet, 1); given++) {
            laned_left(world, &packet);
            packet = (struct wrn_packet){.data = buffer, .capacity = sizeof buffer};
        }
    }
    (void)laned_exchange(world);
    return given;
}

/* With another private key, whoever has packets that wait is called at once (P-84). */
static void judge_flush(struct laned *world)
{
    static const uint8_t key[32] = {8};
    for (unsigned i = 1; i < LANED_OTHERS; i++)
        (void)send(world, i);
    (void)speak(world);
    (void)calls(world);
    FUZZ_CHECK(wrn_set_private_key(world->engine, world->now, key) == WRN_OK, "lane-stale", "the key cannot be set");
    (void)laned_exchange(world);
    FUZZ_CHECK(!speak(world), "lane-stale", "something is sent, and nobody has a session");
    unsigned waiting = 0, called = calls(world);
    for (unsigned i = 1; i < LANED_OTHERS; i++)
        waiting |= (unsigned)laned_waits(world, world->peer[i].slot) << i;
    FUZZ_CHECK((called & waiting) == waiting, "lane-report", "of peers with packets that wait, %x, are called %x", waiting, called);
}

static void set_path(struct laned *world, unsigned who)
{
    struct wrn_peer_change change = {
        .mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED, .endpoint = laned_address(who, 0), .pinned = true};
    change.endpoint.host = 9;
    FUZZ_CHECK(wrn_peer_set(world->engine, world->now, world->peer[who], &change) == WRN_OK, "lane-event", "no path can be set");
    (void)laned_exchange(world);
}

static void path_gone(struct laned *world, unsigned who, const char *when)
{
    struct wrn_peer_info info;
    (void)laned_exchange(world);
    FUZZ_CHECK(wrn_peer_info(world->engine, world->peer[who], &info) == WRN_OK && !info.endpoint.host, "lane-event",
               "a path stays, %s", when);
}

/* P-119: by a call, and before an initiation is tried again. Peer 2 has no session any more. */
static void judge_paths(struct laned *world)
{
    set_path(world, 2);
    FUZZ_CHECK(wrn_forget_paths(world->engine) == WRN_OK, "lane-event", "paths cannot be forgotten");
    path_gone(world, 2, "after the call");
    set_path(world, 2);
    (void)send(world, 2);
    (void)laned_exchange(world);
    (void)calls(world);
    if (view_of(world, 2).retransmit == WRN_NEVER)
        return;
    world->now = view_of(world, 2).retransmit;
    wrn_advance(world->engine, world->now);
    path_gone(world, 2, "after 5 s without a response");
}

/* The index of a session that its lane has not obeyed yet is taken, whatever was told before (P-51), and no lane begins. */
static void judge_index(struct laned *world)
{
    static _Alignas(16) uint8_t memory[MEMORY];
    struct wrn_report           reports[REPORTS];
    struct wrn_lane            *made;
    struct wrn_peer             owner;
    struct wrn_packet           packet = plain(2, LANED_OTHERS);
    uint8_t                     message[LANED_BYTES];
    bool                        session = false;
    FUZZ_CHECK(wrn_set_private_key(world->engine, world->now, laned_secret[LANED_OTHERS]) == WRN_OK, "lane-index",
               "the key that the others know cannot be set");
    (void)laned_exchange(world);
    FUZZ_CHECK(wrn_forget_sessions(world->engine, world->now) == WRN_OK && wrn_forget_sessions(world->other[2], world->now) == WRN_OK,
               "lane-index", "sessions cannot be forgotten");
    for (unsigned l = 0; l < LANED_LANES; l++)
        laned_orders(world, l, LANED_QUEUE, LANED_QUEUE);
    size_t count = take_all(world, reports);
    wrn_tun_input(world->other[2], world->now, &packet, 1);
    packet = (struct wrn_packet){.data = message, .capacity = sizeof message};
    if (!wrn_net_output(world->other[2], world->now, &packet, 1) || packet.length != FUZZ_INITIATION)
        return;
    packet.remote = laned_address(2, 0);
    wrn_net_input(world->engine, world->now, &packet, 1);
    laned_came(world, &packet, FUZZ_INITIATION);
    if (packet.verdict != WRN_SEND || packet.length != FUZZ_RESPONSE)
        return;
    laned_left(world, &packet);
    tell(world, reports, count);
    FUZZ_CHECK(wrn_inspect_index(world->engine, fuzz_get32(packet.data + packet.offset + 4), &owner, &session) == WRN_OK && session,
               "lane-index", "it is free, and its session is on the way");
    laned_orders(world, lane_of(world, 2), LANED_QUEUE, 0);
    FUZZ_CHECK(wrn_lane_init(&made, memory, MEMORY, world->engine, lane_of(world, 2)) == WRN_BUSY, "lane-begin",
               "a session is on the way");
    (void)laned_exchange(world);
}

/* A packet that waits wishes for a handshake of its peer, not of the next one in the slot. */
static void judge_gone_wish(struct laned *world)
{
    struct wrn_packet packet = plain(LANED_OTHERS, 1);
    struct wrn_job    job;
    unsigned          lane = lane_of(world, 1);
    FUZZ_CHECK(wrn_forget_sessions(world->engine, world->now) == WRN_OK, "lane-stale", "sessions cannot be forgotten");
    (void)laned_exchange(world);
    wrn_lane_plan_tun(world->lane[lane], world->now, &packet, &job, 1);
    if (job.kind != WRNI_JOB_WANT)
        return;
    if (!replace_peer(world, 1))
        return;
    wrn_lane_settle(world->lane[lane], world->now, &job, 1);
    (void)laned_exchange(world);
    (void)calls(world);
    FUZZ_CHECK(view_of(world, 1).last_initiation_sent == WRN_NEVER, "lane-stale", "the next one in its slot has asked");
}

/* A lane beside the one there is: only when no peer of it has a session, and no order for it waits. */
static void judge_lane_begins(struct laned *world, enum wrn_status expected)
{
    static _Alignas(16) uint8_t memory[MEMORY];
    struct wrn_lane            *made = NULL;
    for (unsigned l = 0; l < LANED_LANES; l++) {
        enum wrn_status status = wrn_lane_init(&made, memory, MEMORY, world->engine, l);
        bool            sessions = false;
        for (unsigned i = 0; i < LANED_OTHERS; i++) {
            struct wrn_peer_info info;
            bool there = wrn_peer_info(world->engine, world->peer[i], &info) == WRN_OK;
            sessions |= lane_of(world, i) == l && there && info.handshake_seconds;
        }
        if (expected == WRN_OK || sessions)
            FUZZ_CHECK(status == expected, "lane-begin", "lane %u: %s", l, wrn_status_name(status));
        if (status == WRN_OK)
            laned_begun(world->engine, made, l);
    }
    if (expected != WRN_OK)
        return;
    for (unsigned l = 0; l < LANED_LANES; l++) { /* orders for the other one are no matter */
        struct wrn_order order;
        FUZZ_CHECK(wrn_set_up(world->engine, world->now, l != 0) == WRN_OK, "lane-begin", "up or down");
        while (wrn_orders(world->engine, l, &order, 1))
            wrn_lane_order(world->lane[l], world->now, &order, 1);
        FUZZ_CHECK(wrn_lane_init(&made, memory, MEMORY, world->engine, l) == WRN_OK, "lane-begin", "orders of another lane wait");
        laned_begun(world->engine, made, l);
        FUZZ_CHECK(wrn_lane_init(&made, memory, MEMORY, world->engine, !l) == WRN_BUSY, "lane-begin", "its orders wait");
        (void)laned_exchange(world);
    }
}

/* No room for orders: every call is refused, and changes nothing; with a little of it timers wait. */
static void judge_refusals(struct wrn_engine *engine, const struct laned *world)
{
    const struct wrn_prefix own = laned_prefix(1), other = {{10, 99, 0, 0}, 4, 24};
    static const uint8_t    key[32] = {9};
    struct wrn_peer_change  change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 3};
    struct wrn_peer         peer = world->peer[1], made;
    uint8_t                 before[32], after[32];
    wrn_digest(engine, WRN_PART_ALL, before);
    const enum wrn_status given[] = {wrn_allowed_add(engine, peer, &other, NULL),
                                     wrn_allowed_remove(engine, peer, &own),
                                     wrn_allowed_replace(engine, peer, NULL, 0),
                                     wrn_peer_add(engine, world->now, key, &made),
                                     wrn_peer_set(engine, world->now, peer, &change),
                                     wrn_peer_remove(engine, world->now, peer),
                                     wrn_set_private_key(engine, world->now, key),
                                     wrn_set_up(engine, world->now, false),
                                     wrn_set_mtu(engine, 1300),
                                     wrn_forget_sessions(engine, world->now),
                                     wrn_forget_paths(engine),
                                     wrn_staged_purge(engine, peer)};
    wrn_digest(engine, WRN_PART_ALL, after);
    for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++)
        FUZZ_CHECK(given[i] == WRN_BUSY, "lane-busy", "call %u without room for orders: %s", i, wrn_status_name(given[i]));
    FUZZ_CHECK(!memcmp(before, after, 32), "lane-error", "without room for orders, and something has changed");
}

/* Each plan leaves room for another number of orders. */
static void judge_full(struct laned *world)
{
    struct wrn_limits  limits;
    struct wrn_engine *engine = copy(world);
    uint32_t           left = (uint32_t)(world->log % 8);
    wrn_engine_limits(engine, &limits);
    wrn_advance(engine, world->now);
    for (uint32_t i = left; i < limits.orders; i++)
        (void)wrn_set_mtu(engine, 1400);
    if (!left && wrn_set_mtu(engine, 1400) == WRN_BUSY)
        judge_refusals(engine, world);
    wrn_advance(engine, world->now + 1000 * WRN_SECOND);
}

void laned_judge_reports(struct laned *world)
{
    (void)laned_exchange(world);
    judge_lane_begins(world, WRN_BUSY);
    judge_full(world);
    judge_order(world);
    judge_clock(world);
    judge_growing(world);
    judge_roaming(world);
    judge_down(world);
    judge_gone(world);
    judge_hole(world);
    judge_flush(world);
    judge_paths(world);
    judge_index(world);
    judge_gone_wish(world);
    judge_lane_begins(world, WRN_OK);
}
