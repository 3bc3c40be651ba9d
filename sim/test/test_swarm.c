#include "worlds.h"

#include "sim/swarm.h"

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
static struct sim_swarm swarm;

static void draw_plan(uint64_t seed)
{
    sim_swarm_draw(&swarm, seed);
    small.plan = swarm.plan;
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
    for (size_t i = 0; i < ran.results.expectation_count; i++)
        if (!ran.results.expectations[i].held)
            fail_msg("seed %llu: %s: %s", (unsigned long long)seed, ran.results.expectations[i].text,
                     ran.results.expectations[i].measured);
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

/* Everything that happens to nodes and boxes, what attackers and peers gone bad do, and every kind of traffic is in some worlds, and
 * out of others. */
static void all_of_the_schema_is_drawn(void **state)
{
    uint32_t worlds[SIM_DO_KINDS] = {0}, sets[SIM_SETS] = {0}, traffic[SIM_FLOW_KINDS] = {0}, boxed = 0, forged = 0, calm = 0;
    uint32_t six = 0, beside = 0, inside = 0;
    struct sim_message message;

    (void)state;
    for (uint64_t seed = 1; seed <= 600; seed++) {
        uint32_t kinds = 0, changes = 0, flows = 0;

        draw_plan(seed);
        if (!sim_plan_check(&small.plan, &message))
            fail_msg("seed %llu: %s", (unsigned long long)seed, message.text);
        for (uint32_t i = 0; i < small.plan.event_count; i++) {
            kinds |= 1u << small.plan.events[i].kind;
            changes |= small.plan.events[i].kind == SIM_DO_SET ? 1u << small.plan.events[i].set : 0;
        }
        for (uint32_t i = 0; i < small.plan.flow_count; i++)
            flows |= 1u << small.plan.flows[i].kind;
        for (uint32_t i = 0; i < SIM_FLOW_KINDS; i++)
            traffic[i] += flows >> i & 1;
        for (uint32_t i = 0; i < SIM_DO_KINDS; i++)
            worlds[i] += kinds >> i & 1;
        for (uint32_t i = 0; i < SIM_SETS; i++)
            sets[i] += changes >> i & 1;
        boxed += small.plan.nat_count > 0;
        forged += small.plan.nodes[small.plan.node_count - 1].spoof.family != 0;
        calm += kinds == 0;
        inside += small.plan.nodes[small.plan.node_count - 1].over > 0;
        for (uint32_t i = 0; i < small.plan.node_count; i++)
            if (small.plan.nodes[i].host > 0 && small.plan.nodes[i].over == 0) {
                beside++;
                break;
            }
        six += small.plan.nodes[0].outer.family == 6;
    }
    for (uint32_t i = 0; i < SIM_DO_KINDS; i++)
        if (worlds[i] == 0 || worlds[i] == 600)
            fail_msg("event kind %u in %u of 600 worlds", i, worlds[i]);
    for (uint32_t i = SIM_FLOW_REQUESTS; i < SIM_FLOW_KINDS; i++)
        assert_true(traffic[i] > 30 && traffic[i] < 300);
    for (uint32_t i = 0; i < SIM_SETS; i++)
        assert_true(sets[i] > 0 && sets[i] < 600);
    assert_true(boxed > 100 && boxed < 500 && forged > 10 && calm > 10 && six > 50 && six < 500);
    assert_true(inside > 50 && inside < 500 && beside > 50 && beside < 500);
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
        for (size_t i = 0; i < results.expectation_count && !results.first.there; i++)
            if (!results.expectations[i].held) {
                failed++;
                printf("seed %llu: %s: %s\n", (unsigned long long)seed, results.expectations[i].text,
                       results.expectations[i].measured);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_honest_world_is_accused),
                                       cmocka_unit_test(all_of_the_schema_is_drawn)};

    if (sodium_init() < 0)
        return 1;
    if (count == 3)
        return explore(strtoull(words[1], NULL, 10), strtoull(words[2], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
