#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every checker of a liveness rule can fail: each is shown the event that it exists to find, and the harmless one beside it. */

#define S WRN_SECOND

static struct sim_seen staged_packet(wrn_time at)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_IN, 0, at);

    seen.verdict = WRN_TAKEN;
    seen.ours = true;
    seen.staged = 1;
    return seen;
}

static void l1_first_packet_late(void **state)
{
    struct sim_seen out = feed_event(SIM_SEEN_INNER_OUT, 1, 60 * WRN_MILLISECOND + 1);

    (void)state;
    feed(staged_packet(0));
    out.ours = true;
    feed(out);
    feed_broken(SIM_L1);
    assert_int_equal(feed_watch.invariants[SIM_L1].checked, 1);
}

static void l16_gave_up_for_ever(void **state)
{
    (void)state;
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, S));
    feed(staged_packet(2 * S));
    feed(feed_message(SIM_SEEN_SENT, 0, 2 * S, 1, 148));
    feed_step(0, 2 * S);
    feed_whole(SIM_L16);
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 109 * S));
    feed(staged_packet(110 * S));
    feed_step(0, 110 * S);
    feed_broken(SIM_L16);
}

static void l16_somebody_else_at_that_moment(void **state)
{
    (void)state;
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, S));
    feed(staged_packet(2 * S));
    feed_another_key(2 * S);
    feed_step(0, 2 * S);
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 109 * S));
    feed(staged_packet(110 * S));
    feed(feed_event(SIM_SEEN_FORGOT, 0, 110 * S));
    feed_step(0, 110 * S);
    feed_whole(SIM_L16);
}

static void l2_somebody_else_at_that_moment(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, 120 * S, 0, 48);
    feed_another_key(120 * S);
    feed_step(0, 120 * S);
    feed_handshake(200 * S);
    feed_data(SIM_SEEN_SENT, 0, 321 * S, 1, 48);
    feed(feed_event(SIM_SEEN_FORGOT, 0, 321 * S));
    feed_step(0, 321 * S);
    feed_whole(SIM_L2);
}

static void l2_no_rekey(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, 120 * S, 0, 48);
    feed(feed_message(SIM_SEEN_SENT, 0, 120 * S, 1, 148));
    feed_step(0, 120 * S);
    feed_whole(SIM_L2);
    feed_data(SIM_SEEN_SENT, 0, 126 * S, 1, 48);
    feed_step(0, 126 * S);
    feed_broken(SIM_L2);
}

static void l3_no_late_rekey(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 0, 165 * S - 1, 0, 48);
    feed_step(0, 165 * S - 1);
    feed_whole(SIM_L3);
    feed_data(SIM_SEEN_ARRIVED, 0, 165 * S, 1, 48);
    feed_step(0, 165 * S);
    feed_broken(SIM_L3);
}

static void l4_refused_on_a_clean_path(void **state)
{
    struct sim_seen seen;

    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 0, 48);
    feed_whole(SIM_L4);
    seen = feed_message(SIM_SEEN_ARRIVED, 1, 2 * S, 4, 48);
    feed_wire[4] = 0x0b;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_AUTH;
    feed(seen);
    feed_broken(SIM_L4);
}

static void l5_no_keepalive(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 0, 48);
    feed_data(SIM_SEEN_SENT, 1, 11 * S, 0, 32);
    feed_whole(SIM_L5);
    feed_data(SIM_SEEN_ARRIVED, 1, 20 * S, 1, 48);
    feed_data(SIM_SEEN_SENT, 1, 30 * S + 1001, 1, 32);
    feed_broken(SIM_L5);
}

static void l6_dead_peer_not_noticed(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, S, 0, 48);
    feed(feed_message(SIM_SEEN_SENT, 0, 16 * S + 100 * WRN_MILLISECOND, 1, 148));
    feed_data(SIM_SEEN_SENT, 0, 17 * S, 1, 48);
    feed_whole(SIM_L6);
    feed_data(SIM_SEEN_SENT, 0, 33 * S, 2, 48);
    feed_broken(SIM_L6);
}

static void l6_due_while_asleep(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, S, 0, 48);
    feed_watch.nodes[0].held = true;
    feed_data(SIM_SEEN_ARRIVED, 1, 20 * S, 0, 48);
    feed(feed_event(SIM_SEEN_LOST, 0, 30 * S)); /* on its way since before: nothing of the node's doing */
    feed_whole(SIM_L6);
    feed_watch.nodes[0].held = false;
    feed(feed_event(SIM_SEEN_LOST, 0, 31 * S));
    feed_broken(SIM_L6);
}

static void l17_out_of_order(void **state)
{
    static const uint8_t key[32] = {5};
    struct sim_seen seen = feed_event(SIM_SEEN_SEAL, 0, S);

    (void)state;
    seen.pair = SIM_NONE;
    seen.key = key;
    seen.ours = true;
    seen.length = 208;
    seen.inner.number = 4;
    feed(seen);
    seen.counter = 1;
    seen.inner.number = 6;
    feed(seen);
    feed_whole(SIM_L17);
    seen.counter = 2;
    seen.inner.number = 5;
    feed(seen);
    feed_broken(SIM_L17);
}

static void t1_deadline_in_the_past(void **state)
{
    struct sim_seen seen = feed_event(SIM_SEEN_STEP, 0, S);

    (void)state;
    seen.deadline = S + 1;
    feed(seen);
    feed_whole(SIM_T1);
    seen.deadline = S;
    feed(seen);
    feed_broken(SIM_T1);
    assert_string_equal(feed_watch.first.text, "the next deadline is 1.000000 s, the clock shows 1.000000 s");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, feed_begin, feed_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(l1_first_packet_late), TEST(l16_gave_up_for_ever), TEST(l16_somebody_else_at_that_moment), TEST(l2_no_rekey),
        TEST(l2_somebody_else_at_that_moment), TEST(l3_no_late_rekey),
        TEST(l4_refused_on_a_clean_path), TEST(l5_no_keepalive), TEST(l6_dead_peer_not_noticed),
        TEST(l6_due_while_asleep), TEST(l17_out_of_order),
        TEST(t1_deadline_in_the_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
