#include "support/outsider.h"

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Receiver indices of a whole engine: how many there are, whose they are, and what may hit which (P-51 to P-53, P-60, oracle 9).
 */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

/* Live indices are those of the pending handshake and the sessions, each its own, each resolving to its owner (oracle 9). */
static unsigned check_peer(const struct wrn_engine *engine, struct wrn_peer peer, uint32_t *all)
{
    struct wrn_peer_view view;
    struct wrn_peer owner;
    bool session;
    unsigned count = 0;
    assert_int_equal(wrn_inspect_peer(engine, peer, &view), WRN_OK);
    if (view.handshake_pending) {
        assert_int_equal(wrn_inspect_index(engine, view.handshake_index, &owner, &session), WRN_OK);
        assert_true(!session && owner.slot == peer.slot && owner.generation == peer.generation);
        all[count++] = view.handshake_index;
    }
    for (unsigned place = 0; place < 3; place++) {
        if (!view.sessions[place].there)
            continue;
        assert_int_equal(wrn_inspect_index(engine, view.sessions[place].local_index, &owner, &session), WRN_OK);
        assert_true(session && owner.slot == peer.slot && owner.generation == peer.generation);
        all[count++] = view.sessions[place].local_index;
    }
    return count;
}

static void oracle9(const struct wrn_engine *engine)
{
    static uint32_t all[4096];
    struct wrn_engine_view view;
    struct wrn_peer peer = {.slot = UINT32_MAX};
    unsigned count = 0;
    while (wrn_peer_next(engine, &peer)) {
        assert_true(count + 4 <= 4096);
        count += check_peer(engine, peer, all + count);
    }
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(all[i], all[k]);
    wrn_inspect_engine(engine, &view);
    assert_int_equal(view.indices, count);
}

static bool lossy(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    unsigned *turn = context;
    (void)from;
    (void)datagram;
    for (unsigned i = 0; i < net->hosts; i++)
        oracle9(net->host[i].engine);
    return ++*turn * 7919u % 10 >= 3;
}

static void p51_p60_oracle9_indices_are_those_of_live_handshakes_and_sessions(void **state)
{
    struct net *net = net_new(4, 100 * WRN_MILLISECOND);
    unsigned turn = 0;
    (void)state;
    for (unsigned a = 0; a < 4; a++)
        for (unsigned b = 0; b < a; b++)
            net_connect(net, a, b);
    net->tap = lossy;
    net->tap_context = &turn;
    for (unsigned i = 0; i < 1000; i++) {
        unsigned a = i * 31 % 4, b = (a + 1 + i * 17 % 3) % 4;
        net_send(net, a, b, 60);
        net_run(net, net->now + 700 * WRN_MILLISECOND);
    }
    net->tap = NULL;
    net_run(net, net->now + 700 * WRN_SECOND);
    for (unsigned i = 0; i < 4; i++) { /* the keys are gone, and their indices */
        struct wrn_engine_view view;
        wrn_inspect_engine(net->host[i].engine, &view);
        assert_int_equal(view.indices, 0);
    }
    net_free(net);
}

static void p51_g18_each_message_has_a_new_index_and_the_old_one_dies(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint32_t old[40] = {0};
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    caught.cut[1] = 1u << 2;
    net_send(net, 0, 1, 60);
    for (unsigned i = 0; i < 19; i++) {
        struct wrn_peer owner;
        bool session;
        net_run(net, net->now + D);
        uint32_t ours = wrni_load_le32(caught.last[0][1].bytes + 4), theirs = wrni_load_le32(caught.last[1][2].bytes + 4);
        if (i) {
            assert_true(ours != old[2 * i - 2] && theirs != old[2 * i - 1]);
            assert_int_equal(wrn_inspect_index(net->host[0].engine, old[2 * i - 2], &owner, &session), WRN_NOT_FOUND);
            assert_int_equal(wrn_inspect_index(net->host[1].engine, old[2 * i - 1], &owner, &session), WRN_NOT_FOUND);
        }
        old[2 * i] = ours;
        old[2 * i + 1] = theirs;
        while (caught.count[0][1] < i + 2)
            net_run(net, net->now + D);
    }
    net_free(net);
}

