#include "requests.h"

#include <sodium.h>
#include <stdlib.h>

#include "uapi_plan.h"

/* What check says about room, where random requests seldom go: full engines, crowds, and orders to lanes. */

enum { KEYS = 48 };
_Static_assert(KEYS > WRNI_MENTIONS, "more than check follows one by one");

static char secrets[KEYS][65], publics[KEYS][65];

static void make_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t key[32], public_key[32];
        some_key(i + 1, key);
        sodium_bin2hex(secrets[i], 65, key, 32);
        crypto_scalarmult_curve25519_base(public_key, key);
        sodium_bin2hex(publics[i], 65, public_key, 32);
    }
}

static void p127_a_full_engine_exchanges_peers_and_lists(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    make_keys();
    host_open_small(&host);
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\n", publics[0]);
    set_must(host.engine, 0, text.at);
    text_free(&text);
    text_add(&text, "public_key=%s\nreplace_allowed_ips=true\nallowed_ip=11.0.0.0/8\n", publics[0]);
    set_must(host.engine, 0, text.at);
    text_free(&text);
    text_add(&text, "public_key=%s\nremove=true\npublic_key=%s\nallowed_ip=11.0.0.0/8\n", publics[0], publics[1]);
    set_must(host.engine, 0, text.at);
    text_free(&text);
    text_add(&text, "private_key=%s\npublic_key=%s\nallowed_ip=12.0.0.0/8\n", secrets[1], publics[2]); /* for ourselves (P-128) */
    set_must(host.engine, 0, text.at);
    text_free(&text);
    text_add(&text, "public_key=%s\nallowed_ip=13.0.0.0/8\n", publics[3]);
    struct wrn_uapi_set set;
    assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_NO_ROOM);
    assert_int_equal(set.needed.peers, 2);
    assert_int_equal(set.needed.prefixes, 2);
    text_free(&text);
    host_close(&host);
}

/* A prefix that left its peer is not counted out with that peer. */
static void p127_a_robbed_list_is_not_counted_out(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    make_keys();
    host_open_small(&host);
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\n", publics[0]);
    set_must(host.engine, 0, text.at);
    text_free(&text);
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\npublic_key=%s\nreplace_allowed_ips=true\nallowed_ip=11.0.0.0/8\n",
             publics[1], publics[0]);
    set_growing(&host, 0, text.at);
    assert_true(get_has(host.engine, "allowed_ip=10.0.0.0/8\n"));
    assert_true(get_has(host.engine, "allowed_ip=11.0.0.0/8\n"));
    text_free(&text);
    host_close(&host);
}

/* More peers than check follows one by one, and again and again the same ones. */
static void p127_p150_ten_thousand_peers(void **state)
{
    (void)state;
    enum { PEERS = 10000 };
    struct request_host host;
    struct text         text = {0};
    host_open_small(&host);
    for (unsigned i = 0; i < PEERS; i++) {
        uint8_t key[32];
        some_key(i, key);
        text_key(&text, "public_key", key);
        text_add(&text, "replace_allowed_ips=true\nallowed_ip=10.%u.%u.0/24\n", i >> 8, i & 255);
    }
    set_growing(&host, 0, text.at);
    struct wrn_engine_view view;
    struct wrn_limits      limits;
    wrn_inspect_engine(host.engine, &view);
    wrn_engine_limits(host.engine, &limits);
    assert_int_equal(view.peers, PEERS);
    assert_int_equal(view.prefixes, PEERS);
    assert_int_equal(limits.peers, PEERS);
    set_must(host.engine, 0, text.at); /* again: nothing new, it fits */
    struct text again = {0};
    text_add(&again, "replace_peers=true\n%s", text.at);
    set_must(host.engine, 0, again.at);
    wrn_inspect_engine(host.engine, &view);
    assert_int_equal(view.peers, PEERS);
    assert_int_equal(view.prefixes, PEERS);
    text_free(&text);
    text_free(&again);
    host_close(&host);
}

/* A list that goes takes an order for each of its prefixes, whoever counts them: peers followed one by one, or beyond. */
static void p127_orders_for_a_list_that_goes(void **state)
{
    (void)state;
    make_keys();
    for (unsigned before = 0; before < KEYS; before += KEYS - 1) {
        struct request_host host;
        struct wrn_uapi_set set;
        struct text         text = {0};
        host_open_lanes(&host, 512);
        text_add(&text, "public_key=%s\n", publics[KEYS - 1]);
        for (unsigned i = 0; i < 200; i++)
            text_add(&text, "allowed_ip=10.0.%u.0/24\n", i);
        set_must(host.engine, 0, text.at);
        text_free(&text);
        /* The lanes have taken none of it: what is left of the ring does not hold as many again. */
        text_add(&text, "%s", "");
        for (unsigned i = 0; i < before; i++)
            text_add(&text, "public_key=%s\nupdate_only=true\n", publics[i]);
        text_add(&text, "public_key=%s\nreplace_allowed_ips=true\n", publics[KEYS - 1]);
        while (set_text(host.engine, 0, "", &set) == WRN_OK && wrni_orders_room(host.engine, 150)) {
            struct wrn_prefix prefix = {.address = {11}, .family = 4, .length = 8};
            struct wrn_peer   peer = {UINT32_MAX, 0};
            assert_true(wrn_peer_next(host.engine, &peer));
            assert_int_equal(wrn_allowed_add(host.engine, peer, &prefix, NULL), WRN_OK);
        }
        assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_BUSY);
        drain_orders(host.engine);
        assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_OK);
        assert_false(get_has(host.engine, "allowed_ip"));
        text_free(&text);
        host_close(&host);
    }
}

