#include "pace.h"
#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Serialisation: exact over long times; and traces against a list of all their moments. */

static void nothing_is_rounded_away(void **state)
{
    const struct sim_rate odd = {.ps_per_byte = 333};
    struct sim_pace pace = {0};
    wrn_time now = 5;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        now = sim_pace_end(&pace, &odd, NULL, now, 7);
    assert_int_equal(now, 5 + 7000 * 333 / 1000);
    now = sim_pace_end(&pace, &(struct sim_rate){.ps_per_byte = SIM_SLOWEST_PS}, NULL, WRN_SECOND, 2);
    assert_int_equal(now, 17 * WRN_SECOND);
    /* an idle link has no rest */
    pace = (struct sim_pace){0};
    assert_int_equal(sim_pace_end(&pace, &odd, NULL, 100, 1), 100);
    assert_int_equal(sim_pace_end(&pace, &odd, NULL, 200, 1), 200);
    assert_int_equal(sim_pace_end(&pace, &odd, NULL, 300, 1), 300);
}

#define MOMENTS 40000u

static uint64_t all[MOMENTS];

static void traces_agree_with_their_list(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct sim_rate rate = {0};
        struct sim_pace pace = {0};
        struct sim_stream stream;
        uint64_t moments[20], at = 0, n = 0, left = 0, last = 0;
        wrn_time now = 0;

        sim_stream_init(&stream, seed, "pace", "");
        rate.count = 1 + (uint32_t)sim_below(&stream, n++, 20);
        for (uint32_t i = 0; i < rate.count; i++, n += 2) {
            last += sim_below(&stream, n, 4) ? sim_below(&stream, n + 1, 30) : 0;
            moments[i] = last;
        }
        if (last == 0)
            moments[rate.count - 1] = last = 1;
        for (uint32_t i = 0; i < MOMENTS; i++)
            all[i] = (i / rate.count * last + moments[i % rate.count]) * WRN_MILLISECOND;
        for (unsigned i = 0; i < 400; i++) {
            uint64_t bytes = 28 + sim_below(&stream, n++, 4000), need = bytes;
            wrn_time end = now;

            while (all[at] < now) {
                at++;
                left = 0;
            }
            if (i > 0 && left > 0 && all[at - 1] != now)
                left = 0;
            for (; need > left; at++) {
                need -= left;
                left = SIM_PACE_CHANCE;
                end = all[at];
            }
            left -= need;
            assert_int_equal(sim_pace_end(&pace, &rate, moments, now, bytes), end);
            now = end + (sim_below(&stream, n, 3) == 0 ? sim_below(&stream, n + 1, 50 * WRN_MILLISECOND) : 0);
            n += 2;
            assert_true(at < MOMENTS - 100);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_rounded_away),
        cmocka_unit_test(traces_agree_with_their_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
