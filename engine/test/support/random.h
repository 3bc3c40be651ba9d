#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

/* SplitMix64: seeded draws for tests, the same everywhere. */

#include <stdint.h>

struct rng { uint64_t state; };

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)((rng_next(rng) >> 32) * bound >> 32);
}

static inline void rng_bytes(struct rng *rng, uint8_t *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)(rng_next(rng) >> 56);
}

#endif
