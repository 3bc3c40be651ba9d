#include "support/outsider.h"

#include <string.h>

#include "providers.h"
#include "state.h"

/* Handshakes between whole engines, and against somebody who speaks by hand (P-10, P-19 to P-26, sections 2 and 7). */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

static void p10_default_mtu_and_overhead(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    (void)state;
    assert_int_equal(net->host[0].config.mtu, 1420);
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    net_send(net, 0, 1, 1420); /* 1500 less 20 or 40 of IP, 8 of UDP, 32 of message */
    assert_int_equal(caught.last[0][4].length, 1420 + 32);
    net_send(net, 0, 1, 1413); /* padding stops at the MTU */
    assert_int_equal(caught.last[0][4].length, 1420 + 32);
    net_free(net);
}

static void p1_p2_p3_p5_p9_messages_of_a_conversation(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    const struct net_datagram *initiation = &caught.last[0][1], *response = &caught.last[1][2], *data = &caught.last[0][4];
    const struct net_datagram *keepalive = &caught.last[1][4];
    assert_int_equal(initiation->length, 148);
    assert_int_equal(response->length, 92);
    assert_int_equal(data->length, 32 + 112);
    assert_int_equal(keepalive->length, 32);
    for (unsigned i = 1; i < 4; i++)
        assert_int_equal(initiation->bytes[i] | response->bytes[i] | data->bytes[i] | keepalive->bytes[i], 0);
    assert_memory_equal(response->bytes + 8, initiation->bytes + 4, 4); /* the receiver is who asked */
    assert_memory_equal(data->bytes + 4, response->bytes + 4, 4);
    assert_memory_equal(keepalive->bytes + 4, initiation->bytes + 4, 4);
    assert_int_equal(wrni_load_le64(data->bytes + 8), 0);
    assert_int_equal(wrni_load_le64(keepalive->bytes + 8), 0);
    net_free(net);
}

/* A low-order key may be configured, never completes, and is in nobody's way. */
static void p20_g59_low_order_peers_never_complete_and_block_nobody(void **state)
{
    struct net *net = net_new(2, D);
    (void)state;
    net_connect(net, 0, 1);
    unsigned peers = 0;
    for (unsigned i = 0; i < LOW_ORDER; i++) {
        struct wrn_engine *engine = net->host[0].engine;
        struct wrn_peer peer;
        uint8_t key[32];
        low_order_point(i, key);
        assert_int_equal(wrn_peer_add(engine, net->now, key, &peer), WRN_OK);
        struct wrn_prefix prefix = {.address = {10, 2, 0, (uint8_t)i}, .family = 4, .length = 32};
        struct wrn_peer_change change = {
            .mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 7};
        assert_int_equal(wrn_allowed_add(engine, peer, &prefix, NULL), WRN_OK);
        assert_int_equal(wrn_peer_set(engine, net->now, peer, &change), WRN_OK);
        net_send_from(net, 0, 0x0a000001, 0x0a020000u + i, 60);
        assert_int_equal(net_last_verdict, WRN_TAKEN);
        peers++;
    }
    assert_int_equal(peers, 14);
    uint32_t id = net_send(net, 0, 1, 60);
    net_run(net, 60 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    for (size_t i = 0; i < net->sents; i++)
        assert_int_not_equal(net->sent[i].to.port, elsewhere.port);
    assert_true(wrn_deadline(net->host[0].engine) > net->now); /* and no busy loop */
    net_free(net);
}

static void p19_p22_g59_low_order_ephemerals_make_no_session(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    for (unsigned i = 0; i < LOW_ORDER; i++) {
        uint8_t message[148], before[32], after[32];
        outsider_initiate(&o, WALL + i, 0, net->now, message);
        low_order_point(i, message + 8);
        remac(o.to, WRNI_INITIATION, message);
        net_digest(net, 0, WRN_PART_PROTOCOL, before);
        struct wrn_packet packet = knock(net, 0, &elsewhere, message, sizeof message);
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, WRN_REASON_HANDSHAKE);
        net_digest(net, 0, WRN_PART_PROTOCOL, after);
        assert_memory_equal(before, after, 32);
    }
    net_free(net);
}

