/* Taking things out of a plan. Nothing else in it changes: draws are keyed by names, not by places. */

#include "draft.h"

#include <stdlib.h>
#include <string.h>

static void *copy(const void *items, size_t count, size_t room, size_t size)
{
    char *made = calloc(room + 1, size);
    if (made && count)
        memcpy(made, items, count * size);
    return made;
}

static void attach(struct draft *draft)
{
    struct sim_plan *plan = &draft->plan;
    plan->paths = draft->paths;
    plan->nodes = draft->nodes;
    plan->peers = draft->peers;
    plan->flows = draft->flows;
    plan->events = draft->events;
    plan->expects = draft->expects;
    plan->pairs = draft->pairs;
    plan->numbers = draft->numbers;
    plan->nats = draft->nats;
}

static void add_ideal(struct draft *draft)
{
    struct sim_plan *plan = &draft->plan;
    struct sim_path *path = &draft->paths[plan->path_count];
    if (plan->path_count && draft->paths[plan->path_count - 1].name[0] == '(')
        return;
    plan->path_count++;
    memcpy(path->name, "(ideal)", sizeof "(ideal)"); /* all zero else, as the reader has it */
}

struct draft *draft_open(const struct sim_plan *plan)
{
    struct draft *draft = calloc(1, sizeof *draft);
    if (!draft)
        return NULL;
    draft->plan = *plan;
    draft->paths = copy(plan->paths, plan->path_count, plan->path_count + 1u, sizeof *draft->paths);
    draft->nodes = copy(plan->nodes, plan->node_count, plan->node_count, sizeof *draft->nodes);
    draft->peers = copy(plan->peers, plan->peer_count, plan->peer_count, sizeof *draft->peers);
    draft->flows = copy(plan->flows, plan->flow_count, plan->flow_count, sizeof *draft->flows);
    draft->events = copy(plan->events, plan->event_count, plan->event_count, sizeof *draft->events);
    draft->expects = copy(plan->expects, plan->expect_count, plan->expect_count, sizeof *draft->expects);
    draft->pairs = copy(plan->pairs, plan->pair_count, plan->pair_count, sizeof *draft->pairs);
    draft->numbers = copy(plan->numbers, plan->number_count, plan->number_count, sizeof *draft->numbers);
    draft->nats = copy(plan->nats, plan->nat_count, plan->nat_count, sizeof *draft->nats);
    attach(draft);
    if (!draft->paths || !draft->nodes || !draft->peers || !draft->flows || !draft->events || !draft->expects || !draft->pairs
        || !draft->numbers || !draft->nats) {
        draft_close(draft);
        return NULL;
    }
    add_ideal(draft);
    return draft;
}

void draft_close(struct draft *draft)
{
    if (!draft)
        return;
    void *const all[] = {draft->paths,  draft->nodes,   draft->peers, draft->flows,
                         draft->events, draft->expects, draft->pairs, draft->numbers, draft->nats};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(draft);
}

/* Lists. --------------------------------------------------------------------------------------------------------------------- */

/* The lower of a tunnel's sides, or the only one. */
static bool is_lower(const struct draft *draft, uint32_t number)
{
    const struct sim_peer *side = &draft->peers[number];
    for (uint32_t i = 0; i < number; i++)
        if (draft->peers[i].node == side->peer && draft->peers[i].peer == side->node)
            return false;
    return true;
}

uint32_t draft_count(const struct draft *draft, enum draft_list list)
{
    uint32_t count = 0;
    switch (list) {
    case DRAFT_EVENTS:
        return draft->plan.event_count;
    case DRAFT_FLOWS:
        return draft->plan.flow_count;
    case DRAFT_NODES:
        return draft->plan.node_count;
    default:
        for (uint32_t i = 0; i < draft->plan.peer_count; i++)
            count += is_lower(draft, i);
        return count;
    }
}

static void cut(void *items, uint32_t *count, size_t size, uint32_t first, uint32_t gone)
{
    char *base = items;
    memmove(base + first * size, base + (first + gone) * size, (*count - first - gone) * size);
    *count -= gone;
}

