#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "state.h"

/* Up, down, new keys, live changes, removal, suspend (sections 14 and 15). */

#define LATER (5 * WRN_SECOND + 400 * WRN_MILLISECOND)

static enum wrn_status change(struct net *net, unsigned host, unsigned peer, struct wrn_peer_change given)
{
    return wrn_peer_set(net->host[host].engine, net->now, net->host[host].peers[peer], &given);
}

static void preshared(struct net *net, unsigned host, unsigned peer, uint8_t byte)
{
    struct wrn_peer_change given = {.mask = WRN_CHANGE_PRESHARED_KEY};
    memset(given.preshared_key, byte, 32);
    assert_int_equal(change(net, host, peer, given), WRN_OK);
}

/* While down nothing is consumed, answered or sent, and nothing is due. */
static void p68_p138_g76_down_is_silence(void **state)
{
    struct net         *net = plain_pair(NULL);
    struct wrn_engine  *engine = net->host[0].engine;
    struct caught      *caught = calloc(1, sizeof *caught);
    static struct plain p;
    (void)state;
    assert_non_null(caught);
    net_catch(net, caught);
    net_run(net, 130 * WRN_SECOND);
    net_send(net, 1, 0, 60);
    struct net_datagram data = caught->last[1][4];
    wrn_forget_sessions(net->host[1].engine, net->now);
    net_send(net, 1, 0, 60);
    struct net_datagram initiation = caught->last[1][1];
    assert_int_equal(initiation.length, 148);
    net_lose(net);
    assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
    assert_false(wrn_is_up(engine));
    size_t before = net->sents;
    assert_int_equal(knock(net, 0, &initiation.from, initiation.bytes, 148).reason, WRN_REASON_DOWN);
    assert_int_equal(knock(net, 0, &data.from, data.bytes, data.length).reason, WRN_REASON_DOWN);
    plain_ipv4(&p, 0x0a000001, 0x0a000002, 60, 1);
    assert_int_equal(plain_in(net, 0, &p), WRN_DROP);
    assert_int_equal(p.packet.reason, WRN_REASON_DOWN);
    net_pump(net, 0);
    assert_int_equal(net->sents, before);
    assert_int_equal(wrn_deadline(engine), WRN_NEVER);
    free(caught);
    net_free(net);
}

/* What was due when the interface went down, or the sessions were forgotten, is due no more: nobody is woken, nothing goes. */
static void p80_p138_p139_what_was_due_is_due_no_more(void **state)
{
    (void)state;
    struct caught *caught = calloc(1, sizeof *caught);
    assert_non_null(caught);
    for (unsigned down = 0; down < 2; down++) {
        struct net        *net = net_new(2, WRN_MILLISECOND);
        struct wrn_engine *engine = net->host[0].engine;
        net_connect(net, 0, 1);
        net_catch(net, caught);
        net_send(net, 0, 1, 60);
        assert_int_equal(wrn_staged_purge(engine, net->host[0].peers[1]), WRN_OK);
        net_run(net, WRN_MILLISECOND);
        net_lose(net);
        assert_int_equal(knock(net, 0, &net->host[1].address, caught->last[1][2].bytes, 92).verdict, WRN_TAKEN);
        assert_int_equal(wrn_deadline(engine), net->now); /* the keepalive that confirms */
        if (down)
            assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
        else
            wrn_forget_sessions(engine, net->now);
        assert_true(wrn_deadline(engine) > net->now);
        size_t before = net->sents;
        net_pump(net, 0);
        assert_int_equal(net->sents, before);
        net_free(net);
    }
    free(caught);
}

