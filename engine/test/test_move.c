#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "state.h"

/* Growing is moving, in the middle of everything (law 5). */

static const struct wrn_limits small = {.peers = 3, .prefixes = 12, .window_bits = 256, .stage_slots = 64, .stage_share = 8,
                                        .stage_bytes = 2048, .sources = 64, .lanes = 1, .orders = 16};

/* One life stays, its twin grows at every step: the digests, which do not know limits, stay equal, so nothing is lost. */
static void law5_growing_at_every_step_of_a_random_life_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 201; seed < 207; seed++) {
        struct life stays, grows;
        struct rng  rng = {seed};
        life_begin(&stays, seed, &small);
        life_begin(&grows, seed, &small);
        for (unsigned step = 0; step < 300; step++) {
            uint8_t a[32], b[32];
            life_grow(&grows, step % LIFE_HOSTS, &rng);
            life_step(&stays);
            life_step(&grows);
            for (unsigned host = 0; host < LIFE_HOSTS; host++) {
                net_digest(stays.net, host, WRN_PART_ALL, a);
                net_digest(grows.net, host, WRN_PART_ALL, b);
                assert_memory_equal(a, b, 32);
                assert_int_equal(wrn_deadline(stays.net->host[host].engine), wrn_deadline(grows.net->host[host].engine));
            }
        }
        assert_int_equal(life_log(&stays), life_log(&grows));
        life_end(&stays);
        life_end(&grows);
    }
}

/* Everything at once: a live session, a pending handshake, a cookie, staged packets, unread events, a load. */
static void fill(struct net *net)
{
    net_connect(net, 0, 1);
    net_introduce(net, 0, 2, true);
    net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    wrn_report_load(net->host[2].engine, net->now);
    net_introduce(net, 2, 0, true);
    for (unsigned i = 0; i < 3; i++)
        net_send(net, 0, 2, 200 + i); /* host 2 answers with a cookie */
    net_run(net, net->now + WRN_SECOND);
    wrn_report_load(net->host[0].engine, net->now);
}

static void law5_sessions_handshakes_cookies_stage_and_events_come_along(void **state)
{
    struct net          *net = net_new(3, 10 * WRN_MILLISECOND);
    struct wrn_peer_view before[2], after[2];
    struct wrn_engine_view one, two;
    struct life          life = {.net = net};
    struct rng           rng = {3};
    (void)state;
    fill(net);
    net_view(net, 0, 1, &before[0]);
    net_view(net, 0, 2, &before[1]);
    wrn_inspect_engine(net->host[0].engine, &one);
    assert_true(before[0].sessions[WRN_CURRENT].there && before[1].handshake_pending && before[1].has_cookie);
    assert_int_equal(one.staged, 3);
    assert_true(one.under_load);
    life_grow(&life, 0, &rng);
    net_view(net, 0, 1, &after[0]);
    net_view(net, 0, 2, &after[1]);
    wrn_inspect_engine(net->host[0].engine, &two);
    assert_memory_equal(before, after, sizeof before); /* every index, counter and deadline */
    assert_memory_equal(&one, &two, sizeof one);
    struct wrn_event events[4];
    assert_true(wrn_events(net->host[0].engine, events, 4) >= 1); /* the load, at least */
    assert_true(events[0].bits & WRN_EVENT_LOAD);
    /* And it lives: the session carries both ways, the cookie opens the door, the staged packets go. */
    uint32_t there = net_send(net, 0, 1, 80), back = net_send(net, 1, 0, 80);
    net_run(net, net->now + 7 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, there), 1);
    assert_int_equal(net_received(net, 0, back), 1);
    size_t arrived = 0;
    for (size_t i = 0; i < net->delivereds; i++)
        arrived += net->delivered[i].to == 2;
    assert_int_equal(arrived, 3);
    net_free(net);
}

/* A source that has spent its tokens has spent them after the move, too (P-41). */
static void p41_spent_tokens_stay_spent_across_a_move(void **state)
{
    struct net       *net = net_new(1, 0);
    struct life       life = {.net = net};
    struct rng        rng = {9};
    struct outsider   o;
    struct wrn_packet packet;
    uint8_t           message[148];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    wrn_report_load(net->host[0].engine, 0);
    outsider_initiate(&o, 1700000001, 0, 0, message);
    packet = knock(net, 0, &elsewhere, message, sizeof message);
    assert_true(outsider_cookie(&o, bytes_of(&packet), 0));
    for (unsigned i = 0; i < 6; i++) {
        outsider_initiate(&o, 1700000002 + i, 0, 0, message);
        packet = knock(net, 0, &elsewhere, message, sizeof message);
        assert_true((packet.reason == WRN_REASON_RATE) == (i == 5));
        life_grow(&life, 0, &rng);
    }
    struct wrn_engine_view view;
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.sources, 1);
    net_free(net);
}

