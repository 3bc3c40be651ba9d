#include <stdlib.h>

#include "peek.h"
#include "random.h"
#include "watch.h"

/* Both sides initiate: the handshakes cross, both responses die, and yet there is one session soon (P-25, P-168, L11). */

#define JITTER 333333333u

static struct watch eyes;

static struct net *pair(wrn_time delay, unsigned seed)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.entropy[4] = (uint8_t)seed;
    config.entropy[5] = (uint8_t)(seed >> 8);
    struct net *net = net_new_with(2, delay, &config, &wrn_crypto_sodium);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    return net;
}

/* A session of the same keys at both ends, that both may use or are about to. */
static bool mutual(const struct net *net)
{
    for (unsigned a = 0; a < 2; a++) {
        const struct wrni_session *mine = peek_session(net, a, 1 - a, WRNI_CURRENT);
        for (unsigned place = WRNI_CURRENT; mine && place <= WRNI_NEXT; place++) {
            const struct wrni_session *theirs = peek_session(net, 1 - a, a, (enum wrni_place)place);
            if (theirs && theirs->local_index == mine->remote_index && theirs->remote_index == mine->local_index)
                return true;
        }
    }
    return false;
}

static void converge(wrn_time delay, unsigned seed, wrn_time skew)
{
    struct net *net = pair(delay, seed);
    uint32_t    id[2] = {net_send(net, 0, 1, 100), 0};
    net_run(net, skew);
    id[1] = net_send(net, 1, 0, 100);
    wrn_time bound = 2 * (5 * WRN_SECOND + JITTER) + 2 * delay + skew;
    while (!mutual(net)) {
        if (net->now > bound)
            fail_msg("no session: delay %llu, seed %u, skew %llu", (unsigned long long)delay, seed, (unsigned long long)skew);
        net_run(net, net->now + 10 * WRN_MILLISECOND);
    }
    if (delay < 1750 * WRN_MILLISECOND)
        net_run(net, bound);
    else
        net_run(net, bound + 2 * delay);
    assert_int_equal(net_received(net, 1, id[0]), 1); /* what was staged is there */
    assert_int_equal(net_received(net, 0, id[1]), 1);
    net_free(net);
}

static void p25_p168_g100_a_session_within_two_tries_at_any_delay(void **state)
{
    (void)state;
    static const unsigned ms[] = {1, 3, 10, 30, 100, 160, 200, 250, 300, 333, 334, 350, 500, 800, 1200, 1700, 2000, 2400};
    for (unsigned i = 0; i < 18; i++)
        for (unsigned seed = 0; seed < 25; seed++)
            converge(ms[i] * WRN_MILLISECOND, seed,
                     seed * ms[i] * WRN_MILLISECOND / 26); /* in step, and askew by up to one way */
}

static void p168_a_suppressed_retry_counts_as_no_attempt(void **state)
{
    (void)state;
    struct net *net = pair(400 * WRN_MILLISECOND, 1);
    net_send(net, 0, 1, 100);
    net_send(net, 1, 0, 100);
    net_run(net, 5390 * WRN_MILLISECOND); /* both retries fell due, and both were suppressed: 0.4 s > any jitter */
    for (unsigned host = 0; host < 2; host++) {
        const struct wrni_timers *timers = peek_timers(net, host, 1 - host);
        assert_int_equal(net_sent(net, host, 1, 0, WRN_NEVER), 1);
        assert_int_equal(timers->attempts, 0);
        wrn_time least = (timers->yields ? 10400 : 5400) * WRN_MILLISECOND;
        assert_in_range(timers->retransmit, least, least + JITTER);
    }
    assert_int_not_equal(peek_timers(net, 0, 1)->yields, peek_timers(net, 1, 0)->yields); /* exactly one waits */
    net_run(net, 9 * WRN_SECOND);
    assert_false(peek_timers(net, 0, 1)->yields || peek_timers(net, 1, 0)->yields); /* over, once complete */
    net_free(net);
}

static void p168_traffic_on_both_sides_does_not_make_them_cross_for_ever(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct net *net = pair((seed + 1) * 20 * WRN_MILLISECOND, seed);
        for (unsigned i = 0; i < 1100; i++) { /* every 10 ms both ask again */
            net_send(net, 0, 1, 100);
            net_send(net, 1, 0, 100);
            net_run(net, net->now + 10 * WRN_MILLISECOND);
        }
        assert_true(mutual(net));
        assert_true(net->delivereds > 100);
        watch_end(&eyes);
        net_free(net);
    }
}

static void g49_crossing_handshakes_end_in_silence(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 30; seed++) {
        struct net *net = pair((1 + seed * 13) * WRN_MILLISECOND, seed);
        net_send(net, 0, 1, 100);
        net_send(net, 1, 0, 100);
        net_run(net, 60 * WRN_SECOND);
        size_t sents = net->sents;
        assert_int_equal(peek_timers(net, 0, 1)->retransmit, WRN_NEVER);
        assert_int_equal(peek_timers(net, 1, 0)->retransmit, WRN_NEVER);
        assert_true(net_sent(net, 0, 1, 0, WRN_NEVER) + net_sent(net, 1, 1, 0, WRN_NEVER) <= 4);
        net_run(net, 700 * WRN_SECOND);
        assert_int_equal(net->sents, sents);
        assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER);
        assert_int_equal(wrn_deadline(net->host[1].engine), WRN_NEVER);
        net_free(net);
    }
}

