#include "base.h"
#include "swarm_draft.h"

/* What attackers do, and peers gone bad. All of it is over when the calm begins. */

static void aim(struct sim_swarm_draft *draft, struct sim_event *event)
{
    const uint32_t all = (1u << draft->peers) - 1;

    sim_swarm_group(draft, &event->first_a, &event->count_a, 1 + (uint32_t)sim_swarm_below(draft, all));
}

static void last(struct sim_swarm_draft *draft, struct sim_event *event, wrn_time latest)
{
    event->until = event->at + sim_swarm_between(draft, 100, sim_swarm_maybe(draft, 50) ? 10000 : 300000);
    if (event->until > latest)
        event->until = latest;
}

/* Noise of one form, as fast as a small world bears. */
static void draw_flood(struct sim_swarm_draft *draft, uint32_t attacker)
{
    struct sim_event *event =
        sim_swarm_event(draft, SIM_DO_FLOOD, "flood", 1 + sim_swarm_below(draft, draft->calm - WRN_SECOND), attacker);

    event->types = 1u << sim_swarm_below(draft, 5);
    event->mac1 = sim_swarm_maybe(draft, 70) && (event->types & SIM_TYPES_HANDSHAKE);
    event->rate = 1 + (uint32_t)sim_swarm_below(draft, 200);
    event->until = event->at + sim_swarm_between(draft, 100, 5000);
    if (event->until > draft->calm)
        event->until = draft->calm;
    aim(draft, event);
}

static void draw_tamper(struct sim_swarm_draft *draft, wrn_time at, uint32_t attacker)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_TAMPER, "tamper", at, attacker);

    event->change = (uint32_t)sim_swarm_below(draft, SIM_CHANGES);
    event->chance = sim_swarm_maybe(draft, 30) ? SIM_CERTAIN : sim_swarm_chance(draft, 800);
    event->types = sim_swarm_maybe(draft, 50) ? SIM_TYPES_ALL : 1u << (1 + sim_swarm_below(draft, 4));
    event->count = sim_swarm_maybe(draft, 50) ? 1 + (uint32_t)sim_swarm_below(draft, 20) : 0;
    last(draft, event, draft->calm);
    aim(draft, event);
}

/* Nothing is held longer than until the calm: from the attacker's own address it would move endpoints then. */
static void draw_hold(struct sim_swarm_draft *draft, wrn_time at, uint32_t attacker)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_DELAY, "delay", at, attacker);

    event->every = sim_swarm_between(draft, 1, sim_swarm_maybe(draft, 70) ? 2000 : 15000);
    event->as = sim_swarm_maybe(draft, 60) ? SIM_AS_SENDER : SIM_AS_SELF;
    event->chance = sim_swarm_maybe(draft, 30) ? SIM_CERTAIN : sim_swarm_chance(draft, 800);
    event->types = sim_swarm_maybe(draft, 50) ? SIM_TYPES_ALL : 1u << (1 + sim_swarm_below(draft, 4));
    event->count = sim_swarm_maybe(draft, 50) ? 1 + (uint32_t)sim_swarm_below(draft, 20) : 0;
    last(draft, event, draft->calm - event->every);
    aim(draft, event);
}

/* Cookies are given by who is under load, which a small flood makes only of a node that bears little; and they are stolen when one
 * of the others has a handshake to make meanwhile. */
static void draw_steal(struct sim_swarm_draft *draft, wrn_time at, uint32_t attacker)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_THIEF, "steal", at, attacker);
    const uint32_t target = (uint32_t)sim_swarm_below(draft, draft->peers), all = (1u << draft->peers) - 1;

    draft->swarm->nodes[target].load_rate = draft->swarm->nodes[target].load_burst = 1 + (uint32_t)sim_swarm_below(draft, 2);
    event->types = 1u << 1;
    event->mac1 = true;
    event->as = (uint32_t)sim_swarm_below(draft, SIM_AS_KINDS);
    event->rate = 3 + (uint32_t)sim_swarm_below(draft, 8);
    event->until = event->at + sim_swarm_between(draft, 20000, 150000);
    if (event->until > draft->calm)
        event->until = draft->calm;
    sim_swarm_group(draft, &event->first_a, &event->count_a, 1u << target);
    sim_swarm_group(draft, &event->first_b, &event->count_b, all & ~(1u << target));
}

