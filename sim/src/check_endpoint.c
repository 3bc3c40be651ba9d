#include "base.h"
#include "watch.h"

/* S11 and L12: each pair's endpoint, as it must be by the datagrams that authenticated; and where its datagrams really go. */

static struct wrn_endpoint *endpoint_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_endpoint, state, pair);
}

static void configured(struct sim_watch *watch, void *state, uint32_t pair)
{
    *endpoint_of(state, pair) = watch->sides[pair].endpoint;
}

static bool begin(struct sim_watch *watch, void *state)
{
    for (uint32_t i = 0; i < watch->plan->peer_count; i++)
        configured(watch, state, i);
    return true;
}

static void arrived(struct sim_watch *watch, const struct sim_seen *seen, struct wrn_endpoint *endpoint)
{
    if (sim_seen_authentic(seen)) {
        sim_rule_checked(watch, SIM_L12);
        if (!sim_same_endpoint(&seen->after, &seen->remote))
            sim_rule_broken(watch, SIM_L12, seen->now, seen->node, "the endpoint did not follow to port %u, it is port %u",
                            seen->remote.port, seen->after.port);
        *endpoint = seen->after; /* where it is now, so that one fault is not two */
    }
    sim_rule_checked(watch, SIM_S11);
    if (!sim_same_endpoint(&seen->after, endpoint))
        sim_rule_broken(watch, SIM_S11, seen->now, seen->node, "the endpoint is port %u and should be port %u", seen->after.port,
                        endpoint->port);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_RESET && seen->first)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            configured(watch, state, i);
    if (seen->pair == SIM_NONE)
        return;
    if (seen->kind == SIM_SEEN_FORGOT || (seen->kind == SIM_SEEN_SET && seen->set == SIM_SET_ENDPOINT))
        configured(watch, state, seen->pair);
    if (seen->kind == SIM_SEEN_ARRIVED)
        arrived(watch, seen, endpoint_of(state, seen->pair));
    if (seen->kind == SIM_SEEN_SENT && (seen->cause == SIM_CAUSE_TUN || seen->cause == SIM_CAUSE_OUTPUT)) {
        sim_rule_checked(watch, SIM_S11);
        if (!sim_same_endpoint(&seen->remote, endpoint_of(state, seen->pair)))
            sim_rule_broken(watch, SIM_S11, seen->now, seen->node, "a datagram to port %u, the peer is at port %u",
                            seen->remote.port, endpoint_of(state, seen->pair)->port);
    }
}

const struct sim_checker sim_check_endpoint = {
    .rule = SIM_S11, .of_pairs = true, .pair = sizeof(struct wrn_endpoint), .begin = begin, .see = see};
