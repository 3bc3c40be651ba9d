#include "sim/swarm.h"

#include "base.h"
#include "sim/random.h"
#include "text.h"
#include "warren/engine.h"

/* Whole behaviours, each in or out for the whole world. */
enum {
    LOSS, JITTER, DUPLICATE, REORDER, CORRUPT, SLOW, FRAGMENT, NARROW, HUB, IPV6, ECHO, BUSY, PSK, KEEPALIVE, ONE_SIDED,
    SKEW, OFFSET, CLOCKLESS, WINDOW, STAGING, LOAD, LATE_START, PARTITION, PATH, ROAM, DOWN, CRASH, RESTART, DROP,
    ATTACKER, TWO_ATTACKERS,
    BEHAVIOURS
};

/* Dice of a section: what one section draws shifts no other. */
struct dice {
    struct sim_stream stream;
    uint64_t          drawn;
};

struct draft {
    struct sim_swarm *swarm;
    struct sim_plan  *plan; /* of the swarm */
    struct dice       dice;
    bool              on[BEHAVIOURS];
    uint32_t          peers, roamer;
    wrn_time          calm;
};

static uint64_t below(struct draft *draft, uint64_t bound)
{
    return sim_below(&draft->dice.stream, draft->dice.drawn++, bound);
}

static bool maybe(struct draft *draft, uint64_t percent)
{
    return below(draft, 100) < percent;
}

/* Often round to a millisecond, so that instants meet. */
static wrn_time between(struct draft *draft, uint64_t a_ms, uint64_t b_ms)
{
    wrn_time time = (a_ms + below(draft, b_ms - a_ms)) * WRN_MILLISECOND;

    return maybe(draft, 50) ? time + below(draft, WRN_MILLISECOND) : time;
}

/* In thousandths, as a percentage reads: never none. */
static uint32_t chance(struct draft *draft, uint64_t most)
{
    const uint64_t value = (((1 + below(draft, most)) << 32) + 500) / 1000;

    return value > SIM_CERTAIN ? SIM_CERTAIN : (uint32_t)value;
}

static void section(struct draft *draft, const char *name)
{
    sim_stream_init(&draft->dice.stream, draft->plan->seed, "swarm", name);
    draft->dice.drawn = 0;
}

static void name(char *out, size_t size, const char *word, uint32_t number)
{
    sim_text_fill(out, size, "%s%u", (const struct sim_part[]){{word, 0}, {NULL, number}}, 2);
}

static void draw_behaviours(struct draft *draft)
{
    const bool faults = maybe(draft, 75);

    for (uint32_t i = 0; i < BEHAVIOURS; i++)
        draft->on[i] = maybe(draft, i == CLOCKLESS || i == NARROW || i == LOAD ? 20 : 45);
    for (uint32_t i = 0; !faults && i <= NARROW; i++)
        draft->on[i] = false;
    for (uint32_t i = PARTITION; !faults && i <= DROP; i++)
        draft->on[i] = false;
    draft->peers = maybe(draft, 50) ? 2 : 2 + (uint32_t)below(draft, SIM_SWARM_PEERS - 1);
    draft->roamer = (uint32_t)below(draft, draft->peers);
    draft->calm = between(draft, 30000, 700000);
    draft->plan->stop = draft->calm + SIM_SWARM_CALM;
}

/* Paths. --------------------------------------------------------------------------------------------------------------------- */

static void draw_rate(struct draft *draft, struct sim_half *half)
{
    static const uint64_t bits_per_second[] = {64000, 256000, 1000000, 10000000};
    struct sim_queue_rule *queue = &half->queue;

    half->rate.ps_per_byte = SIM_SLOWEST_PS / bits_per_second[below(draft, 4)];
    *queue = (struct sim_queue_rule){.kind = (uint32_t)below(draft, SIM_DISCIPLINES), .packets = 1 + (uint32_t)below(draft, 200)};
    if (queue->kind == SIM_DROPTAIL)
        return;
    queue->target = 5 * WRN_MILLISECOND;
    queue->interval = 100 * WRN_MILLISECOND;
    queue->ecn = maybe(draft, 50);
}

