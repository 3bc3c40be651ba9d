/* warren run: a world from a scenario, watched by a person. */

#define _POSIX_C_SOURCE 200809L

#include "run.h"

#include "again.h"
#include "attach.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "many.h"
#include "pool.h"
#include "provider.h"
#include "warren/engine.h"

#define NAME "warren run"
#define RECORD_EVERY 256u /* calls of an engine between two digests of its whole state */

struct run {
    struct source  source;
    const char    *until_text, *json, *trace, *pcap, *record, *resolved;
    bool           quiet, verbose, keep_going, twice;
    const char    *provider_name; /* null: the fastest */
    struct provider provider;
    bool           many; /* seeds first to last */
    uint64_t       first, last;
    uint32_t       jobs;
    wrn_time       until;
    FILE          *out, *trace_file, *record_file;
    bool           colour;
    const struct sim_plan *plan;
    struct attach_wishes wishes;
    struct attach *attach;
    struct log    *log;
    struct capture *capture;
    struct progress progress;
};

static const struct argp_option options[] = {
    {"seed", OPTION_SEED, "N|A..B", 0, "instead of the scenario's: other keys, other losses; A..B runs once for each", 0},
    {"jobs", OPTION_JOBS, "N", 0, "processes for many seeds [one per processor]; the results are the same", 0},
    {"set", OPTION_SET, "PATH=VALUE", 0, "override one value, such as paths.lte.loss=5% or nodes.spoke.count=10", 0},
    {"with", OPTION_WITH, "FILE", 0, "lay a file over it: more timeline, traffic, expectations, nodes and profiles", 0},
    {"until", OPTION_UNTIL, "TIME", 0, "end earlier, such as 2m30s", 0},
    {"attach", OPTION_ATTACH, "NODE=IFNAME", 0, "in real time, with that node's inside as a tun interface; [NAMESPACE/]IFNAME",
     0},
    {"json", OPTION_JSON, "FILE", 0, "write the results; - is standard output, the log then goes to standard error", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "write every event as a line of JSON", 0},
    {"pcap", OPTION_PCAP, "FILE", 0, "write a capture (pcapng) with the keys, so that Wireshark decrypts it", 0},
    {"record", OPTION_RECORD, "FILE", 0, "write a recording of the engines' calls (.wtr), for warren replay; it holds all keys",
     0},
    {"resolved", OPTION_RESOLVED, "FILE", 0, "write the scenario with all defaults and draws written out; it runs the same", 0},
    {"quiet", 'q', NULL, 0, "print nothing; the exit code tells", 0},
    {"verbose", 'v', NULL, 0, "log every event, not only the first of each kind", 0},
    {"keep-going", 'k', NULL, 0, "run on after an invariant broke", 0},
    {"twice", OPTION_TWICE, NULL, 0, "run it again, on the other queue and with the other crypto: S27", 0},
    {"provider", OPTION_PROVIDER, "NAME", 0, PROVIDER_HELP, 0},
    {0},
};

