#include "worlds.h"

#include "sim/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The binary form of plans: it says everything, and refuses everything else. */

static struct small_plan small;
static uint8_t bytes[65536], again[65536], broken[65536];

static size_t encoded(void)
{
    size_t size;

    plan_hub(&small, 6, 100 * WRN_SECOND);
    small.nodes[1].skew_ppb = -777;
    small.nodes[2].clock_offset_ns = -5;
    small.numbers[0] = 3;
    small.numbers[1] = 9;
    small.plan.number_count = 2;
    small.paths[1].up.loss = (struct sim_loss){.kind = SIM_LOSS_LIST, .first = 0, .count = 2};
    small.paths[1].down.loss = (struct sim_loss){.kind = SIM_LOSS_GILBERT, .chance = 1, .recover = 2, .good = 3, .bad = 4};
    small.paths[1].down.corrupt = (struct sim_corrupt){5, 6};
    small.paths[1].down.rate.count = 2;
    small.paths[1].up.rate.ps_per_byte = 7;
    small.paths[1].up.queue = (struct sim_queue_rule){SIM_FQ_CODEL, 8, 9, 10, 11, true};
    small.paths[1].fragment = true;
    plan_event(&small, SIM_DO_PARTITION, WRN_SECOND, SIM_NONE)->count_a = 1;
    plan_expect(&small, SIM_EXPECT_DELIVERED, 1, 0)->value = 3;
    small.nodes[3].nat = plan_nat(&small, "home", 77 * WRN_SECOND, plan_nat(&small, "cgn", WRN_SECOND, 0));
    size = sim_plan_encode(&small.plan, bytes, sizeof bytes);
    assert_in_range(size, 100, sizeof bytes);
    return size;
}

static void a_plan_survives_its_coding(void **state)
{
    struct sim_message message;
    struct sim_plan plan;
    size_t size = encoded();

    (void)state;
    assert_int_equal(sim_plan_encode(&small.plan, NULL, 0), size);
    if (!sim_plan_decode(&plan, bytes, size, &test_host, &message))
        fail_msg("%s", message.text);
    assert_int_equal(plan.node_count, 7);
    assert_string_equal(plan.nodes[3].name, small.nodes[3].name);
    assert_int_equal(plan.nodes[1].skew_ppb, -777);
    assert_int_equal(plan.nodes[2].clock_offset_ns, -5);
    assert_memory_equal(plan.nodes[0].private_key, small.nodes[0].private_key, 32);
    assert_int_equal(plan.numbers[1], 9);
    assert_memory_equal(&plan.paths[1].down.loss, &small.paths[1].down.loss, sizeof(struct sim_loss));
    assert_int_equal(plan.paths[1].down.corrupt.chance * 10 + plan.paths[1].down.corrupt.bits, 56);
    assert_int_equal(plan.paths[1].down.rate.count * 10 + plan.paths[1].up.rate.ps_per_byte, 27);
    assert_int_equal(plan.paths[1].up.queue.packets * 10 + plan.paths[1].up.queue.bytes, 89);
    assert_int_equal(plan.paths[1].up.queue.target * 10 + plan.paths[1].up.queue.interval, 111);
    assert_true(plan.paths[1].fragment && plan.paths[1].up.queue.kind == SIM_FQ_CODEL && plan.paths[1].up.queue.ecn);
    assert_int_equal(plan.nodes[3].nat, 2);
    assert_int_equal(plan.nats[1].behind, 1);
    assert_int_equal(plan.nats[1].idle.a, 77 * WRN_SECOND);
    assert_int_equal(sim_plan_encode(&plan, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    sim_plan_release(&plan, &test_host);
}

static void cut_plans_are_refused(void **state)
{
    struct sim_message message;
    struct sim_plan plan;
    size_t size = encoded();

    (void)state;
    for (size_t length = 0; length < size; length++)
        assert_false(sim_plan_decode(&plan, bytes, length, &test_host, &message));
    assert_false(sim_plan_decode(&plan, bytes, size + 1, &test_host, &message));
    assert_string_equal(message.text, "a compiled plan cut short or with bytes left over");
    memcpy(broken, bytes, size);
    broken[7]++;
    assert_false(sim_plan_decode(&plan, broken, size, &test_host, &message));
    assert_non_null(strstr(message.text, "another version"));
}

/* Whatever one byte is changed to: refused with a sentence, or a plan that a world can be made of. */
static void changed_plans_are_refused_or_run(void **state)
{
    struct sim_options options = {.crypto = &wrn_crypto_portable};
    struct sim_message message;
    struct sim_plan plan;
    size_t size = encoded();
    unsigned taken = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < size; i++) {
        memcpy(broken, bytes, size);
        broken[i] ^= (uint8_t)(1u << i % 8);
        if (!sim_plan_decode(&plan, broken, size, &test_host, &message)) {
            assert_true(message.text[0] != 0);
            refused++;
            continue;
        }
        if (taken++ % 500 == 0) {
            struct sim_world *world = sim_world_create(&plan, &options, &test_host, &message);

            assert_non_null(world);
            sim_world_run(world, 10 * WRN_MILLISECOND);
            sim_world_end(world);
        }
        sim_plan_release(&plan, &test_host);
    }
    assert_true(taken > 100);
    assert_true(refused > 100);
}

static void says(const char *sentence)
{
    struct sim_message message;

    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, sentence);
}

