/*
 * uapi: requests of the text protocol, one behind the other (uapi_read, uapi_plan, uapi_set, uapi_get, uapi_text).
 *
 * Input: version 1; bit 0 structured, bit 1 the interface is up, the rest how large the buffer of a get is (and bit 2 that the
 * engine that grows has lanes outside). Then text, read as a host reads a connection; or, structured, lines of two bytes: kind
 * (16 and more: the request ends), and the number of a key, prefix or word of support/confmodel.h. Sees section-leaks,
 * replace-leaks, update-only-makes and minus-of-another. Oracles:
 *   uapi-model      a set is refused, a get says, or an address belongs otherwise than a naive model says (P-110, P-126 to P-130)
 *   uapi-pieces     a part of a request is taken for a whole one, or what follows it changes its length (P-143)
 *   uapi-refused    a set that was refused changed something, or a check did (P-127)
 *   uapi-reason     a refusal without an error, or a set without one that has one (P-148)
 *   uapi-sections   a set of many sections is another than a set for each of them (G-23, P-126, P-151)
 *   uapi-identity   what a get says, set on a new engine, makes it say something else
 *   uapi-chunks     a get in small pieces is another than in one, or goes on when something has changed (P-136)
 *   uapi-words      a set is taken with a key, or a word where only one is right, that is another
 *   uapi-answer     the text of an answer (P-144)
 *   uapi-needed     an engine that began with room for one and grew as a check said refuses what another takes, or says otherwise
 */
#include "whole.h"
#include "confmodel.h"
#include "crypto.h"
#include "fuzz.h"
#include "warren/inspect.h"
#include "warren/lane.h"
#include "warren/uapi.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, STRUCTURED = 1, UP = 2, LANES = 4 };
enum { REQUESTS = 8, LINES = 32, ANSWER = 16384, MEMORY = 1 << 16, REQUEST_MAX = LINES * CONF_LINE_MAX + 8 };

struct side { struct wrn_engine *engine; struct wrn_uapi_set host; };

enum { TOLD, OTHER, BEFORE, NEW, MEMORIES }; /* all requests; what it says; as it was before the last; nothing */

static _Alignas(16) uint8_t memory[MEMORIES][MEMORY];
static size_t               engine_size;
static char                 answer[3][ANSWER];

/* What the engine that is told all says, and did before the last request, with what the host adds. */
static struct says { char text[ANSWER + 1]; size_t length; struct wrn_uapi_set host; bool known; } both[2];
static struct says *says = &both[0], *said = &both[1];

/* As small as limits can be, with one lane or with two outside; it moves to and fro. */
static _Alignas(16) uint8_t rooms[2][1 << 19];
static struct { uint8_t memory[MEMORY]; size_t size; } begun[2][2]; /* by lanes, less one, and whether it is up */
static struct side          small;
static struct wrn_limits    small_limits;

/* Small, since it is copied all the time; with room for all that lines can name, and for more than text is likely to. */
static void init_new(void)
{
    struct wrn_engine *engine;
    struct wrn_config  config;
    wrn_config_default(&config);
    config.limits.peers = 8;
    config.limits.sources = config.limits.stage_slots = config.limits.stage_share = 1;
    config.limits.stage_bytes = 64;
    config.limits.window_bits = 128;
    fuzz_entropy(0, config.entropy);
    engine_size = wrn_engine_size(&config.limits);
    if (engine_size > MEMORY || wrn_engine_init(&engine, memory[NEW], engine_size, &config, 0) != WRN_OK)
        abort();
    conf_keys();
}

static struct side copy_side(unsigned to, unsigned from, const struct side *of)
{
    struct side side = {.engine = (struct wrn_engine *)(void *)memory[to], .host = of->host};
    fuzz_copy(memory[to], memory[from], engine_size);
    wrn_engine_attach(side.engine, &fuzz_watched, NULL, 1);
    return side;
}

static struct side open_side(unsigned which)
{
    static const struct side nothing;
    if (!engine_size)
        init_new();
    return copy_side(which, NEW, &nothing);
}

/* Nobody carries the orders anywhere. */
static bool drain(void)
{
    struct wrn_order order;
    bool any = false;
    for (unsigned lane = 0; lane < small_limits.lanes && small_limits.lanes > 1; lane++)
        while (wrn_orders(small.engine, lane, &order, 1))
            any = true;
    return any;
}

