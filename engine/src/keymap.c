#include "keymap.h"

#include "arena.h"
#include "bytes.h"
#include "index.h"

#define CAPACITY_MAX (UINT32_C(1) << 30)
#define HEADER 16u

/* A bucket is a slot plus one, 0 when empty. Keys are compared where they stand: a map is asked once per handshake. */

static uint32_t buckets_for(uint32_t capacity)
{
    uint32_t buckets = 2;
    while (buckets < 2 * capacity)
        buckets *= 2;
    return buckets;
}

static uint32_t *buckets_of(const struct wrni_keymap *map)
{
    return (uint32_t *)(void *)((unsigned char *)map + HEADER);
}

static const uint8_t *key_of(struct wrni_keys keys, uint32_t slot)
{
    return keys.first + keys.stride * slot;
}

static uint32_t home(const struct wrni_keymap *map, const uint8_t key[32])
{
    const struct wrni_index_key seed = {{(uint32_t)map->seed, (uint32_t)(map->seed >> 32)}};
    return wrni_halfsip(&seed, key, 32) & (map->buckets - 1);
}

size_t wrni_keymap_size(uint32_t capacity)
{
    if (capacity > CAPACITY_MAX)
        return SIZE_MAX;
    return wrni_shelf_size(HEADER, buckets_for(capacity), sizeof(uint32_t));
}

void wrni_keymap_init(struct wrni_keymap *map, uint32_t capacity, uint64_t seed)
{
    WRNI_ASSERT(capacity <= CAPACITY_MAX);
    memset(map, 0, wrni_keymap_size(capacity));
    map->capacity = capacity;
    map->buckets = buckets_for(capacity);
    map->seed = seed;
}

uint32_t wrni_keymap_find(const struct wrni_keymap *map, struct wrni_keys keys, const uint8_t key[32])
{
    const uint32_t *buckets = buckets_of(map);
    uint32_t        mask = map->buckets - 1;
    /* Half the buckets are empty, so the walk ends. */
    for (uint32_t at = home(map, key); buckets[at] != 0; at = (at + 1) & mask) {
        if (memcmp(key_of(keys, buckets[at] - 1), key, 32) == 0)
            return buckets[at] - 1;
    }
    return WRNI_NONE;
}

void wrni_keymap_put(struct wrni_keymap *map, struct wrni_keys keys, uint32_t slot)
{
    WRNI_ASSERT(slot < map->capacity);
    uint32_t *buckets = buckets_of(map);
    uint32_t  mask = map->buckets - 1, at = home(map, key_of(keys, slot));
    while (buckets[at] != 0) {
        WRNI_ASSERT(buckets[at] != slot + 1);
        at = (at + 1) & mask;
    }
    buckets[at] = slot + 1;
}

void wrni_keymap_remove(struct wrni_keymap *map, struct wrni_keys keys, uint32_t slot)
{
    WRNI_ASSERT(slot < map->capacity);
    uint32_t *buckets = buckets_of(map);
    uint32_t  mask = map->buckets - 1, hole = home(map, key_of(keys, slot));
    while (buckets[hole] != slot + 1) {
        WRNI_ASSERT(buckets[hole] != 0);
        hole = (hole + 1) & mask;
    }
    for (uint32_t at = (hole + 1) & mask; buckets[at] != 0; at = (at + 1) & mask) {
        /* An entry moves back into the hole unless its home lies behind the hole, on the way to where it stands. */
        uint32_t way = (at - home(map, key_of(keys, buckets[at] - 1))) & mask;
        if (way >= ((at - hole) & mask)) {
            buckets[hole] = buckets[at];
            hole = at;
        }
    }
    buckets[hole] = 0;
}
