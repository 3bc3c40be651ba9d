/* The traffic of a written scenario. */

#include "write.h"

#include <inttypes.h>

static void put_packets(struct scn_out *out, const struct sim_flow *flow)
{
    scn_put(out, ", send: ");
    if (flow->sizes.a)
        scn_put_sizes(out, &flow->sizes);
    else
        scn_put(out, "%" PRIu32 "B", flow->size);
    scn_put(out, ", every: ");
    scn_put_draw(out, &flow->every);
    if (!flow->on.a)
        return;
    scn_put(out, ", on: ");
    scn_put_draw(out, &flow->on);
    scn_put(out, ", off: ");
    scn_put_draw(out, &flow->off);
}

static void put_requests(struct scn_out *out, const struct sim_flow *flow)
{
    scn_put(out, ", send: %" PRIu32 "B, request: ", flow->size);
    scn_put_sizes(out, &flow->request);
    scn_put(out, ", response: ");
    scn_put_sizes(out, &flow->response);
    scn_put(out, ", think: ");
    scn_put_draw(out, &flow->every);
    scn_put(out, ", timeout: ");
    scn_put_time(out, flow->timeout);
}

static void put_bulk(struct scn_out *out, const struct sim_flow *flow)
{
    scn_put(out, ", send: %" PRIu32 "B, bulk: ", flow->size);
    if (flow->bytes)
        scn_put(out, "%" PRIu64 "B", flow->bytes);
    else
        scn_put(out, "unlimited");
    scn_put(out, flow->congestion == SIM_RENO ? ", congestion: reno" : "");
}

static void put_trace(struct scn_out *out, const struct sim_plan *plan, const struct sim_flow *flow)
{
    const uint64_t *rows = plan->numbers + flow->first;
    scn_put(out, ", trace: [");
    for (uint32_t i = 0; i < flow->rows; i++) {
        scn_put(out, "%s", i ? ", " : "");
        scn_put_time(out, rows[2 * i]);
        scn_put(out, " %" PRIu64 "B%s", rows[2 * i + 1] >> 1, rows[2 * i + 1] & 1 ? " back" : "");
    }
    scn_put(out, "]%s", flow->repeat ? ", repeat: true" : "");
}

void scn_put_flow(struct scn_out *out, const struct sim_plan *plan, const struct sim_flow *flow)
{
    scn_put(out, "  - {from: %s, to: %s", plan->nodes[flow->from].name, plan->nodes[flow->to].name);
    if (flow->kind == SIM_FLOW_PACKETS)
        put_packets(out, flow);
    else if (flow->kind == SIM_FLOW_REQUESTS)
        put_requests(out, flow);
    else if (flow->kind == SIM_FLOW_BULK)
        put_bulk(out, flow);
    else
        put_trace(out, plan, flow);
    out->first = false;
    if (flow->start) {
        scn_put_key(out, "start");
        scn_put_time(out, flow->start);
    }
    if (flow->stop < plan->stop) {
        scn_put_key(out, "for");
        scn_put_time(out, flow->stop > flow->start ? flow->stop - flow->start : 0);
    }
    if (flow->count && flow->kind <= SIM_FLOW_REQUESTS) {
        scn_put_key(out, "count");
        scn_put(out, "%" PRIu64, flow->count);
    }
    scn_put(out, "%s%s%s, identity: %" PRIu32 "}\n", flow->ecn ? ", ecn: true" : "",
            flow->echo ? ", echo: true" : "", flow->ipv6 ? ", ipv6: true" : "",
            flow->identity);
}
