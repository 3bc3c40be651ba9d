#include "base.h"
#include "swarm_draft.h"
#include "text.h"
#include "warren/engine.h"

/* Paths. --------------------------------------------------------------------------------------------------------------------- */

static void draw_rate(struct sim_swarm_draft *draft, struct sim_half *half)
{
    static const uint64_t bits_per_second[] = {64000, 256000, 1000000, 10000000};
    struct sim_queue_rule *queue = &half->queue;

    half->rate.ps_per_byte = SIM_SLOWEST_PS / bits_per_second[sim_swarm_below(draft, 4)];
    queue->kind = (uint32_t)sim_swarm_below(draft, SIM_DISCIPLINES);
    queue->packets = 1 + (uint32_t)sim_swarm_below(draft, 200);
    if (queue->kind == SIM_DROPTAIL)
        return;
    queue->target = 5 * WRN_MILLISECOND;
    queue->interval = 100 * WRN_MILLISECOND;
    queue->ecn = sim_swarm_maybe(draft, 50);
}

/* One draw for each statement: in an initializer the compiler chooses their order. */
static void draw_bursts(struct sim_swarm_draft *draft, struct sim_loss *loss)
{
    *loss = (struct sim_loss){.kind = SIM_LOSS_GILBERT};
    loss->chance = sim_swarm_chance(draft, 200);
    loss->recover = sim_swarm_chance(draft, 500);
    loss->good = sim_swarm_chance(draft, 20);
    loss->bad = sim_swarm_chance(draft, 1000);
}

static void draw_half(struct sim_swarm_draft *draft, struct sim_half *half, bool calm)
{
    const bool *on = draft->on;

    half->delay = (struct sim_draw){.kind = SIM_FIXED, .a = sim_swarm_maybe(draft, 10) ? 0 : sim_swarm_between(draft, 1, 400)};
    half->late = (struct sim_draw){.kind = SIM_UNIFORM, .a = WRN_MILLISECOND, .b = 20 * WRN_MILLISECOND};
    if (calm)
        return;
    if (on[JITTER])
        half->delay.kind = (uint32_t)sim_swarm_below(draft, SIM_DRAW_KINDS);
    if (half->delay.kind == SIM_UNIFORM)
        half->delay.b = half->delay.a + sim_swarm_between(draft, 1, 200);
    if (half->delay.kind == SIM_PARETO)
        half->delay = (struct sim_draw){SIM_PARETO, half->delay.a + WRN_MILLISECOND, 1100 + sim_swarm_below(draft, 4000)};
    if (half->delay.kind == SIM_NORMAL)
        half->delay.b = sim_swarm_between(draft, 1, 100);
    if (on[LOSS] && sim_swarm_maybe(draft, 75)) {
        half->loss.kind = SIM_LOSS_CHANCE;
        half->loss.chance = sim_swarm_chance(draft, 500);
    }
    if (on[LOSS] && sim_swarm_maybe(draft, 25)) {
        half->loss = (struct sim_loss){.kind = SIM_LOSS_PATTERN, .m = 2 + (uint32_t)sim_swarm_below(draft, 8)};
        half->loss.n = 1 + (uint32_t)sim_swarm_below(draft, half->loss.m - 1);
    }
    if (on[LOSS] && sim_swarm_maybe(draft, 20))
        draw_bursts(draft, &half->loss);
    if (on[CORRUPT] && sim_swarm_maybe(draft, 50)) {
        half->corrupt.chance = sim_swarm_chance(draft, 200);
        half->corrupt.bits = sim_swarm_maybe(draft, 50) ? 1 : 2 + (uint32_t)sim_swarm_below(draft, 64);
    }
    if (on[SLOW] && sim_swarm_maybe(draft, 50))
        draw_rate(draft, half);
    if (on[DUPLICATE])
        half->duplicate = sim_swarm_chance(draft, 250);
    if (on[REORDER]) {
        half->reorder = sim_swarm_chance(draft, 250);
        half->late = (struct sim_draw){.kind = SIM_EXPONENTIAL, .a = sim_swarm_between(draft, 1, 3000)};
    }
}

static void draw_paths(struct sim_swarm_draft *draft)
{
    for (uint32_t i = 0; i < 4; i++) {
        struct sim_path *path = &draft->swarm->paths[draft->plan->path_count++];

        sim_swarm_name(path->name, sizeof path->name, i == 0 ? "calm" : "path", i);
        draw_half(draft, &path->up, i == 0);
        draw_half(draft, &path->down, i == 0);
        path->mtu = i > 0 && draft->on[NARROW] ? 600 + (uint32_t)sim_swarm_below(draft, 900) : 0;
        path->fragment = path->mtu && draft->on[FRAGMENT];
    }
}

/* Boxes. --------------------------------------------------------------------------------------------------------------------- */

