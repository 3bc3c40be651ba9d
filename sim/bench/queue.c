#include "bench.h"

#include "queue.h"
#include "sim/random.h"

#include <stdio.h>

/* The hold model: a million entries wait, and each that is popped is pushed again some time later. Both queues must pop the same
 * sequence. Times come from a table, so that drawing them costs neither queue anything. */

enum { PENDING = 1000000, HOLDS = 2000000, DRAWN = 1 << 16, TURNS = 2 };

static uint64_t draw(const struct sim_stream *stream, uint64_t n, uint32_t mix)
{
    static const struct sim_draw exponential = {SIM_EXPONENTIAL, 100 * WRN_MILLISECOND, 0};
    if (mix == BENCH_EXPONENTIAL)
        return sim_duration(stream, n, &exponential);
    uint64_t share = sim_below(stream, 2 * n, 10), value = sim_value(stream, 2 * n + 1);
    if (share < 1)
        return 0;
    if (share < 7)
        return WRN_MILLISECOND + value % (199 * WRN_MILLISECOND);
    if (share < 9)
        return 5 * WRN_SECOND + value % (10 * WRN_SECOND);
    return 25 * WRN_SECOND + value % (155 * WRN_SECOND);
}

/* Gives seconds per hold, negative without memory; and a hash of what was popped. */
static double hold(const uint64_t *table, bool plain, uint64_t *hash)
{
    struct sim_memory memory;
    struct sim_queue  queue;
    struct sim_entry  entry;
    double            start, seconds = -1;
    sim_memory_begin(&memory, &bench_host);
    if (sim_queue_begin(&queue, &memory, plain)) {
        for (uint32_t i = 0; i < PENDING; i++)
            (void)sim_queue_push(&queue, table[i % DRAWN] + i % 1000, 0, i, NULL);
        start = bench_seconds();
        for (uint32_t i = 0; i < HOLDS; i++) {
            if (!sim_queue_pop(&queue, &entry))
                break;
            *hash = (*hash ^ entry.index) * UINT64_C(0x100000001b3);
            (void)sim_queue_push(&queue, entry.time + table[(entry.index + i) % DRAWN], 0, entry.index, NULL);
        }
        if (!memory.exhausted)
            seconds = (bench_seconds() - start) / (double)HOLDS;
    }
    sim_memory_end(&memory);
    return seconds;
}

bool bench_queue(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result)
{
    static uint64_t   table[DRAWN];
    struct sim_stream stream;
    (void)provider;
    sim_stream_init(&stream, 1, "bench", self->name);
    for (uint32_t i = 0; i < DRAWN; i++)
        table[i] = draw(&stream, i, self->mix);
    for (int i = 0; i < TURNS; i++) {
        uint64_t hash[2] = {0, 0};
        double   heap = hold(table, true, &hash[0]), tiers = hold(table, false, &hash[1]);
        if (heap <= 0 || tiers <= 0 || hash[0] != hash[1]) {
            fprintf(stderr, "%s: %s\n", self->name, hash[0] != hash[1] ? "the queues pop different sequences" : "no memory");
            return false;
        }
        result->value = 1e-6 / tiers > result->value ? 1e-6 / tiers : result->value;
        result->base = 1e-6 / heap > result->base ? 1e-6 / heap : result->base;
    }
    return true;
}
