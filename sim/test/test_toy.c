#include "worlds.h"

#include "sim/swarm.h"
#include "sim/toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* The toy provider: lawful, refused where the real one is, and the same world. */

static const uint8_t base[32] = {9};

static bool dh(const struct wrn_crypto *crypto, struct sim_toy *toy, const uint8_t *secret, const uint8_t *point, uint8_t *out)
{
    struct wrn_dh operation = {.secret = secret, .point = point, .out = out};

    crypto->dh(toy, &operation, 1);
    return operation.good;
}

static void secrets(uint8_t a[32], uint8_t b[32])
{
    sim_derive(a, 5, "key", "a");
    sim_derive(b, 5, "key", "b");
}

static void dh_commutes(void **state)
{
    uint8_t a[32], b[32], public_a[32], public_b[32], one[32], two[32];
    struct sim_toy_key keys[2] = {{{0}, {0}, false}};
    struct sim_toy toy = {keys, 2};

    (void)state;
    secrets(a, b);
    for (int known = 0; known < 2; known++) {
        struct sim_toy *context = known ? &toy : NULL;

        if (known) {
            assert_true(dh(&wrn_crypto_sodium, NULL, a, base, public_a));
            sim_toy_learn(&toy, a, public_a);
        }
        assert_true(dh(&sim_toy, context, a, base, one));
        if (known)
            assert_memory_equal(one, public_a, 32);
        memcpy(public_a, one, 32);
        assert_true(dh(&sim_toy, context, b, base, public_b));
        assert_memory_not_equal(public_a, public_b, 32);
        assert_true(dh(&sim_toy, context, a, public_b, one));
        assert_true(dh(&sim_toy, context, b, public_a, two));
        assert_memory_equal(one, two, 32);
        a[0] ^= 7; /* what clamping sets */
        a[31] ^= 192;
        public_b[31] |= 128;
        assert_true(dh(&sim_toy, context, a, public_b, two));
        assert_memory_equal(one, two, 32);
        a[1] ^= 1;
        assert_true(dh(&sim_toy, context, a, public_b, two));
        assert_memory_not_equal(one, two, 32);
        secrets(a, b);
    }
}

/* Zero, one, the two of order eight, p - 1, p, p + 1 and others above p, each with and without the top bit: as the real one. */
static void s27_low_order_points_are_refused(void **state)
{
    static const uint8_t eight[2][32] = {
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
         0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
         0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    };
    uint8_t a[32], b[32], point[32], real[32], toy[32], zero[32] = {0};
    unsigned refused = 0;

    (void)state;
    secrets(a, b);
    for (unsigned i = 0; i < 84; i++) {
        if (i < 4) {
            memcpy(point, eight[i / 2], 32);
        } else {
            memset(point, i < 42 ? 0 : 255, 32);
            point[0] = (uint8_t)(i < 42 ? i / 2 - 2 : 255 - (i - 42) / 2);
            point[31] = (uint8_t)(point[31] & 127);
        }
        point[31] = (uint8_t)(point[31] | (i % 2 ? 128 : 0));
        memset(toy, 1, 32);
        assert_int_equal(dh(&sim_toy, NULL, a, point, toy), dh(&wrn_crypto_sodium, NULL, a, point, real));
        assert_int_equal(memcmp(toy, zero, 32) == 0, memcmp(real, zero, 32) == 0);
        refused += memcmp(toy, zero, 32) == 0;
    }
    assert_int_equal(refused, 14);
}

static void what_is_changed_is_refused(void **state)
{
    uint8_t key[32] = {1}, aad[5] = {2}, nonce[24] = {3}, plain[61], data[61 + 16], zero[61] = {0};
    struct wrn_aead box = {.key = key, .counter = 7, .aad = aad, .aad_length = 5, .data = data, .length = 61};
    struct wrn_xaead xbox = {.key = key, .nonce = nonce, .aad = aad, .aad_length = 5, .data = data, .length = 61};

    (void)state;
    for (unsigned i = 0; i < 61; i++)
        plain[i] = (uint8_t)i;
    for (unsigned flip = 0; flip < 8 * (77 + 32 + 5 + 8 + 24); flip++) {
        const unsigned at = flip / 8;
        const uint8_t bit = (uint8_t)(1u << flip % 8);
        const bool extended = at >= 77 + 32 + 5 + 8 || flip % 2;

        if (extended && at >= 77 + 32 + 5 && at < 77 + 32 + 5 + 8)
            continue;
        memcpy(data, plain, 61);
        if (extended)
            sim_toy.xseal(NULL, &xbox, 1);
        else
            sim_toy.seal(NULL, &box, 1);
        assert_true(extended ? xbox.good : box.good);
        assert_memory_not_equal(data, plain, 8);
        uint8_t *what = at < 77 ? data + at : at < 109 ? key + at - 77 : at < 114 ? aad + at - 109 : nonce + (at - 122) % 24;

        if (at >= 114 && at < 122)
            box.counter ^= UINT64_C(1) << (flip - 8 * 114);
        else
            *what ^= bit;
        if (extended)
            sim_toy.xopen(NULL, &xbox, 1);
        else
            sim_toy.open(NULL, &box, 1);
        assert_false(extended ? xbox.good : box.good);
        assert_memory_equal(data, zero, 61);
        if (at >= 114 && at < 122)
            box.counter ^= UINT64_C(1) << (flip - 8 * 114);
        else if (at >= 77)
            *what ^= bit;
    }
    memcpy(data, plain, 61);
    sim_toy.seal(NULL, &box, 1);
    sim_toy.open(NULL, &box, 1);
    assert_true(box.good);
    assert_memory_equal(data, plain, 61);
    sim_toy.xseal(NULL, &xbox, 1);
    sim_toy.xopen(NULL, &xbox, 1);
    assert_true(xbox.good);
    assert_memory_equal(data, plain, 61);
}

