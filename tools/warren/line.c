#include "line.h"

#include <arpa/inet.h>
#include <string.h>

static void put(struct line *line, const char *text, size_t length)
{
    size_t room = LINE_BYTES - 1 - line->used;
    length = length < room ? length : room;
    memcpy(line->text + line->used, text, length);
    line->used += length;
}

void line_put(struct line *line, const char *text) { put(line, text, strlen(text)); }

void line_number(struct line *line, uint64_t number, unsigned width, char fill)
{
    char   digits[32];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (sizeof digits - at < width && at > 0)
        digits[--at] = fill;
    put(line, digits + at, sizeof digits - at);
}

void line_hex(struct line *line, uint32_t number)
{
    char digits[8];
    for (unsigned i = 0; i < 8; i++)
        digits[i] = "0123456789abcdef"[number >> (28 - 4 * i) & 15];
    put(line, digits, sizeof digits);
}

void line_address(struct line *line, const uint8_t *address, bool six)
{
    char text[INET6_ADDRSTRLEN] = "?";

    for (unsigned i = 0; i < 4 && !six; i++) {
        put(line, ".", i > 0);
        line_number(line, address[i], 1, '0');
    }
    if (six)
        (void)inet_ntop(AF_INET6, address, text, sizeof text);
    put(line, text, six ? strlen(text) : 0);
}

void line_endpoint(struct line *line, const struct wrn_endpoint *endpoint)
{
    bool six = endpoint->family == 6;

    put(line, "[", six);
    line_address(line, endpoint->address, six);
    line_put(line, six ? "]:" : ":");
    line_number(line, endpoint->port, 1, '0');
}

const char *line_text(struct line *line)
{
    line->text[line->used] = 0;
    return line->text;
}
