/* Single values as scenarios write them. */

#include "write.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scn_put(struct scn_out *out, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    size_t needed = out->length + (length > 0 ? (size_t)length : 0) + 1;
    if (needed > out->room && !out->bad) {
        size_t room = 2 * needed + 1024;
        char *text = realloc(out->text, room);
        out->bad = !text;
        out->text = text ? text : out->text;
        out->room = text ? room : out->room;
    }
    if (!out->bad) {
        vsnprintf(out->text + out->length, out->room - out->length, format, again);
        out->length = needed - 1;
    }
    va_end(again);
}

void scn_put_key(struct scn_out *out, const char *key)
{
    scn_put(out, "%s%s: ", out->first ? "" : ", ", key);
    out->first = false;
}

void scn_put_time(struct scn_out *out, wrn_time time)
{
    char text[32];
    sim_scenario_time_text(time, text);
    scn_put(out, "%s", text);
}

static void put_size(struct scn_out *out, uint64_t size)
{
    scn_put(out, "%" PRIu64 "B", size);
}

static void put_any_draw(struct scn_out *out, const struct sim_draw *draw, void (*put)(struct scn_out *out, uint64_t value))
{
    static const char *const names[] = {[SIM_FIXED] = "", [SIM_UNIFORM] = "uniform", [SIM_NORMAL] = "normal",
                                        [SIM_EXPONENTIAL] = "exp", [SIM_PARETO] = "pareto"};
    if (draw->kind > SIM_PARETO) {
        out->unsaid = "a draw of this kind";
        return;
    }
    scn_put(out, "%s%s", names[draw->kind], draw->kind == SIM_FIXED ? "" : "(");
    put(out, draw->a);
    if (draw->kind == SIM_UNIFORM || draw->kind == SIM_NORMAL) {
        scn_put(out, " ");
        put(out, draw->b);
    }
    if (draw->kind == SIM_PARETO)
        scn_put(out, " %" PRIu64 ".%03" PRIu64, draw->b / 1000, draw->b % 1000);
    scn_put(out, draw->kind == SIM_FIXED ? "" : ")");
}

void scn_put_draw(struct scn_out *out, const struct sim_draw *draw)
{
    put_any_draw(out, draw, scn_put_time);
}

void scn_put_sizes(struct scn_out *out, const struct sim_draw *draw)
{
    put_any_draw(out, draw, put_size);
}

/* The shortest percentage that reads as this chance; else a fraction that does. */
void scn_put_chance(struct scn_out *out, uint32_t chance)
{
    const uint64_t one = UINT64_C(1) << 32;
    if (chance == 0 || chance == SIM_CERTAIN) {
        scn_put(out, chance ? "100%%" : "none");
        return;
    }
    unsigned decimals = 0;
    for (uint64_t parts = 100; parts <= 100000000; parts *= 10, decimals++) {
        uint64_t value = (chance * parts + one / 2) / one;
        if ((value * one + parts / 2) / parts != chance)
            continue;
        scn_put(out, "%" PRIu64, value / (parts / 100));
        if (decimals)
            scn_put(out, ".%0*" PRIu64, (int)decimals, value % (parts / 100));
        scn_put(out, "%%");
        return;
    }
    scn_put(out, "%" PRIu32 "/%" PRIu32, chance < UINT32_C(1) << 31 ? chance : chance - 1, UINT32_MAX);
}

void scn_put_address(struct scn_out *out, unsigned family, const uint8_t *address)
{
    if (family == 4) {
        scn_put(out, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
        return;
    }
    /* The longest run of zero groups, of two or more, is "::". */
    unsigned groups[8], start = 8, length = 1;
    for (unsigned i = 0; i < 8; i++)
        groups[i] = (unsigned)(address[2 * i] << 8 | address[2 * i + 1]);
    for (unsigned i = 0; i < 8; i++) {
        unsigned run = 0;
        while (i + run < 8 && groups[i + run] == 0)
            run++;
        if (run > length) {
            start = i;
            length = run;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (i == start) {
            scn_put(out, "::");
            i += length - 1;
            continue;
        }
        scn_put(out, "%s%x", i && i != start + length ? ":" : "", groups[i]);
    }
}

void scn_put_endpoint(struct scn_out *out, const struct wrn_endpoint *endpoint)
{
    bool six = endpoint->family == 6;
    scn_put(out, six ? "\"[" : ""); /* a bracket would begin a list */
    scn_put_address(out, endpoint->family, endpoint->address);
    scn_put(out, six ? "]:%u\"" : ":%u", endpoint->port);
}

void scn_put_prefixes(struct scn_out *out, const struct wrn_prefix *prefixes, uint32_t count)
{
    scn_put(out, count ? "" : "[");
    for (uint32_t i = 0; i < count; i++) {
        scn_put(out, "%s\"", i ? ", " : "[");
        scn_put_address(out, prefixes[i].family, prefixes[i].address);
        scn_put(out, "/%u\"", prefixes[i].length);
    }
    scn_put(out, "]");
}

void scn_put_key_bytes(struct scn_out *out, const uint8_t key[32])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < 33; i += 3) {
        uint32_t three = (uint32_t)key[i] << 16 | (uint32_t)key[i + 1] << 8 | (i + 2 < 32 ? key[i + 2] : 0);
        scn_put(out, "%c%c%c%c", letters[three >> 18], letters[three >> 12 & 63], letters[three >> 6 & 63],
                i + 2 < 32 ? letters[three & 63] : '=');
    }
}

void scn_put_text(struct scn_out *out, const char *text)
{
    scn_put(out, "\"");
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            scn_put(out, "\\x%02x", (unsigned char)*text);
        else
            scn_put(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    scn_put(out, "\"");
}

void scn_put_date(struct scn_out *out, uint64_t seconds)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t day = seconds / 86400, rest = seconds % 86400;
    unsigned year = 1970, month = 0;
    for (;; year++) {
        unsigned long_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365;
        if (day < long_year)
            break;
        day -= long_year;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    while (day >= days[month] + (unsigned)(month == 1 && leap)) {
        day -= days[month] + (unsigned)(month == 1 && leap);
        month++;
    }
    scn_put(out, "\"%04u-%02u-%02uT%02u:%02u:%02uZ\"", year, month + 1, (unsigned)day + 1, (unsigned)(rest / 3600),
            (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
}

void scn_put_types(struct scn_out *out, uint32_t types)
{
    static const char *const words[] = {"", "initiation", "response", "cookie", "data"};
    const char *space = "";
    if (types == SIM_TYPES_ALL || types == SIM_TYPES_HANDSHAKE) {
        scn_put(out, types == SIM_TYPES_ALL ? "all" : "handshake");
        return;
    }
    if (types == 0 || types & 1)
        out->unsaid = "these message types";
    for (unsigned i = 1; i < 5; i++)
        if (types & 1u << i) {
            scn_put(out, "%s%s", space, words[i]);
            space = " ";
        }
}
