#include <stdlib.h>

#include "peek.h"

/*
 * The event map of PROTOCOL section 9 through the whole engine: what can happen to a peer, against each timer, idle and
 * armed, with the exact new time. '.' untouched, 'x' cancelled, 'a' armed if it was idle, 'A' armed whatever it was.
 */

#define D      (40 * WRN_MILLISECOND)
#define FAR    (4000 * WRN_SECOND)
#define JITTER 333333333u

enum { RETRANSMIT, KEEPALIVE, NEW_HANDSHAKE, ZERO_KEYS, PERSISTENT, TIMERS, INTERVAL = 25 };

struct scene {
    struct net *net;
    unsigned    host, who; /* whose timers we look at, and towards whom */
    size_t      sent;      /* by that host before the event */
};

/* Scenes. -------------------------------------------------------------------------------------------------------------------- */

static void strangers(struct scene *s)
{
    s->net = net_new(2, D);
    net_connect(s->net, 0, 1);
    s->who = 1;
}

static void settle(struct net *net)
{
    net_run(net, net->now + 3 * WRN_SECOND);
    for (unsigned i = 0; i < 2; i++)
        peek_quiet(net, i, 1 - i);
}

static void friends(struct scene *s) /* host 0 was the initiator */
{
    strangers(s);
    net_send(s->net, 0, 1, 100);
    settle(s->net);
}

static void invited(struct scene *s) /* an initiation stands before host 1 */
{
    strangers(s);
    net_send(s->net, 0, 1, 100);
    s->host = 1;
    s->who = 0;
}

static void answered(struct scene *s) /* a response stands before host 0, and it has nothing to say */
{
    strangers(s);
    net_send(s->net, 0, 1, 100);
    net_run(s->net, D);
    assert_int_equal(wrn_staged_purge(s->net->host[0].engine, s->net->host[0].peers[1]), WRN_OK);
    s->net->now += D;
}

static void begun(struct scene *s) /* host 0 took the response, and said nothing yet */
{
    answered(s);
    struct net_datagram *response = peek_catch(s->net);
    assert_int_equal(peek_take(s->net, 0, response), WRN_TAKEN);
    free(response);
}

static void unconfirmed(struct scene *s) /* host 1 has a next, and host 0's first packet stands before it */
{
    strangers(s);
    net_send(s->net, 0, 1, 100);
    net_run(s->net, 2 * D);
    s->host = 1;
    s->who = 0;
}

static void unconfirmed_empty(struct scene *s)
{
    begun(s);
    net_pump(s->net, 0);
    s->host = 1;
    s->who = 0;
}

/* Events. -------------------------------------------------------------------------------------------------------------------- */

static void arrives(struct scene *s)
{
    struct net_datagram *datagram = peek_catch(s->net);
    s->net->now = datagram->at > s->net->now ? datagram->at : s->net->now;
    uint8_t verdict = peek_take(s->net, s->host, datagram);
    assert_true(verdict == WRN_SEND || verdict == WRN_TAKEN || verdict == WRN_DELIVER);
    free(datagram);
}

static void pumps(struct scene *s) { net_pump(s->net, s->host); }
static void sends(struct scene *s) { net_send(s->net, s->host, s->who, 100); }

static void sends_keepalive(struct scene *s)
{
    wrni_order_peer(s->net->host[s->host].engine, s->net->host[s->host].peers[s->who].slot, WRNI_ORDER_KEEPALIVE);
    net_pump(s->net, s->host);
}

static void hears(struct scene *s)
{
    net_send(s->net, s->who, s->host, 100);
    arrives(s);
}

static void hears_plain(struct scene *s, const void *plain, uint32_t length, uint8_t verdict, uint8_t reason)
{
    struct net_datagram datagram = {.from = s->net->host[s->who].address};
    datagram.length = peek_seal(s->net, s->who, s->host, WRNI_CURRENT, plain, length, datagram.bytes);
    assert_int_equal(peek_take(s->net, s->host, &datagram), verdict);
    assert_int_equal(net_last_reason, reason);
}

