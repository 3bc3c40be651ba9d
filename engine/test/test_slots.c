#include <stdlib.h>

#include "peek.h"
#include "random.h"
#include "watch.h"

/* The three sessions of a peer in a running engine: who may use which, when one dies, and that nothing of it stays in memory. */

#define D (40 * WRN_MILLISECOND)

static struct watch eyes;

static struct net *pair(void)
{
    struct net *net = net_new(2, D);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    return net;
}

static struct net *session(void)
{
    struct net *net = pair();
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    return net;
}

static void initiate(struct net *net, unsigned host)
{
    wrn_advance(net->host[host].engine, net->now);
    wrni_request(net->host[host].engine, net->host[host].peers[1 - host].slot, false);
    net_pump(net, host);
}

/* A new handshake by `host`, and to the end of it. */
static void renew(struct net *net, unsigned host)
{
    initiate(net, host);
    net_run(net, net->now + 6 * WRN_SECOND);
}

static bool known(const struct net *net, unsigned host, uint32_t index)
{
    struct wrn_peer peer;
    bool            is_session;
    return wrn_inspect_index(net->host[host].engine, index, &peer, &is_session) == WRN_OK && is_session;
}

static void p54_p55_p60_receiving_under_previous_and_not_under_older(void **state)
{
    (void)state;
    struct net *net = session();
    struct net_datagram old[2] = {{.from = net->host[1].address}, {.from = net->host[1].address}};
    for (unsigned i = 0; i < 2; i++)
        old[i].length = peek_seal(net, 1, 0, WRNI_CURRENT, NULL, 0, old[i].bytes);
    uint32_t index = peek_session(net, 0, 1, WRNI_CURRENT)->local_index;
    renew(net, 0);
    assert_int_equal(peek_session(net, 0, 1, WRNI_PREVIOUS)->local_index, index);
    assert_true(peek_session(net, 0, 1, WRNI_CURRENT)->local_index != index);
    assert_int_equal(peek_take(net, 0, &old[0]), WRN_TAKEN); /* on its way since before the change */
    net_send(net, 0, 1, 100);                                /* and sending is under current only: the watch sees to it */
    renew(net, 0);
    assert_false(known(net, 0, index)); /* gone at once, index and all */
    assert_int_equal(peek_take(net, 0, &old[1]), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_INDEX);
    net_free(net);
}

static void p56_answering_kills_previous_at_once_and_the_old_next(void **state)
{
    (void)state;
    struct net *net = session();
    renew(net, 0);
    uint32_t previous = peek_session(net, 1, 0, WRNI_PREVIOUS)->local_index;
    uint32_t current = peek_session(net, 1, 0, WRNI_CURRENT)->local_index;
    initiate(net, 0);
    net_run(net, net->now + D); /* section 24, rule 12: with the answer, not with the confirmation */
    assert_false(known(net, 1, previous));
    assert_null(peek_session(net, 1, 0, WRNI_PREVIOUS));
    assert_int_equal(peek_session(net, 1, 0, WRNI_CURRENT)->local_index, current);
    uint32_t next = peek_session(net, 1, 0, WRNI_NEXT)->local_index;
    while (net->flying)
        free(peek_catch(net)); /* the response is lost */
    net_run(net, net->now + 5400 * WRN_MILLISECOND);
    assert_false(known(net, 1, next)); /* answered again: the old next is gone */
    assert_true(known(net, 1, peek_session(net, 1, 0, WRNI_CURRENT)->local_index));
    net_free(net);
}

static void p55_a_next_of_ours_becomes_previous_when_our_own_handshake_wins(void **state)
{
    (void)state;
    struct net *net = session();
    initiate(net, 1); /* host 0 gets a next */
    net_run(net, net->now + D);
    uint32_t next = peek_session(net, 0, 1, WRNI_NEXT)->local_index;
    uint32_t current = peek_session(net, 0, 1, WRNI_CURRENT)->local_index;
    while (net->flying)
        free(peek_catch(net)); /* our response never arrives; and now our own handshake */
    peek_quiet(net, 1, 0);
    peek_timers(net, 0, 1)->last_initiation = WRN_NEVER;
    watch_pardon(&eyes, 0);
    net->now += WRN_SECOND;
    renew(net, 0);
    assert_int_equal(peek_session(net, 0, 1, WRNI_PREVIOUS)->local_index, next);
    assert_false(known(net, 0, current));
    assert_null(peek_session(net, 0, 1, WRNI_NEXT));
    net_free(net);
}

