#include "stamp.h"
#include "state.h"
#include "wire.h"

/*
 * What comes in. Data goes through the lane in runs; handshake messages are taken one by one, in the fixed order of the gate:
 * length and type, identity, mac1, index, load, mac2, rate, and only then Diffie-Hellman (P-27, P-29, P-40).
 */

#define FLOOD_GAP (WRN_SECOND / 50) /* P-45 */

static void verdict(struct wrn_engine *engine, struct wrn_packet *packet, enum wrn_verdict verdict, enum wrn_reason reason)
{
    wrni_verdict(wrni_counters_of(engine), WRNI_NET_SIDE, packet, verdict, reason);
}

static void drop(struct wrn_engine *engine, struct wrn_packet *packet, enum wrn_reason reason)
{
    verdict(engine, packet, WRN_DROP, reason);
}

/* The answer stands in the packet: it goes back to where the question came from. */
static void answer(struct wrn_engine *engine, struct wrn_packet *packet, uint32_t length, uint8_t tos)
{
    packet->length = length;
    packet->tos = tos;
    verdict(engine, packet, WRN_SEND, WRN_REASON_NONE);
}

static void roam(struct wrn_engine *engine, uint32_t slot, const struct wrn_endpoint *from)
{
    struct wrni_flow *flow = wrni_flow_at(engine, slot);
    if (flow->pinned || !wrni_endpoint_valid(from) || wrni_endpoint_same(&flow->endpoint, from))
        return;
    wrni_order_endpoint(engine, slot, from, false);
    wrni_tell(engine, slot, WRN_EVENT_ENDPOINT);
}

/* Authenticated traffic came in outside of data (P-93, P-116). */
static void authentic(struct wrn_engine *engine, uint32_t slot, uint32_t bytes)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    wrni_flow_at(engine, slot)->rx_bytes += bytes;
    wrni_timers_any_received(timers);
    wrni_timers_traversal(timers, engine->now);
    wrni_touch(engine, slot);
}

static struct wrni_remote remote_of(struct wrn_engine *engine, struct wrni_peer *peer)
{
    return (struct wrni_remote){peer->public_key, peer->preshared_key, wrni_static_static(engine, peer)};
}

static void order_session(struct wrn_engine *engine, uint32_t slot, enum wrni_order_kind kind, uint8_t cell,
                          uint32_t remote_index, const uint8_t chain[32])
{
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    struct wrn_order  order = {.kind = kind,
                               .slot = slot,
                               .generation = wrni_slot_at(engine, slot)->generation,
                               .local_index = peer->indices[cell],
                               .remote_index = remote_index,
                               .cell = cell,
                               .birth = engine->now};
    uint8_t          *first = kind == WRNI_ORDER_INITIATED ? order.send_key : order.receive_key;
    uint8_t          *second = kind == WRNI_ORDER_INITIATED ? order.receive_key : order.send_key;
    wrni_noise_split(wrni_provider_of(engine), chain, first, second);
    order.sequence = wrni_peer_take_cell(peer, cell);
    wrni_timers_session_derived(&peer->timers, engine->now);
    wrni_order(engine, &order);
}

/* Initiation. ---------------------------------------------------------------------------------------------------------------- */

/* Answer an accepted initiation, over it. A response that cannot be made is silence (P-19). */
static bool respond(struct wrn_engine *engine, uint32_t slot, const struct wrni_reading *reading,
                    const struct wrni_remote *remote, struct wrn_packet *packet)
{
    struct wrni_provider provider = wrni_provider_of(engine);
    struct wrni_peer    *peer = wrni_peer_at(engine, slot);
    uint8_t             *message = packet->data + packet->offset;
    uint8_t              response[WRNI_RESPONSE_BYTES] = {0}, ephemeral[32], chain[32], mac1_key[32];
    uint32_t             remote_index = wrni_load_le32(message + WRNI_AT_SENDER), index;

    peer->timers.last_initiation = engine->now; /* answering counts (P-69) */
    uint8_t cell = wrni_peer_new_index(peer, &wrni_inline_lane(engine)->key, slot, &index);
    if (cell == WRNI_NO_CELL)
        return false;
    wrni_drbg_bytes(&peer->drbg, ephemeral, sizeof ephemeral);
    wrni_peer_draw_jitter(peer);
    wrni_store_le32(response, WRNI_RESPONSE);
    wrni_store_le32(response + WRNI_AT_SENDER, index);
    wrni_store_le32(response + WRNI_RESP_RECEIVER, remote_index);
    bool good = wrni_noise_write_response(provider, reading, remote, ephemeral, response, chain);
    wrni_wipe(ephemeral, sizeof ephemeral);
    if (!good)
        return false;
    wrni_mac1_key(provider, peer->public_key, mac1_key);
    wrni_cookie_stamp(provider, &peer->jar, mac1_key, WRNI_RESPONSE, response, engine->now);
    memcpy(message, response, sizeof response);

    order_session(engine, slot, WRNI_ORDER_RESPONDED, cell, remote_index, chain);
    wrni_wipe(chain, sizeof chain);
    wrni_timers_traversal(&peer->timers, engine->now);
    wrni_timers_any_sent(&peer->timers, false);
    wrni_flow_at(engine, slot)->tx_bytes += WRNI_RESPONSE_BYTES;
    wrni_counters_of(engine)->responses_sent++;
    return true;
}

