/* Rates: the scripted times, and both kinds of bucket against the other way to write them, a virtual clock. */

#include "block.h"
#include "random.h"

#include "bucket.h"

#define MS WRN_MILLISECOND

static struct wrn_endpoint v4(uint32_t address, uint16_t port)
{
    struct wrn_endpoint from = {.port = port, .family = 4};
    for (unsigned i = 0; i < 4; i++)
        from.address[i] = (uint8_t)(address >> (24 - 8 * i));
    return from;
}

static struct wrn_endpoint v6(uint64_t network, uint64_t host)
{
    struct wrn_endpoint from = {.family = 6};
    for (unsigned i = 0; i < 8; i++) {
        from.address[i] = (uint8_t)(network >> (56 - 8 * i));
        from.address[8 + i] = (uint8_t)(host >> (56 - 8 * i));
    }
    return from;
}

static struct wrni_sources *sources_new(uint32_t capacity, uint64_t seed)
{
    struct wrni_sources *sources = block_new(wrni_sources_size(capacity));
    wrni_sources_init(sources, capacity, seed);
    return sources;
}

static bool allow(struct wrni_sources *sources, struct wrn_endpoint from, wrn_time now)
{
    return wrni_sources_allow(sources, &from, now);
}

/* Five at once, not six; then one per 50 ms that have passed. */
static void check_timings(struct wrni_sources *sources, struct wrn_endpoint from, wrn_time now)
{
    for (unsigned i = 0; i < 5; i++)
        assert_true(allow(sources, from, now));
    assert_false(allow(sources, from, now));
    assert_false(allow(sources, from, now + 50 * MS - 1));
    now += 50 * MS;
    assert_true(allow(sources, from, now));
    assert_false(allow(sources, from, now));
    now += 100 * MS;
    assert_true(allow(sources, from, now));
    assert_true(allow(sources, from, now));
    assert_false(allow(sources, from, now));
    now += 250 * MS;
    for (unsigned i = 0; i < 5; i++)
        assert_true(allow(sources, from, now));
    assert_false(allow(sources, from, now));
}

static void p41_burst_of_five_then_twenty_a_second(void **state)
{
    (void)state;
    static const wrn_time starts[] = {0, 1, 49 * MS, 1000 * MS, UINT64_C(1) << 62};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct wrni_sources *sources = sources_new(16, i);
        check_timings(sources, v4(0xc0000201, 1), starts[i]);
        check_timings(sources, v6(0x20010db800000000, 1), starts[i]);
        free(sources);
    }
}

static void p41_ipv4_by_address_ipv6_by_64_bits(void **state)
{
    (void)state;
    struct wrni_sources *sources = sources_new(16, 3);
    for (uint16_t i = 0; i < 5; i++) {
        assert_true(allow(sources, v4(0x0a000001, i), 0));
        assert_true(allow(sources, v6(0x20010db800000001, i * UINT64_C(0x100000000)), 0));
    }
    assert_false(allow(sources, v4(0x0a000001, 99), 0));
    assert_false(allow(sources, v6(0x20010db800000001, UINT64_MAX), 0));
    assert_true(allow(sources, v4(0x0a000002, 0), 0));
    assert_true(allow(sources, v6(0x20010db800000000, 0), 0));
    assert_true(allow(sources, v6(0x20010db900000001, 0), 0));
    /* The same bytes in both families are two sources. */
    assert_true(allow(sources, v6(0x0a00000100000000, 0), 0));
    assert_int_equal(wrni_sources_live(sources, 0), 6);
    free(sources);
}

/* Bytes of an endpoint beyond its family's address do not make another source. */
static void p41_the_rest_of_an_endpoint_does_not_matter(void **state)
{
    (void)state;
    struct wrni_sources *sources = sources_new(16, 3);
    struct rng           rng = {21};
    for (unsigned i = 0; i < 6; i++) {
        struct wrn_endpoint from;
        rng_bytes(&rng, (uint8_t *)&from, sizeof from);
        memcpy(from.address, "\x0a\x01\x02\x03", 4);
        from.family = 4;
        assert_true(allow(sources, from, 5) == (i < 5));
    }
    free(sources);
}

static void p42_a_full_table_denies_until_one_is_idle_for_a_second(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity <= 64; capacity++) {
        struct wrni_sources *sources = sources_new(capacity, capacity);
        /* v4 and v6 share the limit. */
        for (uint32_t i = 0; i < capacity; i++)
            assert_true(allow(sources, i % 3 == 0 ? v6(i, 0) : v4(i, 0), i));
        assert_int_equal(wrni_sources_live(sources, capacity), capacity);
        assert_false(allow(sources, v4(1000, 0), capacity));
        assert_false(allow(sources, v6(1000, 0), capacity));
        assert_true(allow(sources, v6(0, 7), capacity)); /* a known one still has tokens, and is now the youngest */
        assert_false(allow(sources, v4(1000, 0), WRN_SECOND - 1));
        assert_true(allow(sources, v4(1000, 0), WRN_SECOND + (capacity > 1 ? 1 : capacity)));
        if (capacity > 1)
            assert_false(allow(sources, v4(1001, 0), WRN_SECOND + 1));
        assert_true(allow(sources, v4(1001, 0), 3 * WRN_SECOND));
        assert_int_equal(wrni_sources_live(sources, 3 * WRN_SECOND), 1);
        free(sources);
    }
}