static void open_small(unsigned lanes, bool up)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits =
        (struct wrn_limits){.peers = 1, .prefixes = 1, .window_bits = 128, .sources = 1, .lanes = (uint8_t)lanes, .orders = 16};
    small_limits = config.limits;
    small = (struct side){.engine = (struct wrn_engine *)(void *)rooms[0]};
    uint8_t *image = begun[lanes - 1][up].memory;
    size_t  *size = &begun[lanes - 1][up].size;
    if (*size) {
        fuzz_copy(rooms[0], image, *size);
        wrn_engine_attach(small.engine, &fuzz_watched, NULL, lanes);
        return;
    }
    fuzz_entropy(0, config.entropy);
    *size = wrn_engine_size(&config.limits);
    if (*size > MEMORY || wrn_engine_init(&small.engine, rooms[0], sizeof rooms[0], &config, 0) != WRN_OK)
        abort();
    wrn_engine_attach(small.engine, &fuzz_watched, NULL, lanes);
    if (wrn_set_up(small.engine, 0, up) != WRN_OK)
        abort();
    fuzz_copy(image, rooms[0], *size);
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

/* What the engine says now: asked when it may be something else than it was. */
static void ask(const struct side *side)
{
    if (says->known && says->host.listen_port == side->host.listen_port && says->host.fwmark == side->host.fwmark)
        return;
    says->length = get(side, says->text, ANSWER);
    says->text[says->length] = 0;
    says->host = side->host;
    says->known = true;
}

/* Does another say the same? */
static bool says_so(const struct side *side, size_t chunk, size_t *length)
{
    *length = get(side, answer[1], chunk);
    return *length == says->length && !memcmp(says->text, answer[1], *length);
}

/* Once each: it hangs on nothing but the number. */
static void judge_answer(int error)
{
    static bool judged[2][256];
    bool       *once = error > -256 && error < 256 ? &judged[error < 0][error < 0 ? -error : error] : NULL;
    if (once && *once)
        return;
    char is[WRN_UAPI_ANSWER], should[WRN_UAPI_ANSWER];
    size_t length = wrn_uapi_answer(error, is, sizeof is);
    FUZZ_CHECK(snprintf(should, sizeof should, "errno=%d\n\n", -error) == (int)length && !memcmp(is, should, length),
               "uapi-answer", "of %d: %.*s", error, (int)length, is);
    FUZZ_CHECK(!wrn_uapi_answer(error, is, sizeof is - 1), "uapi-answer", "in too little room");
    if (once)
        *once = true;
}

static enum wrn_status check(const struct side *side, const char *text, size_t length, struct wrn_uapi_set *found)
{
    memset(found, 0, sizeof *found);
    enum wrn_status status = wrn_uapi_check(side->engine, text, length, found);
    FUZZ_CHECK((status == WRN_OK) == !found->error && !found->what == !found->error, "uapi-reason", "status %d, error %d", status,
               found->error);
    judge_answer(found->error);
    judge_answer(-found->error);
    return status;
}

static void apply(struct side *side, const char *text, size_t length, const struct wrn_uapi_set *found)
{
    wrn_uapi_apply(side->engine, 0, text, length);
    if (found->has_listen_port)
        side->host.listen_port = found->listen_port;
    if (found->has_fwmark)
        side->host.fwmark = found->fwmark;
}

/* Checked, and applied when it may be. */
static bool set(struct side *side, const char *text, size_t length)
{
    struct wrn_uapi_set found;
    bool                good = check(side, text, length, &found) == WRN_OK;
    if (good)
        apply(side, text, length, &found);
    return good;
}

static bool is_read_only(const char *line)
{
    static const char *const names[] = {"last_handshake_time_", "tx_bytes=", "rx_bytes=", "errno="};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strncmp(line, names[i], strlen(names[i])))
            return true;
    return false;
}

static void judge_identity(const struct side *side, size_t chunk)
{
    size_t pieces, length = 6;
    ask(side);
    FUZZ_CHECK(says_so(side, chunk, &pieces), "uapi-chunks", "%zu and %zu bytes", says->length, pieces);
    struct side other = open_side(OTHER);
    memcpy(answer[2], "set=1\n", 6);
    for (const char *line = says->text; *line && *line != '\n'; line = strchr(line, '\n') + 1) {
        size_t size = (size_t)(strchr(line, '\n') - line) + 1;
        if (is_read_only(line))
            continue;
        memcpy(answer[2] + length, line, size);
        length += size;
    }
    answer[2][length++] = '\n';
    FUZZ_CHECK(set(&other, answer[2], length), "uapi-identity", "refused");
    FUZZ_CHECK(says_so(&other, ANSWER / 2, &pieces), "uapi-identity", "%zu and %zu bytes", says->length, pieces);
}

