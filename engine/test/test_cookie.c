/* Floor 2, cookie: mac1, mac2, cookie replies, and how long each is good for, on each provider. */

#include "support/providers.h"

#include "bytes.h"
#include "cookie.h"
#include "support/random.h"
#include "support/wireguard.h"

#define S WRN_SECOND

static const enum wrni_kind KINDS[] = {WRNI_INITIATION, WRNI_RESPONSE};
static const struct wrn_endpoint HOME = {.address = {192, 0, 2, 7}, .port = 51820, .family = 4};

/* A loaded side, and a peer of it that holds nothing yet. */
struct scene {
    struct wrni_provider provider;
    struct wrni_identity identity;
    struct wrni_checker  checker;
    struct wrni_jar      jar;
    struct rng           rng;
};

static void open_scene(struct scene *scene, unsigned p)
{
    uint8_t secret[32];

    memset(scene, 0, sizeof *scene);
    scene->provider = provider_at(p);
    scene->rng.state = 5;
    rng_bytes(&scene->rng, secret, sizeof secret);
    wrni_identity_set(scene->provider, &scene->identity, secret);
    wrni_drbg_init(&scene->checker.drbg, secret, 1, secret);
}

/* A message of this kind as the peer sends it: random, with its macs. */
static void send(struct scene *scene, enum wrni_kind kind, wrn_time now, uint8_t message[148])
{
    rng_bytes(&scene->rng, message, 148);
    wrni_cookie_stamp(scene->provider, &scene->jar, scene->identity.mac1_key, kind, message, now);
}

static bool mac2_holds(struct scene *scene, enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from,
                       wrn_time now)
{
    return wrni_mac2_valid(scene->provider, &scene->checker, kind, message, from, now);
}

static void reply_to(struct scene *scene, enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from,
                     wrn_time now, uint8_t reply[64])
{
    wrni_cookie_reply(scene->provider, &scene->checker, &scene->identity, kind, message, from, now, reply);
}

static bool consume(struct scene *scene, const uint8_t reply[64], wrn_time now)
{
    return wrni_cookie_consume(scene->provider, &scene->jar, scene->identity.cookie_key, reply, now);
}

/* Send, be told the cookie, keep it. */
static void win(struct scene *scene, enum wrni_kind kind, const struct wrn_endpoint *from, wrn_time now)
{
    uint8_t message[148], reply[64];

    send(scene, kind, now, message);
    reply_to(scene, kind, message, from, now, reply);
    assert_true(consume(scene, reply, now));
}

static bool mac2_is_zero(enum wrni_kind kind, const uint8_t *message)
{
    return wrni_is_zero(message + wrni_wire_mac1_at(kind) + 16, 16);
}

static void p4_p32_p34_replies_of_the_vectors(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < wireguard()->cookies; i++) {
            const struct vector_cookie *v = &wireguard()->cookie[i];
            struct wrni_provider        provider = provider_at(p);
            struct wrni_jar             jar = {.has_mac1 = true};
            uint8_t                     key[32], made[32], reason;
            enum wrni_kind              kind = wrni_wire_kind(v->message, v->message_length, &reason);
            struct wrn_xaead operation = {.key = key, .nonce = v->nonce, .aad = v->mac1, .aad_length = 16, .data = made,
                                          .length = 16};

            assert_memory_equal(v->message + wrni_wire_mac1_at(kind), v->mac1, 16);
            assert_int_equal(wrni_wire_kind(v->reply, 64, &reason), WRNI_COOKIE);
            assert_int_equal(wrni_load_le32(v->reply + WRNI_AT_RECEIVER), v->receiver);
            assert_int_equal(wrni_load_le32(v->message + WRNI_AT_SENDER), v->receiver);
            wrni_cookie_key(provider, v->replier_public, key);
            memcpy(made, v->cookie, 16);
            provider.crypto->xseal(provider.context, &operation, 1);
            assert_memory_equal(v->reply + WRNI_COOKIE_NONCE, v->nonce, 24);
            assert_memory_equal(v->reply + WRNI_COOKIE_SEALED, made, 32);
            memcpy(jar.mac1, v->mac1, 16);
            assert_true(wrni_cookie_consume(provider, &jar, key, v->reply, 3 * S));
            assert_memory_equal(jar.cookie, v->cookie, 16);
            assert_true(jar.has_cookie && !jar.has_mac1 && jar.cookie_at == 3 * S);
        }
}

