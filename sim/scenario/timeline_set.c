/* set, add-peer, remove-peer: changes of a running configuration. Each setting becomes one plan event for each node and peer. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "sim/random.h"
#include "text.h"

struct setting {
    struct scn_build       *build;
    const struct scn_node  *map;
    const struct scn_event *raw;
    const char             *name;
};

static struct sim_event *add(const struct setting *setting, uint32_t set, uint32_t node, uint32_t peer)
{
    struct sim_event *event = scn_add_event(setting->build, setting->raw, setting->name);
    if (!event)
        return NULL;
    event->node = node;
    event->set = set;
    event->peer = peer;
    return event;
}

/* A fresh secret is keyed by whose it is and since when. */
static void secret(const struct setting *setting, const struct scn_secret *given, const char *purpose, const char *whose,
                   uint8_t key[32])
{
    char identity[3 * SIM_NAME_BYTES];
    memset(key, 0, 32);
    if (given->kind == 2)
        memcpy(key, given->key, 32);
    if (given->kind != 1)
        return;
    snprintf(identity, sizeof identity, "%s %llu", whose, (unsigned long long)setting->raw->at);
    sim_derive(key, setting->build->plan.seed, purpose, identity);
}

static bool set_psk(const struct setting *setting, uint32_t node, uint32_t peer)
{
    const char *a = scn_node_at(setting->build, node)->name, *b = scn_node_at(setting->build, peer)->name;
    bool swap = strcmp(a, b) > 0, both = setting->raw->both;
    char whose[2 * SIM_NAME_BYTES + 1];
    struct sim_event *event = add(setting, SIM_SET_PSK, node, peer);
    uint8_t key[32];
    if (!event)
        return false;
    snprintf(whose, sizeof whose, "%s %s", swap ? b : a, swap ? a : b);
    secret(setting, &setting->raw->psk, "psk", whose, key);
    memcpy(event->key, key, 32);
    if (!both)
        return true;
    event = add(setting, SIM_SET_PSK, peer, node);
    if (event)
        memcpy(event->key, key, 32);
    return event != NULL;
}

/* Where the peer is when this event comes, by the events before it in the list. */
static struct wrn_endpoint address_now(const struct scn_build *build, uint32_t node)
{
    const struct sim_event *events = build->events.items;
    struct wrn_endpoint now = scn_node_at(build, node)->outer;
    for (uint32_t i = 0; i < build->events.count; i++) {
        if (events[i].node != node)
            continue;
        if (events[i].kind == SIM_DO_ROAM)
            now = events[i].address;
        if (events[i].kind == SIM_DO_SET && events[i].set == SIM_SET_PORT)
            now.port = (uint16_t)events[i].value;
    }
    return now;
}

static bool set_endpoint(const struct setting *setting, uint32_t node, uint32_t peer)
{
    const char *text = setting->raw->endpoint;
    struct wrn_endpoint address = {.family = 0};
    if (strcmp(text, "current") == 0)
        address = address_now(setting->build, peer);
    else if (strcmp(text, "none") != 0 && !scn_address(text, &address))
        return scn_fail(&setting->build->reader, scn_where(setting->map, "endpoint"),
                        "endpoint: '%.60s' is no address; none, current, or such as 203.0.113.1:51820", text);
    struct sim_event *event = add(setting, SIM_SET_ENDPOINT, node, peer);
    if (event)
        event->address = address;
    return event != NULL;
}

static bool set_prefixes(const struct setting *setting, uint32_t set, const struct scn_node *list, uint32_t node, uint32_t peer)
{
    uint32_t first = setting->build->prefixes.count;
    if (!scn_read_prefixes(setting->build, list))
        return false;
    struct sim_event *event = add(setting, set, node, peer);
    if (!event)
        return false;
    event->first_prefix = first;
    event->prefix_count = setting->build->prefixes.count - first;
    return true;
}

