#include "watch.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every checker can fail: each is shown the event that it exists to find, and the harmless one beside it. */

#define S WRN_SECOND

static struct small_plan small;
static struct sim_memory memory;
static struct sim_traffic traffic;
static struct sim_watch watch;
static uint8_t keys[PLAN_NODES][32];
static uint8_t wire[256];

static int begin(void **state)
{
    (void)state;
    plan_two(&small, "checks", 1000 * S);
    plan_flow(&small, 0, 1, 0, S, 0);
    plan_sort(&small);
    memset(keys, 7, sizeof keys);
    sim_memory_begin(&memory, &test_host);
    assert_true(sim_traffic_begin(&traffic, &small.plan, &memory));
    assert_true(sim_watch_begin(&watch, &small.plan, &memory, &traffic, (const uint8_t(*)[32])keys));
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_memory_end(&memory);
    return 0;
}

static struct sim_seen event(uint32_t kind, uint32_t node, wrn_time at)
{
    struct sim_seen seen = {.kind = kind, .node = node, .pair = node, .now = at, .local = at, .data = wire, .deadline = WRN_NEVER};

    seen.remote = seen.after = seen.asked_from = small.nodes[1 - node].outer;
    seen.from_pair = 1 - node;
    return seen;
}

static struct sim_seen message(uint32_t kind, uint32_t node, wrn_time at, uint8_t type, uint32_t length)
{
    struct sim_seen seen = event(kind, node, at);

    memset(wire, 0, sizeof wire);
    wire[0] = type;
    seen.length = length;
    seen.cause = SIM_CAUSE_OUTPUT;
    seen.verdict = kind == SIM_SEEN_ARRIVED ? WRN_TAKEN : WRN_UNSEEN;
    seen.ours = true;
    return seen;
}

static void see(struct sim_seen seen)
{
    sim_watch_see(&watch, &seen);
}

static void step(uint32_t node, wrn_time at)
{
    struct sim_seen seen = event(SIM_SEEN_STEP, node, at);

    seen.pair = SIM_NONE;
    see(seen);
}

static void broken(enum sim_rule rule)
{
    if (watch.invariants[rule].violated == 0)
        fail_msg("%s did not fire", watch.invariants[rule].id);
    assert_true(watch.first.there);
    assert_true(watch.first.text[0] != 0);
}

static void whole(enum sim_rule rule)
{
    if (watch.invariants[rule].violated > 0)
        fail_msg("%s: %s", watch.invariants[rule].id, watch.first.text);
}

/* b (node 1) answers a's initiation at `at`: session of b with local index 0x0b, of a with 0x0a. */
static void handshake(wrn_time at)
{
    struct sim_seen seen = message(SIM_SEEN_SENT, 1, at, 2, 92);

    wire[4] = 0x0b;
    wire[8] = 0x0a;
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 148;
    see(seen);
    seen = message(SIM_SEEN_ARRIVED, 0, at, 2, 92);
    wire[4] = 0x0b;
    wire[8] = 0x0a;
    see(seen);
}

static void data(uint32_t kind, uint32_t node, wrn_time at, uint8_t counter, uint32_t length)
{
    struct sim_seen seen = message(kind, node, at, 4, length);

    wire[4] = (kind == SIM_SEEN_SENT) == (node == 0) ? 0x0b : 0x0a;
    wire[8] = counter;
    see(seen);
}

static void inner_out(uint64_t number)
{
    struct sim_seen seen = event(SIM_SEEN_INNER_OUT, 1, S);

    seen.ours = true;
    seen.inner = (struct sim_inner){.flow = 0, .number = number};
    sim_inner_build(&traffic, &seen.inner, wire);
    seen.length = 200;
    see(seen);
}

static void s1_invented_packet(void **state)
{
    struct sim_record *record;

    (void)state;
    record = sim_record_make(&traffic, &(struct sim_inner){.flow = 0, .number = 3});
    assert_non_null(record);
    record->handed = 1;
    inner_out(3);
    whole(SIM_S1);
    inner_out(2);
    broken(SIM_S1);
}

static void s1_changed_packet(void **state)
{
    struct sim_seen seen;

    (void)state;
    sim_record_make(&traffic, &(struct sim_inner){.flow = 0, .number = 0})->handed = 1;
    seen = event(SIM_SEEN_INNER_OUT, 1, S);
    seen.ours = true;
    sim_inner_build(&traffic, &seen.inner, wire);
    seen.length = 200;
    wire[199] ^= 1;
    see(seen);
    broken(SIM_S1);
}

