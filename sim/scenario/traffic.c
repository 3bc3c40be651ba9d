/* traffic: flows of inner packets between nodes. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

const struct scn_node *scn_where(const struct scn_node *map, const char *key)
{
    const struct scn_node *node = scn_child(map, key);
    return node ? node : map;
}

bool scn_before_stop(struct scn_build *build, const struct scn_node *node, const char *what, wrn_time time)
{
    char there[32], stop[32];
    if (time <= build->top.stop)
        return true;
    sim_scenario_time_text(time, there);
    sim_scenario_time_text(build->top.stop, stop);
    const struct scn_node *line = scn_where(build->root, "stop");
    char where[24] = "by --set";
    if (!line->set)
        snprintf(where, sizeof where, "on line %u", line->line);
    return scn_fail(&build->reader, node, "%s %s, after stop: %s (set %s); an earlier time, or a later stop", what, there, stop,
                    where);
}

static uint32_t smaller_mtu(const struct sim_node *a, const struct sim_node *b)
{
    uint32_t mtu = a->mtu < b->mtu ? a->mtu : b->mtu;
    return mtu < SIM_INNER_MOST ? mtu : SIM_INNER_MOST;
}

/* The largest packet, and how sizes are drawn. */
static bool size_flow(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map, struct sim_flow *flow)
{
    const struct sim_node *a = scn_node_at(build, flow->from), *b = scn_node_at(build, flow->to);
    bool both = raw->kind != SIM_FLOW_PACKETS;
    uint64_t most = both ? smaller_mtu(a, b) : a->mtu, size = most < SIM_INNER_MOST ? most : SIM_INNER_MOST;
    if (raw->kind == SIM_FLOW_TRACE) {
        size = raw->largest;
    } else if (raw->send.a) {
        if (raw->send.kind == SIM_FIXED || raw->send.kind == SIM_UNIFORM)
            size = raw->send.kind == SIM_FIXED ? raw->send.a : raw->send.b;
        if (raw->send.kind != SIM_FIXED)
            flow->sizes = raw->send;
    }
    flow->size = (uint32_t)size;
    if (size <= most)
        return true;
    return scn_fail(&build->reader, scn_where(map, raw->kind == SIM_FLOW_TRACE ? "trace" : "send"),
                    "%s: %lluB is more than the mtu of '%s', %u; a smaller packet",
                    raw->kind == SIM_FLOW_TRACE ? "trace" : "send", (unsigned long long)size,
                    a->mtu == most ? a->name : b->name, (unsigned)most);
}

static bool add_flow(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map, uint32_t from, uint32_t to)
{
    const struct sim_node *a = scn_node_at(build, from), *b = scn_node_at(build, to);
    if (a->role != SIM_ROLE_PEER || b->role != SIM_ROLE_PEER)
        return scn_fail(&build->reader, map, "traffic of an attacker; only peers have inner packets");
    if (!scn_route(build, from, to, raw->ipv6))
        return scn_fail(&build->reader, map, "no tunnel of '%s' leads to '%s'; 'peer' in a node, or tunnels", a->name, b->name);
    struct sim_flow *flow = scn_more(&build->reader, &build->flows, sizeof *flow);
    if (!flow)
        return false;
    flow->identity = (uint32_t)raw->identity;
    flow->from = from;
    flow->to = to;
    flow->ipv6 = raw->ipv6;
    flow->echo = raw->echo;
    flow->ecn = raw->ecn;
    flow->every = raw->kind == SIM_FLOW_REQUESTS ? raw->think : raw->every;
    flow->start = raw->start;
    flow->stop = raw->duration ? raw->start + raw->duration : build->top.stop;
    flow->count = raw->count;
    flow->kind = raw->kind;
    flow->on = raw->on;
    flow->off = raw->off;
    flow->request = raw->request;
    flow->response = raw->response;
    flow->timeout = raw->kind == SIM_FLOW_REQUESTS ? raw->timeout : 0;
    flow->bytes = raw->bytes;
    flow->congestion = raw->congestion;
    flow->first = raw->first;
    flow->rows = raw->rows;
    flow->repeat = raw->repeat;
    return size_flow(build, raw, map, flow);
}

