/* warren shrink: a smaller world that fails in the same way, as a scenario file. */

#define _POSIX_C_SOURCE 200809L

#include "draft.h"
#include "failure.h"
#include "load.h"
#include "run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/swarm.h"

#define NAME "warren shrink"
#define ROUNDS 4u

struct shrink {
    struct source   source;
    const char     *write;
    struct provider provider;
    bool            quiet;
    uint64_t        runs, most; /* of worlds */
    struct failure  failure;    /* the one to keep */
    uint64_t        broken;     /* the invariants that the original breaks, a bit each */
    struct sim_always always;   /* what the file says of it, when it is an invariant */
    const struct sim_plan *original;
    struct draft   *best;
    char           *text; /* of best, as it was run */
    bool            live, drawn;
    uint64_t        begun, last;
};

enum { OPTION_WRITE = 0x200, OPTION_RUNS };

static const struct argp_option options[] = {
    {"seed", OPTION_SEED, "N", 0, "of the scenario; without one, the world of that seed of warren swarm", 0},
    {"set", OPTION_SET, "PATH=VALUE", 0, "override one value of the scenario", 0},
    {"with", OPTION_WITH, "FILE", 0, "lay a file over it: more timeline, traffic, expectations, nodes and profiles", 0},
    {"write", OPTION_WRITE, "FILE", 0, "where the smaller scenario goes [shrunk.yaml]; - is standard output", 0},
    {"runs", OPTION_RUNS, "N", 0, "try that many worlds at most [5000]", 0},
    {"quiet", 'q', NULL, 0, "print nothing", 0},
    {0},
};

static const char doc[] =
    "Make a world that fails smaller, as long as it fails in the same way: the same invariant, or the same expectation.\v"
    "Examples:\n"
    "  warren shrink --seed 184\n"
    "  warren shrink storm.yaml --set paths.lte.loss=20% --write small.yaml; warren run small.yaml\n"
    "\n"
    "Faults, traffic, tunnels and nodes are left out, links made ideal, the end moved forward, times rounded. Draws are keyed by "
    "names, so that what stays behaves as before. Nothing breaks in it that did not break in the larger world.\n"
    "Exit codes: 0 a scenario is written; 2 bad usage, or nothing fails; 3 the machine lacks something.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct shrink *shrink = state->input;
    char *end;
    switch (key) {
    case OPTION_WRITE:
        shrink->write = argument;
        return 0;
    case OPTION_RUNS:
        shrink->most = strtoull(argument, &end, 10);
        if (*argument < '0' || *argument > '9' || *end || !shrink->most)
            usage_error(NAME, "--runs '%s' is no such number; a whole one from 1", argument);
        return 0;
    case 'q':
        shrink->quiet = true;
        return 0;
    default:
        return parse_source(NAME, &shrink->source, key, argument);
    }
}

_Noreturn static void no_memory(void)
{
    fputs(NAME ": out of memory; a machine with more\n", stderr);
    exit(EXIT_MACHINE);
}

static void show(struct shrink *shrink)
{
    const struct sim_plan *plan = &shrink->best->plan;
    uint64_t wall = wall_ns();
    uint64_t pause = shrink->live ? 200 * WRN_MILLISECOND : shrink->last == shrink->begun ? 0 : 10 * WRN_SECOND;
    char stop[32];
    if (shrink->quiet || wall - shrink->begun < 2 * WRN_SECOND || wall - shrink->last < pause)
        return;
    sim_scenario_time_text(plan->stop, stop);
    fprintf(stderr, "%s%" PRIu64 " worlds tried  %u nodes  %u flows  %u events  stop %s%s", shrink->live ? "\r" : "",
            shrink->runs, plan->node_count, plan->flow_count, plan->event_count, stop, shrink->live ? "\033[K" : "\n");
    fflush(stderr);
    shrink->drawn = shrink->live;
    shrink->last = wall;
}

/* Trying. -------------------------------------------------------------------------------------------------------------------- */

