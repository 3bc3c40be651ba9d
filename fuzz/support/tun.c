/* Packets from the tun side, and what the rules make of each. */
#include "whole.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define AGE_MOST (180 * WRN_SECOND)
#define LAST_SENT (UINT64_MAX - UINT64_C(8193))
#define REKEY_AGE (120 * WRN_SECOND)
#define REKEY_SENT (UINT64_C(1) << 60)

uint32_t fuzz_staged_in_all(const struct fuzz_world *world)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < FUZZ_PEERS; i++)
        sum += world->peer[i].stageds;
    return sum;
}

/* P-82: the oldest of the same peer makes room. The reason of what was lost for it, if anything was. */
static enum wrn_verdict stage(struct fuzz_world *world, struct fuzz_peer *peer, const uint8_t *plain, uint32_t length,
                              uint16_t mtu)
{
    if (peer->stageds == FUZZ_SHARE || (fuzz_staged_in_all(world) == FUZZ_STAGE && peer->stageds)) {
        memmove(peer->staged, peer->staged + 1, sizeof peer->staged - sizeof peer->staged[0]);
        peer->stageds--;
        world->counters.reasons[WRN_REASON_STAGED_OUT]++;
    } else if (fuzz_staged_in_all(world) == FUZZ_STAGE) {
        return WRN_HOLD;
    }
    struct fuzz_staged *place = &peer->staged[peer->stageds++];
    place->length = length;
    place->mtu = mtu;
    memcpy(place->plain, plain, length);
    return WRN_TAKEN;
}

static enum wrn_verdict judge(struct fuzz_world *world, const uint8_t *plain, uint32_t length, uint32_t headroom,
                              uint32_t tailroom, uint16_t mtu, enum wrn_reason *reason, unsigned *owner)
{
    uint32_t padded = fuzz_padded(length, mtu ? mtu : world->mtu);

    *owner = FUZZ_PEERS;
    *reason = WRN_REASON_NONE;
    if (headroom < WRN_HEADROOM) {
        *reason = WRN_REASON_ROOM;
    } else if (length > 65535) {
        *reason = WRN_REASON_TOO_LONG;
    } else if (!(length >= 20 && plain[0] >> 4 == 4) && !(length >= 40 && plain[0] >> 4 == 6)) {
        *reason = WRN_REASON_INNER_VERSION; /* P-87 */
    } else if ((*owner = plain[0] >> 4 == 4 ? fuzz_owner(4, plain + 16) : fuzz_owner(6, plain + 24)) == FUZZ_PEERS) {
        *reason = WRN_REASON_NO_ROUTE;
    } else if (!world->peer[*owner].endpoint.family) {
        *reason = WRN_REASON_NO_ENDPOINT;
    } else if (padded + 32 > 65535) {
        *reason = WRN_REASON_TOO_LONG;
    }
    if (*reason)
        return WRN_DROP;
    struct fuzz_peer          *peer = &world->peer[*owner];
    const struct fuzz_session *session = &peer->session[WRN_CURRENT];
    if (!session->there || world->now - session->birth >= AGE_MOST || session->sent > LAST_SENT || peer->stageds) {
        if (length <= FUZZ_STAGED)
            return stage(world, peer, plain, length, mtu);
        *reason = WRN_REASON_TOO_LONG;
        return WRN_DROP;
    }
    if (tailroom < padded - length + 16) {
        *reason = WRN_REASON_ROOM;
        return WRN_DROP;
    }
    return WRN_SEND;
}

/* The answer to data. */
static wrn_time waits_until(const struct fuzz_world *world, unsigned peer)
{
    struct wrn_peer_view view = {.new_handshake = 0};
    (void)wrn_inspect_peer(world->engine, world->peer[peer].handle, &view);
    return view.new_handshake;
}

/* P-69, P-73: whoever cannot send, or sends with what is old, asks for a session, but not twice within 5 s (10 s for who yielded). */
static void check_wish(const struct fuzz_world *world, const struct fuzz_peer *peer, enum wrn_verdict verdict)
{
    const struct fuzz_session *session = &peer->session[WRN_CURRENT];
    struct wrn_peer_view       view;
    bool old = session->initiator && world->now - session->birth >= REKEY_AGE;
    bool wished = verdict != WRN_SEND || old || session->sent > REKEY_SENT;
    bool due = wrn_deadline(world->engine) <= world->now;
    if (wrn_inspect_peer(world->engine, peer->handle, &view) != WRN_OK)
        return;
    wrn_time since = view.last_initiation_sent == WRN_NEVER ? WRN_NEVER : world->now - view.last_initiation_sent;
    FUZZ_CHECK(!due || (wished && since >= 5 * WRN_SECOND), "wish", "an initiation, %llu ns after the last",
               (unsigned long long)since);
    FUZZ_CHECK(due || !wished || since < 10 * WRN_SECOND, "wish", "no initiation, %llu ns after the last", (unsigned long long)since);
}

