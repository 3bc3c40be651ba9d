/* What a swarm found: sums, and the failures by seed. */

#include "swarm.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

void swarm_add(struct swarm_total *total, const struct swarm_world *world)
{
    total->worlds++;
    total->events += world->events;
    total->simulated_ns += world->simulated_ns;
    for (size_t i = 0; i < SWARM_CHECKS; i++)
        total->checked[i] += world->checked[i];
    for (size_t i = 0; i < SWARM_MARKS; i++) {
        total->marks[i] += world->marks[i];
        total->reached[i] += world->marks[i] > 0;
    }
    sim_tries_add(&total->tries, &world->tries);
    for (size_t i = 0; i < 32; i++)
        total->trace_hash[i] ^= world->trace_hash[i];
    if (!world->failed)
        return;
    if (!total->failed++ || world->seed < total->first_failed)
        total->first_failed = world->seed;
    if (total->failure_count == SWARM_FAILURES)
        return;
    struct swarm_failure *failure = &total->failures[total->failure_count++];
    failure->seed = world->seed;
    memcpy(failure->text, world->text, sizeof failure->text);
}

/* "1: 204 of 577, at most 211; ...": handshakes not up after so many tries, of how many, and what the paths' losses allow. */
static void print_tries(FILE *out, const struct swarm_total *total)
{
    const struct sim_tries *tries = &total->tries;
    fputs("  not up after tries (L10)", out);
    for (unsigned k = 1; k <= SIM_TRIES && tries->not_up[k - 1]; k++)
        fprintf(out, "%s %u: %" PRIu64 " of %" PRIu64 ", mean at most %" PRIu64, k == 1 ? "" : ";", k, tries->not_up[k - 1],
                tries->episodes[k - 1], (tries->bound[k - 1] + SIM_TRIES_ONE - 1) / SIM_TRIES_ONE);
    fputc('\n', out);
}

static int by_seed(const void *a, const void *b)
{
    uint64_t left = ((const struct swarm_failure *)a)->seed, right = ((const struct swarm_failure *)b)->seed;
    return left < right ? -1 : left > right;
}

/* The ids of all invariants, from a world that nothing happens in. */
static size_t invariant_ids(const struct swarm_request *request, const char *ids[SWARM_CHECKS])
{
    static const struct sim_path path = {.name = "ideal"};
    const struct sim_node node = {
        .name = "alone", .role = SIM_ROLE_ATTACKER, .outer = {.address = {192, 0, 2, 1}, .port = 1, .family = 4}};
    struct sim_plan plan = {.stop = 1, .paths = &path, .path_count = 1, .nodes = &node, .node_count = 1};
    struct sim_results results;
    struct sim_message message;
    struct sim_world *world = run_to_end(&plan, &request->provider, SIM_QUEUE_HEAP, false, &results, &message);
    if (!world)
        return 0;
    for (size_t i = 0; i < results.invariant_count && i < SWARM_CHECKS; i++)
        ids[i] = results.invariants[i].id;
    sim_world_end(world);
    return results.invariant_count < SWARM_CHECKS ? results.invariant_count : SWARM_CHECKS;
}

/* "name count, name count", each with its share of `worlds` when `reached` is there; then those that are zero. */
static void print_counts(FILE *out, const char *what, const char *never, const char *const *names, const uint64_t *counts,
                         const uint64_t *reached, uint64_t worlds, size_t count)
{
    size_t zeros = 0;
    fprintf(out, "  %s", what);
    for (size_t i = 0; i < count; i++) {
        if (counts[i])
            fprintf(out, " %s %" PRIu64, names[i], counts[i]);
        if (counts[i] && reached)
            fprintf(out, " (%" PRIu64 ".%" PRIu64 "%%)", reached[i] * 100 / worlds, reached[i] * 1000 / worlds % 10);
        zeros += !counts[i];
    }
    fprintf(out, "\n  %s", never);
    for (size_t i = 0; i < count; i++)
        if (!counts[i])
            fprintf(out, " %s", names[i]);
    fputs(zeros ? "\n" : " none\n", out);
}

static size_t mark_names(const char *names[SWARM_MARKS])
{
    size_t count = 0;
    while (count < SWARM_MARKS && sim_mark_name(count)) {
        names[count] = sim_mark_name(count);
        count++;
    }
    return count;
}

