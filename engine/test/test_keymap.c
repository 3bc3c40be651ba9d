/* Public keys against a list that is searched whole. */

#include "block.h"
#include "random.h"

#include "keymap.h"

enum { STRIDE = 37 }; /* keys need no alignment */

struct world {
    struct wrni_keymap *map;
    uint8_t            *keys;
    bool               *present;
    uint32_t            capacity;
};

static struct wrni_keys keys_of(const struct world *world)
{
    return (struct wrni_keys){world->keys, STRIDE};
}

static struct world world_new(uint32_t capacity, uint64_t seed)
{
    struct world world = {block_new(wrni_keymap_size(capacity)), block_new((size_t)STRIDE * capacity),
                          block_new(capacity * sizeof(bool)), capacity};
    wrni_keymap_init(world.map, capacity, seed);
    memset(world.present, 0, capacity * sizeof(bool));
    return world;
}

static void world_free(struct world *world)
{
    free(world->map);
    free(world->keys);
    free(world->present);
}

/* Keys out of a small family, so that a key comes back and neighbours differ in one bit only. */
static void draw_key(struct rng *rng, uint8_t key[32])
{
    memset(key, 0, 32);
    key[rng_below(rng, 32)] ^= (uint8_t)(1u << rng_below(rng, 8));
    key[rng_below(rng, 2)] ^= (uint8_t)(1u << rng_below(rng, 2));
}

static uint32_t naive_find(const struct world *world, const uint8_t key[32])
{
    for (uint32_t slot = 0; slot < world->capacity; slot++) {
        if (world->present[slot] && memcmp(world->keys + (size_t)STRIDE * slot, key, 32) == 0)
            return slot;
    }
    return WRNI_NONE;
}

static void random_operations(uint32_t capacity, uint64_t seed)
{
    struct rng   rng = {seed};
    struct world world = world_new(capacity, rng_next(&rng));
    uint32_t     wanted = capacity;
    for (unsigned step = 0; step < 6000; step++) {
        uint32_t slot = rng_below(&rng, capacity), live = 0;
        uint8_t  key[32];
        draw_key(&rng, key);
        assert_int_equal(wrni_keymap_find(world.map, keys_of(&world), key), naive_find(&world, key));
        for (uint32_t i = 0; i < capacity; i++)
            live += world.present[i];
        if (!world.present[slot] && live < wanted && naive_find(&world, key) == WRNI_NONE) {
            memcpy(world.keys + (size_t)STRIDE * slot, key, 32);
            wrni_keymap_put(world.map, keys_of(&world), slot);
            world.present[slot] = true;
        } else if (world.present[slot] && rng_below(&rng, 2) == 0) {
            wrni_keymap_remove(world.map, keys_of(&world), slot);
            world.present[slot] = false;
            memset(world.keys + (size_t)STRIDE * slot, 0xcc, 32);
        }
        if (step % 500 == 0) {
            world.map = block_moved(world.map, wrni_keymap_size(capacity));
            world.keys = block_moved(world.keys, (size_t)STRIDE * capacity);
            wanted = rng_below(&rng, capacity) + 1;
        }
    }
    for (uint32_t slot = 0; slot < capacity; slot++) {
        if (world.present[slot])
            wrni_keymap_remove(world.map, keys_of(&world), slot);
    }
    const uint32_t *buckets = (const uint32_t *)(const void *)((const char *)world.map + 16);
    for (uint32_t i = 0; i < world.map->buckets; i++)
        assert_int_equal(buckets[i], 0);
    world_free(&world);
}

static void keymap_is_a_list_searched_whole(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 4, 7, 8, 16, 64, 200};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        for (uint64_t seed = 0; seed < 4; seed++)
            random_operations(capacities[i], 1000 + 10 * i + seed);
    }
}

static void the_seed_moves_the_places(void **state)
{
    (void)state;
    enum { CAPACITY = 64 };
    struct world a = world_new(CAPACITY, 1), b = world_new(CAPACITY, UINT64_C(1) << 32);
    struct rng   rng = {5};
    rng_bytes(&rng, a.keys, (size_t)STRIDE * CAPACITY);
    for (uint32_t slot = 0; slot < CAPACITY; slot++) {
        wrni_keymap_put(a.map, keys_of(&a), slot);
        wrni_keymap_put(b.map, keys_of(&a), slot);
    }
    assert_memory_not_equal((char *)a.map + 16, (char *)b.map + 16, wrni_keymap_size(CAPACITY) - 16);
    world_free(&a);
    world_free(&b);
}

static void size_is_eight_bytes_an_entry(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity <= UINT32_C(1) << 20; capacity *= 2)
        assert_int_equal(wrni_keymap_size(capacity), 16 + 8 * (size_t)capacity);
    assert_true(wrni_keymap_size(UINT32_MAX) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keymap_is_a_list_searched_whole),
        cmocka_unit_test(the_seed_moves_the_places),
        cmocka_unit_test(size_is_eight_bytes_an_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
