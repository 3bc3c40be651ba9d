/* Two plans, one world? Both are laid out anew, with everything that has no meaning set to one value, and their binary forms
 * compared: a field that the plan gains later is compared without a change here. */

#include "write.h"

#include <stdlib.h>
#include <string.h>

struct layout {
    struct sim_plan    plan;
    struct sim_path   *paths;
    struct sim_peer   *peers;
    struct wrn_prefix *prefixes;
    struct sim_flow   *flows;
    struct sim_event  *events;
    struct sim_expect *expects;
    struct sim_pair   *pairs;
    uint64_t          *numbers;
    size_t             number_room, pair_room, prefix_room;
};

static size_t count_numbers(const struct sim_plan *plan)
{
    size_t count = 0;
    for (uint32_t i = 0; i < plan->path_count; i++)
        count += (size_t)plan->paths[i].up.loss.count + plan->paths[i].down.loss.count + plan->paths[i].up.rate.count
                 + plan->paths[i].down.rate.count;
    for (uint32_t i = 0; i < plan->flow_count; i++)
        count += 2 * (size_t)plan->flows[i].rows;
    for (uint32_t i = 0; i < plan->event_count; i++)
        count += (size_t)plan->events[i].count_a + plan->events[i].count_b;
    return count;
}

static bool take_memory(struct layout *layout, const struct sim_plan *plan)
{
    layout->number_room = count_numbers(plan) + 1;
    for (uint32_t i = 0; i < plan->expect_count; i++)
        layout->pair_room += plan->expects[i].count;
    for (uint32_t i = 0; i < plan->peer_count; i++)
        layout->prefix_room += plan->peers[i].prefix_count;
    for (uint32_t i = 0; i < plan->event_count; i++)
        layout->prefix_room += plan->events[i].prefix_count;
    layout->paths = calloc(plan->path_count + 1u, sizeof *layout->paths);
    layout->peers = calloc(plan->peer_count + 1u, sizeof *layout->peers);
    layout->prefixes = calloc(layout->prefix_room + 1, sizeof *layout->prefixes);
    layout->flows = calloc(plan->flow_count + 1u, sizeof *layout->flows);
    layout->events = calloc(plan->event_count + 1u, sizeof *layout->events);
    layout->expects = calloc(plan->expect_count + 1u, sizeof *layout->expects);
    layout->pairs = calloc(layout->pair_room + 1, sizeof *layout->pairs);
    layout->numbers = calloc(layout->number_room, sizeof *layout->numbers);
    return layout->paths && layout->peers && layout->prefixes && layout->flows && layout->events && layout->expects
           && layout->pairs && layout->numbers;
}

static void give_memory(struct layout *layout)
{
    void *const all[] = {layout->paths,  layout->peers,   layout->prefixes, layout->flows,
                         layout->events, layout->expects, layout->pairs,    layout->numbers};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void move_numbers(struct layout *layout, const struct sim_plan *from, uint32_t *first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        layout->numbers[layout->plan.number_count + i] = from->numbers[*first + i];
    *first = layout->plan.number_count;
    layout->plan.number_count += count;
}

static void lay_paths(struct layout *layout, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->path_count; i++) {
        struct sim_path *path = &layout->paths[i];
        *path = plan->paths[i];
        move_numbers(layout, plan, &path->up.loss.first, path->up.loss.count);
        move_numbers(layout, plan, &path->down.loss.first, path->down.loss.count);
        move_numbers(layout, plan, &path->up.rate.first, path->up.rate.count);
        move_numbers(layout, plan, &path->down.rate.first, path->down.rate.count);
    }
}

static int by_node(const void *a, const void *b)
{
    const struct sim_peer *left = a, *right = b;
    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    return left->peer < right->peer ? -1 : left->peer > right->peer;
}

static void lay_peers(struct layout *layout, const struct sim_plan *plan)
{
    if (plan->peer_count)
        memcpy(layout->peers, plan->peers, plan->peer_count * sizeof *plan->peers);
    qsort(layout->peers, plan->peer_count, sizeof *layout->peers, by_node);
    layout->plan.prefix_count = 0;
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        struct sim_peer *side = &layout->peers[i];
        for (uint32_t j = 0; j < side->prefix_count; j++)
            layout->prefixes[layout->plan.prefix_count + j] = plan->prefixes[side->first_prefix + j];
        side->first_prefix = layout->plan.prefix_count;
        layout->plan.prefix_count += side->prefix_count;
        if (!side->has_psk)
            memset(side->psk, 0, sizeof side->psk);
    }
}

