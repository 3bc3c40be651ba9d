#include "status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "capture.h"
#include "log.h"
#include "warren/inspect.h"

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

static void device_lines(struct lines *lines, const struct tun_status *status)
{
    const struct tun_device *device = status->device;
    const struct tun_sockets *sockets = status->sockets;
    line(lines, "warren=1\nversion=%s\ninterface=%s\n", WRN_VERSION, device->name);
    const struct tun_crew *crew = &status->house->crew;
    line(lines, "provider=%s\n", crew->threads > 1 ? crew->crypto->name : status->house->crypto->name);
    number(lines, "threads", 1 + (crew->threads > 1 ? crew->started : 0));
    number(lines, "uptime_seconds", (tun_now() - status->started) / WRN_SECOND);
    number(lines, "up", status->link->up);
    number(lines, "mtu_bytes", status->link->mtu);
    number(lines, "listen_port", sockets->port);
    number(lines, "socket.ipv4", sockets->fd[0] >= 0);
    number(lines, "socket.ipv6", sockets->fd[1] >= 0);
    number(lines, "offload.tun_tcp", device->large);
    number(lines, "offload.tun_udp", device->large_udp);
    number(lines, "offload.udp_gso", sockets->gso);
    number(lines, "offload.udp_gro", sockets->gro);
    number(lines, "recorded", status->recorded);
    struct tun_capture_counts capture;
    tun_capture_counts(&capture);
    number(lines, "captured", capture.on);
    number(lines, "captured_packets", capture.packets);
    number(lines, "missed_packets", capture.missed);
    number(lines, "unsent_datagrams", sockets->unsent);
    number(lines, "unwritten_packets", status->flow->unwritten);
    number(lines, "looped_packets", status->flow->looped);
    number(lines, "misshapen_packets", status->flow->misshapen);
    number(lines, "vain_reads", status->flow->vain_reads);
    number(lines, "awake_waits", status->wait->awake_waits);
    number(lines, "asleep_waits", status->wait->asleep_waits);
    number(lines, "log_left_out_lines", tun_log_left_out());
}

static void engine_lines(struct lines *lines, const struct tun_house *house)
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
    number(lines, "staged_packets", view.staged);
    number(lines, "engine_memory_bytes", house->size);
}

static void lane_lines(struct lines *lines, unsigned lane, const struct wrn_counters *counters)
{
    number(lines, "lane", lane);
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

bool tun_status_write(const struct tun_status *status, struct tun_text *out)
{
    struct lines lines = {.text = out, .good = true};
    struct wrn_counters counters;
    device_lines(&lines, status);
    engine_lines(&lines, status->house);
    wrn_counters(status->house->engine, &counters);
    lane_lines(&lines, 0, &counters);
    return lines.good;
}
