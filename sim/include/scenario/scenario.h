#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

/*
 * Scenario files: YAML in, a resolved plan out.
 *
 * The only part of the simulator that opens a file or asks for heap. Anything a scenario says that the simulator cannot do is an
 * error that names key and line; nothing is ignored. Same text, same overrides, same plan, on every machine.
 */

#include "sim/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One line: "file:line:column: error: what is wrong; what would be right". For a --set: "--set PATH=VALUE: error: ...". */
struct sim_scenario_error {
    char     text[1024];
    bool     machine;      /* no memory or unreadable disk, not a mistake in the scenario */
    uint32_t line, column; /* from 1; 0 = the file as a whole, or a --set */
    uint32_t caret;        /* character to point at in `source`, from 1; 0 = none */
    char     source[512];  /* that line of the file, or the --set; of a long line a part; or "" */
    char     note[400];    /* "file:line: note: included here", or "" */
};

struct sim_scenario_options {
    const char *file;           /* as errors name it, and where sim_scenario_open reads */
    const char *const *sets;    /* PATH=VALUE, applied in order before anything is typed */
    size_t      set_count;
    const char *const *withs;   /* files laid over it: more paths, nats, nodes, traffic, timeline, expectations */
    size_t      with_count;
    bool        has_seed;
    uint64_t    seed;           /* instead of the file's */
};

/* `always: safety.all` or `always: S4`: a claim about invariants, which the world counts anyway. */
struct sim_always {
    char text[SIM_TEXT_BYTES];
    char id[8]; /* "S4"; "S" = every safety invariant, "L" = every liveness one */
};

/* One axis of `sweep:`. A cell of the grid puts one value of each axis in, at each of the axis' paths, as a --set does. */
#define SIM_CELLS_MAX 10000u

struct sim_axis {
    const char        *name;
    const char *const *paths, *const *values; /* PATH and VALUE of a --set PATH=VALUE */
    size_t             path_count, value_count;
};

struct sim_scenario;

/* Needs   options->file. "-" reads standard input.
 * Gives   a scenario whose plan sim_plan_check accepts.
 * Fails   null, with the first error. */
struct sim_scenario *sim_scenario_open(const struct sim_scenario_options *options, struct sim_scenario_error *error);
/* The same from memory; keeps nothing of text. */
struct sim_scenario *sim_scenario_read(const struct sim_scenario_options *options, const char *text, size_t size,
                                       struct sim_scenario_error *error);
void sim_scenario_close(struct sim_scenario *scenario);

/* Valid until close. */
const struct sim_plan   *sim_scenario_plan(const struct sim_scenario *scenario);
const struct sim_always *sim_scenario_always(const struct sim_scenario *scenario, size_t *count);

/* zip: the values go side by side, else each with each. The paths exist; whether the values fit is seen when a cell is read. */
const struct sim_axis *sim_scenario_axes(const struct sim_scenario *scenario, size_t *count, bool *zip);

/* Needs   a plan that sim_plan_check accepts; `always` may be null with count 0.
 * Gives   the text of a scenario file, zero-terminated, to be freed: it reads as the same world, with the same trace hash.
 *         Everything is resolved: no counts, no short forms.
 * Fails   null, with what files cannot say, or without memory. */
char *sim_scenario_write(const struct sim_plan *plan, const struct sim_always *always, size_t count, struct sim_message *message);
/* The same in fewer lines: `peer` of a node instead of two tunnels, one tunnel for both sides, where that says it all. */
char *sim_scenario_write_short(const struct sim_plan *plan, const struct sim_always *always, size_t count,
                               struct sim_message *message);

/* The schema, row by row from 0: false behind the last. `fallback` is the default as a scenario would write it, "" when the key
 * must be there, null when leaving it out has a meaning of its own; `built` is false for keys that are refused. */
struct sim_scenario_key {
    const char *section, *name, *type, *fallback, *doc;
    const char *place;   /* where the section stands: "paths.NAME"; "" at the top */
    const char *right;   /* what values of the type look like, or "" */
    const char *choices; /* words, where a value is one of a few; null: it is not */
    uint64_t    least, most; /* most 0: no range */
    char        range[80];   /* in words, or "" */
    char        example[80]; /* a value, or "" */
    bool        built;
};

bool sim_scenario_schema(size_t number, struct sim_scenario_key *key);

/* What rows only name: events of the timeline, with the keys they need and may have (words, separated by spaces), then claims. */
struct sim_scenario_word {
    const char *word, *needs, *may, *doc, *example;
    bool        event;
};

bool sim_scenario_word(size_t number, struct sim_scenario_word *word);

/* The name that `text` was probably meant to be, or null. `names` ends with null. */
const char *sim_scenario_guess(const char *text, const char *const *names);

/* "25s", "9m30s": text to ns and back, as scenarios write it. */
bool sim_scenario_time(const char *text, wrn_time *time);
void sim_scenario_time_text(wrn_time time, char out[32]);

#ifdef __cplusplus
}
#endif

#endif
