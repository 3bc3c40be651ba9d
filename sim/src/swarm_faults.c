#include "base.h"
#include "swarm_draft.h"
#include "text.h"

/* Timeline. ------------------------------------------------------------------------------------------------------------------ */

struct sim_event *sim_swarm_event(struct sim_swarm_draft *draft, uint32_t kind, const char *word, wrn_time at, uint32_t node)
{
    struct sim_event *event = &draft->swarm->events[draft->plan->event_count++];

    *event = (struct sim_event){.at = at, .until = WRN_NEVER, .kind = kind, .node = node, .path = SIM_NONE,
                                .types = SIM_TYPES_ALL, .every = 10 * WRN_MILLISECOND, .keep_stamp = true, .counts = true};
    sim_text_fill(event->name, sizeof event->name, "%s", (const struct sim_part[]){{word, 0}}, 1);
    return event;
}

void sim_swarm_group(struct sim_swarm_draft *draft, uint32_t *first, uint32_t *count, uint32_t chosen)
{
    *first = draft->plan->number_count;
    for (uint32_t i = 0; i < draft->plan->node_count; i++)
        if (chosen >> i & 1)
            draft->swarm->numbers[draft->plan->number_count++] = i;
    *count = draft->plan->number_count - *first;
}

static void draw_partition(struct sim_swarm_draft *draft, wrn_time at)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_PARTITION, "partition", at, SIM_NONE);
    const uint32_t all = (1u << draft->peers) - 1, left = 1 + (uint32_t)sim_swarm_below(draft, all - 1);

    event->one_way = sim_swarm_maybe(draft, 30);
    event->until = at + sim_swarm_between(draft, 1000, 200000);
    if (event->until > draft->calm)
        event->until = draft->calm;
    sim_swarm_group(draft, &event->first_a, &event->count_a, left);
    sim_swarm_group(draft, &event->first_b, &event->count_b, all & ~left);
}

static void draw_roam(struct sim_swarm_draft *draft, wrn_time at, uint32_t number)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_ROAM, "roam", at, draft->roamer);

    event->path = (uint32_t)sim_swarm_below(draft, draft->plan->path_count);
    event->nat = SIM_NONE;
    event->address = (struct wrn_endpoint){.address = {198, 19, 128, (uint8_t)number}, .port = (uint16_t)(1000 + number),
                                           .family = 4};
}

/* A sleep, or a process that stands still, and its end. */
static void draw_pause(struct sim_swarm_draft *draft, uint32_t kind, wrn_time at, uint32_t node)
{
    const wrn_time end = at + sim_swarm_between(draft, 10, sim_swarm_maybe(draft, 50) ? 5000 : 200000);

    sim_swarm_event(draft, kind, kind == SIM_DO_PAUSE ? "pause" : "suspend", at, node);
    sim_swarm_event(draft, SIM_DO_RESUME, "resume", end < draft->calm ? end : draft->calm, node);
}

/* NTP steps, and a clock that somebody has set; forward or back, seconds or hours. */
static void draw_clock(struct sim_swarm_draft *draft, wrn_time at, uint32_t node)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_CLOCK, "clock-step", at, node);
    const uint64_t far = sim_swarm_maybe(draft, 50) ? 10 : 7200;
    const int64_t shift = (int64_t)((1 + sim_swarm_below(draft, far)) * WRN_SECOND);

    event->wall = (struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = sim_swarm_maybe(draft, 50) ? shift : -shift};
    if (!draft->swarm->nodes[node].has_clock || sim_swarm_maybe(draft, 20))
        event->wall = (struct sim_wall){.kind = SIM_WALL_SET,
                                        .date_s = draft->plan->epoch_s - far + sim_swarm_below(draft, 2 * far)};
}

static struct sim_event *add_set(struct sim_swarm_draft *draft, uint32_t set, wrn_time at, uint32_t node, uint32_t peer)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_SET, "set", at, node);

    event->set = set;
    event->peer = peer;
    return event;
}

