/* warren replay of a capture: each WireGuard datagram in it, and what the keys tell of it. */

#define _POSIX_C_SOURCE 200809L

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decrypt.h"
#include "line.h"
#include "pcapng.h"
#include "reader.h"

#define NAME "warren replay"

struct listing {
    const struct replay_request *request;
    struct keys                  keys;
    struct reader               *reader;
    struct decrypter            *decrypter;
    FILE                        *out, *json, *inner;
    struct pcapng                pcapng;
    uint64_t                     first_ns, types[5], opened, failed, closed, begun;
    bool                         any, comma;
    char                         error[256];
};

const char *const replay_types[5] = {"", "initiation", "response", "cookie reply", "data"};
static const char *const mac_words[4] = {"unknown", "good", "wrong", "absent"};

struct embedded {
    const struct replay_request *request;
    struct keys                 *keys;
    char                         error[256];
};

static bool embedded(void *context, const char *text, size_t length)
{
    struct embedded *embedded = context;
    return keys_read(embedded->keys, embedded->request->path, text, length, embedded->error);
}

static void read_keys(const char *path, struct keys *keys)
{
    char  error[256];
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (!path)
        return;
    if (!file)
        usage_error(NAME, "%s: cannot be read: %s; a file of keys, as Wireshark reads them", path, strerror(errno));
    char *text = calloc(1, (1u << 20) + 1);
    if (!text)
        usage_error(NAME, "out of memory; a machine with more");
    size_t length = fread(text, 1, (1u << 20) + 1, file);
    if (length > 1u << 20)
        usage_error(NAME, "%s: longer than 1 MiB; a file of keys", path);
    if (!keys_read(keys, path, text, length, error))
        usage_error(NAME, "%s", error);
    memset(text, 0, length);
    free(text);
    fclose(file);
}

void replay_keys(const struct replay_request *request, FILE *file, struct keys *keys)
{
    struct embedded found = {.request = request, .keys = keys};
    read_keys(request->keys, keys);
    if (!reader_secrets(file, embedded, &found))
        usage_error(NAME, "%s", found.error);
}

void replay_progress_begin(struct progress *progress, const struct replay_request *request, FILE *file, uint64_t *size)
{
    struct stat about;
    *size = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    *progress = (struct progress){.quiet = request->quiet, .live = isatty(STDERR_FILENO), .begun = wall_ns()};
    progress->last = progress->begun;
}

/* As for recordings: one live line at a terminal, else a plain one each ten seconds, and nothing before two seconds. */
void replay_progress(struct progress *progress, uint64_t offset, uint64_t size, uint64_t datagrams)
{
    uint64_t wall = wall_ns(), ran = wall - progress->begun;
    uint64_t pause = progress->live ? 200 * WRN_MILLISECOND : progress->last == progress->begun ? 0 : 10 * WRN_SECOND;
    if (progress->quiet || ran < 2 * WRN_SECOND || wall - progress->last < pause || !size)
        return;
    fprintf(stderr, "%s%" PRIu64 " datagrams  %" PRIu64 "%%  left %" PRIu64 " s", progress->live ? "\r" : "", datagrams,
            offset * 100 / size, (size - offset) / (offset / (ran / WRN_MILLISECOND) + 1) / 1000);
    fputs(progress->live ? "\033[K" : "\n", stderr);
    fflush(stderr);
    progress->drawn = progress->live;
    progress->last = wall;
}

/* "10.0.0.1 > 10.0.0.2 protocol 17, 84 bytes"; an empty one is a keepalive. */
static void put_inner(struct line *line, const struct opened *opened)
{
    const uint8_t *p = opened->inner;
    bool           four = opened->inner_length >= 20 && p[0] >> 4 == 4, six = opened->inner_length >= 40 && p[0] >> 4 == 6;

    if (opened->inner_length == 0) {
        line_put(line, "keepalive");
    } else if (four || six) {
        line_address(line, p + (six ? 8 : 12), six);
        line_put(line, " > ");
        line_address(line, p + (six ? 24 : 16), six);
        line_put(line, " protocol ");
        line_number(line, p[six ? 6 : 9], 1, ' ');
        line_put(line, ", ");
        line_number(line, six ? 40 + ((unsigned)p[4] << 8 | p[5]) : (unsigned)p[2] << 8 | p[3], 1, ' ');
        line_put(line, " bytes");
    } else {
        line_number(line, opened->inner_length, 1, ' ');
        line_put(line, " bytes that are no IP");
    }
}

