#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "random.h"
#include "state.h"

/* From the tun side to the net: staging, nonces, refusals, padding, outer bits and counts (section 10). */

static struct plain p;

static uint64_t counter_of(const struct wrn_packet *packet) { return wrni_load_le64(packet->data + packet->offset + 8); }

static struct wrn_config staging(uint32_t slots, uint32_t share)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.stage_slots = slots;
    config.limits.stage_share = share;
    return config;
}

static void p82_p86_the_oldest_staged_packet_makes_room(void **state)
{
    struct wrn_config config = staging(16, 4);
    struct net       *net = net_new_with(2, WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    uint32_t          ids[7];
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 7; i++) {
        ids[i] = net_send(net, 0, 1, 60 + i); /* its buffer is gone on return */
        assert_int_equal(net_last_verdict, WRN_TAKEN);
    }
    assert_int_equal(plain_reason(net, 0, WRN_REASON_STAGED_OUT), 3);
    net_run(net, WRN_SECOND);
    assert_int_equal(net->delivereds, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(net->delivered[i].id, ids[3 + i]);
        assert_int_equal(net->delivered[i].length, 63 + i);
    }
    net_free(net);
}

static void p82_the_default_cap_is_128(void **state)
{
    struct net          *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_info info;
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 200; i++)
        net_send(net, 0, 1, 60);
    net_info(net, 0, 1, &info);
    assert_int_equal(info.staged, 128);
    assert_int_equal(plain_reason(net, 0, WRN_REASON_STAGED_OUT), 72);
    net_free(net);
}

/* A peer does not take from another; without a slot of its own it is told to hold, and when to come again. */
static void p82_a_full_stage_holds_and_the_event_tells_when(void **state)
{
    struct wrn_config config = staging(2, 2);
    struct net       *net = net_new_with(3, WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    (void)state;
    net_connect(net, 0, 1);
    net_connect(net, 0, 2);
    net_send(net, 0, 1, 60);
    net_send(net, 0, 1, 60);
    net_send(net, 0, 2, 60);
    assert_int_equal(net_last_verdict, WRN_HOLD);
    assert_int_equal(net_sent(net, 0, 1, 0, 0), 2); /* yet both initiations are out */
    net_run(net, WRN_SECOND);
    assert_true(net->host[0].events[2] & WRN_EVENT_SESSION);
    uint32_t id = net_send(net, 0, 2, 60);
    assert_int_equal(net_last_verdict, WRN_SEND);
    net_run(net, 2 * WRN_SECOND);
    assert_int_equal(net_received(net, 2, id), 1);
    net_free(net);
}

static void p82_no_stage_at_all_is_legal(void **state)
{
    struct wrn_config config = staging(0, 0);
    struct net       *net = net_new_with(2, WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    (void)state;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_HOLD);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 1); /* nothing staged: a keepalive confirms (P-58) */
    uint32_t id = net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_SEND);
    net_run(net, 2 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* Counters are given in the order of leaving, without gaps, and what waits goes before what comes. */
static void p83_nonces_follow_the_order_of_leaving(void **state)
{
    struct net    *net = net_new(2, WRN_MILLISECOND);
    uint32_t       ids[6];
    struct caught *caught = calloc(1, sizeof *caught);
    (void)state;
    assert_non_null(caught);
    net_connect(net, 0, 1);
    net_catch(net, caught);
    for (unsigned i = 0; i < 3; i++)
        ids[i] = net_send(net, 0, 1, 60);
    net->now = WRN_MILLISECOND;
    struct net_datagram initiation = caught->last[0][1];
    net_lose(net);
    assert_int_equal(net_inject(net, 1, &initiation.from, initiation.bytes, 148), WRN_SEND);
    struct net_datagram response = caught->last[1][2];
    struct wrn_packet   packet = knock(net, 0, &net->host[1].address, response.bytes, 92); /* no output is taken yet */
    assert_int_equal(packet.verdict, WRN_TAKEN);
    for (unsigned i = 3; i < 6; i++) {
        plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, ids[2] + i - 2);
        ids[i] = ids[2] + i - 2;
        assert_int_equal(plain_in(net, 0, &p), WRN_TAKEN); /* behind what waits */
    }
    for (unsigned i = 0; i < 6; i++) {
        assert_true(knock_output(net, 0, &packet));
        assert_int_equal(counter_of(&packet), i);
        assert_int_equal(plain_on(net, 0, 1, &packet), WRN_DELIVER);
        assert_int_equal(net->delivered[i].id, ids[i]);
    }
    assert_false(knock_output(net, 0, &packet));
    free(caught);
    net_free(net);
}

