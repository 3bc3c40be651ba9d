#include <stdlib.h>

#include "peek.h"
#include "random.h"
#include "watch.h"

/*
 * Hosts that call too early, too late, or after hours of sleep. Law 3: early changes nothing. Law 4: late delays, never
 * endangers: the watch judges every datagram that leaves, and `fresh` every one that is taken in.
 */

#define D (40 * WRN_MILLISECOND)

static struct watch eyes;

static struct net *pair(unsigned seed)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.entropy[6] = (uint8_t)seed;
    struct net *net = net_new_with(2, D, &config, &wrn_crypto_sodium);
    watch_begin(&eyes, net);
    net_connect(net, 0, 1);
    return net;
}

static bool lossy(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    (void)net;
    (void)from;
    (void)datagram;
    return rng_below(context, 6) != 0;
}

/* Law 4. --------------------------------------------------------------------------------------------------------------------- */

/* No key of 180 s or more opened this (oracle 8). */
static void fresh(const struct net *net, unsigned host, const struct net_datagram *datagram, uint8_t verdict)
{
    if (datagram->bytes[0] != 4 || (verdict != WRN_DELIVER && verdict != WRN_TAKEN))
        return;
    struct wrni_session *session =
        wrni_rotation_find(&peek_flow(net, host, 1 - host)->rotation, wrni_load_le32(datagram->bytes + 4));
    assert_non_null(session);
    assert_true(session->birth + 180 * WRN_SECOND > net->now);
}

static bool for_host(const struct net *net, const struct net_datagram *datagram, unsigned host)
{
    return datagram->at <= net->now && !memcmp(datagram->to.address, net->host[host].address.address, 16);
}

/* The host wakes up and takes in what came meanwhile. */
static void wake(struct net *net, unsigned host)
{
    for (size_t i = 0; i < net->flying;) {
        struct net_datagram *datagram = net->flight[i];
        if (!for_host(net, datagram, host)) {
            i++;
            continue;
        }
        net->flying--;
        memmove(net->flight + i, net->flight + i + 1, (net->flying - i) * sizeof *net->flight);
        uint8_t verdict = net_inject(net, host, &datagram->from, datagram->bytes, datagram->length);
        fresh(net, host, datagram, verdict);
        free(datagram);
    }
}

/* Both, until nothing is late any more. */
static void awake(struct net *net)
{
    for (unsigned i = 0; i < 4; i++) {
        wake(net, i & 1u);
        net_pump(net, i & 1u);
    }
}

/* Sleeps of up to `longest`, some packets at each awakening. */
static void sleepy(struct net *net, struct rng *rng, unsigned steps, wrn_time longest)
{
    for (unsigned step = 0; step < steps; step++) {
        unsigned host = rng_below(rng, 2);
        net->now += rng_next(rng) % longest;
        if (rng_below(rng, 2))
            wake(net, host);
        for (unsigned packets = rng_below(rng, 4); packets; packets--)
            net_send(net, host, 1 - host, 100);
        if (rng_below(rng, 3))
            net_pump(net, host);
        if (rng_below(rng, 3) == 0)
            assert_true(wrn_deadline(net->host[host].engine) >= net->host[host].engine->now);
    }
}

static void p59_p80_g20_g90_sleepy_hosts_never_use_an_old_key_and_recover(void **state)
{
    (void)state;
    const wrn_time longest[] = {WRN_SECOND, 20 * WRN_SECOND, 100 * WRN_SECOND, 7200 * WRN_SECOND};
    for (unsigned seed = 0; seed < 40; seed++) {
        struct rng  rng = {seed};
        struct net *net = pair(seed);
        peek_timers(net, 0, 1)->persistent_s = seed % 3 ? 0 : 25;
        eyes.tap = lossy;
        eyes.tap_context = &rng;
        sleepy(net, &rng, 400, longest[seed % 4]);
        eyes.tap = NULL;
        awake(net);
        net_run(net, net->now + 30 * WRN_SECOND); /* awake again (L16): all is well within two tries */
        uint32_t a = net_send(net, 0, 1, 100), b = net_send(net, 1, 0, 100);
        net_run(net, net->now + 12 * WRN_SECOND);
        assert_int_equal(net_received(net, 1, a), 1);
        assert_int_equal(net_received(net, 0, b), 1);
        watch_ahead(net);
        watch_end(&eyes);
        net_free(net);
    }
}

static void p80_g20_after_hours_without_a_tick_the_first_packet_initiates_at_once(void **state)
{
    (void)state;
    for (unsigned hours = 1; hours < 30; hours += 7) {
        struct net *net = pair(hours);
        net_send(net, 0, 1, 100);
        net_run(net, 3 * WRN_SECOND);
        size_t sents = net->sents;
        net->now += hours * 3600 * WRN_SECOND; /* suspended: nobody called anything */
        uint32_t id = net_send(net, 0, 1, 100);
        assert_int_equal(net->sents, sents + 1); /* the initiation, and nothing under the old key */
        assert_int_equal(net->sent[sents].type, 1);
        awake(net);
        net_run(net, net->now + WRN_SECOND);
        assert_int_equal(net_received(net, 1, id), 1);
        net_free(net);
    }
}

