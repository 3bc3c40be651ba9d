/* What a scenario says about boxes, and what it resolves to. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/scenario.h"

#define HEAD "warren: 1\nstop: 10m\nseed: 3\n"

static struct sim_scenario *scenario;

static const struct sim_plan *plan_of(const char *text)
{
    struct sim_scenario_options options = {.file = "x.yaml"};
    struct sim_scenario_error error;
    scenario = sim_scenario_read(&options, text, strlen(text), &error);
    if (!scenario)
        fail_msg("%s", error.text);
    return sim_scenario_plan(scenario);
}

static const struct sim_nat *nat_of(const struct sim_plan *plan, uint32_t node)
{
    assert_int_not_equal(plan->nodes[node].nat, 0);
    return &plan->nats[plan->nodes[node].nat - 1];
}

static void values_are_exact(void **state)
{
    const struct sim_plan *plan = plan_of(
        HEAD "nats:\n"
             "  plain: {}\n"
             "  odd: {map: address, filter: endpoint, idle: uniform(30s 120s), refresh: both, preserve: false, parity: true,\n"
             "        hairpin: true, ports: 2000-2007, shared: true, address: 198.51.100.9}\n"
             "  fire: {map: none, filter: address}\n"
             "nodes: {a: {nat: plain}, b: {nat: odd}, c: {nat: fire}, d: {}}\n");
    const struct sim_nat *plain = nat_of(plan, 0), *odd = nat_of(plan, 1), *fire = nat_of(plan, 2);
    static const uint8_t given[4] = {198, 51, 100, 9}, first[4] = {198, 19, 0, 1};
    assert_string_equal(plain->name, "plain a");
    assert_true(plain->map == SIM_NAT_ENDPOINT && plain->filter == SIM_NAT_ADDRESS_PORT && plain->refresh == SIM_NAT_OUTBOUND);
    assert_true(plain->idle.kind == SIM_FIXED && plain->idle.a == 120 * WRN_SECOND);
    assert_true(plain->preserve && !plain->parity && !plain->hairpin && plain->behind == 0);
    assert_true(plain->first_port == 1024 && plain->last_port == 65535);
    assert_memory_equal(plain->address, first, 4);
    assert_string_equal(odd->name, "odd");
    assert_true(odd->map == SIM_NAT_ADDRESS && odd->filter == SIM_NAT_ENDPOINT && odd->refresh == SIM_NAT_BOTH);
    assert_true(odd->idle.kind == SIM_UNIFORM && odd->idle.a == 30 * WRN_SECOND && odd->idle.b == 120 * WRN_SECOND);
    assert_true(!odd->preserve && odd->parity && odd->hairpin && odd->first_port == 2000 && odd->last_port == 2007);
    assert_memory_equal(odd->address, given, 4);
    assert_true(fire->map == SIM_NAT_NONE && fire->filter == SIM_NAT_ADDRESS);
    assert_int_equal(plan->nodes[0].outer.address[0], 172);
    assert_int_equal(plan->nodes[2].outer.address[0], 198); /* filtered, not hidden */
    assert_int_equal(plan->nodes[3].nat, 0);
    assert_int_equal(plan->nat_count, 3);
    sim_scenario_close(scenario);
    (void)state;
}

static void boxes_are_shared_or_of_each_and_stack(void **state)
{
    const struct sim_plan *plan = plan_of(HEAD "nats: {cgn: {shared: true}, home: {behind: cgn}}\n"
                                               "nodes: {hub: {}, spoke: {count: 3, nat: home, peer: hub}, other: {nat: cgn}}\n");
    static const uint8_t inner[4] = {100, 64, 0, 1};
    assert_int_equal(plan->nat_count, 4);
    assert_string_equal(nat_of(plan, 4)->name, "cgn");
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(nat_of(plan, i)->behind, plan->nodes[4].nat);
        assert_true(i == 1 || plan->nodes[i].nat != plan->nodes[i - 1].nat);
    }
    assert_string_equal(nat_of(plan, 3)->name, "home spoke.3");
    assert_memory_equal(nat_of(plan, 1)->address, inner, 4);
    sim_scenario_close(scenario);
    (void)state;
}

/* The same node draws the same kind, whoever else is there. */
static void a_mix_is_drawn_by_name(void **state)
{
    static char kinds[200];
    unsigned homes = 0, none = 0;
    const struct sim_plan *plan =
        plan_of(HEAD "nats: {home: {}, cgn: {shared: true}}\n"
                     "nodes: {hub: {}, spoke: {count: 200, nat: mix(home=4 cgn=1 none=1), peer: hub}}\n");
    for (uint32_t i = 0; i < 200; i++) {
        kinds[i] = plan->nodes[i + 1].nat ? nat_of(plan, i + 1)->name[0] : 'n';
        homes += kinds[i] == 'h';
        none += kinds[i] == 'n';
    }
    assert_in_range(homes, 110, 155);
    assert_in_range(none, 15, 55);
    sim_scenario_close(scenario);
    plan = plan_of(HEAD "nats: {home: {}, cgn: {shared: true}}\n"
                        "nodes: {more: {count: 7, nat: cgn}, spoke: {count: 90, nat: mix(home=4 cgn=1 none=1)}}\n");
    for (uint32_t i = 0; i < 90; i++)
        assert_int_equal(kinds[i], plan->nodes[i + 7].nat ? nat_of(plan, i + 7)->name[0] : 'n');
    sim_scenario_close(scenario);
    (void)state;
}

