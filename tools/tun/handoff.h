#ifndef TUN_HANDOFF_H
#define TUN_HANDOFF_H

/*
 * Packets on their way from the lane that read them to the one they belong to, or to control. Many threads put, one takes, in the
 * order of the putting, and works on the copies where they lie:
 *
 *     put, put, wake ->  [ packet | packet |   ...   ]  -> take a run, seal or open it in place, done
 *
 * What does not fit is refused and counted. Whoever puts the first after the taker found it empty must wake the taker.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "warren/types.h"

enum tun_side { TUN_INSIDE, TUN_OUTSIDE }; /* where a packet came in */

struct tun_handoff {
    pthread_mutex_t lock;
    uint8_t        *bytes;
    size_t          size, head, used, held; /* of `used` bytes from head on, `held` are being worked on */
    int             bell;   /* an eventfd */
    bool            called; /* the taker will come: it was woken, or is at work */
    uint64_t        taken, refused; /* packets */
};

/* 0 or an errno. `size`: a multiple of 64; the longest packet, and what is around it, fits twice. */
int  tun_handoff_open(struct tun_handoff *handoff, size_t size);
void tun_handoff_close(struct tun_handoff *handoff);

/* A copy of it, which was handed on `hops` times before. True: tun_handoff_wake must follow some time. */
bool tun_handoff_put(struct tun_handoff *handoff, enum tun_side side, const struct wrn_packet *packet, unsigned hops);
void tun_handoff_wake(struct tun_handoff *handoff);

/* The next packets that came in at one side, at most so many, with room around them as the engine wants it. None: it is empty. */
size_t tun_handoff_take(struct tun_handoff *handoff, enum tun_side *side, struct wrn_packet *packets, size_t most);
/* How often this packet was handed on: one that was taken, or 0 for one that was just read. */
unsigned tun_handoff_hops(const struct wrn_packet *packet);
/* Those that were taken are gone. True: there are others. */
bool tun_handoff_done(struct tun_handoff *handoff);
void tun_handoff_hear(struct tun_handoff *handoff); /* the bell is silent again */
void tun_handoff_counts(struct tun_handoff *handoff, uint64_t *taken, uint64_t *refused);

#endif
