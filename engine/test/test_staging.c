#include <stdlib.h>

#include "peek.h"
#include "watch.h"
#include "wire.h"

/* Packets that wait for a session, through the whole engine: how many, in what order, until when. */

#define D (40 * WRN_MILLISECOND)

static struct watch eyes;

static struct net *pair(void)
{
    struct net *net = net_new(2, D);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
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

static uint64_t reason(const struct net *net, unsigned host, enum wrn_reason which)
{
    struct wrn_counters counters;
    wrn_counters(net->host[host].engine, &counters);
    return counters.reasons[which];
}

static uint32_t staged(const struct net *net, unsigned host)
{
    struct wrn_peer_info info;
    net_info(net, host, 1 - host, &info);
    return info.staged;
}

/* Everything that host got, from the entry `first` of the log on, is ids lowest, lowest + 1, ... */
static void in_order(const struct net *net, size_t first, uint32_t lowest, size_t count)
{
    assert_int_equal(net->delivereds - first, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(net->delivered[first + i].id, lowest + i);
}

static void p82_the_oldest_gives_way_beyond_the_share(void **state)
{
    (void)state;
    struct net *net = pair();
    for (unsigned i = 0; i < 131; i++) {
        net_send(net, 0, 1, 100);
        assert_int_equal(net_last_verdict, WRN_TAKEN);
    }
    assert_int_equal(staged(net, 0), 128);
    assert_int_equal(reason(net, 0, WRN_REASON_STAGED_OUT), 3);
    net_run(net, WRN_SECOND);
    in_order(net, 0, 4, 128);
    net_free(net);
}

static void p83_order_and_nonces_leave_the_queue_together(void **state)
{
    (void)state;
    struct net *net = pair(); /* L17 */
    for (unsigned i = 0; i < 50; i++)
        net_send(net, 0, 1, 100);
    net_run(net, 2 * D - 1);
    struct net_datagram *response = peek_catch(net);
    net->now = 2 * D;
    assert_int_equal(peek_take(net, 0, response), WRN_TAKEN);
    free(response);
    for (unsigned i = 0; i < 20; i++)
        net_send(net, 0, 1, 100); /* the first finds the queue full of older ones, and does not overtake them */
    net_run(net, WRN_SECOND);
    in_order(net, 0, 1, 70);
    uint64_t counter = 0;
    for (size_t i = 0; i < net->sents; i++)
        if (net->sent[i].from == 0 && net->sent[i].type == 4)
            assert_int_equal(net->sent[i].counter, counter++);
    assert_int_equal(counter, 70);
    net_free(net);
}

static void p83_a_key_that_ends_keeps_the_rest_staged(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    size_t first = net->delivereds;
    peek_session(net, 0, 1, WRNI_CURRENT)->may_send = false;
    eyes.tap = drop_all;
    for (unsigned i = 0; i < 10; i++)
        net_send(net, 0, 1, 100);
    assert_int_equal(staged(net, 0), 10);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 1);
    eyes.tap = NULL;
    net_run(net, 40 * WRN_SECOND);
    in_order(net, first, 2, 10);
    net_free(net);
}

static void p54_p56_p57_p84_confirmation_sends_what_the_responder_staged(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, D);
    for (unsigned i = 0; i < 5; i++) {
        net_send(net, 1, 0, 100); /* there is a next, and nothing may be sent under it (oracle 5) */
        assert_int_equal(net_last_verdict, WRN_TAKEN);
    }
    net_run(net, 3 * D - 1);
    assert_int_equal(net_sent(net, 1, 4, 0, WRN_NEVER), 0);
    net_run(net, 3 * D);
    assert_int_equal(net_sent(net, 1, 5, 3 * D, 3 * D), 5);
    net_run(net, WRN_SECOND);
    in_order(net, 1, 2, 5);
    net_free(net);
}

