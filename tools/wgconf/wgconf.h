#ifndef WGCONF_H
#define WGCONF_H

/*
 * Configuration files of wg(8) and wg-quick(8).
 *
 * A strict reader: every key of both programs is known, each value is checked, and what is neither is an error with its place. It
 * opens no file and asks no name server; values that mean nothing to a virtual network are kept as notes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "warren/types.h"

#define WGCONF_BYTES (1u << 20)  /* of one file */
#define WGCONF_ITEMS (1u << 16)  /* peers, and addresses of all kinds, of one file */
#define WGCONF_HOST_BYTES 256u

/* An address with its prefix; host bits are as they stand in the file. */
struct wgconf_peer {
    uint8_t            public_key[32], psk[32];
    bool               has_key, has_psk;
    char               host[WGCONF_HOST_BYTES]; /* of the endpoint, without brackets; "" = none */
    uint16_t           port;
    uint16_t           keepalive_s;
    struct wrn_prefix *allowed;
    uint32_t           allowed_count;
    uint32_t           line; /* of [Peer] */
    uint32_t           seen; /* which single keys it has */
};

/* DNS, Table, PostUp and the like: a key, and the value as it stands there. */
struct wgconf_note { const char *key; char *value; uint32_t line; };

struct wgconf {
    uint8_t             private_key[32];
    bool                has_key;
    uint16_t            listen_port; /* 0: not said */
    uint32_t            fwmark;      /* 0: off, or not said; it is a note, too */
    uint32_t            mtu;         /* 0: not said */
    struct wrn_prefix  *addresses;
    struct wgconf_peer *peers;
    struct wgconf_note *notes;
    uint32_t            address_count, peer_count, note_count;
};

struct wgconf_error {
    char     text[320]; /* what is wrong; what would be right. "" without memory */
    uint32_t line, column;
};

/* Needs   text of any origin.
 * Gives   one interface and its peers; to be freed.
 * Fails   with the first error, and nothing to free. */
bool wgconf_read(struct wgconf *conf, const char *text, size_t size, struct wgconf_error *error);
void wgconf_free(struct wgconf *conf);

/* A key as wg prints it: 44 characters of base64 for 32 bytes, and no other text for the same bytes. False: it is none, and `key` is
 * spoilt. */
bool wgconf_key(const char *text, size_t length, uint8_t key[32]);

#endif