static void hears_keepalive(struct scene *s) { hears_plain(s, NULL, 0, WRN_TAKEN, WRN_REASON_NONE); }
static void hears_zeros(struct scene *s) { hears_plain(s, (uint8_t[16]){0}, 16, WRN_DROP, WRN_REASON_INNER_VERSION); }

static void hears_a_foreign_source(struct scene *s)
{
    net_send_from(s->net, s->who, 0x0a090909, 0x0a000001u + s->host, 100);
    struct net_datagram *datagram = peek_catch(s->net);
    assert_int_equal(peek_take(s->net, s->host, datagram), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_INNER_SOURCE);
    free(datagram);
}

static void hears_a_replay_and_a_forgery(struct scene *s)
{
    struct wrni_timers before;
    net_send(s->net, s->who, s->host, 100);
    struct net_datagram *datagram = peek_catch(s->net);
    before = *peek_timers(s->net, s->host, s->who);
    assert_int_equal(peek_take(s->net, s->host, datagram), WRN_DELIVER);
    *peek_timers(s->net, s->host, s->who) = before;
    assert_int_equal(peek_take(s->net, s->host, datagram), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_REPLAY);
    datagram->bytes[20] ^= 1;
    assert_int_equal(peek_take(s->net, s->host, datagram), WRN_DROP);
    assert_int_equal(net_last_reason, WRN_REASON_AUTH);
    free(datagram);
}

static void hears_a_cookie(struct scene *s)
{
    struct wrni_timers before = *peek_timers(s->net, 0, 1);
    wrn_report_load(s->net->host[1].engine, s->net->now);
    net_send(s->net, 0, 1, 100);
    *peek_timers(s->net, 0, 1) = before;
    s->sent++;
    wrn_report_load(s->net->host[1].engine, s->net->now);
    struct net_datagram *initiation = peek_catch(s->net);
    assert_int_equal(net_inject(s->net, 1, &s->net->host[0].address, initiation->bytes, initiation->length), WRN_SEND);
    free(initiation);
    arrives(s);
    assert_true(peek_peer(s->net, 0, 1)->jar.has_cookie);
}

static void sends_too_soon(struct scene *s) /* P-69: a request that is suppressed, though it resets the attempts (P-70) */
{
    struct wrni_timers *timers = peek_timers(s->net, 0, 1);
    timers->last_initiation = s->net->now;
    timers->attempts = 7;
    s->net->now += 5 * WRN_SECOND - 1;
    net_send(s->net, 0, 1, 100);
    assert_int_equal(net_last_verdict, WRN_TAKEN);
    assert_int_equal(timers->attempts, 0);
    assert_int_equal(timers->last_initiation, s->net->now - 5 * WRN_SECOND + 1);
}

static void sends_without_identity(struct scene *s) /* nothing can be made, and yet the 5 s slot is spent (section 24, P-69) */
{
    memset(&s->net->host[0].engine->identity, 0, sizeof s->net->host[0].engine->identity);
    net_send(s->net, 0, 1, 100);
    assert_int_equal(peek_timers(s->net, 0, 1)->last_initiation, s->net->now);
}

static void keepalive_to_nowhere(struct scene *s)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_FORGET_ENDPOINT};
    assert_int_equal(wrn_peer_set(s->net->host[0].engine, s->net->now, s->net->host[0].peers[1], &change), WRN_OK);
    sends_keepalive(s);
}

static void goes_down(struct scene *s) { assert_int_equal(wrn_set_up(s->net->host[0].engine, s->net->now, false), WRN_OK); }

static void could_not_send(struct scene *s)
{
    uint8_t           buffer[256] = {[WRN_HEADROOM] = 0x45, [WRN_HEADROOM + 16] = 10, [WRN_HEADROOM + 19] = 2};
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = 100};
    buffer[WRN_HEADROOM + 3] = 100;
    wrn_tun_input(s->net->host[0].engine, s->net->now, &packet, 1);
    assert_int_equal(packet.verdict, WRN_SEND);
    wrn_net_unsent(s->net->host[0].engine, s->net->now, &packet, 1);
}

