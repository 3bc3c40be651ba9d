#include "inner.h"
#include "lane.h"
#include "wire.h"

#define DATAGRAM_MAX 65535u

void wrni_verdict(struct wrn_counters *counters, enum wrni_side side, struct wrn_packet *packet, enum wrn_verdict verdict,
                  enum wrn_reason reason)
{
    packet->verdict = (uint8_t)verdict;
    packet->reason = (uint8_t)reason;
    if (side == WRNI_TUN_SIDE)
        counters->tun_verdicts[verdict]++;
    else
        counters->net_verdicts[verdict]++;
    if (reason != WRN_REASON_NONE)
        counters->reasons[reason]++;
}

static void drop(struct wrn_lane *lane, enum wrni_side side, struct wrn_packet *packet, enum wrn_reason reason)
{
    wrni_verdict(&lane->counters, side, packet, WRN_DROP, reason);
}

static void pass(struct wrn_lane *lane, enum wrni_side side, struct wrn_packet *packet, uint32_t to)
{
    packet->lane = (uint8_t)to;
    wrni_verdict(&lane->counters, side, packet, WRN_PASS, WRN_REASON_NONE);
}

/* Plan: tun side. --------------------------------------------------------------------------------------------------------------- */

void wrni_plan_seal(struct wrni_session *session, struct wrn_packet *packet, struct wrn_job *job, uint32_t padding)
{
    uint8_t *plain = packet->data + packet->offset;
    uint8_t *header = plain - WRNI_DATA_HEADER;

    memset(plain + packet->length, 0, padding);
    job->kind = WRNI_JOB_SEAL;
    job->packet = packet;
    job->index = session->local_index;
    job->plain = packet->length + padding;
    memcpy(job->key, session->send_key, sizeof job->key);
    job->aead = (struct wrn_aead){.key = job->key, .counter = session->sent++, .data = plain, .length = job->plain};
    wrni_store_le32(header, WRNI_DATA);
    wrni_store_le32(header + WRNI_AT_RECEIVER, session->remote_index);
    wrni_store_le64(header + WRNI_DATA_COUNTER, job->aead.counter);
}

/* No session to send with: keep it for later. */
static void stage(struct wrn_lane *lane, uint32_t id, struct wrn_packet *packet)
{
    struct wrni_flow *flow = wrni_lane_flow(lane, id);
    if (packet->length > wrni_lane_stage(lane)->bytes && wrni_lane_stage(lane)->slots) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_TOO_LONG);
        return;
    }
    if (!wrni_lane_stage(lane)->slots) {
        wrni_verdict(&lane->counters, WRNI_TUN_SIDE, packet, WRN_HOLD, WRN_REASON_NONE);
        return;
    }
    switch (wrni_stage_put(wrni_lane_stage(lane), &flow->queue, packet->data + packet->offset, packet->length, packet->mtu)) {
    case WRNI_STAGED_OVER_OLDEST:
        lane->counters.reasons[WRN_REASON_STAGED_OUT]++;
        wrni_verdict(&lane->counters, WRNI_TUN_SIDE, packet, WRN_TAKEN, WRN_REASON_NONE);
        break;
    case WRNI_STAGED:
        wrni_verdict(&lane->counters, WRNI_TUN_SIDE, packet, WRN_TAKEN, WRN_REASON_NONE);
        break;
    default:
        wrni_verdict(&lane->counters, WRNI_TUN_SIDE, packet, WRN_HOLD, WRN_REASON_NONE);
    }
}

static void plan_route(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job, uint32_t slot, uint8_t tos)
{
    uint32_t          id;
    struct wrni_flow *flow = wrni_lane_find(lane, slot, &id);
    if (!flow) {
        pass(lane, WRNI_TUN_SIDE, packet, slot % lane->lanes);
        return;
    }
    packet->peer = (struct wrn_peer){slot, flow->generation};
    if (!flow->endpoint.family) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_NO_ENDPOINT);
        return;
    }
    uint32_t padding = wrni_wire_padding(packet->length, packet->mtu ? packet->mtu : lane->mtu);
    if (packet->length + padding + WRNI_DATA_OVERHEAD > DATAGRAM_MAX) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_TOO_LONG);
        return;
    }
    struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
    bool                 sendable = current && wrni_session_sendable(current, now);
    if (!sendable || flow->queue.count) { /* what waits goes first (P-83) */
        if (!sendable)
            *job = (struct wrn_job){.kind = WRNI_JOB_WANT, .slot = slot, .generation = flow->generation};
        else
            wrni_list_push(wrni_lane_due(lane), id);
        stage(lane, id, packet);
        return;
    }
    if (packet->capacity - packet->offset - packet->length < padding + WRN_TAG_BYTES) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_ROOM);
        return;
    }
    packet->tos = wrni_ecn_encapsulate(tos);
    packet->remote = flow->endpoint;
    job->slot = slot;
    job->generation = flow->generation;
    wrni_plan_seal(current, packet, job, padding);
}

