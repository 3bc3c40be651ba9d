/* Floor 2, noise: the handshake against the vectors, and everything that must not complete it, on each provider. */

#include "support/providers.h"

#include "cookie.h"
#include "noise.h"
#include "stamp.h"
#include "support/wireguard.h"

/* The two ends of one handshake of the vectors. */
struct pair {
    struct wrni_provider           provider;
    const struct vector_handshake *v;
    struct wrni_identity           initiator, responder;
    uint8_t                        shared[32];
    struct wrni_remote             to_responder, to_initiator;
};

static void meet(struct pair *pair, unsigned p, const struct vector_handshake *v)
{
    memset(pair, 0, sizeof *pair);
    pair->provider = provider_at(p);
    pair->v = v;
    wrni_identity_set(pair->provider, &pair->initiator, v->initiator_secret);
    wrni_identity_set(pair->provider, &pair->responder, v->responder_secret);
    assert_true(wrni_dh(pair->provider, pair->initiator.secret, v->responder_public, pair->shared));
    pair->to_responder = (struct wrni_remote){v->responder_public, v->preshared_key, pair->shared};
    pair->to_initiator = (struct wrni_remote){v->initiator_public, v->preshared_key, pair->shared};
}

static bool write_initiation(const struct pair *pair, uint8_t message[148], struct wrni_handshake *out)
{
    memset(message, 0, 148);
    wrni_store_le32(message, WRNI_INITIATION);
    wrni_store_le32(message + WRNI_AT_SENDER, pair->v->initiator_index);
    return wrni_noise_write_initiation(pair->provider, &pair->initiator, &pair->to_responder, pair->v->initiator_ephemeral,
                                       pair->v->stamp, message, out);
}

static bool write_response(const struct pair *pair, const struct wrni_reading *reading, uint8_t message[92], uint8_t chain[32])
{
    memset(message, 0, 92);
    wrni_store_le32(message, WRNI_RESPONSE);
    wrni_store_le32(message + WRNI_AT_SENDER, pair->v->responder_index);
    wrni_store_le32(message + WRNI_RESP_RECEIVER, pair->v->initiator_index);
    return wrni_noise_write_response(pair->provider, reading, &pair->to_initiator, pair->v->responder_ephemeral, message, chain);
}

static void read_initiation(const struct pair *pair, const uint8_t message[148], struct wrni_reading *reading)
{
    uint8_t public_key[32], stamp[12];

    assert_true(wrni_noise_open_static(pair->provider, &pair->responder, message, reading, public_key));
    assert_memory_equal(public_key, pair->v->initiator_public, 32);
    assert_true(wrni_noise_open_stamp(pair->provider, reading, &pair->to_initiator, message, stamp));
    assert_memory_equal(stamp, pair->v->stamp, 12);
}

static struct wrni_jar jar_with(bool has, const uint8_t cookie[16])
{
    struct wrni_jar jar = {.has_cookie = has};

    if (has)
        memcpy(jar.cookie, cookie, 16);
    return jar;
}

/* Run the check on each handshake of the vectors, with each provider. */
static void on_all(void (*check)(const struct pair *pair))
{
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < wireguard()->handshakes; i++) {
            struct pair pair;

            meet(&pair, p, &wireguard()->handshake[i]);
            check(&pair);
        }
}

static bool mac1_holds(struct wrni_provider provider, const struct wrni_identity *whose, enum wrni_kind kind, const uint8_t *message)
{
    struct wrni_identity identity = *whose;

    return wrni_mac1_valid(provider, &identity, kind, message);
}

