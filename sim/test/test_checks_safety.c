#include "feed.h"
#include "outside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every checker of a safety rule can fail: each is shown the event that it exists to find, and the harmless one beside it. */

#define S WRN_SECOND

static void inner_out(uint64_t number)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_OUT, 1, S);

    seen.ours = true;
    seen.inner = (struct sim_inner){.flow = 0, .number = number, .size = 200};
    sim_inner_build(&feed_traffic, &seen.inner, feed_wire);
    seen.length = 200;
    feed(seen);
}

static void s1_invented_packet(void **state)
{
    struct sim_record *record;

    (void)state;
    record = sim_record_make(&feed_traffic, &(struct sim_inner){.flow = 0, .number = 3, .size = 200});
    assert_non_null(record);
    record->handed = 1;
    inner_out(3);
    feed_whole(SIM_S1);
    inner_out(2);
    feed_broken(SIM_S1);
}

static void s1_changed_packet(void **state)
{
    struct sim_seen seen;

    (void)state;
    sim_record_make(&feed_traffic, &(struct sim_inner){.flow = 0, .number = 0, .size = 200})->handed = 1;
    seen = feed_event(SIM_SEEN_INNER_OUT, 1, S);
    seen.ours = true;
    seen.inner.size = 200;
    sim_inner_build(&feed_traffic, &seen.inner, feed_wire);
    seen.length = 200;
    feed_wire[199] ^= 1;
    feed(seen);
    feed_broken(SIM_S1);
}

static void s2_delivered_twice(void **state)
{
    struct sim_record *record;

    (void)state;
    record = sim_record_make(&feed_traffic, &(struct sim_inner){.flow = 0, .number = 0, .size = 200});
    record->handed = 1;
    inner_out(0);
    feed_whole(SIM_S2);
    record->delivered = 1;
    inner_out(0);
    feed_broken(SIM_S2);
}

/* A packet from outside the world: as often as that peer handed it in, byte for byte. */
static void outside_out(uint8_t last)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_OUT, 1, S);

    seen.pair = 1;
    memset(feed_wire, 0, 60);
    feed_wire[0] = 0x45;
    feed_wire[3] = 60;
    feed_wire[59] = last;
    seen.data = feed_wire;
    seen.length = 60;
    feed(seen);
}

static void s1_s2_of_packets_from_outside(void **state)
{
    struct sim_outside outside = {0};
    uint8_t packet[60] = {0x45, 0, 0, 60};

    (void)state;
    feed_traffic.outside = &outside;
    sim_outside_handed(&feed_traffic, S, 0, packet, sizeof packet);
    outside_out(0);
    feed_whole(SIM_S1);
    feed_whole(SIM_S2);
    sim_outside_find(&feed_traffic, 0, packet, sizeof packet)->delivered = 1;
    outside_out(0);
    feed_broken(SIM_S2);
    feed_whole(SIM_S1);
    outside_out(1);
    feed_broken(SIM_S1);
}

static void s2_s3_counters(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 9, 32);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 5, 32);
    feed_whole(SIM_S2);
    feed_whole(SIM_S3);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 5, 32);
    feed_broken(SIM_S2);
}

static void s3_both_sides(void **state)
{
    struct sim_seen seen;

    (void)state;
    feed_handshake(0);
    seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 4, 32); /* fresh, yet refused */
    feed_wire[4] = 0x0b;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_REPLAY;
    feed(seen);
    feed_broken(SIM_S3);
    feed_watch.invariants[SIM_S3].violated = 0;
    seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 4, 32);
    feed_wire[4] = 0x0b;
    feed_wire[10] = 1; /* 65536 */
    feed(seen);
    feed_whole(SIM_S3);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 3, 32); /* far behind, yet accepted */
    feed_broken(SIM_S3);
}

static void seal(uint64_t counter, size_t aad_length, uint32_t length)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct sim_seen seen = feed_event(SIM_SEEN_SEAL, 0, S);

    seen.pair = SIM_NONE;
    seen.key = key;
    seen.counter = counter;
    seen.aad_length = aad_length;
    seen.length = length;
    feed(seen);
}

static void s4_nonce_used_twice(void **state)
{
    (void)state;
    seal(0, 0, 16);
    seal(1, 0, 16);
    feed_whole(SIM_S4);
    seal(1, 0, 16);
    feed_broken(SIM_S4);
}

