/* Who is whose peer: the short form ('peer' of a node) and the long form (tunnels), and the routes they make. */

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/random.h"
#include "text.h"
#include "warren/engine.h"

#define CHAIN 16u /* nodes behind nodes behind nodes */

static struct sim_node *node_at(struct scn_build *build, uint32_t node)
{
    return (struct sim_node *)build->nodes.items + node;
}

static struct sim_peer *add_peer(struct scn_build *build, uint32_t node, uint32_t peer, const struct scn_node *source)
{
    struct sim_peer *made = scn_more(&build->reader, &build->peers, sizeof *made);
    const struct scn_node **place = scn_more(&build->reader, &build->sources, sizeof *place);
    if (!made || !place)
        return NULL;
    *place = source;
    made->node = node;
    made->peer = peer;
    return made;
}

/* A derived preshared key is the same from both sides: its name is both names in order. */
static void set_psk(struct scn_build *build, struct sim_peer *peer, const struct scn_secret *secret)
{
    char identity[2 * SIM_NAME_BYTES + 1];
    const char *a = node_at(build, peer->node)->name, *b = node_at(build, peer->peer)->name;
    bool swap = strcmp(a, b) > 0;
    peer->has_psk = secret->kind != 0;
    if (secret->kind == 2)
        memcpy(peer->psk, secret->key, 32);
    if (secret->kind != 1)
        return;
    snprintf(identity, sizeof identity, "%s %s", swap ? b : a, swap ? a : b);
    sim_derive(peer->psk, build->plan.seed, "psk", identity);
}

/* Long form. ----------------------------------------------------------------------------------------------------------------- */

static bool add_prefix(struct scn_build *build, const struct wrn_prefix *prefix)
{
    struct wrn_prefix *place = scn_more(&build->reader, &build->prefixes, sizeof *place);
    if (place)
        *place = *prefix;
    return place != NULL;
}

static bool add_own_addresses(struct scn_build *build, uint32_t node)
{
    struct wrn_prefix four = {.family = 4, .length = 32}, six = {.family = 6, .length = 128};
    memcpy(four.address, node_at(build, node)->inner4, 4);
    memcpy(six.address, node_at(build, node)->inner6, 16);
    return add_prefix(build, &four) && add_prefix(build, &six);
}

static bool add_allowed(struct scn_build *build, const struct scn_node *list, uint32_t peer)
{
    return list ? scn_read_prefixes(build, list) : add_own_addresses(build, peer);
}

bool scn_read_prefixes(struct scn_build *build, const struct scn_node *list)
{
    const char *word = list->key ? list->key : "allowed";
    if (list->kind != SCN_LIST)
        return scn_fail(&build->reader, list, "%s is no list; [10.0.0.2/32, fd00::2/128]", word);
    for (const struct scn_node *item = list->first; item; item = item->next) {
        struct wrn_prefix prefix;
        if (item->kind != SCN_TEXT || !scn_prefix(item->text, &prefix))
            return scn_fail(&build->reader, item, "%s: '%.60s' is no prefix; 10.0.0.0/8, fd00::/8 or one address", word,
                            item->kind == SCN_TEXT ? item->text : "");
        if (!add_prefix(build, &prefix))
            return false;
    }
    return true;
}

static bool add_side(struct scn_build *build, const struct scn_tunnel *raw, uint32_t node, uint32_t peer,
                     const struct scn_node *source)
{
    if (node_at(build, node)->role != SIM_ROLE_PEER || node_at(build, peer)->role != SIM_ROLE_PEER)
        return scn_fail(&build->reader, source, "a tunnel with an attacker; only peers have tunnels");
    struct sim_peer *made = add_peer(build, node, peer, source);
    if (!made)
        return false;
    made->endpoint_known = raw->endpoint == 1 && (scn_child(source, "endpoint") || scn_can_find(build, node, peer));
    made->keepalive_s = (uint16_t)raw->keepalive_s;
    made->absent = raw->start == 1;
    set_psk(build, made, &raw->psk);
    made->first_prefix = build->prefixes.count;
    if (!add_allowed(build, raw->allowed, peer))
        return false;
    made->prefix_count = build->prefixes.count - made->first_prefix;
    return true;
}

