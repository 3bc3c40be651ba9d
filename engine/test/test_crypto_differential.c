/*
 * The providers against sodium, one by one: ciphers and hashes, thousands of seeded inputs, in place, in batches. A
 * failure prints the seed that repeats it. X25519 is in test_crypto_dh.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "bytes.h"
#include "draws.h"
#include "portable/portable.h"
#include "support/providers.h"
#include "warren/crypto.h"

#define BATCH       40 /* longer than what a provider does at once */
#define LONGEST     2000
#define LONGEST_AAD 300

static void check(bool holds, const char *what, unsigned seed)
{
    if (!holds)
        fail_msg("%s: seed %u", what, seed);
}

#define CHECK(condition, seed) check(condition, #condition, seed)

/* AEAD ------------------------------------------------------------------------------------------------------------------ */

struct sample {
    uint8_t key[32], nonce[24], aad[LONGEST_AAD];
    uint64_t counter;
    size_t aad_length, length, at; /* at: an offset that breaks alignment */
    uint8_t plain[LONGEST];
};

/* Four bytes that nobody may touch follow the tag, `at` bytes precede the data. */
#define ROOM (LONGEST + 16 + 4 + 8)

static struct sample samples[BATCH];
static uint8_t rooms[PROVIDERS][BATCH][ROOM];

static void draw_sample(struct rng *rng, struct sample *sample)
{
    static const uint64_t edges[] = {0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 8192, UINT64_MAX - 1, UINT64_MAX};
    rng_bytes(rng, sample->key, 32);
    rng_bytes(rng, sample->nonce, 24);
    sample->counter = rng_next(rng);
    if (rng_size(rng, 2) == 0)
        sample->counter = edges[rng_size(rng, sizeof edges / sizeof edges[0])];
    sample->length = rng_size(rng, 3) == 0 ? rng_size(rng, 140) : rng_size(rng, LONGEST + 1);
    sample->aad_length = rng_size(rng, 2) == 0 ? 0 : rng_size(rng, LONGEST_AAD + 1);
    sample->at = rng_size(rng, 8);
    rng_bytes(rng, sample->plain, sample->length);
    rng_bytes(rng, sample->aad, sample->aad_length);
}

static void lay(const struct sample *sample, uint8_t *room)
{
    memset(room, 0xa5, ROOM);
    memcpy(room + sample->at, sample->plain, sample->length);
}

static struct wrn_aead aead_of(const struct sample *sample, uint8_t *room)
{
    return (struct wrn_aead){
        .key = sample->key,
        .counter = sample->counter,
        .aad = sample->aad_length == 0 ? NULL : sample->aad,
        .aad_length = sample->aad_length,
        .data = room + sample->at,
        .length = sample->length,
    };
}

static struct wrn_xaead xaead_of(const struct sample *sample, uint8_t *room)
{
    return (struct wrn_xaead){
        .key = sample->key,
        .nonce = sample->nonce,
        .aad = sample->aad_length == 0 ? NULL : sample->aad,
        .aad_length = sample->aad_length,
        .data = room + sample->at,
        .length = sample->length,
    };
}

/* All samples through one provider's direction; the rooms change in place. Bit i of the answer: operation i was good. */
static uint64_t run_aead(unsigned which, bool extended, bool seal, size_t count)
{
    const struct wrni_provider provider = provider_at(which);
    struct wrn_aead ops[BATCH];
    struct wrn_xaead xops[BATCH];
    uint64_t good = 0;
    for (size_t i = 0; i < count; i++) {
        ops[i] = aead_of(&samples[i], rooms[which][i]);
        xops[i] = xaead_of(&samples[i], rooms[which][i]);
    }
    if (extended && seal)
        provider.crypto->xseal(provider.context, xops, count);
    else if (extended)
        provider.crypto->xopen(provider.context, xops, count);
    else if (seal)
        provider.crypto->seal(provider.context, ops, count);
    else
        provider.crypto->open(provider.context, ops, count);
    for (size_t i = 0; i < count; i++)
        good |= (uint64_t)(extended ? xops[i].good : ops[i].good) << i;
    return good;
}

