#ifndef SIM_HUNT_H
#define SIM_HUNT_H

/*
 * Looking for many secrets of 32 bytes in a piece of memory, wherever they lie.
 *
 * A secret at any place holds one of eight of its windows at an aligned word: those are in a table, and the memory is read word
 * by word, once.
 */

#include "memory.h"

#define SIM_SECRET_BYTES 32u

struct sim_hunted {
    uint8_t bytes[SIM_SECRET_BYTES];
    uint32_t pair, kind; /* of no meaning here, nor are these */
    bool erased;
    wrn_time born;
};

struct sim_hunt {
    struct sim_memory *memory;
    struct sim_vector wanted; /* of struct sim_hunted */
    struct sim_hunt_slot *slots;
    uint64_t size; /* a power of two */
};

/* An all-zero one is no secret. */
void sim_hunt_add(struct sim_hunt *hunt, const struct sim_hunted *wanted);
/* Null: none of them is there. */
const struct sim_hunted *sim_hunt_find(struct sim_hunt *hunt, const uint8_t *memory, size_t size);
void sim_hunt_clear(struct sim_hunt *hunt);

#endif
