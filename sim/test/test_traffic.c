#include "parts.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What flows do, seen from their packets. */

#define S WRN_SECOND
#define MS WRN_MILLISECOND
#define LEAST SIM_INNER_LEAST4

static struct small_plan small;
static struct ran ran;

/* a and b, 20 ms apart each way, and one flow from a to b. */
static struct sim_flow *one_flow(wrn_time stop)
{
    plan_two(&small, "traffic", stop);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_sort(&small);
    return &small.flows[0];
}

static const struct sim_flow_result *run_flow(void)
{
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&ran);
    return &ran.results.flows[0];
}

static int end(void **state)
{
    (void)state;
    if (ran.world)
        run_end(&ran);
    ran.world = NULL;
    return 0;
}

static const struct sim_record *record(uint32_t flow, uint64_t number)
{
    const struct sim_inner inner = {.flow = flow, .number = number};

    return sim_record_find(&ran.world->traffic, &inner);
}

static void bursts_come_and_go(void **state)
{
    const struct sim_flow_result *result;
    unsigned gaps = 0;

    (void)state;
    *one_flow(600 * S) = (struct sim_flow){.from = 0, .to = 1, .size = 200, .every = {SIM_FIXED, 50 * MS, 0}, .stop = 600 * S,
                                           .on = {SIM_FIXED, S, 0}, .off = {SIM_UNIFORM, 4 * S, 6 * S}};
    result = run_flow();
    assert_true(result->sent > 100 * 20 * 8 / 10 && result->sent <= 100 * 20 * 12 / 10);
    for (uint64_t i = 1; i < result->sent; i++) {
        wrn_time gap = record(0, i)->sent - record(0, i - 1)->sent;

        gaps += gap != 50 * MS;
        assert_true(gap == 50 * MS || (gap > 4 * S && gap < 6 * S + 50 * MS));
        if (gap != 50 * MS)
            assert_int_equal(i % 20, 0); /* twenty in a second, the first at its beginning */
    }
    assert_true(gaps > 80 && gaps < 125);
}

static void sizes_are_drawn_by_number(void **state)
{
    const struct sim_flow_result *result;
    uint32_t sizes[100], least = UINT32_MAX, most = 0;

    (void)state;
    one_flow(100 * S)->sizes = (struct sim_draw){SIM_UNIFORM, 100, 1400};
    small.flows[0].size = 1400;
    small.flows[0].stop = 100 * S;
    result = run_flow();
    assert_int_equal(result->sent, 100);
    for (uint64_t i = 0; i < 100; i++) {
        sizes[i] = record(0, i)->size;
        least = sizes[i] < least ? sizes[i] : least;
        most = sizes[i] > most ? sizes[i] : most;
    }
    assert_true(least >= 100 && least < 200 && most > 1300 && most < 1400);
    run_end(&ran);
    small.flows[0].every.a = S / 2; /* the same packets, sooner, and another flow before it */
    small.flows[1] = small.flows[0];
    small.flows[0].identity = 77;
    small.plan.flow_count = 2;
    ran = run_plan(&small, SIM_QUEUE_HEAP, NULL);
    assert_lawful(&ran);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(record(2, i)->size, sizes[i]);
}

