#include "peek.h"
#include "watch.h"

/* Initiations: how often, how many, when again, and when no more. */

#define D      (40 * WRN_MILLISECOND)
#define JITTER 333333333u

static struct watch eyes;

static struct net *pair_with(wrn_time delay, uint8_t seed)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.entropy[9] = seed;
    struct net *net = net_new_with(2, delay, &config, &wrn_crypto_sodium);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    return net;
}

static struct net *pair(void) { return pair_with(D, 0); }

static bool drop_all(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    (void)context;
    return false;
}

static struct net *unreachable(void)
{
    struct net *net = pair();
    eyes.tap = drop_all;
    return net;
}

static size_t initiations(const struct net *net) { return net_sent(net, 0, 1, 0, WRN_NEVER); }

static void p24_g1_one_initiation_suffices_at_any_delay_below_the_timeout(void **state)
{
    (void)state;
    for (unsigned ms = 1; ms < 2500; ms += ms < 100 ? 13 : 97) { /* one way: up to 4.9 s there and back (L1) */
        struct net *net = pair_with(ms * WRN_MILLISECOND, (uint8_t)ms);
        uint32_t    id = net_send(net, 0, 1, 100);
        net_run(net, 3 * ms * WRN_MILLISECOND);
        assert_int_equal(net_received(net, 1, id), 1);
        net_run(net, 60 * WRN_SECOND);
        assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 1);
        net_free(net);
    }
}

static void p24_a_late_response_to_a_superseded_initiation_is_dropped(void **state)
{
    (void)state;
    struct net *net = pair_with(2700 * WRN_MILLISECOND, 1); /* 5.4 s there and back */
    net_send(net, 0, 1, 100);
    net_run(net, 5400 * WRN_MILLISECOND);
    assert_int_equal(initiations(net), 2);
    assert_int_equal(net->reasons[WRN_REASON_UNSOLICITED], 1);
    net_run(net, 60 * WRN_SECOND);
    assert_null(peek_session(net, 0, 1, WRNI_CURRENT));
    net_free(net);
}

static void p69_g39_g96_a_burst_makes_one_initiation(void **state)
{
    (void)state;
    struct net *net = unreachable();
    for (unsigned i = 0; i < 100; i++) {
        net_send(net, 0, 1, 100);
        net_run(net, net->now + 49 * WRN_MILLISECOND);
    }
    assert_int_equal(initiations(net), 1);
    net_run(net, 5 * WRN_SECOND);
    net_send(net, 0, 1, 100); /* inclusive: at 5 s sharp it may */
    assert_int_equal(initiations(net), 2);
    net_free(net);
}

static void p70_traffic_keeps_handshakes_going_for_ever(void **state)
{
    (void)state;
    struct net *net = unreachable();
    for (unsigned second = 0; second < 600; second++) {
        net_send(net, 0, 1, 100);
        net_run(net, net->now + WRN_SECOND);
        assert_true(peek_timers(net, 0, 1)->attempts <= 1);
    }
    assert_in_range(initiations(net), 100, 121);
    assert_false(net->host[0].events[1] & WRN_EVENT_GAVE_UP);
    net_free(net);
}

static void p71_giving_up_ends_in_silence_and_leaves_what_it_must(void **state)
{
    (void)state;
    struct net *net = unreachable();
    for (unsigned i = 0; i < 3; i++)
        net_send(net, 0, 1, 100);
    struct wrni_timers *timers = peek_timers(net, 0, 1);
    net_run(net, 50 * WRN_SECOND);
    timers->new_handshake = 4000 * WRN_SECOND; /* untouched by giving up (section 24) */
    peek_touch(net, 0, 1);
    net_run(net, 120 * WRN_SECOND);
    wrn_time last = net_sent_at(net, 0, 1, 19);
    assert_int_equal(initiations(net), 20);
    assert_in_range(timers->zero_keys, last + 545 * WRN_SECOND, last + 545 * WRN_SECOND + JITTER);
    assert_int_equal(timers->new_handshake, 4000 * WRN_SECOND);
    assert_int_equal(timers->retransmit, WRN_NEVER);
    assert_int_equal(timers->attempts, 19);
    struct wrn_counters counters;
    wrn_counters(net->host[0].engine, &counters);
    assert_int_equal(counters.reasons[WRN_REASON_PURGED], 3);
    timers->new_handshake = WRN_NEVER;
    net_run(net, 700 * WRN_SECOND);
    assert_int_equal(initiations(net), 20);
    assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER); /* nothing armed after 670 s (oracle 7) */
    net_free(net);
}