/* Down purges, stops and clears; what is configured and learnt stays. */
static void p38_p48_p84_p138_what_down_clears_and_what_it_keeps(void **state)
{
    struct net           *net = plain_pair(NULL);
    struct wrn_engine    *engine = net->host[0].engine;
    struct wrn_peer_view  before, after;
    struct wrn_peer_info  kept, now;
    (void)state;
    preshared(net, 0, 1, 0x33); /* host 1 has another: the next handshake waits */
    wrn_report_load(net->host[1].engine, 200 * WRN_SECOND);
    net_run(net, 200 * WRN_SECOND);
    net_send(net, 0, 1, 60);
    net_send(net, 0, 1, 60);
    net_run(net, net->now + 100 * WRN_MILLISECOND);
    net_view(net, 0, 1, &before);
    net_info(net, 0, 1, &kept);
    assert_true(before.handshake_pending && before.has_cookie && kept.staged == 2);
    net->host[0].events[1] = 0;
    assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
    net_pump(net, 0);
    assert_true(net->host[0].events[1] & WRN_EVENT_LOST);
    net_view(net, 0, 1, &after);
    net_info(net, 0, 1, &now);
    assert_int_equal(plain_reason(net, 0, WRN_REASON_PURGED), 2);
    assert_int_equal(now.staged, 0);
    assert_false(after.handshake_pending || now.has_session);
    for (unsigned place = 0; place < 3; place++)
        assert_false(after.sessions[place].there);
    assert_true(after.retransmit == WRN_NEVER && after.keepalive == WRN_NEVER && after.new_handshake == WRN_NEVER);
    assert_true(after.zero_keys == WRN_NEVER && after.persistent == WRN_NEVER && after.last_initiation_sent == WRN_NEVER);
    assert_int_equal(after.attempts, 0);
    assert_true(after.has_cookie);
    assert_memory_equal(after.stamp_sent, before.stamp_sent, 12);
    assert_memory_equal(after.stamp_received, before.stamp_received, 12);
    assert_memory_equal(&now.endpoint, &kept.endpoint, sizeof now.endpoint);
    assert_true(now.tx_bytes == kept.tx_bytes && now.rx_bytes == kept.rx_bytes && now.has_preshared_key);
    assert_int_equal(now.handshake_seconds, kept.handshake_seconds);
    struct wrn_engine_view view;
    wrn_inspect_engine(engine, &view);
    assert_int_equal(view.prefixes, 2);
    assert_int_equal(view.indices, 0);
    net_free(net);
}

static void p137_p138_g44_down_and_up_starts_a_handshake_at_once(void **state)
{
    struct net *net = plain_pair(NULL);
    (void)state;
    size_t before = net_sent(net, 0, 1, 0, WRN_NEVER);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, false), WRN_OK);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
    wrn_time at = net->now;
    uint32_t id = net_send(net, 0, 1, 60); /* 1 s after the last one, and yet */
    assert_int_equal(net_sent(net, 0, 1, at, at), 1);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), before + 1);
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void p132_p137_up_sends_the_persistent_keepalive(void **state)
{
    struct net *net = net_new(2, WRN_MILLISECOND);
    (void)state;
    net_connect(net, 0, 1);
    assert_int_equal(wrn_set_up(net->host[0].engine, 0, false), WRN_OK);
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 25}), WRN_OK);
    net_run(net, 10 * WRN_SECOND);
    assert_int_equal(net->sents, 0); /* set while down is stored */
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
    net_run(net, net->now + 10 * WRN_MILLISECOND);
    assert_int_equal(net_sent(net, 0, 1, 10 * WRN_SECOND, 10 * WRN_SECOND), 1);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 1);
    net_run(net, 11 * WRN_SECOND);
    /* From one interval to another takes effect at the next traversal; from none to one, at once. */
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 5}), WRN_OK);
    net_run(net, 34 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 1);
    net_run(net, 36 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 2);
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_KEEPALIVE}), WRN_OK);
    net_run(net, 60 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 6, 0, WRN_NEVER), 2);
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 65535}), WRN_OK);
    net_pump(net, 0);
    assert_int_equal(net_sent(net, 0, 6, 60 * WRN_SECOND, 60 * WRN_SECOND), 1);
    net_free(net);
}

