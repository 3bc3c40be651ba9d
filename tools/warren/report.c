/* The end of a run: a table for people, JSON for programs. */

#include "run.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void hash_text(const uint8_t hash[32], char out[65])
{
    for (unsigned i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

size_t claim_count(const struct report *report)
{
    size_t always;
    sim_scenario_always(report->scenario, &always);
    return always + report->results->expectation_count;
}

static bool of_class(const struct sim_invariant *invariant, const char *id)
{
    return id[1] ? strcmp(invariant->id, id) == 0 : invariant->id[0] == id[0];
}

/* An `always` holds when its invariants were checked at all and never broke. */
static void always_at(const struct report *report, const struct sim_always *always, struct claim *claim)
{
    uint64_t checked = 0, violated = 0;
    for (size_t i = 0; i < report->results->invariant_count; i++) {
        const struct sim_invariant *invariant = &report->results->invariants[i];
        if (of_class(invariant, always->id)) {
            checked += invariant->checked;
            violated += invariant->violated;
        }
    }
    *claim = (struct claim){.text = always->text};
    claim->held = violated == 0 && checked > 0;
    snprintf(claim->measured, sizeof claim->measured, "%" PRIu64 " checks, %" PRIu64 " violations", checked, violated);
}

void claim_at(const struct report *report, size_t number, struct claim *claim)
{
    size_t always_count;
    const struct sim_always *always = sim_scenario_always(report->scenario, &always_count);
    const struct sim_plan *plan = sim_scenario_plan(report->scenario);
    if (number < always_count) {
        always_at(report, &always[number], claim);
        return;
    }
    number -= always_count;
    const struct sim_outcome *outcome = &report->results->expectations[number];
    bool over = report->results->simulated_ns >= plan->expects[number].end;
    *claim = (struct claim){
        .text = outcome->text, .of_seeds = plan->expects[number].of_seeds, .seeds = plan->expects[number].seeds};
    claim->held = over ? outcome->held : -1;
    snprintf(claim->measured, sizeof claim->measured, "%s", outcome->measured);
}

size_t failures(const struct report *report, const char *words[FAILURE_WORDS])
{
    size_t count = 0;
    bool safety = false, liveness = false, determinism = false, expectation = false;
    for (size_t i = 0; i < report->results->invariant_count; i++) {
        const struct sim_invariant *invariant = &report->results->invariants[i];
        bool same = strcmp(invariant->id, "S27") == 0;
        determinism = determinism || (invariant->violated && same);
        safety = safety || (invariant->violated && invariant->id[0] == 'S' && !same);
        liveness = liveness || (invariant->violated && invariant->id[0] != 'S');
    }
    for (size_t i = 0; i < claim_count(report); i++) {
        struct claim claim;
        claim_at(report, i, &claim);
        expectation = expectation || (claim.held == 0 && !claim.of_seeds);
    }
    if (safety)
        words[count++] = "safety";
    if (liveness)
        words[count++] = "liveness";
    if (determinism)
        words[count++] = "determinism";
    if (expectation)
        words[count++] = "expectation";
    if (report->state == SIM_EXHAUSTED)
        words[count++] = "resources";
    return count;
}

/* Text. ---------------------------------------------------------------------------------------------------------------------- */

static const char *paint(const struct report *report, bool good)
{
    return !report->colour ? "" : good ? "\033[32m" : "\033[31m";
}

static const char *plain(const struct report *report)
{
    return report->colour ? "\033[0m" : "";
}

static void print_numbers(FILE *out, const struct report *report)
{
    const struct sim_results *results = report->results;
    const struct log_totals *totals = &report->totals;
    uint64_t sent = 0, delivered = 0;
    char time[32], pace[64] = "in real time";
    for (size_t i = 0; i < results->node_count; i++) {
        sent += results->nodes[i].inner_sent;
        delivered += results->nodes[i].inner_delivered;
    }
    sim_scenario_time_text(results->simulated_ns, time);
    uint64_t wall = report->wall_ns / 1000000 + 1;
    fprintf(out, "\n%s, seed %" PRIu64 "\n", results->scenario, results->seed);
    if (!report->attach)
        snprintf(pace, sizeof pace, "%" PRIu64 "x real time", results->simulated_ns / 1000000 / wall);
    fprintf(out, "  time        %s in %" PRIu64 ".%03" PRIu64 " s (%s), %" PRIu64 " events, %zu nodes\n", time, wall / 1000,
            wall % 1000, pace, results->events, results->node_count);
    fprintf(out,
            "  handshakes  %" PRIu64 " completed, of these %" PRIu64 " rekeys; %" PRIu64 " initiations, %" PRIu64
            " retries, %" PRIu64 " given up\n",
            totals->completed, totals->rekeys, totals->initiations, totals->retries, totals->gave_up);
    fprintf(out,
            "  data        %" PRIu64 " inner packets handed in, %" PRIu64 " delivered, %" PRIu64 " not; %" PRIu64 " datagrams\n",
            sent, delivered, sent > delivered ? sent - delivered : 0, results->datagrams);
    fputs("  drops       ", out);
    for (size_t i = 0; i < results->drop_count; i++)
        fprintf(out, "%s%s %" PRIu64, i ? ", " : "", results->drops[i].name, results->drops[i].count);
    fputs(results->drop_count ? "\n" : "none\n", out);
    print_flow_results(out, results);
    if (report->attach)
        print_attached(out, report->attach, results);
}

static void print_invariants(FILE *out, const struct report *report)
{
    const struct sim_results *results = report->results;
    uint64_t checks = 0;
    size_t armed = 0;
    for (size_t i = 0; i < results->invariant_count; i++) {
        checks += results->invariants[i].checked;
        armed += results->invariants[i].checked > 0;
    }
    fprintf(out, "  invariants  %s%s%s: %" PRIu64 " checks of %zu (of %zu known), %u violated\n",
            paint(report, !results->violations), results->violations ? "BROKEN" : "held", plain(report), checks, armed,
            results->invariant_count, results->violations);
    for (size_t i = 0; i < results->invariant_count; i++) {
        const struct sim_invariant *invariant = &results->invariants[i];
        if (invariant->violated)
            fprintf(out, "    %s %s: %" PRIu64 " times (%s)\n", invariant->id, invariant->meaning, invariant->violated,
                    invariant->bound);
    }
}

static void print_claims(FILE *out, const struct report *report)
{
    size_t count = claim_count(report), held = 0, open = 0, excused = 0;
    struct claim claim;
    for (size_t i = 0; i < count; i++) {
        claim_at(report, i, &claim);
        held += claim.held == 1;
        open += claim.held == -1;
        excused += claim.held == 0 && claim.of_seeds;
    }
    fprintf(out, "  expected    %s%zu of %zu held%s", paint(report, held + open + excused == count), held, count, plain(report));
    if (excused)
        fprintf(out, ", %zu about many seeds did not in this one", excused);
    fprintf(out, open ? ", %zu not reached\n" : "\n", open);
    for (size_t i = 0; i < count; i++) {
        claim_at(report, i, &claim);
        const char *word = claim.held == 1 ? "yes" : claim.held == -1 ? "?" : claim.of_seeds ? "no" : "NO";
        fprintf(out, "    %s%-3s%s %-58s %s\n", paint(report, claim.held || claim.of_seeds), word, plain(report), claim.text,
                claim.measured);
    }
}

/* The one command that repeats it, quoted for a shell. */
static void print_repeat(FILE *out, const struct report *report)
{
    if (report->attach) {
        fputs("again: not by its seed, since packets came from outside; warren replay makes the calls of a --record again\n",
              out);
        return;
    }
    fprintf(out, "again: warren run '%s' --seed %" PRIu64, report->source->file, report->results->seed);
    for (size_t i = 0; i < report->source->with_count; i++)
        fprintf(out, " --with '%s'", report->source->withs[i]);
    for (size_t i = 0; i < report->source->set_count; i++)
        fprintf(out, " --set '%s'", report->source->sets[i]);
    fputc('\n', out);
}

void report_text(FILE *out, const struct report *report)
{
    const struct sim_results *results = report->results;
    const char *words[FAILURE_WORDS];
    char hash[65], control[65], time[32];
    hash_text(results->trace_hash, hash);
    hash_text(results->control_hash, control);
    print_numbers(out, report);
    print_invariants(out, report);
    print_claims(out, report);
    fprintf(out, "  trace hash  %s\n", hash);
    fprintf(out, "  control     %s\n", control);
    size_t count = failures(report, words);
    if (!count)
        return;
    fprintf(out, "%sFAILED%s:", paint(report, false), plain(report));
    for (size_t i = 0; i < count; i++)
        fprintf(out, " %s", words[i]);
    if (results->first.there) {
        sim_scenario_time_text(results->first.time, time);
        fprintf(out, "; first %s at %s, %s: %s", results->invariants[results->first.invariant].id, time,
                results->first.node == SIM_NONE ? "the world" : results->nodes[results->first.node].name, results->first.text);
    }
    fputc('\n', out);
    print_repeat(out, report);
}

/* JSON. ---------------------------------------------------------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *counts_json(const struct sim_count *counts, size_t count)
{
    json_t *all = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(all, counts[i].name, number(counts[i].count));
    return all;
}

static json_t *nodes_json(const struct sim_results *results)
{
    json_t *all = json_object();
    for (size_t i = 0; i < results->node_count; i++) {
        const struct sim_node_result *node = &results->nodes[i];
        char chain[17], digest[65];
        hash_text(node->digest, digest);
        snprintf(chain, sizeof chain, "%016" PRIx64, node->chain);
        json_object_set_new(all, node->name,
                            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "datagrams_sent",
                                      number(node->datagrams_sent), "datagrams_received", number(node->datagrams_received),
                                      "bytes_sent", number(node->bytes_sent), "bytes_received", number(node->bytes_received),
                                      "inner_sent", number(node->inner_sent), "inner_delivered", number(node->inner_delivered),
                                      "handshakes", number(node->handshakes), "initiations", number(node->initiations), "dh",
                                      number(node->dh), "drops", number(node->drops), "chain", chain,
                                      "digest", digest));
    }
    return all;
}

static json_t *invariants_json(const struct sim_results *results)
{
    json_t *all = json_object();
    for (size_t i = 0; i < results->invariant_count; i++) {
        const struct sim_invariant *invariant = &results->invariants[i];
        json_object_set_new(all, invariant->id, json_pack("{s:o, s:o, s:s}", "checked", number(invariant->checked), "violated",
                                                          number(invariant->violated), "meaning", invariant->meaning));
    }
    return all;
}

static json_t *claims_json(const struct report *report)
{
    json_t *all = json_array();
    for (size_t i = 0; i < claim_count(report); i++) {
        struct claim claim;
        claim_at(report, i, &claim);
        json_t *one = json_pack("{s:s, s:o, s:s}", "text", claim.text, "held",
                                claim.held < 0 ? json_null() : json_boolean(claim.held), "measured", claim.measured);
        if (claim.of_seeds)
            json_object_set_new(one, "seeds_ppm", number(claim.seeds));
        json_array_append_new(all, one);
    }
    return all;
}

static json_t *violation_json(const struct sim_results *results)
{
    if (!results->first.there)
        return json_null();
    const struct sim_violation *first = &results->first;
    return json_pack("{s:s, s:o, s:s, s:s}", "id", results->invariants[first->invariant].id, "time_ns", number(first->time),
                     "node", first->node == SIM_NONE ? "" : results->nodes[first->node].name, "text", first->text);
}

void report_json(FILE *out, const struct report *report)
{
    const struct sim_results *results = report->results;
    const char *words[FAILURE_WORDS];
    size_t count = failures(report, words);
    char hash[65], control[65];
    json_t *failed = json_array(), *sets = json_array(), *withs = json_array();
    hash_text(results->trace_hash, hash);
    hash_text(results->control_hash, control);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(failed, json_string(words[i]));
    for (size_t i = 0; i < report->source->set_count; i++)
        json_array_append_new(sets, json_string(report->source->sets[i]));
    for (size_t i = 0; i < report->source->with_count; i++)
        json_array_append_new(withs, json_string(report->source->withs[i]));
    json_t *root = json_pack("{s:s, s:s, s:o, s:o, s:s}", "scenario", results->scenario, "file", report->source->file, "seed",
                             number(results->seed), "set", sets, "build", build_name());
    json_object_set_new(root, "with", withs);
    json_object_set_new(root, "simulated_ns", number(results->simulated_ns));
    json_object_set_new(root, "wall_ns", number(report->wall_ns));
    json_object_set_new(root, "finished", json_boolean(report->state == SIM_FINISHED));
    json_object_set_new(root, "failed", failed);
    json_object_set_new(root, "events", number(results->events));
    json_object_set_new(root, "datagrams", number(results->datagrams));
    json_object_set_new(root, "ties", number(results->ties));
    json_object_set_new(root, "handshakes",
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "completed", number(report->totals.completed), "rekeys",
                                  number(report->totals.rekeys), "initiations", number(report->totals.initiations), "retries",
                                  number(report->totals.retries), "gave_up", number(report->totals.gave_up)));
    json_object_set_new(root, "trace_hash", json_string(hash));
    json_object_set_new(root, "control_hash", json_string(control));
    if (report->attach)
        json_object_set_new(root, "attached", attach_json(report->attach, results));
    json_object_set_new(root, "invariants", invariants_json(results));
    json_object_set_new(root, "violation", violation_json(results));
    json_object_set_new(root, "expectations", claims_json(report));
    json_object_set_new(root, "nodes", nodes_json(results));
    json_object_set_new(root, "flows", flows_json(results));
    json_object_set_new(root, "drops", counts_json(results->drops, results->drop_count));
    json_object_set_new(root, "marks", counts_json(results->marks, results->mark_count));
    json_dumpf(root, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(root);
}