static struct sim_flow *a_flow(uint32_t kind)
{
    plan_two(&small, "x", WRN_SECOND);
    small.plan.flow_count = 0;
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
    small.flows[0].kind = kind;
    small.flows[0].request = small.flows[0].response = (struct sim_draw){SIM_FIXED, 100, 0};
    small.flows[0].timeout = 1;
    small.flows[0].rows = 1;
    small.plan.number_count = 2;
    small.numbers[0] = 1;
    small.numbers[1] = 200;
    return &small.flows[0];
}

static void refuse_flows(void)
{
    a_flow(SIM_FLOW_KINDS);
    says("flow 0: no such kind of traffic");
    a_flow(SIM_FLOW_BULK)->echo = true;
    says("flow 0: only packets are echoed");
    a_flow(SIM_FLOW_BULK)->congestion = SIM_CONGESTIONS;
    says("flow 0: no such transfer");
    a_flow(SIM_FLOW_PACKETS)->on.a = 1;
    says("flow 0: a burst and a silence, or neither");
    a_flow(SIM_FLOW_PACKETS)->sizes = (struct sim_draw){SIM_DRAW_KINDS, 1, 0};
    says("flow 0: its sizes are out of range");
    a_flow(SIM_FLOW_REQUESTS)->timeout = 0;
    says("flow 0: its timeout is out of range");
    a_flow(SIM_FLOW_REQUESTS)->response.a = 0;
    says("flow 0: its requests or answers are of no bytes, or too many");
    a_flow(SIM_FLOW_TRACE)->first = 1;
    says("flow 0: its trace does not exist");
    a_flow(SIM_FLOW_TRACE)->size = 99;
    says("flow 0: a packet of its trace is too small, or larger than its largest");
    a_flow(SIM_FLOW_TRACE)->repeat = true;
    small.numbers[0] = 0;
    says("flow 0: a trace that is over at once cannot be repeated");
    plan_two(&small, "x", WRN_SECOND);
    plan_expect(&small, SIM_EXPECT_LATENCY, 0, 1);
    says("expectation 0: a part of what? only of times, and more than none");
    plan_two(&small, "x", WRN_SECOND);
    plan_expect(&small, SIM_EXPECT_GOODPUT, 0, 1)->end = 0;
    says("expectation 0: goodput of no time");
}

static void nonsense_is_named(void **state)
{
    (void)state;
    plan_two(&small, "x", WRN_SECOND);
    small.plan.crypto = SIM_CRYPTO_TOY + 1;
    says("plan 0: no such crypto");
    plan_two(&small, "x", WRN_SECOND);
    small.peers[1].peer = 9;
    says("peer 1: its nodes do not exist, or are one");
    plan_two(&small, "x", WRN_SECOND);
    small.nodes[1].outer = small.nodes[0].outer;
    says("node 1: another node has its name or its outer address");
    plan_two(&small, "x", WRN_SECOND);
    plan_flow(&small, 0, 1, 0, 0, 0);
    says("flow 0: its interval is out of range");
    plan_two(&small, "x", WRN_SECOND);
    plan_event(&small, SIM_DO_REPLAY, 0, 0);
    says("event 0: only an attacker records and replays");
    plan_two(&small, "x", WRN_SECOND);
    small.paths[0].up.rate.ps_per_byte = SIM_SLOWEST_PS + 1;
    says("path 0: its rate is below 1 bit per second, or by two rules");
    small.paths[0].up.rate = (struct sim_rate){.count = 3};
    says("path 0: the trace of its rate does not exist");
    small.plan.number_count = 3;
    says("path 0: the trace of its rate ends at 0 ms, or after 49 days");
    small.numbers[0] = 5;
    says("path 0: the trace of its rate does not ascend");
    plan_two(&small, "x", WRN_SECOND);
    small.paths[0].down.queue.kind = SIM_CODEL;
    says("path 0: a queue needs 0 < target <= interval <= 4 s");
    plan_two(&small, "x", WRN_SECOND);
    small.paths[0].down.corrupt.chance = 1;
    says("path 0: a corruption of no bits");
    plan_two(&small, "x", WRN_SECOND);
    small.paths[0].down.delay = (struct sim_draw){SIM_PARETO, 1, 999};
    says("path 0: a delay is out of range");
    refuse_flows();
    plan_two(&small, "x", WRN_SECOND);
    plan_expect(&small, SIM_EXPECT_MARK, 0, 1)->name[0] = 'x';
    says("expectation 0: no such mark");
    plan_two(&small, "x", WRN_SECOND);
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->seeds = 1;
    says("expectation 0: a share of seeds that is all of them, which no number of worlds shows, or a share of none");
    small.expects[0].of_seeds = true;
    small.expects[0].seeds = SIM_SHARE_ALL;
    says("expectation 0: a share of seeds that is all of them, which no number of worlds shows, or a share of none");
    plan_two(&small, "x", WRN_SECOND);
    small.nodes[1].nat = 1;
    says("node 1: the box it is behind does not exist");
    plan_nat(&small, "home", WRN_SECOND, 1);
    says("nat 0: it is behind a box that does not exist, or comes later");
    small.nats[0].behind = 0;
    memcpy(small.nats[0].address, small.nodes[0].outer.address, 4);
    says("nat 0: a node has its outside address");
}