/* Everything that must hold before an initiation changes anything. */
static enum wrn_reason open_initiation(struct wrn_engine *engine, const uint8_t *message, struct wrni_reading *reading,
                                       uint32_t *slot, struct wrni_remote *remote, uint8_t stamp[12])
{
    struct wrni_provider provider = wrni_provider_of(engine);
    uint8_t              public_key[32];

    if (!wrni_noise_open_static(provider, &engine->identity, message, reading, public_key))
        return WRN_REASON_HANDSHAKE;
    *slot = wrni_keymap_find(wrni_keymap_of(engine), wrni_keys_of(engine), public_key);
    if (*slot == WRNI_NONE)
        return WRN_REASON_UNKNOWN_PEER;
    struct wrni_peer *peer = wrni_peer_at(engine, *slot);
    *remote = remote_of(engine, peer);
    if (!wrni_noise_open_stamp(provider, reading, remote, message, stamp))
        return WRN_REASON_HANDSHAKE;
    if (!wrni_stamp_after(stamp, peer->stamp_received))
        return WRN_REASON_STAMP;
    if (peer->last_consumed != WRN_NEVER && !wrni_expired(peer->last_consumed, FLOOD_GAP, engine->now))
        return WRN_REASON_FLOOD;
    return WRN_REASON_NONE;
}

static void take_initiation(struct wrn_engine *engine, struct wrn_packet *packet)
{
    struct wrni_reading reading;
    struct wrni_remote  remote;
    uint8_t             stamp[12];
    uint32_t            slot;

    if (!wrni_orders_room(engine, 2)) {
        drop(engine, packet, WRN_REASON_LANE_BUSY);
        return;
    }
    enum wrn_reason reason = open_initiation(engine, packet->data + packet->offset, &reading, &slot, &remote, stamp);
    if (reason != WRN_REASON_NONE) {
        wrni_wipe(&reading, sizeof reading);
        drop(engine, packet, reason);
        return;
    }
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    memcpy(peer->stamp_received, stamp, sizeof stamp);
    peer->last_consumed = engine->now;
    /* Ours, if one was out, is superseded (P-24, P-25). The larger key yields: any order will do that both sides see alike. */
    if (peer->handshake_cell != WRNI_NO_CELL && peer->timers.retransmit != WRN_NEVER &&
        memcmp(engine->identity.public_key, peer->public_key, 32) > 0)
        wrni_timers_yield(&peer->timers);
    wrni_peer_clear_handshake(peer);
    packet->peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    roam(engine, slot, &packet->remote);
    bool responded = respond(engine, slot, &reading, &remote, packet);
    wrni_wipe(&reading, sizeof reading);
    authentic(engine, slot, WRNI_INITIATION_BYTES);
    if (responded) {
        if (wrni_flow_at(engine, slot)->pinned && wrni_flow_at(engine, slot)->endpoint.family)
            packet->remote = wrni_flow_at(engine, slot)->endpoint;
        answer(engine, packet, WRNI_RESPONSE_BYTES, WRNI_HANDSHAKE_TOS);
    } else {
        drop(engine, packet, WRN_REASON_HANDSHAKE);
    }
}

/* Response. ------------------------------------------------------------------------------------------------------------------ */

