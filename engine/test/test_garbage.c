#include "plain.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "outsider.h"
#include "random.h"
#include "state.h"

/* Anything at all, from both sides, into a pair that lives: nothing crashes, everything gets one verdict, the pair goes on, and
 * the work for each is bounded (laws 6, 7 and 9, G-6, G-65, G-70). */

enum { ROUNDS = 220000, POOL = 64 };

/* Real messages to start from, the newest ones. */
struct pool { struct net_datagram *datagram; size_t count; };

static bool remember(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct pool *pool = context;
    (void)net;
    (void)from;
    pool->datagram[pool->count++ % POOL] = *datagram;
    return true;
}

static uint32_t any_length(struct rng *rng)
{
    switch (rng_below(rng, 8)) {
    case 0:
        return rng_below(rng, 4);
    case 1:
        return rng_below(rng, 65536);
    case 2:
        return 65535;
    case 3:
        return (uint32_t[]){148, 92, 64, 32, 20, 40, 16, 31}[rng_below(rng, 8)];
    default:
        return rng_below(rng, 1600);
    }
}

/* Ranges that a careless host may hand in. */
static void bend_range(struct rng *rng, struct wrn_packet *packet)
{
    uint32_t wild = rng_below(rng, 2) ? (uint32_t)rng_next(rng) : rng_below(rng, packet->capacity + 2);
    switch (rng_below(rng, 4)) {
    case 0:
        packet->offset = wild;
        break;
    case 1:
        packet->length = wild;
        break;
    case 2:
        packet->offset = UINT32_MAX - rng_below(rng, 20);
        packet->length = UINT32_MAX - rng_below(rng, 20);
        break;
    default:
        packet->data = NULL;
    }
}

/* A mutated real datagram, or noise, in a buffer that ends where the datagram ends: the sanitizer sees a read too far. */
static struct wrn_packet draw_datagram(struct rng *rng, const struct pool *pool, uint8_t **buffer)
{
    uint32_t             length = any_length(rng);
    bool                 known = pool->count && rng_below(rng, 4);
    struct net_datagram *real =
        known ? &pool->datagram[rng_below(rng, (uint32_t)(pool->count < POOL ? pool->count : POOL))] : NULL;
    if (real && rng_below(rng, 4))
        length = real->length;
    *buffer = malloc(length ? length : 1);
    assert_non_null(*buffer);
    if (real) {
        uint32_t common = length < real->length ? length : real->length;
        memcpy(*buffer, real->bytes, common);
        memset(*buffer + common, 0, length - common);
    } else {
        memset(*buffer, (int)rng_next(rng), length);
        rng_bytes(rng, *buffer, length < 64 ? length : 64);
        if (length >= 4 && rng_below(rng, 4))
            memcpy(*buffer, (uint8_t[4]){(uint8_t)rng_below(rng, 6)}, 4);
    }
    for (unsigned i = rng_below(rng, 4); i > 0 && length; i--)
        (*buffer)[rng_below(rng, rng_below(rng, 2) ? length : length < 16 ? length : 16)] ^= (uint8_t)(1u << rng_below(rng, 8));
    return (struct wrn_packet){.data = *buffer,
                               .capacity = length,
                               .length = length,
                               .tos = (uint8_t)rng_next(rng),
                               .remote = {.address = {192, 0, 2, (uint8_t)rng_below(rng, 4)},
                                          .port = (uint16_t)rng_next(rng),
                                          .family = (uint8_t)(rng_below(rng, 8) ? 4 : rng_next(rng))}};
}

