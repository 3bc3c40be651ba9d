#include "lane.h"
#include "state.h"

/* Lanes in memories of their own: their life, and the flow calls on them. */

size_t wrn_lane_size(const struct wrn_limits *limits)
{
    struct wrn_lane lane;
    if (!wrni_limits_valid(limits))
        return 0;
    size_t size = wrni_lane_layout(&lane, limits, limits->lanes, limits->stage_slots);
    return size == SIZE_MAX ? 0 : size;
}

static void copy_routes(struct wrn_lane *lane, const struct wrn_engine *engine)
{
    wrni_trie_copy(wrni_lane_trie(lane), wrni_lane_trie(wrni_inline_lane(engine)));
}

static bool any_session(const struct wrn_engine *engine, unsigned number)
{
    for (uint32_t slot = number; slot < engine->high; slot += engine->limits.lanes) {
        const struct wrni_peer *peer = wrni_peer_at(engine, slot);
        if (wrni_alive(engine, slot) && ((unsigned)peer->cells_reported | peer->cells_pending))
            return true;
    }
    return false;
}

/* Peers that are there already begin here as they stand. */
static void copy_peers(struct wrn_lane *lane, const struct wrn_engine *engine)
{
    const struct wrn_lane *mirror = wrni_inline_lane(engine);
    for (uint32_t id = 0; id < lane->flows; id++) {
        uint32_t slot = id * lane->lanes + lane->number;
        if (slot >= mirror->flows)
            break;
        const struct wrni_flow *from = wrni_lane_flow(mirror, slot);
        struct wrni_flow       *to = wrni_lane_flow(lane, id);
        to->generation = from->generation;
        to->endpoint = from->endpoint;
        to->pinned = from->pinned;
        if (from->generation) {
            to->placed = wrni_peer_at(engine, slot)->placed;
            to->sequence = wrni_peer_at(engine, slot)->sequence;
        }
    }
}

enum wrn_status wrn_lane_init(struct wrn_lane **lane, void *memory, size_t size, const struct wrn_engine *engine, unsigned number)
{
    const struct wrn_limits *limits = &engine->limits;
    size_t                   needed = wrn_lane_size(limits);

    if (limits->lanes < 2 || number >= limits->lanes)
        return WRN_BAD_ARGUMENT;
    if (!memory || (uintptr_t)memory % WRNI_ALIGN || size < needed || !needed)
        return WRN_BAD_MEMORY;
    if (wrni_order_ring(engine, number)->count || any_session(engine, number))
        return WRN_BUSY;
    const struct wrn_lane *mirror = wrni_inline_lane(engine);
    struct wrn_lane       *made = memory;
    memset(made, 0, needed);
    (void)wrni_lane_layout(made, limits, limits->lanes, limits->stage_slots);
    made->outside = true;
    made->number = number;
    made->mtu = mirror->mtu;
    made->up = mirror->up;
    made->key = mirror->key;
    made->now = engine->now;
    wrni_lane_start(made, limits);
    copy_routes(made, engine);
    copy_peers(made, engine);
    *lane = made;
    return WRN_OK;
}

static bool fits(const struct wrn_limits *larger, const struct wrn_lane *lane)
{
    const struct wrni_stage *stage = wrni_lane_stage(lane);
    return larger->lanes == lane->lanes && larger->window_bits == lane->window_bits && larger->peers >= lane->owners &&
           larger->prefixes >= lane->prefixes && larger->stage_slots >= stage->slots && larger->stage_share >= stage->share &&
           larger->stage_bytes >= stage->bytes;
}

static bool overlaps(const void *memory, size_t size, const struct wrn_lane *lane)
{
    uintptr_t a = (uintptr_t)memory, b = (uintptr_t)lane;
    return a < b + lane->size && b < a + size;
}

enum wrn_status wrn_lane_move(struct wrn_lane **lane, void *memory, size_t size, const struct wrn_limits *larger)
{
    struct wrn_lane *from = *lane, *to = memory;
    size_t           needed = wrn_lane_size(larger);

    if (!needed || !fits(larger, from))
        return WRN_BAD_ARGUMENT;
    if (!memory || (uintptr_t)memory % WRNI_ALIGN || size < needed || overlaps(memory, size, from))
        return WRN_BAD_MEMORY;
    memset(to, 0, needed);
    (void)wrni_lane_layout(to, larger, larger->lanes, larger->stage_slots);
    to->outside = true;
    wrni_lane_start(to, larger);
    wrni_lane_copy(to, from);
    wrn_lane_wipe(from);
    *lane = to;
    return WRN_OK;
}

void wrn_lane_attach(struct wrn_lane *lane, const struct wrn_crypto *crypto, void *context)
{
    lane->crypto = crypto;
    lane->context = context;
}

void wrn_lane_wipe(struct wrn_lane *lane) { wrni_wipe(lane, lane->size); }

static wrn_time lane_clock(struct wrn_lane *lane, wrn_time now)
{
    if (now == WRN_NEVER)
        now = WRN_NEVER - 1;
    if (now < lane->now)
        lane->counters.time_went_back++;
    else
        lane->now = now;
    return lane->now;
}

void wrn_lane_tun_input(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count)
{
    wrni_lane_tun(lane, lane_clock(lane, now), packets, count, NULL, NULL);
}

void wrn_lane_net_input(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count)
{
    wrni_lane_net(lane, lane_clock(lane, now), packets, count, NULL, NULL);
}

size_t wrn_lane_net_output(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count)
{
    return wrni_lane_output(lane, lane_clock(lane, now), packets, count);
}

bool wrn_lane_output_due(const struct wrn_lane *lane) { return wrni_lane_due(lane)->count != 0; }

void wrn_lane_counters(const struct wrn_lane *lane, struct wrn_counters *counters) { *counters = lane->counters; }

size_t wrn_lane_staged(const struct wrn_lane *lane) { return wrni_lane_stage(lane)->used; }

void wrn_lane_order(struct wrn_lane *lane, wrn_time now, const struct wrn_order *orders, size_t count)
{
    now = lane_clock(lane, now);
    for (size_t i = 0; i < count; i++)
        wrni_lane_apply(lane, now, &orders[i]);
}

size_t wrn_lane_reports(struct wrn_lane *lane, struct wrn_report *reports, size_t count)
{
    size_t given = 0;
    while (given < count && wrni_lane_take_report(lane, &reports[given]))
        given++;
    return given;
}

void wrn_lane_plan_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, struct wrn_job *jobs, size_t count)
{
    now = lane_clock(lane, now);
    for (size_t i = 0; i < count; i++)
        wrni_plan_tun(lane, now, &packets[i], &jobs[i]);
}

void wrn_lane_plan_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, struct wrn_job *jobs, size_t count)
{
    now = lane_clock(lane, now);
    for (size_t i = 0; i < count; i++)
        wrni_plan_net(lane, now, &packets[i], &jobs[i], i ? &jobs[i - 1] : NULL);
}

void wrn_lane_settle(struct wrn_lane *lane, wrn_time now, struct wrn_job *jobs, size_t count)
{
    now = lane_clock(lane, now);
    for (size_t i = 0; i < count; i++)
        (void)wrni_settle(lane, now, &jobs[i]);
}
