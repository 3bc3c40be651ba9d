#ifndef FUZZ_CONFMODEL_H
#define FUZZ_CONFMODEL_H

/*
 * What requests of the text protocol make of a configuration, by the rules (P-110 to P-113, P-126 to P-130, P-135, P-146, P-148)
 * and not by the engine's code: who is there, what was said of them last, and who owns each prefix. Keys, prefixes and endpoints
 * are few and have numbers, so that requests collide; each line of a request is a kind and such a number.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONF_KEYS = 6, CONF_PREFIXES = 12, CONF_ADDRESSES = 8, CONF_LINE_MAX = 96 };

enum conf_kind {
    CONF_PRIVATE_KEY, /* before the first public_key, as the three that follow */
    CONF_LISTEN_PORT,
    CONF_FWMARK,
    CONF_REPLACE_PEERS,
    CONF_PUBLIC_KEY, /* a section begins */
    CONF_REMOVE,
    CONF_UPDATE_ONLY,
    CONF_PRESHARED_KEY,
    CONF_ENDPOINT,
    CONF_KEEPALIVE,
    CONF_REPLACE_ALLOWED,
    CONF_ALLOWED,
    CONF_DISALLOWED, /* allowed_ip=-... */
    CONF_VERSION,
    CONF_WRONG, /* refused wherever it stands */
    CONF_KINDS
};

struct conf_line { uint8_t kind, value; };

struct conf_peer { bool there; uint8_t preshared_key, endpoint, keepalive; }; /* numbers; of the first two plus one, 0: none */

struct conf {
    uint8_t          own, port, mark; /* the identity's number plus one, 0: none */
    struct conf_peer peer[CONF_KEYS];
    uint8_t          owner[CONF_PREFIXES]; /* each prefix has one: its number plus one; 0: nobody */
};

/* Once, before anything else: makes the keys. */
void conf_keys(void);

/* The line with its end, at most CONF_LINE_MAX bytes. Returns how many. */
size_t conf_text(struct conf_line, char *out);

/* One whole set. True: done. False: refused, nothing changed, and that is the errno value and the line of the first error. */
bool conf_set(struct conf *, const struct conf_line *, size_t count, int *error, size_t *line);

/* Does a get say this, and nothing else? Null: yes; else what is wrong. Peers and their prefixes come in any order. */
const char *conf_differs(const struct conf *, const char *text, size_t length);

/* An address of the table: whose is it by the longest of the prefixes that hold it? The number plus one, 0: nobody's. */
unsigned conf_owner_of(const struct conf *, unsigned address, uint8_t out[16], uint8_t *family);

const uint8_t *conf_public_key(unsigned number);

#endif