static void p56_an_initiation_refreshes_though_no_response_can_be_made(void **state)
{
    (void)state;
    struct net *net = pair(); /* section 24, rule 5 */
    net_send(net, 0, 1, 100);
    peek_peer(net, 1, 0)->cells_pending = 15; /* no free index: as if lanes were slow */
    wrni_timers_data_sent(peek_timers(net, 1, 0), 0, 0);
    peek_timers(net, 1, 0)->persistent_s = 25;
    net->host[0].address.port = 999;
    net->flight[0]->from.port = 999;
    net_run(net, D);
    struct wrn_peer_info info;
    net_info(net, 1, 0, &info);
    assert_int_equal(net->sents, 1);
    assert_int_equal(info.endpoint.port, 999);
    assert_int_equal(info.rx_bytes, 148);
    assert_int_equal(peek_timers(net, 1, 0)->new_handshake, WRN_NEVER);
    assert_int_equal(peek_timers(net, 1, 0)->persistent, D + 25 * WRN_SECOND);
    net_free(net);
}

static void p56_next_and_zero_keys_stand_though_the_response_was_not_sent(void **state)
{
    (void)state;
    struct net *net = pair(); /* section 24, rule 5: they are there before the socket is asked */
    net_send(net, 0, 1, 100);
    struct net_datagram *initiation = peek_catch(net);
    net->now = D;
    assert_int_equal(peek_take(net, 1, initiation), WRN_SEND); /* and dropped by the host */
    free(initiation);
    assert_non_null(peek_session(net, 1, 0, WRNI_NEXT));
    assert_int_equal(peek_timers(net, 1, 0)->zero_keys, D + 540 * WRN_SECOND);
    net_free(net);
}