static void put_details(struct line *line, const struct opened *opened, uint32_t length)
{
    if (opened->has_sender) {
        line_put(line, " sender ");
        line_hex(line, opened->sender);
    }
    if (opened->has_receiver) {
        line_put(line, " receiver ");
        line_hex(line, opened->receiver);
    }
    if (opened->has_counter) {
        line_put(line, " counter ");
        line_number(line, opened->counter, 1, ' ');
    }
    if (opened->type <= 2) {
        line_put(line, " mac1 ");
        line_put(line, mac_words[opened->mac1]);
        line_put(line, " mac2 ");
        line_put(line, mac_words[opened->mac2]);
    }
    line_put(line, " ");
    line_number(line, length, 1, ' ');
    line_put(line, " bytes: ");
}

static void print_line(const struct listing *listing, const struct reader_datagram *datagram, const struct opened *opened)
{
    struct line line;
    uint64_t    since = datagram->time_ns - listing->first_ns;

    line_begin(&line);
    line_number(&line, datagram->number, 6, ' ');
    line_put(&line, " ");
    line_number(&line, since / WRN_SECOND, 6, ' ');
    line_put(&line, ".");
    line_number(&line, since % WRN_SECOND / 1000, 6, '0');
    line_put(&line, "  ");
    line_endpoint(&line, &datagram->found.source);
    line_put(&line, " > ");
    line_endpoint(&line, &datagram->found.destination);
    line_put(&line, "  ");
    line_put(&line, replay_types[opened->type]);
    put_details(&line, opened, datagram->found.length);
    line_put(&line, opened->why ? opened->why : "authentic");
    if (opened->inner) {
        line_put(&line, ", ");
        put_inner(&line, opened);
    }
    line_put(&line, "\n");
    fwrite(line.text, 1, line.used, listing->out);
}

static void print_json(struct listing *listing, const struct reader_datagram *datagram, const struct opened *opened)
{
    char    from[64], to[64], stamp[25] = "";
    json_t *row = json_object();
    address_text(&datagram->found.source, from);
    address_text(&datagram->found.destination, to);
    json_object_set_new(row, "frame", json_integer((json_int_t)datagram->number));
    json_object_set_new(row, "time_ns", json_integer((json_int_t)datagram->time_ns));
    json_object_set_new(row, "from", json_string(from));
    json_object_set_new(row, "to", json_string(to));
    json_object_set_new(row, "type", json_string(replay_types[opened->type]));
    json_object_set_new(row, "length", json_integer(datagram->found.length));
    json_object_set_new(row, "authentic", json_boolean(!opened->why));
    if (opened->why)
        json_object_set_new(row, "why", json_string(opened->why));
    if (opened->has_sender)
        json_object_set_new(row, "sender", json_integer(opened->sender));
    if (opened->has_receiver)
        json_object_set_new(row, "receiver", json_integer(opened->receiver));
    if (opened->has_counter) {
        char counter[24];
        snprintf(counter, sizeof counter, "%" PRIu64, opened->counter);
        json_object_set_new(row, "counter", json_string(counter)); /* 64 bits: more than a JSON number is sure to hold */
    }
    if (opened->type <= 2) {
        json_object_set_new(row, "mac1", json_string(mac_words[opened->mac1]));
        json_object_set_new(row, "mac2", json_string(mac_words[opened->mac2]));
    }
    for (unsigned i = 0; i < 12 && opened->has_stamp; i++)
        snprintf(stamp + 2 * (size_t)i, 3, "%02x", opened->stamp[i]);
    if (opened->has_stamp)
        json_object_set_new(row, "stamp", json_string(stamp));
    if (opened->inner) {
        struct line inner;
        line_begin(&inner);
        put_inner(&inner, opened);
        json_object_set_new(row, "inner", json_string(line_text(&inner)));
    }
    fputs(listing->comma ? ",\n    " : "\n    ", listing->json);
    listing->comma = true;
    json_dumpf(row, listing->json, JSON_COMPACT);
    json_decref(row);
}

