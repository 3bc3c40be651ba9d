#include "flow.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "log.h"
#include "loop.h"
#include "offload.h"
#include "wait.h"
#include "warren/lane.h"

#define BATCH 256u
#define FEW 4u
#define COMPANY_MOST 3u
#define ANSWERS_MOST 3u
#define TRY_EVERY 16u
#define ARENA_BYTES (1u << 20)
#define ICMP_BYTES 1280u

struct tun_room {
    struct wrn_packet packets[BATCH];
    _Alignas(64) uint8_t arena[ARENA_BYTES]; /* packets lie one behind the other, each with room for what is added to it */
    uint8_t          large[TUN_LARGE_BYTES]; /* as the device gave it */
    struct tun_inbox inbox;
};

bool tun_flow_open(struct tun_flow *flow)
{
    flow->room = aligned_alloc(_Alignof(struct tun_room), sizeof *flow->room);
    return flow->room != NULL;
}

void tun_flow_close(struct tun_flow *flow)
{
    free(flow->room);
    flow->room = NULL;
}

/* Where to put what the engine must hear. With many of them it hears soon, and until then of those of one peer together: bytes are
 * what counts, and other peers need the rest of the room. */
static struct tun_unsent *unsent_of(struct tun_flow *flow, struct wrn_peer peer)
{
    bool many = flow->unsents >= TUN_UNSENT_MOST / 2;
    flow->eager |= many;
    for (size_t i = 0; many && i < flow->unsents; i++) {
        if (flow->unsent[i].peer.slot == peer.slot && flow->unsent[i].peer.generation == peer.generation)
            return &flow->unsent[i];
    }
    if (flow->unsents == TUN_UNSENT_MOST)
        return NULL;
    flow->unsent[flow->unsents] = (struct tun_unsent){.peer = peer};
    return &flow->unsent[flow->unsents++];
}

/* Of a lane it waits until the engine has the lane's report of the packet. */
static void tell_unsent(struct tun_flow *flow, wrn_time now, const struct wrn_packet *packet)
{
    if (!flow->lane) {
        wrn_rec_net_unsent(flow->house->record, flow->house->engine, now, packet, 1);
        return;
    }
    struct tun_unsent *unsent = unsent_of(flow, packet->peer);
    if (!unsent)
        return;
    unsent->length += packet->length;
    memcpy(unsent->head, packet->data + packet->offset, sizeof unsent->head);
}

static void send_batch(struct tun_flow *flow, wrn_time now, size_t count)
{
    struct wrn_packet *packets = flow->room->packets;
    tun_capture_outside(flow->sockets, packets, count, true);
    tun_loop_sent(packets, count);
    if (flow->aim)
        tun_aim_at(flow->aim, now, packets, count, flow->lanes);
    tun_sockets_send(flow->sockets, packets, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict != WRN_SEND)
            continue;
        if (packets[i].user)
            tell_unsent(flow, now, &packets[i]);
        else
            flow->sent_bytes += packets[i].length;
    }
}

/* What belongs to another lane, or to control, goes there. In their order: all that comes from one place goes the same way. */
static void hand_on(struct tun_flow *flow, enum tun_side side, size_t count)
{
    const struct wrn_packet *packets = flow->room->packets;
    uint32_t wake = 0;
    for (size_t i = 0; i < count; i++) {
        flow->eager |= packets[i].verdict == WRN_TAKEN;
        if (packets[i].verdict != WRN_PASS)
            continue;
        unsigned to = packets[i].lane == WRN_LANE_CONTROL ? flow->lanes : packets[i].lane, hops = tun_handoff_hops(&packets[i]) + 1;
        if (hops > flow->lanes) {
            flow->astray++;
            continue;
        }
        flow->handed_on++;
        if (tun_handoff_put(flow->others[to], side, &packets[i], hops))
            wake |= UINT32_C(1) << to;
    }
    for (unsigned to = 0; wake != 0; to++, wake >>= 1) {
        if (wake & 1)
            tun_handoff_wake(flow->others[to]);
    }
}

static void write_pieces(struct tun_flow *flow, uint8_t head[TUN_HEAD_BYTES], struct iovec *pieces, size_t count)
{
    if (tun_device_write(flow->device, head, pieces, count))
        return;
    flow->unwritten += count - 1;
    tun_log(TUN_VERBOSE, "the interface did not take %zu packets: %s", count - 1, strerror(errno));
}

static void write_inside(struct tun_flow *flow, uint8_t *packet, size_t length)
{
    uint8_t head[TUN_HEAD_BYTES] = {0};
    struct iovec pieces[2] = {{0}, {packet, length}};
    tun_capture_inside(packet, length);
    write_pieces(flow, head, pieces, 2);
}

/* P-88: who sent a packet that leads nowhere hears of it. */
static void answer_lost(struct tun_flow *flow, const struct wrn_packet *packet)
{
    uint8_t icmp[ICMP_BYTES];
    if (packet->reason != WRN_REASON_NO_ROUTE && packet->reason != WRN_REASON_NO_ENDPOINT)
        return;
    size_t length = wrn_icmp_unreachable(packet->data + packet->offset, packet->length, icmp, sizeof icmp);
    if (length)
        write_inside(flow, icmp, length);
}

