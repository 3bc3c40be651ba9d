/* Deadlines against an array that is searched whole. */

#include "block.h"
#include "random.h"

#include "heap.h"

struct pair {
    struct wrni_heap *heap;
    wrn_time         *times; /* the oracle: by id */
    uint32_t          capacity;
};

static struct pair pair_new(uint32_t capacity)
{
    struct pair pair = {block_new(wrni_heap_size(capacity)), block_new((capacity + 1) * sizeof(wrn_time)), capacity};
    wrni_heap_init(pair.heap, capacity);
    for (uint32_t i = 0; i < capacity; i++)
        pair.times[i] = WRN_NEVER;
    return pair;
}

static void pair_free(struct pair *pair)
{
    free(pair->heap);
    free(pair->times);
}

static void pair_grow(struct pair *pair, uint32_t capacity)
{
    struct pair larger = pair_new(capacity);
    memcpy(larger.times, pair->times, pair->capacity * sizeof(wrn_time));
    wrni_heap_copy(larger.heap, pair->heap);
    pair_free(pair);
    *pair = larger;
}

static void check_least(const struct pair *pair)
{
    wrn_time best = WRN_NEVER;
    uint32_t best_id = 0, id = 12345;
    for (uint32_t i = 0; i < pair->capacity; i++) {
        if (pair->times[i] < best) {
            best = pair->times[i];
            best_id = i;
        }
    }
    assert_true(wrni_heap_least(pair->heap, NULL) == best);
    assert_true(wrni_heap_least(pair->heap, &id) == best);
    assert_int_equal(id, best == WRN_NEVER ? 12345 : best_id);
}

/* Few different times, so that most of the order is decided by id. */
static wrn_time draw_time(struct rng *rng)
{
    switch (rng_below(rng, 8)) {
    case 0: return WRN_NEVER;
    case 1: return WRN_NEVER - 1;
    case 2: return 0;
    case 3: return rng_next(rng);
    default: return rng_below(rng, 10);
    }
}

static void random_operations(uint32_t capacity, uint64_t seed)
{
    struct rng  rng = {seed};
    struct pair pair = pair_new(capacity);
    for (unsigned step = 0; step < 3000; step++) {
        uint32_t id = rng_below(&rng, pair.capacity), what = rng_below(&rng, 100);
        if (what < 60) {
            pair.times[id] = draw_time(&rng);
            wrni_heap_set(pair.heap, id, pair.times[id]);
        } else if (what < 80) {
            pair.times[id] = WRN_NEVER;
            wrni_heap_remove(pair.heap, id);
        } else if (what < 97 && wrni_heap_least(pair.heap, &id) != WRN_NEVER) {
            pair.times[id] = WRN_NEVER;
            wrni_heap_remove(pair.heap, id);
        } else if (what == 98) {
            pair.heap = block_moved(pair.heap, wrni_heap_size(pair.capacity));
        } else if (what == 99 && pair.capacity < 4 * capacity) {
            pair_grow(&pair, pair.capacity + rng_below(&rng, 3));
        }
        check_least(&pair);
        id = rng_below(&rng, pair.capacity);
        assert_true(wrni_heap_time(pair.heap, id) == pair.times[id]);
    }
    uint32_t present = 0;
    for (uint32_t i = 0; i < pair.capacity; i++)
        present += pair.times[i] != WRN_NEVER;
    assert_int_equal(pair.heap->count, present);
    pair_free(&pair);
}

static void heap_is_an_array_searched_whole(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 4, 5, 6, 16, 17, 21, 22, 64, 300};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        for (uint64_t seed = 0; seed < 4; seed++)
            random_operations(capacities[i], 100 * i + seed);
    }
}

static void order_does_not_depend_on_history(void **state)
{
    (void)state;
    enum { IDS = 200 };
    struct rng        rng = {9};
    struct wrni_heap *up = block_new(wrni_heap_size(IDS)), *down = block_new(wrni_heap_size(IDS));
    wrni_heap_init(up, IDS);
    wrni_heap_init(down, IDS);
    wrn_time times[IDS];
    for (uint32_t i = 0; i < IDS; i++) {
        times[i] = rng_below(&rng, 7);
        wrni_heap_set(up, i, rng_below(&rng, 20));
        wrni_heap_set(up, i, times[i]);
    }
    for (uint32_t i = IDS; i-- > 0;)
        wrni_heap_set(down, i, times[i]);
    wrn_time last_time = 0;
    uint32_t last_id = 0;
    for (uint32_t i = 0; i < IDS; i++) {
        uint32_t a = 0, b = 0;
        wrn_time time = wrni_heap_least(up, &a);
        assert_true(wrni_heap_least(down, &b) == time && a == b && time == times[a]);
        assert_true(i == 0 || time > last_time || (time == last_time && a > last_id));
        last_time = time;
        last_id = a;
        wrni_heap_remove(up, a);
        wrni_heap_set(down, a, WRN_NEVER);
    }
    assert_true(up->count == 0 && down->count == 0);
    free(up);
    free(down);
}

static void memory_is_zero_at_init_and_small(void **state)
{
    (void)state;
    for (uint32_t capacity = 0; capacity < 40; capacity++) {
        size_t            size = wrni_heap_size(capacity);
        struct wrni_heap *heap = block_new(size);
        wrni_heap_init(heap, capacity);
        assert_true(size <= 16 + 20 * (size_t)capacity);
        assert_int_equal(heap->capacity, capacity);
        heap->capacity = 0;
        for (size_t i = 0; i < size; i++)
            assert_int_equal(((unsigned char *)heap)[i], 0);
        free(heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_is_an_array_searched_whole),
        cmocka_unit_test(order_does_not_depend_on_history),
        cmocka_unit_test(memory_is_zero_at_init_and_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