/* A new key of one node, and at the same moment its peers know it: so in no world where it may be asleep then. */
static void draw_new_key(struct sim_swarm_draft *draft, wrn_time at, uint32_t node)
{
    struct sim_event *event = add_set(draft, SIM_SET_KEY, at, node, 0);

    sim_derive(event->key, draft->plan->seed, "new key", draft->swarm->nodes[node].name);
    for (uint32_t i = 0; i < draft->plan->peer_count; i++)
        if (draft->swarm->peers[i].peer == node)
            add_set(draft, SIM_SET_PEER_KEY, at, draft->swarm->peers[i].node, node);
}

static void draw_set(struct sim_swarm_draft *draft, wrn_time at, uint32_t number)
{
    const struct sim_peer *side = &draft->swarm->peers[sim_swarm_below(draft, draft->plan->peer_count)];
    struct sim_event *event;

    if (draft->set == SET_KEEPALIVE) {
        add_set(draft, SIM_SET_KEEPALIVE, at, side->node, side->peer)->value = (uint32_t)sim_swarm_below(draft, 40);
    } else if (draft->set == SET_MTU) {
        add_set(draft, SIM_SET_MTU, at, side->node, 0)->value = 1280 + (uint32_t)sim_swarm_below(draft, 200);
    } else if (draft->set == SET_PSK) {
        event = add_set(draft, SIM_SET_PSK, at, side->node, side->peer);
        sim_derive(event->key, draft->plan->seed + number, "new psk", draft->swarm->nodes[side->node].name);
        memcpy(add_set(draft, SIM_SET_PSK, at, side->peer, side->node)->key, event->key, 32);
    } else if (draft->set == SET_PORT && draft->on[ROAM]) {
        add_set(draft, SIM_SET_PORT, at, draft->roamer, 0)->value = 20000 + number;
    } else if (draft->set == SET_KEY && !draft->changed && !sim_swarm_stands(draft)) {
        draw_new_key(draft, at, side->node);
    } else if (draft->set == SET_AGAIN && !draft->changed) {
        const wrn_time again = at + sim_swarm_between(draft, 0, 100000);

        add_set(draft, SIM_SET_REMOVE, at, side->node, side->peer);
        add_set(draft, SIM_SET_ADD, again < draft->calm ? again : draft->calm, side->node, side->peer);
    }
    draft->changed = true;
}

static void draw_restart(struct sim_swarm_draft *draft, wrn_time at, uint32_t node)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_RESTART, "reboot", at, node);

    /* Without its stamp a clock that has gone back, or none, is refused until it has counted up. */
    event->keep_stamp = sim_swarm_maybe(draft, 70) || !draft->swarm->nodes[node].has_clock || draft->on[CLOCK];
}

static void draw_drop(struct sim_swarm_draft *draft, wrn_time at, uint32_t node)
{
    struct sim_event *event = sim_swarm_event(draft, SIM_DO_DROP_NEXT, "drop", at, node);

    event->side = (uint32_t)sim_swarm_below(draft, 2);
    event->types = 1u << (1 + sim_swarm_below(draft, 4));
    event->count = 1 + (uint32_t)sim_swarm_below(draft, 2);
}

