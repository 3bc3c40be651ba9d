#include "base.h"
#include "hash.h"
#include "parts.h"
#include "text.h"

/* A node: its clocks, its address, its memory, and the configuration of its engine. What flows through it is in node.c. */

/* Public keys are real ones in every world: engines compare them. */
void sim_place_identify(struct sim_place *place)
{
    static const uint8_t base[32] = {9}, none[32];
    struct sim_world *world = place->world;
    uint8_t *out = world->public_keys[place->number];
    struct wrn_dh operation = {.secret = place->private_key, .point = base, .out = out};

    memset(out, 0, 32);
    if (memcmp(place->private_key, none, sizeof none) == 0)
        return;
    world->options.crypto->dh(world->options.crypto_context, &operation, 1);
    if (world->plan->crypto == SIM_CRYPTO_TOY)
        sim_toy_learn(&world->toy, place->private_key, out);
}

struct wrn_peer *sim_place_handle(struct sim_place *place, uint32_t pair)
{
    return &place->handles[pair - place->world->watch.first_pair[place->number]];
}

static void join_host(struct sim_world *world, struct sim_place *place)
{
    struct sim_place **end;

    place->link = place->plan->host == 0 ? place : &world->places[place->plan->host - 1];
    for (end = &place->link->next; place->plan->host != 0 && *end; end = &(*end)->next)
        continue;
    if (place->plan->host != 0)
        *end = place;
}

bool sim_place_begin(struct sim_world *world, uint32_t number)
{
    struct sim_place *place = &world->places[number];
    const struct sim_node *node = &world->plan->nodes[number];
    uint32_t pairs = world->watch.first_pair[number + 1] - world->watch.first_pair[number];
    struct sim_stream stream;

    place->plan = node;
    place->number = number;
    join_host(world, place);
    place->world = world;
    place->outer = node->outer;
    place->path = node->path;
    place->nat = node->nat;
    place->wake_at = WRN_NEVER;
    place->result.name = node->name;
    sim_stream_init(&stream, world->plan->seed, "boot", place->link->plan->name);
    place->clock = (struct sim_clock){
        .boot = sim_below(&stream, 0, UINT64_C(1) << 45), .skew_ppb = node->skew_ppb, .has_wall = node->has_clock,
        .wall_ns = world->plan->epoch_s * WRN_SECOND,
    };
    sim_clock_change(&place->clock, 0, &(struct sim_wall){.kind = SIM_WALL_SHIFTED, .shift_ns = node->clock_offset_ns});
    sim_half_begin(&place->up, world->plan, node, "up");
    sim_half_begin(&place->down, world->plan, node, "down");
    place->up.half = &world->plan->paths[node->path].up;
    place->down.half = &world->plan->paths[node->path].down;
    if (node->role == SIM_ROLE_ATTACKER) {
        place->running = true;
        return sim_attacker_begin(world, place);
    }
    if (world->options.record) {
        wrn_recorder_begin(&place->tape, &world->recording, node->name);
        place->record = &place->tape;
    }
    place->memory_size = wrn_engine_size(&node->limits);
    place->memory = sim_take(&world->memory, place->memory_size);
    place->pair_of_slot = sim_take(&world->memory, node->limits.peers * sizeof *place->pair_of_slot);
    place->handles = sim_take(&world->memory, (pairs + 1) * sizeof *place->handles);
    memcpy(place->private_key, node->private_key, sizeof place->private_key);
    sim_place_identify(place);
    return place->memory && place->pair_of_slot && place->handles;
}

void sim_place_add_peer(struct sim_place *place, uint32_t pair)
{
    const wrn_time local = sim_clock_local(&place->clock, place->world->now);
    const struct sim_conf *side = &place->world->watch.sides[pair];
    struct wrn_peer *handle = sim_place_handle(place, pair);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = side->keepalive_s};

    handle->slot = SIM_NONE;
    if (!side->present)
        return;
    if (wrn_rec_peer_add(place->record, place->engine, local, side->public_key, handle) != WRN_OK) {
        handle->slot = SIM_NONE; /* two nodes with one key, or one without: the plan wanted it so */
        return;
    }
    place->pair_of_slot[handle->slot] = pair;
    if (side->has_psk) {
        change.mask |= WRN_CHANGE_PRESHARED_KEY;
        memcpy(change.preshared_key, side->psk, sizeof change.preshared_key);
    }
    if (side->endpoint.family != 0) {
        change.mask |= WRN_CHANGE_ENDPOINT;
        change.endpoint = side->endpoint;
    }
    sim_assert(wrn_rec_peer_set(place->record, place->engine, local, *handle, &change) == WRN_OK);
    for (uint32_t i = 0; i < side->prefix_count; i++)
        sim_assert(wrn_rec_allowed_add(place->record, place->engine, *handle, &side->prefixes[i], NULL) == WRN_OK);
}

void sim_place_wall(struct sim_place *place)
{
    const wrn_time now = place->world->now, wall = sim_clock_wall(&place->clock, now);

    sim_guard_check(place);
    if (place->clock.has_wall)
        wrn_rec_wall(place->record, place->engine, sim_clock_local(&place->clock, now), wall / WRN_SECOND,
                     (uint32_t)(wall % WRN_SECOND));
}

