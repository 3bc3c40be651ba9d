/* A datagram through the engine, and the model after it. */
#define _GNU_SOURCE
#include "whole.h"
#include "model.h"

#include <string.h>

#include "state.h"

#define COOKIE_AGE (115 * WRN_SECOND) /* P-36 */
#define SECRETS_SLACK 8

enum { GAPS = 8 };

void fuzz_gone(const struct fuzz_world *world, struct fuzz_session *session)
{
    if (session->there) {
        FUZZ_CHECK(!memmem(world->engine, world->engine->size, session->send, SECRETS_SLACK), "wiped",
                   "the sending key of session %08x is still there", session->local);
        FUZZ_CHECK(!memmem(world->engine, world->engine->size, session->receive, SECRETS_SLACK), "wiped",
                   "the receiving key of session %08x is still there", session->local);
    }
    memset(session, 0, sizeof *session);
}

static void pending_gone(const struct fuzz_world *world, struct fuzz_peer *peer)
{
    if (peer->pending)
        FUZZ_CHECK(!memmem(world->engine, world->engine->size, peer->ephemeral, SECRETS_SLACK), "wiped",
                   "the ephemeral key of initiation %08x is still there", fuzz_get32(peer->initiation + 4));
    peer->pending = false;
}

static void completed(struct fuzz_world *world, struct fuzz_peer *peer)
{
    peer->completed_once = true;
    peer->completed = world->now;
    world->counters.handshakes++;
}

static void roam(struct fuzz_peer *peer, unsigned source) { peer->endpoint = fuzz_sources[source]; }

/* The engine's response, byte for byte, and the session that it begins (P-17, P-18, P-56). */
static void follow_answer(struct fuzz_world *world, const struct fuzz_verdict *verdict, const uint8_t *data, unsigned source,
                          const struct wrn_packet *packet)
{
    struct fuzz_peer   *peer = &world->peer[verdict->peer];
    const uint8_t      *answer = packet->data + packet->offset;
    struct fuzz_session session = {.there = true, .birth = world->now, .remote = fuzz_get32(data + 4)};
    uint8_t             ephemeral[32], right[FUZZ_RESPONSE];

    FUZZ_CHECK(packet->length == FUZZ_RESPONSE && packet->tos == 0x88, "answer", "%u bytes, tos %02x, are no response",
               packet->length, packet->tos);
    session.local = fuzz_get32(answer + 4);
    FUZZ_CHECK(!fuzz_index_live(world, session.local), "answer", "index %08x is in use", session.local);
    FUZZ_CHECK(fuzz_secret_of(ephemeral, answer + 12), "answer", "its ephemeral key was never made");
    fuzz_respond(right, session.send, session.receive, &verdict->hand, ephemeral, NULL, peer->public_key, peer->psk,
                 session.local, session.remote);
    fuzz_macs(right, sizeof right, peer->public_key,
              peer->has_cookie && world->now - peer->cookie_at < COOKIE_AGE ? peer->cookie : NULL);
    FUZZ_CHECK(!memcmp(right, answer, sizeof right), "answer", "the response is not what the rules make it");
    memcpy(peer->mac1, right + 60, 16);
    peer->has_mac1 = true;
    pending_gone(world, peer);
    fuzz_gone(world, &peer->session[WRN_NEXT]);
    fuzz_gone(world, &peer->session[WRN_PREVIOUS]);
    peer->session[WRN_NEXT] = session;
    memcpy(peer->stamp_received, verdict->stamp, 12);
    peer->consumed = world->now;
    peer->consumed_once = true;
    peer->tx_bytes += FUZZ_RESPONSE;
    world->counters.responses_sent++;
    roam(peer, source);
}

/* P-55 */
static void follow_completion(struct fuzz_world *world, const struct fuzz_verdict *verdict, const uint8_t *data, unsigned source)
{
    struct fuzz_peer   *peer = &world->peer[verdict->peer];
    struct fuzz_session session = {.there = true, .initiator = true, .birth = world->now, .remote = fuzz_get32(data + 4),
                                   .local = fuzz_get32(data + 8)};
    memcpy(session.send, verdict->send, 32);
    memcpy(session.receive, verdict->receive, 32);
    pending_gone(world, peer);
    fuzz_gone(world, &peer->session[WRN_PREVIOUS]);
    if (peer->session[WRN_NEXT].there) {
        peer->session[WRN_PREVIOUS] = peer->session[WRN_NEXT];
        fuzz_gone(world, &peer->session[WRN_CURRENT]);
        memset(&peer->session[WRN_NEXT], 0, sizeof session);
    } else {
        peer->session[WRN_PREVIOUS] = peer->session[WRN_CURRENT];
    }
    peer->session[WRN_CURRENT] = session;
    completed(world, peer);
    roam(peer, source);
}

static void follow_data(struct fuzz_world *world, const struct fuzz_verdict *verdict, unsigned source)
{
    struct fuzz_peer    *peer = &world->peer[verdict->peer];
    struct fuzz_session *session = &peer->session[verdict->place];

    if (session->seens == FUZZ_SEEN)
        memmove(session->seen, session->seen + 1, sizeof session->seen - sizeof session->seen[0]);
    else
        session->seens++;
    session->seen[session->seens - 1] = verdict->counter;
    if (verdict->counter >= session->next)
        session->next = verdict->counter + 1;
    roam(peer, source);
    if (verdict->place == WRN_NEXT) { /* P-57 */
        fuzz_gone(world, &peer->session[WRN_PREVIOUS]);
        peer->session[WRN_PREVIOUS] = peer->session[WRN_CURRENT];
        peer->session[WRN_CURRENT] = peer->session[WRN_NEXT];
        memset(&peer->session[WRN_NEXT], 0, sizeof *session);
        completed(world, peer);
    }
}

