#include "inner.h"
#include "lane.h"
#include "wire.h"

static void drop(struct wrn_lane *lane, enum wrni_side side, struct wrn_packet *packet, enum wrn_reason reason)
{
    wrni_verdict(&lane->counters, side, packet, WRN_DROP, reason);
}

/* Settle. -------------------------------------------------------------------------------------------------------------------- */

void wrni_sent(struct wrn_lane *lane, uint32_t id, wrn_time now, uint32_t plain, uint64_t counter)
{
    struct wrni_flow          *flow = wrni_lane_flow(lane, id);
    const struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);

    flow->tx_bytes += plain + WRNI_DATA_OVERHEAD;
    flow->sent_at = now;
    flow->flags &= ~(uint32_t)WRNI_REPORT_RECEIVED_LAST;
    if (plain)
        flow->data_newest = counter;
    if (plain && !(flow->flags & WRNI_REPORT_SENT_DATA))
        flow->data_counter = counter;
    wrni_lane_note(lane, id, plain ? WRNI_REPORT_SENT_DATA : WRNI_REPORT_SENT_KEEPALIVE);
    if (current && wrni_session_stale_sender(current, counter + 1, now))
        wrni_lane_note(lane, id, WRNI_REPORT_WANT);
}

static void settle_seal(struct wrn_lane *lane, wrn_time now, struct wrn_job *job)
{
    struct wrn_packet *packet = job->packet;
    uint32_t           id;
    struct wrni_flow  *flow = wrni_lane_find(lane, job->slot, &id);
    const struct wrni_session *session =
        flow && flow->generation == job->generation ? wrni_rotation_find(&flow->rotation, job->index) : NULL;
    if (!session) {
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_INDEX);
        return;
    }
    if (wrni_expired(session->birth, WRNI_REJECT_AFTER_TIME, now)) { /* it may have been crypted after its time (law 4) */
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_EXPIRED);
        return;
    }
    if (!job->aead.good) { /* never crypted: plaintext stays here */
        drop(lane, WRNI_TUN_SIDE, packet, WRN_REASON_AUTH);
        return;
    }
    packet->offset -= WRNI_DATA_HEADER;
    packet->length = job->plain + WRNI_DATA_OVERHEAD;
    wrni_verdict(&lane->counters, WRNI_TUN_SIDE, packet, WRN_SEND, WRN_REASON_NONE);
    wrni_sent(lane, id, now, job->plain, job->aead.counter);
}

/* Effects of a fresh authentic packet, whatever it holds (P-100, P-100a, P-101, P-116). */
static void received(struct wrn_lane *lane, uint32_t id, wrn_time now, const struct wrn_job *job)
{
    struct wrni_flow *flow = wrni_lane_flow(lane, id);
    uint32_t          flags = WRNI_REPORT_RECEIVED | WRNI_REPORT_RECEIVED_LAST;

    if (!flow->pinned && wrni_endpoint_valid(&job->packet->remote) &&
        !wrni_endpoint_same(&flow->endpoint, &job->packet->remote)) {
        flow->endpoint = job->packet->remote;
        flags |= WRNI_REPORT_ROAMED;
    }
    struct wrni_session *next = wrni_rotation_at(&flow->rotation, WRNI_NEXT);
    if (next && next->local_index == job->index) {
        wrni_rotation_confirmed(&flow->rotation);
        flags |= WRNI_REPORT_CONFIRMED | WRNI_REPORT_CELLS;
        wrni_lane_flush(lane, id);
    }
    struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
    if (current && wrni_session_sendable(current, now) && wrni_session_stale_receiver(current, now))
        flags |= WRNI_REPORT_WANT;
    if (job->plain)
        flags |= flow->flags & WRNI_REPORT_DATA ? WRNI_REPORT_MORE_DATA : WRNI_REPORT_DATA;
    flow->received_at = now;
    wrni_lane_note(lane, id, flags);
}

