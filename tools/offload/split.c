#include <string.h>

#include "headers.h"
#include "offload.h"

#define TCP_FIN_PSH 0x09u
#define TCP_CWR 0x80u

static uint16_t native16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* All but lengths, identification, sequence number, flags and checksums is the same in every piece, and summed once. What was just
 * written is slow to read as longer words. */
static void sum_headers(struct tun_split *split, bool tcp)
{
    const uint8_t *packet = split->packet, *transport = packet + split->ip;
    if (packet[0] >> 4 == 4)
        split->ip_sum = tun_sum(tun_load16(packet), packet + 6, 4) + tun_sum(0, packet + 12, split->ip - 12);
    split->transport_sum = tun_sum(tun_sum_pseudo(packet, tcp ? IP_TCP : IP_UDP, 0), transport, 4);
    if (tcp)
        split->transport_sum += tun_sum(tun_load16(transport + 14), transport + 8, 4) +
                                tun_sum(0, transport + 18, split->header - split->ip - 18);
}

/* Where the transport begins must be where the checksum begins; in IPv6 extension headers may lie before. */
static bool begin_large(struct tun_split *split)
{
    const uint8_t *packet = split->packet;
    uint32_t version = packet[0] >> 4, start = split->checksum_start;
    bool tcp = split->kind != HEAD_UDP;
    if ((split->kind == HEAD_TCP4 && version != 4) || (split->kind == HEAD_TCP6 && version != 6) || split->segment == 0)
        return false;
    if (version == 4 ? start != (packet[0] & 15u) * 4 || start < 20 : version != 6 || start < 40)
        return false;
    if (split->checksum_offset != (tcp ? 16 : 6) || split->length < start + (tcp ? 20u : 8u))
        return false;
    uint32_t transport = tcp ? (packet[start + 12] >> 4) * 4u : 8;
    split->ip = start;
    split->header = start + transport;
    split->longest = split->header + split->segment;
    if (transport < (tcp ? 20u : 8u) || split->header >= split->length || split->longest > TUN_LARGE_BYTES)
        return false;
    sum_headers(split, tcp);
    return true;
}

bool tun_split_begin(struct tun_split *split, const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length)
{
    *split = (struct tun_split){.packet = packet, .length = length, .kind = head[HEAD_TYPE], .longest = length};
    if (length == 0 || length > TUN_LARGE_BYTES)
        return false;
    bool needs = head[HEAD_FLAGS] & HEAD_NEEDS_CHECKSUM;
    split->checksum_start = native16(head + HEAD_START);
    split->checksum_offset = native16(head + HEAD_OFFSET);
    split->segment = native16(head + HEAD_SEGMENT);
    if (needs && (uint32_t)split->checksum_start + split->checksum_offset + 2 > length)
        return false;
    if (split->kind == HEAD_NONE) {
        split->number = needs ? 0 : 1; /* 1: nothing to compute */
        return true;
    }
    return needs && (split->kind == HEAD_TCP4 || split->kind == HEAD_TCP6 || split->kind == HEAD_UDP) && begin_large(split);
}

/* The kernel left the pseudo header's sum in the field. */
static uint32_t copy_whole(struct tun_split *split, uint8_t *out)
{
    memcpy(out, split->packet, split->length);
    split->at = split->length;
    if (split->number == 0) {
        uint32_t start = split->checksum_start;
        uint32_t sum = 0xffff & ~tun_fold(tun_sum(0, out + start, split->length - start));
        tun_store16(out + start + split->checksum_offset, sum ? sum : 0xffff);
    }
    return split->length;
}

static void put_ip(const struct tun_split *split, uint8_t *out, uint32_t length)
{
    if (out[0] >> 4 == 6) {
        tun_store16(out + 4, length - 40);
        return;
    }
    uint32_t identification = (tun_load16(split->packet + 4) + split->number) & 0xffff;
    tun_store16(out + 2, length);
    tun_store16(out + 4, identification);
    tun_store16(out + 10, ~tun_fold(split->ip_sum + length + identification));
}

uint32_t tun_split_next(struct tun_split *split, uint8_t *out)
{
    if (split->kind == HEAD_NONE)
        return split->at ? 0 : copy_whole(split, out);
    uint32_t done = split->number * split->segment, left = split->length - split->header;
    if (done >= left)
        return 0;
    uint32_t payload = left - done < split->segment ? left - done : split->segment, length = split->header + payload;
    bool last = done + payload == left, tcp = split->kind != HEAD_UDP;
    const uint8_t *bytes = split->packet + split->header + done, *first = split->packet + split->ip;
    memcpy(out, split->packet, split->header);
    memcpy(out + split->header, bytes, payload);
    put_ip(split, out, length);
    uint8_t *transport = out + split->ip;
    uint64_t sum = tun_sum(split->transport_sum + length - split->ip, bytes, payload);
    if (tcp) {
        uint32_t sequence = tun_load32(first + 4) + done;
        uint8_t flags = (uint8_t)(first[13] & ~((last ? 0 : TCP_FIN_PSH) | (split->number ? TCP_CWR : 0)));
        tun_store32(transport + 4, sequence);
        transport[13] = flags;
        sum += (uint64_t)(sequence >> 16) + (sequence & 0xffff) + ((uint32_t)first[12] << 8 | flags);
    } else {
        tun_store16(transport + 4, length - split->ip);
        sum += length - split->ip;
    }
    uint32_t checksum = 0xffff & ~tun_fold(sum);
    tun_store16(transport + split->checksum_offset, checksum || tcp ? checksum : 0xffff);
    split->number++;
    return length;
}
