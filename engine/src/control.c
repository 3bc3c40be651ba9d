#include "state.h"

/* Orders. ------------------------------------------------------------------------------------------------------------------------- */

bool wrni_orders_room(const struct wrn_engine *engine, uint32_t count)
{
    for (unsigned i = 0; i < engine->limits.lanes && !wrni_inline(engine); i++)
        if (engine->limits.orders - wrni_order_ring(engine, i)->count < count)
            return false;
    return true;
}

/* A firing peer gives at most this many orders: while there is no room, timers wait for the host to drain them. */
bool wrni_may_fire(const struct wrn_engine *engine) { return wrni_orders_room(engine, 8); }

static bool for_every_lane(uint32_t kind) { return kind == WRNI_ORDER_GONE || kind >= WRNI_ORDER_FORGET_PATHS; }

/* With outside lanes control keeps who is there, and where, in its own flows. The routes are its own in any case. */
static bool mirrored(uint32_t kind)
{
    return kind == WRNI_ORDER_PEER || kind == WRNI_ORDER_GONE || kind == WRNI_ORDER_ENDPOINT || kind == WRNI_ORDER_UP ||
           kind == WRNI_ORDER_MTU || kind == WRNI_ORDER_FORGET_PATH || kind == WRNI_ORDER_FORGET_PATHS;
}

static void put(struct wrn_engine *engine, unsigned lane, const struct wrn_order *order)
{
    if (!wrni_ring_put(wrni_order_ring(engine, lane), order))
        wrn_panic("room for orders is checked before", __FILE__, __LINE__);
}

void wrni_order(struct wrn_engine *engine, struct wrn_order *order)
{
    if (wrni_inline(engine)) {
        if (order->kind != WRNI_ORDER_PREFIX)
            wrni_lane_apply(wrni_inline_lane(engine), engine->now, order);
        wrni_wipe(order, sizeof *order);
        wrni_drain(engine);
        return;
    }
    if (mirrored(order->kind)) {
        wrni_lane_apply(wrni_inline_lane(engine), engine->now, order);
        wrni_drain(engine);
    }
    for (unsigned i = 0; i < engine->limits.lanes; i++)
        if (for_every_lane(order->kind) || order->slot % engine->limits.lanes == i)
            put(engine, i, order);
    wrni_wipe(order, sizeof *order);
}

void wrni_order_peer(struct wrn_engine *engine, uint32_t slot, enum wrni_order_kind kind)
{
    struct wrn_order order = {.kind = kind, .slot = slot, .generation = wrni_slot_at(engine, slot)->generation};
    wrni_order(engine, &order);
}

void wrni_order_all(struct wrn_engine *engine, enum wrni_order_kind kind, bool flag, uint32_t value)
{
    struct wrn_order order = {.kind = kind, .flag = flag, .value = value};
    wrni_order(engine, &order);
}

void wrni_order_endpoint(struct wrn_engine *engine, uint32_t slot, const struct wrn_endpoint *endpoint, bool pinned)
{
    uint16_t        *placed = &wrni_peer_at(engine, slot)->placed;
    *placed = (uint16_t)(*placed + !wrni_inline(engine));
    struct wrn_order order = {.kind = WRNI_ORDER_ENDPOINT,
                              .slot = slot,
                              .generation = wrni_slot_at(engine, slot)->generation,
                              .value = *placed,
                              .flag = pinned,
                              .endpoint = *endpoint};
    wrni_order(engine, &order);
}

size_t wrn_orders(struct wrn_engine *engine, unsigned lane, struct wrn_order *orders, size_t count)
{
    size_t given = 0;
    if (wrni_inline(engine) || lane >= engine->limits.lanes)
        return 0;
    while (given < count && wrni_ring_take(wrni_order_ring(engine, lane), &orders[given]))
        given++;
    return given;
}

/* What follows. ------------------------------------------------------------------------------------------------------------------- */

void wrni_touch(struct wrn_engine *engine, uint32_t slot)
{
    wrn_time deadline = wrni_timers_deadline(&wrni_peer_at(engine, slot)->timers);
    if (deadline < wrni_heap_time(wrni_heap_of(engine), slot)) /* later ones are corrected when they come up */
        wrni_heap_set(wrni_heap_of(engine), slot, deadline);
}

void wrni_tell(struct wrn_engine *engine, uint32_t slot, uint32_t bits)
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    peer->events = (uint8_t)(peer->events | bits);
    wrni_list_push(wrni_events_of(engine), slot);
}

void wrni_tell_engine(struct wrn_engine *engine, uint32_t bits) { engine->events |= bits; }

