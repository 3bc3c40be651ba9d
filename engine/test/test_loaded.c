#include "support/outsider.h"

#include <string.h>

#include "state.h"

/* Cookies between whole engines: a loaded side, a side that must show one, and those who would abuse it (P-30 to P-38). */

#define D    (20 * WRN_MILLISECOND)
#define WALL UINT64_C(1700000000)

static const uint8_t no_mac2[16];

static bool has_mac2(const struct net_datagram *message)
{
    return memcmp(message->bytes + message->length - 16, no_mac2, 16) != 0;
}

/* Run with some hosts (bits) under load all the time. */
static void run_loaded(struct net *net, unsigned loaded, wrn_time until)
{
    while (net->now < until) {
        for (unsigned i = 0; i < net->hosts; i++)
            if (loaded & 1u << i)
                wrn_report_load(net->host[i].engine, net->now);
        wrn_time next = net->now + WRN_SECOND / 2;
        net_run(net, next < until ? next : until);
    }
}

static void p28_p32_p34_g3_g97_a_loaded_responder_is_reached_with_two_attempts(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    uint32_t id = net_send(net, 0, 1, 60);
    assert_false(has_mac2(&caught.last[0][1]));
    run_loaded(net, 2, 20 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    assert_int_equal(caught.count[0][1], 2);
    assert_int_equal(caught.count[1][2], 1);
    assert_int_equal(caught.count[1][3], 1);
    assert_true(has_mac2(&caught.last[0][1]));
    struct wrn_counters counters;
    wrn_counters(net->host[1].engine, &counters);
    assert_int_equal(counters.cookies_sent, 1);
    net_free(net);
}

static void p33_a_loaded_initiator_asks_for_a_cookie_too(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    uint32_t id = net_send(net, 0, 1, 60);
    run_loaded(net, 1, 20 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    assert_int_equal(caught.count[0][1], 2);
    assert_int_equal(caught.count[0][3], 1); /* for the first response, to its sender index: that of a session */
    assert_int_equal(caught.count[1][2], 2);
    assert_true(has_mac2(&caught.last[1][2]));
    net_free(net);
}

static void p28_p33_both_loaded_still_connect(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    (void)state;
    net_connect(net, 0, 1);
    net_catch(net, &caught);
    uint32_t id = net_send(net, 0, 1, 60);
    run_loaded(net, 3, 30 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, id), 1);
    assert_int_equal(caught.count[0][1], 3);
    assert_true(has_mac2(&caught.last[0][1]) && has_mac2(&caught.last[1][2]));
    net_free(net);
}

/* Host 0 has sent an initiation to a loaded host 1, whose cookie reply was caught, not delivered. */
static void catch_reply(struct net *net, struct caught *caught)
{
    net_connect(net, 0, 1);
    net_catch(net, caught);
    caught->cut[1] = 1u << 3;
    net_send(net, 0, 1, 60);
    wrn_report_load(net->host[1].engine, net->now);
    net_run(net, 3 * D);
    assert_int_equal(caught->count[1][3], 1);
    assert_int_equal(caught->last[1][3].length, 64);
    assert_int_equal(caught->last[1][3].tos, 0); /* P-94: cookie replies carry no class */
    assert_int_equal(caught->last[0][1].tos, 0x88);
    assert_memory_equal(caught->last[1][3].bytes + 4, caught->last[0][1].bytes + 4, 4); /* P-32 */
}

static void p32_p35_p94_g13_a_cookie_reply_only_brings_a_cookie(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    struct wrn_peer_view before, after;
    struct wrn_peer_info info, then;
    (void)state;
    catch_reply(net, &caught);
    net_view(net, 0, 1, &before);
    net_info(net, 0, 1, &info);
    assert_false(before.has_cookie);
    size_t sents = net->sents;
    const struct net_datagram *reply = &caught.last[1][3];
    assert_int_equal(net_inject(net, 0, &elsewhere, reply->bytes, 64), WRN_TAKEN); /* from wherever it comes */
    net_view(net, 0, 1, &after);
    net_info(net, 0, 1, &then);
    assert_true(after.has_cookie);
    after.has_cookie = false;
    assert_memory_equal(&before, &after, sizeof before); /* no timer, no state */
    assert_memory_equal(&info.endpoint, &then.endpoint, sizeof info.endpoint);
    assert_int_equal(info.rx_bytes, then.rx_bytes);
    assert_int_equal(net->sents, sents); /* nothing is sent again at once */
    net_run(net, 6 * WRN_SECOND);
    assert_true(has_mac2(&caught.last[0][1]));
    assert_in_range(net_sent_at(net, 0, 1, 1), 5 * WRN_SECOND, 5 * WRN_SECOND + 333333333);
    net_free(net);
}

static void p34_g13_a_cookie_reply_counts_once(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    uint8_t before[32], after[32];
    (void)state;
    catch_reply(net, &caught);
    const struct net_datagram *reply = &caught.last[1][3];
    assert_int_equal(net_inject(net, 0, &elsewhere, reply->bytes, 64), WRN_TAKEN);
    net_digest(net, 0, WRN_PART_PROTOCOL, before);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(net_inject(net, 0, &elsewhere, reply->bytes, 64), WRN_DROP);
        assert_int_equal(net_last_reason, WRN_REASON_COOKIE);
    }
    net_digest(net, 0, WRN_PART_PROTOCOL, after);
    assert_memory_equal(before, after, 32);
    /* After the next message it answers an old mac1, under an index that is gone. */
    struct net_datagram old = *reply;
    net_run(net, 6 * WRN_SECOND);
    assert_int_equal(net_inject(net, 0, &elsewhere, old.bytes, 64), WRN_DROP);
    wrni_store_le32(old.bytes + 4, wrni_load_le32(caught.last[0][1].bytes + 4));
    assert_int_equal(net_inject(net, 0, &elsewhere, old.bytes, 64), WRN_DROP);
    net_free(net);
}

