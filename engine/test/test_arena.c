/* Carving memory: alignment, no overlap, and sizes that do not fit. */

#include "block.h"
#include "random.h"

#include "arena.h"

static void carving_aligns_and_counts(void **state)
{
    (void)state;
    struct wrni_arena arena = {0};
    assert_int_equal(wrni_carve(&arena, 1, 1), 0);
    assert_int_equal(wrni_carve(&arena, 3, 7), 16);
    assert_int_equal(wrni_carve(&arena, 0, 100), 48);
    assert_int_equal(wrni_carve(&arena, 100, 0), 48);
    assert_int_equal(wrni_carve(&arena, 2, 16), 48);
    assert_int_equal(arena.used, 80);
    assert_false(arena.overflow);
}

/* The stupid arena: every byte of a small memory has an owner. */
static void carvings_never_overlap(void **state)
{
    (void)state;
    struct rng rng = {1};
    for (unsigned round = 0; round < 500; round++) {
        static uint8_t    owner[16384];
        struct wrni_arena arena = {0};
        memset(owner, 0, sizeof owner);
        for (uint8_t who = 1; who < 20; who++) {
            size_t count = rng_below(&rng, 20), size = rng_below(&rng, 40);
            size_t at = wrni_carve(&arena, count, size);
            assert_int_equal(at % WRNI_ALIGN, 0);
            assert_true(at + count * size <= arena.used && arena.used <= sizeof owner);
            for (size_t i = 0; i < count * size; i++) {
                assert_int_equal(owner[at + i], 0);
                owner[at + i] = who;
            }
        }
    }
}

static void what_does_not_fit_is_an_overflow_for_good(void **state)
{
    (void)state;
    static const struct { size_t count, size; } bad[] = {
        {SIZE_MAX, 1}, {1, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}, {SIZE_MAX / 2, 3}, {SIZE_MAX - 14, 1}, {(SIZE_MAX >> 4) + 1, 16},
        {(size_t)1 << (sizeof(size_t) * 4), (size_t)1 << (sizeof(size_t) * 4)},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wrni_arena arena = {0};
        wrni_carve(&arena, bad[i].count, bad[i].size);
        assert_true(arena.overflow);
        wrni_carve(&arena, 1, 1);
        assert_true(arena.overflow);
        assert_true(wrni_shelf_size(16, bad[i].count, bad[i].size) == SIZE_MAX);
    }
}

static void the_largest_sum_fits_and_one_more_does_not(void **state)
{
    (void)state;
    struct wrni_arena arena = {0};
    wrni_carve(&arena, 1, SIZE_MAX - 15);
    assert_false(arena.overflow);
    assert_int_equal(wrni_carve(&arena, 0, 1), SIZE_MAX - 15);
    assert_false(arena.overflow);
    wrni_carve(&arena, 1, 1);
    assert_true(arena.overflow);
}

static void a_shelf_is_a_header_and_its_items(void **state)
{
    (void)state;
    assert_int_equal(wrni_shelf_size(8, 0, 4), 16);
    assert_int_equal(wrni_shelf_size(16, 3, 5), 31);
    assert_int_equal(wrni_shelf_size(17, 1, 1), 33);
    struct wrni_arena arena = {16, false};
    wrni_carve(&arena, 1, wrni_shelf_size(16, SIZE_MAX, 2));
    assert_true(arena.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carving_aligns_and_counts),
        cmocka_unit_test(carvings_never_overlap),
        cmocka_unit_test(what_does_not_fit_is_an_overflow_for_good),
        cmocka_unit_test(the_largest_sum_fits_and_one_more_does_not),
        cmocka_unit_test(a_shelf_is_a_header_and_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
