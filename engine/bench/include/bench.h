#ifndef WARREN_BENCH_H
#define WARREN_BENCH_H

/*
 * What is measured, and beside what. A case does a fixed piece of work per iteration; its baseline does the raw primitive that the
 * work is made of, on the same bytes. Ratios compare the two in one run, turn by turn: single figures mean little on a shared machine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bench_case {
    const char *name;     /* "seal/1420/64": bytes, batch */
    const char *what;     /* one item, in words */
    const char *baseline; /* name of another case, or null */
    double      target;   /* the ratio to stay below, 0 = reported only */
    void *(*begin)(const struct bench_case *self);
    void (*run)(void *state); /* one iteration */
    void (*end)(void *state);
    uint32_t a, b;       /* parameters */
    uint32_t items;      /* per iteration */
    uint32_t iterations; /* of one turn in the table: some tens of milliseconds */
};

extern const struct bench_case bench_cases[];
extern const size_t            bench_case_count;

/* Memory, which needs no clock: bytes per idle peer with one allowed IP, everything included but the stage. */
size_t bench_peer_bytes(uint32_t window_bits);

struct bench_result {
    const struct bench_case *of;
    double ns;    /* per item: the best of the turns */
    double ratio; /* to the baseline's best; 0 without */
};

/* Measure the cases whose name contains the filter (null: all), and the baselines they need. Calls `tell` after each case.
 * Returns how many results were written. */
size_t bench_measure(const char *filter, struct bench_result *results, size_t size,
                     void (*tell)(const struct bench_result *result, void *context), void *context);

#ifdef __cplusplus
}
#endif

#endif