static void s2_delivered_twice(void **state)
{
    struct sim_record *record;

    (void)state;
    record = sim_record_make(&traffic, &(struct sim_inner){.flow = 0, .number = 0});
    record->handed = 1;
    inner_out(0);
    whole(SIM_S2);
    record->delivered = 1;
    inner_out(0);
    broken(SIM_S2);
}

static void s2_s3_counters(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_ARRIVED, 1, S, 9, 32);
    data(SIM_SEEN_ARRIVED, 1, S, 5, 32);
    whole(SIM_S2);
    whole(SIM_S3);
    data(SIM_SEEN_ARRIVED, 1, S, 5, 32);
    broken(SIM_S2);
}

static void s3_both_sides(void **state)
{
    struct sim_seen seen;

    (void)state;
    handshake(0);
    seen = message(SIM_SEEN_ARRIVED, 1, S, 4, 32); /* fresh, yet refused */
    wire[4] = 0x0b;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_REPLAY;
    see(seen);
    broken(SIM_S3);
    watch.invariants[SIM_S3].violated = 0;
    seen = message(SIM_SEEN_ARRIVED, 1, S, 4, 32);
    wire[4] = 0x0b;
    wire[10] = 1; /* 65536 */
    see(seen);
    whole(SIM_S3);
    data(SIM_SEEN_ARRIVED, 1, S, 3, 32); /* far behind, yet accepted */
    broken(SIM_S3);
}

static void seal(uint64_t counter, size_t aad_length, uint32_t length)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct sim_seen seen = event(SIM_SEEN_SEAL, 0, S);

    seen.pair = SIM_NONE;
    seen.key = key;
    seen.counter = counter;
    seen.aad_length = aad_length;
    seen.length = length;
    see(seen);
}

static void s4_nonce_used_twice(void **state)
{
    (void)state;
    seal(0, 0, 16);
    seal(1, 0, 16);
    whole(SIM_S4);
    seal(1, 0, 16);
    broken(SIM_S4);
}

static void s4_counter_skipped(void **state)
{
    (void)state;
    seal(1, 0, 16);
    broken(SIM_S4);
    seal(UINT64_MAX - 100, 0, 16);
    broken(SIM_S7);
}

static void s5_plaintext_on_the_wire(void **state)
{
    struct sim_seen seen = message(SIM_SEEN_SENT, 0, S, 4, 240);

    (void)state;
    see(seen);
    whole(SIM_S5);
    memcpy(wire + 77, traffic.mark, sizeof traffic.mark);
    see(seen);
    broken(SIM_S5);
    watch.invariants[SIM_S5].violated = 0;
    seen = message(SIM_SEEN_SENT, 0, S, 1, 148);
    memset(wire + 40, 7, 32); /* the public key of this test */
    see(seen);
    broken(SIM_S5);
}

static void s6_old_key(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_SENT, 0, 180 * S - 1, 0, 32);
    whole(SIM_S6);
    data(SIM_SEEN_SENT, 0, 180 * S, 1, 32);
    broken(SIM_S6);
    watch.invariants[SIM_S6].violated = 0;
    data(SIM_SEEN_ARRIVED, 1, 180 * S, 1, 32);
    broken(SIM_S6);
}

static void s6_unknown_session(void **state)
{
    (void)state;
    data(SIM_SEEN_SENT, 0, S, 0, 32);
    broken(SIM_S6);
}

static void s10_unconfirmed(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_SENT, 0, S, 0, 32);
    whole(SIM_S10);
    data(SIM_SEEN_SENT, 1, S, 0, 32);
    broken(SIM_S10);
}

static void s11_l12_endpoint(void **state)
{
    struct sim_seen seen = message(SIM_SEEN_ARRIVED, 1, S, 4, 32);

    (void)state;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_AUTH;
    see(seen);
    whole(SIM_S11);
    seen.remote.port = seen.after.port = 666; /* moved by what did not authenticate */
    see(seen);
    broken(SIM_S11);
    watch.invariants[SIM_S11].violated = 0;
    handshake(S);
    seen = message(SIM_SEEN_ARRIVED, 1, S, 4, 32);
    wire[4] = 0x0b;
    seen.remote.port = 777; /* authentic, and the engine did not follow */
    see(seen);
    broken(SIM_L12);
    seen = message(SIM_SEEN_SENT, 0, S, 4, 32);
    wire[4] = 0x0b;
    seen.remote.port = 888;
    watch.invariants[SIM_S11].violated = 0;
    see(seen);
    broken(SIM_S11);
}

