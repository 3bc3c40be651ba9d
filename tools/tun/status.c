#include "status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "capture.h"
#include "log.h"
#include "warren/inspect.h"
#include "warren/lane.h"

#define LINE 160u

/* A text that grows; once there is no memory, nothing is added any more. */
struct lines {
    struct tun_text *text;
    bool             good;
};

static void __attribute__((format(printf, 2, 3))) line(struct lines *lines, const char *format, ...)
{
    va_list list;
    lines->good = lines->good && tun_text_room(lines->text, LINE);
    if (!lines->good)
        return;
    va_start(list, format);
    int length = vsnprintf(lines->text->bytes + lines->text->length, LINE, format, list);
    va_end(list);
    lines->good = length > 0 && (unsigned)length < LINE;
    if (lines->good)
        lines->text->length += (size_t)length;
}

static void number(struct lines *lines, const char *key, uint64_t value)
{
    line(lines, "%s=%" PRIu64 "\n", key, value);
}

/* What several threads count, together. */
struct sums {
    uint64_t unsent, unwritten, looped, misshapen, vain_reads, awake_waits, asleep_waits, staged;
    bool     gso, gro;
};

static void add(struct sums *all, const struct tun_sockets *sockets, const struct tun_flow *flow, const struct tun_wait *wait)
{
    all->unsent += sockets->unsent;
    all->gso &= sockets->gso;
    all->gro &= sockets->gro;
    all->unwritten += flow->unwritten;
    all->looped += flow->looped;
    all->misshapen += flow->misshapen;
    all->vain_reads += flow->vain_reads;
    all->awake_waits += wait->awake_waits;
    all->asleep_waits += wait->asleep_waits;
    all->staged += flow->lane ? wrn_lane_staged(flow->lane) : 0;
}

static void device_lines(struct lines *lines, const struct tun_status *status, const struct sums *all)
{
    const struct tun_device *device = status->device;
    const struct tun_sockets *sockets = status->sockets;
    line(lines, "warren=1\nversion=%s\ninterface=%s\n", WRN_VERSION, device->name);
    const struct tun_crew *crew = &status->house->crew;
    line(lines, "provider=%s\n", crew->threads > 1 ? crew->crypto->name : status->house->crypto->name);
    const struct tun_lanes *lanes = status->house->lanes;
    number(lines, "threads", lanes ? lanes->count : 1 + (crew->threads > 1 ? crew->started : 0));
    number(lines, "uptime_seconds", (tun_now() - status->started) / WRN_SECOND);
    number(lines, "up", status->link->up);
    number(lines, "mtu_bytes", status->link->mtu);
    number(lines, "listen_port", sockets->port);
    number(lines, "queues", lanes ? lanes->queues : 1);
    number(lines, "socket.ipv4", sockets->fd[0] >= 0);
    number(lines, "socket.ipv6", sockets->fd[1] >= 0);
    number(lines, "offload.tun_tcp", device->large);
    number(lines, "offload.tun_udp", device->large_udp);
    number(lines, "offload.udp_gso", all->gso);
    number(lines, "offload.udp_gro", all->gro);
    number(lines, "recorded", status->recorded);
    struct tun_capture_counts capture;
    tun_capture_counts(&capture);
    number(lines, "captured", capture.on);
    number(lines, "captured_packets", capture.packets);
    number(lines, "missed_packets", capture.missed);
    number(lines, "unsent_datagrams", all->unsent);
    number(lines, "unwritten_packets", all->unwritten);
    number(lines, "looped_packets", all->looped);
    number(lines, "misshapen_packets", all->misshapen);
    number(lines, "vain_reads", all->vain_reads);
    number(lines, "awake_waits", all->awake_waits);
    number(lines, "asleep_waits", all->asleep_waits);
    number(lines, "log_left_out_lines", tun_log_left_out());
}