/* A new key on host 0, told to host 1: traffic flows within a second. */
static void p128_g45_a_key_change_is_over_at_once(void **state)
{
    struct net           *net = plain_pair(NULL);
    struct wrn_engine    *engine = net->host[0].engine;
    struct wrn_peer_view  view;
    struct caught        *caught = calloc(1, sizeof *caught);
    (void)state;
    assert_non_null(caught);
    net_catch(net, caught);
    net_send(net, 1, 0, 60);
    struct net_datagram old = caught->last[1][4];
    net_lose(net);
    memset(net->host[0].secret, 0x99, 32);
    assert_int_equal(wrn_set_private_key(engine, net->now, net->host[0].secret), WRN_OK);
    net_view(net, 0, 1, &view);
    assert_true(view.sessions[WRN_CURRENT].there);
    assert_false(view.sessions[WRN_CURRENT].may_send || view.handshake_pending);
    assert_int_equal(view.last_initiation_sent, WRN_NEVER);
    assert_int_equal(knock(net, 0, &old.from, old.bytes, old.length).verdict, WRN_DELIVER); /* receiving goes on */
    assert_int_equal(wrn_peer_remove(net->host[1].engine, net->now, net->host[1].peers[0]), WRN_OK);
    net_introduce(net, 1, 0, true);
    wrn_time at = net->now;
    uint32_t id = net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net_run(net, at + WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    free(caught);
    net_free(net);
}

static void p128_p129_keys_same_own_and_none(void **state)
{
    struct net        *net = plain_pair(NULL);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrn_peer    peer;
    uint8_t            before[32], after[32], key[32], clamped[32], zeros[32] = {0};
    (void)state;
    /* The clamped key again is no change at all. The raw one is compared as it is, as in the reference. */
    memcpy(clamped, net->host[0].secret, 32);
    clamped[0] &= 248;
    clamped[31] = (uint8_t)((clamped[31] & 127) | 64);
    wrn_advance(engine, net->now);
    net_digest(net, 0, WRN_PART_ALL, before);
    assert_int_equal(wrn_set_private_key(engine, net->now, clamped), WRN_OK);
    net_digest(net, 0, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    /* The key of a peer: that peer goes. */
    net_public_key(net, 1, key);
    assert_int_equal(wrn_set_private_key(engine, net->now, net->host[1].secret), WRN_OK);
    assert_int_equal(wrn_peer_find(engine, key, &peer), WRN_NOT_FOUND);
    assert_int_equal(wrn_peer_info(engine, net->host[0].peers[1], &(struct wrn_peer_info){0}), WRN_STALE);
    assert_int_equal(wrn_peer_add(engine, net->now, key, &peer), WRN_OWN_KEY);
    /* None. */
    assert_true(wrn_public_key(engine, key));
    assert_int_equal(wrn_set_private_key(engine, net->now, zeros), WRN_OK);
    assert_false(wrn_public_key(engine, key));
    assert_memory_equal(key, zeros, 32);
    net_free(net);
}

static void p84_p130_g46_what_is_staged_goes_when_something_makes_it_possible(void **state)
{
    struct net *net = net_new(2, WRN_MILLISECOND);
    uint8_t     zeros[32] = {0};
    (void)state;
    net_connect(net, 0, 1);
    assert_int_equal(wrn_set_private_key(net->host[0].engine, 0, zeros), WRN_OK);
    uint32_t id = net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net_run(net, 20 * WRN_SECOND);
    assert_int_equal(net->sents, 0); /* without identity nothing leaves */
    assert_int_equal(wrn_set_private_key(net->host[0].engine, net->now, net->host[0].secret), WRN_OK);
    net_run(net, 21 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, 20 * WRN_SECOND, 20 * WRN_SECOND), 1);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* P-131: the session stays, the next handshake uses the new secret, a one-sided change stops it. */
static void p131_g10_g68_a_preshared_key_works_from_the_next_handshake(void **state)
{
    struct net          *net = plain_pair(NULL);
    struct wrn_peer_info info;
    (void)state;
    preshared(net, 0, 1, 0x77);
    preshared(net, 1, 0, 0x77);
    uint32_t old = net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_SEND);
    net_run(net, 190 * WRN_SECOND);
    uint32_t fresh = net_send(net, 0, 1, 60);
    net_run(net, 191 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, old), 1);
    assert_int_equal(net_received(net, 1, fresh), 1);
    preshared(net, 1, 0, 0x78);
    net_run(net, 400 * WRN_SECOND);
    uint32_t lost = net_send(net, 0, 1, 60);
    net_run(net, 402 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, lost), 0);
    preshared(net, 0, 1, 0x78); /* in the middle of the pending handshake */
    net_run(net, 410 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, lost), 1);
    preshared(net, 0, 1, 0);
    net_info(net, 0, 1, &info);
    assert_false(info.has_preshared_key);
    net_free(net);
}

/* The secret is set between the arrival of an initiation and the response: old or new, never a mix (G-68). */
static void p131_g68_a_change_between_initiation_and_response(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 2; both++) {
        struct net *net = net_new(2, 10 * WRN_MILLISECOND);
        net_connect(net, 0, 1);
        uint32_t id = net_send(net, 0, 1, 60);
        net_run(net, 5 * WRN_MILLISECOND);
        preshared(net, 1, 0, 0x21); /* read when the response is made */
        net_run(net, 15 * WRN_MILLISECOND);
        if (both)
            preshared(net, 0, 1, 0x21); /* read when it is consumed */
        net_run(net, WRN_SECOND);
        assert_int_equal(net_received(net, 1, id), both);
        net_free(net);
    }
}