static void draw_fault(struct sim_swarm_draft *draft, uint32_t number)
{
    static const uint32_t kinds[] = {PARTITION, PATH, ROAM, DOWN, CRASH, RESTART, DROP, BOX_REBOOT, CLOCK, SUSPEND, PAUSE, SET};
    const uint32_t kind = kinds[sim_swarm_below(draft, sizeof kinds / sizeof *kinds)],
                   node = (uint32_t)sim_swarm_below(draft, draft->peers);
    const wrn_time at = 1 + sim_swarm_below(draft, draft->calm - 1);
    const bool up = sim_swarm_maybe(draft, 50);

    if (!draft->on[kind])
        return;
    if (kind == PARTITION)
        draw_partition(draft, at);
    else if (kind == PATH)
        sim_swarm_event(draft, SIM_DO_PATH, "path", at, node)->path = (uint32_t)sim_swarm_below(draft, draft->plan->path_count);
    else if (kind == ROAM)
        draw_roam(draft, at, number);
    else if (kind == DOWN)
        sim_swarm_event(draft, up ? SIM_DO_UP : SIM_DO_DOWN, up ? "up" : "down", at, node);
    else if (kind == CRASH)
        sim_swarm_event(draft, SIM_DO_CRASH, "crash", at, node);
    else if (kind == RESTART)
        draw_restart(draft, at, node);
    else if (kind == DROP)
        draw_drop(draft, at, node);
    else if (kind == BOX_REBOOT && draft->plan->nat_count > 0)
        sim_swarm_event(draft, SIM_DO_NAT_REBOOT, "nat-reboot", at, SIM_NONE)->nat =
            1 + (uint32_t)sim_swarm_below(draft, draft->plan->nat_count);
    else if (kind == CLOCK)
        draw_clock(draft, at, node);
    else if (kind == SUSPEND || kind == PAUSE)
        draw_pause(draft, kind == PAUSE ? SIM_DO_PAUSE : SIM_DO_SUSPEND, at, node);
    else if (kind == SET)
        draw_set(draft, at, number);
}

static bool crashes(const struct sim_swarm_draft *draft, uint32_t node)
{
    for (uint32_t i = 0; i < draft->plan->event_count; i++)
        if (draft->swarm->events[i].kind == SIM_DO_CRASH && draft->swarm->events[i].node == node)
            return true;
    return false;
}

/* Faults stop: paths are good, who moved is back, who is away starts again. Where an attacker was, endpoints may point at the
 * attacker on both sides, because whoever is first to show a datagram owns its endpoint: everybody starts again, or is told where
 * the others are and has to go on with what it has become. */
void sim_swarm_end_faults(struct sim_swarm_draft *draft)
{
    for (uint32_t i = 0; i < draft->peers && !draft->faults && !draft->on[ATTACKER]; i++)
        if (draft->swarm->nodes[i].starts_down)
            sim_swarm_event(draft, SIM_DO_UP, "up", draft->calm, i);
    if (!draft->faults && !draft->on[ATTACKER])
        return;
    draft->anew = sim_swarm_maybe(draft, 50);
    sim_swarm_event(draft, SIM_DO_HEAL, "heal", draft->calm, SIM_NONE);
    for (uint32_t i = 0; i < draft->peers; i++) {
        if (sim_swarm_stands(draft))
            sim_swarm_event(draft, SIM_DO_RESUME, "resume", draft->calm, i);
        sim_swarm_event(draft, SIM_DO_PATH, "path", draft->calm, i)->path = 0;
        if (draft->on[ROAM] && i == draft->roamer) {
            struct sim_event *event = sim_swarm_event(draft, SIM_DO_ROAM, "roam", draft->calm, i);

            event->nat = SIM_NONE;
            event->address = draft->swarm->nodes[i].outer;
        }
        if (crashes(draft, i) || (draft->on[ATTACKER] && draft->anew))
            sim_swarm_event(draft, SIM_DO_RESTART, "reboot", draft->calm, i);
        else
            sim_swarm_event(draft, SIM_DO_UP, "up", draft->calm, i);
    }
}

void sim_swarm_draw_faults(struct sim_swarm_draft *draft)
{
    sim_swarm_section(draft, "timeline");
    for (uint32_t i = 0, count = (uint32_t)sim_swarm_below(draft, 12); i < count; i++)
        draw_fault(draft, i);
    sim_swarm_section(draft, "attacks");
    sim_swarm_draw_attacks(draft);
    sim_swarm_draw_settings(draft);
    sim_swarm_draw_meanwhile(draft);
    sim_swarm_draw_outages(draft);
}