static struct wrn_packet draw_plain(struct rng *rng, uint8_t **buffer)
{
    uint32_t length = any_length(rng), capacity = length + rng_below(rng, 80);
    uint32_t offset = rng_below(rng, capacity - length + 1);
    *buffer = malloc(capacity ? capacity : 1);
    assert_non_null(*buffer);
    memset(*buffer, (int)rng_next(rng), capacity);
    uint8_t head[40];
    rng_bytes(rng, head, sizeof head);
    if (rng_below(rng, 4)) {
        head[0] = rng_below(rng, 2) ? 0x45 : 0x60;
        memcpy(head + 16, (uint8_t[4]){10, 0, 0, (uint8_t)(1 + rng_below(rng, 3))}, 4);
        if (head[0] == 0x60)
            memcpy(head + 24, (uint8_t[16]){0xfd, [15] = (uint8_t)(1 + rng_below(rng, 3))}, 16);
    }
    memcpy(*buffer + offset, head, length < 40 ? length : 40);
    return (struct wrn_packet){
        .data = *buffer, .capacity = capacity, .offset = offset, .length = length, .mtu = (uint16_t)rng_next(rng)};
}

static void assert_judged(const struct wrn_packet *packet, bool net_side)
{
    uint8_t verdict = packet->verdict;
    assert_true(verdict == WRN_SEND || verdict == WRN_TAKEN || verdict == WRN_DROP ||
                verdict == (net_side ? WRN_DELIVER : WRN_HOLD));
    assert_true((verdict == WRN_DROP) == (packet->reason != WRN_REASON_NONE));
    assert_true(packet->reason < WRN_REASON_COUNT);
    if (verdict == WRN_SEND || verdict == WRN_DELIVER) {
        assert_true(packet->offset <= packet->capacity && packet->length <= packet->capacity - packet->offset);
        assert_true(packet->length >= (verdict == WRN_SEND ? 32u : 20u));
    }
}

static void one(struct net *net, struct rng *rng, const struct pool *pool, unsigned host)
{
    uint8_t          *buffer, icmp[1280];
    bool              net_side = rng_below(rng, 3) != 0;
    struct wrn_packet packet = net_side ? draw_datagram(rng, pool, &buffer) : draw_plain(rng, &buffer);
    if (rng_below(rng, 50) == 0)
        bend_range(rng, &packet);
    if (net_side) {
        wrn_net_input(net->host[host].engine, net->now, &packet, 1);
    } else {
        if (packet.data && packet.length <= packet.capacity && packet.offset <= packet.capacity - packet.length)
            (void)wrn_icmp_unreachable(packet.data + packet.offset, packet.length, icmp, rng_below(rng, sizeof icmp + 1));
        wrn_tun_input(net->host[host].engine, net->now, &packet, 1);
    }
    assert_judged(&packet, net_side);
    free(buffer);
}

/* Both hosts still talk, when the mess is over. */
static void assert_alive(struct net *net)
{
    net_run(net, net->now + 400 * WRN_SECOND);
    for (unsigned host = 0; host < 2; host++) { /* roaming to nowhere was authentic noise of our own making: say where they are */
        struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = net->host[1 - host].address};
        assert_int_equal(wrn_peer_set(net->host[host].engine, net->now, net->host[host].peers[1 - host], &change), WRN_OK);
    }
    uint32_t there = net_send(net, 0, 1, 60), back;
    net_run(net, net->now + 10 * WRN_SECOND);
    back = net_send(net, 1, 0, 60);
    net_run(net, net->now + 10 * WRN_SECOND);
    assert_int_equal(net_received(net, 1, there), 1);
    assert_int_equal(net_received(net, 0, back), 1);
}

static void g6_g70_hundreds_of_thousands_of_packets_of_any_kind(void **state)
{
    struct pool pool = {.datagram = calloc(POOL, sizeof *pool.datagram)};
    struct net *net = plain_pair(NULL);
    struct rng  rng = {0x6a7ba6e};
    uint64_t    in[2] = {0};
    (void)state;
    assert_non_null(pool.datagram);
    net->tap = remember;
    net->tap_context = &pool;
    struct wrn_counters before[2], after[2];
    for (unsigned host = 0; host < 2; host++)
        wrn_counters(net->host[host].engine, &before[host]);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned host = rng_below(&rng, 2);
        one(net, &rng, &pool, host);
        in[host]++;
        if (round % 500 == 499) {
            for (unsigned i = 0; i < 2; i++)
                wrn_counters(net->host[i].engine, &after[i]);
            for (unsigned i = 0; i < 2; i++)
                for (unsigned verdict = 0; verdict < WRN_VERDICT_COUNT; verdict++)
                    in[i] -= after[i].tun_verdicts[verdict] + after[i].net_verdicts[verdict] - before[i].tun_verdicts[verdict] -
                             before[i].net_verdicts[verdict];
            assert_int_equal(in[0] | in[1], 0); /* each got exactly one verdict */
            net_send(net, host, 1 - host, 28 + rng_below(&rng, 1000));
            net_run(net, net->now + rng_below(&rng, 3000) * WRN_MILLISECOND);
            for (unsigned i = 0; i < 2; i++)
                wrn_counters(net->host[i].engine, &before[i]);
        }
    }
    assert_alive(net);
    free(pool.datagram);
    net_free(net);
}

