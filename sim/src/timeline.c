#include "base.h"
#include "hands.h"
#include "parts.h"

/* What the plan does to the world at given times. */

static void part(struct sim_world *world, const struct sim_event *event)
{
    struct sim_partition *partition = sim_take(&world->memory, sizeof *partition);
    uint8_t *side = sim_take(&world->memory, world->plan->node_count);

    if (!partition || !side)
        return;
    for (uint32_t i = 0; i < event->count_a; i++)
        side[world->plan->numbers[event->first_a + i]] |= 1;
    for (uint32_t i = 0; i < event->count_b; i++)
        side[world->plan->numbers[event->first_b + i]] |= 2;
    *partition = (struct sim_partition){world->partitions, side, event->until, event->one_way};
    world->partitions = partition;
}

bool sim_partitioned(struct sim_world *world, uint32_t node, uint32_t other)
{
    const uint32_t from = world->places[node].link->number, to = world->places[other].link->number;
    struct sim_partition **link = &world->partitions;

    while (*link) {
        const struct sim_partition *partition = *link;

        if (world->now >= partition->until) {
            *link = partition->next;
            continue;
        }
        if ((partition->side[from] & 1) && (partition->side[to] & 2))
            return true;
        if (!partition->one_way && (partition->side[from] & 2) && (partition->side[to] & 1))
            return true;
        link = &(*link)->next;
    }
    return false;
}

static void take_path(struct sim_world *world, struct sim_place *place, uint32_t path)
{
    place->path = path;
    sim_half_take(&place->up, &world->plan->paths[path].up);
    sim_half_take(&place->down, &world->plan->paths[path].down);
}

static void roam(struct sim_world *world, struct sim_place *place, const struct sim_event *event)
{
    struct wrn_endpoint address = event->address;

    for (struct sim_place *other = place; other; other = other->next) {
        if (other->plan->over != 0)
            continue;
        address.port = other == place ? event->address.port : other->outer.port;
        sim_address_move(world, other->number, &address);
    }
    if (event->nat != SIM_NONE)
        place->nat = event->nat;
    if (event->path != SIM_NONE)
        take_path(world, place, event->path);
}

static void forget(struct sim_world *world, uint32_t box)
{
    if (box != 0)
        sim_nat_reboot(&world->boxes[box - 1]);
}

static void restart(struct sim_place *place, const struct sim_event *event)
{
    sim_place_crash(place);
    sim_clock_change(&place->clock, place->world->now, &event->wall);
    sim_place_boot(place, event->keep_stamp);
    sim_place_set_up(place, true);
}

static void step_clock(struct sim_place *place, const struct sim_wall *wall)
{
    sim_clock_change(&place->clock, place->world->now, wall);
    SIM_MARK(place->world, "clock_stepped");
    if (!place->running || place->held != SIM_AWAKE)
        return;
    sim_place_wall(place);
    sim_place_settle(place);
}

static void whole_host(struct sim_place *place, const struct sim_event *event)
{
    switch (event->kind) {
    case SIM_DO_CRASH:
        sim_place_crash(place);
        break;
    case SIM_DO_RESTART:
        restart(place, event);
        break;
    case SIM_DO_CLOCK:
        step_clock(place, &event->wall);
        break;
    case SIM_DO_SUSPEND:
        sim_host_suspend(place, event->counts);
        break;
    case SIM_DO_PAUSE:
        sim_host_pause(place);
        break;
    default:
        sim_host_resume(place);
        break;
    }
}

void sim_timeline_node(struct sim_place *place, const struct sim_event *event)
{
    if (event->kind == SIM_DO_SET)
        sim_live_set(place, event);
    else
        sim_place_set_up(place, event->kind == SIM_DO_UP);
}

void sim_timeline_do(struct sim_world *world, uint32_t number)
{
    const struct sim_event *event = &world->plan->events[number];
    struct sim_place *place = event->node < world->plan->node_count ? &world->places[event->node] : NULL;
    struct sim_half_state *half;

    for (uint32_t i = 0; i < world->plan->node_count; i++) /* whatever happens now, it may change an engine */
        sim_guard_check(&world->places[i]);
    sim_trace(world, place ? event->node : SIM_NONE, SIM_KIND_TIMELINE, number, event->kind, 0, 0);
    sim_watch_see(&world->watch, &(struct sim_seen){.kind = SIM_SEEN_TIMELINE, .node = event->node, .pair = SIM_NONE,
                                                    .from_pair = SIM_NONE, .now = world->now, .event = number});
    switch (event->kind) {
    case SIM_DO_DROP_NEXT:
        half = event->side == SIM_UP ? &place->up : &place->down;
        half->drop_types = event->types;
        half->drop_count = event->count;
        break;
    case SIM_DO_PARTITION:
        part(world, event);
        break;
    case SIM_DO_HEAL:
        world->partitions = NULL;
        break;
    case SIM_DO_PATH:
        take_path(world, place, event->path);
        break;
    case SIM_DO_ROAM:
        roam(world, place, event);
        break;
    case SIM_DO_DOWN:
    case SIM_DO_UP:
    case SIM_DO_SET:
        if (!sim_host_wait_event(place, number))
            sim_timeline_node(place, event);
        break;
    case SIM_DO_RECORD:
        sim_attacker_record(place, event);
        break;
    case SIM_DO_REPLAY:
        sim_attacker_replay(place, event);
        break;
    case SIM_DO_NAT_REBOOT:
        forget(world, event->nat != 0 ? event->nat : place->nat);
        break;
    case SIM_DO_FLOOD:
        sim_flood_next(world, number);
        break;
    case SIM_DO_TAMPER:
    case SIM_DO_DELAY:
        sim_hands_on(world, event);
        break;
    case SIM_DO_THIEF:
        sim_thief_begin(world, number);
        sim_flood_next(world, number);
        break;
    case SIM_DO_MISBEHAVE:
        sim_bad_next(world, number);
        break;
    case SIM_DO_COMPROMISE:
        sim_compromise(world, event);
        break;
    default:
        for (struct sim_place *other = place; other && sim_is_of_host(event->kind); other = other->next)
            whole_host(other, event);
        break;
    }
}
