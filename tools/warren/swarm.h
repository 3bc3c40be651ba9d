#ifndef WARREN_SWARM_H
#define WARREN_SWARM_H

/*
 * The parts of warren swarm: workers, one process each, and the report of what they found.
 */

#include "failure.h"
#include "load.h"
#include "provider.h"

#define SWARM_CHECKS 64u
#define SWARM_MARKS 192u
#define SWARM_FAILURES 1000u /* kept in full; further ones are counted */

/* One world, as a worker reports it. Written at once: smaller than what a pipe writes as one piece. */
struct swarm_world {
    uint64_t seed, events, simulated_ns;
    uint32_t worker;
    bool     failed;
    uint8_t  trace_hash[32];
    uint32_t checked[SWARM_CHECKS]; /* by invariant; at most 2^32 - 1 of them */
    uint32_t marks[SWARM_MARKS];
    struct sim_tries tries;
    char     text[FAILURE_BYTES];
};

struct swarm_failure {
    uint64_t seed;
    char     text[FAILURE_BYTES];
};

/* The sum over worlds, the same in whatever order they come. */
struct swarm_total {
    uint64_t worlds, failed, events, simulated_ns, wall_ns;
    uint64_t first_failed;    /* the smallest seed that failed */
    uint8_t  trace_hash[32];  /* of one world its own, of many their exclusive or */
    uint64_t checked[SWARM_CHECKS], marks[SWARM_MARKS];
    uint64_t reached[SWARM_MARKS]; /* in how many worlds */
    struct sim_tries tries; /* of L10, which only many worlds can break */
    struct swarm_failure *failures; /* by seed, when the report is made */
    size_t   failure_count;
};

struct swarm_request {
    uint64_t    first, last;
    uint32_t    jobs;
    uint64_t    until; /* wall ns; 0 = no end but the last seed */
    const char *json, *write;
    bool        quiet, has_seeds, has_minutes;
    struct provider provider;
};

/* Runs the seeds by `jobs` processes, calls tell() for every world. A worker that dies fails its seed. */
void swarm_work(const struct swarm_request *request, void (*tell)(void *context, const struct swarm_world *world), void *context);
/* One world in this process. */
void swarm_run(uint64_t seed, const struct provider *provider, struct swarm_world *world);

void swarm_add(struct swarm_total *total, const struct swarm_world *world);
void swarm_text(FILE *out, const struct swarm_request *request, struct swarm_total *total);
void swarm_json(FILE *out, const struct swarm_request *request, struct swarm_total *total);

#endif
