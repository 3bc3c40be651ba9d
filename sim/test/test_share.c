#include "sim/share.h"

#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Shares of seeds: intervals and verdicts are those that exact rational arithmetic gives. */

static struct sim_share seen(uint64_t seeds, uint64_t held, uint32_t wanted)
{
    struct sim_share share;

    sim_share_begin(&share, wanted);
    for (uint64_t i = 0; i < seeds; i++)
        sim_share_add(&share, (i + 1) * held / seeds > i * held / seeds); /* spread evenly */
    assert_int_equal(share.held, held);
    return share;
}

/* From Python's fractions: the excluded millionths next to those that are not. With one seed the ratio there is exactly 1/100,
 * which rounding up leaves just above: one millionth more. */
static void intervals_are_exact(void **state)
{
    static const uint32_t known[][4] = {
        {0, 0, 0, 1000000},       {1, 0, 0, 995001},          {1, 1, 4999, 1000000},      {10, 5, 89577, 910423},
        {20, 20, 682164, 1000000}, {20, 0, 0, 317836},        {100, 95, 820792, 995411},  {100, 100, 911920, 1000000},
        {99, 50, 326915, 682313}, {1000, 1, 0, 14073},        {1000, 970, 941471, 987491},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct sim_share share = seen(known[i][0], known[i][1], 500000);
        uint32_t low, high;

        sim_share_interval(&share, &low, &high);
        assert_int_equal(low, known[i][2]);
        assert_int_equal(high, known[i][3]);
    }
}

static void verdicts_come_as_soon_as_they_can(void **state)
{
    struct sim_share share;
    uint64_t seeds = 0;

    (void)state;
    sim_share_begin(&share, 950000);
    while (sim_share_verdict(&share) == SIM_OPEN)
        sim_share_add(&share, seeds++ % 5 != 4);
    assert_int_equal(sim_share_verdict(&share), SIM_BROKEN);
    assert_int_equal(seeds, 50);
    seeds = 0;
    sim_share_begin(&share, 700000);
    while (sim_share_verdict(&share) == SIM_OPEN)
        sim_share_add(&share, seeds++ % 10 != 9);
    assert_int_equal(sim_share_verdict(&share), SIM_HELD);
    assert_int_equal(seeds, 49);
}

static void the_fewest_seeds_that_show_a_share(void **state)
{
    (void)state;
    assert_int_equal(sim_share_fewest(0), 0);
    assert_int_equal(sim_share_fewest(1), 1);
    assert_int_equal(sim_share_fewest(500000), 11);
    assert_int_equal(sim_share_fewest(900000), 87);
    assert_int_equal(sim_share_fewest(950000), 193);
    assert_int_equal(sim_share_fewest(990000), 1161);
    assert_int_equal(sim_share_fewest(SIM_SHARE_ALL), 0);
}

static void ends_of_the_scale(void **state)
{
    struct sim_share share;

    (void)state;
    sim_share_begin(&share, 0);
    assert_int_equal(sim_share_verdict(&share), SIM_HELD);
    sim_share_begin(&share, SIM_SHARE_ALL);
    for (unsigned i = 0; i < 1000; i++)
        sim_share_add(&share, true);
    assert_int_equal(sim_share_verdict(&share), SIM_OPEN); /* no number of seeds shows that all do */
    sim_share_add(&share, false);
    assert_int_equal(sim_share_verdict(&share), SIM_BROKEN); /* and one shows that not all do */
}

/* Seeds that hold with just the wanted chance, looked at after each of 2000: at most one in a hundred is decided, wrongly. */
static void looking_often_does_not_err_often(void **state)
{
    unsigned decided = 0;

    (void)state;
    for (uint64_t world = 0; world < 1000; world++) {
        struct sim_stream stream;
        struct sim_share share;

        sim_stream_init(&stream, world, "share", "looks");
        sim_share_begin(&share, 800000);
        for (uint64_t i = 0; i < 2000 && sim_share_verdict(&share) == SIM_OPEN; i++)
            sim_share_add(&share, sim_below(&stream, i, 5) != 0);
        decided += sim_share_verdict(&share) != SIM_OPEN;
    }
    assert_true(decided > 0 && decided <= 10);
}

/* Large counts are no place for surprises: the running ratio and the one made anew agree. */
static void many_seeds(void **state)
{
    const struct sim_share share = seen(200000, 180000, 899000);
    uint32_t low, high;

    (void)state;
    assert_int_equal(sim_share_verdict(&share), SIM_OPEN);
    sim_share_interval(&share, &low, &high);
    assert_true(low < 899000 && low > 896000 && high < 904000 && high > 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_exact),          cmocka_unit_test(verdicts_come_as_soon_as_they_can),
        cmocka_unit_test(the_fewest_seeds_that_show_a_share), cmocka_unit_test(ends_of_the_scale),
        cmocka_unit_test(looking_often_does_not_err_often), cmocka_unit_test(many_seeds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
