#include "requests.h"

#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "state.h"

/* Requests to engines that are in the middle of something. */

#define D (10 * WRN_MILLISECOND)
#define S WRN_SECOND

static void section_of(const struct net *net, unsigned host, struct text *text)
{
    uint8_t key[32];
    net_public_key(net, host, key);
    text_key(text, "public_key", key);
}

/* A section about host `who` in a set at host `at`. */
static void tell(struct net *net, unsigned at, unsigned who, const char *lines)
{
    struct text text = {0};
    section_of(net, who, &text);
    text_add(&text, "%s", lines);
    set_must(net->host[at].engine, net->now, text.at);
    text_free(&text);
    net_pump(net, at);
}

static struct net *talking(void)
{
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, 1 * S);
    assert_int_equal(net_received(net, 1, id), 1);
    wrn_advance(net->host[0].engine, net->now); /* ages count from the newest time seen */
    return net;
}

static bool passes(struct net *net, unsigned from, unsigned to)
{
    uint32_t id = net_send(net, from, to, 100);
    net_run(net, net->now + 1 * S);
    return net_received(net, to, id) == 1;
}

#define PSK_LINE "preshared_key=7070707070707070707070707070707070707070707070707070707070707070\n"
#define NO_PSK_LINE "preshared_key=0000000000000000000000000000000000000000000000000000000000000000\n"

static void p131_a_preshared_key_works_from_the_next_handshake_on(void **state)
{
    (void)state;
    struct net *net = talking();
    size_t      before = net->sents;
    tell(net, 0, 1, PSK_LINE);
    assert_int_equal(net->sents, before);
    assert_true(passes(net, 0, 1) && passes(net, 1, 0)); /* the session is kept */
    net_run(net, 200 * S);
    assert_false(passes(net, 0, 1)); /* only one side has it */
    tell(net, 1, 0, PSK_LINE);
    net_run(net, net->now + 10 * S);
    assert_true(passes(net, 0, 1));
    net_run(net, net->now + 200 * S);
    tell(net, 0, 1, NO_PSK_LINE);
    tell(net, 1, 0, NO_PSK_LINE);
    assert_true(passes(net, 0, 1));
    struct wrn_peer_info info;
    net_info(net, 0, 1, &info);
    assert_false(info.has_preshared_key);
    net_free(net);
}

static void p132_persistent_keepalive(void **state)
{
    (void)state;
    struct net          *net = talking();
    struct wrn_peer_view view;
    net_run(net, 15 * S);
    wrn_time now = net->now;
    tell(net, 0, 1, "persistent_keepalive_interval=100\n");
    assert_int_equal(net_sent(net, 0, 6, now, now), 1); /* at once */
    net_run(net, now + 30 * S);
    net_view(net, 0, 1, &view);
    wrn_time old = view.persistent;
    assert_int_equal(old, now + 100 * S);
    size_t before = net->sents;
    tell(net, 0, 1, "persistent_keepalive_interval=40\n");
    net_view(net, 0, 1, &view);
    assert_int_equal(net->sents, before);
    assert_int_equal(view.persistent, old); /* the new one counts from the next traversal on */
    assert_true(passes(net, 0, 1));
    net_view(net, 0, 1, &view);
    assert_int_equal(view.persistent, now + 30 * S + 40 * S);
    tell(net, 0, 1, "persistent_keepalive_interval=0\n");
    net_view(net, 0, 1, &view);
    assert_int_equal(view.persistent, WRN_NEVER);
    net_free(net);
}

static void p132_a_keepalive_set_while_down_is_kept(void **state)
{
    (void)state;
    struct net *net = net_new(2, D);
    net_connect(net, 0, 1);
    assert_int_equal(wrn_set_up(net->host[0].engine, 0, false), WRN_OK);
    tell(net, 0, 1, "persistent_keepalive_interval=25\n");
    net_run(net, 5 * S);
    assert_int_equal(net->sents, 0);
    assert_true(get_has(net->host[0].engine, "persistent_keepalive_interval=25\n"));
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
    net_run(net, 40 * S);
    assert_true(net_sent(net, 0, 1, 0, WRN_NEVER) >= 1);
    assert_true(net_sent(net, 0, 6, 0, WRN_NEVER) >= 1);
    net_free(net);
}

