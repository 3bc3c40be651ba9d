#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* L10 over many worlds: a pair of peers whose paths lose, and the question whether so many failed tries can be chance. */

static struct sim_tries worlds(uint32_t chance, uint32_t count)
{
    static struct small_plan small;
    struct sim_tries sum;

    memset(&sum, 0, sizeof sum);
    for (uint32_t seed = 0; seed < count; seed++) {
        struct ran ran;

        plan_two(&small, "tries", 60 * WRN_SECOND);
        small.plan.seed = seed;
        small.paths[0].up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = chance};
        plan_flow(&small, 0, 1, 0, 60 * WRN_SECOND, 1);
        plan_sort(&small);
        ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
        assert_lawful(&ran);
        sim_tries_add(&sum, &ran.results.tries);
        run_end(&ran);
    }
    return sum;
}

static void an_honest_engine_is_plausible(void **state)
{
    const struct sim_tries sum = worlds(SIM_CERTAIN / 10 * 3, 300);

    (void)state;
    assert_in_range(sum.episodes[0], 300, 600);
    assert_in_range(100 * sum.not_up[0] / sum.episodes[0], 43, 59);                  /* 1 - 0.7 * 0.7 */
    assert_in_range(100 * sum.bound[0] / SIM_TRIES_ONE / sum.episodes[0], 50, 51);
    assert_in_range(100 * sum.not_up[1] / sum.episodes[1], 18, 34);                  /* 0.51 * 0.51 */
    assert_in_range(100 * sum.bound[1] / SIM_TRIES_ONE / sum.episodes[1], 25, 26);
    for (unsigned k = 1; k <= SIM_TRIES; k++)
        assert_true(sim_tries_plausible(&sum, k));
    assert_int_equal(sim_tries_implausible(&sum), 0);
}

static void on_ideal_paths_nothing_fails(void **state)
{
    const struct sim_tries sum = worlds(0, 3);

    (void)state;
    assert_int_equal(sum.episodes[0], 3);
    assert_int_equal(sum.not_up[0], 0);
    assert_in_range(sum.bound[0], 0, 3);
}

static void too_many_failures_are_not(void **state)
{
    struct sim_tries sum;

    (void)state;
    memset(&sum, 0, sizeof sum);
    assert_true(sim_tries_plausible(&sum, 1));
    sum.episodes[0] = 1000;
    sum.bound[0] = 510 * SIM_TRIES_ONE; /* and sqrt(24 / 2 * 1000) = 109.5 more are allowed */
    sum.not_up[0] = 619;
    assert_true(sim_tries_plausible(&sum, 1));
    sum.not_up[0] = 620;
    assert_false(sim_tries_plausible(&sum, 1));
    sum.episodes[1] = UINT64_C(100000000);
    sum.bound[1] = UINT64_C(51000000) * SIM_TRIES_ONE; /* 34641.0 more */
    sum.not_up[1] = UINT64_C(51034641);
    assert_true(sim_tries_plausible(&sum, 2));
    sum.not_up[1] = UINT64_C(51034700);
    assert_false(sim_tries_plausible(&sum, 2));
    assert_int_equal(sim_tries_implausible(&sum), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_engine_is_plausible),
        cmocka_unit_test(on_ideal_paths_nothing_fails),
        cmocka_unit_test(too_many_failures_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
