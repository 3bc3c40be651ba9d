/* Floor 2, stamp: TAI64N labels. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "stamp.h"
#include "support/wireguard.h"

static void p46_p47_stamps_of_the_vectors(void **state)
{
    const struct wireguard *all = wireguard();
    uint8_t               stamp[12];

    (void)state;
    for (size_t i = 0; i < all->stamps; i++) {
        const struct vector_stamp *v = &all->stamp[i];

        wrni_stamp_exact(stamp, v->unix_seconds, v->nanoseconds);
        assert_memory_equal(stamp, v->exact, 12);
        wrni_stamp_make(stamp, v->unix_seconds, v->nanoseconds);
        assert_memory_equal(stamp, v->whitened, 12);
    }
    for (size_t i = 0; i < all->handshakes; i++) {
        wrni_stamp_exact(stamp, all->handshake[i].unix_seconds, all->handshake[i].nanoseconds);
        assert_memory_equal(stamp, all->handshake[i].stamp, 12);
    }
}

static void p46_only_strictly_later_is_after(void **state)
{
    uint8_t a[12], b[12];

    (void)state;
    wrni_stamp_exact(a, 1000, 5);
    wrni_stamp_exact(b, 1000, 5);
    assert_false(wrni_stamp_after(a, b));
    /* Each byte counts, the earlier ones more, and as unsigned numbers. */
    for (unsigned i = 0; i < 12; i++) {
        memset(a, 0x7f, sizeof a);
        memset(b, 0x7f, sizeof b);
        a[i] = 0x80;
        assert_true(wrni_stamp_after(a, b));
        assert_false(wrni_stamp_after(b, a));
        for (unsigned k = i + 1; k < 12; k++)
            b[k] = 0xff;
        assert_true(wrni_stamp_after(a, b));
        assert_false(wrni_stamp_after(b, a));
    }
    memset(b, 0, sizeof b); /* nothing stored yet: everything but zeros is later */
    wrni_stamp_make(a, 0, 0);
    assert_true(wrni_stamp_after(a, b));
}

static bool white(const uint8_t stamp[12])
{
    return stamp[9] == 0 && stamp[10] == 0 && stamp[11] == 0 && wrni_load_be32(stamp + 8) < 1000000000;
}

static void p47_g57_the_low_24_bits_are_never_told(void **state)
{
    uint8_t stamp[12], last[12] = {0};

    (void)state;
    for (uint32_t nanoseconds = 0; nanoseconds < 1000000000; nanoseconds += 99991) {
        wrni_stamp_make(stamp, 1700000000, nanoseconds);
        assert_true(white(stamp));
        assert_true(wrni_load_be32(stamp + 8) <= nanoseconds);
        assert_true(nanoseconds - wrni_load_be32(stamp + 8) < 1u << 24);
        assert_false(wrni_stamp_after(last, stamp));
        memcpy(last, stamp, sizeof last);
    }
}

/* The whitened stamp one slot before a whitened one. */
static void step_back(uint8_t stamp[12])
{
    uint32_t nanoseconds = wrni_load_be32(stamp + 8);

    if (nanoseconds == 0) {
        wrni_store_be64(stamp, wrni_load_be64(stamp) - 1);
        wrni_store_be32(stamp + 8, 0x3b000000);
    } else {
        wrni_store_be32(stamp + 8, nanoseconds - 0x1000000);
    }
}

static void check_next(const uint8_t from[12])
{
    uint8_t next[12], before[12];

    memcpy(next, from, sizeof next);
    wrni_stamp_next(next);
    assert_true(white(next));
    assert_true(wrni_stamp_after(next, from));
    memcpy(before, next, sizeof before);
    step_back(before);
    assert_false(wrni_stamp_after(before, from)); /* so it is the smallest */
}

static void p47_g57_next_is_the_smallest_later_slot(void **state)
{
    static const uint64_t seconds[] = {0, 1, 0xff, 0xffffffff, UINT64_C(0x400000000000000a), UINT64_MAX - 1};
    static const uint32_t nanoseconds[] = {0,          1,          0xffffff,   0x1000000,  0x1000001,  0x3a000000, 0x3affffff,
                                           0x3b000000, 0x3b000001, 0x3b9ac9ff, 0x3b9aca00, 0x7fffffff, 0xffffffff};
    uint8_t               stamp[12];

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        for (size_t k = 0; k < sizeof nanoseconds / sizeof nanoseconds[0]; k++) {
            wrni_store_be64(stamp, seconds[i]);
            wrni_store_be32(stamp + 8, nanoseconds[k]);
            check_next(stamp);
        }
    wrni_stamp_make(stamp, 1700000000, 0);
    for (unsigned i = 0; i < 1000; i++) {
        check_next(stamp);
        wrni_stamp_next(stamp);
    }
    /* 60 slots of a second, so 1000 steps are 16 seconds and 40 slots. */
    assert_int_equal(wrni_load_be64(stamp), UINT64_C(0x400000000000000a) + 1700000016);
    assert_int_equal(wrni_load_be32(stamp + 8), 40u << 24);
}

static void p47_next_saturates_at_the_largest(void **state)
{
    uint8_t stamp[12], largest[12];

    (void)state;
    wrni_store_be64(largest, UINT64_MAX);
    wrni_store_be32(largest + 8, 0x3b000000);
    memcpy(stamp, largest, sizeof stamp);
    step_back(stamp);
    for (unsigned i = 0; i < 3; i++) {
        wrni_stamp_next(stamp);
        assert_memory_equal(stamp, largest, sizeof stamp);
    }
    memset(stamp, 0xff, sizeof stamp);
    wrni_stamp_next(stamp);
    assert_memory_equal(stamp, largest, sizeof stamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p46_p47_stamps_of_the_vectors),
        cmocka_unit_test(p46_only_strictly_later_is_after),
        cmocka_unit_test(p47_g57_the_low_24_bits_are_never_told),
        cmocka_unit_test(p47_g57_next_is_the_smallest_later_slot),
        cmocka_unit_test(p47_next_saturates_at_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