/* Whose keys are known then: what was recorded before must stay secret (S24), as far as it was meant to. */
static void draw_compromise(struct sim_swarm_draft *draft, wrn_time at, uint32_t attacker)
{
    aim(draft, sim_swarm_event(draft, SIM_DO_COMPROMISE, "compromise", at, attacker));
}

static void draw_misbehaviour(struct sim_swarm_draft *draft)
{
    const struct sim_peer *side = &draft->swarm->peers[sim_swarm_below(draft, draft->plan->peer_count)];
    struct sim_event *event =
        sim_swarm_event(draft, SIM_DO_MISBEHAVE, "misbehave", 1 + sim_swarm_below(draft, draft->calm / 2), side->node);
    const wrn_time left = draft->calm - event->at;

    event->change = (uint32_t)sim_swarm_below(draft, SIM_SEALS);
    event->count = 1 + (uint32_t)sim_swarm_below(draft, 10);
    event->every = sim_swarm_between(draft, 1, 20000);
    if (event->every > left / event->count)
        event->every = left / event->count;
    sim_swarm_group(draft, &event->first_a, &event->count_a, 1u << side->peer);
}

/* Each with dice of its own: one attack more or less changes no other. */
static void draw_hands(struct sim_swarm_draft *draft, uint32_t attacker)
{
    static void (*const draws[])(struct sim_swarm_draft *, wrn_time, uint32_t) = {draw_tamper, draw_hold, draw_steal,
                                                                                  draw_compromise};
    static const uint32_t kinds[] = {TAMPER, HOLD, STEAL, COMPROMISE};
    static const char *const words[] = {"tamper ", "hold ", "steal ", "compromise "};

    for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char name[SIM_NAME_BYTES];

        if (!draft->on[kinds[i]])
            continue;
        sim_swarm_name(name, sizeof name, words[i], attacker);
        sim_swarm_section(draft, name);
        for (uint64_t n = 1 + sim_swarm_below(draft, 2); n > 0; n--)
            draws[i](draft, 1 + sim_swarm_below(draft, draft->calm - 20 * WRN_SECOND), attacker);
    }
}

/* To whom copies go, and from whose address: any address but the attacker's own is one that the box before it would not let out. */
static void draw_aim(struct sim_swarm_draft *draft, struct sim_event *replay, uint32_t number)
{
    struct sim_swarm_dice dice = draft->dice;
    char name[SIM_NAME_BYTES];

    if (!draft->on[AIMED])
        return;
    sim_swarm_name(name, sizeof name, "aim ", number);
    sim_swarm_section(draft, name);
    replay->as = sim_swarm_maybe(draft, 50) ? SIM_AS_SENDER : SIM_AS_SELF;
    if (sim_swarm_maybe(draft, 50))
        aim(draft, replay);
    draft->dice = dice;
}

static void draw_attacker(struct sim_swarm_draft *draft, uint32_t attacker)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_RECORD, "record", sim_swarm_below(draft, draft->calm / 2), attacker);

    event->until = draft->calm;
    event->types = sim_swarm_maybe(draft, 50) ? SIM_TYPES_ALL : SIM_TYPES_HANDSHAKE;
    sim_swarm_group(draft, &event->first_a, &event->count_a, 1u << sim_swarm_below(draft, draft->peers));
    for (uint64_t n = 1 + sim_swarm_below(draft, 3); n > 0; n--) {
        event = sim_swarm_event(draft, SIM_DO_REPLAY, "replay",
                                draft->calm / 4 + sim_swarm_below(draft, draft->calm / 2), attacker);
        event->every = sim_swarm_between(draft, 1, 500);
        event->count = 1 + (uint32_t)sim_swarm_below(draft, 100);
        if (event->every > (draft->calm - event->at) / event->count)
            event->every = (draft->calm - event->at) / event->count;
        draw_aim(draft, event, draft->plan->event_count);
    }
    for (uint64_t n = draft->on[FLOOD] ? 1 + sim_swarm_below(draft, 2) : 0; n > 0; n--)
        draw_flood(draft, attacker);
}

void sim_swarm_draw_attacks(struct sim_swarm_draft *draft)
{
    for (uint32_t i = draft->peers; i < draft->others; i++)
        draw_attacker(draft, i);
    for (uint32_t i = draft->peers; i < draft->others; i++)
        draw_hands(draft, i);
    sim_swarm_section(draft, "misbehaviour");
    for (uint64_t n = draft->on[MISBEHAVE] ? 1 + sim_swarm_below(draft, 3) : 0; n > 0; n--)
        draw_misbehaviour(draft);
}