static void p84_a_change_of_the_peer_asks_again(void **state)
{
    (void)state;
    struct net *net = pair();
    wrn_set_private_key(net->host[0].engine, 0, (uint8_t[32]){0});
    uint32_t id = net_send(net, 0, 1, 100);
    net->host[0].engine->identity.present = true; /* the first try failed, nothing is armed ... */
    wrni_identity_set(wrni_provider_of(net->host[0].engine), &net->host[0].engine->identity, net->host[0].secret);
    net_run(net, 6 * WRN_SECOND);
    assert_int_equal(net->sents, 0);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PINNED};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, net->host[0].peers[1], &change), WRN_OK);
    net_pump(net, 0); /* ... until the peer is configured */
    net_run(net, 7 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void p84_p134_giving_up_down_and_removal_drop_what_waits(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct net *net = pair();
        eyes.tap = drop_all;
        for (unsigned i = 0; i < 3; i++)
            net_send(net, 0, 1, 100);
        if (how == 0)
            net_run(net, 120 * WRN_SECOND);
        else if (how == 1)
            assert_int_equal(wrn_set_up(net->host[0].engine, net->now, false), WRN_OK);
        else if (how == 2)
            assert_int_equal(wrn_peer_remove(net->host[0].engine, net->now, net->host[0].peers[1]), WRN_OK);
        else
            assert_int_equal(wrn_staged_purge(net->host[0].engine, net->host[0].peers[1]), WRN_OK);
        assert_int_equal(reason(net, 0, WRN_REASON_PURGED), 3);
        struct wrn_engine_view view;
        wrn_inspect_engine(net->host[0].engine, &view);
        assert_int_equal(view.staged, 0);
        net_free(net);
    }
}

static void p85_a_keepalive_is_sent_only_when_nothing_waits(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    struct wrni_session *current = peek_session(net, 0, 1, WRNI_CURRENT);
    current->may_send = false;
    eyes.tap = drop_all;
    net_send(net, 0, 1, 100);
    current->may_send = true; /* usable again: a staged packet and a due keepalive */
    size_t before = net->sents;
    wrni_order_peer(net->host[0].engine, 0, WRNI_ORDER_KEEPALIVE);
    net_pump(net, 0);
    assert_int_equal(net->sents, before + 1);
    assert_true(net->sent[before].length > 32);
    wrni_order_peer(net->host[0].engine, 0, WRNI_ORDER_KEEPALIVE);
    net_pump(net, 0);
    assert_int_equal(net->sents, before + 2);
    assert_int_equal(net->sent[before + 1].length, 32);
    net_free(net);
}

static void p86_no_slot_means_hold_and_the_packet_stays_the_hosts(void **state)
{
    (void)state;
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.stage_slots = 0;
    struct net *net = net_new_with(2, D, &config, &wrn_crypto_sodium);
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_HOLD);
    net_run(net, 3 * D);
    assert_true(net->host[0].events[1] & WRN_EVENT_SESSION); /* now offer it again */
    uint32_t id = net_send(net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_SEND);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void p86_waiting_packets_are_bounded_over_all_peers(void **state)
{
    (void)state;
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.stage_slots = 10;
    config.limits.stage_share = 6;
    config.limits.stage_bytes = 200;
    struct net *net = net_new_with(4, D, &config, &wrn_crypto_sodium);
    for (unsigned i = 1; i < 4; i++)
        net_introduce(net, 0, i, true);
    for (unsigned i = 0; i < 30; i++)
        net_send(net, 0, 1 + i % 2, 100);
    struct wrn_engine_view view;
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.staged, 10);
    net_send(net, 0, 3, 100); /* full of others' packets: nobody else's gives way */
    assert_int_equal(net_last_verdict, WRN_HOLD);
    net_send(net, 0, 1, 201);
    assert_int_equal(net_last_verdict, WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_TOO_LONG);
    net_free(net);
}

static void p88_nowhere_to_go_is_refused_and_never_staged(void **state)
{
    (void)state;
    struct net *net = net_new(2, D);
    net_introduce(net, 0, 1, false);
    net_send(net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_NO_ENDPOINT);
    assert_int_equal(staged(net, 0), 0);
    net_send_from(net, 0, 0x0a000001, 0x0b000001, 100);
    assert_int_equal(net_last_reason, WRN_REASON_NO_ROUTE);
    assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER); /* and it asks for no handshake */
    net_free(net);
}

