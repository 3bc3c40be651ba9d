#include "support/outsider.h"

#include <string.h>

#include "state.h"

/* Who may make us work: load, cookies asked for, tokens per source, the flood gate of a peer (P-27, P-29, P-39 to P-45). */

#define D    (20 * WRN_MILLISECOND)
#define MS   WRN_MILLISECOND
#define WALL UINT64_C(1700000000)

/* sodium, counted */
static unsigned dhs;
static struct wrn_crypto counting;

static void counted_dh(void *context, struct wrn_dh *operations, size_t count)
{
    dhs += (unsigned)count;
    wrn_crypto_sodium.dh(context, operations, count);
}

static struct net *gate_net(unsigned hosts, uint32_t rate, uint32_t burst)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.load_rate = rate;
    config.load_burst = burst;
    counting = wrn_crypto_sodium;
    counting.dh = counted_dh;
    return net_new_with(hosts, D, &config, &counting);
}

static void stranger_init(struct outsider *o, const struct net *net)
{
    uint8_t secret[32];
    memset(secret, 0xee, sizeof secret);
    outsider_init(o, secret, net, 0);
}

/* A stranger's initiation with a valid mac1: what became of it. */
static struct wrn_packet stranger_knocks(struct net *net, struct outsider *o, const struct wrn_endpoint *from)
{
    uint8_t message[148];
    outsider_initiate(o, WALL, 0, net->now, message);
    return knock(net, 0, from, message, sizeof message);
}

static void asked_for_a_cookie(const struct wrn_packet *packet)
{
    assert_int_equal(packet->verdict, WRN_SEND);
    assert_int_equal(packet->length, 64);
    assert_int_equal(bytes_of(packet)[0], 3);
    assert_int_equal(packet->remote.port, elsewhere.port);
}

static void refused(const struct wrn_packet *packet, enum wrn_reason reason)
{
    assert_int_equal(packet->verdict, WRN_DROP);
    assert_int_equal(packet->reason, reason);
}

static void p27_the_expensive_work_comes_last(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o, stranger;
    uint8_t message[148];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    stranger_init(&stranger, net);
    outsider_initiate(&o, WALL, 0, net->now, message);
    message[116] ^= 1;
    dhs = 0;
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
    refused(&packet, WRN_REASON_MAC1);
    assert_int_equal(dhs, 0);
    packet = stranger_knocks(net, &stranger, &elsewhere);
    refused(&packet, WRN_REASON_UNKNOWN_PEER);
    assert_int_equal(dhs, 1); /* es; the unknown static key ends it */
    message[116] ^= 1;
    message[100] ^= 1;
    remac(o.to, WRNI_INITIATION, message);
    packet = knock(net, 0, &elsewhere, message, 148);
    refused(&packet, WRN_REASON_HANDSHAKE);
    dhs = 0;
    packet = knock(net, 0, &elsewhere, message, 148);
    refused(&packet, WRN_REASON_HANDSHAKE);
    assert_int_equal(dhs, 1); /* ss is kept since its first use */
    message[100] ^= 1;
    remac(o.to, WRNI_INITIATION, message);
    wrn_report_load(net->host[0].engine, net->now);
    dhs = 0;
    packet = knock(net, 0, &elsewhere, message, 148);
    asked_for_a_cookie(&packet);
    assert_int_equal(dhs, 0);
    net_free(net);
}

static void p39_p40_load_comes_with_the_rate_and_goes_after_a_second(void **state)
{
    struct net *net = gate_net(1, 10, 5);
    struct outsider o;
    struct wrn_engine_view view;
    struct wrn_event event;
    (void)state;
    stranger_init(&o, net);
    net_run(net, 10 * WRN_SECOND);
    for (unsigned i = 0; i < 5; i++) {
        struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
        refused(&packet, WRN_REASON_UNKNOWN_PEER);
    }
    assert_int_equal(wrn_events(net->host[0].engine, &event, 1), 0);
    struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
    asked_for_a_cookie(&packet);
    assert_int_equal(wrn_events(net->host[0].engine, &event, 1), 1);
    assert_int_equal(event.bits, WRN_EVENT_LOAD);
    assert_int_equal(event.peer.slot, UINT32_MAX);
    assert_true(event.under_load);
    /* Until one second after the last refusal, and told exactly then. */
    assert_int_equal(wrn_deadline(net->host[0].engine), 11 * WRN_SECOND);
    net->now = 11 * WRN_SECOND - 1;
    wrn_advance(net->host[0].engine, net->now);
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_true(view.under_load);
    net->now++;
    wrn_advance(net->host[0].engine, net->now);
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_false(view.under_load);
    assert_int_equal(wrn_events(net->host[0].engine, &event, 1), 1);
    assert_int_equal(event.bits, WRN_EVENT_LOAD);
    assert_false(event.under_load);
    assert_int_equal(wrn_deadline(net->host[0].engine), WRN_NEVER);
    for (unsigned i = 0; i < 5; i++) { /* a second at 10 a second fills the burst again */
        packet = stranger_knocks(net, &o, &elsewhere);
        refused(&packet, WRN_REASON_UNKNOWN_PEER);
    }
    packet = stranger_knocks(net, &o, &elsewhere);
    asked_for_a_cookie(&packet);
    net_free(net);
}