static void p42_a_large_table_takes_many_and_never_more_than_its_capacity(void **state)
{
    (void)state;
    enum { CAPACITY = 1024 };
    struct wrni_sources *sources = sources_new(CAPACITY, 99);
    uint32_t             taken = 0;
    for (uint32_t i = 0; i < CAPACITY * 3 / 4; i++)
        assert_true(allow(sources, v4(i, 0), 0));
    for (uint32_t i = 0; i < 20 * CAPACITY; i++)
        taken += allow(sources, v6(i, 0), 0);
    assert_int_equal(wrni_sources_live(sources, 0), CAPACITY);
    assert_int_equal(taken, CAPACITY / 4);
    assert_false(allow(sources, v4(UINT32_MAX, 0), 0));
    assert_true(allow(sources, v4(0, 0), 0));
    free(sources);
}

/* Section 24, rule 8: what is denied keeps its entry alive. */
static void p42_a_denied_packet_refreshes_its_entry(void **state)
{
    (void)state;
    struct wrni_sources *sources = sources_new(1, 1);
    wrn_time             now = 0;
    for (unsigned i = 0; i < 200; i++, now += 10 * MS)
        allow(sources, v4(1, 0), now);
    assert_false(allow(sources, v4(1, 0), now - 10 * MS));
    assert_false(allow(sources, v4(2, 0), now - 10 * MS + WRN_SECOND - 1));
    assert_true(allow(sources, v4(2, 0), now - 10 * MS + WRN_SECOND));
    free(sources);
}

static void time_that_goes_back_stands_still(void **state)
{
    (void)state;
    struct wrni_sources *sources = sources_new(4, 1);
    for (unsigned i = 0; i < 5; i++)
        assert_true(allow(sources, v4(1, 0), WRN_SECOND - i));
    for (wrn_time now = WRN_SECOND; now > 0; now -= 50 * MS)
        assert_false(allow(sources, v4(1, 0), now));
    assert_false(allow(sources, v4(1, 0), WRN_SECOND + 50 * MS - 1));
    assert_true(allow(sources, v4(1, 0), WRN_SECOND + 50 * MS));
    free(sources);
}

/* The twin of sources: a list, and per source the time at which it owes nothing any more. */
struct debtor { struct wrn_endpoint who; wrn_time free_at, last; };

struct debtors { struct debtor list[64]; uint32_t count, capacity; };

static bool debtors_allow(struct debtors *all, const struct wrn_endpoint *from, wrn_time now)
{
    struct debtor *it = NULL;
    uint32_t       kept = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        if (now - all->list[i].last < WRN_SECOND)
            all->list[kept++] = all->list[i];
    }
    all->count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        if (all->list[i].who.family == from->family &&
            memcmp(all->list[i].who.address, from->address, from->family == 4 ? 4 : 8) == 0)
            it = &all->list[i];
    }
    if (it == NULL) {
        if (all->count == all->capacity)
            return false;
        it = &all->list[all->count++];
        it->who = *from;
        it->free_at = now;
    }
    it->last = now;
    wrn_time after = (it->free_at > now ? it->free_at : now) + 50 * MS;
    if (after > now + 250 * MS)
        return false;
    it->free_at = after;
    return true;
}

static void p41_p42_sources_are_a_list_with_debts(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng           rng = {seed};
        uint32_t             capacity = 1 + rng_below(&rng, 12), people = 1 + rng_below(&rng, 20);
        struct wrni_sources *sources = sources_new(capacity, rng_next(&rng));
        struct debtors       debtors = {.capacity = capacity};
        wrn_time             now = rng_next(&rng) >> 8;
        for (unsigned step = 0; step < 2000; step++) {
            static const uint64_t paces[] = {1, 10 * MS, 60 * MS, 1200 * MS};
            now += rng_next(&rng) % paces[rng_below(&rng, 2) + seed % 3];
            uint32_t            who = rng_below(&rng, people);
            struct wrn_endpoint from = who % 2 == 0 ? v4(who, (uint16_t)step) : v6(who, rng_next(&rng));
            assert_true(allow(sources, from, now) == debtors_allow(&debtors, &from, now));
            assert_int_equal(wrni_sources_live(sources, now), debtors.count);
            if (rng_below(&rng, 50) == 0)
                sources = block_moved(sources, wrni_sources_size(capacity));
            if (rng_below(&rng, 200) == 0 && capacity < 60) {
                uint32_t             more = capacity + rng_below(&rng, 3);
                struct wrni_sources *larger = sources_new(more, 0);
                wrni_sources_copy(larger, sources);
                free(sources);
                sources = larger;
                debtors.capacity = capacity = more;
            }
        }
        free(sources);
    }
}