static void fire(struct scene *s, wrn_time *timer)
{
    *timer = s->net->now;
    peek_touch(s->net, s->host, s->who);
    net_pump(s->net, s->host);
}

static void retransmit_fires(struct scene *s) { fire(s, &peek_timers(s->net, 0, 1)->retransmit); }
static void keepalive_fires(struct scene *s) { fire(s, &peek_timers(s->net, 0, 1)->keepalive); }
static void new_handshake_fires(struct scene *s) { fire(s, &peek_timers(s->net, 0, 1)->new_handshake); }
static void zero_keys_fires(struct scene *s) { fire(s, &peek_timers(s->net, 0, 1)->zero_keys); }
static void persistent_fires(struct scene *s) { fire(s, &peek_timers(s->net, 0, 1)->persistent); }

static void gives_up(struct scene *s)
{
    peek_timers(s->net, 0, 1)->attempts = 19;
    retransmit_fires(s);
}

/* The matrix. ---------------------------------------------------------------------------------------------------------------- */

struct row {
    const char *name;
    void (*scene)(struct scene *);
    void (*event)(struct scene *);
    const char *effect; /* on RETRANSMIT, KEEPALIVE, NEW_HANDSHAKE, ZERO_KEYS, PERSISTENT */
    size_t      sent;   /* datagrams of that host */
};

static const struct row sending[] = {
    {"an initiation", strangers, sends, "Ax..A", 1},
    {"an initiation to nowhere", strangers, keepalive_to_nowhere, "Ax..A", 0},
    {"an initiation too soon", strangers, sends_too_soon, ".....", 0},
    {"an initiation without identity", strangers, sends_without_identity, ".....", 0},
    {"data", friends, sends, ".xa.A", 1},
    {"data that the host could not send", friends, could_not_send, ".x..A", 0},
    {"a keepalive", friends, sends_keepalive, ".x..A", 1},
    {"a keepalive to nowhere", friends, keepalive_to_nowhere, ".x..A", 0},
    {"the first keepalive of a session", begun, pumps, ".x..A", 1},
};

static const struct row receiving[] = {
    {"an initiation, answered", invited, arrives, ".xxAA", 0},
    {"a response", answered, arrives, "x.xAA", 0},
    {"data", friends, hears, ".ax.A", 0},
    {"a keepalive", friends, hears_keepalive, "..x.A", 0},
    {"the first data under next", unconfirmed, arrives, "xax.A", 0},
    {"a keepalive, the first under next", unconfirmed_empty, arrives, "x.x.A", 0},
    {"data of a foreign source", friends, hears_a_foreign_source, ".ax.A", 0},
    {"zeros", friends, hears_zeros, ".ax.A", 0},
    {"a replay and a forgery", friends, hears_a_replay_and_a_forgery, ".....", 0},
    {"a cookie reply", strangers, hears_a_cookie, ".....", 0},
};

static const struct row firing[] = {
    {"retransmit", strangers, retransmit_fires, "Ax..A", 1},
    {"retransmit, the last", strangers, gives_up, "xx.a.", 0},
    {"keepalive", friends, keepalive_fires, ".x..A", 1},
    {"new handshake", friends, new_handshake_fires, "Axx.A", 1},
    {"zero keys", friends, zero_keys_fires, "...x.", 0},
    {"persistent", friends, persistent_fires, ".x..A", 1},
    {"down", friends, goes_down, "xxxxx", 0},
};

static wrn_time *timer_at(struct wrni_timers *t, unsigned which)
{
    wrn_time *const all[TIMERS] = {&t->retransmit, &t->keepalive, &t->new_handshake, &t->zero_keys, &t->persistent};
    return all[which];
}

