/* nodes: who is there, with which addresses, clocks and tables. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "sim/random.h"
#include "text.h"
#include "warren/engine.h"

void scn_copy_name(char out[SIM_NAME_BYTES], const char *name)
{
    size_t length = strlen(name);
    length = length < SIM_NAME_BYTES ? length : SIM_NAME_BYTES - 1;
    memcpy(out, name, length);
    out[length] = '\0';
}

/* Limits of the scenario or of one node, over `limits`, which hold defaults. */
static bool read_limits(struct scn_build *build, struct scn_node *map, struct scn_limits *limits)
{
    if (!map)
        return true;
    if (!scn_read_map(&build->reader, map, &scn_section_limits, "limits", limits, false, true))
        return false;
    if (limits->window & (limits->window - 1))
        return scn_fail(&build->reader, scn_where(map, "window"), "window: %llu is no power of two; 8192, say",
                        (unsigned long long)limits->window);
    return true;
}

static bool default_limits(struct scn_build *build, struct scn_limits *limits)
{
    struct wrn_config standard;
    wrn_config_default(&standard);
    *limits = (struct scn_limits){.window = standard.limits.window_bits, .staging = standard.limits.stage_slots,
                                  .staging_share = standard.limits.stage_share, .sources = standard.limits.sources,
                                  .load = standard.load_rate, .load_burst = standard.load_burst};
    return read_limits(build, build->top.limits, limits);
}

/* peers and prefixes stay 0 here unless given: scn_build_tunnels knows how many there are. */
static void engine_limits(struct sim_node *node, const struct scn_limits *limits)
{
    wrn_limits_default(&node->limits);
    node->limits.peers = (uint32_t)limits->peers;
    node->limits.prefixes = (uint32_t)limits->prefixes;
    node->limits.window_bits = (uint32_t)limits->window;
    node->limits.stage_slots = (uint32_t)limits->staging;
    node->limits.stage_share = (uint32_t)limits->staging_share;
    node->limits.sources = (uint32_t)limits->sources;
    if (node->limits.stage_bytes < node->mtu)
        node->limits.stage_bytes = node->mtu;
    node->load_rate = (uint32_t)limits->load;
    node->load_burst = (uint32_t)limits->load_burst;
}

/* The n-th addresses: inner from 10.0.0.0/8 and fd00::/8, outer, where none is given, from 198.18.0.0/15 and, when these are used
 * up, 240.0.0.0/4; behind a translating box from 172.16.0.0/12. */