/* Random plaintexts under a good key: delivered exactly when a second, naive reading of P-103 to P-105 says so. */
static void p103_p105_g70_authentic_nonsense(void **state)
{
    struct net     *net = net_new(1, 0);
    struct outsider o;
    struct rng      rng = {70};
    uint8_t         message[148], ip[200], out[256];
    unsigned        delivered = 0;
    (void)state;
    (void)outsider_join(&o, net, 0, 9);
    outsider_initiate(&o, 1700000001, 0, 0, message);
    struct wrn_packet packet = knock(net, 0, &elsewhere, message, sizeof message);
    assert_true(packet.verdict == WRN_SEND && outsider_finish(&o, bytes_of(&packet)));
    for (unsigned i = 0; i < 30000; i++) {
        uint32_t length = 1 + rng_below(&rng, sizeof ip);
        rng_bytes(&rng, ip, sizeof ip);
        if (rng_below(&rng, 8))
            memcpy(ip, (uint8_t[4]){rng_below(&rng, 2) ? 0x45 : 0x6f, 0, 0, (uint8_t)rng_below(&rng, 220)}, 4);
        if (rng_below(&rng, 4))
            memcpy(ip + 12, (uint8_t[4]){10, 1, 0, (uint8_t)(9 + rng_below(&rng, 8) / 7)}, 4);
        uint32_t total = (uint32_t)ip[2] << 8 | ip[3];
        bool good = ip[0] >> 4 == 4 && length >= 20 && total >= 20 && total <= length && ip[12] == 10 && ip[13] == 1 && !ip[14] &&
                    ip[15] == 9;
        packet = knock(net, 0, &elsewhere, out, outsider_seal(&o, o.counter++, ip, length, out)); /* the peer owns no IPv6 */
        assert_int_equal(packet.verdict, good ? WRN_DELIVER : WRN_DROP);
        if (good)
            assert_int_equal(packet.length, total);
        delivered += good;
    }
    assert_true(delivered > 1000);
    net_free(net);
}

/* Work. ---------------------------------------------------------------------------------------------------------------------- */

/* sodium, with a tally in its context. */
struct tally { unsigned dh, seal, open, xseal, xopen, mac; };

static void count_dh(void *context, struct wrn_dh *o, size_t n)
{
    ((struct tally *)context)->dh += (unsigned)n;
    wrn_crypto_sodium.dh(NULL, o, n);
}
static void count_seal(void *context, struct wrn_aead *o, size_t n)
{
    ((struct tally *)context)->seal += (unsigned)n;
    wrn_crypto_sodium.seal(NULL, o, n);
}
static void count_open(void *context, struct wrn_aead *o, size_t n)
{
    ((struct tally *)context)->open += (unsigned)n;
    wrn_crypto_sodium.open(NULL, o, n);
}
static void count_xseal(void *context, struct wrn_xaead *o, size_t n)
{
    ((struct tally *)context)->xseal += (unsigned)n;
    wrn_crypto_sodium.xseal(NULL, o, n);
}
static void count_xopen(void *context, struct wrn_xaead *o, size_t n)
{
    ((struct tally *)context)->xopen += (unsigned)n;
    wrn_crypto_sodium.xopen(NULL, o, n);
}
static void count_hash(void *context, struct wrn_hash *o, size_t n) { (void)context; wrn_crypto_sodium.hash(NULL, o, n); }
static void count_mac(void *context, struct wrn_mac *o, size_t n)
{
    ((struct tally *)context)->mac += (unsigned)n;
    wrn_crypto_sodium.mac(NULL, o, n);
}