static void p51_a_session_inherits_the_index_of_its_handshake(void **state)
{
    struct net *net = net_new(2, D);
    struct wrn_peer_view view;
    (void)state;
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 60);
    net_view(net, 0, 1, &view);
    uint32_t index = view.handshake_index;
    net_run(net, WRN_SECOND);
    net_view(net, 0, 1, &view);
    assert_false(view.handshake_pending);
    assert_int_equal(view.sessions[WRN_CURRENT].local_index, index);
    net_free(net);
}

/* An index says what may hit it: a handshake by a response, a session by data, both by a cookie reply. */
static void p52_g108_lookups_are_typed(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t initiation[148], response[92], data[32];
    struct wrn_packet packet;
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 1};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    memcpy(initiation, bytes_of(&packet), 148);
    assert_true(outsider_respond(&o, initiation, net->now, response));
    (void)outsider_seal(&o, 0, NULL, 0, data);
    packet = knock(net, 0, &elsewhere, data, 32); /* before the response: the index is a handshake's */
    assert_true(packet.verdict == WRN_DROP && packet.reason == WRN_REASON_INDEX);
    packet = knock(net, 0, &elsewhere, response, 92);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    packet = knock(net, 0, &elsewhere, response, 92); /* now it is a session's */
    assert_true(packet.verdict == WRN_DROP && packet.reason == WRN_REASON_UNSOLICITED);
    packet = knock(net, 0, &elsewhere, data, 32);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    net_free(net);
}

/* An engine whose next index for its one peer is this very value: key, slot and stream are searched for. */
static struct net *net_with_index(uint32_t want, struct outsider *o, struct wrn_peer *peer)
{
    struct wrn_config config;
    uint32_t address = 0, generation = 0;
    wrn_config_default(&config);
    config.limits.peers = 8192;
    config.limits.window_bits = 128;
    struct net *net = net_new_with(1, D, &config, &wrn_crypto_sodium);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrn_lane *lane = wrni_inline_lane(engine);
    do {
        lane->key.words[0]++;
        wrni_index_open(&lane->key, want, &address, &generation);
    } while (address / 4 >= 8192 || address % 4);
    engine->high = address / 4 + 1; /* the first peer goes there */
    engine->free = engine->high;
    *peer = outsider_join(o, net, 0, 9);
    assert_int_equal(peer->slot, address / 4);
    struct wrni_peer *p = wrni_peer_at(engine, peer->slot);
    p->indices[0] = wrni_index_make(&lane->key, address, (generation + 1023) % 1024); /* the next one is it */
    return net;
}

/* A peer's indices come round only after all generations of a cell have been used: an observer cannot link two by their value. */
static void p51_g18_no_index_comes_twice_for_long(void **state)
{
    uint32_t seen[1024];
    (void)state;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrni_peer *peer = wrni_peer_at(engine, net->host[0].peers[1].slot);
    for (unsigned i = 0; i < 1024; i++) {
        uint32_t slot = net->host[0].peers[1].slot;
        assert_int_equal(wrni_peer_new_index(peer, &wrni_inline_lane(engine)->key, slot, &seen[i]), 0);
        for (unsigned earlier = 0; earlier < i; earlier++)
            assert_int_not_equal(seen[i], seen[earlier]);
    }
    net_free(net);
}

