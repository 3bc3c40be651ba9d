#include "base.h"
#include "swarm_draft.h"

/* Endpoints and allowed IPs that change while nodes run, wrongly or not: when the calm begins they are what they were. And what
 * changes while nodes stand still. */

static struct sim_event *set(struct sim_swarm_draft *draft, uint32_t kind, wrn_time at, const struct sim_peer *side)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_SET, "set", at, side->node);

    event->set = kind;
    event->peer = side->peer;
    return event;
}

static const struct sim_peer *any_side(struct sim_swarm_draft *draft)
{
    return &draft->swarm->peers[sim_swarm_below(draft, draft->plan->peer_count)];
}

/* To nobody, to an address that nobody has, to somebody else, or to where the peer is. */
static void draw_endpoint(struct sim_swarm_draft *draft, uint32_t number)
{
    const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1);
    struct sim_event *event = set(draft, SIM_SET_ENDPOINT, at, any_side(draft));
    const uint32_t other = (uint32_t)sim_swarm_below(draft, draft->peers);

    switch (sim_swarm_below(draft, 4)) {
    case 0:
        return;
    case 1:
        event->address = (struct wrn_endpoint){.address = {203, 0, 113, (uint8_t)number}, .port = 51820, .family = 4};
        return;
    case 2:
        event->address = draft->swarm->nodes[other].outer;
        return;
    default:
        event->address = draft->swarm->nodes[event->peer].outer;
        return;
    }
}

/* To the outside of a box, where there may be a mapping: of the peer, of somebody else, of who calls it. */
static void draw_turned(struct sim_swarm_draft *draft)
{
    const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1);
    const struct sim_nat *box = &draft->swarm->nats[sim_swarm_below(draft, draft->plan->nat_count)];
    const struct sim_peer *side = any_side(draft);
    const uint16_t port = (uint16_t)(box->preserve ? draft->swarm->nodes[side->peer].outer.port
                                                   : box->first_port + sim_swarm_below(draft, 4));
    struct sim_event *event;

    if (box->map == SIM_NAT_NONE)
        return;
    event = set(draft, SIM_SET_ENDPOINT, at, side);
    event->address = (struct wrn_endpoint){.port = port, .family = 4};
    memcpy(event->address.address, box->address, sizeof box->address);
}

/* The addresses of any peer, so that they move, or all there are. */
static void draw_allowed(struct sim_swarm_draft *draft)
{
    static const uint32_t kinds[] = {SIM_SET_REPLACE, SIM_SET_ALLOW, SIM_SET_DISALLOW};
    const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1);
    const struct sim_peer *side = any_side(draft), *other = any_side(draft);
    struct sim_event *event = set(draft, kinds[sim_swarm_below(draft, 3)], at, side);
    struct wrn_prefix *prefix = &draft->swarm->prefixes[draft->plan->prefix_count];

    event->first_prefix = sim_swarm_maybe(draft, 50) ? side->first_prefix : other->first_prefix;
    event->prefix_count = 2;
    if (event->set == SIM_SET_DISALLOW || sim_swarm_maybe(draft, 70))
        return;
    prefix[0] = (struct wrn_prefix){.family = 4};
    prefix[1] = (struct wrn_prefix){.family = 6};
    event->first_prefix = draft->plan->prefix_count;
    draft->plan->prefix_count += 2;
}

static bool turns(const struct sim_swarm_draft *draft)
{
    return draft->on[TURNED] && draft->faults && draft->plan->nat_count > 0;
}

void sim_swarm_draw_settings(struct sim_swarm_draft *draft)
{
    sim_swarm_section(draft, "endpoints");
    for (uint32_t i = 0, count = draft->on[ENDPOINTS] ? 1 + (uint32_t)sim_swarm_below(draft, 3) : 0; i < count; i++)
        draw_endpoint(draft, i);
    sim_swarm_section(draft, "turned");
    for (uint32_t i = 0, count = turns(draft) ? 1 + (uint32_t)sim_swarm_below(draft, 4) : 0; i < count; i++)
        draw_turned(draft);
    sim_swarm_section(draft, "allowed");
    for (uint32_t i = 0, count = draft->on[ALLOWED] ? 1 + (uint32_t)sim_swarm_below(draft, 3) : 0; i < count; i++)
        draw_allowed(draft);
}

bool sim_swarm_stands(const struct sim_swarm_draft *draft)
{
    return draft->on[SUSPEND] || draft->on[PAUSE] || (draft->on[MEANWHILE] && draft->faults);
}

/* What wakes up, or goes on, finds another configuration than it was stopped with. */
static void draw_change(struct sim_swarm_draft *draft, wrn_time at, const struct sim_peer *side)
{
    switch (sim_swarm_below(draft, draft->on[SET] || draft->changed ? 3 : 4)) {
    case 0:
        set(draft, SIM_SET_KEEPALIVE, at, side)->value = (uint32_t)sim_swarm_below(draft, 40);
        return;
    case 1:
        set(draft, SIM_SET_MTU, at, side)->value = 1280 + (uint32_t)sim_swarm_below(draft, 200);
        return;
    case 2:
        set(draft, SIM_SET_ENDPOINT, at, side)->address = draft->swarm->nodes[side->peer].outer;
        return;
    default:
        set(draft, SIM_SET_REMOVE, at, side);
        set(draft, SIM_SET_ADD, at, side);
        draft->changed = true;
    }
}

void sim_swarm_draw_meanwhile(struct sim_swarm_draft *draft)
{
    sim_swarm_section(draft, "meanwhile");
    for (uint32_t i = 0, count = draft->on[MEANWHILE] && draft->faults ? 1 + (uint32_t)sim_swarm_below(draft, 3) : 0; i < count; i++) {
        const struct sim_peer *side = any_side(draft);
        const uint32_t host = sim_swarm_host(draft, side->node);
        const bool pause = sim_swarm_maybe(draft, 50);
        const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1),
                       last = at + sim_swarm_between(draft, 10, sim_swarm_maybe(draft, 50) ? 30000 : 700000),
                       end = last < draft->calm ? last : draft->calm;

        sim_swarm_event(draft, pause ? SIM_DO_PAUSE : SIM_DO_SUSPEND, pause ? "pause" : "suspend", at, host);
        for (uint32_t j = 0, changes = 1 + (uint32_t)sim_swarm_below(draft, 2); j < changes; j++)
            draw_change(draft, at + sim_swarm_below(draft, end - at + 1), side);
        sim_swarm_event(draft, SIM_DO_RESUME, "resume", end, host);
    }
}

/* Where an attacker was, after the last copy that it sent has arrived. */
void sim_swarm_end_settings(struct sim_swarm_draft *draft)
{
    const bool pointed = draft->on[ATTACKER] && !draft->anew;
    const wrn_time at = draft->calm + (pointed ? 5 * WRN_SECOND : 0);

    for (uint32_t i = 0; i < draft->plan->peer_count; i++) {
        const struct sim_peer *side = &draft->swarm->peers[i];

        if ((draft->on[ENDPOINTS] || turns(draft) || pointed) && side->endpoint_known)
            set(draft, SIM_SET_ENDPOINT, at, side)->address = draft->swarm->nodes[side->peer].outer;
        if (draft->on[ALLOWED]) {
            struct sim_event *event = set(draft, SIM_SET_REPLACE, draft->calm, side);

            event->first_prefix = side->first_prefix;
            event->prefix_count = side->prefix_count;
        }
    }
}