static bool lossy(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)from;
    (void)datagram;
    struct rng *rng = context;
    return net->now < 20 * WRN_SECOND || rng_below(rng, 10) != 0; /* it is about recovery, not about the first handshake */
}

/* Every 5 s both sides are made to initiate, for an hour, and a tenth of all datagrams is lost. No direction is without a
 * delivery for 10 s. */
static void p25_g27_crossings_every_five_seconds_for_an_hour_with_loss(void **state)
{
    (void)state;
    struct rng  rng = {27};
    struct net *net = pair(70 * WRN_MILLISECOND, 27);
    wrn_time    last[2] = {0, 0}, worst = 0;
    size_t      seen = 0;
    eyes.tap = lossy;
    eyes.tap_context = &rng;
    for (unsigned tick = 0; tick < 3600 * 4; tick++) {
        if (tick % 20 == 0)
            for (unsigned host = 0; host < 2; host++)
                wrni_request(net->host[host].engine, net->host[host].peers[1 - host].slot, false);
        net_send(net, 0, 1, 100);
        net_send(net, 1, 0, 100);
        net_run(net, net->now + 250 * WRN_MILLISECOND);
        for (; seen < net->delivereds; seen++)
            last[net->delivered[seen].to] = net->delivered[seen].at;
        for (unsigned host = 0; host < 2; host++)
            worst = net->now - last[host] > worst ? net->now - last[host] : worst;
    }
    assert_true(worst <= 10 * WRN_SECOND);
    watch_end(&eyes);
    net_free(net);
}

static bool only_first(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)datagram;
    (void)context;
    return from == 0;
}

/* Ours could not leave, for want of an address: theirs crosses nothing, and nobody yields. */
static void p25_p168_what_never_left_crosses_nothing(void **state)
{
    (void)state;
    for (unsigned caller = 0; caller < 2; caller++) { /* one of the two has the larger key */
        struct net *net = net_new(2, 10 * WRN_MILLISECOND);
        net_introduce(net, 1 - caller, caller, false);
        net_introduce(net, caller, 1 - caller, true);
        struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 100};
        assert_int_equal(wrn_peer_set(net->host[1 - caller].engine, 0, net->host[1 - caller].peers[caller], &change), WRN_OK);
        net_pump(net, 1 - caller);
        net_run(net, WRN_SECOND);
        net_send(net, caller, 1 - caller, 100);
        net->now += 10 * WRN_MILLISECOND; /* their initiation arrives, and the answer is under way */
        net_run(net, net->now);
        assert_false(wrni_peer_at(net->host[1 - caller].engine, net->host[1 - caller].peers[caller].slot)->timers.yields);
        net_free(net);
    }
}

/* A request was granted, and an answer of ours overtook it before it left. Should the other side be gone by now, what is staged must
 * not wait for ever. */
static void p84_p168_a_request_that_an_answer_overtakes_is_kept(void **state)
{
    (void)state;
    wrn_time    delay = 40 * WRN_MILLISECOND;
    struct net *net = pair(delay, 1);
    net_send(net, 1, 0, 100);
    net_run(net, delay - 1);
    struct net_datagram *initiation = peek_catch(net);
    eyes.tap = only_first;
    net->now = delay;
    uint8_t buffer[WRN_HEADROOM + 28 + WRN_TAILROOM] = {
        [WRN_HEADROOM] = 0x45, [WRN_HEADROOM + 3] = 28, [WRN_HEADROOM + 16] = 10, [WRN_HEADROOM + 19] = 2};
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = 28};
    wrn_tun_input(net->host[0].engine, net->now, &packet, 1);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    assert_int_equal(peek_take(net, 0, initiation), WRN_SEND); /* and the answer gets lost */
    free(initiation);
    net_pump(net, 0);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 0);
    net_run(net, 10 * WRN_SECOND);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 1);
    net_run(net, 150 * WRN_SECOND);
    assert_true(net->host[0].events[1] & WRN_EVENT_GAVE_UP);
    assert_int_equal(peek_flow(net, 0, 1)->queue.count, 0);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p25_p168_g100_a_session_within_two_tries_at_any_delay),
        cmocka_unit_test(p168_a_suppressed_retry_counts_as_no_attempt),
        cmocka_unit_test(p168_traffic_on_both_sides_does_not_make_them_cross_for_ever),
        cmocka_unit_test(g49_crossing_handshakes_end_in_silence),
        cmocka_unit_test(p25_g27_crossings_every_five_seconds_for_an_hour_with_loss),
        cmocka_unit_test(p25_p168_what_never_left_crosses_nothing),
        cmocka_unit_test(p84_p168_a_request_that_an_answer_overtakes_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
