/* What attacks have besides who: on whom, what of it, and from whose address. */

#include "build.h"

static bool select_peers(struct scn_build *build, struct scn_node *node, const char *key, const char *why, uint32_t *first,
                         uint32_t *count)
{
    if (!scn_select(build, node, first, count))
        return false;
    for (uint32_t i = 0; i < *count; i++) {
        const struct sim_node *who = scn_node_at(build, scn_selected(build, *first + i));
        if (who->role != SIM_ROLE_PEER)
            return scn_fail(&build->reader, node, "%s: '%s' is an attacker; %s", key, who->name, why);
    }
    return true;
}

static bool steal(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, struct sim_event *event)
{
    event->types = 1u << 1;
    event->mac1 = true;
    event->rate = (uint32_t)raw->rate;
    if (!select_peers(build, raw->to, "to", "cookies are peers'", &event->first_a, &event->count_a) ||
        !select_peers(build, raw->of, "of", "cookies are peers'", &event->first_b, &event->count_b))
        return false;
    return event->count_a == 1 ||
           scn_fail(&build->reader, scn_where(map, "to"), "to: %u nodes; one, whose cookies are stolen", event->count_a);
}

static bool misbehave(struct scn_build *build, const struct scn_event *raw, struct sim_event *event)
{
    event->change = raw->seal;
    event->count = raw->count ? (uint32_t)raw->count : 1;
    if (!select_peers(build, raw->to, "to", "a peer misbehaves towards its peers", &event->first_a, &event->count_a))
        return false;
    for (uint32_t i = 0; i < event->count_a; i++) {
        uint32_t to = scn_selected(build, event->first_a + i);
        if (!scn_are_peers(build, event->node, to))
            return scn_fail(&build->reader, raw->to, "to: '%s' is no peer of '%s'; one of its peers",
                            scn_node_at(build, to)->name, scn_node_at(build, event->node)->name);
    }
    return true;
}

bool scn_build_attack(struct scn_build *build, struct scn_node *map, const struct scn_event *raw, struct sim_event *event)
{
    event->until = raw->duration ? raw->at + raw->duration : WRN_NEVER;
    event->as = raw->as;
    event->chance = raw->share;
    if (raw->as == SIM_AS_PORT && event->kind != SIM_DO_THIEF)
        return scn_fail(&build->reader, scn_where(map, "as"), "as: 'port' is for 'do: steal'; self or sender");
    switch (event->kind) {
    case SIM_DO_REPLAY:
        return !raw->to || select_peers(build, raw->to, "to", "a replay goes to peers", &event->first_a, &event->count_a);
    case SIM_DO_THIEF:
        return steal(build, map, raw, event);
    case SIM_DO_MISBEHAVE:
        return misbehave(build, raw, event);
    case SIM_DO_COMPROMISE:
        return select_peers(build, raw->of, "of", "keys and memory are peers'", &event->first_a, &event->count_a);
    default:
        event->change = raw->change;
        if (event->kind == SIM_DO_DELAY)
            event->every = raw->hold;
        return scn_select(build, raw->of, &event->first_a, &event->count_a);
    }
}