/* Every field changed in mid-flow: session, counters, stamps stay; the endpoint only if given. */
static void p133_g29_live_changes_disturb_nothing(void **state)
{
    struct net           *net = plain_pair(NULL);
    struct wrn_peer_view  before, after;
    struct wrn_peer_info  old, now;
    struct wrn_prefix     prefix = {.address = {10, 50}, .family = 4, .length = 16};
    (void)state;
    net_view(net, 0, 1, &before);
    net_info(net, 0, 1, &old);
    preshared(net, 0, 1, 1);
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_PINNED, .pinned = true}), WRN_OK);
    assert_int_equal(wrn_allowed_add(net->host[0].engine, net->host[0].peers[1], &prefix, NULL), WRN_OK);
    assert_int_equal(wrn_allowed_replace(net->host[0].engine, net->host[0].peers[1], &prefix, 1), WRN_OK);
    net_view(net, 0, 1, &after);
    net_info(net, 0, 1, &now);
    assert_memory_equal(&before, &after, sizeof before);
    assert_memory_equal(&old.endpoint, &now.endpoint, sizeof old.endpoint);
    assert_true(old.rx_bytes == now.rx_bytes && old.tx_bytes == now.tx_bytes && now.has_session && now.pinned);
    struct wrn_endpoint moved = net->host[1].address;
    moved.host = 4;
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT, .endpoint = moved}), WRN_OK);
    net_view(net, 0, 1, &after);
    assert_memory_equal(&before, &after, sizeof before);
    net_free(net);
}

static void p134_g78_removal_leaves_nothing_of_a_peer(void **state)
{
    struct net            *net = plain_pair(NULL);
    struct wrn_engine     *engine = net->host[0].engine;
    struct wrn_engine_view view;
    struct wrn_peer        peer = net->host[0].peers[1];
    struct caught         *caught = calloc(1, sizeof *caught);
    (void)state;
    assert_non_null(caught);
    net_catch(net, caught);
    net_send(net, 1, 0, 60); /* in flight when the peer goes */
    wrni_rotation_at(&wrni_flow_at(engine, peer.slot)->rotation, WRNI_CURRENT)->may_send = false;
    net_send(net, 0, 1, 60); /* staged */
    uint8_t key[32];
    net_public_key(net, 1, key);
    assert_int_equal(wrn_peer_remove(engine, net->now, peer), WRN_OK);
    assert_int_equal(plain_reason(net, 0, WRN_REASON_PURGED), 1);
    assert_int_equal(knock(net, 0, &net->host[1].address, caught->last[1][4].bytes, caught->last[1][4].length).reason,
                     WRN_REASON_INDEX);
    wrn_inspect_engine(engine, &view);
    assert_int_equal(view.peers + view.prefixes + view.trie_nodes + view.staged + view.indices, 0);
    assert_int_equal(wrn_deadline(engine), WRN_NEVER);
    const uint8_t *rest = (const uint8_t *)wrni_peer_at(engine, peer.slot);
    for (size_t i = 0; i < sizeof(struct wrni_peer); i++)
        assert_int_equal(rest[i], 0);
    /* Its public key is nowhere in the memory, and a handle to it leads nowhere. */
    size_t size = wrn_engine_size(&net->host[0].config.limits);
    for (size_t i = 0; i + 32 <= size; i++)
        assert_true(memcmp((uint8_t *)net->host[0].memory + i, key, 32) != 0);
    assert_int_equal(wrn_peer_remove(engine, net->now, peer), WRN_STALE);
    free(caught);
    net_free(net);
}