void tun_flow_obey(struct tun_flow *flow, wrn_time now)
{
    struct wrn_order order;
    bool any = false;
    for (; tun_ring_take(flow->orders, &order); any = true)
        wrn_lane_order(flow->lane, now, &order, 1);
    if (any)
        sodium_memzero(&order, sizeof order);
    flow->eager |= any;
}

static void settle_inside(struct tun_flow *flow, wrn_time now, size_t count)
{
    struct wrn_packet *packets = flow->room->packets;
    if (flow->lane) {
        tun_flow_obey(flow, now);
        wrn_lane_tun_input(flow->lane, now, packets, count);
    } else {
        wrn_rec_tun_input(flow->house->record, flow->house->engine, now, packets, count);
    }
    if (flow->others)
        hand_on(flow, TUN_INSIDE, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict == WRN_DROP)
            answer_lost(flow, &packets[i]);
    }
    send_batch(flow, now, count);
}

static uint32_t room_for(uint32_t length)
{
    return (WRN_HEADROOM + length + WRN_TAILROOM + 63) & ~UINT32_C(63);
}

/* Where packets come alone, the device is not asked for a second one: what it has nonetheless is there at the next call. */
static unsigned reads_worth(struct tun_company *company, bool waited)
{
    if (!waited && company->inside) /* there is one where the last one came from, and no answer to what went in meanwhile */
        company->likely += company->likely < COMPANY_MOST;
    if (company->likely > 0)
        return BATCH / 2;
    return ++company->alone % TRY_EVERY == 0 ? BATCH / 2 : 1;
}

static void learn_company(struct tun_company *company, unsigned reads)
{
    if (reads > 1)
        company->likely += company->likely < COMPANY_MOST;
    else
        company->likely -= company->likely > 0;
    company->inside = true;
}

/* Whether the inside had something right behind a batch of the outside. */
static void learn_answers(struct tun_company *company, bool answered)
{
    if (answered)
        company->answers += company->answers < ANSWERS_MOST;
    else
        company->answers -= company->answers > 0;
}

bool tun_flow_from_inside(struct tun_flow *flow, wrn_time now, bool waited)
{
    struct tun_room *room = flow->room;
    uint8_t head[TUN_HEAD_BYTES];
    struct tun_split split;
    size_t count = 0;
    uint32_t used = 0, piece;
    unsigned reads = 0, most = reads_worth(&flow->company, waited);
    int length = 0;
    for (; reads < most && count < BATCH / 2; reads++) {
        length = tun_device_read(flow->device, head, room->large, sizeof room->large);
        if (length <= 0)
            break;
        if (!tun_split_begin(&split, head, room->large, (uint32_t)length)) {
            flow->misshapen++;
            continue;
        }
        for (;;) {
            if (count == BATCH || ARENA_BYTES - used < room_for(split.longest)) {
                settle_inside(flow, now, count);
                count = used = 0;
            }
            uint8_t *at = room->arena + used;
            piece = tun_split_next(&split, at + WRN_HEADROOM);
            if (piece == 0)
                break;
            tun_capture_inside(at + WRN_HEADROOM, piece);
            if (tun_loop_back(at + WRN_HEADROOM, piece, flow->sockets->port)) {
                tun_log(TUN_ERROR, "a datagram of the tunnel comes back into it: look for the endpoint's route");
                flow->looped++;
                continue;
            }
            room->packets[count++] = (struct wrn_packet){
                .data = at, .capacity = room_for(piece), .offset = WRN_HEADROOM, .length = piece};
            used += room_for(piece);
        }
    }
    bool there = length >= 0 || errno != EBADFD;
    if (length < 0 && there)
        tun_wait_refused();
    flow->vain_reads += length == 0;
    if (!flow->company.inside)
        learn_answers(&flow->company, reads > 0 && !waited);
    if (reads > 0)
        learn_company(&flow->company, reads);
    settle_inside(flow, now, count);
    return there;
}

/* Packets that follow one another in one flow go in as one. */
static void deliver(struct tun_flow *flow, size_t count)
{
    const struct wrn_packet *packets = flow->room->packets;
    struct iovec pieces[1 + TUN_JOIN_MOST];
    uint8_t head[TUN_HEAD_BYTES];
    struct tun_join join = {0};
    uint32_t skip;
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict != WRN_DELIVER)
            continue;
        uint8_t *data = packets[i].data + packets[i].offset;
        if (!flow->device->large) {
            write_inside(flow, data, packets[i].length);
            continue;
        }
        tun_capture_inside(data, packets[i].length);
        if (join.count && tun_join_add(&join, data, packets[i].length, &skip)) {
            pieces[join.count] = (struct iovec){data + skip, packets[i].length - skip};
        } else {
            if (join.count) {
                tun_join_end(&join, head);
                write_pieces(flow, head, pieces, 1 + join.count);
            }
            tun_join_begin(&join, data, packets[i].length, flow->device->large_udp);
            pieces[1] = (struct iovec){data, packets[i].length};
        }
    }
    if (join.count) {
        tun_join_end(&join, head);
        write_pieces(flow, head, pieces, 1 + join.count);
    }
}

