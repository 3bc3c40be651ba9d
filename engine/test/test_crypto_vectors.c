/* The providers, and the parts of the portable one, against the published vectors. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "bytes.h"
#include "portable/portable.h"
#include "support/providers.h"
#include "vectors.h"
#include "warren/crypto.h"

static struct vectors vectors;
static uint8_t data[1024], expected[1024];

#define EACH_PROVIDER(p)                                                                                                         \
    for (unsigned p##_at = 0; p##_at < PROVIDERS; p##_at++)                                                                      \
        for (struct wrni_provider p = provider_at(p##_at); p.crypto != NULL; p.crypto = NULL)

static const struct wrni_provider part = {NULL, NULL}; /* of portable, below its table */

static void expect(struct wrni_provider p, const uint8_t *out, const uint8_t *wanted, size_t length)
{
    if (memcmp(out, wanted, length) != 0)
        fail_msg("line %u differs in %s", vectors.line, p.crypto == NULL ? "a part of portable" : p.crypto->name);
}

static void dh(struct wrni_provider p, uint8_t out[32], const uint8_t secret[32], const uint8_t point[32])
{
    struct wrn_dh op = {.secret = secret, .point = point, .out = out};
    p.crypto->dh(p.context, &op, 1);
    assert_true(op.good);
}

static void check_iterated(struct wrni_provider p)
{
    uint8_t k[32] = {9}, u[32] = {9}, r[32];
    unsigned long times = vectors_number(&vectors, "times");
    vectors_exactly(&vectors, "out", expected, 32);
    for (unsigned long i = 0; i < times; i++) {
        dh(p, r, k, u);
        memcpy(u, k, 32);
        memcpy(k, r, 32);
    }
    expect(p, k, expected, 32);
}

static void p13_x25519_of_rfc7748(void **unused)
{
    uint8_t scalar[32], point[32], out[32];
    unsigned products = 0, iterated = 0;
    (void)unused;
    vectors_open(&vectors, "rfc7748.txt");
    while (vectors_next(&vectors)) {
        if (vectors_is(&vectors, "iterated")) {
            iterated++;
            EACH_PROVIDER(p)
                check_iterated(p);
            continue;
        }
        assert_true(vectors_is(&vectors, "x25519"));
        products++;
        vectors_exactly(&vectors, "scalar", scalar, 32);
        vectors_exactly(&vectors, "point", point, 32);
        vectors_exactly(&vectors, "out", expected, 32);
        EACH_PROVIDER(p) {
            dh(p, out, scalar, point);
            expect(p, out, expected, 32);
        }
    }
    assert_int_equal(products, 6);
    assert_int_equal(iterated, 2);
    assert_int_equal(fclose(vectors.file), 0);
}

static void check_block(void)
{
    uint8_t key[32], nonce[12];
    struct wrni_chacha cipher;
    vectors_exactly(&vectors, "key", key, 32);
    vectors_exactly(&vectors, "nonce", nonce, 12);
    vectors_exactly(&vectors, "out", expected, 64);
    wrni_chacha_start(&cipher, key, (uint32_t)vectors_number(&vectors, "block"), nonce);
    wrni_chacha_block(&cipher, data);
    expect(part, data, expected, 64);
}

static void check_cipher(void)
{
    uint8_t key[32], nonce[12];
    struct wrni_chacha cipher;
    vectors_exactly(&vectors, "key", key, 32);
    vectors_exactly(&vectors, "nonce", nonce, 12);
    size_t length = vectors_bytes(&vectors, "plain", data, sizeof data);
    vectors_exactly(&vectors, "out", expected, length);
    wrni_chacha_start(&cipher, key, (uint32_t)vectors_number(&vectors, "block"), nonce);
    wrni_chacha_xor(&cipher, data, length);
    expect(part, data, expected, length);
}

static void check_poly(void)
{
    uint8_t key[32], tag[16];
    struct wrni_poly poly;
    vectors_exactly(&vectors, "key", key, 32);
    size_t length = vectors_bytes(&vectors, "data", data, sizeof data);
    vectors_exactly(&vectors, "tag", expected, 16);
    wrni_poly_start(&poly, key);
    wrni_poly_end(&poly, data, length, tag);
    expect(part, tag, expected, 16);
}

static void check_onetime(void)
{
    uint8_t key[32], nonce[12];
    struct wrni_chacha cipher;
    vectors_exactly(&vectors, "key", key, 32);
    vectors_exactly(&vectors, "nonce", nonce, 12);
    vectors_exactly(&vectors, "out", expected, 32);
    wrni_chacha_start(&cipher, key, 0, nonce);
    wrni_chacha_block(&cipher, data);
    expect(part, data, expected, 32);
}

/* A provider takes only nonces that start with four zeros; the portable AEAD below it takes any. */
static bool check_aead(void)
{
    uint8_t key[32], nonce[12], aad[64];
    vectors_exactly(&vectors, "key", key, 32);
    vectors_exactly(&vectors, "nonce", nonce, 12);
    size_t aad_length = vectors_bytes(&vectors, "aad", aad, sizeof aad);
    size_t length = vectors_bytes(&vectors, "plain", data, sizeof data - 16);
    vectors_exactly(&vectors, "out", expected, length + 16);
    wrni_aead_seal(key, nonce, aad, aad_length, data, length);
    expect(part, data, expected, length + 16);
    assert_true(wrni_aead_open(key, nonce, aad, aad_length, data, length));
    if (!wrni_is_zero(nonce, 4))
        return false;
    EACH_PROVIDER(p) {
        struct wrn_aead op = {.key = key,
                              .counter = wrni_load_le64(nonce + 4),
                              .aad = aad,
                              .aad_length = aad_length,
                              .data = data,
                              .length = length};
        uint8_t plain[1024];
        vectors_exactly(&vectors, "plain", data, length);
        memcpy(plain, data, length);
        p.crypto->seal(p.context, &op, 1);
        assert_true(op.good);
        expect(p, data, expected, length + 16);
        op.good = false;
        p.crypto->open(p.context, &op, 1);
        assert_true(op.good);
        expect(p, data, plain, length);
    }
    return true;
}