static void p39_a_host_with_a_queue_reports_load_itself(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o;
    struct wrn_event event;
    (void)state;
    stranger_init(&o, net);
    wrn_report_load(net->host[0].engine, net->now);
    wrn_report_load(net->host[0].engine, net->now);
    assert_int_equal(wrn_events(net->host[0].engine, &event, 1), 1);
    assert_true(event.bits == WRN_EVENT_LOAD && event.under_load);
    struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
    asked_for_a_cookie(&packet);
    net->now += WRN_SECOND / 2;
    wrn_report_load(net->host[0].engine, net->now); /* it lasts */
    assert_int_equal(wrn_events(net->host[0].engine, &event, 1), 0);
    net->now += WRN_SECOND - 1;
    packet = stranger_knocks(net, &o, &elsewhere);
    asked_for_a_cookie(&packet);
    net->now++;
    packet = stranger_knocks(net, &o, &elsewhere);
    refused(&packet, WRN_REASON_UNKNOWN_PEER);
    net_free(net);
}

/* A bad mac1 spends nothing: who does not know our key cannot bring us under load (P-29). */
static void p29_g15_without_a_mac1_nobody_brings_load(void **state)
{
    struct net *net = gate_net(2, 10, 5);
    struct outsider o;
    uint8_t message[148];
    (void)state;
    net_connect(net, 0, 1);
    stranger_init(&o, net);
    outsider_initiate(&o, WALL, 0, net->now, message);
    message[120] ^= 1;
    for (unsigned i = 0; i < 5000; i++) {
        struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
        refused(&packet, WRN_REASON_MAC1);
    }
    uint32_t id = net_send(net, 1, 0, 60);
    net_run(net, 3 * D);
    assert_int_equal(net_received(net, 0, id), 1);
    assert_int_equal(net_sent(net, 0, 3, 0, WRN_NEVER), 0);
    net_free(net);
}

static void p40_the_four_cases(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o;
    uint8_t message[148];
    struct wrn_packet packet;
    (void)state;
    stranger_init(&o, net);
    outsider_initiate(&o, WALL, 0, net->now, message);
    memset(message + 132, 0x11, 16); /* without load mac2 is not looked at */
    packet = knock(net, 0, &elsewhere, message, 148);
    refused(&packet, WRN_REASON_UNKNOWN_PEER);
    wrn_report_load(net->host[0].engine, net->now);
    packet = knock(net, 0, &elsewhere, message, 148); /* bad */
    asked_for_a_cookie(&packet);
    packet = stranger_knocks(net, &o, &elsewhere); /* zero */
    asked_for_a_cookie(&packet);
    assert_true(outsider_cookie(&o, bytes_of(&packet), net->now));
    for (unsigned i = 0; i < 5; i++) {
        packet = stranger_knocks(net, &o, &elsewhere);
        refused(&packet, WRN_REASON_UNKNOWN_PEER); /* processed */
    }
    packet = stranger_knocks(net, &o, &elsewhere); /* no token: silence */
    refused(&packet, WRN_REASON_RATE);
    net_free(net);
}