/* What a reply says, by the items' words: P-30 for the cookie, P-32 for the rest. */
static void check_reply(struct scene *scene, const uint8_t *message, enum wrni_kind kind, const struct wrn_endpoint *from,
                        const uint8_t reply[64])
{
    uint8_t          input[18], cookie[16], sealed[32];
    size_t           length = from->family == 6 ? 16 : 4;
    struct wrn_xaead operation = {.key = scene->identity.cookie_key, .nonce = reply + 8,
                                  .aad = message + wrni_wire_mac1_at(kind), .aad_length = 16, .data = sealed, .length = 16};

    memcpy(input, from->address, length);
    input[length] = (uint8_t)(from->port / 256);
    input[length + 1] = (uint8_t)(from->port % 256);
    wrni_mac(scene->provider, NULL, scene->checker.secret, 32, input, length + 2, cookie, 16);
    memcpy(sealed, reply + 32, 32);
    scene->provider.crypto->xopen(scene->provider.context, &operation, 1);
    assert_true(operation.good);
    assert_memory_equal(sealed, cookie, 16);
    assert_memory_equal(reply + 4, message + 4, 4);
    assert_int_equal(wrni_load_le32(reply), 3);
}

static void p30_p32_p33_a_reply_over_its_own_message(void **state)
{
    struct wrn_endpoint from = {.port = 258};
    uint8_t             message[148], apart[64], over[148];

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned k = 0; k < 2; k++)
            for (uint8_t family = 4; family <= 6; family += 2) {
                struct scene        scene;
                struct wrni_checker same;

                open_scene(&scene, p);
                from.family = family;
                rng_bytes(&scene.rng, from.address, family == 6 ? 16 : 4);
                send(&scene, KINDS[k], S, message);
                same = scene.checker;
                reply_to(&scene, KINDS[k], message, &from, S, apart);
                check_reply(&scene, message, KINDS[k], &from, apart);
                scene.checker = same;
                memcpy(over, message, sizeof over);
                reply_to(&scene, KINDS[k], over, &from, S, over);
                assert_memory_equal(over, apart, 64);
            }
}

static void p32_no_nonce_comes_twice(void **state)
{
    struct scene scene;
    uint8_t      message[148], replies[64][64];

    (void)state;
    open_scene(&scene, 0);
    send(&scene, WRNI_INITIATION, 0, message);
    for (unsigned i = 0; i < 64; i++) {
        reply_to(&scene, WRNI_INITIATION, message, &HOME, 0, replies[i]);
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(replies[i] + 8, replies[k] + 8, 24);
    }
}

static void p28_p36_without_a_cookie_mac2_is_zero(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned k = 0; k < 2; k++) {
            struct scene scene;
            uint8_t      message[148];

            open_scene(&scene, p);
            send(&scene, KINDS[k], 0, message);
            assert_true(wrni_mac1_valid(scene.provider, &scene.identity, KINDS[k], message));
            assert_true(mac2_is_zero(KINDS[k], message));
            assert_false(mac2_holds(&scene, KINDS[k], message, &HOME, 0));
            assert_true(scene.jar.has_mac1);
            assert_memory_equal(scene.jar.mac1, message + wrni_wire_mac1_at(KINDS[k]), 16);
        }
}

static void g3_p28_p33_the_second_message_has_a_mac2_that_verifies(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned k = 0; k < 2; k++) {
            struct scene scene;
            uint8_t      message[148];

            open_scene(&scene, p);
            win(&scene, KINDS[k], &HOME, 0);
            for (unsigned again = 0; again < 2; again++) { /* the cookie serves both kinds, any number of times */
                send(&scene, KINDS[k ^ again], S, message);
                assert_true(wrni_mac1_valid(scene.provider, &scene.identity, KINDS[k ^ again], message));
                assert_true(mac2_holds(&scene, KINDS[k ^ again], message, &HOME, S));
            }
        }
}

