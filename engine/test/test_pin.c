#include "outsider.h"
#include "peek.h"
#include "pin.h"

#include <string.h>

#include <sodium.h>

/* Pinning: the engine says what was pinned, and everybody else understands it. */

enum { PINS = 4 };

struct pinned_host {
    struct wrn_pins pins;
    struct wrn_pin  table[PINS];
};

static void pin_host(struct net *net, unsigned host, struct pinned_host *pinned)
{
    wrn_pins_begin(&pinned->pins, &wrn_crypto_sodium, NULL, pinned->table, PINS);
    wrn_engine_attach(net->host[host].engine, &wrn_crypto_pinned, (void *[]){&pinned->pins}, 1);
    wrn_pins_engine(&pinned->pins, net->host[host].engine);
}

static void public_of(const uint8_t secret[32], uint8_t out[32])
{
    assert_int_equal(crypto_scalarmult_curve25519_base(out, secret), 0);
}

/* Both sides of a handshake, pinned; and it carries, both ways, and so does the next, which is not pinned. */
static void ephemerals_and_stamps_are_those_pinned(void **state)
{
    static const uint8_t first[32] = {1, 2, 3}, second[32] = {4, 5, 6}, stamp[12] = {0x40, 0, 0, 0, 0x70, 1, 2, 3, 4, 5, 6, 7};
    struct net          *net = net_new(2, 10 * WRN_MILLISECOND);
    struct pinned_host   left, right;
    struct caught        caught = {0};
    struct wrn_peer_view view;
    uint8_t              expected[32];
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    pin_host(net, 0, &left);
    pin_host(net, 1, &right);
    assert_int_equal(wrn_pin_ephemeral(&left.pins, net->host[0].peers[1], first), WRN_OK);
    assert_int_equal(wrn_pin_stamp(&left.pins, net->host[0].peers[1], stamp), WRN_OK);
    assert_int_equal(wrn_pin_ephemeral(&right.pins, net->host[1].peers[0], second), WRN_OK);
    assert_true(wrn_pin_waits(&left.pins, net->host[0].peers[1]));
    uint32_t there = net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_false(wrn_pin_waits(&left.pins, net->host[0].peers[1]) || wrn_pin_waits(&right.pins, net->host[1].peers[0]));
    public_of(first, expected);
    assert_memory_equal(caught.last[0][1].bytes + WRNI_INIT_EPHEMERAL, expected, 32);
    public_of(second, expected);
    assert_memory_equal(caught.last[1][2].bytes + WRNI_RESP_EPHEMERAL, expected, 32);
    net_view(net, 1, 0, &view);
    assert_memory_equal(view.stamp_received, stamp, 12);
    net_view(net, 0, 1, &view);
    assert_memory_equal(view.stamp_sent, stamp, 12);
    uint32_t back = net_send(net, 1, 0, 100);
    net_run(net, 2 * WRN_SECOND);
    assert_true(net_received(net, 1, there) == 1 && net_received(net, 0, back) == 1);

    net_run(net, 130 * WRN_SECOND); /* a rekey by age */
    there = net_send(net, 0, 1, 100);
    net_run(net, 140 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, there), 1);
    assert_true(caught.count[0][1] == 2);
    public_of(first, expected);
    assert_memory_not_equal(caught.last[0][1].bytes + WRNI_INIT_EPHEMERAL, expected, 32);
    net_view(net, 0, 1, &view);
    assert_true(memcmp(view.stamp_sent, stamp, 12) > 0); /* later than the one that was pinned */
    net_free(net);
}