static bool same_failure(const struct shrink *shrink, const struct failure *failure)
{
    return failure->there && strcmp(failure->id, shrink->failure.id) == 0;
}

static uint64_t broken_in(const struct sim_results *results)
{
    uint64_t broken = 0;
    for (size_t i = 0; i < results->invariant_count && i < 64; i++)
        broken |= (uint64_t)(results->invariants[i].violated > 0) << i;
    return broken;
}

/* Written, read and run as a user would: what is kept is what the file says. And nothing breaks that was whole: a smaller world in
 * which more goes wrong explains less. */
static bool fails(struct shrink *shrink, const struct sim_plan *plan, char **text, struct failure *failure)
{
    struct sim_message message;
    struct sim_scenario_error error;
    struct sim_results results;
    struct sim_scenario_options file = {.file = "(candidate)"};
    size_t always = shrink->failure.id[0] ? 1 : 0;
    bool same = false;
    shrink->runs++;
    *text = sim_scenario_write_short(plan, &shrink->always, always, &message);
    struct sim_scenario *scenario = *text ? sim_scenario_read(&file, *text, strlen(*text), &error) : NULL;
    struct sim_world *world =
        scenario ? run_to_end(sim_scenario_plan(scenario), &shrink->provider, SIM_QUEUE_TWO_TIER, true, &results, &message) : NULL;
    if (world) {
        find_failure(sim_scenario_plan(scenario), &results, failure);
        same = same_failure(shrink, failure) && !(broken_in(&results) & ~shrink->broken);
        sim_world_end(world);
    }
    sim_scenario_close(scenario);
    if (!same) {
        free(*text);
        *text = NULL;
    }
    return same;
}

/* Takes the candidate over if the world still fails; ends it otherwise. */
static bool try_it(struct shrink *shrink, struct draft *candidate)
{
    struct failure failure;
    char *text = NULL;
    bool expectation = !shrink->failure.id[0], same = false;
    struct draft *pruned = draft_open(&candidate->plan);
    if (!pruned)
        no_memory();
    draft_prune(pruned);
    if (shrink->runs < shrink->most
        && !(expectation && draft_is_worse(candidate, shrink->original, candidate->expects[0].begin)))
        same = fails(shrink, &pruned->plan, &text, &failure);
    draft_close(pruned);
    if (!same) {
        draft_close(candidate);
        return false;
    }
    shrink->failure = failure;
    free(shrink->text);
    shrink->text = text;
    draft_close(shrink->best);
    shrink->best = candidate;
    show(shrink);
    return true;
}

static struct draft *candidate_of(const struct shrink *shrink)
{
    struct draft *candidate = draft_open(&shrink->best->plan);
    if (!candidate)
        no_memory();
    return candidate;
}

/* A claim that fails because what it is about is gone proves nothing: its nodes, their tunnels and their traffic stay. */
static bool is_claimed(const struct draft *draft, uint32_t a, uint32_t b, bool both_ways)
{
    for (uint32_t i = 0; i < draft->plan.pair_count; i++) {
        const struct sim_pair *pair = &draft->pairs[i];
        if ((pair->from == a && pair->to == b) || (both_ways && pair->from == b && pair->to == a))
            return true;
    }
    return false;
}

static bool keeps_claim(const struct draft *before, const struct draft *after)
{
    uint32_t flows = 0, sides = 0;
    for (uint32_t i = 0; i < before->plan.flow_count; i++)
        flows += is_claimed(before, before->flows[i].from, before->flows[i].to, false);
    for (uint32_t i = 0; i < after->plan.flow_count; i++)
        flows -= is_claimed(after, after->flows[i].from, after->flows[i].to, false);
    for (uint32_t i = 0; i < before->plan.peer_count; i++)
        sides += is_claimed(before, before->peers[i].node, before->peers[i].peer, true);
    for (uint32_t i = 0; i < after->plan.peer_count; i++)
        sides -= is_claimed(after, after->peers[i].node, after->peers[i].peer, true);
    return flows == 0 && sides == 0;
}

