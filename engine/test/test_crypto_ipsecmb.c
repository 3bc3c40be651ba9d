/* What only the provider ipsec-mb can do wrong: keep keys, run where it must not. */

#define _DEFAULT_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "bytes.h"
#include "draws.h"
#include "support/providers.h"

#define LONGEST 1600

static void skip_without(const void *context)
{
    if (!context)
        skip(); /* built without the library, or this processor does not have the instructions: nothing is ipsec-mb's */
}

static bool holds(const uint8_t *memory, size_t size, const uint8_t *secret, size_t length)
{
    for (size_t at = 0; at + length <= size; at++) {
        if (memory[at] == secret[0] && memcmp(memory + at, secret, length) == 0)
            return true;
    }
    return false;
}

/* A key, its first words in the order of the cipher's state, and the authenticator's key that comes of it. */
static void p161_a_context_keeps_no_key(void **unused)
{
    static uint8_t data[40][LONGEST + 16];
    (void)unused;
    for (unsigned width = 0; width < 2; width++) {
        struct rng rng = {161};
        void *context = ipsecmb_context(width);
        struct wrn_aead ops[40];
        uint8_t key[32], authenticator[32], nonce[12] = {0};
        if (!context && width == WRNI_IPSECMB_AVX512)
            continue; /* the other one was looked at */
        skip_without(context);
        rng_bytes(&rng, key, 32);
        for (size_t i = 0; i < 40; i++)
            ops[i] = (struct wrn_aead){.key = key, .counter = i, .data = data[i], .length = 40 * i};
        for (unsigned seal = 1; seal <= 1; seal--) { /* 1, 0 */
            (seal ? wrn_crypto_ipsecmb.seal : wrn_crypto_ipsecmb.open)(context, ops, 40);
            assert_false(holds(context, wrn_ipsecmb_size(), key, 32));
            assert_false(holds(context, wrn_ipsecmb_size(), key, 16));
            for (uint8_t i = 0; i < 40; i++) {
                nonce[4] = i;
                crypto_stream_chacha20_ietf(authenticator, 32, nonce, key);
                assert_false(holds(context, wrn_ipsecmb_size(), authenticator + 16, 16));
            }
        }
    }
}

static void p161_a_wiped_context_is_zero(void **unused)
{
    size_t size = wrn_ipsecmb_size();
    uint8_t *memory = size ? aligned_alloc(64, size) : NULL;
    (void)unused;
    void *context = wrn_ipsecmb_init(memory, size);
    if (context)
        wrn_ipsecmb_wipe(context);
    bool zero = context && wrni_is_zero(memory, size);
    free(memory);
    skip_without(context);
    assert_true(zero);
    wrn_ipsecmb_wipe(NULL);
}

static void context_needs_room_and_alignment(void **unused)
{
    size_t size = wrn_ipsecmb_size();
    uint8_t *memory = aligned_alloc(64, size + 64);
    (void)unused;
    assert_non_null(memory);
    assert_null(wrn_ipsecmb_init(NULL, size));
    assert_null(wrn_ipsecmb_init(memory + 8, size));
    if (size > 0)
        assert_null(wrn_ipsecmb_init(memory, size - 1));
    free(memory);
}

/* The fallback: without a context the answers are sodium's. */
static void without_context_it_is_sodium(void **unused)
{
    uint8_t key[32] = {1}, ours[64] = {2}, theirs[64] = {2};
    struct wrn_aead one = {.key = key, .counter = 9, .data = ours, .length = 48}, other = one;
    (void)unused;
    other.data = theirs;
    wrn_crypto_ipsecmb.seal(NULL, &one, 1);
    wrn_crypto_sodium.seal(NULL, &other, 1);
    assert_true(one.good);
    assert_memory_equal(ours, theirs, 64);
    ours[3] ^= 1;
    wrn_crypto_ipsecmb.open(NULL, &one, 1);
    assert_false(one.good);
    assert_true(wrni_is_zero(ours, 48));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p161_a_context_keeps_no_key),
        cmocka_unit_test(p161_a_wiped_context_is_zero),
        cmocka_unit_test(context_needs_room_and_alignment),
        cmocka_unit_test(without_context_it_is_sodium),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