/* The host's initiation to the outsider, who must be a peer with endpoint `elsewhere`. */
static void initiation_to(struct net *net, const struct outsider *o, uint8_t message[148])
{
    struct wrn_packet packet;
    struct wrn_peer peer;
    assert_int_equal(wrn_peer_find(net->host[0].engine, o->identity.public_key, &peer), WRN_OK);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 3};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    assert_int_equal(packet.length, 148);
    memcpy(message, bytes_of(&packet), 148);
}

static void p19_p22_g60_responses_with_low_order_ephemerals_make_no_session(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t initiation[148], good[92], before[32], after[32];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    initiation_to(net, &o, initiation);
    assert_true(outsider_respond(&o, initiation, net->now, good));
    for (unsigned i = 0; i < LOW_ORDER; i++) {
        uint8_t response[92];
        memcpy(response, good, sizeof response);
        low_order_point(i, response + 12);
        remac(o.to, WRNI_RESPONSE, response);
        net_digest(net, 0, WRN_PART_PROTOCOL, before);
        struct wrn_packet packet = knock(net, 0, &elsewhere, response, sizeof response);
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, WRN_REASON_HANDSHAKE);
        net_digest(net, 0, WRN_PART_PROTOCOL, after);
        assert_memory_equal(before, after, 32);
    }
    assert_int_equal(knock(net, 0, &elsewhere, good, sizeof good).verdict, WRN_TAKEN);
    net_free(net);
}

/* Anybody who knows our public key can make a response with a valid mac1: the pending handshake survives all of them. */
static void p22_p23_g94_forged_responses_leave_the_pending_handshake(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t initiation[148], good[92], forged[92], before[32], after[32];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    initiation_to(net, &o, initiation);
    assert_true(outsider_respond(&o, initiation, net->now, good));
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    for (unsigned byte = 12; byte < 60; byte++) {
        memcpy(forged, good, sizeof forged);
        forged[byte] ^= 1;
        remac(o.to, WRNI_RESPONSE, forged);
        struct wrn_packet packet = knock(net, 0, &elsewhere, forged, sizeof forged);
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, WRN_REASON_HANDSHAKE);
        net_digest(net, 0, WRN_PART_PROTOCOL, after);
        assert_memory_equal(before, after, 32);
    }
    assert_int_equal(knock(net, 0, &elsewhere, good, sizeof good).verdict, WRN_TAKEN);
    /* Taken once: nothing is pending any more. */
    struct wrn_packet packet = knock(net, 0, &elsewhere, good, sizeof good);
    assert_int_equal(packet.verdict, WRN_DROP);
    assert_int_equal(packet.reason, WRN_REASON_UNSOLICITED);
    net_free(net);
}

static void p21_p69_g83_without_an_identity_nothing_goes_out_or_in(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    static uint8_t zero[32];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 1, 0, 60); /* for an initiation and a response to hand in */
    net_run(net, WRN_SECOND);
    size_t before = net->sents;
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, zero), WRN_OK);
    net_send(net, 0, 1, 60);
    net_run(net, 200 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, WRN_SECOND, WRN_NEVER), 0);
    assert_int_equal(net->sents, before + net_sent(net, 1, 0, WRN_SECOND, WRN_NEVER)); /* the other one goes on asking */
    for (unsigned type = 1; type <= 2; type++) {
        const struct net_datagram *old = &caught.last[type == 1][type];
        struct wrn_packet packet = knock(net, 0, &elsewhere, old->bytes, old->length);
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, WRN_REASON_NO_IDENTITY);
    }
    net_free(net);
}

static void p21_the_clamped_key_is_the_key(void **state)
{
    struct net *net = net_new(2, D);
    uint8_t key[32], clamped[32];
    (void)state;
    net_connect(net, 0, 1);
    memset(key, 0xff, sizeof key);
    memcpy(clamped, key, sizeof key);
    wrni_clamp(clamped);
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, key), WRN_OK);
    assert_memory_equal(net->host[0].engine->identity.secret, clamped, 32);
    uint8_t before[32], after[32];
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, clamped), WRN_OK); /* no change */
    net_digest(net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    net_free(net);
}

