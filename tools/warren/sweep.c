/* warren sweep: a scenario under many seeds and many values, all runs in one table. */

#define _POSIX_C_SOURCE 200809L

#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"

#define NAME "warren sweep"

enum { OPTION_SEEDS = 0x200, OPTION_VARY, OPTION_OUT, OPTION_EARLY };

static const struct argp_option options[] = {
    {"seeds", OPTION_SEEDS, "A..B", 0, "every cell runs under these seeds", 0},
    {"vary", OPTION_VARY, "PATH=V1,V2", 0, "one more axis, or other values for one of the scenario's; paths as --set", 0},
    {"with", OPTION_WITH, "FILE", 0, "lay a file over the scenario in every cell", 0},
    {"set", OPTION_SET, "PATH=VALUE", 0, "override one value in every cell", 0},
    {"out", OPTION_OUT, "FILE", 0, "the table (SQLite); runs that it has already are not run again", 0},
    {"jobs", OPTION_JOBS, "N", 0, "processes [one per processor]; the table is the same", 0},
    {"early", OPTION_EARLY, NULL, 0, "end a cell when all that it claims about seeds is decided", 0},
    {"quiet", 'q', NULL, 0, "print nothing; the exit code and the table tell", 0},
    {0},
};

static const char doc[] =
    "Run a scenario in many variations and under many seeds, and keep every result in one table.\v"
    "Examples:\n"
    "  warren sweep corpora/scenarios/nat-keepalive-sweep.yaml --seeds 1..20 --out nat.sqlite\n"
    "  warren sweep hub-50.yaml --seeds 1..100 --vary paths.access.loss=0%,2%,10% --vary nodes.spoke.keepalive=none,25s \\\n"
    "      --out hub.sqlite\n"
    "  sqlite3 hub.sqlite 'SELECT cell_name, avg(datagrams) FROM grid GROUP BY cell'\n"
    "\n"
    "The table is described in warren-sweep(1). An aborted sweep goes on where it was when the same command runs again; more\n"
    "seeds or values only add runs.\n"
    "Exit codes: 0 every run held, and every claim about seeds is shown; 1 not so; 2 bad usage or a bad scenario; 3 the machine "
    "lacks something.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct sweep_request *request = state->input;
    switch (key) {
    case OPTION_SEEDS:
        parse_seeds(NAME, "seeds", argument, &request->first, &request->last);
        request->has_seeds = true;
        return 0;
    case OPTION_SEED:
        return ARGP_ERR_UNKNOWN;
    case OPTION_VARY:
        if (request->vary_count == SWEEP_AXES)
            usage_error(NAME, "more than %u --vary; fewer axes", SWEEP_AXES);
        request->vary[request->vary_count++] = argument;
        return 0;
    case OPTION_OUT:
        request->out = argument;
        if (strcmp(argument, "-") == 0)
            usage_error(NAME, "--out - is not possible; a file");
        return 0;
    case OPTION_JOBS:
        request->jobs = (uint32_t)parse_count(NAME, "jobs", argument, 1024);
        return 0;
    case OPTION_EARLY:
        request->early = true;
        return 0;
    case 'q':
        request->quiet = true;
        return 0;
    default:
        return parse_source(NAME, &request->source, key, argument);
    }
}

struct sweep {
    const struct sweep_request *request;
    struct provider provider;
    struct text   text;
    struct grid   grid;
    struct table *table;
    uint8_t      *done;    /* a bit per task: seed by seed, in each all cells */
    struct cell_sum *sums; /* with --early: by cell */
    uint64_t      tasks, ran, present, begun, shown, kept;
    bool          live, drawn;
};

static bool skip(void *context, uint64_t task)
{
    const struct sweep *sweep = context;
    return (sweep->done[task / 8] >> task % 8 & 1) || sweep->grid.cells[task % sweep->grid.cell_count].decided;
}

static void work(void *context, uint64_t task, struct pack *out)
{
    struct sweep *sweep = context;
    const struct cell *cell = &sweep->grid.cells[task % sweep->grid.cell_count];
    struct sim_scenario_error error;
    struct sim_scenario *scenario = grid_read(&sweep->grid, sweep->request, &sweep->text, cell,
                                              sweep->request->first + task / sweep->grid.cell_count, &error);
    if (!scenario) {
        fprintf(stderr, "%s\n", error.text);
        exit(EXIT_MACHINE);
    }
    outcome_run(NAME, scenario, &sweep->provider, out);
    sim_scenario_close(scenario);
}

/* At a terminal a live line, else a plain one each ten seconds. */
static void show(struct sweep *sweep)
{
    uint64_t wall = wall_ns(), ran = (wall - sweep->begun) / WRN_MILLISECOND + 1;
    uint64_t left = sweep->tasks - sweep->present - sweep->ran;
    uint64_t pause = sweep->live ? 200 * WRN_MILLISECOND : sweep->shown == sweep->begun ? 0 : 10 * WRN_SECOND;
    if (sweep->request->quiet || ran < 2000 || wall - sweep->shown < pause)
        return;
    fprintf(stderr, "%s%" PRIu64 " runs of %" PRIu64 "  %" PRIu64 " per minute  left %" PRIu64 " s%s", sweep->live ? "\r" : "",
            sweep->present + sweep->ran, sweep->tasks, sweep->ran * 60000 / ran, left * ran / sweep->ran / 1000,
            sweep->live ? "\033[K" : "\n");
    fflush(stderr);
    sweep->drawn = sweep->live;
    sweep->shown = wall;
}