static const char doc[] =
    "Run a scenario: WireGuard engines in a virtual network, with every invariant checked after every event.\v"
    "Examples:\n"
    "  warren run corpora/scenarios/two-peers.yaml\n"
    "  warren run demo.yaml --verbose\n"
    "  warren run lossy.yaml --seed 1..200          decides what the scenario claims of a share of seeds\n"
    "  warren run hub-50.yaml --seed 9 --set paths.lte.loss=20% --quiet --json results.json\n"
    "  warren run hub-50.yaml --quiet --json - | jq .trace_hash\n"
    "  warren run hub-50.yaml --set crypto=toy --json - --quiet | jq .control_hash\n"
    "  warren run two-peers.yaml --until 10s --trace - --quiet | head\n"
    "  warren run demo.yaml --twice\n"
    "  warren run demo.yaml --pcap demo.pcapng && wireshark demo.pcapng\n"
    "  warren run demo.yaml --record demo.wtr --quiet && warren replay demo.wtr\n"
    "  warren run two-peers.yaml --attach left=wr0 & ping 10.0.0.2        as root; see warren(1)\n"
    "\n"
    "The same scenario, seed and overrides give the same trace hash on every machine.\n"
    "Exit codes: 0 every invariant and expectation held; 1 one did not; 2 bad usage or a bad scenario; 3 the machine lacks "
    "something.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct run *run = state->input;
    switch (key) {
    case OPTION_SEED:
        if (!strstr(argument, ".."))
            return parse_source(NAME, &run->source, key, argument);
        parse_seeds(NAME, "seed", argument, &run->first, &run->last);
        run->many = true;
        return 0;
    case OPTION_JOBS:
        run->jobs = (uint32_t)parse_count(NAME, "jobs", argument, 1024);
        return 0;
    case OPTION_UNTIL:
        run->until_text = argument;
        if (!sim_scenario_time(argument, &run->until) || run->until == 0)
            usage_error(NAME, "--until '%s' is no time; such as 90s or 2m30s", argument);
        return 0;
    case OPTION_ATTACH:
        attach_parse(NAME, &run->wishes, argument);
        return 0;
    case OPTION_JSON:
        run->json = argument;
        return 0;
    case OPTION_TRACE:
        run->trace = argument;
        return 0;
    case OPTION_PCAP:
        run->pcap = argument;
        if (strcmp(argument, "-") == 0)
            usage_error(NAME, "--pcap - is not possible; a file");
        return 0;
    case OPTION_RESOLVED:
        run->resolved = argument;
        return 0;
    case OPTION_RECORD:
        run->record = argument;
        if (strcmp(argument, "-") == 0)
            usage_error(NAME, "--record - is not possible; a file");
        return 0;
    case OPTION_PROVIDER:
        run->provider_name = argument;
        return 0;
    case OPTION_TWICE:
        run->twice = true;
        return 0;
    case 'q':
        run->quiet = true;
        return 0;
    case 'v':
        run->verbose = true;
        return 0;
    case 'k':
        run->keep_going = true;
        return 0;
    default:
        return parse_source(NAME, &run->source, key, argument);
    }
}

static void on_trace(void *context, const struct sim_trace *trace)
{
    struct run *run = context;
    if (run->attach)
        attach_happened(run->attach, trace->time);
    log_trace(run->log, trace);
    if (run->trace_file)
        trace_record(run->trace_file, run->plan, trace);
}

static void on_tap(void *context, const struct sim_tap *tap)
{
    struct run *run = context;
    log_tap(run->log, tap);
    if (run->capture)
        capture_tap(run->capture, tap);
}

static void on_ephemeral(void *context, const uint8_t key[32], const uint8_t *preshared)
{
    struct run *run = context;
    if (run->capture)
        capture_ephemeral(run->capture, key, preshared);
}

static void on_deliver(void *context, uint32_t node, const uint8_t *packet, uint32_t length)
{
    attach_deliver(((struct run *)context)->attach, node, packet, length);
}

static bool on_record(void *context, const uint8_t *bytes, size_t length)
{
    return fwrite(bytes, 1, length, ((struct run *)context)->record_file) == length;
}

static void end_record(struct run *run, struct sim_world *world)
{
    const char *failed = run->record_file ? sim_world_record_end(world) : NULL;
    if (!run->record_file)
        return;
    close_output(NAME, run->record, run->record_file);
    if (failed)
        usage_error(NAME, "%s: the recording ends early: %s; a scenario without it", run->record, failed);
}

/* Slices short enough for a live line, long enough to cost nothing. Where they end changes nothing in the world. */
static enum sim_state run_world(struct run *run, struct sim_world *world)
{
    wrn_time step = 100 * WRN_MILLISECOND, at = 0;
    enum sim_state state = SIM_PAUSED;
    if (run->attach) {
        state = attach_run(run->attach, world, &run->until, &run->progress);
        at = run->until;
    }
    while (state == SIM_PAUSED && at < run->until) {
        uint64_t before = wall_ns();
        struct sim_progress now;
        at = run->until - at > step ? at + step : run->until;
        state = sim_world_run(world, at);
        uint64_t took = wall_ns() - before;
        if (took < 20 * WRN_MILLISECOND && step < 3600 * WRN_SECOND)
            step *= 2;
        else if (took > 100 * WRN_MILLISECOND && step > WRN_MILLISECOND)
            step /= 2;
        sim_world_progress(world, &now);
        now.stop = run->until;
        progress_show(&run->progress, &now);
    }
    if (state == SIM_PAUSED && run->until == run->plan->stop)
        state = sim_world_run(world, WRN_NEVER);
    progress_clear(&run->progress);
    return state;
}

