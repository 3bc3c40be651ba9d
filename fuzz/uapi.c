/*
 * uapi: requests of the text protocol, one behind the other, as text (uapi_read, uapi_plan, uapi_set, uapi_get, uapi_text).
 *
 * Input: text, read as a host reads a connection. Sees section-leaks and replace-leaks. Oracles:
 *   uapi-pieces     a part of a request is taken for a whole one, or what follows it changes its length (P-143)
 *   uapi-refused    a set that was refused changed something, or a check did (P-127)
 *   uapi-reason     a refusal without an error, or a set without one that has one (P-148)
 *   uapi-sections   a set of many sections is another than a set for each of them (G-23, P-126, P-151)
 *   uapi-identity   what a get says, set on a new engine, makes it say something else
 *   uapi-chunks     a get in small pieces is another than in one (P-136)
 */
#include "fuzz.h"
#include "crypto.h"
#include "warren/inspect.h"
#include "warren/uapi.h"

#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 8, ANSWER = 65536, MEMORY = 1 << 18 };

struct side { struct wrn_engine *engine; struct wrn_uapi_set host; };

static _Alignas(16) uint8_t memory[3][MEMORY]; /* told all, told what it says, told piece by piece */
static size_t               engine_size;
static char                 answer[3][ANSWER];

static struct side open_side(unsigned which)
{
    struct side       side = {0};
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.sources = config.limits.stage_slots = config.limits.stage_share = 16; /* small: it is copied */
    config.limits.window_bits = 512;
    fuzz_entropy(which, config.entropy);
    engine_size = wrn_engine_size(&config.limits);
    if (engine_size > MEMORY || wrn_engine_init(&side.engine, memory[which], engine_size, &config, 0) != WRN_OK)
        abort();
    wrn_engine_attach(side.engine, &fuzz_watched, NULL, 1);
    return side;
}

static size_t get(const struct side *side, char *out, size_t chunk)
{
    struct wrn_uapi_get request = {.listen_port = side->host.listen_port, .fwmark = side->host.fwmark};
    size_t              length = 0, written;
    do {
        size_t room = chunk < ANSWER - length ? chunk : ANSWER - length;
        FUZZ_CHECK(wrn_uapi_get(side->engine, &request, out + length, room, &written) == WRN_OK, "uapi-chunks", "refused");
        FUZZ_CHECK(written <= room, "uapi-chunks", "%zu of %zu", written, room);
        length += written;
    } while (written);
    return length;
}

/* Checked, and applied when it may be. */
static bool set(struct side *side, const char *text, size_t length)
{
    struct wrn_uapi_set found;
    uint8_t             before[32], after[32];
    memset(&found, 0, sizeof found);
    wrn_digest(side->engine, WRN_PART_ALL, before);
    enum wrn_status status = wrn_uapi_check(side->engine, text, length, &found);
    wrn_digest(side->engine, WRN_PART_ALL, after);
    FUZZ_CHECK(!memcmp(before, after, 32), "uapi-refused", "status %d", status);
    FUZZ_CHECK((status == WRN_OK) == !found.error && !found.what == !found.error, "uapi-reason", "status %d, error %d", status,
               found.error);
    if (status != WRN_OK)
        return false;
    wrn_uapi_apply(side->engine, 0, text, length);
    if (found.has_listen_port)
        side->host.listen_port = found.listen_port;
    if (found.has_fwmark)
        side->host.fwmark = found.fwmark;
    return true;
}

static bool is_read_only(const char *line)
{
    static const char *const names[] = {"last_handshake_time_", "tx_bytes=", "rx_bytes=", "errno="};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strncmp(line, names[i], strlen(names[i])))
            return true;
    return false;
}

