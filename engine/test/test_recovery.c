#include "peek.h"
#include "random.h"
#include "watch.h"

/* What comes back, and how soon: the liveness bounds of two engines under one clock (L4 to L16 of the simulator's list). */

#define D      (40 * WRN_MILLISECOND)
#define JITTER 333333333u

static struct watch eyes;
static bool         cut;
static unsigned     losing; /* percent */

static bool wire(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    return !cut && (!losing || rng_below(context, 100) >= losing);
}

static struct net *pair(unsigned seed, struct rng *rng)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.entropy[7] = (uint8_t)seed;
    config.entropy[8] = (uint8_t)(seed >> 8);
    struct net *net = net_new_with(2, D, &config, &wrn_crypto_sodium);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    rng->state = seed;
    eyes.tap = wire;
    eyes.tap_context = rng;
    cut = false;
    losing = 0;
    return net;
}

static struct net *session(unsigned seed, struct rng *rng)
{
    struct net *net = pair(seed, rng);
    net_send(net, 0, 1, 100);
    net_run(net, 20 * WRN_SECOND);
    return net;
}

/* Traffic every 100 ms from one host until one of its packets arrives: when it was first sent after `since`. */
static wrn_time until_through(struct net *net, unsigned from, wrn_time most)
{
    wrn_time start = net->now;
    size_t   before = net->delivereds;
    while (net->now < start + most) {
        net_send(net, from, 1 - from, 100);
        net_run(net, net->now + 100 * WRN_MILLISECOND);
        for (; before < net->delivereds; before++)
            if (net->delivered[before].to != from)
                return net->delivered[before].at - start;
    }
    fail_msg("nothing came through");
    return WRN_NEVER;
}

static void p77_g20_a_restarted_peer_is_found_again(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) { /* L7 */
        struct rng  rng;
        struct net *net = session(seed, &rng);
        net->host[1].config.entropy[2]++;
        net_restart(net, 1);
        watch_pardon(&eyes, 1);
        assert_true(until_through(net, 0, 30 * WRN_SECOND) <= 15 * WRN_SECOND + JITTER + 4 * D + 100 * WRN_MILLISECOND);
        net_free(net);
        net = session(seed, &rng);
        net_run(net, 200 * WRN_SECOND);
        net_restart(net, 1);
        watch_pardon(&eyes, 1);
        assert_true(until_through(net, 0, 30 * WRN_SECOND) <= 3 * D); /* the key was over: at once */
        net_free(net);
    }
}

static void p100a_a_responder_that_dies_right_after_its_response_is_noticed(void **state)
{
    (void)state;
    struct rng  rng;
    struct net *net = pair(3, &rng);
    net_send(net, 0, 1, 100);
    net_run(net, 2 * D - 1);
    cut = true; /* the response arrives, and what it lets go is lost */
    net_run(net, 2 * D);
    assert_int_equal(net_sent(net, 0, 5, 0, WRN_NEVER), 1);
    assert_in_range(peek_timers(net, 0, 1)->new_handshake, 2 * D + 15 * WRN_SECOND, 2 * D + 15 * WRN_SECOND + JITTER);
    net_run(net, 20 * WRN_SECOND);
    assert_in_range(net_sent_at(net, 0, 1, 1), 2 * D + 15 * WRN_SECOND, 2 * D + 15 * WRN_SECOND + JITTER);
    net_free(net);
}

static void p100a_a_responder_flushes_after_it_has_received(void **state)
{
    (void)state;
    struct rng  rng;
    struct net *net = pair(4, &rng);
    net_send(net, 0, 1, 100);
    net_run(net, D);
    net_send(net, 1, 0, 100);
    net_run(net, 3 * D); /* confirmed by data, and its own staged packet went out in turn */
    const struct wrni_timers *timers = peek_timers(net, 1, 0);
    assert_int_equal(net_sent(net, 1, 5, 3 * D, 3 * D), 1);
    assert_in_range(timers->new_handshake, 3 * D + 15 * WRN_SECOND, 3 * D + 15 * WRN_SECOND + JITTER);
    assert_int_equal(timers->keepalive, WRN_NEVER);
    net_free(net);
}

static void p71_g43_a_partition_heals_while_they_retry(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 40; seed++) { /* L8 */
        struct rng  rng;
        struct net *net = pair(seed, &rng);
        cut = true;
        uint32_t id = net_send(net, 0, 1, 100);
        net_run(net, (1 + seed * 2) * WRN_SECOND + 123);
        cut = false;
        net_run(net, net->now + 5 * WRN_SECOND + JITTER + 3 * D);
        assert_int_equal(net_received(net, 1, id), 1);
        net_free(net);
    }
}