static void g1_one_initiation_suffices_for_any_delay_below_the_retry(void **state)
{
    static const unsigned ms[] = {1, 2, 20, 120, 126, 250, 251, 333, 334, 500, 999, 1000, 2000, 3333, 4900};
    (void)state;
    for (unsigned i = 0; i < sizeof ms / sizeof ms[0]; i++) {
        struct net *net = net_new(2, ms[i] * WRN_MILLISECOND / 2);
        net_connect(net, 0, 1);
        uint32_t id = net_send(net, 0, 1, 60);
        net_run(net, 100 * WRN_SECOND);
        assert_int_equal(net_received(net, 1, id), 1);
        assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER), 1);
        net_free(net);
    }
}

/* The index of a superseded initiation names nothing: its response comes too late. With a round trip beyond 5.34 s that is
 * always. */
static void p24_a_late_response_is_dropped(void **state)
{
    struct net *net = net_new(2, 2700 * WRN_MILLISECOND);
    (void)state;
    net_connect(net, 0, 1);
    uint32_t id = net_send(net, 0, 1, 60);
    net_run(net, 60 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 0);
    assert_true(net->reasons[WRN_REASON_UNSOLICITED] >= 5);
    struct wrn_peer_view view;
    net_view(net, 0, 1, &view);
    assert_false(view.sessions[WRN_CURRENT].there);
    net_free(net);
}

/* Between consuming theirs and answering, nothing of ours may be taken for "the handshake with index 0". */
static void p25_g106_a_crossing_initiation_replaces_ours(void **state)
{
    struct net *net = net_new(2, D);
    struct wrn_peer_view view;
    struct wrn_engine_view engine;
    struct wrn_peer owner;
    bool session;
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    net_send(net, 0, 1, 60);
    net_send(net, 1, 0, 60);
    net_view(net, 1, 0, &view);
    assert_true(view.handshake_pending);
    uint32_t ours = view.handshake_index;
    net_run(net, D);
    net_view(net, 1, 0, &view);
    assert_false(view.handshake_pending);
    assert_true(view.sessions[WRN_NEXT].there);
    wrn_inspect_engine(net->host[1].engine, &engine);
    assert_int_equal(engine.indices, 1);
    assert_int_equal(wrn_inspect_index(net->host[1].engine, ours, &owner, &session), WRN_NOT_FOUND);
    assert_int_equal(wrn_inspect_index(net->host[1].engine, view.sessions[WRN_NEXT].local_index, &owner, &session), WRN_OK);
    assert_true(session && owner.slot == net->host[1].peers[0].slot);
    assert_int_not_equal(view.sessions[WRN_NEXT].local_index, ours);
    /* The response to ours arrives and dies. */
    net_run(net, 2 * D);
    assert_int_equal(net->reasons[WRN_REASON_UNSOLICITED], 2);
    net_free(net);
}

static void p26_a_finished_handshake_is_zero_and_the_rest_stays(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t message[148], response[92];
    (void)state;
    struct wrn_peer handle = outsider_join(&o, net, 0, 9);
    memset(o.preshared_key, 0x5c, 32);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    memset(change.preshared_key, 0x5c, 32);
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, handle, &change), WRN_OK);
    initiation_to(net, &o, message);
    struct wrni_peer *peer = wrni_peer_at(net->host[0].engine, handle.slot);
    assert_false(wrni_is_zero((const uint8_t *)&peer->handshake, sizeof peer->handshake));
    assert_true(outsider_respond(&o, message, net->now, response));
    assert_int_equal(knock(net, 0, &elsewhere, response, sizeof response).verdict, WRN_TAKEN);
    assert_true(wrni_is_zero((const uint8_t *)&peer->handshake, sizeof peer->handshake));
    assert_int_equal(peer->handshake_cell, WRNI_NO_CELL);
    assert_memory_equal(peer->public_key, o.identity.public_key, 32);
    assert_memory_equal(peer->preshared_key, o.preshared_key, 32);
    assert_memory_equal(peer->static_static, o.static_static, 32);
    assert_false(wrni_is_zero(peer->stamp_sent, 12));
    net_free(net);
}

