#include "life.h"
#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "state.h"

/* Counting: verdicts and reasons over whole lives, accounts of staged packets, wall times, and the sizes of things (section 18).
 */

static uint64_t sum(const uint64_t *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

/* Law 6 over random lives: what was handed in is what the counters say, verdict by verdict and reason by reason. */
static void p160_g111_counters_sum_to_what_was_handed_in(void **state)
{
    static const struct wrn_limits limits = {.peers = 4, .prefixes = 16, .window_bits = 256, .stage_slots = 10, .stage_share = 6,
                                             .stage_bytes = 1200, .sources = 16, .lanes = 1, .orders = 16};
    uint64_t                       drops = 0;
    (void)state;
    for (uint64_t seed = 301; seed < 309; seed++) {
        struct life life;
        life_begin(&life, seed, &limits);
        for (unsigned step = 0; step < 500; step++)
            life_step(&life);
        uint64_t verdicts[WRN_VERDICT_COUNT] = {0}, reasons[WRN_REASON_COUNT] = {0}, outputs = 0;
        for (unsigned host = 0; host < LIFE_HOSTS; host++) {
            struct wrn_counters c;
            wrn_counters(life.net->host[host].engine, &c);
            for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++)
                verdicts[i] += c.tun_verdicts[i] + c.net_verdicts[i];
            for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
                reasons[i] += c.reasons[i];
            outputs += c.outputs;
            uint64_t later = c.reasons[WRN_REASON_STAGED_OUT] + c.reasons[WRN_REASON_PURGED];
            assert_int_equal(c.tun_verdicts[WRN_DROP] + c.net_verdicts[WRN_DROP] + later, sum(c.reasons, WRN_REASON_COUNT));
            assert_int_equal(c.time_went_back, 0);
        }
        for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++)
            assert_int_equal(verdicts[i], life.net->verdicts[i]);
        for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
            if (i != WRN_REASON_STAGED_OUT && i != WRN_REASON_PURGED)
                assert_int_equal(reasons[i], life.net->reasons[i]);
        assert_int_equal(outputs + verdicts[WRN_SEND], life.net->sents);
        drops += verdicts[WRN_DROP];
        life_end(&life);
    }
    assert_true(drops > 100);
}

/* Buffers in = buffers out: what was staged has left, was dropped with a reason, or is still there (G-78). */
static void p82_p84_g78_every_staged_packet_is_accounted_for(void **state)
{
    static const struct wrn_limits limits = {.peers = 4, .prefixes = 16, .window_bits = 256, .stage_slots = 10, .stage_share = 6,
                                             .stage_bytes = 2048, .sources = 16, .lanes = 1, .orders = 16};
    (void)state;
    for (uint64_t seed = 401; seed < 405; seed++) {
        struct life life;
        life_begin(&life, seed, &limits);
        for (unsigned step = 0; step < 400; step++)
            life_step(&life);
        for (unsigned host = 0; host < LIFE_HOSTS; host++) {
            struct wrn_counters    c;
            struct wrn_engine_view view;
            struct wrn_engine     *engine = life.net->host[host].engine;
            size_t                 data = net_sent(life.net, host, 5, 0, WRN_NEVER);
            wrn_counters(engine, &c);
            wrn_inspect_engine(engine, &view);
            uint64_t left = data - c.tun_verdicts[WRN_SEND];
            assert_int_equal(c.tun_verdicts[WRN_TAKEN],
                             left + c.reasons[WRN_REASON_STAGED_OUT] + c.reasons[WRN_REASON_PURGED] + view.staged);
        }
        life_end(&life);
    }
}

/* After everything has ended, nothing is kept: no staged packet, no index, no deadline. */
static void p78_g78_at_quiescence_nothing_is_kept(void **state)
{
    struct net            *net = plain_pair(NULL);
    struct wrn_engine_view view;
    (void)state;
    net_run(net, 700 * WRN_SECOND);
    for (unsigned host = 0; host < 2; host++) {
        wrn_inspect_engine(net->host[host].engine, &view);
        assert_int_equal(view.staged + view.indices + view.sources, 0);
        assert_int_equal(wrn_deadline(net->host[host].engine), WRN_NEVER);
    }
    net_free(net);
}