static void p28_p29_each_byte_before_a_mac_counts(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned k = 0; k < 2; k++) {
            struct scene scene;
            uint8_t      message[148];
            size_t       mac1 = wrni_wire_mac1_at(KINDS[k]);

            open_scene(&scene, p);
            win(&scene, KINDS[k], &HOME, 0);
            send(&scene, KINDS[k], 0, message);
            for (size_t at = 0; at < mac1 + 32; at++)
                for (unsigned bit = 0; bit < 8; bit++) {
                    message[at] ^= (uint8_t)(1u << bit);
                    assert_int_equal(wrni_mac1_valid(scene.provider, &scene.identity, KINDS[k], message),
                                     at >= mac1 + 16);
                    assert_false(mac2_holds(&scene, KINDS[k], message, &HOME, 0));
                    message[at] ^= (uint8_t)(1u << bit);
                }
            scene.identity.mac1_key[31] ^= 1;
            scene.identity.mac1_memo = (struct wrn_mac_memo){{0}};
            assert_false(wrni_mac1_valid(scene.provider, &scene.identity, KINDS[k], message));
        }
}

static void p30_g14_a_cookie_is_bound_to_address_and_port(void **state)
{
    struct wrn_endpoint at = HOME, six = {.address = {0x20, 1, 0xd, 0xb8, [15] = 1}, .port = 51820, .family = 6};
    uint8_t             message[148];

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct scene scene;

        open_scene(&scene, p);
        win(&scene, WRNI_INITIATION, &HOME, 0);
        send(&scene, WRNI_INITIATION, 0, message);
        assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, 0));
        for (unsigned bit = 0; bit < 16; bit++) {
            at.port = (uint16_t)(HOME.port ^ 1u << bit);
            assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &at, 0));
        }
        for (unsigned bit = 0; bit < 32; bit++) {
            at = HOME;
            at.address[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &at, 0));
        }
        at = HOME;
        at.family = 6;
        assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &at, 0));
        at = HOME;
        at.host = 9; /* a path of ours is no part of the sender's address */
        assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &at, 0));
        scene.jar = (struct wrni_jar){.has_cookie = false};
        win(&scene, WRNI_RESPONSE, &six, 0);
        send(&scene, WRNI_RESPONSE, 0, message);
        assert_true(mac2_holds(&scene, WRNI_RESPONSE, message, &six, 0));
        for (unsigned bit = 0; bit < 128; bit++) {
            at = six;
            at.address[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(mac2_holds(&scene, WRNI_RESPONSE, message, &at, 0));
        }
    }
}

static void p31_the_secret_lives_120_s_and_only_the_current_counts(void **state)
{
    static const wrn_time births[] = {0, 1, UINT64_C(1) << 32, UINT64_C(1) << 63}; /* G-51: no time means "never" */

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < 4; i++) {
            struct scene scene;
            uint8_t      message[148], secret[32];
            wrn_time     born = births[i];

            open_scene(&scene, p);
            assert_false(scene.checker.drawn);
            win(&scene, WRNI_INITIATION, &HOME, born);
            assert_true(scene.checker.drawn && scene.checker.born == born);
            memcpy(secret, scene.checker.secret, 32);
            send(&scene, WRNI_INITIATION, born, message);
            assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, born + 120 * S - 1));
            assert_memory_equal(scene.checker.secret, secret, 32);
            assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, born == 0 ? 0 : born - 1)); /* age 0, not huge */
            assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, born + 120 * S));
            assert_int_equal(scene.checker.born, born + 120 * S);
            assert_memory_not_equal(scene.checker.secret, secret, 32);
            win(&scene, WRNI_INITIATION, &HOME, born + 240 * S - 1);
            send(&scene, WRNI_INITIATION, born + 240 * S - 1, message);
            assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, born + 240 * S - 1));
            assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, born + 240 * S));
        }
}

static void p31_a_first_look_at_mac2_draws_the_secret_too(void **state)
{
    struct scene scene;
    uint8_t      message[148];

    (void)state;
    open_scene(&scene, 0);
    send(&scene, WRNI_INITIATION, 7, message);
    assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, 7));
    assert_false(scene.checker.drawn); /* zeros are no mac2, and cost nothing */
    message[sizeof message - 1] = 1;
    assert_false(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, 7));
    assert_true(scene.checker.drawn && scene.checker.born == 7);
    assert_false(wrni_is_zero(scene.checker.secret, 32));
}