/* What a setting does not look at. */
static void mean_set(struct sim_event *now)
{
    uint32_t set = now->set;
    bool own = set == SIM_SET_KEY || set == SIM_SET_PORT || set == SIM_SET_MTU;
    bool lists = set == SIM_SET_REPLACE || set == SIM_SET_ALLOW || set == SIM_SET_DISALLOW;
    if (now->kind != SIM_DO_SET)
        now->set = now->peer = 0;
    else if (own)
        now->peer = SIM_NONE;
    if (now->kind != SIM_DO_SET || (set != SIM_SET_KEEPALIVE && set != SIM_SET_PORT && set != SIM_SET_MTU))
        now->value = 0;
    if (now->kind != SIM_DO_SET || (set != SIM_SET_KEY && set != SIM_SET_PSK))
        memset(now->key, 0, sizeof now->key);
    if (now->kind != SIM_DO_SET || !lists)
        now->prefix_count = 0;
    if (now->kind != SIM_DO_ROAM && (now->kind != SIM_DO_SET || set != SIM_SET_ENDPOINT || !now->address.family))
        memset(&now->address, 0, sizeof now->address);
}

/* What a kind of event does not look at is the same for all of that kind. */
static struct sim_event meant(const struct sim_plan *plan, const struct sim_event *event)
{
    struct sim_event now = *event;
    uint32_t kind = event->kind;
    bool hands = kind == SIM_DO_TAMPER || kind == SIM_DO_DELAY, thief = kind == SIM_DO_THIEF, bad = kind == SIM_DO_MISBEHAVE;
    bool lasts = kind == SIM_DO_PARTITION || kind == SIM_DO_RECORD || kind == SIM_DO_FLOOD || hands || thief;
    if (kind == SIM_DO_PARTITION || kind == SIM_DO_HEAL || (kind == SIM_DO_NAT_REBOOT && event->nat))
        now.node = SIM_NONE;
    if (kind != SIM_DO_PATH && kind != SIM_DO_ROAM)
        now.path = SIM_NONE;
    if (kind != SIM_DO_ROAM && kind != SIM_DO_NAT_REBOOT)
        now.nat = 0;
    mean_set(&now);
    if (kind != SIM_DO_DROP_NEXT)
        now.side = SIM_UP;
    if (kind != SIM_DO_DROP_NEXT && kind != SIM_DO_RECORD && kind != SIM_DO_REPLAY && kind != SIM_DO_FLOOD &&
        !hands && !thief)
        now.types = SIM_TYPES_ALL;
    if (kind != SIM_DO_DROP_NEXT && kind != SIM_DO_REPLAY && !hands && !bad)
        now.count = 0;
    if (kind != SIM_DO_REPLAY && kind != SIM_DO_DELAY && !bad)
        now.every = 0;
    now.rate = kind == SIM_DO_FLOOD || thief ? now.rate : 0;
    now.mac1 = now.mac1 && (kind == SIM_DO_FLOOD || thief) && (now.types & SIM_TYPES_HANDSHAKE);
    now.change = kind == SIM_DO_TAMPER || bad ? now.change : 0;
    now.chance = hands ? now.chance : 0;
    now.as = kind == SIM_DO_REPLAY || kind == SIM_DO_DELAY || thief ? now.as : 0;
    now.one_way = now.one_way && kind == SIM_DO_PARTITION;
    now.keep_stamp = now.keep_stamp || kind != SIM_DO_RESTART;
    now.counts = now.counts || kind != SIM_DO_SUSPEND;
    if (kind != SIM_DO_RESTART && kind != SIM_DO_CLOCK)
        now.wall.kind = SIM_WALL_KEPT;
    now.wall.shift_ns = now.wall.kind == SIM_WALL_SHIFTED ? now.wall.shift_ns : 0;
    now.wall.date_s = now.wall.kind == SIM_WALL_SET ? now.wall.date_s : 0;
    now.until = lasts && event->until <= plan->stop ? event->until : WRN_NEVER;
    now.count_a = lasts || bad || kind == SIM_DO_REPLAY || kind == SIM_DO_COMPROMISE ? now.count_a : 0;
    now.count_b = kind == SIM_DO_PARTITION || thief ? now.count_b : 0;
    return now;
}

static struct sim_draw meant_draw(const struct sim_draw *draw, bool used)
{
    struct sim_draw now = *draw;
    if (now.kind != SIM_UNIFORM && now.kind != SIM_NORMAL && now.kind != SIM_PARETO)
        now.b = 0;
    return used ? now : (struct sim_draw){0};
}

