/* Values, by the type of their row. */

#include "schema.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* What a type is called, and what a right value looks like. */
static const struct {
    const char *name, *right;
} types[SCN_TYPES] = {
    [SCN_T_TEXT] = {"text", "some text"},
    [SCN_T_NAME] = {"name", "a letter, then letters, digits, - or _, at most 31"},
    [SCN_T_BOOL] = {"boolean", "true or false"},
    [SCN_T_WHOLE] = {"number", "a whole number such as 20"},
    [SCN_T_DURATION] = {"duration", "a number with a unit (ns us ms s m h), such as 25s or 9m30s"},
    [SCN_T_SECONDS] = {"number of whole seconds", "none, or 1s to 65535s, such as 25s"},
    [SCN_T_SHIFT] = {"clock", "exact, none, or how far off it is, such as -5m"},
    [SCN_T_WALL] = {"wall clock", "how far it jumps, such as -5m or +1h, a quoted date such as \"1970-01-01T00:00:00Z\", or none"},
    [SCN_T_SIZE] = {"size", "a number with a unit (B kB KiB MB MiB), such as 200B"},
    [SCN_T_RATE] = {"rate", "a number with a unit (pps kpps mpps /s), such as 1000pps"},
    [SCN_T_CHANCE] = {"probability", "none, a percentage such as 0.4%, or a fraction such as 1/10000"},
    [SCN_T_SHARE] = {"share of seeds", "a percentage from 0% to 99.9999%, such as 95%"},
    [SCN_T_DRAW] = {"duration or draw",
                    "a duration such as 45ms, uniform(10ms 20ms), normal(45ms 12ms), exp(10s) or pareto(20ms 1.5)"},
    [SCN_T_SIZES] = {"size or draw",
                     "a size such as 200B or 4kB, uniform(100B 1400B), normal(1kB 200B), exp(4kB) or pareto(1kB 1.2)"},
    [SCN_T_LOSS] = {"loss", "none, 2%, 1/10000, 3 of 4, list(2 3 7), or gilbert(p=0.4% r=30% good=0% bad=60%)"},
    [SCN_T_BITRATE] = {"bit rate", "none, a number with a unit (bps kbps mbps gbps) such as 8mbps, trace(FILE) or list(5 10 15)"},
    [SCN_T_QUEUE] = {"queue",
                     "none, droptail(64kB), droptail(100 packets), codel(5ms 100ms) or fq_codel(5ms 100ms 500 packets ecn)"},
    [SCN_T_CORRUPT] = {"corruption", "none, 0.1% (single bits) or run(0.1% 64) (up to that many bits in a row)"},
    [SCN_T_SKEW] = {"skew", "20ppm, -20ppm or uniform(-50ppm 50ppm)"},
    [SCN_T_ADDRESS] = {"address", "an address and a port, such as 203.0.113.1:51820 or [2001:db8::1]:51820"},
    [SCN_T_KEY] = {"key", "true (derived from seed and names), none, or 44 characters of base64 as warren key prints"},
    [SCN_T_TYPES] = {"message types", "all, handshake, or some of initiation response cookie data"},
    [SCN_T_DATE] = {"date", "a quoted date and time such as \"2026-01-01T00:00:00Z\""},
    [SCN_T_CHOICE] = {"choice", ""},
    [SCN_T_ANY] = {"section", ""},
    [SCN_T_NOT_BUILT] = {"not built yet", ""},
};

const char *scn_type_name(enum scn_type type)
{
    return types[type].name;
}

const char *scn_type_right(enum scn_type type)
{
    return types[type].right;
}

