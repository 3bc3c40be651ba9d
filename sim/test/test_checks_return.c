#include "alarm.h"
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Checkers of coming back, after restarts, partitions, crossings, floods and with strange clocks: each is shown what breaks its
 * rule at the exact moment, and the harmless thing beside it. One way takes 20 ms between a and b. */

#define S WRN_SECOND
#define MS WRN_MILLISECOND
#define RETRY (5 * S + 334 * MS)

static void staged(wrn_time at)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_IN, 0, at);

    seen.verdict = WRN_TAKEN;
    seen.ours = true;
    seen.staged = 1;
    feed(seen);
}

static void reset(uint32_t node, wrn_time at, bool first)
{
    struct sim_seen seen = feed_event(SIM_SEEN_RESET, node, at);

    seen.pair = SIM_NONE;
    seen.first = first;
    feed(seen);
}

/* What is fed here breaks other rules as well: from now on the first one counts. */
static void from_now_on(void)
{
    feed_watch.first.there = false;
}

static void broken_at(enum sim_rule rule, wrn_time at)
{
    feed_broken(rule);
    assert_int_equal(feed_watch.first.invariant, rule);
    assert_int_equal(feed_watch.first.time, at);
}

/* The alarms go on to that moment, and are silent before it. */
static void broken_then(enum sim_rule rule, wrn_time at)
{
    feed_alarms(at - 1);
    feed_whole(rule);
    from_now_on();
    feed_alarms(at);
    broken_at(rule, at);
}

static void l7_restarted_peer_not_found(void **state)
{
    (void)state;
    feed_handshake(0);
    reset(1, 50 * S, true);
    feed_data(SIM_SEEN_SENT, 0, 60 * S, 0, 48);
    broken_then(SIM_L7, 75 * S + 414 * MS);
    assert_int_equal(feed_watch.invariants[SIM_L7].checked, 1);
}

static void l7_found_lost_again_or_disturbed(void **state)
{
    (void)state;
    feed_handshake(0);
    reset(1, 50 * S, true);
    feed_data(SIM_SEEN_SENT, 0, 60 * S, 0, 48);
    feed_handshake(70 * S);
    feed_data(SIM_SEEN_ARRIVED, 1, 70 * S, 0, 48);
    feed_alarms(100 * S);
    reset(1, 110 * S, true);
    feed_data(SIM_SEEN_SENT, 0, 120 * S, 1, 48);
    feed_lost(0, 130 * S, 1, 148, SIM_LOST_PARTITION); /* and then nothing can be demanded */
    feed_alarms(140 * S);
    feed_whole(SIM_L7);
    reset(1, 300 * S, true);
    staged(310 * S); /* no session to send with: at once */
    from_now_on();
    feed_alarms(310 * S + 60 * MS);
    broken_at(SIM_L7, 310 * S + 60 * MS);
}

static void l7_behind_what_an_earlier_path_left(void **state)
{
    (void)state;
    feed_handshake(0);
    reset(1, 50 * S, true);
    feed_data(SIM_SEEN_SENT, 0, 60 * S, 0, 48);
    sim_held_up(&feed_watch, 0);
    feed_alarms(100 * S);
    feed_whole(SIM_L7);
    assert_int_equal(feed_watch.invariants[SIM_L7].checked, 1);
}

static void l8_heals_and_stays_down(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    feed_lost(0, S, 1, 148, SIM_LOST_PARTITION);
    feed(feed_message(SIM_SEEN_SENT, 0, 6 * S, 1, 148));
    feed_lost(0, 6 * S, 1, 148, SIM_LOST_PARTITION);
    broken_then(SIM_L8, 6 * S + RETRY + 60 * MS);
}

static void l8_healed(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    feed_lost(1, S, 2, 92, SIM_LOST_PARTITION); /* the answer to it */
    feed_handshake(6 * S);
    feed_data(SIM_SEEN_ARRIVED, 1, 6 * S, 0, 48);
    feed_alarms(100 * S);
    feed_whole(SIM_L8);
    assert_int_equal(feed_watch.invariants[SIM_L8].checked, 1);
}

