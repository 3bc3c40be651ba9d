#include "plain.h"

#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "state.h"

/* Every drop reason happens, moves its own counter by one, and no other (P-160, G-111). */

#define WALL UINT64_C(1700000001)
enum { NAME = 9 };

/* A host, a peer of it who speaks by hand, and the counters before the last step. */
struct scene {
    struct net         *net;
    struct wrn_engine  *engine;
    struct outsider     o;
    struct wrn_peer     peer;
    uint8_t             message[NET_BYTES];
    size_t              length;
    struct wrn_counters before;
    struct wrn_packet   last;
};

static struct scene scene;
static struct plain plain;

static void initiation(struct scene *s, uint64_t second)
{
    outsider_initiate(&s->o, WALL + second, 0, s->net->now, s->message);
    s->length = 148;
}

static void data(struct scene *s, const uint8_t *inner, size_t length)
{
    s->length = outsider_seal(&s->o, s->o.counter++, inner, length, s->message);
}

static void in(struct scene *s)
{
    wrn_counters(s->engine, &s->before);
    s->last = knock(s->net, 0, &elsewhere, s->message, s->length);
}

static void session(struct scene *s)
{
    initiation(s, 0);
    in(s);
    assert_int_equal(s->last.verdict, WRN_SEND);
    assert_true(outsider_finish(&s->o, bytes_of(&s->last)));
    data(s, NULL, 0);
    in(s);
    assert_int_equal(s->last.verdict, WRN_TAKEN);
}

static void out(struct scene *s, uint32_t destination, uint32_t length)
{
    plain_ipv4(&plain, 0x0a000001, destination, length, 1);
    wrn_counters(s->engine, &s->before);
    (void)plain_in(s->net, 0, &plain);
    s->last = plain.packet;
}

static void inner(struct scene *s, uint8_t version, uint8_t total, uint8_t name)
{
    uint8_t ip[32] = {(uint8_t)(version << 4 | 5), [3] = total, [12] = 10, 1, 0, name};
    session(s);
    data(s, ip, sizeof ip);
    in(s);
}

static void down(struct scene *s)
{
    assert_int_equal(wrn_set_up(s->engine, 0, false), WRN_OK);
    initiation(s, 0);
    in(s);
}

static void type(struct scene *s)
{
    initiation(s, 0);
    s->message[1] = 1;
    in(s);
}

static void length(struct scene *s)
{
    initiation(s, 0);
    s->length++;
    in(s);
}

static void room(struct scene *s)
{
    session(s);
    plain_ipv4(&plain, 0x0a000001, 0x0a010009, 60, 1);
    plain.packet.offset = 15;
    wrn_counters(s->engine, &s->before);
    (void)plain_in(s->net, 0, &plain);
    s->last = plain.packet;
}

static void no_identity(struct scene *s)
{
    assert_int_equal(wrn_set_private_key(s->engine, 0, (const uint8_t[32]){0}), WRN_OK);
    initiation(s, 0);
    in(s);
}

static void mac1(struct scene *s)
{
    initiation(s, 0);
    s->message[120] ^= 1;
    in(s);
}

static void rate(struct scene *s)
{
    uint8_t key[32];
    wrn_report_load(s->engine, 0);
    initiation(s, 0);
    in(s);
    assert_int_equal(s->last.length, 64);
    wrni_cookie_key(outsider_crypto, s->o.to, key);
    assert_true(wrni_cookie_consume(outsider_crypto, &s->o.jar, key, bytes_of(&s->last), 0));
    for (unsigned i = 1; i <= 6; i++) { /* a burst of five */
        initiation(s, i);
        in(s);
    }
}

static void unknown_peer(struct scene *s)
{
    assert_int_equal(wrn_peer_remove(s->engine, 0, s->peer), WRN_OK);
    initiation(s, 0);
    in(s);
}

static void handshake(struct scene *s)
{
    initiation(s, 0);
    s->message[90] ^= 1;
    remac(s->o.to, WRNI_INITIATION, s->message);
    in(s);
}

static void stamp(struct scene *s)
{
    session(s);
    s->net->now += WRN_SECOND;
    initiation(s, 0);
    in(s);
}

static void flood(struct scene *s)
{
    session(s);
    s->net->now += 19 * WRN_MILLISECOND;
    initiation(s, 1);
    in(s);
}

static void unsolicited(struct scene *s)
{
    memset(s->message, 0, 92);
    s->message[0] = 2;
    s->length = 92;
    remac(s->o.to, WRNI_RESPONSE, s->message);
    in(s);
}

static void cookie(struct scene *s)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE, .endpoint = elsewhere, .keepalive_s = 9};
    struct wrn_packet      packet;
    assert_int_equal(wrn_peer_set(s->engine, 0, s->peer, &change), WRN_OK);
    assert_true(knock_output(s->net, 0, &packet));
    memset(s->message, 0, 64);
    s->message[0] = 3;
    memcpy(s->message + 4, bytes_of(&packet) + 4, 4);
    s->length = 64;
    in(s);
}

/* Two lanes whose orders nobody takes. */
static void lane_busy(struct scene *s)
{
    struct wrn_config config;
    enum wrn_status   status = WRN_OK;
    wrn_config_default(&config);
    config.limits.lanes = 2;
    config.limits.orders = 16;
    net_free(s->net);
    s->net = net_new_with(1, 0, &config, &wrn_crypto_sodium);
    s->engine = s->net->host[0].engine;
    s->peer = outsider_join(&s->o, s->net, 0, NAME);
    for (uint8_t i = 0; status == WRN_OK; i++)
        status =
            wrn_allowed_add(s->engine, s->peer, &(struct wrn_prefix){.address = {10, 8, i}, .family = 4, .length = 24}, NULL);
    assert_int_equal(status, WRN_BUSY);
    initiation(s, 0);
    in(s);
}