/* Break the key, nonce, aad, text or tag of sample i: one bit somewhere. */
static void tamper(struct rng *rng, bool extended, size_t i)
{
    struct sample *sample = &samples[i];
    uint8_t bit = (uint8_t)(1u << rng_size(rng, 8));
    size_t total = sample->length + 16, at = sample->at + rng_size(rng, total);
    switch (rng_size(rng, 6)) {
    case 0:
        sample->key[rng_size(rng, 32)] ^= bit;
        return;
    case 1:
        sample->counter ^= UINT64_C(1) << rng_size(rng, 64);
        if (extended)
            sample->nonce[rng_size(rng, 24)] ^= bit;
        return;
    case 2:
        if (sample->aad_length > 0) {
            sample->aad[rng_size(rng, sample->aad_length)] ^= bit;
            return;
        }
        break;
    case 3:
        at = sample->at + sample->length + rng_size(rng, 16);
        break;
    default:
        break;
    }
    for (unsigned which = 0; which < PROVIDERS; which++)
        rooms[which][i][at] ^= bit;
}

/* Around data and tag nothing was written. */
static bool borders_are_intact(const struct sample *sample, const uint8_t *room)
{
    for (size_t i = 0; i < ROOM; i++) {
        if ((i < sample->at || i >= sample->at + sample->length + 16) && room[i] != 0xa5)
            return false;
    }
    return true;
}

/* Every provider through one direction; `expected` says which operations are good, and the rooms are the same afterwards. */
static void run_all(bool extended, bool seal, size_t count, uint64_t expected, unsigned seed)
{
    for (unsigned which = 0; which < PROVIDERS; which++) {
        CHECK(run_aead(which, extended, seal, count) == expected, seed);
        for (size_t i = 0; i < count; i++) {
            CHECK(memcmp(rooms[0][i], rooms[which][i], ROOM) == 0, seed);
            CHECK(borders_are_intact(&samples[i], rooms[which][i]), seed);
        }
    }
}

static void one_batch(unsigned seed, bool extended)
{
    struct rng rng = {seed};
    size_t count = 1 + rng_size(&rng, rng_size(&rng, 16) == 0 ? BATCH : 8);
    uint64_t all = (UINT64_C(1) << count) - 1, broken = 0;
    uint8_t tags[BATCH][16];
    for (size_t i = 0; i < count; i++) {
        draw_sample(&rng, &samples[i]);
        for (unsigned which = 0; which < PROVIDERS; which++)
            lay(&samples[i], rooms[which][i]);
    }
    run_all(extended, true, count, all, seed);
    for (size_t i = 0; i < count; i++) {
        if (rng_size(&rng, 3) == 0) {
            tamper(&rng, extended, i);
            broken |= UINT64_C(1) << i;
        }
        memcpy(tags[i], rooms[0][i] + samples[i].at + samples[i].length, 16);
    }
    run_all(extended, false, count, all & ~broken, seed);
    for (size_t i = 0; i < count; i++) {
        const struct sample *sample = &samples[i];
        const uint8_t *data = rooms[0][i] + sample->at;
        CHECK(memcmp(data + sample->length, tags[i], 16) == 0, seed);
        if (broken >> i & 1)
            CHECK(wrni_is_zero(data, sample->length), seed);
        else
            CHECK(memcmp(data, sample->plain, sample->length) == 0, seed);
    }
}

static void p13_seal_and_open_agree(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 1500; seed++)
        one_batch(seed, false);
}

static void p13_xseal_and_xopen_agree(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 1500; seed++)
        one_batch(seed, true);
}

