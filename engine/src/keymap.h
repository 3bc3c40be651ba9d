#ifndef WRNI_KEYMAP_H
#define WRNI_KEYMAP_H

/*
 * Floor 1. From public key to slot: open addressing with linear probing and backward-shift removal, at most half full.
 * The keys stay where they are: `keys` is the address of slot 0's key and `stride` the bytes from one to the next, given with
 * every call, so that the map holds no pointer. The hash is seeded. Never iterated: its order means nothing.
 */

#include "base.h"

struct wrni_keymap {
    uint32_t capacity; /* of entries that may be put */
    uint32_t buckets;  /* power of two, at least 2 * capacity */
    uint64_t seed;
    /* followed by the buckets */
};

struct wrni_keys { const uint8_t *first; size_t stride; };

size_t   wrni_keymap_size(uint32_t capacity);
void     wrni_keymap_init(struct wrni_keymap *map, uint32_t capacity, uint64_t seed);
uint32_t wrni_keymap_find(const struct wrni_keymap *map, struct wrni_keys keys, const uint8_t key[32]); /* or WRNI_NONE */
void     wrni_keymap_put(struct wrni_keymap *map, struct wrni_keys keys, uint32_t slot);    /* its key is absent so far */
void     wrni_keymap_remove(struct wrni_keymap *map, struct wrni_keys keys, uint32_t slot); /* its key is still in place */

#endif