static bool read_tunnel(struct scn_build *build, struct scn_node *map)
{
    struct scn_tunnel raw = {0};
    uint32_t first_node, nodes, first_peer, peers;
    if (!scn_read_map(&build->reader, map, &scn_section_tunnel, "this tunnel", &raw, true, true))
        return false;
    if (!scn_select(build, raw.node, &first_node, &nodes) || !scn_select(build, raw.peer, &first_peer, &peers))
        return false;
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t j = 0; j < peers; j++) {
            uint32_t node = scn_selected(build, first_node + i), peer = scn_selected(build, first_peer + j);
            if (node != peer && !add_side(build, &raw, node, peer, map))
                return false;
        }
    build->reader.numbers.count = first_node;
    return true;
}

/* Short form. ---------------------------------------------------------------------------------------------------------------- */

/* parents[n] = the node that n's 'peer' names, or SIM_NONE. */
static bool find_parents(struct scn_build *build, uint32_t *parents)
{
    const struct scn_group *groups = build->groups.items;
    for (uint32_t g = 0; g < build->groups.count; g++) {
        const struct scn_group *group = &groups[g];
        const struct scn_node *where = scn_where(group->node, "peer");
        uint32_t first, count, parent = SIM_NONE;
        if (group->host.peer) {
            if (!scn_select_text(build, where, group->host.peer, &first, &count))
                return false;
            if (count != 1)
                return scn_fail(&build->reader, where, "peer: %u nodes; exactly one, others in tunnels", count);
            parent = scn_selected(build, first);
            build->reader.numbers.count = first; /* the selection is read */
            if (node_at(build, parent)->role != SIM_ROLE_PEER)
                return scn_fail(&build->reader, where, "peer: '%s' is an attacker; a peer", group->host.peer);
        }
        for (uint32_t i = 0; i < group->count; i++)
            parents[group->first + i] = parent;
    }
    for (uint32_t n = 0; n < build->nodes.count; n++) {
        uint32_t up = parents[n], steps = 0;
        while (up != SIM_NONE && ++steps <= CHAIN)
            up = parents[up];
        if (up != SIM_NONE) {
            for (uint32_t g = 0; g < build->groups.count; g++)
                if (n >= groups[g].first && n < groups[g].first + groups[g].count)
                    return scn_fail(&build->reader, scn_where(groups[g].node, "peer"),
                                    "peer: '%s' leads round in a circle or through more than %u nodes; a tree, or tunnels",
                                    node_at(build, n)->name, CHAIN);
        }
    }
    return true;
}

/* For every node with a parent: its side, with everything allowed, and the parent's, whose prefixes come later. */
static bool add_short_sides(struct scn_build *build, const uint32_t *parents, uint32_t *child_side)
{
    static const struct wrn_prefix everything[2] = {{.address = {10}, .family = 4, .length = 8},
                                                    {.address = {0xfd}, .family = 6, .length = 8}};
    const struct scn_group *groups = build->groups.items;
    for (uint32_t g = 0; g < build->groups.count; g++) {
        for (uint32_t n = groups[g].first; n < groups[g].first + groups[g].count; n++) {
            if (parents[n] == SIM_NONE)
                continue;
            if (!scn_can_find(build, n, parents[n]))
                return scn_fail(&build->reader, scn_where(groups[g].node, "peer"),
                                "peer: '%s' cannot be found behind its nat; one without, or tunnels that it begins itself",
                                node_at(build, parents[n])->name);
            struct sim_peer *side = add_peer(build, n, parents[n], groups[g].node);
            if (!side)
                return false;
            side->endpoint_known = true;
            side->keepalive_s = (uint16_t)groups[g].host.keepalive_s;
            set_psk(build, side, &groups[g].host.psk);
            side->first_prefix = build->prefixes.count;
            side->prefix_count = 2;
            if (!add_prefix(build, &everything[0]) || !add_prefix(build, &everything[1]))
                return false;
            child_side[n] = build->peers.count;
            side = add_peer(build, parents[n], n, groups[g].node);
            if (!side)
                return false;
            set_psk(build, side, &groups[g].host.psk);
        }
    }
    return true;
}

