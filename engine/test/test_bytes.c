/* Integers in memory against shifting one byte at a time, at every alignment; comparison and wiping. */

#include "block.h"
#include "random.h"

#include "bytes.h"

static uint64_t read_big(const uint8_t *p, unsigned length)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < length; i++)
        value = value * 256 + p[i];
    return value;
}

static uint64_t read_little(const uint8_t *p, unsigned length)
{
    uint64_t value = 0;
    while (length-- > 0)
        value = value * 256 + p[length];
    return value;
}

static void loads_and_stores_agree_at_every_alignment(void **state)
{
    (void)state;
    struct rng rng = {2};
    uint8_t    memory[32];
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t *p = memory + round % 16;
        uint64_t value = rng_next(&rng);
        rng_bytes(&rng, memory, sizeof memory);
        assert_true(wrni_load_be16(p) == read_big(p, 2));
        assert_true(wrni_load_be32(p) == read_big(p, 4));
        assert_true(wrni_load_be64(p) == read_big(p, 8));
        assert_true(wrni_load_le32(p) == read_little(p, 4));
        assert_true(wrni_load_le64(p) == read_little(p, 8));
        wrni_store_be16(p, (uint16_t)value);
        assert_true(read_big(p, 2) == (value & 0xffff));
        wrni_store_be32(p, (uint32_t)value);
        assert_true(read_big(p, 4) == (value & UINT32_MAX));
        wrni_store_be64(p, value);
        assert_true(read_big(p, 8) == value);
        wrni_store_le32(p, (uint32_t)value);
        assert_true(read_little(p, 4) == (value & UINT32_MAX));
        wrni_store_le64(p, value);
        assert_true(read_little(p, 8) == value);
    }
}

static void stores_touch_nothing_beside(void **state)
{
    (void)state;
    uint8_t memory[10];
    memset(memory, 7, sizeof memory);
    wrni_store_be16(memory + 1, 0xffff);
    assert_true(memory[0] == 7 && memory[3] == 7);
    wrni_store_le32(memory + 1, UINT32_MAX);
    assert_true(memory[0] == 7 && memory[5] == 7);
    wrni_store_be64(memory + 1, UINT64_MAX);
    assert_true(memory[0] == 7 && memory[9] == 7);
}

static void p37_p162_every_single_bit_makes_a_difference(void **state)
{
    (void)state;
    struct rng rng = {3};
    uint8_t    a[33], b[33], zero[33] = {0};
    for (size_t length = 0; length <= sizeof a; length++) {
        rng_bytes(&rng, a, sizeof a);
        memcpy(b, a, sizeof a);
        assert_true(wrni_equal(a, b, length));
        assert_true(wrni_is_zero(zero, length));
        for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
            uint8_t flip = (uint8_t)(1u << bit % 8);
            b[bit / 8] ^= flip;
            zero[bit / 8] ^= flip;
            assert_true(wrni_equal(a, b, length) == (bit / 8 >= length));
            assert_true(wrni_is_zero(zero, length) == (bit / 8 >= length));
            b[bit / 8] ^= flip;
            zero[bit / 8] ^= flip;
        }
    }
}

static void p161_wiping_zeroes_exactly_its_range(void **state)
{
    (void)state;
    uint8_t memory[70];
    for (size_t length = 0; length <= 64; length++) {
        memset(memory, 0xee, sizeof memory);
        wrni_wipe(memory + 3, length);
        for (size_t i = 0; i < sizeof memory; i++)
            assert_int_equal(memory[i], i >= 3 && i < 3 + length ? 0 : 0xee);
    }
    wrni_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_and_stores_agree_at_every_alignment),
        cmocka_unit_test(stores_touch_nothing_beside),
        cmocka_unit_test(p37_p162_every_single_bit_makes_a_difference),
        cmocka_unit_test(p161_wiping_zeroes_exactly_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