static bool sets_peer(const struct sim_event *event)
{
    return event->kind == SIM_DO_SET && event->set != SIM_SET_KEY && event->set != SIM_SET_PORT && event->set != SIM_SET_MTU;
}

static void remove_tunnel(struct draft *draft, uint32_t number)
{
    uint32_t at = 0, a, b;
    while (!is_lower(draft, at) || number-- > 0)
        at++;
    a = draft->peers[at].node;
    b = draft->peers[at].peer;
    for (uint32_t i = draft->plan.peer_count; i-- > 0;) {
        const struct sim_peer *side = &draft->peers[i];
        if ((side->node == a && side->peer == b) || (side->node == b && side->peer == a))
            cut(draft->peers, &draft->plan.peer_count, sizeof *draft->peers, i, 1);
    }
    for (uint32_t i = draft->plan.event_count; i-- > 0;) {
        const struct sim_event *event = &draft->events[i];
        if (sets_peer(event) && ((event->node == a && event->peer == b) || (event->node == b && event->peer == a)))
            cut(draft->events, &draft->plan.event_count, sizeof *draft->events, i, 1);
    }
}

static void shift(uint32_t *node, uint32_t gone)
{
    if (*node != SIM_NONE && *node > gone)
        --*node;
}

/* Is the group empty then? */
static bool remove_from_group(struct draft *draft, uint32_t first, uint32_t *count, uint32_t gone)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        uint64_t node = draft->numbers[first + i];
        if (node != gone)
            draft->numbers[first + kept++] = node > gone ? node - 1 : node;
    }
    bool empty = *count && !kept;
    *count = kept;
    return empty;
}

static void remove_from_events(struct draft *draft, uint32_t gone)
{
    for (uint32_t i = draft->plan.event_count; i-- > 0;) {
        struct sim_event *event = &draft->events[i];
        bool empty = event->node == gone || (sets_peer(event) && event->peer == gone);
        empty = remove_from_group(draft, event->first_a, &event->count_a, gone) || empty;
        empty = remove_from_group(draft, event->first_b, &event->count_b, gone) || empty;
        shift(&event->node, gone);
        shift(&event->peer, gone);
        if (empty)
            cut(draft->events, &draft->plan.event_count, sizeof *draft->events, i, 1);
    }
}

static void remove_node(struct draft *draft, uint32_t gone)
{
    struct sim_plan *plan = &draft->plan;
    for (uint32_t i = plan->peer_count; i-- > 0;) {
        struct sim_peer *side = &draft->peers[i];
        if (side->node == gone || side->peer == gone) {
            cut(draft->peers, &plan->peer_count, sizeof *side, i, 1);
            continue;
        }
        shift(&side->node, gone);
        shift(&side->peer, gone);
    }
    for (uint32_t i = plan->flow_count; i-- > 0;) {
        struct sim_flow *flow = &draft->flows[i];
        if (flow->from == gone || flow->to == gone) {
            cut(draft->flows, &plan->flow_count, sizeof *flow, i, 1);
            continue;
        }
        shift(&flow->from, gone);
        shift(&flow->to, gone);
    }
    remove_from_events(draft, gone);
    for (uint32_t i = 0; i < plan->pair_count; i++) { /* whoever an expectation names is never removed */
        shift(&draft->pairs[i].from, gone);
        shift(&draft->pairs[i].to, gone);
    }
    cut(draft->nodes, &plan->node_count, sizeof *draft->nodes, gone, 1);
    for (uint32_t i = 0; i < plan->node_count; i++) { /* an interface whose host is gone is one of its own, or refused */
        struct sim_node *node = &draft->nodes[i];
        node->host = node->host == gone + 1 ? 0 : node->host > gone ? node->host - 1 : node->host;
        node->over = node->over == gone + 1 ? 0 : node->over > gone ? node->over - 1 : node->over;
    }
}