/* A cookie reply of the engine (P-32). */
static void follow_cookie_asked(struct fuzz_world *world, const uint8_t *data, size_t size, unsigned source,
                                const struct wrn_packet *packet)
{
    const uint8_t *reply = packet->data + packet->offset;
    uint8_t        cookie[16];

    FUZZ_CHECK(packet->length == FUZZ_COOKIE && packet->length <= size && packet->tos == 0, "answer",
               "%u bytes, tos %02x, are no cookie reply", packet->length, packet->tos);
    FUZZ_CHECK(fuzz_get32(reply) == 3 && !memcmp(reply + 4, data + 4, 4), "answer", "a cookie reply to somebody else");
    FUZZ_CHECK(fuzz_open_cookie(reply, fuzz_us_public, data + size - 32, cookie), "answer", "the cookie reply does not open");
    if (world->has_cookies && world->now < world->cookies_until)
        FUZZ_CHECK(!memcmp(cookie, world->cookie[source], 16), "answer", "another cookie than before for source %u", source);
    memcpy(world->cookie[source], cookie, 16);
    world->counters.cookies_sent++;
}

void fuzz_follow(struct fuzz_world *world, const struct fuzz_verdict *verdict, const uint8_t *data, unsigned source,
                 const struct wrn_packet *packet)
{
    struct fuzz_peer *peer = &world->peer[verdict->peer < FUZZ_PEERS ? verdict->peer : 0];
    peer->rx_bytes += verdict->bytes;
    switch ((enum fuzz_effect)verdict->effect) {
    case FUZZ_ASKS_COOKIE:
        follow_cookie_asked(world, data, data[0] == 1 ? FUZZ_INITIATION : FUZZ_RESPONSE, source, packet);
        break;
    case FUZZ_ANSWERED:
        follow_answer(world, verdict, data, source, packet);
        break;
    case FUZZ_COMPLETED:
        follow_completion(world, verdict, data, source);
        break;
    case FUZZ_TAKES_COOKIE:
        memcpy(peer->cookie, verdict->cookie, 16);
        peer->cookie_at = world->now;
        peer->has_cookie = true;
        peer->has_mac1 = false;
        break;
    case FUZZ_DATA:
        follow_data(world, verdict, source);
        break;
    default:
        break;
    }
}

/* A place that may differ, from there on. */
struct gap { const void *at; size_t size; };

/* In order, and apart: the numbers of a flow's last report, which nobody reads once it is taken, and no digest has; and if accounts
 * may differ, the counters, which differ most often. */
static unsigned gaps_of(const struct wrn_engine *engine, unsigned parts, struct gap gaps[GAPS])
{
    const struct wrn_lane *lane = wrni_inline_lane(engine);
    unsigned               count = 0;
    if (!(parts & WRN_PART_ACCOUNT))
        gaps[count++] = (struct gap){wrni_counters_of(engine), sizeof(struct wrn_counters)};
    for (uint32_t id = 0; id < lane->flows && count < GAPS; id++) {
        const struct wrni_flow *flow = wrni_lane_flow(lane, id);
        gaps[count++] = (struct gap){&flow->received_at, offsetof(struct wrni_flow, flags) - offsetof(struct wrni_flow, received_at)};
    }
    return count;
}

static bool same_bytes(const struct wrn_engine *a, const struct wrn_engine *b, unsigned parts)
{
    const uint8_t *left = (const uint8_t *)a, *right = (const uint8_t *)b;
    struct gap     gaps[GAPS];
    size_t         from = 0;
    if (a->size != b->size)
        return false;
    unsigned count = gaps_of(a, parts, gaps);
    for (unsigned i = 0; i < count; i++) {
        size_t to = (size_t)((const uint8_t *)gaps[i].at - left);
        if (!fuzz_same(left + from, right + from, to - from))
            return false;
        from = to + gaps[i].size;
    }
    return fuzz_same(left + from, right + from, a->size - from);
}

bool fuzz_same_state(const struct wrn_engine *a, const struct wrn_engine *b, unsigned parts)
{
    uint8_t left[32], right[32];
    if (same_bytes(a, b, parts)) /* a digest costs much more: where bytes are the same, states are */
        return true;
    wrn_digest(a, parts, left);
    wrn_digest(b, parts, right);
    return !memcmp(left, right, sizeof left);
}

/* Whatever is in a range is as it was. */
static void excuse(uint8_t *before, const struct wrn_engine *engine, const void *range, size_t size)
{
    size_t at = (size_t)((const uint8_t *)range - (const uint8_t *)engine);
    memcpy(before + at, range, size);
}

bool fuzz_silent(struct wrn_engine *engine, uint8_t *before)
{
    struct wrn_lane *lane = wrni_inline_lane(engine);
    excuse(before, engine, &engine->gate, sizeof engine->gate);
    excuse(before, engine, &engine->events, sizeof engine->events); /* load changed */
    excuse(before, engine, &lane->counters, sizeof lane->counters);
    excuse(before, engine, &lane->now, sizeof lane->now);
    excuse(before, engine, wrni_sources_of(engine), wrni_sources_size(engine->limits.sources));
    for (uint32_t slot = 0; slot < engine->high; slot++) { /* computed at first use */
        struct wrni_peer *peer = wrni_peer_at(engine, slot);
        excuse(before, engine, peer->static_static, sizeof peer->static_static);
        excuse(before, engine, &peer->has_static_static, sizeof peer->has_static_static);
    }
    return fuzz_same(before, engine, engine->size);
}