static void p41_p42_twenty_a_second_for_each_source(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o, other;
    struct wrn_endpoint neighbour = elsewhere;
    struct wrn_packet packet;
    (void)state;
    neighbour.address[3]++;
    stranger_init(&o, net);
    stranger_init(&other, net);
    wrn_report_load(net->host[0].engine, net->now);
    packet = stranger_knocks(net, &o, &elsewhere);
    assert_true(outsider_cookie(&o, bytes_of(&packet), net->now));
    packet = stranger_knocks(net, &other, &neighbour);
    assert_true(outsider_cookie(&other, bytes_of(&packet), net->now));
    unsigned passed = 0;
    for (unsigned ms = 0; ms < 3000; ms++) { /* a thousand a second from one source */
        wrn_report_load(net->host[0].engine, net->now);
        packet = stranger_knocks(net, &o, &elsewhere);
        passed += packet.reason == WRN_REASON_UNKNOWN_PEER;
        if (packet.reason != WRN_REASON_UNKNOWN_PEER)
            refused(&packet, WRN_REASON_RATE);
        if (ms % 100 == 99) { /* and its neighbour is not touched by that */
            packet = stranger_knocks(net, &other, &neighbour);
            refused(&packet, WRN_REASON_UNKNOWN_PEER);
        }
        net->now += MS;
    }
    assert_in_range(passed, 5 + 58, 5 + 60);
    struct wrn_engine_view view;
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.sources, 2);
    wrn_advance(net->host[0].engine, net->now + WRN_SECOND);
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_int_equal(view.sources, 0);
    net_free(net);
}

/* Replies are never more than what asked for them, and go to where it came from; the protocol's state stands still. */
static void p11_law7_cookie_replies_are_smaller_and_change_nothing(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o;
    uint8_t before[32], after[32];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    wrn_report_load(net->host[0].engine, net->now);
    net_pump(net, 0);
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    for (unsigned i = 0; i < 200; i++) {
        struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
        asked_for_a_cookie(&packet);
        assert_true(packet.length <= 148);
        assert_memory_equal(&packet.remote, &elsewhere, sizeof elsewhere);
    }
    net_digest(net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    net_free(net);
}

/* The load of a flood makes strangers show a cookie; the flooding source's tokens are its own. */
static void p43_g15_g65_a_flood_from_one_source(void **state)
{
    struct net *net = gate_net(3, 100, 100);
    struct outsider o;
    struct wrn_packet packet;
    (void)state;
    net_connect(net, 0, 1);
    net_connect(net, 0, 2);
    stranger_init(&o, net);
    net_send(net, 1, 0, 60);
    net_run(net, WRN_SECOND);
    uint32_t first = 0, late = 0, sent = 0;
    for (unsigned ms = 0; ms < 8000; ms++) {
        for (unsigned k = 0; k < 2; k++) {
            packet = stranger_knocks(net, &o, &elsewhere);
            if (packet.verdict == WRN_SEND)
                (void)outsider_cookie(&o, bytes_of(&packet), net->now);
        }
        if (ms % 100 == 0) { /* data takes no notice */
            uint32_t id = net_send(net, 1, 0, 60);
            first = first ? first : id;
            sent++;
        }
        if (ms == 1000)
            late = net_send(net, 2, 0, 60);
        net_run(net, net->now + MS);
    }
    assert_in_range(late, first, first + sent);
    for (uint32_t id = first; id <= first + sent; id++)
        assert_int_equal(net_received(net, 0, id), 1);
    /* Who came in the middle of it had to show a cookie, hence two initiations. */
    assert_int_equal(net_sent(net, 2, 1, 0, WRN_NEVER), 2);
    net_free(net);
}

static void p45_g87_one_initiation_in_20_ms_for_each_peer(void **state)
{
    struct net *net = gate_net(1, 1000, 1000);
    struct outsider o, other;
    unsigned accepted = 0;
    uint8_t message[148];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    (void)outsider_join(&other, net, 0, 10);
    for (unsigned i = 0; i < 100; i++) { /* 100 a second, each with a newer stamp; the very first at time 0 */
        outsider_initiate(&o, WALL, i * 1000, net->now, message);
        struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
        if (i == 0)
            assert_int_equal(packet.verdict, WRN_SEND);
        if (packet.verdict == WRN_SEND)
            accepted++;
        else
            refused(&packet, WRN_REASON_FLOOD);
        net->now += 10 * MS;
    }
    assert_int_equal(accepted, 50);
    outsider_initiate(&other, WALL, 0, net->now, message); /* the gate is of one peer */
    assert_int_equal(knock(net, 0, &elsewhere, message, 148).verdict, WRN_SEND);
    net->now += 20 * MS - 1;
    outsider_initiate(&other, WALL, 1, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
    refused(&packet, WRN_REASON_FLOOD);
    net->now++;
    assert_int_equal(knock(net, 0, &elsewhere, message, 148).verdict, WRN_SEND); /* what was refused left no stamp */
    net_free(net);
}

/* There is no engine before its entropy: the first draw comes from it. */
static void p44_p81_everything_random_comes_from_the_entropy(void **state)
{
    uint8_t first[4][148];
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct wrn_config config;
        struct caught caught;
        wrn_config_default(&config);
        config.entropy[31] = i == 3 ? 0 : (uint8_t)i; /* the last as the first */
        struct net *net = net_new_with(2, D, &config, &wrn_crypto_sodium);
        net_connect(net, 0, 1);
        net_catch(net, &caught);
        net_send(net, 0, 1, 60);
        memcpy(first[i], caught.last[0][1].bytes, 148);
        net_free(net);
    }
    assert_memory_equal(first[0], first[3], 148);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < i; k++) {
            assert_memory_not_equal(first[i] + 4, first[k] + 4, 4);
            assert_memory_not_equal(first[i] + 8, first[k] + 8, 32);
        }
}

