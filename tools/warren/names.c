/* Open addressing over outer addresses. An entry of an address that was left behind stays until the table is rebuilt by a move:
 * it still says who was there, which is what a reader of old datagrams wants. */

#include "names.h"

#include <stdlib.h>
#include <string.h>

struct names {
    struct wrn_endpoint *addresses;
    uint32_t            *nodes; /* SIM_NONE: free */
    uint32_t             room, used; /* room is a power of two */
};

static uint32_t place_of(const struct names *names, const struct wrn_endpoint *address)
{
    uint32_t hash = 2166136261u;
    for (unsigned i = 0; i < 16; i++)
        hash = (hash ^ address->address[i]) * 16777619u;
    hash = (hash ^ address->port) * 16777619u;
    for (uint32_t at = hash & (names->room - 1);; at = (at + 1) & (names->room - 1)) {
        const struct wrn_endpoint *there = &names->addresses[at];
        if (names->nodes[at] == SIM_NONE || (there->port == address->port && there->family == address->family &&
                                             memcmp(there->address, address->address, 16) == 0))
            return at;
    }
}

struct names *names_open(const struct sim_plan *plan)
{
    struct names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->room = 64;
    while (names->room < 4 * (plan->node_count + plan->event_count))
        names->room *= 2;
    names->addresses = calloc(names->room, sizeof *names->addresses);
    names->nodes = malloc(names->room * sizeof *names->nodes);
    if (!names->addresses || !names->nodes) {
        names_close(names);
        return NULL;
    }
    for (uint32_t i = 0; i < names->room; i++)
        names->nodes[i] = SIM_NONE;
    for (uint32_t i = 0; i < plan->node_count; i++)
        names_move(names, i, &plan->nodes[i].outer);
    return names;
}

void names_close(struct names *names)
{
    if (!names)
        return;
    free(names->addresses);
    free(names->nodes);
    free(names);
}

void names_move(struct names *names, uint32_t node, const struct wrn_endpoint *address)
{
    uint32_t at = place_of(names, address);
    if (names->nodes[at] == SIM_NONE && 2 * ++names->used > names->room)
        return; /* more moves than the timeline has: cannot be */
    names->addresses[at] = *address;
    names->nodes[at] = node;
}

uint32_t names_find(const struct names *names, const struct wrn_endpoint *address)
{
    return names->nodes[place_of(names, address)];
}

uint32_t names_peer(const struct sim_plan *plan, uint32_t node, uint32_t peer)
{
    uint32_t low = 0, high = plan->peer_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct sim_peer *there = &plan->peers[middle];
        if (there->node < node || (there->node == node && there->peer < peer))
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < plan->peer_count && plan->peers[low].node == node && plan->peers[low].peer == peer;
    return found ? low : SIM_NONE;
}
