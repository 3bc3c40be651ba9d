#include "queue.h"

#include "base.h"

static bool before(const struct sim_entry *a, const struct sim_entry *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static bool heap_push(struct sim_queue *queue, struct sim_entry entry)
{
    struct sim_entry *heap;
    uint64_t i = queue->heap.count;

    if (!sim_vector_room(queue->memory, &queue->heap, sizeof entry, i + 1))
        return false;
    heap = queue->heap.data;
    queue->heap.count++;
    while (i > 0 && before(&entry, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = entry;
    return true;
}

static struct sim_entry heap_pop(struct sim_queue *queue)
{
    struct sim_entry *heap = queue->heap.data;
    struct sim_entry least = heap[0], last = heap[--queue->heap.count];
    uint64_t count = queue->heap.count, i = 0;

    for (;;) {
        uint64_t child = 2 * i + 1;

        if (child >= count)
            break;
        if (child + 1 < count && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return least;
}

bool sim_queue_begin(struct sim_queue *queue, struct sim_memory *memory, bool plain)
{
    memset(queue, 0, sizeof *queue);
    queue->memory = memory;
    queue->plain = plain;
    if (plain)
        return true;
    queue->buckets = sim_take(memory, SIM_QUEUE_BUCKETS * sizeof *queue->buckets);
    return queue->buckets != NULL;
}

static bool append(struct sim_queue *queue, struct sim_vector *vector, const struct sim_entry *entry)
{
    if (!sim_vector_room(queue->memory, vector, sizeof *entry, vector->count + 1))
        return false;
    ((struct sim_entry *)vector->data)[vector->count++] = *entry;
    return true;
}

static bool place(struct sim_queue *queue, const struct sim_entry *entry)
{
    uint64_t window = entry->time >> SIM_QUEUE_SHIFT;

    if (queue->plain)
        return heap_push(queue, *entry);
    if (queue->popped && entry->time == queue->now_time)
        return append(queue, &queue->now, entry);
    if (window <= queue->window || window >= queue->window + SIM_QUEUE_BUCKETS)
        return heap_push(queue, *entry);
    if (!append(queue, &queue->buckets[window % SIM_QUEUE_BUCKETS], entry))
        return false;
    queue->far++;
    return true;
}

bool sim_queue_push(struct sim_queue *queue, wrn_time time, uint32_t kind, uint32_t index, void *item)
{
    struct sim_entry entry = {
        .time = queue->popped && time < queue->now_time ? queue->now_time : time,
        .number = queue->pushes, .kind = kind, .index = index, .item = item,
    };

    if (!place(queue, &entry))
        return false;
    queue->pushes++;
    queue->size++;
    return true;
}

/* Open windows until the heap's least entry lies in the open one or before it, or no bucket holds anything. */
static void open_windows(struct sim_queue *queue)
{
    const struct sim_entry *heap = queue->heap.data;

    while (queue->far > 0 && (queue->heap.count == 0 || heap[0].time >> SIM_QUEUE_SHIFT > queue->window)) {
        struct sim_vector *bucket = &queue->buckets[++queue->window % SIM_QUEUE_BUCKETS];
        const struct sim_entry *entries = bucket->data;

        for (uint64_t i = 0; i < bucket->count; i++)
            if (!heap_push(queue, entries[i]))
                return;
        queue->far -= bucket->count;
        bucket->count = 0;
        heap = queue->heap.data;
    }
    if (queue->far == 0 && queue->heap.count > 0 && heap[0].time >> SIM_QUEUE_SHIFT > queue->window)
        queue->window = heap[0].time >> SIM_QUEUE_SHIFT;
}

/* The heap's least entry and the FIFO's first: which comes first? Entries of this instant that are in the heap were pushed before
 * it began, so their numbers are lower. */
static const struct sim_entry *least(struct sim_queue *queue, bool *fifo)
{
    const struct sim_entry *now = queue->first < queue->now.count ? (struct sim_entry *)queue->now.data + queue->first : NULL;
    const struct sim_entry *heap;

    *fifo = false;
    if (!queue->plain && !now)
        open_windows(queue);
    heap = queue->heap.count > 0 ? queue->heap.data : NULL;
    if (now && (!heap || before(now, heap))) {
        *fifo = true;
        return now;
    }
    return heap;
}

bool sim_queue_next(struct sim_queue *queue, wrn_time *time)
{
    bool fifo;
    const struct sim_entry *entry = least(queue, &fifo);

    if (!entry)
        return false;
    *time = entry->time;
    return true;
}

bool sim_queue_pop(struct sim_queue *queue, struct sim_entry *entry)
{
    bool fifo;
    const struct sim_entry *first = least(queue, &fifo);

    if (!first)
        return false;
    if (fifo) {
        *entry = *first;
        if (++queue->first == queue->now.count)
            queue->first = queue->now.count = 0;
    } else {
        *entry = heap_pop(queue);
    }
    queue->ties += queue->popped && entry->time == queue->now_time;
    queue->popped = true;
    queue->now_time = entry->time;
    queue->size--;
    return true;
}
