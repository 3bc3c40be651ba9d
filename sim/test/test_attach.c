#include "outside.h"
#include "worlds.h"

#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Worlds with an outside: what is injected at one attached node comes out at the other, or is answered, and all of it repeats. */

#define S WRN_SECOND
#define MS WRN_MILLISECOND
#define PACKETS 512u

struct arrived {
    wrn_time time;
    uint32_t node, length;
    uint8_t  bytes[1500];
};

static struct small_plan small;
static struct sim_world *world;
static struct arrived arrived[PACKETS];
static uint32_t count;

static void deliver(void *context, uint32_t node, const uint8_t *packet, uint32_t length)
{
    struct sim_progress now;

    (void)context;
    assert_true(count < PACKETS && length <= sizeof arrived->bytes);
    sim_world_progress(world, &now);
    arrived[count].time = now.now;
    arrived[count].node = node;
    arrived[count].length = length;
    memcpy(arrived[count++].bytes, packet, length);
}

static void begin(void)
{
    const struct sim_options options = {.crypto = &wrn_crypto_sodium, .deliver = deliver};
    struct sim_message message;

    count = 0;
    world = sim_world_create(&small.plan, &options, &test_host, &message);
    if (!world)
        fail_msg("%s", message.text);
}

/* Runs to the end: everything must hold. */
static struct sim_results end(void)
{
    struct ran ran = {.world = world};

    ran.state = sim_world_run(world, WRN_NEVER);
    sim_world_results(world, &ran.results);
    assert_lawful(&ran);
    return ran.results;
}

/* An echo request (or another type) between inner addresses 10.0.0.from and 10.0.0.to, with `fill` behind its header. */
static uint32_t ping4(uint8_t *out, uint8_t from, uint8_t to, uint8_t type, uint8_t ttl, uint32_t length, uint8_t fill)
{
    memset(out, fill, length);
    memcpy(out, (const uint8_t[28]){0x45, 0, 0, 0, 0, 0, 0x40, 0, ttl, 1, 0, 0, 10, 0, 0, from, 10, 0, 0, to, type}, 28);
    sim_ip_store16(out + 2, length);
    sim_ip_checksum(out + 10, sim_ip_sum(0, out, 20));
    sim_ip_checksum(out + 22, sim_ip_sum(0, out + 20, length - 20));
    return length;
}

static bool sums_hold(const uint8_t *packet, uint32_t length)
{
    uint8_t head[2], message[2];

    sim_ip_checksum(head, sim_ip_sum(0, packet, 20));
    sim_ip_checksum(message, sim_ip_sum(0, packet + 20, length - 20));
    return (head[0] | head[1] | message[0] | message[1]) == 0;
}

static void what_enters_at_one_leaves_at_the_other(void **state)
{
    uint8_t packet[1400];
    struct sim_results results;

    (void)state;
    plan_two(&small, "attached", 60 * S);
    begin();
    assert_true(sim_world_attach(world, 0) && sim_world_attach(world, 1));
    assert_int_equal(sim_world_inject(world, 0, S, packet, ping4(packet, 1, 2, 8, 64, sizeof packet, 7)), SIM_PAUSED);
    assert_int_equal(sim_world_next(world), S);
    assert_int_equal(sim_world_run(world, 2 * S), SIM_PAUSED);
    assert_int_equal(count, 1);
    assert_int_equal(arrived[0].node, 1);
    assert_int_equal(arrived[0].time, S + 60 * MS); /* initiation, response, and then it: 20 ms each */
    assert_int_equal(arrived[0].length, sizeof packet);
    assert_memory_equal(arrived[0].bytes, packet, sizeof packet);
    for (int i = 0; i < 2; i++) /* the same bytes twice are two packets */
        sim_world_inject(world, 1, 3 * S, packet, ping4(packet, 2, 1, 0, 64, sizeof packet, 7));
    sim_world_inject(world, 1, 3 * S, packet, ping4(packet, 2, 9, 0, 64, sizeof packet, 7)); /* for nobody */
    sim_world_inject(world, 1, 3 * S, packet, 3);                                            /* and no packet at all */
    results = end();
    assert_int_equal(count, 4);
    assert_int_equal(arrived[1].node, 1); /* told at once: unreachable, with what was sent */
    assert_int_equal(arrived[1].time, 3 * S);
    assert_int_equal(arrived[1].bytes[20], 3);
    assert_int_equal(arrived[1].bytes[28 + 19], 9);
    assert_true(sums_hold(arrived[1].bytes, arrived[1].length));
    assert_int_equal(arrived[3].node, 0);
    assert_int_equal(arrived[3].time, 3 * S + 20 * MS);
    assert_int_equal(results.invariants[0].checked, 3);
    assert_int_equal(sim_world_next(world), WRN_NEVER);
    sim_world_end(world);
}

