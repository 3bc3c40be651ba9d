#include "crew.h"

#include <string.h>

#define STACK_BYTES (256u << 10)

/* A share of what waits, done by the thread with this number. False: there was none. Called with the lock, returns with it. */
static bool take_share(struct tun_crew *crew, unsigned number)
{
    size_t at = crew->taken, left = crew->count - at, share = left < TUN_CREW_SHARE ? left : TUN_CREW_SHARE;
    struct wrn_aead *operations = crew->operations + at;
    bool seal = crew->seal;
    if (share == 0)
        return false;
    crew->taken += share;
    pthread_mutex_unlock(&crew->lock);
    if (seal)
        crew->crypto->seal(crew->contexts[number], operations, share);
    else
        crew->crypto->open(crew->contexts[number], operations, share);
    pthread_mutex_lock(&crew->lock);
    crew->finished += share;
    if (crew->finished == crew->count)
        pthread_cond_signal(&crew->done);
    return true;
}

/* Numbers are given in the order in which helpers arrive. */
static void *help(void *argument)
{
    struct tun_crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    unsigned number = ++crew->awake;
    pthread_cond_signal(&crew->done);
    while (!crew->stop) {
        if (!take_share(crew, number))
            pthread_cond_wait(&crew->work, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void share_out(struct tun_crew *crew, struct wrn_aead *operations, size_t count, bool seal)
{
    size_t shares = (count + TUN_CREW_SHARE - 1) / TUN_CREW_SHARE;
    pthread_mutex_lock(&crew->lock);
    crew->operations = operations;
    crew->count = count;
    crew->taken = crew->finished = 0;
    crew->seal = seal;
    for (size_t i = 1; i < shares && i <= crew->started; i++)
        pthread_cond_signal(&crew->work);
    while (take_share(crew, 0))
        ;
    while (crew->finished < count)
        pthread_cond_wait(&crew->done, &crew->lock);
    crew->count = crew->taken = 0;
    crew->operations = NULL;
    pthread_mutex_unlock(&crew->lock);
}

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct tun_crew *crew = context;
    if (crew->started == 0 || count < 2 * TUN_CREW_SHARE)
        crew->crypto->seal(crew->contexts[0], operations, count);
    else
        share_out(crew, operations, count, true);
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    struct tun_crew *crew = context;
    if (crew->started == 0 || count < 2 * TUN_CREW_SHARE)
        crew->crypto->open(crew->contexts[0], operations, count);
    else
        share_out(crew, operations, count, false);
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    const struct tun_crew *crew = context;
    crew->crypto->dh(crew->contexts[0], operations, count);
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    const struct tun_crew *crew = context;
    crew->crypto->xseal(crew->contexts[0], operations, count);
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    const struct tun_crew *crew = context;
    crew->crypto->xopen(crew->contexts[0], operations, count);
}

static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    const struct tun_crew *crew = context;
    crew->crypto->hash(crew->contexts[0], operations, count);
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    const struct tun_crew *crew = context;
    crew->crypto->mac(crew->contexts[0], operations, count);
}

const struct wrn_crypto tun_crew_crypto = {
    .name = "crew",
    .dh = dh,
    .seal = seal,
    .open = open,
    .xseal = xseal,
    .xopen = xopen,
    .hash = hash,
    .mac = mac,
};

void tun_crew_open(struct tun_crew *crew, const struct wrn_crypto *crypto, void *const contexts[], unsigned threads)
{
    *crew = (struct tun_crew){.crypto = crypto, .threads = threads};
    memcpy(crew->contexts, contexts, threads * sizeof contexts[0]);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->work, NULL);
    pthread_cond_init(&crew->done, NULL);
}

unsigned tun_crew_start(struct tun_crew *crew)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (crew->started + 1 < crew->threads && pthread_create(&crew->helpers[crew->started], &attributes, help, crew) == 0)
        crew->started++;
    pthread_attr_destroy(&attributes);
    pthread_mutex_lock(&crew->lock);
    while (crew->awake < crew->started) /* what a thread does to begin is behind it then */
        pthread_cond_wait(&crew->done, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    return crew->started;
}

void tun_crew_close(struct tun_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->stop = true;
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->started; i++)
        pthread_join(crew->helpers[i], NULL);
    pthread_cond_destroy(&crew->done);
    pthread_cond_destroy(&crew->work);
    pthread_mutex_destroy(&crew->lock);
    *crew = (struct tun_crew){0};
}