/* Who gets standard output: at most one of JSON, trace and the log. */
static void open_outputs(struct run *run)
{
    bool json = run->json && strcmp(run->json, "-") == 0, trace = run->trace && strcmp(run->trace, "-") == 0;
    if (json && trace)
        usage_error(NAME, "--json - and --trace - both want standard output; a file for one of them");
    bool resolved = run->resolved && strcmp(run->resolved, "-") == 0;
    if (resolved && (json || trace))
        usage_error(NAME, "--resolved - and --%s - both want standard output; a file for one of them", json ? "json" : "trace");
    run->out = json || trace || resolved ? stderr : stdout;
    const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
    run->colour = isatty(fileno(run->out)) && !(plain && *plain) && terminal && strcmp(terminal, "dumb") != 0;
    run->progress = (struct progress){
        .quiet = run->quiet, .live = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0, .begun = wall_ns()};
    run->progress.last = run->progress.begun;
    if (run->trace)
        run->trace_file = open_output(NAME, run->trace, false);
    if (run->record)
        run->record_file = open_output(NAME, run->record, true);
}

static int finish(struct run *run, const struct sim_scenario *scenario, struct sim_world *world, enum sim_state state)
{
    struct sim_results results;
    struct sim_invariant invariants[AGAIN_RULES];
    struct sim_message message;
    const char *words[FAILURE_WORDS];
    sim_world_results(world, &results);
    if (state == SIM_PAUSED)
        results.simulated_ns = run->until; /* nothing happened between the last event and there */
    const struct sim_options plainly = {
        .crypto = run->provider.crypto, .crypto_context = run->provider.context, .keep_going = run->keep_going};
    if (run->twice && state != SIM_EXHAUSTED && !check_again(run->plan, &plainly, run->until, &results, invariants, &message)) {
        fprintf(stderr, NAME ": it does not run twice: %s\n", message.text);
        return EXIT_MACHINE;
    }
    struct report report = {.scenario = scenario,
                            .source = &run->source,
                            .results = &results,
                            .totals = log_totals(run->log),
                            .state = state,
                            .wall_ns = wall_ns() - run->progress.begun,
                            .attach = run->attach,
                            .until = run->until,
                            .colour = run->colour};
    capture_close(NAME, run->capture);
    end_record(run, world);
    if (run->trace_file) {
        trace_end(run->trace_file, &results);
        close_output(NAME, run->trace, run->trace_file);
    }
    if (!run->quiet) {
        report_text(run->out, &report);
        if (run->out == stdout)
            close_output(NAME, "standard output", stdout);
    }
    if (run->json) {
        FILE *file = open_output(NAME, run->json, false);
        report_json(file, &report);
        close_output(NAME, run->json, file);
    }
    if (state == SIM_EXHAUSTED) {
        fputs(NAME ": out of memory; a smaller scenario, or a machine with more\n", stderr);
        return EXIT_MACHINE;
    }
    return failures(&report, words) ? EXIT_FAILED : EXIT_GOOD;
}

/* What belongs to one run is refused with many, and the other way round. */
static int run_many(struct run *run)
{
    const char *one = run->trace          ? "--trace"
                      : run->pcap         ? "--pcap"
                      : run->record       ? "--record"
                      : run->resolved     ? "--resolved"
                      : run->until_text   ? "--until"
                      : run->twice        ? "--twice"
                      : run->wishes.count ? "--attach"
                      : run->verbose      ? "--verbose"
                      : run->keep_going   ? "--keep-going"
                                          : NULL;
    if (one)
        usage_error(NAME, "%s is for one run; --seed %" PRIu64 ", or none of it", one, run->first);
    if (run->source.file && strcmp(run->source.file, "-") == 0)
        usage_error(NAME, "many seeds read the scenario many times; a file instead of standard input");
    const struct many_request request = {.name = NAME, .source = &run->source, .first = run->first, .last = run->last,
                                         .jobs = run->jobs ? run->jobs : pool_processors(), .json = run->json,
                                         .quiet = run->quiet,
                                         .provider = &run->provider};
    provider_open(&run->provider, NAME, run->provider_name);
    int code = many_run(&request);
    provider_close(&run->provider);
    return code;
}

