/* Addresses: dotted IPv4 without surprises (no octal, no short forms) and RFC 4291 text of IPv6. */

#include "text.h"

#include <string.h>

static bool read_number(const char **at, unsigned base, uint32_t most, unsigned digits, uint32_t *value)
{
    uint32_t sum = 0;
    unsigned count = 0;
    for (;; (*at)++, count++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 99;
        if (digit >= base)
            break;
        sum = sum * base + digit;
        if (count >= digits || sum > most || (base == 10 && count > 0 && sum < 10))
            return false;
    }
    *value = sum;
    return count > 0;
}

static bool read_ip4(const char **at, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t byte;
        if ((i && *(*at)++ != '.') || !read_number(at, 10, 255, 3, &byte))
            return false;
        out[i] = (uint8_t)byte;
    }
    return true;
}

/* Groups up to the end of the address. Returns false on nonsense; *count groups were read, the gap stands before *gap. */
static bool read_groups(const char **at, uint16_t groups[8], unsigned *count, unsigned *gap)
{
    *count = 0;
    *gap = 8;
    if ((*at)[0] == ':' && (*at)[1] == ':') {
        *gap = 0;
        *at += 2;
    }
    for (;;) {
        uint32_t group;
        const char *start = *at;
        if (*count == 8 || !read_number(at, 16, 0xffff, 4, &group))
            return *at == start && *gap == *count; /* only right behind "::" */
        if (**at == '.') {
            uint8_t ip4[4];
            *at = start;
            if (*count > 6 || !read_ip4(at, ip4))
                return false;
            groups[(*count)++] = (uint16_t)(ip4[0] << 8 | ip4[1]);
            groups[(*count)++] = (uint16_t)(ip4[2] << 8 | ip4[3]);
            return true;
        }
        groups[(*count)++] = (uint16_t)group;
        if (**at != ':')
            return true;
        (*at)++;
        if (**at == ':') {
            if (*gap != 8)
                return false;
            *gap = *count;
            (*at)++;
        } else if (*count == 8) {
            return false;
        }
    }
}

static bool read_ip6(const char **at, uint8_t out[16])
{
    uint16_t groups[8];
    unsigned count, gap;
    if (!read_groups(at, groups, &count, &gap) || (gap == 8 ? count != 8 : count > 7))
        return false;
    memset(out, 0, 16);
    for (unsigned i = 0; i < count; i++) {
        unsigned place = i < gap ? i : 8 - count + i;
        out[2 * place] = (uint8_t)(groups[i] >> 8);
        out[2 * place + 1] = (uint8_t)groups[i];
    }
    return true;
}

bool scn_address(const char *text, struct wrn_endpoint *value)
{
    struct wrn_endpoint read = {0};
    uint32_t port;
    if (*text == '[') {
        text++;
        read.family = 6;
        if (!read_ip6(&text, read.address) || *text++ != ']')
            return false;
    } else {
        read.family = 4;
        if (!read_ip4(&text, read.address))
            return false;
    }
    if (*text++ != ':' || !read_number(&text, 10, 65535, 5, &port) || *text || port == 0)
        return false;
    read.port = (uint16_t)port;
    *value = read;
    return true;
}

bool scn_prefix(const char *text, struct wrn_prefix *value)
{
    struct wrn_prefix read = {0};
    bool six = strchr(text, ':') != NULL;
    uint32_t length = six ? 128 : 32;
    if (six ? !read_ip6(&text, read.address) : !read_ip4(&text, read.address))
        return false;
    if (*text == '/') {
        text++;
        if (!read_number(&text, 10, length, 3, &length))
            return false;
    }
    if (*text)
        return false;
    read.family = six ? 6 : 4;
    read.length = (uint8_t)length;
    for (unsigned bit = length; bit < 128; bit++)
        read.address[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
    *value = read;
    return true;
}
