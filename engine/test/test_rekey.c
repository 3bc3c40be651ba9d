#include "peek.h"
#include "watch.h"

/* When a session is renewed, by whom, and what happens at its last seconds and its last counters. */

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

/* Host 0 was the initiator: its session is born at 2 D, host 1's at D. */
static struct net *session(void)
{
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_non_null(peek_session(net, 1, 0, WRNI_CURRENT));
    return net;
}

static bool drop_all(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    (void)context;
    return false;
}

static bool drop_initiations(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)context;
    return datagram->bytes[0] != 1;
}

/* One packet a second in the given directions, for an hour; every packet arrives once (L4). */
static void steady_hour(struct net *net, unsigned directions)
{
    uint32_t first = net->next_id + 1;
    for (unsigned second = 1; second <= 3600; second++) {
        if (directions & 1)
            net_send(net, 0, 1, 100);
        if (directions & 2)
            net_send(net, 1, 0, 100);
        net_run(net, net->now + WRN_SECOND);
    }
    for (uint32_t id = first; id <= net->next_id; id++)
        assert_int_equal(net_received(net, 0, id) + net_received(net, 1, id), 1);
    watch_end(&eyes);
}

static void p73_p75_g40_an_hour_of_steady_traffic(void **state)
{
    (void)state;
    for (unsigned directions = 1; directions <= 3; directions++) {
        struct net *net = session();
        steady_hour(net, directions);
        assert_in_range(net_sent(net, 0, 1, 0, WRN_NEVER), 29, 31); /* by the first initiator, each time */
        assert_int_equal(net_sent(net, 1, 1, 0, WRN_NEVER), 0);     /* the responder never renews by age */
        for (size_t i = 1; i < net_sent(net, 0, 1, 0, WRN_NEVER); i++) { /* L2: at the first send from 120 s of age on */
            wrn_time born = net_sent_at(net, 0, 1, i - 1) + 2 * D;
            assert_in_range(net_sent_at(net, 0, 1, i), born + 120 * WRN_SECOND, born + (directions & 1 ? 121 : 131) * WRN_SECOND);
        }
        net_free(net);
    }
}

static void p73_an_idle_tunnel_renews_nothing(void **state)
{
    (void)state;
    struct net *net = session();
    net_run(net, 170 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 0);
    net_free(net);
}

static void p73_even_a_keepalive_renews(void **state)
{
    (void)state;
    struct net *net = session();
    net_run(net, 2 * D + 120 * WRN_SECOND - 1);
    wrni_order_peer(net->host[0].engine, 0, WRNI_ORDER_KEEPALIVE);
    net_pump(net, 0);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 0);
    net_run(net, 2 * D + 120 * WRN_SECOND);
    wrni_order_peer(net->host[0].engine, 0, WRNI_ORDER_KEEPALIVE);
    net_pump(net, 0);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 1);
    net_free(net);
}

static void p74_the_initiator_renews_late_when_it_only_listens(void **state)
{
    (void)state;
    struct net *net = session();
    net_run(net, D + 165 * WRN_SECOND - 1); /* arrives 1 ns before 165 s of age */
    net_send(net, 1, 0, 100);
    net_run(net, net->now + D);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 0);
    net_run(net, D + 165 * WRN_SECOND);
    net_send(net, 1, 0, 100);
    net_run(net, net->now + D);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 1); /* L3 */
    net_free(net);
}

static void p74_and_asks_once_even_if_that_was_suppressed(void **state)
{
    (void)state;
    struct net *net = session();
    eyes.tap = drop_initiations;
    net_run(net, 165 * WRN_SECOND + 2 * D);
    peek_timers(net, 0, 1)->last_initiation = net->now - WRN_SECOND;
    for (unsigned i = 0; i < 9; i++) { /* its own passive keepalive, which would renew by P-73, comes at 10 s only */
        net_send(net, 1, 0, 100);
        net_run(net, net->now + WRN_SECOND);
    }
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 0);
    assert_true(peek_session(net, 0, 1, WRNI_CURRENT)->rekey_asked);
    net_free(net);
}