static void s12_wrong_peer(void **state)
{
    struct sim_seen seen = event(SIM_SEEN_INNER_OUT, 1, S);

    (void)state;
    sim_inner_build(&traffic, &seen.inner, wire);
    seen.length = 200;
    wire[15] = 77; /* 10.0.0.77 belongs to nobody */
    see(seen);
    broken(SIM_S12);
}

static void s13_s14_strangers(void **state)
{
    struct sim_seen seen = message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.pair = SIM_NONE;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_MAC1;
    see(seen);
    whole(SIM_S13);
    seen.judged = seen.changed = true;
    see(seen);
    broken(SIM_S13);
    seen = message(SIM_SEEN_SENT, 1, S, 3, 64);
    seen.cause = SIM_CAUSE_ANSWER;
    seen.asked_length = 63;
    see(seen);
    broken(SIM_S14);
}

static void s15_initiations_too_close(void **state)
{
    (void)state;
    see(message(SIM_SEEN_SENT, 0, S, 1, 148));
    see(message(SIM_SEEN_SENT, 0, 6 * S, 1, 148));
    whole(SIM_S15);
    see(message(SIM_SEEN_SENT, 0, 11 * S - 1, 1, 148));
    broken(SIM_S15);
}

static void s16_attempt_without_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        see(message(SIM_SEEN_SENT, 0, i * 5 * S, 1, 148));
    whole(SIM_S16);
    see(message(SIM_SEEN_SENT, 0, 100 * S, 1, 148));
    broken(SIM_S16);
}

static void s17_initiation_accepted_twice(void **state)
{
    struct sim_seen seen = message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.verdict = WRN_SEND;
    seen.answer_length = 92;
    see(seen);
    wire[50] = 1;
    seen.now = seen.local = 2 * S;
    see(seen);
    whole(SIM_S17);
    seen.now = seen.local = 3 * S;
    see(seen);
    broken(SIM_S17);
}

static void s17_initiations_accepted_too_fast(void **state)
{
    struct sim_seen seen = message(SIM_SEEN_ARRIVED, 1, S, 1, 148);

    (void)state;
    seen.verdict = WRN_SEND;
    seen.answer_length = 92;
    see(seen);
    wire[50] = 1;
    seen.local += 20 * WRN_MILLISECOND - 1;
    see(seen);
    broken(SIM_S17);
}

static void s20_padding(void **state)
{
    (void)state;
    seal(0, 0, 1408);
    seal(1, 0, 1420); /* the mtu cuts it */
    whole(SIM_S20);
    seal(2, 0, 40);
    broken(SIM_S20);
}

static void s21_index_named_twice(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_ARRIVED, 1, S, 0, 32);
    whole(SIM_S21);
    handshake(2 * S);
    broken(SIM_S21);
}

static void s22_s23_books(void **state)
{
    struct sim_seen seen = event(SIM_SEEN_BALANCE, 0, S);

    (void)state;
    seen.what = "%u in, %u out";
    seen.left = seen.right = 5;
    see(seen);
    whole(SIM_S22);
    seen.right = 6;
    see(seen);
    broken(SIM_S22);
    seen = event(SIM_SEEN_INNER_IN, 0, S);
    seen.staged = 129;
    see(seen);
    broken(SIM_S23);
}

static void s25_preshared_keys_differ(void **state)
{
    (void)state;
    handshake(0);
    whole(SIM_S25);
    small.peers[0].has_psk = true;
    handshake(S);
    broken(SIM_S25);
}

static void s26_noise_in_an_idle_tunnel(void **state)
{
    (void)state;
    handshake(0);
    see(event(SIM_SEEN_INNER_IN, 0, S));
    data(SIM_SEEN_SENT, 0, 126 * S, 0, 32);
    whole(SIM_S26);
    data(SIM_SEEN_SENT, 0, 127 * S, 1, 32);
    broken(SIM_S26);
}

static struct sim_seen staged_packet(wrn_time at)
{
    struct sim_seen seen = event(SIM_SEEN_INNER_IN, 0, at);

    seen.verdict = WRN_TAKEN;
    seen.ours = true;
    seen.staged = 1;
    return seen;
}

static void l1_first_packet_late(void **state)
{
    struct sim_seen out = event(SIM_SEEN_INNER_OUT, 1, 60 * WRN_MILLISECOND + 1);

    (void)state;
    see(staged_packet(0));
    out.ours = true;
    see(out);
    broken(SIM_L1);
    assert_int_equal(watch.invariants[SIM_L1].checked, 1);
}

static void l16_gave_up_for_ever(void **state)
{
    (void)state;
    see(event(SIM_SEEN_GAVE_UP, 0, S));
    see(staged_packet(2 * S));
    see(message(SIM_SEEN_SENT, 0, 2 * S, 1, 148));
    step(0, 2 * S);
    whole(SIM_L16);
    see(event(SIM_SEEN_GAVE_UP, 0, 109 * S));
    see(staged_packet(110 * S));
    step(0, 110 * S);
    broken(SIM_L16);
}

