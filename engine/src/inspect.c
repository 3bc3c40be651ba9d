#include "warren/inspect.h"

#include "state.h"

void wrn_counters(const struct wrn_engine *engine, struct wrn_counters *counters) { *counters = *wrni_counters_of(engine); }

enum wrn_status wrn_peer_info(const struct wrn_engine *engine, struct wrn_peer handle, struct wrn_peer_info *info)
{
    if (wrni_resolve(engine, handle) != WRN_OK)
        return WRN_STALE;
    const struct wrni_peer *peer = wrni_peer_at(engine, handle.slot);
    struct wrni_flow       *flow = wrni_flow_at(engine, handle.slot);
    memset(info, 0, sizeof *info);
    memcpy(info->public_key, peer->public_key, 32);
    info->endpoint = flow->endpoint;
    info->rx_bytes = flow->rx_bytes;
    info->tx_bytes = flow->tx_bytes;
    info->handshake_seconds = peer->handshake_seconds;
    info->handshake_nanoseconds = peer->handshake_nanoseconds;
    info->staged = flow->queue.count;
    info->keepalive_s = peer->timers.persistent_s;
    info->pinned = flow->pinned;
    info->has_preshared_key = !wrni_is_zero(peer->preshared_key, 32);
    info->session_age_ns = WRN_NEVER;
    const struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
    if (current) {
        info->session_age_ns = engine->now - current->birth;
        info->has_session = current->may_send && current->sent < WRNI_REJECT_SEND &&
                            !wrni_expired(current->birth, WRNI_REJECT_AFTER_TIME, engine->now);
    }
    return WRN_OK;
}

static void view_session(const struct wrn_engine *engine, uint32_t slot, enum wrni_place place, struct wrn_session_view *view)
{
    struct wrni_flow          *flow = wrni_flow_at(engine, slot);
    const struct wrni_session *session = wrni_rotation_at(&flow->rotation, place);
    if (!session)
        return;
    uint32_t body = wrni_rotation_body(&flow->rotation, session);
    view->there = true;
    view->initiator = session->initiator;
    view->may_send = session->may_send;
    view->local_index = session->local_index;
    view->remote_index = session->remote_index;
    view->birth = session->birth;
    view->sent = session->sent;
    view->received = wrni_lane_window(wrni_inline_lane(engine), slot, body)->next;
}

enum wrn_status wrn_inspect_peer(const struct wrn_engine *engine, struct wrn_peer handle, struct wrn_peer_view *view)
{
    if (wrni_resolve(engine, handle) != WRN_OK)
        return WRN_STALE;
    const struct wrni_peer   *peer = wrni_peer_at(engine, handle.slot);
    const struct wrni_timers *timers = &peer->timers;
    memset(view, 0, sizeof *view);
    view_session(engine, handle.slot, WRNI_PREVIOUS, &view->sessions[WRN_PREVIOUS]);
    view_session(engine, handle.slot, WRNI_CURRENT, &view->sessions[WRN_CURRENT]);
    view_session(engine, handle.slot, WRNI_NEXT, &view->sessions[WRN_NEXT]);
    view->handshake_pending = peer->handshake_cell != WRNI_NO_CELL;
    view->handshake_index = view->handshake_pending ? peer->indices[peer->handshake_cell] : 0;
    view->retransmit = timers->retransmit;
    view->keepalive = timers->keepalive;
    view->new_handshake = timers->new_handshake;
    view->zero_keys = timers->zero_keys;
    view->persistent = timers->persistent;
    view->last_initiation_sent = timers->last_initiation;
    view->attempts = timers->attempts;
    view->need_another_keepalive = timers->need_another;
    view->has_cookie = peer->jar.has_cookie;
    memcpy(view->stamp_sent, peer->stamp_sent, 12);
    memcpy(view->stamp_received, peer->stamp_received, 12);
    return WRN_OK;
}

static uint32_t live_indices(const struct wrn_engine *engine, uint32_t slot)
{
    const struct wrni_peer *peer = wrni_peer_at(engine, slot);
    uint32_t                count = peer->handshake_cell != WRNI_NO_CELL;
    for (unsigned cells = (unsigned)peer->cells_reported | peer->cells_pending; cells; cells &= cells - 1)
        count++;
    return count;
}

void wrn_inspect_engine(const struct wrn_engine *engine, struct wrn_engine_view *view)
{
    const struct wrn_lane *lane = wrni_inline_lane(engine);
    memset(view, 0, sizeof *view);
    view->peers = engine->peers;
    view->prefixes = wrni_trie_count(wrni_lane_trie(lane));
    view->trie_nodes = wrni_trie_nodes(wrni_lane_trie(lane));
    view->staged = wrni_lane_stage(lane)->used;
    view->sources = wrni_sources_live(wrni_sources_of(engine), engine->now);
    for (uint32_t slot = 0; slot < engine->high; slot++)
        if (wrni_alive(engine, slot))
            view->indices += live_indices(engine, slot);
    view->under_load = engine->gate.loaded;
    view->up = wrni_up(engine);
    view->has_identity = engine->identity.present;
    view->newest_now = engine->now;
}

enum wrn_status wrn_inspect_index(const struct wrn_engine *engine, uint32_t index, struct wrn_peer *peer, bool *session)
{
    uint32_t address, generation;
    wrni_index_open(&wrni_inline_lane(engine)->key, index, &address, &generation);
    uint32_t slot = address / WRNI_CELLS;
    *peer = (struct wrn_peer){WRNI_NONE, 0};
    *session = false;
    if (slot >= engine->high || !wrni_alive(engine, slot) ||
        wrni_peer_index_cell(wrni_peer_at(engine, slot), index, session) == WRNI_NO_CELL)
        return WRN_NOT_FOUND;
    *peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    return WRN_OK;
}

/* Names. -------------------------------------------------------------------------------------------------------------------------- */

const char *wrn_reason_name(unsigned reason)
{
    static const char *const names[WRN_REASON_COUNT] = {
        "none",          "down",          "type",     "length",      "room",          "no_identity",   "mac1",
        "rate",          "unknown_peer",  "handshake", "stamp",      "flood",         "unsolicited",   "cookie",
        "lane_busy",     "index",         "expired",  "auth",        "replay",        "inner_version", "inner_length",
        "inner_source",  "no_route",      "no_endpoint", "staged_out", "purged",      "too_long"};
    return reason < WRN_REASON_COUNT ? names[reason] : "?";
}

const char *wrn_verdict_name(unsigned verdict)
{
    static const char *const names[WRN_VERDICT_COUNT] = {"unseen", "send", "deliver", "taken", "hold", "pass", "drop"};
    return verdict < WRN_VERDICT_COUNT ? names[verdict] : "?";
}

const char *wrn_status_name(unsigned status)
{
    static const char *const names[WRN_STATUS_COUNT] = {"ok",     "bad argument", "bad memory", "no room", "stale",   "not found",
                                                        "exists", "own key",      "busy",       "changed", "bad syntax"};
    return status < WRN_STATUS_COUNT ? names[status] : "?";
}
