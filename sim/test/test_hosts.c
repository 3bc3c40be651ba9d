#include "clock.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Hosts that sleep or stand still, and clocks that jump. */

#define S WRN_SECOND

static struct small_plan small;

static uint64_t dropped(const struct ran *ran, const char *reason)
{
    for (size_t i = 0; i < ran->results.drop_count; i++)
        if (strcmp(ran->results.drops[i].name, reason) == 0)
            return ran->results.drops[i].count;
    return 0;
}

static struct ran run_lawful(struct sent_log *log)
{
    struct ran ran;

    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, log);
    assert_lawful(&ran);
    return ran;
}

/* While it is stopped it shows one time, and no later one will come; then it goes on from there, and its inverse is exact. */
static void a_clock_that_sleeps(void **state)
{
    static const int32_t skews[] = {0, 1, -1, 123456, -999999, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        struct sim_clock clock = {.boot = 1000, .skew_ppb = skews[i]};
        wrn_time before, after;

        for (wrn_time at = 7 * S + 1; at < 100000 * S; at = 3 * at + 5) {
            before = sim_clock_local(&clock, at);
            sim_clock_stop(&clock, at);
            assert_int_equal(sim_clock_local(&clock, 2 * at), before);
            assert_int_equal(sim_clock_world(&clock, before + 1), WRN_NEVER);
            sim_clock_go(&clock, 2 * at);
            assert_int_equal(sim_clock_local(&clock, 2 * at), before);
            after = sim_clock_world(&clock, before + S);
            assert_true(sim_clock_local(&clock, after) >= before + S && sim_clock_local(&clock, after - 1) < before + S);
            assert_true(after > 2 * at + S - 2 * WRN_MILLISECOND && after < 2 * at + S + 2 * WRN_MILLISECOND);
            assert_true(sim_clock_elapsed(&clock, 2 * at) - sim_clock_local(&clock, 2 * at) >= at - at / 500);
        }
    }
}

static void a_wall_clock_that_jumps(void **state)
{
    struct sim_clock clock = {.skew_ppb = 500, .wall_ns = 100 * S};

    (void)state;
    sim_clock_change(&clock, 50 * S, &(struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = -(int64_t)(20 * S)});
    assert_int_equal(sim_clock_wall(&clock, 50 * S), 130 * S + 25000);
    assert_false(clock.has_wall);
    sim_clock_change(&clock, 50 * S, &(struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = -(int64_t)(500 * S)});
    assert_int_equal(sim_clock_wall(&clock, 50 * S), 0);
    assert_int_equal(sim_clock_wall(&clock, 51 * S), S + 500);
    sim_clock_change(&clock, 60 * S, &(struct sim_wall){.kind = SIM_WALL_SET, .date_s = 7});
    assert_int_equal(sim_clock_wall(&clock, 60 * S), 7 * S);
    assert_true(clock.has_wall);
    sim_clock_change(&clock, 60 * S, &(struct sim_wall){.kind = SIM_WALL_NONE});
    assert_false(clock.has_wall);
}

/* A process that stands still for less than a key lives loses nothing but what its host has no room for. */
static void a_process_that_stands_still(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "pause", 60 * S);
    plan_flow(&small, 0, 1, 0, 100 * WRN_MILLISECOND, 0);
    plan_event(&small, SIM_DO_PAUSE, 10 * S, 1);
    plan_event(&small, SIM_DO_RESUME, 30 * S, 1);
    ran = run_lawful(NULL);
    assert_int_equal(dropped(&ran, "host socket full"), 0);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 600); /* of 601: the last is on its way */
    run_end(&ran);

    small.events[1].at = 50 * S;
    ran = run_lawful(NULL);
    assert_int_equal(dropped(&ran, "host socket full"), 400 + 7 - SIM_WAITING_MOST); /* and initiations */
    run_end(&ran);

    small.events[0].node = small.events[1].node = 0;
    ran = run_lawful(NULL);
    assert_int_equal(dropped(&ran, "host queue full"), 400 - SIM_WAITING_MOST);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 600 - (400 - SIM_WAITING_MOST));
    run_end(&ran);
}

/* What an administrator asks of it meanwhile is done in its turn. */
static void what_is_asked_of_a_standing_process_waits(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "asked", 20 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_event(&small, SIM_DO_PAUSE, 5 * S + S / 2, 1);
    plan_event(&small, SIM_DO_DOWN, 7 * S + S / 2, 1);
    plan_event(&small, SIM_DO_RESUME, 10 * S + S / 2, 1);
    ran = run_lawful(NULL);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 8); /* 0 to 5, and 6 and 7, which came before the order */
    run_end(&ran);
}

static void what_waits_is_lost_in_a_crash(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "lost", 20 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_event(&small, SIM_DO_PAUSE, 5 * S + S / 2, 1);
    plan_event(&small, SIM_DO_RESTART, 10 * S + S / 2, 1);
    ran = run_lawful(NULL);
    assert_int_equal(dropped(&ran, "host socket full"), 5);
    run_end(&ran);
}

