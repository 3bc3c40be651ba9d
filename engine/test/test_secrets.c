#include "support/outsider.h"

#include <string.h>

#include "state.h"

/* Secrets are gone from the engine's memory when they are done with, and nothing that it tells holds one (P-26, P-60, P-161,
 * P-163). */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

static size_t occurrences(const struct net *net, const uint8_t *secret, size_t length)
{
    const uint8_t *memory = net->host[0].memory;
    size_t count = 0, size = wrn_engine_size(&net->host[0].config.limits);
    for (size_t at = 0; at + length <= size; at++)
        count += memory[at] == secret[0] && !memcmp(memory + at, secret, length);
    return count;
}

/* Host 0 starts a handshake with the outsider; its initiation. */
static void start(struct net *net, struct wrn_peer peer, uint8_t initiation[148])
{
    struct wrn_packet packet;
    struct wrn_peer_change change = {
        .mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 60};
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    assert_true(knock_output(net, 0, &packet));
    assert_int_equal(packet.length, 148);
    memcpy(initiation, bytes_of(&packet), 148);
}

static void p26_p161_a_completed_handshake_leaves_no_trace(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t initiation[148], response[92];
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    start(net, peer, initiation);
    struct wrni_handshake pending = wrni_peer_at(net->host[0].engine, peer.slot)->handshake;
    assert_int_equal(occurrences(net, pending.ephemeral, 32), 1);
    assert_int_equal(occurrences(net, pending.chain, 32), 1);
    assert_int_equal(occurrences(net, pending.hash, 32), 1);
    assert_true(outsider_respond(&o, initiation, net->now, response));
    assert_int_equal(knock(net, 0, &elsewhere, response, 92).verdict, WRN_TAKEN);
    assert_int_equal(occurrences(net, pending.ephemeral, 32), 0);
    assert_int_equal(occurrences(net, pending.chain, 32), 0);
    assert_int_equal(occurrences(net, pending.hash, 32), 0);
    assert_int_equal(occurrences(net, o.receive_key, 32), 1); /* where it belongs, and no copy of it */
    assert_int_equal(occurrences(net, o.send_key, 32), 1);
    net_free(net);
}

static void p26_p161_a_superseded_or_abandoned_handshake_leaves_no_trace(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct net *net = net_new(1, D);
        struct outsider o;
        uint8_t initiation[148], zero[32] = {0};
        struct wrn_peer peer = outsider_join(&o, net, 0, 9);
        start(net, peer, initiation);
        struct wrni_handshake pending = wrni_peer_at(net->host[0].engine, peer.slot)->handshake;
        if (how == 0) { /* theirs crosses ours */
            outsider_initiate(&o, WALL, 0, net->now, initiation);
            assert_int_equal(knock(net, 0, &elsewhere, initiation, 148).verdict, WRN_SEND);
        } else if (how == 1) { /* a retry */
            struct wrn_packet packet;
            net->now += 6 * WRN_SECOND;
            assert_true(knock_output(net, 0, &packet));
        } else if (how == 2) {
            assert_int_equal(wrn_set_up(net->host[0].engine, net->now, false), WRN_OK);
        } else {
            assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, zero), WRN_OK);
            assert_int_equal(occurrences(net, net->host[0].secret, 31), 0);
        }
        assert_int_equal(occurrences(net, pending.ephemeral, 32), 0);
        assert_int_equal(occurrences(net, pending.chain, 32), 0);
        assert_int_equal(occurrences(net, pending.hash, 32), 0);
        net_free(net);
    }
}

/* A confirmed session with the outsider as initiator. */
static void meet(struct net *net, struct outsider *o, uint32_t nanoseconds)
{
    uint8_t message[148];
    outsider_initiate(o, WALL, nanoseconds, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
    assert_true(outsider_finish(o, bytes_of(&packet)));
    (void)outsider_seal(o, o->counter++, NULL, 0, message);
    assert_int_equal(knock(net, 0, &elsewhere, message, 32).verdict, WRN_TAKEN);
}

static void p60_p161_replaced_sessions_are_zeroed_at_once(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t keys[4][2][32];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    for (unsigned i = 0; i < 4; i++) {
        meet(net, &o, i);
        memcpy(keys[i][0], o.send_key, 32);
        memcpy(keys[i][1], o.receive_key, 32);
        net->now += WRN_SECOND;
        for (unsigned k = 0; k <= i; k++) { /* current and previous live */
            assert_int_equal(occurrences(net, keys[k][0], 32), k + 2 > i);
            assert_int_equal(occurrences(net, keys[k][1], 32), k + 2 > i);
        }
    }
    wrn_advance(net->host[0].engine, net->now + 540 * WRN_SECOND);
    for (unsigned k = 0; k < 4; k++)
        assert_int_equal(occurrences(net, keys[k][0], 32) + occurrences(net, keys[k][1], 32), 0);
    net_free(net);
}

static void p134_p161_a_removed_peer_is_zero(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    uint8_t plain[64] = {0};
    (void)state;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    memset(change.preshared_key, 0x5c, 32);
    memset(o.preshared_key, 0x5c, 32);
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, peer, &change), WRN_OK);
    meet(net, &o, 0);
    wrn_advance(net->host[0].engine, net->now += 200 * WRN_SECOND);
    /* Something staged, too. */
    memset(plain + 28, 0xd7, 36);
    plain[0] = 0x45;
    plain[3] = 64;
    wrni_store_be32(plain + 16, 0x0a010009);
    uint8_t room[128];
    memcpy(room + 16, plain, 64);
    struct wrn_packet packet = {.data = room, .capacity = sizeof room, .offset = 16, .length = 64};
    wrn_tun_input(net->host[0].engine, net->now, &packet, 1);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    const uint8_t *const secrets[] = {change.preshared_key, o.static_static, o.send_key, o.receive_key, plain + 28};
    for (unsigned i = 0; i < 5; i++)
        assert_true(occurrences(net, secrets[i], 32) >= 1);
    assert_int_equal(wrn_peer_remove(net->host[0].engine, net->now, peer), WRN_OK);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(occurrences(net, secrets[i], 32), 0);
    assert_int_equal(occurrences(net, o.identity.public_key, 32), 0);
    net_free(net);
}

