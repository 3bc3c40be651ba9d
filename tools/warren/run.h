#ifndef WARREN_RUN_H
#define WARREN_RUN_H

/*
 * The parts of warren run: the log of what happens, the progress line, the trace file, the capture, the report.
 */

#include "load.h"

#include "sim/world.h"

struct progress {
    bool     quiet, live; /* live: one line that rewrites itself, on stderr */
    bool     drawn;
    uint64_t begun, last; /* wall ns */
    bool     follows;     /* the machine's clock, instead of running as fast as it can */
    wrn_time behind;      /* it, at most, since the last line */
};

uint64_t wall_ns(void);
void progress_show(struct progress *progress, const struct sim_progress *now);
void progress_clear(struct progress *progress);

struct log;
struct log *log_open(const struct sim_plan *plan, FILE *out, bool silent, bool verbose, bool colour, struct progress *progress);
void log_trace(struct log *log, const struct sim_trace *trace);
void log_tap(struct log *log, const struct sim_tap *tap);
void log_close(struct log *log);

/* What the log counts on the way; completed: by their initiators; rekeys: of these, for a pair that had a session before. */
struct log_totals { uint64_t completed, rekeys, initiations, retries, gave_up, cookies, refused; };
struct log_totals log_totals(const struct log *log);

/* A trace file: JSON lines; the first names scenario, seed and build, the last the chain. */
void trace_begin(FILE *file, const struct sim_plan *plan, const struct source *source);
void trace_record(FILE *file, const struct sim_plan *plan, const struct sim_trace *trace);
void trace_end(FILE *file, const struct sim_results *results);

/* A pcapng file that Wireshark decrypts by itself. It holds keys: mode 0600. */
struct capture;
struct capture *capture_open(const char *name, const char *path, const struct sim_plan *plan);
void            capture_ephemeral(struct capture *capture, const uint8_t key[32], const uint8_t *preshared);
void            capture_tap(struct capture *capture, const struct sim_tap *tap);
void            capture_close(const char *name, struct capture *capture);

struct attach; /* attach.h */

/* Everything known at the end of a run. */
struct report {
    const struct sim_scenario *scenario;
    const struct source       *source;
    const struct sim_results  *results;
    struct log_totals          totals;
    enum sim_state             state;
    uint64_t                   wall_ns;
    wrn_time                   until; /* where the run was to end */
    const struct attach       *attach; /* null: no node was attached */
    bool                       colour;
};

/* Expectations of the scenario, `always` first. held: 1 yes, 0 no, -1 the run ended before its window did. */
struct claim {
    const char *text;
    char        measured[SIM_TEXT_BYTES];
    int         held;
    bool        of_seeds; /* about many seeds: no failure of one run */
    uint32_t    seeds;    /* then the share of them, in millionths */
};

size_t claim_count(const struct report *report);
void   claim_at(const struct report *report, size_t number, struct claim *claim);
#define FAILURE_WORDS 5u

/* Words for what failed ("safety", "liveness", "determinism", "expectation", "resources"); 0 when nothing did. */
size_t failures(const struct report *report, const char *words[FAILURE_WORDS]);

/* report_attach.c */
struct json_t *attach_json(const struct attach *attach, const struct sim_results *results);
void print_attached(FILE *out, const struct attach *attach, const struct sim_results *results);

/* report_flows.c */
struct json_t *flows_json(const struct sim_results *results);
void print_flow_results(FILE *out, const struct sim_results *results);

void report_text(FILE *out, const struct report *report);
void report_json(FILE *out, const struct report *report);
void hash_text(const uint8_t hash[32], char out[65]);

#endif