static void p90_each_packet_is_its_own_message_and_counter(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    enum { SEGMENTS = 40 };
    static uint8_t    buffers[SEGMENTS][160];
    struct wrn_packet packets[SEGMENTS];
    for (unsigned i = 0; i < SEGMENTS; i++) {
        uint8_t *ip = buffers[i] + WRN_HEADROOM;
        memset(buffers[i], 0, sizeof buffers[i]);
        ip[0] = 0x45;
        ip[3] = (uint8_t)(60 + i);
        ip[12] = ip[16] = 10;
        ip[15] = 1;
        ip[19] = 2;
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = 160, .offset = WRN_HEADROOM, .length = 60 + i};
    }
    uint64_t first = peek_session(net, 0, 1, WRNI_CURRENT)->sent;
    wrn_tun_input(net->host[0].engine, net->now, packets, SEGMENTS);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        assert_int_equal(packets[i].verdict, WRN_SEND);
        assert_int_equal(wrni_load_le64(packets[i].data + packets[i].offset + 8), first + i);
        assert_int_equal(packets[i].length, 32 + (60 + i + 15) / 16 * 16);
    }
    net_free(net);
}

static void p92_p93_a_failed_send_loses_the_packet_and_keeps_the_rest(void **state)
{
    (void)state;
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    peek_timers(net, 0, 1)->persistent_s = 25;
    wrni_timers_data_received(peek_timers(net, 0, 1), net->now);
    uint8_t           buffer[256] = {[WRN_HEADROOM] = 0x45, [WRN_HEADROOM + 16] = 10, [WRN_HEADROOM + 19] = 2};
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = 100};
    buffer[WRN_HEADROOM + 3] = 100;
    struct wrn_peer_info before, after;
    net_info(net, 0, 1, &before);
    wrn_tun_input(net->host[0].engine, net->now, &packet, 1);
    wrn_net_unsent(net->host[0].engine, net->now, &packet, 1);
    net_info(net, 0, 1, &after);
    struct wrn_peer_view view;
    net_view(net, 0, 1, &view);
    assert_int_equal(after.tx_bytes, before.tx_bytes);
    assert_int_equal(view.new_handshake, WRN_NEVER);                     /* data_sent depends on success ... */
    assert_int_equal(view.keepalive, WRN_NEVER);                         /* ... any_sent and traversal do not */
    assert_int_equal(view.persistent, net->now + 25 * WRN_SECOND);
    uint32_t id = net_send(net, 0, 1, 100); /* the nonce is gone, nothing else */
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void p88_p92_what_waits_for_a_peer_without_an_endpoint_is_purged(void **state)
{
    (void)state;
    struct net *net = pair();
    struct wrn_peer_change change = {.mask = WRN_CHANGE_FORGET_ENDPOINT};
    net_send(net, 0, 1, 100);
    net_run(net, 2 * D - 1);
    struct net_datagram *response = peek_catch(net);
    net->now = 2 * D;
    assert_int_equal(peek_take(net, 0, response), WRN_TAKEN);
    free(response);
    struct wrn_peer_info before, after;
    net_info(net, 0, 1, &before);
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, net->host[0].peers[1], &change), WRN_OK);
    net_pump(net, 0);
    net_info(net, 0, 1, &after);
    assert_int_equal(after.staged, 0);
    assert_int_equal(after.tx_bytes, before.tx_bytes);
    assert_int_equal(reason(net, 0, WRN_REASON_PURGED), 1);
    assert_int_equal(peek_timers(net, 0, 1)->new_handshake, WRN_NEVER); /* not sent, so nobody owes an answer */
    net_free(net);
}

/* Three packets in one batch, of which the host could not send those in the mask: is the 15 s timer armed? */
static bool watched(unsigned unsent)
{
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    static uint8_t    buffers[3][128];
    struct wrn_packet packets[3];
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t ip[20] = {0x45, 0, 0, 40, [12] = 10, [15] = 1, [16] = 10, [19] = 2};
        memcpy(buffers[i] + WRN_HEADROOM, ip, sizeof ip);
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = 128, .offset = WRN_HEADROOM, .length = 40};
    }
    wrn_tun_input(net->host[0].engine, net->now, packets, 3);
    for (unsigned i = 0; i < 3; i++)
        if (unsent >> i & 1u)
            wrn_net_unsent(net->host[0].engine, net->now, &packets[i], 1);
    bool armed = peek_timers(net, 0, 1)->new_handshake != WRN_NEVER;
    net_free(net);
    return armed;
}