static void draw_half(struct draft *draft, struct sim_half *half, bool calm)
{
    const bool *on = draft->on;

    half->delay = (struct sim_draw){.kind = SIM_FIXED, .a = maybe(draft, 10) ? 0 : between(draft, 1, 400)};
    half->late = (struct sim_draw){.kind = SIM_UNIFORM, .a = WRN_MILLISECOND, .b = 20 * WRN_MILLISECOND};
    if (calm)
        return;
    if (on[JITTER])
        half->delay.kind = (uint32_t)below(draft, SIM_DRAW_KINDS);
    if (half->delay.kind == SIM_UNIFORM)
        half->delay.b = half->delay.a + between(draft, 1, 200);
    if (half->delay.kind == SIM_PARETO)
        half->delay = (struct sim_draw){SIM_PARETO, half->delay.a + WRN_MILLISECOND, 1100 + below(draft, 4000)};
    if (half->delay.kind == SIM_NORMAL)
        half->delay.b = between(draft, 1, 100);
    if (on[LOSS] && maybe(draft, 75)) {
        half->loss.kind = SIM_LOSS_CHANCE;
        half->loss.chance = chance(draft, 500);
    }
    if (on[LOSS] && maybe(draft, 25)) {
        half->loss = (struct sim_loss){.kind = SIM_LOSS_PATTERN, .m = 2 + (uint32_t)below(draft, 8)};
        half->loss.n = 1 + (uint32_t)below(draft, half->loss.m - 1);
    }
    if (on[LOSS] && maybe(draft, 20))
        half->loss = (struct sim_loss){.kind = SIM_LOSS_GILBERT, .chance = chance(draft, 200), .recover = chance(draft, 500),
                                       .good = chance(draft, 20), .bad = chance(draft, 1000)};
    if (on[CORRUPT] && maybe(draft, 50))
        half->corrupt = (struct sim_corrupt){chance(draft, 200), maybe(draft, 50) ? 1 : 2 + (uint32_t)below(draft, 64)};
    if (on[SLOW] && maybe(draft, 50))
        draw_rate(draft, half);
    if (on[DUPLICATE])
        half->duplicate = chance(draft, 250);
    if (on[REORDER]) {
        half->reorder = chance(draft, 250);
        half->late = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = between(draft, 1, 3000)};
    }
}

static void draw_paths(struct draft *draft)
{
    for (uint32_t i = 0; i < 4; i++) {
        struct sim_path *path = &draft->swarm->paths[draft->plan->path_count++];

        name(path->name, sizeof path->name, i == 0 ? "calm" : "path", i);
        draw_half(draft, &path->up, i == 0);
        draw_half(draft, &path->down, i == 0);
        path->mtu = i > 0 && draft->on[NARROW] ? 600 + (uint32_t)below(draft, 900) : 0;
        path->fragment = path->mtu && draft->on[FRAGMENT];
    }
}

/* Nodes. --------------------------------------------------------------------------------------------------------------------- */

/* With the addresses that a scenario's n-th node has. */
static struct sim_node *add_node(struct draft *draft, const char *word, uint32_t number, uint32_t role)
{
    struct sim_node *node = &draft->swarm->nodes[draft->plan->node_count++];
    uint8_t place = (uint8_t)draft->plan->node_count;

    name(node->name, sizeof node->name, word, number);
    node->role = role;
    node->outer = (struct wrn_endpoint){.address = {198, 18, 0, place}, .port = 51820, .family = 4};
    node->has_clock = true;
    node->mtu = 1420;
    node->load_rate = node->load_burst = 1000;
    wrn_limits_default(&node->limits);
    if (role != SIM_ROLE_PEER)
        return node;
    node->has_inner4 = node->has_inner6 = true;
    memcpy(node->inner4, (const uint8_t[4]){10, 0, 0, place}, 4);
    node->inner6[0] = 0xfd;
    node->inner6[15] = place;
    sim_derive(node->private_key, draft->plan->seed, "key", node->name);
    return node;
}

static void draw_nodes(struct draft *draft)
{
    const bool *on = draft->on;

    for (uint32_t i = 0; i < draft->peers; i++) {
        struct sim_node *node = add_node(draft, "n", i, SIM_ROLE_PEER);

        node->path = (uint32_t)below(draft, draft->plan->path_count);
        if (on[SKEW])
            node->skew_ppb = (int32_t)below(draft, 200001) - 100000;
        if (on[OFFSET] && maybe(draft, 50))
            node->clock_offset_ns = (int64_t)between(draft, 0, 4000000);
        node->has_clock = !on[CLOCKLESS] || maybe(draft, 50);
        node->clock_offset_ns = node->has_clock ? node->clock_offset_ns : 0;
        if (on[WINDOW])
            node->limits.window_bits = 128u << below(draft, 4);
        if (on[STAGING])
            node->limits.stage_slots = (uint32_t)below(draft, 4);
        if (on[LOAD])
            node->load_rate = node->load_burst = 1 + (uint32_t)below(draft, 3);
        node->mtu = (uint16_t)(maybe(draft, 30) ? 1280 + below(draft, 200) : 1420);
        node->starts_down = on[LATE_START] && maybe(draft, 30);
    }
    for (uint32_t i = 0; i < (uint32_t)on[ATTACKER] + (on[ATTACKER] && on[TWO_ATTACKERS]); i++)
        add_node(draft, "mallory", i, SIM_ROLE_ATTACKER)->path = (uint32_t)below(draft, 4);
}

