#include "base.h"
#include "parts.h"
#include "text.h"

/*
 * A datagram crosses two half paths: up from its sender to the core of the network, where it passes the boxes that the two ends
 * are behind, and down from there to who has its destination address at that moment. Datagram n of a half path asks that half
 * path's streams for their n-th values; what a duplicate asks lies beyond 2^63.
 */

#define OF_COPY (UINT64_C(1) << 63)

static const char *const lost_names[SIM_LOST_KINDS] = {
    [SIM_LOST_PATH] = "link loss", [SIM_LOST_DROP_NEXT] = "link drop_next", [SIM_LOST_PARTITION] = "link partition",
    [SIM_LOST_MTU] = "link mtu", [SIM_LOST_NO_HOST] = "link no host",
    [SIM_LOST_NAT_MAPPING] = "nat no mapping", [SIM_LOST_NAT_FILTER] = "nat filter", [SIM_LOST_NAT_PORT] = "nat no port",
    [SIM_LOST_NAT_HAIRPIN] = "nat no hairpin",
};

const char *sim_lost_name(unsigned why)
{
    return lost_names[why];
}

void sim_half_begin(struct sim_half_state *half, const struct sim_plan *plan, const struct sim_node *node, const char *side)
{
    char name[2 * SIM_NAME_BYTES];

    sim_text_fill(name, sizeof name, "%s %s", (const struct sim_part[]){{node->name, 0}, {side, 0}}, 2);
    sim_stream_init(&half->delay, plan->seed, "delay", name);
    sim_stream_init(&half->loss, plan->seed, "loss", name);
    sim_stream_init(&half->duplicate, plan->seed, "duplicate", name);
    sim_stream_init(&half->reorder, plan->seed, "reorder", name);
    sim_stream_init(&half->late, plan->seed, "late", name);
}

static void tap(struct sim_world *world, uint32_t node, uint32_t side, const struct sim_datagram *datagram, const char *why)
{
    struct sim_tap seen = {
        .time = world->now, .node = node, .side = side, .lost = why != NULL, .why = why, .source = datagram->source,
        .destination = datagram->destination, .data = datagram->data, .length = datagram->length,
    };

    if (world->options.tap)
        world->options.tap(world->options.context, &seen);
}

static void lose(struct sim_world *world, uint32_t node, uint32_t side, struct sim_datagram *datagram, enum sim_lost why)
{
    world->lost[why]++;
    world->drops++;
    sim_trace(world, node, SIM_KIND_LOST, datagram->length, datagram->digest, 0, 0);
    tap(world, node, side, datagram, lost_names[why]);
    sim_datagram_give(world, datagram);
}

static unsigned type_bit(const struct sim_datagram *datagram)
{
    unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;

    return 1u << type;
}

static bool by_rule(struct sim_world *world, struct sim_half_state *half, uint64_t n)
{
    const struct sim_loss *loss = &half->half->loss;
    const uint64_t *list = world->plan->numbers + loss->first;

    switch (loss->kind) {
    case SIM_LOSS_CHANCE:
        return sim_chance(&half->loss, n, loss->chance);
    case SIM_LOSS_LIST:
        while (half->list_at < loss->count && list[half->list_at] < n)
            half->list_at++;
        return half->list_at < loss->count && list[half->list_at] == n;
    case SIM_LOSS_PATTERN:
        return (n - 1) % loss->m < loss->n;
    default:
        return false;
    }
}

/* Offer a datagram to a half path. It is lost here, or goes on after its delay, perhaps twice. */
static void offer(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_datagram *datagram, uint32_t task)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    uint32_t mtu = world->plan->paths[place->path].mtu;
    uint64_t n = ++half->offered;
    wrn_time delay = sim_duration(&half->delay, n, &half->half->delay);
    bool ruled = by_rule(world, half, n);

    if (half->drop_count > 0 && (half->drop_types & type_bit(datagram))) {
        half->drop_count--;
        half->lost++;
        lose(world, place->number, side, datagram, SIM_LOST_DROP_NEXT);
        return;
    }
    if (ruled || (mtu > 0 && datagram->length > mtu)) {
        half->lost++;
        lose(world, place->number, side, datagram, ruled ? SIM_LOST_PATH : SIM_LOST_MTU);
        return;
    }
    if (side == SIM_UP)
        tap(world, place->number, side, datagram, NULL);
    if (half->half->reorder && sim_chance(&half->reorder, n, half->half->reorder))
        delay += sim_duration(&half->late, n, &half->half->late);
    if (half->half->duplicate && sim_chance(&half->duplicate, n, half->half->duplicate)) {
        struct sim_datagram *copy = sim_datagram_take(world, datagram->length);

        if (copy) {
            uint8_t *data = copy->data;

            memcpy(data, datagram->data, datagram->length);
            *copy = *datagram;
            copy->data = data;
            copy->copy = true;
            half->copies++;
            half->in_flight++;
            sim_queue_push(&world->queue, world->now + sim_duration(&half->delay, n | OF_COPY, &half->half->delay), task,
                           place->number, copy);
        }
    }
    half->in_flight++;
    sim_queue_push(&world->queue, world->now + delay, task, place->number, datagram);
}

