#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* The worked traces of the protocol, in a world. */

#define MS WRN_MILLISECOND
#define S WRN_SECOND

static struct small_plan small;
static struct sent_log log_of;

static size_t count_of(uint32_t node, uint32_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < log_of.count; i++)
        count += log_of.entries[i].node == node && log_of.entries[i].type == type;
    return count;
}

static void is_entry(size_t i, wrn_time time, uint32_t node, uint32_t type, uint32_t length)
{
    assert_true(i < log_of.count);
    assert_int_equal(log_of.entries[i].time, time);
    assert_int_equal(log_of.entries[i].node, node);
    assert_int_equal(log_of.entries[i].type, type);
    assert_int_equal(log_of.entries[i].length, length);
}

static void p165_one_packet_then_silence(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "cold start", 700 * S);
    plan_flow(&small, 0, 1, 0, S, 1);
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &log_of);
    assert_lawful(&ran);
    assert_int_equal(log_of.count, 4);
    is_entry(0, 0, 0, 1, 148);
    is_entry(1, 20 * MS, 1, 2, 92);
    is_entry(2, 40 * MS, 0, 4, 240); /* 200 padded to 208, and 32 */
    is_entry(3, 10 * S + 60 * MS, 1, 4, 32);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 1);
    assert_int_equal(checked(&ran, "L1"), 1);
    assert_true(checked(&ran, "S26") > 0);
    run_end(&ran);
}

static void p166_response_lost(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    plan_two(&small, "response lost", 60 * S);
    plan_flow(&small, 0, 1, 0, S, 1);
    event = plan_event(&small, SIM_DO_DROP_NEXT, 0, 1);
    event->types = 1u << 2;
    event->count = 1;
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &log_of);
    assert_lawful(&ran);
    assert_int_equal(count_of(0, 1), 2);
    is_entry(1, 20 * MS, 1, 2, 92); /* lost on its way up */
    assert_int_equal(log_of.entries[2].type, 1);
    assert_in_range(log_of.entries[2].time, 5 * S, 5 * S + 334 * MS);
    assert_int_equal(count_of(1, 2), 2);
    assert_int_equal(log_of.entries[4].type, 4); /* the initiator's data first: it confirms */
    assert_int_equal(log_of.entries[4].node, 0);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 1);
    assert_true(checked(&ran, "S10") > 0);
    run_end(&ran);
}

static void p167_unreachable_gives_up(void **state)
{
    wrn_time last = 0;
    struct ran ran;

    (void)state;
    plan_two(&small, "unreachable", 900 * S);
    small.nodes[1].starts_down = true;
    plan_flow(&small, 0, 1, S, 300 * S, 2);
    plan_expect(&small, SIM_EXPECT_GAVE_UP, 0, 1)->compare = SIM_EQUAL;
    small.expects[0].value = 1;
    small.expects[0].begin = 101 * S;
    small.expects[0].end = 107 * S + 700 * MS;
    plan_expect(&small, SIM_EXPECT_INITIATIONS, 0, 1)->compare = SIM_EQUAL;
    small.expects[1].value = 20;
    small.expects[1].end = 300 * S;
    plan_expect(&small, SIM_EXPECT_INITIATIONS, 0, 1)->compare = SIM_EQUAL;
    small.expects[2].value = 20;
    small.expects[2].begin = 301 * S;
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->negated = true;
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &log_of);
    assert_lawful(&ran);
    for (size_t i = 0; i < ran.results.expectation_count; i++)
        if (!ran.results.expectations[i].held)
            fail_msg("expectation %zu: %s", i, ran.results.expectations[i].measured);
    for (size_t i = 0; i < log_of.count && log_of.entries[i].time < 300 * S; i++)
        last = log_of.entries[i].time;
    assert_in_range(last, S + 95 * S, S + 101 * S + 400 * MS);
    assert_true(checked(&ran, "S16") >= 40);
    assert_int_equal(checked(&ran, "L16"), 1);
    run_end(&ran);
}

static void p69_p73_rekey_by_time(void **state)
{
    struct ran ran;
    size_t initiations = 0;

    (void)state;
    plan_two(&small, "rekey", 400 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_flow(&small, 1, 0, 500 * MS, 3 * S, 0);
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &log_of);
    assert_lawful(&ran);
    for (size_t i = 0; i < log_of.count; i++)
        initiations += log_of.entries[i].type == 1;
    assert_int_equal(initiations, 4); /* 0, 121, 242, 363 s */
    assert_true(checked(&ran, "L2") >= 3);
    assert_true(checked(&ran, "L4") > 400);
    run_end(&ran);
}

static void p168_simultaneous_initiations_converge(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "simultaneous", 120 * S);
    plan_flow(&small, 0, 1, 0, S, 1);
    plan_flow(&small, 1, 0, 0, S, 1);
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &log_of);
    assert_lawful(&ran);
    assert_int_equal(ran.results.nodes[0].inner_delivered, 1);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 1);
    run_end(&ran);
}

static void s17_replayed_traffic_is_refused(void **state)
{
    struct sim_event *event;
    struct ran ran;

    (void)state;
    plan_two(&small, "replay attacker", 300 * S);
    plan_node(&small, "mallory");
    small.nodes[2].role = SIM_ROLE_ATTACKER;
    plan_flow(&small, 0, 1, 0, 500 * MS, 0);
    plan_flow(&small, 1, 0, 0, 700 * MS, 0);
    small.numbers[0] = 0;
    small.plan.number_count = 1;
    event = plan_event(&small, SIM_DO_RECORD, 0, 2);
    event->count_a = 1;
    event = plan_event(&small, SIM_DO_REPLAY, 100 * S, 2);
    event->every = 10 * MS;
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&ran);
    assert_true(checked(&ran, "S13") > 200);
    assert_true(ran.results.nodes[2].datagrams_sent > 200);
    assert_int_equal(ran.results.nodes[2].datagrams_received, 0);
    run_end(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p165_one_packet_then_silence),
        cmocka_unit_test(p166_response_lost),
        cmocka_unit_test(p167_unreachable_gives_up),
        cmocka_unit_test(p69_p73_rekey_by_time),
        cmocka_unit_test(p168_simultaneous_initiations_converge),
        cmocka_unit_test(s17_replayed_traffic_is_refused),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