static void check_initiation(const struct pair *pair)
{
    const struct vector_handshake *v = pair->v;
    struct wrni_jar                jar = jar_with(v->initiator_has_cookie, v->initiator_cookie);
    struct wrni_handshake          handshake;
    uint8_t                        message[148];

    assert_memory_equal(pair->initiator.public_key, v->initiator_public, 32);
    assert_memory_equal(pair->responder.public_key, v->responder_public, 32);
    assert_true(write_initiation(pair, message, &handshake));
    wrni_cookie_stamp(pair->provider, &jar, pair->responder.mac1_key, WRNI_INITIATION, message, 0);
    assert_memory_equal(message, v->initiation, 148);
    assert_memory_equal(handshake.hash, v->initiation_hash, 32);
    assert_memory_equal(handshake.chain, v->initiation_chain, 32);
    assert_memory_equal(handshake.ephemeral, v->initiator_ephemeral, 32);
}

static void p2_p14_p16_p28_initiations_of_the_vectors(void **state)
{
    (void)state;
    on_all(check_initiation);
}

static void check_reading(const struct pair *pair)
{
    const struct vector_handshake *v = pair->v;
    struct wrni_reading            reading;
    uint8_t                        public_key[32], stamp[12], copy[148];

    memcpy(copy, v->initiation, sizeof copy);
    assert_true(mac1_holds(pair->provider, &pair->responder, WRNI_INITIATION, copy));
    assert_true(wrni_noise_open_static(pair->provider, &pair->responder, copy, &reading, public_key));
    assert_memory_equal(public_key, v->initiator_public, 32);
    assert_memory_equal(reading.key, v->k_es, 32);
    assert_true(wrni_noise_open_stamp(pair->provider, &reading, &pair->to_initiator, copy, stamp));
    assert_memory_equal(stamp, v->stamp, 12);
    assert_memory_equal(reading.key, v->k_ss, 32);
    assert_memory_equal(reading.chain, v->initiation_chain, 32);
    assert_memory_equal(reading.hash, v->initiation_hash, 32);
    assert_memory_equal(reading.remote_ephemeral, v->initiation + 8, 32);
    assert_memory_equal(copy, v->initiation, sizeof copy);
}

static void p16_initiations_of_the_vectors_are_read(void **state)
{
    (void)state;
    on_all(check_reading);
}

static void check_response(const struct pair *pair)
{
    const struct vector_handshake *v = pair->v;
    struct wrni_jar                jar = jar_with(v->responder_has_cookie, v->responder_cookie);
    struct wrni_reading            reading;
    uint8_t                        message[92], chain[32];

    read_initiation(pair, v->initiation, &reading);
    assert_true(write_response(pair, &reading, message, chain));
    wrni_cookie_stamp(pair->provider, &jar, pair->initiator.mac1_key, WRNI_RESPONSE, message, 0);
    assert_memory_equal(message, v->response, 92);
    assert_memory_equal(chain, v->response_chain, 32);
    /* Nobody keeps the hash after a response: it is not checked. */
}

static void p3_p17_p28_responses_of_the_vectors(void **state)
{
    (void)state;
    on_all(check_response);
}

static void seal_or_open(const struct pair *pair, const struct vector_datagram *d, const uint8_t key[32], uint32_t receiver)
{
    uint8_t         made[32 + 1420];
    struct wrn_aead operation = {.key = key, .counter = d->counter, .data = made + 16, .length = d->length};

    wrni_store_le32(made, WRNI_DATA);
    wrni_store_le32(made + WRNI_AT_RECEIVER, receiver);
    wrni_store_le64(made + WRNI_DATA_COUNTER, d->counter);
    memcpy(made + 16, d->plaintext, d->length);
    pair->provider.crypto->seal(pair->provider.context, &operation, 1);
    assert_memory_equal(made, d->datagram, d->length + 32);
    operation.good = false;
    pair->provider.crypto->open(pair->provider.context, &operation, 1);
    assert_true(operation.good);
    if (d->length != 0)
        assert_memory_equal(made + 16, d->plaintext, d->length);
}

