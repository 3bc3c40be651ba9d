#ifndef SIM_BASE_H
#define SIM_BASE_H

/* Small things that every room of the simulator uses. */

#include "sim/plan.h"

#include <string.h>

#define sim_assert(condition) ((condition) ? (void)0 : wrn_panic(#condition, __FILE__, __LINE__))

static inline uint32_t sim_load_be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static inline uint32_t sim_load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t sim_load64(const uint8_t *p)
{
    return (uint64_t)sim_load32(p) | (uint64_t)sim_load32(p + 4) << 32;
}

static inline void sim_store32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)x; /* written out: compilers make one store of it */
    p[1] = (uint8_t)(x >> 8);
    p[2] = (uint8_t)(x >> 16);
    p[3] = (uint8_t)(x >> 24);
}

static inline void sim_store64(uint8_t *p, uint64_t x)
{
    sim_store32(p, (uint32_t)x);
    sim_store32(p + 4, (uint32_t)(x >> 32));
}

/* Field by field: endpoints are compared and hashed without their padding. */
static inline bool sim_same_endpoint(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

#endif
