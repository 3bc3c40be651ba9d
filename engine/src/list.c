#include "list.h"

#include "bytes.h"

/* Stored plus one, so that zeroed memory means "absent". An id is in the list iff it is the head or has a previous. */
struct link { uint32_t next, previous; };

static struct link *links(struct wrni_list *list) { return (struct link *)(void *)(list + 1); }

static const struct link *links_const(const struct wrni_list *list) { return (const struct link *)(const void *)(list + 1); }

size_t wrni_list_size(uint32_t capacity) { return sizeof(struct wrni_list) + (size_t)capacity * sizeof(struct link); }

void wrni_list_init(struct wrni_list *list, uint32_t capacity)
{
    memset(list, 0, wrni_list_size(capacity));
    list->capacity = capacity;
    list->head = list->tail = WRNI_NONE;
}

void wrni_list_copy(struct wrni_list *to, const struct wrni_list *from)
{
    WRNI_ASSERT(to->capacity >= from->capacity);
    uint32_t capacity = to->capacity;
    memcpy(to, from, wrni_list_size(from->capacity));
    to->capacity = capacity;
}

bool wrni_list_has(const struct wrni_list *list, uint32_t id)
{
    WRNI_ASSERT(id < list->capacity);
    return list->head == id || links_const(list)[id].previous != 0;
}

void wrni_list_push(struct wrni_list *list, uint32_t id)
{
    if (wrni_list_has(list, id))
        return;
    struct link *all = links(list);
    all[id].next = 0;
    if (list->head == WRNI_NONE) {
        list->head = id;
    } else {
        all[list->tail].next = id + 1;
        all[id].previous = list->tail + 1;
    }
    list->tail = id;
    list->count++;
}

void wrni_list_remove(struct wrni_list *list, uint32_t id)
{
    if (!wrni_list_has(list, id))
        return;
    struct link *all = links(list);
    uint32_t next = all[id].next, previous = all[id].previous;
    if (previous)
        all[previous - 1].next = next;
    else
        list->head = next ? next - 1 : WRNI_NONE;
    if (next)
        all[next - 1].previous = previous;
    else
        list->tail = previous ? previous - 1 : WRNI_NONE;
    all[id].next = all[id].previous = 0;
    list->count--;
}

uint32_t wrni_list_first(const struct wrni_list *list) { return list->head; }

uint32_t wrni_list_next(const struct wrni_list *list, uint32_t id)
{
    WRNI_ASSERT(id < list->capacity);
    return links_const(list)[id].next ? links_const(list)[id].next - 1 : WRNI_NONE;
}
