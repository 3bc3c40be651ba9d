/* warren replay --conform: a capture's sides, each played by the engine, and what it says held against what was captured. */

#define _POSIX_C_SOURCE 200809L

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define NAME        "warren replay"
#define SHOWN       100u /* differences, and moments out of time, told one by one */
#define BYTES_SHOWN 32u

struct conforming {
    const struct replay_request *request;
    struct keys keys;
    struct conform *conform;
    struct progress progress;
    uint64_t size, first_ns, differences, late;
    bool any;
    FILE *out;
    json_t *rows, *moments;
    struct reader_counts counts;
};

static void hex(char *out, const uint8_t *bytes, uint32_t length)
{
    uint32_t shown = length < BYTES_SHOWN ? length : BYTES_SHOWN;
    out[0] = 0;
    for (uint32_t i = 0; i < shown; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", bytes[i]);
    if (shown < length)
        strcat(out, "...");
}

static void side_text(const struct conform_side *side, char out[128])
{
    char key[45], at[64] = "?";
    sodium_bin2base64(key, sizeof key, side->public_key, 32, sodium_base64_VARIANT_ORIGINAL);
    if (side->endpoint.family)
        address_text(&side->endpoint, at);
    snprintf(out, 128, "%s (%.8s)", at, key);
}

/* Where two fields begin to differ is what one wants to see of a long one. */
static void difference(void *context, const struct conform_difference *d)
{
    struct conforming *c = context;
    char side[128], captured[2 * BYTES_SHOWN + 4] = "", engine[2 * BYTES_SHOWN + 4] = "";
    uint32_t from = 0;

    if (c->differences++ >= SHOWN)
        return;
    while (d->captured && d->engine && d->length > BYTES_SHOWN && from < d->length - BYTES_SHOWN &&
           d->captured[from] == d->engine[from])
        from++;
    if (d->captured)
        hex(captured, d->captured + from, d->length - from);
    if (d->engine)
        hex(engine, d->engine + from, d->length - from);
    side_text(d->side, side);
    if (!c->request->quiet) {
        uint64_t since = d->time_ns > c->first_ns ? d->time_ns - c->first_ns : 0;
        progress_clear(&c->progress);
        fprintf(c->out, "frame %" PRIu64 " at %" PRIu64 ".%06" PRIu64 ", %s of %s: %s differs\n  %s\n", d->frame,
                since / WRN_SECOND, since % WRN_SECOND / 1000, replay_types[d->type], side, d->field, d->meaning);
        if (d->captured)
            fprintf(c->out, "  captured %s\n", captured);
        if (d->engine)
            fprintf(c->out, "  engine   %s\n", engine);
        if (from)
            fprintf(c->out, "  from byte %" PRIu32 " of the field\n", from);
    }
    json_array_append_new(c->rows, json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "frame", (json_int_t)d->frame, "side",
                                             side, "type", replay_types[d->type], "field", d->field, "meaning", d->meaning,
                                             "from_byte", (json_int_t)from, "expected", captured, "actual", engine));
}

static void moment(void *context, const struct conform_moment *m)
{
    struct conforming *c = context;
    char side[128];
    int64_t us = m->late_ns / 1000;

    if (json_array_size(c->moments) >= SHOWN * SHOWN && m->in_time)
        return;
    side_text(m->side, side);
    json_array_append_new(c->moments,
                          json_pack("{s:I, s:s, s:s, s:f, s:b}", "frame", (json_int_t)m->frame, "side", side, "due",
                                    conform_due_name(m->due), "late_ms", (double)us / 1000, "in_time", (int)m->in_time));
    if (m->in_time || c->late++ >= SHOWN || c->request->quiet)
        return;
    progress_clear(&c->progress);
    fprintf(c->out, "frame %" PRIu64 ", %s of %s: %+.3f ms against the engine's timer, out of the protocol's tolerance\n",
            m->frame, conform_due_name(m->due), side, (double)us / 1000);
}

