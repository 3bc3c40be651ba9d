#ifndef SIM_BENCH_H
#define SIM_BENCH_H

/*
 * The simulator's figures: each beside a baseline measured in the same run, in turns, by the processor time of this process. Worlds
 * say which of their checks ran.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "warren/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sim_bench_result {
    const char *name;     /* "sim/hub-50" */
    const char *unit;     /* of value and target: "x real time" */
    const char *checks;   /* "full", "cheap"; null where there is nothing to check */
    const char *baseline; /* in words: "its X25519 alone" */
    double      value, base; /* base: the baseline's, in the same unit */
    double      target;      /* 0: reported only */
    bool        at_most;     /* target is an upper bound, else a lower one */
};

/* A real one, and its context. */
struct sim_bench_provider {
    const struct wrn_crypto *crypto;
    void                    *context;
};

/* Names from 0; null behind the last. */
const char *sim_bench_name(size_t number);

/* Needs   a number that has a name.
 * Gives   the figure. False: a world could not be made or run to its end, which is told on standard error.
 * Costs   seconds. */
bool sim_bench_measure(size_t number, const struct sim_bench_provider *provider, struct sim_bench_result *result);

#ifdef __cplusplus
}
#endif

#endif
