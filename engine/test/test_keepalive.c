#include "peek.h"
#include "watch.h"

/* Keepalives: passive ones, the second one, persistent ones, and the silence between. */

#define D      (40 * WRN_MILLISECOND)
#define JITTER 333333333u

static struct watch eyes;

static struct net *pair(void)
{
    struct net *net = net_new(2, D);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    return net;
}

static struct net *session(void)
{
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    return net;
}

static void set_interval(struct net *net, unsigned host, uint16_t seconds)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = seconds};
    assert_int_equal(wrn_peer_set(net->host[host].engine, net->now, net->host[host].peers[1 - host], &change), WRN_OK);
    net_pump(net, host);
}

static bool deaf;

static bool while_deaf(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    (void)context;
    return !deaf;
}

static size_t keepalives(const struct net *net, unsigned host, wrn_time since)
{
    return net_sent(net, host, 6, since, WRN_NEVER);
}

static void p58_the_initiator_speaks_at_once(void **state)
{
    (void)state;
    struct net *net = pair();
    set_interval(net, 0, 60); /* nothing to send but keepalives */
    net_run(net, 3 * D);
    assert_int_equal(net_sent_at(net, 0, 1, 0), 0);
    assert_int_equal(net_sent_at(net, 0, 6, 0), 2 * D);
    assert_non_null(peek_session(net, 1, 0, WRNI_CURRENT));
    net_free(net);

    net = pair(); /* with something staged: that, and no keepalive (G-48) */
    for (unsigned i = 0; i < 3; i++)
        net_send(net, 0, 1, 100);
    net_run(net, 3 * D);
    assert_int_equal(net_sent(net, 0, 4, 0, WRN_NEVER), 3);
    assert_int_equal(keepalives(net, 0, 0), 0);
    net_free(net);
}

static void p76_data_at_zero_and_almost_ten_makes_two_keepalives(void **state)
{
    (void)state;
    struct net *net = session();
    net_send(net, 0, 1, 100);
    net_run(net, net->now + 9900 * WRN_MILLISECOND);
    net_send(net, 0, 1, 100);
    net_run(net, 700 * WRN_SECOND);
    assert_int_equal(keepalives(net, 1, 20 * WRN_SECOND), 2); /* the choice we pin: source order */
    assert_int_equal(net_sent_at(net, 1, 6, 1), 30 * WRN_SECOND + D);
    assert_int_equal(net_sent_at(net, 1, 6, 2), 40 * WRN_SECOND + D);
    net_free(net);
}

static void p76_g8_g37_after_the_last_data_at_most_two_keepalives_and_silence(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 2; both++) {
        struct net *net = session();
        for (unsigned i = 0; i < 40; i++) {
            net_send(net, 0, 1, 100);
            if (both)
                net_send(net, 1, 0, 100);
            net_run(net, net->now + 250 * WRN_MILLISECOND);
        }
        wrn_time last = net->now;
        net_run(net, last + 700 * WRN_SECOND);
        for (unsigned host = 0; host < 2; host++)
            assert_true(keepalives(net, host, last) <= 2);
        assert_true(both || keepalives(net, 0, last) == 0); /* a keepalive is not answered */
        assert_int_equal(net_sent(net, 0, 0, last + 21 * WRN_SECOND, WRN_NEVER), 0);
        assert_int_equal(net_sent(net, 1, 0, last + 21 * WRN_SECOND, WRN_NEVER), 0);
        assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 0);
        net_free(net);
    }
}

static void p76_g9_a_keepalive_is_ten_seconds_after_the_data_not_after_the_last_sent(void **state)
{
    (void)state;
    struct net *net = session();
    net_run(net, 100 * WRN_SECOND); /* long idle */
    net_send(net, 0, 1, 100);
    net_run(net, 110 * WRN_SECOND + D - 1);
    assert_int_equal(keepalives(net, 1, 21 * WRN_SECOND), 0);
    net_run(net, 110 * WRN_SECOND + D);
    assert_int_equal(keepalives(net, 1, 21 * WRN_SECOND), 1); /* L5, exactly */
    net_free(net);
}

static void p76_what_we_send_ourselves_spares_the_keepalive(void **state)
{
    (void)state;
    struct net *net = session();
    net_send(net, 0, 1, 100);
    net_run(net, net->now + 9 * WRN_SECOND);
    net_send(net, 1, 0, 100);
    net_run(net, net->now + 9 * WRN_SECOND);
    net_send(net, 0, 1, 100);
    net_run(net, net->now + 5 * WRN_SECOND);
    assert_int_equal(keepalives(net, 0, 20 * WRN_SECOND) + keepalives(net, 1, 20 * WRN_SECOND), 0);
    net_free(net);
}

