#include "alarm.h"

/*
 * L13: what a persistent keepalive of K promises to who is behind boxes. Its timer starts anew with whatever is authentic, in
 * either direction (it is not "every K"): data that goes out may be answered by two empty packets, 10 and 20 s later, which push
 * the next keepalive away and ask for nothing; data that then comes in pushes it again, but is answered within 10 s. So
 * without a keepalive of the other side the gap between two outbound packets is K + 30 s + RTT at most, and boxes that
 * wait longer never refuse what comes in. With a keepalive on the other side nothing is promised: see
 * nat-keepalive-both-prediction.yaml.
 *
 * That the timer fires when it should is looked at by the model of timers.
 */

#define SLACK (30 * WRN_SECOND)

struct binding {
    bool     promised;
    wrn_time gap, since;
    uint64_t mark;
};

static struct binding *binding_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_binding, state, pair);
}

static wrn_time least_idle(const struct sim_plan *plan, uint32_t node)
{
    wrn_time least = WRN_NEVER;

    for (uint32_t at = plan->nodes[node].nat; at != 0; at = plan->nats[at - 1].behind) {
        const struct sim_draw *idle = &plan->nats[at - 1].idle;
        const wrn_time here = idle->kind == SIM_FIXED || idle->kind == SIM_UNIFORM ? idle->a : 0;

        least = here < least ? here : least;
    }
    return least;
}

static bool begin(struct sim_watch *watch, void *state)
{
    const struct sim_plan *plan = watch->plan;

    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const struct sim_peer *peer = &plan->peers[i];
        const uint32_t reverse = watch->facts[i].reverse;
        struct binding *binding = binding_of(state, i);

        if (plan->nodes[peer->node].nat == 0 || peer->keepalive_s == 0 || reverse == SIM_NONE
            || plan->peers[reverse].keepalive_s > 0 || plan->nodes[peer->peer].nat != 0
            || !sim_path_ideal(&plan->paths[plan->nodes[peer->node].path])
            || !sim_path_ideal(&plan->paths[plan->nodes[peer->peer].path]) || plan->nodes[peer->node].skew_ppb != 0
            || plan->nodes[peer->peer].skew_ppb != 0)
            continue;
        binding->gap = peer->keepalive_s * WRN_SECOND + SLACK + sim_one_way(watch, i) + sim_one_way(watch, reverse);
        binding->promised = binding->gap < least_idle(plan, peer->node);
    }
    return true;
}

/* Is all that the promise was made of as it was? */
static bool as_planned(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_peer *peer = &watch->plan->peers[pair];
    const struct sim_node_facts *here = &watch->nodes[peer->node], *there = &watch->nodes[peer->peer];

    return watch->sides[pair].keepalive_s == peer->keepalive_s && watch->sides[watch->facts[pair].reverse].keepalive_s == 0
           && here->nat == watch->plan->nodes[peer->node].nat && here->path == watch->plan->nodes[peer->node].path
           && there->nat == 0 && there->path == watch->plan->nodes[peer->peer].path;
}

/* Has the box had a mapping, undisturbed, for long enough that it must have one now? `losses`: of these, since the last sent. */
static bool is_due(const struct sim_watch *watch, const struct binding *binding, uint32_t pair, uint64_t losses)
{
    return binding->promised && as_planned(watch, pair) && !watch->facts[pair].strange && binding->since != 0
           && watch->now >= binding->since + 2 * binding->gap
           && sim_disturbances(watch, pair) == binding->mark + losses;
}

static void sent(const struct sim_watch *watch, struct binding *binding, const struct sim_seen *seen)
{
    const uint64_t mark = sim_disturbances(watch, seen->pair);

    if (!binding->promised || (binding->since != 0 && binding->mark == mark))
        return;
    binding->mark = mark;
    binding->since = seen->now;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    uint32_t reverse;

    if (seen->kind == SIM_SEEN_TIMELINE && watch->plan->events[seen->event].kind == SIM_DO_NAT_REBOOT)
        for (uint32_t i = 0; i < watch->plan->peer_count; i++)
            binding_of(state, i)->since = 0;
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    reverse = watch->facts[seen->pair].reverse;
    if (seen->kind == SIM_SEEN_SET) /* another interval, perhaps */
        binding_of(state, seen->pair)->since = binding_of(state, reverse)->since = 0;
    if (seen->kind == SIM_SEEN_SENT)
        sent(watch, binding_of(state, seen->pair), seen);
    if (seen->kind == SIM_SEEN_ARRIVED && seen->ours && is_due(watch, binding_of(state, seen->pair), seen->pair, 0))
        sim_rule_checked(watch, SIM_L13);
    if (seen->kind == SIM_SEEN_LOST && seen->ours && (seen->reason == SIM_LOST_NAT_MAPPING || seen->reason == SIM_LOST_NAT_FILTER)
        && is_due(watch, binding_of(state, reverse), reverse, 1))
        sim_rule_broken(watch, SIM_L13, seen->now, watch->plan->peers[reverse].node,
                        "a box refused what came in for pair %u, which sends something each %t", reverse,
                        binding_of(state, reverse)->gap);
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_TIMELINE) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) \
     | SIM_SEEN_MASK(SIM_SEEN_LOST) | SIM_SEEN_MASK(SIM_SEEN_SET))

const struct sim_checker sim_check_binding = {
    .rule = SIM_L13, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct binding), .begin = begin, .see = see};
