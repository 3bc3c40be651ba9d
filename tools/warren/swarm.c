/* warren swarm: random worlds, each leaving whole behaviours out, watched by every invariant. */

#define _POSIX_C_SOURCE 200809L

#include "swarm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"
#include "run.h"
#include "sim/swarm.h"

#define NAME "warren swarm"

enum { OPTION_SEEDS = 0x200, OPTION_MINUTES, OPTION_WRITE };

static const struct argp_option options[] = {
    {"seeds", OPTION_SEEDS, "A..B", 0, "the worlds of these seeds [1..100; without an end when --minutes is there]", 0},
    {"jobs", OPTION_JOBS, "N", 0, "processes [one per processor]; the results are the same", 0},
    {"minutes", OPTION_MINUTES, "M", 0, "begin no world later than this", 0},
    {"write", OPTION_WRITE, "FILE", 0, "write the world of the one seed as a scenario; - is standard output", 0},
    {"json", OPTION_JSON, "FILE", 0, "write the results; - is standard output", 0},
    {"quiet", 'q', NULL, 0, "print nothing; the exit code tells", 0},
    {0},
};

static const char doc[] =
    "Run random worlds: every invariant is checked, and after faults have stopped everybody must get through.\v"
    "Examples:\n"
    "  warren swarm\n"
    "  warren swarm --seeds 1..10000 --jobs 4\n"
    "  warren swarm --minutes 60 --json night.json\n"
    "  warren swarm --seeds 7..7 --write seven.yaml; warren run seven.yaml\n"
    "\n"
    "A seed is always the same world. A failure prints the command that repeats it.\n"
    "Exit codes: 0 every world held; 1 one did not; 2 bad usage; 3 the machine lacks something.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct swarm_request *request = state->input;
    switch (key) {
    case OPTION_SEEDS:
        parse_seeds(NAME, "seeds", argument, &request->first, &request->last);
        request->has_seeds = true;
        return 0;
    case OPTION_JOBS:
        request->jobs = (uint32_t)parse_count(NAME, "jobs", argument, 1024);
        return 0;
    case OPTION_MINUTES:
        request->until = wall_ns() + parse_count(NAME, "minutes", argument, 1000000) * 60 * WRN_SECOND;
        request->has_minutes = true;
        return 0;
    case OPTION_WRITE:
        request->write = argument;
        return 0;
    case OPTION_JSON:
        request->json = argument;
        return 0;
    case 'q':
        request->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        usage_error(NAME, "'%s' is one word too many; --seeds A..B names the worlds", argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A live line at a terminal, else a plain one each ten seconds; nothing in the first two. */
struct watcher {
    const struct swarm_request *request;
    struct swarm_total         *total;
    bool     live, drawn;
    uint64_t begun, last;
};

static void show(struct watcher *watcher)
{
    const struct swarm_total *total = watcher->total;
    uint64_t wall = wall_ns(), ran = (wall - watcher->begun) / WRN_MILLISECOND + 1;
    uint64_t pause = watcher->live ? 200 * WRN_MILLISECOND : watcher->last == watcher->begun ? 0 : 10 * WRN_SECOND;
    char simulated[32], failed[64] = "";
    if (watcher->request->quiet || ran < 2000 || wall - watcher->last < pause)
        return;
    sim_scenario_time_text(total->simulated_ns / (60 * WRN_SECOND) * (60 * WRN_SECOND), simulated);
    if (total->failed)
        snprintf(failed, sizeof failed, ", the first is seed %" PRIu64, total->first_failed);
    fprintf(stderr, "%s%" PRIu64 " worlds  %s simulated  %" PRIu64 "x real time  %" PRIu64 " events/s  failed %" PRIu64 "%s",
            watcher->live ? "\r" : "", total->worlds, simulated, total->simulated_ns / WRN_MILLISECOND / ran,
            total->events * 1000 / ran, total->failed, failed);
    if (!watcher->request->has_minutes)
        fprintf(stderr, "  left %" PRIu64 " worlds", watcher->request->last - watcher->request->first + 1 - total->worlds);
    fputs(watcher->live ? "\033[K" : "\n", stderr);
    fflush(stderr);
    watcher->drawn = watcher->live;
    watcher->last = wall;
}

static void tell(void *context, const struct swarm_world *world)
{
    struct watcher *watcher = context;
    swarm_add(watcher->total, world);
    show(watcher);
}

static void settle(struct swarm_request *request)
{
    if (!request->has_seeds) {
        request->first = 1;
        request->last = request->has_minutes ? INT64_MAX : 100;
    }
    if (!request->jobs)
        request->jobs = pool_processors();
    if (request->jobs > request->last - request->first + 1)
        request->jobs = (uint32_t)(request->last - request->first + 1);
    if (request->write && request->first != request->last)
        usage_error(NAME, "--write is for one world; --seeds %" PRIu64 "..%" PRIu64 " --write FILE", request->first,
                    request->first);
    if (request->write && request->json && strcmp(request->write, "-") == 0 && strcmp(request->json, "-") == 0)
        usage_error(NAME, "--json - and --write - both want standard output; a file for one of them");
}

/* The world as a scenario: the same trace hash with warren run. */
static void write_world(const struct swarm_request *request)
{
    static struct sim_swarm swarm;
    struct sim_message message;
    sim_swarm_draw(&swarm, request->first);
    char *text = sim_scenario_write(&swarm.plan, NULL, 0, &message);
    if (!text)
        usage_error(NAME, "seed %" PRIu64 " is no scenario: %s; another seed", request->first, message.text);
    FILE *file = open_output(NAME, request->write, false);
    fputs(text, file);
    close_output(NAME, request->write, file);
    free(text);
}

int command_swarm(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
    struct swarm_request request = {0};
    parse_arguments(&argp, NAME, argc, argv, &request);
    settle(&request);
    provider_open(&request.provider, NAME, NULL);
    struct swarm_total total = {.failures = calloc(SWARM_FAILURES, sizeof *total.failures)};
    const char *terminal = getenv("TERM");
    struct watcher watcher = {.request = &request, .total = &total, .begun = wall_ns(),
                              .live = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0};
    watcher.last = watcher.begun;
    if (!total.failures)
        usage_error(NAME, "out of memory; a machine with more");
    if (request.write)
        write_world(&request);
    swarm_work(&request, tell, &watcher);
    if (watcher.drawn)
        fputs("\r\033[K", stderr);
    total.wall_ns = wall_ns() - watcher.begun;
    bool taken = (request.json && strcmp(request.json, "-") == 0) || (request.write && strcmp(request.write, "-") == 0);
    if (!request.quiet)
        swarm_text(taken ? stderr : stdout, &request, &total);
    if (request.json) {
        FILE *file = open_output(NAME, request.json, false);
        swarm_json(file, &request, &total);
        close_output(NAME, request.json, file);
    }
    close_output(NAME, "standard output", stdout);
    free(total.failures);
    provider_close(&request.provider);
    return total.failed || sim_tries_implausible(&total.tries) ? EXIT_FAILED : EXIT_GOOD;
}