static void p35_g13_cookies_do_not_roam(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    struct wrn_peer_info info;
    (void)state;
    catch_reply(net, &caught);
    (void)net_inject(net, 0, &elsewhere, caught.last[1][3].bytes, 64);
    net_info(net, 0, 1, &info);
    assert_memory_equal(&info.endpoint, &net->host[1].address, sizeof info.endpoint);
    assert_false(net->host[0].events[1] & WRN_EVENT_ENDPOINT);
    net_free(net);
}

/* One tap for a long silence of the responder: which initiations carried a mac2, by when. */
struct marks {
    unsigned with, without_after, without_before;
    wrn_time got;
    bool cut;
};

static bool mark(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct marks *m = context;
    if (from == 1)
        return datagram->bytes[0] == 3 && !m->cut;
    if (has_mac2(datagram))
        m->with++;
    else if (net->now >= m->got + 115 * WRN_SECOND)
        m->without_after++;
    else
        m->without_before++;
    if (has_mac2(datagram))
        assert_true(net->now < m->got + 115 * WRN_SECOND);
    return true;
}

static void p36_a_cookie_is_used_for_115_seconds(void **state)
{
    struct net *net = net_new(2, D);
    struct marks m = {.got = 2 * D};
    (void)state;
    net_connect(net, 0, 1);
    net->tap = mark;
    net->tap_context = &m;
    wrn_report_load(net->host[1].engine, net->now);
    for (unsigned i = 0; i < 4; i++) { /* more than one give-up: ask anew every minute */
        net_send(net, 0, 1, 60);
        net_run(net, net->now + WRN_SECOND);
        m.cut = true;
        net_run(net, net->now + 59 * WRN_SECOND);
    }
    assert_int_equal(m.without_before, 1); /* the very first */
    assert_in_range(m.with, 20, 23);
    assert_in_range(m.without_after, 20, 25);
    net_free(net);
}

static void p38_a_cookie_survives_down_and_up_and_the_loss_of_sessions(void **state)
{
    struct net *net = net_new(2, D);
    struct caught caught;
    struct wrn_peer_view view;
    (void)state;
    catch_reply(net, &caught);
    assert_int_equal(net_inject(net, 0, &elsewhere, caught.last[1][3].bytes, 64), WRN_TAKEN);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, false), WRN_OK);
    assert_int_equal(wrn_set_up(net->host[0].engine, net->now, true), WRN_OK);
    net_view(net, 0, 1, &view);
    assert_true(view.has_cookie);
    net_run(net, WRN_SECOND);
    caught.cut[1] = 0xff;
    net_send(net, 0, 1, 60);
    assert_true(has_mac2(&caught.last[0][1]));
    wrn_forget_sessions(net->host[0].engine, net->now);
    net_send(net, 0, 1, 60);
    net_view(net, 0, 1, &view);
    assert_true(view.has_cookie);
    assert_true(has_mac2(&caught.last[0][1]));
    net_free(net);
}