static bool set_peer(const struct setting *setting, uint32_t node, uint32_t peer)
{
    const struct scn_event *raw = setting->raw;
    const struct scn_node *map = setting->map;
    struct sim_event *event;
    if (raw->learn && !add(setting, SIM_SET_PEER_KEY, node, peer))
        return false;
    if (scn_child(map, "psk") && !set_psk(setting, node, peer))
        return false;
    if (raw->endpoint && !set_endpoint(setting, node, peer))
        return false;
    if (raw->allowed && !set_prefixes(setting, SIM_SET_REPLACE, raw->allowed, node, peer))
        return false;
    if (raw->allow && !set_prefixes(setting, SIM_SET_ALLOW, raw->allow, node, peer))
        return false;
    if (raw->disallow && !set_prefixes(setting, SIM_SET_DISALLOW, raw->disallow, node, peer))
        return false;
    if (!scn_child(map, "keepalive"))
        return true;
    event = add(setting, SIM_SET_KEEPALIVE, node, peer);
    if (event)
        event->value = (uint32_t)raw->keepalive_s;
    return event != NULL;
}

static bool set_number(const struct setting *setting, uint32_t set, uint32_t node, uint64_t value)
{
    struct sim_event *event = add(setting, set, node, SIM_NONE);
    if (event)
        event->value = (uint32_t)value;
    return event != NULL;
}

static bool set_own(const struct setting *setting, uint32_t node)
{
    const struct scn_event *raw = setting->raw;
    struct sim_event *event;
    if (raw->port && !set_number(setting, SIM_SET_PORT, node, raw->port))
        return false;
    if (scn_child(setting->map, "key")) {
        event = add(setting, SIM_SET_KEY, node, SIM_NONE);
        if (!event)
            return false;
        secret(setting, &raw->key, "key", scn_node_at(setting->build, node)->name, event->key);
    }
    for (uint32_t i = 0; raw->update && i < setting->build->peers.count; i++) {
        const struct sim_peer *side = (const struct sim_peer *)setting->build->peers.items + i;
        if (side->peer == node && !add(setting, SIM_SET_PEER_KEY, side->node, node))
            return false;
    }
    return !raw->mtu || set_number(setting, SIM_SET_MTU, node, raw->mtu);
}

/* Words that say what is set: of a peer, and of the node itself. */
static const char *const peer_words[] = {"learn", "psk", "both", "endpoint", "allowed", "allow", "disallow", "keepalive", NULL};
static const char *const own_words[] = {"port", "key", "update", "mtu", NULL};

static const struct scn_node *first_of(const struct scn_node *map, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (scn_child(map, words[i]))
            return scn_where(map, words[i]);
    return NULL;
}

static bool check_words(const struct setting *setting)
{
    struct scn_reader *reader = &setting->build->reader;
    const struct scn_node *peer = first_of(setting->map, peer_words), *own = first_of(setting->map, own_words);
    if (setting->raw->peer && own)
        return scn_fail_key(reader, own, "'%s' is the node's own; leave out 'peer'", own->key);
    if (!setting->raw->peer && peer)
        return scn_fail_key(reader, peer, "'%s' is set of a peer; add 'peer: NAME'", peer->key);
    if (!own && !peer)
        return scn_fail(reader, setting->map, "'do: set' sets nothing; with peer one of learn, psk, endpoint, allowed, allow, "
                                              "disallow, keepalive, without one of port, key, mtu");
    if (setting->raw->update && !scn_child(setting->map, "key"))
        return scn_fail_key(reader, own, "'update' without 'key'; a peer learns a key by 'learn: true'");
    if (setting->raw->both && !scn_child(setting->map, "psk"))
        return scn_fail_key(reader, peer, "'both' without 'psk'; it is the preshared key that is set on both sides");
    return true;
}

bool scn_add_settings(struct scn_build *build, const struct scn_node *map, const struct scn_event *raw, const char *name,
                      uint32_t node, enum scn_set_act act)
{
    const struct setting setting = {build, map, raw, name};
    uint32_t first, count;
    if (act == SCN_SET && !check_words(&setting))
        return false;
    if (!raw->peer)
        return set_own(&setting, node);
    if (!scn_select(build, raw->peer, &first, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t peer = scn_selected(build, first + i);
        if (!scn_has_side(build, node, peer) || (raw->both && !scn_has_side(build, peer, node)))
            return scn_fail(&build->reader, raw->peer, "peer: '%s' and '%s' are no peers; 'start: absent' in tunnels makes them some",
                            scn_node_at(build, node)->name, scn_node_at(build, peer)->name);
        bool done = act == SCN_SET ? set_peer(&setting, node, peer)
                                   : add(&setting, act == SCN_ADD_PEER ? SIM_SET_ADD : SIM_SET_REMOVE, node, peer) != NULL;
        if (!done)
            return false;
    }
    build->reader.numbers.count = first; /* the selection is read */
    return true;
}