static void p133_g29_an_update_disturbs_nothing(void **state)
{
    (void)state;
    struct net          *net = talking();
    struct wrn_peer_view before, after;
    struct wrn_peer_info info_before, info_after;
    struct wrn_peer      found;
    net_view(net, 0, 1, &before);
    net_info(net, 0, 1, &info_before);
    size_t sents = net->sents;
    tell(net, 0, 1, "");
    tell(net, 0, 1, "update_only=true\nreplace_allowed_ips=true\nallowed_ip=10.0.0.2/32\nallowed_ip=10.0.0.9/32\n");
    tell(net, 0, 1, "protocol_version=1\nallowed_ip=-10.0.0.9/32\nallowed_ip=fd00::2/128\n" PSK_LINE);
    net_view(net, 0, 1, &after);
    net_info(net, 0, 1, &info_after);
    assert_int_equal(net->sents, sents);
    assert_memory_equal(&before, &after, sizeof before);
    assert_true(info_after.has_preshared_key);
    info_after.has_preshared_key = false;
    assert_memory_equal(&info_before, &info_after, sizeof info_before);
    uint8_t key[32];
    net_public_key(net, 1, key);
    assert_int_equal(wrn_peer_find(net->host[0].engine, key, &found), WRN_OK);
    assert_int_equal(found.generation, net->host[0].peers[1].generation);
    assert_true(passes(net, 0, 1) && passes(net, 1, 0));
    net_free(net);
}

static void p133_only_a_given_endpoint_moves(void **state)
{
    (void)state;
    struct net          *net = talking();
    struct wrn_peer_info info;
    tell(net, 0, 1, "endpoint=198.51.100.7:99\n");
    net_info(net, 0, 1, &info);
    assert_int_equal(info.endpoint.port, 99);
    net_send(net, 0, 1, 100);
    assert_int_equal(net->sent[net->sents - 1].type, 4); /* under the session of before */
    assert_int_equal(net->sent[net->sents - 1].to.port, 99);
    net_free(net);
}

static bool memory_has(const struct net_host *host, const uint8_t *bytes, size_t length)
{
    const uint8_t *memory = host->memory;
    size_t         size = wrn_engine_size(&host->config.limits);
    for (size_t i = 0; i + length <= size; i++)
        if (!memcmp(memory + i, bytes, length))
            return true;
    return false;
}

static void p134_a_removed_peer_leaves_nothing(void **state)
{
    (void)state;
    struct net         *net = talking();
    struct wrn_peer     peer = net->host[0].peers[1];
    struct wrn_engine  *engine = net->host[0].engine;
    struct wrni_flow   *flow = wrni_flow_at(engine, peer.slot);
    uint8_t             psk[32], send_key[32], public_key[32];
    memset(psk, 0x70, sizeof psk);
    tell(net, 0, 1, PSK_LINE "persistent_keepalive_interval=25\n");
    memcpy(send_key, wrni_rotation_at(&flow->rotation, WRNI_CURRENT)->send_key, 32);
    net_public_key(net, 1, public_key);
    assert_true(memory_has(&net->host[0], psk, 32) && memory_has(&net->host[0], send_key, 32));
    uint32_t flying = net_send(net, 1, 0, 100); /* on its way when its peer goes */
    tell(net, 0, 1, "remove=true\n");
    assert_false(memory_has(&net->host[0], psk, 32));
    assert_false(memory_has(&net->host[0], send_key, 32));
    assert_false(memory_has(&net->host[0], public_key, 32));
    assert_int_equal(wrn_deadline(engine), WRN_NEVER);
    size_t sents = net_sent(net, 0, 0, 0, WRN_NEVER);
    net_run(net, 60 * S);
    assert_int_equal(net_received(net, 0, flying), 0);
    assert_int_equal(net_sent(net, 0, 0, 0, WRN_NEVER), sents);
    net_send(net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_NO_ROUTE);
    net_free(net);
}

static void p134_what_a_removed_peer_had_staged_is_dropped(void **state)
{
    (void)state;
    struct net            *net = net_new(2, D);
    struct wrn_counters    counters;
    struct wrn_engine_view view;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 3; i++)
        net_send(net, 0, 1, 100);
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.staged, 3);
    tell(net, 0, 1, "remove=true\n");
    wrn_inspect_engine(net->host[0].engine, &view);
    wrn_counters(net->host[0].engine, &counters);
    assert_int_equal(view.staged, 0);
    assert_int_equal(view.indices, 0);
    assert_int_equal(view.prefixes, 0);
    assert_int_equal(view.trie_nodes, 0);
    assert_int_equal(counters.reasons[WRN_REASON_PURGED], 3);
    net_free(net);
}

