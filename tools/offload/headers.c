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

/* The sum does not mind the byte order as long as it is folded in the same one (RFC 1071, 2B): words of the machine's own order are
 * added, eight bytes at a time, and the result is turned. */
uint64_t tun_sum(uint64_t sum, const uint8_t *bytes, size_t length)
{
    uint64_t low = 0, high = 0;
    uint32_t words[2];
    for (; length >= sizeof words; bytes += sizeof words, length -= sizeof words) {
        memcpy(words, bytes, sizeof words);
        low += words[0];
        high += words[1];
    }
    uint8_t rest[8] = {0};
    if (length)
        memcpy(rest, bytes, length);
    memcpy(words, rest, sizeof words);
    low += words[0];
    high += words[1];
    uint16_t folded = (uint16_t)tun_fold((low & 0xffffffff) + (low >> 32) + (high & 0xffffffff) + (high >> 32));
    uint8_t order[2];
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