static void check_session(const struct pair *pair)
{
    const struct vector_handshake *v = pair->v;
    struct wrni_handshake          handshake;
    uint8_t                        message[148], chain[32], first[32], second[32];

    assert_true(write_initiation(pair, message, &handshake));
    assert_true(mac1_holds(pair->provider, &pair->initiator, WRNI_RESPONSE, v->response));
    assert_true(wrni_noise_read_response(pair->provider, &pair->initiator, &handshake, &pair->to_responder, v->response, chain));
    assert_memory_equal(chain, v->response_chain, 32);
    wrni_noise_split(pair->provider, chain, first, second);
    assert_memory_equal(first, v->initiator_sends, 32);
    assert_memory_equal(second, v->responder_sends, 32);
    for (unsigned i = 0; i < 8; i++) {
        const struct vector_datagram *d = &v->datagrams[i];

        seal_or_open(pair, d, d->from_initiator ? first : second, d->from_initiator ? v->responder_index : v->initiator_index);
    }
}

static void p5_p9_p18_sessions_and_datagrams_of_the_vectors(void **state)
{
    (void)state;
    on_all(check_session);
}

static void p21_g83_identity_is_clamped_or_absent(void **state)
{
    static const uint8_t  zeros[sizeof(struct wrni_identity)];
    static const uint8_t  zero_after_clamping[32] = {7, [31] = 0x80};
    struct wrni_identity  identity;

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct wrni_provider provider = provider_at(p);
        uint8_t              raw[32], clamped[32];

        memset(raw, 0xff, sizeof raw);
        memcpy(clamped, raw, sizeof clamped);
        clamped[0] = 0xf8;
        clamped[31] = 0x7f;
        wrni_identity_set(provider, &identity, raw);
        assert_true(identity.present);
        assert_memory_equal(identity.secret, clamped, 32);
        wrni_identity_set(provider, &identity, identity.secret); /* a key may be set again from where it is kept */
        assert_memory_equal(identity.secret, clamped, 32);
        wrni_identity_set(provider, &identity, zero_after_clamping);
        assert_true(identity.present);
        wrni_identity_set(provider, &identity, zeros);
        assert_false(identity.present);
        assert_memory_equal(identity.secret, zeros, 32);
        assert_memory_equal(identity.public_key, zeros, 32);
        assert_memory_equal(identity.mac1_key, zeros, 32);
        assert_memory_equal(identity.cookie_key, zeros, 32);
    }
}

/* Changing the PSK, the ss or the recipient ends it; the failing call leaves its outputs as they were. */
static void p17_p22_another_psk_never_completes(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned bit = 0; bit < 256; bit += 37) {
            struct pair           pair;
            struct wrni_handshake handshake, before;
            struct wrni_remote    other;
            uint8_t               message[148], chain[32], untouched[32], psk[32];

            meet(&pair, p, &wireguard()->handshake[bit % 24]);
            memcpy(psk, pair.v->preshared_key, 32);
            psk[bit / 8] ^= (uint8_t)(1u << bit % 8);
            other = pair.to_responder;
            other.preshared_key = psk;
            assert_true(write_initiation(&pair, message, &handshake));
            before = handshake;
            memset(chain, 0xa5, sizeof chain);
            memset(untouched, 0xa5, sizeof untouched);
            assert_false(wrni_noise_read_response(pair.provider, &pair.initiator, &handshake, &other, pair.v->response, chain));
            assert_memory_equal(chain, untouched, 32);
            assert_memory_equal(&handshake, &before, sizeof before);
            assert_true(wrni_noise_read_response(pair.provider, &pair.initiator, &handshake, &pair.to_responder,
                                                 pair.v->response, chain));
        }
}

