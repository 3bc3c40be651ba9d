/* A plan as a scenario file: everything resolved, one line for each node, side, flow and event. */

#include "write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/random.h"
#include "warren/engine.h"

#define EPOCH UINT64_C(1767225600) /* 2026-01-01, as the schema has it */

/* Paths. --------------------------------------------------------------------------------------------------------------------- */

static void put_loss(struct scn_out *out, const struct sim_plan *plan, const struct sim_loss *loss)
{
    if (loss->kind == SIM_LOSS_NONE)
        return;
    scn_put_key(out, "loss");
    if (loss->kind == SIM_LOSS_CHANCE) {
        scn_put_chance(out, loss->chance);
    } else if (loss->kind == SIM_LOSS_PATTERN) {
        scn_put(out, "%" PRIu32 " of %" PRIu32, loss->n, loss->m);
    } else if (loss->kind == SIM_LOSS_LIST) {
        for (uint32_t i = 0; i < loss->count; i++)
            scn_put(out, "%s%" PRIu64, i ? " " : "list(", plan->numbers[loss->first + i]);
        scn_put(out, ")");
    } else if (loss->kind == SIM_LOSS_GILBERT) {
        const uint32_t chances[] = {loss->chance, loss->recover, loss->good, loss->bad};
        static const char *const words[] = {"gilbert(p=", " r=", " good=", " bad="};
        for (size_t i = 0; i < 4; i++) {
            scn_put(out, "%s", words[i]);
            scn_put_chance(out, chances[i]);
        }
        scn_put(out, ")");
    } else {
        out->unsaid = "a loss of this kind";
    }
}

static void put_rate(struct scn_out *out, const struct sim_plan *plan, const struct sim_half *half)
{
    static const char *const names[SIM_DISCIPLINES] = {"droptail", "codel", "fq_codel"};
    const struct sim_rate *rate = &half->rate;
    const struct sim_queue_rule *queue = &half->queue;
    if (!rate->count && !rate->ps_per_byte)
        return;
    scn_put_key(out, "rate");
    for (uint32_t i = 0; i < rate->count; i++)
        scn_put(out, "%s%" PRIu64, i ? " " : "list(", plan->numbers[rate->first + i]);
    if (rate->count)
        scn_put(out, ")");
    else
        scn_put(out, "%" PRIu64 "bps", (SIM_SLOWEST_PS + rate->ps_per_byte / 2) / rate->ps_per_byte);
    scn_put_key(out, "queue");
    scn_put(out, "%s(", names[queue->kind % SIM_DISCIPLINES]);
    if (queue->kind != SIM_DROPTAIL) {
        scn_put_time(out, queue->target);
        scn_put(out, " ");
        scn_put_time(out, queue->interval);
        scn_put(out, " ");
    }
    if (queue->bytes)
        scn_put(out, "%" PRIu64 "B", queue->bytes);
    else
        scn_put(out, "%" PRIu32 " packets", queue->packets);
    scn_put(out, queue->ecn ? " ecn)" : ")");
    if (!queue->bytes == !queue->packets)
        out->unsaid = "a queue with two limits, or none";
}

static void put_corrupt(struct scn_out *out, const struct sim_corrupt *corrupt)
{
    if (corrupt->chance == 0)
        return;
    scn_put_key(out, "corrupt");
    scn_put(out, "%s", corrupt->bits == 1 ? "" : "run(");
    scn_put_chance(out, corrupt->chance);
    if (corrupt->bits != 1)
        scn_put(out, " %" PRIu32 ")", corrupt->bits);
}

static void put_half(struct scn_out *out, const struct sim_plan *plan, const struct sim_half *half)
{
    const struct sim_draw *late = &half->late;
    if (half->delay.kind != SIM_FIXED || half->delay.a) {
        scn_put_key(out, "delay");
        scn_put_draw(out, &half->delay);
    }
    put_loss(out, plan, &half->loss);
    if (half->duplicate) {
        scn_put_key(out, "duplicate");
        scn_put_chance(out, half->duplicate);
    }
    if (half->reorder) {
        scn_put_key(out, "reorder");
        scn_put_chance(out, half->reorder);
    }
    if (late->kind != SIM_UNIFORM || late->a != WRN_MILLISECOND || late->b != 20 * WRN_MILLISECOND) {
        scn_put_key(out, "late");
        scn_put_draw(out, late);
    }
    put_corrupt(out, &half->corrupt);
    put_rate(out, plan, half);
}