static void p131_a_new_preshared_key_in_the_middle_affects_the_pending_handshake(void **state)
{
    (void)state;
    struct net *net = pair(); /* section 24, rule 11 */
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY, .preshared_key = {7}};
    uint32_t    id = net_send(net, 0, 1, 100);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(wrn_peer_set(net->host[i].engine, 0, net->host[i].peers[1 - i], &change), WRN_OK);
    net_run(net, WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* The window, through whole engines. ----------------------------------------------------------------------------------------- */

static void p61_p63_g11_g75_reordering_by_the_window_and_by_one_more(void **state)
{
    (void)state;
    for (unsigned beyond = 0; beyond < 2; beyond++) {
        struct net *net = session();
        static struct net_datagram late, datagram;
        late.from = datagram.from = net->host[0].address;
        late.length = peek_seal(net, 0, 1, WRNI_CURRENT, NULL, 0, late.bytes);
        for (unsigned i = 0; i < 8128 + beyond; i++) {
            datagram.length = peek_seal(net, 0, 1, WRNI_CURRENT, NULL, 0, datagram.bytes);
            if (i % 64 == 0 || i > 8120)
                assert_int_equal(peek_take(net, 1, &datagram), WRN_TAKEN);
        }
        assert_int_equal(peek_take(net, 1, &late), beyond ? WRN_DROP : WRN_TAKEN);
        assert_int_equal(net_last_reason, beyond ? WRN_REASON_REPLAY : WRN_REASON_NONE);
        net_free(net);
    }
}

static void p62_g91_a_forged_high_counter_moves_nothing(void **state)
{
    (void)state;
    struct net *net = session();
    struct net_datagram datagram = {.from = net->host[0].address};
    uint8_t             before[32], after[32];
    datagram.length = peek_seal(net, 0, 1, WRNI_CURRENT, NULL, 0, datagram.bytes);
    wrn_advance(net->host[1].engine, net->now);
    net_digest(net, 1, WRN_PART_PROTOCOL, before);
    for (unsigned bit = 8; bit < 64; bit++) {
        struct net_datagram forged = datagram;
        wrni_store_le64(forged.bytes + 8, UINT64_C(1) << bit);
        assert_int_equal(peek_take(net, 1, &forged), WRN_DROP);
    }
    net_digest(net, 1, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    assert_int_equal(peek_take(net, 1, &datagram), WRN_TAKEN);
    net_free(net);
}

static void g79_reception_goes_on_after_any_rubbish(void **state)
{
    (void)state;
    struct net *net = session();
    struct rng  rng = {79};
    for (unsigned i = 0; i < 3000; i++) {
        struct net_datagram rubbish = {.from = net->host[0].address, .length = rng_below(&rng, 300)};
        rng_bytes(&rng, rubbish.bytes, rubbish.length);
        if (rng_below(&rng, 2))
            memcpy(rubbish.bytes, (uint8_t[4]){(uint8_t)(1 + rng_below(&rng, 4))}, 4);
        assert_int_equal(peek_take(net, 1, &rubbish), WRN_DROP);
    }
    uint32_t id = net_send(net, 0, 1, 100);
    net_run(net, net->now + D);
    assert_int_equal(net_received(net, 1, id), 1);
    net_free(net);
}

/* Secrets (oracle 8). -------------------------------------------------------------------------------------------------------- */

struct secrets { uint8_t bytes[64][16]; unsigned count; };

static void remember(struct secrets *s, const uint8_t *secret)
{
    assert_true(s->count < 64);
    memcpy(s->bytes[s->count++], secret, 16);
}

static void remember_all(struct secrets *s, const struct net *net)
{
    for (unsigned host = 0; host < 2; host++)
        for (unsigned place = 0; place < 3; place++) {
            const struct wrni_session *session = peek_session(net, host, 1 - host, (enum wrni_place)place);
            if (!session)
                continue;
            remember(s, session->send_key);
            remember(s, session->receive_key);
        }
}

/* How many of the secrets are in an engine's memory. */
static unsigned found(const struct secrets *s, const struct net *net, unsigned host)
{
    const uint8_t *memory = net->host[host].memory;
    size_t         size = net->host[host].engine->size;
    unsigned       count = 0;
    for (unsigned i = 0; i < s->count; i++)
        for (size_t at = 0; at + 16 <= size; at++)
            if (memory[at] == s->bytes[i][0] && !memcmp(memory + at, s->bytes[i], 16)) {
                count++;
                break;
            }
    return count;
}

static void p60_p78_p161_nothing_derived_outlives_540_seconds(void **state)
{
    (void)state;
    struct net    *net = pair();
    struct secrets secrets = {.count = 0};
    net_send(net, 0, 1, 100);
    remember(&secrets, peek_peer(net, 0, 1)->handshake.ephemeral);
    remember(&secrets, peek_peer(net, 0, 1)->handshake.chain);
    remember(&secrets, peek_peer(net, 0, 1)->handshake.hash);
    assert_int_equal(found(&secrets, net, 0), 3);
    net_run(net, 20 * WRN_SECOND);
    assert_int_equal(found(&secrets, net, 0), 0); /* the handshake is over (P-26) */
    secrets.count = 0;
    renew(net, 0);
    remember_all(&secrets, net);
    assert_int_equal(secrets.count, 8);
    assert_int_equal(found(&secrets, net, 0), 8); /* both ends hold the same keys */
    wrn_time born = peek_session(net, 0, 1, WRNI_CURRENT)->birth;
    net_run(net, born + 540 * WRN_SECOND - 2 * D - 1);
    assert_int_equal(found(&secrets, net, 0), 8);
    net_run(net, born + 540 * WRN_SECOND);
    assert_int_equal(found(&secrets, net, 0), 0);
    assert_int_equal(found(&secrets, net, 1), 0);
    assert_true(net->host[0].events[1] & WRN_EVENT_LOST);
    struct wrn_engine_view view;
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.indices, 0);
    net_free(net);
}

static void p60_p134_p138_p161_freed_slots_are_zero(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct net    *net = session();
        struct secrets secrets = {.count = 0};
        struct wrn_engine *engine = net->host[0].engine;
        remember_all(&secrets, net);
        if (how == 0)
            assert_int_equal(wrn_set_up(engine, net->now, false), WRN_OK);
        else if (how == 1)
            wrn_forget_sessions(engine, net->now);
        else
            assert_int_equal(wrn_peer_remove(engine, net->now, net->host[0].peers[1]), WRN_OK);
        assert_int_equal(found(&secrets, net, 0), 0);
        const uint8_t *bodies = (const uint8_t *)peek_flow(net, 0, 1)->rotation.bodies;
        for (size_t i = 0; i < sizeof peek_flow(net, 0, 1)->rotation.bodies; i++)
            assert_int_equal(bodies[i], 0);
        const uint8_t *peer = (const uint8_t *)peek_peer(net, 0, 1);
        for (size_t i = 0; how == 2 && i < sizeof(struct wrni_peer); i++)
            assert_int_equal(peer[i], 0);
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p54_p55_p60_receiving_under_previous_and_not_under_older),
        cmocka_unit_test(p56_answering_kills_previous_at_once_and_the_old_next),
        cmocka_unit_test(p55_a_next_of_ours_becomes_previous_when_our_own_handshake_wins),
        cmocka_unit_test(p56_an_initiation_refreshes_though_no_response_can_be_made),
        cmocka_unit_test(p56_next_and_zero_keys_stand_though_the_response_was_not_sent),
        cmocka_unit_test(p131_a_new_preshared_key_in_the_middle_affects_the_pending_handshake),
        cmocka_unit_test(p61_p63_g11_g75_reordering_by_the_window_and_by_one_more),
        cmocka_unit_test(p62_g91_a_forged_high_counter_moves_nothing),
        cmocka_unit_test(g79_reception_goes_on_after_any_rubbish),
        cmocka_unit_test(p60_p78_p161_nothing_derived_outlives_540_seconds),
        cmocka_unit_test(p60_p134_p138_p161_freed_slots_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
