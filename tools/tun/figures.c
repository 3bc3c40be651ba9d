#include "figures.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void tun_figures_read(struct tun_figures *figures, char *answer)
{
    const char *lane = NULL;
    figures->count = 0;
    for (char *line = answer; *line && figures->count < TUN_FIGURES_MOST;) {
        char *end = line + strcspn(line, "\n"), *next = *end ? end + 1 : end, *equals = memchr(line, '=', (size_t)(end - line));
        *end = 0;
        if (!equals || strncmp(line, "errno=", 6) == 0)
            return;
        *equals = 0;
        char *dot = strchr(line, '.');
        if (dot)
            *dot = 0;
        if (strcmp(line, "lane") == 0)
            lane = equals + 1;
        else
            figures->rows[figures->count++] = (struct tun_figure){line, dot ? dot + 1 : NULL, equals + 1, lane};
        line = next;
    }
}

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == 0;
}

/* Plain ------------------------------------------------------------------------------------------------------------------ */

static void words(FILE *out, const char *key)
{
    for (; *key; key++)
        fputc(*key == '_' ? ' ' : *key, out);
}

/* Of figures that come in several, those that are nought are left out. */
void tun_figures_plain(const struct tun_figures *figures, FILE *out)
{
    const char *lane = NULL;
    for (unsigned i = 0; i < figures->count; i++) {
        const struct tun_figure *row = &figures->rows[i];
        if (row->lane != lane)
            fprintf(out, "lane %s\n", lane = row->lane);
        if (row->lane && row->which && strcmp(row->value, "0") == 0)
            continue;
        fputs(row->lane ? "  " : "", out);
        words(out, row->key);
        fputs(row->which ? ", " : "", out);
        words(out, row->which ? row->which : "");
        fprintf(out, ": %s\n", row->value);
    }
}

/* JSON ------------------------------------------------------------------------------------------------------------------- */

static void json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void json_value(FILE *out, const char *value)
{
    if (is_number(value))
        fputs(value, out);
    else
        json_text(out, value);
}

/* The rows from `at` on that have one lane; where they end. */
static unsigned json_rows(const struct tun_figures *figures, unsigned at, FILE *out)
{
    const struct tun_figure *row = figures->rows + at, *end = figures->rows + figures->count, *first = row;
    for (; row < end && row->lane == first->lane; row++) {
        bool goes_on = row > first && row->which && strcmp(row[-1].key, row->key) == 0;
        if (row > first)
            fputs(goes_on ? "," : row[-1].which ? "}," : ",", out);
        if (!goes_on) {
            json_text(out, row->key);
            fputs(row->which ? ":{" : ":", out);
        }
        if (row->which) {
            json_text(out, row->which);
            fputc(':', out);
        }
        json_value(out, row->value);
    }
    if (row > first && row[-1].which)
        fputc('}', out);
    return (unsigned)(row - figures->rows);
}

void tun_figures_json(const struct tun_figures *figures, FILE *out)
{
    fputc('{', out);
    unsigned at = json_rows(figures, 0, out);
    fputs(",\"lanes\":[", out);
    for (const char *between = ""; at < figures->count; between = ",") {
        fprintf(out, "%s{\"lane\":", between);
        json_value(out, figures->rows[at].lane);
        fputc(',', out);
        at = json_rows(figures, at, out);
        fputc('}', out);
    }
    fputs("]}\n", out);
}

/* OpenMetrics ------------------------------------------------------------------------------------------------------------ */