/* Tunnels. ------------------------------------------------------------------------------------------------------------------- */

static void add_side(struct draft *draft, uint32_t node, uint32_t peer, bool known)
{
    struct sim_peer *side = &draft->swarm->peers[draft->plan->peer_count++];
    struct wrn_prefix *prefix = &draft->swarm->prefixes[draft->plan->prefix_count];
    const struct sim_node *nodes = draft->swarm->nodes;
    const bool wide = draft->on[HUB] && peer == 0;

    *side = (struct sim_peer){.node = node, .peer = peer, .endpoint_known = known,
                              .first_prefix = draft->plan->prefix_count, .prefix_count = 2};
    prefix[0] = (struct wrn_prefix){.family = 4, .length = wide ? 8 : 32};
    prefix[1] = (struct wrn_prefix){.family = 6, .length = wide ? 8 : 128};
    memcpy(prefix[0].address, nodes[peer].inner4, wide ? 1 : 4);
    memcpy(prefix[1].address, nodes[peer].inner6, wide ? 1 : 16);
    draft->plan->prefix_count += 2;
}

static bool are_peers(const struct draft *draft, uint32_t a, uint32_t b)
{
    return a != b && (!draft->on[HUB] || a == 0 || b == 0);
}

/* Drawn per tunnel, whichever side is asked for: who moves must know where the others are, and one of two others suffices. */
static void draw_tunnel(struct draft *draft, struct sim_peer *side)
{
    const uint32_t low = side->node < side->peer ? side->node : side->peer, high = side->node + side->peer - low;
    const struct sim_node *nodes = draft->swarm->nodes;
    char identity[2 * SIM_NAME_BYTES];

    sim_text_fill(identity, sizeof identity, "%s %s", (const struct sim_part[]){{nodes[low].name, 0}, {nodes[high].name, 0}}, 2);
    section(draft, identity);
    if (draft->on[ONE_SIDED] && maybe(draft, 50)) {
        uint32_t knows = draft->roamer == low || draft->roamer == high ? draft->roamer : maybe(draft, 50) ? low : high;

        side->endpoint_known = side->node == knows;
    }
    side->has_psk = draft->on[PSK] && maybe(draft, 70);
    if (side->has_psk)
        sim_derive(side->psk, draft->plan->seed, "psk", identity);
    section(draft, nodes[side->node].name);
    draft->dice.drawn = side->peer * 16;
    if (draft->on[KEEPALIVE] && maybe(draft, 40))
        side->keepalive_s = (uint16_t)(1 + below(draft, 40));
}

static void draw_tunnels(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->peers; i++)
        for (uint32_t j = 0; j < draft->peers; j++)
            if (are_peers(draft, i, j)) {
                add_side(draft, i, j, true);
                draw_tunnel(draft, &draft->swarm->peers[draft->plan->peer_count - 1]);
            }
}

/* Traffic. ------------------------------------------------------------------------------------------------------------------- */

static struct sim_flow *add_flow(struct draft *draft, uint32_t from, uint32_t to)
{
    struct sim_flow *flow = &draft->swarm->flows[draft->plan->flow_count++];

    *flow = (struct sim_flow){
        .identity = draft->plan->flow_count, .from = from, .to = to, .size = 100, .stop = draft->plan->stop};
    return flow;
}

static void draw_flows(struct draft *draft)
{
    const uint32_t count = 1 + (uint32_t)below(draft, 2 * draft->peers);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = (uint32_t)below(draft, draft->peers);
        uint32_t to = (from + 1 + (uint32_t)below(draft, draft->peers - 1)) % draft->peers;
        struct sim_flow *flow = add_flow(draft, from, to);

        flow->ipv6 = draft->on[IPV6] && maybe(draft, 50);
        flow->echo = draft->on[ECHO] && maybe(draft, 60);
        flow->ecn = draft->on[SLOW] && maybe(draft, 50);
        flow->size = 80 + (uint32_t)below(draft, draft->swarm->nodes[from].mtu - 80u);
        flow->every.kind = maybe(draft, 50) ? SIM_FIXED : SIM_EXPONENTIAL;
        flow->every.a = draft->on[BUSY] && maybe(draft, 40) ? between(draft, 30, 2000) : between(draft, 2000, 200000);
        flow->start = between(draft, 0, draft->calm / WRN_MILLISECOND);
        flow->stop = maybe(draft, 70) ? draft->plan->stop : flow->start + between(draft, 100, 200000);
        if (flow->stop > draft->plan->stop)
            flow->stop = draft->plan->stop;
        flow->count = maybe(draft, 40) ? 1 + below(draft, 5) : 0;
    }
}

