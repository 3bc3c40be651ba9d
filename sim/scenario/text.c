/* From text to numbers: integers and 128-bit-free fixed point, so that every machine reads the same values. */

#include "text.h"

#include <string.h>

struct unit {
    const char *name;
    uint64_t    value;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* a * b + c, or false when it does not fit. */
static bool grow(uint64_t *a, uint64_t b, uint64_t c)
{
    if (b && *a > (UINT64_MAX - c) / b)
        return false;
    *a = *a * b + c;
    return true;
}

bool scn_decimal(const char *text, const char **end, uint64_t unit, uint64_t *value)
{
    uint64_t whole = 0, part = 0, scale = 1;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++)
        if (!grow(&whole, 10, (uint64_t)(*text - '0')))
            return false;
    if (*text == '.') {
        text++;
        if (!is_digit(*text))
            return false;
        for (; is_digit(*text); text++) {
            if (!grow(&scale, 10, 0) || scale > UINT64_C(1000000000000))
                return false;
            part = part * 10 + (uint64_t)(*text - '0');
        }
    }
    if (part && !grow(&part, unit, 0))
        return false;
    if (part % scale != 0 || !grow(&whole, unit, part / scale))
        return false;
    *end = text;
    *value = whole;
    return true;
}

/* The end of a number, so that its unit can be known before it is computed. */
static const char *behind_number(const char *text)
{
    while (is_digit(*text) || *text == '.')
        text++;
    return text;
}

static const struct unit *find_unit(const char *text, size_t length, const struct unit *units)
{
    for (; units->name; units++)
        if (strlen(units->name) == length && memcmp(units->name, text, length) == 0)
            return units;
    return NULL;
}

/* One number with one unit and nothing behind it. */
static bool quantity(const char *text, const struct unit *units, uint64_t *value)
{
    const char *tail = behind_number(text);
    const struct unit *unit = find_unit(tail, strlen(tail), units);
    const char *end;
    return unit && scn_decimal(text, &end, unit->value, value) && end == tail;
}

bool scn_whole(const char *text, uint64_t *value)
{
    const char *end;
    uint64_t read;
    if (strchr(text, '.') || !scn_decimal(text, &end, 1, &read) || *end)
        return false;
    *value = read;
    return true;
}

bool scn_duration(const char *text, wrn_time *value)
{
    static const struct unit units[] = {{"h", 3600 * WRN_SECOND},
                                        {"m", 60 * WRN_SECOND},
                                        {"s", WRN_SECOND},
                                        {"ms", WRN_MILLISECOND},
                                        {"us", 1000},
                                        {"ns", 1},
                                        {0}};
    const struct unit *before = NULL;
    uint64_t sum = 0;
    do {
        const char *tail = behind_number(text), *end = tail;
        while (*end >= 'a' && *end <= 'z')
            end++;
        const struct unit *unit = find_unit(tail, (size_t)(end - tail), units);
        uint64_t part;
        if (!unit || (before && unit <= before) || !scn_decimal(text, &tail, unit->value, &part) || !grow(&sum, 1, part))
            return false;
        before = unit;
        text = end;
    } while (*text);
    if (sum > INT64_MAX)
        return false;
    *value = sum;
    return true;
}

bool scn_size(const char *text, uint64_t *value)
{
    static const struct unit units[] = {{"B", 1}, {"kB", 1000}, {"KiB", 1024}, {"MB", 1000000}, {"MiB", 1048576}, {0}};
    return quantity(text, units, value);
}

bool scn_bitrate(const char *text, uint64_t *value)
{
    static const struct unit units[] = {{"bps", 1}, {"kbps", 1000}, {"mbps", 1000000}, {"gbps", 1000000000}, {0}};
    return quantity(text, units, value);
}

bool scn_packet_rate(const char *text, uint64_t *value)
{
    static const struct unit units[] = {{"pps", 1}, {"/s", 1}, {"kpps", 1000}, {"mpps", 1000000}, {0}};
    return quantity(text, units, value);
}