static void a_trace_is_played_as_it_stands(void **state)
{
    static const uint64_t rows[] = {0, 2 * 200, 10 * MS, 2 * 1400 + 1, 10 * MS, 2 * 100, 1000 * MS, 2 * 60};
    const struct sim_flow_result *result;

    (void)state;
    memcpy(small.numbers, rows, sizeof rows);
    one_flow(10 * S)->kind = SIM_FLOW_TRACE;
    memcpy(small.numbers, rows, sizeof rows);
    small.plan.number_count = 8;
    small.flows[0].start = S;
    small.flows[0].stop = 5 * S;
    small.flows[0].size = 1400;
    small.flows[0].rows = 4;
    small.flows[0].repeat = true;
    result = run_flow();
    assert_int_equal(result->sent, 11); /* the twelfth would be at the stop */
    assert_int_equal(result->back_sent, 4);
    assert_int_equal(result->delivered, 11);
    assert_int_equal(result->back_delivered, 4);
    assert_int_equal(result->bytes, 4 * 300 + 3 * 60);
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(record(0, 3 * i)->sent, (1 + i) * S);
        assert_int_equal(record(0, 3 * i)->size, 200);
        assert_int_equal(record(0, 3 * i + 1)->sent, (1 + i) * S + 10 * MS);
        assert_int_equal(record(1, i)->sent, (1 + i) * S + 10 * MS);
        assert_int_equal(record(1, i)->size, 1400);
        assert_int_equal(record(0, 3 * i + 1)->size, 100);
        assert_true(i == 3 || record(0, 3 * i + 2)->size == 60);
    }
}

static struct sim_flow *requests(wrn_time stop)
{
    struct sim_flow *flow = one_flow(stop);

    flow->kind = SIM_FLOW_REQUESTS;
    flow->size = 1000;
    flow->stop = stop;
    flow->request = (struct sim_draw){SIM_FIXED, 1500, 0};
    flow->response = (struct sim_draw){SIM_FIXED, 4020, 0};
    flow->timeout = 3 * S;
    return flow;
}

static void requests_are_answered_one_by_one(void **state)
{
    const struct sim_flow_result *result;

    (void)state;
    requests(100 * S)->count = 10;
    result = run_flow();
    assert_int_equal(result->begun, 10);
    assert_int_equal(result->completed, 10);
    assert_int_equal(result->timeouts, 0);
    assert_int_equal(result->sent, 20);
    assert_int_equal(result->back_sent, 50); /* 4020 bytes are five packets, the last of the least size */
    assert_int_equal(record(0, 1)->size, 500);
    assert_int_equal(record(1, 4)->size, LEAST);
    /* There and back, then a second to think; the handshake took longer at first. */
    assert_int_equal(record(0, 4)->sent - record(0, 2)->sent, S + 40 * MS);
    assert_int_equal(result->response.count, 10);
    assert_true(result->response.half >= 40 * MS && result->response.half < 43 * MS);
    assert_int_equal(result->response.most, 80 * MS);
}

static void who_gets_no_answer_asks_again(void **state)
{
    const struct sim_flow_result *result;
    struct sim_event *cut;
    struct sim_expect *claim;

    (void)state;
    requests(60 * S);
    cut = plan_event(&small, SIM_DO_PARTITION, 10 * S, 0);
    cut->until = 20 * S;
    small.numbers[0] = 0;
    small.numbers[1] = 1;
    small.plan.number_count = 2;
    cut->first_a = 0, cut->count_a = 1, cut->first_b = 1, cut->count_b = 1;
    claim = plan_expect(&small, SIM_EXPECT_COMPLETED, 0, 1);
    *claim = (struct sim_expect){.kind = SIM_EXPECT_COMPLETED, .compare = SIM_EQUAL, .begin = 10 * S, .end = 20 * S, .count = 1};
    result = run_flow();
    assert_true(result->timeouts >= 2 && result->timeouts <= 4); /* each takes 3 s and 1 s to think */
    assert_int_equal(result->begun - result->completed, result->timeouts);
    assert_true(result->completed > 40);
    assert_true(ran.results.expectations[0].held); /* none of those begun then */
    assert_true(sim_mark_hits(ran.world, "request_timeout") == result->timeouts);
}

static struct sim_flow *bulk(wrn_time stop, uint64_t bytes)
{
    struct sim_flow *flow = one_flow(stop);

    flow->kind = SIM_FLOW_BULK;
    flow->size = 1400;
    flow->bytes = bytes;
    flow->stop = stop;
    flow->start = S;
    return flow;
}

