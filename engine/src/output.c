#include "stamp.h"
#include "state.h"
#include "wire.h"

/* What is due for the net: initiations first, then what the lane owes. */

/* Our next stamp to this peer: the wall clock's, but never what we said before, to it or before the last restart (P-47, P-49). */
static void next_stamp(struct wrn_engine *engine, struct wrni_peer *peer, uint8_t stamp[12])
{
    uint8_t least[12];

    memset(stamp, 0, 12);
    if (engine->has_wall) {
        uint32_t nanoseconds;
        uint64_t seconds = wrni_wall_now(engine, &nanoseconds);
        wrni_stamp_make(stamp, seconds, nanoseconds);
    }
    memcpy(least, wrni_stamp_after(peer->stamp_sent, engine->stamp_floor) ? peer->stamp_sent : engine->stamp_floor, 12);
    if (!wrni_stamp_after(stamp, least)) {
        memcpy(stamp, least, 12);
        wrni_stamp_next(stamp);
    }
    memcpy(peer->stamp_sent, stamp, 12);
    if (wrni_stamp_after(stamp, engine->stamp_newest)) {
        memcpy(engine->stamp_newest, stamp, 12);
        wrni_tell_engine(engine, WRN_EVENT_STAMP);
    }
}

/* The bytes of an initiation, and the pending handshake. False: no identity, no key agreement, no free cell; nothing is pending.
 */
static bool write_initiation(struct wrn_engine *engine, uint32_t slot, uint8_t message[WRNI_INITIATION_BYTES])
{
    struct wrni_provider provider = wrni_provider_of(engine);
    struct wrni_peer    *peer = wrni_peer_at(engine, slot);
    uint8_t              ephemeral[32], stamp[12], mac1_key[32];
    uint32_t             index;

    wrni_peer_clear_handshake(peer); /* one outstanding (P-24) */
    if (!engine->identity.present)
        return false;
    struct wrni_remote remote = {peer->public_key, peer->preshared_key, wrni_static_static(engine, peer)};
    uint8_t            cell = wrni_peer_new_index(peer, &wrni_inline_lane(engine)->key, slot, &index);
    if (cell == WRNI_NO_CELL) { /* a lane's reports are late: like an initiation that got lost */
        wrni_timers_initiated(&peer->timers, engine->now);
        wrni_touch(engine, slot);
        return false;
    }
    memset(message, 0, WRNI_INITIATION_BYTES);
    wrni_store_le32(message, WRNI_INITIATION);
    wrni_store_le32(message + WRNI_AT_SENDER, index);
    wrni_drbg_bytes(&peer->drbg, ephemeral, sizeof ephemeral);
    wrni_peer_draw_jitter(peer);
    next_stamp(engine, peer, stamp);
    bool good = wrni_noise_write_initiation(provider, &engine->identity, &remote, ephemeral, stamp, message, &peer->handshake);
    wrni_wipe(ephemeral, sizeof ephemeral);
    if (!good)
        return false;
    peer->handshake_cell = cell;
    wrni_mac1_key(provider, peer->public_key, mac1_key);
    wrni_cookie_stamp(provider, &peer->jar, mac1_key, WRNI_INITIATION, message, engine->now);
    return true;
}

/* An initiation went out, or would have, had we known where to: timers do not ask for an endpoint. */
static void initiated(struct wrn_engine *engine, uint32_t slot, bool retry)
{
    struct wrni_timers *timers = &wrni_peer_at(engine, slot)->timers;
    if (retry) {
        timers->attempts++;
        wrni_tell(engine, slot, WRN_EVENT_RETRY);
    }
    wrni_timers_traversal(timers, engine->now);
    wrni_timers_any_sent(timers, false);
    wrni_timers_initiated(timers, engine->now);
    wrni_touch(engine, slot);
}

