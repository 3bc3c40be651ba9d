#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct small_plan feed_plan;
static struct sim_memory memory;
struct sim_traffic feed_traffic;
struct sim_watch feed_watch;
static uint8_t keys[PLAN_NODES][32];
uint8_t feed_wire[256];

static int begin(uint32_t nat_idle_s, uint16_t keepalive_s)
{
    plan_two(&feed_plan, "checks", 1000 * WRN_SECOND);
    plan_flow(&feed_plan, 0, 1, 0, WRN_SECOND, 0);
    plan_sort(&feed_plan);
    feed_plan.peers[0].keepalive_s = keepalive_s;
    if (nat_idle_s > 0)
        feed_plan.nodes[0].nat = plan_nat(&feed_plan, "box", nat_idle_s * WRN_SECOND, 0);
    memset(keys, 7, sizeof keys);
    sim_memory_begin(&memory, &test_host);
    assert_true(sim_traffic_begin(&feed_traffic, &feed_plan.plan, &memory));
    assert_true(sim_watch_begin(&feed_watch, &feed_plan.plan, &memory, &feed_traffic, (const uint8_t(*)[32])keys));
    return 0;
}

int feed_begin(void **state)
{
    (void)state;
    return begin(0, 0);
}

int feed_begin_kept(void **state)
{
    (void)state;
    return begin(0, 25);
}

int feed_begin_boxed(void **state)
{
    (void)state;
    return begin(60, 25);
}

int feed_end(void **state)
{
    (void)state;
    sim_memory_end(&memory);
    return 0;
}

struct sim_seen feed_event(uint32_t kind, uint32_t node, wrn_time at)
{
    struct sim_seen seen = {
        .kind = kind, .node = node, .pair = node, .now = at, .local = at, .elapsed = at, .data = feed_wire, .deadline = WRN_NEVER};

    seen.remote = seen.after = seen.asked_from = feed_plan.nodes[1 - node].outer;
    seen.from_pair = 1 - node;
    return seen;
}

void feed_keepalive(uint16_t every_s, wrn_time at)
{
    struct sim_seen seen = feed_event(SIM_SEEN_SET, 0, at);

    seen.set = SIM_SET_KEEPALIVE;
    feed_watch.sides[0].keepalive_s = every_s;
    feed(seen);
}

void feed_another_key(wrn_time at)
{
    struct sim_seen seen = feed_event(SIM_SEEN_SET, 0, at);

    seen.pair = SIM_NONE;
    seen.set = SIM_SET_KEY;
    feed(seen);
}

struct sim_seen feed_message(uint32_t kind, uint32_t node, wrn_time at, uint8_t type, uint32_t length)
{
    struct sim_seen seen = feed_event(kind, node, at);

    memset(feed_wire, 0, sizeof feed_wire);
    feed_wire[0] = type;
    seen.length = length;
    seen.cause = SIM_CAUSE_OUTPUT;
    seen.verdict = kind == SIM_SEEN_ARRIVED ? WRN_TAKEN : WRN_UNSEEN;
    seen.ours = true;
    return seen;
}

void feed(struct sim_seen seen)
{
    sim_watch_see(&feed_watch, &seen);
}

void feed_alarms(wrn_time until)
{
    struct sim_seen seen;

    while (sim_watch_alarm(&feed_watch, until + 1, &seen))
        sim_watch_ring(&feed_watch, &seen);
}

void feed_lost(uint32_t node, wrn_time at, uint8_t type, uint32_t length, uint8_t why)
{
    struct sim_seen seen = feed_message(SIM_SEEN_LOST, node, at, type, length);

    seen.reason = why;
    feed(seen);
}

void feed_step(uint32_t node, wrn_time at)
{
    struct sim_seen seen = feed_event(SIM_SEEN_STEP, node, at);

    seen.pair = SIM_NONE;
    feed(seen);
}

void feed_broken(enum sim_rule rule)
{
    if (feed_watch.invariants[rule].violated == 0)
        fail_msg("%s did not fire", feed_watch.invariants[rule].id);
    assert_true(feed_watch.first.there);
    assert_true(feed_watch.first.text[0] != 0);
}

void feed_whole(enum sim_rule rule)
{
    if (feed_watch.invariants[rule].violated > 0)
        fail_msg("%s: %s", feed_watch.invariants[rule].id, feed_watch.first.text);
}

/* b (node 1) answers a's initiation at `at`: session of b with local index 0x0b, of a with 0x0a. */
void feed_handshake(wrn_time at)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 1, at, 2, 92);

    feed_wire[4] = 0x0b;
    feed_wire[8] = 0x0a;
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    feed(seen);
    seen = feed_message(SIM_SEEN_ARRIVED, 0, at, 2, 92);
    feed_wire[4] = 0x0b;
    feed_wire[8] = 0x0a;
    feed(seen);
}

void feed_data(uint32_t kind, uint32_t node, wrn_time at, uint8_t counter, uint32_t length)
{
    struct sim_seen seen = feed_message(kind, node, at, 4, length);

    feed_wire[4] = (kind == SIM_SEEN_SENT) == (node == 0) ? 0x0b : 0x0a;
    feed_wire[8] = counter;
    feed(seen);
}