static void addresses(struct sim_node *node, uint32_t number, const struct scn_host *host, bool hidden)
{
    uint8_t low[3] = {(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    if (host->listen.family) {
        node->outer = host->listen;
    } else if (hidden) {
        node->outer = (struct wrn_endpoint){
            .address = {172, (uint8_t)(16 + low[0]), low[1], low[2]}, .family = 4, .port = 51820};
    } else {
        node->outer = (struct wrn_endpoint){.address = {198, (uint8_t)(18 + low[0]), low[1], low[2]}, .family = 4, .port = 51820};
        if (low[0] > 1)
            memcpy(node->outer.address, (const uint8_t[4]){240, low[0], low[1], low[2]}, 4);
    }
    if (node->role != SIM_ROLE_PEER)
        return;
    node->has_inner4 = node->has_inner6 = true;
    node->inner4[0] = 10;
    memcpy(node->inner4 + 1, low, 3);
    node->inner6[0] = 0xfd;
    memcpy(node->inner6 + 13, low, 3);
}

/* One of each family. */
static bool read_inner(struct scn_build *build, const struct scn_node *list, struct sim_node *node)
{
    unsigned found = 0;
    struct wrn_prefix prefix;
    for (const struct scn_node *item = list->kind == SCN_LIST ? list->first : NULL; item; item = item->next) {
        if (item->kind != SCN_TEXT || strchr(item->text, '/') || !scn_prefix(item->text, &prefix)
            || found & (prefix.family == 4 ? 1u : 2u))
            return scn_fail(&build->reader, list, "inner is no list of one IPv4 and one IPv6 address; [10.0.0.2, fd00::2]");
        found |= prefix.family == 4 ? 1u : 2u;
        memcpy(prefix.family == 4 ? node->inner4 : node->inner6, prefix.address, prefix.family == 4 ? 4 : 16);
    }
    return found == 3 || scn_fail(&build->reader, list, "inner is no list of one IPv4 and one IPv6 address; [10.0.0.2, fd00::2]");
}

/* The one node of that name, defined above. */
static bool find_node(struct scn_build *build, const struct scn_group *group, const char *key, const char *name, uint32_t *number)
{
    const struct scn_group *groups = build->groups.items;
    for (uint32_t i = 0; i < build->groups.count; i++)
        if (&groups[i] != group && strcmp(groups[i].name, name) == 0 && !groups[i].counted
            && groups[i].host.role == SIM_ROLE_PEER) {
            *number = groups[i].first + 1;
            return true;
        }
    return scn_fail(&build->reader, scn_where(group->node, key), "%s: '%.60s' is no single peer that is defined above", key, name);
}

/* What another interface has of its host, and where one that is nested is found. */
static bool join_host(struct scn_build *build, const struct scn_group *group, struct sim_node *node)
{
    const struct sim_node *nodes = build->nodes.items;
    const struct scn_host *host = &group->host;
    struct wrn_endpoint outer;
    if (host->over && !find_node(build, group, "over", host->over, &node->over))
        return false;
    if (host->host && !find_node(build, group, "host", host->host, &node->host))
        return false;
    if (!host->host && !host->over)
        return true;
    if (!host->host)
        node->host = node->over;
    if (nodes[node->host - 1].host)
        node->host = nodes[node->host - 1].host;
    const struct sim_node *first = &nodes[node->host - 1], *below = node->over ? &nodes[node->over - 1] : NULL;
    if (below && node->over != node->host && below->host != node->host)
        return scn_fail(&build->reader, scn_where(group->node, "over"), "over: '%s' is no interface of that host", below->name);
    node->path = first->path;
    node->nat = below ? 0 : first->nat;
    node->skew_ppb = first->skew_ppb;
    node->has_clock = first->has_clock;
    node->clock_offset_ns = first->clock_offset_ns;
    outer = first->outer;
    if (below && host->listen.family == 6) {
        outer = (struct wrn_endpoint){.family = 6};
        memcpy(outer.address, below->inner6, 16);
    } else if (below) {
        outer = (struct wrn_endpoint){.family = 4};
        memcpy(outer.address, below->inner4, 4);
    }
    outer.port = (uint16_t)(51820 + (below ? 0 : 1));
    for (uint32_t i = 0; i + 1 < build->nodes.count; i++) /* the next port that is free there */
        outer.port = (uint16_t)(outer.port + (nodes[i].host == node->host && nodes[i].over == node->over));
    if (host->listen.family && (host->listen.family != outer.family || memcmp(host->listen.address, outer.address, 16) != 0))
        return scn_fail(&build->reader, scn_where(group->node, "listen"),
                        below ? "listen: a nested interface is at an inner address of '%s'"
                              : "listen: interfaces of one host have the address of '%s', and ports of their own",
                        below ? below->name : first->name);
    node->outer = host->listen.family ? host->listen : outer;
    if (below && !scn_child(group->node, "mtu"))
        node->mtu = below->mtu > 160 ? (uint16_t)(below->mtu - 80) : 80;
    return true;
}

static bool add_node(struct scn_build *build, const struct scn_group *group, uint32_t index, const struct scn_limits *limits)
{
    const struct scn_host *host = &group->host;
    uint32_t number = build->nodes.count + 1;
    struct sim_stream stream;
    struct sim_node *node = scn_more(&build->reader, &build->nodes, sizeof *node);
    if (!node)
        return false;
    if (number > SIM_NODES_MAX)
        return scn_fail(&build->reader, group->node, "more than %u nodes; a smaller count", SIM_NODES_MAX);
    if (group->counted)
        snprintf(node->name, sizeof node->name, "%.31s.%u", group->name, index);
    else
        scn_copy_name(node->name, group->name);
    node->role = host->role;
    node->path = 0;
    if (host->path && strcmp(host->path, "none") != 0) {
        if (!scn_find_path(build, scn_where(group->node, "path"), host->path, &node->path))
            return false;
    } else {
        node->path = SIM_NONE;
    }
    if (!scn_find_nat(build, scn_where(group->node, "nat"), host->nat, node->name, true, &node->nat))
        return false;
    addresses(node, number, host, scn_is_hidden(build, node->nat));
    if (host->inner && !read_inner(build, host->inner, node))
        return false;
    node->starts_down = host->start == 1;
    node->has_clock = host->clock != INT64_MAX;
    node->clock_offset_ns = node->has_clock ? host->clock : 0;
    if (host->spoof && (!scn_prefix(host->spoof, &node->spoof) || node->spoof.family != node->outer.family))
        return scn_fail(&build->reader, scn_where(group->node, "spoof"),
                        "spoof: '%.60s' is no prefix of the family of its own address; 198.51.100.0/24", host->spoof);
    node->mtu = (uint16_t)host->mtu;
    sim_stream_init(&stream, build->plan.seed, "skew", node->name);
    uint64_t width = (uint64_t)((int64_t)host->skew.most - host->skew.least) + 1;
    node->skew_ppb = (int32_t)(host->skew.least + (int64_t)sim_below(&stream, 0, width));
    if (host->key.kind == 2)
        memcpy(node->private_key, host->key.key, 32);
    else if (node->role == SIM_ROLE_PEER)
        sim_derive(node->private_key, build->plan.seed, "key", node->name);
    if (!join_host(build, group, node))
        return false;
    engine_limits(node, limits);
    return true;
}

static bool check_host(struct scn_build *build, const struct scn_group *group)
{
    const struct scn_host *host = &group->host;
    struct scn_reader *reader = &build->reader;
    if (group->counted && host->listen.family)
        return scn_fail(reader, scn_where(group->node, "listen"),
                        "listen: one address for many nodes; leave out 'listen' or 'count'");
    if (group->host.inner && (group->counted || host->role == SIM_ROLE_ATTACKER))
        return scn_fail(reader, scn_where(group->node, "inner"),
                        "inner: addresses of one peer; leave out 'inner', or 'count', or the role");
    if (group->counted && host->key.kind == 2)
        return scn_fail(reader, scn_where(group->node, "key"), "key: one key for many nodes; leave out 'key' or 'count'");
    if (host->key.kind == 0)
        return scn_fail(reader, scn_where(group->node, "key"), "key: a node needs one; true, or 44 characters of base64");
    if (!host->peer && (host->keepalive_s || host->psk.kind))
        return scn_fail(reader, scn_where(group->node, host->keepalive_s ? "keepalive" : "psk"),
                        "a keepalive or psk without 'peer'; add 'peer: NAME', or write it in tunnels");
    if (host->role == SIM_ROLE_ATTACKER && host->peer)
        return scn_fail(reader, scn_where(group->node, "peer"), "peer: an attacker has none; leave it out");
    const char *shared[] = {"path", "nat", "clock", "skew"};
    for (size_t i = 0; (host->host || host->over) && i < sizeof shared / sizeof *shared; i++)
        if (scn_child(group->node, shared[i]))
            return scn_fail(reader, scn_where(group->node, shared[i]), "%s: an interface has that of its host; leave it out",
                            shared[i]);
    if ((host->host || host->over) && (group->counted || host->role == SIM_ROLE_ATTACKER))
        return scn_fail(reader, scn_where(group->node, host->host ? "host" : "over"),
                        "an interface of another's host is one peer; leave out 'count' and 'role'");
    if (host->spoof && (host->role != SIM_ROLE_ATTACKER || strcmp(host->nat, "none") != 0))
        return scn_fail(reader, scn_where(group->node, "spoof"),
                        "spoof: only attackers outside boxes forge addresses; leave it out, or nat");
    return true;
}

/* spoke.7, alone: as the nodes of a group are called, for files that write each one out. */
bool scn_is_node_name(const char *key)
{
    char name[33];
    const char *dot = strchr(key, '.');
    size_t digits = dot ? strspn(dot + 1, "0123456789") : 0;
    if (!dot)
        return scn_name(key);
    if (dot - key > 31 || digits < 1 || digits > 10 || dot[1 + digits])
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
    return scn_name(name);
}

static bool read_group(struct scn_build *build, struct scn_node *map, const struct scn_limits *standard)
{
    struct scn_reader *reader = &build->reader;
    char of[128];
    snprintf(of, sizeof of, "node '%.60s'", map->key);
    if (!scn_is_node_name(map->key))
        return scn_fail_key(reader, map, "'%.64s' is no name for a node; a letter, then letters, digits, - or _, at most 31",
                            map->key);
    struct scn_group *group = scn_more(reader, &build->groups, sizeof *group);
    if (!group)
        return false;
    if (!scn_remember(build, &build->groups, map->key, build->groups.count - 1))
        return false;
    group->name = map->key;
    group->node = map;
    group->first = build->nodes.count;
    if (!scn_read_map(reader, map, &scn_section_node, of, &group->host, true, true))
        return false;
    group->counted = group->host.count != 0;
    group->count = group->counted ? (uint32_t)group->host.count : 1;
    struct scn_limits limits = *standard;
    if (!check_host(build, group) || !read_limits(build, group->host.limits, &limits))
        return false;
    for (uint32_t i = 1; i <= group->count; i++)
        if (!add_node(build, group, i, &limits))
            return false;
    return true;
}

/* Nodes without a path share one that is perfect; it comes behind those of the file. */
static bool ideal_path(struct scn_build *build)
{
    struct sim_node *nodes = build->nodes.items;
    for (uint32_t i = 0; i < build->nodes.count; i++)
        if (nodes[i].path == SIM_NONE && !scn_ideal_path(build, &nodes[i].path))
            return false;
    return true;
}

/* An address and a port that are given are nobody else's. */
static bool check_addresses(struct scn_build *build)
{
    const struct scn_group *groups = build->groups.items;
    const struct sim_node *nodes = build->nodes.items;
    struct scn_table owners = {0};
    for (uint32_t i = 0, g = 0; i < build->nodes.count; i++) {
        char text[2 * 16 + 8], *kept;
        for (unsigned b = 0; b < 16; b++)
            snprintf(text + 2 * b, 3, "%02x", nodes[i].outer.address[b]);
        snprintf(text + 32, 8, "%c%04x", nodes[i].outer.family == 6 ? '6' : '4', nodes[i].outer.port);
        while (i >= groups[g].first + groups[g].count)
            g++;
        const struct scn_slot *other = scn_table_find(&owners, nodes, text);
        const struct scn_group *given = other ? other->item : NULL;
        given = given && !given->host.listen.family ? &groups[g] : given;
        if (given && given->host.listen.family)
            return scn_fail(&build->reader, scn_where(given->node, "listen"),
                            "listen: '%s' has this address and port too; another",
                            nodes[given == &groups[g] ? other->number : i].name);
        kept = scn_copy(&build->reader, text, strlen(text));
        struct scn_slot slot = {.space = nodes, .name = kept, .item = &groups[g], .number = i};
        if (!kept || !scn_table_add(&build->reader, &owners, slot))
            return false;
    }
    return true;
}

bool scn_build_nodes(struct scn_build *build)
{
    struct scn_node *nodes = build->top.nodes;
    struct scn_limits limits;
    if (!nodes || nodes->kind != SCN_MAP || !nodes->first)
        return scn_fail(&build->reader, nodes ? nodes : build->root, "no nodes; nodes: {hub: {...}, laptop: {peer: hub}}");
    if (!default_limits(build, &limits))
        return false;
    for (struct scn_node *map = nodes->first; map; map = map->next)
        if (!read_group(build, map, &limits))
            return false;
    return ideal_path(build) && check_addresses(build);
}

const struct sim_node *scn_node_at(const struct scn_build *build, uint32_t node)
{
    return (const struct sim_node *)build->nodes.items + node;
}

/* Selectors. ----------------------------------------------------------------------------------------------------------------- */

static const struct scn_group *find_group(struct scn_build *build, const struct scn_node *node, const char *name)
{
    const struct scn_group *groups = build->groups.items;
    const char *names[256];
    char suggestion[400];
    size_t count = 0;
    uint32_t there = scn_lookup(build, &build->groups, name);
    if (there != SIM_NONE)
        return &groups[there];
    for (uint32_t i = 0; i < build->groups.count && count < 255; i++)
        names[count++] = groups[i].name;
    names[count] = NULL;
    scn_suggest(suggestion, sizeof suggestion, name, names);
    scn_fail(&build->reader, node, "unknown node '%.64s'%s", name, suggestion);
    return NULL;
}

/* The part behind the dot: all, 3, 10-19. */
static bool read_range(const char *text, const struct scn_group *group, uint64_t *low, uint64_t *high)
{
    const char *end;
    *low = 1;
    *high = group->count;
    if (strcmp(text, "all") == 0)
        return true;
    if (!scn_decimal(text, &end, 1, low))
        return false;
    *high = *low;
    if (*end == '-' && !scn_decimal(end + 1, &end, 1, high))
        return false;
    return *end == '\0' && !strchr(text, '.') && *low <= *high && *low >= 1;
}

static bool select_one(struct scn_build *build, const struct scn_node *node, const char *text, size_t length)
{
    char name[80];
    uint64_t low = 1, high = 1;
    if (length >= sizeof name)
        return scn_fail(&build->reader, node, "'%.40s...' is no selector; hub, spoke.3, spoke.10-19 or spoke.all", text);
    memcpy(name, text, length);
    name[length] = '\0';
    char *dot = strchr(name, '.');
    if (dot && scn_lookup(build, &build->groups, name) != SIM_NONE)
        dot = NULL;
    if (dot)
        *dot = '\0';
    const struct scn_group *group = find_group(build, node, name);
    if (!group)
        return false;
    if (!dot && group->counted)
        return scn_fail(&build->reader, node, "'%s' is %u nodes; %s.all, %s.1 or %s.1-%u", name, group->count, name, name, name,
                        group->count);
    if (dot && !group->counted && strcmp(dot + 1, "all") != 0)
        return scn_fail(&build->reader, node, "'%s' is one node; '%s' alone", name, name);
    if (dot && !read_range(dot + 1, group, &low, &high))
        return scn_fail(&build->reader, node, "'%.60s' is no selector; %s.3, %s.10-19 or %s.all", dot + 1, name, name, name);
    if (high > group->count)
        return scn_fail(&build->reader, node, "'%s.%llu' does not exist; %s.1 to %s.%u do", name, (unsigned long long)high, name,
                        name, group->count);
    for (uint64_t i = low; i <= high; i++) {
        uint64_t *place = scn_more(&build->reader, &build->reader.numbers, sizeof *place);
        if (!place)
            return false;
        *place = group->first + i - 1;
    }
    return true;
}

bool scn_select_text(struct scn_build *build, const struct scn_node *node, const char *text, uint32_t *first, uint32_t *count)
{
    *first = build->reader.numbers.count;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (length && !select_one(build, node, text, length))
            return false;
        text += length;
        text += strspn(text, " ");
    }
    *count = build->reader.numbers.count - *first;
    return *count || scn_fail(&build->reader, node, "no node is named here; hub, spoke.3, spoke.10-19 or spoke.all");
}

bool scn_select(struct scn_build *build, const struct scn_node *node, uint32_t *first, uint32_t *count)
{
    if (node->kind == SCN_TEXT)
        return scn_select_text(build, node, node->text, first, count);
    if (node->kind != SCN_LIST)
        return scn_fail(&build->reader, node, "a map where nodes are named; hub, spoke.all or [hub, spoke.3]");
    *first = build->reader.numbers.count;
    for (const struct scn_node *item = node->first; item; item = item->next) {
        uint32_t f, c;
        if (item->kind != SCN_TEXT)
            return scn_fail(&build->reader, item, "a list inside a list of nodes; hub, spoke.3 or spoke.all");
        if (!scn_select_text(build, item, item->text, &f, &c))
            return false;
    }
    *count = build->reader.numbers.count - *first;
    return *count || scn_fail(&build->reader, node, "no node is named here; hub, spoke.3, spoke.10-19 or spoke.all");
}

uint32_t scn_selected(const struct scn_build *build, uint32_t place)
{
    return (uint32_t)((const uint64_t *)build->reader.numbers.items)[place];
}
