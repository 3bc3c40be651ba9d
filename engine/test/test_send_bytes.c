#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "random.h"
#include "state.h"

/* Sizes and counts on the way out: padding, room, byte statistics, and what a host could not send (P-92, P-93, P-97 to P-99). */

static struct plain p;

/* The rule of P-97 and section 24, again and stupidly. */
static uint32_t padded(uint32_t length, uint32_t mtu)
{
    uint32_t unit = mtu && length > mtu ? length % mtu : length, up = unit;
    while (up % 16)
        up++;
    if (mtu && up > mtu)
        up = mtu;
    return length - unit + up;
}

static void p97_g52_g53_padding_under_every_mtu(void **state)
{
    static const uint16_t mtus[] = {0, 1, 15, 16, 17, 1280, 1299, 1420, 65535};
    struct net           *net = plain_pair(NULL);
    (void)state;
    for (unsigned device = 0; device < 2; device++)
        for (unsigned i = 0; i < sizeof mtus / sizeof mtus[0]; i++)
            for (uint32_t length = 20; length < 1500; length += length < 60 || length > 1270 ? 1 : 13) {
                assert_int_equal(wrn_set_mtu(net->host[0].engine, device ? mtus[i] : 1420), WRN_OK);
                plain_ipv4(&p, 0x0a000001, 0x0a000002, length < 24 ? 24 : length, 1);
                p.packet.length = length;
                p.packet.mtu = device ? 0 : mtus[i];
                uint16_t mtu = p.packet.mtu ? p.packet.mtu : device ? mtus[i] : 1420;
                assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
                assert_int_equal(p.packet.length, 32 + padded(length, mtu));
                assert_int_equal(p.packet.offset, 0);
                if (mtu >= length)
                    assert_true(p.packet.length <= 32u + mtu); /* so the outer packet fits the route */
            }
    net_free(net);
}

/* Staged packets keep their route's MTU. */
static void p97_g53_a_staged_packet_remembers_its_mtu(void **state)
{
    struct net *net = net_new(2, WRN_MILLISECOND);
    (void)state;
    net_connect(net, 0, 1);
    plain_ipv4(&p, 0x0a000001, 0x0a000002, 1298, 1);
    p.packet.mtu = 1299;
    assert_int_equal(plain_in(net, 0, &p), WRN_TAKEN);
    net_pump(net, 0);
    struct caught *caught = calloc(1, sizeof *caught);
    assert_non_null(caught);
    net_catch(net, caught);
    net_run(net, WRN_SECOND);
    assert_int_equal(caught->last[0][4].length, 1299 + 32);
    assert_int_equal(net->delivered[0].length, 1298);
    free(caught);
    net_free(net);
}

/* What is added is zeros, and nothing of what the buffer held before. */
static void p97_p98_padding_is_zeros_and_nothing_is_padded_to_nothing(void **state)
{
    struct net     *net = net_new(1, WRN_MILLISECOND);
    struct outsider o;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    uint8_t         message[148], out[NET_BYTES];
    (void)state;
    outsider_initiate(&o, 1700000001, 0, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, sizeof message);
    assert_int_equal(packet.verdict, WRN_SEND);
    assert_true(outsider_finish(&o, bytes_of(&packet)));
    size_t length = outsider_seal(&o, o.counter++, NULL, 0, out);
    assert_int_equal(knock(net, 0, &elsewhere, out, length).verdict, WRN_TAKEN);
    plain_ipv4(&p, 0x0a000001, 0x0a010009, 50, 1);
    memset(p.bytes + WRN_HEADROOM + 50, 0xee, 100);
    assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
    assert_int_equal(p.packet.length, 32 + 64);
    struct wrn_aead open = {.key = o.receive_key, .counter = 0, .data = p.bytes + 16, .length = 64};
    wrn_crypto_sodium.open(NULL, &open, 1);
    assert_true(open.good);
    for (unsigned i = 50; i < 64; i++)
        assert_int_equal(p.bytes[16 + i], 0);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 1};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    assert_int_equal(packet.length, 32);
    net_free(net);
}