static void put_paths(struct scn_out *out, const struct sim_plan *plan)
{
    bool any = false;
    for (uint32_t i = 0; i < plan->path_count; i++) {
        const struct sim_path *path = &plan->paths[i];
        struct scn_out up = {.first = true}, down = {.first = true};
        if (path->name[0] == '(')
            continue; /* what nodes without a path share */
        put_half(&up, plan, &path->up);
        put_half(&down, plan, &path->down);
        const char *a = up.text ? up.text : "", *b = down.text ? down.text : "";
        bool same = strcmp(a, b) == 0;
        scn_put(out, "%s  %s: {", any ? "" : "paths:\n", path->name);
        scn_put(out, same ? "%s" : "up: {%s}, down: {%s}", a, b);
        out->first = same && !*a;
        if (path->mtu) {
            scn_put_key(out, "mtu");
            scn_put(out, "%" PRIu32, path->mtu);
        }
        if (path->fragment) {
            scn_put_key(out, "larger");
            scn_put(out, "fragment");
        }
        scn_put(out, "}\n");
        out->unsaid = up.unsaid ? up.unsaid : down.unsaid ? down.unsaid : out->unsaid;
        out->bad = out->bad || up.bad || down.bad;
        free(up.text);
        free(down.text);
        any = true;
    }
}

/* Nodes. --------------------------------------------------------------------------------------------------------------------- */

static void put_limit(struct scn_out *out, const char *key, uint32_t value, uint32_t standard, const char *unit)
{
    if (value == standard)
        return;
    if (!out->first)
        scn_put_key(out, key);
    else
        scn_put(out, "limits: {%s: ", key);
    out->first = false;
    scn_put(out, "%" PRIu32 "%s", value, unit);
}

static void put_limits(struct scn_out *out, const struct sim_plan *plan, uint32_t number, uint32_t first)
{
    const struct sim_node *node = &plan->nodes[number];
    struct scn_out inside = {.first = true};
    struct wrn_config standard;
    uint32_t peers = 0, prefixes = 0;
    wrn_config_default(&standard);
    for (uint32_t i = first; i < plan->peer_count && plan->peers[i].node == number; i++) {
        peers++;
        prefixes += plan->peers[i].prefix_count;
    }
    for (uint32_t i = 0; i < plan->event_count; i++)
        prefixes += plan->events[i].kind == SIM_DO_SET && plan->events[i].node == number ? plan->events[i].prefix_count : 0;
    peers = peers > standard.limits.peers ? peers : standard.limits.peers;
    prefixes = prefixes > standard.limits.prefixes ? prefixes : standard.limits.prefixes;
    put_limit(&inside, "peers", node->limits.peers, peers, "");
    put_limit(&inside, "prefixes", node->limits.prefixes, prefixes, "");
    put_limit(&inside, "window", node->limits.window_bits, standard.limits.window_bits, "");
    put_limit(&inside, "staging", node->limits.stage_slots, standard.limits.stage_slots, "");
    put_limit(&inside, "staging_share", node->limits.stage_share, standard.limits.stage_share, "");
    put_limit(&inside, "sources", node->limits.sources, standard.limits.sources, "");
    put_limit(&inside, "load", node->load_rate, standard.load_rate, "pps");
    put_limit(&inside, "load_burst", node->load_burst, standard.load_burst, "");
    if (inside.length)
        scn_put(out, "%s%s}", out->first ? "" : ", ", inside.text);
    out->first = out->first && !inside.length;
    out->bad = out->bad || inside.bad;
    free(inside.text);
}

