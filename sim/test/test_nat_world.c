#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Boxes in a world: what the two ends of a tunnel see of them, and who is let through. */

static struct small_plan small;

/* Whose source did node `node` see on the datagrams that reached it, and how many were there? */
struct seen {
    uint32_t node, count;
    struct wrn_endpoint source;
    bool changed;
};

static void look(void *context, const struct sim_tap *tap)
{
    struct seen *seen = context;

    if (tap->node != seen->node || tap->side != SIM_DOWN || tap->lost)
        return;
    seen->changed |= seen->count > 0
                     && (seen->source.port != tap->source.port || memcmp(seen->source.address, tap->source.address, 16) != 0);
    seen->source = tap->source;
    seen->count++;
}

static struct ran run_seen(struct seen *seen)
{
    struct sim_options options = {.crypto = &wrn_crypto_sodium, .context = seen, .tap = look};
    struct sim_message message;
    struct ran ran = {.world = sim_world_create(&small.plan, &options, &test_host, &message)};

    if (!ran.world)
        fail_msg("%s", message.text);
    ran.state = sim_world_run(ran.world, WRN_NEVER);
    sim_world_results(ran.world, &ran.results);
    assert_lawful(&ran);
    return ran;
}

static uint64_t dropped(const struct ran *ran, const char *reason)
{
    for (size_t i = 0; i < ran->results.drop_count; i++)
        if (strcmp(ran->results.drops[i].name, reason) == 0)
            return ran->results.drops[i].count;
    return 0;
}

static uint64_t marked(const struct ran *ran, const char *name)
{
    for (size_t i = 0; i < ran->results.mark_count; i++)
        if (strcmp(ran->results.marks[i].name, name) == 0)
            return ran->results.marks[i].count;
    fail_msg("no mark %s", name);
    return 0;
}

/* a behind a box, b in the core, which does not know where a is. */
static void plan_behind(wrn_time idle, uint16_t keepalive_s)
{
    plan_two(&small, "behind", 10 * 60 * WRN_SECOND);
    small.nodes[0].nat = plan_nat(&small, "home a", idle, 0);
    small.peers[0].keepalive_s = keepalive_s;
    small.peers[1].endpoint_known = false;
}

static void the_other_side_sees_the_box(void **state)
{
    struct seen seen = {.node = 1};
    struct ran ran;

    (void)state;
    plan_behind(60 * WRN_SECOND, 0);
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
    plan_flow(&small, 1, 0, 500 * WRN_MILLISECOND, WRN_SECOND, 0);
    ran = run_seen(&seen);
    assert_true(seen.count > 600);
    assert_false(seen.changed);
    assert_memory_equal(seen.source.address, small.nats[0].address, 4);
    assert_in_range(seen.source.port, 1024, 65535);
    assert_int_not_equal(seen.source.port, 51820); /* drawn, not preserved */
    assert_int_equal(ran.results.nodes[1].inner_delivered, 600);
    assert_int_equal(ran.results.nodes[0].inner_delivered, 600);
    assert_int_equal(dropped(&ran, "nat no mapping") + dropped(&ran, "nat filter"), 0);
    run_end(&ran);
}

static void nobody_reaches_an_inside_address(void **state)
{
    struct seen seen = {.node = 0};
    struct ran ran;

    (void)state;
    plan_behind(60 * WRN_SECOND, 0);
    small.peers[1].endpoint_known = true; /* the address that a has inside */
    plan_flow(&small, 1, 0, 0, WRN_SECOND, 0);
    ran = run_seen(&seen);
    assert_int_equal(seen.count, 0);
    assert_true(dropped(&ran, "link no host") > 10);
    run_end(&ran);
}

/* Something for a every 90 s: it gets through while the keepalive is quicker than the box. */
static uint64_t delivered_with(wrn_time idle, uint16_t keepalive_s, uint64_t *lost)
{
    struct seen seen = {.node = 0};
    struct ran ran;
    uint64_t delivered;

    plan_behind(idle, keepalive_s);
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 1);
    plan_flow(&small, 1, 0, 85 * WRN_SECOND, 90 * WRN_SECOND, 0);
    ran = run_seen(&seen);
    delivered = ran.results.nodes[0].inner_delivered;
    *lost = dropped(&ran, "nat no mapping");
    run_end(&ran);
    return delivered;
}

static void l13_a_keepalive_quicker_than_the_box_keeps_it_open(void **state)
{
    uint64_t lost;

    (void)state;
    assert_int_equal(delivered_with(30 * WRN_SECOND, 25, &lost), 6);
    assert_int_equal(lost, 0);
    assert_true(delivered_with(30 * WRN_SECOND, 0, &lost) < 6);
    assert_true(lost > 0);
    delivered_with(20 * WRN_SECOND, 25, &lost);
    assert_true(lost > 0);
}