/* The key dies between flush and leaving: everything stays staged, in order, and a handshake is asked for. */
static void p83_p91_an_unusable_key_leaves_them_staged(void **state)
{
    struct net           *net = plain_pair(NULL);
    struct wrn_engine    *engine = net->host[0].engine;
    struct wrn_peer_info  info;
    struct wrn_peer       peer = net->host[0].peers[1];
    struct wrni_rotation *rotation = &wrni_flow_at(engine, peer.slot)->rotation;
    struct wrn_packet     packets[8];
    static struct plain   plains[8];
    (void)state;
    wrni_rotation_at(rotation, WRNI_CURRENT)->sent = WRNI_REJECT_SEND - 3;
    net->now += 6 * WRN_SECOND;
    for (unsigned i = 0; i < 8; i++) {
        plain_ipv4(&plains[i], 0x0a000001, 0x0a000002, 60, 100 + i);
        packets[i] = plains[i].packet;
    }
    wrn_tun_input(engine, net->now, packets, 8);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(packets[i].verdict, i < 3 ? WRN_SEND : WRN_TAKEN);
        if (i < 3)
            assert_true(counter_of(&packets[i]) < UINT64_MAX - 8192);
    }
    net_info(net, 0, 1, &info);
    assert_int_equal(info.staged, 5);
    assert_false(info.has_session);
    size_t before = net_sent(net, 0, 1, 0, WRN_NEVER), delivered = net->delivereds;
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), before + 1);
    assert_int_equal(net->delivereds, delivered + 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(net->delivered[delivered + i].id, 103 + i);
    net_free(net);
}

static void p85_a_keepalive_goes_only_when_nothing_is_staged(void **state)
{
    struct net            *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 25};
    (void)state;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 60);
    net_send(net, 0, 1, 60);
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, net->host[0].peers[1], &change), WRN_OK);
    net_run(net, 5 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 5, 0, WRN_NEVER), 2);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 0);
    net_run(net, 46 * WRN_SECOND); /* 25 s after the second keepalive that answered (P-76) */
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 1);
    net_free(net);
}

static void p87_p88_g70_refusals_of_the_tun_side_stage_nothing(void **state)
{
    struct net          *net = net_new(2, WRN_MILLISECOND);
    struct wrn_peer_info info;
    uint8_t              icmp[1280];
    (void)state;
    net_introduce(net, 0, 1, false);
    plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
    assert_int_equal(plain_in(net, 0, &p), WRN_DROP); /* no endpoint, and none is waited for */
    assert_int_equal(p.packet.reason, WRN_REASON_NO_ENDPOINT);
    assert_int_equal(wrn_icmp_unreachable(p.bytes + WRN_HEADROOM, 60, icmp, sizeof icmp), 20 + 8 + 60);
    assert_int_equal(icmp[20] << 8 | icmp[21], 3 << 8 | 1);
    assert_memory_equal(icmp + 16, p.bytes + WRN_HEADROOM + 12, 4); /* back to the inner source */
    plain_ipv4(&p, 0x0a000001, 0x0b000002, 60, 1);
    assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
    assert_int_equal(p.packet.reason, WRN_REASON_NO_ROUTE);
    plain_ipv6(&p, 1, 99, 80);
    assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
    assert_int_equal(p.packet.reason, WRN_REASON_NO_ROUTE);
    assert_int_equal(wrn_icmp_unreachable(p.bytes + WRN_HEADROOM, 80, icmp, sizeof icmp), 40 + 8 + 80);
    assert_int_equal(icmp[40] << 8 | icmp[41], 1 << 8 | 3);
    static const struct { uint8_t first; uint32_t length; } bad[] = {{0x45, 19}, {0x60, 39}, {0x55, 60}, {0x05, 60}, {0x45, 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
        p.bytes[WRN_HEADROOM] = bad[i].first;
        p.packet.length = bad[i].length;
        assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
        assert_int_equal(p.packet.reason, WRN_REASON_INNER_VERSION);
        assert_int_equal(wrn_icmp_unreachable(p.bytes + WRN_HEADROOM, bad[i].length, icmp, sizeof icmp), 0); /* G-70 */
    }
    net_info(net, 0, 1, &info);
    assert_int_equal(info.staged, 0);
    assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER); /* nor does a handshake begin */
    net_free(net);
}

