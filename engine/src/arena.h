#ifndef WRNI_ARENA_H
#define WRNI_ARENA_H

/*
 * Floor 0. Carving one memory into ranges. The same sequence of carvings with no memory at hand computes the size that is
 * needed: what is measured and what is carved cannot drift apart.
 *
 * Offsets are kept, never pointers: the memory may be copied elsewhere and continue (law 5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRNI_ALIGN 16u

struct wrni_arena {
    size_t used;
    bool   overflow; /* the sizes do not fit a size_t; `used` means nothing then */
};

/* The offset of the next `count` items of `size` bytes, aligned to WRNI_ALIGN. */
size_t wrni_carve(struct wrni_arena *arena, size_t count, size_t size);

/* The size of a shelf: a header, then `count` items at the next aligned offset. SIZE_MAX when that does not fit a size_t, which
 * no carving takes. */
size_t wrni_shelf_size(size_t header, size_t count, size_t size);

#endif