static bool is_named(const struct draft *draft, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < draft->plan.pair_count; i++)
        if ((draft->pairs[i].from >= first && draft->pairs[i].from < first + count)
            || (draft->pairs[i].to >= first && draft->pairs[i].to < first + count))
            return true;
    return false;
}

static bool leave_out(struct shrink *shrink, enum draft_list list, uint32_t first, uint32_t count)
{
    struct draft *candidate;
    if (list == DRAFT_NODES && (is_named(shrink->best, first, count) || count == shrink->best->plan.node_count))
        return false;
    candidate = candidate_of(shrink);
    draft_remove(candidate, list, first, count);
    if (!keeps_claim(shrink->best, candidate)) {
        draft_close(candidate);
        return false;
    }
    return try_it(shrink, candidate);
}

/* Halves, quarters and so on, down to single ones. */
static bool leave_out_all(struct shrink *shrink, enum draft_list list)
{
    bool smaller = false;
    uint32_t all = draft_count(shrink->best, list);
    for (uint32_t chunk = all; chunk > 0; chunk /= 2)
        for (uint32_t at = 0; at < draft_count(shrink->best, list);) {
            uint32_t left = draft_count(shrink->best, list) - at;
            if (leave_out(shrink, list, at, chunk < left ? chunk : left))
                smaller = true;
            else
                at += chunk;
        }
    return smaller;
}

static bool stop_at(struct shrink *shrink, wrn_time stop)
{
    struct draft *candidate;
    if (stop == 0 || stop >= shrink->best->plan.stop)
        return false;
    candidate = candidate_of(shrink);
    draft_stop(candidate, stop);
    return try_it(shrink, candidate);
}

/* A violation is there at its time, whatever comes later. A claim needs its window, and a mark the whole run. */
static bool stop_earlier(struct shrink *shrink)
{
    wrn_time units[] = {60 * WRN_SECOND, 10 * WRN_SECOND, WRN_SECOND, WRN_MILLISECOND}, low = 0;
    bool smaller = false, expectation = !shrink->failure.id[0];
    wrn_time end = expectation ? shrink->best->expects[0].end : shrink->failure.time;
    if (expectation && shrink->best->expects[0].kind == SIM_EXPECT_MARK)
        return false;
    if (expectation)
        return stop_at(shrink, end);
    for (size_t i = 4; i-- > 0 && !smaller;)
        smaller = stop_at(shrink, (end / units[i] + 1) * units[i]);
    for (unsigned i = 0; i < 12 && shrink->best->plan.stop > low + WRN_SECOND; i++) {
        wrn_time middle = (low + shrink->best->plan.stop) / 2 / WRN_SECOND * WRN_SECOND;
        if (stop_at(shrink, middle))
            smaller = true;
        else
            low = middle;
    }
    return smaller;
}

static bool make_plainer(struct shrink *shrink)
{
    bool smaller = false;
    for (uint32_t way = 0; way < draft_ways(); way++) {
        struct draft_item item = {.known = true};
        for (uint32_t number = 0; item.known; number++) {
            struct draft *candidate = candidate_of(shrink);
            bool changed = draft_simplify(candidate, way, number, &item);
            bool claimed = item.flow && item.known
                           && is_claimed(candidate, candidate->flows[number].from, candidate->flows[number].to, false);
            if (!changed || (claimed && item.way != 2 && item.way != 3)) /* its number of packets is what is claimed */
                draft_close(candidate);
            else
                smaller = try_it(shrink, candidate) || smaller;
        }
    }
    return smaller;
}

/* Around it. ----------------------------------------------------------------------------------------------------------------- */

