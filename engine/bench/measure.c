#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 7 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double turn(const struct bench_case *c, void *state)
{
    double start = seconds();
    for (uint32_t i = 0; i < c->iterations; i++)
        c->run(state);
    return (seconds() - start) * 1e9 / c->iterations / c->items;
}

static const struct bench_case *find(const char *name)
{
    for (size_t i = 0; name && i < bench_case_count; i++)
        if (!strcmp(bench_cases[i].name, name))
            return &bench_cases[i];
    return NULL;
}

/* Case and baseline take turns, so that a busy neighbour disturbs both. */
static struct bench_result measure(const struct bench_case *c)
{
    const struct bench_case *base = find(c->baseline);
    void                    *state = c->begin(c), *base_state = base ? base->begin(base) : NULL;
    double                   best = 0, base_best = 0;

    c->run(state);
    for (int i = 0; i < TURNS; i++) {
        if (base) {
            double ns = turn(base, base_state);
            base_best = i == 0 || ns < base_best ? ns : base_best;
        }
        double ns = turn(c, state);
        best = i == 0 || ns < best ? ns : best;
    }
    c->end(state);
    if (base)
        base->end(base_state);
    return (struct bench_result){c, best, base ? best / base_best : 0};
}

size_t bench_measure(const char *filter, struct bench_result *results, size_t size,
                     void (*tell)(const struct bench_result *result, void *context), void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < bench_case_count && count < size; i++) {
        if (filter && !strstr(bench_cases[i].name, filter))
            continue;
        results[count] = measure(&bench_cases[i]);
        tell(&results[count++], context);
    }
    return count;
}
