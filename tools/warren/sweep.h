#ifndef WARREN_SWEEP_H
#define WARREN_SWEEP_H

/*
 * The parts of warren sweep: the grid of cells, the table of runs, and the report at the end.
 *
 * A cell is the scenario with one value put in at each axis; its name says which. Every cell runs under the same seeds, but its
 * world's seed is derived from the cell's name, so that a cell keeps its worlds when the grid grows.
 */

#include "outcome.h"

#define SWEEP_AXES 16u
#define SWEEP_RUNS UINT64_C(10000000)

struct axis {
    char   *name;
    char  **paths, **values;
    size_t  path_count, value_count;
    bool    from_file; /* of the scenario's sweep, else of a --vary */
};

struct cell {
    char    *name;      /* "hub and fifty spokes/keepalive=25s/loss=2%" */
    size_t   values[SWEEP_AXES];
    uint64_t row;       /* in the table */
    uint8_t  digest[32]; /* of its plan without a seed */
    bool     decided;
};

struct grid {
    char        *scenario; /* its name */
    uint8_t      base[32]; /* digest of the scenario as it stands, its own values at the axes */
    struct axis *axes;
    size_t       axis_count;
    bool         zip;      /* the axes of the file go side by side */
    struct cell *cells;
    size_t       cell_count;
};

struct sweep_request {
    struct source source;
    const char   *vary[SWEEP_AXES];
    size_t        vary_count;
    const char   *out;
    uint64_t      first, last;
    uint32_t      jobs;
    bool          has_seeds, quiet, early;
};

/* Reads every cell once; exits with 2 when one is no scenario, saying which. */
void grid_make(const char *name, struct grid *grid, const struct sweep_request *request, const struct text *text);
void grid_free(struct grid *grid);
/* The scenario of a cell. The last argument is a seed of the request; the world's is derived from it. */
struct sim_scenario *grid_read(const struct grid *grid, const struct sweep_request *request, const struct text *text,
                               const struct cell *cell, uint64_t seed, struct sim_scenario_error *error);
uint64_t cell_seed(const struct grid *grid, const struct cell *cell, uint64_t seed);

/* The file. Every function ends the program when the disk does not do its part. */
struct table;
struct table *table_open(const char *name, const struct sweep_request *request, struct grid *grid);
/* Which runs are there: sets bit (seed - first) * cells + cell. */
void table_done(struct table *table, const struct sweep_request *request, const struct grid *grid, uint8_t *done);
/* Writes a run; with `died` it has no numbers. */
void table_add(struct table *table, const struct cell *cell, uint64_t seed, uint64_t world, struct pack *in, const char *died);
void table_keep(struct table *table); /* what was added so far is safe */
void table_close(struct table *table);

/* What the table knows of a cell's runs from first to last. */
struct cell_sum {
    uint64_t runs, failed;
    struct tally *tallies;
    size_t   tally_count;
};

void table_sum(struct table *table, const struct cell *cell, uint64_t first, uint64_t last, struct cell_sum *sum);
void cell_sum_free(struct cell_sum *sum);
/* Up to `most` failed runs of these seeds, in order; `tell` gets cell name, seed and what broke. */
void table_failures(struct table *table, uint64_t first, uint64_t last, unsigned most, void *context,
                    void (*tell)(void *context, uint64_t row, uint64_t world, const char *what));

/* Prints the table of cells; false when a run failed or a claim about seeds is not shown. */
bool sweep_report(FILE *out, const struct sweep_request *request, const struct grid *grid, struct table *table,
                  uint64_t wall_ns);

#endif
