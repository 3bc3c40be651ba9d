/* Making what is left plainer: impairments away, defaults back, round numbers. */

#include "draft.h"

#include <string.h>

#include "warren/engine.h"

/* To a multiple of the unit of that number, coarse units first; never to nothing. */
static bool round_time(wrn_time *time, uint32_t unit)
{
    static const wrn_time units[] = {60 * WRN_SECOND, 10 * WRN_SECOND,      WRN_SECOND,
                                     100 * WRN_MILLISECOND, 10 * WRN_MILLISECOND, WRN_MILLISECOND};
    if (*time == WRN_NEVER || *time % units[unit] == 0)
        return false;
    wrn_time rounded = (*time + units[unit] / 2) / units[unit] * units[unit];
    if (rounded == 0)
        return false;
    *time = rounded;
    return true;
}

#define UNITS 6u

static bool plainer_half(struct sim_half *half, uint32_t way)
{
    struct sim_half before = *half;
    switch (way) {
    case 0:
        memset(&half->loss, 0, sizeof half->loss);
        return before.loss.kind != SIM_LOSS_NONE;
    case 1:
        half->duplicate = 0;
        return before.duplicate != 0;
    case 2:
        half->reorder = 0;
        half->late = (struct sim_draw){SIM_UNIFORM, WRN_MILLISECOND, 20 * WRN_MILLISECOND};
        return before.reorder != 0 || before.late.a != half->late.a || before.late.b != half->late.b;
    case 3:
        half->delay.kind = SIM_FIXED;
        half->delay.b = 0;
        return before.delay.kind != SIM_FIXED;
    case 4:
        half->delay = (struct sim_draw){.kind = SIM_FIXED};
        return before.delay.kind != SIM_FIXED || before.delay.a != 0;
    case 5:
        memset(&half->corrupt, 0, sizeof half->corrupt);
        return before.corrupt.chance != 0;
    case 6:
        memset(&half->rate, 0, sizeof half->rate);
        memset(&half->queue, 0, sizeof half->queue);
        return before.rate.ps_per_byte != 0 || before.rate.count != 0;
    default:
        return round_time(&half->delay.a, way - 7);
    }
}

#define HALF_WAYS (7u + UNITS)

static bool plainer_path(struct draft *draft, uint32_t way, uint32_t number)
{
    struct sim_path *path = &draft->paths[number];
    if (path->name[0] == '(')
        return false;
    if (way < 2 * HALF_WAYS)
        return plainer_half(way % 2 ? &path->up : &path->down, way / 2);
    bool narrow = path->mtu != 0;
    path->mtu = 0;
    path->fragment = false;
    return narrow;
}

#define PATH_WAYS (2 * HALF_WAYS + 1)

static bool default_limits(struct sim_node *node)
{
    struct wrn_config standard;
    struct wrn_limits *limits = &node->limits, before = *limits;
    uint32_t rate = node->load_rate, burst = node->load_burst;
    wrn_config_default(&standard);
    limits->window_bits = standard.limits.window_bits;
    limits->stage_slots = standard.limits.stage_slots;
    limits->stage_share = standard.limits.stage_share;
    limits->sources = standard.limits.sources;
    node->load_rate = standard.load_rate;
    node->load_burst = standard.load_burst;
    return limits->window_bits != before.window_bits || limits->stage_slots != before.stage_slots
           || limits->stage_share != before.stage_share || limits->sources != before.sources || rate != node->load_rate
           || burst != node->load_burst;
}

static bool plainer_node(struct draft *draft, uint32_t way, uint32_t number)
{
    struct sim_node *node = &draft->nodes[number], before = *node;
    switch (way) {
    case 0:
        node->path = draft->plan.path_count - 1;
        return before.path != node->path;
    case 1:
        return node->role == SIM_ROLE_PEER && default_limits(node);
    case 2:
        node->skew_ppb = 0;
        return before.skew_ppb != 0;
    case 3:
        node->has_clock = true;
        node->clock_offset_ns = 0;
        return !before.has_clock || before.clock_offset_ns != 0;
    case 4:
        node->mtu = 1420;
        return before.mtu != 1420;
    case 5:
        node->starts_down = false;
        return before.starts_down;
    default:
        node->nat = 0;
        return before.nat != 0;
    }
}

