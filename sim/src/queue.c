#include "queue.h"

#include "base.h"

static bool before(const struct sim_entry *a, const struct sim_entry *b)
{
    /* Without a branch: in a heap of many it is taken as often as not. */
    return (a->time < b->time) | ((a->time == b->time) & (a->number < b->number));
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
        if (child + 1 < count)
            child += before(&heap[child + 1], &heap[child]);
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
    queue->tiers = sim_take(memory, sizeof *queue->tiers);
    return queue->tiers != NULL;
}

static bool append(struct sim_queue *queue, struct sim_vector *vector, const struct sim_entry *entry)
{
    if (!sim_vector_room(queue->memory, vector, sizeof *entry, vector->count + 1))
        return false;
    ((struct sim_entry *)vector->data)[vector->count++] = *entry;
    return true;
}

/* Chunks go round between the buckets, so that what a bucket once held is not kept for it. */
static bool put(struct sim_queue *queue, struct sim_bucket **bucket, const struct sim_entry *entry)
{
    struct sim_bucket *chunk = *bucket;

    if (!chunk || chunk->count == SIM_QUEUE_CHUNK) {
        chunk = queue->tiers->free;
        if (chunk)
            queue->tiers->free = chunk->next;
        else
            chunk = sim_take(queue->memory, sizeof *chunk);
        if (!chunk)
            return false;
        chunk->next = *bucket;
        chunk->count = 0;
        *bucket = chunk;
    }
    chunk->entries[chunk->count++] = *entry;
    queue->far++;
    return true;
}

static bool place(struct sim_queue *queue, const struct sim_entry *entry)
{
    struct sim_tiers *tiers = queue->tiers;
    uint64_t window = entry->time >> SIM_QUEUE_SHIFT, span = window / SIM_QUEUE_WINDOWS, slot;

    if (queue->plain)
        return heap_push(queue, *entry);
    if (queue->popped && entry->time == queue->now_time)
        return append(queue, &queue->now, entry);
    if (window <= queue->window || span >= queue->window / SIM_QUEUE_WINDOWS + SIM_QUEUE_SPANS)
        return heap_push(queue, *entry);
    if (window - queue->window < SIM_QUEUE_WINDOWS) {
        slot = window % SIM_QUEUE_WINDOWS;
        tiers->window_map[slot / 64] |= UINT64_C(1) << slot % 64;
        return put(queue, &tiers->windows[slot], entry);
    }
    slot = span % SIM_QUEUE_SPANS;
    tiers->span_map[slot / 64] |= UINT64_C(1) << slot % 64;
    return put(queue, &tiers->spans[slot], entry);
}

bool sim_queue_push(struct sim_queue *queue, wrn_time time, uint32_t kind, uint32_t index, void *item)
{
    struct sim_entry entry = {
        .time = queue->popped && time < queue->now_time ? queue->now_time : time,
        .number = queue->pushes, .kind = kind, .index = index, .item = item,
    };

    queue->least = NULL;
    if (!place(queue, &entry))
        return false;
    queue->pushes++;
    queue->size++;
    return true;
}

static unsigned lowest_bit(uint64_t word)
{
    unsigned bit = 0;

    for (unsigned step = 32; step > 0; step /= 2)
        if ((word & ((UINT64_C(1) << step) - 1)) == 0) {
            word >>= step;
            bit += step;
        }
    return bit;
}

/* How far behind slot `from` of a ring, itself included, the first bit lies; `slots` when there is none. */
static uint64_t next_bit(const uint64_t *map, uint64_t slots, uint64_t from)
{
    uint64_t at = from % slots, passed = 0;

    while (passed < slots) {
        uint64_t word = map[at / 64] >> at % 64;

        if (word != 0) {
            passed += lowest_bit(word);
            return passed < slots ? passed : slots;
        }
        passed += 64 - at % 64;
        at = (at + 64 - at % 64) % slots;
    }
    return slots;
}

/* The next window that something of the buckets lies in, or where a span of them begins. */
static uint64_t next_window(const struct sim_queue *queue)
{
    const struct sim_tiers *tiers = queue->tiers;
    uint64_t span = queue->window / SIM_QUEUE_WINDOWS + 1, next = UINT64_MAX, passed;

    passed = next_bit(tiers->window_map, SIM_QUEUE_WINDOWS, queue->window + 1);
    if (passed < SIM_QUEUE_WINDOWS)
        next = queue->window + 1 + passed;
    passed = next_bit(tiers->span_map, SIM_QUEUE_SPANS, span);
    if (passed < SIM_QUEUE_SPANS && (span + passed) * SIM_QUEUE_WINDOWS < next)
        next = (span + passed) * SIM_QUEUE_WINDOWS;
    return next;
}

static bool pour(struct sim_queue *queue, struct sim_bucket **bucket, uint64_t *map, uint64_t slot)
{
    struct sim_bucket *chunk = bucket[slot];

    bucket[slot] = NULL;
    map[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    while (chunk) {
        struct sim_bucket *next = chunk->next;

        queue->far -= chunk->count;
        for (uint32_t i = 0; i < chunk->count; i++)
            if (!place(queue, &chunk->entries[i]))
                return false;
        chunk->next = queue->tiers->free;
        queue->tiers->free = chunk;
        chunk = next;
    }
    return true;
}

/* Open windows until the heap's least entry lies in the open one or before it, or no bucket holds anything. */
static void open_windows(struct sim_queue *queue)
{
    struct sim_tiers *tiers = queue->tiers;

    for (;;) {
        const struct sim_entry *heap = queue->heap.data;
        uint64_t top = queue->heap.count > 0 ? heap[0].time >> SIM_QUEUE_SHIFT : UINT64_MAX, next = UINT64_MAX;

        if (queue->heap.count > 0 && top <= queue->window)
            return;
        if (queue->far > 0)
            next = next_window(queue);
        if (next == UINT64_MAX && top == UINT64_MAX)
            return;
        queue->window = top < next ? top : next;
        if (top < next)
            return;
        if (next % SIM_QUEUE_WINDOWS == 0
            && !pour(queue, tiers->spans, tiers->span_map, next / SIM_QUEUE_WINDOWS % SIM_QUEUE_SPANS))
            return;
        if (!pour(queue, tiers->windows, tiers->window_map, next % SIM_QUEUE_WINDOWS))
            return;
    }
}

/* The heap's least entry and the FIFO's first: which comes first? Entries of this instant that are in the heap were pushed before
 * it began, so their numbers are lower. */
static const struct sim_entry *least(struct sim_queue *queue)
{
    const struct sim_entry *now = queue->first < queue->now.count ? (struct sim_entry *)queue->now.data + queue->first : NULL;
    const struct sim_entry *heap;

    if (queue->least) /* whoever asks when it is asks for it next */
        return queue->least;
    if (!queue->plain && !now)
        open_windows(queue);
    heap = queue->heap.count > 0 ? queue->heap.data : NULL;
    queue->fifo = now && (!heap || before(now, heap));
    queue->least = queue->fifo ? now : heap;
    return queue->least;
}

bool sim_queue_next(struct sim_queue *queue, wrn_time *time)
{
    const struct sim_entry *entry = least(queue);

    if (!entry)
        return false;
    *time = entry->time;
    return true;
}

bool sim_queue_pop(struct sim_queue *queue, struct sim_entry *entry)
{
    const struct sim_entry *first = least(queue);

    if (!first)
        return false;
    queue->least = NULL;
    if (queue->fifo) {
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