/* 60,000 nodes behind boxes, all different; then one that is not, wherever it stands. */
static void twins_are_found_among_many(void **state)
{
    enum { MANY = 60000 };
    struct sim_plan plan;
    struct sim_node *nodes = calloc(MANY, sizeof *nodes);
    struct sim_nat *nats = calloc(MANY, sizeof *nats);
    struct sim_peer *peers = calloc(MANY, sizeof *peers);
    struct sim_message message;

    (void)state;
    assert_true(nodes && nats && peers);
    plan_two(&small, "many", WRN_SECOND);
    plan = small.plan;
    for (uint32_t i = 0; i < MANY; i++) {
        nodes[i] = small.nodes[0];
        snprintf(nodes[i].name, sizeof nodes[i].name, "n.%u", i);
        nodes[i].outer.address[2] = (uint8_t)(i >> 8);
        nodes[i].outer.address[3] = (uint8_t)i;
        nodes[i].nat = i + 1;
        nats[i] = (struct sim_nat){.idle = {.a = 1}, .first_port = 1, .last_port = 1,
                                   .address = {9, 0, (uint8_t)(i >> 8), (uint8_t)i}};
        snprintf(nats[i].name, sizeof nats[i].name, "home n.%u", i);
        peers[i] = (struct sim_peer){.node = 0, .peer = MANY - 1 - i};
    }
    nodes[0].limits.peers = MANY;
    plan.nodes = nodes;
    plan.nats = nats;
    plan.peers = peers;
    plan.node_count = plan.nat_count = MANY;
    plan.peer_count = MANY - 1;
    plan.flow_count = plan.event_count = plan.expect_count = plan.pair_count = 0;
    small.plan = plan;
    assert_true(sim_plan_check(&plan, &message));
    peers[40000].peer = peers[7].peer;
    says("peer 40000: its node has that peer twice");
    memcpy(nats[99].address, nodes[59999].outer.address, 4);
    says("nat 99: a node has its outside address");
    memcpy(nats[59999].address, nats[3].address, 4);
    says("nat 59999: another has its name or its outside address");
    memcpy(nats[30000].name, nats[29999].name, sizeof nats[0].name);
    says("nat 30000: another has its name or its outside address");
    nodes[59998].outer = nodes[0].outer;
    says("node 59998: another node has its name or its outer address");
    memcpy(nodes[2].name, nodes[1].name, sizeof nodes[0].name);
    says("node 2: another node has its name or its outer address");
    free(nodes);
    free(nats);
    free(peers);
}

static void *never(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static uint64_t budget;

static void *sparing(void *context, size_t size)
{
    (void)context;
    if (budget < size)
        return NULL;
    budget -= size;
    return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static void lack_of_memory_is_survived(void **state)
{
    const struct sim_host none = {NULL, never, give}, little = {NULL, sparing, give};
    struct sim_options options = {.crypto = &wrn_crypto_portable};
    struct sim_message message;
    struct sim_plan plan;
    size_t size = encoded();
    unsigned exhausted = 0, created = 0;

    (void)state;
    assert_false(sim_plan_decode(&plan, bytes, size, &none, &message));
    assert_null(sim_world_create(&small.plan, &options, &none, &message));
    assert_string_equal(message.text, "no memory for the world");
    for (uint32_t i = 0; i < small.plan.flow_count; i++)
        small.flows[i].every = (struct sim_draw){SIM_FIXED, 2 * WRN_MILLISECOND, 0};
    for (uint64_t room = 0; created < 3; room++) {
        struct sim_world *world;

        budget = room * 256 * 1024;
        world = sim_world_create(&small.plan, &options, &little, &message);
        if (!world)
            continue;
        created++;
        exhausted += sim_world_run(world, WRN_NEVER) == SIM_EXHAUSTED;
        sim_world_end(world);
    }
    assert_true(created > 0);
    assert_true(exhausted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_survives_its_coding),       cmocka_unit_test(cut_plans_are_refused),
        cmocka_unit_test(changed_plans_are_refused_or_run), cmocka_unit_test(nonsense_is_named),
        cmocka_unit_test(lack_of_memory_is_survived),       cmocka_unit_test(twins_are_found_among_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
