#include "ring.h"

#include <sodium.h>
#include <string.h>

#include "memory.h"

bool tun_ring_open(struct tun_ring *ring, size_t size, size_t room)
{
    *ring = (struct tun_ring){.items = tun_memory_take(size * room), .size = size, .room = room};
    return ring->items != NULL;
}

void tun_ring_close(struct tun_ring *ring)
{
    tun_memory_give(ring->items, ring->size * ring->room);
    *ring = (struct tun_ring){0};
}

static uint8_t *item_at(const struct tun_ring *ring, size_t number)
{
    return ring->items + (number & (ring->room - 1)) * ring->size;
}

size_t tun_ring_space(const struct tun_ring *ring)
{
    return ring->room - (atomic_load_explicit(&ring->put, memory_order_relaxed) - atomic_load(&ring->taken));
}

bool tun_ring_put(struct tun_ring *ring, const void *item)
{
    size_t put = atomic_load_explicit(&ring->put, memory_order_relaxed);
    if (tun_ring_space(ring) == 0)
        return false;
    memcpy(item_at(ring, put), item, ring->size);
    atomic_store(&ring->put, put + 1);
    return true;
}

bool tun_ring_take(struct tun_ring *ring, void *item)
{
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    if (atomic_load(&ring->put) == taken)
        return false;
    memcpy(item, item_at(ring, taken), ring->size);
    sodium_memzero(item_at(ring, taken), ring->size);
    atomic_store(&ring->taken, taken + 1);
    return true;
}