enum wrn_verdict fuzz_tun(struct fuzz_world *world, const uint8_t *plain, uint32_t length, uint32_t headroom, uint32_t tailroom,
                          uint16_t mtu)
{
    uint32_t         capacity = headroom + length + tailroom;
    uint8_t         *data = fuzz_room(capacity);
    enum wrn_reason  reason;
    unsigned         owner;
    memset(data, 0xa5, capacity);
    memcpy(data + headroom, plain, length);
    struct wrn_packet packet = {.data = data, .capacity = capacity, .offset = headroom, .length = length, .mtu = mtu};
    enum wrn_verdict  verdict = judge(world, plain, length, headroom, tailroom, mtu, &reason, &owner);

    world->touched = true;
    wrn_time until = owner < FUZZ_PEERS ? waits_until(world, owner) : 0;
    bool idle = wrn_deadline(world->engine) > world->now;
    wrn_tun_input(world->engine, world->now, &packet, 1);
    FUZZ_CHECK(packet.verdict == verdict, "verdict", "%s (%s), not %s (%s)", wrn_verdict_name(packet.verdict),
               wrn_reason_name(packet.reason), wrn_verdict_name(verdict), wrn_reason_name(reason));
    FUZZ_CHECK(packet.reason == reason, "reason", "%s, not %s", wrn_reason_name(packet.reason), wrn_reason_name(reason));
    world->counters.tun_verdicts[verdict]++;
    if (reason)
        world->counters.reasons[reason]++;
    if (verdict == WRN_SEND) {
        FUZZ_CHECK(packet.offset == headroom - 16, "output", "the datagram begins at %u", packet.offset);
        FUZZ_CHECK(fuzz_same_place(&packet.remote, &world->peer[owner].endpoint), "output", "to where peer %u is not", owner);
        fuzz_out_data(world, &world->peer[owner], &packet, plain, length, mtu ? mtu : world->mtu);
        if (world->fail_sends) { /* P-93: it arms nothing, and all else stands */
            wrn_net_unsent(world->engine, world->now, &packet, 1);
            FUZZ_CHECK(waits_until(world, owner) == until, "account", "what was taken back waits for an answer");
            world->peer[owner].tx_bytes -= packet.length;
            world->counters.unsent++;
        }
    } else {
        FUZZ_CHECK(!memcmp(data + headroom, plain, length), "output", "a packet that was not sent is changed");
    }
    fuzz_free(data);
    if (idle && owner < FUZZ_PEERS && verdict != WRN_DROP)
        check_wish(world, &world->peer[owner], verdict);
    fuzz_view(world);
    return verdict;
}

void fuzz_set_mtu(struct fuzz_world *world, uint16_t mtu)
{
    FUZZ_CHECK(wrn_set_mtu(world->engine, mtu) == WRN_OK, "view", "no MTU of %u", mtu);
    world->mtu = mtu;
}

void fuzz_tun_batch(struct fuzz_world *world, const struct fuzz_plain *plains, unsigned count)
{
    enum { MOST = 20, ROOM = 2048 };
    static _Alignas(16) uint8_t twin[FUZZ_MEMORY];
    static uint8_t              buffers[MOST][ROOM];
    struct wrn_packet           packets[MOST];

    if (count > MOST)
        count = MOST;
    for (unsigned i = 0; i < count; i++) {
        memcpy(buffers[i] + WRN_HEADROOM, plains[i].plain, plains[i].length);
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = WRN_HEADROOM + plains[i].length + WRN_TAILROOM,
                                         .offset = WRN_HEADROOM, .length = plains[i].length, .mtu = plains[i].mtu};
    }
    fuzz_copy(twin, world->engine, fuzz_memory());
    struct fuzz_crypto counts = world->crypto;
    wrn_tun_input((struct wrn_engine *)(void *)twin, world->now, packets, count);
    world->crypto = counts;
    bool fails = world->fail_sends;
    world->fail_sends = false;
    for (unsigned i = 0; i < count; i++) {
        enum wrn_verdict verdict = fuzz_tun(world, plains[i].plain, plains[i].length, WRN_HEADROOM, WRN_TAILROOM, plains[i].mtu);
        FUZZ_CHECK(packets[i].verdict == verdict, "batch", "packet %u of %u: %s at once, %s one by one", i, count,
                   wrn_verdict_name(packets[i].verdict), wrn_verdict_name(verdict));
    }
    world->fail_sends = fails;
    /* Not the memory: reports that were taken leave their numbers behind. */
    FUZZ_CHECK(fuzz_same_state((struct wrn_engine *)(void *)twin, world->engine, WRN_PART_ALL), "batch",
               "%u packets at once left another engine than one by one", count);
}
