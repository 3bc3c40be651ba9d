#include "plan_parts.h"

#include "base.h"
#include "sim/share.h"
#include "sim/world.h"
#include "text.h"
#include "twins.h"
#include "warren/engine.h"

#define LONGEST_PARETO (UINT64_C(1) << 42) /* 1 h, and it is cut at 65536 times that */
#define LONGEST_ROUND (UINT64_C(1) << 32) /* ms: 50 days */
#define LATEST_DATE (UINT64_C(1) << 33)    /* s since 1970: the year 2242 */
#define FURTHEST (INT64_C(1) << 61)        /* ns: 73 years */

struct finding {
    const char *what;
    uint32_t    number;
    const char *why;
};

static bool found(struct finding *finding, const char *what, uint32_t number, const char *why)
{
    finding->what = what;
    finding->number = number;
    finding->why = why;
    return false;
}

static bool is_name(const char *name, size_t size)
{
    return memchr(name, 0, size) != NULL;
}

bool sim_is_range(uint32_t first, uint64_t count, uint32_t all)
{
    return first <= all && count <= all - first;
}

bool sim_is_draw(const struct sim_draw *draw)
{
    if (draw->kind == SIM_PARETO && (draw->a > LONGEST_PARETO || draw->b < 1000 || draw->b > 100000))
        return false;
    return draw->kind < SIM_DRAW_KINDS && draw->a <= SIM_LONGEST_DRAW && draw->b <= SIM_LONGEST_DRAW;
}

static bool is_outer(const struct wrn_endpoint *endpoint)
{
    return (endpoint->family == 4 || endpoint->family == 6) && endpoint->port != 0 && endpoint->reserved == 0
           && endpoint->host == 0;
}

static const char *rate_fault(const struct sim_plan *plan, const struct sim_half *half)
{
    const struct sim_rate *rate = &half->rate;
    const struct sim_queue_rule *queue = &half->queue;

    if (rate->ps_per_byte > SIM_SLOWEST_PS || (rate->ps_per_byte > 0 && rate->count > 0))
        return "its rate is below 1 bit per second, or by two rules";
    if (!sim_is_range(rate->first, rate->count, plan->number_count))
        return "the trace of its rate does not exist";
    for (uint32_t i = 1; i < rate->count; i++)
        if (plan->numbers[rate->first + i] < plan->numbers[rate->first + i - 1])
            return "the trace of its rate does not ascend";
    if (rate->count > 0 && (plan->numbers[rate->first + rate->count - 1] == 0
                            || plan->numbers[rate->first + rate->count - 1] > LONGEST_ROUND))
        return "the trace of its rate ends at 0 ms, or after 49 days";
    if (queue->kind >= SIM_DISCIPLINES)
        return "no such queue";
    if (queue->kind != SIM_DROPTAIL
        && (queue->target == 0 || queue->interval < queue->target || queue->interval > SIM_INTERVAL_MOST))
        return "a queue needs 0 < target <= interval <= 4 s";
    return half->corrupt.chance > 0 && half->corrupt.bits == 0 ? "a corruption of no bits" : NULL;
}

static const char *half_fault(const struct sim_plan *plan, const struct sim_half *half)
{
    const struct sim_loss *loss = &half->loss;

    if (!sim_is_draw(&half->delay) || !sim_is_draw(&half->late))
        return "a delay is out of range";
    if (loss->kind >= SIM_LOSS_KINDS)
        return "no such kind of loss";
    if (loss->kind == SIM_LOSS_PATTERN && (loss->m == 0 || loss->n > loss->m))
        return "a loss of n of m needs n <= m, m > 0";
    if (loss->kind != SIM_LOSS_LIST)
        return NULL;
    if (!sim_is_range(loss->first, loss->count, plan->number_count))
        return "its loss list does not exist";
    for (uint32_t i = 1; i < loss->count; i++)
        if (plan->numbers[loss->first + i] <= plan->numbers[loss->first + i - 1])
            return "its loss list does not ascend";
    return NULL;
}

