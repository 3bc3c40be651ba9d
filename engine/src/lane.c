#include "lane.h"

#include "arena.h"
#include "wire.h"

static uint32_t lane_flows(const struct wrn_limits *limits, uint32_t lanes) { return (limits->peers + lanes - 1) / lanes; }

size_t wrni_lane_layout(struct wrn_lane *lane, const struct wrn_limits *limits, uint32_t lanes, uint32_t stage_slots)
{
    struct wrni_arena arena = {0};
    uint32_t          flows = lane_flows(limits, lanes);
    size_t            stage = wrni_stage_size(stage_slots, limits->stage_bytes);

    (void)wrni_carve(&arena, 1, sizeof *lane);
    lane->flows = flows;
    lane->lanes = lanes;
    lane->window_bits = limits->window_bits;
    lane->prefixes = limits->prefixes;
    lane->owners = limits->peers;
    lane->trie_at = wrni_carve(&arena, 1, wrni_trie_size(limits->prefixes, limits->peers));
    lane->flows_at = wrni_carve(&arena, flows, sizeof(struct wrni_flow));
    lane->windows_at = wrni_carve(&arena, flows, WRNI_PLACES * wrni_window_size(limits->window_bits));
    lane->stage_at = wrni_carve(&arena, 1, stage);
    lane->due_at = wrni_carve(&arena, 1, wrni_list_size(flows));
    lane->reports_at = wrni_carve(&arena, 1, wrni_list_size(flows));
    lane->size = arena.used;
    return arena.overflow || stage == SIZE_MAX ? SIZE_MAX : arena.used;
}

void wrni_lane_start(struct wrn_lane *lane, const struct wrn_limits *limits)
{
    uint32_t slots = lane->outside || lane->lanes == limits->lanes ? limits->stage_slots : 0;

    wrni_trie_init(wrni_lane_trie(lane), lane->prefixes, lane->owners);
    for (uint32_t id = 0; id < lane->flows; id++) {
        struct wrni_flow *flow = wrni_lane_flow(lane, id);
        memset(flow, 0, sizeof *flow);
        wrni_rotation_init(&flow->rotation);
    }
    memset(wrni_lane_part(lane, lane->windows_at), 0, lane->flows * WRNI_PLACES * wrni_window_size(lane->window_bits));
    wrni_stage_init(wrni_lane_stage(lane), slots, limits->stage_share, limits->stage_bytes);
    wrni_list_init(wrni_lane_due(lane), lane->flows);
    wrni_list_init(wrni_lane_waiting(lane), lane->flows);
}

void wrni_lane_copy(struct wrn_lane *to, const struct wrn_lane *from)
{
    WRNI_ASSERT(to->flows >= from->flows && to->window_bits == from->window_bits && to->lanes == from->lanes);
    to->crypto = from->crypto;
    to->context = from->context;
    to->number = from->number;
    to->mtu = from->mtu;
    to->up = from->up;
    to->outside = from->outside;
    to->key = from->key;
    to->now = from->now;
    to->counters = from->counters;
    wrni_trie_copy(wrni_lane_trie(to), wrni_lane_trie(from));
    memcpy(wrni_lane_flow(to, 0), wrni_lane_flow(from, 0), from->flows * sizeof(struct wrni_flow));
    memcpy(wrni_lane_part(to, to->windows_at), wrni_lane_part(from, from->windows_at),
           from->flows * WRNI_PLACES * wrni_window_size(from->window_bits));
    wrni_stage_copy(wrni_lane_stage(to), wrni_lane_stage(from));
    wrni_list_copy(wrni_lane_due(to), wrni_lane_due(from));
    wrni_list_copy(wrni_lane_waiting(to), wrni_lane_waiting(from));
}

struct wrni_window *wrni_lane_window(const struct wrn_lane *lane, uint32_t id, uint32_t body)
{
    size_t size = wrni_window_size(lane->window_bits);
    return wrni_lane_part(lane, lane->windows_at + ((size_t)id * WRNI_PLACES + body) * size);
}

struct wrni_flow *wrni_lane_find(const struct wrn_lane *lane, uint32_t slot, uint32_t *id)
{
    if (slot % lane->lanes != lane->number || slot / lane->lanes >= lane->flows)
        return NULL;
    *id = slot / lane->lanes;
    return wrni_lane_flow(lane, *id);
}

