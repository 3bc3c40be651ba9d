#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Hosts with several interfaces, and interfaces whose datagrams are inner packets of others. */

#define S WRN_SECOND

static struct small_plan small;

static void inner6(uint32_t node)
{
    small.nodes[node].has_inner6 = true;
    memset(small.nodes[node].inner6, 0, 16);
    small.nodes[node].inner6[0] = 0xfd;
    small.nodes[node].inner6[15] = (uint8_t)(node + 1);
}

/* An interface of the host of `over`, at an inner address of that. */
static uint32_t nested(const char *name, uint32_t over, bool ipv6)
{
    uint32_t node = plan_node(&small, name);
    const struct sim_node *below = &small.nodes[over];

    small.nodes[node].host = below->host ? below->host : over + 1;
    small.nodes[node].over = over + 1;
    small.nodes[node].mtu = (uint16_t)(below->mtu - 80);
    small.nodes[node].outer = (struct wrn_endpoint){.port = 4500, .family = ipv6 ? 6 : 4};
    memcpy(small.nodes[node].outer.address, ipv6 ? below->inner6 : below->inner4, ipv6 ? 16 : 4);
    return node;
}

static void allow6(uint32_t peer_row, uint32_t peer)
{
    struct wrn_prefix *prefix = &small.prefixes[small.plan.prefix_count];

    prefix[0] = small.prefixes[small.peers[peer_row].first_prefix];
    prefix[1] = (struct wrn_prefix){.family = 6, .length = 128};
    memcpy(prefix[1].address, small.nodes[peer].inner6, 16);
    small.peers[peer_row].first_prefix = small.plan.prefix_count;
    small.peers[peer_row].prefix_count = 2;
    small.plan.prefix_count += 2;
}

/* Two hosts with a tunnel each inside the other, `depth` times. The innermost is the last pair of nodes. */
static void stack(unsigned depth, bool ipv6)
{
    plan_begin(&small, "nested", 300 * S);
    plan_node(&small, "a");
    plan_node(&small, "b");
    inner6(0);
    inner6(1);
    for (unsigned i = 1; i < depth; i++) {
        inner6(nested((char[]){'a', (char)('0' + i), 0}, 2 * i - 2, ipv6 != (i % 2 == 0)));
        inner6(nested((char[]){'b', (char)('0' + i), 0}, 2 * i - 1, ipv6 != (i % 2 == 0)));
    }
    for (unsigned i = 0; i < depth; i++) {
        plan_tunnel(&small, 2 * i, 2 * i + 1, false, 0);
        allow6(small.plan.peer_count - 2, 2 * i + 1);
        allow6(small.plan.peer_count - 1, 2 * i);
    }
    plan_flow(&small, 2 * depth - 2, 2 * depth - 1, 0, S, 0);
    small.flows[0].echo = true;
    plan_sort(&small);
}

static struct ran run_lawful(void)
{
    struct ran ran = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);

    assert_lawful(&ran);
    return ran;
}

/* Either family inside either, three deep: the first packet makes every handshake below it, and all arrive. */
static void tunnels_inside_tunnels(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= 4; depth++)
        for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
            struct ran ran;

            stack(depth, ipv6 == 1);
            ran = run_lawful();
            assert_int_equal(ran.results.nodes[2 * depth - 1].inner_delivered, 300);
            assert_int_equal(ran.results.nodes[2 * depth - 2].inner_delivered, 300);
            for (unsigned i = 0; i < depth; i++)
                assert_int_equal(ran.results.nodes[2 * i].handshakes, 3); /* 0, 120 and 240 s */
            assert_true(checked(&ran, "S1") >= 600 * depth);
            run_end(&ran);
        }
}

/* What a tunnel carries is as late, lost or doubled as its packets are, and never delivered wrongly. */
static void tunnels_inside_a_bad_one(void **state)
{
    struct ran ran;

    (void)state;
    stack(3, true);
    small.paths[0].up.loss = (struct sim_loss){.kind = SIM_LOSS_CHANCE, .chance = SIM_CERTAIN / 20};
    small.paths[0].up.duplicate = small.paths[0].up.reorder = SIM_CERTAIN / 10;
    small.paths[0].up.late = (struct sim_draw){SIM_UNIFORM, WRN_MILLISECOND, 3 * S};
    ran = run_lawful();
    assert_true(ran.results.nodes[5].inner_delivered > 200 && ran.results.nodes[5].inner_delivered < 300);
    run_end(&ran);
}