static bool check_paths(const struct sim_plan *plan, struct finding *finding)
{
    for (uint32_t i = 0; i < plan->path_count; i++) {
        const struct sim_path *path = &plan->paths[i];
        const char *up = half_fault(plan, &path->up), *down = half_fault(plan, &path->down);
        const char *slow = rate_fault(plan, &path->up), *slow_down = rate_fault(plan, &path->down);

        if (!is_name(path->name, sizeof path->name))
            return found(finding, "path", i, "its name has no end");
        if (up || down)
            return found(finding, "path", i, up ? up : down);
        if (slow || slow_down)
            return found(finding, "path", i, slow ? slow : slow_down);
    }
    return true;
}

static bool is_prefix(const struct wrn_prefix *prefix)
{
    return prefix->family == 4 ? prefix->length <= 32 : prefix->family == 6 && prefix->length <= 128;
}

static const char *node_fault(const struct sim_plan *plan, const struct sim_node *node)
{
    if (!is_name(node->name, sizeof node->name) || !node->name[0])
        return "it has no name";
    if (node->role >= SIM_ROLES)
        return "no such role";
    if (node->path >= plan->path_count)
        return "its path does not exist";
    if (node->nat > plan->nat_count)
        return "the box it is behind does not exist";
    if (!is_outer(&node->outer))
        return "its outer address is not one: family 4 or 6, a port, no host token";
    if (node->skew_ppb > 1000000 || node->skew_ppb < -1000000)
        return "its clock skew is beyond 1000 ppm";
    if (node->clock_offset_ns > FURTHEST || node->clock_offset_ns < -FURTHEST)
        return "its clock offset is beyond 73 years";
    if (node->role == SIM_ROLE_PEER && (node->limits.lanes != 1 || wrn_engine_size(&node->limits) == 0))
        return "its limits are out of range (one lane)";
    if (node->role == SIM_ROLE_PEER && node->load_burst == 0)
        return "its load burst is 0";
    if (node->spoof.family != 0 && (node->role != SIM_ROLE_ATTACKER || !is_prefix(&node->spoof) || node->nat != 0
                                    || node->spoof.family != node->outer.family))
        return "forged addresses are for attackers outside boxes, and of the family of their own";
    return NULL;
}

static bool is_inner_of(const struct sim_node *node, const struct wrn_endpoint *outer)
{
    return outer->family == 6 ? node->has_inner6 && memcmp(node->inner6, outer->address, 16) == 0
                              : node->has_inner4 && memcmp(node->inner4, outer->address, 4) == 0;
}

static const char *host_fault(const struct sim_plan *plan, uint32_t i)
{
    const struct sim_node *node = &plan->nodes[i], *host, *over;

    if (node->host == 0)
        return node->over != 0 ? "an interface over another is of that one's host" : NULL;
    if (node->host > i || plan->nodes[node->host - 1].host != 0 || node->role != SIM_ROLE_PEER
        || plan->nodes[node->host - 1].role != SIM_ROLE_PEER)
        return "its host is no earlier node with a host of its own";
    host = &plan->nodes[node->host - 1];
    if (node->path != host->path || node->skew_ppb != host->skew_ppb || node->has_clock != host->has_clock
        || node->clock_offset_ns != host->clock_offset_ns)
        return "interfaces of one host share its path and clock";
    if (node->over == 0)
        return node->nat != host->nat || node->outer.family != host->outer.family
                       || memcmp(node->outer.address, host->outer.address, sizeof host->outer.address) != 0
                   ? "interfaces of one host share its outer address"
                   : NULL;
    if (node->over > i || (node->over != node->host && plan->nodes[node->over - 1].host != node->host))
        return "what it is over is no earlier interface of its host";
    over = &plan->nodes[node->over - 1];
    return node->nat != 0 || !is_inner_of(over, &node->outer) ? "its outer address is no inner one of what it is over" : NULL;
}