enum { PACKETS = 1 << SIM_FLOW_PACKETS, REQUESTS = 1 << SIM_FLOW_REQUESTS, BULK = 1 << SIM_FLOW_BULK, TRACE = 1 << SIM_FLOW_TRACE };

static const char *const kinds[SIM_FLOW_KINDS] = {[SIM_FLOW_PACKETS] = "every", [SIM_FLOW_REQUESTS] = "request",
                                                  [SIM_FLOW_BULK] = "bulk", [SIM_FLOW_TRACE] = "trace"};

/* Which kind of traffic it is, and that every key has a meaning with it. */
static bool find_kind(struct scn_build *build, struct scn_flow *raw, const struct scn_node *map)
{
    static const struct { const char *key; unsigned with; } keys[] = {
        {"send", PACKETS | REQUESTS | BULK}, {"every", PACKETS},   {"echo", PACKETS},   {"on", PACKETS},      {"off", PACKETS},
        {"count", PACKETS | REQUESTS},       {"request", REQUESTS}, {"response", REQUESTS}, {"think", REQUESTS}, {"timeout", REQUESTS},
        {"bulk", BULK},                      {"congestion", BULK}, {"trace", TRACE},    {"repeat", TRACE},
    };
    for (uint32_t i = SIM_FLOW_KINDS; i-- > 1;)
        if (scn_child(map, kinds[i]))
            raw->kind = i;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct scn_node *node = scn_child(map, keys[i].key);
        if (node && !(keys[i].with & 1u << raw->kind))
            return scn_fail_key(&build->reader, node, "'%s' has no meaning in traffic by '%s'; leave one of them out", keys[i].key,
                                raw->kind ? kinds[raw->kind] : "every");
    }
    return true;
}

static bool check_packets(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map)
{
    const struct sim_draw *every = &raw->every;
    if (!scn_child(map, "send"))
        return scn_fail(&build->reader, map, "traffic lacks 'send'; size of the inner packet, its IP header included");
    if (!scn_child(map, "every") && raw->count != 1)
        return scn_fail(&build->reader, map, "traffic lacks 'every'; every: 50ms, every: exp(10s), or count: 1");
    if (scn_child(map, "every") && every->a == 0 && every->b == 0)
        return scn_fail(&build->reader, scn_where(map, "every"), "every: no time between packets; at least 1ns on average");
    if (!scn_child(map, "on") != !scn_child(map, "off"))
        return scn_fail(&build->reader, map, "bursts need both 'on' and 'off'; such as on: exp(2s), off: exp(10s)");
    if (scn_child(map, "on") && (raw->on.a == 0 || raw->off.a == 0))
        return scn_fail(&build->reader, scn_where(map, raw->on.a ? "off" : "on"), "on, off: no time at all; at least 1ns");
    return true;
}

static bool check_send(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map)
{
    const struct scn_node *node = scn_child(map, "send");
    const unsigned least = raw->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    uint64_t size = raw->send.a, most = raw->send.kind == SIM_UNIFORM ? raw->send.b : size;
    if (!node)
        return true;
    if (raw->kind != SIM_FLOW_PACKETS && raw->send.kind != SIM_FIXED)
        return scn_fail(&build->reader, node, "send: packets of one size in traffic by '%s'; such as 1200B", kinds[raw->kind]);
    if ((raw->send.kind == SIM_FIXED || raw->send.kind == SIM_UNIFORM) && (size < least || most > SIM_INNER_MOST))
        return scn_fail(&build->reader, node, "send: %s is out of range; %u to %u%s", node->text, least, SIM_INNER_MOST,
                        raw->ipv6 ? " with ipv6" : "");
    return size > 0 || scn_fail(&build->reader, node, "send: %s is of no bytes; %u at least", node->text, least);
}

static bool check_requests(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map)
{
    static const char *const keys[] = {"request", "response"};
    if (!scn_child(map, "response"))
        return scn_fail(&build->reader, map, "traffic lacks 'response'; bytes of the answer to a request, such as 4kB");
    for (unsigned i = 0; i < 2; i++) {
        const struct sim_draw *draw = i ? &raw->response : &raw->request;
        uint64_t most = draw->kind == SIM_UNIFORM ? draw->b : draw->a;
        if (draw->a == 0 || most > SIM_MESSAGE_MOST)
            return scn_fail(&build->reader, scn_where(map, keys[i]), "%s: %s is out of range; 1B to 1MiB", keys[i],
                            scn_where(map, keys[i])->text);
    }
    return true;
}