/* Timeline. ------------------------------------------------------------------------------------------------------------------ */

static struct sim_event *add_event(struct draft *draft, uint32_t kind, const char *word, wrn_time at, uint32_t node)
{
    struct sim_event *event = &draft->swarm->events[draft->plan->event_count++];

    *event = (struct sim_event){.at = at, .until = WRN_NEVER, .kind = kind, .node = node, .path = SIM_NONE,
                                .types = SIM_TYPES_ALL, .every = 10 * WRN_MILLISECOND, .keep_stamp = true};
    sim_text_fill(event->name, sizeof event->name, "%s", (const struct sim_part[]){{word, 0}}, 1);
    return event;
}

static void add_group(struct draft *draft, uint32_t *first, uint32_t *count, uint32_t chosen)
{
    *first = draft->plan->number_count;
    for (uint32_t i = 0; i < draft->peers; i++)
        if (chosen >> i & 1)
            draft->swarm->numbers[draft->plan->number_count++] = i;
    *count = draft->plan->number_count - *first;
}

static void draw_partition(struct draft *draft, wrn_time at)
{
    struct sim_event *event = add_event(draft, SIM_DO_PARTITION, "partition", at, SIM_NONE);
    const uint32_t all = (1u << draft->peers) - 1, left = 1 + (uint32_t)below(draft, all - 1);

    event->one_way = maybe(draft, 30);
    event->until = at + between(draft, 1000, 200000);
    if (event->until > draft->calm)
        event->until = draft->calm;
    add_group(draft, &event->first_a, &event->count_a, left);
    add_group(draft, &event->first_b, &event->count_b, all & ~left);
}

static void draw_roam(struct draft *draft, wrn_time at, uint32_t number)
{
    struct sim_event *event = add_event(draft, SIM_DO_ROAM, "roam", at, draft->roamer);

    event->path = (uint32_t)below(draft, draft->plan->path_count);
    event->nat = SIM_NONE;
    event->address = (struct wrn_endpoint){.address = {198, 19, 128, (uint8_t)number}, .port = (uint16_t)(1000 + number),
                                           .family = 4};
}

static void draw_fault(struct draft *draft, uint32_t number)
{
    static const uint32_t kinds[] = {PARTITION, PATH, ROAM, DOWN, CRASH, RESTART, DROP};
    const uint32_t kind = kinds[below(draft, sizeof kinds / sizeof *kinds)], node = (uint32_t)below(draft, draft->peers);
    const wrn_time at = 1 + below(draft, draft->calm - 1);
    struct sim_event *event;

    if (!draft->on[kind])
        return;
    if (kind == PARTITION) {
        draw_partition(draft, at);
    } else if (kind == PATH) {
        add_event(draft, SIM_DO_PATH, "path", at, node)->path = (uint32_t)below(draft, draft->plan->path_count);
    } else if (kind == ROAM) {
        draw_roam(draft, at, number);
    } else if (kind == DOWN) {
        bool up = maybe(draft, 50);

        add_event(draft, up ? SIM_DO_UP : SIM_DO_DOWN, up ? "up" : "down", at, node);
    } else if (kind == CRASH) {
        add_event(draft, SIM_DO_CRASH, "crash", at, node);
    } else if (kind == RESTART) {
        event = add_event(draft, SIM_DO_RESTART, "reboot", at, node);
        event->keep_stamp = maybe(draft, 70) || !draft->swarm->nodes[node].has_clock; /* else refused until it has counted up */
    } else {
        event = add_event(draft, SIM_DO_DROP_NEXT, "drop", at, node);
        event->side = (uint32_t)below(draft, 2);
        event->types = 1u << (1 + below(draft, 4));
        event->count = 1 + (uint32_t)below(draft, 2);
    }
}