static void settle_outside(struct tun_flow *flow, wrn_time now, size_t count)
{
    struct wrn_packet *packets = flow->room->packets;
    if (flow->lane) {
        tun_flow_obey(flow, now);
        wrn_lane_net_input(flow->lane, now, packets, count);
    } else {
        wrn_rec_net_input(flow->house->record, flow->house->engine, now, packets, count);
        tun_house_ready(flow->house); /* a lane has the session before the peer has the response */
    }
    if (flow->others)
        hand_on(flow, TUN_OUTSIDE, count);
    deliver(flow, count);
    send_batch(flow, now, count);
}

bool tun_flow_from_outside(struct tun_flow *flow, wrn_time now, unsigned which)
{
    struct tun_room *room = flow->room;
    size_t messages = tun_sockets_receive(flow->sockets, which, &room->inbox), count = 0;
    for (size_t i = 0; i < messages; i++) {
        const struct tun_message *message = &room->inbox.messages[i];
        uint32_t at = 0;
        flow->received_bytes += message->length;
        do {
            uint32_t left = message->length - at, length = left < message->segment ? left : message->segment;
            room->packets[count++] = (struct wrn_packet){
                .data = message->data + at, .capacity = length, .length = length, .tos = message->tos, .remote = message->remote};
            at += length;
            if (count == BATCH) {
                tun_capture_outside(flow->sockets, room->packets, count, false);
                settle_outside(flow, now, count);
                count = 0;
            }
        } while (at < message->length);
    }
    tun_capture_outside(flow->sockets, room->packets, count, false);
    settle_outside(flow, now, count);
    flow->company.inside = false;
    return flow->company.answers < ANSWERS_MOST || tun_flow_from_inside(flow, now, false);
}

bool tun_flow_from_others(struct tun_flow *flow, wrn_time now, struct tun_handoff *handoff)
{
    enum tun_side side = TUN_INSIDE;
    size_t count = tun_handoff_take(handoff, &side, flow->room->packets, BATCH);
    if (count == 0)
        return tun_handoff_done(handoff);
    if (side == TUN_INSIDE)
        settle_inside(flow, now, count);
    else
        settle_outside(flow, now, count);
    return tun_handoff_done(handoff);
}

static void log_event(const struct wrn_event *event)
{
    static const struct {
        uint32_t    bit;
        const char *what;
    } names[] = {{WRN_EVENT_SESSION, "has a new session"},
                 {WRN_EVENT_LOST, "lost its keys"},
                 {WRN_EVENT_GAVE_UP, "does not answer: gave up until there is something to send"},
                 {WRN_EVENT_ENDPOINT, "roamed"},
                 {WRN_EVENT_RETRY, "has not answered: trying again"}};
    if (event->bits & WRN_EVENT_LOAD)
        tun_log(TUN_VERBOSE, event->under_load ? "under load: strangers must show a cookie" : "no longer under load");
    if (event->peer.slot == UINT32_MAX)
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (event->bits & names[i].bit)
            tun_log(TUN_VERBOSE, "peer %" PRIu32 " %s", event->peer.slot, names[i].what);
    }
}

/* All that is due, into buffers of so many bytes. */
static void send_due(struct tun_flow *flow, wrn_time now, uint32_t bytes)
{
    struct wrn_packet *packets = flow->room->packets;
    uint32_t room = room_for(bytes < WRN_OUTPUT_BYTES ? WRN_OUTPUT_BYTES : bytes);
    size_t count, asked = FEW; /* most often there is none: then buffers for few are laid out */
    size_t most = ARENA_BYTES / room < BATCH ? ARENA_BYTES / room : BATCH;
    bool more;
    do {
        for (size_t i = 0; i < asked; i++)
            packets[i] = (struct wrn_packet){.data = flow->room->arena + i * room, .capacity = room};
        count = flow->lane ? wrn_lane_net_output(flow->lane, now, packets, asked)
                           : wrn_rec_net_output(flow->house->record, flow->house->engine, now, packets, asked);
        send_batch(flow, now, count);
        more = count == asked;
        asked = most;
    } while (more);
}

void tun_flow_due(struct tun_flow *flow, wrn_time now)
{
    struct wrn_event events[32];
    struct wrn_limits limits;
    size_t count;
    if (flow->lane) {
        if (wrn_lane_output_due(flow->lane))
            send_due(flow, now, flow->room_bytes);
        return;
    }
    wrn_engine_limits(flow->house->engine, &limits);
    send_due(flow, now, limits.stage_bytes);
    while ((count = wrn_rec_events(flow->house->record, flow->house->engine, events, 32)) > 0) {
        for (size_t i = 0; i < count; i++)
            log_event(&events[i]);
    }
}