static void p77_p93_data_counts_as_sent_if_any_of_a_batch_was(void **state)
{
    (void)state;
    for (unsigned unsent = 0; unsent < 8; unsent++) /* section 24, rule 3 */
        assert_int_equal(watched(unsent), unsent != 7);
}

/* A packet of this length to host 1, staged or not. */
static uint8_t offer(struct net *net, uint32_t length)
{
    static uint8_t    buffer[WRN_HEADROOM + 65535 + WRN_TAILROOM];
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = length};
    memset(buffer, 0, sizeof buffer);
    buffer[WRN_HEADROOM] = 0x45;
    buffer[WRN_HEADROOM + 2] = (uint8_t)(length >> 8);
    buffer[WRN_HEADROOM + 3] = (uint8_t)length;
    buffer[WRN_HEADROOM + 16] = 10;
    buffer[WRN_HEADROOM + 19] = 2;
    wrn_tun_input(net->host[0].engine, net->now, &packet, 1);
    net_last_reason = packet.reason;
    return packet.verdict;
}

/* A buffer as large as the manual says holds whatever was staged, padding and all. */
static void p97_any_staged_packet_fits_the_stated_buffer(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {100, 1419, 1420, 1421, 1530, 1536};
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct net *net = pair();
        uint8_t     buffer[WRN_HEADROOM + 1536 + WRN_TAILROOM];
        assert_int_equal(offer(net, lengths[i]), WRN_TAKEN);
        net_pump(net, 0);
        net_run(net, 2 * D - 1);
        struct net_datagram *response = peek_catch(net);
        net->now = 2 * D;
        assert_int_equal(peek_take(net, 0, response), WRN_TAKEN);
        free(response);
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        assert_int_equal(wrn_net_output(net->host[0].engine, net->now, &packet, 1), 1);
        assert_int_equal(packet.length, 32 + lengths[i] + wrni_wire_padding(lengths[i], 1420));
        assert_int_equal(reason(net, 0, WRN_REASON_ROOM), 0);
        net_free(net);
    }
}

/* Longer than a datagram can be is so with a session and without. */
static void p97_what_no_datagram_holds_is_never_staged(void **state)
{
    (void)state;
    struct wrn_config config;
    wrn_config_default(&config);
    config.mtu = 0;
    config.limits.stage_bytes = 65535;
    config.limits.stage_slots = 4;
    struct net *net = net_new_with(2, D, &config, &wrn_crypto_sodium);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    assert_int_equal(offer(net, 65488 + 1), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_TOO_LONG);
    assert_int_equal(offer(net, 65488), WRN_TAKEN);
    assert_int_equal(staged(net, 0), 1);
    assert_int_equal(wrn_staged_purge(net->host[0].engine, net->host[0].peers[1]), WRN_OK);
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_int_equal(offer(net, 65488 + 1), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_TOO_LONG);
    assert_int_equal(offer(net, 65488), WRN_SEND);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p82_the_oldest_gives_way_beyond_the_share),
        cmocka_unit_test(p83_order_and_nonces_leave_the_queue_together),
        cmocka_unit_test(p83_a_key_that_ends_keeps_the_rest_staged),
        cmocka_unit_test(p54_p56_p57_p84_confirmation_sends_what_the_responder_staged),
        cmocka_unit_test(p84_a_change_of_the_peer_asks_again),
        cmocka_unit_test(p84_p134_giving_up_down_and_removal_drop_what_waits),
        cmocka_unit_test(p85_a_keepalive_is_sent_only_when_nothing_waits),
        cmocka_unit_test(p86_no_slot_means_hold_and_the_packet_stays_the_hosts),
        cmocka_unit_test(p86_waiting_packets_are_bounded_over_all_peers),
        cmocka_unit_test(p88_nowhere_to_go_is_refused_and_never_staged),
        cmocka_unit_test(p90_each_packet_is_its_own_message_and_counter),
        cmocka_unit_test(p92_p93_a_failed_send_loses_the_packet_and_keeps_the_rest),
        cmocka_unit_test(p88_p92_what_waits_for_a_peer_without_an_endpoint_is_purged),
        cmocka_unit_test(p77_p93_data_counts_as_sent_if_any_of_a_batch_was),
        cmocka_unit_test(p97_any_staged_packet_fits_the_stated_buffer),
        cmocka_unit_test(p97_what_no_datagram_holds_is_never_staged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
