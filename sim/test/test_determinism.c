#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Law 1 in the large: worlds repeat, whatever holds their events, however they are cut, and removing a thing removes nothing
 * else. */

static struct small_plan small, other;

static void lawful_hub(struct ran *ran)
{
    assert_lawful(ran);
    assert_true(ran->results.nodes[0].inner_delivered > 20);
    assert_true(ran->results.drop_count > 0);
}

static void s27_same_seed_same_hash_in_both_queues(void **state)
{
    struct ran first, again, heap;

    (void)state;
    plan_hub(&small, 20, 400 * WRN_SECOND);
    first = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    again = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    heap = run_plan(&small, SIM_QUEUE_HEAP, NULL);
    lawful_hub(&first);
    assert_int_equal(first.results.events, heap.results.events);
    assert_memory_equal(first.results.trace_hash, again.results.trace_hash, 32);
    assert_memory_equal(first.results.trace_hash, heap.results.trace_hash, 32);
    for (size_t i = 0; i < first.results.node_count; i++)
        assert_int_equal(first.results.nodes[i].chain, heap.results.nodes[i].chain);
    run_end(&first);
    run_end(&again);
    run_end(&heap);
}

static void s27_another_seed_is_another_world(void **state)
{
    struct ran first, second;

    (void)state;
    plan_hub(&small, 3, 100 * WRN_SECOND);
    first = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    other = small;
    other.plan.paths = other.paths;
    small.plan.seed = 8;
    second = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_memory_not_equal(first.results.trace_hash, second.results.trace_hash, 32);
    run_end(&first);
    run_end(&second);
}

static void s27_cutting_a_run_changes_nothing(void **state)
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium};
    struct sim_message message;
    struct sim_results results;
    struct sim_world *world;
    struct ran whole;
    enum sim_state now = SIM_PAUSED;

    (void)state;
    plan_hub(&small, 5, 200 * WRN_SECOND);
    whole = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    lawful_hub(&whole);
    world = sim_world_create(&small.plan, &options, &test_host, &message);
    assert_non_null(world);
    for (wrn_time until = 0; now == SIM_PAUSED; until += 777 * WRN_MILLISECOND)
        now = sim_world_run(world, until);
    assert_int_equal(now, SIM_FINISHED);
    sim_world_results(world, &results);
    assert_memory_equal(whole.results.trace_hash, results.trace_hash, 32);
    assert_int_equal(whole.results.simulated_ns, results.simulated_ns);
    sim_world_end(world);
    run_end(&whole);
}

static void both_providers_make_the_same_world(void **state)
{
    struct sim_options options = {.crypto = &wrn_crypto_portable};
    struct sim_message message;
    struct sim_results results;
    struct sim_world *world;
    struct ran sodium;

    (void)state;
    plan_hub(&small, 3, 130 * WRN_SECOND);
    sodium = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    world = sim_world_create(&small.plan, &options, &test_host, &message);
    assert_non_null(world);
    assert_int_equal(sim_world_run(world, WRN_NEVER), SIM_FINISHED);
    sim_world_results(world, &results);
    assert_memory_equal(sodium.results.trace_hash, results.trace_hash, 32);
    sim_world_end(world);
    run_end(&sodium);
}

/* Two islands in one world: what node 2 does, and what is lost on its path, is the same when node 0's fault is gone. */
static void s27_removing_a_fault_changes_no_other_draw(void **state)
{
    struct ran with, without;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct small_plan *plan = i == 0 ? &small : &other;

        plan_begin(plan, "islands", 300 * WRN_SECOND);
        plan->plan.path_count = 2;
        plan->paths[1] = plan->paths[0];
        plan->paths[1].up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = SIM_CERTAIN / 5};
        plan->paths[1].down = plan->paths[1].up;
        for (int n = 0; n < 4; n++) {
            static const char *const names[4] = {"a", "b", "c", "d"};

            plan->nodes[plan_node(plan, names[n])].path = 1;
        }
        plan_tunnel(plan, 0, 1, false, 0);
        plan_tunnel(plan, 2, 3, false, 0);
        plan_flow(plan, 0, 1, 0, WRN_SECOND, 0);
        plan_flow(plan, 2, 3, 0, WRN_SECOND, 0);
        plan_sort(plan);
    }
    plan_event(&small, SIM_DO_DROP_NEXT, 20 * WRN_SECOND, 0)->count = 3;
    with = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    without = run_plan(&other, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&with);
    assert_lawful(&without);
    assert_int_equal(with.results.nodes[2].chain, without.results.nodes[2].chain);
    assert_int_equal(with.results.nodes[3].chain, without.results.nodes[3].chain);
    assert_int_not_equal(with.results.nodes[0].chain, without.results.nodes[0].chain);
    run_end(&with);
    run_end(&without);
}

static void a_decoded_plan_is_the_same_world(void **state)
{
    static uint8_t bytes[65536];
    struct sim_options options = {.crypto = &wrn_crypto_sodium};
    struct sim_message message;
    struct sim_results results;
    struct sim_world *world;
    struct sim_plan plan;
    struct ran direct;
    size_t size;

    (void)state;
    plan_hub(&small, 4, 100 * WRN_SECOND);
    direct = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    size = sim_plan_encode(&small.plan, bytes, sizeof bytes);
    assert_in_range(size, 1, sizeof bytes);
    if (!sim_plan_decode(&plan, bytes, size, &test_host, &message))
        fail_msg("%s", message.text);
    world = sim_world_create(&plan, &options, &test_host, &message);
    assert_non_null(world);
    assert_int_equal(sim_world_run(world, WRN_NEVER), SIM_FINISHED);
    sim_world_results(world, &results);
    assert_memory_equal(direct.results.trace_hash, results.trace_hash, 32);
    sim_world_end(world);
    sim_plan_release(&plan, &test_host);
    run_end(&direct);
}

static void hub_of_fifty_for_ten_minutes(void **state)
{
    struct ran ran;

    (void)state;
    plan_hub(&small, 50, 600 * WRN_SECOND);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    lawful_hub(&ran);
    assert_true(ran.results.nodes[0].handshakes >= 200);
    run_end(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s27_same_seed_same_hash_in_both_queues), cmocka_unit_test(s27_another_seed_is_another_world),
        cmocka_unit_test(s27_cutting_a_run_changes_nothing),      cmocka_unit_test(both_providers_make_the_same_world),
        cmocka_unit_test(s27_removing_a_fault_changes_no_other_draw),
        cmocka_unit_test(a_decoded_plan_is_the_same_world),       cmocka_unit_test(hub_of_fifty_for_ten_minutes),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