static const char *next_section(const char *at, const char *end)
{
    for (; at < end; at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : end)
        if (end - at > 11 && !memcmp(at, "public_key=", 11))
            return at;
    return end;
}

static const char *behind_line(const char *at, const char *end)
{
    return (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
}

/* What was done at once, done piece by piece to the engine as it was before: the interface's own lines, then each section. */
static void judge_sections(struct side *before, const char *text, size_t length)
{
    const char *at = text + 6, *end = text + length - 1, *first = next_section(at, end);
    bool        device = first > at;
    if (first == end || (!device && next_section(behind_line(first, end), end) == end))
        return; /* one piece */
    while (at < end || device) {
        const char *stop = device ? next_section(at, end) : next_section(behind_line(at, end), end);
        size_t      size = 6 + (size_t)(stop - at) + 1;
        uint8_t    *piece = fuzz_exact((const uint8_t *)text, size);
        memcpy(piece + 6, at, (size_t)(stop - at));
        piece[size - 1] = '\n';
        FUZZ_CHECK(set(before, (const char *)piece, size), "uapi-sections", "refused: %.*s", (int)size, piece);
        fuzz_free(piece);
        at = stop;
        device = false;
    }
    size_t pieces;
    FUZZ_CHECK(says_so(before, ANSWER, &pieces), "uapi-sections", "%zu bytes, %zu piece by piece", says->length, pieces);
}

static void judge_part(const char *text, size_t part, size_t length)
{
    size_t got;
    FUZZ_CHECK(wrn_uapi_kind(text, part, &got) == WRN_UAPI_INCOMPLETE && !got, "uapi-pieces", "%zu of %zu bytes", part, length);
}

/* Parts within the first line, and a few after: each costs a pass, and other inputs have other lengths. */
static void judge_pieces(const char *text, size_t size, enum wrn_uapi_kind kind, size_t length)
{
    size_t got = 0;
    for (size_t part = 0; part < length && part < 8; part++)
        judge_part(text, part, length);
    judge_part(text, length / 3, length);
    judge_part(text, length - 1, length);
    FUZZ_CHECK(length <= size && wrn_uapi_kind(text, length, &got) == kind && got == length, "uapi-pieces", "%zu of %zu", got,
               length);
}

/* What is no whole set is none. */
static void judge_whole(const struct side *side, const char *text, size_t length)
{
    struct wrn_uapi_set found;
    uint8_t *part = fuzz_exact((const uint8_t *)text, length - 1);
    FUZZ_CHECK(check(side, (const char *)part, length - 1, &found) == WRN_BAD_SYNTAX && found.error == WRN_UAPI_EPROTO,
               "uapi-pieces", "all but the last byte");
    fuzz_free(part);
    part = fuzz_room(length + 1);
    memcpy(part, text, length);
    part[length] = '\n';
    FUZZ_CHECK(check(side, (const char *)part, length + 1, &found) == WRN_BAD_SYNTAX && found.error == WRN_UAPI_EPROTO,
               "uapi-pieces", "a byte more");
    fuzz_free(part);
}

/* A get that was begun before this change must begin again, unless it had ended. */
static void judge_changed(const struct side *before, const struct side *after)
{
    struct wrn_uapi_get request = {.listen_port = 0};
    size_t written;
    FUZZ_CHECK(wrn_uapi_get(before->engine, &request, answer[0], WRN_UAPI_CHUNK - 1, &written) == WRN_BAD_ARGUMENT && !written,
               "uapi-chunks", "%u bytes are enough", WRN_UAPI_CHUNK - 1);
    FUZZ_CHECK(wrn_uapi_get(before->engine, &request, answer[0], WRN_UAPI_CHUNK, &written) == WRN_OK && written > 1,
               "uapi-chunks", "nothing");
    bool ended = answer[0][written - 1] == '\n' && answer[0][written - 2] == '\n';
    struct side host = {before->engine, after->host}; /* the host's own is no configuration of the engine */
    ask(&host);
    struct says *was = says;
    says = said;
    said = was;
    says->known = false;
    ask(after);
    enum wrn_status status = wrn_uapi_get(after->engine, &request, answer[2], WRN_UAPI_CHUNK, &written);
    if (said->length == says->length && !memcmp(said->text, says->text, said->length))
        return;
    FUZZ_CHECK(status == (ended ? WRN_OK : WRN_CHANGED) && !written, "uapi-chunks", "%s after a change, from:\n%s\nto:\n%s",
               wrn_status_name(status), said->text, says->text);
}

/* Orders wait, as many as a check lets pass: applying takes no more room than it asked for. */
static void leave_just_enough(const char *text, size_t length)
{
    struct wrn_uapi_set found;
    struct wrn_order    order;
    while (wrn_set_mtu(small.engine, 1420) == WRN_OK)
        continue;
    for (uint32_t i = 0; i < small_limits.orders && wrn_uapi_check(small.engine, text, length, &found) == WRN_BUSY; i++)
        for (unsigned lane = 0; lane < small_limits.lanes; lane++)
            (void)wrn_orders(small.engine, lane, &order, 1);
}

/* What one engine took, another that grows takes. */
static void grow_and_take(const char *text, size_t length)
{
    struct wrn_limits *limits = &small_limits;
    struct wrn_uapi_set found;
    (void)drain();
    enum wrn_status status = check(&small, text, length, &found);
    if (status == WRN_NO_ROOM) {
        void *to = (uint8_t *)(void *)small.engine == rooms[0] ? rooms[1] : rooms[0];
        *limits = found.needed;
        FUZZ_CHECK(wrn_engine_size(limits) && wrn_engine_size(limits) <= sizeof rooms[0], "uapi-needed",
                   "%u peers, %u prefixes, %u orders", limits->peers, limits->prefixes, limits->orders);
        FUZZ_CHECK(wrn_engine_move(&small.engine, to, sizeof rooms[0], limits) == WRN_OK, "uapi-needed", "it cannot grow");
        status = check(&small, text, length, &found);
    }
    if (status == WRN_OK && limits->lanes > 1)
        leave_just_enough(text, length);
    FUZZ_CHECK(status == WRN_OK, "uapi-needed", "%s, with %u peers, %u prefixes, %u orders", wrn_status_name(status),
               limits->peers, limits->prefixes, limits->orders);
    apply(&small, text, length, &found);
    /* Now its orders wait: what needs many of them is busy, not short of room, and changes nothing. */
    if (check(&small, text, length, &found) == WRN_BUSY) {
        FUZZ_CHECK(drain(), "uapi-needed", "busy, and no order waits");
        FUZZ_CHECK(check(&small, text, length, &found) != WRN_BUSY, "uapi-needed", "busy for good");
    }
    size_t grown;
    FUZZ_CHECK(says_so(&small, ANSWER, &grown), "uapi-needed", "it says:\n%.*s\nand the other:\n%s", (int)grown, answer[1],
               says->text);
}

/* Of a set that is good: no line has another key, or another word where only one is right. */
static void judge_words(const char *text, size_t length)
{
    static const char *const free_values[] = {"private_key=", "listen_port=", "fwmark=", "public_key=", "preshared_key=", "endpoint=",
                                              "persistent_keepalive_interval=", "allowed_ip="};
    static const char *const whole[] = {"replace_peers=true\n", "remove=true\n", "update_only=true\n",
                                        "replace_allowed_ips=true\n", "protocol_version=1\n"};
    for (const char *at = text + 6, *end = text + length - 1; at < end; at = behind_line(at, end)) {
        bool known = false;
        for (unsigned i = 0; i < sizeof free_values / sizeof free_values[0]; i++)
            known |= (size_t)(end - at) > strlen(free_values[i]) && !memcmp(at, free_values[i], strlen(free_values[i]));
        for (unsigned i = 0; i < sizeof whole / sizeof whole[0]; i++)
            known |= (size_t)(end - at) >= strlen(whole[i]) && !memcmp(at, whole[i], strlen(whole[i]));
        FUZZ_CHECK(known, "uapi-words", "taken: %.20s", at);
    }
}

/* A whole set. False: it was refused; *found says why. */
static bool take_set(struct side *side, const char *text, size_t length, struct wrn_uapi_set *found)
{
    struct side before = copy_side(BEFORE, TOLD, side);
    bool        good = check(side, text, length, found) == WRN_OK;
    judge_whole(side, text, length);
    FUZZ_CHECK(fuzz_same(memory[TOLD], memory[BEFORE], engine_size), "uapi-refused", "good %d", good);
    if (good) {
        judge_words(text, length);
        apply(side, text, length, found);
        judge_changed(&before, side);
        judge_sections(&before, text, length);
        grow_and_take(text, length);
    }
    return good;
}

static void read_text(struct side *side, const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < REQUESTS && size; i++) {
        struct wrn_uapi_set found;
        size_t              length = 0;
        uint8_t            *exact = fuzz_exact(data, size);
        enum wrn_uapi_kind  kind = wrn_uapi_kind((const char *)exact, size, &length);
        fuzz_free(exact);
        if (kind == WRN_UAPI_INCOMPLETE || kind == WRN_UAPI_UNKNOWN)
            return;
        judge_pieces((const char *)data, size, kind, length);
        exact = fuzz_exact(data, length);
        if (kind == WRN_UAPI_SET)
            (void)take_set(side, (const char *)exact, length, &found);
        fuzz_free(exact);
        data += length;
        size -= length;
    }
}