static void p64_p73_p75_either_role_renews_after_two_to_the_sixty(void **state)
{
    (void)state;
    for (unsigned host = 0; host < 2; host++) {
        struct net *net = session();
        net_run(net, 20 * WRN_SECOND); /* the responder's answer counted as sent */
        peek_session(net, host, 1 - host, WRNI_CURRENT)->sent = (UINT64_C(1) << 60) - 2;
        for (unsigned i = 0; i < 2; i++) {
            net_send(net, host, 1 - host, 100);
            assert_int_equal(net_sent(net, host, 1, WRN_SECOND, WRN_NEVER), 0);
        }
        net_send(net, host, 1 - host, 100); /* counter 2^60: now more than 2^60 were sent */
        assert_int_equal(net_sent(net, host, 1, WRN_SECOND, WRN_NEVER), 1);
        net_run(net, net->now + WRN_SECOND);
        for (uint32_t id = 2; id <= 4; id++)
            assert_int_equal(net_received(net, 1 - host, id), 1);
        assert_true(peek_session(net, host, 1 - host, WRNI_CURRENT)->sent < 3);
        net_free(net);
    }
}

/* A batch of five small packets from host to host; bit i of the answer: packet i was sent, not staged. */
static unsigned send_five(struct net *net, unsigned from, struct net_datagram datagrams[5])
{
    static uint8_t    buffers[5][256];
    struct wrn_packet packets[5];
    unsigned          sent = 0;
    for (unsigned i = 0; i < 5; i++) {
        memset(buffers[i], 0, sizeof buffers[i]);
        uint8_t *ip = buffers[i] + WRN_HEADROOM;
        ip[0] = 0x45;
        ip[3] = 28;
        ip[12] = ip[16] = 10;
        ip[15] = (uint8_t)(from + 1);
        ip[19] = (uint8_t)(2 - from);
        ip[23] = (uint8_t)++net->next_id;
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = 256, .offset = WRN_HEADROOM, .length = 28};
    }
    wrn_tun_input(net->host[from].engine, net->now, packets, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_true(packets[i].verdict == WRN_SEND || packets[i].verdict == WRN_TAKEN);
        if (packets[i].verdict != WRN_SEND)
            continue;
        sent |= 1u << i;
        datagrams[i] = (struct net_datagram){.from = net->host[from].address, .length = packets[i].length};
        memcpy(datagrams[i].bytes, packets[i].data + packets[i].offset, packets[i].length);
    }
    return sent;
}

static void p59_p64_p67_p83_p91_g5_the_last_counters(void **state)
{
    (void)state;
    for (unsigned host = 0; host < 2; host++) {
        static struct net_datagram datagrams[5];
        struct net *net = session();
        net_run(net, 20 * WRN_SECOND);
        struct wrni_session *current = peek_session(net, host, 1 - host, WRNI_CURRENT);
        current->sent = UINT64_MAX - 8194; /* 2^64 - 8195; the limit is 2^64 - 8193 */
        uint32_t first = net->next_id + 1;
        assert_int_equal(send_five(net, host, datagrams), 3);
        assert_int_equal(wrni_load_le64(datagrams[0].bytes + 8), UINT64_MAX - 8194);
        assert_int_equal(wrni_load_le64(datagrams[1].bytes + 8), UINT64_MAX - 8193);
        assert_int_equal(current->sent, UINT64_MAX - 8192);
        assert_false(current->may_send);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(net_inject(net, 1 - host, &datagrams[i].from, datagrams[i].bytes, datagrams[i].length), WRN_DELIVER);
        net_pump(net, host);
        assert_int_equal(net_sent(net, host, 1, WRN_SECOND, WRN_NEVER), 1); /* a handshake is asked for */
        net_run(net, net->now + WRN_SECOND);
        assert_int_equal(net->delivereds, 6);
        for (unsigned i = 0; i < 5; i++) /* the rest goes under the new key: in order, none lost */
            assert_int_equal(net->delivered[net->delivereds - 5 + i].id, (first + i) & 0xff);
        net_free(net);
    }
}

static void p59_a_receive_counter_at_its_limit_ends_the_session(void **state)
{
    (void)state;
    struct net *net = session();
    struct net_datagram datagram = {.from = net->host[0].address};
    const uint64_t counters[] = {UINT64_MAX - 8130, UINT64_MAX - 8129, 5}; /* 2^64 - 8131, 2^64 - 8130, and any */
    const uint8_t  verdicts[] = {WRN_TAKEN, WRN_DROP, WRN_DROP};
    const uint8_t  reasons[] = {WRN_REASON_NONE, WRN_REASON_EXPIRED, WRN_REASON_EXPIRED};
    for (unsigned i = 0; i < 3; i++) {
        peek_session(net, 0, 1, WRNI_CURRENT)->sent = counters[i];
        datagram.length = peek_seal(net, 0, 1, WRNI_CURRENT, NULL, 0, datagram.bytes);
        assert_int_equal(peek_take(net, 1, &datagram), verdicts[i]);
        assert_int_equal(net_last_reason, reasons[i]);
    }
    net_free(net);
}

