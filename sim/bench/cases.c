#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <stdlib.h>
#include <time.h>

static const char x25519[] = "its X25519 alone";

/* name, unit, checks, baseline, target, at most, scenario, mix, run */
static const struct bench_case cases[] = {
    {"sim/queue/exponential", "M events/s", NULL, "the plain heap", 5, false, NULL, BENCH_EXPONENTIAL, bench_queue},
    {"sim/queue/tunnels", "M events/s", NULL, "the plain heap", 5, false, NULL, BENCH_TUNNELS, bench_queue},
    {"sim/hub-50", "x real time", "full", x25519, 1000, false, "hub-50", 0, bench_speed},
    {"sim/hub-50/cheap", "x real time", "cheap", x25519, 1000, false, "hub-50", 0, bench_speed},
    {"sim/hub-50-flood", "x real time", "full", x25519, 150, false, "hub-50-flood", 0, bench_speed},
    {"sim/hub-50-flood/cheap", "x real time", "cheap", x25519, 150, false, "hub-50-flood", 0, bench_speed},
    {"sim/day/idle", "s for 24 h", "full", x25519, 2, true, "idle", 0, bench_day},
    {"sim/day/keepalive", "s for 24 h", "full", x25519, 2, true, "keepalive", 0, bench_day},
    {"sim/swarm", "seeds/min", "full", x25519, 100, false, NULL, 0, bench_swarm},
};

static void *take(void *context, size_t size)
{
    (void)context;
    return malloc(size ? size : 1);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

const struct sim_host bench_host = {.take = take, .give = give};

double bench_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

const char *sim_bench_name(size_t number)
{
    return number < sizeof cases / sizeof *cases ? cases[number].name : NULL;
}

bool sim_bench_measure(size_t number, const struct sim_bench_provider *provider, struct sim_bench_result *result)
{
    const struct bench_case *c = &cases[number];
    *result = (struct sim_bench_result){.name = c->name, .unit = c->unit, .checks = c->checks, .baseline = c->baseline,
                                        .target = c->target, .at_most = c->at_most};
    return c->run(c, provider, result);
}