/* A NAT neighbour, same address and another port, must win its own. */
static void p30_g14_a_cookie_is_of_one_address_and_port(void **state)
{
    struct net *net = net_new(1, D);
    struct wrn_endpoint port = elsewhere, address = elsewhere, six = {.address = {0x20, 1}, .family = 6, .port = 4000};
    struct outsider o;
    uint8_t message[148];
    (void)state;
    port.port ^= 1;
    address.address[3] ^= 1;
    (void)outsider_join(&o, net, 0, 9);
    wrn_report_load(net->host[0].engine, net->now);
    outsider_initiate(&o, WALL, 0, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
    assert_int_equal(packet.length, 64);
    assert_true(outsider_cookie(&o, bytes_of(&packet), net->now));
    outsider_initiate(&o, WALL, 1, net->now, message);
    const struct wrn_endpoint *others[] = {&port, &address, &six};
    for (unsigned i = 0; i < 3; i++) {
        packet = knock(net, 0, others[i], message, 148);
        assert_true(packet.verdict == WRN_SEND && packet.length == 64);
    }
    packet = knock(net, 0, &elsewhere, message, 148);
    assert_true(packet.verdict == WRN_SEND && packet.length == 92);
    net_free(net);
}

static void p31_the_secret_changes_at_120_seconds(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t message[148];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    net->now = 7 * WRN_SECOND;
    wrn_report_load(net->host[0].engine, net->now);
    outsider_initiate(&o, WALL, 0, net->now, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148); /* the first use */
    assert_true(outsider_cookie(&o, bytes_of(&packet), net->now));
    for (unsigned i = 0; i < 2; i++) {
        net->now = 127 * WRN_SECOND - 1 + i;
        wrn_report_load(net->host[0].engine, net->now);
        outsider_initiate(&o, WALL, i + 1, 7 * WRN_SECOND, message); /* he keeps his longer than he should */
        assert_memory_not_equal(message + 132, no_mac2, 16);
        packet = knock(net, 0, &elsewhere, message, 148);
        assert_int_equal(packet.verdict, WRN_SEND);
        assert_int_equal(packet.length, i ? 64 : 92);
    }
    net_free(net);
}

static void p32_nonces_of_replies_differ(void **state)
{
    struct net *net = net_new(1, D);
    struct outsider o;
    uint8_t message[148], nonces[64][24];
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    wrn_report_load(net->host[0].engine, net->now);
    outsider_initiate(&o, WALL, 0, net->now, message);
    for (unsigned i = 0; i < 64; i++) {
        struct wrn_packet packet = knock(net, 0, &elsewhere, message, 148);
        memcpy(nonces[i], bytes_of(&packet) + 8, 24);
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(nonces[i], nonces[k], 24);
    }
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p28_p32_p34_g3_g97_a_loaded_responder_is_reached_with_two_attempts),
        cmocka_unit_test(p33_a_loaded_initiator_asks_for_a_cookie_too),
        cmocka_unit_test(p28_p33_both_loaded_still_connect),
        cmocka_unit_test(p32_p35_p94_g13_a_cookie_reply_only_brings_a_cookie),
        cmocka_unit_test(p34_g13_a_cookie_reply_counts_once),
        cmocka_unit_test(p35_g13_cookies_do_not_roam),
        cmocka_unit_test(p36_a_cookie_is_used_for_115_seconds),
        cmocka_unit_test(p38_a_cookie_survives_down_and_up_and_the_loss_of_sessions),
        cmocka_unit_test(p30_g14_a_cookie_is_of_one_address_and_port),
        cmocka_unit_test(p31_the_secret_changes_at_120_seconds),
        cmocka_unit_test(p32_nonces_of_replies_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
