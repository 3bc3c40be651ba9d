#ifndef TUN_RING_H
#define TUN_RING_H

/*
 * Small values from one thread to one other, in order, without a lock: orders of the engine to a lane, and its reports back. What was
 * taken is wiped: orders hold session keys. The memory is kept out of core dumps and not swapped out.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tun_ring {
    uint8_t *items;
    size_t   size, room; /* bytes of an item; items, a power of two */
    _Alignas(64) _Atomic size_t put;   /* how many ever */
    _Alignas(64) _Atomic size_t taken; /* likewise */
};

/* False: no memory. */
bool tun_ring_open(struct tun_ring *ring, size_t size, size_t room);
void tun_ring_close(struct tun_ring *ring); /* wipes */
size_t tun_ring_space(const struct tun_ring *ring); /* for whoever puts: at least so many fit */
bool tun_ring_put(struct tun_ring *ring, const void *item);   /* false: it is full */
bool tun_ring_take(struct tun_ring *ring, void *item);        /* false: it is empty */

#endif