static void p159_g24_the_last_handshake_in_wall_time(void **state)
{
    struct net          *net = net_new(2, 100 * WRN_MILLISECOND);
    struct wrn_peer_info a, b;
    (void)state;
    net_connect(net, 0, 1);
    net_run(net, 1000 * WRN_SECOND);
    net_info(net, 0, 1, &a);
    assert_int_equal(a.handshake_seconds, 0); /* never */
    net_send(net, 0, 1, 60);
    net_run(net, net->now + 150 * WRN_MILLISECOND);
    net_info(net, 1, 0, &b);
    assert_int_equal(b.handshake_seconds, 0); /* answered is not confirmed */
    net_run(net, 1001 * WRN_SECOND);
    net_info(net, 0, 1, &a);
    net_info(net, 1, 0, &b);
    assert_int_equal(a.handshake_seconds, 1700001000);
    assert_int_equal(b.handshake_seconds, 1700001000);
    assert_int_equal(a.handshake_nanoseconds, 200000000); /* by the response */
    assert_int_equal(b.handshake_nanoseconds, 300000000); /* by the confirmation */
    net_free(net);
}

static void p159_handshakes_and_messages_are_counted(void **state)
{
    struct net         *net = net_new(2, WRN_MILLISECOND);
    struct wrn_counters a, b;
    (void)state;
    net_connect(net, 0, 1);
    wrn_report_load(net->host[1].engine, 0);
    net_send(net, 0, 1, 60);
    net_run(net, 8 * WRN_SECOND);
    wrn_counters(net->host[0].engine, &a);
    wrn_counters(net->host[1].engine, &b);
    assert_true(a.initiations_sent == 2 && b.responses_sent == 1 && b.cookies_sent == 1);
    assert_true(a.handshakes == 1 && b.handshakes == 1);
    assert_true(a.responses_sent == 0 && b.initiations_sent == 0);
    assert_int_equal(a.net_verdicts[WRN_TAKEN], 2); /* the cookie and the response */
    assert_int_equal(b.net_verdicts[WRN_SEND], 2);
    assert_int_equal(b.net_verdicts[WRN_DELIVER], 1);
    net_free(net);
}

static void p159_a_time_that_goes_back_is_counted_and_the_newest_counts(void **state)
{
    struct net            *net = plain_pair(NULL);
    struct wrn_engine     *engine = net->host[0].engine;
    struct wrn_counters    counters;
    struct wrn_engine_view view;
    (void)state;
    wrn_advance(engine, 50 * WRN_SECOND);
    wrn_advance(engine, 10 * WRN_SECOND);
    wrn_advance(engine, 0);
    wrn_counters(engine, &counters);
    wrn_inspect_engine(engine, &view);
    assert_int_equal(counters.time_went_back, 2);
    assert_int_equal(view.newest_now, 50 * WRN_SECOND);
    net_free(net);
}

/* G-69: 18 kB of rings made half a million peers 9 GB. A peer here is its three windows and little more. */
static void g69_a_peer_is_small(void **state)
{
    struct wrn_limits limits;
    (void)state;
    wrn_limits_default(&limits);
    limits.peers = 1000;
    size_t few = wrn_engine_size(&limits);
    limits.peers = 2000;
    size_t per_peer = (wrn_engine_size(&limits) - few) / 1000;
    assert_in_range(per_peer, 3 * 1024, 3 * 1024 + 1536);
    limits.window_bits = 128;
    limits.peers = 1000;
    few = wrn_engine_size(&limits);
    limits.peers = 2000;
    assert_in_range((wrn_engine_size(&limits) - few) / 1000, 1, 1600);
    assert_in_range(sizeof(struct wrni_peer), 1, 768);
    assert_in_range(sizeof(struct wrni_flow), 1, 640);
    assert_in_range(sizeof(struct wrni_session), 1, 112);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p160_g111_counters_sum_to_what_was_handed_in),
        cmocka_unit_test(p82_p84_g78_every_staged_packet_is_accounted_for),
        cmocka_unit_test(p78_g78_at_quiescence_nothing_is_kept),
        cmocka_unit_test(p159_g24_the_last_handshake_in_wall_time),
        cmocka_unit_test(p159_handshakes_and_messages_are_counted),
        cmocka_unit_test(p159_a_time_that_goes_back_is_counted_and_the_newest_counts),
        cmocka_unit_test(g69_a_peer_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
