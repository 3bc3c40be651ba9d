/* What the rules say about a datagram, before the engine sees it. */
#include "model.h"

#include <string.h>

#define AGE_MOST (180 * WRN_SECOND)
#define LAST_RECEIVED (UINT64_MAX - UINT64_C(8130)) /* P-64: the newest counter that is still taken */

bool fuzz_session_usable(const struct fuzz_session *session, wrn_time now)
{
    return session->there && now - session->birth < AGE_MOST && session->next <= LAST_RECEIVED;
}

struct fuzz_session *fuzz_session_of(struct fuzz_world *world, uint32_t local, unsigned *peer, unsigned *place)
{
    for (*peer = 0; *peer < FUZZ_PEERS; ++*peer)
        for (*place = 0; *place < 3; ++*place)
            if (world->peer[*peer].session[*place].there && world->peer[*peer].session[*place].local == local)
                return &world->peer[*peer].session[*place];
    return NULL;
}

static bool pending_of(const struct fuzz_world *world, uint32_t index, unsigned *peer)
{
    for (*peer = 0; *peer < FUZZ_PEERS; ++*peer)
        if (world->peer[*peer].pending && fuzz_get32(world->peer[*peer].initiation + 4) == index)
            return true;
    return false;
}

bool fuzz_index_live(const struct fuzz_world *world, uint32_t index)
{
    unsigned            peer, place;
    struct fuzz_world  *unchanged = (struct fuzz_world *)(uintptr_t)world;
    return pending_of(world, index, &peer) || fuzz_session_of(unchanged, index, &peer, &place);
}

static void drop(struct fuzz_verdict *out, enum wrn_reason reason)
{
    out->verdict = WRN_DROP;
    out->reason = (uint8_t)reason;
    out->effect = FUZZ_NOTHING;
}

/* P-61: not seen, and not further behind the newest than the window reaches. */
static bool fresh(const struct fuzz_session *session, uint64_t counter)
{
    if (counter > LAST_RECEIVED)
        return false;
    if (counter < session->next && session->next - 1 - counter > FUZZ_WINDOW - 64)
        return false;
    for (uint32_t i = 0; i < session->seens; i++)
        if (session->seen[i] == counter)
            return false;
    return true;
}

/* P-103 to P-105, for the plaintext of a fresh packet of this peer. */
static void judge_inner(struct fuzz_verdict *out, uint32_t length)
{
    const uint8_t *plain = out->plain;
    uint32_t       said;
    unsigned       owner;

    if (!length) {
        out->verdict = WRN_TAKEN;
        return;
    }
    if (plain[0] >> 4 == 4 && length >= 20) {
        said = (uint32_t)plain[2] << 8 | plain[3];
        owner = fuzz_owner(4, plain + 12);
    } else if (plain[0] >> 4 == 6 && length >= 40) {
        said = 40 + ((uint32_t)plain[4] << 8 | plain[5]);
        owner = fuzz_owner(6, plain + 8);
    } else {
        drop(out, WRN_REASON_INNER_VERSION);
        return;
    }
    if (said < 20 || said > length) {
        drop(out, WRN_REASON_INNER_LENGTH);
    } else if (owner != out->peer) {
        drop(out, WRN_REASON_INNER_SOURCE);
    } else {
        out->verdict = WRN_DELIVER;
        out->length = said;
    }
}

static void judge_data(struct fuzz_world *world, const uint8_t *data, size_t size, struct fuzz_verdict *out)
{
    unsigned             peer, place;
    struct fuzz_session *session = fuzz_session_of(world, fuzz_get32(data + 4), &peer, &place);
    if (!session) {
        drop(out, WRN_REASON_INDEX);
        return;
    }
    out->peer = peer;
    out->place = place;
    out->counter = fuzz_get64(data + 8);
    if (!fuzz_session_usable(session, world->now)) {
        drop(out, WRN_REASON_EXPIRED);
        return;
    }
    out->aead = 1;
    if (!fuzz_open_data(out->plain, session->receive, data, size)) {
        drop(out, WRN_REASON_AUTH);
    } else if (!fresh(session, out->counter)) {
        drop(out, WRN_REASON_REPLAY);
    } else {
        judge_inner(out, (uint32_t)size - 32);
        out->effect = FUZZ_DATA; /* whatever is inside (P-101) */
        out->bytes = out->verdict == WRN_DROP ? 0 : (uint32_t)size;
    }
}

static void judge_cookie(struct fuzz_world *world, const uint8_t *data, struct fuzz_verdict *out)
{
    unsigned peer, place;
    uint32_t index = fuzz_get32(data + 4);
    if (!pending_of(world, index, &peer) && !fuzz_session_of(world, index, &peer, &place)) {
        drop(out, WRN_REASON_UNSOLICITED);
        return;
    }
    const struct fuzz_peer *from = &world->peer[peer];
    if (!from->has_mac1 || !fuzz_open_cookie(data, from->public_key, from->mac1, out->cookie)) {
        drop(out, WRN_REASON_COOKIE);
        return;
    }
    out->peer = peer;
    out->verdict = WRN_TAKEN;
    out->effect = FUZZ_TAKES_COOKIE;
}

static int order(const uint8_t a[12], const uint8_t b[12]) { return memcmp(a, b, 12); }

