#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "random.h"
#include "state.h"

/* Data from the net, by an outsider who is a peer and says what it likes under a good key (section 11, G-54, G-99). */

enum { NAME = 9 };

struct talk { struct net *net; struct outsider o; struct wrn_peer peer; };

static struct talk talk_new(void)
{
    struct talk t = {.net = net_new(1, WRN_MILLISECOND)};
    uint8_t     message[148], out[64];
    t.peer = outsider_join(&t.o, t.net, 0, NAME);
    outsider_initiate(&t.o, 1700000001, 0, 0, message);
    struct wrn_packet packet = knock(t.net, 0, &elsewhere, message, sizeof message);
    assert_int_equal(packet.verdict, WRN_SEND);
    assert_true(outsider_finish(&t.o, bytes_of(&packet)));
    size_t length = outsider_seal(&t.o, t.o.counter++, NULL, 0, out);
    assert_int_equal(knock(t.net, 0, &elsewhere, out, length).verdict, WRN_TAKEN);
    return t;
}

/* A good datagram around any plaintext, into the host. */
static struct wrn_packet say(struct talk *t, const uint8_t *plain, size_t length)
{
    uint8_t out[NET_BYTES];
    size_t  whole = outsider_seal(&t->o, t->o.counter++, plain, length, out);
    return knock(t->net, 0, &elsewhere, out, whole);
}

static void ip4(uint8_t *ip, uint32_t length, uint8_t name)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[12] = 10;
    ip[13] = 1;
    ip[15] = name;
}

static struct wrn_peer_view view_of(const struct talk *t)
{
    struct wrn_peer_view view;
    assert_int_equal(wrn_inspect_peer(t->net->host[0].engine, t->peer, &view), WRN_OK);
    return view;
}

/* Any ciphertext length is taken, padded by whatever rule; what is delivered has the IP length, always. */
static void p7_p104_p106_g54_g99_every_inner_length_under_every_padding(void **state)
{
    struct talk t = talk_new();
    uint8_t     plain[1600];
    (void)state;
    for (uint32_t length = 20; length <= 1420; length += length < 80 || length > 1400 ? 1 : 7) {
        const uint32_t paddings[] = {0, (16 - length % 16) % 16, 1, 15, 100};
        for (unsigned i = 0; i < 5; i++) {
            memset(plain, (int)(0xa0 + i), sizeof plain); /* padding need not be zero */
            ip4(plain, length, NAME);
            struct wrn_packet packet = say(&t, plain, length + paddings[i]);
            assert_int_equal(packet.verdict, WRN_DELIVER);
            assert_int_equal(packet.length, length);
            assert_memory_equal(bytes_of(&packet), plain, length);
            assert_memory_equal(&packet.peer, &t.peer, sizeof t.peer);
        }
    }
    net_free(t.net);
}

/* Every length field against every buffer length around it (P-103, G-55, G-82). */
static void p103_g55_g82_length_fields_that_fit_and_that_do_not(void **state)
{
    struct talk t = talk_new();
    uint8_t     plain[128];
    (void)state;
    for (uint32_t buffer = 1; buffer < 64; buffer++)
        for (uint32_t field = 0; field < 70; field++) {
            memset(plain, 0, sizeof plain);
            ip4(plain, field, NAME);
            struct wrn_packet packet = say(&t, plain, buffer);
            enum wrn_reason reason = buffer < 20                    ? WRN_REASON_INNER_VERSION
                                     : field < 20 || field > buffer ? WRN_REASON_INNER_LENGTH
                                                                    : WRN_REASON_NONE;
            assert_int_equal(packet.reason, reason);
            assert_int_equal(packet.verdict, reason ? WRN_DROP : WRN_DELIVER);
        }
    for (uint32_t field = 65496 - 5; field <= 65535; field++) {
        memset(plain, 0, sizeof plain);
        plain[0] = 0x60;
        plain[4] = (uint8_t)(field >> 8);
        plain[5] = (uint8_t)field;
        assert_int_equal(say(&t, plain, sizeof plain).reason, WRN_REASON_INNER_LENGTH);
    }
    net_free(t.net);
}

