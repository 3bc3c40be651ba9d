#include "parts.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Marks: a line anywhere is in the list, by name and once, and counts for its world alone. */

static void names_are_in_order_and_once(void **state)
{
    const char *before = "";
    size_t count = 0;

    (void)state;
    for (const char *name; (name = sim_mark_name(count)) != NULL; count++) {
        assert_true(strcmp(before, name) < 0);
        assert_true(strlen(name) > 1 && strlen(name) < SIM_MARK_SIZE && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") > 1);
        assert_ptr_equal(sim_mark_after(before), name);
        assert_true(sim_mark_is(name));
        before = name;
    }
    assert_true(count > 30 && count < sim_mark_places());
    assert_null(sim_mark_name(count + 1));
    assert_false(sim_mark_is("none") || sim_mark_is("") || sim_mark_is("no_such_mark"));
}

static void reach(struct sim_world *world, bool again)
{
    SIM_MARK(world, "here_in_a_test");
    if (again)
        SIM_MARK_TIMES(world, "here_in_a_test", 3);
}

static void a_line_is_all_it_takes(void **state)
{
    struct small_plan small;
    struct ran one, other;

    (void)state;
    assert_true(sim_mark_is("here_in_a_test"));
    plan_two(&small, "marks", WRN_SECOND);
    plan_sort(&small);
    one = run_plan(&small, SIM_QUEUE_HEAP, NULL);
    other = run_plan(&small, SIM_QUEUE_HEAP, NULL);
    reach(one.world, true);
    reach(one.world, false);
    assert_int_equal(sim_mark_hits(one.world, "here_in_a_test"), 5);
    assert_int_equal(sim_mark_hits(other.world, "here_in_a_test"), 0);
    run_end(&one);
    run_end(&other);
}

/* Rooms of every kind, and the engine's reasons: in the list though nothing was reached. */
static void what_was_never_reached_is_known(void **state)
{
    static const char *const names[] = {"flooded", "nat_no_port", "codel_drop", "replayed", "fragmented", "forwarded", "replay"};
    struct small_plan small;
    struct ran ran;

    (void)state;
    plan_two(&small, "marks", WRN_SECOND);
    plan_flow(&small, 0, 1, 0, WRN_SECOND / 4, 0);
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_HEAP, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t at = 0;

        while (at < ran.results.mark_count && strcmp(ran.results.marks[at].name, names[i]) != 0)
            at++;
        assert_true(at < ran.results.mark_count);
        assert_int_equal(ran.results.marks[at].count, 0);
    }
    assert_true(sim_mark_hits(ran.world, "data_sent") > 0);
    assert_int_equal(sim_mark_hits(ran.world, "session"), 2);
    run_end(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_in_order_and_once),
        cmocka_unit_test(a_line_is_all_it_takes),
        cmocka_unit_test(what_was_never_reached_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
