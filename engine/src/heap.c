#include "heap.h"

#include "arena.h"
#include "bytes.h"

#define ARITY 4u
#define HEADER 16u
#define BYTES_PER_ID (sizeof(wrn_time) + 2 * sizeof(uint32_t))

/* Three arrays behind the header, so that the times of four siblings share half a cache line. */
struct view {
    wrn_time *times;     /* by place in the heap */
    uint32_t *ids;       /* by place */
    uint32_t *positions; /* by id: place plus one, 0 when absent */
};

static struct view view_of(const struct wrni_heap *heap)
{
    unsigned char *base = (unsigned char *)heap + HEADER;
    struct view    view;
    view.times = (wrn_time *)(void *)base;
    view.ids = (uint32_t *)(void *)(base + heap->capacity * sizeof(wrn_time));
    view.positions = view.ids + heap->capacity;
    return view;
}

size_t wrni_heap_size(uint32_t capacity)
{
    return wrni_shelf_size(HEADER, capacity, BYTES_PER_ID);
}

void wrni_heap_init(struct wrni_heap *heap, uint32_t capacity)
{
    memset(heap, 0, wrni_heap_size(capacity));
    heap->capacity = capacity;
}

void wrni_heap_copy(struct wrni_heap *to, const struct wrni_heap *from)
{
    WRNI_ASSERT(to->capacity >= from->capacity);
    wrni_heap_init(to, to->capacity);
    to->count = from->count;
    struct view a = view_of(to), b = view_of(from);
    memcpy(a.times, b.times, from->count * sizeof *a.times);
    memcpy(a.ids, b.ids, from->count * sizeof *a.ids);
    memcpy(a.positions, b.positions, from->capacity * sizeof *a.positions);
}

static bool before(wrn_time time, uint32_t id, wrn_time other_time, uint32_t other_id)
{
    return time < other_time || (time == other_time && id < other_id);
}

static void put(struct view view, uint32_t at, wrn_time time, uint32_t id)
{
    view.times[at] = time;
    view.ids[at] = id;
    view.positions[id] = at + 1;
}

/* The place where (time, id) belongs, when the hole at `at` may move up: parents that come later move down into it. */
static uint32_t rise(struct view view, uint32_t at, wrn_time time, uint32_t id)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / ARITY;
        if (!before(time, id, view.times[parent], view.ids[parent]))
            break;
        put(view, at, view.times[parent], view.ids[parent]);
        at = parent;
    }
    return at;
}

static uint32_t sink(struct view view, uint32_t count, uint32_t at, wrn_time time, uint32_t id)
{
    for (;;) {
        uint64_t first = (uint64_t)at * ARITY + 1;
        if (first >= count)
            return at;
        uint32_t least = (uint32_t)first;
        uint64_t end = first + ARITY < count ? first + ARITY : count;
        for (uint32_t child = least + 1; child < end; child++) {
            if (before(view.times[child], view.ids[child], view.times[least], view.ids[least]))
                least = child;
        }
        if (!before(view.times[least], view.ids[least], time, id))
            return at;
        put(view, at, view.times[least], view.ids[least]);
        at = least;
    }
}

static void settle(const struct wrni_heap *heap, uint32_t at, wrn_time time, uint32_t id)
{
    struct view view = view_of(heap);
    uint32_t    place = rise(view, at, time, id);
    if (place == at)
        place = sink(view, heap->count, at, time, id);
    put(view, place, time, id);
}

void wrni_heap_set(struct wrni_heap *heap, uint32_t id, wrn_time time)
{
    WRNI_ASSERT(id < heap->capacity);
    if (time == WRN_NEVER) {
        wrni_heap_remove(heap, id);
        return;
    }
    uint32_t position = view_of(heap).positions[id];
    settle(heap, position != 0 ? position - 1 : heap->count++, time, id);
}

void wrni_heap_remove(struct wrni_heap *heap, uint32_t id)
{
    WRNI_ASSERT(id < heap->capacity);
    struct view view = view_of(heap);
    uint32_t    position = view.positions[id];
    if (position == 0)
        return;
    uint32_t last = --heap->count;
    wrn_time time = view.times[last];
    uint32_t moved = view.ids[last];
    view.positions[id] = 0;
    view.times[last] = 0;
    view.ids[last] = 0;
    if (moved != id)
        settle(heap, position - 1, time, moved);
}

wrn_time wrni_heap_time(const struct wrni_heap *heap, uint32_t id)
{
    WRNI_ASSERT(id < heap->capacity);
    struct view view = view_of(heap);
    uint32_t    position = view.positions[id];
    return position != 0 ? view.times[position - 1] : WRN_NEVER;
}

wrn_time wrni_heap_least(const struct wrni_heap *heap, uint32_t *id)
{
    struct view view = view_of(heap);
    if (heap->count == 0)
        return WRN_NEVER;
    if (id != NULL)
        *id = view.ids[0];
    return view.times[0];
}