/* Are all claims about seeds of this cell decided, and is there one? */
static void decide(struct cell *cell, const struct cell_sum *sum)
{
    size_t questions = 0, open = 0;
    for (size_t i = 0; i < sum->tally_count; i++) {
        const struct tally *tally = &sum->tallies[i];
        questions += tally->of_seeds && tally->share.wanted;
        open += tally->of_seeds && sim_share_verdict(&tally->share) == SIM_OPEN;
    }
    cell->decided = questions && !open;
}

static bool take(void *context, uint64_t task, struct pack *in, const char *died)
{
    struct sweep *sweep = context;
    size_t number = (size_t)(task % sweep->grid.cell_count);
    struct cell *cell = &sweep->grid.cells[number];
    uint64_t seed = sweep->request->first + task / sweep->grid.cell_count, now = wall_ns();
    if (cell->decided) /* begun before it was */
        return true;
    table_add(sweep->table, cell, seed, cell_seed(&sweep->grid, cell, seed), in, died);
    sweep->ran++;
    if (sweep->request->early) {
        cell_sum_free(&sweep->sums[number]);
        table_sum(sweep->table, cell, sweep->request->first, sweep->request->last, &sweep->sums[number]);
        decide(cell, &sweep->sums[number]);
    }
    if (now - sweep->kept > WRN_SECOND) {
        table_keep(sweep->table);
        sweep->kept = now;
    }
    show(sweep);
    return true;
}

static void prepare(struct sweep *sweep)
{
    const struct sweep_request *request = sweep->request;
    uint64_t seeds = request->last - request->first + 1;
    if (seeds > SWEEP_RUNS / sweep->grid.cell_count)
        usage_error(NAME, "more than %" PRIu64 " runs; fewer seeds or values", SWEEP_RUNS);
    sweep->tasks = seeds * sweep->grid.cell_count;
    sweep->done = calloc(sweep->tasks / 8 + 1, 1);
    sweep->sums = calloc(sweep->grid.cell_count, sizeof *sweep->sums);
    if (!sweep->done || !sweep->sums)
        usage_error(NAME, "out of memory; a smaller sweep");
    table_done(sweep->table, request, &sweep->grid, sweep->done);
    for (uint64_t i = 0; i < sweep->tasks; i++)
        sweep->present += sweep->done[i / 8] >> i % 8 & 1;
    for (size_t i = 0; i < sweep->grid.cell_count && request->early; i++) {
        table_sum(sweep->table, &sweep->grid.cells[i], request->first, request->last, &sweep->sums[i]);
        decide(&sweep->grid.cells[i], &sweep->sums[i]);
    }
}

static void require(const struct sweep_request *request)
{
    if (!request->source.file)
        usage_error(NAME, "no scenario; a file such as corpora/scenarios/nat-keepalive-sweep.yaml");
    if (strcmp(request->source.file, "-") == 0)
        usage_error(NAME, "a sweep reads its scenario many times; a file instead of standard input");
    if (!request->has_seeds)
        usage_error(NAME, "no seeds; such as --seeds 1..100");
    if (!request->out)
        usage_error(NAME, "no table; such as --out runs.sqlite");
}

int command_sweep(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "SCENARIO", .doc = doc};
    struct sweep_request request = {0};
    const char *terminal = getenv("TERM");
    parse_arguments(&argp, NAME, argc, argv, &request);
    require(&request);
    struct sweep sweep = {.request = &request, .text = load_text(NAME, &request.source),
                          .live = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0};
    provider_open(&sweep.provider, NAME, NULL);
    grid_make(NAME, &sweep.grid, &request, &sweep.text);
    sweep.table = table_open(NAME, &request, &sweep.grid);
    prepare(&sweep);
    sweep.begun = sweep.shown = sweep.kept = wall_ns();
    const struct pool pool = {.name = NAME, .jobs = request.jobs ? request.jobs : pool_processors(), .tasks = sweep.tasks,
                              .context = &sweep, .skip = skip, .work = work, .take = take};
    pool_run(&pool);
    table_keep(sweep.table);
    if (sweep.drawn)
        fputs("\r\033[K", stderr);
    bool good = sweep_report(stdout, &request, &sweep.grid, sweep.table, wall_ns() - sweep.begun);
    close_output(NAME, "standard output", stdout);
    table_close(sweep.table);
    for (size_t i = 0; i < sweep.grid.cell_count; i++)
        cell_sum_free(&sweep.sums[i]);
    free(sweep.sums);
    free(sweep.done);
    free(sweep.text.bytes);
    grid_free(&sweep.grid);
    provider_close(&sweep.provider);
    return good ? EXIT_GOOD : EXIT_FAILED;
}
