#include "net.h"

#include <string.h>

/* The worked traces (PROTOCOL sections 9 and 21) as golden tests: who sends what, when, and then silence. */

#define D (40 * WRN_MILLISECOND)
#define JITTER UINT64_C(333333333)

static void p165_g47_g84_cold_start(void **state)
{
    (void)state;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, 700 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    /* Four datagrams, each at its moment, and nothing else, ever. */
    assert_int_equal(net->sents, 4);
    assert_int_equal(net_sent_at(net, 0, 1, 0), 0);
    assert_int_equal(net_sent_at(net, 1, 2, 0), D);
    assert_int_equal(net_sent_at(net, 0, 5, 0), 2 * D);
    assert_int_equal(net_sent_at(net, 1, 6, 0), 3 * D + 10 * WRN_SECOND);
    assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER);
    assert_int_equal(wrn_deadline(net->host[1].engine), WRN_NEVER);
    net_free(net);
}

static void p165_timers_after_three_delays(void **state)
{
    (void)state;
    struct net          *net = net_new(2, D);
    struct wrn_peer_view a, b;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 100);
    net_run(net, 3 * D);
    net_view(net, 0, 1, &a);
    net_view(net, 1, 0, &b);
    assert_int_equal(a.retransmit, WRN_NEVER);
    assert_in_range(a.new_handshake, 2 * D + 15 * WRN_SECOND, 2 * D + 15 * WRN_SECOND + JITTER);
    assert_int_equal(a.zero_keys, 2 * D + 540 * WRN_SECOND);
    assert_int_equal(b.zero_keys, D + 540 * WRN_SECOND);
    assert_int_equal(b.keepalive, 3 * D + 10 * WRN_SECOND);
    assert_true(a.sessions[WRN_CURRENT].there && b.sessions[WRN_CURRENT].there);
    assert_false(b.sessions[WRN_NEXT].there);
    net_run(net, 4 * D + 10 * WRN_SECOND);
    net_view(net, 0, 1, &a);
    assert_int_equal(a.new_handshake, WRN_NEVER); /* cancelled by the keepalive */
    net_run(net, D + 540 * WRN_SECOND);
    net_view(net, 1, 0, &b);
    net_view(net, 0, 1, &a);
    assert_false(b.sessions[WRN_CURRENT].there);
    assert_true(a.sessions[WRN_CURRENT].there);
    net_free(net);
}

static bool drop_first_response(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    unsigned *seen = context;
    return datagram->bytes[0] != 2 || (*seen)++ > 0;
}

static void p166_response_lost(void **state)
{
    (void)state;
    unsigned    seen = 0;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    net->tap = drop_first_response;
    net->tap_context = &seen;
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, 4 * WRN_SECOND);
    struct wrn_peer_view b;
    net_view(net, 1, 0, &b);
    assert_true(b.sessions[WRN_NEXT].there);
    assert_false(b.sessions[WRN_CURRENT].there); /* not "up" before it is confirmed (G-102) */
    uint32_t first = b.sessions[WRN_NEXT].local_index;
    net_send(net, 1, 0, 100); /* B may not send under next */
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net_run(net, 8 * WRN_SECOND);
    assert_in_range(net_sent_at(net, 0, 1, 1), 5 * WRN_SECOND, 5 * WRN_SECOND + JITTER);
    assert_int_equal(net_received(net, 1, id), 1);
    net_view(net, 1, 0, &b);
    assert_true(b.sessions[WRN_CURRENT].there && b.sessions[WRN_CURRENT].local_index != first);
    assert_int_equal(net_received(net, 0, id + 1), 1);
    net_free(net);
}

static bool drop_all(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    (void)context;
    return false;
}

static void p71_p167_g43_unreachable_peer(void **state)
{
    (void)state;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    net->tap = drop_all;
    for (unsigned round = 0; round < 2; round++) {
        wrn_time start = net->now;
        size_t   before = net_sent(net, 0, 1, 0, WRN_NEVER);
        net_send(net, 0, 1, 100);
        net_run(net, start + 200 * WRN_SECOND);
        assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER) - before, 20);
        wrn_time last = net_sent_at(net, 0, 1, before + 19) - start;
        assert_in_range(last, 95 * WRN_SECOND, 19 * (5 * WRN_SECOND + JITTER));
        assert_true(net->host[0].events[1] & WRN_EVENT_GAVE_UP);
        struct wrn_peer_info info;
        net_info(net, 0, 1, &info);
        assert_int_equal(info.staged, 0);
        struct wrn_peer_view view;
        net_view(net, 0, 1, &view);
        assert_true(view.zero_keys != WRN_NEVER || round > 0);
        net->host[0].events[1] = 0;
    }
    net_free(net);
}

static void p24_p25_p168_g27_simultaneous_initiations_converge(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        struct wrn_config config;
        wrn_config_default(&config);
        config.entropy[5] = (uint8_t)round;
        wrn_time    delay = (round % 4 + 1) * 100 * WRN_MILLISECOND; /* both below and above the jitter */
        struct net *net = net_new_with(2, delay, &config, &wrn_crypto_sodium);
        net_connect(net, 0, 1);
        uint32_t a = net_send(net, 0, 1, 100), b = net_send(net, 1, 0, 100);
        net_run(net, 2 * delay + WRN_MILLISECOND);
        assert_int_equal(net_received(net, 1, a), 0); /* both responses died: their index is gone */
        net_run(net, 120 * WRN_SECOND);
        assert_int_equal(net_received(net, 1, a), 1);
        assert_int_equal(net_received(net, 0, b), 1);
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p165_g47_g84_cold_start),
        cmocka_unit_test(p165_timers_after_three_delays),
        cmocka_unit_test(p166_response_lost),
        cmocka_unit_test(p71_p167_g43_unreachable_peer),
        cmocka_unit_test(p24_p25_p168_g27_simultaneous_initiations_converge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
