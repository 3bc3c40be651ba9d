/*
 * X25519 of the provider sodium against that of the provider portable: seeded inputs, the edges of the field, points of low
 * order. A failure prints the seed that repeats it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "bytes.h"
#include "draws.h"
#include "warren/crypto.h"

#define BATCH 8

static const struct wrn_crypto *const providers[2] = {&wrn_crypto_sodium, &wrn_crypto_portable};

static void check(bool holds, const char *what, unsigned seed)
{
    if (!holds)
        fail_msg("%s: seed %u", what, seed);
}

#define CHECK(condition, seed) check(condition, #condition, seed)

/* Both providers on one product; they agree, and zero is what is not good. Returns that. */
static bool same_dh(const uint8_t secret[32], const uint8_t point[32], uint8_t out[32], unsigned seed)
{
    uint8_t outs[2][33];
    struct wrn_dh ops[2];
    for (unsigned i = 0; i < 2; i++) {
        memset(outs[i], 0xa5, sizeof outs[i]);
        ops[i] = (struct wrn_dh){.secret = secret, .point = point, .out = outs[i] + 1, .good = i == 1};
        providers[i]->dh(NULL, &ops[i], 1);
        CHECK(outs[i][0] == 0xa5, seed);
        CHECK(ops[i].good == !wrni_is_zero(outs[i] + 1, 32), seed);
    }
    CHECK(ops[0].good == ops[1].good, seed);
    CHECK(memcmp(outs[0], outs[1], 33) == 0, seed);
    memcpy(out, outs[0] + 1, 32);
    return ops[0].good;
}

static void p13_dh_agrees_on_random_inputs(void **unused)
{
    uint8_t secret[32], point[32], out[32];
    (void)unused;
    for (unsigned seed = 0; seed < 1500; seed++) {
        struct rng rng = {seed};
        rng_bytes(&rng, secret, 32);
        rng_bytes(&rng, point, 32);
        CHECK(same_dh(secret, point, out, seed), seed);
    }
}

static void g34_dh_agrees_on_long_carries(void **unused)
{
    uint8_t secret[32], point[32], out[32];
    (void)unused;
    for (unsigned seed = 0; seed < 1500; seed++) {
        struct rng rng = {seed};
        rng_runs(&rng, secret);
        rng_runs(&rng, point);
        (void)same_dh(secret, point, out, seed);
    }
}

/* p + offset, from -20 to 18: the lowest byte of p is 0xed, so nothing leaves it. */
static void near_p(uint8_t out[32], int offset)
{
    memset(out, 0xff, 32);
    out[0] = (uint8_t)(0xed + offset);
    out[31] = 0x7f;
}

static void g34_dh_agrees_on_edges_of_the_field(void **unused)
{
    uint8_t edges[120][32], out[32], again[32];
    unsigned count = 0;
    (void)unused;
    for (int offset = -20; offset <= 18; offset++, count += 2) { /* p + 18 is 2^255 - 1 */
        near_p(edges[count], offset);
        memcpy(edges[count + 1], edges[count], 32);
        edges[count + 1][31] |= 0x80;
    }
    for (unsigned i = 0; i < 20; i++, count += 2) {
        memset(edges[count], 0, 32);
        edges[count][0] = (uint8_t)i;
        memcpy(edges[count + 1], edges[count], 32);
        edges[count + 1][31] = 0x80;
    }
    assert_true(count <= 120);
    for (unsigned s = 0; s < count; s += 5) {
        for (unsigned p = 0; p < count; p += 2) {
            /* The highest bit of a point means nothing (RFC 7748 section 5). */
            bool good = same_dh(edges[s], edges[p], out, s * 1000 + p);
            CHECK(same_dh(edges[s], edges[p + 1], again, s * 1000 + p) == good, s * 1000 + p);
            CHECK(memcmp(out, again, 32) == 0, s * 1000 + p);
        }
    }
}