#define NODE_WAYS 7u

/* One side of `peer` of a node, said in one word: the hub waits to be called. */
static bool waits(const struct draft *draft, const struct sim_peer *side)
{
    for (uint32_t i = 0; i < draft->plan.peer_count; i++) {
        const struct sim_peer *other = &draft->peers[i];
        if (other->node == side->peer && other->peer == side->node && other->prefix_count)
            return draft->plan.prefixes[other->first_prefix].length < 32 && other->endpoint_known;
    }
    return false;
}

static bool plainer_side(struct draft *draft, uint32_t way, uint32_t number)
{
    struct sim_peer *side = &draft->peers[number], before = *side;
    if (way == 3) {
        side->absent = false;
        return before.absent;
    }
    if (way == 0) {
        side->keepalive_s = 0;
        return before.keepalive_s != 0;
    }
    if (way == 1) {
        side->endpoint_known = !waits(draft, side);
        return before.endpoint_known != side->endpoint_known;
    }
    for (uint32_t i = 0; i < draft->plan.peer_count; i++) { /* a key on one side alone is another world */
        struct sim_peer *other = &draft->peers[i];
        if (i == number || (other->node == side->peer && other->peer == side->node))
            other->has_psk = false;
    }
    return before.has_psk;
}

#define SIDE_WAYS 4u

#define FLOW_PLAIN 13u

static bool plainer_flow(struct draft *draft, uint32_t way, uint32_t number)
{
    struct sim_flow *flow = &draft->flows[number], before = *flow;
    if (way >= FLOW_PLAIN)
        return round_time(way % 2 ? &flow->every.a : &flow->start, (way - FLOW_PLAIN) / 2);
    switch (way) {
    case 0:
        flow->count = 1;
        return before.count != 1 && flow->kind <= SIM_FLOW_REQUESTS;
    case 1:
        flow->echo = false;
        return before.echo;
    case 2:
        flow->ipv6 = false;
        return before.ipv6;
    case 3:
        flow->size = 100;
        flow->sizes.a = 0;
        return (before.size != 100 || before.sizes.a) && flow->kind == SIM_FLOW_PACKETS;
    case 4:
        flow->every = (struct sim_draw){.kind = SIM_FIXED, .a = before.every.a};
        return before.every.kind != SIM_FIXED;
    case 5:
        flow->start = 0;
        return before.start != 0;
    case 6:
        flow->stop = draft->plan.stop;
        return before.stop != flow->stop;
    case 7:
        flow->on.a = flow->off.a = 0;
        return before.on.a != 0;
    case 8: /* one packet each way */
        flow->request = flow->response = (struct sim_draw){.kind = SIM_FIXED, .a = 100};
        return flow->kind == SIM_FLOW_REQUESTS && (before.request.a != 100 || before.response.a != 100);
    case 9:
        flow->bytes = before.bytes / 2;
        return flow->bytes > flow->size;
    case 10:
        flow->congestion = SIM_RENO;
        return flow->kind == SIM_FLOW_BULK && before.congestion != SIM_RENO;
    case 11:
        flow->rows = before.rows / 2;
        return flow->rows > 0 && (!flow->repeat || draft->numbers[flow->first + 2 * (flow->rows - 1)] > 0);
    default:
        flow->repeat = false;
        return before.repeat;
    }
}

#define FLOW_WAYS (FLOW_PLAIN + 2 * UNITS)

static bool plainer_event(struct draft *draft, uint32_t way, uint32_t number)
{
    struct sim_event *event = &draft->events[number];
    if (way == 2 * UNITS) {
        bool wall = event->wall.kind != SIM_WALL_KEPT && event->kind == SIM_DO_RESTART;
        event->wall.kind = wall ? SIM_WALL_KEPT : event->wall.kind;
        return wall;
    }
    if (way == 2 * UNITS + 1) { /* whoever moves takes its path along */
        bool other = event->kind == SIM_DO_ROAM && event->path != SIM_NONE;
        event->path = other ? SIM_NONE : event->path;
        return other;
    }
    return round_time(way % 2 ? &event->until : &event->at, way / 2) && event->at <= draft->plan.stop
           && (event->until == WRN_NEVER || (event->until > event->at && event->until <= draft->plan.stop));
}