/* Better said now than by the kernel, later, to whichever process it chooses. */
static int refuse_large(const struct sim_plan *plan)
{
    uint64_t need = 0, there = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    for (uint32_t i = 0; i < plan->node_count; i++)
        need += plan->nodes[i].role == SIM_ROLE_PEER ? wrn_engine_size(&plan->nodes[i].limits) : 0;
    if (need < there)
        return EXIT_GOOD;
    fprintf(stderr, NAME ": %" PRIu32 " engines take %" PRIu64 " MB, this machine has %" PRIu64 "; smaller limits of the many, "
            "such as limits: {peers: 1, prefixes: 4, staging: 4, sources: 16, window: 256}, or fewer nodes\n",
            plan->node_count, need >> 20, there >> 20);
    return EXIT_MACHINE;
}

int command_run(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "SCENARIO", .doc = doc};
    struct run run = {0};
    parse_arguments(&argp, NAME, argc, argv, &run);
    if (run.many)
        return run_many(&run);
    if (run.jobs)
        usage_error(NAME, "--jobs is for many seeds; --seed A..B");
    if (run.twice && run.wishes.count)
        usage_error(NAME, "--attach and --twice: what comes from outside comes once; one of them");
    struct sim_scenario *scenario = load_scenario(NAME, &run.source);
    run.plan = sim_scenario_plan(scenario);
    if (run.until > run.plan->stop) {
        char stop[32];
        sim_scenario_time_text(run.plan->stop, stop);
        usage_error(NAME, "--until %s is after the scenario's stop: %s; an earlier time, or --set stop=%s", run.until_text, stop,
                    run.until_text);
    }
    if (!run.until)
        run.until = run.plan->stop;
    if (refuse_large(run.plan) != EXIT_GOOD) {
        sim_scenario_close(scenario);
        return EXIT_MACHINE;
    }
    if (run.pcap && run.plan->crypto == SIM_CRYPTO_TOY)
        usage_error(NAME, "--pcap needs crypto: real; nothing decrypts toy datagrams");
    provider_open(&run.provider, NAME, run.provider_name);
    run.attach = run.wishes.count ? attach_open(NAME, &run.wishes, run.plan) : NULL;
    open_outputs(&run);
    if (run.resolved)
        write_resolved(NAME, scenario, run.resolved);
    run.log = log_open(run.plan, run.out, run.quiet, run.verbose, run.colour, &run.progress);
    run.capture = run.pcap ? capture_open(NAME, run.pcap, run.plan) : NULL;
    struct sim_options world_options = {.crypto = run.provider.crypto,
                                        .crypto_context = run.provider.context,
                                        .keep_going = run.keep_going,
                                        .context = &run,
                                        .trace = on_trace,
                                        .tap = on_tap,
                                        .ephemeral = on_ephemeral,
                                        .deliver = on_deliver};
    if (run.record) {
        world_options.record = on_record;
        world_options.record_every = RECORD_EVERY;
    }
    if (run.trace_file)
        trace_begin(run.trace_file, run.plan, &run.source); /* a world that is made has events already */
    struct sim_message message;
    bool room = run.log && (run.capture || !run.pcap);
    struct sim_world *world = room ? sim_world_create(run.plan, &world_options, &heap_host, &message) : NULL;
    if (!world) {
        fprintf(stderr, NAME ": no world: %s\n", room ? message.text : "out of memory");
        sim_scenario_close(scenario);
        return EXIT_MACHINE;
    }
    if (run.attach && !attach_world(run.attach, world)) {
        fputs(NAME ": no world: out of memory\n", stderr);
        sim_scenario_close(scenario);
        return EXIT_MACHINE;
    }
    enum sim_state state = run_world(&run, world);
    int code = finish(&run, scenario, world, state);
    attach_close(run.attach);
    log_close(run.log);
    sim_world_end(world);
    sim_scenario_close(scenario);
    provider_close(&run.provider);
    return code;
}