static struct sim_flow meant_flow(const struct sim_flow *flow)
{
    struct sim_flow now = *flow;
    bool packets = flow->kind == SIM_FLOW_PACKETS, requests = flow->kind == SIM_FLOW_REQUESTS;
    now.every = meant_draw(&flow->every, packets || requests);
    now.sizes = meant_draw(&flow->sizes, packets && flow->sizes.a);
    now.on = meant_draw(&flow->on, packets && flow->on.a);
    now.off = meant_draw(&flow->off, packets && flow->on.a);
    now.request = meant_draw(&flow->request, requests);
    now.response = meant_draw(&flow->response, requests);
    now.timeout = requests ? flow->timeout : 0;
    now.count = packets || requests ? flow->count : 0;
    now.bytes = flow->kind == SIM_FLOW_BULK ? flow->bytes : 0;
    now.congestion = flow->kind == SIM_FLOW_BULK ? flow->congestion : SIM_CUBIC;
    now.rows = flow->kind == SIM_FLOW_TRACE ? flow->rows : 0;
    now.repeat = flow->kind == SIM_FLOW_TRACE && flow->repeat;
    return now;
}

static void lay_times(struct layout *layout, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        struct sim_flow *flow = &layout->flows[i];
        *flow = meant_flow(&plan->flows[i]);
        move_numbers(layout, plan, &flow->first, 2 * flow->rows);
    }
    for (uint32_t i = 0; i < plan->event_count; i++) {
        struct sim_event *event = &layout->events[i];
        *event = meant(plan, &plan->events[i]);
        move_numbers(layout, plan, &event->first_a, event->count_a);
        move_numbers(layout, plan, &event->first_b, event->count_b);
        for (uint32_t j = 0; j < event->prefix_count; j++)
            layout->prefixes[layout->plan.prefix_count + j] = plan->prefixes[event->first_prefix + j];
        event->first_prefix = layout->plan.prefix_count;
        layout->plan.prefix_count += event->prefix_count;
    }
}

static int by_pair(const void *a, const void *b)
{
    const struct sim_pair *left = a, *right = b;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->to < right->to ? -1 : left->to > right->to;
}

static void lay_expects(struct layout *layout, const struct sim_plan *plan)
{
    layout->plan.pair_count = 0;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        struct sim_expect *expect = &layout->expects[i];
        struct sim_pair *pairs = &layout->pairs[layout->plan.pair_count];
        *expect = plan->expects[i];
        memset(expect->text, 0, sizeof expect->text);
        if (expect->kind == SIM_EXPECT_UP || expect->kind == SIM_EXPECT_SESSION)
            expect->value = expect->compare = 0;
        for (uint32_t j = 0; j < expect->count; j++)
            pairs[j] = plan->pairs[expect->first + j];
        qsort(pairs, expect->count, sizeof *pairs, by_pair);
        expect->first = layout->plan.pair_count;
        layout->plan.pair_count += expect->count;
    }
}

/* The binary form of the plan laid out anew; null without memory. */
static uint8_t *encode(const struct sim_plan *plan, size_t *size)
{
    struct layout layout = {.plan = *plan};
    uint8_t *bytes = NULL;
    if (take_memory(&layout, plan)) {
        layout.plan.number_count = 0;
        lay_paths(&layout, plan);
        lay_peers(&layout, plan);
        lay_times(&layout, plan);
        lay_expects(&layout, plan);
        layout.plan.paths = layout.paths;
        layout.plan.peers = layout.peers;
        layout.plan.prefixes = layout.prefixes;
        layout.plan.flows = layout.flows;
        layout.plan.events = layout.events;
        layout.plan.expects = layout.expects;
        layout.plan.pairs = layout.pairs;
        layout.plan.numbers = layout.numbers;
        *size = sim_plan_encode(&layout.plan, NULL, 0);
        bytes = malloc(*size);
        if (bytes)
            sim_plan_encode(&layout.plan, bytes, *size);
    }
    give_memory(&layout);
    return bytes;
}

bool scn_same_world(const struct sim_plan *a, const struct sim_plan *b)
{
    size_t left_size = 0, right_size = 0;
    uint8_t *left = encode(a, &left_size), *right = encode(b, &right_size);
    bool same = left && right && left_size == right_size && memcmp(left, right, left_size) == 0;
    free(left);
    free(right);
    return same;
}