void wrni_request(struct wrn_engine *engine, uint32_t slot, bool retry)
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    if (!wrni_up(engine))
        return;
    if (!retry)
        peer->timers.attempts = 0;
    if (!wrni_timers_may_initiate(&peer->timers, engine->now)) {
        if (retry) {
            wrni_peer_draw_jitter(peer);
            wrni_timers_retry_later(&peer->timers);
            wrni_touch(engine, slot);
        }
        return;
    }
    if (peer->due & WRNI_DUE_INITIATION) {
        if (!retry)
            peer->due = WRNI_DUE_INITIATION;
        return;
    }
    peer->due = (uint8_t)(WRNI_DUE_INITIATION | (retry ? WRNI_DUE_RETRY : 0));
    wrni_list_push(wrni_due_of(engine), slot);
}

void wrni_completed(struct wrn_engine *engine, uint32_t slot)
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    wrni_timers_complete(&peer->timers);
    wrni_counters_of(engine)->handshakes++;
    if (engine->has_wall)
        peer->handshake_seconds = wrni_wall_now(engine, &peer->handshake_nanoseconds);
    wrni_tell(engine, slot, WRN_EVENT_SESSION);
}

const uint8_t *wrni_static_static(struct wrn_engine *engine, struct wrni_peer *peer)
{
    if (!peer->has_static_static) {
        (void)wrni_dh(wrni_provider_of(engine), engine->identity.secret, peer->public_key, peer->static_static);
        peer->has_static_static = true; /* zeros stay zeros: such a peer never completes a handshake (P-20) */
    }
    return peer->static_static;
}

/* Reports. ------------------------------------------------------------------------------------------------------------------------ */

static void report_received(struct wrn_engine *engine, uint32_t slot, const struct wrn_report *report, wrn_time at)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    if (!(report->flags & WRNI_REPORT_RECEIVED))
        return;
    wrni_timers_any_received(timers);
    wrni_timers_traversal(timers, at);
    if (report->flags & WRNI_REPORT_DATA)
        wrni_timers_data_received(timers, at);
    if (report->flags & WRNI_REPORT_MORE_DATA)
        wrni_timers_data_received(timers, at);
}

static void report_sent(struct wrn_engine *engine, uint32_t slot, const struct wrn_report *report, wrn_time at)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    if (!(report->flags & (WRNI_REPORT_SENT_DATA | WRNI_REPORT_SENT_KEEPALIVE)))
        return;
    wrni_timers_any_sent(timers, !(report->flags & WRNI_REPORT_SENT_DATA));
    wrni_timers_traversal(timers, at);
    if (report->flags & WRNI_REPORT_SENT_DATA)
        wrni_timers_data_sent(timers, at, report->data_counter);
}

static void take_report(struct wrn_engine *engine, const struct wrn_report *report)
{
    uint32_t slot = report->slot;
    if (slot >= engine->limits.peers || !wrni_alive(engine, slot) || wrni_slot_at(engine, slot)->generation != report->generation)
        return;
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    struct wrni_flow *flow = wrni_flow_at(engine, slot);
    /* An endpoint order on its way undoes this roaming: control keeps to its order, or the two would differ for good. */
    bool roamed = report->flags & WRNI_REPORT_ROAMED && report->placed == peer->placed;
    if (!wrni_inline(engine)) {
        flow->rx_bytes += report->rx_bytes;
        flow->tx_bytes += report->tx_bytes;
        flow->data_newest = report->data_newest;
        if (roamed)
            flow->endpoint = report->endpoint;
    }
    if (roamed)
        wrni_tell(engine, slot, WRN_EVENT_ENDPOINT);
    if (report->flags & WRNI_REPORT_CELLS)
        wrni_peer_cells_reported(peer, report->cells, report->sequence);
    if (wrni_up(engine)) { /* a report that was on its way while we went down arms nothing (P-68) */
        bool sent_first = report->flags & WRNI_REPORT_RECEIVED_LAST;
        if (report->flags & WRNI_REPORT_CONFIRMED)
            wrni_completed(engine, slot);
        if (sent_first)
            report_sent(engine, slot, report, report->sent_at);
        report_received(engine, slot, report, report->received_at);
        if (!sent_first)
            report_sent(engine, slot, report, report->sent_at);
        if (report->flags & WRNI_REPORT_WANT)
            wrni_request(engine, slot, false);
    }
    wrni_touch(engine, slot);
}

void wrni_drain(struct wrn_engine *engine)
{
    struct wrn_report report;
    while (wrni_lane_take_report(wrni_inline_lane(engine), &report))
        if (wrni_inline(engine))
            take_report(engine, &report);
}

void wrn_reports(struct wrn_engine *engine, wrn_time now, const struct wrn_report *reports, size_t count)
{
    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
    for (size_t i = 0; i < count; i++)
        take_report(engine, &reports[i]);
}