static void g103_engines_of_one_process_are_independent(void **state)
{
    struct net *net = gate_net(2, 10, 5);
    struct outsider o;
    struct wrn_engine_view view;
    uint8_t before[32], after[32];
    (void)state;
    net_digest(net, 1, WRN_PART_ALL, before);
    stranger_init(&o, net);
    for (unsigned i = 0; i < 50; i++)
        (void)stranger_knocks(net, &o, &elsewhere);
    wrn_inspect_engine(net->host[0].engine, &view);
    assert_true(view.under_load);
    wrn_inspect_engine(net->host[1].engine, &view);
    assert_false(view.under_load);
    net_digest(net, 1, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    net_free(net);
}

static void g2_thousand_handshakes_over_days_bring_no_load(void **state)
{
    struct net *net = gate_net(2, 1000, 100);
    (void)state;
    net_connect(net, 0, 1);
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t id = net_send(net, i % 2, 1 - i % 2, 60);
        net_run(net, net->now + 10 * WRN_SECOND);
        assert_int_equal(net_received(net, 1 - i % 2, id), 1);
        net_run(net, net->now + 600 * WRN_SECOND);
    }
    struct wrn_counters counters;
    wrn_counters(net->host[0].engine, &counters);
    assert_true(counters.handshakes >= 1000);
    assert_int_equal(counters.cookies_sent, 0);
    assert_int_equal(net_sent(net, 1, 3, 0, WRN_NEVER), 0);
    net_free(net);
}

static void p39_load_is_set_by_the_host(void **state)
{
    struct net *net = gate_net(1, 1, 1);
    struct outsider o;
    (void)state;
    stranger_init(&o, net);
    assert_int_equal(wrn_set_load(net->host[0].engine, net->now, 1, 0), WRN_BAD_ARGUMENT);
    assert_int_equal(wrn_set_load(net->host[0].engine, net->now, 100, 100), WRN_OK);
    for (unsigned i = 0; i < 100; i++) {
        struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
        refused(&packet, WRN_REASON_UNKNOWN_PEER);
    }
    struct wrn_packet packet = stranger_knocks(net, &o, &elsewhere);
    asked_for_a_cookie(&packet);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p27_the_expensive_work_comes_last),
        cmocka_unit_test(p39_p40_load_comes_with_the_rate_and_goes_after_a_second),
        cmocka_unit_test(p39_a_host_with_a_queue_reports_load_itself),
        cmocka_unit_test(p29_g15_without_a_mac1_nobody_brings_load),
        cmocka_unit_test(p40_the_four_cases),
        cmocka_unit_test(p41_p42_twenty_a_second_for_each_source),
        cmocka_unit_test(p11_law7_cookie_replies_are_smaller_and_change_nothing),
        cmocka_unit_test(p43_g15_g65_a_flood_from_one_source),
        cmocka_unit_test(p45_g87_one_initiation_in_20_ms_for_each_peer),
        cmocka_unit_test(p44_p81_everything_random_comes_from_the_entropy),
        cmocka_unit_test(g103_engines_of_one_process_are_independent),
        cmocka_unit_test(g2_thousand_handshakes_over_days_bring_no_load),
        cmocka_unit_test(p39_load_is_set_by_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
