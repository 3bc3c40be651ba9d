#include "base.h"
#include "hash.h"
#include "parts.h"

/*
 * Several interfaces of one host, and interfaces whose datagrams are inner packets of another.
 *
 *     app -> wg1 (over wg0) -> UDP in IP -> wg0 -> the network
 *
 * Interfaces of a host share its path, box and clock; what any of them delivers goes to whichever interface it is for, or on, by
 * the longest prefix of them all. Carried datagrams are known by what they are made of, hop by hop, for the checkers.
 */

#define HEAD4 28u
#define HEAD6 48u

static uint32_t head_of(const uint8_t *packet)
{
    return packet[0] >> 4 == 6 ? HEAD6 : HEAD4;
}

/* UDP in IP, with every checksum that is asked for. */
static void wrap(uint8_t *out, const struct sim_datagram *datagram)
{
    const bool ipv6 = datagram->source.family == 6;
    const uint32_t head = ipv6 ? HEAD6 : HEAD4, udp = datagram->length + 8;
    uint8_t *header = out + head - 8;

    memset(out, 0, head);
    memcpy(out + head, datagram->data, datagram->length);
    sim_ip_store16(header, datagram->source.port);
    sim_ip_store16(header + 2, datagram->destination.port);
    sim_ip_store16(header + 4, udp);
    if (ipv6) {
        out[0] = (uint8_t)(0x60 | datagram->tos >> 4);
        out[1] = (uint8_t)(datagram->tos << 4);
        sim_ip_store16(out + 4, udp);
        out[6] = 17;
        out[7] = SIM_TTL;
        memcpy(out + 8, datagram->source.address, 16);
        memcpy(out + 24, datagram->destination.address, 16);
        sim_ip_checksum(header + 6, sim_ip_sum(17 + udp, out + 8, 32 + udp));
        return;
    }
    out[0] = 0x45;
    out[1] = datagram->tos;
    sim_ip_store16(out + 2, 20 + udp);
    out[8] = SIM_TTL;
    out[9] = 17;
    memcpy(out + 12, datagram->source.address, 4);
    memcpy(out + 16, datagram->destination.address, 4);
    sim_ip_checksum(out + 10, sim_ip_sum(0, out, 20));
}

/* What it says it is. False: no UDP in IP that lived through fewer hops than there are. */
static bool unwrap(const uint8_t *packet, uint32_t length, struct wrn_endpoint *source, struct wrn_endpoint *destination,
                   uint32_t *hop)
{
    const bool ipv6 = length > 0 && packet[0] >> 4 == 6;
    const uint32_t head = ipv6 ? HEAD6 : HEAD4, size = ipv6 ? 16 : 4;
    uint8_t ttl;

    if (length < head || (!ipv6 && packet[0] != 0x45) || packet[ipv6 ? 6 : 9] != 17)
        return false;
    ttl = packet[ipv6 ? 7 : 8];
    if (ttl == 0 || ttl > SIM_TTL)
        return false;
    *hop = SIM_TTL - ttl;
    *source = *destination = (struct wrn_endpoint){.family = ipv6 ? 6 : 4};
    memcpy(source->address, packet + (ipv6 ? 8 : 12), size);
    memcpy(destination->address, packet + (ipv6 ? 24 : 16), size);
    source->port = (uint16_t)(packet[head - 8] << 8 | packet[head - 7]);
    destination->port = (uint16_t)(packet[head - 6] << 8 | packet[head - 5]);
    return true;
}

/* Everything but what may change on the way: hops to live, their checksum, the ECN bits. */
static uint64_t print_of(const uint8_t *packet, uint32_t length, uint32_t hop)
{
    const bool ipv6 = packet[0] >> 4 == 6;
    uint8_t fixed[40];
    const uint32_t size = ipv6 ? 40 : 20;
    uint64_t print;

    memcpy(fixed, packet, size);
    if (ipv6) {
        fixed[1] &= 0xcf;
        fixed[7] = 0;
    } else {
        fixed[1] &= 0xfc;
        fixed[8] = fixed[10] = fixed[11] = 0;
    }
    print = sim_sip(hop, 3, fixed, size);
    return sim_sip(print, length, packet + size, length - size) | 1;
}