/* What a scraper sees of each key. The unit is the end of the name, as the format wants it; a counter's samples add _total. */
static const struct family {
    const char *key, *unit, *label, *help;
    bool        counter;
} families[] = {
    {"uptime_seconds", "seconds", NULL, "Since the driver started", false},
    {"threads", NULL, NULL, "That seal and open packets", false},
    {"queues", NULL, NULL, "Of the interface", false},
    {"up", NULL, NULL, "Whether the interface is up", false},
    {"mtu_bytes", "bytes", NULL, "The MTU of the interface", false},
    {"socket", NULL, "family", "Whether the socket of this family is open", false},
    {"offload", NULL, "kind", "Whether many packets go in one piece, in this way", false},
    {"recorded", NULL, NULL, "Whether every call of the engine is recorded", false},
    {"captured", NULL, NULL, "Whether what goes through is written to a file", false},
    {"captured_packets", "packets", NULL, "Written to the capture, with datagrams", true},
    {"missed_packets", "packets", NULL, "Not in the capture, since the disk failed", true},
    {"unsent_datagrams", "datagrams", NULL, "Refused by the kernel on their way out", true},
    {"unwritten_packets", "packets", NULL, "Refused by the interface", true},
    {"looped_packets", "packets", NULL, "Datagrams of the tunnel that were routed into it again", true},
    {"misshapen_packets", "packets", NULL, "Given by the interface with a head that does not fit", true},
    {"vain_reads", "reads", NULL, "Of the interface, which had nothing", true},
    {"awake_waits", "waits", NULL, "That ended while the driver stayed awake for them", true},
    {"asleep_waits", "waits", NULL, "That the driver slept through", true},
    {"log_left_out_lines", "lines", NULL, "Left out of the log in a burst", true},
    {"under_load", NULL, NULL, "Whether strangers must show a cookie", false},
    {"peers", NULL, NULL, "Configured", false},
    {"peers_room", NULL, NULL, "Peers that fit before the engine grows", false},
    {"prefixes", NULL, NULL, "Allowed IPs", false},
    {"prefixes_room", NULL, NULL, "Allowed IPs that fit before the engine grows", false},
    {"indices", NULL, NULL, "Sessions and handshakes that are alive", false},
    {"staged_packets", "packets", NULL, "Waiting for a session", false},
    {"engine_memory_bytes", "bytes", NULL, "Of the engine", false},
    {"tun_packets", "packets", "verdict", "From the interface, by what became of them", true},
    {"net_packets", "packets", "verdict", "Datagrams from outside, by what became of them", true},
    {"dropped_packets", "packets", "reason", "By reason", true},
    {"output_packets", "packets", NULL, "That the engine sent by itself: handshakes, keepalives, and what had waited", true},
    {"taken_back_packets", "packets", NULL, "That could not be sent, and wait again", true},
    {"handshakes", NULL, NULL, "Completed, in either role", true},
    {"sent_messages", "messages", "kind", "Of handshakes", true},
    {"datagram_bytes", "bytes", "way", "Of datagrams that this thread received or sent", true},
    {"handed_packets", "packets", "way",
     "Between threads: on, to another; over, by another; refused, since many waited; astray, on more often than there are lanes",
     true},
    {"time_went_back", NULL, NULL, "Calls with an older time than the newest seen", true},
};

static const char *value_of(const struct tun_figures *figures, const char *key)
{
    for (unsigned i = 0; i < figures->count; i++) {
        if (strcmp(figures->rows[i].key, key) == 0)
            return figures->rows[i].value;
    }
    return "";
}

static void label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', out);
        fputc(*value, out);
    }
    fputc('"', out);
}

static void sample(const struct family *family, const struct tun_figure *row, const char *interface, FILE *out)
{
    fprintf(out, "warren_%s%s{", family->key, family->counter ? "_total" : "");
    label(out, "interface", interface);
    if (row->lane) {
        fputc(',', out);
        label(out, "lane", row->lane);
    }
    if (family->label && row->which) {
        fputc(',', out);
        label(out, family->label, row->which);
    }
    fprintf(out, "} %s\n", row->value);
}

void tun_figures_metrics(const struct tun_figures *figures, FILE *out)
{
    const char *interface = value_of(figures, "interface");
    fputs("# TYPE warren info\n# HELP warren The driver\nwarren_info{", out);
    label(out, "interface", interface);
    fputc(',', out);
    label(out, "version", value_of(figures, "version"));
    fputc(',', out);
    label(out, "provider", value_of(figures, "provider"));
    fputs("} 1\n", out);
    for (const struct family *family = families; family < families + sizeof families / sizeof *families; family++) {
        fprintf(out, "# TYPE warren_%s %s\n", family->key, family->counter ? "counter" : "gauge");
        if (family->unit)
            fprintf(out, "# UNIT warren_%s %s\n", family->key, family->unit);
        fprintf(out, "# HELP warren_%s %s\n", family->key, family->help);
        for (unsigned i = 0; i < figures->count; i++) {
            if (strcmp(figures->rows[i].key, family->key) == 0 && is_number(figures->rows[i].value))
                sample(family, &figures->rows[i], interface, out);
        }
    }
    fputs("# EOF\n", out);
}