/* A table that was full has room after the move, and old handles stay good. */
static void law5_a_full_engine_has_room_after_the_move(void **state)
{
    struct wrn_config config;
    (void)state;
    wrn_config_default(&config);
    config.limits.peers = 1;
    config.limits.prefixes = 2;
    struct net       *net = net_new_with(3, WRN_MILLISECOND, &config, &wrn_crypto_sodium);
    struct life       life = {.net = net};
    struct rng        rng = {0};
    struct wrn_peer   peer, found;
    uint8_t           key[32];
    struct wrn_prefix third = {.address = {10, 9}, .family = 4, .length = 16};
    net_connect(net, 0, 1);
    net_public_key(net, 2, key);
    assert_int_equal(wrn_peer_add(net->host[0].engine, 0, key, &peer), WRN_NO_ROOM);
    assert_int_equal(wrn_allowed_add(net->host[0].engine, net->host[0].peers[1], &third, NULL), WRN_NO_ROOM);
    struct wrn_limits limits = config.limits;
    while (limits.peers < 2 || limits.prefixes < 3) {
        life_grow(&life, 0, &rng);
        wrn_engine_limits(net->host[0].engine, &limits);
    }
    assert_int_equal(wrn_peer_add(net->host[0].engine, 0, key, &peer), WRN_OK);
    assert_int_equal(wrn_allowed_add(net->host[0].engine, net->host[0].peers[1], &third, NULL), WRN_OK);
    assert_int_equal(wrn_peer_find(net->host[0].engine, key, &found), WRN_OK);
    assert_int_equal(found.slot, peer.slot);
    uint32_t id = net_send(net, 0, 1, 64);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

static void refuse(struct net *net, void *memory, size_t size, const struct wrn_limits *limits, enum wrn_status status)
{
    struct wrn_engine *engine = net->host[0].engine;
    uint8_t            before[32], after[32];
    net_digest(net, 0, WRN_PART_ALL, before);
    assert_int_equal(wrn_engine_move(&engine, memory, size, limits), status);
    assert_ptr_equal(engine, net->host[0].engine);
    net_digest(net, 0, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
}

/* Smaller in any limit, another window, other lanes, no memory, too little, misaligned, its own: refused, and nothing happened.
 */
static void law5_moves_that_are_refused_change_nothing(void **state)
{
    struct net             *net = net_new(2, WRN_MILLISECOND);
    const struct wrn_limits now = net->host[0].config.limits;
    size_t                  size = wrn_engine_size(&now);
    uint8_t                *memory = aligned_alloc(16, ((size + 15) & ~(size_t)15) + 16);
    (void)state;
    assert_non_null(memory);
    net_connect(net, 0, 1);
    net_send(net, 0, 1, 100);
    for (unsigned field = 0; field < 9; field++) {
        struct wrn_limits limits = now;
        uint32_t *const fields[9] = {&limits.peers,       &limits.prefixes,    &limits.window_bits,
                                     &limits.stage_slots, &limits.stage_share, &limits.stage_bytes,
                                     &limits.sources,     &limits.lanes,       &limits.window_bits};
        if (field == 7)
            *fields[field] = 2;
        else if (field == 8)
            *fields[field] *= 2;
        else
            *fields[field] /= 2;
        refuse(net, memory, size, &limits, WRN_BAD_ARGUMENT);
    }
    refuse(net, NULL, size, &now, WRN_BAD_MEMORY);
    refuse(net, memory + 8, size, &now, WRN_BAD_MEMORY);
    refuse(net, memory, size - 1, &now, WRN_BAD_MEMORY);
    refuse(net, net->host[0].memory, size, &now, WRN_BAD_MEMORY);
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    free(memory);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law5_growing_at_every_step_of_a_random_life_loses_nothing),
        cmocka_unit_test(law5_sessions_handshakes_cookies_stage_and_events_come_along),
        cmocka_unit_test(p41_spent_tokens_stay_spent_across_a_move),
        cmocka_unit_test(law5_a_full_engine_has_room_after_the_move),
        cmocka_unit_test(law5_moves_that_are_refused_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
