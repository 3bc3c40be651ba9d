#ifndef WRNI_LIST_H
#define WRNI_LIST_H

/*
 * Floor 1. A first-in first-out set of ids 0..capacity-1: an id is in it at most once. All operations O(1).
 * One block of memory without pointers.
 */

#include "base.h"

struct wrni_list {
    uint32_t capacity, count, head, tail;
    /* followed by the links */
};

size_t   wrni_list_size(uint32_t capacity);
void     wrni_list_init(struct wrni_list *list, uint32_t capacity);
void     wrni_list_copy(struct wrni_list *to, const struct wrni_list *from); /* to is initialised, at least as large */
void     wrni_list_push(struct wrni_list *list, uint32_t id);                /* nothing if it is in already */
void     wrni_list_remove(struct wrni_list *list, uint32_t id);              /* nothing if absent */
bool     wrni_list_has(const struct wrni_list *list, uint32_t id);
uint32_t wrni_list_first(const struct wrni_list *list);                   /* WRNI_NONE if empty */
uint32_t wrni_list_next(const struct wrni_list *list, uint32_t id);

#endif