static void an_index(struct scene *s)
{
    session(s);
    data(s, NULL, 0);
    s->message[4] ^= 1;
    in(s);
}

static void expired(struct scene *s)
{
    session(s);
    s->net->now += 180 * WRN_SECOND;
    data(s, NULL, 0);
    in(s);
}

static void auth(struct scene *s)
{
    session(s);
    data(s, NULL, 0);
    s->message[31] ^= 1;
    in(s);
}

static void replay(struct scene *s)
{
    session(s);
    data(s, NULL, 0);
    in(s);
    assert_int_equal(s->last.verdict, WRN_TAKEN);
    in(s);
}

static void inner_version(struct scene *s) { inner(s, 5, 32, NAME); }
static void inner_length(struct scene *s) { inner(s, 4, 33, NAME); }
static void inner_source(struct scene *s) { inner(s, 4, 32, NAME + 1); }
static void no_route(struct scene *s) { out(s, 0x01010101, 60); }
static void no_endpoint(struct scene *s) { out(s, 0x0a010009, 60); }

static void with_endpoint(struct scene *s)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = elsewhere};
    assert_int_equal(wrn_peer_set(s->engine, 0, s->peer, &change), WRN_OK);
}

static void staged_out(struct scene *s)
{
    with_endpoint(s);
    for (unsigned i = 0; i < 129; i++)
        out(s, 0x0a010009, 60);
}

static void purged(struct scene *s)
{
    with_endpoint(s);
    out(s, 0x0a010009, 60);
    wrn_counters(s->engine, &s->before);
    assert_int_equal(wrn_staged_purge(s->engine, s->peer), WRN_OK);
}

static void too_long(struct scene *s)
{
    with_endpoint(s);
    out(s, 0x0a010009, 1537);
}

/* `after`: the packet itself was taken; the drop is another's. */
static const struct { enum wrn_reason reason; void (*cause)(struct scene *); bool after; } table[] = {
    {WRN_REASON_DOWN, down, false},
    {WRN_REASON_TYPE, type, false},
    {WRN_REASON_LENGTH, length, false},
    {WRN_REASON_ROOM, room, false},
    {WRN_REASON_NO_IDENTITY, no_identity, false},
    {WRN_REASON_MAC1, mac1, false},
    {WRN_REASON_RATE, rate, false},
    {WRN_REASON_UNKNOWN_PEER, unknown_peer, false},
    {WRN_REASON_HANDSHAKE, handshake, false},
    {WRN_REASON_STAMP, stamp, false},
    {WRN_REASON_FLOOD, flood, false},
    {WRN_REASON_UNSOLICITED, unsolicited, false},
    {WRN_REASON_COOKIE, cookie, false},
    {WRN_REASON_LANE_BUSY, lane_busy, false},
    {WRN_REASON_INDEX, an_index, false},
    {WRN_REASON_EXPIRED, expired, false},
    {WRN_REASON_AUTH, auth, false},
    {WRN_REASON_REPLAY, replay, false},
    {WRN_REASON_INNER_VERSION, inner_version, false},
    {WRN_REASON_INNER_LENGTH, inner_length, false},
    {WRN_REASON_INNER_SOURCE, inner_source, false},
    {WRN_REASON_NO_ROUTE, no_route, false},
    {WRN_REASON_NO_ENDPOINT, no_endpoint, false},
    {WRN_REASON_STAGED_OUT, staged_out, true},
    {WRN_REASON_PURGED, purged, true},
    {WRN_REASON_TOO_LONG, too_long, false},
};

static void p160_g111_every_reason_moves_its_own_counter_by_one(void **state)
{
    bool seen[WRN_REASON_COUNT] = {true};
    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct wrn_counters after;
        memset(&scene, 0, sizeof scene);
        scene.net = net_new(1, 0);
        scene.engine = scene.net->host[0].engine;
        scene.peer = outsider_join(&scene.o, scene.net, 0, NAME);
        table[i].cause(&scene);
        wrn_counters(scene.engine, &after);
        if (!table[i].after) {
            assert_int_equal(scene.last.verdict, WRN_DROP);
            assert_int_equal(scene.last.reason, table[i].reason);
        }
        for (unsigned reason = 0; reason < WRN_REASON_COUNT; reason++)
            assert_int_equal(after.reasons[reason] - scene.before.reasons[reason], reason == table[i].reason);
        uint64_t drops = after.tun_verdicts[WRN_DROP] + after.net_verdicts[WRN_DROP];
        assert_int_equal(drops - scene.before.tun_verdicts[WRN_DROP] - scene.before.net_verdicts[WRN_DROP], !table[i].after);
        seen[table[i].reason] = true;
        net_free(scene.net);
    }
    for (unsigned reason = 0; reason < WRN_REASON_COUNT; reason++)
        assert_true(seen[reason]);
}

static void p160_every_reason_and_verdict_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        for (unsigned j = 0; j <= i; j++)
            assert_true((strcmp(wrn_reason_name(i), wrn_reason_name(j)) == 0) == (i == j));
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++)
        for (unsigned j = 0; j <= i; j++)
            assert_true((strcmp(wrn_verdict_name(i), wrn_verdict_name(j)) == 0) == (i == j));
    assert_string_equal(wrn_reason_name(WRN_REASON_COUNT), "?");
    assert_string_equal(wrn_verdict_name(WRN_VERDICT_COUNT), "?");
    assert_string_equal(wrn_reason_name(WRN_REASON_REPLAY), "replay");
    assert_string_equal(wrn_reason_name(WRN_REASON_TOO_LONG), "too_long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p160_g111_every_reason_moves_its_own_counter_by_one),
        cmocka_unit_test(p160_every_reason_and_verdict_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