static bool check_nodes(const struct sim_plan *plan, struct finding *finding)
{
    if (plan->node_count == 0 || plan->node_count > SIM_NODES_MAX)
        return found(finding, "plan", 0, "it has no nodes, or more than 1048576");
    for (uint32_t i = 0; i < plan->node_count; i++) {
        const char *own = node_fault(plan, &plan->nodes[i]), *fault = own ? own : host_fault(plan, i);

        if (fault)
            return found(finding, "node", i, fault);
    }
    uint32_t name = sim_twin_node_name(plan), address = sim_twin_node_address(plan), twin = name < address ? name : address;

    return twin == SIM_NONE || found(finding, "node", twin, "another node has its name or its outer address");
}

static const char *nat_fault(const struct sim_plan *plan, uint32_t i)
{
    const struct sim_nat *nat = &plan->nats[i];

    if (!is_name(nat->name, sizeof nat->name) || !nat->name[0])
        return "it has no name";
    if (nat->behind > i)
        return "it is behind a box that does not exist, or comes later";
    if (nat->map > SIM_NAT_NONE || nat->filter > SIM_NAT_ADDRESS_PORT || nat->refresh > SIM_NAT_BOTH)
        return "no such mapping, filtering or refresh";
    if (!sim_is_draw(&nat->idle) || nat->idle.a == 0)
        return "its idle time is out of range";
    if (nat->first_port == 0 || nat->last_port < nat->first_port)
        return "its ports are no range";
    return NULL;
}

static bool check_nats(const struct sim_plan *plan, struct finding *finding)
{
    if (plan->nat_count > SIM_NODES_MAX)
        return found(finding, "plan", 0, "more than 1048576 boxes");
    for (uint32_t i = 0; i < plan->nat_count; i++) {
        const char *fault = nat_fault(plan, i);

        if (fault)
            return found(finding, "nat", i, fault);
    }
    uint32_t name = sim_twin_nat_name(plan), address = sim_twin_nat_address(plan), twin = name < address ? name : address;
    uint32_t node = sim_twin_nat_node(plan);

    if (twin != SIM_NONE)
        return found(finding, "nat", twin, "another has its name or its outside address");
    return node == SIM_NONE || found(finding, "nat", node, "a node has its outside address");
}

static const char *peer_fault(const struct sim_plan *plan, uint32_t i)
{
    const struct sim_peer *peer = &plan->peers[i];

    if (peer->node >= plan->node_count || peer->peer >= plan->node_count || peer->node == peer->peer)
        return "its nodes do not exist, or are one";
    if (plan->nodes[peer->node].role != SIM_ROLE_PEER || plan->nodes[peer->peer].role != SIM_ROLE_PEER)
        return "an attacker cannot be a peer";
    if (!sim_is_range(peer->first_prefix, peer->prefix_count, plan->prefix_count))
        return "its allowed IPs do not exist";
    if (i > 0 && plan->peers[i - 1].node > peer->node)
        return "peers are not ordered by node";
    return NULL;
}

static bool check_peers(const struct sim_plan *plan, struct finding *finding)
{
    uint32_t run = 0, twin;
    uint64_t prefixes = 0;

    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const char *fault = peer_fault(plan, i);

        if (fault)
            return found(finding, "peer", i, fault);
        if (i == 0 || plan->peers[i - 1].node != plan->peers[i].node)
            run = 0, prefixes = 0;
        prefixes += plan->peers[i].prefix_count;
        if (++run > plan->nodes[plan->peers[i].node].limits.peers)
            return found(finding, "peer", i, "more peers than the limits of its node");
        if (prefixes > plan->nodes[plan->peers[i].node].limits.prefixes)
            return found(finding, "peer", i, "more allowed IPs than the limits of its node");
        if (i + 1 == plan->peer_count || plan->peers[i + 1].node != plan->peers[i].node) {
            twin = sim_twin_peer(plan, i + 1 - run, run);
            if (twin != SIM_NONE)
                return found(finding, "peer", twin, "its node has that peer twice");
        }
    }
    for (uint32_t i = 0; i < plan->prefix_count; i++) {
        const struct wrn_prefix *prefix = &plan->prefixes[i];

        if (!is_prefix(prefix))
            return found(finding, "prefix", i, "not an address range");
    }
    return true;
}

