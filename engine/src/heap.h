#ifndef WRNI_HEAP_H
#define WRNI_HEAP_H

/*
 * Floor 1. Deadlines: a 4-ary heap of (time, id), at most one entry per id, ids 0..capacity-1.
 *
 * Law: least() is the smallest time; ties go to the smallest id, so that order never depends on history (law 1).
 * One block of memory without pointers: a copy of it is a heap. set, remove: O(log n). least: O(1).
 * Times are wrn_time; an entry at WRN_NEVER is not kept: setting it removes.
 */

#include "base.h"

struct wrni_heap {
    uint32_t capacity, count;
    /* followed by the entries and the positions of the ids */
};

size_t   wrni_heap_size(uint32_t capacity);
void     wrni_heap_init(struct wrni_heap *heap, uint32_t capacity);
void     wrni_heap_copy(struct wrni_heap *to, const struct wrni_heap *from); /* to is initialised, at least as large */
void     wrni_heap_set(struct wrni_heap *heap, uint32_t id, wrn_time time);  /* insert or move, either way */
void     wrni_heap_remove(struct wrni_heap *heap, uint32_t id);              /* nothing if absent */
wrn_time wrni_heap_time(const struct wrni_heap *heap, uint32_t id);          /* WRN_NEVER if absent */
wrn_time wrni_heap_least(const struct wrni_heap *heap, uint32_t *id);        /* WRN_NEVER if empty; id may be null */

#endif