static bool read_bulk(struct scn_build *build, struct scn_flow *raw, const struct scn_node *map)
{
    if (strcmp(raw->bulk, "unlimited") == 0)
        return true;
    if (!scn_size(raw->bulk, &raw->bytes) || raw->bytes == 0 || raw->bytes > SIM_BULK_MOST)
        return scn_fail(&build->reader, scn_where(map, "bulk"), "bulk: '%.60s' is no transfer; a size such as 10MB, or unlimited",
                        raw->bulk);
    return true;
}

static bool check_flow(struct scn_build *build, struct scn_flow *raw, const struct scn_node *map)
{
    if (!find_kind(build, raw, map) || !check_send(build, raw, map))
        return false;
    if (raw->kind == SIM_FLOW_PACKETS ? !check_packets(build, raw, map)
        : raw->kind == SIM_FLOW_REQUESTS ? !check_requests(build, raw, map)
        : raw->kind == SIM_FLOW_BULK     ? !read_bulk(build, raw, map)
                                         : !scn_read_traffic_trace(&build->reader, raw->trace, raw))
        return false;
    return scn_before_stop(build, scn_where(map, "start"), "traffic starts at", raw->start)
           && scn_before_stop(build, scn_where(map, "for"), "traffic ends at", raw->start + raw->duration);
}

static uint64_t mix_words(uint64_t hash, const struct scn_node *node)
{
    for (const char *at = node->kind == SCN_TEXT ? node->text : ""; *at; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    for (const struct scn_node *item = node->first; item; item = item->next)
        hash = mix_words(hash * 31, item);
    return (hash ^ '>') * UINT64_C(0x100000001b3);
}

/* What tells flows apart in draws, unless the file says it: the words for both ends, and how many entries before this one had the
 * same. Where the entry stands, and what else there is, is no matter. */
static bool identify(struct scn_build *build, const struct scn_node *map, struct scn_flow *raw)
{
    uint64_t words = mix_words(mix_words(UINT64_C(0xcbf29ce484222325), raw->from), raw->to);
    uint32_t before = 0;
    char name[40], *kept;
    if (scn_child(map, "identity"))
        return true;
    do
        snprintf(name, sizeof name, "%llx %u", (unsigned long long)words, before++);
    while (scn_lookup(build, &build->flows, name) != SIM_NONE);
    raw->identity = (uint32_t)(words >> 32 ^ words) + before;
    kept = scn_copy(&build->reader, name, strlen(name));
    return kept && scn_remember(build, &build->flows, kept, 0);
}

static bool read_flow(struct scn_build *build, struct scn_node *map)
{
    struct scn_flow raw = {.every = {.kind = SIM_FIXED, .a = WRN_SECOND}};
    struct sim_draw once = raw.every;
    uint32_t first_from, from, first_to, to, kept, before = build->flows.count;
    if (!scn_read_map(&build->reader, map, &scn_section_flow, "traffic", &raw, true, true))
        return false;
    if (!scn_child(map, "every"))
        raw.every = once;
    if (!check_flow(build, &raw, map) || !identify(build, map, &raw))
        return false;
    kept = build->reader.numbers.count;
    if (!scn_select(build, raw.from, &first_from, &from) || !scn_select(build, raw.to, &first_to, &to))
        return false;
    for (uint32_t i = 0; i < from; i++)
        for (uint32_t j = 0; j < to; j++) {
            uint32_t a = scn_selected(build, first_from + i), b = scn_selected(build, first_to + j);
            if (a != b && !add_flow(build, &raw, map, a, b))
                return false;
        }
    build->reader.numbers.count = kept;
    return build->flows.count > before || scn_fail(&build->reader, map, "traffic from a node to itself; two nodes");
}

bool scn_build_traffic(struct scn_build *build)
{
    struct scn_node *traffic = build->top.traffic;
    if (traffic && traffic->kind != SCN_LIST)
        return scn_fail(&build->reader, traffic, "traffic is no list; - {from: a, to: b, send: 200B, every: 1s}");
    for (struct scn_node *map = traffic ? traffic->first : NULL; map; map = map->next)
        if (!read_flow(build, map))
            return false;
    return true;
}
