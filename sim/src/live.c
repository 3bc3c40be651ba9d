#include "base.h"
#include "parts.h"

/* A configuration that changes while its node runs. The watch keeps what is configured; a node that starts is configured by that. */

/* A list of its own: the plan's rows are everybody's. */
static struct wrn_prefix *own_prefixes(struct sim_world *world, struct sim_conf *side, uint32_t more)
{
    struct wrn_prefix *list = (struct wrn_prefix *)side->prefixes;

    if (side->prefix_count + more <= side->prefix_room)
        return list;
    list = sim_take(&world->memory, (size_t)(2 * (side->prefix_count + more) + 1) * sizeof *list);
    if (!list)
        return NULL;
    if (side->prefix_count > 0)
        memcpy(list, side->prefixes, side->prefix_count * sizeof *list);
    side->prefixes = list;
    side->prefix_room = 2 * (side->prefix_count + more) + 1;
    return list;
}

static void strike(struct sim_world *world, uint32_t pair, const struct wrn_prefix *prefix)
{
    struct sim_conf *side = &world->watch.sides[pair];
    struct wrn_prefix *list;
    uint32_t kept = 0, at = 0;

    while (at < side->prefix_count && !sim_same_prefix(&side->prefixes[at], prefix))
        at++;
    if (at == side->prefix_count || !(list = own_prefixes(world, side, 0)))
        return;
    for (uint32_t i = 0; i < side->prefix_count; i++)
        if (!sim_same_prefix(&list[i], prefix))
            list[kept++] = list[i];
    side->prefix_count = kept;
}

/* Whose is it? The last of those that list it. */
static uint32_t owner(const struct sim_watch *watch, uint32_t node, const struct wrn_prefix *prefix)
{
    uint32_t found = SIM_NONE;

    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
        for (uint32_t j = 0; watch->sides[i].present && j < watch->sides[i].prefix_count; j++)
            if (sim_same_prefix(&watch->sides[i].prefixes[j], prefix))
                found = i;
    return found;
}

static void strike_all(struct sim_place *place, const struct wrn_prefix *prefix)
{
    const struct sim_watch *watch = &place->world->watch;

    for (uint32_t i = watch->first_pair[place->number]; i < watch->first_pair[place->number + 1]; i++)
        strike(place->world, i, prefix);
}

static void allow(struct sim_place *place, uint32_t pair, const struct wrn_prefix *prefix)
{
    struct sim_conf *side = &place->world->watch.sides[pair];
    struct wrn_prefix *list;

    strike_all(place, prefix);
    list = own_prefixes(place->world, side, 1);
    if (list)
        list[side->prefix_count++] = *prefix;
}

static void disallow(struct sim_place *place, uint32_t pair, const struct wrn_prefix *prefix)
{
    if (owner(&place->world->watch, place->number, prefix) == pair)
        strike_all(place, prefix);
    else
        strike(place->world, pair, prefix);
}

static void disallow_all(struct sim_place *place, uint32_t pair)
{
    struct sim_conf *side = &place->world->watch.sides[pair];

    while (side->prefix_count > 0) {
        struct wrn_prefix prefix = side->prefixes[side->prefix_count - 1];

        disallow(place, pair, &prefix);
        if (place->world->memory.exhausted)
            return;
    }
}

static void see(struct sim_place *place, uint32_t kind, uint32_t pair, uint32_t set)
{
    struct sim_seen seen = sim_place_seen(place, kind, pair);

    seen.set = set;
    sim_watch_see(&place->world->watch, &seen);
}

/* A peer comes with its prefixes, and takes them from whoever had them. */
static void add(struct sim_place *place, uint32_t pair)
{
    struct sim_conf *side = &place->world->watch.sides[pair];
    const struct wrn_prefix *prefixes = side->prefixes;
    const uint32_t count = side->prefix_count;

    side->prefix_count = side->prefix_room = 0;
    side->present = true;
    for (uint32_t i = 0; i < count; i++)
        allow(place, pair, &prefixes[i]);
    memcpy(side->public_key, place->world->public_keys[place->world->plan->peers[pair].peer], sizeof side->public_key);
    if (place->running)
        sim_place_add_peer(place, pair);
}

static void take_out(struct sim_place *place, uint32_t pair)
{
    struct sim_conf *side = &place->world->watch.sides[pair];
    struct wrn_peer *handle = sim_place_handle(place, pair);

    side->present = false;
    if (!place->running || handle->slot == SIM_NONE)
        return;
    place->pair_of_slot[handle->slot] = SIM_NONE;
    wrn_rec_peer_remove(place->record, place->engine, sim_clock_local(&place->clock, place->world->now), *handle);
    handle->slot = SIM_NONE;
}