/* A large table that grows keeps what its sources owe. */
static void p42_growing_forgets_nobody(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rng           rng = {seed};
        uint32_t             capacity = 200 + rng_below(&rng, 900), more = capacity + rng_below(&rng, 1500);
        struct wrni_sources *sources = sources_new(capacity, rng_next(&rng)), *larger = sources_new(more, 1);
        for (uint32_t i = 0; i < capacity; i++) {
            for (unsigned k = 0; k < 6; k++)
                allow(sources, v4(i, 0), 0);
        }
        uint32_t live = wrni_sources_live(sources, 0);
        wrni_sources_copy(larger, sources);
        assert_int_equal(wrni_sources_live(larger, 0), live);
        for (uint32_t i = 0; i < capacity / 2; i++)
            assert_false(allow(larger, v4(i, 0), 0));
        free(sources);
        free(larger);
    }
}

/* One bucket against the virtual clock. */
static void p39_bucket_is_a_virtual_clock(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 3, 20, 1000, 1000000, 1000000000};
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng         rng = {seed};
        uint32_t           rate = rates[seed % 6], burst = rng_below(&rng, seed % 2 == 0 ? 5 : 2000);
        wrn_time           now = rng_next(&rng) >> 4, cost = WRN_SECOND / rate, free_at = now;
        struct wrni_bucket bucket;
        wrni_bucket_init(&bucket, rate, burst, now);
        for (unsigned step = 0; step < 5000; step++) {
            now += rng_below(&rng, 500) == 0 ? rng_next(&rng) % (cost * 5000) : rng_next(&rng) % (cost * 2);
            wrn_time after = (free_at > now ? free_at : now) + cost;
            bool     good = after <= now + burst * cost;
            if (good)
                free_at = after;
            assert_true(wrni_bucket_take(&bucket, rate, burst, now) == good);
        }
    }
}

static void bucket_edges(void **state)
{
    (void)state;
    struct wrni_bucket bucket;
    wrni_bucket_init(&bucket, 0, 10, 0);
    assert_false(wrni_bucket_take(&bucket, 0, 10, UINT64_MAX));
    wrni_bucket_init(&bucket, 10, 0, 0);
    assert_false(wrni_bucket_take(&bucket, 10, 0, UINT64_MAX));
    /* Faster than a nanosecond can tell: no limit, but a burst of nothing still refuses. */
    wrni_bucket_init(&bucket, UINT32_MAX, 1, 0);
    assert_true(wrni_bucket_take(&bucket, UINT32_MAX, 1, 0) && wrni_bucket_take(&bucket, UINT32_MAX, 1, 0));
    assert_false(wrni_bucket_take(&bucket, UINT32_MAX, 0, 0));
    wrni_bucket_init(&bucket, 1, UINT32_MAX, 0);
    for (unsigned i = 0; i < 10; i++)
        assert_true(wrni_bucket_take(&bucket, 1, UINT32_MAX, i % 2 == 0 ? UINT64_MAX : 0));
    wrni_bucket_init(&bucket, 1000, 2, 5 * WRN_SECOND);
    assert_true(wrni_bucket_take(&bucket, 1000, 2, 5 * WRN_SECOND));
    assert_true(wrni_bucket_take(&bucket, 1000, 2, WRN_SECOND));
    assert_false(wrni_bucket_take(&bucket, 1000, 2, 2 * WRN_SECOND));
    assert_false(wrni_bucket_take(&bucket, 1000, 2, 5 * WRN_SECOND + MS - 1));
    assert_true(wrni_bucket_take(&bucket, 1000, 2, 5 * WRN_SECOND + MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p41_burst_of_five_then_twenty_a_second),
        cmocka_unit_test(p41_ipv4_by_address_ipv6_by_64_bits),
        cmocka_unit_test(p41_the_rest_of_an_endpoint_does_not_matter),
        cmocka_unit_test(p42_a_full_table_denies_until_one_is_idle_for_a_second),
        cmocka_unit_test(p42_a_large_table_takes_many_and_never_more_than_its_capacity),
        cmocka_unit_test(p42_a_denied_packet_refreshes_its_entry),
        cmocka_unit_test(time_that_goes_back_stands_still),
        cmocka_unit_test(p41_p42_sources_are_a_list_with_debts),
        cmocka_unit_test(p42_growing_forgets_nobody),
        cmocka_unit_test(p39_bucket_is_a_virtual_clock),
        cmocka_unit_test(bucket_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