static void p128_p161_an_old_identity_is_gone(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t clamped[32], fresh[32];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    meet(net, &o, 0);
    memcpy(clamped, net->host[0].secret, 32);
    wrni_clamp(clamped);
    assert_int_equal(occurrences(net, clamped, 32), 1);
    memset(fresh, 0x31, sizeof fresh);
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, fresh), WRN_OK);
    assert_int_equal(occurrences(net, clamped, 32), 0);
    assert_int_equal(occurrences(net, o.static_static, 32), 0);
    net_free(net);
}

static void p161_wiping_the_engine_leaves_zeros(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    meet(net, &o, 0);
    size_t size = wrn_engine_size(&net->host[0].config.limits);
    wrn_engine_wipe(net->host[0].engine);
    assert_true(wrni_is_zero(net->host[0].memory, size));
    net_free(net);
}

static bool holds(const void *told, size_t size, const uint8_t secret[32])
{
    for (size_t at = 0; at + 16 <= size; at++) /* half of it is too much */
        if (!memcmp((const uint8_t *)told + at, secret, 16) || !memcmp((const uint8_t *)told + at, secret + 16, 16))
            return true;
    return false;
}

/* Whatever the engine is asked or says: no secret. A key log is not the engine's to give. */
static void p163_p164_nothing_that_is_told_holds_a_secret(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    struct {
        struct wrn_peer_info info;
        struct wrn_counters counters;
        struct wrn_event events[8];
        struct wrn_peer_view peer;
        struct wrn_engine_view engine;
        struct wrn_limits limits;
        uint8_t digest[32];
        uint8_t response[148];
    } told;
    (void)state;
    memset(&told, 0, sizeof told);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrn_peer peer = outsider_join(&o, net, 0, 9);
    for (unsigned i = 0; i < 32; i++)
        change.preshared_key[i] = o.preshared_key[i] = (uint8_t)(0xa0 + i);
    assert_int_equal(wrn_peer_set(engine, net->now, peer, &change), WRN_OK);
    start(net, peer, told.response);
    struct wrni_handshake pending = wrni_peer_at(engine, peer.slot)->handshake;
    assert_int_equal(wrn_peer_info(engine, peer, &told.info), WRN_OK);
    assert_int_equal(wrn_inspect_peer(engine, peer, &told.peer), WRN_OK);
    const uint8_t *const halves[] = {pending.ephemeral, pending.chain, pending.hash};
    for (unsigned i = 0; i < 3; i++)
        assert_false(holds(&told, sizeof told, halves[i]));
    meet(net, &o, 0);
    wrn_counters(engine, &told.counters);
    assert_true(wrn_events(engine, told.events, 8) > 0);
    assert_int_equal(wrn_peer_info(engine, peer, &told.info), WRN_OK);
    assert_int_equal(wrn_inspect_peer(engine, peer, &told.peer), WRN_OK);
    wrn_inspect_engine(engine, &told.engine);
    wrn_engine_limits(engine, &told.limits);
    wrn_digest(engine, WRN_PART_ALL, told.digest);
    const uint8_t *const secrets[] = {o.preshared_key, o.static_static, o.send_key,
                                      o.receive_key,   engine->seed,    engine->identity.mac1_key};
    assert_true(told.info.has_preshared_key);
    for (unsigned i = 0; i < 6; i++)
        assert_false(holds(&told, sizeof told, secrets[i]));
    assert_false(holds(&told, sizeof told, engine->identity.secret));
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p26_p161_a_completed_handshake_leaves_no_trace),
        cmocka_unit_test(p26_p161_a_superseded_or_abandoned_handshake_leaves_no_trace),
        cmocka_unit_test(p60_p161_replaced_sessions_are_zeroed_at_once),
        cmocka_unit_test(p134_p161_a_removed_peer_is_zero),
        cmocka_unit_test(p128_p161_an_old_identity_is_gone),
        cmocka_unit_test(p161_wiping_the_engine_leaves_zeros),
        cmocka_unit_test(p163_p164_nothing_that_is_told_holds_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