void draft_remove(struct draft *draft, enum draft_list list, uint32_t first, uint32_t count)
{
    if (list == DRAFT_EVENTS)
        cut(draft->events, &draft->plan.event_count, sizeof *draft->events, first, count);
    else if (list == DRAFT_FLOWS)
        cut(draft->flows, &draft->plan.flow_count, sizeof *draft->flows, first, count);
    else
        for (uint32_t i = count; i-- > 0;)
            (list == DRAFT_NODES ? remove_node : remove_tunnel)(draft, first + i);
}

void draft_stop(struct draft *draft, wrn_time stop)
{
    draft->plan.stop = stop;
    for (uint32_t i = draft->plan.event_count; i-- > 0;) {
        if (draft->events[i].at > stop)
            cut(draft->events, &draft->plan.event_count, sizeof *draft->events, i, 1);
        else if (draft->events[i].until > stop)
            draft->events[i].until = WRN_NEVER;
    }
    for (uint32_t i = draft->plan.flow_count; i-- > 0;) {
        struct sim_flow *flow = &draft->flows[i];
        flow->stop = flow->stop < stop ? flow->stop : stop;
        if (flow->start >= flow->stop)
            cut(draft->flows, &draft->plan.flow_count, sizeof *flow, i, 1);
    }
}

void draft_expect(struct draft *draft, uint32_t number)
{
    if (number != SIM_NONE) {
        draft->expects[0] = draft->expects[number];
        memmove(draft->pairs, draft->pairs + draft->expects[0].first, draft->expects[0].count * sizeof *draft->pairs);
        draft->expects[0].first = 0;
    }
    draft->plan.expect_count = number != SIM_NONE;
    draft->plan.pair_count = number != SIM_NONE ? draft->expects[0].count : 0;
}

static bool is_used(const struct draft *draft, uint32_t path)
{
    for (uint32_t i = 0; i < draft->plan.node_count; i++)
        if (draft->nodes[i].path == path)
            return true;
    for (uint32_t i = 0; i < draft->plan.event_count; i++) {
        const struct sim_event *event = &draft->events[i];
        if ((event->kind == SIM_DO_PATH || event->kind == SIM_DO_ROAM) && event->path == path)
            return true;
    }
    return false;
}

/* Boxes are counted from 1. */
static bool is_needed(const struct draft *draft, uint32_t nat)
{
    for (uint32_t i = 0; i < draft->plan.node_count; i++)
        if (draft->nodes[i].nat == nat)
            return true;
    for (uint32_t i = 0; i < draft->plan.event_count; i++)
        if (draft->events[i].nat == nat && (draft->events[i].kind == SIM_DO_ROAM || draft->events[i].kind == SIM_DO_NAT_REBOOT))
            return true;
    for (uint32_t i = 0; i < draft->plan.nat_count; i++)
        if (draft->nats[i].behind == nat)
            return true;
    return false;
}

static void prune_nats(struct draft *draft)
{
    for (uint32_t nat = draft->plan.nat_count; nat > 0; nat--) { /* what is behind others comes later, and goes first */
        if (is_needed(draft, nat))
            continue;
        cut(draft->nats, &draft->plan.nat_count, sizeof *draft->nats, nat - 1, 1);
        for (uint32_t i = 0; i < draft->plan.node_count; i++)
            shift(&draft->nodes[i].nat, nat);
        for (uint32_t i = 0; i < draft->plan.event_count; i++)
            shift(&draft->events[i].nat, nat);
        for (uint32_t i = 0; i < draft->plan.nat_count; i++)
            shift(&draft->nats[i].behind, nat);
    }
}

void draft_prune(struct draft *draft)
{
    prune_nats(draft);
    for (uint32_t path = draft->plan.path_count; path-- > 0;) {
        if (is_used(draft, path))
            continue;
        cut(draft->paths, &draft->plan.path_count, sizeof *draft->paths, path, 1);
        for (uint32_t i = 0; i < draft->plan.node_count; i++)
            shift(&draft->nodes[i].path, path);
        for (uint32_t i = 0; i < draft->plan.event_count; i++)
            shift(&draft->events[i].path, path);
    }
}
