/* The random stream: frozen answers, erasure, streams that do not touch each other. */

#include "block.h"
#include "random.h"

#include "blake2s.h"
#include "bytes.h"
#include "drbg.h"

static struct wrni_drbg stream(uint8_t entropy_of, uint8_t purpose, uint8_t identity_of)
{
    struct wrni_drbg drbg;
    uint8_t          entropy[32], identity[32];
    memset(entropy, entropy_of, sizeof entropy);
    memset(identity, identity_of, sizeof identity);
    wrni_drbg_init(&drbg, entropy, purpose, identity);
    return drbg;
}

static void check_hex(const uint8_t *bytes, size_t length, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    char              text[65];
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = 0;
    assert_string_equal(text, hex);
}

/* Computed once with another BLAKE2s, Python's hashlib. */
static void frozen_answers(void **state)
{
    (void)state;
    static const char *const drawn[] = {
        "1d0d80a1ebd77f03584894e70113f2e3e94f9ee87264c2b91f4850cbe69fadbc",
        "f6f32c8c483782fc0143e794525da84f79742ed6166a5f0fce9e0fa7cc28e70f",
        "7cb2d2d5f4c27abad425b378133a8691d327abb978ac06f9cc7adb783def4746",
    };
    struct wrni_drbg drbg;
    uint8_t          entropy[32], identity[32], out[32];
    for (uint8_t i = 0; i < 32; i++) {
        entropy[i] = i;
        identity[i] = 0xf0 ^ i;
    }
    wrni_drbg_init(&drbg, entropy, 5, identity);
    check_hex(drbg.key, 32, "cef960f6e1f6a1530cf60076995a09859cb5c0d75748d4a8d63be53102e3d658");
    for (unsigned i = 0; i < 3; i++) {
        wrni_drbg_bytes(&drbg, out, 32);
        check_hex(out, 32, drawn[i]);
    }
    check_hex(drbg.key, 32, "3ebc57365d678ecb8282d486b9fa2da008c82620b8001816e40d1cc5a07df172");
    wrni_drbg_stir(&drbg, entropy);
    check_hex(drbg.key, 32, "bcf0f74f82816711a31f452a069df54e5a12a7dd7bd513cccf46d7722e1aad6d");
    assert_int_equal(wrni_drbg_below(&drbg, 1000), 777);
    assert_int_equal(wrni_drbg_below(&drbg, UINT32_MAX), 0x4799b6c4);
}

static void keyed(const uint8_t key[32], uint8_t use, uint8_t out[32])
{
    struct wrni_blake2s hash;
    wrni_blake2s_init(&hash, 32, key, 32);
    wrni_blake2s_add(&hash, &use, 1);
    wrni_blake2s_end(&hash, out);
}

static void each_draw_replaces_the_key(void **state)
{
    (void)state;
    struct rng       rng = {11};
    struct wrni_drbg drbg = stream(1, 2, 3);
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t next[32], drawn[32], out[33];
        size_t  length = rng_below(&rng, 33);
        keyed(drbg.key, 0, next);
        keyed(drbg.key, 1, drawn);
        memset(out, 0xab, sizeof out);
        wrni_drbg_bytes(&drbg, out, length);
        assert_memory_equal(drbg.key, next, 32);
        assert_memory_equal(out, drawn, length);
        assert_int_equal(out[length], 0xab);
    }
}

static void streams_differ_by_each_part_of_their_name(void **state)
{
    (void)state;
    struct wrni_drbg streams[4] = {stream(1, 2, 3), stream(4, 2, 3), stream(1, 4, 3), stream(1, 2, 4)};
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(streams[i].key, streams[k].key, 32);
    }
}

static void a_copy_draws_the_same_until_it_is_stirred(void **state)
{
    (void)state;
    struct wrni_drbg a = stream(7, 7, 7), b;
    memcpy(&b, &a, sizeof b);
    uint8_t x[32], y[32], entropy[32] = {0};
    for (unsigned i = 0; i < 50; i++) {
        wrni_drbg_bytes(&a, x, 32);
        wrni_drbg_bytes(&b, y, 32);
        assert_memory_equal(x, y, 32);
    }
    wrni_drbg_stir(&b, entropy);
    wrni_drbg_bytes(&a, x, 32);
    wrni_drbg_bytes(&b, y, 32);
    assert_memory_not_equal(x, y, 32);
}

/* The upper 32 bits of the 96-bit product, by schoolbook over 16-bit digits. */
static uint32_t scaled(const uint8_t drawn[8], uint32_t bound)
{
    uint64_t digits[6] = {0};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t digit = (uint64_t)drawn[2 * i] | (uint64_t)drawn[2 * i + 1] << 8;
        digits[i] += digit * (bound & 0xffff);
        digits[i + 1] += digit * (bound >> 16);
    }
    for (unsigned i = 0; i < 5; i++) {
        digits[i + 1] += digits[i] >> 16;
        digits[i] &= 0xffff;
    }
    return (uint32_t)(digits[5] << 16 | digits[4]);
}

static void below_scales_64_bits(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {1, 2, 3, 334, 65535, 65536, 65537, 1000000007, UINT32_C(1) << 31, UINT32_MAX};
    struct rng            rng = {13};
    struct wrni_drbg      drbg = stream(9, 9, 9);
    for (unsigned i = 0; i < 5000; i++) {
        uint32_t         bound = i % 2 == 0 ? bounds[i / 2 % 10] : (uint32_t)(rng_next(&rng) >> 32 >> rng_below(&rng, 31)) | 1;
        struct wrni_drbg twin = drbg;
        uint8_t          drawn[8];
        wrni_drbg_bytes(&twin, drawn, sizeof drawn);
        uint32_t value = wrni_drbg_below(&drbg, bound);
        assert_true(value < bound);
        assert_int_equal(value, scaled(drawn, bound));
    }
}

/* 334 values as for the jitter of retries (P-70), 33,400 draws: chi square has mean 333 and deviation 25.8. */
static void below_is_uniform(void **state)
{
    (void)state;
    int64_t          bins[334] = {0}, sum = 0;
    struct wrni_drbg drbg = stream(3, 1, 4);
    for (unsigned i = 0; i < 33400; i++)
        bins[wrni_drbg_below(&drbg, 334)]++;
    for (unsigned i = 0; i < 334; i++)
        sum += (bins[i] - 100) * (bins[i] - 100);
    assert_true(sum > (333 - 130) * 100 && sum < (333 + 130) * 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_answers),
        cmocka_unit_test(each_draw_replaces_the_key),
        cmocka_unit_test(streams_differ_by_each_part_of_their_name),
        cmocka_unit_test(a_copy_draws_the_same_until_it_is_stirred),
        cmocka_unit_test(below_scales_64_bits),
        cmocka_unit_test(below_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
