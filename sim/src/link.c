#include "base.h"
#include "hands.h"
#include "parts.h"
#include "text.h"

/* A datagram crosses two half paths: up from its sender to the core of the network, where it passes the boxes that the two are
 * behind, and down from there to who has its destination address at that moment. */

static const char *const lost_names[SIM_LOST_KINDS] = {
    [SIM_LOST_PATH] = "link loss", [SIM_LOST_DROP_NEXT] = "link drop_next", [SIM_LOST_PARTITION] = "link partition",
    [SIM_LOST_MTU] = "link mtu", [SIM_LOST_NO_HOST] = "link no host",
    [SIM_LOST_NAT_MAPPING] = "nat no mapping", [SIM_LOST_NAT_FILTER] = "nat filter", [SIM_LOST_NAT_PORT] = "nat no port",
    [SIM_LOST_NAT_HAIRPIN] = "nat no hairpin",
    [SIM_LOST_QUEUE] = "link queue", [SIM_LOST_CODEL] = "link codel",
    [SIM_LOST_ASLEEP] = "host asleep", [SIM_LOST_SOCKET] = "host socket full", [SIM_LOST_TUN] = "host queue full",
};

const char *sim_lost_name(unsigned why)
{
    return lost_names[why];
}

void sim_link_tap(struct sim_world *world, uint32_t node, uint32_t side, const struct sim_datagram *datagram, const char *why)
{
    struct sim_tap seen = {
        .time = world->now, .node = node, .side = side, .lost = why != NULL, .why = why, .source = datagram->source,
        .destination = datagram->destination, .data = datagram->data, .length = datagram->length, .other = datagram->node,
    };

    if (side == SIM_UP)
        seen.other = datagram->pair == SIM_NONE ? SIM_NONE : world->plan->peers[datagram->pair].peer;
    if (world->options.tap)
        world->options.tap(world->options.context, &seen);
}

static void see_lost(struct sim_world *world, const struct sim_datagram *datagram, enum sim_lost why)
{
    struct sim_seen seen = sim_place_seen(&world->places[datagram->node], SIM_SEEN_LOST, datagram->pair);

    seen.data = datagram->data;
    seen.length = datagram->length;
    seen.cause = datagram->cause;
    seen.reason = (uint8_t)why;
    seen.ours = datagram->cause != SIM_CAUSE_ATTACK && !datagram->copy && !datagram->changed;
    sim_watch_see(&world->watch, &seen);
}

void sim_link_lose(struct sim_world *world, uint32_t node, uint32_t side, struct sim_datagram *datagram, enum sim_lost why)
{
    see_lost(world, datagram, why);
    world->lost[why]++;
    world->drops++;
    sim_trace(world, node, SIM_KIND_LOST, datagram->length, datagram->digest, 0, 0);
    sim_link_tap(world, node, side, datagram, lost_names[why]);
    sim_datagram_give(world, datagram);
}

static void mark_sent(struct sim_world *world, unsigned type, uint32_t length)
{
    if (type == 1)
        SIM_MARK(world, "initiation_sent");
    else if (type == 2)
        SIM_MARK(world, "response_sent");
    else if (type == 3)
        SIM_MARK(world, "cookie_reply_sent");
    else if (length == 32)
        SIM_MARK(world, "keepalive_sent");
    else
        SIM_MARK(world, "data_sent");
}

static void see_sent(struct sim_world *world, struct sim_place *place, const struct sim_datagram *datagram)
{
    unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;
    uint32_t to = datagram->pair != SIM_NONE ? world->plan->peers[datagram->pair].peer : SIM_NONE;

    if (type > 0 && datagram->cause != SIM_CAUSE_ATTACK)
        mark_sent(world, type, datagram->length);
    if (to == SIM_NONE)
        return;
    sim_expect_happened(world, SIM_HAPPENED_DATAGRAM, place->number, to);
    if (type == 1) {
        place->result.initiations++;
        sim_expect_happened(world, SIM_HAPPENED_INITIATION, place->number, to);
    }
}

