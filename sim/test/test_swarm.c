#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Worlds drawn at random from what a plan can say, each leaving whole behaviours out. The honest engine is never accused.
 *   sim-test_swarm FIRST LAST   runs those seeds and names the ones that fail */

static struct small_plan small;
static struct sim_stream draws;
static uint64_t drawn;

static uint64_t below(uint64_t bound)
{
    return sim_below(&draws, drawn++, bound);
}

static bool maybe(uint64_t percent)
{
    return below(100) < percent;
}

static wrn_time between(uint64_t a_ms, uint64_t b_ms)
{
    return (a_ms + below(b_ms - a_ms)) * WRN_MILLISECOND + (maybe(50) ? below(WRN_MILLISECOND) : 0);
}

static void draw_half(struct sim_half *half, bool faults)
{
    memset(half, 0, sizeof *half);
    half->delay = (struct sim_draw){.kind = SIM_FIXED, .a = maybe(10) ? 0 : between(1, 400)};
    if (!faults)
        return;
    half->delay.kind = (uint32_t)below(SIM_DRAW_KINDS);
    half->delay.b = half->delay.kind == SIM_UNIFORM ? half->delay.a + between(1, 200) : between(1, 100);
    half->loss.kind = maybe(50) ? SIM_LOSS_CHANCE : maybe(20) ? SIM_LOSS_PATTERN : SIM_LOSS_NONE;
    half->loss.chance = (uint32_t)below(SIM_CERTAIN / 2);
    half->loss.m = 1 + (uint32_t)below(8);
    half->loss.n = (uint32_t)below(half->loss.m);
    half->duplicate = maybe(30) ? (uint32_t)below(SIM_CERTAIN / 4) : 0;
    half->reorder = maybe(30) ? (uint32_t)below(SIM_CERTAIN / 4) : 0;
    half->late = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = between(1, 3000)};
}

static void draw_flows(uint32_t nodes)
{
    uint32_t count = 1 + (uint32_t)below(2 * nodes);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = (uint32_t)below(nodes), to = (from + 1 + (uint32_t)below(nodes - 1)) % nodes;
        struct sim_flow *flow;

        plan_flow(&small, from, to, between(0, 200000), maybe(30) ? between(50, 2000) : between(2000, 200000),
                  maybe(40) ? 1 + below(5) : 0);
        flow = &small.flows[i];
        flow->every.kind = maybe(50) ? SIM_FIXED : SIM_EXPONENTIAL;
        flow->size = 60 + (uint32_t)below(1360);
        flow->echo = maybe(40);
    }
}

static void draw_events(uint32_t nodes, wrn_time stop)
{
    uint32_t count = (uint32_t)below(PLAN_EVENTS);

    for (uint32_t i = 0; i < nodes; i++)
        small.numbers[i] = i;
    small.plan.number_count = nodes;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_event *event = plan_event(&small, (uint32_t)below(SIM_DO_RECORD), below(stop), (uint32_t)below(nodes));

        event->count = 1 + (uint32_t)below(4);
        event->types = 1u << (1 + below(4));
        event->side = (uint32_t)below(2);
        event->path = (uint32_t)below(small.plan.path_count);
        event->until = event->at + between(1000, 200000);
        event->one_way = maybe(30);
        event->keep_stamp = maybe(70);
        event->count_a = 1;
        event->first_a = (uint32_t)below(nodes);
        event->count_b = nodes;
        event->address = (struct wrn_endpoint){.address = {198, 51, 100, (uint8_t)i}, .port = (uint16_t)(1000 + i), .family = 4};
    }
}