static void set_key(struct sim_place *place, const uint8_t key[32])
{
    struct sim_world *world = place->world;
    struct sim_watch *watch = &world->watch;
    uint8_t *public_key = world->public_keys[place->number];

    memcpy(place->private_key, key, sizeof place->private_key);
    sim_place_identify(place);
    if (place->running)
        wrn_rec_set_private_key(place->record, place->engine, sim_clock_local(&place->clock, world->now), key);
    for (uint32_t i = watch->first_pair[place->number]; i < watch->first_pair[place->number + 1]; i++)
        if (watch->sides[i].present && memcmp(watch->sides[i].public_key, public_key, 32) == 0) {
            disallow_all(place, i);
            take_out(place, i); /* nobody is one's own peer (P-128) */
            see(place, SIM_SEEN_FORGOT, i, SIM_SET_REMOVE);
        }
}

static void set_prefixes(struct sim_place *place, uint32_t pair, const struct sim_event *event)
{
    const struct wrn_prefix *prefixes = place->world->plan->prefixes + event->first_prefix;
    const struct wrn_peer handle = *sim_place_handle(place, pair);
    const bool engine = place->running && handle.slot != SIM_NONE;

    if (event->set == SIM_SET_REPLACE) {
        disallow_all(place, pair);
        if (engine)
            wrn_rec_allowed_replace(place->record, place->engine, handle, prefixes, event->prefix_count);
    }
    for (uint32_t i = 0; i < event->prefix_count; i++) {
        if (event->set == SIM_SET_DISALLOW)
            disallow(place, pair, &prefixes[i]);
        else
            allow(place, pair, &prefixes[i]);
        if (engine && event->set == SIM_SET_ALLOW)
            wrn_rec_allowed_add(place->record, place->engine, handle, &prefixes[i], NULL);
        else if (engine && event->set == SIM_SET_DISALLOW)
            wrn_rec_allowed_remove(place->record, place->engine, handle, &prefixes[i]);
    }
}

static void set_values(struct sim_place *place, uint32_t pair, const struct sim_event *event)
{
    static const uint8_t none[32];
    struct sim_conf *side = &place->world->watch.sides[pair];
    const struct wrn_peer handle = *sim_place_handle(place, pair);
    struct wrn_peer_change change = {.keepalive_s = (uint16_t)event->value, .endpoint = event->address};

    memcpy(change.preshared_key, event->key, sizeof change.preshared_key);
    if (event->set == SIM_SET_PSK) {
        change.mask = WRN_CHANGE_PRESHARED_KEY;
        side->has_psk = memcmp(event->key, none, sizeof none) != 0;
        memcpy(side->psk, event->key, sizeof side->psk);
    } else if (event->set == SIM_SET_KEEPALIVE) {
        change.mask = WRN_CHANGE_KEEPALIVE;
        side->keepalive_s = change.keepalive_s;
    } else {
        change.mask = event->address.family != 0 ? WRN_CHANGE_ENDPOINT : WRN_CHANGE_FORGET_ENDPOINT;
        side->endpoint = event->address;
    }
    if (place->running && handle.slot != SIM_NONE)
        sim_assert(wrn_rec_peer_set(place->record, place->engine, sim_clock_local(&place->clock, place->world->now), handle, &change)
                   == WRN_OK);
}

/* What is set of a node itself. */
static void set_own(struct sim_place *place, const struct sim_event *event)
{
    struct wrn_endpoint outer = place->outer;

    if (event->set == SIM_SET_KEY) {
        set_key(place, event->key);
    } else if (event->set == SIM_SET_MTU) {
        place->world->watch.mtus[place->number] = (uint16_t)event->value;
        if (place->running)
            wrn_rec_set_mtu(place->record, place->engine, (uint16_t)event->value);
    } else {
        outer.port = (uint16_t)event->value;
        sim_address_move(place->world, place->number, &outer);
        if (place->running)
            wrn_rec_forget_paths(place->record, place->engine);
    }
    see(place, SIM_SEEN_SET, SIM_NONE, event->set);
}

static void set_peer(struct sim_place *place, uint32_t pair, const struct sim_event *event)
{
    const bool present = place->world->watch.sides[pair].present;

    if (present != (event->set != SIM_SET_ADD))
        return; /* there already, or not there */
    switch (event->set) {
    case SIM_SET_ADD:
        sim_side_begin(&place->world->watch, pair);
        add(place, pair);
        break;
    case SIM_SET_REMOVE:
        disallow_all(place, pair);
        take_out(place, pair);
        break;
    case SIM_SET_PEER_KEY:
        take_out(place, pair);
        add(place, pair);
        break;
    case SIM_SET_REPLACE:
    case SIM_SET_ALLOW:
    case SIM_SET_DISALLOW:
        set_prefixes(place, pair, event);
        break;
    default:
        set_values(place, pair, event);
        break;
    }
    see(place, event->set <= SIM_SET_PEER_KEY ? SIM_SEEN_FORGOT : SIM_SEEN_SET, pair, event->set);
}

void sim_live_set(struct sim_place *place, const struct sim_event *event)
{
    sim_guard_check(place);
    if (event->set == SIM_SET_KEY || event->set == SIM_SET_PORT || event->set == SIM_SET_MTU)
        set_own(place, event);
    else
        set_peer(place, sim_pair_of(&place->world->watch, place->number, event->peer), event);
    SIM_MARK(place->world, "configured");
    if (place->running)
        sim_place_settle(place);
}
