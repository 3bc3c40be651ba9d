#include "ring.h"

#include "arena.h"
#include "bytes.h"

static unsigned char *item_at(const struct wrni_ring *ring, uint32_t place)
{
    uint32_t room = ring->capacity - ring->head;
    uint32_t at = place < room ? ring->head + place : place - room;
    return (unsigned char *)ring + sizeof *ring + (size_t)at * ring->item_size;
}

size_t wrni_ring_size(uint32_t capacity, uint32_t item_size)
{
    return wrni_shelf_size(sizeof(struct wrni_ring), capacity, item_size);
}

void wrni_ring_init(struct wrni_ring *ring, uint32_t capacity, uint32_t item_size)
{
    memset(ring, 0, wrni_ring_size(capacity, item_size));
    ring->capacity = capacity;
    ring->item_size = item_size;
}

bool wrni_ring_put(struct wrni_ring *ring, const void *item)
{
    if (ring->count == ring->capacity)
        return false;
    memcpy(item_at(ring, ring->count), item, ring->item_size);
    ring->count++;
    return true;
}

bool wrni_ring_take(struct wrni_ring *ring, void *item)
{
    if (ring->count == 0)
        return false;
    unsigned char *at = item_at(ring, 0);
    memcpy(item, at, ring->item_size);
    wrni_wipe(at, ring->item_size);
    ring->head = ring->head + 1 == ring->capacity ? 0 : ring->head + 1;
    ring->count--;
    return true;
}