static size_t read_lines(struct fuzz_bytes *in, struct conf_line lines[LINES])
{
    size_t count = 0;
    while (count < LINES && in->left) {
        struct conf_line line = {.kind = fuzz_u8(in)};
        if (line.kind >= 16)
            break;
        line.value = fuzz_u8(in);
        line.kind = line.kind == 15 ? CONF_PUBLIC_KEY : line.kind;
        lines[count++] = line;
    }
    return count;
}

static size_t write_lines(const struct conf_line *lines, size_t count, char text[REQUEST_MAX])
{
    size_t length = 6;
    memcpy(text, "set=1\n", length);
    for (size_t i = 0; i < count; i++)
        length += conf_text(lines[i], text + length);
    text[length++] = '\n';
    return length;
}

static void judge_owners(const struct side *side, const struct conf *conf)
{
    for (unsigned i = 0; i < CONF_ADDRESSES; i++) {
        uint8_t         address[16], family;
        struct wrn_peer peer, wanted;
        unsigned        owner = conf_owner_of(conf, i, address, &family);
        bool            found = wrn_allowed_lookup(side->engine, family, address, &peer) == WRN_OK;
        FUZZ_CHECK(found == (owner != 0), "uapi-model", "address %u: found %d, owner %u", i, found, owner);
        if (!owner)
            continue;
        FUZZ_CHECK(wrn_peer_find(side->engine, conf_public_key(owner - 1), &wanted) == WRN_OK && wanted.slot == peer.slot,
                   "uapi-model", "address %u is not of key %u", i, owner - 1);
    }
}