static void a_node_that_is_not_attached_answers_pings(void **state)
{
    uint8_t packet[84];

    (void)state;
    plan_two(&small, "answered", 10 * S);
    begin();
    assert_true(sim_world_attach(world, 0));
    sim_world_inject(world, 0, S, packet, ping4(packet, 1, 2, 8, 64, sizeof packet, 9));
    sim_world_inject(world, 0, 2 * S, packet, ping4(packet, 1, 2, 3, 64, sizeof packet, 9)); /* asks nothing */
    end();
    assert_int_equal(count, 1);
    assert_int_equal(arrived[0].time, S + 80 * MS);
    assert_true(sums_hold(arrived[0].bytes, sizeof packet));
    ping4(packet, 2, 1, 0, 64, sizeof packet, 9);
    packet[10] = arrived[0].bytes[10]; /* the sums hold, see above */
    packet[11] = arrived[0].bytes[11];
    assert_memory_equal(arrived[0].bytes, packet, sizeof packet);
    sim_world_end(world);
}

static void an_answer_of_ipv6(void **state)
{
    uint8_t packet[56] = {0x60, 0, 0, 0, 0, 16, 58, 9, [8] = 0xfd, [23] = 1, [24] = 0xfd, [39] = 2, [40] = 128};

    (void)state;
    sim_ip_checksum(packet + 42, sim_ip_sum(58 + 16, packet + 8, 48));
    assert_false(sim_outside_answer(packet, 55));
    assert_true(sim_outside_answer(packet, 56));
    assert_int_equal(packet[40], 129);
    assert_int_equal(packet[23], 2);
    assert_int_equal(packet[39], 1);
    packet[6] = packet[7] = 0;
    assert_int_equal(sim_ip_sum(58 + 16, packet + 8, 48) % 0xffff, 0);
    assert_false(sim_outside_answer(packet, 56));
}

static void nodes_between_forward(void **state)
{
    uint8_t packet[100];

    (void)state;
    plan_begin(&small, "forwarded", 10 * S);
    for (unsigned i = 0; i < 3; i++)
        plan_node(&small, (const char *[]){"hub", "one", "two"}[i]);
    plan_tunnel(&small, 1, 0, true, 0);
    plan_tunnel(&small, 2, 0, true, 0);
    plan_sort(&small);
    plan_flow(&small, 1, 2, 0, S, 5); /* and the scenario's own traffic, which stays inside */
    begin();
    assert_true(sim_world_attach(world, 1) && sim_world_attach(world, 2));
    sim_world_inject(world, 1, 5 * S, packet, ping4(packet, 2, 3, 8, 64, sizeof packet, 9));
    sim_world_inject(world, 1, 5 * S, packet, ping4(packet, 2, 3, 8, 1, sizeof packet, 9)); /* dies at the hub */
    assert_int_equal(end().flows[0].delivered, 5);
    assert_int_equal(count, 1);
    assert_int_equal(arrived[0].node, 2);
    assert_int_equal(arrived[0].bytes[8], 63);
    assert_true(sums_hold(arrived[0].bytes, sizeof packet));
    sim_world_end(world);
}

/* A hundred packets at drawn times between lossy nodes; run in steps of `step` between them. */
static void drawn(wrn_time step, uint8_t fill, uint8_t hash[32])
{
    struct sim_stream stream;
    uint8_t packet[1400];
    wrn_time at = 0, ran = 0;
    struct sim_results results;

    sim_stream_init(&stream, 3, "injections", "");
    plan_hub(&small, 3, 200 * S);
    begin();
    assert_true(sim_world_attach(world, 1) && sim_world_attach(world, 2));
    for (unsigned i = 0; i < 100; i++) {
        uint8_t from = (uint8_t)sim_below(&stream, 1, 3);

        at += sim_below(&stream, 0, 2 * S);
        at -= i % 3 ? 0 : at % S; /* some of them at the moment of others */
        at = at < ran ? ran : at;
        for (; step != 0 && ran + step < at; ran += step)
            assert_int_equal(sim_world_run(world, ran + step), SIM_PAUSED);
        ran = at;
        ping4(packet, (uint8_t)(from + 1), (uint8_t)(4 - from), 8, 64, 60 + (uint32_t)sim_below(&stream, 0, 1000), fill);
        assert_int_equal(sim_world_inject(world, from, at, packet, (uint32_t)(packet[2] << 8 | packet[3])), SIM_PAUSED);
    }
    results = end();
    assert_in_range(count, 50, 120);
    memcpy(hash, results.trace_hash, 32);
    sim_world_end(world);
}