static void s4_counter_skipped(void **state)
{
    (void)state;
    seal(1, 0, 16);
    feed_broken(SIM_S4);
    seal(UINT64_MAX - 100, 0, 16);
    feed_broken(SIM_S7);
}

static void s5_plaintext_on_the_wire(void **state)
{
    struct sim_seen seen = feed_message(SIM_SEEN_SENT, 0, S, 4, 240);

    (void)state;
    feed(seen);
    feed_whole(SIM_S5);
    memcpy(feed_wire + 77, feed_traffic.mark, sizeof feed_traffic.mark);
    feed(seen);
    feed_broken(SIM_S5);
    feed_watch.invariants[SIM_S5].violated = 0;
    seen = feed_message(SIM_SEEN_SENT, 0, S, 1, 148);
    memset(feed_wire + 40, 7, 32); /* the public key of this test */
    feed(seen);
    feed_broken(SIM_S5);
}

static void s6_old_key(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, 180 * S - 1, 0, 32);
    feed_whole(SIM_S6);
    feed_data(SIM_SEEN_SENT, 0, 180 * S, 1, 32);
    feed_broken(SIM_S6);
    feed_watch.invariants[SIM_S6].violated = 0;
    feed_data(SIM_SEEN_ARRIVED, 1, 180 * S, 1, 32);
    feed_broken(SIM_S6);
}

static void s6_unknown_session(void **state)
{
    (void)state;
    feed_data(SIM_SEEN_SENT, 0, S, 0, 32);
    feed_broken(SIM_S6);
}

static void s10_unconfirmed(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_SENT, 0, S, 0, 32);
    feed_whole(SIM_S10);
    feed_data(SIM_SEEN_SENT, 1, S, 0, 32);
    feed_broken(SIM_S10);
}

static void s11_l12_endpoint(void **state)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 4, 32);

    (void)state;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_AUTH;
    feed(seen);
    feed_whole(SIM_S11);
    seen.remote.port = seen.after.port = 666; /* moved by what did not authenticate */
    feed(seen);
    feed_broken(SIM_S11);
    feed_watch.invariants[SIM_S11].violated = 0;
    feed_handshake(S);
    seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 4, 32);
    feed_wire[4] = 0x0b;
    seen.remote.port = 777; /* authentic, and the engine did not follow */
    feed(seen);
    feed_broken(SIM_L12);
    seen = feed_message(SIM_SEEN_SENT, 0, S, 4, 32);
    feed_wire[4] = 0x0b;
    seen.remote.port = 888;
    feed_watch.invariants[SIM_S11].violated = 0;
    feed(seen);
    feed_broken(SIM_S11);
}

static void s12_wrong_peer(void **state)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_OUT, 1, S);

    (void)state;
    seen.inner.size = 200;
    sim_inner_build(&feed_traffic, &seen.inner, feed_wire);
    seen.length = 200;
    feed_wire[15] = 77; /* 10.0.0.77 belongs to nobody */
    feed(seen);
    feed_broken(SIM_S12);
}

static void s13_s14_strangers(void **state)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.pair = SIM_NONE;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_MAC1;
    feed(seen);
    feed_whole(SIM_S13);
    seen.judged = seen.changed = true;
    feed(seen);
    feed_broken(SIM_S13);
    seen = feed_message(SIM_SEEN_SENT, 1, S, 3, 64);
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 63;
    feed(seen);
    feed_broken(SIM_S14);
}

static void s13_a_run_of_refusals(void **state)
{
    struct sim_seen seen = feed_event(SIM_SEEN_RUN, 1, S);

    (void)state;
    seen.left = 100;
    feed(seen);
    feed_whole(SIM_S13);
    seen.changed = true;
    feed(seen);
    feed_broken(SIM_S13);
}

static void s15_initiations_too_close(void **state)
{
    (void)state;
    feed(feed_message(SIM_SEEN_SENT, 0, S, 1, 148));
    feed(feed_message(SIM_SEEN_SENT, 0, 6 * S, 1, 148));
    feed_whole(SIM_S15);
    feed(feed_message(SIM_SEEN_SENT, 0, 11 * S - 1, 1, 148));
    feed_broken(SIM_S15);
}

static void s16_attempt_without_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        feed(feed_message(SIM_SEEN_SENT, 0, i * 5 * S, 1, 148));
    feed_whole(SIM_S16);
    feed(feed_message(SIM_SEEN_SENT, 0, 100 * S, 1, 148));
    feed_broken(SIM_S16);
}

