#include <string.h>

#include "headers.h"
#include "offload.h"

#define TCP_ACK 0x10u
#define TCP_PSH 0x08u

struct shape {
    uint32_t ip, header, payload;
    bool     udp;
};

/* Only the plainest of packets are joined: no IP options, no fragments, of TCP nothing but data with ACK; the checksum right. */
static bool plain(const uint8_t *packet, uint32_t length, bool udp_too, struct shape *shape)
{
    uint32_t protocol;
    if (length < 28)
        return false;
    if (packet[0] == 0x45) {
        if (tun_load16(packet + 2) != length || tun_load16(packet + 6) & 0xbfff || tun_fold(tun_sum(0, packet, 20)) != 0xffff)
            return false;
        shape->ip = 20;
        protocol = packet[9];
    } else if (packet[0] >> 4 == 6) {
        if (length < 48 || tun_load16(packet + 4) + 40 != length)
            return false;
        shape->ip = 40;
        protocol = packet[6];
    } else {
        return false;
    }
    const uint8_t *transport = packet + shape->ip;
    shape->udp = protocol == IP_UDP;
    if (shape->udp) {
        if (!udp_too || tun_load16(transport + 4) != length - shape->ip || tun_load16(transport + 6) == 0)
            return false;
        shape->header = shape->ip + 8;
    } else {
        if (protocol != IP_TCP || length < shape->ip + 20 || (transport[13] & ~TCP_PSH) != TCP_ACK || transport[12] & 15)
            return false;
        shape->header = shape->ip + (transport[12] >> 4) * 4u;
        if (shape->header < shape->ip + 20)
            return false;
    }
    if (shape->header >= length)
        return false;
    shape->payload = length - shape->header;
    return tun_fold(tun_sum(tun_sum_pseudo(packet, protocol, length - shape->ip), transport, length - shape->ip)) == 0xffff;
}

void tun_join_begin(struct tun_join *join, uint8_t *packet, uint32_t length, bool udp_too)
{
    struct shape shape = {0};
    bool good = plain(packet, length, udp_too, &shape);
    *join = (struct tun_join){.first = packet, .count = 1, .closed = !good};
    if (!good)
        return;
    join->ip = shape.ip;
    join->header = shape.header;
    join->segment = join->payload = shape.payload;
    join->udp = shape.udp;
    if (!shape.udp) {
        join->next_sequence = tun_load32(packet + shape.ip + 4) + shape.payload;
        join->closed = packet[shape.ip + 13] & TCP_PSH;
    }
}

/* Everything, an urgent pointer without URG too, but lengths, checksums, sequence number, PSH and, where the packet must not be
 * cut, the identification. */
static bool same_flow(const struct tun_join *join, const uint8_t *packet)
{
    const uint8_t *first = join->first, *a = first + join->ip, *b = packet + join->ip;
    if (packet[0] != first[0] || packet[1] != first[1])
        return false;
    if (first[0] >> 4 == 4) {
        bool whole = first[6] & 0x40, follows = tun_load16(packet + 4) == ((tun_load16(first + 4) + join->count) & 0xffff);
        if ((!whole && !follows) || memcmp(first + 6, packet + 6, 4) != 0 || memcmp(first + 12, packet + 12, 8) != 0)
            return false;
    } else if (memcmp(first, packet, 4) != 0 || memcmp(first + 6, packet + 6, 34) != 0) {
        return false;
    }
    if (memcmp(a, b, 4) != 0)
        return false;
    if (join->udp)
        return true;
    return memcmp(a + 8, b + 8, 5) == 0 && memcmp(a + 14, b + 14, 2) == 0 && tun_load32(b + 4) == join->next_sequence &&
           memcmp(a + 18, b + 18, join->header - join->ip - 18) == 0;
}

bool tun_join_add(struct tun_join *join, const uint8_t *packet, uint32_t length, uint32_t *skip)
{
    struct shape shape = {0};
    if (join->closed || join->count == TUN_JOIN_MOST || length < join->header || packet[0] != join->first[0])
        return false;
    if (!plain(packet, length, join->udp, &shape) || shape.udp != join->udp || shape.header != join->header ||
        shape.payload > join->segment || join->header + join->payload + shape.payload > TUN_LARGE_BYTES ||
        !same_flow(join, packet))
        return false;
    join->count++;
    join->payload += shape.payload;
    join->next_sequence += shape.payload;
    join->closed = shape.payload < join->segment;
    if (!join->udp && packet[join->ip + 13] & TCP_PSH) {
        join->first[join->ip + 13] |= TCP_PSH;
        join->closed = true;
    }
    *skip = join->header;
    return true;
}

static void native16(uint8_t *at, uint32_t value)
{
    uint16_t narrow = (uint16_t)value;
    memcpy(at, &narrow, sizeof narrow);
}

void tun_join_end(struct tun_join *join, uint8_t head[TUN_HEAD_BYTES])
{
    memset(head, 0, TUN_HEAD_BYTES);
    if (join->count < 2)
        return;
    uint8_t *packet = join->first, *transport = packet + join->ip;
    uint32_t length = join->header + join->payload, offset = join->udp ? 6 : 16;
    tun_fix_ip(packet, join->ip, length);
    if (join->udp)
        tun_store16(transport + 4, length - join->ip);
    tun_store16(transport + offset, tun_fold(tun_sum_pseudo(packet, join->udp ? IP_UDP : IP_TCP, length - join->ip)));
    head[HEAD_FLAGS] = HEAD_NEEDS_CHECKSUM;
    head[HEAD_TYPE] = join->udp ? HEAD_UDP : packet[0] >> 4 == 4 ? HEAD_TCP4 : HEAD_TCP6;
    native16(head + HEAD_HEADER, join->header);
    native16(head + HEAD_SEGMENT, join->segment);
    native16(head + HEAD_START, join->ip);
    native16(head + HEAD_OFFSET, offset);
}
