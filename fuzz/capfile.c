/*
 * capfile: captures and key logs, as strangers send them (reader, blocks, unwrap, keys).
 *
 * Input: one byte, then a file: 0 a capture (pcap or pcapng), 1 a key log. Against a second reader, a simple one, in this file.
 * Oracles:
 *   capfile-frame      a datagram that does not lie in the frame of that number, or a number there is none of
 *   capfile-time       another time than the frame's, where both can tell it
 *   capfile-count      the reader comes to the end without having seen every frame
 *   capfile-offset     it says that it is behind the end of the file
 *   capfile-progress   more datagrams than the file has bytes
 *   keys-verdict       a key log is taken and the simple reader refuses it, or the other way round
 *   keys-count         other keys than the simple reader finds
 *   keys-error         refused without a word, or taken with one
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include "keys.h"
#include "reader.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 4096 };

/* The second reader: where frames lie, and when. ----------------------------------------------------------------------------- */

struct frame { const uint8_t *data; size_t length; uint64_t time_ns; bool timed; };

static struct {
    struct frame frame[FRAMES];
    size_t       count;
    bool         whole; /* the file ends where a frame or block does */
    bool         other; /* a version whose heads libpcap reads in ways of its own: nothing to compare */
} simple;

static uint32_t word(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void found(const uint8_t *data, size_t length, uint64_t time_ns, bool timed)
{
    if (simple.count < FRAMES)
        simple.frame[simple.count] = (struct frame){data, length, time_ns, timed};
    simple.count++;
}

static void simple_pcap(const uint8_t *data, size_t size)
{
    bool   big = data[0] == 0xa1, nano = data[big ? 3 : 0] == 0x4d;
    size_t at = 24;
    simple.other = size < 8 || word(data + 4, big) != (big ? 0x00020004u : 0x00040002u);
    while (size >= 24 && size - at >= 16) {
        uint32_t seconds = word(data + at, big), part = word(data + at + 4, big), kept = word(data + at + 8, big);
        if (kept > size - at - 16)
            return;
        found(data + at + 16, kept, seconds * UINT64_C(1000000000) + (uint64_t)part * (nano ? 1 : 1000),
              seconds < INT32_MAX && part < 1000000);
        at += 16 + kept;
    }
    simple.whole = size >= 24 && at == size;
}

static void simple_pcapng(const uint8_t *data, size_t size)
{
    bool   big = false;
    size_t at = 0;
    while (size - at >= 12) {
        if (word(data + at, false) == 0x0a0d0d0a)
            big = word(data + at + 8, true) == 0x1a2b3c4d;
        uint32_t kind = word(data + at, big), length = word(data + at + 4, big);
        if (length < 12 || length % 4 || length > size - at)
            return;
        size_t head = kind == 3 ? 12 : 28;
        if ((kind == 2 || kind == 3 || kind == 6) && length >= head + 4)
            found(data + at + head, length - head - 4, 0, false);
        at += length;
    }
    simple.whole = at == size;
}

static void read_capture(const uint8_t *data, size_t size)
{
    char                   error[256];
    struct reader_datagram datagram;
    uint64_t               datagrams = 0;
    FILE                  *file = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;

    if (!file)
        return;
    if (!reader_is_capture(file)) {
        fclose(file);
        return;
    }
    simple.count = 0;
    simple.whole = simple.other = false;
    if (word(data, false) == 0x0a0d0d0a)
        simple_pcapng(data, size);
    else
        simple_pcap(data, size);
    struct reader *reader = reader_open(file, error);
    if (!reader)
        return;
    int got;
    while ((got = reader_next(reader, &datagram, error)) == 1) {
        if (simple.other)
            continue;
        FUZZ_CHECK(datagram.number >= 1 && datagram.number <= simple.count, "capfile-frame", "datagram in frame %llu of %zu",
                   (unsigned long long)datagram.number, simple.count);
        FUZZ_CHECK(++datagrams <= size, "capfile-progress", "%llu datagrams", (unsigned long long)datagrams);
        FUZZ_CHECK(reader_offset(reader) <= size, "capfile-offset", "%llu of %zu", (unsigned long long)reader_offset(reader),
                   size);
        if (datagram.number > FRAMES)
            continue;
        const struct frame *frame = &simple.frame[datagram.number - 1];
        FUZZ_CHECK(datagram.found.length == 0 || memmem(frame->data, frame->length, datagram.found.data, datagram.found.length),
                   "capfile-frame", "frame %llu does not hold it", (unsigned long long)datagram.number);
        FUZZ_CHECK(!frame->timed || frame->time_ns == datagram.time_ns, "capfile-time", "frame %llu at %llu, not %llu",
                   (unsigned long long)datagram.number, (unsigned long long)frame->time_ns, (unsigned long long)datagram.time_ns);
    }
    if (got == 0)
        FUZZ_CHECK(reader_counts(reader)->frames == simple.count || !simple.whole || simple.other, "capfile-count",
                   "%llu of %zu frames", (unsigned long long)reader_counts(reader)->frames, simple.count);
    reader_close(reader);
}

/* Secrets blocks go where key logs go. */
static bool secrets(void *context, const char *text, size_t length)
{
    char error[256];
    return keys_read(context, "block", text, length, error);
}

static void read_secrets(const uint8_t *data, size_t size)
{
    struct keys keys = {0};
    FILE       *file = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    if (!file)
        return;
    if (reader_is_capture(file))
        (void)reader_secrets(file, secrets, &keys);
    fclose(file);
    keys_free(&keys);
}

/* Key logs. ------------------------------------------------------------------------------------------------------------------ */

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* One line by regular expression, as it were: kind 0 .. 3, 4 none, 5 wrong. */
static unsigned simple_line(const char *at, const char *end, uint8_t key[32])
{
    static const char *const names[] = {"LOCAL_STATIC_PRIVATE_KEY", "REMOTE_STATIC_PUBLIC_KEY", "LOCAL_EPHEMERAL_PRIVATE_KEY",
                                        "PRESHARED_KEY"};
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t   used = 0;

    while (at < end && blank(*at))
        at++;
    while (end > at && blank(end[-1]))
        end--;
    if (at == end || *at == '#')
        return 4;
    unsigned kind = 0;
    while (kind < 4 && ((size_t)(end - at) < strlen(names[kind]) || memcmp(at, names[kind], strlen(names[kind])) != 0))
        kind++;
    if (kind == 4)
        return 5;
    at += strlen(names[kind]);
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    if (at == end || *at++ != '=')
        return 5;
    while (at < end && blank(*at))
        at++;
    if (end - at != 44 || at[43] != '=')
        return 5;
    for (unsigned i = 0; i < 43; i++) {
        const char *digit = at[i] ? strchr(digits, at[i]) : NULL;
        if (!digit)
            return 5;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 && used < 32)
            key[used++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return bits & 3 ? 5 : kind;
}

static void read_keys(const uint8_t *data, size_t size)
{
    static uint8_t seen[4][1024][32];
    size_t         counts[4] = {0};
    struct keys    keys = {0};
    char           error[256] = "";
    bool           good = true;

    bool taken = keys_read(&keys, "x", (const char *)data, size, error);
    for (const char *at = (const char *)data, *all = at + size; good && at < all;) {
        const char *end = memchr(at, '\n', (size_t)(all - at));
        uint8_t     key[32];
        unsigned    kind = simple_line(at, end ? end : all, key);
        good = kind != 5;
        bool new = kind < 4 && counts[kind] < 1024;
        for (size_t i = 0; new && i < counts[kind]; i++)
            new = memcmp(seen[kind][i], key, 32) != 0;
        if (new)
            memcpy(seen[kind][counts[kind]++], key, 32);
        at = end ? end + 1 : all;
    }
    FUZZ_CHECK(taken == good, "keys-verdict", "taken %d, by the simple reader %d: %s", taken, good, error);
    FUZZ_CHECK(taken == !error[0], "keys-error", "taken %d with '%s'", taken, error);
    if (taken)
        FUZZ_CHECK(
            keys.remote_count == counts[1] && keys.preshared_count == counts[3] && keys.static_count <= counts[0] &&
                keys.ephemeral_count <= counts[2] && !keys.static_count == !counts[0] && !keys.ephemeral_count == !counts[2],
            "keys-count", "%zu %zu %zu %zu", keys.static_count, keys.remote_count, keys.ephemeral_count, keys.preshared_count);
    keys_free(&keys);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return sodium_init() < 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192)
        return 0;
    uint8_t *file = fuzz_exact(data + 1, size - 1);
    if (data[0] & 1) {
        read_keys(file, size - 1);
    } else {
        read_secrets(file, size - 1);
        read_capture(file, size - 1);
    }
    fuzz_free(file);
    return 0;
}