/* Whatever the inner packet is, everything up to the timers happens (P-101); a rejected one counts no bytes (P-108). */
static void p100_p101_p105_p108_p117_g50_rejected_inner_packets_feed_timers_and_roam(void **state)
{
    static const enum wrn_reason reasons[] = {WRN_REASON_INNER_VERSION, WRN_REASON_INNER_LENGTH, WRN_REASON_INNER_SOURCE};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct talk          t = talk_new();
        struct wrn_peer_info before, after;
        uint8_t              plain[64] = {0}, out[128];
        struct wrn_endpoint  moved = elsewhere;
        moved.port++;
        ip4(plain, i == 1 ? 65 : 64, i == 2 ? 77 : NAME);
        if (i == 0)
            plain[0] = 0x30;
        struct plain p;
        plain_ipv4(&p, 0x0a000001, 0x0a010009, 60, 1);
        assert_int_equal(plain_in(t.net, 0, &p), WRN_SEND); /* arms new_handshake */
        assert_int_not_equal(view_of(&t).new_handshake, WRN_NEVER);
        assert_int_equal(wrn_peer_info(t.net->host[0].engine, t.peer, &before), WRN_OK);
        size_t            length = outsider_seal(&t.o, t.o.counter++, plain, sizeof plain, out);
        struct wrn_packet packet = knock(t.net, 0, &moved, out, length);
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, reasons[i]);
        assert_int_equal(wrn_peer_info(t.net->host[0].engine, t.peer, &after), WRN_OK);
        assert_int_equal(after.rx_bytes, before.rx_bytes);
        assert_int_equal(after.endpoint.port, moved.port);
        assert_int_equal(view_of(&t).new_handshake, WRN_NEVER);
        assert_int_equal(view_of(&t).keepalive, t.net->now + 10 * WRN_SECOND);
        net_free(t.net);
    }
}

/* A plaintext of zeros is data, not a keepalive: it arms the keepalive timer and drops (section 24, rule 9). */
static void p109_p101_zeros_are_data_and_nothing_is_a_keepalive(void **state)
{
    struct talk t = talk_new();
    uint8_t     zeros[16] = {0};
    (void)state;
    assert_int_equal(say(&t, NULL, 0).verdict, WRN_TAKEN);
    assert_int_equal(view_of(&t).keepalive, WRN_NEVER);
    assert_int_equal(say(&t, zeros, sizeof zeros).reason, WRN_REASON_INNER_VERSION);
    assert_int_equal(view_of(&t).keepalive, t.net->now + 10 * WRN_SECOND);
    net_free(t.net);
}

