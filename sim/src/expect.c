#include "expect.h"

#include "base.h"
#include "text.h"

/* The scenario's claims, measured while the world runs. */

static bool add_pairs(struct sim_world *world, uint32_t number)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    struct sim_expect_state *state = &world->expects->states[number];

    state->accepted = sim_take(&world->memory, (expect->count + 1) * sizeof *state->accepted);
    if (!state->accepted)
        return false;
    for (uint32_t i = 0; i < expect->count; i++) {
        struct sim_expect_link *link = sim_take(&world->memory, sizeof *link);
        struct sim_expect_link **head = &world->expects->from[world->plan->pairs[expect->first + i].from];

        if (!link)
            return false;
        *link = (struct sim_expect_link){*head, number, i};
        *head = link;
        state->accepted[i] = WRN_NEVER;
    }
    if (expect->kind == SIM_EXPECT_SESSION && expect->end < world->expects->next_look)
        world->expects->next_look = expect->end;
    return true;
}

bool sim_expect_begin(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    world->expects = sim_take(&world->memory, sizeof *world->expects);
    world->outcomes = sim_take(&world->memory, (plan->expect_count + 1) * sizeof *world->outcomes);
    if (!world->expects || !world->outcomes)
        return false;
    world->expects->states = sim_take(&world->memory, (plan->expect_count + 1) * sizeof *world->expects->states);
    world->expects->from = sim_take(&world->memory, plan->node_count * sizeof *world->expects->from);
    world->expects->next_look = WRN_NEVER;
    if (!world->expects->states || !world->expects->from)
        return false;
    for (uint32_t i = 0; i < plan->expect_count; i++)
        if (!add_pairs(world, i))
            return false;
    return true;
}

const struct sim_expect *sim_expect_concerned(const struct sim_world *world, const struct sim_expect_link *link, uint32_t to,
                                              wrn_time time)
{
    const struct sim_expect *expect = &world->plan->expects[link->expect];

    if (world->plan->pairs[expect->first + link->pair].to != to || time < expect->begin || time > expect->end)
        return NULL;
    return expect;
}

void sim_expect_happened(struct sim_world *world, enum sim_happening what, uint32_t from, uint32_t to)
{
    static const uint32_t kinds[] = {
        [SIM_HAPPENED_HANDSHAKE] = SIM_EXPECT_HANDSHAKES, [SIM_HAPPENED_INITIATION] = SIM_EXPECT_INITIATIONS,
        [SIM_HAPPENED_GAVE_UP] = SIM_EXPECT_GAVE_UP,      [SIM_HAPPENED_DATAGRAM] = SIM_EXPECT_DATAGRAMS,
        [SIM_HAPPENED_ACCEPTED] = SIM_EXPECT_UP,
    };

    for (const struct sim_expect_link *link = world->expects->from[from]; link; link = link->next) {
        const struct sim_expect *expect = sim_expect_concerned(world, link, to, world->now);
        struct sim_expect_state *state = &world->expects->states[link->expect];

        if (!expect || expect->kind != kinds[what])
            continue;
        state->count++;
        if (state->accepted[link->pair] == WRN_NEVER)
            state->accepted[link->pair] = world->now;
    }
}

static void look(struct sim_world *world, uint32_t number)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    struct sim_expect_state *state = &world->expects->states[number];

    if (state->looked || expect->kind != SIM_EXPECT_SESSION)
        return;
    state->looked = true;
    for (uint32_t i = 0; i < expect->count; i++) {
        const struct sim_pair *pair = &world->plan->pairs[expect->first + i];

        state->missing += !sim_place_has_session(world, pair->from, pair->to);
    }
}

void sim_expect_look(struct sim_world *world, wrn_time before)
{
    wrn_time next = WRN_NEVER;

    if (before <= world->expects->next_look)
        return;
    for (uint32_t i = 0; i < world->plan->expect_count; i++) {
        const struct sim_expect *expect = &world->plan->expects[i];

        if (expect->kind != SIM_EXPECT_SESSION)
            continue;
        if (expect->end < before)
            look(world, i);
        else if (expect->end < next)
            next = expect->end;
    }
    world->expects->next_look = next;
}

bool sim_expect_compare(uint32_t how, uint64_t measured, uint64_t wanted)
{
    switch (how) {
    case SIM_AT_LEAST:
        return measured >= wanted;
    case SIM_AT_MOST:
        return measured <= wanted;
    case SIM_EQUAL:
        return measured == wanted;
    case SIM_MORE:
        return measured > wanted;
    default:
        return measured < wanted;
    }
}

static void judge_pairs(struct sim_world *world, uint32_t number, struct sim_outcome *outcome)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    const struct sim_expect_state *state = &world->expects->states[number];
    wrn_time last = 0, first = WRN_NEVER;
    uint32_t up = 0;

    if (expect->kind == SIM_EXPECT_SESSION) {
        look(world, number);
        up = expect->count - state->missing;
    }
    for (uint32_t i = 0; i < expect->count && expect->kind == SIM_EXPECT_UP; i++) {
        if (state->accepted[i] == WRN_NEVER)
            continue;
        up++;
        last = state->accepted[i] > last ? state->accepted[i] : last;
        first = state->accepted[i] < first ? state->accepted[i] : first;
    }
    outcome->held = expect->negated ? up == 0 : up == expect->count;
    sim_text_fill(outcome->measured, sizeof outcome->measured,
                  expect->kind == SIM_EXPECT_UP && up > 0 ? "%u of %u, the first at %t, the last at %t" : "%u of %u",
                  (const struct sim_part[]){{NULL, up}, {NULL, expect->count}, {NULL, first}, {NULL, last}}, 4);
}

void sim_expect_outcome(struct sim_world *world, uint32_t number, struct sim_outcome *outcome)
{
    const struct sim_expect *expect = &world->plan->expects[number];
    const struct sim_expect_state *state = &world->expects->states[number];
    uint64_t measured = state->count;
    const char *format = "%u";

    memset(outcome, 0, sizeof *outcome);
    outcome->text = expect->text;
    if (expect->kind == SIM_EXPECT_UP || expect->kind == SIM_EXPECT_SESSION) {
        judge_pairs(world, number, outcome);
        return;
    }
    if (expect->kind == SIM_EXPECT_GOODPUT) {
        sim_expect_judge_goodput(world, number, outcome);
        return;
    }
    if (expect->kind == SIM_EXPECT_LATENCY || expect->kind == SIM_EXPECT_RESPONSE) {
        sim_expect_judge_times(world, number, outcome);
        return;
    }
    if (expect->kind == SIM_EXPECT_MARK)
        measured = sim_mark_hits(world, expect->name);
    if (expect->kind <= SIM_EXPECT_ECHOED)
        format = "%u of %u sent";
    if (expect->kind == SIM_EXPECT_COMPLETED)
        format = "%u of %u begun";
    sim_text_fill(outcome->measured, sizeof outcome->measured, format,
                  (const struct sim_part[]){{NULL, measured}, {NULL, state->sent}}, 2);
    if (expect->share) /* of nothing sent, nothing can be said: such a claim does not hold */
        outcome->held = state->sent > 0 && sim_expect_compare(expect->compare, measured * 1000000, expect->value * state->sent);
    else
        outcome->held = sim_expect_compare(expect->compare, measured, expect->value);
    if (expect->negated)
        outcome->held = !outcome->held;
}
