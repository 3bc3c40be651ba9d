#include "arena.h"

/* The largest `used` that can still be rounded up. */
#define LIMIT (SIZE_MAX - (WRNI_ALIGN - 1))

size_t wrni_carve(struct wrni_arena *arena, size_t count, size_t size)
{
    if (arena->overflow)
        return 0;
    size_t start = (arena->used + (WRNI_ALIGN - 1)) & ~(size_t)(WRNI_ALIGN - 1);
    if ((size != 0 && count > LIMIT / size) || count * size > LIMIT - start) {
        arena->overflow = true;
        return 0;
    }
    arena->used = start + count * size;
    return start;
}

size_t wrni_shelf_size(size_t header, size_t count, size_t size)
{
    struct wrni_arena arena = {0};
    wrni_carve(&arena, 1, header);
    wrni_carve(&arena, count, size);
    return arena.overflow ? SIZE_MAX : arena.used;
}