static void p128_a_new_identity_starts_at_once_and_still_receives(void **state)
{
    (void)state;
    struct net          *net = talking();
    struct wrn_peer_view view;
    struct text          text = {0};
    uint8_t              secret[32];
    memset(secret, 0x60, 32);
    text_key(&text, "private_key", secret);
    set_must(net->host[0].engine, net->now, text.at);
    net_view(net, 0, 1, &view);
    assert_true(view.sessions[WRN_CURRENT].there);
    assert_false(view.sessions[WRN_CURRENT].may_send);
    assert_int_equal(view.last_initiation_sent, WRN_NEVER);
    uint32_t id = net_send(net, 1, 0, 100);
    net_run(net, net->now + 1 * S);
    assert_int_equal(net_received(net, 0, id), 1);
    memcpy(net->host[0].secret, secret, 32); /* net_public_key tells the new one from here on */
    struct text peer = {0};
    section_of(net, 0, &peer);
    text_add(&peer, "allowed_ip=10.0.0.1/32\nendpoint=192.0.2.1:51820\n");
    set_must(net->host[1].engine, net->now, peer.at);
    wrn_time now = net->now;
    assert_true(passes(net, 0, 1));
    assert_int_equal(net_sent(net, 0, 1, now, WRN_NEVER), 1);
    text_free(&text);
    text_free(&peer);
    net_free(net);
}

/* A section is finished by the blank line and by the next section alike. */
static void p130_p151_g77_every_section_is_followed_up(void **state)
{
    (void)state;
    for (unsigned last = 0; last < 2; last++) {
        for (unsigned more = 0; more < 2; more++) {
            struct net *net = net_new(3, D);
            struct text text = {0};
            net_connect(net, 0, 1);
            net_connect(net, 0, 2);
            net_send(net, 0, 1, 100);
            net_run(net, 1 * S);
            wrn_time now = net->now;
            if (!last && more)
                section_of(net, 2, &text);
            section_of(net, 1, &text);
            text_add(&text, "persistent_keepalive_interval=25\n");
            if (last && more)
                section_of(net, 2, &text);
            set_must(net->host[0].engine, now, text.at);
            net_pump(net, 0);
            assert_int_equal(net_sent(net, 0, 6, now, now), 1);
            text_free(&text);
            net_free(net);
        }
    }
}

static bool lost(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    (void)context;
    return false;
}

/* Staged packets are sent when the section of their peer is over; without a session that asks for one at once, where the timer
 * would have waited for its jitter. */
static void p130_p151_g77_the_end_of_a_section_sends_what_is_staged(void **state)
{
    (void)state;
    static const unsigned about[4][2] = {{0, 0}, {1, 0}, {1, 2}, {2, 1}}; /* in this order; 0: nobody */
    for (unsigned i = 0; i < 4; i++) {
        struct net *net = net_new(3, D);
        struct text text = {0};
        net_connect(net, 0, 1);
        net_connect(net, 0, 2);
        net->tap = lost;
        net_send(net, 0, 1, 100);
        net_run(net, 5 * S);
        assert_int_equal(net->sents, 1);
        for (unsigned j = 0; j < 2; j++)
            if (about[i][j])
                section_of(net, about[i][j], &text);
        text_add(&text, "%s", "");
        set_must(net->host[0].engine, net->now, text.at);
        net_pump(net, 0);
        assert_int_equal(net_sent(net, 0, 1, 5 * S, 5 * S), i > 0);
        net_free(net);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p131_a_preshared_key_works_from_the_next_handshake_on),
        cmocka_unit_test(p132_persistent_keepalive),
        cmocka_unit_test(p132_a_keepalive_set_while_down_is_kept),
        cmocka_unit_test(p133_g29_an_update_disturbs_nothing),
        cmocka_unit_test(p133_only_a_given_endpoint_moves),
        cmocka_unit_test(p134_a_removed_peer_leaves_nothing),
        cmocka_unit_test(p134_what_a_removed_peer_had_staged_is_dropped),
        cmocka_unit_test(p128_a_new_identity_starts_at_once_and_still_receives),
        cmocka_unit_test(p130_p151_g77_every_section_is_followed_up),
        cmocka_unit_test(p130_p151_g77_the_end_of_a_section_sends_what_is_staged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
