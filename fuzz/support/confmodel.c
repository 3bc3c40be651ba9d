#include "confmodel.h"

#include "crypto.h"
#include "fuzz.h"

#include <sodium.h>
#include <string.h>

enum { NUMBERS = 4, ENDPOINTS = 6, PROTO = 71, INVALID = 22 }; /* P-148: Linux numbers */

struct key { uint8_t secret[32], public_key[32]; char secret_text[65], public_text[65]; };
struct prefix { const char *said, *shown; uint8_t family, length, address[16]; };

static struct key  keys[CONF_KEYS];
static const char *zeros = "0000000000000000000000000000000000000000000000000000000000000000";

/* Same numbers as words: a port, a mark (nothing is 0, too), seconds. */
static const char *const ports[NUMBERS] = {"0", "1", "51820", "65535"};
static const char *const marks[NUMBERS] = {"0", "77", "4294967295", ""};
static const char *const seconds[NUMBERS] = {"0", "1", "25", "65535"};

static const struct { const char *said, *shown;
} endpoints[ENDPOINTS] = {{"192.0.2.1:5", "192.0.2.1:5"},
                          {"192.0.2.1:65535", "192.0.2.1:65535"},
                          {"[2001:db8::1]:51820", "[2001:db8::1]:51820"},
                          {"[2001:0DB8:0:0::0001]:6", "[2001:db8::1]:6"},
                          {"[fe80::1%2]:7", "[fe80::1%2]:7"},
                          {"[fe80::1%3]:7", "[fe80::1%3]:7"}};

/* Said with bits behind the length, too (P-110); one twice, in two ways. */
static const struct prefix prefixes[CONF_PREFIXES] = {
    {"10.1.2.3/0", "0.0.0.0/0", 4, 0, {0}},
    {"10.0.0.0/8", "10.0.0.0/8", 4, 8, {10}},
    {"10.128.0.0/9", "10.128.0.0/9", 4, 9, {10, 128}},
    {"10.128.7.9/16", "10.128.0.0/16", 4, 16, {10, 128}},
    {"10.128.0.2/31", "10.128.0.2/31", 4, 31, {10, 128, 0, 2}},
    {"10.128.0.3/32", "10.128.0.3/32", 4, 32, {10, 128, 0, 3}},
    {"::/0", "::/0", 6, 0, {0}},
    {"fd00::/8", "fd00::/8", 6, 8, {0xfd}},
    {"fd00::1/64", "fd00::/64", 6, 64, {0xfd}},
    {"fd00::ffff/65", "fd00::/65", 6, 65, {0xfd}},
    {"FD00:0::2/127", "fd00::2/127", 6, 127, {0xfd, [15] = 2}},
    {"fd00::3/128", "fd00::3/128", 6, 128, {0xfd, [15] = 3}},
};

static const struct { uint8_t family, address[16];
} addresses[CONF_ADDRESSES] = {
    {4, {10, 128, 0, 3}}, {4, {10, 128, 0, 2}}, {4, {10, 129}},         {4, {11}},
    {6, {0xfd, [15] = 3}}, {6, {0xfd, [15] = 2}}, {6, {0xfd, [8] = 0x80}}, {6, {0xfe}},
};

static const struct { const char *text; int error;
} wrong[] = {
    {"nothing=1", INVALID},
    {"remove", PROTO},
    {"listen_port=65536", INVALID},
    {"private_key=00", INVALID},
    {"fwmark=4294967296", INVALID},
    {"replace_peers=false", INVALID},
    {"public_key=00", INVALID},
    {"remove=false", INVALID},
    {"update_only=1", INVALID},
    {"preshared_key=", INVALID},
    {"endpoint=192.0.2.1", INVALID},
    {"endpoint=[192.0.2.1]:5", INVALID},
    {"persistent_keepalive_interval=65536", INVALID},
    {"replace_allowed_ips=True", INVALID},
    {"allowed_ip=10.0.0.0/33", INVALID},
    {"allowed_ip=10.0.0.0", INVALID},
    {"allowed_ip=--10.0.0.0/8", INVALID},
    {"protocol_version=2", INVALID},
};

void conf_keys(void)
{
    for (unsigned i = 0; i < CONF_KEYS; i++) {
        struct key *key = &keys[i];
        fuzz_entropy(500 + i, key->secret);
        key->secret[0] &= 248; /* clamped, as a get shows it */
        key->secret[31] = (key->secret[31] & 63) | 64;
        fuzz_public(key->public_key, key->secret);
        sodium_bin2hex(key->secret_text, sizeof key->secret_text, key->secret, 32);
        sodium_bin2hex(key->public_text, sizeof key->public_text, key->public_key, 32);
    }
}

const uint8_t *conf_public_key(unsigned number) { return keys[number].public_key; }

/* A secret of the table, or none: the last number. */
static const char *secret_text(unsigned value)
{
    unsigned number = value % (CONF_KEYS + 1);
    return number == CONF_KEYS ? zeros : keys[number].secret_text;
}

