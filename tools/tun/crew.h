#ifndef TUN_CREW_H
#define TUN_CREW_H

/*
 * Threads that seal and open packets beside the one that has the engine: a provider over a provider. Packets stay in their order,
 * since the engine gives a batch and gets it back whole; what a helper touches are the packets of its share and its own context.
 *
 * A small batch is not shared: it is done before a helper would be awake.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "warren/crypto.h"

#define TUN_CREW_MOST 16u
#define TUN_CREW_SHARE 16u /* packets that one thread takes at a time */

struct tun_crew {
    const struct wrn_crypto *crypto;
    void                    *contexts[TUN_CREW_MOST]; /* the first is of the thread that has the engine */
    unsigned                 threads, started;        /* the former with that thread, the latter without it */
    pthread_t                helpers[TUN_CREW_MOST];
    pthread_mutex_t          lock; /* over all that follows */
    pthread_cond_t           work, done;
    struct wrn_aead         *operations;
    size_t                   count, taken, finished;
    unsigned                 awake; /* helpers that have begun to wait for work */
    bool                     seal, stop;
};

/* Its context is a crew. What is no AEAD of packets goes to the crew's provider, on the calling thread. */
extern const struct wrn_crypto tun_crew_crypto;

/* As many threads as there are contexts, 1 to TUN_CREW_MOST, the calling one among them. Starts none. */
void tun_crew_open(struct tun_crew *crew, const struct wrn_crypto *crypto, void *const contexts[], unsigned threads);
/* How many helpers run from now on; fewer where the machine gives no more threads, and then those share the work. */
unsigned tun_crew_start(struct tun_crew *crew);
void tun_crew_close(struct tun_crew *crew);

#endif