bool scn_ppm(const char *text, int32_t *value)
{
    static const struct unit units[] = {{"ppm", 1000}, {"ppb", 1}, {0}};
    bool negative = *text == '-';
    uint64_t read;
    if (!quantity(text + (negative || *text == '+'), units, &read) || read > 100000000)
        return false;
    *value = negative ? -(int32_t)read : (int32_t)read;
    return true;
}

bool scn_probability(const char *text, uint64_t *value)
{
    const uint64_t one = UINT64_C(1) << 32;
    if (strcmp(text, "none") == 0) {
        *value = 0;
        return true;
    }
    const char *end;
    uint64_t above, below;
    if (strchr(text, '/')) {
        if (!scn_decimal(text, &end, 1, &above) || *end != '/' || !scn_whole(end + 1, &below))
            return false;
    } else {
        /* millionths of a percent: enough for what a human writes */
        below = 100 * UINT64_C(1000000);
        if (!scn_decimal(text, &end, 1000000, &above) || strcmp(end, "%") != 0)
            return false;
    }
    if (below == 0 || above > below || below > UINT32_MAX)
        return false;
    *value = (above * one + below / 2) / below;
    return true;
}

bool scn_bool(const char *text, bool *value)
{
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return false;
    *value = yes;
    return true;
}

bool scn_name(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++) {
        char c = text[length];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (length == 0 || !(is_digit(c) || c == '-' || c == '_')))
            return false;
    }
    return length >= 1 && length <= 31;
}

static int sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool scn_key(const char *text, uint8_t value[32])
{
    uint8_t key[33];
    if (strlen(text) != 44 || text[43] != '=')
        return false;
    for (unsigned i = 0; i < 11; i++) {
        uint32_t bits = 0;
        for (unsigned j = 0; j < 4; j++) {
            int six = i == 10 && j == 3 ? 0 : sextet(text[4 * i + j]);
            if (six < 0)
                return false;
            bits = bits << 6 | (uint32_t)six;
        }
        for (unsigned j = 0; j < 3; j++)
            key[3 * i + j] = (uint8_t)(bits >> (16 - 8 * j));
    }
    if (key[32] != 0)
        return false;
    memcpy(value, key, 32);
    return true;
}

int scn_call(const char *text, char buffer[SCN_CALL_BYTES], const char **name, const char *arguments[], int max)
{
    size_t length = strlen(text);
    if (length >= SCN_CALL_BYTES)
        return -1;
    memcpy(buffer, text, length + 1);
    *name = buffer;
    char *open = strchr(buffer, '(');
    if (!open)
        return strchr(buffer, ')') || strchr(buffer, ' ') ? -1 : 0;
    if (open == buffer || buffer[length - 1] != ')')
        return -1;
    *open = '\0';
    buffer[length - 1] = '\0';
    int count = 0;
    for (char *at = open + 1;;) {
        while (*at == ' ')
            *at++ = '\0';
        if (!*at)
            return count;
        if (count == max || *at == '(' || *at == ')' || *at == ',')
            return -1;
        arguments[count++] = at;
        while (*at && *at != ' ')
            if (*at == '(' || *at == ')' || *at++ == ',')
                return -1;
    }
}

/* Edit distance with transposition (optimal string alignment), for short names. */
static unsigned distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t m = strlen(a), n = strlen(b);
    unsigned rows[3][MOST + 1];
    if (m > MOST || n > MOST)
        return UINT32_MAX;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (unsigned)j;
    unsigned *before = rows[2], *last = rows[0], *now = rows[1];
    for (size_t i = 1; i <= m; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        unsigned *free = before;
        before = last;
        last = now;
        now = free;
    }
    return last[n];
}

const char *scn_guess(const char *text, const char *const *names)
{
    const char *best = NULL;
    unsigned least = strlen(text) <= 3 ? 2 : 3;
    for (; *names; names++) {
        unsigned d = distance(text, *names);
        if (d < least && d < strlen(text)) {
            least = d;
            best = *names;
        }
    }
    return best;
}