/* While late reports hold every cell there is no index to give: the handshake waits for its retry. */
static void law8_a_handshake_without_a_cell_is_tried_again(void **state)
{
    (void)state;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    struct wrni_peer *peer = wrni_peer_at(net->host[0].engine, net->host[0].peers[1].slot);
    peer->cells_pending = 15;
    uint32_t id = net_send(net, 0, 1, 100);
    assert_int_equal(net_sent(net, 0, 0, 0, WRN_NEVER), 0);
    net_run(net, 4 * WRN_SECOND);
    peer->cells_pending = 0;
    net_run(net, 6 * WRN_SECOND);
    assert_in_range(net_sent_at(net, 0, 1, 0), 5 * WRN_SECOND, 5 * WRN_SECOND + 333333333);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void p53_zero_and_all_ones_are_indices_like_any_other(void **state)
{
    static const uint32_t wanted[] = {0, UINT32_MAX};
    (void)state;
    for (unsigned role = 0; role < 2; role++)
        for (unsigned i = 0; i < 2; i++) {
            struct outsider o;
            struct wrn_peer peer;
            struct wrn_packet packet;
            uint8_t bytes[148];
            struct net *net = net_with_index(wanted[i], &o, &peer);
            o.index = wanted[1 - i]; /* theirs too */
            if (role) {
                struct wrn_peer_change change = {
                    .mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 1};
                assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
                assert_true(knock_output(net, 0, &packet));
                assert_int_equal(wrni_load_le32(bytes_of(&packet) + 4), wanted[i]);
                assert_true(outsider_respond(&o, bytes_of(&packet), net->now, bytes));
                assert_int_equal(knock(net, 0, &elsewhere, bytes, 92).verdict, WRN_TAKEN);
            } else {
                outsider_initiate(&o, WALL, 0, net->now, bytes);
                packet = knock(net, 0, &elsewhere, bytes, 148);
                assert_true(outsider_finish(&o, bytes_of(&packet)));
                assert_int_equal(o.remote_index, wanted[i]);
            }
            (void)outsider_seal(&o, 0, NULL, 0, bytes);
            assert_int_equal(knock(net, 0, &elsewhere, bytes, 32).verdict, WRN_TAKEN);
            struct wrn_peer_view view;
            assert_int_equal(wrn_inspect_peer(net->host[0].engine, peer, &view), WRN_OK);
            assert_int_equal(view.sessions[WRN_CURRENT].local_index, wanted[i]);
            assert_int_equal(view.sessions[WRN_CURRENT].remote_index, wanted[1 - i]);
            net_free(net);
        }
}

/* Failed handshakes, of both roles and of strangers, leave nothing behind. */
static void g93_g113_failed_handshakes_hold_a_bounded_state(void **state)
{
    struct net *net = net_new(2, D);
    struct outsider o, stranger;
    struct wrn_engine_view view;
    uint8_t message[148], secret[32];
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    caught.cut[0] = caught.cut[1] = 0xff;
    (void)outsider_join(&o, net, 0, 9);
    for (unsigned i = 0; i < 3000; i++) {
        if (i % 10 == 0)
            net_send(net, 0, 1, 60);
        outsider_initiate(&o, WALL, 1000 * i, net->now, message); /* answered, never confirmed */
        (void)knock(net, 0, &elsewhere, message, 148);
        memset(secret, 1, sizeof secret);
        wrni_store_le32(secret, i);
        outsider_init(&stranger, secret, net, 0);
        outsider_initiate(&stranger, WALL, 0, net->now, message);
        assert_int_equal(knock(net, 0, &elsewhere, message, 148).reason, WRN_REASON_UNKNOWN_PEER);
        net_run(net, net->now + 50 * WRN_MILLISECOND);
        wrn_inspect_engine(net->host[0].engine, &view);
        assert_true(view.indices <= 2);
        assert_int_equal(view.peers, 2);
        assert_int_equal(view.sources, 0);
    }
    oracle9(net->host[0].engine);
    net_free(net);
}

enum { MANY = 10000 };

/* Ten thousand peers, ten packets for each: one initiation for each, and a due list of that length. */
static void p69_g39_g101_many_peers_want_one_initiation_each(void **state)
{
    struct wrn_config config;
    struct wrn_packet packet;
    static uint8_t seen[MANY];
    (void)state;
    wrn_config_default(&config);
    config.limits.peers = MANY;
    config.limits.prefixes = MANY;
    config.limits.window_bits = 128;
    config.limits.stage_slots = 64;
    struct net *net = net_new_with(1, D, &config, &wrn_crypto_sodium);
    struct wrn_engine *engine = net->host[0].engine;
    for (uint32_t i = 0; i < MANY; i++) {
        struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = elsewhere};
        struct wrn_prefix prefix = {.address = {10, 9, (uint8_t)(i >> 8), (uint8_t)i}, .family = 4, .length = 32};
        struct wrn_peer peer;
        uint8_t key[32] = {9};
        wrni_store_le32(key + 1, i);
        assert_int_equal(wrn_peer_add(engine, 0, key, &peer), WRN_OK);
        assert_int_equal(wrn_allowed_add(engine, peer, &prefix, NULL), WRN_OK);
        assert_int_equal(wrn_peer_set(engine, 0, peer, &change), WRN_OK);
    }
    for (uint32_t i = 0; i < 10 * MANY; i++) {
        uint8_t room[128] = {0}, *ip = room + WRN_HEADROOM;
        ip[0] = 0x45;
        ip[3] = 28;
        wrni_store_be32(ip + 16, 0x0a090000u + i % MANY);
        packet = (struct wrn_packet){.data = room, .capacity = sizeof room, .offset = WRN_HEADROOM, .length = 28};
        wrn_tun_input(engine, 0, &packet, 1);
        assert_true(packet.verdict == WRN_TAKEN || packet.verdict == WRN_HOLD);
    }
    size_t initiations = 0;
    while (knock_output(net, 0, &packet)) {
        assert_int_equal(packet.length, 148);
        assert_int_equal(seen[packet.peer.slot]++, 0);
        initiations++;
    }
    assert_int_equal(initiations, MANY);
    assert_true(wrn_deadline(engine) >= 5 * WRN_SECOND);
    net_free(net);
}

