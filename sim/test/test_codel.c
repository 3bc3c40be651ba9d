#include "codel.h"
#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* CoDel against RFC 8289's pseudocode, written once more over an array. */

#define MOST 3000u

struct naive {
    uint32_t queue[MOST]; /* numbers of packets */
    size_t   head, tail;
    uint64_t bytes;
    int64_t  first_above, drop_next, interval, target, largest;
    uint32_t count, last_count;
    bool     dropping, ecn;
};

static struct sim_queued items[MOST];
static struct naive naive;
static uint32_t naive_dropped[MOST], dropped_count, naive_marked;

static int64_t control_law(int64_t t)
{
    int64_t gap = 0;

    while (gap * gap <= naive.interval * naive.interval / naive.count)
        gap += 1;
    return t + gap - 1;
}

static int64_t dodequeue(int64_t now, bool *ok_to_drop)
{
    int64_t packet = -1;

    *ok_to_drop = false;
    if (naive.head == naive.tail) {
        naive.first_above = 0;
        return -1;
    }
    packet = naive.queue[naive.head++];
    naive.bytes -= items[packet].bytes;
    if (now - (int64_t)items[packet].since < naive.target || (int64_t)naive.bytes <= naive.largest)
        naive.first_above = 0;
    else if (naive.first_above == 0)
        naive.first_above = now + naive.interval;
    else if (now >= naive.first_above)
        *ok_to_drop = true;
    return packet;
}

static bool marks(int64_t packet)
{
    return naive.ecn && items[packet].capable;
}

static int64_t deque(int64_t now)
{
    bool ok_to_drop;
    int64_t packet = dodequeue(now, &ok_to_drop);

    if (naive.dropping) {
        if (!ok_to_drop)
            naive.dropping = false;
        while (now >= naive.drop_next && naive.dropping) {
            naive.count++;
            if (marks(packet)) {
                naive.drop_next = control_law(naive.drop_next);
                naive_marked++;
                return packet;
            }
            naive_dropped[dropped_count++] = (uint32_t)packet;
            packet = dodequeue(now, &ok_to_drop);
            if (!ok_to_drop)
                naive.dropping = false;
            else
                naive.drop_next = control_law(naive.drop_next);
        }
    } else if (ok_to_drop) {
        uint32_t delta;

        if (marks(packet)) {
            naive_marked++;
        } else {
            naive_dropped[dropped_count++] = (uint32_t)packet;
            packet = dodequeue(now, &ok_to_drop);
        }
        naive.dropping = true;
        delta = naive.count - naive.last_count;
        naive.count = 1;
        if (delta > 1 && now - naive.drop_next < 16 * naive.interval)
            naive.count = delta;
        naive.drop_next = control_law(now);
        naive.last_count = naive.count;
    }
    return packet;
}

static void gaps_are_roots(void **state)
{
    (void)state;
    assert_int_equal(sim_codel_gap(100 * WRN_MILLISECOND, 1), 100 * WRN_MILLISECOND);
    assert_int_equal(sim_codel_gap(100 * WRN_MILLISECOND, 4), 50 * WRN_MILLISECOND);
    assert_int_equal(sim_codel_gap(100 * WRN_MILLISECOND, 2), 70710678);
    assert_int_equal(sim_codel_gap(4 * WRN_SECOND, 3), UINT64_C(2309401076));
    assert_int_equal(sim_codel_gap(1, UINT32_MAX), 0);
    for (uint64_t interval = 1; interval < UINT64_C(1) << 32; interval = interval * 3 + 1)
        for (uint32_t count = 1; count < 5000; count += 7) {
            uint64_t gap = sim_codel_gap(interval, count), square = interval * interval / count;

            assert_true(gap * gap <= square && (gap + 1) * (gap + 1) > square);
        }
}

/* Times in units of a microsecond or so: the naive root counts up. */
static void every_choice_is_the_pseudocodes(void **state)
{
    uint64_t all_dropped = 0, again = 0, marked = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        const struct sim_codel_rule rule = {.target = 50, .interval = 1000, .ecn = seed % 3 == 0};
        struct sim_line line = {0}, dropped = {0};
        struct sim_codel codel = {0};
        struct sim_stream stream;
        uint64_t now = 10, n = 0;
        uint32_t put = 0;

        sim_stream_init(&stream, seed, "codel", "");
        memset(&naive, 0, sizeof naive);
        naive.target = 50;
        naive.interval = 1000;
        naive.largest = 1500;
        naive.ecn = rule.ecn;
        dropped_count = 0;
        while (put < MOST || line.packets > 0) {
            bool crowded = now / 20000 % 2 == 0;

            now += sim_below(&stream, n++, 20);
            if (put < MOST && sim_below(&stream, n++, 100) < (crowded ? 70 : 40)) {
                items[put] = (struct sim_queued){.since = now, .bytes = 40 + (uint32_t)sim_below(&stream, n++, 1460),
                                                 .capable = put % 5 < 3};
                sim_line_put(&line, &items[put]);
                naive.bytes += items[put].bytes;
                naive.queue[naive.tail++] = put++;
            } else {
                uint32_t before = dropped_count;
                struct sim_queued *item = sim_codel_get(&codel, &rule, &line, 1500, now, &dropped);
                int64_t packet = deque((int64_t)now);

                assert_ptr_equal(item, packet < 0 ? NULL : &items[packet]);
                for (; before < dropped_count; before++)
                    assert_ptr_equal(sim_line_get(&dropped), &items[naive_dropped[before]]);
                assert_null(sim_line_get(&dropped));
                again += codel.dropping && codel.last_count > 1;
                assert_int_equal(line.bytes, naive.bytes);
            }
        }
        all_dropped += dropped_count;
        for (uint32_t i = 0; i < MOST; i++)
            marked += items[i].marked;
    }
    assert_true(all_dropped > 1000);
    assert_true(again > 100);
    assert_int_equal(marked, naive_marked);
    assert_true(marked > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_are_roots),
        cmocka_unit_test(every_choice_is_the_pseudocodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