static void l8_lost_after_giving_up(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 7 * S));
    feed_lost(1, 8 * S, 2, 92, SIM_LOST_PARTITION); /* an answer that comes late: no attempt follows */
    feed_alarms(100 * S);
    feed_whole(SIM_L8);
    assert_int_equal(feed_watch.invariants[SIM_L8].checked, 0);
}

static void l9_next_packet_starts_nothing(void **state)
{
    (void)state;
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S));
    staged(200 * S);
    broken_then(SIM_L9, 200 * S + 60 * MS);
}

static void l9_keepalive_starts_nothing(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, 102 * S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S));
    broken_then(SIM_L9, 132 * S + 60 * MS);
}

static void l9_keepalive_under_a_session(void **state)
{
    (void)state;
    feed_handshake(S);
    feed(feed_message(SIM_SEEN_SENT, 0, 102 * S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S)); /* the keepalive goes out, and nobody hears it */
    feed_alarms(170 * S);
    feed_whole(SIM_L9);
    assert_int_equal(feed_watch.invariants[SIM_L9].checked, 0);
}

static void l9_keepalive_of_another_interval(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, 102 * S, 1, 148));
    feed_keepalive(5, 104 * S); /* the timer runs on: it was armed with 25 s */
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S));
    broken_then(SIM_L9, 132 * S + 60 * MS);
}

static void l9_keepalive_taken_away(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, 102 * S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S));
    feed_keepalive(0, 110 * S);
    feed(feed_message(SIM_SEEN_SENT, 0, 202 * S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 207 * S));
    feed_alarms(400 * S);
    feed_whole(SIM_L9);
    assert_int_equal(feed_watch.invariants[SIM_L9].checked, 1);
}

static void answered(wrn_time at)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, at, 2, 92);

    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    feed(seen);
}

/* What asks for an initiation and what is answered at one moment: who is answered may have called again since. */
static void an_answer_holds_the_call_back(void **state)
{
    (void)state;
    reset(1, 50 * S, true);
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 107 * S));
    staged(200 * S);
    answered(200 * S);
    feed_alarms(300 * S);
    feed_whole(SIM_L7);
    feed_whole(SIM_L9);
    staged(310 * S);
    from_now_on();
    feed_alarms(310 * S + 60 * MS);
    broken_at(SIM_L7, 310 * S + 60 * MS);
}

/* b's initiation, of before it restarted, stops the timer that would have found it. */
static void l7_a_voice_from_a_former_life(void **state)
{
    struct sim_seen seen;

    (void)state;
    feed_handshake(0);
    feed(feed_message(SIM_SEEN_SENT, 1, 59 * S, 1, 148));
    reset(1, 59 * S, true);
    feed_data(SIM_SEEN_SENT, 0, 59 * S + 10 * MS, 0, 48);
    seen = feed_message(SIM_SEEN_ARRIVED, 0, 59 * S + 20 * MS, 1, 148);
    seen.ours = true;
    seen.verdict = WRN_SEND;
    seen.answer_length = 92;
    feed(seen);
    answered(59 * S + 20 * MS);
    feed_alarms(100 * S);
    feed_whole(SIM_L7);
    assert_int_equal(feed_watch.invariants[SIM_L7].checked, 1);
    feed_data(SIM_SEEN_SENT, 0, 110 * S, 1, 48); /* it is found by what is said next */
    from_now_on();
    feed_alarms(125 * S + 414 * MS);
    broken_at(SIM_L7, 125 * S + 414 * MS);
}

/* a answers b's initiation while its own is unanswered. b's may be of before it restarted: then b waits for nothing. */
static void cross(wrn_time at, bool stale)
{
    struct sim_seen seen;

    if (!stale)
        feed(feed_message(SIM_SEEN_SENT, 1, at - 10 * MS, 1, 148));
    feed(feed_message(SIM_SEEN_SENT, 0, at - 10 * MS, 1, 148));
    seen = feed_message(SIM_SEEN_SENT, 0, at, 2, 92);
    feed_wire[4] = 0x1a;
    feed_wire[8] = 0x1b;
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    feed(seen);
}

static void l11_answered_long_after(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 1, S, 1, 148));
    cross(5 * S, true); /* the other side answered long ago, and yields no longer when this one tries again */
    feed_alarms(100 * S);
    feed_whole(SIM_L11);
    assert_int_equal(feed_watch.invariants[SIM_L11].checked, 0);
}

