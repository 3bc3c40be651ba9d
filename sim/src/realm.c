#include "base.h"
#include "parts.h"

/*
 * Realms: the inside of each box is one, and realm 0 is the core of the network. An address means something in its realm only; a
 * box that translates nothing joins its inside to the realm it is in.
 *
 *     core:0 ── nat "carrier":1 ── nat "home spoke.3":2 ── spoke.3        a box's number + 1 is the realm behind it
 *
 * A datagram goes out through boxes until its destination is somebody in the realm that it has reached, or turns at the box whose
 * outside address that is; then in, through whatever stands before its receiver.
 */

static uint32_t home_of(const struct sim_world *world, const uint8_t address[4])
{
    return (uint32_t)(sim_load32(address) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (world->box_size - 1);
}

bool sim_realms_begin(struct sim_world *world)
{
    const struct sim_plan *plan = world->plan;

    if (plan->nat_count == 0)
        return true;
    world->box_size = 16;
    while (world->box_size < 2 * plan->nat_count)
        world->box_size *= 2;
    world->boxes = sim_take(&world->memory, plan->nat_count * sizeof *world->boxes);
    world->box_addresses = sim_take(&world->memory, world->box_size * sizeof *world->box_addresses);
    if (!world->boxes || !world->box_addresses)
        return false;
    for (uint32_t i = 0; i < plan->nat_count; i++) {
        uint32_t slot = home_of(world, plan->nats[i].address);

        if (!sim_nat_begin(&world->boxes[i], &plan->nats[i], plan->seed, &world->memory))
            return false;
        if (plan->nats[i].map == SIM_NAT_NONE)
            continue;
        while (world->box_addresses[slot] != 0)
            slot = (slot + 1) & (world->box_size - 1);
        world->box_addresses[slot] = i + 1;
    }
    return true;
}

/* The box with that outside address, as the realm behind it; 0: none. */
static uint32_t box_at(const struct sim_world *world, const struct wrn_endpoint *endpoint)
{
    uint32_t slot;

    if (endpoint->family != 4 || world->box_size == 0)
        return 0;
    slot = home_of(world, endpoint->address);
    while (world->box_addresses[slot] != 0
           && memcmp(world->plan->nats[world->box_addresses[slot] - 1].address, endpoint->address, 4) != 0)
        slot = (slot + 1) & (world->box_size - 1);
    return world->box_addresses[slot];
}

/* Who answers to an address in a realm: a node, or a box that the way there leads through. */
struct resident { uint32_t node, box; }; /* SIM_NONE; 0 */

static struct resident resident_of(const struct sim_world *world, uint32_t realm, const struct wrn_endpoint *endpoint)
{
    const struct sim_nat *nats = world->plan->nats;
    uint32_t node = sim_address_find(world, endpoint), box = 0, at;

    if (node != SIM_NONE) {
        at = world->places[node].nat;
    } else {
        box = box_at(world, endpoint);
        if (box == 0)
            return (struct resident){SIM_NONE, 0};
        at = nats[box - 1].behind;
    }
    while (at != realm && at != 0 && !sim_nat_translates(&nats[at - 1], endpoint->family)) {
        box = at;
        at = nats[at - 1].behind;
    }
    if (at != realm)
        return (struct resident){SIM_NONE, 0};
    return (struct resident){box == 0 ? node : SIM_NONE, box};
}

static bool passed(struct sim_world *world, enum sim_nat_verdict verdict, struct sim_way *way)
{
    switch (verdict) {
    case SIM_NAT_PASSED:
        return true;
    case SIM_NAT_NO_MAPPING:
        SIM_MARK(world, "nat_no_mapping");
        way->why = SIM_LOST_NAT_MAPPING;
        return false;
    case SIM_NAT_FILTERED:
        SIM_MARK(world, "nat_filter");
        way->why = SIM_LOST_NAT_FILTER;
        return false;
    case SIM_NAT_NO_PORT:
        SIM_MARK(world, "nat_no_port");
        way->why = SIM_LOST_NAT_PORT;
        return false;
    case SIM_NAT_NO_HAIRPIN:
        SIM_MARK(world, "nat_no_hairpin");
        way->why = SIM_LOST_NAT_HAIRPIN;
        return false;
    default:
        way->why = SIM_LOST_NO_HOST;
        return false;
    }
}

static bool turn(struct sim_world *world, struct sim_datagram *datagram, struct sim_way *way)
{
    struct sim_nat_box *box = &world->boxes[way->realm - 1];

    if (!passed(world, sim_nat_turn(box, world->now, &datagram->source, &datagram->destination), way))
        return false;
    SIM_MARK(world, "nat_turned");
    return true;
}

bool sim_realm_leave(struct sim_world *world, struct sim_datagram *datagram, struct sim_way *way)
{
    way->realm = datagram->nat;
    while (way->realm != 0) {
        const struct resident resident = resident_of(world, way->realm, &datagram->destination);
        const uint32_t box = way->realm;

        if (resident.node != SIM_NONE || resident.box != 0)
            return true;
        if (sim_nat_translates(&world->plan->nats[box - 1], datagram->source.family)
            && box_at(world, &datagram->destination) == box)
            return turn(world, datagram, way);
        if (!passed(world, sim_nat_out(&world->boxes[box - 1], world->now, &datagram->source, &datagram->destination), way))
            return false;
        way->realm = world->plan->nats[box - 1].behind;
    }
    return true;
}

uint32_t sim_realm_whose(struct sim_world *world, const struct sim_datagram *datagram, uint32_t realm)
{
    struct wrn_endpoint destination = datagram->destination;
    struct resident resident = resident_of(world, realm, &destination);

    while (resident.box != 0 && sim_nat_whose(&world->boxes[resident.box - 1], world->now, &destination))
        resident = resident_of(world, resident.box, &destination);
    return resident.node;
}

bool sim_realm_enter(struct sim_world *world, struct sim_datagram *datagram, struct sim_way *way)
{
    struct resident resident = resident_of(world, way->realm, &datagram->destination);

    while (resident.box != 0) {
        way->realm = resident.box;
        if (!passed(world, sim_nat_in(&world->boxes[way->realm - 1], world->now, &datagram->source, &datagram->destination), way))
            return false;
        resident = resident_of(world, way->realm, &datagram->destination);
    }
    way->to = resident.node;
    way->why = SIM_LOST_NO_HOST;
    return way->to != SIM_NONE;
}
