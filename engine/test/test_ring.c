/* A ring against a plain queue that shifts. */

#include "block.h"
#include "random.h"

#include "ring.h"

enum { MOST = 64 };

struct queue { uint8_t items[MOST][24]; uint32_t count; };

static void random_operations(uint32_t capacity, uint32_t item_size, uint64_t seed)
{
    struct rng        rng = {seed};
    struct wrni_ring *ring = block_new(wrni_ring_size(capacity, item_size));
    struct queue      queue = {0};
    wrni_ring_init(ring, capacity, item_size);
    for (unsigned step = 0; step < 3000; step++) {
        uint8_t  item[24] = {0};
        uint32_t what = rng_below(&rng, 100);
        /* Long runs of one kind, to reach full and empty. */
        if (what < 94 && (step / 50 + rng_below(&rng, 4)) % 2 == 0) {
            rng_bytes(&rng, item, item_size);
            assert_true(wrni_ring_put(ring, item) == (queue.count < capacity));
            if (queue.count < capacity)
                memcpy(queue.items[queue.count++], item, sizeof item);
        } else if (what < 94) {
            assert_true(wrni_ring_take(ring, item) == (queue.count > 0));
            assert_memory_equal(item, queue.count > 0 ? queue.items[0] : item, item_size);
            if (queue.count > 0)
                memmove(queue.items[0], queue.items[1], --queue.count * sizeof queue.items[0]);
        } else {
            ring = block_moved(ring, wrni_ring_size(capacity, item_size));
        }
        assert_int_equal(ring->count, queue.count);
    }
    free(ring);
}

static void ring_is_a_queue_that_shifts(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 5, 8, 33};
    static const uint32_t sizes[] = {1, 3, 8, 24};
    for (uint64_t i = 0; i < 24; i++)
        random_operations(capacities[i % 6], sizes[i / 6], 77 + i);
}

static void p161_taken_items_are_wiped(void **state)
{
    (void)state;
    const uint8_t     secret[8] = {0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef};
    struct wrni_ring *ring = block_new(wrni_ring_size(3, 8));
    wrni_ring_init(ring, 3, 8);
    for (unsigned i = 0; i < 5; i++) {
        uint8_t out[8];
        assert_true(wrni_ring_put(ring, secret) && wrni_ring_put(ring, secret));
        assert_true(wrni_ring_take(ring, out) && wrni_ring_take(ring, out));
        assert_memory_equal(out, secret, 8);
        const uint8_t *items = (const uint8_t *)ring + sizeof *ring;
        for (unsigned k = 0; k < 24; k++)
            assert_int_equal(items[k], 0);
    }
    free(ring);
}

static void a_ring_of_nothing_is_full_and_empty(void **state)
{
    (void)state;
    uint8_t           item[4] = {0};
    struct wrni_ring *ring = block_new(wrni_ring_size(0, 4));
    wrni_ring_init(ring, 0, 4);
    assert_false(wrni_ring_put(ring, item));
    assert_false(wrni_ring_take(ring, item));
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_is_a_queue_that_shifts),
        cmocka_unit_test(p161_taken_items_are_wiped),
        cmocka_unit_test(a_ring_of_nothing_is_full_and_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