static void p71_a_pending_zero_timer_is_not_moved_by_giving_up(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    eyes.tap = drop_all;
    net_send(net, 0, 1, 100);
    net_run(net, 200 * WRN_SECOND);
    assert_true(net->host[0].events[1] & WRN_EVENT_GAVE_UP);
    assert_int_equal(peek_timers(net, 0, 1)->zero_keys, 2 * D + 540 * WRN_SECOND);
    net_free(net);
}

static void p77_no_answer_to_data_for_fifteen_seconds(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) { /* L6 */
        struct net *net = pair_with(D, (uint8_t)seed);
        net_send(net, 0, 1, 100);
        net_run(net, 30 * WRN_SECOND);
        eyes.tap = drop_all;
        net_send(net, 0, 1, 100);
        net_run(net, 33 * WRN_SECOND);
        net_send(net, 0, 1, 100); /* the first unanswered one counts */
        net_run(net, 60 * WRN_SECOND);
        assert_in_range(net_sent_at(net, 0, 1, 1), 45 * WRN_SECOND, 45 * WRN_SECOND + JITTER);
        net_free(net);
    }
}

/* Offsets of all retries beyond 5 s, into ten bins. */
static void offsets(struct net *net, unsigned host, unsigned bins[10])
{
    for (size_t i = 1; i < net_sent(net, host, 1, 0, WRN_NEVER); i++) {
        wrn_time gap = net_sent_at(net, host, 1, i) - net_sent_at(net, host, 1, i - 1);
        if (gap > 6 * WRN_SECOND)
            continue; /* a fresh start */
        assert_in_range(gap, 5 * WRN_SECOND, 5 * WRN_SECOND + JITTER - 1);
        bins[(gap - 5 * WRN_SECOND) * 10 / JITTER]++;
    }
}

static void p81_g38_retries_cover_the_whole_jitter(void **state)
{
    (void)state;
    unsigned    bins[10] = {0};
    struct net *net = unreachable();
    for (unsigned round = 0; round < 50; round++) {
        net_send(net, 0, 1, 100);
        net_run(net, net->now + 200 * WRN_SECOND);
    }
    offsets(net, 0, bins);
    for (unsigned i = 0; i < 10; i++) /* 950 draws: 95 expected in each */
        assert_in_range(bins[i], 60, 135);
    net_free(net);
}

static void p81_g74_a_thousand_nodes_do_not_retry_together(void **state)
{
    (void)state;
    unsigned bins[10] = {0};
    for (unsigned seed = 0; seed < 143; seed++) { /* seven nodes each, one common dead server */
        struct wrn_config config;
        wrn_config_default(&config);
        config.entropy[3] = (uint8_t)seed;
        struct net *net = net_new_with(8, D, &config, &wrn_crypto_sodium);
        net->tap = drop_all;
        for (unsigned i = 1; i < 8; i++) {
            net_introduce(net, i, 0, true);
            net_send(net, i, 0, 100);
        }
        net_run(net, 6 * WRN_SECOND);
        for (unsigned i = 1; i < 8; i++)
            offsets(net, i, bins);
        net_free(net);
    }
    for (unsigned i = 0; i < 10; i++)
        assert_in_range(bins[i], 65, 140);
}

