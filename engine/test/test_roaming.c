#include "support/outsider.h"

#include <string.h>

#include "state.h"

/* Where a peer is: its endpoint follows what is authentic and fresh, and nothing else (P-116 to P-118). */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

static const struct wrn_endpoint places[] = {
    {.address = {203, 0, 113, 1}, .family = 4, .port = 1},
    {.address = {203, 0, 113, 1}, .family = 4, .port = 2},
    {.address = {0x20, 1, [15] = 1}, .family = 6, .port = 2},
    {.address = {0x20, 1, [15] = 1}, .family = 6, .port = 2, .host = 7},
};

static struct wrn_endpoint endpoint_of(const struct net *net, struct wrn_peer peer)
{
    struct wrn_peer_info info;
    assert_int_equal(wrn_peer_info(net->host[0].engine, peer, &info), WRN_OK);
    return info.endpoint;
}

static void is_at(const struct net *net, struct wrn_peer peer, const struct wrn_endpoint *place)
{
    struct wrn_endpoint endpoint = endpoint_of(net, peer);
    assert_true(wrni_endpoint_same(&endpoint, place));
}

static bool told_of_roaming(const struct net *net, struct wrn_peer peer)
{
    struct wrn_event events[8];
    bool told = false;
    size_t count = wrn_events(net->host[0].engine, events, 8);
    for (size_t i = 0; i < count; i++) {
        if (events[i].peer.slot != peer.slot || !(events[i].bits & WRN_EVENT_ENDPOINT))
            continue;
        struct wrn_endpoint endpoint = endpoint_of(net, peer);
        assert_true(wrni_endpoint_same(&events[i].endpoint, &endpoint));
        told = true;
    }
    return told;
}

/* The outsider gets a confirmed session from places[0]. */
static struct wrn_peer meet(struct net *net, struct outsider *o)
{
    uint8_t message[148], keepalive[32];
    struct wrn_peer peer = outsider_join(o, net, 0, 9);
    outsider_initiate(o, WALL, 0, net->now, message);
    struct wrn_packet packet = knock(net, 0, &places[0], message, 148);
    assert_true(outsider_finish(o, bytes_of(&packet)));
    assert_int_equal(outsider_seal(o, o->counter++, NULL, 0, keepalive), 32);
    assert_int_equal(knock(net, 0, &places[0], keepalive, 32).verdict, WRN_TAKEN);
    (void)told_of_roaming(net, peer);
    return peer;
}

static void p116_g12_initiations_responses_data_and_keepalives_move_it(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t bytes[256];
    struct wrn_packet packet;
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    assert_int_equal(endpoint_of(net, peer).family, 0); /* never configured */
    outsider_initiate(&o, WALL, 0, net->now, bytes);
    packet = knock(net, 0, &places[0], bytes, 148);
    assert_true(outsider_finish(&o, bytes_of(&packet)));
    is_at(net, peer, &places[0]);
    assert_true(told_of_roaming(net, peer));
    size_t length = outsider_packet(&o, net, 9, 60, bytes);
    assert_int_equal(knock(net, 0, &places[1], bytes, length).verdict, WRN_DELIVER);
    is_at(net, peer, &places[1]);
    assert_true(told_of_roaming(net, peer));
    length = outsider_seal(&o, o.counter++, NULL, 0, bytes);
    assert_int_equal(knock(net, 0, &places[2], bytes, length).verdict, WRN_TAKEN);
    is_at(net, peer, &places[2]);
    length = outsider_seal(&o, o.counter++, NULL, 0, bytes);
    assert_int_equal(knock(net, 0, &places[3], bytes, length).verdict, WRN_TAKEN);
    is_at(net, peer, &places[3]); /* another path of the host's counts too */
    assert_true(told_of_roaming(net, peer));
    length = outsider_seal(&o, o.counter++, NULL, 0, bytes);
    assert_int_equal(knock(net, 0, &places[3], bytes, length).verdict, WRN_TAKEN);
    assert_false(told_of_roaming(net, peer)); /* the same place again is no event */

    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 1};
    uint8_t response[92];
    net->now += 125 * WRN_SECOND; /* too old to send: it initiates */
    wrn_forget_sessions(net->host[0].engine, net->now);
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    assert_true(wrni_endpoint_same(&packet.remote, &places[3]));
    assert_true(outsider_respond(&o, bytes_of(&packet), net->now, response));
    assert_int_equal(knock(net, 0, &places[0], response, 92).verdict, WRN_TAKEN);
    is_at(net, peer, &places[0]);
    assert_true(knock_output(net, 0, &packet)); /* and what is sent next goes there */
    assert_true(wrni_endpoint_same(&packet.remote, &places[0]));
    net_free(net);
}