static void p13_seal_agrees_at_every_length(void **unused)
{
    struct rng rng = {13};
    (void)unused;
    for (size_t length = 0; length <= LONGEST; length++) {
        draw_sample(&rng, &samples[0]);
        samples[0].length = length;
        samples[0].aad_length = length % 67;
        rng_bytes(&rng, samples[0].plain, length);
        rng_bytes(&rng, samples[0].aad, samples[0].aad_length);
        for (unsigned which = 0; which < PROVIDERS; which++)
            lay(&samples[0], rooms[which][0]);
        run_all(false, true, 1, 1, (unsigned)length);
        run_all(false, false, 1, 1, (unsigned)length);
    }
}

/* P-13: the nonce is four zero bytes and the counter in little-endian order. */
static void p13_the_counter_is_the_nonce(void **unused)
{
    static const uint64_t counters[] = {0, 1, 255, 256, UINT32_MAX, UINT64_C(0x0102030405060708), UINT64_MAX};
    uint8_t nonce[12], sealed[64 + 16];
    struct rng rng = {64};
    (void)unused;
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        draw_sample(&rng, &samples[0]);
        samples[0].counter = counters[i];
        samples[0].length = 64;
        rng_bytes(&rng, samples[0].plain, 64);
        memset(nonce, 0, sizeof nonce);
        for (unsigned byte = 0; byte < 8; byte++)
            nonce[4 + byte] = (uint8_t)(counters[i] >> (8 * byte));
        crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, samples[0].plain, 64, samples[0].aad, samples[0].aad_length, NULL,
                                                  nonce, samples[0].key);
        for (unsigned which = 0; which < PROVIDERS; which++) {
            lay(&samples[0], rooms[which][0]);
            CHECK(run_aead(which, false, true, 1) == 1, (unsigned)i);
            CHECK(memcmp(rooms[which][0] + samples[0].at, sealed, sizeof sealed) == 0, (unsigned)i);
        }
    }
}

static void p162_every_bit_of_a_tag_counts(void **unused)
{
    struct rng rng = {162};
    (void)unused;
    draw_sample(&rng, &samples[0]);
    samples[0].length = 32;
    for (unsigned bit = 0; bit < 128; bit++) {
        for (unsigned which = 0; which < PROVIDERS; which++) {
            lay(&samples[0], rooms[which][0]);
            uint8_t *data = rooms[which][0] + samples[0].at;
            CHECK(run_aead(which, false, true, 1) == 1, bit);
            data[32 + bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK(run_aead(which, false, false, 1) == 0, bit);
            CHECK(wrni_is_zero(data, 32), bit);
        }
    }
}

/* The parts of the portable provider ------------------------------------------------------------------------------------- */

static void p13_key_streams_agree(void **unused)
{
    (void)unused;
    for (unsigned seed = 0; seed < 1000; seed++) {
        struct rng rng = {seed};
        struct wrni_chacha cipher;
        uint8_t wanted[LONGEST];
        draw_sample(&rng, &samples[0]);
        uint32_t block = (uint32_t)rng_size(&rng, UINT32_C(1) << 30);
        crypto_stream_chacha20_ietf_xor_ic(wanted, samples[0].plain, samples[0].length, samples[0].nonce, block, samples[0].key);
        wrni_chacha_start(&cipher, samples[0].key, block, samples[0].nonce);
        wrni_chacha_xor(&cipher, samples[0].plain, samples[0].length);
        CHECK(memcmp(samples[0].plain, wanted, samples[0].length) == 0, seed);
    }
}

/* Runs of one bits reach the carries and the final reduction, which random messages do not. */
static void p13_authenticators_agree(void **unused)
{
    uint8_t key[32], message[200], tag[16], wanted[16];
    (void)unused;
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct rng rng = {seed};
        struct wrni_poly poly;
        size_t length = rng_size(&rng, sizeof message + 1);
        rng_bytes(&rng, message, sizeof message);
        rng_bytes(&rng, key, 32);
        if (seed % 2 == 0) {
            rng_runs(&rng, key);
            for (size_t at = 0; at + 32 <= sizeof message; at += 32)
                rng_runs(&rng, message + at);
        }
        crypto_onetimeauth_poly1305(wanted, message, length, key);
        wrni_poly_start(&poly, key);
        wrni_poly_end(&poly, message, length, tag);
        CHECK(memcmp(tag, wanted, 16) == 0, seed);
    }
}