static void hashes_do_not_see_where_they_are_cut(void **state)
{
    uint8_t data[40], whole[32], cut[32], other[32], mac[32];

    (void)state;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(3 * i);
    sim_toy.hash(NULL, &(struct wrn_hash){.first = data, .first_length = 40, .out = whole}, 1);
    for (size_t at = 0; at <= 40; at++) {
        sim_toy.hash(NULL, &(struct wrn_hash){data, at, data + at, 40 - at, cut}, 1);
        assert_memory_equal(whole, cut, 32);
        sim_toy.hash(NULL, &(struct wrn_hash){.first = data, .first_length = at, .out = other}, 1);
        assert_int_equal(memcmp(whole, other, 32) == 0, at == 40);
    }
    sim_toy.mac(NULL, &(struct wrn_mac){data, 32, data, 40, mac, 32, NULL}, 1);
    sim_toy.mac(NULL, &(struct wrn_mac){data, 31, data, 40, other, 32, NULL}, 1);
    assert_memory_not_equal(mac, other, 32);
    memset(other, 0xee, 32);
    sim_toy.mac(NULL, &(struct wrn_mac){data, 32, data, 40, other, 13, NULL}, 1);
    for (unsigned i = 13; i < 32; i++)
        assert_int_equal(other[i], 0xee);
}

static void same_turns(struct small_plan *small)
{
    struct ran real, toy;

    small->plan.crypto = SIM_CRYPTO_REAL;
    real = run_plan(small, SIM_QUEUE_TWO_TIER, NULL);
    small->plan.crypto = SIM_CRYPTO_TOY;
    toy = run_plan(small, SIM_QUEUE_TWO_TIER, NULL);
    assert_lawful(&toy);
    assert_int_equal(real.results.events, toy.results.events);
    assert_memory_equal(real.results.control_hash, toy.results.control_hash, 32);
    assert_memory_not_equal(real.results.trace_hash, toy.results.trace_hash, 32);
    run_end(&real);
    run_end(&toy);
}

static struct small_plan small;

static void s27_toy_takes_the_same_turns(void **state)
{
    (void)state;
    plan_hub(&small, 5, 400 * WRN_SECOND);
    same_turns(&small);
}

/* Crossing initiations are settled by public keys: the yielding side must be the same. */
static void s27_p168_the_same_side_yields(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        plan_two(&small, "crossing", 120 * WRN_SECOND);
        plan_flow(&small, 0, 1, 0, WRN_SECOND, 1);
        plan_flow(&small, 1, 0, 0, WRN_SECOND, 1);
        plan_sort(&small);
        for (uint32_t i = 0; i < 2; i++)
            sim_derive(small.nodes[i].private_key, seed, "key", small.nodes[i].name);
        same_turns(&small);
    }
}

static void s27_toy_swarms_take_the_same_turns(void **state)
{
    static struct sim_swarm swarm;

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        sim_swarm_draw(&swarm, seed);
        small.plan = swarm.plan;
        same_turns(&small);
    }
}

static void control_tells_worlds_apart(void **state)
{
    struct ran first, second;

    (void)state;
    plan_hub(&small, 3, 100 * WRN_SECOND);
    small.plan.crypto = SIM_CRYPTO_TOY;
    first = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    small.plan.seed++;
    second = run_plan(&small, SIM_QUEUE_TWO_TIER, NULL);
    assert_memory_not_equal(first.results.control_hash, second.results.control_hash, 32);
    run_end(&first);
    run_end(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dh_commutes),
        cmocka_unit_test(s27_low_order_points_are_refused),
        cmocka_unit_test(what_is_changed_is_refused),
        cmocka_unit_test(hashes_do_not_see_where_they_are_cut),
        cmocka_unit_test(s27_toy_takes_the_same_turns),
        cmocka_unit_test(s27_p168_the_same_side_yields),
        cmocka_unit_test(s27_toy_swarms_take_the_same_turns),
        cmocka_unit_test(control_tells_worlds_apart),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