/* Sections that mean nobody, until no further peer is followed one by one. */
static void crowd(struct text *text)
{
    for (unsigned i = 0; i < WRNI_MENTIONS; i++)
        text_add(text, "public_key=%s\nupdate_only=true\n", publics[i]);
}

static void p127_a_peer_beyond_those_followed_is_never_counted_short(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    struct wrn_uapi_set set;
    make_keys();
    host_open_small(&host);
    crowd(&text);
    text_add(&text, "public_key=%s\npublic_key=%s\nupdate_only=true\n", publics[40], publics[40]);
    text_add(&text, "allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n");
    assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_NO_ROOM);
    assert_int_equal(set.needed.prefixes, 2);
    set_growing(&host, 0, text.at);
    assert_true(get_has(host.engine, "allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n"));
    text_free(&text);
    host_close(&host);
}

static void p127_what_is_given_and_taken_in_one_request_takes_orders_twice(void **state)
{
    (void)state;
    make_keys();
    for (unsigned crowded = 0; crowded < 2; crowded++) {
        struct request_host host;
        struct text         text = {0};
        struct wrn_uapi_set set;
        host_open_lanes(&host, 400);
        if (crowded)
            crowd(&text);
        text_add(&text, "public_key=%s\n", publics[40]);
        for (unsigned i = 0; i < 200; i++)
            text_add(&text, "allowed_ip=10.0.%u.0/24\n", i);
        text_add(&text, "public_key=%s\nreplace_allowed_ips=true\n", publics[40]);
        assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_NO_ROOM);
        assert_true(set.needed.orders >= 401); /* the peer, and each prefix come and gone */
        drain_orders(host.engine);
        host_grow(&host, &set.needed);
        assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_OK);
        assert_false(get_has(host.engine, "allowed_ip"));
        text_free(&text);
        host_close(&host);
    }
}

static void p127_a_list_is_counted_out_once(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    struct wrn_uapi_set set;
    make_keys();
    host_open_small(&host);
    text_add(&text, "public_key=%s\nallowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n", publics[0]);
    set_growing(&host, 0, text.at);
    text_free(&text);
    text_add(&text, "public_key=%s\nreplace_allowed_ips=true\npublic_key=%s\nremove=true\n", publics[0], publics[0]);
    text_add(&text, "public_key=%s\n", publics[1]);
    for (unsigned i = 0; i < 4; i++)
        text_add(&text, "allowed_ip=12.%u.0.0/16\n", i);
    assert_int_equal(set_text(host.engine, 0, text.at, &set), WRN_NO_ROOM);
    assert_int_equal(set.needed.prefixes, 4);
    assert_int_equal(set.needed.peers, 1);
    set_growing(&host, 0, text.at);
    text_free(&text);
    host_close(&host);
}

static void p127_replacing_all_peers_takes_an_order_for_each(void **state)
{
    (void)state;
    struct request_host host;
    struct wrn_uapi_set set;
    make_keys();
    host_open_lanes(&host, 16);
    for (unsigned i = 0; i < 40; i++) {
        struct text text = {0};
        text_add(&text, "public_key=%s\n", publics[i]);
        set_must(host.engine, 0, text.at);
        drain_orders(host.engine);
        text_free(&text);
    }
    assert_int_equal(set_text(host.engine, 0, "replace_peers=true\n", &set), WRN_NO_ROOM);
    assert_int_equal(set.needed.orders, 40);
    host_grow(&host, &set.needed);
    assert_int_equal(set_text(host.engine, 0, "replace_peers=true\n", &set), WRN_OK);
    assert_false(get_has(host.engine, "public_key"));
    host_close(&host);
}

/* The key that is there already is no change, so it must not ask for room either. */
static void p127_p128_the_same_key_takes_no_orders(void **state)
{
    (void)state;
    struct request_host host;
    struct text         text = {0};
    make_keys();
    host_open_lanes(&host, 16);
    uint8_t key[32];
    some_key(1, key);
    key[0] &= 248;
    key[31] = (uint8_t)((key[31] & 127) | 64);
    assert_int_equal(wrn_set_private_key(host.engine, 0, key), WRN_OK);
    drain_orders(host.engine);
    while (wrni_orders_room(host.engine, 1))
        assert_int_equal(wrn_set_mtu(host.engine, 1400), WRN_OK);
    assert_int_equal(wrn_set_private_key(host.engine, 0, key), WRN_OK);
    text_key(&text, "private_key", key);
    set_must(host.engine, 0, text.at);
    text_free(&text);
    key[1] ^= 1;
    assert_int_equal(wrn_set_private_key(host.engine, 0, key), WRN_BUSY);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p127_p150_ten_thousand_peers),
        cmocka_unit_test(p127_a_full_engine_exchanges_peers_and_lists),
        cmocka_unit_test(p127_a_robbed_list_is_not_counted_out),
        cmocka_unit_test(p127_orders_for_a_list_that_goes),
        cmocka_unit_test(p127_a_peer_beyond_those_followed_is_never_counted_short),
        cmocka_unit_test(p127_what_is_given_and_taken_in_one_request_takes_orders_twice),
        cmocka_unit_test(p127_a_list_is_counted_out_once),
        cmocka_unit_test(p127_replacing_all_peers_takes_an_order_for_each),
        cmocka_unit_test(p127_p128_the_same_key_takes_no_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