/* Once through the capture. */
static void pass(struct conforming *c, FILE *file, bool survey)
{
    char error[256];
    struct reader_datagram datagram;
    struct opened opened;
    struct reader *reader = reader_open(file, error);
    struct decrypter *decrypter = decrypter_begin(&c->keys, c->request->provider.crypto, c->request->provider.context);
    int got;

    if (!reader || !decrypter)
        usage_error(NAME, "%s: %s", c->request->path, reader ? "out of memory" : error);
    while ((got = reader_next(reader, &datagram, error)) == 1) {
        bool data = datagram.found.length > 0 && datagram.found.data[0] == 4;
        opened = (struct opened){0};
        if (!survey || !data)
            decrypter_take(decrypter, datagram.found.data, datagram.found.length, &opened);
        if (!c->any && opened.type)
            c->first_ns = datagram.time_ns;
        c->any |= opened.type != 0;
        if (survey)
            conform_survey(c->conform, &datagram, &opened);
        else
            conform_take(c->conform, &datagram, &opened);
        if (datagram.number % 1024 == 0)
            replay_progress(&c->progress, reader_offset(reader), c->size, datagram.number);
    }
    progress_clear(&c->progress);
    c->counts = *reader_counts(reader);
    if (got < 0)
        usage_error(NAME, "%s: after frame %" PRIu64 ": %s; a whole capture", c->request->path, c->counts.frames, error);
    reader_close(reader);
    decrypter_end(decrypter);
}

/* What is no failure, and is worth a line. */
static void freedoms(FILE *out, const struct conform_side *s)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {s->no_ephemeral, "handshake messages not played: their ephemeral private key is not here"},
        {s->unasked[CONFORM_NEW_HANDSHAKE], "initiations that no timer asks for (a restart, an operator, another policy)"},
        {s->unasked[CONFORM_KEEPALIVE], "keepalives that no timer asks for"},
        {s->absent[CONFORM_RETRANSMISSION], "retransmissions of the engine that the capture does not have"},
        {s->absent[CONFORM_KEEPALIVE], "keepalives of the engine that the capture does not have"},
        {s->unanswered, "initiations received that nothing answers"},
        {s->skipped, "counters that the capture does not have"},
        {s->reordered, "data behind a later one, or captured twice"},
        {s->in_flight, "data under the session before, chosen before it rotated"},
        {s->padding, "data padded neither to 16 nor to an MTU"},
        {s->elsewhere, "messages to another address than the newest authentic one came from"},
        {s->replayed, "data received a second time"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].count)
            fprintf(out, "  %" PRIu64 " %s\n", rows[i].count, rows[i].text);
    if (s->mtu)
        fprintf(out, "  padding is cut by an MTU of %" PRIu32 "\n", s->mtu);
    if (s->persistent_s)
        fprintf(out, "  a persistent keepalive of %" PRIu32 " s, as its keepalives tell\n", s->persistent_s);
}

static void side_table(FILE *out, const struct conform_side *s)
{
    char name[128];
    side_text(s, name);
    fprintf(out, "side %s\n  %-14s %10s %10s %10s %10s %10s %10s\n", name, "", "sent", "equal", "different", "not played",
            "received", "refused");
    for (unsigned i = 1; i <= 4; i++)
        if (s->sent[i] || s->received[i])
            fprintf(out, "  %-14s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
                    replay_types[i], s->sent[i], s->equal[i], s->different[i], s->unplayed[i], s->received[i], s->refused[i]);
    for (unsigned i = 0; i < CONFORM_DUES; i++)
        if (s->timers[i].count)
            fprintf(out, "  %s: %" PRIu64 " by the engine's timers, %" PRIu64 " out of tolerance, %+.3f to %+.3f ms\n",
                    conform_due_name((enum conform_due)i), s->timers[i].count, s->timers[i].out_of_time,
                    (double)(s->timers[i].earliest_ns / 1000) / 1000, (double)(s->timers[i].latest_ns / 1000) / 1000);
    freedoms(out, s);
}

static json_t *counts_json(const uint64_t counts[5])
{
    json_t *object = json_object();
    for (unsigned i = 1; i <= 4; i++)
        json_object_set_new(object, replay_types[i], json_integer((json_int_t)counts[i]));
    return object;
}