static void p71_g43_a_partition_longer_than_the_attempts(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10; seed++) { /* L9, L16 */
        struct rng  rng;
        struct net *net = session(seed, &rng);
        cut = true;
        net_send(net, 0, 1, 100);
        net_run(net, (200 + 211 * seed) * WRN_SECOND);
        assert_true(net->host[0].events[1] & WRN_EVENT_GAVE_UP);
        cut = false;
        uint32_t id = net_send(net, 0, 1, 100);
        net_run(net, net->now + 3 * D); /* as the first handshake ever, L1 */
        assert_int_equal(net_received(net, 1, id), 1);
        net_free(net);
    }
}

static void loss_of_thirty_percent_is_no_obstacle(void **state)
{
    (void)state;
    unsigned tries[20] = {0}, worlds = 400; /* L10: P(not up after k tries) <= 0.51^k */
    for (unsigned seed = 0; seed < worlds; seed++) {
        struct rng  rng;
        struct net *net = pair(seed, &rng);
        losing = 30;
        net_send(net, 0, 1, 100);
        while (!peek_session(net, 0, 1, WRNI_CURRENT)) {
            net_run(net, net->now + 50 * WRN_MILLISECOND);
            assert_true(net->now < 110 * WRN_SECOND);
        }
        for (size_t k = net_sent(net, 0, 1, 0, WRN_NEVER); k > 1; k--)
            tries[k - 1]++; /* not up after k - 1 tries */
        net_free(net);
    }
    double bound = worlds;
    for (unsigned k = 1; k < 20; k++) {
        bound *= 0.51;
        assert_true(tries[k] <= bound + 4 * 10); /* four deviations of the largest */
    }
    assert_true(tries[12] == 0);
}

static void g42_no_gap_at_renewal_in_either_direction(void **state)
{
    (void)state;
    struct rng  rng; /* L4: with traffic in flight both ways across three changes of key */
    struct net *net = session(1, &rng);
    uint32_t    first = net->next_id + 1;
    while (net->now < 400 * WRN_SECOND) {
        net_send(net, 0, 1, 100);
        net_send(net, 1, 0, 100);
        net_run(net, net->now + 15 * WRN_MILLISECOND); /* shorter than one way */
    }
    uint32_t last = net->next_id;
    net_run(net, net->now + 2 * D);
    assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 4);
    assert_int_equal(net->delivereds, last - first + 2);
    watch_end(&eyes);
    net_free(net);
}

static void g12_a_roaming_client_is_followed(void **state)
{
    (void)state;
    struct rng  rng; /* L12 */
    struct net *net = session(2, &rng);
    net->host[0].address.address[2] = 77;
    uint32_t lost = net_send(net, 1, 0, 100); /* to where it was */
    net_run(net, net->now + D);
    net_send(net, 0, 1, 100);
    net_run(net, net->now + D);
    uint32_t id = net_send(net, 1, 0, 100);
    net_run(net, net->now + D);
    assert_int_equal(net_received(net, 0, lost), 0);
    assert_int_equal(net_received(net, 0, id), 1);
    net_free(net);
}

static void p49_p50_wall_clocks_may_jump(void **state)
{
    (void)state;
    struct rng  rng; /* L15 */
    struct net *net = session(5, &rng);
    wrn_wall(net->host[0].engine, net->now, 1700000000 + 10 * 365 * 86400u, 0);
    uint32_t a = net_send(net, 0, 1, 100);
    net_run(net, 130 * WRN_SECOND);
    uint32_t b = net_send(net, 0, 1, 100); /* renews, with a stamp of the far future */
    net_run(net, 131 * WRN_SECOND);
    wrn_wall(net->host[0].engine, net->now, 1700000131, 0); /* and back: our stamps go on counting up */
    wrn_forget_sessions(net->host[0].engine, net->now);
    net_run(net, net->now + WRN_SECOND);
    watch_pardon(&eyes, 0);
    uint32_t c = net_send(net, 0, 1, 100);
    net_run(net, net->now + WRN_SECOND);
    for (uint32_t id = a; id <= c; id++)
        assert_int_equal(net_received(net, 1, id), 1);
    assert_int_equal(c, b + 1);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p77_g20_a_restarted_peer_is_found_again),
        cmocka_unit_test(p100a_a_responder_that_dies_right_after_its_response_is_noticed),
        cmocka_unit_test(p100a_a_responder_flushes_after_it_has_received),
        cmocka_unit_test(p71_g43_a_partition_heals_while_they_retry),
        cmocka_unit_test(p71_g43_a_partition_longer_than_the_attempts),
        cmocka_unit_test(loss_of_thirty_percent_is_no_obstacle),
        cmocka_unit_test(g42_no_gap_at_renewal_in_either_direction),
        cmocka_unit_test(g12_a_roaming_client_is_followed),
        cmocka_unit_test(p49_p50_wall_clocks_may_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