/* Those that are not what the reader gives the node at that place; behind boxes it depends on the boxes. */
static void put_addresses(struct scn_out *out, const struct sim_node *node, uint32_t place)
{
    const uint8_t low[3] = {(uint8_t)(place >> 16), (uint8_t)(place >> 8), (uint8_t)place};
    const uint8_t outer[4] = {198, (uint8_t)(18 + low[0]), low[1], low[2]}, inner4[4] = {10, low[0], low[1], low[2]};
    const uint8_t inner6[16] = {0xfd, [13] = low[0], [14] = low[1], [15] = low[2]};
    if (node->nat || node->outer.family != 4 || memcmp(node->outer.address, outer, 4) != 0 || node->outer.port != 51820) {
        scn_put_key(out, "listen");
        scn_put_endpoint(out, &node->outer);
    }
    if (node->role == SIM_ROLE_PEER && (memcmp(node->inner4, inner4, 4) != 0 || memcmp(node->inner6, inner6, 16) != 0)) {
        scn_put_key(out, "inner");
        scn_put(out, "[");
        scn_put_address(out, 4, node->inner4);
        scn_put(out, ", \"");
        scn_put_address(out, 6, node->inner6);
        scn_put(out, "\"]");
    }
}

static void put_clocks(struct scn_out *out, const struct sim_node *node)
{
    if (node->skew_ppb) {
        scn_put_key(out, "skew");
        scn_put(out, node->skew_ppb % 1000 ? "%" PRId32 "ppb" : "%" PRId32 "ppm",
                node->skew_ppb % 1000 ? node->skew_ppb : node->skew_ppb / 1000);
    }
    if (!node->has_clock || node->clock_offset_ns) {
        scn_put_key(out, "clock");
        if (!node->has_clock) {
            scn_put(out, "none");
            return;
        }
        scn_put(out, node->clock_offset_ns < 0 ? "-" : "");
        scn_put_time(out, (uint64_t)(node->clock_offset_ns < 0 ? -node->clock_offset_ns : node->clock_offset_ns));
    }
}

/* Sides. --------------------------------------------------------------------------------------------------------------------- */

static bool are_own_addresses(const struct sim_plan *plan, const struct sim_peer *side)
{
    const struct wrn_prefix *prefix = &plan->prefixes[side->first_prefix];
    const struct sim_node *peer = &plan->nodes[side->peer];
    return side->prefix_count == 2 && prefix[0].family == 4 && prefix[0].length == 32 && prefix[1].family == 6
           && prefix[1].length == 128 && memcmp(prefix[0].address, peer->inner4, 4) == 0
           && memcmp(prefix[1].address, peer->inner6, 16) == 0;
}

static bool is_everything(const struct sim_plan *plan, const struct sim_peer *side)
{
    const struct wrn_prefix *prefix = &plan->prefixes[side->first_prefix];
    return side->prefix_count == 2 && prefix[0].family == 4 && prefix[0].length == 8 && prefix[0].address[0] == 10
           && prefix[1].family == 6 && prefix[1].length == 8 && prefix[1].address[0] == 0xfd;
}

static const struct sim_peer *other_side(const struct sim_plan *plan, const struct sim_peer *side)
{
    for (uint32_t i = 0; i < plan->peer_count; i++)
        if (plan->peers[i].node == side->peer && plan->peers[i].peer == side->node)
            return &plan->peers[i];
    return NULL;
}

static bool same_psk(const struct sim_peer *a, const struct sim_peer *b)
{
    return a->has_psk == b->has_psk && memcmp(a->psk, b->psk, 32) == 0;
}

/* Does `peer` of the node say this side and the other one? Of several, the first that could. */
static bool is_short(const struct sim_plan *plan, const struct sim_peer *side)
{
    const struct sim_peer *other = other_side(plan, side);
    for (const struct sim_peer *before = plan->peers; before < side; before++)
        if (before->node == side->node && is_everything(plan, before))
            return false;
    return other && is_everything(plan, side) && are_own_addresses(plan, other) && side->endpoint_known
           && !other->endpoint_known && !other->keepalive_s && !side->absent && !other->absent && same_psk(side, other);
}

/* Does one entry say both? Then the first of them does. */
static bool is_mutual(const struct sim_plan *plan, const struct sim_peer *side)
{
    const struct sim_peer *other = other_side(plan, side);
    return other && are_own_addresses(plan, side) && are_own_addresses(plan, other)
           && side->endpoint_known == other->endpoint_known && side->keepalive_s == other->keepalive_s
           && side->absent == other->absent && same_psk(side, other);
}

static bool is_said(const struct scn_out *out, const struct sim_plan *plan, const struct sim_peer *side)
{
    const struct sim_peer *other = other_side(plan, side);
    return out->brief
           && (is_short(plan, side) || (other && is_short(plan, other)) || (is_mutual(plan, side) && side->node > side->peer));
}