void sim_place_boot(struct sim_place *place, bool keep_stamp)
{
    struct sim_world *world = place->world;
    wrn_time local = sim_clock_local(&place->clock, world->now);
    void *contexts[1] = {place};
    struct wrn_config config;
    char name[2 * SIM_NAME_BYTES];

    wrn_config_default(&config);
    config.limits = place->plan->limits;
    config.mtu = world->watch.mtus[place->number];
    config.load_rate = place->plan->load_rate;
    config.load_burst = place->plan->load_burst;
    sim_text_fill(name, sizeof name, "%s %u", (const struct sim_part[]){{place->plan->name, 0}, {NULL, place->boots++}}, 2);
    sim_derive(config.entropy, world->plan->seed, "entropy", name);
    memset(place->memory, 0, place->memory_size);
    sim_assert(wrn_rec_engine_init(place->record, &place->engine, place->memory, place->memory_size, &config, local) == WRN_OK);
    wrn_rec_engine_attach(place->record, place->engine, &sim_shim, contexts, 1,
                          world->plan->crypto == SIM_CRYPTO_TOY ? "toy" : "real");
    sim_place_wall(place);
    sim_assert(wrn_rec_set_private_key(place->record, place->engine, local, place->private_key) == WRN_OK);
    for (uint32_t i = world->watch.first_pair[place->number]; i < world->watch.first_pair[place->number + 1]; i++)
        sim_place_add_peer(place, i);
    if (keep_stamp)
        wrn_rec_stamp_restore(place->record, place->engine, place->stamp);
    place->running = true;
    place->tun_in = place->net_in = 0;
}

static void reset(struct sim_place *place, bool first)
{
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_RESET, SIM_NONE);

    seen.first = first;
    sim_watch_see(&place->world->watch, &seen);
}

void sim_place_counters(const struct sim_place *place, struct wrn_counters *counters)
{
    struct wrn_counters now;

    *counters = place->gone;
    if (!place->running || !place->engine)
        return;
    wrn_counters(place->engine, &now);
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        counters->tun_verdicts[i] += now.tun_verdicts[i];
        counters->net_verdicts[i] += now.net_verdicts[i];
    }
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        counters->reasons[i] += now.reasons[i];
    counters->handshakes += now.handshakes;
}

void sim_place_crash(struct sim_place *place)
{
    if (!place->running)
        return;
    sim_guard_check(place);
    sim_place_balance(place);
    sim_place_counters(place, &place->gone);
    wrn_rec_engine_wipe(place->record, place->engine);
    sim_host_lose(place);
    place->running = false;
    place->wake_at = WRN_NEVER;
    reset(place, true);
}

void sim_place_set_up(struct sim_place *place, bool up)
{
    if (!place->running || wrn_is_up(place->engine) == up)
        return;
    sim_guard_check(place);
    wrn_rec_set_up(place->record, place->engine, sim_clock_local(&place->clock, place->world->now), up);
    reset(place, false);
    sim_place_settle(place);
}

bool sim_place_has_session(const struct sim_world *world, uint32_t from, uint32_t to)
{
    const struct sim_place *place = &world->places[from];
    struct wrn_peer_info info;

    for (uint32_t i = world->watch.first_pair[from]; place->running && i < world->watch.first_pair[from + 1]; i++)
        if (world->plan->peers[i].peer == to)
            return wrn_peer_info(place->engine, place->handles[i - world->watch.first_pair[from]], &info) == WRN_OK
                   && info.has_session;
    return false;
}

static void balance(struct sim_place *place, uint64_t left, uint64_t right, const char *what)
{
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_BALANCE, SIM_NONE);

    seen.left = left;
    seen.right = right;
    seen.what = what;
    sim_watch_see(&place->world->watch, &seen);
}

void sim_place_balance(struct sim_place *place)
{
    struct wrn_counters counters;
    uint64_t tun = 0, net = 0, drops = 0;

    balance(place, place->up.offered + place->up.copies, place->up.passed + place->up.lost + place->up.in_flight,
            "%u datagrams and copies went up, %u passed, were lost or are in flight");
    balance(place, place->down.offered + place->down.copies, place->down.passed + place->down.lost + place->down.in_flight,
            "%u datagrams and copies went down, %u passed, were lost or are in flight");
    if (!place->running || !place->engine)
        return;
    wrn_counters(place->engine, &counters);
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        tun += counters.tun_verdicts[i];
        net += counters.net_verdicts[i];
    }
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        if (i != WRN_REASON_STAGED_OUT && i != WRN_REASON_PURGED)
            drops += counters.reasons[i];
    balance(place, place->tun_in, tun, "%u inner packets handed in, %u verdicts");
    balance(place, place->net_in, net, "%u datagrams handed in, %u verdicts");
    /* No verdict tells of these two: the packet had one when it was staged. */
    sim_mark_reason(place->world, WRN_REASON_STAGED_OUT, counters.reasons[WRN_REASON_STAGED_OUT]);
    sim_mark_reason(place->world, WRN_REASON_PURGED, counters.reasons[WRN_REASON_PURGED]);
    balance(place, counters.tun_verdicts[WRN_DROP] + counters.net_verdicts[WRN_DROP], drops, "%u packets dropped, %u reasons");
}