static void draw_attacks(struct draft *draft)
{
    for (uint32_t i = draft->peers; i < draft->plan->node_count; i++) {
        struct sim_event *event = add_event(draft, SIM_DO_RECORD, "record", below(draft, draft->calm / 2), i);

        event->until = draft->calm;
        event->types = maybe(draft, 50) ? SIM_TYPES_ALL : SIM_TYPES_HANDSHAKE;
        add_group(draft, &event->first_a, &event->count_a, 1u << below(draft, draft->peers));
        for (uint64_t n = 1 + below(draft, 3); n > 0; n--) {
            event = add_event(draft, SIM_DO_REPLAY, "replay", draft->calm / 4 + below(draft, draft->calm / 2), i);
            event->every = between(draft, 1, 500);
            event->count = 1 + (uint32_t)below(draft, 100);
        }
    }
}

/* Faults stop: paths are good, who moved is back, who is away starts again. Where an attacker was, everybody does, because
 * endpoints may point at the attacker on both sides: whoever is first to show a datagram owns its endpoint. */
static void end_faults(struct draft *draft)
{
    add_event(draft, SIM_DO_HEAL, "heal", draft->calm, SIM_NONE);
    for (uint32_t i = 0; i < draft->peers; i++) {
        add_event(draft, SIM_DO_PATH, "path", draft->calm, i)->path = 0;
        if (draft->on[ROAM] && i == draft->roamer) {
            struct sim_event *event = add_event(draft, SIM_DO_ROAM, "roam", draft->calm, i);

            event->nat = SIM_NONE;
            event->address = draft->swarm->nodes[i].outer;
        }
        if (draft->on[CRASH] || draft->on[ATTACKER])
            add_event(draft, SIM_DO_RESTART, "reboot", draft->calm, i);
        else
            add_event(draft, SIM_DO_UP, "up", draft->calm, i);
    }
}

static void expect_through(struct draft *draft, uint32_t from, uint32_t to)
{
    struct sim_expect *expect = &draft->swarm->expects[draft->plan->expect_count++];
    const struct sim_node *nodes = draft->swarm->nodes;
    struct sim_flow *flow = add_flow(draft, from, to);

    flow->every = (struct sim_draw){.kind = SIM_FIXED, .a = between(draft, 500, 4000)};
    flow->start = draft->calm;
    *expect = (struct sim_expect){.kind = SIM_EXPECT_UP, .value = 1, .begin = draft->calm,
                                  .end = draft->calm + SIM_SWARM_BOUND, .first = draft->plan->pair_count, .count = 1};
    sim_text_fill(expect->text, sizeof expect->text, "up(%s->%s) within 90 s after faults stopped at %t",
                  (const struct sim_part[]){{nodes[from].name, 0}, {nodes[to].name, 0}, {NULL, draft->calm}}, 3);
    draft->swarm->pairs[draft->plan->pair_count++] = (struct sim_pair){from, to};
}

static void begin(struct sim_swarm *swarm, uint64_t seed)
{
    struct sim_plan *plan = &swarm->plan;

    memset(swarm, 0, sizeof *swarm);
    sim_text_fill(plan->name, sizeof plan->name, "swarm %u", (const struct sim_part[]){{NULL, seed}}, 1);
    plan->seed = seed;
    plan->epoch_s = UINT64_C(1767225600); /* 2026 */
    plan->paths = swarm->paths;
    plan->nodes = swarm->nodes;
    plan->peers = swarm->peers;
    plan->prefixes = swarm->prefixes;
    plan->flows = swarm->flows;
    plan->events = swarm->events;
    plan->expects = swarm->expects;
    plan->pairs = swarm->pairs;
    plan->numbers = swarm->numbers;
}

void sim_swarm_draw(struct sim_swarm *swarm, uint64_t seed)
{
    struct draft draft = {.swarm = swarm, .plan = &swarm->plan};

    begin(swarm, seed);
    section(&draft, "behaviours");
    draw_behaviours(&draft);
    section(&draft, "paths");
    draw_paths(&draft);
    section(&draft, "nodes");
    draw_nodes(&draft);
    draw_tunnels(&draft);
    section(&draft, "traffic");
    draw_flows(&draft);
    section(&draft, "timeline");
    for (uint32_t i = 0, count = (uint32_t)below(&draft, 12); i < count; i++)
        draw_fault(&draft, i);
    section(&draft, "attacks");
    draw_attacks(&draft);
    section(&draft, "calm");
    end_faults(&draft);
    for (uint32_t i = 0; i < draft.plan->peer_count; i++)
        expect_through(&draft, swarm->peers[i].node, swarm->peers[i].peer);
}