static void see_sent(struct sim_world *world, struct sim_place *place, const struct sim_datagram *datagram)
{
    static const unsigned marks[5] = {SIM_MARKS, SIM_MARK_INITIATION_SENT, SIM_MARK_RESPONSE_SENT, SIM_MARK_COOKIE_REPLY_SENT,
                                      SIM_MARK_DATA_SENT};
    unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;
    uint32_t to = datagram->pair != SIM_NONE ? world->plan->peers[datagram->pair].peer : SIM_NONE;

    if (type > 0 && datagram->cause != SIM_CAUSE_ATTACK)
        world->marks[type == 4 && datagram->length == 32 ? SIM_MARK_KEEPALIVE_SENT : marks[type]]++;
    if (to == SIM_NONE)
        return;
    sim_expect_happened(world, SIM_HAPPENED_DATAGRAM, place->number, to);
    if (type == 1) {
        place->result.initiations++;
        sim_expect_happened(world, SIM_HAPPENED_INITIATION, place->number, to);
    }
}

void sim_link_send(struct sim_world *world, struct sim_place *place, const uint8_t *data, uint32_t length,
                   const struct wrn_endpoint *destination, uint32_t pair, uint8_t cause)
{
    struct sim_datagram *datagram = sim_datagram_take(world, length);

    if (!datagram)
        return;
    memcpy(datagram->data, data, length);
    datagram->source = place->outer;
    datagram->destination = *destination;
    datagram->nat = place->nat;
    datagram->node = place->number;
    datagram->pair = pair;
    datagram->cause = cause;
    datagram->digest = sim_digest(data, length);
    world->datagrams++;
    place->result.datagrams_sent++;
    place->result.bytes_sent += length;
    sim_trace(world, place->number, SIM_KIND_SENT, length, datagram->digest, 0, 0);
    see_sent(world, place, datagram);
    offer(world, place, SIM_UP, datagram, SIM_TASK_CORE);
}

void sim_link_core(struct sim_world *world, struct sim_datagram *datagram)
{
    struct sim_place *from = &world->places[datagram->node];
    struct sim_way way;
    uint32_t to;

    from->up.in_flight--;
    from->up.passed++;
    if (!sim_realm_leave(world, datagram, &way)) {
        lose(world, datagram->node, SIM_UP, datagram, way.why);
        return;
    }
    to = sim_realm_whose(world, datagram, way.realm);
    if (way.realm == 0) /* what never leaves a box is not in the core */
        sim_attacker_see(world, datagram, datagram->node, to);
    if (to != SIM_NONE && sim_partitioned(world, datagram->node, to))
        lose(world, datagram->node, SIM_UP, datagram, SIM_LOST_PARTITION);
    else if (!sim_realm_enter(world, datagram, &way))
        lose(world, datagram->node, SIM_UP, datagram, way.why);
    else
        offer(world, &world->places[way.to], SIM_DOWN, datagram, SIM_TASK_ARRIVE);
}

void sim_link_arrive(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram)
{
    place->down.in_flight--;
    place->down.passed++;
    if (!place->running || !sim_same_endpoint(&place->outer, &datagram->destination)) {
        lose(world, place->number, SIM_DOWN, datagram, SIM_LOST_NO_HOST);
        return;
    }
    place->result.datagrams_received++;
    place->result.bytes_received += datagram->length;
    tap(world, place->number, SIM_DOWN, datagram, NULL);
    sim_place_receive(place, datagram);
    sim_datagram_give(world, datagram);
}
