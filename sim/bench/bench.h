#ifndef SIM_BENCH_PARTS_H
#define SIM_BENCH_PARTS_H

#include "sim_bench.h"
#include "sim/world.h"

/* A scenario that is built in (CMake makes the table of corpora/scenarios), or written here. */
struct bench_text {
    const char          *name;
    const unsigned char *text;
    size_t               size;
};

extern const struct bench_text bench_texts[]; /* a null name ends it */

extern const struct sim_host bench_host;

double bench_seconds(void); /* of processor time, of this process */

struct bench_case {
    const char *name, *unit, *checks, *baseline;
    double      target;
    bool        at_most;
    const char *scenario; /* of a world */
    uint32_t    mix;      /* of a queue */
    bool (*run)(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result);
};

bool bench_queue(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result);
bool bench_speed(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result);
bool bench_day(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result);
bool bench_swarm(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result);

enum { BENCH_EXPONENTIAL, BENCH_TUNNELS };

#endif
