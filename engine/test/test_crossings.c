#include "support/outsider.h"

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Two handshakes that cross, in every order of delivery, loss and repetition (G-58): after each step the indices are those of
 * what lives, nobody sends under an unconfirmed key, no packet comes twice; and whatever happened, the two find each other again.
 * Engines are copied at each branch, as law 5 allows. */

#define MS   WRN_MILLISECOND
#define WALL UINT64_C(1700000000)

enum { FLIGHT = 24, BYTES = 160, DEPTH = 6, HEAL_ONE_OF = 5 };

struct message {
    uint8_t to, length, repeated, bytes[BYTES];
};

struct world {
    uint8_t *memory[2];
    wrn_time now;
    unsigned flying;
    struct message flight[FLIGHT];
    uint8_t arrived[256]; /* by the first payload byte */
};

static size_t size;
static unsigned leaves;

static struct wrn_engine *engine_of(const struct world *w, unsigned host)
{
    return (struct wrn_engine *)(void *)w->memory[host];
}

static const struct wrn_endpoint addresses[2] = {{.address = {192, 0, 2, 1}, .family = 4, .port = 1},
                                                 {.address = {192, 0, 2, 2}, .family = 4, .port = 2}};

static void fly(struct world *w, unsigned from, const struct wrn_packet *packet)
{
    assert_true(w->flying < FLIGHT && packet->length <= BYTES);
    struct message *m = &w->flight[w->flying++];
    *m = (struct message){.to = (uint8_t)(1 - from), .length = (uint8_t)packet->length};
    memcpy(m->bytes, packet->data + packet->offset, packet->length);
}

static void check(const struct world *w, unsigned host)
{
    struct wrn_engine_view all;
    struct wrn_peer_view view;
    struct wrn_peer peer = {.slot = UINT32_MAX}, owner;
    bool session;
    unsigned count = 0;
    assert_true(wrn_peer_next(engine_of(w, host), &peer));
    assert_int_equal(wrn_inspect_peer(engine_of(w, host), peer, &view), WRN_OK);
    if (view.handshake_pending) {
        assert_int_equal(wrn_inspect_index(engine_of(w, host), view.handshake_index, &owner, &session), WRN_OK);
        assert_false(session);
        count++;
    }
    for (unsigned place = 0; place < 3; place++) {
        if (!view.sessions[place].there)
            continue;
        count++;
        assert_int_equal(wrn_inspect_index(engine_of(w, host), view.sessions[place].local_index, &owner, &session), WRN_OK);
        assert_true(session);
    }
    assert_int_equal(view.sessions[WRN_NEXT].sent, 0); /* oracle 5 */
    wrn_inspect_engine(engine_of(w, host), &all);
    assert_int_equal(all.indices, count); /* oracle 9 */
}

static void collect(struct world *w, unsigned host)
{
    uint8_t room[256];
    struct wrn_packet packet;
    struct wrn_event events[4];
    for (;;) {
        packet = (struct wrn_packet){.data = room, .capacity = sizeof room};
        if (wrn_net_output(engine_of(w, host), w->now, &packet, 1) == 0)
            break;
        fly(w, host, &packet);
    }
    while (wrn_events(engine_of(w, host), events, 4) > 0)
        ;
    check(w, host);
}

