#include "inner.h"
#include "lane.h"
#include "wire.h"

/*
 * What a lane owes the net: staged packets first, in order; a keepalive only when nothing is staged (P-85). A peer that cannot
 * send leaves the due list and wishes for a handshake; what is staged stays.
 */

static bool empty_buffer(struct wrn_packet *packet, const struct wrni_flow *flow, uint32_t slot)
{
    packet->offset = WRN_HEADROOM;
    packet->length = 0;
    packet->mtu = 0;
    packet->reason = WRN_REASON_NONE;
    packet->remote = flow->endpoint;
    packet->peer = (struct wrn_peer){slot, flow->generation};
    return packet->data && packet->capacity >= WRN_HEADROOM + WRN_TAG_BYTES;
}

static void lost(struct wrn_lane *lane, struct wrni_flow *flow, enum wrn_reason reason)
{
    wrni_stage_pop(wrni_lane_stage(lane), &flow->queue);
    lane->counters.reasons[reason]++;
}

/* The next staged packet of this flow into the buffer, as a job. False: it was lost, or there was none. */
static bool plan_staged(struct wrn_lane *lane, struct wrni_flow *flow, struct wrni_session *current, struct wrn_packet *packet,
                        struct wrn_job *job)
{
    struct wrni_staged staged;
    struct wrni_inner  inner;
    uint8_t            reason;

    if (!wrni_stage_peek(wrni_lane_stage(lane), &flow->queue, &staged))
        return false;
    uint32_t padding = wrni_wire_padding(staged.length, staged.mtu ? staged.mtu : lane->mtu);
    if (packet->capacity - WRN_HEADROOM - WRN_TAG_BYTES < staged.length + padding) {
        lost(lane, flow, WRN_REASON_ROOM);
        return false;
    }
    memcpy(packet->data + packet->offset, staged.data, staged.length);
    packet->length = staged.length;
    packet->mtu = staged.mtu;
    packet->tos = 0;
    if (wrni_inner_read(staged.data, staged.length, false, &inner, &reason))
        packet->tos = wrni_ecn_encapsulate(inner.tos);
    wrni_stage_pop(wrni_lane_stage(lane), &flow->queue);
    wrni_plan_seal(current, packet, job, padding);
    return true;
}

/* One message of the flow at the head of the due list, or the flow leaves it. True: the packet is filled, the job planned. */
static bool plan_next(struct wrn_lane *lane, wrn_time now, uint32_t id, struct wrn_packet *packet, struct wrn_job *job)
{
    struct wrni_flow    *flow = wrni_lane_flow(lane, id);
    struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
    bool                 wanted = flow->queue.count || flow->keepalive_due;

    job->kind = WRNI_JOB_DONE;
    if (!wanted || !current || !wrni_session_sendable(current, now)) {
        wrni_list_remove(wrni_lane_due(lane), id);
        flow->keepalive_due = false;
        if (wanted)
            wrni_lane_note(lane, id, WRNI_REPORT_WANT);
        return false;
    }
    uint32_t slot = id * lane->lanes + lane->number;
    if (!empty_buffer(packet, flow, slot)) {
        if (flow->queue.count)
            lost(lane, flow, WRN_REASON_ROOM);
        flow->keepalive_due = false;
        return false;
    }
    bool filled = true;
    if (flow->queue.count) {
        filled = plan_staged(lane, flow, current, packet, job);
    } else {
        packet->tos = 0;
        wrni_plan_seal(current, packet, job, 0);
    }
    if (filled)
        flow->keepalive_due = false;
    job->slot = slot;
    job->generation = flow->generation;
    return filled;
}

/* A peer without an endpoint runs its timers all the same (section 24, lacking rule 4): the message is made and goes nowhere. Data
 * among it counts as purged, and not as sent. */
static bool settle_output(struct wrn_lane *lane, wrn_time now, struct wrn_job *job)
{
    uint32_t           id;
    struct wrni_flow  *flow = wrni_lane_find(lane, job->slot, &id);
    struct wrn_packet *packet = job->packet;

    packet->offset -= WRNI_DATA_HEADER;
    packet->length = job->plain + WRNI_DATA_OVERHEAD;
    packet->verdict = WRN_SEND;
    bool lost_data = !packet->remote.family && job->plain;
    wrni_sent(lane, id, now, lost_data ? 0 : job->plain, job->aead.counter);
    wrni_wipe(job->key, sizeof job->key);
    if (packet->remote.family)
        return true;
    flow->tx_bytes -= WRNI_DATA_OVERHEAD;
    if (lost_data)
        lane->counters.reasons[WRN_REASON_PURGED]++;
    return false;
}

size_t wrni_lane_output(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count)
{
    struct wrn_job job;
    size_t         given = 0;

    while (given < count) {
        uint32_t id = wrni_list_first(wrni_lane_due(lane));
        if (id == WRNI_NONE)
            break;
        if (!plan_next(lane, now, id, &packets[given], &job))
            continue;
        wrn_crypt(lane->crypto, lane->context, &job, 1);
        if (settle_output(lane, now, &job))
            given++;
    }
    lane->counters.outputs += given;
    return given;
}
