/* Floor 2, kdf: hash, mac, key derivation and the zero check of DH, on each provider. */

#include "support/providers.h"

#include "bytes.h"
#include "kdf.h"
#include "support/wireguard.h"

static void p13_p15_kdf_of_the_vectors(void **state)
{
    const struct wireguard *all = wireguard();

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < all->kdfs; i++)
            for (unsigned count = 1; count <= 3; count++) {
                const struct vector_kdf *v = &all->kdf[i];
                uint8_t                  outs[3][32];
                uint8_t *const           list[3] = {outs[0], outs[1], outs[2]};

                memset(outs, 0xa5, sizeof outs);
                wrni_kdf(provider_at(p), v->key, v->input, v->input_length, list, count);
                for (unsigned k = 0; k < 3; k++)
                    for (unsigned at = 0; at < 32; at++)
                        assert_int_equal(outs[k][at], k < count ? v->outputs[k][at] : 0xa5);
            }
}

static void p15_the_key_may_be_an_output(void **state)
{
    const struct wireguard *all = wireguard();

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < all->kdfs; i++) {
            const struct vector_kdf *v = &all->kdf[i];
            uint8_t                  key[32], second[32], third[32];
            uint8_t *const           list[3] = {key, second, third};

            memcpy(key, v->key, sizeof key);
            wrni_kdf(provider_at(p), key, v->input, v->input_length, list, 3);
            assert_memory_equal(key, v->outputs[0], 32);
            assert_memory_equal(second, v->outputs[1], 32);
            assert_memory_equal(third, v->outputs[2], 32);
        }
}

static void p15_an_empty_input_may_be_null(void **state)
{
    static const uint8_t key[32] = {1, 2, 3};
    uint8_t              a[PROVIDERS][2][32];
    uint8_t              nothing = 0;

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        uint8_t *const list[2] = {a[p][0], a[p][1]};
        uint8_t        b[2][32];
        uint8_t *const again[2] = {b[0], b[1]};

        wrni_kdf(provider_at(p), key, NULL, 0, list, 2);
        wrni_kdf(provider_at(p), key, &nothing, 0, again, 2);
        assert_memory_equal(a[p], b, sizeof b);
    }
    assert_memory_equal(a[0], a[1], sizeof a[0]);
}

static void p14_constants_come_from_their_names(void **state)
{
    static const char construction[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
    static const char identifier[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";

    (void)state;
    assert_int_equal(sizeof construction - 1, 37);
    assert_int_equal(sizeof identifier - 1, 34);
    for (unsigned p = 0; p < PROVIDERS; p++) {
        uint8_t hash[32];

        wrni_mix_hash(provider_at(p), hash, (const uint8_t *)construction, 37, NULL, 0);
        assert_memory_equal(hash, wireguard()->initial_chain, 32);
        wrni_mix_hash(provider_at(p), hash, hash, 32, (const uint8_t *)identifier, 34);
        assert_memory_equal(hash, wireguard()->initial_hash, 32);
    }
}

/* RFC 7693 appendix B, and a keyed answer of 16 bytes worked out with another implementation. */
static void p13_hash_and_mac_known_answers(void **state)
{
    static const uint8_t abc[32] = {0x50, 0x8c, 0x5e, 0x8c, 0x32, 0x7c, 0x14, 0xe2, 0xe1, 0xa7, 0x2b,
                                    0xa3, 0x4e, 0xeb, 0x45, 0x2f, 0x37, 0x45, 0x8b, 0x20, 0x9e, 0xd6,
                                    0x3a, 0x29, 0x4d, 0x99, 0x9b, 0x4c, 0x86, 0x67, 0x59, 0x82};
    static const uint8_t mac[16] = {0x61, 0xba, 0x5f, 0x16, 0x5c, 0x19, 0x46, 0x92,
                                    0xe0, 0x9d, 0x12, 0x52, 0x0c, 0xc4, 0xc7, 0x4a};
    uint8_t              out[32], key[32];

    (void)state;
    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    for (unsigned p = 0; p < PROVIDERS; p++) {
        wrni_mix_hash(provider_at(p), out, (const uint8_t *)"a", 1, (const uint8_t *)"bc", 2);
        assert_memory_equal(out, abc, 32);
        memset(out, 0, sizeof out);
        wrni_mac(provider_at(p), NULL, key, sizeof key, (const uint8_t *)"abc", 3, out, 16);
        assert_memory_equal(out, mac, 16);
        assert_true(wrni_is_zero(out + 16, 16));
    }
}

static void p19_g59_low_order_points_give_no_secret(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (unsigned i = 0; i < LOW_ORDER; i++)
            for (unsigned s = 0; s < 4; s++) {
                uint8_t point[32], secret[32], out[32];

                low_order_point(i, point);
                memset(secret, (int)(s * 85), sizeof secret);
                memset(out, 0xa5, sizeof out);
                assert_false(wrni_dh(provider_at(p), secret, point, out));
                assert_true(wrni_is_zero(out, sizeof out));
            }
}

static void p13_both_sides_of_a_dh_agree(void **state)
{
    const struct wireguard *all = wireguard();

    (void)state;
    for (unsigned p = 0; p < PROVIDERS; p++)
        for (size_t i = 0; i < all->handshakes; i++) {
            const struct vector_handshake *v = &all->handshake[i];
            uint8_t                        one[32], two[32];

            assert_true(wrni_dh(provider_at(p), v->initiator_secret, v->responder_public, one));
            assert_true(wrni_dh(provider_at(p), v->responder_secret, v->initiator_public, two));
            assert_memory_equal(one, two, 32);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_p15_kdf_of_the_vectors),
        cmocka_unit_test(p15_the_key_may_be_an_output),
        cmocka_unit_test(p15_an_empty_input_may_be_null),
        cmocka_unit_test(p14_constants_come_from_their_names),
        cmocka_unit_test(p13_hash_and_mac_known_answers),
        cmocka_unit_test(p19_g59_low_order_points_give_no_secret),
        cmocka_unit_test(p13_both_sides_of_a_dh_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