static void p80_g41_silence_in_the_end_and_every_deadline_ahead(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 30; seed++) { /* oracle 7 */
        struct rng  rng = {seed + 100};
        struct net *net = pair(seed);
        eyes.tap = lossy;
        eyes.tap_context = &rng;
        sleepy(net, &rng, 60, 9 * WRN_SECOND);
        awake(net);
        wrn_time last = net->now;
        while (net->now < last + 800 * WRN_SECOND) {
            net_run(net, net->now + rng_next(&rng) % (3 * WRN_SECOND));
            watch_ahead(net);
        }
        for (unsigned host = 0; host < 2; host++) {
            assert_int_equal(net_sent(net, host, 0, last + 145 * WRN_SECOND, WRN_NEVER), 0);
            assert_int_equal(wrn_deadline(net->host[host].engine), WRN_NEVER);
        }
        net_free(net);
    }
}

/* Law 3. --------------------------------------------------------------------------------------------------------------------- */

static void too_early(struct net *net, struct rng *rng)
{
    unsigned          host = rng_below(rng, 2);
    uint8_t           bytes[NET_BYTES];
    struct wrn_packet packet = {.data = bytes, .capacity = sizeof bytes};
    switch (rng_below(rng, 4)) {
    case 0:
        wrn_advance(net->host[host].engine, net->now);
        break;
    case 1:
        assert_int_equal(wrn_net_output(net->host[host].engine, net->now, &packet, 1), 0);
        break;
    case 2:
        assert_true(wrn_deadline(net->host[host].engine) > net->now);
        break;
    default:
        net_pump(net, host);
    }
}

/* The same life twice: `eager` hosts call again and again in between. */
static struct net *life(unsigned seed, bool eager)
{
    struct rng  rng = {seed}, extra = {seed + 1}, losses = {seed + 2};
    struct net *net = pair(seed);
    peek_timers(net, 1, 0)->persistent_s = seed % 2 ? 25 : 0;
    eyes.tap = lossy;
    eyes.tap_context = &losses;
    for (unsigned step = 0; step < 300; step++) {
        wrn_time until = net->now + rng_next(&rng) % (rng_below(&rng, 8) ? 2 * WRN_SECOND : 120 * WRN_SECOND);
        for (unsigned i = 0; eager && i < 5; i++) {
            net_run(net, net->now + (until - net->now) / (1 + rng_below(&extra, 5)));
            too_early(net, &extra);
        }
        net_run(net, until);
        net_send(net, step % 3 == 0, step % 3 != 0, 100);
    }
    net_run(net, net->now + WRN_SECOND);
    for (unsigned host = 0; host < 2; host++)
        wrn_advance(net->host[host].engine, net->now);
    return net;
}

static void p80_law3_calling_early_changes_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 12; seed++) {
        struct net *calm = life(seed, false), *eager = life(seed, true);
        assert_int_equal(calm->sents, eager->sents);
        for (size_t i = 0; i < calm->sents; i++) {
            assert_int_equal(calm->sent[i].at, eager->sent[i].at);
            assert_int_equal(calm->sent[i].type, eager->sent[i].type);
            assert_int_equal(calm->sent[i].counter, eager->sent[i].counter);
        }
        for (unsigned host = 0; host < 2; host++) {
            uint8_t a[32], b[32];
            net_digest(calm, host, WRN_PART_ALL, a);
            net_digest(eager, host, WRN_PART_ALL, b);
            assert_memory_equal(a, b, 32);
        }
        net_free(calm);
        net_free(eager);
    }
}

/* G-22. ---------------------------------------------------------------------------------------------------------------------- */

/* A datagram into a copy of the host's engine; with a tick before it, or without. */
static void twin(const struct net *net, unsigned host, const struct net_datagram *datagram, bool tick, uint8_t digest[32])
{
    size_t             size = net->host[host].engine->size;
    struct wrn_engine *engine = aligned_alloc(16, (size + 15) & ~(size_t)15);
    uint8_t            bytes[NET_BYTES];
    struct wrn_packet  packet = {.data = bytes, .capacity = sizeof bytes, .length = datagram->length, .remote = datagram->from};
    assert_non_null(engine);
    memcpy(engine, net->host[host].engine, size);
    memcpy(bytes, datagram->bytes, datagram->length);
    if (tick)
        wrn_advance(engine, net->now);
    wrn_net_input(engine, net->now, &packet, 1);
    wrn_digest(engine, WRN_PART_ALL, digest);
    digest[31] = (uint8_t)(digest[31] ^ packet.verdict);
    free(engine);
}

static void p80_g22_a_packet_finds_what_a_tick_before_it_would_leave(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 8; seed++) {
        struct rng  rng = {seed + 22};
        struct net *net = pair(seed);
        peek_timers(net, 0, 1)->persistent_s = 25;
        for (unsigned step = 0; step < 120; step++) {
            uint8_t a[32], b[32];
            net->now += rng_next(&rng) % (rng_below(&rng, 5) ? 4 * WRN_SECOND : 400 * WRN_SECOND);
            net_send(net, step & 1u, 1 - (step & 1u), 100);
            if (!net->flying || rng_below(&rng, 3) == 0)
                continue;
            struct net_datagram *datagram = peek_catch(net); /* one way may take hours here */
            unsigned             host = datagram->to.address[3] == 2;
            twin(net, host, datagram, true, a);
            twin(net, host, datagram, false, b);
            assert_memory_equal(a, b, 32);
            net_inject(net, host, &datagram->from, datagram->bytes, datagram->length);
            free(datagram);
        }
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p59_p80_g20_g90_sleepy_hosts_never_use_an_old_key_and_recover),
        cmocka_unit_test(p80_g20_after_hours_without_a_tick_the_first_packet_initiates_at_once),
        cmocka_unit_test(p80_g41_silence_in_the_end_and_every_deadline_ahead),
        cmocka_unit_test(p80_law3_calling_early_changes_nothing),
        cmocka_unit_test(p80_g22_a_packet_finds_what_a_tick_before_it_would_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
