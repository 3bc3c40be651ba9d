#include "expect.h"

#include "base.h"
#include "text.h"

/* Claims about what flows do. A packet, a request or a transfer belongs to the window that it began in; goodput to when it
 * arrived. */

static struct sim_expect_state *state_of(struct sim_world *world, const struct sim_expect_link *link)
{
    return &world->expects->states[link->expect];
}

static struct sim_expect_link *links_of(const struct sim_world *world, uint32_t flow)
{
    return world->expects->from[world->plan->flows[flow].from];
}

static const struct sim_expect *concerned(const struct sim_world *world, const struct sim_expect_link *link, uint32_t flow,
                                          wrn_time time)
{
    return sim_expect_concerned(world, link, world->plan->flows[flow].to, time);
}

static void count(struct sim_world *world, uint32_t flow, uint32_t kind, wrn_time time, uint64_t more)
{
    for (const struct sim_expect_link *link = links_of(world, flow); link; link = link->next) {
        const struct sim_expect *expect = concerned(world, link, flow, time);

        if (expect && expect->kind == kind)
            state_of(world, link)->count += more;
    }
}

/* Exactly: how many are below the value of the claim, how many at most that. The histogram is for the reader. */
static void measure(struct sim_world *world, uint32_t flow, uint32_t kind, wrn_time begun)
{
    const wrn_time took = world->now - begun;

    for (const struct sim_expect_link *link = links_of(world, flow); link; link = link->next) {
        const struct sim_expect *expect = concerned(world, link, flow, begun);
        struct sim_expect_state *state = state_of(world, link);

        if (!expect || expect->kind != kind)
            continue;
        state->count++;
        state->below += took < expect->value;
        state->within += took <= expect->value;
        sim_flow_measure(world, &state->times, took);
    }
}

void sim_expect_sent(struct sim_world *world, uint32_t flow)
{
    for (const struct sim_expect_link *link = links_of(world, flow); link; link = link->next) {
        const struct sim_expect *expect = concerned(world, link, flow, world->now);

        if (expect && expect->kind <= SIM_EXPECT_ECHOED)
            state_of(world, link)->sent++;
    }
}

void sim_expect_begun(struct sim_world *world, uint32_t flow)
{
    for (const struct sim_expect_link *link = links_of(world, flow); link; link = link->next) {
        const struct sim_expect *expect = concerned(world, link, flow, world->now);

        if (expect && expect->kind == SIM_EXPECT_COMPLETED)
            state_of(world, link)->sent++;
    }
}

void sim_expect_completed(struct sim_world *world, uint32_t flow, wrn_time begun)
{
    count(world, flow, SIM_EXPECT_COMPLETED, begun, 1);
    measure(world, flow, SIM_EXPECT_RESPONSE, begun);
}

void sim_expect_bytes(struct sim_world *world, uint32_t flow, uint32_t bytes)
{
    count(world, flow, SIM_EXPECT_GOODPUT, world->now, bytes);
}

void sim_expect_delivered(struct sim_world *world, const struct sim_inner *inner)
{
    const uint32_t flow = inner->flow / 2;
    const struct sim_inner forth = {.flow = inner->flow & ~1u, .number = inner->number};
    const struct sim_record *record = sim_record_find(&world->traffic, &forth);
    const bool back = inner->flow % 2;

    if (!record || (back && !world->plan->flows[flow].echo))
        return;
    count(world, flow, back ? SIM_EXPECT_ECHOED : SIM_EXPECT_DELIVERED, record->sent, 1);
    measure(world, flow, back ? SIM_EXPECT_RESPONSE : SIM_EXPECT_LATENCY, record->sent);
}

void sim_expect_judge_goodput(struct sim_world *world, uint32_t number, struct sim_outcome *outcome)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    const wrn_time end = expect->end < world->now ? expect->end : world->now;
    const uint64_t us = end > expect->begin ? (end - expect->begin) / 1000 : 0;
    const uint64_t bits = us ? world->expects->states[number].count * 8000000 / us : 0;

    outcome->held = sim_expect_compare(expect->compare, bits, expect->value);
    sim_text_fill(outcome->measured, sizeof outcome->measured, "%u kbps", (const struct sim_part[]){{NULL, bits / 1000}}, 1);
}

/* The part-th smallest is at most x when that many are at most x; of none nothing can be said. */
void sim_expect_judge_times(struct sim_world *world, uint32_t number, struct sim_outcome *outcome)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    const struct sim_expect_state *state = &world->expects->states[number];
    const uint64_t wanted = sim_part_of(state->count, expect->part);
    const bool below = state->below >= wanted, within = state->within >= wanted;

    if (state->count == 0) {
        sim_text_fill(outcome->measured, sizeof outcome->measured, "of none", NULL, 0);
        return;
    }
    outcome->held = expect->compare == SIM_LESS      ? below
                    : expect->compare == SIM_AT_MOST ? within
                    : expect->compare == SIM_MORE    ? !within
                    : expect->compare == SIM_EQUAL   ? within && !below
                                                     : !below;
    sim_text_fill(outcome->measured, sizeof outcome->measured, "at most %t, of %u",
                  (const struct sim_part[]){{NULL, sim_histogram_part(state->times, expect->part)}, {NULL, state->count}}, 2);
}