static void draw_box(struct sim_swarm_draft *draft, struct sim_nat *box, uint32_t number)
{
    sim_swarm_name(box->name, SIM_NAME_BYTES, number == 0 && draft->on[CARRIER] ? "carrier" : "box", number);
    box->map = sim_swarm_maybe(draft, 15) ? SIM_NAT_NONE : (uint32_t)sim_swarm_below(draft, SIM_NAT_NONE);
    box->filter = (uint32_t)sim_swarm_below(draft, SIM_NAT_NONE);
    box->refresh = sim_swarm_maybe(draft, 70) ? SIM_NAT_OUTBOUND : SIM_NAT_BOTH;
    box->idle = (struct sim_draw){.kind = SIM_FIXED, .a = (10 + sim_swarm_below(draft, 170)) * WRN_SECOND};
    box->preserve = sim_swarm_maybe(draft, 50);
    box->parity = sim_swarm_maybe(draft, 20);
    box->hairpin = sim_swarm_maybe(draft, 20);
    box->first_port = sim_swarm_maybe(draft, 30) ? 40000 : 1024;
    box->last_port = box->first_port == 1024 ? 65535 : 40255;
    if (box->map != SIM_NAT_NONE)
        memcpy(box->address, (const uint8_t[4]){198, 19, 0, (uint8_t)(number + 1)}, 4);
}

/* A carrier's box, when there is one, stands before the others. */
static void draw_boxes(struct sim_swarm_draft *draft)
{
    const uint32_t count = draft->on[BOXES] ? 1 + (uint32_t)sim_swarm_below(draft, SIM_SWARM_BOXES - 1) : 0;

    for (uint32_t i = 0; i < count; i++) {
        draw_box(draft, &draft->swarm->nats[draft->plan->nat_count++], i);
        if (i > 0 && draft->on[CARRIER] && draft->swarm->nats[0].map != SIM_NAT_NONE)
            draft->swarm->nats[i].behind = sim_swarm_maybe(draft, 70);
    }
    sim_swarm_section(draft, "ports");
    for (uint32_t i = 0; i < count && draft->on[FEW_PORTS]; i++)
        draft->swarm->nats[i].last_port = (uint16_t)(draft->swarm->nats[i].first_port + sim_swarm_below(draft, 4));
}

/* The first node is in the open, and so is who moves: the others have somebody to call. */
static void draw_place(struct sim_swarm_draft *draft, struct sim_node *node, uint32_t number)
{
    const uint32_t count = draft->plan->nat_count;

    if (count > 0 && number > 0 && !(draft->on[ROAM] && number == draft->roamer) && sim_swarm_maybe(draft, 70))
        node->nat = 1 + (uint32_t)sim_swarm_below(draft, count);
}

/* Nodes. --------------------------------------------------------------------------------------------------------------------- */

struct sim_node *sim_swarm_node(struct sim_swarm_draft *draft, const char *word, uint32_t number, uint32_t role)
{
    struct sim_node *node = &draft->swarm->nodes[draft->plan->node_count++];
    uint8_t place = (uint8_t)draft->plan->node_count;

