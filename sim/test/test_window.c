#include "histogram.h"
#include "window.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The congestion window against the formulas of its documents, and the histogram against a sorted list. */

#define MS WRN_MILLISECOND
#define RTT (50 * MS)

static void cube_roots_are_exact(void **state)
{
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 1, "cube", "");
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t x = sim_value(&stream, i) >> (1 + i % 63), root = sim_cube_root(x);

        assert_true(root * root * root <= x);
        assert_true(root >= 2097151 || (root + 1) * (root + 1) * (root + 1) > x);
    }
}

static void one_round(struct sim_window *window, wrn_time *now)
{
    for (uint64_t n = window->size / SIM_PACKET; n > 0; n--)
        sim_window_acked(window, *now, RTT);
    *now += RTT;
}

static void slow_start_doubles(void **state)
{
    struct sim_window window;
    wrn_time now = 0;

    (void)state;
    sim_window_begin(&window, SIM_CUBIC);
    for (uint64_t expected = 10; expected < 4096; expected *= 2) {
        assert_int_equal(window.size, expected * SIM_PACKET);
        one_round(&window, &now);
    }
    one_round(&window, &now);
    assert_int_equal(window.size, SIM_WINDOW_MOST);
}

static void reno_adds_one_and_halves(void **state)
{
    struct sim_window window;
    wrn_time now = 0;

    (void)state;
    sim_window_begin(&window, SIM_RENO);
    window.size = 100 * SIM_PACKET;
    sim_window_congested(&window);
    assert_int_equal(window.size, 50 * SIM_PACKET);
    for (uint64_t i = 1; i <= 30; i++) {
        one_round(&window, &now);
        assert_true(window.size > (50 + i) * SIM_PACKET - i * SIM_PACKET / 20 && window.size <= (50 + i) * SIM_PACKET);
    }
    sim_window_timeout(&window);
    assert_int_equal(window.size, SIM_PACKET);
    assert_int_equal(window.threshold / SIM_PACKET, 39);
}

/* K = cbrt(W (1 - beta) / C): 1000 packets come back after cbrt(300 / 0.4) = 9.086 s, slowly there and faster before. */
static void cubic_comes_back_when_it_should(void **state)
{
    struct sim_window window;
    wrn_time now = 0, half = 0, full = 0;

    (void)state;
    sim_window_begin(&window, SIM_CUBIC);
    window.size = 1000 * SIM_PACKET;
    sim_window_congested(&window);
    assert_int_equal(window.size, 700 * SIM_PACKET);
    while (!full && now < 30 * WRN_SECOND) {
        one_round(&window, &now);
        half = !half && window.size >= 850 * SIM_PACKET ? now : half;
        full = window.size >= 999 * SIM_PACKET ? now : 0;
    }
    assert_true(half > 1500 * MS && half < 2300 * MS); /* 9.086 - cbrt(150 / 0.4) = 1.87 s */
    assert_true(full > 7 * WRN_SECOND && full < 9 * WRN_SECOND); /* 9.086 - cbrt(1 / 0.4) = 7.73 s */
    while (now < 15 * WRN_SECOND)
        one_round(&window, &now);
    assert_true(window.size > 1060 * SIM_PACKET); /* 0.4 (15 - 9.086)^3 = 82 beyond */
    assert_true(window.size < 1100 * SIM_PACKET);
}

static void what_was_no_loss_is_given_back(void **state)
{
    struct sim_window window;

    (void)state;
    sim_window_begin(&window, SIM_CUBIC);
    window.size = 200 * SIM_PACKET;
    sim_window_congested(&window);
    sim_window_undo(&window);
    assert_int_equal(window.size, 200 * SIM_PACKET);
    assert_int_equal(window.threshold, SIM_WINDOW_MOST);
}

static int by_value(const void *a, const void *b)
{
    const wrn_time left = *(const wrn_time *)a, right = *(const wrn_time *)b;

    return left < right ? -1 : left > right;
}

static void parts_are_the_next_bound(void **state)
{
    static struct sim_histogram histogram;
    static wrn_time times[3001];
    static const uint32_t parts[] = {1, 500000, 900000, 990000, 999900, 1000000};
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 1, "histogram", "");
    assert_true(sim_histogram_part(&histogram, 500000) == WRN_NEVER);
    for (uint64_t i = 0; i < 3001; i++) {
        times[i] = sim_value(&stream, i) >> (2 + sim_value(&stream, i) % 61);
        sim_histogram_add(&histogram, times[i]);
    }
    qsort(times, 3001, sizeof *times, by_value);
    for (unsigned i = 0; i < 6; i++) {
        const wrn_time exact = times[sim_part_of(3001, parts[i]) - 1], bound = sim_histogram_part(&histogram, parts[i]);

        assert_true(bound >= exact && bound - exact <= exact / 16);
    }
    assert_int_equal(sim_histogram_part(&histogram, 1000000), times[3000]);
    assert_int_equal(sim_part_of(100, 990000), 99);
    assert_int_equal(sim_part_of(101, 990000), 100);
    assert_int_equal(sim_part_of(3, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cube_roots_are_exact),
        cmocka_unit_test(slow_start_doubles),
        cmocka_unit_test(reno_adds_one_and_halves),
        cmocka_unit_test(cubic_comes_back_when_it_should),
        cmocka_unit_test(what_was_no_loss_is_given_back),
        cmocka_unit_test(parts_are_the_next_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