/* The words of a string, cut apart in `buffer`; names ends with null. */
static void split_words(const char *words, char *buffer, size_t size, const char *names[], size_t most)
{
    size_t count = 0;
    snprintf(buffer, size, "%s", words);
    for (char *at = buffer; *at && count + 1 < most;) {
        names[count++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    names[count] = NULL;
}

static bool bad_value(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text)
{
    return scn_fail(reader, node, "%s: '%.100s' is no %s; %s", key->name, text, types[key->type].name, types[key->type].right);
}

static bool lacks_unit(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text)
{
    return scn_fail(reader, node, "%s: '%.100s' lacks a unit; one of ns us ms s m h, such as %.20ss", key->name, text, text);
}

static bool out_of_range(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text)
{
    char least[32], most[32];
    bool time = key->type == SCN_T_DURATION;
    snprintf(least, sizeof least, "%llu", (unsigned long long)key->least);
    snprintf(most, sizeof most, "%llu", (unsigned long long)key->most);
    if (time) {
        sim_scenario_time_text(key->least, least);
        sim_scenario_time_text(key->most, most);
    }
    return scn_fail(reader, node, "%s: %.100s is out of range; %s to %s", key->name, text, least, most);
}

static bool read_choice(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text,
                        uint32_t *value)
{
    char buffer[512], suggestion[512];
    const char *names[48];
    split_words(key->choices, buffer, sizeof buffer, names, 48);
    for (uint32_t i = 0; names[i]; i++) {
        bool unbuilt = names[i][0] == '!'; /* a word that will mean something */
        if (strcmp(names[i] + unbuilt, text) != 0)
            continue;
        if (unbuilt)
            return scn_fail(reader, node, "%s: '%s' is not built yet; leave it out", key->name, text);
        *value = i;
        return true;
    }
    size_t kept = 0;
    for (size_t i = 0; names[i]; i++)
        if (names[i][0] != '!')
            names[kept++] = names[i];
    names[kept] = NULL;
    scn_suggest(suggestion, sizeof suggestion, text, names);
    return scn_fail(reader, node, "%s: '%.100s' is unknown%s", key->name, text, suggestion);
}

static bool read_types(const char *text, uint32_t *mask)
{
    static const struct {
        const char *name;
        uint32_t    mask;
    } words[] = {{"initiation", 2},     {"response", 4}, {"cookie", 8}, {"data", 16}, {"handshake", SIM_TYPES_HANDSHAKE},
                 {"all", SIM_TYPES_ALL}};
    uint32_t sum = 0;
    while (*text) {
        size_t length = strcspn(text, " "), i = 0;
        while (i < 6 && (strlen(words[i].name) != length || memcmp(words[i].name, text, length) != 0))
            i++;
        if (i == 6)
            return false;
        sum |= words[i].mask;
        text += length + (text[length] == ' ');
    }
    *mask = sum;
    return sum != 0;
}

/* What a draw draws: times, or sizes. */
static bool read_part(const struct scn_key *key, const char *text, uint64_t *value)
{
    return key->type == SCN_T_SIZES ? scn_size(text, value) : scn_duration(text, value);
}

/* The least, and a shape: a plain number, three decimals. */
static bool read_pareto(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text,
                        const char *const *arguments, struct sim_draw *draw)
{
    struct sim_draw read = {.kind = SIM_PARETO};
    const char *end;
    if (!read_part(key, arguments[0], &read.a) || !scn_decimal(arguments[1], &end, 1000, &read.b) || *end)
        return bad_value(reader, node, key, text);
    if (read.a > 3600 * WRN_SECOND || read.b < 1000 || read.b > 100000)
        return scn_fail(reader, node, "%s: %s is out of range; at most 1h, and a shape of 1 to 100", key->name, text);
    *draw = read;
    return true;
}

static bool read_draw(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text,
                      struct sim_draw *draw)
{
    static const struct {
        const char *name;
        uint32_t    kind;
        int         arguments;
    } calls[] = {{"uniform", SIM_UNIFORM, 2}, {"normal", SIM_NORMAL, 2}, {"exp", SIM_EXPONENTIAL, 1},
                 {"pareto", SIM_PARETO, 2},   {0}};
    static const char *const names[] = {"uniform", "normal", "exp", "pareto", NULL};
    char buffer[SCN_CALL_BYTES];
    const char *name, *arguments[2];
    struct sim_draw read = {.kind = SIM_FIXED};
    if (read_part(key, text, &read.a)) {
        *draw = read;
        return true;
    }
    uint64_t number;
    if (key->type == SCN_T_DRAW && scn_whole(text, &number))
        return lacks_unit(reader, node, key, text);
    int count = strchr(text, '(') ? scn_call(text, buffer, &name, arguments, 2) : -1;
    if (count < 0)
        return bad_value(reader, node, key, text);
    if (strcmp(name, "trace") == 0)
        return scn_fail(reader, node, "%s: '%s' is not built yet; uniform, normal, exp or pareto", key->name, name);
    size_t i = 0;
    while (calls[i].name && strcmp(calls[i].name, name) != 0)
        i++;
    if (!calls[i].name) {
        char suggestion[128];
        scn_suggest(suggestion, sizeof suggestion, name, names);
        return scn_fail(reader, node, "%s: unknown draw '%s'%s", key->name, name, suggestion);
    }
    if (count != calls[i].arguments)
        return scn_fail(reader, node, "%s: %s takes %d value%s, not %d; %s", key->name, name, calls[i].arguments,
                        calls[i].arguments == 1 ? "" : "s", count, types[key->type].right);
    read.kind = calls[i].kind;
    if (read.kind == SIM_PARETO)
        return read_pareto(reader, node, key, text, arguments, draw);
    if (!read_part(key, arguments[0], &read.a) || (count == 2 && !read_part(key, arguments[1], &read.b)))
        return bad_value(reader, node, key, text);
    if (read.kind == SIM_UNIFORM && read.b < read.a)
        return scn_fail(reader, node, "%s: %s runs backwards; the smaller value first", key->name, text);
    *draw = read;
    return true;
}

static bool read_chance(const char *text, uint32_t *chance)
{
    uint64_t value;
    if (!scn_probability(text, &value))
        return false;
    *chance = value > SIM_CERTAIN ? SIM_CERTAIN : (uint32_t)value;
    return true;
}

/* Below all of them: what must hold in every world is no question of many. */
static bool read_share(const char *text, uint32_t *share)
{
    uint64_t value;
    const char *end;
    if (!scn_decimal(text, &end, 10000, &value) || strcmp(end, "%") != 0 || value >= 1000000)
        return false;
    *share = (uint32_t)value;
    return true;
}

static bool read_skew(const char *text, struct scn_skew *skew)
{
    char buffer[SCN_CALL_BYTES];
    const char *name, *arguments[2];
    struct scn_skew read;
    if (scn_ppm(text, &read.least)) {
        read.most = read.least;
    } else if (scn_call(text, buffer, &name, arguments, 2) != 2 || strcmp(name, "uniform") != 0
               || !scn_ppm(arguments[0], &read.least) || !scn_ppm(arguments[1], &read.most) || read.least > read.most) {
        return false;
    }
    if (read.least < -1000000 || read.most > 1000000)
        return false;
    *skew = read;
    return true;
}

static bool read_secret(const char *text, struct scn_secret *secret)
{
    bool derived = strcmp(text, "true") == 0, none = strcmp(text, "none") == 0;
    if (!derived && !none && !scn_key(text, secret->key))
        return false;
    secret->kind = none ? 0 : derived ? 1 : 2;
    return true;
}

static bool read_seconds(const char *text, uint64_t *seconds)
{
    wrn_time time = 0;
    if (strcmp(text, "none") != 0 && (!scn_duration(text, &time) || time == 0))
        return false;
    *seconds = time / WRN_SECOND;
    return time % WRN_SECOND == 0 && *seconds <= UINT16_MAX;
}

static bool read_shift(const char *text, int64_t *shift)
{
    wrn_time far = 0;
    bool back = *text == '-';
    if (strcmp(text, "exact") != 0 && strcmp(text, "none") != 0 && !scn_duration(text + (back || *text == '+'), &far))
        return false;
    *shift = strcmp(text, "none") == 0 ? INT64_MAX : back ? -(int64_t)far : (int64_t)far;
    return true;
}

bool scn_read_date(const char *text, uint64_t *seconds)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    unsigned value[6] = {0}, part = 0;
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (form[i] != 'd') {
            if (text[i] != form[i])
                return false;
            part++;
        } else if (text[i] < '0' || text[i] > '9') {
            return false;
        } else {
            value[part] = value[part] * 10 + (unsigned)(text[i] - '0');
        }
    }
    unsigned year = value[0], month = value[1];
    unsigned leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || value[2] < 1 || value[2] > days[month - 1] + (month == 2 ? leap : 0) ||
        value[3] > 23 || value[4] > 59 || value[5] > 59)
        return false;
    uint64_t day = value[2] - 1;
    for (unsigned m = 1; m < month; m++)
        day += days[m - 1] + (m == 2 ? leap : 0);
    unsigned y = year - 1;
    day += UINT64_C(365) * (year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    *seconds = ((day * 24 + value[3]) * 60 + value[4]) * 60 + value[5];
    return true;
}