static const struct sim_peer *side(const struct sim_plan *plan, uint32_t node, uint32_t peer)
{
    for (uint32_t i = 0; i < plan->peer_count; i++)
        if (plan->peers[i].node == node && plan->peers[i].peer == peer)
            return &plan->peers[i];
    fail_msg("no side");
    return NULL;
}

static void nobody_knows_an_address_that_is_hidden(void **state)
{
    const struct sim_plan *plan =
        plan_of(HEAD "nats: {cgn: {shared: true}, home: {behind: cgn}, fire: {map: none}}\n"
                     "nodes: {a: {nat: home}, b: {nat: cgn}, c: {}, d: {nat: fire}}\n"
                     "tunnels:\n"
                     "  - {node: a, peer: b}\n  - {node: b, peer: a}\n  - {node: a, peer: c}\n  - {node: c, peer: a}\n"
                     "  - {node: c, peer: b, endpoint: known}\n  - {node: c, peer: d}\n");
    assert_true(side(plan, 0, 1)->endpoint_known);  /* b is where a's box is */
    assert_false(side(plan, 1, 0)->endpoint_known);
    assert_true(side(plan, 0, 2)->endpoint_known);
    assert_false(side(plan, 2, 0)->endpoint_known);
    assert_true(side(plan, 2, 1)->endpoint_known);  /* it was said */
    assert_true(side(plan, 2, 3)->endpoint_known);  /* behind a firewall addresses hold */
    sim_scenario_close(scenario);
    (void)state;
}

static void who_comes_home_finds_its_box(void **state)
{
    const struct sim_plan *plan = plan_of(HEAD "nats: {home: {}, hotel: {}}\n"
                                               "nodes: {hub: {}, laptop: {nat: home, peer: hub}}\n"
                                               "timeline:\n"
                                               "  - {at: 1m, do: roam, who: laptop, nat: hotel}\n"
                                               "  - {at: 2m, do: roam, who: laptop}\n"
                                               "  - {at: 3m, do: roam, who: laptop, nat: none}\n"
                                               "  - {at: 4m, do: roam, who: laptop, nat: home}\n"
                                               "  - {at: 5m, do: nat-reboot, who: laptop}\n"
                                               "  - {at: 6m, do: nat-reboot, nat: home}\n");
    static const uint32_t expected[5] = {2, SIM_NONE, 0, 1, 0};
    static const uint8_t nets[4] = {172, 172, 198, 172};
    assert_int_equal(plan->event_count, 6);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(plan->events[i].nat, expected[i]);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(plan->events[i].address.address[0], nets[i]);
    assert_int_equal(plan->events[4].kind, SIM_DO_NAT_REBOOT);
    assert_int_equal(plan->events[4].node, 1);
    assert_int_equal(plan->events[5].nat, 1);
    assert_int_equal(plan->events[5].node, SIM_NONE);
    sim_scenario_close(scenario);
    (void)state;
}

static void a_kind_extends_another(void **state)
{
    const struct sim_plan *plan =
        plan_of(HEAD "nats:\n  wide: {shared: true, address: 198.51.100.9}\n"
             "  home: {idle: 40s, filter: endpoint, refresh: both, ports: 2000-3000, parity: true, behind: wide}\n"
             "  quick: {extends: home, idle: 5s, parity: false}\nnodes: {a: {nat: quick}, b: {nat: home}, c: {nat: wide}}\n");
    const struct sim_nat *quick = nat_of(plan, 0), *home = nat_of(plan, 1);
    (void)state;
    assert_int_equal(quick->idle.a, 5 * WRN_SECOND);
    assert_true(!quick->parity && home->parity);
    assert_int_equal(quick->filter, SIM_NAT_ENDPOINT);
    assert_int_equal(quick->refresh, SIM_NAT_BOTH);
    assert_int_equal(quick->first_port * 10000 + quick->last_port, 20003000);
    assert_int_equal(quick->behind, plan->nodes[2].nat);
    sim_scenario_close(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(boxes_are_shared_or_of_each_and_stack),
        cmocka_unit_test(a_mix_is_drawn_by_name),
        cmocka_unit_test(nobody_knows_an_address_that_is_hidden),
        cmocka_unit_test(who_comes_home_finds_its_box),
        cmocka_unit_test(a_kind_extends_another),
    };
    return cmocka_run_group_tests_name("scenario nats", tests, NULL, NULL);
}