static void p97_room_is_asked_for_exactly(void **state)
{
    struct net *net = plain_pair(NULL);
    (void)state;
    for (uint32_t length = 28; length < 60; length++) {
        uint32_t whole = padded(length, 1420) + 16;
        plain_ipv4(&p, 0x0a000001, 0x0a000002, length, 1);
        p.packet.capacity = WRN_HEADROOM + whole;
        assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
        plain_ipv4(&p, 0x0a000001, 0x0a000002, length, 1);
        p.packet.capacity = WRN_HEADROOM + whole - 1;
        assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
        assert_int_equal(p.packet.reason, WRN_REASON_ROOM);
        plain_ipv4(&p, 0x0a000001, 0x0a000002, length, 1);
        p.packet.offset = WRN_HEADROOM - 1;
        assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
        assert_int_equal(p.packet.reason, WRN_REASON_ROOM);
    }
    net_free(net);
}

static void p5_a_message_never_exceeds_a_datagram(void **state)
{
    struct net *net = plain_pair(NULL);
    (void)state;
    for (uint32_t length = 65535 - 40; length <= 65535; length++) {
        plain_ipv4(&p, 0x0a000001, 0x0a000002, length, 1);
        uint8_t verdict = plain_in(net, 0, &p);
        assert_int_equal(verdict, padded(length, 1420) + 32 <= 65535 ? WRN_SEND : WRN_DROP);
        if (verdict == WRN_DROP)
            assert_int_equal(p.packet.reason, WRN_REASON_TOO_LONG);
    }
    net_free(net);
}

/* tests/netns.sh of the reference: ten pings of 84 bytes from nothing. */
static void p99_p108_g32_golden_byte_counts_of_ten_pings(void **state)
{
    struct net          *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_info a, b;
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 10; i++) {
        net_send(net, 0, 1, 84);
        net_run(net, net->now + 10 * WRN_MILLISECOND);
        net_send(net, 1, 0, 84);
        net_run(net, net->now + 10 * WRN_MILLISECOND);
    }
    net_info(net, 0, 1, &a);
    net_info(net, 1, 0, &b);
    assert_int_equal(a.tx_bytes, 148 + 10 * 128);
    assert_int_equal(a.rx_bytes, 92 + 10 * 128);
    assert_int_equal(b.tx_bytes, 92 + 10 * 128);
    assert_int_equal(b.rx_bytes, 148 + 10 * 128);
    net_free(net);
}

/* One way only: the two directions are not each other's. A confirming keepalive adds 32. */
static void p99_g32_asymmetric_traffic_and_keepalives(void **state)
{
    struct net            *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 1000};
    struct wrn_peer_info   a, b;
    (void)state;
    net_connect(net, 0, 1);
    assert_int_equal(wrn_peer_set(net->host[0].engine, 0, net->host[0].peers[1], &change), WRN_OK);
    net_run(net, WRN_SECOND);
    for (unsigned i = 0; i < 5; i++)
        net_send(net, 0, 1, 1000);
    net_run(net, 2 * WRN_SECOND);
    net_info(net, 0, 1, &a);
    net_info(net, 1, 0, &b);
    assert_int_equal(a.tx_bytes, 148 + 32 + 5 * (1008 + 32));
    assert_int_equal(a.rx_bytes, 92);
    assert_int_equal(b.rx_bytes, a.tx_bytes);
    assert_int_equal(b.tx_bytes, a.rx_bytes);
    net_free(net);
}

static void p99_p108_cookie_replies_count_in_neither(void **state)
{
    struct net          *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_info a, b;
    struct wrn_counters  counters;
    (void)state;
    net_connect(net, 0, 1);
    wrn_report_load(net->host[1].engine, 0);
    net_send(net, 0, 1, 60);
    net_run(net, WRN_SECOND);
    net_info(net, 0, 1, &a);
    net_info(net, 1, 0, &b);
    wrn_counters(net->host[1].engine, &counters);
    assert_int_equal(counters.cookies_sent, 1);
    assert_int_equal(a.tx_bytes, 148);
    assert_int_equal(a.rx_bytes + b.tx_bytes + b.rx_bytes, 0);
    net_free(net);
}