static bool opens(const struct pair *pair, const uint8_t message[148])
{
    struct wrni_reading reading, before;
    uint8_t             public_key[32], stamp[12], filled[32];
    bool                good;

    memset(filled, 0xa5, sizeof filled);
    memset(&reading, 0xa5, sizeof reading);
    memset(public_key, 0xa5, sizeof public_key);
    memset(stamp, 0xa5, sizeof stamp);
    before = reading;
    if (!wrni_noise_open_static(pair->provider, &pair->responder, message, &reading, public_key)) {
        assert_memory_equal(&reading, &before, sizeof before);
        assert_memory_equal(public_key, filled, 32);
        return false;
    }
    before = reading;
    good = wrni_noise_open_stamp(pair->provider, &reading, &pair->to_initiator, message, stamp);
    if (!good) {
        assert_memory_equal(&reading, &before, sizeof before);
        assert_memory_equal(stamp, filled, 12);
    }
    return good;
}

static void p22_g92_g94_a_tampered_initiation_changes_nothing(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct pair pair;
        uint8_t     message[148];

        meet(&pair, p, &wireguard()->handshake[1]);
        memcpy(message, pair.v->initiation, sizeof message);
        for (unsigned at = 0; at < 148; at++)
            for (unsigned bit = 0; bit < 8; bit += 7) {
                message[at] ^= (uint8_t)(1u << bit);
                /* mac1 covers what Noise does not: type and sender. mac2 is looked at under load only. */
                assert_int_equal(mac1_holds(pair.provider, &pair.responder, WRNI_INITIATION, message),
                                 at >= WRNI_INIT_MAC2);
                assert_int_equal(opens(&pair, message), at < WRNI_INIT_EPHEMERAL || at >= WRNI_INIT_MAC1);
                message[at] ^= (uint8_t)(1u << bit);
            }
        assert_true(opens(&pair, message));
    }
}

static void p22_g94_a_tampered_response_leaves_the_handshake(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct pair           pair;
        struct wrni_handshake handshake, before;
        uint8_t               message[148], chain[32], filled[32];

        meet(&pair, p, &wireguard()->handshake[2]);
        assert_true(write_initiation(&pair, message, &handshake));
        before = handshake;
        memcpy(message, pair.v->response, 92);
        memset(filled, 0xa5, sizeof filled);
        for (unsigned at = 0; at < 92; at++) {
            bool noise = at >= WRNI_RESP_EPHEMERAL && at < WRNI_RESP_MAC1;

            memset(chain, 0xa5, sizeof chain);
            message[at] ^= 1;
            assert_int_equal(mac1_holds(pair.provider, &pair.initiator, WRNI_RESPONSE, message),
                             at >= WRNI_RESP_MAC2);
            assert_int_equal(wrni_noise_read_response(pair.provider, &pair.initiator, &handshake, &pair.to_responder, message,
                                                      chain), !noise);
            if (noise)
                assert_memory_equal(chain, filled, 32);
            message[at] ^= 1;
        }
        message[WRNI_RESP_EPHEMERAL + 31] ^= 0x80; /* the bit that X25519 ignores is hashed all the same */
        assert_false(wrni_noise_read_response(pair.provider, &pair.initiator, &handshake, &pair.to_responder, message, chain));
        assert_memory_equal(&handshake, &before, sizeof before);
    }
}

static void p16_only_the_addressee_opens_an_initiation(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct pair         pair, other;
        struct wrni_reading reading;
        uint8_t             public_key[32], stamp[12];

        meet(&pair, p, &wireguard()->handshake[3]);
        meet(&other, p, &wireguard()->handshake[4]);
        assert_false(wrni_noise_open_static(pair.provider, &other.responder, pair.v->initiation, &reading, public_key));
        assert_false(wrni_noise_open_static(pair.provider, &pair.initiator, pair.v->initiation, &reading, public_key));
        /* The right static key, but the ss of somebody else: who knows a public key only is not its owner. */
        assert_true(wrni_noise_open_static(pair.provider, &pair.responder, pair.v->initiation, &reading, public_key));
        pair.to_initiator.static_static = other.shared;
        assert_false(wrni_noise_open_stamp(pair.provider, &reading, &pair.to_initiator, pair.v->initiation, stamp));
    }
}

