#include "cases.h"

#include "world.h"

/* The tables: allowed-IP lookups with `a` prefixes, timer moves with `a` peers. */

enum { STEPS = 1024 };

struct lookups {
    struct wrn_engine *engine;
    uint8_t            addresses[STEPS][4];
};

void *lookup_begin(const struct bench_case *self)
{
    struct lookups *l = calloc(1, sizeof *l);
    uint32_t        draw = 7;
    struct wrn_peer peer;
    l->engine = bench_engine(1, self->a, 128, &wrn_crypto_sodium);
    uint8_t key[32] = {9};
    if (wrn_peer_add(l->engine, 0, key, &peer) != WRN_OK)
        wrn_panic("a peer to own the prefixes", __FILE__, __LINE__);
    for (uint32_t i = 0; i < self->a; i++) {
        struct wrn_prefix prefix = {.family = 4, .length = (uint8_t)(16 + i % 17)};
        draw = draw * 1664525u + 1013904223u;
        wrni_store_be32(prefix.address, draw);
        (void)wrn_allowed_add(l->engine, peer, &prefix, NULL);
        memcpy(l->addresses[i % STEPS], prefix.address, 4);
    }
    for (uint32_t i = self->a; i < STEPS; i++)
        memcpy(l->addresses[i], l->addresses[i % self->a], 4);
    return l;
}

void lookup_run(void *state)
{
    struct lookups *l = state;
    struct wrn_peer peer;
    for (unsigned i = 0; i < STEPS; i++)
        if (wrn_allowed_lookup(l->engine, 4, l->addresses[i], &peer) != WRN_OK)
            wrn_panic("every address is somebody's", __FILE__, __LINE__);
}

void lookup_end(void *state)
{
    struct lookups *l = state;
    free(l->engine);
    free(l);
}

struct moves {
    struct wrni_heap *heap;
    uint32_t          peers, draw;
    wrn_time          now;
};

void *timer_begin(const struct bench_case *self)
{
    struct moves *m = calloc(1, sizeof *m);
    m->peers = self->a;
    m->heap = malloc(wrni_heap_size(m->peers));
    wrni_heap_init(m->heap, m->peers);
    for (uint32_t id = 0; id < m->peers; id++)
        wrni_heap_set(m->heap, id, id * 7919u % m->peers);
    return m;
}

void timer_run(void *state)
{
    struct moves *m = state;
    for (unsigned i = 0; i < STEPS; i++) {
        m->draw = m->draw * 1664525u + 1013904223u;
        wrni_heap_set(m->heap, (m->draw >> 4) % m->peers, ++m->now + (m->draw >> 2) % m->peers);
    }
}

void timer_end(void *state)
{
    struct moves *m = state;
    free(m->heap);
    free(m);
}

size_t bench_peer_bytes(uint32_t window_bits)
{
    struct wrn_limits limits;
    wrn_limits_default(&limits);
    limits.window_bits = window_bits;
    limits.peers = limits.prefixes = 1 << 16;
    size_t more = wrn_engine_size(&limits);
    limits.peers = limits.prefixes = 1 << 15;
    return (more - wrn_engine_size(&limits)) >> 15;
}
