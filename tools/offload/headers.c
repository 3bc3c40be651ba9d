#include "headers.h"

#include <string.h>

uint32_t tun_load16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

uint32_t tun_load32(const uint8_t *at)
{
    return tun_load16(at) << 16 | tun_load16(at + 2);
}

void tun_store16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void tun_store32(uint8_t *at, uint32_t value)
{
    tun_store16(at, value >> 16);
    tun_store16(at + 2, value);
}

uint32_t tun_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

/* With the carry put back where it came from: modulo 2^64 - 1, which 2^16 - 1 divides. */
static uint64_t add(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

static uint64_t word(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* The sum does not mind the byte order as long as it is folded in the same one (RFC 1071, 2B): words of the machine's own order are
 * added, eight bytes at a time and four of them side by side, and the result is turned. */
uint64_t tun_sum(uint64_t sum, const uint8_t *bytes, size_t length)
{
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (; length >= 32; bytes += 32, length -= 32) {
        a = add(a, word(bytes));
        b = add(b, word(bytes + 8));
        c = add(c, word(bytes + 16));
        d = add(d, word(bytes + 24));
    }
    for (; length >= 8; bytes += 8, length -= 8)
        a = add(a, word(bytes));
    uint8_t rest[8] = {0}, order[2];
    if (length)
        memcpy(rest, bytes, length);
    uint16_t folded = (uint16_t)tun_fold(add(add(a, b), add(add(c, d), word(rest))));
    memcpy(order, &folded, 2);
    return sum + tun_load16(order);
}

uint64_t tun_sum_pseudo(const uint8_t *packet, uint32_t protocol, uint32_t length)
{
    uint64_t sum = packet[0] >> 4 == 4 ? tun_sum(0, packet + 12, 8) : tun_sum(0, packet + 8, 32);
    return sum + protocol + (length >> 16) + (length & 0xffff);
}

void tun_fix_ip(uint8_t *packet, uint32_t header, uint32_t length)
{
    if (packet[0] >> 4 == 6) {
        tun_store16(packet + 4, length - 40);
        return;
    }
    tun_store16(packet + 2, length);
    tun_store16(packet + 10, 0);
    tun_store16(packet + 10, ~tun_fold(tun_sum(0, packet, header)));
}
