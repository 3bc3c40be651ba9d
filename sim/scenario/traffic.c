/* traffic: flows of inner packets between nodes. */

#include "build.h"

#include <stdio.h>

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

static bool add_flow(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map, uint32_t from, uint32_t to)
{
    const struct sim_node *a = scn_node_at(build, from), *b = scn_node_at(build, to);
    if (a->role != SIM_ROLE_PEER || b->role != SIM_ROLE_PEER)
        return scn_fail(&build->reader, map, "traffic of an attacker; only peers have inner packets");
    if (!scn_route(build, from, to, raw->ipv6))
        return scn_fail(&build->reader, map, "no tunnel of '%s' leads to '%s'; 'peer' in a node, or tunnels", a->name, b->name);
    if (raw->send > a->mtu)
        return scn_fail(&build->reader, scn_where(map, "send"), "send: %lluB is more than the mtu of '%s', %u; a smaller packet",
                        (unsigned long long)raw->send, a->name, a->mtu);
    struct sim_flow *flow = scn_more(&build->reader, &build->flows, sizeof *flow);
    if (!flow)
        return false;
    /* The place in the file tells flows apart; where it stands among other flows changes no draw. */
    uint32_t place = (map->line << 10 | (map->column & 1023)) ^ map->source->salt;
    flow->identity = scn_child(map, "identity") ? (uint32_t)raw->identity : place;
    flow->from = from;
    flow->to = to;
    flow->size = (uint32_t)raw->send;
    flow->ipv6 = raw->ipv6;
    flow->echo = raw->echo;
    flow->ecn = raw->ecn;
    flow->every = raw->every;
    flow->start = raw->start;
    flow->stop = raw->duration ? raw->start + raw->duration : build->top.stop;
    flow->count = raw->count;
    return true;
}

static bool check_flow(struct scn_build *build, const struct scn_flow *raw, const struct scn_node *map)
{
    const struct sim_draw *every = &raw->every;
    if (!scn_child(map, "every") && raw->count != 1)
        return scn_fail(&build->reader, map, "traffic lacks 'every'; every: 50ms, every: exp(10s), or count: 1");
    if (scn_child(map, "every") && every->a == 0 && every->b == 0)
        return scn_fail(&build->reader, scn_where(map, "every"), "every: no time between packets; at least 1ns on average");
    if (raw->ipv6 && raw->send < SIM_INNER_LEAST6)
        return scn_fail(&build->reader, scn_where(map, "send"), "send: %lluB is out of range; %u to %u with ipv6",
                        (unsigned long long)raw->send, SIM_INNER_LEAST6, SIM_INNER_MOST);
    return scn_before_stop(build, scn_where(map, "start"), "traffic starts at", raw->start)
           && scn_before_stop(build, scn_where(map, "for"), "traffic ends at", raw->start + raw->duration);
}

static bool read_flow(struct scn_build *build, struct scn_node *map)
{
    struct scn_flow raw = {.every = {.kind = SIM_FIXED, .a = WRN_SECOND}};
    struct sim_draw once = raw.every;
    uint32_t first_from, from, first_to, to, kept = build->reader.numbers.count, before = build->flows.count;
    if (!scn_read_map(&build->reader, map, &scn_section_flow, "traffic", &raw, true, true))
        return false;
    if (!scn_child(map, "every"))
        raw.every = once;
    if (!check_flow(build, &raw, map) || !scn_select(build, raw.from, &first_from, &from)
        || !scn_select(build, raw.to, &first_to, &to))
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
