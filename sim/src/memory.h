#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

/* One arena per world, grown through the host. Nothing is given back before the end; what is used again has free lists. */

#include "sim/plan.h"

struct sim_chunk;

struct sim_memory {
    const struct sim_host *host;
    struct sim_chunk      *newest;
    uint8_t               *next;
    size_t                 left, total;
    bool                   exhausted; /* the host refused: the world stops at the next event */
};

void  sim_memory_begin(struct sim_memory *memory, const struct sim_host *host);
void *sim_take(struct sim_memory *memory, size_t size); /* zeroed, aligned to 16; null when exhausted */
void  sim_memory_end(struct sim_memory *memory);

/* A growing array: room for at least one more element than count, moved when it must. False when exhausted. */
struct sim_vector {
    void    *data;
    uint64_t count, room;
};

bool sim_vector_room(struct sim_memory *memory, struct sim_vector *vector, size_t element, uint64_t count);

#endif