static size_t line_text(char *out, const char *name, const char *value)
{
    size_t head = strlen(name), tail = strlen(value);
    memcpy(out, name, head);
    memcpy(out + head, value, tail);
    out[head + tail] = '\n';
    return head + tail + 1;
}

size_t conf_text(struct conf_line line, char *out)
{
    switch (line.kind) {
    case CONF_PRIVATE_KEY: return line_text(out, "private_key=", secret_text(line.value));
    case CONF_LISTEN_PORT: return line_text(out, "listen_port=", ports[line.value % NUMBERS]);
    case CONF_FWMARK: return line_text(out, "fwmark=", marks[line.value % NUMBERS]);
    case CONF_REPLACE_PEERS: return line_text(out, "replace_peers=", "true");
    case CONF_PUBLIC_KEY: return line_text(out, "public_key=", keys[line.value % CONF_KEYS].public_text);
    case CONF_REMOVE: return line_text(out, "remove=", "true");
    case CONF_UPDATE_ONLY: return line_text(out, "update_only=", "true");
    case CONF_PRESHARED_KEY: return line_text(out, "preshared_key=", secret_text(line.value));
    case CONF_ENDPOINT: return line_text(out, "endpoint=", endpoints[line.value % ENDPOINTS].said);
    case CONF_KEEPALIVE: return line_text(out, "persistent_keepalive_interval=", seconds[line.value % NUMBERS]);
    case CONF_REPLACE_ALLOWED: return line_text(out, "replace_allowed_ips=", "true");
    case CONF_ALLOWED: return line_text(out, "allowed_ip=", prefixes[line.value % CONF_PREFIXES].said);
    case CONF_DISALLOWED: return line_text(out, "allowed_ip=-", prefixes[line.value % CONF_PREFIXES].said);
    case CONF_VERSION: return line_text(out, "protocol_version=", "1");
    default: return line_text(out, wrong[line.value % (sizeof wrong / sizeof wrong[0])].text, "");
    }
}

static void forget(struct conf *conf, unsigned number)
{
    conf->peer[number] = (struct conf_peer){.there = false};
    for (unsigned i = 0; i < CONF_PREFIXES; i++)
        if (conf->owner[i] == number + 1)
            conf->owner[i] = 0;
}

/* The first line that no rule allows: 0 if there is none. */
static size_t first_wrong(const struct conf_line *lines, size_t count, int *error)
{
    bool section = false;
    for (size_t i = 0; i < count; i++) {
        bool misplaced = lines[i].kind < CONF_PUBLIC_KEY ? section : lines[i].kind > CONF_PUBLIC_KEY && !section;
        *error = lines[i].kind == CONF_WRONG ? wrong[lines[i].value % (sizeof wrong / sizeof wrong[0])].error : INVALID;
        if (misplaced || lines[i].kind == CONF_WRONG)
            return i + 2; /* the first is set=1 */
        section = section || lines[i].kind == CONF_PUBLIC_KEY;
    }
    *error = 0;
    return 0;
}

/* The interface's own lines, wherever they stand among each other: replace_peers, then the key (P-126). */
static void set_device(struct conf *conf, const struct conf_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].kind == CONF_REPLACE_PEERS)
            for (unsigned number = 0; number < CONF_KEYS; number++)
                forget(conf, number);
    for (size_t i = 0; i < count; i++) {
        if (lines[i].kind == CONF_PRIVATE_KEY)
            conf->own = (uint8_t)((lines[i].value % (CONF_KEYS + 1) + 1) % (CONF_KEYS + 1));
        if (lines[i].kind == CONF_LISTEN_PORT)
            conf->port = lines[i].value % NUMBERS;
        if (lines[i].kind == CONF_FWMARK)
            conf->mark = lines[i].value % NUMBERS % (NUMBERS - 1);
    }
    if (conf->own)
        forget(conf, conf->own - 1u); /* nobody is their own peer (P-128) */
}

static bool says(const struct conf_line *lines, size_t count, enum conf_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].kind == kind)
            return true;
    return false;
}

static void set_peer(struct conf *conf, unsigned number, const struct conf_line *lines, size_t count)
{
    struct conf_peer *peer = &conf->peer[number];
    if (conf->own == number + 1 || (!peer->there && says(lines, count, CONF_UPDATE_ONLY)))
        return; /* P-129 */
    if (says(lines, count, CONF_REMOVE)) {
        forget(conf, number);
        return;
    }
    peer->there = true;
    for (unsigned i = 0; i < CONF_PREFIXES && says(lines, count, CONF_REPLACE_ALLOWED); i++)
        if (conf->owner[i] == number + 1)
            conf->owner[i] = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t value = lines[i].value, *owner = &conf->owner[value % CONF_PREFIXES];
        if (lines[i].kind == CONF_PRESHARED_KEY)
            peer->preshared_key = (uint8_t)((value % (CONF_KEYS + 1) + 1) % (CONF_KEYS + 1));
        if (lines[i].kind == CONF_ENDPOINT)
            peer->endpoint = value % ENDPOINTS + 1;
        if (lines[i].kind == CONF_KEEPALIVE)
            peer->keepalive = value % NUMBERS;
        if (lines[i].kind == CONF_ALLOWED)
            *owner = (uint8_t)(number + 1); /* it moves (P-110) */
        if (lines[i].kind == CONF_DISALLOWED && *owner == number + 1)
            *owner = 0; /* P-113 */
    }
}

