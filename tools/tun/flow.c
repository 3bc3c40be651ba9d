#include "flow.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "log.h"

#define BATCH 128u
#define PACKET_BYTES 65535u
#define SLOT_BYTES (WRN_HEADROOM + PACKET_BYTES + WRN_TAILROOM)
#define ICMP_BYTES 1280u

/* Only the pages that packets reach are ever touched. */
static uint8_t slots[BATCH][SLOT_BYTES];
static struct wrn_packet packets[BATCH];
static struct tun_inbox inbox;

static void send_batch(struct tun_flow *flow, wrn_time now, size_t count)
{
    tun_sockets_send(flow->sockets, packets, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict == WRN_SEND && packets[i].user)
            wrn_net_unsent(flow->house->engine, now, &packets[i], 1);
    }
}

static void write_inside(struct tun_flow *flow, const uint8_t *packet, size_t length)
{
    if (tun_device_write(flow->device, packet, length))
        return;
    flow->unwritten++;
    tun_log(TUN_VERBOSE, "the interface did not take a packet of %zu bytes: %s", length, strerror(errno));
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

bool tun_flow_from_inside(struct tun_flow *flow, wrn_time now)
{
    size_t count = 0;
    int length = 0;
    while (count < BATCH && (length = tun_device_read(flow->device, slots[count] + WRN_HEADROOM, PACKET_BYTES)) > 0) {
        packets[count] = (struct wrn_packet){
            .data = slots[count], .capacity = SLOT_BYTES, .offset = WRN_HEADROOM, .length = (uint32_t)length};
        count++;
    }
    bool there = length >= 0 || errno != EBADFD;
    wrn_tun_input(flow->house->engine, now, packets, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict == WRN_DROP)
            answer_lost(flow, &packets[i]);
    }
    send_batch(flow, now, count);
    return there;
}

static void settle_outside(struct tun_flow *flow, wrn_time now, size_t count)
{
    wrn_net_input(flow->house->engine, now, packets, count);
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict == WRN_DELIVER)
            write_inside(flow, packets[i].data + packets[i].offset, packets[i].length);
    }
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
    size_t count;
    wrn_advance(flow->house->engine, now);
    do {
        for (size_t i = 0; i < BATCH; i++)
            packets[i] = (struct wrn_packet){.data = slots[i], .capacity = SLOT_BYTES};
        count = wrn_net_output(flow->house->engine, now, packets, BATCH);
        send_batch(flow, now, count);
    } while (count == BATCH);
    while ((count = wrn_events(flow->house->engine, events, 32)) > 0) {
        for (size_t i = 0; i < count; i++)
            log_event(&events[i]);
    }
}