static void a_box_behind_a_carrier(void **state)
{
    struct seen seen = {.node = 1};
    uint32_t carrier;
    struct ran ran;

    (void)state;
    plan_two(&small, "carrier", 5 * 60 * WRN_SECOND);
    carrier = plan_nat(&small, "carrier", 40 * WRN_SECOND, 0);
    small.nodes[0].nat = plan_nat(&small, "home a", 300 * WRN_SECOND, carrier);
    small.peers[1].endpoint_known = false;
    plan_flow(&small, 0, 1, 0, 20 * WRN_SECOND, 0);
    small.flows[0].echo = true;
    ran = run_seen(&seen);
    assert_memory_equal(seen.source.address, small.nats[0].address, 4);
    assert_int_equal(ran.results.nodes[0].inner_delivered, 15);
    run_end(&ran);
    small.nats[0].idle.a = 5 * WRN_SECOND; /* the outer one forgets, the inner one does not: a new port each time */
    seen = (struct seen){.node = 1};
    ran = run_seen(&seen);
    assert_true(seen.changed);
    assert_int_equal(ran.results.nodes[0].inner_delivered, 15); /* each question opens the way for its answer */
    assert_true(marked(&ran, "roamed") > 10);
    run_end(&ran);
}

static void a_reboot_of_the_box_costs_what_comes_in_until_something_goes_out(void **state)
{
    struct seen seen = {.node = 0};
    struct ran ran;
    uint64_t lost;

    (void)state;
    plan_behind(300 * WRN_SECOND, 25);
    plan_flow(&small, 0, 1, 0, 10 * WRN_SECOND, 0);
    plan_flow(&small, 1, 0, 5 * WRN_SECOND, WRN_SECOND, 0);
    plan_event(&small, SIM_DO_NAT_REBOOT, 61 * WRN_SECOND + WRN_MILLISECOND, SIM_NONE)->nat = 1;
    plan_event(&small, SIM_DO_NAT_REBOOT, 121 * WRN_SECOND + WRN_MILLISECOND, 0); /* whatever a is behind */
    ran = run_seen(&seen);
    lost = dropped(&ran, "nat no mapping");
    assert_in_range(lost, 16, 20); /* up to 9 s of one packet a second, twice */
    assert_int_equal(ran.results.nodes[0].inner_delivered, 595 - lost);
    run_end(&ran);
}

static void neighbours_behind_one_box_meet_inside(void **state)
{
    struct seen seen = {.node = 1};
    struct ran ran;

    (void)state;
    plan_two(&small, "neighbours", 60 * WRN_SECOND);
    small.nodes[0].nat = small.nodes[1].nat = plan_nat(&small, "home", 30 * WRN_SECOND, 0);
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
    ran = run_seen(&seen);
    assert_memory_equal(seen.source.address, small.nodes[0].outer.address, 4);
    assert_int_equal(ran.results.nodes[1].inner_delivered, 60);
    run_end(&ran);
}

/* An attacker behind a's box repeats what went to a, to the address that the core showed: the box turns it, or does not. */
static void hairpins_turn_at_the_box(void **state)
{
    struct seen seen = {.node = 0};
    struct sim_event *event;
    struct ran ran;

    (void)state;
    for (unsigned turns = 0; turns < 2; turns++) {
        plan_behind(300 * WRN_SECOND, 0);
        plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
        small.flows[0].echo = true;
        small.nats[0].hairpin = turns == 1;
        small.nats[0].filter = SIM_NAT_ENDPOINT;
        plan_node(&small, "mallory");
        small.nodes[2].role = SIM_ROLE_ATTACKER;
        small.nodes[2].nat = 1;
        event = plan_event(&small, SIM_DO_RECORD, 0, 2);
        event->first_a = 0;
        event->count_a = 1;
        small.numbers[0] = 1; /* what b sends and gets */
        small.plan.number_count = 1;
        event = plan_event(&small, SIM_DO_REPLAY, 60 * WRN_SECOND, 2);
        event->every = WRN_MILLISECOND;
        ran = run_seen(&seen);
        assert_true(turns ? marked(&ran, "nat_turned") > 10 : marked(&ran, "nat_no_hairpin") > 10);
        assert_int_equal(turns ? marked(&ran, "nat_no_hairpin") : marked(&ran, "nat_turned"), 0);
        assert_int_equal(ran.results.nodes[0].inner_delivered, 600); /* S2, S11: repeated, and refused */
        assert_int_equal(turns == 0, dropped(&ran, "nat no hairpin") > 0);
        run_end(&ran);
    }
}

