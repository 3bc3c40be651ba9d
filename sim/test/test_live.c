#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Configurations that change while their nodes run. Every world is lawful: the checkers follow what is configured. */

#define S WRN_SECOND

static struct small_plan small;
static struct sent_log sent;

static struct sim_event *set(wrn_time at, uint32_t node, uint32_t what, uint32_t peer)
{
    struct sim_event *event = plan_event(&small, SIM_DO_SET, at, node);

    event->set = what;
    event->peer = peer;
    return event;
}

static struct ran run_lawful(void)
{
    struct ran ran;

    plan_sort(&small);
    ran = run_plan(&small, SIM_QUEUE_TWO_TIER, &sent);
    assert_lawful(&ran);
    return ran;
}

static uint32_t count(uint32_t node, uint32_t type, wrn_time from, wrn_time until)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < sent.count; i++)
        sum += sent.entries[i].node == node && sent.entries[i].type == type && sent.entries[i].time >= from
               && sent.entries[i].time < until;
    return sum;
}

static uint64_t dropped(const struct ran *ran, const char *reason)
{
    for (size_t i = 0; i < ran->results.drop_count; i++)
        if (strcmp(ran->results.drops[i].name, reason) == 0)
            return ran->results.drops[i].count;
    return 0;
}

static void two(wrn_time stop, wrn_time every)
{
    plan_two(&small, "live", stop);
    plan_flow(&small, 0, 1, 0, every, 0);
}

/* G-10, P-131: the session goes on; the next handshake has the new one. */
static void a_preshared_key_on_both_sides(void **state)
{
    struct ran ran;

    (void)state;
    two(400 * S, S);
    memset(set(50 * S + S / 2, 0, SIM_SET_PSK, 1)->key, 9, 32);
    memset(set(50 * S + S / 2, 1, SIM_SET_PSK, 0)->key, 9, 32);
    ran = run_lawful();
    assert_int_equal(ran.results.nodes[1].inner_delivered, 400);
    assert_int_equal(count(0, 1, 0, 400 * S), 4); /* at 0, 120, 240 and 360 s, none because of it */
    run_end(&ran);
}

/* Until the other side has it too nothing is agreed upon: what there is lasts for 180 s. */
static void a_preshared_key_on_one_side(void **state)
{
    struct ran ran;

    (void)state;
    two(400 * S, S);
    memset(set(50 * S + S / 2, 0, SIM_SET_PSK, 1)->key, 9, 32);
    memset(set(300 * S + S / 2, 1, SIM_SET_PSK, 0)->key, 9, 32);
    *plan_expect(&small, SIM_EXPECT_UP, 0, 1) = (struct sim_expect){
        .kind = SIM_EXPECT_UP, .negated = true, .begin = 181 * S, .end = 300 * S, .count = 1};
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->begin = 300 * S;
    small.expects[1].end = 306 * S;
    ran = run_lawful();
    assert_int_equal(ran.results.unheld, 0);
    assert_true(dropped(&ran, "handshake") > 20);
    run_end(&ran);
}

/* G-45, P-128: packets flow within a second of a key change that the peers learn of. */
static void a_private_key_and_its_peers(void **state)
{
    struct ran ran;

    (void)state;
    two(200 * S, S / 4);
    small.flows[0].echo = true;
    memset(set(50 * S, 0, SIM_SET_KEY, SIM_NONE)->key, 5, 32);
    set(50 * S, 1, SIM_SET_PEER_KEY, 0);
    ran = run_lawful();
    assert_true(ran.results.nodes[1].inner_delivered >= 796);
    assert_int_equal(count(0, 1, 50 * S, 51 * S), 1);
    run_end(&ran);
}