void swarm_text(FILE *out, const struct swarm_request *request, struct swarm_total *total)
{
    const char *ids[SWARM_CHECKS], *marks[SWARM_MARKS];
    size_t id_count = invariant_ids(request, ids), mark_count = mark_names(marks);
    uint64_t wall = total->wall_ns / WRN_MILLISECOND + 1;
    char simulated[32], hash[65];
    qsort(total->failures, total->failure_count, sizeof *total->failures, by_seed);
    sim_scenario_time_text(total->simulated_ns / WRN_SECOND * WRN_SECOND, simulated);
    hash_text(total->trace_hash, hash);
    fprintf(out, "swarm of %" PRIu64 " worlds from seed %" PRIu64 " on, %u at once\n", total->worlds, request->first,
            request->jobs);
    fprintf(out, "  time        %s in %" PRIu64 ".%03" PRIu64 " s (%" PRIu64 "x real time), %" PRIu64 " events, %" PRIu64
            " worlds per minute\n",
            simulated, wall / 1000, wall % 1000, total->simulated_ns / WRN_MILLISECOND / wall, total->events,
            total->worlds * 60000 / wall);
    print_counts(out, "checks     ", "never armed", ids, total->checked, NULL, 0, id_count);
    print_counts(out, "marks      ", "never hit  ", marks, total->marks, total->reached, total->worlds, mark_count);
    print_tries(out, total);
    fprintf(out, "  trace hash  %s\n", hash);
    for (size_t i = 0; i < total->failure_count; i++)
        fprintf(out, "FAILED: seed %" PRIu64 ": %s\nagain: warren swarm --seeds %" PRIu64 "..%" PRIu64
                "\nsmaller: warren shrink --seed %" PRIu64 "\n",
                total->failures[i].seed, total->failures[i].text, total->failures[i].seed, total->failures[i].seed,
                total->failures[i].seed);
    if (total->failed > total->failure_count)
        fprintf(out, "... and %" PRIu64 " more\n", total->failed - total->failure_count);
    const unsigned k = sim_tries_implausible(&total->tries);
    if (k)
        fprintf(out, "FAILED: L10 loss alone leaves so many handshakes not up after %u tries less than once in 10^9 swarms\n", k);
    const char *end = total->failed || k ? "FAILED: %" PRIu64 " of %" PRIu64 " worlds\n"
                                    : "held: %" PRIu64 " failures in %" PRIu64 " worlds\n";
    fprintf(out, end, total->failed, total->worlds);
}

static json_t *counts_json(const char *const *names, const uint64_t *counts, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(object, names[i], json_integer((json_int_t)counts[i]));
    return object;
}

/* [[episodes, not up, mean at most], ...] by tries. */
static json_t *tries_json(const struct sim_tries *tries)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < SIM_TRIES; i++)
        json_array_append_new(array, json_pack("[I, I, f]", (json_int_t)tries->episodes[i], (json_int_t)tries->not_up[i],
                                               (double)tries->bound[i] / (double)SIM_TRIES_ONE));
    return array;
}

void swarm_json(FILE *out, const struct swarm_request *request, struct swarm_total *total)
{
    const char *ids[SWARM_CHECKS], *marks[SWARM_MARKS];
    size_t id_count = invariant_ids(request, ids), mark_count = mark_names(marks);
    json_t *failures = json_array();
    char hash[65], again[80];
    hash_text(total->trace_hash, hash);
    qsort(total->failures, total->failure_count, sizeof *total->failures, by_seed);
    for (size_t i = 0; i < total->failure_count; i++) {
        json_int_t seed = (json_int_t)total->failures[i].seed;
        snprintf(again, sizeof again, "warren swarm --seeds %" PRId64 "..%" PRId64, (int64_t)seed, (int64_t)seed);
        json_array_append_new(failures, json_pack("{s:I, s:s, s:s}", "seed", seed, "what", total->failures[i].text, "again",
                                                  again));
    }
    json_t *root = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b}", "first_seed",
                             (json_int_t)request->first, "worlds", (json_int_t)total->worlds, "failed",
                             (json_int_t)total->failed, "events", (json_int_t)total->events, "simulated_ns",
                             (json_int_t)total->simulated_ns, "wall_ns", (json_int_t)total->wall_ns, "trace_hash", hash, "build",
                             build_name(), "checks", counts_json(ids, total->checked, id_count), "marks",
                             counts_json(marks, total->marks, mark_count), "mark_worlds",
                             counts_json(marks, total->reached, mark_count), "failures", failures, "tries",
                             tries_json(&total->tries), "tries_plausible", !sim_tries_implausible(&total->tries));
    json_dumpf(root, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(root);
}
