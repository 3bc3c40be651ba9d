#ifndef TEST_DRAWS_H
#define TEST_DRAWS_H

/* Draws that the tests of crypto add to random.h. */

#include <stddef.h>

#include "random.h"

/* 0 to below - 1 */
static inline size_t rng_size(struct rng *rng, size_t below)
{
    return (size_t)(rng_next(rng) % below);
}

/* Runs of zeros, of ones, of top bits, of one random byte: long carries are rare among random bytes. */
static inline void rng_runs(struct rng *rng, uint8_t out[32])
{
    size_t at = 0;
    while (at < 32) {
        size_t run = 1 + rng_size(rng, 20);
        uint8_t values[4] = {0x00, 0xff, 0x80, (uint8_t)rng_next(rng)};
        uint8_t value = values[rng_size(rng, 4)];
        for (; run > 0 && at < 32; run--)
            out[at++] = value;
    }
}

#endif
