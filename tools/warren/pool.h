#ifndef WARREN_POOL_H
#define WARREN_POOL_H

/*
 * Tasks done by processes, their results taken in order.
 *
 * Tasks are numbers from 0. A process of the pool gets one at a time and answers with a pack; whoever asked gets the packs in
 * the order of their numbers, whichever was done first: with two processes everything happens as with one, only sooner. A task
 * that ends its process is answered too, with how it ended.
 */

#include "pack.h"

struct pool {
    const char *name; /* of the command, for messages */
    uint32_t    jobs; /* processes, 1 to 1024 */
    uint64_t    tasks;
    void       *context;
    bool (*skip)(void *context, uint64_t task);                    /* null: none is left out */
    void (*work)(void *context, uint64_t task, struct pack *out);  /* in a process of its own; exit(3), having said why */
    /* `in` is null when the process died, then `died` says how. False: no more tasks. Not called for what was skipped. */
    bool (*take)(void *context, uint64_t task, struct pack *in, const char *died);
};

/* Returns when all tasks are taken, or take wanted no more; ends the program with 3 when there are no processes or pipes. */
void pool_run(const struct pool *pool);

/* Processors of this machine, 1 to 1024. */
uint32_t pool_processors(void);

#endif
