#include "state.h"

/* What a peer's timers ask for at this moment. A late call fires each timer once. */
static void fire(struct wrn_engine *engine, uint32_t slot)
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    unsigned          due = wrni_timers_take_due(&peer->timers, engine->now);

    if (due & WRNI_DUE_GIVE_UP) { /* P-71 */
        wrni_order_peer(engine, slot, WRNI_ORDER_PURGE);
        wrni_tell(engine, slot, WRN_EVENT_GAVE_UP);
    }
    if (due & WRNI_DUE_ZERO) { /* P-78; before a persistent keepalive that is due as well, which then asks for new keys */
        wrni_peer_clear_handshake(peer);
        wrni_order_peer(engine, slot, WRNI_ORDER_CLEAR);
        wrni_tell(engine, slot, WRN_EVENT_LOST);
        due &= ~(unsigned)WRNI_DUE_KEEPALIVE; /* late: what it was to answer came under those keys */
    }
    if (due & WRNI_DUE_RETRANSMIT) {
        wrni_order_peer(engine, slot, WRNI_ORDER_FORGET_PATH);
        wrni_request(engine, slot, true);
    }
    if (due & (WRNI_DUE_KEEPALIVE | WRNI_DUE_PERSISTENT)) /* one packet serves both (G-48) */
        wrni_order_peer(engine, slot, WRNI_ORDER_KEEPALIVE);
    if (due & WRNI_DUE_NEW_HANDSHAKE) {
        wrni_order_peer(engine, slot, WRNI_ORDER_FORGET_PATH);
        wrni_request(engine, slot, false);
    }
}

void wrni_run_due(struct wrn_engine *engine)
{
    struct wrni_heap *heap = wrni_heap_of(engine);
    uint32_t          slot;

    if (wrni_gate_settle(&engine->gate, engine->now))
        wrni_tell_engine(engine, WRN_EVENT_LOAD);
    while (wrni_heap_least(heap, &slot) <= engine->now && wrni_may_fire(engine)) {
        wrni_heap_remove(heap, slot);
        if (wrni_timers_deadline(&wrni_peer_at(engine, slot)->timers) <= engine->now)
            fire(engine, slot);
        wrni_touch(engine, slot);
    }
}

void wrn_advance(struct wrn_engine *engine, wrn_time now)
{
    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
}

static bool output_due(const struct wrn_engine *engine)
{
    return wrni_due_of(engine)->count || wrni_lane_due(wrni_inline_lane(engine))->count;
}

wrn_time wrn_deadline(struct wrn_engine *engine)
{
    struct wrni_heap *heap = wrni_heap_of(engine);
    wrn_time          least;
    uint32_t          slot;

    if (output_due(engine))
        return engine->now;
    for (;;) { /* entries may be early, never late: correct the least until it is true */
        least = wrni_heap_least(heap, &slot);
        if (least == WRN_NEVER)
            break;
        wrn_time truth = wrni_timers_deadline(&wrni_peer_at(engine, slot)->timers);
        if (truth == least)
            break;
        wrni_heap_set(heap, slot, truth);
    }
    if (engine->gate.loaded && engine->gate.loaded_until < least)
        least = engine->gate.loaded_until;
    return least < engine->now ? engine->now : least;
}