static void a_transfer_is_complete_and_each_byte_once(void **state)
{
    const struct sim_flow_result *result;

    (void)state;
    bulk(60 * S, 1400 * 1000);
    result = run_flow();
    assert_int_equal(result->completed, 1);
    assert_int_equal(result->bytes, 1400 * 1000);
    assert_int_equal(result->sent, 1000);
    assert_int_equal(result->repeated, 0);
    assert_int_equal(result->back_sent, 1000);
    /* Slow start: 10, 20, 40, ... in each 40 ms: 1000 packets in seven round trips, and one handshake. */
    assert_int_equal(result->response.most, 40 * MS + 6 * 40 * MS + 20 * MS);
}

static void losses_are_repaired(void **state)
{
    const struct sim_flow_result *result;
    uint64_t lossless;

    (void)state;
    for (uint32_t congestion = 0; congestion < SIM_CONGESTIONS; congestion++) {
        bulk(300 * S, 1400 * 2000)->congestion = congestion;
        small.paths[0].up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = SIM_CERTAIN / 50};
        result = run_flow();
        assert_int_equal(result->completed, 1);
        assert_int_equal(result->bytes, 1400 * 2000);
        assert_true(result->repeated > 20 && result->repeated < 120);
        lossless = 10 * 40 * MS;
        assert_true(result->response.most > 2 * lossless);
        end(NULL);
    }
}

/* A queue of 20 packets on 8 Mbit/s: the window fills the link and is told so by losses, not by timeouts. */
static void the_window_finds_the_rate(void **state)
{
    const struct sim_flow_result *result;
    struct sim_expect *claim;

    (void)state;
    for (uint32_t congestion = 0; congestion < SIM_CONGESTIONS; congestion++) {
        bulk(31 * S, 0)->congestion = congestion;
        small.paths[1] = small.paths[0];
        memcpy(small.paths[1].name, "slow", 5);
        small.plan.path_count = 2;
        small.nodes[0].path = 1;
        small.paths[1].up.rate.ps_per_byte = 1000000;
        small.paths[1].up.queue = (struct sim_queue_rule){.packets = 30};
        claim = plan_expect(&small, SIM_EXPECT_GOODPUT, 0, 1);
        claim->begin = S;
        claim->end = 31 * S;
        claim->value = 7000000;
        result = run_flow();
        assert_true(ran.results.expectations[0].held);
        assert_true(result->bytes < UINT64_C(8000000) / 8 * 30 * 1400 / 1460);
        assert_true(result->repeated > 10 && result->timeouts <= 1);
        assert_true(result->latency.most < 100 * MS); /* 30 packets of 1.5 ms, and slow start's overshoot is dropped */
        end(NULL);
    }
}

static void marks_do_what_losses_do(void **state)
{
    const struct sim_flow_result *result;

    (void)state;
    bulk(31 * S, 0)->ecn = true;
    small.paths[1] = small.paths[0];
    memcpy(small.paths[1].name, "slow", 5);
    small.plan.path_count = 2;
    small.nodes[0].path = 1;
    small.paths[1].up.rate.ps_per_byte = 1000000;
    small.paths[1].up.queue =
        (struct sim_queue_rule){.kind = SIM_CODEL, .packets = 1000, .target = 5 * MS, .interval = 100 * MS, .ecn = true};
    result = run_flow();
    assert_int_equal(result->repeated, 0);
    assert_true(sim_mark_hits(ran.world, "ce_delivered") > 5);
    assert_true(sim_mark_hits(ran.world, "bulk_congested") > 5);
    assert_true(result->bytes > UINT64_C(8000000) / 8 * 30 * 85 / 100);
    assert_true(result->latency.nine_tenths < 60 * MS);
}