/* The peer whose pending handshake has this index, or WRNI_NONE (P-23, P-52). */
static uint32_t pending_peer(const struct wrn_engine *engine, uint32_t index, bool *session)
{
    uint32_t address, generation;
    wrni_index_open(&wrni_inline_lane(engine)->key, index, &address, &generation);
    uint32_t slot = address / WRNI_CELLS;
    if (slot >= engine->high || !wrni_alive(engine, slot))
        return WRNI_NONE;
    return wrni_peer_index_cell(wrni_peer_at(engine, slot), index, session) == WRNI_NO_CELL ? WRNI_NONE : slot;
}

static void take_response(struct wrn_engine *engine, struct wrn_packet *packet, uint32_t slot)
{
    struct wrni_provider provider = wrni_provider_of(engine);
    struct wrni_peer    *peer = wrni_peer_at(engine, slot);
    uint8_t             *message = packet->data + packet->offset;
    uint8_t              chain[32], cell = peer->handshake_cell;

    if (!wrni_orders_room(engine, 2)) {
        drop(engine, packet, WRN_REASON_LANE_BUSY);
        return;
    }
    struct wrni_remote remote = remote_of(engine, peer);
    if (!wrni_noise_read_response(provider, &engine->identity, &peer->handshake, &remote, message, chain)) {
        drop(engine, packet, WRN_REASON_HANDSHAKE);
        return;
    }
    packet->peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    roam(engine, slot, &packet->remote);
    wrni_peer_clear_handshake(peer);
    order_session(engine, slot, WRNI_ORDER_INITIATED, cell, wrni_load_le32(message + WRNI_AT_SENDER), chain);
    wrni_wipe(chain, sizeof chain);
    peer->due = 0; /* an initiation that was about to go is answered before it left */
    wrni_list_remove(wrni_due_of(engine), slot);
    wrni_completed(engine, slot);
    authentic(engine, slot, WRNI_RESPONSE_BYTES);
    verdict(engine, packet, WRN_TAKEN, WRN_REASON_NONE);
}

/* Cookie reply (P-34, P-35). ------------------------------------------------------------------------------------------------- */

static void take_cookie(struct wrn_engine *engine, struct wrn_packet *packet)
{
    struct wrni_provider provider = wrni_provider_of(engine);
    const uint8_t       *message = packet->data + packet->offset;
    uint8_t              key[32];
    bool                 session;
    uint32_t             slot = pending_peer(engine, wrni_load_le32(message + WRNI_AT_RECEIVER), &session);

    if (slot == WRNI_NONE) {
        drop(engine, packet, WRN_REASON_UNSOLICITED);
        return;
    }
    struct wrni_peer *peer = wrni_peer_at(engine, slot);
    wrni_cookie_key(provider, peer->public_key, key);
    if (!wrni_cookie_consume(provider, &peer->jar, key, message, engine->now)) {
        drop(engine, packet, WRN_REASON_COOKIE);
        return;
    }
    packet->peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    verdict(engine, packet, WRN_TAKEN, WRN_REASON_NONE);
}

/* The gate. ------------------------------------------------------------------------------------------------------------------ */

static void reply_cookie(struct wrn_engine *engine, struct wrn_packet *packet, enum wrni_kind kind)
{
    uint8_t *message = packet->data + packet->offset;
    wrni_cookie_reply(wrni_provider_of(engine), &engine->gate.checker, &engine->identity, kind, message, &packet->remote,
                      engine->now, message);
    wrni_counters_of(engine)->cookies_sent++;
    answer(engine, packet, WRNI_COOKIE_BYTES, 0);
}

