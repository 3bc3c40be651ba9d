#include "base.h"
#include "parts.h"
#include "text.h"

/* Packets one after another, and packets as a trace has them. */

bool sim_flow_ends(const struct sim_world *world, uint32_t flow, wrn_time at)
{
    return at >= world->plan->flows[flow].stop || at > world->plan->stop;
}

void sim_flow_due(struct sim_world *world, uint32_t flow, wrn_time due)
{
    struct sim_flow_state *state = &world->flows[flow];

    state->due = due;
    if (due >= state->entry || due > world->plan->stop)
        return;
    state->entry = due;
    sim_queue_push(&world->queue, due, SIM_TASK_FLOW, flow, NULL);
}

void sim_flow_settle(struct sim_world *world, uint32_t node)
{
    if (world->places[node].running)
        sim_place_settle(&world->places[node]);
}

static void send(struct sim_world *world, const struct sim_inner *inner)
{
    struct sim_place *place = &world->places[world->traffic.flows[inner->flow].from];
    struct sim_flow_result *result = &world->flows[inner->flow / 2].result;

    *(inner->flow % 2 ? &result->back_sent : &result->sent) += 1;
    if (!place->running)
        return;
    sim_inner_build(&world->traffic, inner, world->inner + WRN_HEADROOM);
    sim_place_inner(place, inner->size);
}

void sim_flow_send(struct sim_world *world, uint32_t flow, bool back, uint32_t size)
{
    struct sim_flow_state *state = &world->flows[flow];
    const struct sim_inner inner = {
        .flow = 2 * flow + back, .size = size, .number = back ? state->back++ : state->sent++};

    send(world, &inner);
}

void sim_flow_measure(struct sim_world *world, struct sim_histogram **histogram, wrn_time time)
{
    if (!*histogram)
        *histogram = sim_take(&world->memory, sizeof **histogram);
    if (*histogram)
        sim_histogram_add(*histogram, time);
}

/* Bursts. Each begins with a packet; what would come after its end begins the next one. */

static void begin_burst(struct sim_world *world, uint32_t number, wrn_time at)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];

    state->burst_end = at + sim_duration(&state->on, state->burst, &flow->on);
}

static wrn_time within_burst(struct sim_world *world, uint32_t number, wrn_time next)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];

    if (flow->on.a == 0 || next < state->burst_end)
        return next;
    next = state->burst_end + sim_duration(&state->off, state->burst, &flow->off);
    state->burst++;
    begin_burst(world, number, next);
    return next;
}

static uint32_t size_of(const struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    const struct sim_flow_state *state = &world->flows[number];
    const uint32_t least = flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    uint64_t size = flow->size;

    if (flow->sizes.a > 0)
        size = sim_duration(&state->sizes, state->sent, &flow->sizes);
    return size > flow->size ? flow->size : size < least ? least : (uint32_t)size;
}

static void next_packet(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    const uint32_t size = size_of(world, number);
    const uint64_t sent = world->flows[number].sent + 1;
    wrn_time next = world->now + sim_duration(&world->traffic.flows[2 * number].every, sent, &flow->every);

    next = within_burst(world, number, next);
    if (!sim_flow_ends(world, number, next) && (flow->count == 0 || sent < flow->count))
        sim_flow_due(world, number, next > world->now ? next : world->now + 1);
    sim_flow_send(world, number, false, size);
    sim_flow_settle(world, flow->from);
}

static wrn_time row_time(const struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    const struct sim_flow_state *state = &world->flows[number];
    const uint64_t *rows = world->plan->numbers + flow->first;

    return flow->start + state->round * rows[2 * (flow->rows - 1)] + rows[2 * state->row];
}

static void next_row(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    const uint64_t what = world->plan->numbers[flow->first + 2 * state->row + 1];
    wrn_time next;

    if (++state->row == flow->rows && flow->repeat) {
        state->row = 0;
        state->round++;
    }
    next = state->row < flow->rows ? row_time(world, number) : WRN_NEVER;
    if (!sim_flow_ends(world, number, next))
        sim_flow_due(world, number, next);
    sim_flow_send(world, number, what & 1, (uint32_t)(what >> 1));
    sim_flow_settle(world, what & 1 ? flow->to : flow->from);
}