/* `form` says whence, whither, why and how; the rest is filled in. */
static void send_from(struct sim_world *world, struct sim_place *place, const struct sim_datagram *form, const uint8_t *data,
                      uint32_t length)
{
    struct sim_datagram *datagram = sim_datagram_take(world, length);

    if (!datagram)
        return;
    memcpy(datagram->data, data, length);
    datagram->source = form->source;
    datagram->destination = form->destination;
    datagram->nat = place->link->nat;
    datagram->node = place->number;
    datagram->pair = form->pair;
    datagram->cause = form->cause;
    datagram->tos = form->tos;
    datagram->forged = form->forged;
    datagram->digest = sim_digest(data, length);
    world->datagrams++;
    place->result.datagrams_sent++;
    place->result.bytes_sent += length;
    sim_trace(world, place->number, SIM_KIND_SENT, length, datagram->digest, 0, 0);
    see_sent(world, place, datagram);
    if (place->plan->over != 0)
        sim_nest_send(world, place, datagram);
    else
        sim_half_offer(world, place->link, SIM_UP, datagram);
}

void sim_link_send(struct sim_world *world, struct sim_place *place, const uint8_t *data, uint32_t length,
                   const struct wrn_endpoint *destination, uint32_t pair, uint8_t cause, uint8_t tos)
{
    const struct sim_datagram form = {
        .source = place->outer, .destination = *destination, .pair = pair, .cause = cause, .tos = tos};

    send_from(world, place, &form, data, length);
}

void sim_link_forge(struct sim_world *world, struct sim_place *place, const uint8_t *data, uint32_t length,
                    const struct wrn_endpoint *source, const struct wrn_endpoint *destination)
{
    const struct sim_datagram form = {
        .source = *source, .destination = *destination, .pair = SIM_NONE, .cause = SIM_CAUSE_ATTACK, .forged = true};

    send_from(world, place, &form, data, length);
}

void sim_link_core(struct sim_world *world, struct sim_datagram *datagram)
{
    struct sim_place *from = world->places[datagram->node].link;
    struct sim_way way;

    from->up.in_flight--;
    from->up.passed++;
    if (!sim_realm_leave(world, datagram, &way)) {
        sim_link_lose(world, datagram->node, SIM_UP, datagram, way.why);
        return;
    }
    if (way.realm == 0) { /* what never leaves a box is not in the core */
        const bool watched = world->recorders || world->thieves || world->hands;
        const uint32_t to = watched ? sim_realm_whose(world, datagram, 0) : SIM_NONE;

        sim_attacker_see(world, datagram, datagram->node, to);
        sim_thieves_see(world, datagram, to);
        datagram = sim_hands_pass(world, datagram, to);
    }
    if (datagram)
        sim_link_pass_on(world, datagram, way.realm);
}

void sim_link_pass_on(struct sim_world *world, struct sim_datagram *datagram, uint32_t realm)
{
    const uint32_t to = world->partitions ? sim_realm_whose(world, datagram, realm) : SIM_NONE;
    struct sim_way way = {.realm = realm};

    if (to != SIM_NONE && sim_partitioned(world, datagram->node, to))
        sim_link_lose(world, datagram->node, SIM_UP, datagram, SIM_LOST_PARTITION);
    else if (!sim_realm_enter(world, datagram, &way))
        sim_link_lose(world, datagram->node, SIM_UP, datagram, way.why);
    else
        sim_half_offer(world, world->places[way.to].link, SIM_DOWN, datagram);
}

void sim_link_arrive(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram)
{
    struct sim_place *to = place;

    place->down.in_flight--;
    place->down.passed++;
    while (to && (to->plan->over != 0 || !sim_same_endpoint(&to->outer, &datagram->destination)))
        to = to->next;
    if (to)
        sim_link_reach(world, to, datagram);
    else
        sim_link_lose(world, place->number, SIM_DOWN, datagram, SIM_LOST_NO_HOST);
}

void sim_link_reach(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram)
{
    if (!place->running) {
        sim_link_lose(world, place->number, SIM_DOWN, datagram, SIM_LOST_NO_HOST);
        return;
    }
    if (place->held == SIM_ASLEEP) {
        sim_link_lose(world, place->number, SIM_DOWN, datagram, SIM_LOST_ASLEEP);
        return;
    }
    if (datagram->pair != SIM_NONE && world->plan->peers[datagram->pair].peer != place->number)
        see_lost(world, datagram, SIM_LOST_NO_HOST); /* to the two that it concerns */
    place->result.datagrams_received++;
    place->result.bytes_received += datagram->length;
    if (place->held == SIM_STANDING) {
        sim_host_wait_datagram(place, datagram);
        return;
    }
    sim_link_tap(world, place->number, SIM_DOWN, datagram, NULL);
    sim_place_receive(place, datagram);
    sim_datagram_give(world, datagram);
}