void wrni_lane_note(struct wrn_lane *lane, uint32_t id, uint32_t flags)
{
    wrni_lane_flow(lane, id)->flags |= flags;
    wrni_list_push(wrni_lane_waiting(lane), id);
}

bool wrni_lane_take_report(struct wrn_lane *lane, struct wrn_report *report)
{
    uint32_t id = wrni_list_first(wrni_lane_waiting(lane));
    if (id == WRNI_NONE)
        return false;
    struct wrni_flow *flow = wrni_lane_flow(lane, id);
    wrni_list_remove(wrni_lane_waiting(lane), id);
    memset(report, 0, sizeof *report);
    report->slot = id * lane->lanes + lane->number;
    report->generation = flow->generation;
    report->flags = flow->flags;
    report->cells = wrni_rotation_cells(&flow->rotation);
    report->sequence = flow->sequence;
    report->placed = flow->placed;
    report->received_at = flow->received_at;
    report->sent_at = flow->sent_at;
    report->data_counter = flow->data_counter;
    report->data_newest = flow->data_newest;
    report->endpoint = flow->endpoint;
    if (lane->outside) { /* the engine adds them to its own; inline the flow's are the engine's own */
        report->rx_bytes = flow->rx_bytes;
        report->tx_bytes = flow->tx_bytes;
        flow->rx_bytes = flow->tx_bytes = 0;
    }
    flow->flags = 0;
    return true;
}

/* A flow that owes nothing any more is not due, so that nobody is woken for it (P-80). */
static void owes_less(struct wrn_lane *lane, uint32_t id)
{
    const struct wrni_flow *flow = wrni_lane_flow(lane, id);
    if (!flow->queue.count && !flow->keepalive_due)
        wrni_list_remove(wrni_lane_due(lane), id);
}

static void purge(struct wrn_lane *lane, uint32_t id)
{
    lane->counters.reasons[WRN_REASON_PURGED] += wrni_stage_purge(wrni_lane_stage(lane), &wrni_lane_flow(lane, id)->queue);
    owes_less(lane, id);
}

static void clear(struct wrn_lane *lane, uint32_t id)
{
    struct wrni_flow *flow = wrni_lane_flow(lane, id);
    wrni_rotation_clear(&flow->rotation);
    for (uint32_t body = 0; body < WRNI_PLACES; body++)
        wrni_window_init(wrni_lane_window(lane, id, body), lane->window_bits);
    flow->keepalive_due = false;
    owes_less(lane, id);
    wrni_lane_note(lane, id, WRNI_REPORT_CELLS);
}

static void end_flow(struct wrn_lane *lane, uint32_t id)
{
    struct wrni_flow *flow = wrni_lane_flow(lane, id);
    purge(lane, id);
    clear(lane, id);
    wrni_list_remove(wrni_lane_due(lane), id);
    wrni_list_remove(wrni_lane_waiting(lane), id);
    wrni_wipe(flow, sizeof *flow);
    wrni_rotation_init(&flow->rotation);
}

static void begin_session(struct wrn_lane *lane, uint32_t id, const struct wrn_order *order)
{
    struct wrni_flow    *flow = wrni_lane_flow(lane, id);
    bool                 initiator = order->kind == WRNI_ORDER_INITIATED;
    struct wrni_session *session =
        initiator ? wrni_rotation_initiated(&flow->rotation) : wrni_rotation_responded(&flow->rotation);
    memcpy(session->send_key, order->send_key, sizeof session->send_key);
    memcpy(session->receive_key, order->receive_key, sizeof session->receive_key);
    session->sent = 0;
    session->birth = order->birth;
    session->local_index = order->local_index;
    session->remote_index = order->remote_index;
    session->cell = order->cell;
    session->initiator = initiator;
    session->may_send = true;
    session->rekey_asked = false;
    wrni_window_init(wrni_lane_window(lane, id, wrni_rotation_body(&flow->rotation, session)), lane->window_bits);
    flow->sequence = order->sequence;
    wrni_lane_note(lane, id, WRNI_REPORT_CELLS);
    if (initiator) {
        flow->keepalive_due = flow->queue.count == 0;
        wrni_list_push(wrni_lane_due(lane), id);
    }
}

void wrni_lane_flush(struct wrn_lane *lane, uint32_t id)
{
    if (wrni_lane_flow(lane, id)->queue.count)
        wrni_list_push(wrni_lane_due(lane), id);
}