static json_t *side_json(const struct conform_side *s)
{
    char name[128];
    json_t *row, *timers = json_object(), *free_ones;
    side_text(s, name);
    for (unsigned i = 0; i < CONFORM_DUES; i++)
        json_object_set_new(timers, conform_due_name((enum conform_due)i),
                            json_pack("{s:I, s:I, s:f, s:f}", "count", (json_int_t)s->timers[i].count, "out_of_time",
                                      (json_int_t)s->timers[i].out_of_time, "earliest_ms", (double)s->timers[i].earliest_ns / 1e6,
                                      "latest_ms", (double)s->timers[i].latest_ns / 1e6));
    free_ones = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "no_ephemeral", (json_int_t)s->no_ephemeral,
        "unasked_initiations", (json_int_t)s->unasked[CONFORM_NEW_HANDSHAKE], "unasked_keepalives",
        (json_int_t)s->unasked[CONFORM_KEEPALIVE], "absent_retransmissions", (json_int_t)s->absent[CONFORM_RETRANSMISSION],
        "absent_keepalives", (json_int_t)s->absent[CONFORM_KEEPALIVE], "unanswered", (json_int_t)s->unanswered,
        "skipped_counters", (json_int_t)s->skipped, "reordered", (json_int_t)s->reordered, "in_flight", (json_int_t)s->in_flight,
        "padding", (json_int_t)s->padding, "elsewhere", (json_int_t)s->elsewhere, "replayed", (json_int_t)s->replayed);
    row =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "side", name, "sent", counts_json(s->sent), "equal",
                  counts_json(s->equal), "different", counts_json(s->different), "not_played", counts_json(s->unplayed),
                  "received", counts_json(s->received), "refused", counts_json(s->refused), "timers", timers, "freedoms",
                  free_ones, "mtu", (json_int_t)s->mtu, "persistent_keepalive_s", (json_int_t)s->persistent_s);
    return row;
}

/* Returns whether everything that was played is equal. */
static bool tell(struct conforming *c)
{
    const struct conform_side *side;
    json_t *sides = json_array();
    uint64_t equal = 0, different = 0, unplayed = 0, refused = 0;

    for (size_t i = 0; (side = conform_side(c->conform, i)) != NULL; i++) {
        if (!c->request->quiet)
            side_table(c->out, side);
        json_array_append_new(sides, side_json(side));
        for (unsigned t = 1; t <= 4; t++) {
            equal += side->equal[t];
            different += side->different[t];
            unplayed += side->unplayed[t];
            refused += side->refused[t];
        }
    }
    if (!json_array_size(sides))
        usage_error(NAME,
                    "%s: no side to play; the static private key of one side, its ephemeral private keys, and for an initiator "
                    "the other side's public key",
                    c->request->path);
    if (!c->request->quiet)
        fprintf(c->out,
                "%s: %" PRIu64 " messages equal, %" PRIu64 " different, %" PRIu64 " not played; %" PRIu64
                " received that the engine refuses\n",
                c->request->path, equal, different, unplayed, refused);
    if (c->request->json) {
        FILE *file = open_output(NAME, c->request->json, true);
        json_t *root = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:O, s:O}", "capture", c->request->path, "frames",
                                 (json_int_t)c->counts.frames, "equal", (json_int_t)equal, "different", (json_int_t)different,
                                 "not_played", (json_int_t)unplayed, "refused", (json_int_t)refused, "sides", sides,
                                 "differences", c->rows, "timers", c->moments);
        json_dumpf(root, file, JSON_INDENT(2));
        fputc('\n', file);
        json_decref(root);
        close_output(NAME, c->request->json, file);
    } else {
        json_decref(sides);
    }
    return c->differences == 0 && different == 0;
}

int replay_conform(const struct replay_request *request, FILE *file)
{
    struct conforming c = {.request = request};
    struct conform_listener listener = {difference, moment, &c};

    c.out = request->json && strcmp(request->json, "-") == 0 ? stderr : stdout;
    c.rows = json_array();
    c.moments = json_array();
    replay_keys(request, file, &c.keys);
    replay_progress_begin(&c.progress, request, file, &c.size);
    c.conform = conform_begin(&c.keys, request->provider.crypto, request->provider.context, &listener);
    if (!c.conform)
        usage_error(NAME, "%s: out of memory", request->path);
    pass(&c, file, true);
    file = fopen(request->path, "rb");
    if (!file)
        usage_error(NAME, "%s: cannot be read a second time: %s; a file, not a pipe", request->path, strerror(errno));
    pass(&c, file, false);
    conform_finish(c.conform);
    bool equal = tell(&c);
    if (c.out == stdout)
        close_output(NAME, "standard output", stdout);
    json_decref(c.rows);
    json_decref(c.moments);
    conform_end(c.conform);
    keys_free(&c.keys);
    return equal ? EXIT_GOOD : EXIT_FAILED;
}