static void l2_no_rekey(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_SENT, 0, 120 * S, 0, 48);
    see(message(SIM_SEEN_SENT, 0, 120 * S, 1, 148));
    step(0, 120 * S);
    whole(SIM_L2);
    data(SIM_SEEN_SENT, 0, 126 * S, 1, 48);
    step(0, 126 * S);
    broken(SIM_L2);
}

static void l3_no_late_rekey(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_ARRIVED, 0, 165 * S - 1, 0, 48);
    step(0, 165 * S - 1);
    whole(SIM_L3);
    data(SIM_SEEN_ARRIVED, 0, 165 * S, 1, 48);
    step(0, 165 * S);
    broken(SIM_L3);
}

static void l4_refused_on_a_clean_path(void **state)
{
    struct sim_seen seen;

    (void)state;
    handshake(0);
    data(SIM_SEEN_ARRIVED, 1, S, 0, 48);
    whole(SIM_L4);
    seen = message(SIM_SEEN_ARRIVED, 1, 2 * S, 4, 48);
    wire[4] = 0x0b;
    seen.verdict = WRN_DROP;
    seen.reason = WRN_REASON_AUTH;
    see(seen);
    broken(SIM_L4);
}

static void l5_no_keepalive(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_ARRIVED, 1, S, 0, 48);
    data(SIM_SEEN_SENT, 1, 11 * S, 0, 32);
    whole(SIM_L5);
    data(SIM_SEEN_ARRIVED, 1, 20 * S, 1, 48);
    data(SIM_SEEN_SENT, 1, 30 * S + 1001, 1, 32);
    broken(SIM_L5);
}

static void l6_dead_peer_not_noticed(void **state)
{
    (void)state;
    handshake(0);
    data(SIM_SEEN_SENT, 0, S, 0, 48);
    see(message(SIM_SEEN_SENT, 0, 16 * S + 100 * WRN_MILLISECOND, 1, 148));
    data(SIM_SEEN_SENT, 0, 17 * S, 1, 48);
    whole(SIM_L6);
    data(SIM_SEEN_SENT, 0, 33 * S, 2, 48);
    broken(SIM_L6);
}

static void l17_out_of_order(void **state)
{
    static const uint8_t key[32] = {5};
    struct sim_seen seen = event(SIM_SEEN_SEAL, 0, S);

    (void)state;
    seen.pair = SIM_NONE;
    seen.key = key;
    seen.ours = true;
    seen.length = 208;
    seen.inner.number = 4;
    see(seen);
    seen.counter = 1;
    seen.inner.number = 6;
    see(seen);
    whole(SIM_L17);
    seen.counter = 2;
    seen.inner.number = 5;
    see(seen);
    broken(SIM_L17);
}

static void t1_deadline_in_the_past(void **state)
{
    struct sim_seen seen = event(SIM_SEEN_STEP, 0, S);

    (void)state;
    seen.deadline = S + 1;
    see(seen);
    whole(SIM_T1);
    seen.deadline = S;
    see(seen);
    broken(SIM_T1);
    assert_string_equal(watch.first.text, "the next deadline is 1.000000 s, the clock shows 1.000000 s");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(s1_invented_packet), TEST(s1_changed_packet), TEST(s2_delivered_twice), TEST(s2_s3_counters), TEST(s3_both_sides),
        TEST(s4_nonce_used_twice), TEST(s4_counter_skipped), TEST(s5_plaintext_on_the_wire), TEST(s6_old_key),
        TEST(s6_unknown_session), TEST(s10_unconfirmed), TEST(s11_l12_endpoint), TEST(s12_wrong_peer), TEST(s13_s14_strangers),
        TEST(s15_initiations_too_close), TEST(s16_attempt_without_end), TEST(s17_initiation_accepted_twice),
        TEST(s17_initiations_accepted_too_fast), TEST(s20_padding), TEST(s21_index_named_twice), TEST(s22_s23_books),
        TEST(s25_preshared_keys_differ), TEST(s26_noise_in_an_idle_tunnel), TEST(l1_first_packet_late), TEST(l16_gave_up_for_ever),
        TEST(l2_no_rekey), TEST(l3_no_late_rekey), TEST(l4_refused_on_a_clean_path), TEST(l5_no_keepalive),
        TEST(l6_dead_peer_not_noticed), TEST(l17_out_of_order), TEST(t1_deadline_in_the_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