static void engine_lines(struct lines *lines, const struct tun_house *house, const struct sums *all)
{
    struct wrn_engine_view view;
    struct wrn_limits limits;
    wrn_inspect_engine(house->engine, &view);
    wrn_engine_limits(house->engine, &limits);
    number(lines, "under_load", view.under_load);
    number(lines, "peers", view.peers);
    number(lines, "peers_room", limits.peers);
    number(lines, "prefixes", view.prefixes);
    number(lines, "prefixes_room", limits.prefixes);
    number(lines, "indices", view.indices);
    number(lines, "staged_packets", view.staged + all->staged);
    number(lines, "engine_memory_bytes", house->size);
}

static void lane_lines(struct lines *lines, const struct wrn_counters *counters)
{
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++)
        line(lines, "tun_packets.%s=%" PRIu64 "\n", wrn_verdict_name(i), counters->tun_verdicts[i]);
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++)
        line(lines, "net_packets.%s=%" PRIu64 "\n", wrn_verdict_name(i), counters->net_verdicts[i]);
    for (unsigned i = WRN_REASON_NONE + 1; i < WRN_REASON_COUNT; i++)
        line(lines, "dropped_packets.%s=%" PRIu64 "\n", wrn_reason_name(i), counters->reasons[i]);
    number(lines, "output_packets", counters->outputs);
    number(lines, "taken_back_packets", counters->unsent);
    number(lines, "handshakes", counters->handshakes);
    line(lines, "sent_messages.initiation=%" PRIu64 "\n", counters->initiations_sent);
    line(lines, "sent_messages.response=%" PRIu64 "\n", counters->responses_sent);
    line(lines, "sent_messages.cookie=%" PRIu64 "\n", counters->cookies_sent);
    number(lines, "time_went_back", counters->time_went_back);
}

static void flow_lines(struct lines *lines, const struct tun_flow *flow, struct tun_handoff *handoff)
{
    uint64_t taken = 0, refused = 0;
    if (handoff)
        tun_handoff_counts(handoff, &taken, &refused);
    line(lines, "datagram_bytes.received=%" PRIu64 "\n", flow->received_bytes);
    line(lines, "datagram_bytes.sent=%" PRIu64 "\n", flow->sent_bytes);
    line(lines, "handed_packets.on=%" PRIu64 "\n", flow->handed_on);
    line(lines, "handed_packets.over=%" PRIu64 "\n", taken);
    line(lines, "handed_packets.refused=%" PRIu64 "\n", refused);
    line(lines, "handed_packets.astray=%" PRIu64 "\n", flow->astray);
}

static void outside_lines(struct lines *lines, struct tun_lane *lane)
{
    struct wrn_counters counters;
    number(lines, "lane", lane->number);
    wrn_lane_counters(lane->value, &counters);
    lane_lines(lines, &counters);
    flow_lines(lines, &lane->flow, &lane->handoff);
}

static void control_lines(struct lines *lines, const struct tun_status *status)
{
    struct tun_lanes *lanes = status->house->lanes;
    struct wrn_counters counters;
    line(lines, "lane=%s\n", lanes ? "control" : "0");
    wrn_counters(status->house->engine, &counters);
    lane_lines(lines, &counters);
    flow_lines(lines, status->flow, lanes ? &lanes->control : NULL);
}

bool tun_status_write(const struct tun_status *status, struct tun_text *out)
{
    struct lines lines = {.text = out, .good = true};
    struct sums all = {.gso = true, .gro = true};
    struct tun_lanes *lanes = status->house->lanes;
    tun_lanes_halt(lanes);
    add(&all, status->sockets, status->flow, status->wait);
    for (unsigned i = 0; lanes && i < lanes->count; i++)
        add(&all, &lanes->lane[i].sockets, &lanes->lane[i].flow, &lanes->lane[i].wait);
    device_lines(&lines, status, &all);
    engine_lines(&lines, status->house, &all);
    for (unsigned i = 0; lanes && i < lanes->count; i++)
        outside_lines(&lines, &lanes->lane[i]);
    control_lines(&lines, status);
    tun_lanes_resume(lanes);
    return lines.good;
}
