#ifndef WARREN_LOAD_H
#define WARREN_LOAD_H

/*
 * What run and check share: the scenario and its overrides on the command line, and words for a plan's numbers.
 */

#include "command.h"

#include "scenario/scenario.h"

#define SETS_MAX 256
#define WITHS_MAX 64

struct source {
    const char *file;
    const char *sets[SETS_MAX];
    size_t      set_count;
    const char *withs[WITHS_MAX];
    size_t      with_count;
    bool        has_seed;
    uint64_t    seed;
};

enum {
    OPTION_SET = 0x100,
    OPTION_SEED,
    OPTION_UNTIL,
    OPTION_JSON,
    OPTION_TRACE,
    OPTION_PCAP,
    OPTION_RECORD,
    OPTION_PLAN,
    OPTION_PROVIDER,
    OPTION_WITH,
    OPTION_RESOLVED,
    OPTION_JOBS,
    OPTION_TWICE,
    OPTION_ATTACH
};

/* The keys that both commands take: the file, --with, --set, --seed. ARGP_ERR_UNKNOWN for others. */
error_t parse_source(const char *name, struct source *source, int key, char *argument);

/* "1..100" or "7", and a whole number from 1 to `most`; exit with 2 when the text is neither. `option` without its dashes. */
void     parse_seeds(const char *name, const char *option, const char *text, uint64_t *first, uint64_t *last);
uint64_t parse_count(const char *name, const char *option, const char *text, uint64_t most);

/* Exits with 2 (what is wrong, then the line and a caret under the place), or 3. */
struct sim_scenario *load_scenario(const char *name, const struct source *source);

/* The world as a scenario file with everything resolved. Exits with 3 when it cannot be written. */
void write_resolved(const char *name, const struct sim_scenario *scenario, const char *path);
/* The text of the scenario, for commands that read it many times; exits as load_scenario does. */
struct text {
    char  *bytes;
    size_t size;
};

struct text load_text(const char *name, const struct source *source);
/* The scenario of that text with one more seed and some more --set, behind those of the source. Null, with the error. */
struct sim_scenario *read_scenario(const struct source *source, const struct text *text, uint64_t seed, const char *const *sets,
                                   size_t set_count, struct sim_scenario_error *error);
/* Prints the error as load_scenario does and exits. */
_Noreturn void refuse_scenario(const struct sim_scenario_error *error);

void address_text(const struct wrn_endpoint *address, char out[64]);
void draw_text(const struct sim_draw *draw, char out[64]);
/* check_flow.c: a line */
void print_flow(FILE *out, const struct sim_plan *plan, const struct sim_flow *flow);
void rate_text(const struct sim_half *half, char out[160]); /* rate and queue; "" without */
void loss_text(const struct sim_plan *plan, const struct sim_loss *loss, char out[64]);
void prefix_text(const struct wrn_prefix *prefix, char out[64]);
void chance_text(uint32_t chance, char out[32]);
void event_text(const struct sim_plan *plan, const struct sim_event *event, char *out, size_t size);

/* Memory for the simulator. */
extern const struct sim_host heap_host;

#endif