/* The pieces of a super-packet are messages of their own: as many counters, each delivered once. */
static void p90_every_segment_is_a_message_with_its_own_counter(void **state)
{
    enum { SEGMENTS = 45 };
    struct net        *net = plain_pair(NULL);
    struct plain      *plains = calloc(SEGMENTS, sizeof *plains);
    struct wrn_packet  packets[SEGMENTS];
    size_t             before = net->delivereds;
    (void)state;
    assert_non_null(plains);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        plain_ipv4(&plains[i], 0x0a000001, 0x0a000002, 1400, 1000 + i);
        packets[i] = plains[i].packet;
    }
    wrn_tun_input(net->host[0].engine, net->now, packets, SEGMENTS);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        assert_int_equal(packets[i].verdict, WRN_SEND);
        assert_int_equal(counter_of(&packets[i]), 1 + i); /* the pair used the first */
        assert_int_equal(plain_on(net, 0, 1, &packets[i]), WRN_DELIVER);
        assert_int_equal(net->delivered[before + i].id, 1000 + i);
    }
    free(plains);
    net_free(net);
}

static void p94_p95_g67_outer_bits_of_every_message(void **state)
{
    struct net    *net = net_new(2, WRN_MILLISECOND);
    struct caught *caught = calloc(1, sizeof *caught);
    (void)state;
    assert_non_null(caught);
    net_connect(net, 0, 1);
    net_catch(net, caught);
    wrn_report_load(net->host[1].engine, 0);
    net_send(net, 0, 1, 60);
    net_run(net, 20 * WRN_SECOND);
    assert_int_equal(caught->last[0][1].tos, 0x88);
    assert_int_equal(caught->last[1][2].tos, 0x88);
    assert_int_equal(caught->last[1][3].tos, 0);
    assert_int_equal(caught->last[1][4].tos, 0); /* a keepalive */
    for (unsigned tos = 0; tos < 256; tos++) {
        static const uint8_t outer[4] = {0, 1, 2, 2}; /* CE goes out as ECT(0) */
        plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
        p.bytes[WRN_HEADROOM + 1] = (uint8_t)tos;
        assert_int_equal(plain_in(net, 0, &p), WRN_SEND);
        assert_int_equal(p.packet.tos, outer[tos & 3]);
    }
    free(caught);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p82_p86_the_oldest_staged_packet_makes_room),
        cmocka_unit_test(p82_the_default_cap_is_128),
        cmocka_unit_test(p82_a_full_stage_holds_and_the_event_tells_when),
        cmocka_unit_test(p82_no_stage_at_all_is_legal),
        cmocka_unit_test(p83_nonces_follow_the_order_of_leaving),
        cmocka_unit_test(p83_p91_an_unusable_key_leaves_them_staged),
        cmocka_unit_test(p85_a_keepalive_goes_only_when_nothing_is_staged),
        cmocka_unit_test(p87_p88_g70_refusals_of_the_tun_side_stage_nothing),
        cmocka_unit_test(p90_every_segment_is_a_message_with_its_own_counter),
        cmocka_unit_test(p94_p95_g67_outer_bits_of_every_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