static const char *flood_fault(const struct sim_plan *plan, const struct sim_event *event)
{
    if (event->rate == 0 || event->rate > SIM_FLOOD_MOST)
        return "a flood has 1 to 10000000 datagrams per second";
    if (event->types == 0 || (event->types & (event->types - 1)) != 0)
        return "a flood is of one type";
    if (event->count_a == 0)
        return "a flood goes to nobody";
    for (uint32_t i = 0; i < event->count_a; i++)
        if (plan->nodes[plan->numbers[event->first_a + i]].role != SIM_ROLE_PEER)
            return "a flood goes to peers";
    return NULL;
}

static bool are_peers(const struct sim_plan *plan, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (plan->nodes[plan->numbers[first + i]].role != SIM_ROLE_PEER)
            return false;
    return true;
}

static bool has_row(const struct sim_plan *plan, uint32_t node, uint32_t peer)
{
    for (uint32_t i = 0; i < plan->peer_count; i++)
        if (plan->peers[i].node == node && plan->peers[i].peer == peer)
            return true;
    return false;
}

/* What attackers do besides recording, replaying and flooding. */
static const char *attack_fault(const struct sim_plan *plan, const struct sim_event *event)
{
    const bool bad = event->kind == SIM_DO_MISBEHAVE, thief = event->kind == SIM_DO_THIEF;
    const uint32_t changes = bad ? (uint32_t)SIM_SEALS : (uint32_t)SIM_CHANGES;

    if (event->change >= changes || event->as >= SIM_AS_KINDS || (event->as == SIM_AS_PORT && !thief))
        return "it alters, seals or pretends what is not known";
    if (event->count_a == 0 || (thief && event->count_b == 0))
        return "it is about nobody";
    if ((bad || thief || event->kind == SIM_DO_COMPROMISE) && !are_peers(plan, event->first_a, event->count_a))
        return "it is about peers";
    if (thief && (event->count_a != 1 || event->types != 2 || !event->mac1 || event->rate == 0 || event->rate > SIM_FLOOD_MOST))
        return "a thief of cookies floods one peer with initiations, 1 to 10000000 per second";
    if (event->kind == SIM_DO_DELAY && event->every == 0)
        return "it holds for no time";
    if (bad && (event->every == 0 || event->count == 0))
        return "it misbehaves never, or all at once";
    for (uint32_t i = 0; bad && i < event->count_a; i++)
        if (!has_row(plan, event->node, (uint32_t)plan->numbers[event->first_a + i]))
            return "it misbehaves towards who is no peer of its node";
    return NULL;
}

static const char *wall_fault(const struct sim_event *event)
{
    const struct sim_wall *wall = &event->wall;

    if (wall->kind >= SIM_WALL_KINDS || wall->date_s > LATEST_DATE || wall->shift_ns > FURTHEST || wall->shift_ns < -FURTHEST)
        return "its wall clock is out of range";
    if (event->kind == SIM_DO_CLOCK && (wall->kind == SIM_WALL_KEPT || wall->kind == SIM_WALL_NONE))
        return "a clock steps by an amount or to a date";
    return NULL;
}

/* Allowed IPs that a node may have one day, all together. */
static uint64_t prefixes_of(const struct sim_plan *plan, uint32_t node)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < plan->peer_count; i++)
        sum += plan->peers[i].node == node ? plan->peers[i].prefix_count : 0;
    for (uint32_t i = 0; i < plan->event_count; i++)
        sum += plan->events[i].kind == SIM_DO_SET && plan->events[i].node == node ? plan->events[i].prefix_count : 0;
    return sum;
}