static void check(const struct row *row, struct scene *s, unsigned which, wrn_time was)
{
    static const wrn_time delays[TIMERS] = {5 * WRN_SECOND, 10 * WRN_SECOND, 15 * WRN_SECOND, 540 * WRN_SECOND,
                                            INTERVAL * WRN_SECOND};
    wrn_time now = s->net->now, is = *timer_at(peek_timers(s->net, s->host, s->who), which), jitter = 0;
    char     effect = row->effect[which];
    if (effect == '.' || (effect == 'a' && was != WRN_NEVER)) {
        if (is != was)
            fail_msg("%s: timer %u was touched", row->name, which);
        return;
    }
    if (which == RETRANSMIT || which == NEW_HANDSHAKE)
        jitter = JITTER - 1;
    if (effect == 'x' ? is != WRN_NEVER : is < now + delays[which] || is > now + delays[which] + jitter)
        fail_msg("%s: timer %u is at %llu, now %llu", row->name, which, (unsigned long long)is, (unsigned long long)now);
}

static void run(const struct row *row, unsigned armed)
{
    struct scene        s = {0};
    wrn_time            was[TIMERS];
    row->scene(&s);
    struct wrni_timers *timers = peek_timers(s.net, s.host, s.who);
    timers->persistent_s = INTERVAL;
    timers->need_another = timers->again = false;
    for (unsigned which = 0; which < TIMERS; which++)
        *timer_at(timers, which) = was[which] = armed >> which & 1u ? s.net->now + FAR + which : WRN_NEVER;
    peek_touch(s.net, s.host, s.who);
    s.sent = net_sent(s.net, s.host, 0, 0, WRN_NEVER);
    row->event(&s);
    for (unsigned which = 0; which < TIMERS; which++)
        check(row, &s, which, was[which]);
    if (net_sent(s.net, s.host, 0, 0, WRN_NEVER) != s.sent + row->sent)
        fail_msg("%s: %zu datagrams", row->name, net_sent(s.net, s.host, 0, 0, WRN_NEVER) - s.sent);
    net_free(s.net);
}

static void run_rows(const struct row *rows, size_t count)
{
    static const unsigned masks[] = {0, 31, 1, 2, 4, 8, 16};
    for (size_t i = 0; i < count; i++)
        for (unsigned m = 0; m < 7; m++)
            run(&rows[i], masks[m]);
}

static void p68_p69_p70_p93_what_sending_does_to_the_timers(void **state)
{
    (void)state;
    run_rows(sending, sizeof sending / sizeof sending[0]);
}

static void p35_p57_p101_p102_g8_g47_g49_g50_what_receiving_does_to_the_timers(void **state)
{
    (void)state;
    run_rows(receiving, sizeof receiving / sizeof receiving[0]);
}

static void p71_p72_p77_p78_g48_what_firing_does_to_the_timers(void **state)
{
    (void)state;
    run_rows(firing, sizeof firing / sizeof firing[0]);
}

static void p69_g106_a_response_counts_as_sent_and_is_never_held_back(void **state)
{
    (void)state;
    struct scene s = {0};
    invited(&s);
    peek_timers(s.net, 1, 0)->last_initiation = 0; /* a moment ago */
    arrives(&s);
    assert_int_equal(peek_timers(s.net, 1, 0)->last_initiation, s.net->now);
    net_send(s.net, 1, 0, 100);
    assert_int_equal(net_sent(s.net, 1, 1, 0, WRN_NEVER), 0); /* and now traffic makes no initiation for 5 s */
    net_free(s.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p68_p69_p70_p93_what_sending_does_to_the_timers),
        cmocka_unit_test(p35_p57_p101_p102_g8_g47_g49_g50_what_receiving_does_to_the_timers),
        cmocka_unit_test(p71_p72_p77_p78_g48_what_firing_does_to_the_timers),
        cmocka_unit_test(p69_g106_a_response_counts_as_sent_and_is_never_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