static void read_structured(struct side *side, struct fuzz_bytes *in)
{
    struct conf conf = {.own = 0};
    for (unsigned i = 0; i < REQUESTS && in->left; i++) {
        struct wrn_uapi_set found;
        struct conf_line    lines[LINES];
        char                text[REQUEST_MAX];
        size_t              count = read_lines(in, lines), length = write_lines(lines, count, text), line;
        int                 error;
        judge_pieces(text, length, WRN_UAPI_SET, length);
        uint8_t *exact = fuzz_exact((const uint8_t *)text, length);
        bool     good = take_set(side, (const char *)exact, length, &found);
        fuzz_free(exact);
        FUZZ_CHECK(conf_set(&conf, lines, count, &error, &line) == good && error == found.error && line == found.line,
                   "uapi-model", "error %d in line %zu, and not %d in line %zu", found.error, found.line, error, line);
        ask(side);
        const char *what = conf_differs(&conf, says->text, says->length);
        FUZZ_CHECK(!what, "uapi-model", "%s, in:\n%s", what, says->text);
        judge_owners(side, &conf);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes in = {data, size};
    if (fuzz_u8(&in) != VERSION)
        return 0;
    uint8_t     flags = fuzz_u8(&in);
    struct side side = open_side(TOLD);
    says->known = false;
    open_small(flags & LANES ? 2 : 1, flags & UP);
    if (wrn_set_up(side.engine, 0, flags & UP) != WRN_OK)
        abort();
    if (flags & STRUCTURED)
        read_structured(&side, &in);
    else
        read_text(&side, in.at, in.left);
    judge_identity(&side, WRN_UAPI_CHUNK + (flags >> 2));
    return 0;
}

void fuzz_render(FILE *out, const uint8_t *data, size_t size)
{
    struct fuzz_bytes in = {data, size};
    if (fuzz_u8(&in) != VERSION)
        return;
    uint8_t flags = fuzz_u8(&in);
    fprintf(out, "# the interface is %s, a get has %zu bytes\n", flags & UP ? "up" : "down", (size_t)WRN_UAPI_CHUNK + (flags >> 2));
    if (!(flags & STRUCTURED))
        fwrite(in.at, 1, in.left, out);
    conf_keys();
    for (unsigned i = 0; i < REQUESTS && in.left && flags & STRUCTURED; i++) {
        struct conf_line lines[LINES];
        char             text[REQUEST_MAX];
        size_t           length = write_lines(lines, read_lines(&in, lines), text);
        fwrite(text, 1, length, out);
    }
}