static bool read_wall(const char *text, struct sim_wall *wall)
{
    struct sim_wall read = {.kind = SIM_WALL_SHIFTED};
    if (strcmp(text, "none") == 0)
        read.kind = SIM_WALL_NONE;
    else if (scn_read_date(text, &read.date_s))
        read.kind = SIM_WALL_SET;
    else if (strcmp(text, "exact") == 0 || !read_shift(text, &read.shift_ns))
        return false;
    if (read.date_s > UINT64_C(1) << 33 || read.shift_ns > INT64_C(1) << 61 || read.shift_ns < -(INT64_C(1) << 61))
        return false;
    *wall = read;
    return true;
}

/* The scalar types that need no message of their own. */
static bool read_scalar(const struct scn_key *key, const char *text, void *out)
{
    switch (key->type) {
    case SCN_T_TEXT:
        *(const char **)out = text;
        return *text != '\0';
    case SCN_T_NAME:
        *(const char **)out = text;
        return scn_name(text);
    case SCN_T_BOOL:
        return scn_bool(text, out);
    case SCN_T_WHOLE:
        return scn_whole(text, out);
    case SCN_T_DURATION:
        return scn_duration(text, out);
    case SCN_T_SECONDS:
        return read_seconds(text, out);
    case SCN_T_SHIFT:
        return read_shift(text, out);
    case SCN_T_WALL:
        return read_wall(text, out);
    case SCN_T_SIZE:
        return scn_size(text, out);
    case SCN_T_RATE:
        return scn_packet_rate(text, out);
    case SCN_T_CHANCE:
        return read_chance(text, out);
    case SCN_T_SHARE:
        return read_share(text, out);
    case SCN_T_SKEW:
        return read_skew(text, out);
    case SCN_T_ADDRESS:
        return scn_address(text, out);
    case SCN_T_KEY:
        return read_secret(text, out);
    case SCN_T_TYPES:
        return read_types(text, out);
    case SCN_T_DATE:
        return scn_read_date(text, out);
    default:
        return false;
    }
}

