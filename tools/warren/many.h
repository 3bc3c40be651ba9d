#ifndef WARREN_MANY_H
#define WARREN_MANY_H

/*
 * warren run --seed A..B: one scenario under many seeds, until its claims about seeds are decided.
 */

#include "load.h"
#include "provider.h"

struct many_request {
    const char *name; /* of the command */
    const struct source *source;
    uint64_t    first, last;
    uint32_t    jobs;
    const char *json; /* or null */
    bool        quiet;
    const struct provider *provider;
};

/* Gives the exit code: good when every seed held what a run alone must hold, and every claim about seeds is shown to hold. */
int many_run(const struct many_request *request);

#endif
