#include "buffer.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Droptail against a list; FQ-CoDel's turns against RFC 8290's words, over arrays, with a target that is never missed. */

#define MOST 2000u
#define FLOWS 8u

static struct sim_queued items[MOST];
static struct sim_memory memory;

static struct sim_queued *make(uint32_t i, uint32_t flow, uint32_t bytes)
{
    items[i] = (struct sim_queued){.flow = flow, .bytes = bytes};
    return &items[i];
}

static void droptail_is_a_list_with_an_end(void **state)
{
    const struct sim_queue_rule rule = {.kind = SIM_DROPTAIL, .packets = 10, .bytes = 9000};
    struct sim_buffer buffer = {0};
    uint32_t list[MOST], head = 0, tail = 0, put = 0, full = 0;
    uint64_t bytes = 0, n = 0;
    struct sim_stream stream;

    (void)state;
    sim_memory_begin(&memory, &test_host);
    sim_stream_init(&stream, 1, "buffer", "");
    while (put < MOST) {
        struct sim_line dropped = {0};

        if (sim_below(&stream, n++, 100) < 60) {
            uint32_t flow = (uint32_t)sim_below(&stream, n, 5), size = 40 + (uint32_t)sim_below(&stream, n + 1, 1500);
            struct sim_queued *item = make(put, flow, size);
            bool fits = tail - head < 10 && bytes + item->bytes <= 9000;

            assert_int_equal(sim_buffer_passes(&buffer, &rule, item), head == tail && fits);
            sim_buffer_put(&buffer, &rule, &memory, item, put, &dropped);
            assert_ptr_equal(sim_line_get(&dropped), fits ? NULL : item);
            if (fits) {
                list[tail++] = put;
                bytes += item->bytes;
            }
            full += !fits;
            n += 2;
            put++;
        } else {
            struct sim_queued *item = sim_buffer_get(&buffer, &rule, put, &dropped);

            assert_ptr_equal(item, head < tail ? &items[list[head]] : NULL);
            if (head < tail)
                bytes -= items[list[head++]].bytes;
        }
        assert_int_equal(buffer.packets, tail - head);
        assert_int_equal(buffer.bytes, bytes);
    }
    assert_true(full > 50);
    sim_memory_end(&memory);
}

struct turns {
    uint32_t queue[FLOWS][MOST], head[FLOWS], tail[FLOWS];
    int64_t  deficit[FLOWS];
    uint64_t bytes[FLOWS];
    uint32_t fresh[4 * MOST], old[8 * MOST], fresh_head, fresh_tail, old_head, old_tail;
    bool     active[FLOWS];
};

static struct turns turns;

static int64_t take_turn(void)
{
    for (;;) {
        bool from_fresh = turns.fresh_head < turns.fresh_tail;
        uint32_t flow;

        if (!from_fresh && turns.old_head == turns.old_tail)
            return -1;
        flow = from_fresh ? turns.fresh[turns.fresh_head] : turns.old[turns.old_head];
        if (turns.deficit[flow] <= 0) {
            turns.deficit[flow] += 1514;
            if (from_fresh)
                turns.fresh_head++;
            else
                turns.old_head++;
            turns.old[turns.old_tail++] = flow;
        } else if (turns.head[flow] == turns.tail[flow]) {
            bool others = turns.old_head < turns.old_tail;

            if (from_fresh)
                turns.fresh_head++;
            else
                turns.old_head++;
            if (from_fresh && others)
                turns.old[turns.old_tail++] = flow;
            else
                turns.active[flow] = false;
        } else {
            uint32_t packet = turns.queue[flow][turns.head[flow]++];

            turns.deficit[flow] -= items[packet].bytes;
            turns.bytes[flow] -= items[packet].bytes;
            return packet;
        }
        assert_true(turns.old_tail < 8 * MOST && turns.fresh_tail < 4 * MOST);
    }
}