static void draw_plan(uint64_t seed)
{
    char name[24];
    uint32_t nodes;
    wrn_time stop;
    bool faults, hub;

    snprintf(name, sizeof name, "swarm %llu", (unsigned long long)seed);
    sim_stream_init(&draws, seed, "swarm", "");
    drawn = 0;
    stop = between(60000, 900000);
    nodes = 2 + (uint32_t)below(maybe(50) ? 1 : 6);
    faults = maybe(60);
    hub = maybe(50);
    plan_begin(&small, name, stop);
    small.plan.seed = seed;
    small.plan.path_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        draw_half(&small.paths[i].up, faults && i > 0);
        draw_half(&small.paths[i].down, faults && i > 0);
        small.paths[i].mtu = faults && maybe(10) ? 1300 : 0;
    }
    for (uint32_t i = 0; i < nodes; i++) {
        char node_name[3] = {'n', (char)('0' + i), 0};
        struct sim_node *node = &small.nodes[plan_node(&small, node_name)];

        node->path = (uint32_t)below(3);
        node->skew_ppb = maybe(20) ? (int32_t)below(200000) - 100000 : 0;
        node->clock_offset_ns = maybe(30) ? (int64_t)between(0, 4000000) : 0;
        node->has_clock = maybe(90);
        node->limits.window_bits = maybe(30) ? 128 : 8192;
        node->limits.stage_slots = maybe(20) ? (uint32_t)below(4) : 128;
        node->mtu = (uint16_t)(maybe(30) ? 0 : 1280 + below(200));
    }
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t j = 0; j < i; j++)
            if (!hub || j == 0)
                plan_tunnel(&small, i, j, hub, maybe(20) ? (uint16_t)(1 + below(40)) : 0);
    draw_flows(nodes);
    if (faults)
        draw_events(nodes, stop);
    plan_node(&small, "mallory");
    small.nodes[nodes].role = SIM_ROLE_ATTACKER;
    if (maybe(40) && small.plan.event_count + 2 <= PLAN_EVENTS) {
        small.numbers[0] = 0;
        small.plan.number_count = nodes;
        plan_event(&small, SIM_DO_RECORD, 0, nodes)->count_a = 1;
        plan_event(&small, SIM_DO_REPLAY, below(stop), nodes)->every = between(1, 500);
    }
    plan_sort(&small);
}

static uint64_t run_seed(uint64_t seed, uint64_t checks[64])
{
    struct ran ran;
    uint64_t events;

    draw_plan(seed);
    ran = run_plan(&small, seed % 2 ? SIM_QUEUE_HEAP : SIM_QUEUE_TWO_TIER, NULL);
    if (ran.results.first.there)
        print_error("seed %llu\n", (unsigned long long)seed);
    assert_lawful(&ran);
    for (size_t i = 0; i < ran.results.invariant_count; i++)
        checks[i] += ran.results.invariants[i].checked;
    events = ran.results.events;
    run_end(&ran);
    return events;
}

static void no_honest_world_is_accused(void **state)
{
    uint64_t checks[64] = {0}, events = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++)
        events += run_seed(seed, checks);
    assert_true(events > 10000);
}

static int explore(uint64_t first, uint64_t last)
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium};
    uint64_t checks[64] = {0}, events = 0, failed = 0;
    const char *ids[64] = {NULL};
    struct sim_results results;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct sim_message message;
        struct sim_world *world;

        draw_plan(seed);
        world = sim_world_create(&small.plan, &options, &test_host, &message);
        if (!world) {
            printf("seed %llu: %s\n", (unsigned long long)seed, message.text);
            return 2;
        }
        sim_world_run(world, WRN_NEVER);
        sim_world_results(world, &results);
        events += results.events;
        for (size_t i = 0; i < results.invariant_count; i++) {
            ids[i] = results.invariants[i].id;
            checks[i] += results.invariants[i].checked;
        }
        if (results.first.there) {
            failed++;
            printf("seed %llu: %s at %.6f node %u: %s\n", (unsigned long long)seed,
                   results.invariants[results.first.invariant].id,
                   (double)results.first.time / 1e9, results.first.node, results.first.text);
        }
        sim_world_end(world);
    }
    for (size_t i = 0; i < 64 && ids[i]; i++)
        printf("%s %llu  ", ids[i], (unsigned long long)checks[i]);
    printf("\n%llu events, %llu seeds failed\n", (unsigned long long)events, (unsigned long long)failed);
    return failed > 0;
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_honest_world_is_accused)};

    if (sodium_init() < 0)
        return 1;
    if (count == 3)
        return explore(strtoull(words[1], NULL, 10), strtoull(words[2], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