static void judge_identity(const struct side *side)
{
    size_t      whole = get(side, answer[0], ANSWER / 2), pieces = get(side, answer[1], WRN_UAPI_CHUNK), length = 6;
    struct side other = open_side(1);
    FUZZ_CHECK(whole == pieces && !memcmp(answer[0], answer[1], whole), "uapi-chunks", "%zu and %zu bytes", whole, pieces);
    answer[0][whole] = 0;
    memcpy(answer[2], "set=1\n", 6);
    for (const char *line = answer[0]; *line && *line != '\n'; line = strchr(line, '\n') + 1) {
        size_t size = (size_t)(strchr(line, '\n') - line) + 1;
        if (is_read_only(line))
            continue;
        memcpy(answer[2] + length, line, size);
        length += size;
    }
    answer[2][length++] = '\n';
    FUZZ_CHECK(set(&other, answer[2], length), "uapi-identity", "refused");
    pieces = get(&other, answer[1], ANSWER / 2);
    FUZZ_CHECK(whole == pieces && !memcmp(answer[0], answer[1], whole), "uapi-identity", "%zu and %zu bytes", whole, pieces);
}

static const char *next_section(const char *at, const char *end)
{
    for (; at < end; at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : end)
        if (end - at > 11 && !memcmp(at, "public_key=", 11))
            return at;
    return end;
}

/* What was done at once, done piece by piece to the engine as it was before: the interface's own lines, then each section. */
static void judge_sections(const struct side *side, struct side *before, const char *text, size_t length)
{
    const char *at = text + 6, *end = text + length - 1;
    bool        device = true;
    while (at < end || device) {
        const char *stop = device ? next_section(at, end) : next_section((const char *)memchr(at, '\n', (size_t)(end - at)) + 1, end);
        size_t      size = 6 + (size_t)(stop - at) + 1;
        uint8_t    *piece = fuzz_exact((const uint8_t *)text, size);
        memcpy(piece + 6, at, (size_t)(stop - at));
        piece[size - 1] = '\n';
        FUZZ_CHECK(set(before, (const char *)piece, size), "uapi-sections", "refused: %.*s", (int)size, piece);
        fuzz_free(piece);
        at = stop;
        device = false;
    }
    size_t whole = get(side, answer[0], ANSWER), pieces = get(before, answer[1], ANSWER);
    FUZZ_CHECK(whole == pieces && !memcmp(answer[0], answer[1], whole), "uapi-sections", "%zu bytes, %zu piece by piece", whole,
               pieces);
}

static struct side copy_side(const struct side *of)
{
    struct side side = {.engine = (struct wrn_engine *)(void *)memory[2], .host = of->host};
    memcpy(memory[2], memory[0], engine_size);
    wrn_engine_attach(side.engine, &fuzz_watched, NULL, 1);
    return side;
}

static void judge_pieces(const char *text, size_t size, enum wrn_uapi_kind kind, size_t length)
{
    size_t got;
    for (size_t part = 0; part < length; part += 1 + length / 64)
        FUZZ_CHECK(wrn_uapi_kind(text, part, &got) == WRN_UAPI_INCOMPLETE && !got, "uapi-pieces", "%zu of %zu bytes", part,
                   length);
    FUZZ_CHECK(length <= size && wrn_uapi_kind(text, length, &got) == kind && got == length, "uapi-pieces", "%zu of %zu", got,
               length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side side = open_side(0);
    for (unsigned i = 0; i < REQUESTS && size; i++) {
        size_t             length = 0;
        uint8_t           *exact = fuzz_exact(data, size);
        enum wrn_uapi_kind kind = wrn_uapi_kind((const char *)exact, size, &length);
        fuzz_free(exact);
        if (kind == WRN_UAPI_INCOMPLETE || kind == WRN_UAPI_UNKNOWN)
            return 0;
        judge_pieces((const char *)data, size, kind, length);
        exact = fuzz_exact(data, length);
        struct side before = copy_side(&side);
        if (kind == WRN_UAPI_SET && set(&side, (const char *)exact, length)) {
            judge_sections(&side, &before, (const char *)exact, length);
            judge_identity(&side);
        }
        fuzz_free(exact);
        data += length;
        size -= length;
    }
    return 0;
}