static void put_psk(struct scn_out *out, const struct sim_plan *plan, const struct sim_peer *side)
{
    const char *a = plan->nodes[side->node].name, *b = plan->nodes[side->peer].name;
    bool swap = strcmp(a, b) > 0;
    char identity[2 * SIM_NAME_BYTES + 1];
    uint8_t derived[32];
    snprintf(identity, sizeof identity, "%s %s", swap ? b : a, swap ? a : b);
    sim_derive(derived, plan->seed, "psk", identity);
    scn_put_key(out, "psk");
    if (memcmp(derived, side->psk, 32) == 0)
        scn_put(out, "true");
    else
        scn_put_key_bytes(out, side->psk);
}

static void put_keepalive_and_psk(struct scn_out *out, const struct sim_plan *plan, const struct sim_peer *side)
{
    if (side->keepalive_s) {
        scn_put_key(out, "keepalive");
        scn_put_time(out, side->keepalive_s * WRN_SECOND);
    }
    if (side->has_psk)
        put_psk(out, plan, side);
}

static void put_side(struct scn_out *out, const struct sim_plan *plan, const struct sim_peer *side)
{
    const char *a = plan->nodes[side->node].name, *b = plan->nodes[side->peer].name;
    if (is_said(out, plan, side))
        return;
    if (out->brief && is_mutual(plan, side))
        scn_put(out, "  - {node: %s %s, peer: %s %s", a, b, a, b);
    else
        scn_put(out, "  - {node: %s, peer: %s", a, b);
    out->first = false;
    if (!are_own_addresses(plan, side)) {
        scn_put_key(out, "allowed");
        scn_put_prefixes(out, &plan->prefixes[side->first_prefix], side->prefix_count);
    }
    if (!side->endpoint_known || plan->nat_count) {
        scn_put_key(out, "endpoint");
        scn_put(out, side->endpoint_known ? "known" : "none");
    }
    put_keepalive_and_psk(out, plan, side);
    if (side->absent)
        scn_put(out, ", start: absent");
    scn_put(out, "}\n");
}

static void put_sides(struct scn_out *out, const struct sim_plan *plan)
{
    bool any = false;
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        if (!any && !is_said(out, plan, &plan->peers[i]))
            scn_put(out, "tunnels:\n");
        any = any || !is_said(out, plan, &plan->peers[i]);
        put_side(out, plan, &plan->peers[i]);
    }
}

/* `first`: the first side of this node, or of one behind it. */
static void put_node(struct scn_out *out, const struct sim_plan *plan, uint32_t number, uint32_t first)
{
    const struct sim_node *node = &plan->nodes[number];
    const struct sim_path *path = &plan->paths[node->path];
    uint8_t key[32];
    scn_put(out, "  %s: {", node->name);
    out->first = true;
    if (node->role == SIM_ROLE_ATTACKER) {
        scn_put_key(out, "role");
        scn_put(out, "attacker");
    }
    if (node->spoof.family) {
        scn_put_key(out, "spoof");
        scn_put(out, node->spoof.family == 6 ? "\"" : "");
        scn_put_address(out, node->spoof.family, node->spoof.address);
        scn_put(out, node->spoof.family == 6 ? "/%u\"" : "/%u", node->spoof.length);
    }
    if (node->host) {
        scn_put_key(out, "host");
        scn_put(out, "%s", plan->nodes[node->host - 1].name);
    }
    if (node->over) {
        scn_put_key(out, "over");
        scn_put(out, "%s", plan->nodes[node->over - 1].name);
    }
    put_addresses(out, node, number + 1);
    if (path->name[0] != '(' && !node->host) {
        scn_put_key(out, "path");
        scn_put(out, "%s", path->name);
    }
    if (node->nat && !node->host)
        scn_put_nat_name(out, plan, node->nat);
    for (uint32_t i = first; out->brief && i < plan->peer_count && plan->peers[i].node == number; i++)
        if (is_short(plan, &plan->peers[i])) {
            scn_put_key(out, "peer");
            scn_put(out, "%s", plan->nodes[plan->peers[i].peer].name);
            put_keepalive_and_psk(out, plan, &plan->peers[i]);
        }
    memset(key, 0, sizeof key);
    if (node->role == SIM_ROLE_PEER)
        sim_derive(key, plan->seed, "key", node->name);
    if (memcmp(key, node->private_key, 32) != 0) {
        scn_put_key(out, "key");
        scn_put_key_bytes(out, node->private_key);
    }
    if (!node->host)
        put_clocks(out, node);
    if (node->mtu != 1420 || node->over) {
        scn_put_key(out, "mtu");
        scn_put(out, "%u", node->mtu);
    }
    if (node->starts_down) {
        scn_put_key(out, "start");
        scn_put(out, "down");
    }
    put_limits(out, plan, number, first);
    scn_put(out, "}\n");
}