/* Replays and forgeries: not a bit changes but counters. */
static void p102_g86_g91_g92_replays_and_forgeries_change_nothing(void **state)
{
    struct talk t = talk_new();
    uint8_t     plain[64], good[128], bad[128], before[32], after[32];
    (void)state;
    ip4(plain, sizeof plain, NAME);
    size_t length = outsider_seal(&t.o, t.o.counter++, plain, sizeof plain, good);
    assert_int_equal(knock(t.net, 0, &elsewhere, good, length).verdict, WRN_DELIVER);
    struct wrn_endpoint attacker = {.address = {203, 0, 113, 5}, .family = 4, .port = 99};
    net_digest(t.net, 0, WRN_PART_PROTOCOL, before);
    assert_int_equal(knock(t.net, 0, &attacker, good, length).reason, WRN_REASON_REPLAY);
    for (size_t bit = 0; bit < 8 * length; bit++) {
        memcpy(bad, good, length);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(knock(t.net, 0, &attacker, bad, length).verdict, WRN_DROP);
    }
    uint8_t keepalive[32];
    (void)outsider_seal(&t.o, 0, NULL, 0, keepalive); /* counter 0 was the confirming one: keepalives replay, too */
    assert_int_equal(knock(t.net, 0, &attacker, keepalive, 32).reason, WRN_REASON_REPLAY);
    net_digest(t.net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    net_free(t.net);
}

/* The order of effects: the staged packet that a confirmation lets go is sent after "received" was noted, so the 15 s timer that
 * it arms stands (P-100a). */
static void p100a_p84_the_flush_comes_after_received(void **state)
{
    struct net *net = net_new(2, 10 * WRN_MILLISECOND);
    (void)state;
    net_introduce(net, 0, 1, true);
    net_introduce(net, 1, 0, false);
    net_send(net, 0, 1, 60);
    net_run(net, 15 * WRN_MILLISECOND); /* host 1 has answered, is not confirmed, and stages */
    net_send(net, 1, 0, 60);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net_run(net, 25 * WRN_MILLISECOND);
    struct wrn_peer_view view;
    net_view(net, 0, 1, &view);
    assert_int_not_equal(view.new_handshake, WRN_NEVER); /* as initiator: flushed by the response */
    net_run(net, 30 * WRN_MILLISECOND);
    net_view(net, 1, 0, &view);
    assert_int_not_equal(view.new_handshake, WRN_NEVER); /* as responder: flushed by the confirmation */
    assert_int_equal(view.keepalive, WRN_NEVER);         /* which its own data has answered */
    net_free(net);
}

static void p95_g67_congestion_marks_come_through(void **state)
{
    struct talk t = talk_new();
    static const uint8_t inner_after[4][4] = {
        /* outer: not-ECT ECT(1) ECT(0) CE; inner down */
        {0, 0, 0, 0}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};
    (void)state;
    for (unsigned inner = 0; inner < 4; inner++)
        for (unsigned outer = 0; outer < 4; outer++) {
            uint8_t plain[64], out[128];
            ip4(plain, sizeof plain, NAME);
            plain[1] = (uint8_t)(0xb8 | inner);
            size_t            length = outsider_seal(&t.o, t.o.counter++, plain, sizeof plain, out);
            struct wrn_packet packet = {
                .data = out, .capacity = sizeof out, .length = (uint32_t)length, .remote = elsewhere, .tos = (uint8_t)outer};
            wrn_net_input(t.net->host[0].engine, t.net->now, &packet, 1);
            assert_int_equal(packet.verdict, WRN_DELIVER);
            assert_int_equal(bytes_of(&packet)[1], 0xb8 | inner_after[inner][outer]);
        }
    net_free(t.net);
}

/* Sizes of datagrams that are none of ours (G-6). */
static void p6_g6_datagrams_of_every_size_up_to_the_largest(void **state)
{
    struct talk t = talk_new();
    uint8_t    *bytes = calloc(65536, 1);
    (void)state;
    assert_non_null(bytes);
    for (uint32_t length = 0; length <= 65535; length += length < 300 || length > 65500 ? 1 : 97)
        for (uint8_t type = 0; type < 6; type++) {
            memset(bytes, 0x11, length);
            if (length >= 4)
                memcpy(bytes, (uint8_t[4]){type}, 4);
            struct wrn_packet packet = {.data = bytes, .capacity = 65536, .length = length, .remote = elsewhere};
            wrn_net_input(t.net->host[0].engine, t.net->now, &packet, 1);
            assert_int_equal(packet.verdict, WRN_DROP);
        }
    uint8_t plain[64];
    ip4(plain, sizeof plain, NAME);
    assert_int_equal(say(&t, plain, sizeof plain).verdict, WRN_DELIVER); /* and reception goes on */
    free(bytes);
    net_free(t.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p7_p104_p106_g54_g99_every_inner_length_under_every_padding),
        cmocka_unit_test(p103_g55_g82_length_fields_that_fit_and_that_do_not),
        cmocka_unit_test(p100_p101_p105_p108_p117_g50_rejected_inner_packets_feed_timers_and_roam),
        cmocka_unit_test(p109_p101_zeros_are_data_and_nothing_is_a_keepalive),
        cmocka_unit_test(p102_g86_g91_g92_replays_and_forgeries_change_nothing),
        cmocka_unit_test(p100a_p84_the_flush_comes_after_received),
        cmocka_unit_test(p95_g67_congestion_marks_come_through),
        cmocka_unit_test(p6_g6_datagrams_of_every_size_up_to_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