static void the_same_injections_give_the_same_hash(void **state)
{
    uint8_t one[32], two[32];

    (void)state;
    drawn(0, 1, one);
    drawn(37 * MS, 1, two);
    assert_memory_equal(one, two, 32);
    drawn(0, 2, two);
    assert_memory_not_equal(one, two, 32);
}

static void only_peers_can_be_attached(void **state)
{
    (void)state;
    plan_two(&small, "refused", S);
    small.nodes[plan_node(&small, "mallory")].role = SIM_ROLE_ATTACKER;
    begin();
    assert_false(sim_world_attach(world, 2));
    assert_false(sim_world_attach(world, 3));
    sim_world_end(world);
}

static void what_sleeps_takes_nothing(void **state)
{
    uint8_t packet[100];

    (void)state;
    plan_two(&small, "asleep", 10 * S);
    plan_event(&small, SIM_DO_SUSPEND, S, 0);
    plan_event(&small, SIM_DO_RESUME, 3 * S, 0);
    plan_event(&small, SIM_DO_CRASH, 5 * S, 0);
    begin();
    assert_true(sim_world_attach(world, 0) && sim_world_attach(world, 1));
    sim_world_inject(world, 0, 2 * S, packet, ping4(packet, 1, 2, 8, 64, sizeof packet, 1));
    sim_world_inject(world, 0, 4 * S, packet, ping4(packet, 1, 2, 8, 64, sizeof packet, 2));
    sim_world_inject(world, 0, 6 * S, packet, ping4(packet, 1, 2, 8, 64, sizeof packet, 3));
    end();
    assert_int_equal(count, 1);
    assert_int_equal(arrived[0].bytes[40], 2);
    sim_world_end(world);
}

/* Packets are remembered for as long as they may still come out, and no longer. */
static void memory_ends(void **state)
{
    struct sim_memory memory;
    struct sim_outside outside = {0};
    struct sim_traffic traffic = {.memory = &memory, .outside = &outside};
    uint8_t packet[60];
    size_t taken = 0;

    (void)state;
    sim_memory_begin(&memory, &test_host);
    for (uint32_t i = 0; i < 100000; i++) {
        ping4(packet, 1, 2, 8, 64, sizeof packet, 0);
        memcpy(packet + 30, &i, sizeof i);
        sim_outside_handed(&traffic, i * S, 0, packet, sizeof packet);
        assert_int_equal(sim_outside_find(&traffic, 0, packet, sizeof packet)->handed, 1);
        assert_null(sim_outside_find(&traffic, 1, packet, sizeof packet)); /* by somebody else */
        if (i >= 299) {
            memcpy(packet + 30, &(uint32_t){i - 299}, sizeof i);
            assert_non_null(sim_outside_find(&traffic, 0, packet, sizeof packet));
        }
        if (i == 2000)
            taken = memory.total;
    }
    assert_int_equal(memory.total, taken);
    sim_memory_end(&memory);
}

/* Handed in anew when it is old: both counts go on, and it is remembered anew. */
static void memory_of_a_packet_that_comes_again(void **state)
{
    struct sim_memory memory;
    struct sim_outside outside = {0};
    struct sim_traffic traffic = {.memory = &memory, .outside = &outside};
    uint8_t packet[60], other[60];
    const uint32_t length = ping4(packet, 1, 2, 8, 64, sizeof packet, 0);

    (void)state;
    sim_memory_begin(&memory, &test_host);
    ping4(other, 1, 2, 8, 64, sizeof other, 1);
    for (uint32_t i = 0; i < 4; i++) {
        sim_outside_handed(&traffic, (1 + i) * SIM_OUTSIDE_KEPT, 0, packet, length);
        assert_int_equal(sim_outside_find(&traffic, 0, packet, length)->handed, i + 1);
    }
    packet[1] |= 3; /* congestion experienced on the way is no other packet */
    assert_non_null(sim_outside_find(&traffic, 0, packet, length));
    for (uint32_t i = 5; i < 8; i++)
        sim_outside_handed(&traffic, i * SIM_OUTSIDE_KEPT, 0, other, length);
    assert_null(sim_outside_find(&traffic, 0, packet, length));
    sim_memory_end(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_enters_at_one_leaves_at_the_other),
        cmocka_unit_test(a_node_that_is_not_attached_answers_pings),
        cmocka_unit_test(an_answer_of_ipv6),
        cmocka_unit_test(nodes_between_forward),
        cmocka_unit_test(the_same_injections_give_the_same_hash),
        cmocka_unit_test(only_peers_can_be_attached),
        cmocka_unit_test(what_sleeps_takes_nothing),
        cmocka_unit_test(memory_ends),
        cmocka_unit_test(memory_of_a_packet_that_comes_again),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