/* The plaintext of a fresh authentic packet: to the tun side, or not (P-103 to P-106). */
static void deliver(struct wrn_lane *lane, struct wrni_flow *flow, const struct wrn_job *job)
{
    struct wrn_packet *packet = job->packet;
    struct wrni_inner  inner;
    uint8_t            reason = WRN_REASON_NONE;

    packet->offset += WRNI_DATA_HEADER;
    packet->length = job->plain;
    if (!job->plain) {
        flow->rx_bytes += WRNI_DATA_OVERHEAD;
        wrni_verdict(&lane->counters, WRNI_NET_SIDE, packet, WRN_TAKEN, WRN_REASON_NONE);
        return;
    }
    if (!wrni_inner_read(packet->data + packet->offset, packet->length, true, &inner, &reason)) {
        drop(lane, WRNI_NET_SIDE, packet, (enum wrn_reason)reason);
        return;
    }
    if (wrni_trie_lookup(wrni_lane_trie(lane), inner.family, inner.source) != job->slot) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_INNER_SOURCE);
        return;
    }
    packet->length = inner.length;
    wrni_ecn_decapsulate(packet->data + packet->offset, packet->length, packet->tos);
    flow->rx_bytes += job->plain + WRNI_DATA_OVERHEAD;
    wrni_verdict(&lane->counters, WRNI_NET_SIDE, packet, WRN_DELIVER, WRN_REASON_NONE);
}

static void settle_open(struct wrn_lane *lane, wrn_time now, struct wrn_job *job)
{
    struct wrn_packet   *packet = job->packet;
    uint32_t             id;
    struct wrni_flow    *flow = wrni_lane_find(lane, job->slot, &id);
    struct wrni_session *session =
        flow && flow->generation == job->generation ? wrni_rotation_find(&flow->rotation, job->index) : NULL;

    if (!session) { /* rotated away since it was planned: the same answer as if it had come one by one (law 2) */
        packet->peer = (struct wrn_peer){WRNI_NONE, 0};
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_INDEX);
        return;
    }
    struct wrni_window *window = wrni_lane_window(lane, id, wrni_rotation_body(&flow->rotation, session));
    if (!wrni_session_receivable(session, window, now)) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_EXPIRED);
    } else if (!job->aead.good) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_AUTH);
    } else if (!wrni_window_accept(window, lane->window_bits, job->aead.counter)) {
        drop(lane, WRNI_NET_SIDE, packet, WRN_REASON_REPLAY);
    } else {
        received(lane, id, now, job);
        deliver(lane, flow, job);
    }
}

bool wrni_settle(struct wrn_lane *lane, wrn_time now, struct wrn_job *job)
{
    uint32_t          id;
    struct wrni_flow *flow;

    if (job->kind == WRNI_JOB_DONE)
        return false;
    flow = wrni_lane_find(lane, job->slot, &id);
    if (job->kind == WRNI_JOB_SEAL)
        settle_seal(lane, now, job);
    else if (job->kind == WRNI_JOB_OPEN)
        settle_open(lane, now, job);
    else if (flow && flow->generation == job->generation)
        wrni_lane_note(lane, id, WRNI_REPORT_WANT);
    job->kind = WRNI_JOB_DONE;
    wrni_wipe(job->key, sizeof job->key);
    return flow && flow->flags & (WRNI_REPORT_CONFIRMED | WRNI_REPORT_ROAMED | WRNI_REPORT_WANT);
}

/* All three for a run of packets. -------------------------------------------------------------------------------------------- */

static void run(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count, bool tun, wrni_tell_fn *tell,
                void *whom)
{
    struct wrn_job jobs[WRNI_BATCH];
    for (size_t first = 0; first < count; first += WRNI_BATCH) {
        size_t length = count - first < WRNI_BATCH ? count - first : WRNI_BATCH;
        for (size_t i = 0; i < length; i++) {
            if (tun)
                wrni_plan_tun(lane, now, &packets[first + i], &jobs[i]);
            else
                wrni_plan_net(lane, now, &packets[first + i], &jobs[i], i ? &jobs[i - 1] : NULL);
        }
        wrn_crypt(lane->crypto, lane->context, jobs, length);
        for (size_t i = 0; i < length; i++)
            if (wrni_settle(lane, now, &jobs[i]) && tell)
                tell(whom);
    }
}

void wrni_lane_tun(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count, wrni_tell_fn *tell, void *whom)
{
    run(lane, now, packets, count, true, tell, whom);
}

void wrni_lane_net(struct wrn_lane *lane, wrn_time now, struct wrn_packet *packets, size_t count, wrni_tell_fn *tell, void *whom)
{
    run(lane, now, packets, count, false, tell, whom);
}