static void p9_p57_p109_g112_a_keepalive_confirms_and_is_not_delivered(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t message[148], keepalive[32];
    struct wrn_peer_view view;
    (void)state;
    struct wrn_peer handle = outsider_join(&o, net, 0, 9);
    outsider_initiate(&o, WALL, 0, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, sizeof message);
    assert_int_equal(packet.verdict, WRN_SEND);
    assert_true(outsider_finish(&o, bytes_of(&packet)));
    assert_int_equal(wrn_inspect_peer(net->host[0].engine, handle, &view), WRN_OK);
    assert_true(view.sessions[WRN_NEXT].there && !view.sessions[WRN_CURRENT].there);
    assert_int_equal(outsider_seal(&o, 0, NULL, 0, keepalive), 32);
    packet = knock(net, 0, &elsewhere, keepalive, sizeof keepalive);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    assert_int_equal(wrn_inspect_peer(net->host[0].engine, handle, &view), WRN_OK);
    assert_true(view.sessions[WRN_CURRENT].there && !view.sessions[WRN_NEXT].there);
    net_free(net);
}

static void g102_no_session_before_it_is_confirmed(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    struct wrn_peer_info info;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    caught.cut[1] = 1u << 2;
    net_send(net, 0, 1, 60);
    net_run(net, 30 * WRN_SECOND);
    assert_true(caught.count[1][2] >= 5);
    net_info(net, 1, 0, &info);
    assert_false(info.has_session);
    assert_int_equal(info.session_age_ns, WRN_NEVER);
    assert_int_equal(info.handshake_seconds, 0);
    assert_false(net->host[1].events[0] & WRN_EVENT_SESSION);
    struct wrn_counters counters;
    wrn_counters(net->host[1].engine, &counters);
    assert_int_equal(counters.handshakes, 0);
    net_free(net);
}

static void p69_g39_g96_a_burst_without_a_session_is_one_initiation(void **state)
{
    struct net *net = net_new(2, WRN_SECOND);
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 100; i++) {
        net_send(net, 0, 1, 60);
        net_run(net, net->now + 10 * WRN_MILLISECOND);
    }
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 1);
    net_run(net, 20 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 1);
    assert_int_equal(net->delivereds, 100);
    net_free(net);
}

/* Answering sets the 5 s of P-69: who has just answered does not ask. */
static void p69_an_answer_counts_as_an_initiation(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t message[148];
    struct wrn_packet packet;
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    outsider_initiate(&o, WALL, 0, net->now, message);
    assert_int_equal(knock(net, 0, &elsewhere, message, sizeof message).verdict, WRN_SEND);
    net_send_from(net, 0, 0x0a000001, 0x0a010009, 60); /* no session to send with: it stays */
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net->now = 5 * WRN_SECOND - 1;
    net_send_from(net, 0, 0x0a000001, 0x0a010009, 60);
    assert_int_equal(net->sents, 0);
    net->now = 5 * WRN_SECOND;
    net_send_from(net, 0, 0x0a000001, 0x0a010009, 60);
    assert_int_equal(net->sents, 1);
    assert_false(knock_output(net, 0, &packet));
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p10_default_mtu_and_overhead),
        cmocka_unit_test(p1_p2_p3_p5_p9_messages_of_a_conversation),
        cmocka_unit_test(p20_g59_low_order_peers_never_complete_and_block_nobody),
        cmocka_unit_test(p19_p22_g59_low_order_ephemerals_make_no_session),
        cmocka_unit_test(p19_p22_g60_responses_with_low_order_ephemerals_make_no_session),
        cmocka_unit_test(p22_p23_g94_forged_responses_leave_the_pending_handshake),
        cmocka_unit_test(p21_p69_g83_without_an_identity_nothing_goes_out_or_in),
        cmocka_unit_test(p21_the_clamped_key_is_the_key),
        cmocka_unit_test(g1_one_initiation_suffices_for_any_delay_below_the_retry),
        cmocka_unit_test(p24_a_late_response_is_dropped),
        cmocka_unit_test(p25_g106_a_crossing_initiation_replaces_ours),
        cmocka_unit_test(p26_a_finished_handshake_is_zero_and_the_rest_stays),
        cmocka_unit_test(p9_p57_p109_g112_a_keepalive_confirms_and_is_not_delivered),
        cmocka_unit_test(g102_no_session_before_it_is_confirmed),
        cmocka_unit_test(p69_an_answer_counts_as_an_initiation),
        cmocka_unit_test(p69_g39_g96_a_burst_without_a_session_is_one_initiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
