/* Trace files: one JSON object per line. Names come from a scenario's checked alphabet, so nothing needs escaping but the header.
 */

#include "run.h"

#include <inttypes.h>
#include <jansson.h>

#include "warren/inspect.h"

static const char *const kinds[SIM_KINDS] = {
    [SIM_KIND_INNER_IN] = "inner_in", [SIM_KIND_INNER_OUT] = "inner_out", [SIM_KIND_SENT] = "sent",
    [SIM_KIND_LOST] = "lost",         [SIM_KIND_ARRIVED] = "arrived",     [SIM_KIND_WAKE] = "wake",
    [SIM_KIND_EVENT] = "event",       [SIM_KIND_TIMELINE] = "timeline",
};

void trace_begin(FILE *file, const struct sim_plan *plan, const struct source *source)
{
    json_t *sets = json_array(), *withs = json_array();
    for (size_t i = 0; i < source->set_count; i++)
        json_array_append_new(sets, json_string(source->sets[i]));
    for (size_t i = 0; i < source->with_count; i++)
        json_array_append_new(withs, json_string(source->withs[i]));
    json_t *header =
        json_pack("{s:i, s:s, s:s, s:I, s:o, s:s, s:I}", "warren_trace", 1, "scenario", plan->name, "file", source->file, "seed",
                  (json_int_t)plan->seed, "set", sets, "build", build_name(), "stop_ns", (json_int_t)plan->stop);
    json_object_set_new(header, "with", withs);
    json_dumpf(header, file, JSON_COMPACT);
    fputc('\n', file);
    json_decref(header);
}

void trace_record(FILE *file, const struct sim_plan *plan, const struct sim_trace *trace)
{
    fprintf(file, "{\"number\":%" PRIu64 ",\"time_ns\":%" PRIu64 ",\"node\":\"%s\",\"kind\":\"%s\",\"length\":%" PRIu32
                  ",\"digest\":\"%016" PRIx64 "\"",
            trace->number, trace->time, trace->node < plan->node_count ? plan->nodes[trace->node].name : "",
            trace->kind < SIM_KINDS ? kinds[trace->kind] : "?", trace->length, trace->digest);
    if (trace->kind == SIM_KIND_ARRIVED || trace->kind == SIM_KIND_INNER_IN)
        fprintf(file, ",\"verdict\":\"%s\"", wrn_verdict_name(trace->verdict));
    if (trace->reason)
        fprintf(file, ",\"reason\":\"%s\"", wrn_reason_name(trace->reason));
    fputs("}\n", file);
}

void trace_end(FILE *file, const struct sim_results *results)
{
    char hash[65];
    hash_text(results->trace_hash, hash);
    fprintf(file, "{\"chain\":\"%s\",\"events\":%" PRIu64 ",\"simulated_ns\":%" PRIu64 "}\n", hash, results->events,
            results->simulated_ns);
}
