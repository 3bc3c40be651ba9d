#define _POSIX_C_SOURCE 200809L

#include "wgconf.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum section { NOWHERE, INTERFACE, PEER };

struct reader {
    struct wgconf       *conf;
    struct wgconf_error *error;
    struct wgconf_peer  *peer; /* the last one */
    uint32_t             line, items;
    uint32_t             seen; /* which single keys [Interface] has */
    enum section         section;
    bool                 interfaces;
};

/* A value, or an element of a list: zero-terminated in `text`. */
struct value { char *text; uint32_t column; };

static bool wrong(struct reader *reader, uint32_t column, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool wrong(struct reader *reader, uint32_t column, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(reader->error->text, sizeof reader->error->text, format, list);
    va_end(list);
    for (char *at = reader->error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?';
    reader->error->line = reader->line;
    reader->error->column = column;
    return false;
}

/* One more at the end of an array, zeroed. */
static void *more(struct reader *reader, void **items, uint32_t *count, size_t size)
{
    if (++reader->items > WGCONF_ITEMS) {
        wrong(reader, 1, "more than %u peers and addresses; a smaller file", WGCONF_ITEMS);
        return NULL;
    }
    if ((*count & (*count - 1)) == 0) { /* room is the next power of two */
        void *grown = realloc(*items, (*count ? 2 * (size_t)*count : 1) * size);
        if (!grown)
            return NULL;
        *items = grown;
    }
    void *item = (char *)*items + *count * size;
    memset(item, 0, size);
    ++*count;
    return item;
}

/* Values. -------------------------------------------------------------------------------------------------------------------- */

static int sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool wgconf_key(const char *text, size_t length, uint8_t key[32])
{
    uint32_t bits = 0;
    bool good = length == 44 && text[43] == '=';
    for (unsigned i = 0, bytes = 0; good && i < 43; i++) {
        int six = sextet(text[i]);
        good = six >= 0 && (i < 42 || (six & 3) == 0);
        bits = bits << 6 | (uint32_t)(six & 63);
        if (i % 4 != 0 && bytes < 32)
            key[bytes++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return good;
}

static bool read_key(struct reader *reader, const char *key, struct value value, uint8_t out[32])
{
    return wgconf_key(value.text, strlen(value.text), out) ||
           wrong(reader, value.column, "%s is no key; 44 characters of base64, as wg genkey prints", key);
}

static bool read_number(struct reader *reader, const char *key, struct value value, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t sum = 0;
    size_t digits = strspn(value.text, "0123456789");
    for (size_t i = 0; i < digits && sum <= most; i++)
        sum = 10 * sum + (uint64_t)(value.text[i] - '0');
    if (!digits || value.text[digits] || sum < least || sum > most)
        return wrong(reader, value.column, "%s: '%.60s' is no such number; %u to %u", key, value.text, least, most);
    *out = (uint32_t)sum;
    return true;
}

/* As wg takes it: 0x4d, but not 0X4d. */
static bool read_mark(const char *text, uint32_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t          sum = 0;
    unsigned          base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
    *out = 0;
    if (strcasecmp(text, "off") == 0)
        return true;
    text += base == 16 ? 2 : 0;
    for (const char *at = text; *at; at++) {
        const char *digit = memchr(digits, *at >= 'A' && *at <= 'F' ? *at - 'A' + 'a' : *at, base);
        if (!digit)
            return false;
        sum = sum * base + (uint64_t)(digit - digits);
        if (sum > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)sum;
    return *text != '\0';
}

static bool read_prefix(struct reader *reader, const char *key, struct value value, struct wrn_prefix *out)
{
    char *slash = strchr(value.text, '/');
    uint32_t length;
    if (slash)
        *slash = '\0';
    int family = strchr(value.text, ':') ? AF_INET6 : AF_INET;
    out->family = family == AF_INET6 ? 6 : 4;
    if (inet_pton(family, value.text, out->address) != 1)
        return wrong(reader, value.column, "%s: '%.60s' is no address; such as 10.0.0.1/24 or fd00::1/64", key, value.text);
    length = family == AF_INET6 ? 128 : 32;
    if (slash) {
        struct value behind = {slash + 1, value.column + (uint32_t)(slash + 1 - value.text)};
        if (!read_number(reader, key, behind, 0, length, &length))
            return false;
    }
    out->length = (uint8_t)length;
    return true;
}

/* host:port or [IPv6]:port */
static bool read_endpoint(struct reader *reader, struct value value, struct wgconf_peer *peer)
{
    uint8_t address[16];
    uint32_t port;
    char *colon = strrchr(value.text, ':'), *host = value.text;
    if (!colon || colon == value.text)
        return wrong(reader, value.column, "Endpoint: '%.100s' lacks host or port; vpn.example.com:51820 or [2001:db8::1]:51820",
                     value.text);
    *colon = '\0';
    size_t length = strlen(host);
    bool six = host[0] == '[';
    if (six && host[length - 1] == ']') {
        host[length - 1] = '\0';
        host++;
    }
    bool good = six ? inet_pton(AF_INET6, host, address) == 1
                    : strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == length;
    if (!good || strlen(host) >= WGCONF_HOST_BYTES)
        return wrong(reader, value.column, "Endpoint: '%.100s' is no host; a name, an IPv4 address, or an IPv6 one in brackets",
                     host);
    struct value behind = {colon + 1, value.column + (uint32_t)(colon + 1 - value.text)};
    if (!read_number(reader, "Endpoint", behind, 1, 65535, &port))
        return false;
    snprintf(peer->host, sizeof peer->host, "%s", host);
    peer->port = (uint16_t)port;
    return true;
}

/* Addresses between commas. */
static bool read_list(struct reader *reader, const char *key, struct value value, struct wrn_prefix **out, uint32_t *count)
{
    if (!value.text[0])
        return true; /* wg-quick: no address at all */
    for (char *at = value.text, *next; at; at = next) {
        next = strchr(at, ',');
        if (next)
            *next++ = '\0';
        size_t blank = strspn(at, " \t"), length = strlen(at + blank);
        struct value one = {at + blank, value.column + (uint32_t)(at + blank - value.text)};
        while (length && (one.text[length - 1] == ' ' || one.text[length - 1] == '\t'))
            one.text[--length] = '\0';
        struct wrn_prefix prefix = {0};
        if (!read_prefix(reader, key, one, &prefix))
            return false;
        void *items = *out;
        struct wrn_prefix *place = more(reader, &items, count, sizeof prefix);
        *out = items;
        if (!place)
            return false;
        *place = prefix;
    }
    return true;
}

/* Keys. ---------------------------------------------------------------------------------------------------------------------- */

enum kind {
    PRIVATE_KEY, LISTEN_PORT, ADDRESS, MTU,
    FWMARK, TABLE, SAVE, NOTE, /* notes: with values that are looked at, or any */
    PUBLIC_KEY, PSK, ALLOWED, ENDPOINT, KEEPALIVE,
    KINDS
};

static const struct key {
    const char  *name;
    enum section section;
    enum kind    kind;
    bool         many; /* may stand more than once */
} keys[] = {
    {"PrivateKey", INTERFACE, PRIVATE_KEY, false}, {"ListenPort", INTERFACE, LISTEN_PORT, false},
    {"FwMark", INTERFACE, FWMARK, false},          {"Address", INTERFACE, ADDRESS, true},
    {"DNS", INTERFACE, NOTE, true},                {"MTU", INTERFACE, MTU, false},
    {"Table", INTERFACE, TABLE, false},            {"PreUp", INTERFACE, NOTE, true},
    {"PostUp", INTERFACE, NOTE, true},             {"PreDown", INTERFACE, NOTE, true},
    {"PostDown", INTERFACE, NOTE, true},           {"SaveConfig", INTERFACE, SAVE, false},
    {"PublicKey", PEER, PUBLIC_KEY, false},        {"PresharedKey", PEER, PSK, false},
    {"AllowedIPs", PEER, ALLOWED, true},           {"Endpoint", PEER, ENDPOINT, false},
    {"PersistentKeepalive", PEER, KEEPALIVE, false},
};

#define KEYS (sizeof keys / sizeof keys[0])

static bool add_note(struct reader *reader, const struct key *key, struct value value)
{
    struct wgconf *conf = reader->conf;
    if (key->kind == SAVE && strcmp(value.text, "true") != 0 && strcmp(value.text, "false") != 0)
        return wrong(reader, value.column, "SaveConfig: '%.60s' is neither true nor false", value.text);
    if (key->kind == FWMARK && !read_mark(value.text, &conf->fwmark))
        return wrong(reader, value.column, "FwMark: '%.60s' is no mark; off, or a number of 32 bits such as 77 or 0x4d", value.text);
    if (!value.text[0])
        return wrong(reader, value.column, "%s has no value; leave it out", key->name);
    void *items = conf->notes;
    struct wgconf_note *note = more(reader, &items, &conf->note_count, sizeof *note);
    conf->notes = items;
    if (!note)
        return false;
    note->key = key->name;
    note->line = reader->line;
    note->value = strdup(value.text);
    return note->value != NULL;
}

static bool take_value(struct reader *reader, const struct key *key, struct value value)
{
    struct wgconf *conf = reader->conf;
    struct wgconf_peer *peer = reader->peer;
    uint32_t number = 0;
    bool good;
    switch (key->kind) {
    case PRIVATE_KEY:
        return conf->has_key = read_key(reader, key->name, value, conf->private_key);
    case LISTEN_PORT:
        good = read_number(reader, key->name, value, 0, 65535, &number);
        conf->listen_port = (uint16_t)number;
        return good;
    case MTU:
        return read_number(reader, key->name, value, 68, 65535, &conf->mtu);
    case ADDRESS:
        return read_list(reader, key->name, value, &conf->addresses, &conf->address_count);
    case PUBLIC_KEY:
        return peer->has_key = read_key(reader, key->name, value, peer->public_key);
    case PSK:
        return peer->has_psk = read_key(reader, key->name, value, peer->psk);
    case ALLOWED:
        if (!value.text[0])
            return wrong(reader, value.column, "AllowedIPs has no value; leave it out");
        return read_list(reader, key->name, value, &peer->allowed, &peer->allowed_count);
    case ENDPOINT:
        return read_endpoint(reader, value, peer);
    case KEEPALIVE:
        good = strcasecmp(value.text, "off") == 0 || read_number(reader, key->name, value, 0, 65535, &number);
        peer->keepalive_s = (uint16_t)number;
        return good;
    default:
        return add_note(reader, key, value);
    }
}

static bool take_section(struct reader *reader, const char *text, uint32_t column)
{
    if (strcasecmp(text, "[Interface]") == 0) {
        if (reader->interfaces)
            return wrong(reader, column, "a second [Interface]; one per file");
        reader->interfaces = true;
        reader->section = INTERFACE;
        return true;
    }
    if (strcasecmp(text, "[Peer]") != 0)
        return wrong(reader, column, "'%.60s' is no section; [Interface] or [Peer]", text);
    void *items = reader->conf->peers;
    reader->peer = more(reader, &items, &reader->conf->peer_count, sizeof *reader->peer);
    reader->conf->peers = items;
    reader->section = PEER;
    if (reader->peer)
        reader->peer->line = reader->line;
    return reader->peer != NULL;
}

static bool take_line(struct reader *reader, char *line)
{
    char *comment = strchr(line, '#'), *end;
    if (comment)
        *comment = '\0';
    char *text = line + strspn(line, " \t\r");
    for (end = text + strlen(text); end > text && strchr(" \t\r", end[-1]);)
        *--end = '\0';
    uint32_t column = (uint32_t)(text - line) + 1;
    if (!*text)
        return true;
    if (*text == '[')
        return take_section(reader, text, column);
    char *equals = strchr(text, '=');
    if (!equals)
        return wrong(reader, column, "'%.60s' is no KEY = VALUE", text);
    *equals = '\0';
    for (end = equals; end > text && strchr(" \t", end[-1]);)
        *--end = '\0';
    size_t i = 0;
    while (i < KEYS && strcasecmp(keys[i].name, text) != 0)
        i++;
    if (i == KEYS)
        return wrong(reader, column, "'%.60s' is no key of wg or wg-quick", text);
    if (keys[i].section != reader->section)
        return wrong(reader, column, "%s belongs to [%s]", keys[i].name, keys[i].section == PEER ? "Peer" : "Interface");
    uint32_t *seen = reader->section == PEER ? &reader->peer->seen : &reader->seen;
    if (*seen >> i & 1 && !keys[i].many)
        return wrong(reader, column, "%s stands here a second time; once", keys[i].name);
    *seen |= UINT32_C(1) << i;
    char *behind = equals + 1 + strspn(equals + 1, " \t");
    return take_value(reader, &keys[i], (struct value){behind, (uint32_t)(behind - line) + 1});
}

static bool finish(struct reader *reader)
{
    const struct wgconf *conf = reader->conf;
    if (!reader->interfaces) {
        reader->line = 1;
        return wrong(reader, 1, "no [Interface]; a configuration of wg or wg-quick");
    }
    for (uint32_t i = 0; i < conf->peer_count; i++) {
        reader->line = conf->peers[i].line;
        if (!conf->peers[i].has_key)
            return wrong(reader, 1, "this peer lacks PublicKey");
    }
    return true;
}

bool wgconf_read(struct wgconf *conf, const char *text, size_t size, struct wgconf_error *error)
{
    struct reader reader = {.conf = conf, .error = error};
    memset(conf, 0, sizeof *conf);
    memset(error, 0, sizeof *error);
    char *copy = size <= WGCONF_BYTES ? malloc(size + 1) : NULL;
    bool good = copy != NULL;
    if (size > WGCONF_BYTES)
        wrong(&reader, 1, "%zu bytes; at most %u", size, WGCONF_BYTES);
    if (good) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    for (char *at = copy, *next; good && at; at = next) {
        next = memchr(at, '\n', size - (size_t)(at - copy));
        size_t length = next ? (size_t)(next - at) : size - (size_t)(at - copy);
        reader.line++;
        if (memchr(at, '\0', length))
            good = wrong(&reader, 1, "a NUL in this line; plain text");
        if (next)
            *next++ = '\0';
        good = good && take_line(&reader, at);
    }
    good = good && finish(&reader);
    free(copy);
    if (!good)
        wgconf_free(conf);
    return good;
}

void wgconf_free(struct wgconf *conf)
{
    for (uint32_t i = 0; i < conf->peer_count; i++)
        free(conf->peers[i].allowed);
    for (uint32_t i = 0; i < conf->note_count; i++)
        free(conf->notes[i].value);
    free(conf->addresses);
    free(conf->peers);
    free(conf->notes);
    memset(conf, 0, sizeof *conf);
}
