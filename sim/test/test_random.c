#include "base.h"
#include "clock.h"
#include "hash.h"
#include "worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Frozen: a change here changes every world that was ever reported. */

static void siphash_reference_vectors(void **state)
{
    /* key 00 01 .. 0f, messages 00 01 .. (n - 1), of the reference implementation */
    static const uint64_t expected[9] = {
        UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
        UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d), UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
        UINT64_C(0x93f5f5799a932462),
    };
    const uint8_t message[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint64_t k0 = UINT64_C(0x0706050403020100), k1 = UINT64_C(0x0f0e0d0c0b0a0908);

    (void)state;
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(sim_sip(k0, k1, message, i), expected[i]);
    assert_int_equal(sim_sip_word(k0, k1, UINT64_C(0x0706050403020100)), expected[8]);
}

static void xxh64_reference_answers(void **state)
{
    /* of xxhsum -H1, version 0.8.1, over the bytes 00 01 .. (length - 1) */
    static const struct { size_t length; uint64_t hash; } expected[] = {
        {0, UINT64_C(0xef46db3751d8e999)}, {1, UINT64_C(0xe934a84adb052768)}, {3, UINT64_C(0xe5c7bb4533bc65dd)},
        {4, UINT64_C(0xffced8604453cc1e)}, {7, UINT64_C(0x14cc643f630c72d2)}, {8, UINT64_C(0x884a173614b81b8d)},
        {12, UINT64_C(0x424af23f1f08dca5)}, {31, UINT64_C(0xc346d2b59b4d8ee1)}, {32, UINT64_C(0xcbf59c5116ff32b4)},
        {33, UINT64_C(0x0c535d1acafb8ead)}, {64, UINT64_C(0xf7c67301db6713f0)}, {71, UINT64_C(0x2ebffc96eb139d60)},
        {148, UINT64_C(0x06f609aec4cb5575)},
    };
    uint8_t message[148];
    uint64_t words[4];

    (void)state;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(sim_xxh64(0, message, expected[i].length), expected[i].hash);
    for (size_t i = 0; i < 4; i++)
        words[i] = sim_load64(message + 8 * i);
    assert_int_equal(sim_xxh64_words(7, words), sim_xxh64(7, message, 32));
}

static void blake2s_agrees_with_the_provider(void **state)
{
    uint8_t data[300], ours[32], theirs[32], key[32];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    memset(key, 3, sizeof key);
    for (size_t length = 0; length <= sizeof data; length++) {
        struct sim_blake blake;
        struct wrn_hash hash = {.first = data, .first_length = length, .out = theirs};
        struct wrn_mac mac = {.key = key, .key_length = 32, .data = data, .length = length, .out = theirs, .out_length = 32};

        sim_blake_begin(&blake);
        sim_blake_add(&blake, data, length / 3);
        sim_blake_add(&blake, data + length / 3, length - length / 3);
        sim_blake_end(&blake, ours);
        wrn_crypto_portable.hash(NULL, &hash, 1);
        assert_memory_equal(ours, theirs, 32);
        sim_blake_keyed(&blake, key, 32, 32);
        sim_blake_add(&blake, data, length);
        sim_blake_end(&blake, ours);
        wrn_crypto_portable.mac(NULL, &mac, 1);
        assert_memory_equal(ours, theirs, 32);
    }
}

static void frozen_draws(void **state)
{
    static const struct sim_draw draws[4] = {{SIM_FIXED, 5, 0}, {SIM_UNIFORM, 1000000, 9000000}, {SIM_NORMAL, 50000000, 9000000},
                                             {SIM_EXPONENTIAL, 10000000000, 0}};
    static const uint64_t expected[4][3] = {
        {5, 5, 5}, {4408521, 4206343, 4924831}, {55059890, 54727828, 44063813}, {8529663085, 9143981933, 7121276855}};
    static const uint64_t values[3] = {
        UINT64_C(0x6d129bef3eaa7561), UINT64_C(0x669a5dfd107e8b77), UINT64_C(0x7d983779fa20aa80)};
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 7, "loss", "spoke.3 up");
    for (uint64_t n = 0; n < 3; n++) {
        assert_int_equal(sim_value(&stream, n), values[n]);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(sim_duration(&stream, n, &draws[i]), expected[i][n]);
    }
}

#define MANY 200000