/* Three hosts in a row; the one in the middle has an interface for each. */
static void row(void)
{
    plan_begin(&small, "row", 60 * S);
    plan_node(&small, "left");
    plan_node(&small, "middle");
    plan_node(&small, "right");
    plan_node(&small, "middle2");
    small.nodes[3].host = 2;
    small.nodes[3].outer = small.nodes[1].outer;
    small.nodes[3].outer.port++;
    plan_tunnel(&small, 0, 1, true, 0);
    plan_tunnel(&small, 2, 3, true, 0);
    plan_flow(&small, 0, 2, 0, S, 0);
    small.flows[0].echo = true;
    plan_sort(&small);
}

static void hosts_route_between_their_tunnels(void **state)
{
    struct ran ran;

    (void)state;
    row();
    ran = run_lawful();
    assert_int_equal(ran.results.nodes[0].inner_delivered, 60);
    assert_int_equal(ran.results.nodes[3].inner_sent, 60);
    assert_int_equal(ran.results.nodes[1].inner_sent, 60);
    run_end(&ran);
}

/* A host that roams takes all its interfaces along, each with its port. */
static void hosts_move_with_all_their_interfaces(void **state)
{
    struct ran ran;
    struct sim_event *event;

    (void)state;
    row();
    plan_flow(&small, 1, 0, S / 2, S, 0);
    plan_flow(&small, 3, 2, S / 2, S, 0);
    event = plan_event(&small, SIM_DO_ROAM, 30 * S + S / 4, 1);
    event->address = (struct wrn_endpoint){.address = {192, 0, 2, 99}, .port = 51820, .family = 4};
    event->nat = SIM_NONE;
    ran = run_lawful();
    assert_true(ran.results.nodes[0].inner_delivered >= 118 && ran.results.nodes[2].inner_delivered >= 118);
    run_end(&ran);
}

/* A machine that stands still, or is gone, takes all its interfaces along: what their timers ask for is late, or never leaves, and
 * nobody is accused of it (L7, L13), nor is it chance (L10). */
static void hosts_stand_still_with_all_their_interfaces(void **state)
{
    struct ran ran;

    (void)state;
    for (unsigned gone = 0; gone < 2; gone++) {
        stack(2, false);
        for (uint32_t i = 0; i < small.plan.peer_count; i++)
            small.peers[i].keepalive_s = 3;
        plan_event(&small, gone ? SIM_DO_CRASH : SIM_DO_PAUSE, 60 * S + S / 2, 1);
        plan_event(&small, gone ? SIM_DO_RESTART : SIM_DO_RESUME, 90 * S, 1)->keep_stamp = true;
        ran = run_lawful();
        assert_int_equal(ran.results.tries.not_up[0], 0);
        assert_true(ran.results.nodes[3].inner_delivered >= 265 && ran.results.nodes[3].inner_delivered <= 300);
        run_end(&ran);
    }
}

static void nonsense_is_refused(void **state)
{
    static const char *const reasons[] = {
        "node 3: its host is no earlier node with a host of its own", "node 3: interfaces of one host share its path and clock",
        "node 3: interfaces of one host share its outer address", "node 3: what it is over is no earlier interface of its host",
        "node 3: its outer address is no inner one of what it is over", "node 3: an interface over another is of that one's host"};
    struct sim_message message;

    (void)state;
    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        row();
        small.nodes[3].host = i == 0 ? 4 : i == 5 ? 0 : 2;
        small.nodes[3].skew_ppb = i == 1;
        small.nodes[3].outer.address[0] = i == 2 ? 7 : 192;
        small.nodes[3].over = i == 3 ? 1 : i >= 4 ? 2 : 0;
        assert_false(sim_plan_check(&small.plan, &message));
        assert_string_equal(message.text, reasons[i]);
    }
    row();
    plan_event(&small, SIM_DO_ROAM, S, 3)->address = small.nodes[3].outer;
    assert_false(sim_plan_check(&small.plan, &message));
    assert_string_equal(message.text, "event 0: what happens to a path or a machine happens to the host, not to another interface");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tunnels_inside_tunnels), cmocka_unit_test(tunnels_inside_a_bad_one),
        cmocka_unit_test(hosts_route_between_their_tunnels), cmocka_unit_test(hosts_move_with_all_their_interfaces),
        cmocka_unit_test(hosts_stand_still_with_all_their_interfaces),
        cmocka_unit_test(nonsense_is_refused)};

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
