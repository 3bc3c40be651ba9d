#include "plan_parts.h"

/* Flows and claims of a plan: what is accepted runs. */

#define SIZES_MOST (UINT64_C(1) << 32) /* of a drawn size, before it is cut */

static bool is_bytes(const struct sim_draw *draw)
{
    return sim_is_draw(draw) && draw->a > 0 && draw->a <= SIZES_MOST && draw->b <= SIZES_MOST;
}

static const char *trace_fault(const struct sim_plan *plan, const struct sim_flow *flow)
{
    const uint32_t least = flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    const uint64_t *rows = plan->numbers + flow->first;

    if (flow->rows == 0 || flow->rows > SIM_ITEMS_MAX || !sim_is_range(flow->first, 2 * flow->rows, plan->number_count))
        return "its trace does not exist";
    for (uint32_t i = 0; i < flow->rows; i++) {
        if (rows[2 * i] > SIM_LONGEST_DRAW || (i > 0 && rows[2 * i] < rows[2 * i - 2]))
            return "its trace goes back in time, or beyond a year";
        if (rows[2 * i + 1] >> 1 < least || rows[2 * i + 1] >> 1 > flow->size)
            return "a packet of its trace is too small, or larger than its largest";
    }
    if (flow->repeat && rows[2 * (flow->rows - 1)] == 0)
        return "a trace that is over at once cannot be repeated";
    return NULL;
}

static const char *kind_fault(const struct sim_plan *plan, const struct sim_flow *flow)
{
    switch (flow->kind) {
    case SIM_FLOW_PACKETS:
        if (!sim_is_draw(&flow->every) || flow->every.a == 0)
            return "its interval is out of range";
        if (flow->sizes.a > 0 && !is_bytes(&flow->sizes))
            return "its sizes are out of range";
        if (!sim_is_draw(&flow->on) || !sim_is_draw(&flow->off) || (flow->on.a > 0) != (flow->off.a > 0))
            return "a burst and a silence, or neither";
        return NULL;
    case SIM_FLOW_REQUESTS:
        if (!sim_is_draw(&flow->every))
            return "its time to think is out of range";
        if (!is_bytes(&flow->request) || !is_bytes(&flow->response))
            return "its requests or answers are of no bytes, or too many";
        return flow->timeout == 0 || flow->timeout > SIM_LONGEST_DRAW ? "its timeout is out of range" : NULL;
    case SIM_FLOW_BULK:
        return flow->bytes > SIM_BULK_MOST || flow->congestion >= SIM_CONGESTIONS ? "no such transfer" : NULL;
    default:
        return trace_fault(plan, flow);
    }
}

const char *sim_flow_fault(const struct sim_plan *plan, const struct sim_flow *flow)
{
    const struct sim_node *from, *to;

    if (flow->from >= plan->node_count || flow->to >= plan->node_count || flow->from == flow->to)
        return "its nodes do not exist, or are one";
    from = &plan->nodes[flow->from];
    to = &plan->nodes[flow->to];
    if (from->role != SIM_ROLE_PEER || to->role != SIM_ROLE_PEER)
        return "an attacker has no traffic";
    if (flow->ipv6 ? !from->has_inner6 || !to->has_inner6 : !from->has_inner4 || !to->has_inner4)
        return "its nodes lack an inner address of that family";
    if (flow->size < (flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4) || flow->size > SIM_INNER_MOST)
        return "packets of 60 (IPv6: 80) to 65000 bytes";
    if (flow->kind >= SIM_FLOW_KINDS)
        return "no such kind of traffic";
    if (flow->start > SIM_LONGEST_TIME)
        return "it starts after 36 years";
    if (flow->echo && flow->kind != SIM_FLOW_PACKETS)
        return "only packets are echoed";
    return kind_fault(plan, flow);
}
