#include "hash.h"
#include "queue.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The hold model: pop one, push one, with the mixes of times that simulations have. Both queues pop the same sequence. */

enum mix { EXPONENTIAL, WIREGUARD, SAME_INSTANT, FAR_AWAY, MIXES };

static wrn_time step(const struct sim_stream *draws, uint64_t n, enum mix mix)
{
    const struct sim_draw exponential = {SIM_EXPONENTIAL, 100 * WRN_MILLISECOND, 0};
    uint64_t choice = sim_below(draws, 2 * n, 10);

    switch (mix) {
    case EXPONENTIAL:
        return sim_duration(draws, 2 * n + 1, &exponential);
    case SAME_INSTANT:
        return choice < 9 ? 0 : WRN_MILLISECOND;
    case FAR_AWAY:
        return sim_below(draws, 2 * n + 1, 2000 * WRN_SECOND);
    default: /* 10 % zero delay, 60 % 1-200 ms, 20 % 5-15 s, 10 % 25-180 s */
        if (choice == 0)
            return 0;
        if (choice < 7)
            return WRN_MILLISECOND + sim_below(draws, 2 * n + 1, 199 * WRN_MILLISECOND);
        if (choice < 9)
            return 5 * WRN_SECOND + sim_below(draws, 2 * n + 1, 10 * WRN_SECOND);
        return 25 * WRN_SECOND + sim_below(draws, 2 * n + 1, 155 * WRN_SECOND);
    }
}

static uint64_t hold(bool plain, enum mix mix, uint32_t population, uint64_t turns)
{
    struct sim_memory memory;
    struct sim_queue queue;
    struct sim_stream draws;
    struct sim_entry entry = {0};
    uint64_t hash = 0, n = 0;
    wrn_time before = 0, next;

    sim_memory_begin(&memory, &test_host);
    sim_stream_init(&draws, 1, "hold", "");
    assert_true(sim_queue_begin(&queue, &memory, plain));
    for (uint32_t i = 0; i < population; i++, n++)
        assert_true(sim_queue_push(&queue, step(&draws, n, mix), 0, i, NULL));
    for (uint64_t i = 0; i < turns; i++, n++) {
        if (i % 7 == 0)
            assert_true(sim_queue_next(&queue, &next)); /* looking moves nothing */
        assert_true(sim_queue_pop(&queue, &entry));
        assert_true(entry.time >= before);
        before = entry.time;
        hash = sim_sip(hash, entry.time, &entry.index, 0) ^ entry.index * UINT64_C(0x9e3779b97f4a7c15);
        sim_queue_push(&queue, entry.time + step(&draws, n, mix), 0, entry.index, NULL);
    }
    while (sim_queue_pop(&queue, &entry))
        hash = sim_sip(hash, entry.time, NULL, 0) ^ entry.number;
    assert_int_equal(queue.size, 0);
    sim_memory_end(&memory);
    return hash;
}

static void both_queues_pop_the_same(void **state)
{
    static const uint32_t populations[] = {1, 2, 100, 10000, 40000};

    (void)state;
    for (int mix = 0; mix < MIXES; mix++)
        for (size_t i = 0; i < sizeof populations / sizeof *populations; i++)
            assert_int_equal(hold(true, (enum mix)mix, populations[i], 40000), hold(false, (enum mix)mix, populations[i], 40000));
}

static void equal_times_pop_in_order_of_pushes(void **state)
{
    struct sim_memory memory;
    struct sim_queue queue;
    struct sim_entry entry;

    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        sim_memory_begin(&memory, &test_host);
        assert_true(sim_queue_begin(&queue, &memory, plain));
        for (uint32_t i = 0; i < 50; i++)
            sim_queue_push(&queue, 5 * WRN_SECOND, 0, i, NULL);
        for (uint32_t i = 0; i < 100; i++) {
            assert_true(sim_queue_pop(&queue, &entry));
            assert_int_equal(entry.index, i);
            if (i < 50)
                sim_queue_push(&queue, i % 2 ? 5 * WRN_SECOND : 1, 0, 50 + i, NULL); /* the past counts as now */
        }
        assert_int_equal(queue.ties, 99);
        assert_false(sim_queue_pop(&queue, &entry));
        sim_memory_end(&memory);
    }
}

/* A crowd for one instant and those around it, of which some were pushed when it was far away, and some when it was near. */
static uint64_t crowd(bool plain)
{
    const wrn_time then = 20 * WRN_SECOND;
    struct sim_memory memory;
    struct sim_queue queue;
    struct sim_entry entry;
    uint64_t hash = 0, popped = 0;

    sim_memory_begin(&memory, &test_host);
    assert_true(sim_queue_begin(&queue, &memory, plain));
    sim_queue_push(&queue, 15 * WRN_SECOND, 0, 0, NULL);
    for (uint32_t i = 0; i < 3000; i++)
        sim_queue_push(&queue, then + (i % 5 == 0 ? i * 7919 % 1000 : 0), 0, i, NULL);
    assert_true(sim_queue_pop(&queue, &entry));
    for (uint32_t i = 0; i < 3000; i++)
        sim_queue_push(&queue, then + (i % 3 == 0 ? i * 7919 % 1000 : 0), 0, i, NULL);
    while (sim_queue_pop(&queue, &entry)) {
        hash = sim_sip(hash, entry.time, NULL, 0) ^ entry.number;
        popped++;
    }
    assert_int_equal(popped, 6000);
    sim_memory_end(&memory);
    return hash;
}

static void a_crowd_of_an_instant_pops_the_same(void **state)
{
    (void)state;
    assert_int_equal(crowd(true), crowd(false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_queues_pop_the_same),
        cmocka_unit_test(equal_times_pop_in_order_of_pushes),
        cmocka_unit_test(a_crowd_of_an_instant_pops_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