static void p77_g28_g37_keepalives_alone_ask_for_no_handshake(void **state)
{
    (void)state;
    struct net *net = session();
    set_interval(net, 1, 7); /* the responder's, which renews nothing by age */
    net_run(net, 164 * WRN_SECOND);
    assert_true(keepalives(net, 1, 20 * WRN_SECOND) >= 19);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 0);
    net_run(net, 20 * WRN_SECOND + 600 * WRN_SECOND); /* and over ten minutes only what age asks for, once per session */
    assert_in_range(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 3, 5);
    net_free(net);
}

static void p72_g48_one_packet_serves_a_passive_and_a_persistent_keepalive(void **state)
{
    (void)state;
    struct net *net = session();
    peek_timers(net, 1, 0)->persistent_s = 25;
    net_send(net, 0, 1, 100);
    net_run(net, net->now + D);
    wrn_time due = peek_timers(net, 1, 0)->keepalive;
    assert_int_equal(due, net->now + 10 * WRN_SECOND);
    peek_timers(net, 1, 0)->persistent = due - 3 * WRN_SECOND; /* fires while the passive one is pending */
    peek_touch(net, 1, 0);
    net_run(net, due + WRN_SECOND);
    assert_int_equal(keepalives(net, 1, 20 * WRN_SECOND), 1);
    net_send(net, 0, 1, 100);
    net_run(net, net->now + D);
    due = peek_timers(net, 1, 0)->persistent = peek_timers(net, 1, 0)->keepalive; /* both in one moment */
    peek_touch(net, 1, 0);
    net_run(net, due + WRN_SECOND);
    assert_int_equal(keepalives(net, 1, 20 * WRN_SECOND), 2);
    net_free(net);
}

static void p72_g21_the_server_comes_back_after_ten_minutes(void **state)
{
    (void)state;
    for (uint16_t interval = 3; interval <= 47; interval = (uint16_t)(interval + 11)) {
        struct net *net = pair();
        eyes.tap = while_deaf;
        set_interval(net, 0, interval);
        net_run(net, 60 * WRN_SECOND);
        deaf = true;
        net_run(net, 660 * WRN_SECOND);
        deaf = false;
        net_run(net, (660 + interval + 6u) * WRN_SECOND);
        const struct wrni_session *session = peek_session(net, 1, 0, WRNI_CURRENT);
        assert_true(session && session->birth > 660 * WRN_SECOND);
        net_free(net);
    }
}

/* When the 21st initiation comes after the 20th. */
static wrn_time pause_after_twenty(uint16_t interval)
{
    struct net *net = pair();
    deaf = true;
    eyes.tap = while_deaf;
    set_interval(net, 0, interval);
    net_run(net, 700 * WRN_SECOND);
    wrn_time pause = net_sent_at(net, 0, 1, 20) - net_sent_at(net, 0, 1, 19);
    bool     gave_up = net->host[0].events[1] & WRN_EVENT_GAVE_UP;
    assert_int_equal(gave_up, interval > 5);
    deaf = false;
    net_free(net);
    return pause;
}

static void p72_a_persistent_keepalive_tries_for_ever(void **state)
{
    (void)state;
    assert_int_equal(pause_after_twenty(25), 25 * WRN_SECOND);
    assert_int_equal(pause_after_twenty(60), 60 * WRN_SECOND);
    assert_int_equal(pause_after_twenty(6), 6 * WRN_SECOND);
    assert_int_equal(pause_after_twenty(5), 5 * WRN_SECOND); /* each is a fresh request: no pause, no giving up */
    assert_true(pause_after_twenty(2) < 7 * WRN_SECOND);
}

static void p72_it_is_armed_again_even_if_nothing_could_be_sent(void **state)
{
    (void)state;
    static const uint8_t none[32];
    struct net *net = pair();
    assert_int_equal(wrn_set_private_key(net->host[0].engine, 0, none), WRN_OK);
    set_interval(net, 0, 25);
    for (unsigned i = 1; i < 10; i++) {
        assert_int_equal(peek_timers(net, 0, 1)->persistent, i * 25 * WRN_SECOND);
        net_run(net, i * 25 * WRN_SECOND);
    }
    assert_int_equal(net->sents, 0);
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, net->host[0].secret), WRN_OK);
    net_pump(net, 0);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 1); /* the first identity: the keepalive that waited (P-84, G-77) */
    net_free(net);
}

