#include "datagram.h"

#include <string.h>

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t sum(const uint8_t *bytes, size_t length, uint32_t start)
{
    for (size_t i = 0; i < length; i++)
        start += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return start;
}

static uint16_t fold(uint32_t value)
{
    while (value >> 16)
        value = (value & 0xffff) + (value >> 16);
    return (uint16_t)~value;
}

static size_t header4(uint8_t *ip, const struct wrn_endpoint *source, const struct wrn_endpoint *destination, uint8_t tos, size_t udp)
{
    ip[0] = 0x45;
    ip[1] = tos;
    put16(ip + 2, 20 + udp);
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, source->address, 4);
    memcpy(ip + 16, destination->address, 4);
    put16(ip + 10, fold(sum(ip, 20, 0)));
    return 20;
}

static size_t header6(uint8_t *ip, const struct wrn_endpoint *source, const struct wrn_endpoint *destination, uint8_t tos, size_t udp)
{
    ip[0] = (uint8_t)(0x60 | tos >> 4);
    ip[1] = (uint8_t)(tos << 4);
    put16(ip + 4, udp);
    ip[6] = 17;
    ip[7] = 64;
    memcpy(ip + 8, source->address, 16);
    memcpy(ip + 24, destination->address, 16);
    return 40;
}

size_t datagram_wrap(uint8_t *out, size_t size, const struct wrn_endpoint *source, const struct wrn_endpoint *destination,
                     uint8_t tos, const uint8_t *data, size_t length)
{
    bool   v4 = source->family == 4;
    size_t udp = 8 + length, ip_bytes = v4 ? 20 : 40, address_bytes = v4 ? 4 : 16;

    if (source->family != destination->family || length > 65507 || ip_bytes + udp > size)
        return 0;
    memset(out, 0, ip_bytes + 8);
    if (v4)
        header4(out, source, destination, tos, udp);
    else
        header6(out, source, destination, tos, udp);
    uint8_t *header = out + ip_bytes;
    put16(header, source->port);
    put16(header + 2, destination->port);
    put16(header + 4, udp);
    memcpy(header + 8, data, length);
    uint32_t pseudo = sum(source->address, address_bytes, sum(destination->address, address_bytes, 17 + (uint32_t)udp));
    uint16_t check = fold(sum(header, udp, pseudo));
    put16(header + 6, check ? check : 0xffff);
    return ip_bytes + udp;
}