static void p19_p20_g59_no_initiation_to_a_low_order_key(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned i = 0; i < LOW_ORDER; i++) {
            struct pair           pair;
            struct wrni_handshake handshake, before;
            uint8_t               message[148], point[32];

            meet(&pair, p, &wireguard()->handshake[i]);
            low_order_point(i, point);
            memset(&handshake, 0xa5, sizeof handshake);
            before = handshake;
            pair.to_responder.public_key = point; /* with an ss that looks fine: es must refuse */
            assert_false(write_initiation(&pair, message, &handshake));
            assert_memory_equal(&handshake, &before, sizeof before);
            pair.to_responder.public_key = pair.v->responder_public;
            pair.to_responder.static_static = zeros; /* and ss alone */
            assert_false(write_initiation(&pair, message, &handshake));
            assert_memory_equal(&handshake, &before, sizeof before);
        }
}

/* What an attacker knows when every DH is zero, computed step by step beside the engine. */
struct shadow { uint8_t hash[32], chain[32], key[32]; };

static void shadow_mix(struct wrni_provider provider, struct shadow *s, const uint8_t *ephemeral, unsigned zero_dhs)
{
    static const uint8_t zeros[32];
    uint8_t *const       outs[2] = {s->chain, s->key};

    wrni_mix_hash(provider, s->hash, s->hash, 32, ephemeral, 32);
    wrni_kdf(provider, s->chain, ephemeral, 32, outs, 1);
    for (unsigned i = 0; i < zero_dhs; i++)
        wrni_kdf(provider, s->chain, zeros, 32, outs, 2);
}

static void shadow_seal(struct wrni_provider provider, struct shadow *s, uint8_t *data, size_t length)
{
    struct wrn_aead operation = {.key = s->key, .aad = s->hash, .aad_length = 32, .data = data, .length = length};

    provider.crypto->seal(provider.context, &operation, 1);
    wrni_mix_hash(provider, s->hash, s->hash, 32, data, length + 16);
}

/* Valid tags under a zero es: only the zero check can refuse. */
static void forge_initiation(const struct pair *pair, const uint8_t ephemeral[32], uint8_t message[148], struct shadow *s)
{
    memset(message, 0, 148);
    memcpy(s->chain, wireguard()->initial_chain, 32);
    wrni_mix_hash(pair->provider, s->hash, wireguard()->initial_hash, 32, pair->v->responder_public, 32);
    memcpy(message + WRNI_INIT_EPHEMERAL, ephemeral, 32);
    shadow_mix(pair->provider, s, ephemeral, 1);
    memcpy(message + WRNI_INIT_STATIC, pair->v->initiator_public, 32);
    shadow_seal(pair->provider, s, message + WRNI_INIT_STATIC, 32);
}

static void p19_p22_g59_low_order_ephemerals_open_no_initiation(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned i = 0; i < LOW_ORDER; i++) {
            struct pair   pair;
            struct shadow shadow;
            uint8_t       message[148], point[32];

            meet(&pair, p, &wireguard()->handshake[i]);
            low_order_point(i, point);
            forge_initiation(&pair, point, message, &shadow);
            assert_false(opens(&pair, message));
        }
}

static void p19_g59_a_zero_static_static_opens_no_stamp(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        struct pair         pair;
        struct shadow       shadow;
        struct wrni_reading reading, before;
        uint8_t             message[148], stamp[12];
        uint8_t *const      outs[2] = {shadow.chain, shadow.key};

        meet(&pair, p, &wireguard()->handshake[5]);
        memset(&reading, 0, sizeof reading);
        memset(&shadow, 0x33, sizeof shadow);
        memcpy(reading.hash, shadow.hash, 32);
        memcpy(reading.chain, shadow.chain, 32);
        wrni_kdf(pair.provider, shadow.chain, zeros, 32, outs, 2);
        memcpy(message + WRNI_INIT_STAMP, pair.v->stamp, 12);
        shadow_seal(pair.provider, &shadow, message + WRNI_INIT_STAMP, 12);
        pair.to_initiator.static_static = zeros;
        before = reading;
        assert_false(wrni_noise_open_stamp(pair.provider, &reading, &pair.to_initiator, message, stamp));
        assert_memory_equal(&reading, &before, sizeof before);
    }
}