static void p65_g4_counters_run_on_past_thirty_two_bits(void **state)
{
    (void)state;
    struct net *net = session();
    peek_session(net, 0, 1, WRNI_CURRENT)->sent = (UINT64_C(1) << 32) - 2;
    size_t before = net->sents;
    for (uint64_t i = 0; i < 5; i++) {
        uint32_t id = net_send(net, 0, 1, 100);
        assert_int_equal(net->sent[before + i].counter, (UINT64_C(1) << 32) - 2 + i);
        assert_int_equal(wrni_load_le64(net->flight[net->flying - 1]->bytes + 8), (UINT64_C(1) << 32) - 2 + i);
        net_run(net, net->now + D);
        before += net->sents - before - i - 1;
        assert_int_equal(net_received(net, 1, id), 1);
    }
    net_free(net);
}

static void p59_g90_no_key_is_used_from_180_seconds_on(void **state)
{
    (void)state;
    struct net *net = session();
    struct net_datagram datagram = {.from = net->host[1].address};
    datagram.length = peek_seal(net, 1, 0, WRNI_CURRENT, NULL, 0, datagram.bytes);
    net_run(net, 20 * WRN_SECOND);
    eyes.tap = drop_all;
    net_run(net, 2 * D + 180 * WRN_SECOND); /* held by a slow host for 180 s */
    assert_int_equal(peek_take(net, 0, &datagram), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_EXPIRED);
    net_send(net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    assert_int_equal(net_sent(net, 0, 5, 20 * WRN_SECOND, WRN_NEVER), 0);
    assert_int_equal(net_sent(net, 0, 1, 20 * WRN_SECOND, WRN_NEVER), 1);
    net_free(net);
}

static void g36_at_the_edge_only_what_is_in_flight_is_lost(void **state)
{
    (void)state;
    struct net *net = session(); /* responder to initiator: both ends of the key pass 180 s in the order of the packet */
    net_run(net, D + 180 * WRN_SECOND - 1);
    uint32_t id = net_send(net, 1, 0, 100);
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_received(net, 0, id), 1);
    net_free(net);

    net = session(); /* initiator to responder: expired on arrival; what comes next is delivered */
    net_run(net, 2 * D + 180 * WRN_SECOND - 1);
    id = net_send(net, 0, 1, 100);
    uint32_t next = net_send(net, 0, 1, 100);
    net_run(net, 2 * D + 180 * WRN_SECOND);
    uint32_t after = net_send(net, 0, 1, 100);
    net_run(net, net->now + 10 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id) + net_received(net, 1, next), 0);
    assert_int_equal(net_received(net, 1, after), 1);
    net_free(net);
}

static void g42_one_packet_after_any_idle_time_is_delivered_once(void **state)
{
    (void)state;
    for (unsigned tenth = 1000; tenth <= 2000; tenth += 5) {
        for (unsigned from = 0; from < 2; from++) {
            wrn_time at = tenth * 100 * WRN_MILLISECOND;
            if (from == 0 && at >= 180 * WRN_SECOND && at < 180 * WRN_SECOND + 2 * D)
                continue; /* the band in which the receiver's key ends first (section 24, G-42) */
            struct net *net = session();
            net_run(net, at);
            uint32_t id = net_send(net, from, 1 - from, 100);
            net_run(net, at + 30 * WRN_SECOND);
            assert_int_equal(net_received(net, 1 - from, id), 1);
            net_free(net);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p73_p75_g40_an_hour_of_steady_traffic),
        cmocka_unit_test(p73_an_idle_tunnel_renews_nothing),
        cmocka_unit_test(p73_even_a_keepalive_renews),
        cmocka_unit_test(p74_the_initiator_renews_late_when_it_only_listens),
        cmocka_unit_test(p74_and_asks_once_even_if_that_was_suppressed),
        cmocka_unit_test(p64_p73_p75_either_role_renews_after_two_to_the_sixty),
        cmocka_unit_test(p59_p64_p67_p83_p91_g5_the_last_counters),
        cmocka_unit_test(p59_a_receive_counter_at_its_limit_ends_the_session),
        cmocka_unit_test(p65_g4_counters_run_on_past_thirty_two_bits),
        cmocka_unit_test(p59_g90_no_key_is_used_from_180_seconds_on),
        cmocka_unit_test(g36_at_the_edge_only_what_is_in_flight_is_lost),
        cmocka_unit_test(g42_one_packet_after_any_idle_time_is_delivered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
