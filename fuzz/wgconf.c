/*
 * wgconf: configuration files of wg and wg-quick, read, written and read again, and beside it what wg would tell an engine.
 *
 * Input: a file. A second reader goes through it as wg does: it turns base64 to hex and marks to decimals, and hands the words
 * themselves to the text protocol, so that wgconf and uapi_text judge the same words. Where wg goes further, it follows wgconf:
 * names of hosts, keys of wg-quick, each key once, blanks at the ends of a line and around its first = only.
 *
 * Sees mark-of-33-bits and port-of-nothing. Oracles:
 *   wgconf-accepts   a file is read that the second reader refuses, or the other way round
 *   wgconf-place     an error without a sentence, of more than one line, or at a place that the file does not have
 *   wgconf-kept      a refusal gives something back
 *   wgconf-written   what was read, written as a file, is refused or reads as something else
 *   wgconf-uapi      what was read makes another configuration of an engine than what the file says
 */
#include "wgconf.h"
#include "fuzz.h"
#include "crypto.h"
#include "whole.h"
#include "warren/uapi.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST = 8192, ROOM = 1 << 20 };

/* Text in the making. */
struct text { char bytes[ROOM]; size_t length; };

static struct text said, meant, file, answers[2];

static void put_bytes(struct text *text, const char *bytes, size_t length)
{
    if (length >= ROOM - text->length)
        abort();
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void put_words(struct text *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_bytes(text, words[i], strlen(words[i]));
}

/* Words, one behind the other: formats are slow where a sanitizer reads them. */
#define PUT(text, ...)                                                                                                             \
    put_words(text, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

struct decimal { char text[11]; };

static struct decimal decimal(uint32_t number)
{
    struct decimal out = {""};
    char           digits[10];
    size_t         count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (size_t i = 0; i < count; i++)
        out.text[i] = digits[count - 1 - i];
    return out;
}

static void put_hex(struct text *text, const char *key, const uint8_t bytes[32])
{
    char hex[65];
    PUT(text, key, "=", sodium_bin2hex(hex, sizeof hex, bytes, 32), "\n");
}

/* The second reader. --------------------------------------------------------------------------------------------------------- */

/* What a file says so far. Lines of [Peer] wait until its PublicKey is known: in the protocol it comes first. */
struct second {
    bool        good, interface, peer, keyed;
    unsigned    seen;
    struct text device, sections, lines;
    uint8_t     key[32];
};

static struct second second;

static void end_peer(void)
{
    if (!second.peer)
        return;
    second.good = second.good && second.keyed;
    put_hex(&second.sections, "public_key", second.key);
    put_bytes(&second.sections, second.lines.bytes, second.lines.length);
    second.lines.length = 0;
    second.keyed = false;
}

static bool take_key(const char *value, uint8_t out[32])
{
    size_t length = 0;
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at > '~')
            return false; /* libsodium 1.0.18 takes bytes above 127 for base64 */
    return strlen(value) == 44 &&
           !sodium_base642bin(out, 32, value, 44, NULL, &length, NULL, sodium_base64_VARIANT_ORIGINAL) && length == 32;
}

static bool digits(const char *text, const char *of) { return *text && strspn(text, of) == strlen(text); }

static bool take_mark(const char *value, uint32_t *mark)
{
    bool hex = !strncmp(value, "0x", 2), off = !strcasecmp(value, "off");
    if (!off && !digits(value + 2 * hex, hex ? "0123456789abcdefABCDEF" : "0123456789"))
        return false;
    unsigned long long number = off ? 0 : strtoull(value, NULL, hex ? 16 : 10); /* ULLONG_MAX when it is more */
    *mark = (uint32_t)number;
    return number <= UINT32_MAX;
}

static bool between(const char *value, unsigned long long least, unsigned long long most)
{
    if (!digits(value, "0123456789"))
        return false;
    unsigned long long number = strtoull(value, NULL, 10);
    return number >= least && number <= most;
}

/* As a line of the protocol, which needs the length of a prefix; null: Address, of wg-quick, which an engine does not see. */
static bool take_prefixes(struct text *out, char *value)
{
    for (char *next; value && *value; value = next) {
        next = strchr(value, ',');
        if (next)
            *next++ = 0;
        value += strspn(value, " \t");
        for (size_t end = strlen(value); end && strchr(" \t", value[end - 1]);)
            value[--end] = 0;
        bool six = strchr(value, ':');
        if (out)
            PUT(out, "allowed_ip=", value, strchr(value, '/') ? "" : six ? "/128" : "/32", "\n");
        uint8_t address[16];
        char   *slash = out ? NULL : strchr(value, '/');
        if (slash)
            *slash = 0;
        if (!out && (inet_pton(six ? AF_INET6 : AF_INET, value, address) != 1 || (slash && !between(slash + 1, 0, six ? 128 : 32))))
            return false;
        if (*value == '-' || (next && !*next))
            return false; /* taking prefixes away is not for files; nothing behind the last comma */
    }
    return true;
}

/* A host of letters is looked up by wg; for an engine it is not there yet. */
static bool take_endpoint(char *value)
{
    char    *colon = strrchr(value, ':');
    uint8_t  address[4];
    if (!colon || colon == value || !between(colon + 1, 1, 65535) || strchr(value, '%') ||
        (size_t)(colon - value) >= WGCONF_HOST_BYTES)
        return false;
    if (value[0] == '[') {
        PUT(&second.lines, "endpoint=", value, "\n");
        return true;
    }
    *colon = 0;
    bool named = digits(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    if (named && inet_pton(AF_INET, value, address) == 1)
        PUT(&second.lines, "endpoint=", value, ":", colon + 1, "\n");
    return named;
}

enum key {
    PRIVATE, PORT, MARK, MTU, TABLE, SAVE, PUBLIC, PSK, ENDPOINT, KEEPALIVE, /* once in a section */
    ADDRESS, DNS, PRE_UP, POST_UP, PRE_DOWN, POST_DOWN, ALLOWED,
    KEYS
};

#define NAME(text) {text, sizeof text - 1}
static const struct { const char *text; size_t length;
} names[KEYS] = {NAME("PrivateKey"), NAME("ListenPort"), NAME("FwMark"), NAME("MTU"), NAME("Table"), NAME("SaveConfig"),
                 NAME("PublicKey"), NAME("PresharedKey"), NAME("Endpoint"), NAME("PersistentKeepalive"), NAME("Address"), NAME("DNS"),
                 NAME("PreUp"), NAME("PostUp"), NAME("PreDown"), NAME("PostDown"), NAME("AllowedIPs")};

static bool blank(char c) { return c == ' ' || c == '\t'; }

static bool take_pair(enum key key, char *value)
{
    uint8_t  bytes[32];
    uint32_t mark = 0;
    switch (key) {
    case PRIVATE:
    case PSK:
        if (!take_key(value, bytes))
            return false;
        put_hex(key == PRIVATE ? &second.device : &second.lines, key == PRIVATE ? "private_key" : "preshared_key", bytes);
        return true;
    case PUBLIC:
        return second.keyed = take_key(value, second.key);
    case PORT:
        PUT(&second.device, "listen_port=", value, "\n");
        return true;
    case MARK:
        if (!take_mark(value, &mark))
            return false;
        PUT(&second.device, "fwmark=", decimal(mark).text, "\n");
        return true;
    case KEEPALIVE:
        PUT(&second.lines, "persistent_keepalive_interval=", strcasecmp(value, "off") ? value : "0", "\n");
        return true;
    case ALLOWED:
        return *value && take_prefixes(&second.lines, value);
    case ENDPOINT:
        return take_endpoint(value);
    case ADDRESS:
        return take_prefixes(NULL, value);
    case MTU:
        return between(value, 68, 65535);
    case SAVE:
        return !strcmp(value, "true") || !strcmp(value, "false");
    default:
        return *value;
    }
}

static bool take_line(char *line)
{
    line[strcspn(line, "#")] = 0;
    line += strspn(line, " \t\r");
    for (size_t end = strlen(line); end && (blank(line[end - 1]) || line[end - 1] == '\r');)
        line[--end] = 0;
    if (!*line)
        return true;
    bool interface = !strcasecmp(line, "[Interface]"), peer = !strcasecmp(line, "[Peer]");
    if (interface || peer) {
        end_peer();
        bool again = interface && second.interface;
        second.interface |= interface;
        second.peer = peer;
        second.seen = 0;
        return !again;
    }
    char  *equals = strchr(line, '=');
    size_t length = equals ? (size_t)(equals - line) : 0;
    while (length && blank(line[length - 1]))
        length--;
    unsigned key = 0;
    while (key < KEYS && (names[key].length != length || strncasecmp(names[key].text, line, length) != 0))
        key++;
    bool of_peer = key == ALLOWED || (key >= PUBLIC && key <= KEEPALIVE);
    if (line[0] == '[' || !equals || key == KEYS || of_peer != second.peer || (!second.peer && !second.interface) ||
        (second.seen >> key & 1 && key < ADDRESS))
        return false;
    second.seen |= 1u << key;
    return take_pair((enum key)key, equals + 1 + strspn(equals + 1, " \t"));
}

/* What wg would say to an engine; false: it says nothing, but that the file is wrong. */
static bool read_second(const char *text, size_t size)
{
    static char copy[MOST + 1];
    second.good = !memchr(text, 0, size);
    second.interface = second.peer = second.keyed = false;
    second.device.length = second.sections.length = second.lines.length = 0;
    memcpy(copy, text, size);
    copy[size] = 0;
    for (char *line = copy, *next; line && second.good; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        second.good = take_line(line) && second.good;
    }
    end_peer();
    said.length = 0;
    PUT(&said, "set=1\n");
    put_bytes(&said, second.device.bytes, second.device.length);
    put_bytes(&said, second.sections.bytes, second.sections.length);
    PUT(&said, "\n");
    return second.good && second.interface;
}

/* What the reader read. ------------------------------------------------------------------------------------------------------ */

static void put_prefixes(struct text *out, const char *key, const struct wrn_prefix *prefixes, uint32_t count)
{
    char address[INET6_ADDRSTRLEN];
    for (uint32_t i = 0; i < count; i++) {
        FUZZ_CHECK((prefixes[i].family == 4 || prefixes[i].family == 6) && prefixes[i].length <= (prefixes[i].family == 4 ? 32 : 128),
                   "wgconf-accepts", "a prefix of family %u, length %u", prefixes[i].family, prefixes[i].length);
        inet_ntop(prefixes[i].family == 6 ? AF_INET6 : AF_INET, prefixes[i].address, address, sizeof address);
        PUT(out, key, address, "/", decimal(prefixes[i].length).text, "\n");
    }
}

/* To an engine. */
static void mean(struct text *out, const struct wgconf *conf)
{
    uint8_t address[16];
    out->length = 0;
    PUT(out, "set=1\n");
    if (conf->has_key)
        put_hex(out, "private_key", conf->private_key);
    PUT(out, "listen_port=", decimal(conf->listen_port).text, "\nfwmark=", decimal(conf->fwmark).text, "\n");
    for (uint32_t i = 0; i < conf->peer_count; i++) {
        const struct wgconf_peer *peer = &conf->peers[i];
        put_hex(out, "public_key", peer->public_key);
        if (peer->has_psk)
            put_hex(out, "preshared_key", peer->psk);
        if (inet_pton(AF_INET6, peer->host, address) == 1)
            PUT(out, "endpoint=[", peer->host, "]:", decimal(peer->port).text, "\n");
        else if (inet_pton(AF_INET, peer->host, address) == 1)
            PUT(out, "endpoint=", peer->host, ":", decimal(peer->port).text, "\n");
        if (peer->keepalive_s)
            PUT(out, "persistent_keepalive_interval=", decimal(peer->keepalive_s).text, "\n");
        put_prefixes(out, "allowed_ip=", peer->allowed, peer->allowed_count);
    }
    PUT(out, "\n");
}

static void put_base64(struct text *out, const char *key, const uint8_t bytes[32])
{
    char text[48];
    PUT(out, key, " = ", sodium_bin2base64(text, sizeof text, bytes, 32, sodium_base64_VARIANT_ORIGINAL), "\n");
}

/* To a file. */
static void write_conf(struct text *out, const struct wgconf *conf)
{
    out->length = 0;
    PUT(out, "[Interface]\n");
    if (conf->has_key)
        put_base64(out, "PrivateKey", conf->private_key);
    if (conf->listen_port)
        PUT(out, "ListenPort = ", decimal(conf->listen_port).text, "\n");
    if (conf->mtu)
        PUT(out, "MTU = ", decimal(conf->mtu).text, "\n");
    put_prefixes(out, "Address = ", conf->addresses, conf->address_count);
    for (uint32_t i = 0; i < conf->note_count; i++)
        PUT(out, conf->notes[i].key, " = ", conf->notes[i].value, "\n");
    for (uint32_t i = 0; i < conf->peer_count; i++) {
        const struct wgconf_peer *peer = &conf->peers[i];
        PUT(out, "[Peer]\n");
        put_base64(out, "PublicKey", peer->public_key);
        if (peer->has_psk)
            put_base64(out, "PresharedKey", peer->psk);
        if (peer->host[0])
            PUT(out, "Endpoint = ", strchr(peer->host, ':') ? "[" : "", peer->host, strchr(peer->host, ':') ? "]:" : ":",
                decimal(peer->port).text, "\n");
        if (peer->keepalive_s)
            PUT(out, "PersistentKeepalive = ", decimal(peer->keepalive_s).text, "\n");
        put_prefixes(out, "AllowedIPs = ", peer->allowed, peer->allowed_count);
    }
}

static bool same_peer(const struct wgconf_peer *a, const struct wgconf_peer *b)
{
    return !memcmp(a->public_key, b->public_key, 32) && !memcmp(a->psk, b->psk, 32) && a->has_key == b->has_key &&
           a->has_psk == b->has_psk && !strcmp(a->host, b->host) && a->port == b->port && a->keepalive_s == b->keepalive_s &&
           a->allowed_count == b->allowed_count &&
           (!a->allowed_count || !memcmp(a->allowed, b->allowed, a->allowed_count * sizeof *a->allowed));
}

static bool same_conf(const struct wgconf *a, const struct wgconf *b)
{
    bool same = !memcmp(a->private_key, b->private_key, 32) && a->has_key == b->has_key && a->listen_port == b->listen_port &&
                a->fwmark == b->fwmark && a->mtu == b->mtu && a->address_count == b->address_count &&
                a->peer_count == b->peer_count && a->note_count == b->note_count &&
                (!a->address_count || !memcmp(a->addresses, b->addresses, a->address_count * sizeof *a->addresses));
    for (uint32_t i = 0; same && i < a->peer_count; i++)
        same = same_peer(&a->peers[i], &b->peers[i]);
    for (uint32_t i = 0; same && i < a->note_count; i++)
        same = !strcmp(a->notes[i].key, b->notes[i].key) && !strcmp(a->notes[i].value, b->notes[i].value);
    return same;
}

static void judge_written(const struct wgconf *conf)
{
    struct wgconf       again;
    struct wgconf_error error;
    write_conf(&file, conf);
    uint8_t *exact = fuzz_exact((const uint8_t *)file.bytes, file.length);
    bool     read = wgconf_read(&again, (const char *)exact, file.length, &error);
    fuzz_free(exact);
    FUZZ_CHECK(read, "wgconf-written", "%u:%u: %s", error.line, error.column, error.text);
    FUZZ_CHECK(same_conf(conf, &again), "wgconf-written", "it reads as something else");
    wgconf_free(&again);
}

/* Engines. ------------------------------------------------------------------------------------------------------------------- */

static _Alignas(16) uint8_t memory[2][1 << 18];
static struct wrn_engine   *engine; /* in memory[0]; memory[1] is how it was */
static size_t               engine_size;
static bool                 applied; /* it is no longer how it was */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct wrn_config config;
    (void)argc, (void)argv;
    wrn_config_default(&config);
    config.limits.sources = config.limits.stage_slots = config.limits.stage_share = 16; /* small: it is copied for every input */
    config.limits.window_bits = 512;
    fuzz_entropy(1, config.entropy);
    engine_size = wrn_engine_size(&config.limits);
    if (engine_size > sizeof memory[0] || wrn_engine_init(&engine, memory[0], engine_size, &config, 0) != WRN_OK)
        abort();
    wrn_engine_attach(engine, &fuzz_watched, NULL, 1);
    memcpy(memory[1], memory[0], engine_size);
    return 0;
}

/* A new engine told so, and asked: 0, or why it refuses. */
static enum wrn_status tell(const struct text *text, struct text *answer)
{
    struct wrn_uapi_set found;
    size_t              written;
    if (applied)
        fuzz_copy(memory[0], memory[1], engine_size);
    applied = false;
    memset(&found, 0, sizeof found);
    enum wrn_status status = wrn_uapi_check(engine, text->bytes, text->length, &found);
    answer->length = 0;
    if (status != WRN_OK)
        return status;
    applied = true;
    wrn_uapi_apply(engine, 0, text->bytes, text->length);
    struct wrn_uapi_get get = {.listen_port = found.listen_port, .fwmark = found.fwmark};
    do {
        if (wrn_uapi_get(engine, &get, answer->bytes + answer->length, ROOM - answer->length, &written) != WRN_OK)
            abort();
        answer->length += written;
    } while (written);
    return WRN_OK;
}

static void judge_place(const char *text, size_t size, const struct wgconf_error *error)
{
    uint32_t line = 1;
    while (line < error->line && size) {
        const char *next = memchr(text, '\n', size);
        FUZZ_CHECK(next, "wgconf-place", "line %u of %u: %s", error->line, line, error->text);
        size -= (size_t)(next + 1 - text);
        text = next + 1;
        line++;
    }
    const char *end = size ? memchr(text, '\n', size) : NULL;
    size_t      length = end ? (size_t)(end - text) : size;
    FUZZ_CHECK(error->line == line && error->column && error->column <= length + 1, "wgconf-place", "%u:%u: %s", error->line,
               error->column, error->text);
    FUZZ_CHECK(error->text[0], "wgconf-place", "%u:%u: and no word why", error->line, error->column);
    for (const char *at = error->text; *at; at++)
        FUZZ_CHECK((unsigned char)*at >= ' ' && *at != 127, "wgconf-place", "%02x in a message", (unsigned char)*at);
}

/* A peer that stands there twice is two sections to wg; what the second one does not say, the reader's zeros cannot tell. */
static bool repeats(const struct wgconf *conf)
{
    for (uint32_t i = 0; i < conf->peer_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (!memcmp(conf->peers[i].public_key, conf->peers[j].public_key, 32))
                return true;
    return false;
}

static void judge(const char *text, size_t size)
{
    static const struct wgconf none;
    struct wgconf              conf;
    struct wgconf_error        error;
    memset(&conf, 0xaa, sizeof conf);
    bool read = wgconf_read(&conf, text, size, &error), right = read_second(text, size);
    enum wrn_status status = right ? tell(&said, &answers[0]) : WRN_BAD_SYNTAX;
    right = status != WRN_BAD_SYNTAX;
    FUZZ_CHECK(read == right, "wgconf-accepts", "%s", read ? "wg would not" : error.text);
    if (!read) {
        FUZZ_CHECK(!memcmp(&conf, &none, sizeof conf), "wgconf-kept", "%s", error.text);
        judge_place(text, size, &error);
        return;
    }
    judge_written(&conf);
    mean(&meant, &conf);
    if (!repeats(&conf)) {
        FUZZ_CHECK(tell(&meant, &answers[1]) == status, "wgconf-uapi", "status %d for one, another for the other", status);
        FUZZ_CHECK(answers[0].length == answers[1].length && !memcmp(answers[0].bytes, answers[1].bytes, answers[0].length),
                   "wgconf-uapi", "of the file:\n%.*s\nof what was read:\n%.*s", (int)answers[0].length, answers[0].bytes,
                   (int)answers[1].length, answers[1].bytes);
    }
    wgconf_free(&conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MOST)
        return 0;
    uint8_t *exact = fuzz_exact(data, size);
    judge((const char *)exact, size);
    fuzz_free(exact);
    return 0;
}