static void p19_g60_low_order_points_get_no_response(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned i = 0; i < LOW_ORDER; i++) {
            struct pair         pair;
            struct wrni_reading reading;
            uint8_t             message[92], chain[32], filled[32], point[32];

            meet(&pair, p, &wireguard()->handshake[i]);
            low_order_point(i, point);
            read_initiation(&pair, pair.v->initiation, &reading);
            memset(chain, 0xa5, sizeof chain);
            memset(filled, 0xa5, sizeof filled);
            pair.to_initiator.public_key = point; /* se */
            assert_false(write_response(&pair, &reading, message, chain));
            pair.to_initiator.public_key = pair.v->initiator_public;
            memcpy(reading.remote_ephemeral, point, 32); /* ee */
            assert_false(write_response(&pair, &reading, message, chain));
            assert_memory_equal(chain, filled, 32);
        }
}

static void p19_p22_g60_low_order_ephemerals_answer_no_initiation(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned i = 0; i < LOW_ORDER; i++) {
            struct pair           pair;
            struct shadow         shadow;
            struct wrni_handshake handshake, before;
            uint8_t               message[148], chain[32], filled[32], tau[32], point[32];
            uint8_t *const        outs[3] = {shadow.chain, tau, shadow.key};

            meet(&pair, p, &wireguard()->handshake[i]);
            low_order_point(i, point);
            assert_true(write_initiation(&pair, message, &handshake));
            before = handshake;
            memcpy(shadow.hash, handshake.hash, 32);
            memcpy(shadow.chain, handshake.chain, 32);
            memcpy(message + WRNI_RESP_EPHEMERAL, point, 32);
            shadow_mix(pair.provider, &shadow, point, 2);
            wrni_kdf(pair.provider, shadow.chain, pair.v->preshared_key, 32, outs, 3);
            wrni_mix_hash(pair.provider, shadow.hash, shadow.hash, 32, tau, 32);
            shadow_seal(pair.provider, &shadow, message + WRNI_RESP_EMPTY, 0);
            memset(chain, 0xa5, sizeof chain);
            memset(filled, 0xa5, sizeof filled);
            assert_false(wrni_noise_read_response(pair.provider, &pair.initiator, &handshake, &pair.to_responder, message,
                                                  chain));
            assert_memory_equal(chain, filled, 32);
            assert_memory_equal(&handshake, &before, sizeof before);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p2_p14_p16_p28_initiations_of_the_vectors),
        cmocka_unit_test(p16_initiations_of_the_vectors_are_read),
        cmocka_unit_test(p3_p17_p28_responses_of_the_vectors),
        cmocka_unit_test(p5_p9_p18_sessions_and_datagrams_of_the_vectors),
        cmocka_unit_test(p21_g83_identity_is_clamped_or_absent),
        cmocka_unit_test(p17_p22_another_psk_never_completes),
        cmocka_unit_test(p22_g92_g94_a_tampered_initiation_changes_nothing),
        cmocka_unit_test(p22_g94_a_tampered_response_leaves_the_handshake),
        cmocka_unit_test(p16_only_the_addressee_opens_an_initiation),
        cmocka_unit_test(p19_p20_g59_no_initiation_to_a_low_order_key),
        cmocka_unit_test(p19_p22_g59_low_order_ephemerals_open_no_initiation),
        cmocka_unit_test(p19_g59_a_zero_static_static_opens_no_stamp),
        cmocka_unit_test(p19_g60_low_order_points_get_no_response),
        cmocka_unit_test(p19_p22_g60_low_order_ephemerals_answer_no_initiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