static void distributions_have_their_means(void **state)
{
    const struct sim_draw normal = {SIM_NORMAL, 50000000, 9000000}, exponential = {SIM_EXPONENTIAL, 10000000, 0},
                          uniform = {SIM_UNIFORM, 1000, 3000};
    uint64_t sums[3] = {0}, squares = 0, beyond = 0, hits = 0;
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 1, "mean", "");
    for (uint64_t n = 0; n < MANY; n++) {
        uint64_t x = sim_duration(&stream, n, &normal), y = sim_duration(&stream, n, &exponential);
        uint64_t u = sim_duration(&stream, n, &uniform), away = x > normal.a ? x - normal.a : normal.a - x;

        assert_in_range(u, 1000, 2999);
        sums[0] += x;
        sums[1] += y;
        sums[2] += u;
        squares += away / 1000 * (away / 1000);
        beyond += y > 23025851; /* 2.3 means: one in ten */
        hits += sim_chance(&stream, n, UINT32_MAX / 50);
    }
    assert_in_range(sums[0] / MANY, 49900000, 50100000);
    assert_in_range(squares / MANY, 8900ull * 8900, 9100ull * 9100);
    assert_in_range(sums[1] / MANY, 9930000, 10070000);
    assert_in_range(sums[2] / MANY, 1990, 2010);
    assert_in_range(beyond, MANY / 10 - 500, MANY / 10 + 500);
    assert_in_range(hits, MANY / 50 - 300, MANY / 50 + 300);
    assert_true(sim_chance(&stream, 0, SIM_CERTAIN));
    assert_false(sim_chance(&stream, 0, 0));
    assert_int_equal(sim_below(&stream, 0, 0), 0);
}

/* least * u^(-1 / shape): of shape 2, the mean is twice the least, and one in a hundred is beyond ten times it. */
static void pareto_has_its_tail(void **state)
{
    const struct sim_draw two = {SIM_PARETO, 1000000, 2000}, fat = {SIM_PARETO, 1000, 1000}, thin = {SIM_PARETO, 5000, 100000};
    static const uint64_t expected[3] = {1531799, 1579177, 1427673};
    uint64_t sum = 0, beyond = 0, doubled = 0, most = 0;
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 7, "loss", "spoke.3 up");
    for (uint64_t n = 0; n < 3; n++)
        assert_int_equal(sim_duration(&stream, n, &two), expected[n]);
    sim_stream_init(&stream, 1, "pareto", "");
    for (uint64_t n = 0; n < MANY; n++) {
        uint64_t x = sim_duration(&stream, n, &two), y = sim_duration(&stream, n, &fat);

        assert_true(x >= two.a && y >= fat.a && y <= 65536 * fat.a);
        assert_in_range(sim_duration(&stream, n, &thin), 5000, 8000);
        sum += x / 100;
        beyond += x > 10 * two.a;
        doubled += x > 2 * two.a;
        most = y > most ? y : most;
    }
    assert_in_range(sum / MANY, 19500, 20500);
    assert_in_range(beyond, MANY / 100 - 150, MANY / 100 + 150);
    assert_in_range(doubled, MANY / 4 - 700, MANY / 4 + 700);
    assert_true(most > 10000 * fat.a);
}

static void streams_are_told_apart(void **state)
{
    struct sim_stream a, b;
    uint8_t x[32], y[32];

    (void)state;
    sim_stream_init(&a, 7, "loss", "a up");
    sim_stream_init(&b, 7, "lossa", " up");
    assert_int_not_equal(sim_value(&a, 0), sim_value(&b, 0));
    sim_stream_init(&b, 8, "loss", "a up");
    assert_int_not_equal(sim_value(&a, 0), sim_value(&b, 0));
    sim_derive(x, 7, "key", "hub");
    sim_derive(y, 7, "psk", "hub");
    assert_memory_not_equal(x, y, 32);
}

/* A skewed clock is a function: it never goes back, and its inverse is exact. */
static void clocks_turn_back_exactly(void **state)
{
    static const int32_t skews[] = {0, 1, -1, 50000, -50000, 1000000, -1000000};
    struct sim_stream stream;

    (void)state;
    sim_stream_init(&stream, 1, "clock", "");
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        struct sim_clock clock = {.boot = 123456789, .skew_ppb = skews[i], .wall_ns = WRN_SECOND};

        for (uint64_t n = 0; n < 2000; n++) {
            wrn_time local = clock.boot + sim_below(&stream, n, UINT64_C(1) << (10 + n % 50));
            wrn_time world = sim_clock_world(&clock, local);

            assert_true(sim_clock_local(&clock, world) >= local);
            if (world > 0)
                assert_true(sim_clock_local(&clock, world - 1) < local);
        }
        assert_int_equal(sim_clock_world(&clock, WRN_NEVER), WRN_NEVER);
        assert_int_equal(sim_clock_world(&clock, 5), 0);
    }
    assert_int_equal(sim_clock_wall(&(struct sim_clock){.skew_ppb = 1000000, .wall_ns = 5}, 1000 * WRN_SECOND),
                     1001 * WRN_SECOND + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_reference_vectors), cmocka_unit_test(blake2s_agrees_with_the_provider),
        cmocka_unit_test(xxh64_reference_answers),
        cmocka_unit_test(frozen_draws),              cmocka_unit_test(distributions_have_their_means),
        cmocka_unit_test(pareto_has_its_tail),
        cmocka_unit_test(streams_are_told_apart),    cmocka_unit_test(clocks_turn_back_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
