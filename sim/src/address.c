#include "base.h"
#include "parts.h"

/* Which node has this outer address? Open addressing; a node that moves leaves a tombstone, which a later one may take. */

#define TOMB UINT32_MAX

static uint32_t home(const struct sim_world *world, const struct wrn_endpoint *endpoint)
{
    const uint64_t upper = sim_load64(endpoint->address), lower = sim_load64(endpoint->address + 8);
    uint64_t hash = (upper ^ endpoint->port ^ (uint64_t)endpoint->family << 16) * UINT64_C(0x9e3779b97f4a7c15);

    hash = (hash ^ hash >> 32 ^ lower) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(hash >> 32) & (world->address_size - 1);
}

static void enter(struct sim_world *world, uint32_t node)
{
    uint32_t i = home(world, &world->places[node].outer);

    while (world->addresses[i] != 0 && world->addresses[i] != TOMB)
        i = (i + 1) & (world->address_size - 1);
    world->addresses[i] = node + 1;
}

static uint32_t slot_of(const struct sim_world *world, const struct wrn_endpoint *endpoint)
{
    uint32_t i = home(world, endpoint);

    for (uint32_t tries = 0; tries < world->address_size && world->addresses[i] != 0; tries++) {
        if (world->addresses[i] != TOMB && sim_same_endpoint(&world->places[world->addresses[i] - 1].outer, endpoint))
            return i;
        i = (i + 1) & (world->address_size - 1);
    }
    return SIM_NONE;
}

bool sim_addresses_begin(struct sim_world *world)
{
    world->address_size = 16;
    while (world->address_size < 4 * world->plan->node_count)
        world->address_size *= 2;
    world->addresses = sim_take(&world->memory, world->address_size * sizeof *world->addresses);
    if (!world->addresses)
        return false;
    for (uint32_t i = 0; i < world->plan->node_count; i++)
        if (world->plan->nodes[i].over == 0)
            enter(world, i);
    return true;
}

uint32_t sim_address_find(const struct sim_world *world, const struct wrn_endpoint *endpoint)
{
    uint32_t slot = slot_of(world, endpoint);

    return slot == SIM_NONE ? SIM_NONE : world->addresses[slot] - 1;
}

void sim_address_move(struct sim_world *world, uint32_t node, const struct wrn_endpoint *to)
{
    uint32_t slot = slot_of(world, &world->places[node].outer);

    if (slot != SIM_NONE && world->addresses[slot] == node + 1)
        world->addresses[slot] = TOMB;
    world->places[node].outer = *to;
    if (world->plan->nodes[node].over == 0)
        enter(world, node);
}