static void p36_a_cookie_serves_115_s(void **state)
{
    static const wrn_time starts[] = {0, 1, UINT64_C(1) << 63};

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < 3; i++) {
            struct scene scene;
            uint8_t      message[148];
            wrn_time     won = starts[i];

            open_scene(&scene, p);
            win(&scene, WRNI_INITIATION, &HOME, won);
            send(&scene, WRNI_INITIATION, won + 115 * S - 1, message);
            assert_true(mac2_holds(&scene, WRNI_INITIATION, message, &HOME, won + 115 * S - 1));
            send(&scene, WRNI_INITIATION, won == 0 ? 0 : won - 1, message);
            assert_false(mac2_is_zero(WRNI_INITIATION, message));
            send(&scene, WRNI_INITIATION, won + 115 * S, message);
            assert_true(mac2_is_zero(WRNI_INITIATION, message));
            send(&scene, WRNI_RESPONSE, UINT64_MAX, message);
            assert_true(mac2_is_zero(WRNI_RESPONSE, message));
        }
}

static void p34_g13_one_reply_per_mac1_sent(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct scene    scene;
        struct wrni_jar before;
        uint8_t         message[148], first[64], second[64];

        open_scene(&scene, p);
        send(&scene, WRNI_INITIATION, 0, message);
        reply_to(&scene, WRNI_INITIATION, message, &HOME, 0, first);
        reply_to(&scene, WRNI_INITIATION, message, &HOME, 0, second);
        before = scene.jar;
        memset(&scene.jar, 0, sizeof scene.jar); /* nothing sent */
        assert_false(consume(&scene, first, 0));
        assert_false(scene.jar.has_cookie);
        scene.jar = before;
        assert_true(consume(&scene, first, S));
        before = scene.jar;
        assert_false(consume(&scene, first, 100 * S)); /* a replay must not make the cookie younger */
        assert_false(consume(&scene, second, 100 * S));
        assert_memory_equal(&scene.jar, &before, sizeof before);
        send(&scene, WRNI_INITIATION, 101 * S, message); /* nor after the next mac1: it answers another one */
        assert_false(consume(&scene, first, 102 * S));
        assert_true(scene.jar.has_mac1);
        assert_int_equal(scene.jar.cookie_at, S);
        reply_to(&scene, WRNI_INITIATION, message, &HOME, 102 * S, first);
        assert_true(consume(&scene, first, 103 * S));
        assert_int_equal(scene.jar.cookie_at, 103 * S);
    }
}

static void p22_p34_a_tampered_reply_changes_nothing(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct scene    scene;
        struct wrni_jar before;
        uint8_t         message[148], reply[64];

        open_scene(&scene, p);
        send(&scene, WRNI_INITIATION, 0, message);
        reply_to(&scene, WRNI_INITIATION, message, &HOME, 0, reply);
        before = scene.jar;
        for (unsigned at = WRNI_COOKIE_NONCE; at < 64; at++)
            for (unsigned bit = 0; bit < 8; bit++) {
                reply[at] ^= (uint8_t)(1u << bit);
                assert_false(consume(&scene, reply, 0));
                assert_memory_equal(&scene.jar, &before, sizeof before);
                reply[at] ^= (uint8_t)(1u << bit);
            }
        scene.jar.mac1[0] ^= 1;
        assert_false(consume(&scene, reply, 0));
        scene.jar.mac1[0] ^= 1;
        scene.identity.cookie_key[0] ^= 1;
        assert_false(consume(&scene, reply, 0));
        scene.identity.cookie_key[0] ^= 1;
        assert_memory_equal(&scene.jar, &before, sizeof before);
        assert_true(consume(&scene, reply, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p4_p32_p34_replies_of_the_vectors),
        cmocka_unit_test(p30_p32_p33_a_reply_over_its_own_message),
        cmocka_unit_test(p32_no_nonce_comes_twice),
        cmocka_unit_test(p28_p36_without_a_cookie_mac2_is_zero),
        cmocka_unit_test(g3_p28_p33_the_second_message_has_a_mac2_that_verifies),
        cmocka_unit_test(p28_p29_each_byte_before_a_mac_counts),
        cmocka_unit_test(p30_g14_a_cookie_is_bound_to_address_and_port),
        cmocka_unit_test(p31_the_secret_lives_120_s_and_only_the_current_counts),
        cmocka_unit_test(p31_a_first_look_at_mac2_draws_the_secret_too),
        cmocka_unit_test(p36_a_cookie_serves_115_s),
        cmocka_unit_test(p34_g13_one_reply_per_mac1_sent),
        cmocka_unit_test(p22_p34_a_tampered_reply_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