static void offer(struct world *w, unsigned host, uint8_t mark)
{
    uint8_t room[128] = {0}, *ip = room + WRN_HEADROOM;
    struct wrn_packet packet = {.data = room, .capacity = sizeof room, .offset = WRN_HEADROOM, .length = 28};
    ip[0] = 0x45;
    ip[3] = 28;
    ip[12] = ip[16] = 10;
    ip[15] = (uint8_t)(host + 1);
    ip[19] = (uint8_t)(2 - host);
    ip[20] = mark;
    wrn_tun_input(engine_of(w, host), w->now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        fly(w, host, &packet);
    collect(w, host);
}

static void deliver(struct world *w, unsigned which, bool keep)
{
    struct message m = w->flight[which];
    uint8_t room[256];
    if (keep) {
        w->flight[which].repeated = 1;
    } else {
        w->flying--;
        memmove(&w->flight[which], &w->flight[which + 1], (w->flying - which) * sizeof w->flight[0]);
    }
    w->now += MS;
    memcpy(room, m.bytes, m.length);
    struct wrn_packet packet = {.data = room, .capacity = sizeof room, .length = m.length, .remote = addresses[1 - m.to]};
    wrn_net_input(engine_of(w, m.to), w->now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        fly(w, m.to, &packet);
    if (packet.verdict == WRN_DELIVER)
        assert_int_equal(w->arrived[room[packet.offset + 20]]++, 0);
    collect(w, m.to);
}

/* From here on a good wire: in a minute both can talk. */
static void heal(struct world *w)
{
    wrn_time end = w->now + 60 * WRN_SECOND;
    while (w->now < end) {
        while (w->flying)
            deliver(w, 0, false);
        wrn_time a = wrn_deadline(engine_of(w, 0)), b = wrn_deadline(engine_of(w, 1)), next = a < b ? a : b;
        w->now = next < end ? (next > w->now ? next : w->now) : end;
        collect(w, 0);
        collect(w, 1);
    }
    offer(w, 0, 200);
    offer(w, 1, 201);
    end = w->now + 15 * WRN_SECOND;
    while (w->now < end) {
        while (w->flying)
            deliver(w, 0, false);
        wrn_time a = wrn_deadline(engine_of(w, 0)), b = wrn_deadline(engine_of(w, 1)), next = a < b ? a : b;
        w->now = next < end ? (next > w->now ? next : w->now) : end;
        collect(w, 0);
        collect(w, 1);
    }
    assert_int_equal(w->arrived[200], 1);
    assert_int_equal(w->arrived[201], 1);
}

static struct world copy_of(const struct world *w)
{
    struct world copy = *w;
    for (unsigned i = 0; i < 2; i++) {
        copy.memory[i] = aligned_alloc(16, size);
        assert_non_null(copy.memory[i]);
        memcpy(copy.memory[i], w->memory[i], size);
    }
    return copy;
}

static void let_go(struct world *w)
{
    free(w->memory[0]);
    free(w->memory[1]);
}

static void explore(const struct world *w, unsigned depth)
{
    if (depth == DEPTH || !w->flying) {
        if (leaves++ % HEAL_ONE_OF == 0) {
            struct world copy = copy_of(w);
            heal(&copy);
            let_go(&copy);
        }
        return;
    }
    for (unsigned which = 0; which < w->flying; which++)
        for (unsigned how = 0; how < 3; how++) { /* delivered, delivered and still there, lost */
            if (how == 1 && w->flight[which].repeated)
                continue;
            struct world copy = copy_of(w);
            if (how == 2) {
                copy.flying--;
                memmove(&copy.flight[which], &copy.flight[which + 1], (copy.flying - which) * sizeof copy.flight[0]);
            } else {
                deliver(&copy, which, how == 1);
            }
            explore(&copy, depth + 1);
            let_go(&copy);
        }
}

static void begin(struct world *w, unsigned host, const uint8_t public_key[32])
{
    struct wrn_config config;
    struct wrn_engine *engine;
    struct wrn_peer peer;
    uint8_t secret[32];
    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 1,
                                        .prefixes = 1,
                                        .window_bits = 128,
                                        .stage_slots = 4,
                                        .stage_share = 4,
                                        .stage_bytes = 64,
                                        .sources = 1,
                                        .lanes = 1};
    config.entropy[0] = (uint8_t)(host + 1);
    size = (wrn_engine_size(&config.limits) + 15) & ~(size_t)15;
    w->memory[host] = aligned_alloc(16, size);
    assert_non_null(w->memory[host]);
    memset(w->memory[host], 0, size);
    assert_int_equal(wrn_engine_init(&engine, w->memory[host], size, &config, 0), WRN_OK);
    wrn_engine_attach(engine, &wrn_crypto_sodium, NULL, 1);
    wrn_wall(engine, 0, WALL, 0);
    memset(secret, 0x40 + (int)host, sizeof secret);
    assert_int_equal(wrn_set_private_key(engine, 0, secret), WRN_OK);
    assert_int_equal(wrn_set_up(engine, 0, true), WRN_OK);
    assert_int_equal(wrn_peer_add(engine, 0, public_key, &peer), WRN_OK);
    struct wrn_prefix prefix = {.address = {10, 0, 0, (uint8_t)(2 - host)}, .family = 4, .length = 32};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = addresses[1 - host]};
    assert_int_equal(wrn_allowed_add(engine, peer, &prefix, NULL), WRN_OK);
    assert_int_equal(wrn_peer_set(engine, 0, peer, &change), WRN_OK);
}

static void p23_p24_p25_p51_g58_g106_every_order_of_two_crossing_handshakes(void **state)
{
    struct net *net = net_new(2, 0); /* for its keys */
    struct world w;
    uint8_t publics[2][32];
    (void)state;
    net_public_key(net, 0, publics[0]);
    net_public_key(net, 1, publics[1]);
    net_free(net);
    memset(&w, 0, sizeof w);
    begin(&w, 0, publics[1]);
    begin(&w, 1, publics[0]);
    offer(&w, 0, 1);
    offer(&w, 1, 2);
    assert_int_equal(w.flying, 2);
    explore(&w, 0);
    assert_true(leaves > 1000);
    let_go(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p23_p24_p25_p51_g58_g106_every_order_of_two_crossing_handshakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