/* Byte for byte: two engines with other entropy, pinned alike, differ in index and macs only; remac makes them the same. */
static void what_is_left_is_index_and_macs(void **state)
{
    static const uint8_t ephemeral[32] = {9, 9}, stamp[12] = {0x40, 0, 0, 0, 0x70};
    uint8_t              messages[2][148];
    (void)state;
    for (uint8_t i = 0; i < 2; i++) {
        struct wrn_config  config;
        struct pinned_host pinned;
        struct caught      caught = {0};
        uint8_t            recipient[32];
        wrn_config_default(&config);
        config.entropy[0] = (uint8_t)(100 * i);
        struct net *net = net_new_with(2, 0, &config, &wrn_crypto_sodium);
        net_introduce(net, 0, 1, true);
        pin_host(net, 0, &pinned);
        assert_int_equal(wrn_pin_ephemeral(&pinned.pins, net->host[0].peers[1], ephemeral), WRN_OK);
        assert_int_equal(wrn_pin_stamp(&pinned.pins, net->host[0].peers[1], stamp), WRN_OK);
        net_catch(net, &caught);
        net_send(net, 0, 1, 100);
        assert_int_equal(caught.count[0][1], 1);
        memcpy(messages[i], caught.last[0][1].bytes, 148);
        if (i == 1) {
            assert_memory_not_equal(messages[0], messages[1], 148);
            assert_memory_equal(messages[0] + WRNI_INIT_EPHEMERAL, messages[1] + WRNI_INIT_EPHEMERAL,
                                WRNI_INIT_MAC1 - WRNI_INIT_EPHEMERAL);
            memcpy(messages[1] + WRNI_AT_SENDER, messages[0] + WRNI_AT_SENDER, 4);
            net_public_key(net, 1, recipient);
            assert_true(wrn_pin_remac(&wrn_crypto_portable, NULL, recipient, NULL, messages[1], 148));
            assert_memory_equal(messages[0], messages[1], 148);
        }
        net_free(net);
    }
}

/* Several peers at once: each says its own, in whatever order they come up. */
static void each_peer_has_its_own(void **state)
{
    struct net        *net = net_new(4, 10 * WRN_MILLISECOND);
    struct pinned_host pinned;
    struct caught      caught = {0};
    uint8_t            secrets[4][32], expected[32];
    (void)state;
    net_catch(net, &caught);
    pin_host(net, 0, &pinned);
    for (unsigned who = 1; who < 4; who++)
        net_connect(net, 0, who);
    for (unsigned who = 3; who > 0; who--) {
        memset(secrets[who], (int)(0x60 + who), 32);
        assert_int_equal(wrn_pin_ephemeral(&pinned.pins, net->host[0].peers[who], secrets[who]), WRN_OK);
    }
    net_introduce(net, 1, 2, true); /* somebody else's business */
    for (unsigned who = 1; who < 4; who++) {
        static const unsigned order[4] = {0, 1, 3, 2};
        unsigned              to = order[who];
        net_send(net, 0, to, 100);
        public_of(secrets[to], expected);
        assert_memory_equal(caught.last[0][1].bytes + WRNI_INIT_EPHEMERAL, expected, 32);
    }
    net_run(net, WRN_SECOND);
    for (unsigned who = 1; who < 4; who++) {
        struct wrn_peer_view view;
        net_view(net, 0, who, &view);
        assert_true(view.sessions[WRN_CURRENT].there);
    }
    net_free(net);
}

static void cookies_and_their_nonces_are_those_pinned(void **state)
{
    static const uint8_t cookie[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct net          *net = net_new(2, 10 * WRN_MILLISECOND);
    struct pinned_host   pinned;
    struct caught        caught = {0};
    uint8_t              nonce[24];
    (void)state;
    memset(nonce, 0x5a, sizeof nonce);
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    pin_host(net, 1, &pinned);
    wrn_pin_cookie(&pinned.pins, &net->host[0].address, cookie);
    wrn_pin_cookie_nonce(&pinned.pins, nonce);
    wrn_report_load(net->host[1].engine, net->now);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND / 2);
    assert_int_equal(caught.count[1][3], 1);
    assert_memory_equal(caught.last[1][3].bytes + WRNI_COOKIE_NONCE, nonce, 24);
    assert_memory_equal(peek_peer(net, 0, 1)->jar.cookie, cookie, 16);
    for (unsigned i = 0; i < 12; i++) { /* the load lasts, and mac2 from the pinned cookie opens */
        wrn_report_load(net->host[1].engine, net->now);
        net_run(net, net->now + WRN_SECOND / 2);
    }
    assert_int_equal(net_received(net, 1, id), 1);
    assert_int_equal(caught.count[1][3], 1);
    net_free(net);
}