static void a_private_key_and_nobody_knows(void **state)
{
    struct ran ran;

    (void)state;
    two(200 * S, S);
    memset(set(50 * S, 0, SIM_SET_KEY, SIM_NONE)->key, 5, 32);
    set(150 * S, 1, SIM_SET_PEER_KEY, 0);
    *plan_expect(&small, SIM_EXPECT_UP, 0, 1) = (struct sim_expect){
        .kind = SIM_EXPECT_UP, .negated = true, .begin = 51 * S, .end = 150 * S, .count = 1};
    plan_expect(&small, SIM_EXPECT_UP, 0, 1)->begin = 150 * S;
    small.expects[1].end = 156 * S;
    ran = run_lawful();
    assert_int_equal(ran.results.unheld, 0);
    assert_true(dropped(&ran, "unknown_peer") >= 19);
    run_end(&ran);
}

/* G-83: without a private key nothing leaves, not even under what was agreed before. */
static void no_private_key(void **state)
{
    struct ran ran;

    (void)state;
    two(100 * S, S);
    set(50 * S + S / 2, 0, SIM_SET_KEY, SIM_NONE);
    ran = run_lawful();
    for (uint32_t type = 1; type <= 4; type++)
        assert_int_equal(count(0, type, 50 * S + S / 2, 100 * S), 0);
    run_end(&ran);
}

/* G-64: a moved prefix is somebody's at every moment. What comes by the right is refused at the far end: the source is the left's. */
static void a_prefix_that_moves(void **state)
{
    struct ran ran;
    struct wrn_prefix far = {.address = {10, 0, 0, 4}, .family = 4, .length = 32};

    (void)state;
    plan_begin(&small, "moved", 60 * S);
    for (unsigned i = 0; i < 4; i++)
        plan_node(&small, (const char *[]){"a", "left", "right", "far"}[i]);
    plan_tunnel(&small, 0, 1, false, 0);
    plan_tunnel(&small, 0, 2, false, 0);
    plan_tunnel(&small, 3, 1, true, 0);
    plan_tunnel(&small, 3, 2, false, 0);
    plan_flow(&small, 0, 3, S, 10 * WRN_MILLISECOND, 0);
    plan_sort(&small);
    small.prefixes[small.plan.prefix_count] = far;
    for (uint32_t i = 0; i < 5; i++) {
        struct sim_event *event = set(i * 10 * S + 3 * WRN_MILLISECOND, 0, SIM_SET_ALLOW, 1 + i % 2);

        event->first_prefix = small.plan.prefix_count;
        event->prefix_count = 1;
    }
    small.plan.prefix_count++;
    ran = run_lawful();
    assert_int_equal(dropped(&ran, "no_route"), 0);
    assert_true(ran.results.nodes[1].inner_delivered > 2000 && ran.results.nodes[2].inner_delivered > 1900);
    run_end(&ran);
}

/* What waited for one peer leaves after what went to another: no order is broken (L17). */
static void a_prefix_that_moves_while_packets_wait(void **state)
{
    struct ran ran;

    (void)state;
    plan_begin(&small, "moved and back", 90 * S);
    for (unsigned i = 0; i < 3; i++)
        plan_node(&small, (const char *[]){"a", "left", "right"}[i]);
    plan_tunnel(&small, 0, 1, false, 0);
    plan_tunnel(&small, 0, 2, false, 0);
    plan_flow(&small, 0, 1, S / 2, S, 0);
    plan_sort(&small);
    small.prefixes[small.plan.prefix_count] = (struct wrn_prefix){.address = {10, 0, 0, 2}, .family = 4, .length = 32};
    for (uint32_t i = 0; i < 2; i++) {
        struct sim_event *event = set((20 + 20 * i) * S, 0, SIM_SET_ALLOW, 2 - i);

        event->first_prefix = small.plan.prefix_count;
        event->prefix_count = 1;
    }
    small.plan.prefix_count++;
    small.nodes[1].starts_down = true;
    plan_event(&small, SIM_DO_UP, 45 * S, 1);
    ran = run_lawful();
    assert_true(ran.results.nodes[1].inner_delivered > 60);
    run_end(&ran);
}

