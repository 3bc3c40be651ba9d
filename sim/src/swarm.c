#include "base.h"
#include "swarm_draft.h"
#include "text.h"

uint64_t sim_swarm_below(struct sim_swarm_draft *draft, uint64_t bound)
{
    return sim_below(&draft->dice.stream, draft->dice.drawn++, bound);
}

bool sim_swarm_maybe(struct sim_swarm_draft *draft, uint64_t percent)
{
    return sim_swarm_below(draft, 100) < percent;
}

wrn_time sim_swarm_between(struct sim_swarm_draft *draft, uint64_t a_ms, uint64_t b_ms)
{
    wrn_time time = (a_ms + sim_swarm_below(draft, b_ms - a_ms)) * WRN_MILLISECOND;

    return sim_swarm_maybe(draft, 50) ? time + sim_swarm_below(draft, WRN_MILLISECOND) : time;
}

uint32_t sim_swarm_chance(struct sim_swarm_draft *draft, uint64_t most)
{
    const uint64_t value = (((1 + sim_swarm_below(draft, most)) << 32) + 500) / 1000;

    return value > SIM_CERTAIN ? SIM_CERTAIN : (uint32_t)value;
}

void sim_swarm_section(struct sim_swarm_draft *draft, const char *name)
{
    sim_stream_init(&draft->dice.stream, draft->plan->seed, "swarm", name);
    draft->dice.drawn = 0;
}

void sim_swarm_name(char *out, size_t size, const char *word, uint32_t number)
{
    sim_text_fill(out, size, "%s%u", (const struct sim_part[]){{word, 0}, {NULL, number}}, 2);
}

static void draw_behaviours(struct sim_swarm_draft *draft)
{
    const bool faults = draft->faults = sim_swarm_maybe(draft, 75);

    for (uint32_t i = 0; i < FIRST_BEHAVIOURS; i++)
        draft->on[i] = sim_swarm_maybe(draft, i == CLOCKLESS || i == NARROW || i == LOAD ? 20 : 45);
    for (uint32_t i = 0; !faults && i <= NARROW; i++)
        draft->on[i] = false;
    for (uint32_t i = PARTITION; !faults && i < FIRST_BEHAVIOURS; i++)
        if (i <= DROP || i >= BOX_REBOOT)
            draft->on[i] = false;
    draft->set = (uint32_t)sim_swarm_below(draft, SIM_SWARM_SETS);
    draft->peers = sim_swarm_maybe(draft, 50) ? 2 : 2 + (uint32_t)sim_swarm_below(draft, SIM_SWARM_PEERS - 1);
    draft->roamer = (uint32_t)sim_swarm_below(draft, draft->peers);
    draft->calm = sim_swarm_between(draft, 30000, 700000);
    draft->plan->stop = draft->calm + SIM_SWARM_CALM;
}

/* Attacks are faults; traffic of any kind is none. Where somebody has hands on the wire no bound on time is armed: in few worlds. */
static void draw_later_behaviours(struct sim_swarm_draft *draft)
{
    bool hands;

    sim_swarm_section(draft, "hands");
    hands = draft->faults && sim_swarm_maybe(draft, 30);
    for (uint32_t i = FIRST_BEHAVIOURS; i < BEHAVIOURS; i++) {
        char name[SIM_NAME_BYTES];

        sim_swarm_name(name, sizeof name, "behaviour ", i);
        sim_swarm_section(draft, name);
        draft->on[i] = sim_swarm_maybe(draft, i < AIMED ? 55 : 35) && (i > ALLOWED || (i >= AIMED ? draft->faults : hands));
    }
}

static void expect_through(struct sim_swarm_draft *draft, uint32_t from, uint32_t to)
{
    struct sim_expect *expect = &draft->swarm->expects[draft->plan->expect_count++];
    const struct sim_node *nodes = draft->swarm->nodes;
    struct sim_flow *flow = sim_swarm_flow(draft, from, to);

    flow->every = (struct sim_draw){.kind = SIM_FIXED, .a = sim_swarm_between(draft, 500, 4000)};
    flow->start = draft->calm;
    *expect = (struct sim_expect){.kind = SIM_EXPECT_UP, .value = 1, .begin = draft->calm,
                                  .end = draft->calm + SIM_SWARM_BOUND, .first = draft->plan->pair_count, .count = 1};
    sim_text_fill(expect->text, sizeof expect->text, "up(%s->%s) within 90 s after faults stopped at %t",
                  (const struct sim_part[]){{nodes[from].name, 0}, {nodes[to].name, 0}, {NULL, draft->calm}}, 3);
    draft->swarm->pairs[draft->plan->pair_count++] = (struct sim_pair){from, to};
}

static void begin(struct sim_swarm *swarm, uint64_t seed)
{
    struct sim_plan *plan = &swarm->plan;

    memset(swarm, 0, sizeof *swarm);
    sim_text_fill(plan->name, sizeof plan->name, "swarm %u", (const struct sim_part[]){{NULL, seed}}, 1);
    plan->seed = seed;
    plan->epoch_s = UINT64_C(1767225600); /* 2026 */
    plan->paths = swarm->paths;
    plan->nodes = swarm->nodes;
    plan->peers = swarm->peers;
    plan->prefixes = swarm->prefixes;
    plan->flows = swarm->flows;
    plan->events = swarm->events;
    plan->expects = swarm->expects;
    plan->pairs = swarm->pairs;
    plan->numbers = swarm->numbers;
    plan->nats = swarm->nats;
}

/* Behind a box that has no port left nobody gets out. */
static bool is_short_of_ports(const struct sim_swarm_draft *draft, const struct sim_peer *side)
{
    const struct sim_node *nodes = draft->swarm->nodes;

    return draft->on[FEW_PORTS]
           && (nodes[sim_swarm_host(draft, side->node)].nat != 0 || nodes[sim_swarm_host(draft, side->peer)].nat != 0);
}

void sim_swarm_draw(struct sim_swarm *swarm, uint64_t seed)
{
    struct sim_swarm_draft draft = {.swarm = swarm, .plan = &swarm->plan};

    begin(swarm, seed);
    sim_swarm_section(&draft, "behaviours");
    draw_behaviours(&draft);
    draw_later_behaviours(&draft);
    sim_swarm_draw_world(&draft);
    sim_swarm_draw_faults(&draft);
    sim_swarm_section(&draft, "calm");
    sim_swarm_end_faults(&draft);
    sim_swarm_end_settings(&draft);
    for (uint32_t i = 0; i < draft.plan->peer_count; i++)
        if (sim_swarm_can_meet(&draft, swarm->peers[i].node, swarm->peers[i].peer) && !is_short_of_ports(&draft, &swarm->peers[i]))
            expect_through(&draft, swarm->peers[i].node, swarm->peers[i].peer);
}
