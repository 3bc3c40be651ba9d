#include "base.h"
#include "swarm_draft.h"

/* Who says what to whom. */

struct sim_flow *sim_swarm_flow(struct sim_swarm_draft *draft, uint32_t from, uint32_t to)
{
    struct sim_flow *flow = &draft->swarm->flows[draft->plan->flow_count++];

    *flow = (struct sim_flow){
        .identity = draft->plan->flow_count, .from = from, .to = to, .size = 100, .stop = draft->plan->stop};
    return flow;
}

static void draw_flow(struct sim_swarm_draft *draft)
{
    uint32_t from = (uint32_t)sim_swarm_below(draft, draft->peers);
    uint32_t to = (from + 1 + (uint32_t)sim_swarm_below(draft, draft->peers - 1)) % draft->peers;
    struct sim_flow *flow = sim_swarm_flow(draft, from, to);

    flow->ipv6 = draft->on[IPV6] && sim_swarm_maybe(draft, 50);
    flow->echo = draft->on[ECHO] && sim_swarm_maybe(draft, 60);
    flow->ecn = draft->on[SLOW] && sim_swarm_maybe(draft, 50);
    flow->size = 80 + (uint32_t)sim_swarm_below(draft, draft->swarm->nodes[from].mtu - 80u);
    flow->every.kind = sim_swarm_maybe(draft, 50) ? SIM_FIXED : SIM_EXPONENTIAL;
    flow->every.a = draft->on[BUSY] && sim_swarm_maybe(draft, 40) ? sim_swarm_between(draft, 30, 2000)
                                                                  : sim_swarm_between(draft, 2000, 200000);
    flow->start = sim_swarm_between(draft, 0, draft->calm / WRN_MILLISECOND);
    flow->stop = sim_swarm_maybe(draft, 70) ? draft->plan->stop : flow->start + sim_swarm_between(draft, 100, 200000);
    if (flow->stop > draft->plan->stop)
        flow->stop = draft->plan->stop;
    flow->count = sim_swarm_maybe(draft, 40) ? 1 + sim_swarm_below(draft, 5) : 0;
}

/* Kinds of traffic. ---------------------------------------------------------------------------------------------------------- */

static void draw_bursts(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    flow->on = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = sim_swarm_between(draft, 100, 5000)};
    flow->off = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = sim_swarm_between(draft, 5000, 120000)};
    flow->every.a = sim_swarm_between(draft, 20, 1000);
}

static void draw_sizes(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    const uint64_t least = 80 + sim_swarm_below(draft, flow->size - 79u);

    flow->sizes = (struct sim_draw){.kind = SIM_UNIFORM, .a = least, .b = flow->size};
}

static void draw_requests(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    flow->kind = SIM_FLOW_REQUESTS;
    flow->request = (struct sim_draw){.kind = SIM_FIXED, .a = 1 + sim_swarm_below(draft, 3000)};
    flow->response = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = 1 + sim_swarm_below(draft, 10000)};
    flow->timeout = sim_swarm_between(draft, 100, 30000);
}

static void draw_bulk(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    flow->kind = SIM_FLOW_BULK;
    flow->bytes = 1 + sim_swarm_below(draft, 150000);
    flow->congestion = sim_swarm_maybe(draft, 50) ? SIM_RENO : SIM_CUBIC;
    flow->count = 0;
}

/* Its largest packet is one of it: a scenario knows no other way to say which. */
static void draw_trace(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    uint64_t *numbers = draft->swarm->numbers + draft->plan->number_count, time = 0;

    flow->kind = SIM_FLOW_TRACE;
    flow->first = draft->plan->number_count;
    flow->rows = 1 + (uint32_t)sim_swarm_below(draft, 6);
    for (uint32_t i = 0; i < flow->rows; i++) {
        const uint64_t size = i == 0 ? flow->size : 80 + sim_swarm_below(draft, flow->size - 79u);

        time += sim_swarm_maybe(draft, 30) ? 0 : sim_swarm_between(draft, 1, 20000);
        numbers[2 * i] = time;
        numbers[2 * i + 1] = 2 * size + sim_swarm_maybe(draft, 40);
    }
    flow->repeat = time >= WRN_SECOND && sim_swarm_maybe(draft, 50);
    flow->count = 0;
    draft->plan->number_count += 2 * flow->rows;
}

/* What both sides send has to fit through both. */
static void draw_kind(struct sim_swarm_draft *draft, struct sim_flow *flow)
{
    const uint32_t most = draft->swarm->nodes[flow->to].mtu, kind = (uint32_t)sim_swarm_below(draft, 5);
    const uint32_t behaviour = BURSTS + kind;

    if (!draft->on[behaviour])
        return;
    if (behaviour >= REQUESTS) {
        flow->echo = false;
        flow->size = flow->size < most ? flow->size : most;
    }
    if (behaviour == BURSTS)
        draw_bursts(draft, flow);
    else if (behaviour == SIZES)
        draw_sizes(draft, flow);
    else if (behaviour == REQUESTS)
        draw_requests(draft, flow);
    else if (behaviour == BULK)
        draw_bulk(draft, flow);
    else
        draw_trace(draft, flow);
}

/* Second interfaces talk in pairs. */
static void draw_other(struct sim_swarm_draft *draft, uint32_t from)
{
    struct sim_flow *flow = sim_swarm_flow(draft, from, draft->others + ((from - draft->others) ^ 1));

    flow->ipv6 = sim_swarm_maybe(draft, 50);
    flow->echo = draft->on[ECHO] && sim_swarm_maybe(draft, 60);
    flow->size = 80 + (uint32_t)sim_swarm_below(draft, draft->swarm->nodes[from].mtu - 79u);
    flow->every = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = sim_swarm_between(draft, 1000, 100000)};
    flow->start = sim_swarm_between(draft, 0, draft->calm / WRN_MILLISECOND);
}

void sim_swarm_draw_traffic(struct sim_swarm_draft *draft)
{
    for (uint64_t n = 1 + sim_swarm_below(draft, 2 * draft->peers); n > 0; n--)
        draw_flow(draft);
    sim_swarm_section(draft, "other traffic");
    for (uint32_t i = draft->others; i < draft->plan->node_count; i++)
        draw_other(draft, i);
    for (uint32_t i = 0; i < draft->plan->flow_count; i++) {
        struct sim_flow *flow = &draft->swarm->flows[i];
        char name[SIM_NAME_BYTES];

        sim_swarm_name(name, sizeof name, "traffic ", flow->identity);
        sim_swarm_section(draft, name);
        draw_kind(draft, flow);
    }
}