static void peers_come_and_go(void **state)
{
    struct ran ran;

    (void)state;
    two(100 * S, S);
    small.peers[0].absent = true;
    set(20 * S + S / 2, 0, SIM_SET_ADD, 1);
    set(40 * S + S / 2, 1, SIM_SET_REMOVE, 0);
    set(60 * S + S / 2, 1, SIM_SET_ADD, 0);
    set(80 * S + S / 2, 0, SIM_SET_REMOVE, 1);
    ran = run_lawful();
    assert_int_equal(count(0, 1, 0, 20 * S), 0);
    assert_int_equal(dropped(&ran, "no_route"), 21 + 20);
    assert_true(dropped(&ran, "unknown_peer") > 0);
    assert_int_equal(count(0, 4, 81 * S, 100 * S), 0);
    assert_true(ran.results.nodes[1].inner_delivered >= 38); /* 21 to 40 s, and from the retry after 60 s on */
    run_end(&ran);
}

/* P-132, S26. */
static void keepalives_begin_and_end(void **state)
{
    struct ran ran;

    (void)state;
    plan_two(&small, "keepalive", 2000 * S);
    set(10 * S, 0, SIM_SET_KEEPALIVE, 1)->value = 25;
    set(1000 * S, 0, SIM_SET_KEEPALIVE, 1);
    ran = run_lawful();
    assert_int_equal(count(0, 1, 0, 10 * S), 0);
    assert_int_equal(count(0, 1, 10 * S, 10 * S + 1), 1);
    assert_true(count(0, 4, 10 * S, 1000 * S) >= 30);
    assert_int_equal(count(0, 4, 1000 * S, 2000 * S), 0);
    run_end(&ran);
}

/* P-122: sessions live on, the other side follows. */
static void a_port_that_changes(void **state)
{
    struct ran ran;

    (void)state;
    two(100 * S, S);
    small.flows[0].echo = true;
    set(50 * S + S / 2, 0, SIM_SET_PORT, SIM_NONE)->value = 4500;
    ran = run_lawful();
    assert_int_equal(ran.results.nodes[0].inner_delivered, 100);
    assert_int_equal(count(0, 1, S, 100 * S), 0);
    run_end(&ran);
}

static void endpoints_are_forgotten_and_told(void **state)
{
    struct ran ran;
    struct sim_event *event;

    (void)state;
    two(100 * S, S);
    set(50 * S + S / 2, 0, SIM_SET_ENDPOINT, 1);
    event = set(70 * S + S / 2, 0, SIM_SET_ENDPOINT, 1);
    event->address = small.nodes[1].outer;
    ran = run_lawful();
    assert_int_equal(count(0, 4, 51 * S, 59 * S), 0); /* then b's keepalive comes, and says where it is */
    assert_true(ran.results.nodes[1].inner_delivered >= 88 && ran.results.nodes[1].inner_delivered < 93);
    run_end(&ran);
}

/* P-133: what has nothing to do with the session leaves it alone; S20 follows the mtu. */
/* What timers ask for does not leave then, and who looks from outside sees none of it (L3, L5, L16). */
static void who_has_no_endpoint_is_not_accused(void **state)
{
    struct ran ran;

    (void)state;
    two(400 * S, 100 * S); /* each gives up before the next one */
    set(5 * S, 1, SIM_SET_ENDPOINT, 0);
    set(50 * S, 0, SIM_SET_ENDPOINT, 1);
    ran = run_lawful();
    assert_int_equal(count(0, 1, 50 * S, 400 * S), 0);
    assert_int_equal(count(1, 4, 5 * S, 400 * S), 0); /* no keepalive answers the first packet */
    run_end(&ran);
}

static void who_has_no_endpoint_tells_nobody_of_its_retries(void **state)
{
    struct ran ran;

    (void)state;
    two(60 * S, 19 * S);
    plan_event(&small, SIM_DO_DOWN, 5 * S, 1);
    set(20 * S, 0, SIM_SET_ENDPOINT, 1);
    ran = run_lawful(); /* L6 */
    assert_int_equal(count(0, 4, 18 * S, 20 * S), 1);
    assert_int_equal(count(0, 1, 20 * S, 60 * S), 0);
    run_end(&ran);
}