/* A thousand nodes start at the same moment: their retries spread over the whole jitter. */
static void p81_g38_g74_retries_of_a_fleet_spread(void **state)
{
    unsigned bins[10] = {0};
    struct wrn_config config;
    (void)state;
    wrn_config_default(&config);
    config.limits.peers = 1;
    config.limits.prefixes = 2;
    config.limits.window_bits = 128;
    config.limits.sources = 1;
    config.limits.stage_slots = 1;
    size_t size = wrn_engine_size(&config.limits);
    void *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_non_null(memory);
    for (unsigned i = 0; i < 1000; i++) {
        struct wrn_engine *engine;
        struct wrn_peer peer;
        struct wrn_peer_change change = {
            .mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 99};
        uint8_t room[256], secret[32] = {1}, key[32] = {9};
        struct wrn_packet packet = {.data = room, .capacity = sizeof room};
        wrni_store_le32(config.entropy, i);
        assert_int_equal(wrn_engine_init(&engine, memory, size, &config, 0), WRN_OK);
        wrn_engine_attach(engine, &wrn_crypto_sodium, NULL, 1);
        assert_int_equal(wrn_set_private_key(engine, 0, secret), WRN_OK);
        assert_int_equal(wrn_set_up(engine, 0, true), WRN_OK);
        assert_int_equal(wrn_peer_add(engine, 0, key, &peer), WRN_OK);
        assert_int_equal(wrn_peer_set(engine, 0, peer, &change), WRN_OK);
        assert_int_equal(wrn_net_output(engine, 0, &packet, 1), 1);
        wrn_time retry = wrn_deadline(engine);
        assert_in_range(retry, 5 * WRN_SECOND, 5 * WRN_SECOND + 333333332);
        bins[(retry - 5 * WRN_SECOND) * 10 / 333333333]++;
    }
    for (unsigned i = 0; i < 10; i++)
        assert_in_range(bins[i], 60, 140);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p51_p60_oracle9_indices_are_those_of_live_handshakes_and_sessions),
        cmocka_unit_test(p51_g18_each_message_has_a_new_index_and_the_old_one_dies),
        cmocka_unit_test(p51_a_session_inherits_the_index_of_its_handshake),
        cmocka_unit_test(p52_g108_lookups_are_typed),
        cmocka_unit_test(p51_g18_no_index_comes_twice_for_long),
        cmocka_unit_test(law8_a_handshake_without_a_cell_is_tried_again),
        cmocka_unit_test(p53_zero_and_all_ones_are_indices_like_any_other),
        cmocka_unit_test(g93_g113_failed_handshakes_hold_a_bounded_state),
        cmocka_unit_test(p69_g39_g101_many_peers_want_one_initiation_each),
        cmocka_unit_test(p81_g38_g74_retries_of_a_fleet_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