static const struct wrn_crypto counting = {"counting",  count_dh,    count_seal, count_open,
                                           count_xseal, count_xopen, count_hash, count_mac};

/* The flood of G-65 under the cost model: however many initiations with a good mac1 come in a second, no more than rate and burst
 * cost a Diffie-Hellman; garbage costs none; and data in between costs what it always costs. */
static void p27_p43_g65_a_flood_costs_no_more_than_the_rate(void **state)
{
    struct net         *net = plain_pair(NULL);
    struct tally        tally = {0};
    struct outsider     stranger;
    struct wrn_packet   packet;
    static struct plain p;
    uint8_t             secret[32] = {0x55}, message[148], noise[148] = {1};
    void *const         contexts[1] = {&tally};
    unsigned            cookies = 0;
    (void)state;
    wrn_engine_attach(net->host[0].engine, &counting, contexts, 1);
    outsider_init(&stranger, secret, net, 0);
    outsider_initiate(&stranger, 1700000005, 0, net->now, message);
    for (unsigned i = 0; i < 20000; i++) {
        net->now += 50000; /* 20,000 in a second */
        unsigned dh = tally.dh;
        assert_int_equal(knock(net, 0, &elsewhere, noise, sizeof noise).reason, WRN_REASON_MAC1);
        assert_int_equal(tally.dh, dh);
        packet = knock(net, 0, &elsewhere, message, sizeof message);
        cookies += packet.verdict == WRN_SEND && packet.length == 64;
        assert_true(tally.dh - dh <= 1);
        if (i % 1000 == 0) {
            unsigned opens = tally.open, seals = tally.seal;
            dh = tally.dh;
            plain_ipv4(&p, 0x0a000002, 0x0a000001, 100, i);
            assert_int_equal(plain_in(net, 1, &p), WRN_SEND);
            packet = knock(net, 0, &net->host[1].address, p.packet.data + p.packet.offset, p.packet.length);
            assert_int_equal(packet.verdict, WRN_DELIVER);
            assert_true(tally.open == opens + 1 && tally.seal == seals && tally.dh == dh);
        }
    }
    assert_in_range(tally.dh, 1, 1000 + 1000 + 1); /* burst, and one second of rate */
    assert_true(cookies > 17000);
    net_free(net);
}

/* Law 9: what one call does is bounded by its packets and the tables. A call that comes hours late fires each timer once. */
static void law9_the_work_of_a_call_is_bounded(void **state)
{
    struct net         *net = plain_pair(NULL);
    struct tally        tally = {0};
    void *const         contexts[1] = {&tally};
    struct wrn_packet   packets[64];
    static uint8_t      buffers[64][NET_BYTES];
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 1};
    (void)state;
    assert_int_equal(wrn_peer_set(net->host[0].engine, net->now, net->host[0].peers[1], &change), WRN_OK);
    net_pump(net, 0);
    wrn_engine_attach(net->host[0].engine, &counting, contexts, 1);
    for (unsigned hours = 1; hours < 6; hours++) {
        net->now += hours * 3600 * WRN_SECOND;
        tally = (struct tally){0};
        for (unsigned i = 0; i < 64; i++)
            packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = NET_BYTES};
        size_t given = wrn_net_output(net->host[0].engine, net->now, packets, 64);
        assert_in_range(given, 0, 1);
        assert_true(tally.dh <= 2 && tally.seal <= 3);
        assert_true(wrn_deadline(net->host[0].engine) > net->now);
    }
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g6_g70_hundreds_of_thousands_of_packets_of_any_kind),
        cmocka_unit_test(p103_p105_g70_authentic_nonsense),
        cmocka_unit_test(p27_p43_g65_a_flood_costs_no_more_than_the_rate),
        cmocka_unit_test(law9_the_work_of_a_call_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