static void p13_subkeys_agree(void **unused)
{
    uint8_t key[32], nonce[16], out[32], wanted[32];
    (void)unused;
    for (unsigned seed = 0; seed < 1000; seed++) {
        struct rng rng = {seed};
        rng_bytes(&rng, key, 32);
        rng_bytes(&rng, nonce, 16);
        crypto_core_hchacha20(wanted, nonce, key, NULL);
        wrni_hchacha(out, key, nonce);
        CHECK(memcmp(out, wanted, 32) == 0, seed);
    }
}

/* Hashes ---------------------------------------------------------------------------------------------------------------- */

static void p13_hash_agrees_and_may_overwrite_its_input(void **unused)
{
    static uint8_t message[2][LONGEST];
    (void)unused;
    for (unsigned seed = 0; seed < 2000; seed++) {
        uint8_t whole[32], outs[2][32];
        struct rng rng = {seed};
        size_t first = rng_size(&rng, 200), second = rng_size(&rng, LONGEST - 200);
        rng_bytes(&rng, message[0], first + second);
        memcpy(message[1], message[0], first + second);
        struct wrn_hash ops[2] = {
            {message[0], first, second == 0 ? NULL : message[0] + first, second, outs[0]},
            {message[0], first + second, NULL, 0, outs[1]},
        };
        wrn_crypto_sodium.hash(NULL, ops, 2);
        CHECK(memcmp(outs[0], outs[1], 32) == 0, seed);
        memcpy(whole, outs[0], 32);
        for (unsigned which = 0; which < PROVIDERS; which++) {
            size_t at = rng_size(&rng, LONGEST - 32);
            memcpy(message[1], message[0], first + second);
            struct wrn_hash over = {first == 0 ? NULL : message[1], first, message[1] + first, second, message[1] + at};
            provider_at(which).crypto->hash(provider_at(which).context, &over, 1);
            CHECK(memcmp(message[1] + at, whole, 32) == 0, seed);
        }
    }
}

static void p13_mac_agrees(void **unused)
{
    static uint8_t message[LONGEST];
    (void)unused;
    for (unsigned seed = 0; seed < 2000; seed++) {
        uint8_t key[32], outs[PROVIDERS][3][33];
        struct rng rng = {seed};
        struct wrn_mac ops[3];
        rng_bytes(&rng, key, 32);
        size_t length = rng_size(&rng, LONGEST + 1);
        rng_bytes(&rng, message, length);
        memset(outs, 0xa5, sizeof outs);
        for (unsigned i = 0; i < 3; i++)
            ops[i] = (struct wrn_mac){key, 1 + rng_size(&rng, 32), message, length, NULL,
                                      1 + rng_size(&rng, 32), NULL};
        for (unsigned which = 0; which < PROVIDERS; which++) {
            for (unsigned i = 0; i < 3; i++)
                ops[i].out = outs[which][i];
            provider_at(which).crypto->mac(provider_at(which).context, ops, 3);
            CHECK(memcmp(outs[0], outs[which], sizeof outs[0]) == 0, seed);
        }
        for (unsigned i = 0; i < 3; i++)
            CHECK(outs[0][i][ops[i].out_length] == 0xa5, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_seal_and_open_agree),
        cmocka_unit_test(p13_xseal_and_xopen_agree),
        cmocka_unit_test(p13_seal_agrees_at_every_length),
        cmocka_unit_test(p13_the_counter_is_the_nonce),
        cmocka_unit_test(p162_every_bit_of_a_tag_counts),
        cmocka_unit_test(p13_key_streams_agree),
        cmocka_unit_test(p13_authenticators_agree),
        cmocka_unit_test(p13_subkeys_agree),
        cmocka_unit_test(p13_hash_agrees_and_may_overwrite_its_input),
        cmocka_unit_test(p13_mac_agrees),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