static void take_handshake(struct wrn_engine *engine, struct wrn_packet *packet, enum wrni_kind kind)
{
    struct wrni_provider provider = wrni_provider_of(engine);
    const uint8_t       *message = packet->data + packet->offset;
    uint32_t             slot = WRNI_NONE;
    bool                 session = false, was_loaded = engine->gate.loaded;

    if (!engine->identity.present) {
        drop(engine, packet, WRN_REASON_NO_IDENTITY);
        return;
    }
    if (!wrni_mac1_valid(provider, &engine->identity, kind, message)) {
        drop(engine, packet, WRN_REASON_MAC1);
        return;
    }
    if (kind == WRNI_RESPONSE) {
        slot = pending_peer(engine, wrni_load_le32(message + WRNI_RESP_RECEIVER), &session);
        if (slot == WRNI_NONE || session) {
            drop(engine, packet, WRN_REASON_UNSOLICITED);
            return;
        }
    }
    enum wrni_passage passage =
        wrni_gate_pass(&engine->gate, provider, wrni_sources_of(engine), kind, message, &packet->remote, engine->now);
    if (engine->gate.loaded != was_loaded)
        wrni_tell_engine(engine, WRN_EVENT_LOAD);
    if (passage == WRNI_PASSAGE_COOKIE)
        reply_cookie(engine, packet, kind);
    else if (passage == WRNI_PASSAGE_DENIED)
        drop(engine, packet, WRN_REASON_RATE);
    else if (kind == WRNI_INITIATION)
        take_initiation(engine, packet);
    else
        take_response(engine, packet, slot);
}

/* The flow calls. ------------------------------------------------------------------------------------------------------------ */

/* What control takes itself; WRNI_UNKNOWN: everything else, which the lane judges. */
static enum wrni_kind control_kind(const struct wrn_engine *engine, const struct wrn_packet *packet)
{
    uint8_t reason;
    if (!wrni_up(engine) || !wrni_packet_sound(packet))
        return WRNI_UNKNOWN;
    enum wrni_kind kind = wrni_wire_kind(packet->data + packet->offset, packet->length, &reason);
    return kind == WRNI_DATA ? WRNI_UNKNOWN : kind;
}

static void drain(void *engine) { wrni_drain(engine); }

static void data_in(struct wrn_engine *engine, struct wrn_packet *packets, size_t count)
{
    struct wrn_lane *lane = wrni_inline_lane(engine);
    lane->now = engine->now;
    wrni_lane_net(lane, engine->now, packets, count, drain, engine);
    wrni_drain(engine);
}

/* With outside lanes data is theirs, whatever it is: the index names the lane. */
static void pass_data(struct wrn_engine *engine, struct wrn_packet *packets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t  reason;
        uint32_t address, generation;
        bool     sound = wrni_packet_sound(&packets[i]);
        const uint8_t *message = sound ? packets[i].data + packets[i].offset : NULL;
        packets[i].peer = (struct wrn_peer){WRNI_NONE, 0};
        if (!sound || !wrni_up(engine) || wrni_wire_kind(message, packets[i].length, &reason) != WRNI_DATA) {
            data_in(engine, &packets[i], 1); /* a refusal */
            continue;
        }
        wrni_index_open(&wrni_inline_lane(engine)->key, wrni_load_le32(message + WRNI_AT_RECEIVER), &address, &generation);
        packets[i].lane = (uint8_t)(address / WRNI_CELLS % engine->limits.lanes);
        verdict(engine, &packets[i], WRN_PASS, WRN_REASON_NONE);
    }
}

void wrn_net_input(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count)
{
    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
    for (size_t i = 0; i < count;) {
        enum wrni_kind kind = control_kind(engine, &packets[i]);
        size_t         run = 0;
        while (i + run < count && kind == WRNI_UNKNOWN) {
            run++;
            kind = i + run < count ? control_kind(engine, &packets[i + run]) : WRNI_UNKNOWN;
        }
        if (run && wrni_inline(engine))
            data_in(engine, &packets[i], run);
        else if (run)
            pass_data(engine, &packets[i], run);
        i += run;
        if (i == count)
            break;
        packets[i].peer = (struct wrn_peer){WRNI_NONE, 0};
        if (kind == WRNI_COOKIE)
            take_cookie(engine, &packets[i]);
        else
            take_handshake(engine, &packets[i], kind);
        i++;
    }
}

void wrn_tun_input(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count)
{
    struct wrn_lane *lane = wrni_inline_lane(engine);
    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
    lane->now = engine->now;
    if (wrni_inline(engine)) {
        wrni_lane_tun(lane, engine->now, packets, count, drain, engine);
        wrni_drain(engine);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        packets[i].peer = (struct wrn_peer){WRNI_NONE, 0};
        packets[i].lane = 0; /* any lane knows the routes and passes on what is not its own */
        wrni_verdict(wrni_counters_of(engine), WRNI_TUN_SIDE, &packets[i], WRN_PASS, WRN_REASON_NONE);
    }
}