static void fq_codel_takes_turns(void **state)
{
    const struct sim_queue_rule rule = {.kind = SIM_FQ_CODEL, .target = SIM_INTERVAL_MOST, .interval = SIM_INTERVAL_MOST,
                                        .packets = 60};
    uint64_t over = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct sim_buffer buffer = {0};
        struct sim_stream stream;
        uint32_t put = 0, waiting = 0;
        uint64_t n = 0;

        memset(&turns, 0, sizeof turns);
        sim_memory_begin(&memory, &test_host);
        sim_stream_init(&stream, seed, "turns", "");
        while (put < MOST) {
            struct sim_line dropped = {0};

            if (sim_below(&stream, n++, 100) < 55) {
                uint32_t flow = (uint32_t)sim_below(&stream, n, FLOWS) * (uint32_t)sim_below(&stream, n + 1, 2), fat = 0;
                struct sim_queued *item = make(put, flow, flow ? 100 + (uint32_t)sim_below(&stream, n + 2, 400) : 1500), *gone;

                n += 3;
                sim_buffer_put(&buffer, &rule, &memory, item, put, &dropped);
                turns.queue[flow][turns.tail[flow]++] = put++;
                turns.bytes[flow] += item->bytes;
                waiting++;
                if (!turns.active[flow]) {
                    turns.active[flow] = true;
                    turns.deficit[flow] = 1514;
                    turns.fresh[turns.fresh_tail++] = flow;
                }
                gone = sim_line_get(&dropped);
                assert_int_equal(gone != NULL, waiting > 60);
                if (!gone)
                    continue;
                fat = gone->flow; /* the head of one than which none is fatter */
                for (uint32_t i = 0; i < FLOWS; i++)
                    assert_true(turns.bytes[i] <= turns.bytes[fat]);
                assert_ptr_equal(gone, &items[turns.queue[fat][turns.head[fat]++]]);
                turns.bytes[fat] -= gone->bytes;
                waiting--;
                over++;
            } else {
                struct sim_queued *item = sim_buffer_get(&buffer, &rule, put, &dropped);
                int64_t packet = take_turn();

                assert_ptr_equal(item, packet < 0 ? NULL : &items[packet]);
                waiting -= packet >= 0;
                assert_int_equal(buffer.packets, waiting);
            }
        }
        sim_memory_end(&memory);
    }
    assert_true(over > 100);
}

/* The row changes while something waits: everything still comes out. */
static void another_discipline_finds_what_waits(void **state)
{
    const struct sim_queue_rule fair = {.kind = SIM_FQ_CODEL, .target = 5, .interval = 100}, plain = {.kind = SIM_DROPTAIL};
    struct sim_buffer buffer = {0};
    struct sim_line dropped = {0};
    unsigned out = 0;

    (void)state;
    sim_memory_begin(&memory, &test_host);
    for (uint32_t i = 0; i < 50; i++)
        sim_buffer_put(&buffer, i % 2 ? &fair : &plain, &memory, make(i, i, 1000), i, &dropped);
    while (sim_buffer_get(&buffer, &plain, 1000000, &dropped))
        out++;
    assert_int_equal(out, 50);
    assert_null(dropped.head);
    assert_int_equal(buffer.bytes + buffer.packets, 0);
    sim_memory_end(&memory);
}

static void an_idle_buffer_lets_pass_what_it_would_take(void **state)
{
    const struct sim_queue_rule plain = {.kind = SIM_DROPTAIL, .bytes = 1500}, codel = {.kind = SIM_CODEL};
    struct sim_buffer buffer = {0};
    struct sim_line dropped = {0};

    (void)state;
    sim_memory_begin(&memory, &test_host);
    assert_true(sim_buffer_idle(&buffer, &plain));
    assert_false(sim_buffer_idle(&buffer, &codel)); /* CoDel learns from being asked */
    assert_true(sim_buffer_passes(&buffer, &plain, make(0, 0, 1500)));
    assert_int_equal(buffer.largest, 1500);
    assert_false(sim_buffer_passes(&buffer, &plain, make(1, 0, 1501)));
    assert_false(sim_buffer_passes(&buffer, &codel, make(2, 0, 100)));
    sim_buffer_put(&buffer, &plain, &memory, make(3, 0, 100), 0, &dropped);
    assert_false(sim_buffer_idle(&buffer, &plain));
    assert_false(sim_buffer_passes(&buffer, &plain, make(4, 0, 100)));
    sim_memory_end(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(droptail_is_a_list_with_an_end),
        cmocka_unit_test(fq_codel_takes_turns),
        cmocka_unit_test(another_discipline_finds_what_waits),
        cmocka_unit_test(an_idle_buffer_lets_pass_what_it_would_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
