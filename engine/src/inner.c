#include "inner.h"

#include "bytes.h"

enum { V4_HEADER = 20, V6_HEADER = 40, ICMP_HEADER = 8, V4_ERROR_MAX = 576, V6_ERROR_MAX = 1280, EXTENSIONS_MAX = 8 };
enum { NOT_ECT = 0, ECT_1 = 1, ECT_0 = 2, CE = 3 };
enum { HOP_BY_HOP = 0, ICMP = 1, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, ICMP6 = 58, DESTINATION_OPTIONS = 60 };

bool wrni_inner_read(const uint8_t *data, uint32_t length, bool check_length, struct wrni_inner *out, uint8_t *reason)
{
    struct wrni_inner inner;
    unsigned          version = length == 0 ? 0 : data[0] >> 4;

    if (version == 4 && length >= V4_HEADER) {
        inner = (struct wrni_inner){.source = data + 12, .destination = data + 16, .length = wrni_load_be16(data + 2),
                                    .family = 4, .tos = data[1]};
    } else if (version == 6 && length >= V6_HEADER) {
        inner = (struct wrni_inner){.source = data + 8, .destination = data + 24,
                                    .length = (uint32_t)V6_HEADER + wrni_load_be16(data + 4), /* 32 bits wide (G-82) */
                                    .family = 6, .tos = (uint8_t)((data[0] & 15) << 4 | data[1] >> 4)};
    } else {
        *reason = WRN_REASON_INNER_VERSION; /* too short counts as this too: section 24, P-103 */
        return false;
    }
    if (check_length && (inner.length < V4_HEADER || inner.length > length)) {
        *reason = WRN_REASON_INNER_LENGTH;
        return false;
    }
    *out = inner;
    return true;
}

uint8_t wrni_ecn_encapsulate(uint8_t inner_tos)
{
    unsigned ecn = inner_tos & 3u;

    return (uint8_t)(ecn == CE ? ECT_0 : ecn);
}

/* RFC 6040 figure 4, except that nothing is ever dropped: not-ECT stays not-ECT under an outer CE (P-95). */
static unsigned decapsulated(unsigned inner, unsigned outer)
{
    if (inner == NOT_ECT || inner == CE)
        return inner;
    if (outer == CE || outer == ECT_1)
        return outer;
    return inner;
}

