#ifndef WRNI_ARENA_H
#define WRNI_ARENA_H

/*
 * Floor 0. Carving one memory into ranges. The same sequence of carvings with `measure` set computes the size that is needed:
 * what is measured and what is carved cannot drift apart.
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

#endif
