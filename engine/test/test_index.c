/* Receiver indices: a permutation, and one that shows nothing. */

#include "block.h"
#include "random.h"

#include "index.h"

#define SLOTS (UINT32_C(1) << WRNI_INDEX_SLOT_BITS)
#define GENERATIONS (UINT32_C(1) << WRNI_INDEX_GENERATION_BITS)

static const struct wrni_index_key key = {{0x03020100, 0x07060504}};

/* The published vectors of HalfSipHash-2-4: key 00..07, message 00 01 02 ... of growing length, output as little-endian bytes. */
static void halfsip_gives_the_published_answers(void **state)
{
    (void)state;
    static const uint32_t answers[] = {0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a,
                                       0x89466e2a, 0x69b6fac5, 0x23fc6358, 0xc563cf8b};
    uint8_t message[8];
    for (uint8_t length = 0; length < 8; length++) {
        assert_int_equal(wrni_halfsip(&key, message, length), answers[length]);
        message[length] = length;
    }
}

/* Computed once by another hand (Python) from the law in index.h: the same indices on every machine. */
static void frozen_answers(void **state)
{
    (void)state;
    static const struct { uint32_t slot, generation, index; } answers[] = {
        {0, 0, 0x4821a3e3}, {0, 1, 0xef3e2555}, {1, 0, 0x439efc9d}, {SLOTS - 1, 1023, 0xbd3883ef}, {123456, 789, 0x63e8cc16},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_int_equal(wrni_index_make(&key, answers[i].slot, answers[i].generation), answers[i].index);
}

static void check_both_ways(const struct wrni_index_key *by, uint32_t index)
{
    uint32_t slot, generation, again, once_more;
    wrni_index_open(by, index, &slot, &generation);
    assert_true(slot < SLOTS && generation < GENERATIONS);
    assert_int_equal(wrni_index_make(by, slot, generation), index);
    wrni_index_open(by, wrni_index_make(by, index % SLOTS, index >> WRNI_INDEX_SLOT_BITS), &again, &once_more);
    assert_true(again == index % SLOTS && once_more == index >> WRNI_INDEX_SLOT_BITS);
}

static void p51_permutation_is_a_bijection(void **state)
{
    (void)state;
    struct rng rng = {4};
    for (uint32_t i = 0; i < 200000; i++) {
        struct wrni_index_key by = {{(uint32_t)rng_next(&rng), (uint32_t)rng_next(&rng)}};
        check_both_ways(i % 2 == 0 ? &key : &by, (uint32_t)rng_next(&rng));
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        check_both_ways(&key, UINT32_C(1) << bit);
        check_both_ways(&key, ~(UINT32_C(1) << bit));
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* All indices of a corner, sorted: the test of the inverse alone could be fooled by a wrong inverse. */
static void p51_indices_are_unique(void **state)
{
    (void)state;
    enum { COUNT = 256 * 1024 };
    uint32_t *indices = block_new(COUNT * sizeof *indices);
    for (uint32_t i = 0; i < COUNT; i++)
        indices[i] = wrni_index_make(&key, SLOTS - 1 - i / GENERATIONS, i % GENERATIONS);
    qsort(indices, COUNT, sizeof *indices, compare);
    for (uint32_t i = 1; i < COUNT; i++)
        assert_true(indices[i - 1] < indices[i]);
    free(indices);
}

static void p53_zero_and_all_ones_are_legal(void **state)
{
    (void)state;
    struct rng rng = {6};
    for (unsigned i = 0; i < 1000; i++) {
        struct wrni_index_key by = {{(uint32_t)rng_next(&rng), (uint32_t)rng_next(&rng)}};
        check_both_ways(&by, 0);
        check_both_ways(&by, UINT32_MAX);
    }
}

/* Sum of squared deviations of 65,536 samples in 256 bins from 256 each, in units of 1/256: mean 255, deviation 22.6. */
static void check_uniform(const uint32_t samples[65536], const char *what)
{
    for (unsigned shift = 0; shift < 32; shift += 8) {
        int64_t bins[256] = {0}, sum = 0;
        for (unsigned i = 0; i < 65536; i++)
            bins[samples[i] >> shift & 0xff]++;
        for (unsigned i = 0; i < 256; i++)
            sum += (bins[i] - 256) * (bins[i] - 256);
        if (sum < 135 * 256 || sum > 375 * 256)
            fail_msg("%s: byte %u, chi square %lld", what, shift / 8, (long long)(sum / 256));
    }
}

static void g18_indices_are_uniform(void **state)
{
    (void)state;
    static uint32_t samples[65536];
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i, 0);
    check_uniform(samples, "consecutive slots");
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i / GENERATIONS, i % GENERATIONS);
    check_uniform(samples, "all generations of 64 slots");
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i << 6, 1023);
    check_uniform(samples, "distant slots");
}

static void g18_neighbours_are_independent(void **state)
{
    (void)state;
    static uint32_t             samples[65536];
    const struct wrni_index_key other = {{0x03020101, 0x07060504}};
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i, 7) ^ wrni_index_make(&key, i, 8);
    check_uniform(samples, "next generation");
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i, 7) - wrni_index_make(&key, i + 1, 7);
    check_uniform(samples, "next slot");
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i, 7) ^ wrni_index_make(&other, i, 7);
    check_uniform(samples, "another key");
    for (uint32_t i = 0; i < 65536; i++)
        samples[i] = wrni_index_make(&key, i, 7) ^ (i << WRNI_INDEX_GENERATION_BITS | 7);
    check_uniform(samples, "input and output");
}

/* Each bit of the input turns each bit of the output half of the time: 2,048 of 4,096, deviation 32. */
static void g18_every_bit_moves_every_bit(void **state)
{
    (void)state;
    struct rng rng = {8};
    static uint32_t turned[32][32];
    for (unsigned i = 0; i < 4096; i++) {
        uint32_t value = (uint32_t)rng_next(&rng);
        uint32_t index = wrni_index_make(&key, value >> 10, value & 1023);
        for (unsigned in = 0; in < 32; in++) {
            uint32_t other = value ^ UINT32_C(1) << in;
            uint32_t turn = index ^ wrni_index_make(&key, other >> 10, other & 1023);
            for (unsigned out = 0; out < 32; out++)
                turned[in][out] += turn >> out & 1;
        }
    }
    for (unsigned in = 0; in < 32; in++) {
        for (unsigned out = 0; out < 32; out++)
            assert_in_range(turned[in][out], 2048 - 5 * 32, 2048 + 5 * 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halfsip_gives_the_published_answers),
        cmocka_unit_test(frozen_answers),
        cmocka_unit_test(p51_permutation_is_a_bijection),
        cmocka_unit_test(p51_indices_are_unique),
        cmocka_unit_test(p53_zero_and_all_ones_are_legal),
        cmocka_unit_test(g18_indices_are_uniform),
        cmocka_unit_test(g18_neighbours_are_independent),
        cmocka_unit_test(g18_every_bit_moves_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