static void begin_streams(struct sim_world *world, uint32_t number)
{
    const struct sim_plan *plan = world->plan;
    const struct sim_flow *flow = &plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    const struct { struct sim_stream *stream; const char *purpose; } all[] = {
        {&state->sizes, "size"}, {&state->on, "on"}, {&state->off, "off"}, {&state->request_size, "request"},
        {&state->response_size, "response"}};
    char name[3 * SIM_NAME_BYTES];

    if (flow->sizes.a == 0 && flow->on.a == 0 && flow->kind != SIM_FLOW_REQUESTS)
        return;
    sim_text_fill(name, sizeof name, "%s %s %u",
                  (const struct sim_part[]){{plan->nodes[flow->from].name, 0}, {plan->nodes[flow->to].name, 0},
                                            {NULL, flow->identity}}, 3);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sim_stream_init(all[i].stream, plan->seed, all[i].purpose, name);
}

void sim_flow_begin(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    wrn_time at = flow->start;

    state->result = (struct sim_flow_result){
        .from = flow->from, .to = flow->to, .identity = flow->identity, .kind = flow->kind};
    state->due = state->entry = WRN_NEVER;
    begin_streams(world, number);
    if (flow->kind == SIM_FLOW_TRACE)
        at = row_time(world, number);
    else if (flow->kind != SIM_FLOW_BULK && flow->every.kind != SIM_FIXED && flow->on.a == 0)
        at += sim_duration(&world->traffic.flows[2 * number].every, 0, &flow->every);
    if (flow->on.a > 0)
        begin_burst(world, number, at);
    if (flow->kind == SIM_FLOW_BULK)
        sim_bulk_begin(world, number);
    if (!sim_flow_ends(world, number, at))
        sim_flow_due(world, number, at);
}

void sim_flow_next(struct sim_world *world, uint32_t number)
{
    struct sim_flow_state *state = &world->flows[number];

    if (state->entry != world->now)
        return; /* overtaken by an earlier one */
    state->entry = WRN_NEVER;
    if (state->due > world->now) {
        sim_flow_due(world, number, state->due);
        return;
    }
    state->due = WRN_NEVER;
    switch (world->plan->flows[number].kind) {
    case SIM_FLOW_REQUESTS:
        sim_request_next(world, number);
        break;
    case SIM_FLOW_BULK:
        sim_bulk_next(world, number);
        break;
    case SIM_FLOW_TRACE:
        next_row(world, number);
        break;
    default:
        next_packet(world, number);
        break;
    }
}

static void came_back(struct sim_world *world, uint32_t number, const struct sim_inner *inner)
{
    const struct sim_inner forth = {.flow = 2 * number, .number = inner->number};
    const struct sim_record *record = sim_record_find(&world->traffic, &forth);
    struct sim_flow_state *state = &world->flows[number];

    if (world->plan->flows[number].kind != SIM_FLOW_PACKETS || !record)
        return;
    state->result.completed++;
    sim_flow_measure(world, &state->response, world->now - record->sent);
}

static void count(struct sim_world *world, uint32_t number, const struct sim_inner *inner)
{
    const struct sim_record *record = sim_record_find(&world->traffic, inner);
    struct sim_flow_state *state = &world->flows[number];

    if (inner->flow % 2) {
        state->result.back_delivered++;
        came_back(world, number, inner);
        return;
    }
    state->result.delivered++;
    if (record)
        sim_flow_measure(world, &state->latency, world->now - record->sent);
    if (world->plan->flows[number].kind == SIM_FLOW_BULK)
        return; /* what came before is not new */
    state->result.bytes += inner->size;
    sim_expect_bytes(world, number, inner->size);
}

void sim_flow_arrived(struct sim_place *place, const struct sim_inner *inner)
{
    struct sim_world *world = place->world;
    const uint32_t number = inner->flow / 2;
    const struct sim_flow *flow = &world->plan->flows[number];
    const struct sim_inner back = {.flow = inner->flow + 1, .size = inner->size, .number = inner->number};

    world->delivered++;
    count(world, number, inner);
    sim_expect_delivered(world, inner);
    if (flow->kind == SIM_FLOW_REQUESTS)
        sim_request_arrived(world, inner);
    else if (flow->kind == SIM_FLOW_BULK)
        sim_bulk_arrived(world, inner);
    else if (flow->echo && inner->flow % 2 == 0)
        send(world, &back);
}

static void fill(struct sim_times *times, const struct sim_histogram *histogram)
{
    if (!histogram)
        return;
    times->count = histogram->count;
    times->half = sim_histogram_part(histogram, 500000);
    times->nine_tenths = sim_histogram_part(histogram, 900000);
    times->ninety_nine = sim_histogram_part(histogram, 990000);
    times->most = histogram->most;
}

void sim_flow_results(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->plan->flow_count; i++) {
        const struct sim_flow_state *state = &world->flows[i];
        struct sim_flow_result *result = &world->flow_results[i];

        *result = state->result;
        if (world->plan->flows[i].echo)
            result->begun = result->sent;
        fill(&result->latency, state->latency);
        fill(&result->response, state->response);
    }
}
