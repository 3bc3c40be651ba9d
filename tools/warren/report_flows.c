/* What the traffic of a run did. */

#include "run.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define SHOWN 8u

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *times_json(const struct sim_times *times)
{
    if (times->count == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "count", number(times->count), "p50_ns", number(times->half), "p90_ns",
                     number(times->nine_tenths), "p99_ns", number(times->ninety_nine), "max_ns", number(times->most));
}

static const char *const kinds[SIM_FLOW_KINDS] = {[SIM_FLOW_PACKETS] = "packets", [SIM_FLOW_REQUESTS] = "requests",
                                                  [SIM_FLOW_BULK] = "bulk", [SIM_FLOW_TRACE] = "trace"};

json_t *flows_json(const struct sim_results *results)
{
    json_t *all = json_array();
    for (size_t i = 0; i < results->flow_count; i++) {
        const struct sim_flow_result *flow = &results->flows[i];
        json_t *one = json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "from", results->nodes[flow->from].name, "to",
                                results->nodes[flow->to].name, "identity", (json_int_t)flow->identity, "kind",
                                kinds[flow->kind], "sent", number(flow->sent), "delivered", number(flow->delivered), "back_sent",
                                number(flow->back_sent), "back_delivered", number(flow->back_delivered), "bytes",
                                number(flow->bytes));
        json_object_set_new(one, "begun", number(flow->begun));
        json_object_set_new(one, "completed", number(flow->completed));
        json_object_set_new(one, "timeouts", number(flow->timeouts));
        if (flow->kind == SIM_FLOW_BULK) {
            json_object_set_new(one, "repeated", number(flow->repeated));
            json_object_set_new(one, "window_max", number(flow->window_most));
        }
        json_object_set_new(one, "latency", times_json(&flow->latency));
        json_object_set_new(one, "response", times_json(&flow->response));
        json_array_append_new(all, one);
    }
    return all;
}

static void ms_text(wrn_time time, char out[32])
{
    sim_scenario_time_text((time + 999999) / 1000000 * 1000000, out);
}

static void print_one(FILE *out, const struct sim_results *results, const struct sim_flow_result *flow)
{
    char half[32], most[32];
    fprintf(out, "    %s -> %s, %s: %" PRIu64 " of %" PRIu64 " packets, %" PRIu64 ".%02" PRIu64 " MB", results->nodes[flow->from].name,
            results->nodes[flow->to].name, kinds[flow->kind], flow->delivered, flow->sent, flow->bytes / 1000000,
            flow->bytes / 10000 % 100);
    if (flow->begun)
        fprintf(out, "; %" PRIu64 " of %" PRIu64 " completed", flow->completed, flow->begun);
    if (flow->kind == SIM_FLOW_BULK)
        fprintf(out, ", %" PRIu64 " repeated, %" PRIu64 " timeouts", flow->repeated, flow->timeouts);
    const struct sim_times *times = flow->response.count ? &flow->response : &flow->latency;
    if (times->count) {
        ms_text(times->half, half);
        ms_text(times->ninety_nine, most);
        fprintf(out, "; %s %s, 99%% %s", flow->response.count ? "response" : "latency", half, most);
    }
    fputc('\n', out);
}

/* Of what asks or transfers; plain packets are counted above. */
void print_flow_results(FILE *out, const struct sim_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->flow_count; i++) {
        const struct sim_flow_result *flow = &results->flows[i];
        if (flow->kind == SIM_FLOW_PACKETS || ++count > SHOWN)
            continue;
        fputs(count == 1 ? "  traffic\n" : "", out);
        print_one(out, results, flow);
    }
    if (count > SHOWN)
        fprintf(out, "    and %zu more (--json)\n", count - SHOWN);
}