static const char *set_fault(const struct sim_plan *plan, const struct sim_event *event)
{
    const bool own = event->set == SIM_SET_KEY || event->set == SIM_SET_PORT || event->set == SIM_SET_MTU;

    if (event->set >= SIM_SETS)
        return "no such setting";
    if (!own && (event->peer >= plan->node_count || !has_row(plan, event->node, event->peer)))
        return "its node never has that peer";
    if (event->set == SIM_SET_ENDPOINT && event->address.family != 0 && !is_outer(&event->address))
        return "its address is not one";
    if (event->value > UINT16_MAX || (event->set == SIM_SET_PORT && event->value == 0))
        return "its port, mtu or keepalive is out of range";
    if (!sim_is_range(event->first_prefix, event->prefix_count, plan->prefix_count))
        return "its allowed IPs do not exist";
    if (event->prefix_count > 0 && prefixes_of(plan, event->node) > plan->nodes[event->node].limits.prefixes)
        return "more allowed IPs than the limits of its node";
    return NULL;
}

static const char *event_fault(const struct sim_plan *plan, const struct sim_event *event)
{
    const bool more = event->kind >= SIM_DO_TAMPER && event->kind <= SIM_DO_COMPROMISE;
    const bool attacks = event->kind == SIM_DO_RECORD || event->kind == SIM_DO_REPLAY || event->kind == SIM_DO_FLOOD
                         || (more && event->kind != SIM_DO_MISBEHAVE);
    const bool has_node = event->kind != SIM_DO_PARTITION && event->kind != SIM_DO_HEAL
                          && !(event->kind == SIM_DO_NAT_REBOOT && event->nat != 0);

    if (event->kind >= SIM_DO_KINDS || event->at > SIM_LONGEST_TIME || !is_name(event->name, sizeof event->name))
        return "no such event";
    if (has_node && event->node >= plan->node_count)
        return "its node does not exist";
    if (has_node && attacks != (plan->nodes[event->node].role == SIM_ROLE_ATTACKER) && event->kind >= SIM_DO_DOWN)
        return event->kind == SIM_DO_FLOOD ? "only an attacker floods"
               : more                       ? "an attacker attacks, and a peer misbehaves"
               : attacks                    ? "only an attacker records and replays"
                                            : "an attacker has no interface";
    if (has_node && plan->nodes[event->node].host != 0
        && (event->kind < SIM_DO_DOWN || event->kind == SIM_DO_NAT_REBOOT || sim_is_of_host(event->kind)))
        return "what happens to a path or a machine happens to the host, not to another interface";
    if (event->kind == SIM_DO_PATH && event->path >= plan->path_count)
        return "its path does not exist";
    if (event->kind == SIM_DO_ROAM
        && (!is_outer(&event->address) || (event->path != SIM_NONE && event->path >= plan->path_count)))
        return "its address or path is not one";
    if (event->nat > plan->nat_count && !(event->kind == SIM_DO_ROAM && event->nat == SIM_NONE))
        return "its box does not exist";
    if (event->side > SIM_DOWN || event->types > SIM_TYPES_ALL || event->every > SIM_LONGEST_DRAW)
        return "its side, types or interval are out of range";
    if (!sim_is_range(event->first_a, event->count_a, plan->number_count)
        || !sim_is_range(event->first_b, event->count_b, plan->number_count))
        return "its groups do not exist";
    for (uint32_t i = 0; i < event->count_a; i++)
        if (plan->numbers[event->first_a + i] >= plan->node_count)
            return "a node of its first group does not exist";
    for (uint32_t i = 0; i < event->count_b; i++)
        if (plan->numbers[event->first_b + i] >= plan->node_count)
            return "a node of its second group does not exist";
    if (event->kind == SIM_DO_SET)
        return set_fault(plan, event);
    if (event->kind == SIM_DO_REPLAY && event->as > SIM_AS_SENDER)
        return "it pretends what is not known";
    if (more)
        return attack_fault(plan, event);
    return event->kind == SIM_DO_FLOOD ? flood_fault(plan, event) : wall_fault(event);
}