/* A point from p up is the point less p: 2^255 - 19 + i and i are one. */
static void g34_points_beyond_p_are_reduced(void **unused)
{
    uint8_t secret[32], high[32], low[32] = {0}, out[32], again[32];
    struct rng rng = {34};
    (void)unused;
    for (unsigned i = 0; i <= 18; i++) {
        rng_bytes(&rng, secret, 32);
        near_p(high, (int)i);
        low[0] = (uint8_t)i;
        CHECK(same_dh(secret, high, out, i) == same_dh(secret, low, again, i), i);
        CHECK(memcmp(out, again, 32) == 0, i);
    }
}

/* The scalar is clamped inside: the five bits that clamping decides change nothing. */
static void p13_dh_clamps_the_secret(void **unused)
{
    uint8_t secret[32], point[32], out[32], again[32];
    (void)unused;
    for (unsigned seed = 0; seed < 50; seed++) {
        struct rng rng = {seed};
        rng_bytes(&rng, secret, 32);
        rng_bytes(&rng, point, 32);
        CHECK(same_dh(secret, point, out, seed), seed);
        secret[0] ^= (uint8_t)rng_size(&rng, 8);
        secret[31] ^= (uint8_t)(rng_size(&rng, 4) << 6);
        CHECK(same_dh(secret, point, again, seed), seed);
        CHECK(memcmp(out, again, 32) == 0, seed);
    }
}

/*
 * The twelve encodings known as the low-order points of Curve25519. The first seven, with the highest bit or without, are of
 * low order and must give zero. The last five are so only to an implementation that keeps the highest bit; by RFC 7748 it is
 * ignored, which makes them other points, of a good order.
 */
static const uint8_t low_order[12][32] = {
    {0},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xcd, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x80},
    {0x4c, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0xd7},
    {0xd9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    {0xda, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    {0xdb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
};

static void p19_g59_low_order_points_give_zero_and_are_not_good(void **unused)
{
    uint8_t secret[32], point[32], out[32];
    (void)unused;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct rng rng = {seed};
        rng_bytes(&rng, secret, 32);
        for (unsigned i = 0; i < 12; i++) {
            memcpy(point, low_order[i], 32);
            CHECK(same_dh(secret, point, out, 100 * seed + i) == (i >= 7), 100 * seed + i);
            point[31] ^= 0x80;
            CHECK(same_dh(secret, point, out, 100 * seed + i) == (i >= 7), 100 * seed + i);
        }
    }
}

static void dh_answers_each_operation_of_a_batch(void **unused)
{
    uint8_t secrets[BATCH][32], points[BATCH][32], outs[BATCH][32], alone[32];
    (void)unused;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct rng rng = {seed};
        struct wrn_dh ops[BATCH];
        for (unsigned i = 0; i < BATCH; i++) {
            rng_bytes(&rng, secrets[i], 32);
            rng_bytes(&rng, points[i], 32);
            if (rng_size(&rng, 3) == 0)
                memcpy(points[i], low_order[rng_size(&rng, 7)], 32);
        }
        for (unsigned which = 0; which < 2; which++) {
            for (unsigned i = 0; i < BATCH; i++)
                ops[i] = (struct wrn_dh){secrets[i], points[i], outs[i], false};
            providers[which]->dh(NULL, ops, BATCH);
            for (unsigned i = 0; i < BATCH; i++) {
                CHECK(same_dh(secrets[i], points[i], alone, seed) == ops[i].good, seed);
                CHECK(memcmp(alone, outs[i], 32) == 0, seed);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p13_dh_agrees_on_random_inputs),
        cmocka_unit_test(g34_dh_agrees_on_long_carries),
        cmocka_unit_test(g34_dh_agrees_on_edges_of_the_field),
        cmocka_unit_test(g34_points_beyond_p_are_reduced),
        cmocka_unit_test(p13_dh_clamps_the_secret),
        cmocka_unit_test(p19_g59_low_order_points_give_zero_and_are_not_good),
        cmocka_unit_test(dh_answers_each_operation_of_a_batch),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
