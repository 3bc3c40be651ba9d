#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The second implementation of the timers: what leaves without a reason, and what does not leave. */

#define S WRN_SECOND
#define MS WRN_MILLISECOND

static void handed_in(wrn_time at, uint8_t verdict)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_IN, 0, at);

    seen.verdict = verdict;
    feed(seen);
}

static void staged(wrn_time at)
{
    handed_in(at, WRN_TAKEN);
}

static void initiate(wrn_time at)
{
    feed(feed_message(SIM_SEEN_SENT, 0, at, 1, 148));
}

static void t2_no_retry(void **state)
{
    (void)state;
    staged(S);
    initiate(S);
    initiate(6 * S + 100 * MS);
    feed_alarms(11 * S + 434 * MS);
    feed_whole(SIM_T2);
    feed_alarms(11 * S + 435 * MS);
    feed_broken(SIM_T2);
    assert_int_equal(feed_watch.first.time, 11 * S + 434 * MS + 1);
}

static void t2_given_up_or_answered(void **state)
{
    (void)state;
    staged(S);
    initiate(S);
    feed(feed_event(SIM_SEEN_GAVE_UP, 0, 6 * S));
    feed_alarms(50 * S);
    staged(60 * S);
    initiate(60 * S);
    feed_handshake(61 * S);
    feed_alarms(100 * S);
    feed_whole(SIM_T2);
}

static void t2_asked_for_while_answering(void **state)
{
    struct sim_seen seen;

    (void)state;
    staged(S); /* held back or granted: nobody outside knows, because at that moment an answer goes out */
    seen = feed_message(SIM_SEEN_SENT, 0, S, 2, 92);
    feed_wire[4] = 0x1a;
    feed_wire[8] = 0x1b;
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    feed(seen);
    feed_alarms(50 * S);
    feed_whole(SIM_T2);
}

static void s26_initiation_without_reason(void **state)
{
    (void)state;
    staged(S);
    initiate(S);
    initiate(6 * S + 333 * MS); /* a retry */
    feed_whole(SIM_S26);
    initiate(11 * S + 332 * MS); /* 1 ms earlier than 5 s after the last one */
    feed_broken(SIM_S26);
}

static void s26_reasons(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, S, 0, 48);
    initiate(16 * S + 1); /* nothing was heard for 15 s */
    feed_handshake(17 * S);
    handed_in(137 * S, WRN_SEND);
    feed_data(SIM_SEEN_SENT, 0, 137 * S, 0, 48);
    initiate(137 * S); /* the session is 120 s old */
    feed_whole(SIM_S26);
    feed_handshake(138 * S);
    initiate(200 * S);
    feed_broken(SIM_S26);
}

static void s26_keepalives(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 0, 48);
    feed_data(SIM_SEEN_ARRIVED, 1, 2 * S, 1, 48);
    feed_data(SIM_SEEN_SENT, 1, 11 * S, 0, 32); /* and one more, because there was more data */
    feed_data(SIM_SEEN_SENT, 1, 21 * S, 1, 32);
    feed_whole(SIM_S26);
    feed_data(SIM_SEEN_SENT, 1, 31 * S, 2, 32);
    feed_broken(SIM_S26);
}

static void l13_persistent_timer_forgotten(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, 25 * S, 0, 32);
    feed_data(SIM_SEEN_ARRIVED, 0, 40 * S, 0, 32); /* starts it anew */
    feed_alarms(65 * S - 1);
    feed_data(SIM_SEEN_SENT, 0, 65 * S, 1, 32);
    feed_alarms(90 * S - 1);
    feed_whole(SIM_L13);
    feed_whole(SIM_S26);
    feed_alarms(91 * S);
    feed_broken(SIM_L13);
    assert_int_equal(feed_watch.first.time, 90 * S + 1);
}

static void s26_keepalive_taken_away_as_it_is_due(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_keepalive(0, 25 * S);
    feed_data(SIM_SEEN_SENT, 0, 25 * S, 0, 32);
    feed_alarms(100 * S);
    feed_whole(SIM_S26);
    feed_whole(SIM_L13);
    feed_data(SIM_SEEN_SENT, 0, 100 * S, 1, 32);
    feed_broken(SIM_S26);
}

/* A response at `at`, on which no session can be built before the other side has said something. */
static void answer(wrn_time at)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, at, 2, 92);

    feed_wire[4] = 0x1a;
    feed_wire[8] = 0x1b;
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    feed(seen);
}

static void s26_first_keepalive_held_back(void **state)
{
    (void)state;
    answer(7 * S);
    feed_keepalive(0, 8 * S);
    feed_keepalive(6, 9 * S); /* held back, and armed again all the same */
    feed(feed_message(SIM_SEEN_SENT, 0, 15 * S, 1, 148));
    feed_whole(SIM_S26);
}

static void l13_confirmed_as_it_is_due(void **state)
{
    struct sim_seen seen;

    (void)state;
    feed_keepalive(1, 0);
    answer(S);
    seen = feed_message(SIM_SEEN_ARRIVED, 0, 2 * S, 4, 32); /* the timer fired before, and could not call */
    feed_wire[4] = 0x1a;
    feed(seen);
    feed_alarms(2 * S + 500 * WRN_MILLISECOND);
    feed_whole(SIM_L13);
    feed_alarms(4 * S);
    feed_broken(SIM_L13);
    assert_int_equal(feed_watch.first.time, 3 * S + 1);
}

static void s26_keepalive_due_while_standing_still(void **state)
{
    struct sim_seen seen;

    (void)state;
    feed_handshake(0);
    answer(20 * S); /* of ours: the next session may send once it is confirmed */
    seen = feed_event(SIM_SEEN_RESUMED, 0, 100 * S);
    seen.pair = SIM_NONE;
    seen.gone = seen.gone_local = 75 * S;
    feed(seen);
    seen = feed_message(SIM_SEEN_ARRIVED, 0, 100 * S, 4, 32);
    feed_wire[4] = 0x1a;
    feed(seen);
    feed_data(SIM_SEEN_SENT, 0, 100 * S, 0, 32); /* the persistent timer was due at 45 s, and is now */
    feed_whole(SIM_S26);
    feed_data(SIM_SEEN_SENT, 0, 101 * S, 1, 32);
    feed_broken(SIM_S26);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, feed_begin, feed_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(t2_no_retry), TEST(t2_given_up_or_answered),
        TEST(t2_asked_for_while_answering), TEST(s26_initiation_without_reason), TEST(s26_reasons),
        TEST(s26_keepalives),
        cmocka_unit_test_setup_teardown(l13_persistent_timer_forgotten, feed_begin_kept, feed_end),
        cmocka_unit_test_setup_teardown(s26_keepalive_due_while_standing_still, feed_begin_kept, feed_end),
        cmocka_unit_test_setup_teardown(s26_keepalive_taken_away_as_it_is_due, feed_begin_kept, feed_end),
        cmocka_unit_test_setup_teardown(s26_first_keepalive_held_back, feed_begin_kept, feed_end),
        cmocka_unit_test_setup_teardown(l13_confirmed_as_it_is_due, feed_begin_kept, feed_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
