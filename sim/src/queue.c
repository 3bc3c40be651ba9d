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

static struct sim_bucket *take_bucket(struct sim_bucket **bucket, uint64_t *map, uint64_t slot)
{
    struct sim_bucket *chunk = bucket[slot];

    bucket[slot] = NULL;
    map[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    return chunk;
}

/* What follows it. */
static struct sim_bucket *give_chunk(struct sim_queue *queue, struct sim_bucket *chunk)
{
    struct sim_bucket *next = chunk->next;

    queue->far -= chunk->count;
    chunk->next = queue->tiers->free;
    queue->tiers->free = chunk;
    return next;
}

static bool pour_span(struct sim_queue *queue, uint64_t slot)
{
    struct sim_bucket *chunk = take_bucket(queue->tiers->spans, queue->tiers->span_map, slot);

    for (; chunk; chunk = give_chunk(queue, chunk))
        for (uint32_t i = 0; i < chunk->count; i++)
            if (!place(queue, &chunk->entries[i]))
                return false;
    return true;
}

/* Where what begins at `from` stops being in order. */
static uint64_t in_order(const struct sim_entry *entries, uint64_t from, uint64_t count)
{
    uint64_t end = from + 1;

    while (end < count && before(&entries[end - 1], &entries[end]))
        end++;
    return end;
}

static void merge(const struct sim_entry *from, uint64_t first, uint64_t second, uint64_t end, struct sim_entry *to)
{
    uint64_t a = first, b = second, at = first;

    while (a < second && b < end) {
        const bool later = before(&from[b], &from[a]);

        to[at++] = from[later ? b : a];
        b += later;
        a += !later;
    }
    memcpy(&to[at], &from[a], (size_t)(second - a) * sizeof *to);
    memcpy(&to[at + (second - a)], &from[b], (size_t)(end - b) * sizeof *to);
}

/* Is most of it in order, as it is where delays are fixed? */
static bool nearly_in_order(const struct sim_entry *entries, uint64_t count)
{
    uint64_t parts = 0;

    for (uint64_t at = 0; at < count; at = in_order(entries, at, count))
        parts++;
    return parts <= 1 + count / 8;
}

/* Merges what is in order already. */
static void sort_run(struct sim_queue *queue)
{
    const uint64_t count = queue->run.count;
    uint64_t whole;

    while (count > 0 && (whole = in_order(queue->run.data, 0, count)) < count) {
        const struct sim_vector from = queue->run;

        for (uint64_t first = 0, second = whole, end; first < count; first = end) {
            second = first == 0 ? whole : in_order(from.data, first, count);
            end = second < count ? in_order(from.data, second, count) : count;
            merge(from.data, first, second, end, queue->spare.data);
        }
        queue->run = queue->spare;
        queue->run.count = count;
        queue->spare = from;
    }
}

#define RADIX_BITS (SIM_QUEUE_SHIFT / 2)

/* Into `to`, by these bits of the time; what has the same stays in its order. */
static void sort_by(const struct sim_entry *from, struct sim_entry *to, uint64_t count, unsigned shift)
{
    const uint64_t mask = (UINT64_C(1) << RADIX_BITS) - 1;
    uint64_t ends[1u << RADIX_BITS] = {0}, end = 0;

    for (uint64_t i = 0; i < count; i++)
        ends[from[i].time >> shift & mask]++;
    for (uint64_t i = 0; i <= mask; i++) {
        end += ends[i];
        ends[i] = end - ends[i];
    }
    for (uint64_t i = 0; i < count; i++)
        to[ends[from[i].time >> shift & mask]++] = from[i];
}

/* Of a window all times differ in 22 bits only. What came out of a span's bucket is not in the order of its pushes: then equal times
 * are merged. */
static void sort_crowd(struct sim_queue *queue)
{
    sort_by(queue->run.data, queue->spare.data, queue->run.count, 0);
    sort_by(queue->spare.data, queue->run.data, queue->run.count, RADIX_BITS);
    sort_run(queue);
}

#define CROWD 512u /* entries from which on a sort by radix is worth its tables */

/* A window's bucket becomes the run, or goes into the heap where it is small and in no order. Its chunks lie newest first. */
static bool pour_window(struct sim_queue *queue, uint64_t slot)
{
    struct sim_bucket *chunk = take_bucket(queue->tiers->windows, queue->tiers->window_map, slot);
    uint64_t count = 0;

    for (const struct sim_bucket *each = chunk; each; each = each->next)
        count += each->count;
    if (!sim_vector_room(queue->memory, &queue->run, sizeof(struct sim_entry), count)
        || !sim_vector_room(queue->memory, &queue->spare, sizeof(struct sim_entry), count))
        return false;
    queue->run.count = count;
    queue->run_first = 0;
    for (; chunk; chunk = give_chunk(queue, chunk)) {
        count -= chunk->count;
        memcpy((struct sim_entry *)queue->run.data + count, chunk->entries, chunk->count * sizeof *chunk->entries);
    }
    count = queue->run.count;
    if (nearly_in_order(queue->run.data, count)) {
        sort_run(queue);
        return true;
    }
    if (count >= CROWD) {
        sort_crowd(queue);
        return true;
    }
    queue->run.count = 0;
    for (uint64_t i = 0; i < count; i++)
        if (!heap_push(queue, ((struct sim_entry *)queue->run.data)[i]))
            return false;
    return true;
}

static const struct sim_entry *run_head(const struct sim_queue *queue)
{
    return queue->run_first < queue->run.count ? (const struct sim_entry *)queue->run.data + queue->run_first : NULL;
}

/* Open windows until there is a run, or the heap's least entry lies in the open one or before it, or no bucket holds anything. */
static void open_windows(struct sim_queue *queue)
{
    while (!run_head(queue)) {
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
        if (next % SIM_QUEUE_WINDOWS == 0 && !pour_span(queue, next / SIM_QUEUE_WINDOWS % SIM_QUEUE_SPANS))
            return;
        if (!pour_window(queue, next % SIM_QUEUE_WINDOWS))
            return;
    }
}

/* The heap's least entry, the run's first and the FIFO's: which comes first? Entries of this instant that are in the others were
 * pushed before it began, so their numbers are lower. */
static const struct sim_entry *least(struct sim_queue *queue)
{
    const struct sim_entry *now = queue->first < queue->now.count ? (struct sim_entry *)queue->now.data + queue->first : NULL;
    const struct sim_entry *run;

    if (queue->least) /* whoever asks when it is asks for it next */
        return queue->least;
    if (!queue->plain && !now)
        open_windows(queue);
    queue->from = SIM_QUEUE_HEAPED;
    queue->least = queue->heap.count > 0 ? queue->heap.data : NULL;
    run = run_head(queue);
    if (run && (!queue->least || before(run, queue->least))) {
        queue->from = SIM_QUEUE_RUN;
        queue->least = run;
    }
    if (now && (!queue->least || before(now, queue->least))) {
        queue->from = SIM_QUEUE_NOW;
        queue->least = now;
    }
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
    if (queue->from == SIM_QUEUE_HEAPED) {
        *entry = heap_pop(queue);
    } else if (queue->from == SIM_QUEUE_RUN) {
        *entry = *first;
        queue->run_first++;
    } else {
        *entry = *first;
        if (++queue->first == queue->now.count)
            queue->first = queue->now.count = 0;
    }
    queue->ties += queue->popped && entry->time == queue->now_time;
    queue->popped = true;
    queue->now_time = entry->time;
    queue->size--;
    return true;
}
