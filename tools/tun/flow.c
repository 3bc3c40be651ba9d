#include "flow.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "capture.h"
#include "log.h"
#include "loop.h"
#include "offload.h"

#define BATCH 256u
#define FEW 4u
#define COMPANY_MOST 3u
#define TRY_EVERY 16u
#define ARENA_BYTES (1u << 20)
#define ICMP_BYTES 1280u

static struct wrn_packet packets[BATCH];
/* Packets lie one behind the other, each with room for what is added to it. */
static _Alignas(64) uint8_t arena[ARENA_BYTES];
static uint8_t large[TUN_LARGE_BYTES]; /* as the device gave it */
static struct tun_inbox inbox;

static void send_batch(struct tun_flow *flow, wrn_time now, size_t count)
{
    tun_capture_outside(flow->sockets, packets, count, true);
    tun_loop_sent(packets, count);
    tun_sockets_send(flow->sockets, packets, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict == WRN_SEND && packets[i].user)
            wrn_rec_net_unsent(flow->house->record, flow->house->engine, now, &packets[i], 1);
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

static void settle_inside(struct tun_flow *flow, wrn_time now, size_t count)
{
    wrn_rec_tun_input(flow->house->record, flow->house->engine, now, packets, count);
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

bool tun_flow_from_inside(struct tun_flow *flow, wrn_time now, bool waited)
{
    uint8_t head[TUN_HEAD_BYTES];
    struct tun_split split;
    size_t count = 0;
    uint32_t used = 0, piece;
    unsigned reads = 0, most = reads_worth(&flow->company, waited);
    int length = 0;
    for (; reads < most && count < BATCH / 2; reads++) {
        length = tun_device_read(flow->device, head, large, sizeof large);
        if (length <= 0)
            break;
        if (!tun_split_begin(&split, head, large, (uint32_t)length)) {
            flow->misshapen++;
            continue;
        }
        for (;;) {
            if (count == BATCH || ARENA_BYTES - used < room_for(split.longest)) {
                settle_inside(flow, now, count);
                count = used = 0;
            }
            piece = tun_split_next(&split, arena + used + WRN_HEADROOM);
            if (piece == 0)
                break;
            tun_capture_inside(arena + used + WRN_HEADROOM, piece);
            if (tun_loop_back(arena + used + WRN_HEADROOM, piece, flow->sockets->port)) {
                tun_log(TUN_ERROR, "a datagram of the tunnel comes back into it: look for the endpoint's route");
                flow->looped++;
                continue;
            }
            packets[count++] = (struct wrn_packet){
                .data = arena + used, .capacity = room_for(piece), .offset = WRN_HEADROOM, .length = piece};
            used += room_for(piece);
        }
    }
    bool there = length >= 0 || errno != EBADFD;
    flow->vain_reads += length == 0;
    learn_company(&flow->company, reads);
    settle_inside(flow, now, count);
    return there;
}

/* Packets that follow one another in one flow go in as one. */
static void deliver(struct tun_flow *flow, size_t count)
{
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
    tun_capture_outside(flow->sockets, packets, count, false);
    wrn_rec_net_input(flow->house->record, flow->house->engine, now, packets, count);
    deliver(flow, count);
    send_batch(flow, now, count);
}

void tun_flow_from_outside(struct tun_flow *flow, wrn_time now, unsigned which)
{
    size_t messages = tun_sockets_receive(flow->sockets, which, &inbox), count = 0;
    for (size_t i = 0; i < messages; i++) {
        const struct tun_message *message = &inbox.messages[i];
        uint32_t at = 0;
        do {
            uint32_t left = message->length - at, length = left < message->segment ? left : message->segment;
            packets[count++] = (struct wrn_packet){
                .data = message->data + at, .capacity = length, .length = length, .tos = message->tos, .remote = message->remote};
            at += length;
            if (count == BATCH) {
                settle_outside(flow, now, count);
                count = 0;
            }
        } while (at < message->length);
    }
    settle_outside(flow, now, count);
    flow->company.inside = false;
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

void tun_flow_due(struct tun_flow *flow, wrn_time now)
{
    struct wrn_event events[32];
    struct wrn_limits limits;
    size_t count, asked = FEW; /* most often there is none: then buffers for few are laid out */
    bool more;
    wrn_engine_limits(flow->house->engine, &limits);
    uint32_t room = room_for(limits.stage_bytes < WRN_OUTPUT_BYTES ? WRN_OUTPUT_BYTES : limits.stage_bytes);
    size_t most = ARENA_BYTES / room < BATCH ? ARENA_BYTES / room : BATCH;
    do {
        for (size_t i = 0; i < asked; i++)
            packets[i] = (struct wrn_packet){.data = arena + i * room, .capacity = room};
        count = wrn_rec_net_output(flow->house->record, flow->house->engine, now, packets, asked);
        send_batch(flow, now, count);
        more = count == asked;
        asked = most;
    } while (more);
    while ((count = wrn_rec_events(flow->house->record, flow->house->engine, events, 32)) > 0) {
        for (size_t i = 0; i < count; i++)
            log_event(&events[i]);
    }
}
