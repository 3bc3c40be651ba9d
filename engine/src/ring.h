#ifndef WRNI_RING_H
#define WRNI_RING_H

/*
 * Floor 1. A bounded first-in first-out ring of fixed-size items, copied in and out. One block of memory without pointers.
 * Single-threaded. Full and empty are ordinary answers. Items that were taken out are wiped from the ring (they may hold keys).
 */

#include "base.h"

struct wrni_ring {
    uint32_t capacity, item_size, head, count;
    /* followed by the items */
};

size_t wrni_ring_size(uint32_t capacity, uint32_t item_size);
void   wrni_ring_init(struct wrni_ring *ring, uint32_t capacity, uint32_t item_size);
bool   wrni_ring_put(struct wrni_ring *ring, const void *item); /* false when full */
bool   wrni_ring_take(struct wrni_ring *ring, void *item);      /* false when empty */

#endif