static void p116_g12_the_next_packet_goes_to_the_new_place(void **state)
{
    struct net *net = net_new(2, D);
    (void)state;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 60);
    net_run(net, WRN_SECOND);
    net->host[0].address.port = 9999;
    net->host[0].address.address[3] = 77;
    net_send(net, 0, 1, 60);
    net_run(net, 2 * WRN_SECOND);
    uint32_t id = net_send(net, 1, 0, 60);
    net_run(net, 3 * WRN_SECOND);
    assert_int_equal(net_received(net, 0, id), 1);
    assert_true(net->host[1].events[0] & WRN_EVENT_ENDPOINT);
    net_free(net);
}

/* In one batch the last valid one says where. */
static void p116_in_a_batch_the_last_valid_packet_decides(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t bytes[4][128];
    struct wrn_packet packets[4];
    (void)state;
    struct wrn_peer peer = meet(net, &o);
    for (unsigned i = 0; i < 4; i++) {
        size_t length = outsider_packet(&o, net, 9, 60, bytes[i]);
        packets[i] = (struct wrn_packet){.data = bytes[i], .capacity = 128, .length = (uint32_t)length, .remote = places[i]};
    }
    bytes[3][50] ^= 1; /* this one does not verify */
    wrn_net_input(net->host[0].engine, net->now, packets, 4);
    assert_int_equal(packets[2].verdict, WRN_DELIVER);
    assert_int_equal(packets[3].reason, WRN_REASON_AUTH);
    is_at(net, peer, &places[2]);
    net_free(net);
}

static void p117_it_moves_though_the_inner_packet_is_refused(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t bytes[256];
    (void)state;
    struct wrn_peer peer = meet(net, &o);
    size_t length = outsider_packet(&o, net, 77, 60, bytes); /* 10.1.0.77 is not its own */
    struct wrn_packet packet = knock(net, 0, &places[1], bytes, length);
    assert_int_equal(packet.verdict, WRN_DROP);
    assert_int_equal(packet.reason, WRN_REASON_INNER_SOURCE);
    is_at(net, peer, &places[1]);
    uint8_t junk[48] = {0};
    length = outsider_seal(&o, o.counter++, junk, sizeof junk, bytes);
    packet = knock(net, 0, &places[2], bytes, length);
    assert_int_equal(packet.verdict, WRN_DROP);
    assert_int_equal(packet.reason, WRN_REASON_INNER_VERSION);
    is_at(net, peer, &places[2]);
    net_free(net);
}

static void p118_a_pinned_endpoint_stays(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t bytes[256];
    struct wrn_packet packet;
    (void)state;
    struct wrn_peer peer = meet(net, &o);
    struct wrn_peer_change pin = {.mask = WRN_CHANGE_PINNED, .pinned = true};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &pin), WRN_OK);
    is_at(net, peer, &places[0]);
    size_t length = outsider_packet(&o, net, 9, 60, bytes);
    assert_int_equal(knock(net, 0, &places[1], bytes, length).verdict, WRN_DELIVER);
    is_at(net, peer, &places[0]);
    net->now += WRN_SECOND;
    outsider_initiate(&o, WALL + 1, 0, net->now, bytes);
    packet = knock(net, 0, &places[1], bytes, 148);
    assert_int_equal(packet.verdict, WRN_SEND);
    assert_true(wrni_endpoint_same(&packet.remote, &places[0])); /* answers go where it is pinned */
    is_at(net, peer, &places[0]);
    assert_false(told_of_roaming(net, peer));
    pin.pinned = false;
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &pin), WRN_OK);
    net->now += WRN_SECOND;
    outsider_initiate(&o, WALL + 2, 0, net->now, bytes);
    packet = knock(net, 0, &places[1], bytes, 148);
    assert_true(wrni_endpoint_same(&packet.remote, &places[1]));
    is_at(net, peer, &places[1]);
    net_free(net);
}

/* Everything that went over the wire, again, from another address, to both sides: nothing moves. */
struct record {
    struct net_datagram *all;
    size_t count;
};

static bool keep(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct record *r = context;
    (void)net;
    (void)from;
    assert_true(r->count < 64);
    r->all[r->count++] = *datagram;
    return true;
}