/* The parent's side of n gets the addresses of n and of everybody behind it: counted first, then placed. */
static bool add_short_prefixes(struct scn_build *build, const uint32_t *parents, const uint32_t *child_side)
{
    struct sim_peer *peers = build->peers.items;
    for (uint32_t n = 0; n < build->nodes.count; n++)
        for (uint32_t at = n; parents[at] != SIM_NONE; at = parents[at])
            peers[child_side[at]].prefix_count += 2;
    for (uint32_t n = 0; n < build->nodes.count; n++) {
        if (parents[n] == SIM_NONE)
            continue;
        struct sim_peer *side = &peers[child_side[n]];
        side->first_prefix = build->prefixes.count;
        for (uint32_t i = 0; i < side->prefix_count; i++)
            if (!scn_more(&build->reader, &build->prefixes, sizeof(struct wrn_prefix)))
                return false;
        side->prefix_count = 0;
    }
    struct wrn_prefix *prefixes = build->prefixes.items;
    for (uint32_t n = 0; n < build->nodes.count; n++)
        for (uint32_t at = n; parents[at] != SIM_NONE; at = parents[at]) {
            struct sim_peer *side = &peers[child_side[at]];
            struct wrn_prefix *place = prefixes + side->first_prefix + side->prefix_count;
            side->prefix_count += 2;
            place[0] = (struct wrn_prefix){.family = 4, .length = 32};
            place[1] = (struct wrn_prefix){.family = 6, .length = 128};
            memcpy(place[0].address, node_at(build, n)->inner4, 4);
            memcpy(place[1].address, node_at(build, n)->inner6, 16);
        }
    return true;
}

/* Order and sizes. ----------------------------------------------------------------------------------------------------------- */

struct sortable {
    struct sim_peer        peer;
    const struct scn_node *source;
    uint32_t               order;
};

