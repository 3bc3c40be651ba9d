#include "unwrap.h"

#include <string.h>

#define PROTOCOL_UDP 17u

struct part {
    const uint8_t *at;
    size_t         length;
};

static unsigned be16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

static bool skip(struct part *part, size_t bytes)
{
    if (part->length < bytes)
        return false;
    part->at += bytes;
    part->length -= bytes;
    return true;
}

static bool is_ip(unsigned ethertype) { return ethertype == 0x0800 || ethertype == 0x86dd; }

/* Past VLAN tags (802.1Q, 802.1ad, and the older 0x9100), any number that fits. */
static bool past_tags(struct part *part, unsigned ethertype)
{
    while (ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100) {
        if (part->length < 4)
            return false;
        ethertype = be16(part->at + 2);
        skip(part, 4);
    }
    return is_ip(ethertype);
}

/* The IP packet of a frame. */
static bool past_link(int link, struct part *part)
{
    unsigned type;

    switch (link) {
    case UNWRAP_ETHERNET:
        type = part->length >= 14 ? be16(part->at + 12) : 0;
        return skip(part, 14) && past_tags(part, type);
    case UNWRAP_COOKED:
        type = part->length >= 16 ? be16(part->at + 14) : 0;
        return skip(part, 16) && past_tags(part, type);
    case UNWRAP_COOKED2:
        type = part->length >= 20 ? be16(part->at) : 0;
        return skip(part, 20) && past_tags(part, type);
    case UNWRAP_NULL:
    case UNWRAP_LOOP:
        return skip(part, 4); /* the version says what the family says */
    default:
        return true;
    }
}

static enum unwrap_found udp(struct part *part, struct unwrapped *out)
{
    if (part->length < 8)
        return UNWRAP_SHORT;
    size_t length = be16(part->at + 4);
    if (length < 8)
        return UNWRAP_NO_UDP;
    out->source.port = (uint16_t)be16(part->at);
    out->destination.port = (uint16_t)be16(part->at + 2);
    if (length > part->length)
        return UNWRAP_SHORT;
    out->data = part->at + 8;
    out->length = (uint32_t)(length - 8);
    return UNWRAP_DATAGRAM;
}

static enum unwrap_found ipv4(struct part *part, struct unwrapped *out)
{
    const uint8_t *header = part->at;
    if (part->length < 20)
        return UNWRAP_SHORT;
    size_t own = 4u * (header[0] & 15u), total = be16(header + 2);
    if (own < 20 || (total && total < own))
        return UNWRAP_NO_IP;
    if (be16(header + 6) & 0x3fff)
        return UNWRAP_FRAGMENT;
    if (header[9] != PROTOCOL_UDP)
        return UNWRAP_NO_UDP;
    if (total && total < part->length)
        part->length = total; /* what follows is the link's padding */
    memcpy(out->source.address, header + 12, 4);
    memcpy(out->destination.address, header + 16, 4);
    out->source.family = out->destination.family = 4;
    out->tos = header[1];
    return skip(part, own) ? udp(part, out) : UNWRAP_SHORT;
}

/* Past extension headers that may stand before UDP. */
static enum unwrap_found ipv6(struct part *part, struct unwrapped *out)
{
    const uint8_t *header = part->at;
    if (part->length < 40)
        return UNWRAP_SHORT;
    size_t   total = be16(header + 4);
    unsigned next = header[6];
    memcpy(out->source.address, header + 8, 16);
    memcpy(out->destination.address, header + 24, 16);
    out->source.family = out->destination.family = 6;
    out->tos = (uint8_t)((header[0] & 15u) << 4 | header[1] >> 4);
    skip(part, 40);
    if (total && total < part->length)
        part->length = total;
    while (next == 0 || next == 43 || next == 60) {
        if (part->length < 8)
            return UNWRAP_SHORT;
        next = part->at[0];
        if (!skip(part, 8 * (part->at[1] + (size_t)1)))
            return UNWRAP_SHORT;
    }
    if (next == 44)
        return UNWRAP_FRAGMENT;
    return next == PROTOCOL_UDP ? udp(part, out) : UNWRAP_NO_UDP;
}

bool unwrap_knows(int link)
{
    switch (link) {
    case UNWRAP_NULL:
    case UNWRAP_ETHERNET:
    case UNWRAP_RAW_BSD:
    case UNWRAP_RAW:
    case UNWRAP_LOOP:
    case UNWRAP_COOKED:
    case UNWRAP_IPV4:
    case UNWRAP_IPV6:
    case UNWRAP_COOKED2:
        return true;
    default:
        return false;
    }
}

enum unwrap_found unwrap(int link, const uint8_t *frame, size_t length, struct unwrapped *out)
{
    struct part part = {frame, length};

    *out = (struct unwrapped){0};
    if (!past_link(link, &part) || part.length == 0)
        return UNWRAP_NO_IP;
    if (part.at[0] >> 4 == 4)
        return ipv4(&part, out);
    return part.at[0] >> 4 == 6 ? ipv6(&part, out) : UNWRAP_NO_IP;
}