/* Suspend: no key outlives it, configuration does, and the next packet starts over. */
static void p139_p140_forgetting_sessions(void **state)
{
    struct net           *net = plain_pair(NULL);
    struct wrn_peer_view  view;
    struct wrn_peer_info  before, after;
    (void)state;
    net_info(net, 0, 1, &before);
    wrn_forget_sessions(net->host[0].engine, net->now);
    net_view(net, 0, 1, &view);
    net_info(net, 0, 1, &after);
    for (unsigned place = 0; place < 3; place++)
        assert_false(view.sessions[place].there);
    assert_false(view.handshake_pending || after.has_session);
    assert_int_equal(view.zero_keys, WRN_NEVER);
    assert_int_equal(view.last_initiation_sent, WRN_NEVER);
    assert_memory_equal(&before.endpoint, &after.endpoint, sizeof before.endpoint);
    assert_true(before.tx_bytes == after.tx_bytes && before.handshake_seconds == after.handshake_seconds);
    uint32_t id = net_send(net, 0, 1, 60);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    net_run(net, net->now + WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* The path token: kept with what is authentic, forgotten on retry, on silence, and when told (the engine's part of P-119). */
static void p119_g66_the_path_is_forgotten_where_it_may_be_wrong(void **state)
{
    struct net          *net = plain_pair(NULL);
    struct wrn_peer_info info;
    struct wrn_endpoint  endpoint = net->host[1].address;
    (void)state;
    endpoint.host = 42;
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT, .endpoint = endpoint}), WRN_OK);
    net_info(net, 0, 1, &info);
    assert_int_equal(info.endpoint.host, 42);
    wrn_forget_paths(net->host[0].engine);
    net_info(net, 0, 1, &info);
    assert_int_equal(info.endpoint.host, 0);
    assert_int_equal(info.endpoint.port, endpoint.port);
    for (unsigned silent = 0; silent < 2; silent++) {
        net->host[0].address.port++; /* what it sends still arrives; host 1 is gone */
        assert_int_equal(wrn_set_up(net->host[1].engine, net->now, false), WRN_OK);
        if (!silent)
            wrn_forget_sessions(net->host[0].engine, net->now); /* then the retry forgets, else the 15 s timer */
        assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT, .endpoint = endpoint}), WRN_OK);
        net_send(net, 0, 1, 60);
        wrn_time start = net->now;
        net_run(net, start + (silent ? 15 : 5) * WRN_SECOND - 1);
        net_info(net, 0, 1, &info);
        assert_int_equal(info.endpoint.host, 42);
        net_run(net, start + (silent ? 10 * WRN_SECOND : 0) + LATER);
        net_info(net, 0, 1, &info);
        assert_int_equal(info.endpoint.host, 0);
        assert_int_equal(wrn_set_up(net->host[1].engine, net->now, true), WRN_OK);
        net_run(net, net->now + 30 * WRN_SECOND);
    }
    net_free(net);
}

/* Without its scope a link-local endpoint is no place: all of the path is forgotten but that. */
static void p121_a_link_local_endpoint_keeps_its_scope(void **state)
{
    struct net          *net = plain_pair(NULL);
    struct wrn_peer_info info;
    struct wrn_endpoint  endpoint = {.address = {0xfe, 0x80, [15] = 1}, .family = 6, .port = 9, .host = 42};
    (void)state;
    assert_int_equal(change(net, 0, 1, (struct wrn_peer_change){.mask = WRN_CHANGE_ENDPOINT, .endpoint = endpoint}), WRN_OK);
    wrn_forget_paths(net->host[0].engine);
    net_info(net, 0, 1, &info);
    assert_int_equal(info.endpoint.host, 42);
    wrn_forget_sessions(net->host[0].engine, net->now);
    net_send(net, 0, 1, 60);
    net_run(net, net->now + 12 * WRN_SECOND); /* retries */
    net_info(net, 0, 1, &info);
    assert_int_equal(info.endpoint.host, 42);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p68_p138_g76_down_is_silence),
        cmocka_unit_test(p80_p138_p139_what_was_due_is_due_no_more),
        cmocka_unit_test(p38_p48_p84_p138_what_down_clears_and_what_it_keeps),
        cmocka_unit_test(p137_p138_g44_down_and_up_starts_a_handshake_at_once),
        cmocka_unit_test(p132_p137_up_sends_the_persistent_keepalive),
        cmocka_unit_test(p128_g45_a_key_change_is_over_at_once),
        cmocka_unit_test(p128_p129_keys_same_own_and_none),
        cmocka_unit_test(p84_p130_g46_what_is_staged_goes_when_something_makes_it_possible),
        cmocka_unit_test(p131_g10_g68_a_preshared_key_works_from_the_next_handshake),
        cmocka_unit_test(p131_g68_a_change_between_initiation_and_response),
        cmocka_unit_test(p133_g29_live_changes_disturb_nothing),
        cmocka_unit_test(p134_g78_removal_leaves_nothing_of_a_peer),
        cmocka_unit_test(p139_p140_forgetting_sessions),
        cmocka_unit_test(p119_g66_the_path_is_forgotten_where_it_may_be_wrong),
        cmocka_unit_test(p121_a_link_local_endpoint_keeps_its_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