/* One secret: the same cookie to the same source from two engines, and another from another secret. */
static void a_cookie_secret_makes_the_cookies(void **state)
{
    uint8_t cookies[3][16];
    (void)state;
    for (uint8_t i = 0; i < 3; i++) {
        struct wrn_config config;
        uint8_t           secret[32] = {(uint8_t)(i == 2)};
        wrn_config_default(&config);
        config.entropy[0] = (uint8_t)(50 * i);
        struct net *net = net_new_with(2, 10 * WRN_MILLISECOND, &config, &wrn_crypto_sodium);
        net_connect(net, 0, 1);
        wrn_pin_cookie_secret(net->host[1].engine, secret);
        wrn_report_load(net->host[1].engine, net->now);
        net_send(net, 0, 1, 100);
        net_run(net, WRN_SECOND / 2);
        assert_true(peek_peer(net, 0, 1)->jar.has_cookie);
        memcpy(cookies[i], peek_peer(net, 0, 1)->jar.cookie, 16);
        net_free(net);
    }
    assert_memory_equal(cookies[0], cookies[1], 16);
    assert_memory_not_equal(cookies[0], cookies[2], 16);
}

static void counters_are_those_pinned(void **state)
{
    struct net     *net = net_new(2, 10 * WRN_MILLISECOND);
    struct caught   caught = {0};
    struct wrn_peer gone = {9, 9};
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    assert_int_equal(wrn_pin_counter(net->host[0].engine, net->host[0].peers[1], WRN_CURRENT, 5), WRN_NOT_FOUND);
    assert_int_equal(wrn_pin_counter(net->host[0].engine, gone, WRN_CURRENT, 5), WRN_STALE);
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_int_equal(wrn_pin_counter(net->host[0].engine, net->host[0].peers[1], WRN_CURRENT, 1234567890123), WRN_OK);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, 2 * WRN_SECOND);
    assert_true(wrni_load_le64(caught.last[0][4].bytes + WRNI_DATA_COUNTER) == 1234567890123);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* What an engine owes is taken from it, and said when it is asked for, within the pause of 5 s too. */
static void what_is_owed_waits_until_it_is_asked_for(void **state)
{
    struct net      *net = net_new(2, 10 * WRN_MILLISECOND);
    uint8_t          out[256];
    struct wrn_peer  peer;
    enum wrn_pin_due due;
    (void)state;
    net_connect(net, 0, 1);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrn_packet  packet = {.data = out, .capacity = sizeof out};
    struct wrn_peer    other = net->host[0].peers[1];
    assert_false(wrn_pin_take_due(engine, &peer, &due));
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(wrn_pin_ask(engine, other, i ? WRN_PIN_RETRY : WRN_PIN_INITIATION), WRN_OK);
        assert_true(wrn_pin_take_due(engine, &peer, &due) && peer.slot == other.slot && peer.generation == other.generation);
        assert_int_equal(due, i ? WRN_PIN_RETRY : WRN_PIN_INITIATION);
        assert_int_equal(wrn_net_output(engine, net->now, &packet, 1), 0); /* taken: it is not said */
        assert_int_equal(wrn_pin_ask(engine, other, due), WRN_OK);
        assert_int_equal(wrn_net_output(engine, net->now, &packet, 1), 1);
        assert_true(packet.length == 148 && out[packet.offset] == 1);
    }
    net_send(net, 0, 1, 100); /* a session, by and by */
    net_run(net, 20 * WRN_SECOND);
    assert_int_equal(wrn_pin_ask(engine, other, WRN_PIN_KEEPALIVE), WRN_OK);
    assert_true(wrn_pin_take_due(engine, &peer, &due) && due == WRN_PIN_KEEPALIVE);
    assert_int_equal(wrn_net_output(engine, net->now, &packet, 1), 0);
    assert_int_equal(wrn_pin_ask(engine, other, WRN_PIN_KEEPALIVE), WRN_OK);
    assert_int_equal(wrn_net_output(engine, net->now, &packet, 1), 1);
    assert_true(packet.length == 32 && out[packet.offset] == 4);
    wrn_report_load(engine, net->now);
    wrn_pin_idle(engine);
    struct wrn_engine_view view;
    wrn_inspect_engine(engine, &view);
    assert_false(view.under_load);
    assert_int_equal(wrn_pin_ask(engine, (struct wrn_peer){7, 9}, WRN_PIN_KEEPALIVE), WRN_STALE);
    net_free(net);
}

/* Without pins the provider is as if it were not there. */
static void nothing_pinned_changes_nothing(void **state)
{
    uint8_t digests[2][32];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct net        *net = net_new(2, 10 * WRN_MILLISECOND);
        struct pinned_host pinned;
        if (i)
            pin_host(net, 0, &pinned);
        net_connect(net, 0, 1);
        wrn_report_load(net->host[0].engine, net->now);
        net_send(net, 1, 0, 100);
        net_run(net, 200 * WRN_SECOND);
        net_digest(net, 0, WRN_PART_ALL, digests[i]);
        net_free(net);
    }
    assert_memory_equal(digests[0], digests[1], 32);
}