static void p13_chacha20_poly1305_of_rfc8439(void **unused)
{
    unsigned blocks = 0, ciphers = 0, polys = 0, onetimes = 0, aeads = 0, through_providers = 0;
    (void)unused;
    vectors_open(&vectors, "rfc8439.txt");
    while (vectors_next(&vectors)) {
        if (vectors_is(&vectors, "block")) {
            check_block();
            blocks++;
        } else if (vectors_is(&vectors, "cipher")) {
            check_cipher();
            ciphers++;
        } else if (vectors_is(&vectors, "poly")) {
            check_poly();
            polys++;
        } else if (vectors_is(&vectors, "onetime")) {
            check_onetime();
            onetimes++;
        } else {
            assert_true(vectors_is(&vectors, "aead"));
            through_providers += check_aead();
            aeads++;
        }
    }
    assert_int_equal(blocks, 6);
    assert_int_equal(ciphers, 4);
    assert_int_equal(polys, 12);
    assert_int_equal(onetimes, 4);
    assert_int_equal(aeads, 2);
    assert_int_equal(through_providers, 1);
    assert_int_equal(fclose(vectors.file), 0);
}

static void check_xaead(struct wrni_provider p)
{
    uint8_t key[32], nonce[24], aad[64], plain[1024];
    vectors_exactly(&vectors, "key", key, 32);
    vectors_exactly(&vectors, "nonce", nonce, 24);
    size_t aad_length = vectors_bytes(&vectors, "aad", aad, sizeof aad);
    size_t length = vectors_bytes(&vectors, "plain", plain, sizeof plain);
    vectors_exactly(&vectors, "out", expected, length + 16);
    struct wrn_xaead op = {.key = key, .nonce = nonce, .aad = aad, .aad_length = aad_length, .data = data, .length = length};
    memcpy(data, plain, length);
    p.crypto->xseal(p.context, &op, 1);
    assert_true(op.good);
    expect(p, data, expected, length + 16);
    op.good = false;
    p.crypto->xopen(p.context, &op, 1);
    assert_true(op.good);
    expect(p, data, plain, length);
}

static void p13_xchacha20_poly1305_of_the_draft(void **unused)
{
    uint8_t key[32], nonce[16], out[32];
    unsigned subkeys = 0, aeads = 0;
    (void)unused;
    vectors_open(&vectors, "xchacha.txt");
    while (vectors_next(&vectors)) {
        if (vectors_is(&vectors, "hchacha")) {
            vectors_exactly(&vectors, "key", key, 32);
            vectors_exactly(&vectors, "nonce", nonce, 16);
            vectors_exactly(&vectors, "out", expected, 32);
            wrni_hchacha(out, key, nonce);
            expect(part, out, expected, 32);
            subkeys++;
            continue;
        }
        assert_true(vectors_is(&vectors, "xaead"));
        EACH_PROVIDER(p)
            check_xaead(p);
        aeads++;
    }
    assert_int_equal(subkeys, 1);
    assert_int_equal(aeads, 1);
    assert_int_equal(fclose(vectors.file), 0);
}

/* hash and mac are the columns of BLAKE2s: every answer of hashlib goes through them, the data cut in two for hash. */
static void p13_hash_and_mac_answer_as_hashlib(void **unused)
{
    static uint8_t message[4096];
    uint8_t key[32], wanted[32], out[32];
    unsigned hashes = 0, macs = 0;
    (void)unused;
    vectors_open(&vectors, "blake2s.txt");
    while (vectors_next(&vectors)) {
        size_t key_length = vectors_bytes(&vectors, "key", key, sizeof key);
        size_t length = vectors_bytes(&vectors, "data", message, sizeof message);
        size_t out_length = vectors_bytes(&vectors, "out", wanted, sizeof wanted);
        EACH_PROVIDER(p) {
            memset(out, 0, sizeof out);
            if (key_length > 0) {
                struct wrn_mac_memo memo = {{0}};
                for (unsigned again = 0; again < 3; again++) { /* without a memo, with an empty one, and with what that became */
                    struct wrn_mac op = {key, key_length, message, length, out, out_length, again > 0 ? &memo : NULL};
                    memset(out, 0, sizeof out);
                    p.crypto->mac(p.context, &op, 1);
                    expect(p, out, wanted, out_length);
                }
                macs++;
            } else if (out_length == 32) {
                size_t cut = length / 3;
                struct wrn_hash op = {message, cut, message + cut, length - cut, out};
                p.crypto->hash(p.context, &op, 1);
                hashes++;
            } else {
                continue;
            }
            expect(p, out, wanted, out_length);
        }
    }
    assert_true(hashes >= 40);
    assert_true(macs >= 200);
    assert_int_equal(fclose(vectors.file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_x25519_of_rfc7748),
        cmocka_unit_test(p13_chacha20_poly1305_of_rfc8439),
        cmocka_unit_test(p13_xchacha20_poly1305_of_the_draft),
        cmocka_unit_test(p13_hash_and_mac_answer_as_hashlib),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