static int compare(const void *left, const void *right)
{
    const struct sortable *a = left, *b = right;
    if (a->peer.node != b->peer.node)
        return a->peer.node < b->peer.node ? -1 : 1;
    if (a->peer.peer != b->peer.peer)
        return a->peer.peer < b->peer.peer ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool sort_peers(struct scn_build *build)
{
    uint32_t count = build->peers.count, nodes = build->nodes.count;
    struct sim_peer *peers = build->peers.items;
    const struct scn_node **sources = build->sources.items;
    struct sortable *all = scn_alloc(&build->reader, (count + 1) * sizeof *all);
    build->first_peer = scn_alloc(&build->reader, (nodes + 2) * sizeof *build->first_peer);
    if (!all || !build->first_peer)
        return false;
    for (uint32_t i = 0; i < count; i++)
        all[i] = (struct sortable){peers[i], sources[i], i};
    qsort(all, count, sizeof *all, compare);
    for (uint32_t i = 0; i < count; i++) {
        peers[i] = all[i].peer;
        sources[i] = all[i].source;
        build->first_peer[peers[i].node + 1] = i + 1;
        if (i && peers[i].node == peers[i - 1].node && peers[i].peer == peers[i - 1].peer)
            return scn_fail(&build->reader, sources[i], "'%s' has '%s' as a peer twice; one entry for each side",
                            node_at(build, peers[i].node)->name, node_at(build, peers[i].peer)->name);
    }
    for (uint32_t n = 1; n <= nodes; n++)
        if (build->first_peer[n] < build->first_peer[n - 1])
            build->first_peer[n] = build->first_peer[n - 1];
    return true;
}

static const struct scn_node *limits_of(struct scn_build *build, uint32_t node)
{
    const struct scn_group *groups = build->groups.items;
    for (uint32_t g = 0; g < build->groups.count; g++)
        if (node >= groups[g].first && node < groups[g].first + groups[g].count)
            return groups[g].host.limits ? groups[g].host.limits : build->top.limits ? build->top.limits : groups[g].node;
    return build->root;
}

static bool fit(struct scn_build *build, uint32_t n, const char *what, uint32_t *limit, uint32_t needed, uint32_t standard)
{
    if (*limit && *limit < needed)
        return scn_fail(&build->reader, scn_where(limits_of(build, n), what),
                        "%s: '%s' needs %u, not %u; a higher limit, or none", what, node_at(build, n)->name, needed, *limit);
    if (!*limit)
        *limit = needed > standard ? needed : standard;
    return true;
}

static bool size_engines(struct scn_build *build)
{
    const struct sim_peer *peers = build->peers.items;
    struct wrn_limits standard;
    wrn_limits_default(&standard);
    for (uint32_t n = 0; n < build->nodes.count; n++) {
        struct wrn_limits *limits = &node_at(build, n)->limits;
        uint32_t prefixes = 0, first = build->first_peer[n], last = build->first_peer[n + 1];
        for (uint32_t i = first; i < last; i++)
            prefixes += peers[i].prefix_count;
        if (!fit(build, n, "peers", &limits->peers, last - first, standard.peers)
            || !fit(build, n, "prefixes", &limits->prefixes, prefixes, standard.prefixes))
            return false;
    }
    return true;
}

bool scn_build_tunnels(struct scn_build *build)
{
    struct scn_node *tunnels = build->top.tunnels;
    size_t bytes = (build->nodes.count + 1) * sizeof(uint32_t);
    uint32_t *parents = scn_alloc(&build->reader, bytes), *child_side = scn_alloc(&build->reader, bytes);
    if (!parents || !child_side)
        return false;
    if (!find_parents(build, parents) || !add_short_sides(build, parents, child_side)
        || !add_short_prefixes(build, parents, child_side))
        return false;
    if (tunnels && tunnels->kind != SCN_LIST)
        return scn_fail(&build->reader, tunnels, "tunnels is no list; - {node: left, peer: right}");
    for (struct scn_node *map = tunnels ? tunnels->first : NULL; map; map = map->next)
        if (!read_tunnel(build, map))
            return false;
    return sort_peers(build) && size_engines(build);
}

/* Peers are sorted by node, then by peer. */
static const struct sim_peer *find_side(const struct scn_build *build, uint32_t node, uint32_t peer)
{
    const struct sim_peer *peers = build->peers.items;
    uint32_t low = build->first_peer[node], high = build->first_peer[node + 1], end = high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (peers[middle].peer < peer)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && peers[low].peer == peer ? &peers[low] : NULL;
}

bool scn_has_side(const struct scn_build *build, uint32_t node, uint32_t peer)
{
    return find_side(build, node, peer) != NULL;
}

bool scn_grow_engines(struct scn_build *build)
{
    const struct sim_peer *peers = build->peers.items;
    const struct sim_event *events = build->events.items;
    for (uint32_t i = 0; i < build->events.count; i++) {
        uint32_t n = events[i].node, sum = 0;
        if (events[i].kind != SIM_DO_SET || events[i].prefix_count == 0)
            continue;
        for (uint32_t j = build->first_peer[n]; j < build->first_peer[n + 1]; j++)
            sum += peers[j].prefix_count;
        for (uint32_t j = 0; j < build->events.count; j++)
            sum += events[j].kind == SIM_DO_SET && events[j].node == n ? events[j].prefix_count : 0;
        const struct scn_node *limits = limits_of(build, n);
        uint32_t *limit = &node_at(build, n)->limits.prefixes, given = scn_child(limits, "prefixes") ? *limit : 0;
        if (!fit(build, n, "prefixes", &given, sum, *limit))
            return false;
        *limit = given;
    }
    return true;
}

bool scn_are_peers(const struct scn_build *build, uint32_t a, uint32_t b)
{
    return find_side(build, a, b) || find_side(build, b, a);
}

static bool holds(const struct wrn_prefix *prefix, const uint8_t *address)
{
    unsigned whole = prefix->length / 8, rest = prefix->length % 8;
    if (memcmp(prefix->address, address, whole) != 0)
        return false;
    return rest == 0 || (uint8_t)((prefix->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool leads_to(const struct scn_build *build, const struct sim_peer *side, const struct sim_node *node, bool ipv6)
{
    const struct wrn_prefix *prefixes = build->prefixes.items;
    for (uint32_t i = 0; i < side->prefix_count; i++) {
        const struct wrn_prefix *prefix = &prefixes[side->first_prefix + i];
        if (prefix->family == (ipv6 ? 6 : 4) && holds(prefix, ipv6 ? node->inner6 : node->inner4))
            return true;
    }
    return false;
}

bool scn_route(const struct scn_build *build, uint32_t from, uint32_t to, bool ipv6)
{
    const struct sim_peer *peers = build->peers.items, *direct = find_side(build, from, to);
    const struct sim_node *node = scn_node_at(build, to);
    if (direct && leads_to(build, direct, node, ipv6)) /* a hub with many spokes asks this most */
        return true;
    for (uint32_t i = build->first_peer[from]; i < build->first_peer[from + 1]; i++)
        if (leads_to(build, &peers[i], node, ipv6))
            return true;
    return false;
}