bool scn_read_value(struct scn_reader *reader, const struct scn_node *node, const struct scn_key *key, const char *text,
                    void *out)
{
    switch (key->type) {
    case SCN_T_CHOICE:
        return read_choice(reader, node, key, text, out);
    case SCN_T_DRAW:
    case SCN_T_SIZES:
        return read_draw(reader, node, key, text, out);
    case SCN_T_LOSS:
        return scn_read_loss(reader, node, text, out);
    case SCN_T_BITRATE:
        return scn_read_rate(reader, node, text, out);
    case SCN_T_QUEUE:
        return scn_read_queue(reader, node, text, out);
    case SCN_T_CORRUPT:
        return scn_read_corrupt(reader, node, text, out);
    default:
        break;
    }
    if (!read_scalar(key, text, out)) {
        uint64_t number;
        if ((key->type == SCN_T_DURATION || key->type == SCN_T_SECONDS) && scn_whole(text, &number))
            return lacks_unit(reader, node, key, text);
        return bad_value(reader, node, key, text);
    }
    bool number = key->type == SCN_T_WHOLE || key->type == SCN_T_SIZE || key->type == SCN_T_RATE || key->type == SCN_T_DURATION;
    uint64_t value = number ? *(uint64_t *)out : 0;
    if (number && key->most && (value < key->least || value > key->most))
        return out_of_range(reader, node, key, text);
    return true;
}