static void a_firewall_keeps_addresses_and_strangers_out(void **state)
{
    struct seen seen = {.node = 1};
    struct ran ran;

    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        plan_two(&small, "firewall", 60 * WRN_SECOND);
        for (uint8_t i = 0; i < 2; i++)
            small.nodes[i].outer = (struct wrn_endpoint){.address = {0x20, 1, [15] = i}, .port = 51820, .family = 6};
        small.nodes[0].nat = plan_nat(&small, "home", 30 * WRN_SECOND, plan_nat(&small, "carrier", 40 * WRN_SECOND, 0));
        plan_flow(&small, first, 1 - first, 0, WRN_SECOND, 0);
        seen = (struct seen){.node = 1};
        ran = run_seen(&seen);
        if (first == 0) {
            assert_memory_equal(seen.source.address, small.nodes[0].outer.address, 16);
            assert_int_equal(ran.results.nodes[1].inner_delivered, 60);
        } else {
            assert_int_equal(ran.results.nodes[0].datagrams_received, 0);
            assert_true(dropped(&ran, "nat no mapping") > 5);
        }
        run_end(&ran);
    }
}

static void who_roams_behind_a_box_is_followed(void **state)
{
    struct seen seen = {.node = 1};
    struct sim_event *event;
    struct ran ran;

    (void)state;
    plan_two(&small, "roams", 120 * WRN_SECOND);
    plan_nat(&small, "hotel", 30 * WRN_SECOND, 0);
    plan_flow(&small, 0, 1, 0, WRN_SECOND, 0);
    small.flows[0].echo = true;
    event = plan_event(&small, SIM_DO_ROAM, 60 * WRN_SECOND + 5, 0);
    event->address = (struct wrn_endpoint){.address = {172, 16, 0, 9}, .port = 51820, .family = 4};
    event->nat = 1;
    ran = run_seen(&seen);
    assert_true(seen.changed);
    assert_memory_equal(seen.source.address, small.nats[0].address, 4);
    assert_in_range(ran.results.nodes[0].inner_delivered, 119, 120);
    run_end(&ran);
}

/* Two tunnels behind one carrier: what the first node sends, and when, is the same with and without the second. */
static void a_neighbour_changes_no_draw(void **state)
{
    static struct sent_log logs[2];
    size_t other = 0;

    (void)state;
    for (unsigned crowd = 0; crowd < 2; crowd++) {
        struct ran ran;

        plan_begin(&small, "crowd", 300 * WRN_SECOND);
        plan_node(&small, "hub");
        plan_node(&small, "one");
        plan_tunnel(&small, 1, 0, false, 25);
        if (crowd) {
            plan_node(&small, "two");
            plan_tunnel(&small, 2, 0, false, 25);
        }
        plan_sort(&small);
        small.nodes[1].nat = small.nodes[2].nat = plan_nat(&small, "carrier", 24 * WRN_SECOND, 0);
        small.nats[0].map = SIM_NAT_ADDRESS_PORT;
        for (uint32_t i = 0; i < small.plan.peer_count; i++)
            small.peers[i].endpoint_known = small.peers[i].node != 0;
        plan_flow(&small, 1, 0, 0, 7 * WRN_SECOND, 0);
        ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &logs[crowd]);
        assert_lawful(&ran);
        run_end(&ran);
    }
    for (size_t i = 0; i < logs[0].count; i++) {
        if (logs[0].entries[i].node != 1)
            continue;
        while (logs[1].entries[other].node != 1)
            assert_true(++other < logs[1].count);
        assert_true(logs[0].entries[i].time == logs[1].entries[other].time);
        assert_int_equal(logs[0].entries[i].type, logs[1].entries[other++].type);
    }
    assert_in_range(other, 40, logs[1].count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_other_side_sees_the_box),
        cmocka_unit_test(nobody_reaches_an_inside_address),
        cmocka_unit_test(l13_a_keepalive_quicker_than_the_box_keeps_it_open),
        cmocka_unit_test(a_box_behind_a_carrier),
        cmocka_unit_test(a_reboot_of_the_box_costs_what_comes_in_until_something_goes_out),
        cmocka_unit_test(neighbours_behind_one_box_meet_inside),
        cmocka_unit_test(hairpins_turn_at_the_box),
        cmocka_unit_test(a_firewall_keeps_addresses_and_strangers_out),
        cmocka_unit_test(who_roams_behind_a_box_is_followed),
        cmocka_unit_test(a_neighbour_changes_no_draw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