static struct sim_carried *probe(struct sim_carried *slots, uint32_t size, uint64_t print)
{
    uint32_t i = (uint32_t)(print >> 20) & (size - 1);

    while (slots[i].print != 0 && slots[i].print != print)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

static struct sim_carried *room(struct sim_traffic *traffic, uint64_t print)
{
    const uint32_t size = traffic->carried_size ? 2 * traffic->carried_size : 64;
    struct sim_carried *slots;

    if (2 * (traffic->carried_count + 1) > traffic->carried_size) {
        slots = sim_take(traffic->memory, (size_t)size * sizeof *slots);
        if (!slots)
            return NULL;
        for (uint32_t i = 0; i < traffic->carried_size; i++)
            if (traffic->carried[i].print != 0)
                *probe(slots, size, traffic->carried[i].print) = traffic->carried[i];
        traffic->carried = slots;
        traffic->carried_size = size;
    }
    return probe(traffic->carried, traffic->carried_size, print);
}

struct sim_carried *sim_carried_find(const struct sim_traffic *traffic, const uint8_t *packet, uint32_t length)
{
    struct wrn_endpoint source, destination;
    struct sim_carried *found;
    uint32_t hop;

    if (traffic->carried_size == 0 || !unwrap(packet, length, &source, &destination, &hop))
        return NULL;
    found = probe(traffic->carried, traffic->carried_size, print_of(packet, length, hop));
    return found->print != 0 ? found : NULL;
}

/* An interface hands a carried packet to its engine. Where it comes from is what it came from a hop before. */
static void hand_in(struct sim_place *place, const uint8_t *packet, uint32_t length, const struct sim_carried *from)
{
    struct sim_traffic *traffic = &place->world->traffic;
    const struct sim_carried origin = *from; /* the table may move */
    struct wrn_endpoint source, destination;
    struct sim_carried *entry;
    uint32_t hop;
    uint64_t print;

    if (!unwrap(packet, length, &source, &destination, &hop))
        return;
    print = print_of(packet, length, hop);
    entry = room(traffic, print);
    if (!entry)
        return;
    traffic->carried_count += entry->print == 0;
    *entry = (struct sim_carried){.print = print, .node = place->number, .from = origin.from, .pair = origin.pair,
                                  .cause = origin.cause, .handed = entry->handed + 1, .delivered = entry->delivered};
}

/* A datagram of a nested interface: from here on a packet of the one below, in an event of its own. */
void sim_nest_send(struct sim_world *world, struct sim_place *place, struct sim_datagram *datagram)
{
    const uint32_t head = datagram->source.family == 6 ? HEAD6 : HEAD4;
    struct sim_datagram *packet;

    if (datagram->destination.family != datagram->source.family) {
        sim_link_lose(world, place->number, SIM_UP, datagram, SIM_LOST_NO_HOST);
        return;
    }
    sim_link_tap(world, place->number, SIM_UP, datagram, NULL);
    packet = sim_datagram_take(world, datagram->length + head);
    if (packet) {
        wrap(packet->data, datagram);
        packet->node = datagram->node;
        packet->pair = datagram->pair;
        packet->cause = datagram->cause;
        sim_queue_push(&world->queue, world->now, SIM_TASK_CARRY, place->plan->over - 1, packet);
    }
    sim_datagram_give(world, datagram);
}

void sim_nest_carry(struct sim_world *world, struct sim_place *place, struct sim_datagram *packet)
{
    const struct sim_carried from = {.from = packet->node, .pair = packet->pair, .cause = packet->cause};

    if (!place->running || place->held == SIM_ASLEEP) {
        world->lost[SIM_LOST_NO_HOST]++;
        world->drops++;
    } else {
        SIM_MARK(world, "carried");
        hand_in(place, packet->data, packet->length, &from);
        memcpy(world->inner + WRN_HEADROOM, packet->data, packet->length);
        sim_place_enter(place, packet->length);
        sim_place_settle(place);
    }
    sim_datagram_give(world, packet);
}

/* The nested interface over this one that listens there. */
static struct sim_place *nested_at(const struct sim_place *place, const struct wrn_endpoint *endpoint)
{
    for (struct sim_place *other = place->link; other; other = other->next)
        if (other->plan->over == place->number + 1 && sim_same_endpoint(&other->outer, endpoint))
            return other;
    return NULL;
}

bool sim_nest_is_for(const struct sim_place *place, const uint8_t *packet)
{
    for (const struct sim_place *other = place->link; other; other = other->next)
        if (sim_inner_is_for(other->plan, packet))
            return true;
    return false;
}

/* A carried packet is delivered where it is going to: a datagram again. */
void sim_nest_deliver(struct sim_place *place, const uint8_t *packet, uint32_t length, const struct sim_carried *carried)
{
    struct sim_world *world = place->world;
    const uint32_t head = head_of(packet);
    struct sim_datagram *datagram = sim_datagram_take(world, length - head);
    struct sim_place *to;
    uint32_t hop;

    if (!datagram)
        return;
    unwrap(packet, length, &datagram->source, &datagram->destination, &hop);
    memcpy(datagram->data, packet + head, length - head);
    datagram->node = carried->from;
    datagram->pair = carried->pair;
    datagram->cause = (uint8_t)carried->cause;
    datagram->tos = (uint8_t)(packet[0] >> 4 == 6 ? (packet[0] << 4 | packet[1] >> 4) : packet[1]);
    datagram->digest = sim_digest(datagram->data, datagram->length);
    to = nested_at(place, &datagram->destination);
    if (to)
        sim_queue_push(&world->queue, world->now, SIM_TASK_CARRIED, to->number, datagram);
    else
        sim_link_lose(world, place->number, SIM_DOWN, datagram, SIM_LOST_NO_HOST);
}

void sim_nest_forward(struct sim_place *place, uint32_t length, const struct sim_carried *carried)
{
    struct sim_world *world = place->world;
    struct sim_place *out = sim_nest_route(place, world->inner + WRN_HEADROOM);

    hand_in(out, world->inner + WRN_HEADROOM, length, carried);
    sim_place_enter(out, length);
    if (out != place)
        sim_place_settle(out);
}

static bool covers(const struct wrn_prefix *prefix, uint8_t family, const uint8_t *address)
{
    struct wrn_prefix whole = {.family = family, .length = prefix->length};

    if (prefix->family != family)
        return false;
    memcpy(whole.address, address, family == 6 ? 16 : 4);
    return sim_same_prefix(prefix, &whole);
}

static int longest(const struct sim_place *place, uint8_t family, const uint8_t *address)
{
    const struct sim_watch *watch = &place->world->watch;
    int found = -1;

    for (uint32_t i = watch->first_pair[place->number]; i < watch->first_pair[place->number + 1]; i++)
        for (uint32_t j = 0; watch->sides[i].present && j < watch->sides[i].prefix_count; j++)
            if (watch->sides[i].prefixes[j].length > found && covers(&watch->sides[i].prefixes[j], family, address))
                found = watch->sides[i].prefixes[j].length;
    return found;
}

struct sim_place *sim_nest_route(struct sim_place *place, const uint8_t *packet)
{
    const bool ipv6 = packet[0] >> 4 == 6;
    const uint8_t *address = packet + (ipv6 ? 24 : 16);
    struct sim_place *best = place;
    int found;

    if (!place->link->next)
        return place;
    found = longest(place, ipv6 ? 6 : 4, address);
    for (struct sim_place *other = place->link; other; other = other->next) {
        int length = other == place ? -1 : longest(other, ipv6 ? 6 : 4, address);

        if (length > found) {
            found = length;
            best = other;
        }
    }
    return best;
}