/* The initiation that this peer owes, into the buffer. False: nothing is to be sent. */
static bool initiate(struct wrn_engine *engine, uint32_t slot, struct wrn_packet *packet)
{
    struct wrni_peer       *peer = wrni_peer_at(engine, slot);
    const struct wrni_flow *flow = wrni_flow_at(engine, slot);
    bool                    retry = peer->due & WRNI_DUE_RETRY;
    uint8_t                 message[WRNI_INITIATION_BYTES];

    wrni_list_remove(wrni_due_of(engine), slot);
    peer->due = 0;
    if (!wrni_timers_may_initiate(&peer->timers, engine->now)) { /* a response went out since it was asked for */
        wrni_request(engine, slot, true); /* fresh or not: it was granted, so it comes later (P-168) */
        return false;
    }
    peer->timers.last_initiation = engine->now; /* even if it fails (section 24, P-69) */
    if (!write_initiation(engine, slot, message))
        return false;
    initiated(engine, slot, retry);
    if (!flow->endpoint.family || !packet->data || packet->capacity < WRNI_INITIATION_BYTES) {
        wrni_peer_clear_handshake(peer); /* it never left: nothing can answer it, and nothing can cross it */
        return false;
    }
    memcpy(packet->data, message, sizeof message);
    packet->offset = 0;
    packet->length = WRNI_INITIATION_BYTES;
    packet->tos = WRNI_HANDSHAKE_TOS;
    packet->verdict = WRN_SEND;
    packet->reason = WRN_REASON_NONE;
    packet->remote = flow->endpoint;
    packet->peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    wrni_flow_at(engine, slot)->tx_bytes += WRNI_INITIATION_BYTES;
    wrni_counters_of(engine)->initiations_sent++;
    return true;
}

static size_t initiations(struct wrn_engine *engine, struct wrn_packet *packets, size_t count)
{
    size_t given = 0;
    while (given < count) {
        uint32_t slot = wrni_list_first(wrni_due_of(engine));
        if (slot == WRNI_NONE)
            break;
        if (initiate(engine, slot, &packets[given]))
            given++;
    }
    wrni_counters_of(engine)->outputs += given;
    return given;
}

size_t wrn_net_output(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count)
{
    struct wrn_lane *lane = wrni_inline_lane(engine);
    size_t           given = 0;

    (void)wrni_clock(engine, now);
    wrni_run_due(engine);
    lane->now = engine->now;
    for (;;) { /* what the lane sends may wish for a handshake, which goes next, however much was asked for (law 2) */
        given += initiations(engine, packets + given, count - given);
        size_t before = given;
        given += wrni_lane_output(lane, engine->now, packets + given, count > given);
        wrni_drain(engine);
        if (given == count || (given == before && !wrni_due_of(engine)->count))
            return given;
    }
}

static void data_unsent(struct wrn_engine *engine, uint32_t slot, const uint8_t *message)
{
    uint64_t counter = wrni_load_le64(message + WRNI_DATA_COUNTER);
    bool     newest = counter >= wrni_flow_at(engine, slot)->data_newest;
    wrni_timers_data_unsent(&wrni_peer_at(engine, slot)->timers, counter, newest);
}

void wrn_net_unsent(struct wrn_engine *engine, wrn_time now, const struct wrn_packet *packets, size_t count)
{
    (void)wrni_clock(engine, now);
    for (size_t i = 0; i < count; i++) {
        const struct wrn_packet *packet = &packets[i];
        uint32_t                 slot = packet->peer.slot;
        wrni_counters_of(engine)->unsent++;
        if (slot >= engine->high || !wrni_alive(engine, slot) ||
            wrni_slot_at(engine, slot)->generation != packet->peer.generation)
            continue;
        struct wrni_flow *flow = wrni_flow_at(engine, slot);
        flow->tx_bytes -= flow->tx_bytes < packet->length ? flow->tx_bytes : packet->length;
        if (packet->length > WRNI_DATA_OVERHEAD && wrni_load_le32(packet->data + packet->offset) == WRNI_DATA)
            data_unsent(engine, slot, packet->data + packet->offset);
    }
}