/* A packet under the session before, after the rotation: it is taken on the other side, and nothing else has changed. */
static void swapped_sessions_send_and_swap_back(void **state)
{
    struct net          *net = net_new(2, 10 * WRN_MILLISECOND);
    struct wrn_peer_view before, after;
    (void)state;
    net_connect(net, 0, 1);
    struct wrn_engine    *engine = net->host[0].engine;
    const struct wrn_peer peer = net->host[0].peers[1], gone = {3, 77};
    assert_int_equal(wrn_pin_swap(engine, gone), WRN_STALE);
    assert_int_equal(wrn_pin_swap(engine, peer), WRN_NOT_FOUND);
    net_send(net, 0, 1, 100);
    net_run(net, 10 * WRN_SECOND);
    assert_int_equal(wrn_pin_swap(engine, peer), WRN_NOT_FOUND);
    assert_int_equal(wrn_pin_ask(engine, peer, WRN_PIN_INITIATION), WRN_OK);
    net_pump(net, 0);
    net_run(net, 20 * WRN_SECOND);
    net_view(net, 0, 1, &before);
    assert_true(before.sessions[WRN_PREVIOUS].there);
    assert_int_equal(wrn_pin_swap(engine, peer), WRN_OK);
    uint32_t late = net_send(net, 0, 1, 100);
    assert_int_equal(wrn_pin_swap(engine, peer), WRN_OK);
    net_run(net, 21 * WRN_SECOND);
    net_view(net, 0, 1, &after);
    assert_int_equal(net_received(net, 1, late), 1);
    assert_int_equal(after.sessions[WRN_PREVIOUS].sent, before.sessions[WRN_PREVIOUS].sent + 1);
    assert_int_equal(after.sessions[WRN_PREVIOUS].local_index, before.sessions[WRN_PREVIOUS].local_index);
    assert_int_equal(after.sessions[WRN_CURRENT].sent, before.sessions[WRN_CURRENT].sent);
    net_free(net);
}

static void full_and_stale_are_told(void **state)
{
    struct net        *net = net_new(2, 0);
    struct pinned_host pinned;
    struct wrn_peer    peers[PINS + 1], gone = {3, 77};
    uint8_t            key[32] = {0};
    (void)state;
    pin_host(net, 0, &pinned);
    assert_int_equal(wrn_pin_stamp(&pinned.pins, gone, key), WRN_STALE);
    for (uint8_t i = 0; i <= PINS; i++) {
        key[0] = (uint8_t)(20 + i);
        assert_int_equal(wrn_peer_add(net->host[0].engine, 0, key, &peers[i]), WRN_OK);
        assert_int_equal(wrn_pin_ephemeral(&pinned.pins, peers[i], key), i < PINS ? WRN_OK : WRN_NO_ROOM);
    }
    assert_int_equal(wrn_peer_remove(net->host[0].engine, 0, peers[1]), WRN_OK); /* whose place is free then */
    assert_int_equal(wrn_pin_ephemeral(&pinned.pins, peers[PINS], key), WRN_OK);
    assert_true(wrn_pin_waits(&pinned.pins, peers[PINS]) && !wrn_pin_waits(&pinned.pins, peers[1]));
    uint8_t data[32] = {4};
    assert_false(wrn_pin_remac(&wrn_crypto_portable, NULL, key, NULL, data, sizeof data));
    assert_false(wrn_pin_remac(&wrn_crypto_portable, NULL, key, NULL, data, 3));
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ephemerals_and_stamps_are_those_pinned),
        cmocka_unit_test(what_is_left_is_index_and_macs),
        cmocka_unit_test(each_peer_has_its_own),
        cmocka_unit_test(cookies_and_their_nonces_are_those_pinned),
        cmocka_unit_test(a_cookie_secret_makes_the_cookies),
        cmocka_unit_test(counters_are_those_pinned),
        cmocka_unit_test(what_is_owed_waits_until_it_is_asked_for),
        cmocka_unit_test(nothing_pinned_changes_nothing),
        cmocka_unit_test(swapped_sessions_send_and_swap_back),
        cmocka_unit_test(full_and_stale_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