static const char *expect_fault(const struct sim_plan *plan, const struct sim_expect *expect)
{
    if (expect->kind >= SIM_EXPECT_KINDS || expect->compare >= SIM_COMPARES)
        return "no such expectation";
    if (!is_name(expect->text, sizeof expect->text) || !is_name(expect->name, sizeof expect->name))
        return "its text has no end";
    if (!sim_is_range(expect->first, expect->count, plan->pair_count))
        return "its pairs do not exist";
    if (expect->share && ((expect->kind > SIM_EXPECT_ECHOED && expect->kind != SIM_EXPECT_COMPLETED) || expect->value > 1000000))
        return "a share of what? only of packets delivered or echoed, or of what was begun, at most all of them";
    if (expect->kind == SIM_EXPECT_GOODPUT && expect->end <= expect->begin)
        return "goodput of no time";
    if ((expect->kind == SIM_EXPECT_LATENCY || expect->kind == SIM_EXPECT_RESPONSE)
        ? expect->part == 0 || expect->part > 1000000 : expect->part != 0)
        return "a part of what? only of times, and more than none";
    if (expect->seeds >= (expect->of_seeds ? SIM_SHARE_ALL : 1))
        return "a share of seeds that is all of them, which no number of worlds shows, or a share of none";
    if (expect->kind == SIM_EXPECT_MARK && !sim_mark_is(expect->name))
        return "no such mark";
    return NULL;
}

static bool check_rest(const struct sim_plan *plan, struct finding *finding)
{
    const char *fault;

    for (uint32_t i = 0; i < plan->flow_count; i++)
        if ((fault = sim_flow_fault(plan, &plan->flows[i])) != NULL)
            return found(finding, "flow", i, fault);
    for (uint32_t i = 0; i < plan->event_count; i++)
        if ((fault = event_fault(plan, &plan->events[i])) != NULL)
            return found(finding, "event", i, fault);
    for (uint32_t i = 0; i < plan->pair_count; i++)
        if (plan->pairs[i].from >= plan->node_count || plan->pairs[i].to >= plan->node_count)
            return found(finding, "pair", i, "its nodes do not exist");
    for (uint32_t i = 0; i < plan->expect_count; i++)
        if ((fault = expect_fault(plan, &plan->expects[i])) != NULL)
            return found(finding, "expectation", i, fault);
    return true;
}

static bool check_head(const struct sim_plan *plan, struct finding *finding)
{
    const uint32_t counts[] = {plan->path_count,  plan->peer_count,   plan->prefix_count, plan->flow_count,
                               plan->event_count, plan->expect_count, plan->pair_count,   plan->number_count,
                               plan->nat_count};

    if (!is_name(plan->name, sizeof plan->name))
        return found(finding, "plan", 0, "its name has no end");
    if (plan->stop == 0 || plan->stop > SIM_LONGEST_TIME)
        return found(finding, "plan", 0, "it stops at 0, or after 36 years");
    if (plan->epoch_s > LATEST_DATE)
        return found(finding, "plan", 0, "it starts after the year 2242");
    if (plan->crypto > SIM_CRYPTO_TOY)
        return found(finding, "plan", 0, "no such crypto");
    if (plan->checks > SIM_CHECKS_NONE)
        return found(finding, "plan", 0, "no such level of checks");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] > SIM_ITEMS_MAX)
            return found(finding, "plan", 0, "an array is longer than 4194304");
    return true;
}

bool sim_plan_check(const struct sim_plan *plan, struct sim_message *message)
{
    struct finding finding;

    memset(message, 0, sizeof *message);
    if (check_head(plan, &finding) && check_paths(plan, &finding) && check_nodes(plan, &finding) && check_nats(plan, &finding)
        && check_peers(plan, &finding)
        && check_rest(plan, &finding))
        return true;
    sim_text_fill(message->text, sizeof message->text, "%s %u: %s",
                  (const struct sim_part[]){{finding.what, 0}, {NULL, finding.number}, {finding.why, 0}}, 3);
    return false;
}