/* A checksum from a sum of words. */
static uint16_t folded(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void wrni_ecn_decapsulate(uint8_t *packet, uint32_t length, uint8_t outer_tos)
{
    struct wrni_inner inner;
    uint8_t           reason;
    unsigned          ecn, now;

    if (!wrni_inner_read(packet, length, false, &inner, &reason))
        return;
    ecn = inner.tos & 3u;
    now = decapsulated(ecn, outer_tos & 3u);
    if (now == ecn)
        return;
    if (inner.family == 6) {
        packet[1] = (uint8_t)((packet[1] & 0xcf) | now << 4);
    } else {
        /* RFC 1624: HC' = ~(~HC + ~m + m'), where m differs by these two bits only. */
        uint32_t sum = (uint32_t)(uint16_t)~wrni_load_be16(packet + 10) + (uint16_t)~ecn + now;

        packet[1] = (uint8_t)((packet[1] & 0xfc) | now);
        wrni_store_be16(packet + 10, folded(sum));
    }
}

static uint32_t add_words(uint32_t sum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += wrni_load_be16(data + i);
    if (length % 2 != 0)
        sum += (uint32_t)data[length - 1] << 8;
    return sum;
}

/* One host, and one that may be answered: RFC 1812 4.3.2.7. */
static bool single_host4(const uint8_t address[4])
{
    return address[0] != 0 && address[0] != 127 && address[0] < 224;
}

static bool single_host6(const uint8_t address[16])
{
    return address[0] != 0xff && !wrni_is_zero(address, 16);
}

/* Bytes of the packet to quote, or 0 when `bound` has no room for the header and 8 more. */
static uint32_t quoted(uint32_t length, uint32_t header, size_t around, size_t bound)
{
    uint32_t least = length < header + 8 ? length : header + 8;

    if (bound < around + least)
        return 0;
    return bound - around < length ? (uint32_t)(bound - around) : length;
}

static size_t unreachable4(const uint8_t *packet, const struct wrni_inner *inner, uint32_t length, uint8_t *out, size_t size)
{
    uint32_t header = (packet[0] & 15u) * 4u, quote;
    uint8_t *icmp = out + V4_HEADER;

    if (header < V4_HEADER || header > length || (wrni_load_be16(packet + 6) & 0x1fff) != 0)
        return 0;
    if (!single_host4(inner->source) || !single_host4(inner->destination))
        return 0;
    if (packet[9] == ICMP) { /* only queries are answered: echo, timestamp, information, mask */
        unsigned type = length > header ? packet[header] : 255;

        if (type != 0 && type != 8 && (type < 13 || type > 18))
            return 0;
    }
    quote = quoted(length, header, V4_HEADER + ICMP_HEADER, size < V4_ERROR_MAX ? size : V4_ERROR_MAX);
    if (quote == 0)
        return 0;
    memset(out, 0, V4_HEADER + ICMP_HEADER);
    out[0] = 0x45;
    out[1] = 0xc0; /* internetwork control: RFC 1812 4.3.2.5 */
    wrni_store_be16(out + 2, (uint16_t)(V4_HEADER + ICMP_HEADER + quote));
    out[6] = 0x40; /* never fragmented, so its identification may be zero: RFC 6864 */
    out[8] = 64;
    out[9] = ICMP;
    memcpy(out + 12, inner->destination, 4);
    memcpy(out + 16, inner->source, 4);
    wrni_store_be16(out + 10, folded(add_words(0, out, V4_HEADER)));
    icmp[0] = 3;
    icmp[1] = 1;
    memcpy(icmp + ICMP_HEADER, packet, quote);
    wrni_store_be16(icmp + 2, folded(add_words(0, icmp, ICMP_HEADER + quote)));
    return V4_HEADER + ICMP_HEADER + quote;
}

static uint32_t extension_size(unsigned header, uint8_t field)
{
    if (header == FRAGMENT)
        return 8;
    return header == AUTHENTICATION ? (field + 2u) * 4u : (field + 1u) * 8u;
}

/* Walk the extension headers: false for a later fragment, an ICMPv6 error or redirect, and what cannot be told. */
static bool answerable6(const uint8_t *packet, uint32_t length)
{
    uint32_t at = V6_HEADER;
    unsigned here, next = packet[6];

    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        if (next == ICMP6)
            return at < length && packet[at] >= 128 && packet[at] != 137;
        if (next != HOP_BY_HOP && next != ROUTING && next != FRAGMENT && next != AUTHENTICATION && next != DESTINATION_OPTIONS)
            return true;
        if (at > length || length - at < 8)
            return false;
        if (next == FRAGMENT && (wrni_load_be16(packet + at + 2) & 0xfff8) != 0)
            return false;
        here = next;
        next = packet[at];
        at += extension_size(here, packet[at + 1]);
    }
    return false;
}

static size_t unreachable6(const uint8_t *packet, const struct wrni_inner *inner, uint32_t length, uint8_t *out, size_t size)
{
    uint8_t *icmp = out + V6_HEADER;
    uint32_t quote, sum;

    if (!single_host6(inner->source) || !single_host6(inner->destination) || !answerable6(packet, length))
        return 0;
    quote = quoted(length, V6_HEADER, V6_HEADER + ICMP_HEADER, size < V6_ERROR_MAX ? size : V6_ERROR_MAX);
    if (quote == 0)
        return 0;
    memset(out, 0, V6_HEADER + ICMP_HEADER);
    out[0] = 0x60;
    wrni_store_be16(out + 4, (uint16_t)(ICMP_HEADER + quote));
    out[6] = ICMP6;
    out[7] = 64;
    memcpy(out + 8, inner->destination, 16);
    memcpy(out + 24, inner->source, 16);
    icmp[0] = 1;
    icmp[1] = 3;
    memcpy(icmp + ICMP_HEADER, packet, quote);
    sum = add_words(ICMP_HEADER + quote + ICMP6, out + 8, 32); /* the pseudo-header: length, next header, addresses */
    wrni_store_be16(icmp + 2, folded(add_words(sum, icmp, ICMP_HEADER + quote)));
    return V6_HEADER + ICMP_HEADER + quote;
}

size_t wrni_icmp_unreachable(const uint8_t *packet, uint32_t length, uint8_t *out, size_t size)
{
    struct wrni_inner inner;
    uint8_t           reason;

    if (!wrni_inner_read(packet, length, true, &inner, &reason))
        return 0;
    /* Never quote what is behind the packet's own end. */
    if (inner.family == 4)
        return unreachable4(packet, &inner, inner.length, out, size);
    return unreachable6(packet, &inner, inner.length, out, size);
}
