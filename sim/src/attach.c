#include "base.h"
#include "outside.h"
#include "parts.h"
#include "warren/engine.h"

#define ICMP_BYTES 1280u

/* The world's edge at attached nodes: inner packets come in from outside, at their times, and leave it where they are delivered.
 */

bool sim_world_attach(struct sim_world *world, uint32_t node)
{
    struct sim_traffic *traffic = &world->traffic;

    if (node >= world->plan->node_count || world->plan->nodes[node].role != SIM_ROLE_PEER)
        return false;
    if (!traffic->outside)
        traffic->outside = sim_take(&world->memory, sizeof *traffic->outside);
    world->places[node].attached = traffic->outside != NULL;
    return world->places[node].attached;
}

wrn_time sim_world_next(struct sim_world *world)
{
    wrn_time next;

    return !world->finished && sim_queue_next(&world->queue, &next) ? next : WRN_NEVER;
}

enum sim_state sim_world_inject(struct sim_world *world, uint32_t node, wrn_time at, const uint8_t *packet, uint32_t length)
{
    enum sim_state state = sim_world_run(world, at);
    struct sim_datagram *item;

    sim_assert(node < world->plan->node_count && world->places[node].attached && length <= SIM_INJECT_MOST);
    if (state != SIM_PAUSED)
        return state;
    item = sim_datagram_take(world, length);
    if (!item)
        return SIM_EXHAUSTED;
    memcpy(item->data, packet, length);
    return sim_queue_push(&world->queue, at, SIM_TASK_INJECT, node, item) ? SIM_PAUSED : SIM_EXHAUSTED;
}

/* Into this very interface: whoever sent it has chosen. */
static void enter(struct sim_place *place, uint32_t length)
{
    struct sim_world *world = place->world;

    sim_outside_handed(&world->traffic, world->now, place->number, world->inner + WRN_HEADROOM, length);
    sim_place_enter(place, length);
}

void sim_attach_enter(struct sim_place *place, struct sim_datagram *packet)
{
    struct sim_world *world = place->world;

    if (!place->running || place->held == SIM_ASLEEP) {
        world->lost[SIM_LOST_NO_HOST]++;
        world->drops++;
    } else {
        memcpy(world->inner + WRN_HEADROOM, packet->data, packet->length);
        enter(place, packet->length);
        sim_place_settle(place);
    }
    sim_datagram_give(world, packet);
}

static void leave(struct sim_place *place, const uint8_t *packet, uint32_t length)
{
    const struct sim_options *options = &place->world->options;

    if (options->deliver)
        options->deliver(options->context, place->number, packet, length);
}

/* As a host does (P-88): who sent a packet that leads nowhere hears of it. */
void sim_attach_refuse(struct sim_place *place, const struct wrn_packet *packet)
{
    uint8_t answer[ICMP_BYTES];
    size_t length = 0;

    if (packet->reason == WRN_REASON_NO_ROUTE || packet->reason == WRN_REASON_NO_ENDPOINT)
        length = wrn_icmp_unreachable(packet->data + packet->offset, packet->length, answer, sizeof answer);
    if (length > 0)
        leave(place, answer, (uint32_t)length);
}

/* From a node that is not attached: by the routes of its host. */
static void send_on(struct sim_place *place, uint32_t length)
{
    struct sim_place *out = sim_nest_route(place, place->world->inner + WRN_HEADROOM);

    enter(out, length);
    if (out != place && out->running)
        sim_place_settle(out);
}

void sim_attach_deliver(struct sim_place *place, const uint8_t *packet, uint32_t length)
{
    struct sim_world *world = place->world;
    uint8_t *copy = world->inner + WRN_HEADROOM;

    if (place->attached) {
        leave(place, packet, length);
        return;
    }
    memcpy(copy, packet, length);
    if (sim_nest_is_for(place, copy) ? sim_outside_answer(copy, length) : sim_inner_age(copy, length))
        send_on(place, length);
}