static void first_run(struct shrink *shrink)
{
    struct sim_results results;
    struct sim_message message;
    struct sim_world *world = run_to_end(shrink->original, &shrink->provider, SIM_QUEUE_TWO_TIER, true, &results, &message);
    if (!world) {
        fprintf(stderr, NAME ": no world: %s\n", message.text);
        exit(EXIT_MACHINE);
    }
    find_failure(shrink->original, &results, &shrink->failure);
    shrink->broken = broken_in(&results);
    sim_world_end(world);
    if (!shrink->failure.there)
        usage_error(NAME, "nothing fails in '%s'; a world that does", shrink->original->name);
    snprintf(shrink->always.id, sizeof shrink->always.id, "%s", shrink->failure.id);
    if (!shrink->quiet)
        fprintf(stderr, "fails: %s\n", shrink->failure.text);
    struct draft *candidate = draft_open(shrink->original);
    if (!candidate || !(shrink->best = draft_open(shrink->original)))
        no_memory();
    draft_expect(candidate, shrink->failure.id[0] ? SIM_NONE : shrink->failure.expectation);
    draft_stop(candidate, candidate->plan.stop);
    if (try_it(shrink, candidate))
        return;
    if (!sim_scenario_write(&shrink->best->plan, NULL, 0, &message) && message.text[0])
        usage_error(NAME, "'%s' is no scenario that can be written: %s; another one", shrink->original->name, message.text);
    usage_error(NAME, "'%s' does not fail again when it is written out; please report it", shrink->original->name);
}

static void shrink_it(struct shrink *shrink)
{
    bool smaller = true;
    for (unsigned i = 0; i < ROUNDS && smaller; i++) {
        smaller = stop_earlier(shrink);
        smaller = leave_out_all(shrink, DRAFT_NODES) || smaller;
        smaller = leave_out_all(shrink, DRAFT_EVENTS) || smaller;
        smaller = leave_out_all(shrink, DRAFT_FLOWS) || smaller;
        smaller = leave_out_all(shrink, DRAFT_TUNNELS) || smaller;
        smaller = leave_out_all(shrink, DRAFT_NODES) || smaller;
        smaller = make_plainer(shrink) || smaller;
    }
}

static int finish(struct shrink *shrink)
{
    const struct sim_plan *now = &shrink->best->plan, *then = shrink->original;
    char before[32], after[32];
    FILE *file = open_output(NAME, shrink->write, false);
    fprintf(file, "# %s\n%s", shrink->failure.text, shrink->text);
    close_output(NAME, shrink->write, file);
    if (shrink->drawn)
        fputs("\r\033[K", stderr);
    if (shrink->quiet)
        return EXIT_GOOD;
    sim_scenario_time_text(then->stop, before);
    sim_scenario_time_text(now->stop, after);
    fprintf(stderr,
            "smaller: nodes %u -> %u, traffic %u -> %u, events %u -> %u, stop %s -> %s; %" PRIu64 " worlds tried\n"
            "still: %s\n"
            "again: warren run '%s'\n",
            then->node_count, now->node_count, then->flow_count, now->flow_count, then->event_count, now->event_count, before,
            after, shrink->runs, shrink->failure.text, shrink->write);
    return EXIT_GOOD;
}

int command_shrink(int argc, char **argv)
{
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "[SCENARIO]", .doc = doc};
    static struct sim_swarm swarm;
    struct shrink shrink = {.write = "shrunk.yaml", .most = 5000};
    struct sim_scenario *scenario = NULL;
    const char *terminal = getenv("TERM");
    parse_arguments(&argp, NAME, argc, argv, &shrink);
    if (!shrink.source.file && (!shrink.source.has_seed || shrink.source.set_count || shrink.source.with_count))
        usage_error(NAME, "no world; a scenario file, or --seed N of warren swarm");
    provider_open(&shrink.provider, NAME, NULL);
    if (shrink.source.file) {
        scenario = load_scenario(NAME, &shrink.source);
        shrink.original = sim_scenario_plan(scenario);
    } else {
        sim_swarm_draw(&swarm, shrink.source.seed);
        shrink.original = &swarm.plan;
    }
    shrink.live = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    shrink.begun = shrink.last = wall_ns();
    first_run(&shrink);
    shrink_it(&shrink);
    int code = finish(&shrink);
    draft_close(shrink.best);
    free(shrink.text);
    sim_scenario_close(scenario);
    provider_close(&shrink.provider);
    return code;
}
