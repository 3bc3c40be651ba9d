#include "handoff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define UNIT 64u

/* Before each packet. A length of zero: nothing more until the end of the ring. */
struct record {
    uint32_t            size; /* with all that is around the packet */
    uint32_t            length;
    struct wrn_endpoint remote;
    uint16_t            mtu;
    uint8_t             tos, side;
    uint32_t            hops;
};

_Static_assert(sizeof(struct record) <= UNIT, "a packet lies one unit behind its record");

static uint32_t size_for(enum tun_side side, uint32_t length)
{
    uint32_t around = side == TUN_INSIDE ? WRN_HEADROOM + WRN_TAILROOM : 0;
    return UNIT + ((around + length + UNIT - 1) & ~(UNIT - 1));
}

int tun_handoff_open(struct tun_handoff *handoff, size_t size)
{
    *handoff = (struct tun_handoff){.bytes = aligned_alloc(UNIT, size), .size = size};
    handoff->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&handoff->lock, NULL);
    return !handoff->bytes ? ENOMEM : handoff->bell < 0 ? errno : 0;
}

void tun_handoff_close(struct tun_handoff *handoff)
{
    free(handoff->bytes);
    if (handoff->bell >= 0)
        close(handoff->bell);
    pthread_mutex_destroy(&handoff->lock);
    *handoff = (struct tun_handoff){.bell = -1};
}

/* Room for so many bytes that lie together, behind all others; null: there is none. */
static struct record *place(struct tun_handoff *handoff, uint32_t size)
{
    size_t tail = (handoff->head + handoff->used) % handoff->size, skip = handoff->size - tail < size ? handoff->size - tail : 0;
    if (handoff->size - handoff->used < skip + size)
        return NULL;
    if (skip) {
        *(struct record *)(void *)(handoff->bytes + tail) = (struct record){.size = (uint32_t)skip};
        handoff->used += skip;
        tail = 0;
    }
    handoff->used += size;
    return (void *)(handoff->bytes + tail);
}

bool tun_handoff_put(struct tun_handoff *handoff, enum tun_side side, const struct wrn_packet *packet, unsigned hops)
{
    uint32_t size = size_for(side, packet->length);
    pthread_mutex_lock(&handoff->lock);
    struct record *record = packet->length ? place(handoff, size) : NULL;
    if (record) {
        *record = (struct record){.size = size,
                                  .length = packet->length,
                                  .remote = packet->remote,
                                  .mtu = packet->mtu,
                                  .tos = packet->tos,
                                  .side = (uint8_t)side,
                                  .hops = hops};
        memcpy((uint8_t *)record + UNIT + (side == TUN_INSIDE ? WRN_HEADROOM : 0), packet->data + packet->offset, packet->length);
    } else {
        handoff->refused++;
    }
    bool call = record && !handoff->called;
    handoff->called |= call;
    pthread_mutex_unlock(&handoff->lock);
    return call;
}

void tun_handoff_wake(struct tun_handoff *handoff)
{
    const uint64_t one = 1;
    if (write(handoff->bell, &one, sizeof one) == (ssize_t)sizeof one)
        return;
    pthread_mutex_lock(&handoff->lock);
    handoff->called = false; /* whoever puts next tries again */
    pthread_mutex_unlock(&handoff->lock);
}

void tun_handoff_hear(struct tun_handoff *handoff)
{
    uint64_t rung;
    (void)!read(handoff->bell, &rung, sizeof rung);
}

static struct wrn_packet packet_of(struct record *record)
{
    return (struct wrn_packet){.data = (uint8_t *)record + UNIT,
                               .capacity = record->size - UNIT,
                               .offset = record->side == TUN_INSIDE ? WRN_HEADROOM : 0,
                               .length = record->length,
                               .mtu = record->mtu,
                               .tos = record->tos,
                               .remote = record->remote,
                               .user = record};
}

size_t tun_handoff_take(struct tun_handoff *handoff, enum tun_side *side, struct wrn_packet *packets, size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&handoff->lock);
    while (count < most && handoff->held < handoff->used) {
        struct record *record = (void *)(handoff->bytes + (handoff->head + handoff->held) % handoff->size);
        if (record->length) {
            if (count > 0 && record->side != *side)
                break;
            *side = record->side;
            packets[count++] = packet_of(record);
        }
        handoff->held += record->size;
    }
    handoff->taken += count;
    pthread_mutex_unlock(&handoff->lock);
    return count;
}

unsigned tun_handoff_hops(const struct wrn_packet *packet)
{
    const struct record *record = packet->user;
    return record ? record->hops : 0;
}

bool tun_handoff_done(struct tun_handoff *handoff)
{
    pthread_mutex_lock(&handoff->lock);
    handoff->head = (handoff->head + handoff->held) % handoff->size;
    handoff->used -= handoff->held;
    handoff->held = 0;
    if (handoff->used == 0)
        handoff->head = 0; /* the same memory again, which is still in the cache */
    bool more = handoff->used > 0;
    handoff->called = more;
    pthread_mutex_unlock(&handoff->lock);
    return more;
}

void tun_handoff_counts(struct tun_handoff *handoff, uint64_t *taken, uint64_t *refused)
{
    pthread_mutex_lock(&handoff->lock);
    *taken = handoff->taken;
    *refused = handoff->refused;
    pthread_mutex_unlock(&handoff->lock);
}
