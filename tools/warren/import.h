#ifndef WARREN_IMPORT_H
#define WARREN_IMPORT_H

/*
 * From configuration files to a network: who is who, who finds whom where, and what has to be made up.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wgconf.h"

#define IMPORT_NAME 32u

/* A node: a file's interface, or a public key that no file has. */
struct import_node {
    char                 name[IMPORT_NAME];
    const char          *file; /* null: only its public key is known */
    struct wgconf        conf;
    uint8_t              public_key[32];
    struct wrn_endpoint  outer; /* family 0: not said anywhere */
    char                 host[WGCONF_HOST_BYTES]; /* the name that `outer` stands for, or "" */
    struct wrn_prefix    inner4, inner6;
    bool                 made_up4, made_up6; /* nobody says what it is */
};

/* One side of a tunnel. */
struct import_side {
    uint32_t                  node, peer;
    const struct wgconf_peer *conf; /* null: the side of a node without a file, made up to answer `other` */
    const struct wgconf_peer *other; /* what the other side says of this one, or null: it does not know it */
};

struct import {
    struct import_node *nodes;
    struct import_side *sides; /* ordered by node */
    uint32_t            node_count, side_count, node_room, side_room;
};

/* Everything that is left to know once the files are read. Exits with 2 when they contradict each other. */
void import_resolve(struct import *import);
/* Does an inner packet from one node reach the other by their tunnel, and an answer come back? */
bool import_routes(const struct import *import, uint32_t from, uint32_t to, unsigned family);
/* The side of `node` towards `peer`, or null. */
const struct import_side *import_side_of(const struct import *import, uint32_t node, uint32_t peer);

void import_write(FILE *out, const struct import *import);

/* Exits with 2, after "file:line: error: ...". */
_Noreturn void import_error(const char *file, uint32_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