    sim_swarm_name(node->name, sizeof node->name, word, number);
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

static void draw_attacker(struct sim_swarm_draft *draft, struct sim_node *node)
{
    node->path = (uint32_t)sim_swarm_below(draft, 4);
    if (draft->on[FORGED])
        node->spoof = (struct wrn_prefix){.address = {198, 51, 100}, .family = 4, .length = 24};
}

static void draw_nodes(struct sim_swarm_draft *draft)
{
    const bool *on = draft->on;

    for (uint32_t i = 0; i < draft->peers; i++) {
        struct sim_node *node = sim_swarm_node(draft, "n", i, SIM_ROLE_PEER);

        node->path = (uint32_t)sim_swarm_below(draft, draft->plan->path_count);
        if (on[SKEW])
            node->skew_ppb = (int32_t)sim_swarm_below(draft, 200001) - 100000;
        if (on[OFFSET] && sim_swarm_maybe(draft, 50))
            node->clock_offset_ns = (int64_t)sim_swarm_between(draft, 0, 4000000);
        node->has_clock = !on[CLOCKLESS] || sim_swarm_maybe(draft, 50);
        node->clock_offset_ns = node->has_clock ? node->clock_offset_ns : 0;
        if (on[WINDOW])
            node->limits.window_bits = 128u << sim_swarm_below(draft, 4);
        if (on[STAGING])
            node->limits.stage_slots = (uint32_t)sim_swarm_below(draft, 4);
        if (on[LOAD])
            node->load_rate = node->load_burst = 1 + (uint32_t)sim_swarm_below(draft, 3);
        node->mtu = (uint16_t)(sim_swarm_maybe(draft, 30) ? 1280 + sim_swarm_below(draft, 200) : 1420);
        node->starts_down = on[LATE_START] && sim_swarm_maybe(draft, 30);
        draw_place(draft, node, i);
    }
    for (uint32_t i = 0; i < (uint32_t)on[ATTACKER] + (on[ATTACKER] && on[TWO_ATTACKERS]); i++)
        draw_attacker(draft, sim_swarm_node(draft, "mallory", i, SIM_ROLE_ATTACKER));
}

/* Tunnels. ------------------------------------------------------------------------------------------------------------------- */

/* Behind boxes nobody is found, and who has moved is found by those only that it can call. */
bool sim_swarm_can_meet(const struct sim_swarm_draft *draft, uint32_t a, uint32_t b)
{
    const struct sim_node *nodes = draft->swarm->nodes;

    a = sim_swarm_host(draft, a);
    b = sim_swarm_host(draft, b);

    const bool moves = draft->on[ROAM] && (a == draft->roamer || b == draft->roamer);

    return !(nodes[a].nat && nodes[b].nat) && !(moves && (nodes[a].nat || nodes[b].nat));
}

static void add_side(struct sim_swarm_draft *draft, uint32_t node, uint32_t peer, bool known)
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

static bool are_peers(const struct sim_swarm_draft *draft, uint32_t a, uint32_t b)
{
    if (a >= draft->others || b >= draft->others)
        return a >= draft->others && b == draft->others + ((a - draft->others) ^ 1); /* they come in pairs */
    return a != b && a < draft->peers && b < draft->peers && (!draft->on[HUB] || a == 0 || b == 0);
}

/* Drawn per tunnel, whichever side is asked for: who moves must know where the others are, and one of two others suffices. */
static void draw_tunnel(struct sim_swarm_draft *draft, struct sim_peer *side)
{
    const uint32_t low = side->node < side->peer ? side->node : side->peer, high = side->node + side->peer - low;
    const struct sim_node *nodes = draft->swarm->nodes;
    char identity[2 * SIM_NAME_BYTES];

    sim_text_fill(identity, sizeof identity, "%s %s", (const struct sim_part[]){{nodes[low].name, 0}, {nodes[high].name, 0}}, 2);
    sim_swarm_section(draft, identity);
    if (draft->on[ONE_SIDED] && sim_swarm_maybe(draft, 50)) {
        const bool moves = draft->roamer == sim_swarm_host(draft, low);
        uint32_t knows = moves                                                ? low
                         : draft->roamer == sim_swarm_host(draft, high) ? high
                         : sim_swarm_maybe(draft, 50)                   ? low
                                                                              : high;

        side->endpoint_known = side->node == knows;
    }
    if (nodes[side->peer].nat)
        side->endpoint_known = false;
    else if (nodes[side->node].nat)
        side->endpoint_known = true;
    side->has_psk = draft->on[PSK] && sim_swarm_maybe(draft, 70);
    if (side->has_psk)
        sim_derive(side->psk, draft->plan->seed, "psk", identity);
    sim_swarm_section(draft, nodes[side->node].name);
    draft->dice.drawn = side->peer * 16;
    if (draft->on[KEEPALIVE] && sim_swarm_maybe(draft, 40))
        side->keepalive_s = (uint16_t)(1 + sim_swarm_below(draft, 40));
}

static void draw_tunnels(struct sim_swarm_draft *draft)
{
    for (uint32_t i = 0; i < draft->plan->node_count; i++)
        for (uint32_t j = 0; j < draft->plan->node_count; j++)
            if (are_peers(draft, i, j)) {
                add_side(draft, i, j, true);
                draw_tunnel(draft, &draft->swarm->peers[draft->plan->peer_count - 1]);
            }
}

/* The core carries both families, and from one to the other as between two addresses. Forged addresses are of IPv4. */
static void draw_families(struct sim_swarm_draft *draft)
{
    for (uint32_t i = 0; i < draft->peers && draft->on[OUTER6]; i++) {
        struct sim_node *node = &draft->swarm->nodes[i];
        char name[SIM_NAME_BYTES];

        sim_swarm_name(name, sizeof name, "family ", i);
        sim_swarm_section(draft, name);
        if (sim_swarm_maybe(draft, 70))
            node->outer = (struct wrn_endpoint){
                .address = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(i + 1)}, .port = 51820, .family = 6};
    }
}

void sim_swarm_draw_world(struct sim_swarm_draft *draft)
{
    sim_swarm_section(draft, "paths");
    draw_paths(draft);
    sim_swarm_section(draft, "boxes");
    draw_boxes(draft);
    sim_swarm_section(draft, "nodes");
    draw_nodes(draft);
    draw_families(draft);
    sim_swarm_draw_interfaces(draft);
    draw_tunnels(draft);
    sim_swarm_section(draft, "traffic");
    sim_swarm_draw_traffic(draft);
}