static void p102_p116_g13_g86_g92_replays_move_nothing(void **state)
{
    static struct net_datagram room[64];
    struct record r = {.all = room};
    struct net *net = net_new(2, D);
    (void)state;
    net_connect(net, 0, 1);
    net->tap = keep;
    net->tap_context = &r;
    wrn_report_load(net->host[1].engine, 0); /* so that a cookie reply is among them */
    net_send(net, 0, 1, 60);
    net_run(net, net->now + 8 * WRN_SECOND); /* the second initiation, with the cookie, makes the first an old one */
    for (unsigned i = 0; i < 8; i++) {
        net_send(net, i % 2, 1 - i % 2, 60);
        net_run(net, net->now + 3 * WRN_SECOND);
    }
    net->tap = NULL;
    for (unsigned i = 0; i < 2; i++)
        net_pump(net, i);
    size_t sents = net->sents, count = r.count, delivered = net->delivereds;
    unsigned types = 0;
    uint8_t before[2][32], after[2][32];
    for (unsigned i = 0; i < 2; i++)
        net_digest(net, i, WRN_PART_PROTOCOL, before[i]);
    for (size_t i = 0; i < count; i++) {
        types |= 1u << room[i].bytes[0];
        for (unsigned host = 0; host < 2; host++)
            assert_int_equal(net_inject(net, host, &elsewhere, room[i].bytes, room[i].length), WRN_DROP);
    }
    assert_int_equal(types, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4);
    for (unsigned i = 0; i < 2; i++) {
        net_digest(net, i, WRN_PART_PROTOCOL, after[i]);
        assert_memory_equal(before[i], after[i], 32);
    }
    assert_int_equal(net->sents, sents);
    assert_int_equal(net->delivereds, delivered);
    net_free(net);
}

/* An attacker repeats the last initiation all the time: the tunnel does not notice. */
static void p56_g95_replays_of_the_last_initiation_cost_nothing(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint32_t ids[400];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    for (unsigned i = 0; i < 400; i++) {
        ids[i] = net_send(net, i % 2, 1 - i % 2, 60);
        net_run(net, net->now + WRN_SECOND);
        for (unsigned host = 0; host < 2; host++)
            if (caught.count[1 - host][1])
                assert_int_equal(net_inject(net, host, &elsewhere, caught.last[1 - host][1].bytes, 148), WRN_DROP);
    }
    net_run(net, net->now + WRN_SECOND);
    for (unsigned i = 1; i < 400; i++)
        assert_int_equal(net_received(net, 1 - i % 2, ids[i]), 1);
    net_free(net);
}

/* A server that knows no endpoints, whose client goes away: it keeps asking, at the last known place, and gives up in peace. */
static void p71_g98_a_server_without_endpoints(void **state)
{
    struct net *net = net_new(2, D);
    (void)state;
    net_introduce(net, 0, 1, false);
    net_introduce(net, 1, 0, true);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 7};
    assert_int_equal(wrn_peer_set(net->host[0].engine, 0, net->host[0].peers[1], &change), WRN_OK);
    net_send(net, 0, 1, 60); /* nowhere to go yet */
    assert_int_equal(net_last_verdict, WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_NO_ENDPOINT);
    net_run(net, 100 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 0, 0, WRN_NEVER), 0);
    uint32_t id = net_send(net, 1, 0, 60);
    net_run(net, 110 * WRN_SECOND);
    assert_int_equal(net_received(net, 0, id), 1);
    net->host[1].address.port = 1; /* gone */
    for (unsigned i = 0; i < 600; i++) {
        net_send(net, 0, 1, 60);
        net_run(net, net->now + WRN_SECOND);
    }
    assert_true(net_sent(net, 0, 1, 0, WRN_NEVER) > 50);
    /* Forgotten endpoint: timers run on, nothing leaves. */
    struct wrn_peer_change forget = {.mask = WRN_CHANGE_FORGET_ENDPOINT};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, net->host[0].peers[1], &forget), WRN_OK);
    size_t sents = net->sents;
    net_run(net, net->now + 600 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 0, 0, WRN_NEVER) + net_sent(net, 1, 0, 0, WRN_NEVER), net->sents);
    for (size_t i = sents; i < net->sents; i++)
        assert_int_not_equal(net->sent[i].from, 0);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p116_g12_initiations_responses_data_and_keepalives_move_it),
        cmocka_unit_test(p116_g12_the_next_packet_goes_to_the_new_place),
        cmocka_unit_test(p116_in_a_batch_the_last_valid_packet_decides),
        cmocka_unit_test(p117_it_moves_though_the_inner_packet_is_refused),
        cmocka_unit_test(p118_a_pinned_endpoint_stays),
        cmocka_unit_test(p102_p116_g13_g86_g92_replays_move_nothing),
        cmocka_unit_test(p56_g95_replays_of_the_last_initiation_cost_nothing),
        cmocka_unit_test(p71_g98_a_server_without_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