static void s16_another_key_and_the_old_timers(void **state)
{
    struct sim_seen seen = feed_event(SIM_SEEN_INNER_IN, 0, 10 * S);

    (void)state;
    seen.verdict = WRN_SEND;
    feed(seen);
    feed_another_key(18 * S);
    for (unsigned i = 0; i < 22; i++) /* silence asks anew at 25 s, and what it asks for leaves at 29 s */
        feed(feed_message(SIM_SEEN_SENT, 0, (19 + i * 5) * S, 1, 148));
    feed_whole(SIM_S16);
    feed(feed_message(SIM_SEEN_SENT, 0, 129 * S, 1, 148));
    feed_broken(SIM_S16);
}

static void s17_initiation_accepted_twice(void **state)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.verdict = WRN_SEND;
    seen.answer_length = 92;
    feed(seen);
    feed_wire[50] = 1;
    seen.now = seen.local = 2 * S;
    feed(seen);
    feed_whole(SIM_S17);
    seen.now = seen.local = 3 * S;
    feed(seen);
    feed_broken(SIM_S17);
}

static void s17_initiations_accepted_too_fast(void **state)
{
    struct sim_seen seen = feed_message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.verdict = WRN_SEND;
    seen.answer_length = 92;
    feed(seen);
    feed_wire[50] = 1;
    seen.local += 20 * WRN_MILLISECOND - 1;
    feed(seen);
    feed_broken(SIM_S17);
}

static void s20_padding(void **state)
{
    (void)state;
    seal(0, 0, 1408);
    seal(1, 0, 1420); /* the mtu cuts it */
    feed_whole(SIM_S20);
    seal(2, 0, 40);
    feed_broken(SIM_S20);
}

static void s21_index_named_twice(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_data(SIM_SEEN_ARRIVED, 1, S, 0, 32);
    feed_whole(SIM_S21);
    feed_handshake(2 * S);
    feed_broken(SIM_S21);
}

static void s22_s23_books(void **state)
{
    struct sim_seen seen = feed_event(SIM_SEEN_BALANCE, 0, S);

    (void)state;
    seen.what = "%u in, %u out";
    seen.left = seen.right = 5;
    feed(seen);
    feed_whole(SIM_S22);
    seen.right = 6;
    feed(seen);
    feed_broken(SIM_S22);
    seen = feed_event(SIM_SEEN_INNER_IN, 0, S);
    seen.staged = 129;
    feed(seen);
    feed_broken(SIM_S23);
}

static void s25_preshared_keys_differ(void **state)
{
    (void)state;
    feed_handshake(0);
    feed_whole(SIM_S25);
    feed_watch.sides[0].has_psk = true;
    feed_handshake(S);
    feed_broken(SIM_S25);
}

static void s26_noise_in_an_idle_tunnel(void **state)
{
    (void)state;
    feed_handshake(0);
    feed(feed_event(SIM_SEEN_INNER_IN, 0, S));
    feed_data(SIM_SEEN_SENT, 0, 126 * S, 0, 48);
    feed_whole(SIM_S26);
    feed_data(SIM_SEEN_SENT, 0, 127 * S, 1, 48);
    feed_broken(SIM_S26);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, feed_begin, feed_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(s1_invented_packet),
        TEST(s1_changed_packet),
        TEST(s2_delivered_twice),
        TEST(s1_s2_of_packets_from_outside),
        TEST(s2_s3_counters),
        TEST(s3_both_sides),
        TEST(s4_nonce_used_twice),
        TEST(s4_counter_skipped),
        TEST(s5_plaintext_on_the_wire),
        TEST(s6_old_key),
        TEST(s6_unknown_session),
        TEST(s10_unconfirmed),
        TEST(s11_l12_endpoint),
        TEST(s12_wrong_peer),
        TEST(s13_s14_strangers),
        TEST(s13_a_run_of_refusals),
        TEST(s15_initiations_too_close),
        TEST(s16_attempt_without_end),
        TEST(s16_another_key_and_the_old_timers),
        TEST(s17_initiation_accepted_twice),
        TEST(s17_initiations_accepted_too_fast),
        TEST(s20_padding),
        TEST(s21_index_named_twice),
        TEST(s22_s23_books),
        TEST(s25_preshared_keys_differ),
        TEST(s26_noise_in_an_idle_tunnel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
