#include "base.h"
#include "parts.h"

/*
 * Requests and their answers, one at a time: a page, a query, a call. The client sends a request in as many packets as it takes;
 * the server answers when it has all of them; after the answer, or the timeout, the client thinks and asks again. Nothing is
 * repeated: what is lost is a request without an answer. What is late belongs to a request that nobody waits for.
 */

static uint64_t bytes_of(const struct sim_stream *stream, uint64_t n, const struct sim_draw *draw)
{
    const uint64_t bytes = sim_duration(stream, n, draw);

    return bytes < SIM_MESSAGE_MOST ? bytes : SIM_MESSAGE_MOST;
}

/* Returns the number of packets. */
static uint32_t send_message(struct sim_world *world, uint32_t number, bool back, uint64_t bytes)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    const uint32_t least = flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    uint32_t packets = 0;

    do {
        uint64_t size = bytes < flow->size ? bytes : flow->size;

        bytes -= size;
        sim_flow_send(world, number, back, size < least ? least : (uint32_t)size);
        packets++;
    } while (bytes > 0);
    return packets;
}

static void think(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    const uint64_t begun = state->result.begun;
    wrn_time next = world->now + sim_duration(&world->traffic.flows[2 * number].every, begun, &flow->every);

    state->request.waiting = false;
    next = next > world->now ? next : world->now + 1;
    if (!sim_flow_ends(world, number, next) && (flow->count == 0 || begun < flow->count))
        sim_flow_due(world, number, next);
    else
        state->due = WRN_NEVER;
}

static void ask(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    const uint64_t bytes = bytes_of(&state->request_size, state->result.begun, &flow->request);

    /* Known before the first packet leaves. */
    state->request = (struct sim_request){
        .begun = world->now, .waiting = true, .first = state->sent, .first_back = state->back,
        .forth = (uint32_t)((bytes + flow->size - 1) / flow->size)};
    if (state->request.forth == 0)
        state->request.forth = 1;
    state->result.begun++;
    sim_expect_begun(world, number);
    sim_flow_due(world, number, world->now + flow->timeout);
    send_message(world, number, false, bytes);
    sim_flow_settle(world, flow->from);
}

void sim_request_next(struct sim_world *world, uint32_t number)
{
    struct sim_flow_state *state = &world->flows[number];

    if (!state->request.waiting) {
        ask(world, number);
        return;
    }
    state->result.timeouts++;
    SIM_MARK(world, "request_timeout");
    think(world, number);
}

static void answer(struct sim_world *world, uint32_t number)
{
    struct sim_flow_state *state = &world->flows[number];
    const uint64_t bytes =
        bytes_of(&state->response_size, state->result.begun - 1, &world->plan->flows[number].response);

    state->request.back = send_message(world, number, true, bytes);
}

void sim_request_arrived(struct sim_world *world, const struct sim_inner *inner)
{
    const uint32_t number = inner->flow / 2;
    struct sim_flow_state *state = &world->flows[number];
    struct sim_request *request = &state->request;

    if (!request->waiting)
        return;
    if (inner->flow % 2 == 0) {
        if (inner->number >= request->first && ++request->got == request->forth)
            answer(world, number);
        return;
    }
    if (inner->number < request->first_back || ++request->got_back < request->back || request->back == 0)
        return;
    state->result.completed++;
    SIM_MARK(world, "request_answered");
    sim_flow_measure(world, &state->response, world->now - request->begun);
    sim_expect_completed(world, number, request->begun);
    think(world, number);
}