static void l11_never_converges(void **state)
{
    (void)state;
    cross(S, false);
    broken_then(SIM_L11, S + 2 * RETRY + 40 * MS);
}

static void l11_a_stale_initiation_crosses_nothing(void **state)
{
    (void)state;
    cross(S, true);
    feed_alarms(100 * S);
    feed_whole(SIM_L11);
    assert_int_equal(feed_watch.invariants[SIM_L11].checked, 0);
}

static void l11_an_erased_initiation_crosses_nothing(void **state)
{
    (void)state;
    feed_handshake(0);
    feed(feed_message(SIM_SEEN_SENT, 1, 539 * S, 1, 148));
    feed(feed_event(SIM_SEEN_STEP, 1, 540 * S)); /* with the keys of 540 s ago */
    cross(541 * S, true);
    feed_alarms(600 * S);
    feed_whole(SIM_L11);
    assert_int_equal(feed_watch.invariants[SIM_L11].checked, 0);
}

static void l11_only_a_new_session_counts(void **state)
{
    (void)state;
    feed_handshake(S);
    cross(2 * S, false);
    feed_handshake(7 * S);
    feed_data(SIM_SEEN_ARRIVED, 1, 7 * S, 0, 48);
    feed_alarms(50 * S);
    feed_whole(SIM_L11);
    cross(60 * S, false);
    feed_data(SIM_SEEN_ARRIVED, 1, 61 * S, 1, 48); /* under the session of before */
    feed_alarms(60 * S + 2 * RETRY + 40 * MS - 1);
    from_now_on();
    feed_alarms(60 * S + 2 * RETRY + 40 * MS);
    broken_at(SIM_L11, 60 * S + 2 * RETRY + 40 * MS);
}

static void refused_by_the_box(wrn_time at)
{
    feed_lost(1, at, 4, 48, SIM_LOST_NAT_MAPPING);
}

static void l13_binding_lost(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 4, 32));
    feed(feed_message(SIM_SEEN_SENT, 0, 26 * S, 4, 32));
    refused_by_the_box(50 * S); /* too early: the first packet may not have come through */
    feed_whole(SIM_L13);
    for (unsigned i = 3; i < 12; i++)
        feed(feed_message(SIM_SEEN_SENT, 0, i * 25 * S, 4, 32));
    from_now_on();
    refused_by_the_box(290 * S);
    broken_at(SIM_L13, 290 * S);
}

/* A mapping that the keepalives of old would have kept. */
static void kept_until(wrn_time end)
{
    for (wrn_time at = S; at < end; at += 25 * S)
        feed(feed_message(SIM_SEEN_SENT, 0, at, 4, 32));
}

static void l13_keepalive_taken_away(void **state)
{
    (void)state;
    kept_until(280 * S);
    feed_keepalive(0, 280 * S);
    refused_by_the_box(400 * S);
    feed_whole(SIM_L13);
}

static void l13_behind_another_box(void **state)
{
    (void)state;
    feed_watch.nodes[0].nat = 0;
    kept_until(280 * S);
    refused_by_the_box(290 * S);
    feed_whole(SIM_L13);
}

static void cookie(uint32_t node, wrn_time at)
{
    feed(feed_message(SIM_SEEN_ARRIVED, node, at, 3, 64));
}

static void l14_a_cookie_does_not_help(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    cookie(0, S);
    feed(feed_message(SIM_SEEN_SENT, 0, 6 * S, 1, 148));
    cookie(0, 6 * S);
    broken_then(SIM_L14, S + 2 * RETRY + 40 * MS);
}

static void l14_a_cookie_helps(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    cookie(0, S);
    feed_handshake(7 * S);
    feed_alarms(100 * S);
    feed_whole(SIM_L14);
    assert_int_equal(feed_watch.invariants[SIM_L14].checked, 1);
}

static void l14_a_cookie_after_giving_up(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 6 * S));
    cookie(0, 7 * S);
    feed_alarms(100 * S);
    feed_whole(SIM_L14);
    feed(feed_message(SIM_SEEN_SENT, 0, 100 * S, 1, 148));
    cookie(0, 100 * S);
    broken_then(SIM_L14, 100 * S + 2 * RETRY + 40 * MS);
}