bool conf_set(struct conf *conf, const struct conf_line *lines, size_t count, int *error, size_t *line)
{
    size_t at = 0, end;
    *line = first_wrong(lines, count, error);
    if (*line)
        return false;
    while (at < count && lines[at].kind != CONF_PUBLIC_KEY)
        at++;
    set_device(conf, lines, at);
    for (; at < count; at = end) {
        for (end = at + 1; end < count && lines[end].kind != CONF_PUBLIC_KEY; end++)
            continue;
        set_peer(conf, lines[at].value % CONF_KEYS, lines + at + 1, end - at - 1);
    }
    return true;
}

/* What is left of a get. */
struct rest { const char *at; size_t left; };

static bool next_is(struct rest *rest, const char *name, const char *value)
{
    char   line[CONF_LINE_MAX];
    size_t length = line_text(line, name, value);
    if (length > rest->left || memcmp(rest->at, line, length) != 0)
        return false;
    rest->at += length;
    rest->left -= length;
    return true;
}

static unsigned count_of(const struct conf *conf, unsigned number)
{
    unsigned count = 0;
    for (unsigned i = 0; i < CONF_PREFIXES; i++)
        count += conf->owner[i] == number + 1;
    return count;
}

static const char *prefixes_differ(const struct conf *conf, unsigned number, struct rest *rest)
{
    bool     seen[CONF_PREFIXES] = {false};
    unsigned found = 0, i = 0;
    while (i < CONF_PREFIXES) {
        if (seen[i] || conf->owner[i] != number + 1 || !next_is(rest, "allowed_ip=", prefixes[i].shown)) {
            i++;
            continue;
        }
        seen[i] = true;
        found++;
        i = 0;
    }
    return found == count_of(conf, number) ? NULL : "a prefix is not said";
}

static const char *peer_differs(const struct conf *conf, unsigned number, struct rest *rest)
{
    const struct conf_peer *peer = &conf->peer[number];
    if (!next_is(rest, "preshared_key=", peer->preshared_key ? keys[peer->preshared_key - 1].secret_text : zeros))
        return "preshared_key";
    if (!next_is(rest, "protocol_version=", "1"))
        return "protocol_version";
    if (peer->endpoint && !next_is(rest, "endpoint=", endpoints[peer->endpoint - 1].shown))
        return "endpoint";
    if (!next_is(rest, "last_handshake_time_sec=", "0") || !next_is(rest, "last_handshake_time_nsec=", "0") ||
        !next_is(rest, "tx_bytes=", "0") || !next_is(rest, "rx_bytes=", "0"))
        return "what nothing was sent or received for";
    if (!next_is(rest, "persistent_keepalive_interval=", seconds[peer->keepalive]))
        return "persistent_keepalive_interval";
    return prefixes_differ(conf, number, rest);
}

const char *conf_differs(const struct conf *conf, const char *text, size_t length)
{
    struct rest rest = {text, length};
    bool        seen[CONF_KEYS] = {false};
    if (conf->own && !next_is(&rest, "private_key=", keys[conf->own - 1].secret_text))
        return "private_key";
    if (conf->port && !next_is(&rest, "listen_port=", ports[conf->port]))
        return "listen_port";
    if (conf->mark && !next_is(&rest, "fwmark=", marks[conf->mark]))
        return "fwmark";
    for (unsigned i = 0; i < CONF_KEYS;) {
        if (seen[i] || !conf->peer[i].there || !next_is(&rest, "public_key=", keys[i].public_text)) {
            i++;
            continue;
        }
        const char *what = peer_differs(conf, i, &rest);
        if (what)
            return what;
        seen[i] = true;
        i = 0;
    }
    for (unsigned i = 0; i < CONF_KEYS; i++)
        if (seen[i] != conf->peer[i].there)
            return "a peer is not said";
    return next_is(&rest, "errno=0\n", "") && !rest.left ? NULL : "a line more than there should be";
}

unsigned conf_owner_of(const struct conf *conf, unsigned address, uint8_t out[16], uint8_t *family)
{
    unsigned owner = 0, longest = 0;
    *family = addresses[address].family;
    memcpy(out, addresses[address].address, 16);
    for (unsigned i = 0; i < CONF_PREFIXES; i++) {
        unsigned bit = 0;
        if (!conf->owner[i] || prefixes[i].family != *family)
            continue;
        while (bit < prefixes[i].length && !((out[bit / 8] ^ prefixes[i].address[bit / 8]) >> (7 - bit % 8) & 1))
            bit++;
        if (bit == prefixes[i].length && bit >= longest) {
            longest = bit;
            owner = conf->owner[i];
        }
    }
    return owner;
}