static void judge_initiation(struct fuzz_world *world, const uint8_t *data, struct fuzz_verdict *out)
{
    uint8_t           from[32];
    unsigned          peer = 0;
    enum fuzz_reading reading = fuzz_read_initiation(data, &out->hand, fuzz_us_secret, from, out->stamp);

    out->dh = 1;
    out->aead = 1;
    if (reading == FUZZ_READ_STRANGE) {
        drop(out, WRN_REASON_HANDSHAKE);
        return;
    }
    while (peer < FUZZ_PEERS && memcmp(world->peer[peer].public_key, from, 32))
        peer++;
    if (peer == FUZZ_PEERS) {
        drop(out, WRN_REASON_UNKNOWN_PEER);
        return;
    }
    struct fuzz_peer *known = &world->peer[peer];
    out->dh = 2; /* the static-static one, once */
    out->aead = 2;
    if (reading == FUZZ_READ_STATIC) {
        drop(out, WRN_REASON_HANDSHAKE);
    } else if (order(out->stamp, known->stamp_received) <= 0) {
        drop(out, WRN_REASON_STAMP);
    } else if (known->consumed_once && world->now - known->consumed < 20 * WRN_MILLISECOND) {
        drop(out, WRN_REASON_FLOOD);
    } else {
        out->dh = 5;
        out->aead = 3;
        out->peer = peer;
        out->bytes = FUZZ_INITIATION;
        out->verdict = WRN_SEND;
        out->effect = FUZZ_ANSWERED;
    }
}

static void judge_response(struct fuzz_world *world, const uint8_t *data, unsigned peer, struct fuzz_verdict *out)
{
    const struct fuzz_peer *from = &world->peer[peer];
    out->dh = 2;
    out->aead = 1;
    if (!fuzz_read_response(data, out->send, out->receive, &from->hand, fuzz_us_secret, from->ephemeral, from->psk)) {
        drop(out, WRN_REASON_HANDSHAKE);
        return;
    }
    out->peer = peer;
    out->bytes = FUZZ_RESPONSE;
    out->verdict = WRN_TAKEN;
    out->effect = FUZZ_COMPLETED;
}

/* P-41: 20 in a second, 5 at once, by IPv4 address or IPv6 /64. */
static bool take_token(struct fuzz_world *world, unsigned source)
{
    static const unsigned first[FUZZ_SOURCES] = {0, 1, 2, 3, 0, 3, 6, 7}; /* sources of one address share a bucket */
    struct fuzz_bucket   *bucket = &world->bucket[first[source]];
    uint64_t              cost = 50 * WRN_MILLISECOND, most = 250 * WRN_MILLISECOND;
    uint64_t              passed = world->now - bucket->last;

    bucket->level = !bucket->used || passed > most - bucket->level ? most : bucket->level + passed;
    bucket->used = true;
    bucket->last = world->now;
    if (bucket->level < cost)
        return false;
    bucket->level -= cost;
    return true;
}

/* Under load (P-40): may this one pass? */
static bool judge_load(struct fuzz_world *world, const uint8_t *data, size_t size, unsigned source, struct fuzz_verdict *out)
{
    if (world->now >= world->loaded_until)
        return true;
    if (!world->has_cookies || world->now >= world->cookies_until || !fuzz_mac2_right(data, size, world->cookie[source])) {
        out->verdict = WRN_SEND;
        out->effect = FUZZ_ASKS_COOKIE;
        return false;
    }
    if (take_token(world, source))
        return true;
    drop(out, WRN_REASON_RATE);
    return false;
}

static void judge_handshake(struct fuzz_world *world, const uint8_t *data, size_t size, unsigned source, struct fuzz_verdict *out)
{
    unsigned peer = FUZZ_PEERS;
    if (!fuzz_mac1_right(data, size, fuzz_us_public)) {
        drop(out, WRN_REASON_MAC1);
        return;
    }
    if (data[0] == 2 && !pending_of(world, fuzz_get32(data + 8), &peer)) {
        drop(out, WRN_REASON_UNSOLICITED);
        return;
    }
    if (!judge_load(world, data, size, source, out))
        return;
    if (data[0] == 1)
        judge_initiation(world, data, out);
    else
        judge_response(world, data, peer, out);
}

void fuzz_judge(struct fuzz_world *world, const uint8_t *data, size_t size, unsigned source, struct fuzz_verdict *out)
{
    static const size_t exact[5] = {0, FUZZ_INITIATION, FUZZ_RESPONSE, FUZZ_COOKIE, 0};
    uint32_t            type = size < 4 ? 0 : fuzz_get32(data);

    out->reason = WRN_REASON_NONE;
    out->effect = FUZZ_NOTHING;
    out->dh = out->aead = 0;
    out->peer = FUZZ_PEERS;
    out->length = out->bytes = 0;
    if (type < 1 || type > 4)
        drop(out, WRN_REASON_TYPE);
    else if (type == 4 ? size < FUZZ_DATA_LEAST : size != exact[type])
        drop(out, WRN_REASON_LENGTH);
    else if (type == 4)
        judge_data(world, data, size, out);
    else if (type == 3)
        judge_cookie(world, data, out);
    else
        judge_handshake(world, data, size, source, out);
}
