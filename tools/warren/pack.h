#ifndef WARREN_PACK_H
#define WARREN_PACK_H

/*
 * Values one behind the other, from one process of this program to another.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack {
    unsigned char *bytes;
    size_t         size, room, at; /* at: where reading is */
};

/* Writing ends the program with 3 when there is no memory. */
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
void pack_number(struct pack *pack, uint64_t value);
void pack_text(struct pack *pack, const char *text);

/* Reading what was written, in the same order; anything else is a mistake of this program and ends it. */
void        unpack_bytes(struct pack *pack, void *bytes, size_t size);
uint64_t    unpack_number(struct pack *pack);
const char *unpack_text(struct pack *pack); /* valid as long as the pack's bytes */

#endif