static void p72_p78_a_keepalive_outlives_the_keys_it_was_for(void **state)
{
    (void)state;
    struct net *net = session();
    set_interval(net, 0, 25);
    net->now += 600 * WRN_SECOND; /* whoever sleeps that long finds both timers due */
    net_pump(net, 0);
    assert_null(peek_session(net, 0, 1, WRNI_CURRENT));
    assert_int_equal(net_sent(net, 0, 1, net->now, WRN_NEVER), 1);
    net_free(net);
}

static void p84_p132_g77_any_order_of_configuration_starts_the_peer(void **state)
{
    (void)state;
    static const uint8_t none[32];
    for (unsigned order = 0; order < 6; order++) {
        static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        struct net *net = pair();
        assert_int_equal(wrn_set_private_key(net->host[0].engine, 0, none), WRN_OK);
        assert_int_equal(wrn_set_up(net->host[0].engine, 0, false), WRN_OK);
        for (unsigned i = 0; i < 3; i++) {
            net_run(net, net->now + WRN_SECOND);
            if (orders[order][i] == 0)
                assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, net->host[0].secret), WRN_OK);
            else if (orders[order][i] == 1)
                assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
            else
                set_interval(net, 0, 25);
            net_pump(net, 0);
            assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), i == 2);
        }
        net_free(net);
    }
}

static void p72_a_gap_between_datagrams_is_never_longer_than_the_interval(void **state)
{
    (void)state;
    struct net *net = pair(); /* L13, where only one side keeps alive */
    set_interval(net, 0, 21);
    net_run(net, 3600 * WRN_SECOND);
    wrn_time last = 0;
    for (size_t i = 0; i < net->sents; i++) {
        if (net->sent[i].from != 0)
            continue;
        assert_true(net->sent[i].at - last <= 21 * WRN_SECOND + 2 * D);
        last = net->sent[i].at;
    }
    assert_true(last > 3570 * WRN_SECOND);
    net_free(net);
}

/* One pump in which every send fails: the host hands all back. */
static size_t pump_failing(struct net *net, unsigned host)
{
    uint8_t           bytes[NET_BYTES];
    struct wrn_packet packet = {.data = bytes, .capacity = sizeof bytes};
    size_t            count = 0;
    while (wrn_net_output(net->host[host].engine, net->now, &packet, 1)) {
        wrn_net_unsent(net->host[host].engine, net->now, &packet, 1);
        count++;
    }
    return count;
}

static void p72_p92_p93_g107_keepalives_go_on_while_every_send_fails(void **state)
{
    (void)state;
    struct net *net = session();
    set_interval(net, 0, 25);
    wrn_time start = net->now, last = net->now;
    size_t   attempts = 0;
    while (net->now < start + 3600 * WRN_SECOND) {
        net->now = wrn_deadline(net->host[0].engine);
        wrn_advance(net->host[0].engine, net->now);
        size_t count = pump_failing(net, 0);
        attempts += count;
        if (count) {
            assert_true(net->now - last <= 25 * WRN_SECOND);
            last = net->now;
        }
        assert_true(wrn_deadline(net->host[0].engine) > net->now); /* no busy loop (G-41) */
    }
    assert_true(attempts > 140);
    struct wrn_peer_info info;
    net_info(net, 0, 1, &info);
    uint64_t bytes = info.tx_bytes;
    (void)pump_failing(net, 0);
    net_info(net, 0, 1, &info);
    assert_int_equal(info.tx_bytes, bytes);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p58_the_initiator_speaks_at_once),
        cmocka_unit_test(p76_data_at_zero_and_almost_ten_makes_two_keepalives),
        cmocka_unit_test(p76_g8_g37_after_the_last_data_at_most_two_keepalives_and_silence),
        cmocka_unit_test(p76_g9_a_keepalive_is_ten_seconds_after_the_data_not_after_the_last_sent),
        cmocka_unit_test(p76_what_we_send_ourselves_spares_the_keepalive),
        cmocka_unit_test(p77_g28_g37_keepalives_alone_ask_for_no_handshake),
        cmocka_unit_test(p72_g48_one_packet_serves_a_passive_and_a_persistent_keepalive),
        cmocka_unit_test(p72_g21_the_server_comes_back_after_ten_minutes),
        cmocka_unit_test(p72_a_persistent_keepalive_tries_for_ever),
        cmocka_unit_test(p72_it_is_armed_again_even_if_nothing_could_be_sent),
        cmocka_unit_test(p72_p78_a_keepalive_outlives_the_keys_it_was_for),
        cmocka_unit_test(p84_p132_g77_any_order_of_configuration_starts_the_peer),
        cmocka_unit_test(p72_a_gap_between_datagrams_is_never_longer_than_the_interval),
        cmocka_unit_test(p72_p92_p93_g107_keepalives_go_on_while_every_send_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