/* G-20: after an hour of sleep the first packet begins a handshake at once, and no key of before is used. */
static void a_laptop_that_sleeps(void **state)
{
    static struct sent_log log;
    struct ran ran;
    size_t i = 0;

    (void)state;
    plan_two(&small, "sleep", 4000 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    small.flows[0].echo = true;
    plan_event(&small, SIM_DO_SUSPEND, 100 * S + S / 2, 0)->counts = true;
    plan_event(&small, SIM_DO_RESUME, 3700 * S + S / 2, 0);
    ran = run_lawful(&log);
    assert_true(dropped(&ran, "host asleep") > 0 && dropped(&ran, "host asleep") <= 21); /* who stays behind gives up */
    while (i < log.count && (log.entries[i].node != 0 || log.entries[i].time < 3700 * S))
        i++;
    assert_int_equal(log.entries[i].type, 1);
    assert_int_equal(log.entries[i].time, 3701 * S);
    run_end(&ran);
}

/* A monotonic clock that does not count sleep keeps keys too long, and S6 says so. */
static void a_clock_that_does_not_count_sleep_endangers(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "harm", 4000 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_event(&small, SIM_DO_SUSPEND, 100 * S + S / 2, 0);
    plan_event(&small, SIM_DO_RESUME, 3700 * S + S / 2, 0);
    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_int_equal(ran.state, SIM_VIOLATED);
    assert_int_equal(violated(&ran, "S6"), 1);
    assert_int_equal(ran.results.first.time, 3701 * S);
    run_end(&ran);
}

/* Law 4, whenever and however long it is late. */
static void lateness_never_endangers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct ran ran;
        wrn_time at = (90 + 7 * i) * S / 2, length = (1 + i * i) * S / 3;

        plan_two(&small, "late", 900 * S);
        plan_flow(&small, 0, 1, 0, 3 * S, 0);
        plan_flow(&small, 1, 0, S, 11 * S, 20);
        small.peers[0].keepalive_s = i % 3 == 0 ? 25 : 0;
        plan_event(&small, SIM_DO_PAUSE, at, i % 2);
        plan_event(&small, SIM_DO_RESUME, at + length, i % 2);
        plan_event(&small, SIM_DO_SUSPEND, 2 * at, 1 - i % 2)->counts = true;
        plan_event(&small, SIM_DO_RESUME, 2 * at + length / 2, 1 - i % 2);
        ran = run_lawful(NULL);
        run_end(&ran);
    }
}

/* A wall clock that goes back blocks what its owner begins until it has passed its newest stamp: not a second longer. */
static void a_clock_that_went_back(void **state)
{
    struct ran ran;
    struct sim_event *event;

    (void)state;
    plan_two(&small, "back", 4000 * S);
    plan_flow(&small, 0, 1, 0, 5 * S, 0);
    event = plan_event(&small, SIM_DO_RESTART, 1000 * S + S / 2, 0);
    event->wall = (struct sim_wall){.kind = SIM_WALL_SET, .date_s = small.plan.epoch_s};
    /* Its newest stamp is of 1000 s at the latest and 880 s at the earliest; its clock shows that 1000 s later. */
    *plan_expect(&small, SIM_EXPECT_UP, 0, 1) = (struct sim_expect){
        .kind = SIM_EXPECT_UP, .negated = true, .begin = 1001 * S, .end = 1880 * S, .count = 1};
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->begin = 1880 * S;
    small.expects[1].end = 2120 * S;
    ran = run_lawful(NULL);
    assert_int_equal(ran.results.unheld, 0);
    run_end(&ran);

    event->keep_stamp = true; /* who has stored it goes on from there */
    small.expects[0].negated = false;
    small.expects[0].end = 1016 * S;
    ran = run_lawful(NULL);
    assert_int_equal(ran.results.unheld, 0);
    run_end(&ran);
}

/* Without a clock stamps count from zero; who learns the time is heard again at once. */
static void a_box_learns_the_time(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "learns", 1000 * S);
    plan_flow(&small, 0, 1, 0, 5 * S, 0);
    plan_event(&small, SIM_DO_RESTART, 200 * S + S / 2, 0)->wall.kind = SIM_WALL_NONE;
    plan_event(&small, SIM_DO_CLOCK, 700 * S + S / 2, 0)->wall = (struct sim_wall){
        .kind = SIM_WALL_SET, .date_s = small.plan.epoch_s + 700};
    *plan_expect(&small, SIM_EXPECT_UP, 0, 1) = (struct sim_expect){
        .kind = SIM_EXPECT_UP, .negated = true, .begin = 201 * S, .end = 700 * S, .count = 1};
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->begin = 700 * S;
    small.expects[1].end = 711 * S;
    ran = run_lawful(NULL);
    assert_int_equal(ran.results.unheld, 0);
    run_end(&ran);
}

static void nonsense_is_refused(void **state)
{
    struct sim_message message;

    (void)state;
    plan_two(&small, "nonsense", 10 * S);
    plan_sort(&small);
    plan_event(&small, SIM_DO_CLOCK, S, 0);
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: a clock steps by an amount or to a date");
    small.events[0].wall = (struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = INT64_MIN};
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: its wall clock is out of range");
    small.events[0].wall = (struct sim_wall){.kind = SIM_WALL_SET, .date_s = 7};
    assert_true(sim_plan_check(&small.plan, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_sleeps),
        cmocka_unit_test(a_wall_clock_that_jumps),
        cmocka_unit_test(a_process_that_stands_still),
        cmocka_unit_test(what_is_asked_of_a_standing_process_waits),
        cmocka_unit_test(what_waits_is_lost_in_a_crash),
        cmocka_unit_test(a_laptop_that_sleeps),
        cmocka_unit_test(a_clock_that_does_not_count_sleep_endangers),
        cmocka_unit_test(lateness_never_endangers),
        cmocka_unit_test(a_clock_that_went_back),
        cmocka_unit_test(a_box_learns_the_time),
        cmocka_unit_test(nonsense_is_refused),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
