#include "base.h"
#include "outside.h"
#include "watch.h"

/* S1, and the inner half of S2: an inner packet that comes out was handed in by the peer that it is said to come from, with
 * exactly these bytes, and comes out once. */

/* A nested interface's datagram: known by all its bytes, to have been handed in at this hop by that peer. */
static void see_carried(struct sim_watch *watch, const struct sim_seen *seen, const struct sim_carried *carried)
{
    if (carried->node != watch->plan->peers[seen->pair].peer)
        sim_rule_broken(watch, SIM_S1, seen->now, seen->node, "a carried packet of %u bytes was not handed in by that peer",
                        seen->length, 0);
    sim_rule_checked(watch, SIM_S2);
    if (carried->delivered >= carried->handed)
        sim_rule_broken(watch, SIM_S2, seen->now, seen->node, "a carried packet of %u bytes was delivered twice", seen->length,
                        0);
}

/* A packet from outside the world: the same. */
static bool see_outsider(struct sim_watch *watch, const struct sim_seen *seen)
{
    const struct sim_outsider *outsider =
        sim_outside_find(watch->traffic, watch->plan->peers[seen->pair].peer, seen->data, seen->length);

    if (!outsider)
        return false;
    sim_rule_checked(watch, SIM_S2);
    if (outsider->delivered >= outsider->handed)
        sim_rule_broken(watch, SIM_S2, seen->now, seen->node,
                        "a packet of %u bytes from outside was delivered more than %u times", seen->length, outsider->handed);
    return true;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const struct sim_traffic *traffic = watch->traffic;
    const struct sim_record *record;
    const struct sim_traffic_flow *flow;
    struct sim_inner sent;
    const struct sim_carried *carried;
    uint8_t expected[SIM_INNER_MOST];

    (void)state;
    if (seen->kind != SIM_SEEN_INNER_OUT)
        return;
    sim_rule_checked(watch, SIM_S1);
    if (!seen->ours && seen->pair != SIM_NONE && (carried = sim_carried_find(traffic, seen->data, seen->length)) != NULL) {
        see_carried(watch, seen, carried);
        return;
    }
    if (!seen->ours && seen->pair != SIM_NONE && see_outsider(watch, seen))
        return;
    if (!seen->ours || seen->pair == SIM_NONE) {
        sim_rule_broken(watch, SIM_S1, seen->now, seen->node, "%u bytes delivered that nobody sent", seen->length, 0);
        return;
    }
    flow = &traffic->flows[seen->inner.flow];
    record = sim_record_find(traffic, &seen->inner);
    if (!record || !(record->handed >> seen->inner.hop & 1)
        || (flow->hops[seen->inner.hop] != watch->plan->peers[seen->pair].peer
            && flow->before[seen->inner.hop] != watch->plan->peers[seen->pair].peer)) {
        sim_rule_broken(watch, SIM_S1, seen->now, seen->node, "packet %u of flow %u was not handed in by that peer",
                        seen->inner.number, seen->inner.flow);
        return;
    }
    sent = seen->inner;
    sent.size = record->size;
    if (seen->length == sent.size)
        sim_inner_build(traffic, &sent, expected);
    if (seen->length != sent.size || memcmp(expected, seen->data, seen->length) != 0)
        sim_rule_broken(watch, SIM_S1, seen->now, seen->node, "packet %u of flow %u was changed", seen->inner.number,
                        seen->inner.flow);
    sim_rule_checked(watch, SIM_S2);
    if (record->delivered >> seen->inner.hop & 1)
        sim_rule_broken(watch, SIM_S2, seen->now, seen->node, "packet %u of flow %u was delivered twice", seen->inner.number,
                        seen->inner.flow);
}

const struct sim_checker sim_check_inner = {.rule = SIM_S1, .kinds = SIM_SEEN_MASK(SIM_SEEN_INNER_OUT), .see = see};