static void take(struct listing *listing, const struct reader_datagram *datagram)
{
    struct opened opened;
    decrypter_take(listing->decrypter, datagram->found.data, datagram->found.length, &opened);
    listing->types[opened.type]++;
    if (!opened.type)
        return;
    if (!listing->any)
        listing->first_ns = datagram->time_ns;
    listing->any = true;
    listing->opened += !opened.why;
    listing->failed += opened.why && opened.failed;
    listing->closed += opened.why && !opened.failed;
    if (!listing->request->quiet)
        print_line(listing, datagram, &opened);
    if (listing->json)
        print_json(listing, datagram, &opened);
    if (listing->inner && opened.inner_length)
        pcapng_packet(&listing->pcapng, 0, datagram->time_ns, opened.inner, opened.inner_length, NULL);
}

static void summary(struct listing *listing)
{
    const struct reader_counts *counts = reader_counts(listing->reader);
    if (!listing->request->quiet)
        fprintf(listing->out,
                "%s: %" PRIu64 " frames: %" PRIu64 " initiations, %" PRIu64 " responses, %" PRIu64 " cookie replies, %" PRIu64
                " data; %" PRIu64 " authentic, %" PRIu64 " not, %" PRIu64 " without keys or handshake\n"
                "left alone: %" PRIu64 " not WireGuard, %" PRIu64 " not UDP, %" PRIu64 " not IP, %" PRIu64 " fragments, %" PRIu64
                " cut short; %" PRIu64 " times that go back\n",
                listing->request->path, counts->frames, listing->types[1], listing->types[2], listing->types[3], listing->types[4],
                listing->opened, listing->failed, listing->closed, listing->types[0], counts->no_udp, counts->no_ip,
                counts->fragments, counts->cut, counts->back);
    if (!listing->json)
        return;
    fprintf(listing->json,
            "\n  ],\n  \"frames\": %" PRIu64 ", \"initiations\": %" PRIu64 ", \"responses\": %" PRIu64 ", \"cookie_replies\": %" PRIu64
            ", \"data\": %" PRIu64 ",\n  \"authentic\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"closed\": %" PRIu64
            ",\n  \"not_wireguard\": %" PRIu64 ", \"not_udp\": %" PRIu64 ", \"not_ip\": %" PRIu64 ", \"fragments\": %" PRIu64
            ", \"cut\": %" PRIu64 ", \"times_back\": %" PRIu64 "\n}\n",
            counts->frames, listing->types[1], listing->types[2], listing->types[3], listing->types[4], listing->opened,
            listing->failed, listing->closed, listing->types[0], counts->no_udp, counts->no_ip, counts->fragments, counts->cut,
            counts->back);
}

static void open_outputs(struct listing *listing)
{
    const struct replay_request *request = listing->request;
    listing->out = request->json && strcmp(request->json, "-") == 0 ? stderr : stdout;
    if (request->json) {
        listing->json = open_output(NAME, request->json, true);
        fputs("{\n  \"datagrams\": [", listing->json);
    }
    if (request->inner) {
        listing->inner = open_output(NAME, request->inner, true);
        pcapng_begin(&listing->pcapng, listing->inner, build_name());
        pcapng_interface(&listing->pcapng, "inner", "what the tunnels carried");
    }
}

int replay_capture(const struct replay_request *request, FILE *file)
{
    struct listing         listing = {.request = request};
    struct reader_datagram datagram;
    struct progress        progress;
    uint64_t               size;
    int                    got;
    replay_keys(request, file, &listing.keys);
    replay_progress_begin(&progress, request, file, &size);
    listing.decrypter = decrypter_begin(&listing.keys, request->provider.crypto, request->provider.context);
    listing.reader = reader_open(file, listing.error);
    if (!listing.reader || !listing.decrypter)
        usage_error(NAME, "%s: %s", request->path, listing.reader ? "out of memory" : listing.error);
    open_outputs(&listing);
    while ((got = reader_next(listing.reader, &datagram, listing.error)) == 1) {
        take(&listing, &datagram);
        if (datagram.number % 1024 == 0)
            replay_progress(&progress, reader_offset(listing.reader), size, datagram.number);
    }
    progress_clear(&progress);
    summary(&listing);
    if (listing.json)
        close_output(NAME, request->json, listing.json);
    if (listing.inner)
        close_output(NAME, request->inner, listing.inner);
    if (listing.out == stdout)
        close_output(NAME, "standard output", stdout);
    if (got < 0)
        usage_error(NAME, "%s: after frame %" PRIu64 ": %s; a whole capture", request->path,
                    reader_counts(listing.reader)->frames, listing.error);
    reader_close(listing.reader);
    decrypter_end(listing.decrypter);
    keys_free(&listing.keys);
    return listing.failed ? EXIT_FAILED : EXIT_GOOD;
}
