/* One line of warren check about a flow. */

#include "load.h"

#include <inttypes.h>
#include <string.h>

static void sizes_text(const struct sim_draw *draw, char out[64])
{
    static const char *const names[] = {"", "uniform", "normal", "exp", "pareto"};
    if (draw->kind == SIM_FIXED)
        snprintf(out, 64, "%" PRIu64 "B", draw->a);
    else if (draw->kind == SIM_EXPONENTIAL)
        snprintf(out, 64, "exp(%" PRIu64 "B)", draw->a);
    else if (draw->kind == SIM_PARETO)
        snprintf(out, 64, "pareto(%" PRIu64 "B %" PRIu64 ".%03" PRIu64 ")", draw->a, draw->b / 1000, draw->b % 1000);
    else
        snprintf(out, 64, "%s(%" PRIu64 "B %" PRIu64 "B)", names[draw->kind % SIM_DRAW_KINDS], draw->a, draw->b);
}

static void print_packets(FILE *out, const struct sim_flow *flow)
{
    char text[64], every[64], on[64], off[64];
    draw_text(&flow->every, every);
    snprintf(text, sizeof text, "%" PRIu32 "B", flow->size);
    if (flow->sizes.a)
        sizes_text(&flow->sizes, text);
    fprintf(out, "%s every %s", text, every);
    draw_text(&flow->on, on);
    draw_text(&flow->off, off);
    if (flow->on.a)
        fprintf(out, ", on for %s, off for %s", on, off);
}

static void print_requests(FILE *out, const struct sim_flow *flow)
{
    char request[64], response[64], think[64], timeout[32];
    sizes_text(&flow->request, request);
    sizes_text(&flow->response, response);
    draw_text(&flow->every, think);
    sim_scenario_time_text(flow->timeout, timeout);
    fprintf(out, "requests of %s, answers of %s in packets of %" PRIu32 "B, %s to think, timeout %s", request, response, flow->size,
            think, timeout);
}

void print_flow(FILE *out, const struct sim_plan *plan, const struct sim_flow *flow)
{
    char start[32], stop[32];
    fprintf(out, "  %-12s -> %-12s ", plan->nodes[flow->from].name, plan->nodes[flow->to].name);
    if (flow->kind == SIM_FLOW_PACKETS)
        print_packets(out, flow);
    else if (flow->kind == SIM_FLOW_REQUESTS)
        print_requests(out, flow);
    else if (flow->kind == SIM_FLOW_TRACE)
        fprintf(out, "a trace of %" PRIu32 " packets%s", flow->rows, flow->repeat ? ", repeated" : "");
    else if (flow->bytes)
        fprintf(out, "a transfer of %" PRIu64 "B in packets of %" PRIu32 "B", flow->bytes, flow->size);
    else
        fprintf(out, "a transfer without end in packets of %" PRIu32 "B", flow->size);
    if (flow->kind == SIM_FLOW_BULK)
        fputs(flow->congestion == SIM_RENO ? " by reno" : " by cubic", out);
    sim_scenario_time_text(flow->start, start);
    sim_scenario_time_text(flow->stop, stop);
    fprintf(out, ", %s to %s%s%s%s", start, stop, flow->ipv6 ? ", IPv6" : "", flow->echo ? ", echoed" : "",
            flow->ecn ? ", ECN" : "");
    if (flow->count)
        fprintf(out, ", at most %" PRIu64, flow->count);
    fputc('\n', out);
}