static void initiate(wrn_time at, uint8_t index, wrn_time wall)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, at, 1, 148);

    feed_wire[4] = index;
    seen.has_wall = true;
    seen.wall = wall;
    feed(seen);
}

static void meet(wrn_time at, uint8_t index, bool accepted)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, at, 1, 148);

    feed_wire[4] = feed_wire[40] = index;
    seen.verdict = accepted ? WRN_SEND : WRN_DROP;
    seen.reason = accepted ? 0 : WRN_REASON_STAMP;
    seen.answer_length = accepted ? 92 : 0;
    seen.pair = accepted ? 1 : SIM_NONE;
    feed(seen);
}

static void restart(bool keep)
{
    struct sim_event *event = plan_event(&feed_plan, SIM_DO_RESTART, 0, 0);
    struct sim_seen seen = feed_event(SIM_SEEN_TIMELINE, 0, feed_watch.now);

    event->keep_stamp = keep;
    seen.pair = SIM_NONE;
    seen.event = feed_plan.plan.event_count - 1;
    feed(seen);
}

static void l15_refused_until_the_clock_has_passed(void **state)
{
    (void)state;
    initiate(S, 1, 1000 * S);
    meet(S, 1, true);
    restart(false);
    initiate(10 * S, 2, 900 * S);
    meet(10 * S, 2, false); /* a hundred seconds too early */
    initiate(110 * S, 3, 1000 * S);
    meet(110 * S, 3, false); /* the same slot */
    feed_whole(SIM_L15);
    assert_int_equal(feed_watch.invariants[SIM_L15].checked, 3);
    initiate(111 * S, 4, 1000 * S + (UINT64_C(1) << 24));
    from_now_on();
    meet(111 * S, 4, false); /* one slot later */
    broken_at(SIM_L15, 111 * S);
}

static void l15_stored_or_forward(void **state)
{
    (void)state;
    initiate(S, 1, 1000 * S);
    meet(S, 1, true);
    restart(true);
    initiate(10 * S, 2, 900 * S);
    meet(10 * S, 2, true); /* it counted on from what was stored */
    initiate(20 * S, 3, 90000 * S);
    meet(20 * S, 3, true);
    feed_whole(SIM_L15);
    feed_whole(SIM_S17);
    initiate(30 * S, 4, 800 * S);
    from_now_on();
    meet(30 * S, 4, false); /* it says one more than before, whatever its clock says */
    broken_at(SIM_L15, 30 * S);
}

static void s17_an_older_stamp_accepted(void **state)
{
    (void)state;
    initiate(S, 1, 1000 * S);
    meet(S, 1, true);
    restart(false);
    initiate(10 * S, 2, 900 * S);
    from_now_on();
    meet(10 * S, 2, true);
    broken_at(SIM_S17, 10 * S);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, feed_begin, feed_end)
#define KEPT(name) cmocka_unit_test_setup_teardown(name, feed_begin_kept, feed_end)
#define BOXED(name) cmocka_unit_test_setup_teardown(name, feed_begin_boxed, feed_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(l7_restarted_peer_not_found), TEST(l7_found_lost_again_or_disturbed),
        TEST(l7_behind_what_an_earlier_path_left), TEST(l8_heals_and_stays_down), TEST(l8_healed), TEST(l8_lost_after_giving_up),
        TEST(l7_a_voice_from_a_former_life), TEST(an_answer_holds_the_call_back), TEST(l9_next_packet_starts_nothing),
        KEPT(l9_keepalive_starts_nothing), KEPT(l9_keepalive_of_another_interval), KEPT(l9_keepalive_taken_away),
        KEPT(l9_keepalive_under_a_session),
        TEST(l11_never_converges),
        TEST(l11_answered_long_after), TEST(l11_a_stale_initiation_crosses_nothing), TEST(l11_an_erased_initiation_crosses_nothing),
        TEST(l11_only_a_new_session_counts), BOXED(l13_binding_lost), BOXED(l13_keepalive_taken_away), BOXED(l13_behind_another_box),
        TEST(l14_a_cookie_does_not_help), TEST(l14_a_cookie_helps), TEST(l14_a_cookie_after_giving_up),
        TEST(l15_refused_until_the_clock_has_passed), TEST(l15_stored_or_forward), TEST(s17_an_older_stamp_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