static void sessions_are_not_disturbed(void **state)
{
    struct ran ran;
    struct sim_event *event;

    (void)state;
    two(100 * S, S);
    small.flows[0].size = 1000;
    set(20 * S + S / 2, 0, SIM_SET_MTU, SIM_NONE)->value = 1005;
    set(30 * S + S / 2, 0, SIM_SET_KEEPALIVE, 1)->value = 9;
    small.prefixes[2] = (struct wrn_prefix){.address = {10, 0, 0, 2, 77}, .family = 4, .length = 31};
    event = set(40 * S + S / 2, 0, SIM_SET_REPLACE, 1);
    event->first_prefix = small.plan.prefix_count++;
    event->prefix_count = 1;
    event = set(50 * S + S / 2, 0, SIM_SET_DISALLOW, 1);
    event->first_prefix = small.plan.prefix_count - 2; /* not that prefix: no change */
    event->prefix_count = 1;
    ran = run_lawful();
    assert_int_equal(ran.results.nodes[1].inner_delivered, 100);
    assert_int_equal(count(0, 1, S, 100 * S), 0);
    run_end(&ran);
}

/* What a node learned it has again after a crash. */
static void configuration_outlives_a_crash(void **state)
{
    struct ran ran;

    (void)state;
    two(100 * S, S);
    memset(set(20 * S, 0, SIM_SET_KEY, SIM_NONE)->key, 5, 32);
    set(20 * S, 1, SIM_SET_PEER_KEY, 0);
    memset(set(20 * S, 0, SIM_SET_PSK, 1)->key, 9, 32);
    memset(set(20 * S, 1, SIM_SET_PSK, 0)->key, 9, 32);
    plan_event(&small, SIM_DO_RESTART, 40 * S + S / 2, 0);
    plan_event(&small, SIM_DO_RESTART, 60 * S + S / 2, 1);
    ran = run_lawful();
    assert_true(ran.results.nodes[1].inner_delivered >= 80);
    run_end(&ran);
}

static void nonsense_is_refused(void **state)
{
    struct sim_message message;

    (void)state;
    two(10 * S, S);
    plan_sort(&small);
    set(S, 0, SIM_SETS, 1);
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: no such setting");
    small.events[0].set = SIM_SET_ADD;
    small.events[0].peer = 0;
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: its node never has that peer");
    small.events[0].set = SIM_SET_PORT;
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: its port, mtu or keepalive is out of range");
    small.events[0] = (struct sim_event){.kind = SIM_DO_SET, .set = SIM_SET_ALLOW, .peer = 1, .prefix_count = 9};
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: its allowed IPs do not exist");
    small.events[0].prefix_count = 2;
    small.nodes[0].limits.prefixes = 2;
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: more allowed IPs than the limits of its node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preshared_key_on_both_sides), cmocka_unit_test(a_preshared_key_on_one_side),
        cmocka_unit_test(a_private_key_and_its_peers),   cmocka_unit_test(a_private_key_and_nobody_knows),
        cmocka_unit_test(no_private_key),                cmocka_unit_test(a_prefix_that_moves),
        cmocka_unit_test(a_prefix_that_moves_while_packets_wait),
        cmocka_unit_test(peers_come_and_go),             cmocka_unit_test(keepalives_begin_and_end),
        cmocka_unit_test(a_port_that_changes),           cmocka_unit_test(endpoints_are_forgotten_and_told),
        cmocka_unit_test(who_has_no_endpoint_is_not_accused),
        cmocka_unit_test(who_has_no_endpoint_tells_nobody_of_its_retries),
        cmocka_unit_test(sessions_are_not_disturbed),    cmocka_unit_test(configuration_outlives_a_crash),
        cmocka_unit_test(nonsense_is_refused),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