static void g44_down_and_up_may_initiate_at_once(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, false), WRN_OK);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
    watch_pardon(&eyes, 0);
    uint32_t id = net_send(net, 0, 1, 100);
    assert_int_equal(net_sent_at(net, 0, 1, 1), WRN_SECOND);
    net_run(net, 2 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void set_key(struct net *net, unsigned host, const uint8_t key[32])
{
    assert_int_equal(wrn_set_private_key(net->host[host].engine, net->now, key), WRN_OK);
    net_pump(net, host);
}

static void p84_g46_the_first_private_key_sends_what_was_staged(void **state)
{
    (void)state;
    static const uint8_t none[32];
    struct net *net = pair();
    set_key(net, 0, none);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    assert_int_equal(net->sents, 0);
    set_key(net, 0, net->host[0].secret); /* the 5 s slot spent without identity does not hold it back */
    assert_int_equal(net_sent_at(net, 0, 1, 0), WRN_SECOND);
    net_run(net, 2 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void g66_a_retry_forgets_the_path(void **state)
{
    (void)state;
    for (unsigned by_data = 0; by_data < 2; by_data++) {
        struct net *net = pair();
        if (by_data) {
            net_send(net, 0, 1, 100);
            net_run(net, WRN_SECOND);
        }
        peek_flow(net, 0, 1)->endpoint.host = 77;
        eyes.tap = drop_all;
        net_send(net, 0, 1, 100);
        assert_int_equal(net->sent[net->sents - 1].to.host, 77);
        size_t before = net->sents;
        net_run(net, net->now + 20 * WRN_SECOND); /* by retransmit, or by the 15 s timer */
        while (net->sent[before].from != 0) /* the other side's keepalive */
            before++;
        assert_int_equal(net->sent[before].type, 1);
        assert_int_equal(net->sent[before].to.host, 0);
        assert_int_equal(net->sent[before].to.port, 51820);
        net_free(net);
    }
}

static void g51_any_epoch_of_the_clock_will_do(void **state)
{
    (void)state;
    const wrn_time epochs[] = {0, 1, (UINT64_C(1) << 32) - D, (UINT64_C(1) << 63) - D, (UINT64_C(1) << 63)};
    for (unsigned i = 0; i < 5; i++) {
        wrn_time    at = epochs[i];
        struct net *net = net_new(2, D);
        net->now = at;
        net_restart(net, 0);
        net_restart(net, 1);
        net_connect(net, 0, 1);
        uint32_t id = net_send(net, 0, 1, 100);
        net_run(net, at + 700 * WRN_SECOND);
        assert_int_equal(net_received(net, 1, id), 1);
        assert_int_equal(net->sents, 4); /* the cold start of P-165, shifted */
        assert_int_equal(net_sent_at(net, 0, 1, 0), at);
        assert_int_equal(net_sent_at(net, 0, 5, 0), at + 2 * D);
        assert_int_equal(net_sent_at(net, 1, 6, 0), at + 3 * D + 10 * WRN_SECOND);
        assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER);
        net_free(net);
    }
}

static void p45_g51_the_first_initiation_is_taken_at_time_zero(void **state)
{
    (void)state;
    struct net *net = pair_with(0, 3);
    uint32_t    id = net_send(net, 0, 1, 100);
    net_run(net, 0);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p24_g1_one_initiation_suffices_at_any_delay_below_the_timeout),
        cmocka_unit_test(p24_a_late_response_to_a_superseded_initiation_is_dropped),
        cmocka_unit_test(p69_g39_g96_a_burst_makes_one_initiation),
        cmocka_unit_test(p70_traffic_keeps_handshakes_going_for_ever),
        cmocka_unit_test(p71_giving_up_ends_in_silence_and_leaves_what_it_must),
        cmocka_unit_test(p71_a_pending_zero_timer_is_not_moved_by_giving_up),
        cmocka_unit_test(p77_no_answer_to_data_for_fifteen_seconds),
        cmocka_unit_test(p81_g38_retries_cover_the_whole_jitter),
        cmocka_unit_test(p81_g74_a_thousand_nodes_do_not_retry_together),
        cmocka_unit_test(g44_down_and_up_may_initiate_at_once),
        cmocka_unit_test(p84_g46_the_first_private_key_sends_what_was_staged),
        cmocka_unit_test(g66_a_retry_forgets_the_path),
        cmocka_unit_test(g51_any_epoch_of_the_clock_will_do),
        cmocka_unit_test(p45_g51_the_first_initiation_is_taken_at_time_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