#define EVENT_WAYS (2 * UNITS + 2)

uint32_t draft_ways(void)
{
    return NODE_WAYS + PATH_WAYS + SIDE_WAYS + FLOW_WAYS + EVENT_WAYS;
}

bool draft_simplify(struct draft *draft, uint32_t way, uint32_t number, struct draft_item *item)
{
    const struct sim_plan *plan = &draft->plan;
    const struct {
        uint32_t ways, count;
        bool (*plainer)(struct draft *draft, uint32_t way, uint32_t number);
    } all[] = {{NODE_WAYS, plan->node_count, plainer_node},   {PATH_WAYS, plan->path_count, plainer_path},
               {SIDE_WAYS, plan->peer_count, plainer_side},   {FLOW_WAYS, plan->flow_count, plainer_flow},
               {EVENT_WAYS, plan->event_count, plainer_event}};
    size_t i = 0;
    while (way >= all[i].ways)
        way -= all[i++].ways;
    *item = (struct draft_item){.known = number < all[i].count, .flow = all[i].plainer == plainer_flow, .way = way};
    return item->known && all[i].plainer(draft, way, number);
}

/* The state that a timeline has led to. -------------------------------------------------------------------------------------- */

struct standing {
    bool                down, held;
    uint32_t            path;
    struct wrn_endpoint outer;
};

static struct standing standing_of(const struct sim_plan *plan, uint32_t node, wrn_time time)
{
    struct standing now = {plan->nodes[node].starts_down, false, plan->nodes[node].path, plan->nodes[node].outer};
    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct sim_event *event = &plan->events[i];
        if (event->node != node || event->at > time)
            continue;
        if (event->kind == SIM_DO_DOWN || event->kind == SIM_DO_CRASH)
            now.down = true;
        if (event->kind == SIM_DO_UP || event->kind == SIM_DO_RESTART)
            now.down = false;
        if (event->kind == SIM_DO_SUSPEND || event->kind == SIM_DO_PAUSE)
            now.held = true;
        if (event->kind == SIM_DO_RESUME || event->kind == SIM_DO_CRASH || event->kind == SIM_DO_RESTART)
            now.held = false;
        if ((event->kind == SIM_DO_PATH || event->kind == SIM_DO_ROAM) && event->path != SIM_NONE)
            now.path = event->path;
        if (event->kind == SIM_DO_ROAM)
            now.outer = event->address;
        if (event->kind == SIM_DO_SET && event->set == SIM_SET_PORT)
            now.outer.port = (uint16_t)event->value;
    }
    return now;
}

static uint32_t partitions_at(const struct sim_plan *plan, wrn_time time)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct sim_event *event = &plan->events[i];
        if (event->at > time)
            continue;
        if (event->kind == SIM_DO_HEAL)
            count = 0;
        count += event->kind == SIM_DO_PARTITION && event->until > time;
    }
    return count;
}

static bool same_address(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static bool loses(const struct sim_path *path)
{
    return path->up.loss.kind != SIM_LOSS_NONE || path->down.loss.kind != SIM_LOSS_NONE || path->mtu;
}

bool draft_is_worse(const struct draft *draft, const struct sim_plan *original, wrn_time time)
{
    const struct sim_plan *plan = &draft->plan;
    if (partitions_at(plan, time) > partitions_at(original, time))
        return true;
    for (uint32_t i = 0; i < plan->node_count; i++) {
        uint32_t then = 0;
        while (strcmp(original->nodes[then].name, plan->nodes[i].name) != 0)
            then++;
        struct standing now = standing_of(plan, i, time), before = standing_of(original, then, time);
        bool there = same_address(&now.outer, &before.outer) || same_address(&now.outer, &plan->nodes[i].outer);
        if ((now.down && !before.down) || (now.held && !before.held) || !there)
            return true;
        if (loses(&plan->paths[now.path]) && strcmp(plan->paths[now.path].name, original->paths[before.path].name) != 0)
            return true;
    }
    return false;
}
