/* Open addressing over outer addresses, and over the outside addresses of boxes (port 0) that one node alone is behind at the
 * start. An entry of an address that was left behind stays until the table is rebuilt by a move: it still says who was there,
 * which is what a reader of old datagrams wants. */

#include "names.h"

#include <stdlib.h>
#include <string.h>

#define SHARED (SIM_NONE - 1) /* a box of many */

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

/* The outermost box that translates what the node sends. */
static uint32_t outermost(const struct sim_plan *plan, uint32_t node)
{
    uint32_t found = 0;
    for (uint32_t at = plan->nodes[node].nat; at; at = plan->nats[at - 1].behind)
        if (plan->nats[at - 1].map != SIM_NAT_NONE)
            found = at;
    return found;
}

static void add_boxes(struct names *names, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->node_count; i++) {
        struct wrn_endpoint address = {.family = 4};
        uint32_t nat = outermost(plan, i);
        if (nat == 0)
            continue;
        memcpy(address.address, plan->nats[nat - 1].address, 4);
        names_move(names, names_find(names, &address) == SIM_NONE ? i : SHARED, &address);
    }
}

struct names *names_open(const struct sim_plan *plan)
{
    struct names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->room = 64;
    while (names->room < 4 * (2 * plan->node_count + plan->event_count))
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
    add_boxes(names, plan);
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
    uint32_t node = names->nodes[place_of(names, address)];
    if (node == SIM_NONE && address->port != 0) {
        struct wrn_endpoint box = *address;
        box.port = 0;
        node = names->nodes[place_of(names, &box)];
        return node == SHARED ? SIM_NONE : node;
    }
    return node;
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