/* P-119; but the scope of a link-local endpoint is part of its address (P-121). */
static void forget_path(struct wrni_flow *flow)
{
    if (!wrni_link_local(&flow->endpoint))
        flow->endpoint.host = 0;
}

/* Orders that name one peer. */
static void apply_to_flow(struct wrn_lane *lane, const struct wrn_order *order)
{
    uint32_t          id;
    struct wrni_flow *flow = wrni_lane_find(lane, order->slot, &id);
    if (order->slot >= lane->owners)
        wrn_panic("the engine has grown: wrn_lane_move comes first", __FILE__, __LINE__);
    if (order->kind == WRNI_ORDER_GONE)
        wrni_trie_remove_owner(wrni_lane_trie(lane), order->slot);
    if (!flow)
        return;
    if (order->kind == WRNI_ORDER_PEER) {
        flow->generation = order->generation;
        return;
    }
    if (flow->generation != order->generation)
        return;
    switch (order->kind) {
    case WRNI_ORDER_GONE:
        end_flow(lane, id);
        break;
    case WRNI_ORDER_ENDPOINT:
        flow->endpoint = order->endpoint;
        flow->pinned = order->flag;
        flow->placed = (uint16_t)order->value;
        flow->flags &= ~(uint32_t)WRNI_REPORT_ROAMED; /* where it was before is no news any more */
        break;
    case WRNI_ORDER_INITIATED:
    case WRNI_ORDER_RESPONDED:
        begin_session(lane, id, order);
        break;
    case WRNI_ORDER_KEEPALIVE:
        flow->keepalive_due = true;
        wrni_list_push(wrni_lane_due(lane), id);
        break;
    case WRNI_ORDER_FLUSH:
        wrni_lane_flush(lane, id);
        break;
    case WRNI_ORDER_PURGE:
        purge(lane, id);
        break;
    case WRNI_ORDER_CLEAR:
        clear(lane, id);
        break;
    case WRNI_ORDER_FORGET_PATH:
        forget_path(flow);
        break;
    default:
        wrn_panic("an order of no kind", __FILE__, __LINE__);
    }
}

static void retire(struct wrni_flow *flow)
{
    struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
    struct wrni_session *next = wrni_rotation_at(&flow->rotation, WRNI_NEXT);
    if (current)
        current->may_send = false;
    if (next)
        next->may_send = false;
}

/* Orders for every peer. */
static void apply_to_all(struct wrn_lane *lane, const struct wrn_order *order)
{
    for (uint32_t id = 0; id < lane->flows; id++) {
        struct wrni_flow *flow = wrni_lane_flow(lane, id);
        if (!flow->generation)
            continue;
        if (order->kind == WRNI_ORDER_FORGET_PATHS)
            forget_path(flow);
        else if (order->kind == WRNI_ORDER_RETIRE_ALL)
            retire(flow);
        else if (order->kind == WRNI_ORDER_FLUSH_ALL)
            wrni_lane_flush(lane, id);
        else
            clear(lane, id);
        if (order->kind == WRNI_ORDER_UP)
            purge(lane, id);
    }
}

static void apply_prefix(struct wrn_lane *lane, const struct wrn_order *order)
{
    if (!order->flag)
        (void)wrni_trie_remove(wrni_lane_trie(lane), &order->prefix, order->slot);
    else if (order->slot >= lane->owners || !wrni_trie_insert(wrni_lane_trie(lane), &order->prefix, order->slot, NULL))
        wrn_panic("the engine has grown: wrn_lane_move comes first", __FILE__, __LINE__);
}

void wrni_lane_apply(struct wrn_lane *lane, wrn_time now, const struct wrn_order *order)
{
    if (now > lane->now)
        lane->now = now;
    switch (order->kind) {
    case WRNI_ORDER_FORGET_PATHS:
    case WRNI_ORDER_CLEAR_ALL:
    case WRNI_ORDER_RETIRE_ALL:
    case WRNI_ORDER_FLUSH_ALL:
        apply_to_all(lane, order);
        break;
    case WRNI_ORDER_UP:
        lane->up = order->flag;
        if (!lane->up)
            apply_to_all(lane, order);
        break;
    case WRNI_ORDER_MTU:
        lane->mtu = (uint16_t)order->value;
        break;
    case WRNI_ORDER_PREFIX:
        apply_prefix(lane, order);
        break;
    default:
        apply_to_flow(lane, order);
    }
}