static void silence_is_waited_out_longer_each_time(void **state)
{
    const struct sim_flow_result *result;
    struct sim_event *cut;
    wrn_time last = 0, gaps[8];
    unsigned count = 0;

    (void)state;
    bulk(60 * S, 1400 * 10000);
    small.paths[0].up.rate.ps_per_byte = 1000000;
    cut = plan_event(&small, SIM_DO_PARTITION, 3 * S, 0);
    cut->until = 20 * S;
    small.numbers[0] = 0;
    small.numbers[1] = 1;
    small.plan.number_count = 2;
    cut->first_a = 0, cut->count_a = 1, cut->first_b = 1, cut->count_b = 1;
    result = run_flow();
    for (uint64_t i = 0; i < result->sent && count < 8; i++) {
        const wrn_time at = record(0, i)->sent;

        if (at > 4 * S && at < 20 * S && last)
            gaps[count++] = at - last;
        last = at > 3500 * MS ? at : 0;
    }
    assert_true(count >= 3 && result->timeouts > 3);
    for (unsigned i = 1; i < count; i++)
        assert_true(gaps[i] == 2 * gaps[i - 1]);
    assert_int_equal(result->completed, 1);
}

/* Late is not lost: the threshold learns how far packets are late. */
static void reordering_is_told_from_loss(void **state)
{
    const struct sim_flow_result *result;

    (void)state;
    bulk(60 * S, 1400 * 5000);
    small.paths[0].up.reorder = SIM_CERTAIN / 50;
    small.paths[0].up.late = (struct sim_draw){SIM_UNIFORM, MS, 5 * MS};
    small.paths[0].up.rate.ps_per_byte = 500000;
    small.paths[0].up.queue = (struct sim_queue_rule){.packets = 8000};
    result = run_flow();
    assert_int_equal(result->completed, 1);
    assert_true(sim_mark_hits(ran.world, "bulk_reordered") > 0);
    assert_true(result->repeated < 20);
}

static void a_part_of_the_times_is_exact(void **state)
{
    struct sim_expect *claim;

    (void)state;
    one_flow(101 * S); /* the first waits for the handshake: 60 ms; a hundred others 20 ms */
    small.flows[0].stop = 100 * S + 1;
    for (unsigned i = 0; i < 8; i++) {
        static const struct { uint32_t part, compare; wrn_time value; } claims[] = {
            {990000, SIM_AT_MOST, 20 * MS},  {990000, SIM_LESS, 20 * MS},    {1000000, SIM_EQUAL, 60 * MS},
            {1000000, SIM_LESS, 60 * MS},    {500000, SIM_AT_LEAST, 20 * MS}, {500000, SIM_MORE, 20 * MS},
            {1000000, SIM_MORE, 59 * MS},    {1, SIM_EQUAL, 20 * MS}};

        claim = plan_expect(&small, SIM_EXPECT_LATENCY, 0, 1);
        claim->part = claims[i].part;
        claim->compare = claims[i].compare;
        claim->value = claims[i].value;
    }
    run_flow();
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(ran.results.expectations[i].held, i != 1 && i != 3 && i != 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bursts_come_and_go, end),
        cmocka_unit_test_teardown(sizes_are_drawn_by_number, end),
        cmocka_unit_test_teardown(a_trace_is_played_as_it_stands, end),
        cmocka_unit_test_teardown(requests_are_answered_one_by_one, end),
        cmocka_unit_test_teardown(who_gets_no_answer_asks_again, end),
        cmocka_unit_test_teardown(a_transfer_is_complete_and_each_byte_once, end),
        cmocka_unit_test_teardown(losses_are_repaired, end),
        cmocka_unit_test_teardown(the_window_finds_the_rate, end),
        cmocka_unit_test_teardown(marks_do_what_losses_do, end),
        cmocka_unit_test_teardown(silence_is_waited_out_longer_each_time, end),
        cmocka_unit_test_teardown(reordering_is_told_from_loss, end),
        cmocka_unit_test_teardown(a_part_of_the_times_is_exact, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