/* The socket refuses: byte counts and the 15 s timer forget the packet, everything else stands. */
static void p92_p93_p99_g25_g107_what_could_not_be_sent(void **state)
{
    struct net            *net = plain_pair(NULL);
    struct wrn_engine     *engine = net->host[0].engine;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 25};
    struct wrn_peer_view   view;
    struct wrn_peer_info   before, after;
    (void)state;
    assert_int_equal(wrn_peer_set(engine, net->now, net->host[0].peers[1], &change), WRN_OK);
    net_pump(net, 0);
    uint32_t back = net_send(net, 1, 0, 60); /* answers, and arms host 0's passive keepalive */
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_received(net, 0, back), 1);
    net_view(net, 0, 1, &view);
    assert_int_equal(view.new_handshake, WRN_NEVER);
    assert_int_not_equal(view.keepalive, WRN_NEVER);
    net_info(net, 0, 1, &before);
    plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
    assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
    net_view(net, 0, 1, &view);
    assert_int_not_equal(view.new_handshake, WRN_NEVER);
    wrn_net_unsent(engine, net->now, &p.packet, 1);
    net_view(net, 0, 1, &view);
    net_info(net, 0, 1, &after);
    assert_int_equal(after.tx_bytes, before.tx_bytes);
    assert_int_equal(view.new_handshake, WRN_NEVER); /* data_sent did not happen */
    assert_int_equal(view.keepalive, WRN_NEVER);     /* any_sent did */
    assert_int_equal(view.persistent, net->now + 25 * WRN_SECOND); /* and traversal: attempts go on (G-107) */
    net_free(net);
}

/* A short sendmmsg: the tail is reported, the head stands (G-16). */
static void p93_g16_the_tail_of_a_batch_was_not_sent(void **state)
{
    enum { COUNT = 10, SENT = 4 };
    struct net          *net = plain_pair(NULL);
    struct plain        *plains = calloc(COUNT, sizeof *plains);
    struct wrn_packet    packets[COUNT];
    struct wrn_peer_info before, after;
    struct wrn_peer_view view;
    struct wrn_counters  counters;
    (void)state;
    assert_non_null(plains);
    net_run(net, 20 * WRN_SECOND);
    net_info(net, 0, 1, &before);
    for (unsigned i = 0; i < COUNT; i++) {
        plain_ipv4(&plains[i], 0x0a000001, 0x0a000002, 100, i);
        packets[i] = plains[i].packet;
    }
    wrn_tun_input(net->host[0].engine, net->now, packets, COUNT);
    wrn_net_unsent(net->host[0].engine, net->now, packets + SENT, COUNT - SENT);
    net_info(net, 0, 1, &after);
    net_view(net, 0, 1, &view);
    wrn_counters(net->host[0].engine, &counters);
    assert_int_equal(after.tx_bytes - before.tx_bytes, SENT * (112 + 32));
    assert_int_equal(counters.unsent, COUNT - SENT);
    assert_int_not_equal(view.new_handshake, WRN_NEVER); /* the first one was sent */
    for (unsigned i = SENT; i < COUNT; i++) /* later, unchanged, they are as good as ever */
        assert_int_equal(plain_on(net, 0, 1, &packets[i]), WRN_DELIVER);
    free(plains);
    net_free(net);
}

static void p92_p134_unsent_packets_of_nobody_are_only_counted(void **state)
{
    struct net         *net = plain_pair(NULL);
    struct wrn_packet   none = {.peer = {UINT32_MAX, 0}}, stale;
    struct wrn_counters counters;
    uint8_t             before[32], after[32];
    (void)state;
    plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
    assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
    stale = p.packet;
    assert_int_equal(wrn_peer_remove(net->host[0].engine, net->now, net->host[0].peers[1]), WRN_OK);
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    wrn_net_unsent(net->host[0].engine, net->now, &none, 1);
    wrn_net_unsent(net->host[0].engine, net->now, &stale, 1);
    net_digest(net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    wrn_counters(net->host[0].engine, &counters);
    assert_int_equal(counters.unsent, 2);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p97_g52_g53_padding_under_every_mtu),
        cmocka_unit_test(p97_g53_a_staged_packet_remembers_its_mtu),
        cmocka_unit_test(p97_p98_padding_is_zeros_and_nothing_is_padded_to_nothing),
        cmocka_unit_test(p97_room_is_asked_for_exactly),
        cmocka_unit_test(p5_a_message_never_exceeds_a_datagram),
        cmocka_unit_test(p99_p108_g32_golden_byte_counts_of_ten_pings),
        cmocka_unit_test(p99_g32_asymmetric_traffic_and_keepalives),
        cmocka_unit_test(p99_p108_cookie_replies_count_in_neither),
        cmocka_unit_test(p92_p93_p99_g25_g107_what_could_not_be_sent),
        cmocka_unit_test(p93_g16_the_tail_of_a_batch_was_not_sent),
        cmocka_unit_test(p92_p134_unsent_packets_of_nobody_are_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