/* The file. ------------------------------------------------------------------------------------------------------------------ */

static void put_head(struct scn_out *out, const struct sim_plan *plan)
{
    static const char *const checks[] = {[SIM_CHECKS_FULL] = "full", [SIM_CHECKS_CHEAP] = "cheap", [SIM_CHECKS_NONE] = "none"};
    scn_put(out, "warren: 1\nname: ");
    scn_put_text(out, plan->name);
    scn_put(out, "\nseed: %" PRIu64 "\nstop: ", plan->seed);
    scn_put_time(out, plan->stop);
    scn_put(out, "\n");
    if (plan->crypto == SIM_CRYPTO_TOY)
        scn_put(out, "crypto: toy\n");
    if (plan->checks != SIM_CHECKS_FULL)
        scn_put(out, "checks: %s\n", checks[plan->checks]);
    if (plan->epoch_s != EPOCH) {
        scn_put(out, "epoch: ");
        scn_put_date(out, plan->epoch_s);
        scn_put(out, "\n");
    }
}

static void put_plan(struct scn_out *out, const struct sim_plan *plan, const struct sim_always *always, size_t count)
{
    put_head(out, plan);
    put_paths(out, plan);
    scn_put_nats(out, plan);
    scn_put(out, "nodes:\n");
    for (uint32_t i = 0, side = 0; i < plan->node_count; i++) {
        put_node(out, plan, i, side);
        while (side < plan->peer_count && plan->peers[side].node == i)
            side++;
    }
    put_sides(out, plan);
    if (plan->flow_count)
        scn_put(out, "traffic:\n");
    for (uint32_t i = 0; i < plan->flow_count; i++)
        scn_put_flow(out, plan, &plan->flows[i]);
    scn_put_timeline(out, plan);
    scn_put_expect(out, plan, always, count);
}

/* Read back and compared: what the rows above forgot is refused instead of left out. */
static bool reads_back(const struct scn_out *out, const struct sim_plan *plan, struct sim_message *message)
{
    const struct sim_scenario_options options = {.file = "(written)"};
    struct sim_scenario_error error;
    struct sim_scenario *scenario = sim_scenario_read(&options, out->text, out->length, &error);
    bool same = scenario && scn_same_world(plan, sim_scenario_plan(scenario));
    if (!scenario)
        snprintf(message->text, sizeof message->text, "%.150s", error.text);
    else if (!same)
        snprintf(message->text, sizeof message->text, "it has something that scenario files cannot say");
    sim_scenario_close(scenario);
    return same;
}

char *sim_scenario_write(const struct sim_plan *plan, const struct sim_always *always, size_t count, struct sim_message *message)
{
    struct scn_out out = {.first = true};
    memset(message, 0, sizeof *message);
    put_plan(&out, plan, always, count);
    if (out.bad)
        snprintf(message->text, sizeof message->text, "out of memory");
    else if (out.unsaid)
        snprintf(message->text, sizeof message->text, "%s cannot be written yet", out.unsaid);
    else if (reads_back(&out, plan, message))
        return out.text;
    free(out.text);
    return NULL;
}

char *sim_scenario_write_short(const struct sim_plan *plan, const struct sim_always *always, size_t count,
                               struct sim_message *message)
{
    struct scn_out out = {.first = true, .brief = true};
    put_plan(&out, plan, always, count);
    if (!out.bad && !out.unsaid && reads_back(&out, plan, message))
        return out.text;
    free(out.text);
    return sim_scenario_write(plan, always, count, message);
}