void wrni_plan_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job)
{
    struct wrni_inner inner;
    uint8_t           reason = WRN_REASON_NONE;

    job->kind = WRNI_JOB_DONE;
    packet->peer = (struct wrn_peer){WRNI_NONE, 0};
    if (!wrni_packet_sound(packet) || packet->offset < WRN_HEADROOM) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_ROOM);
        return;
    }
    if (!lane->up) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_DOWN);
        return;
    }
    if (packet->length > DATAGRAM_MAX) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_TOO_LONG);
        return;
    }
    if (!wrni_inner_read(packet->data + packet->offset, packet->length, false, &inner, &reason)) {
        drop(lane, WRNI_TUN_SIDE, packet, (enum wrn_reason)reason);
        return;
    }
    uint32_t slot = wrni_trie_lookup(wrni_lane_trie(lane), inner.family, inner.destination);
    if (slot == WRNI_NONE)
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_NO_ROUTE);
    else
        plan_route(lane, now, packet, job, slot, inner.tos);
}

/* Plan: net side. --------------------------------------------------------------------------------------------------------------- */

static uint32_t slot_of(const struct wrn_lane *lane, uint32_t index)
{
    uint32_t address, generation;
    wrni_index_open(&lane->key, index, &address, &generation);
    return address / 4;
}

/* Packets come in runs of one session: what its index is an address of is known from the job before. */
static void plan_open(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job,
                      const struct wrn_job *before)
{
    uint8_t *message = packet->data + packet->offset;
    uint32_t index = wrni_load_le32(message + WRNI_AT_RECEIVER), id;
    uint32_t slot = before && before->kind == WRNI_JOB_OPEN && before->index == index ? before->slot : slot_of(lane, index);

    if (slot % lane->lanes != lane->number) {
        pass(lane, WRNI_NET_SIDE, packet, slot % lane->lanes);
        return;
    }
    struct wrni_flow    *flow = wrni_lane_find(lane, slot, &id);
    struct wrni_session *session = flow && flow->generation ? wrni_rotation_find(&flow->rotation, index) : NULL;
    if (!session) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_INDEX);
        return;
    }
    packet->peer = (struct wrn_peer){slot, flow->generation};
    struct wrni_window *window = wrni_lane_window(lane, id, wrni_rotation_body(&flow->rotation, session));
    if (!wrni_session_receivable(session, window, now)) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_EXPIRED);
        return;
    }
    job->kind = WRNI_JOB_OPEN;
    job->packet = packet;
    job->slot = slot;
    job->generation = flow->generation;
    job->index = index;
    job->plain = packet->length - WRNI_DATA_OVERHEAD;
    memcpy(job->key, session->receive_key, sizeof job->key);
    job->aead = (struct wrn_aead){.key = job->key,
                                  .counter = wrni_load_le64(message + WRNI_DATA_COUNTER),
                                  .data = message + WRNI_DATA_HEADER,
                                  .length = job->plain};
}

void wrni_plan_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packet, struct wrn_job *job, const struct wrn_job *before)
{
    uint8_t reason = WRN_REASON_NONE;

    job->kind = WRNI_JOB_DONE;
    packet->peer = (struct wrn_peer){WRNI_NONE, 0};
    if (!wrni_packet_sound(packet)) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_ROOM);
        return;
    }
    if (!lane->up) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_DOWN);
        return;
    }
    switch (wrni_wire_kind(packet->data + packet->offset, packet->length, &reason)) {
    case WRNI_UNKNOWN:
        drop(lane, WRNI_NET_SIDE, packet, (enum wrn_reason)reason);
        break;
    case WRNI_DATA:
        plan_open(lane, now, packet, job, before);
        break;
    default:
        pass(lane, WRNI_NET_SIDE, packet, WRN_LANE_CONTROL);
    }
}

/* Crypt. -------------------------------------------------------------------------------------------------------------------------- */

void wrn_crypt(const struct wrn_crypto *crypto, void *context, struct wrn_job *jobs, size_t count)
{
    for (size_t first = 0; first < count; first += WRNI_BATCH) {
        struct wrn_aead seals[WRNI_BATCH], opens[WRNI_BATCH];
        struct wrn_job *opened[WRNI_BATCH];
        size_t          sealing = 0, opening = 0;
        for (size_t i = first; i < count && i < first + WRNI_BATCH; i++) {
            jobs[i].aead.key = jobs[i].key; /* the job may have been moved since it was planned */
            if (jobs[i].kind == WRNI_JOB_SEAL) {
                jobs[i].aead.good = true; /* settle sends nothing that did not come this way */
                seals[sealing++] = jobs[i].aead;
            } else if (jobs[i].kind == WRNI_JOB_OPEN) {
                opened[opening] = &jobs[i];
                opens[opening++] = jobs[i].aead;
            }
        }
        if (sealing)
            crypto->seal(context, seals, sealing);
        if (opening)
            crypto->open(context, opens, opening);
        for (size_t i = 0; i < opening; i++)
            opened[i]->aead.good = opens[i].good;
    }
}
