/*
 * lanes: a host whose data path is in lanes outside, with orders and reports that lie about, jobs between plan and settle, and
 * configuration in between (control, lanes, rings, routes; law 8).
 *
 * Input: a version byte, then operations of 6 bytes: what, who, a, b, and a little-endian word; any byte string is a plan. After
 * the plan, in its second run, everybody is configured as at first, nothing lies about, and the road is good: one packet each way
 * between the host and each other must come through.
 *
 * Oracles: those of support/laned.h, laned_parting.h and laned_reports.h, and
 *   lane-busy     a call was refused as busy and no order waits
 *   lane-heal     after the plan no packet comes through, or configuration is refused
 *   other-run     the same plan in memory that held other bytes ended elsewhere (law 1)
 */
#include "laned_parting.h"
#include "reached.h"

#include <string.h>

enum { VERSION = 0, OPERATIONS = 64, LIFE = 3600, TURNS = 24 };

struct operation {
    uint8_t what, who, a, b;
    uint16_t word;
};

static const wrn_time steps[] = {0,
                                 1,
                                 WRN_MILLISECOND,
                                 20 * WRN_MILLISECOND,
                                 WRN_SECOND,
                                 5 * WRN_SECOND,
                                 10 * WRN_SECOND,
                                 15 * WRN_SECOND,
                                 25 * WRN_SECOND,
                                 120 * WRN_SECOND,
                                 165 * WRN_SECOND,
                                 180 * WRN_SECOND,
                                 540 * WRN_SECOND};

/* What is busy has orders that wait in some lane. They are taken then: whoever is refused drains. */
static void judged(struct laned *world, enum wrn_status status)
{
    bool waits = false;
    if (laned_after(world, status) != WRN_BUSY)
        return;
    for (unsigned l = 0; l < LANED_LANES; l++) {
        unsigned before = world->down[l].count;
        laned_orders(world, l, 1, 0);
        waits = waits || world->down[l].count > before || before == LANED_QUEUE;
    }
    FUZZ_CHECK(waits, "lane-busy", "a call is refused");
}

static void set_peer(struct laned *world, const struct operation *op)
{
    struct wrn_peer_change change = {.mask = op->b & (op->b & 4 ? 31u & ~2u : 31u),
                                     .endpoint = laned_address(op->word & 3, op->word >> 2 & 3),
                                     .keepalive_s = op->word >> 4 & 31,
                                     .pinned = op->word >> 9 & 1};
    if (op->word >> 10 & 1)
        fuzz_entropy(op->word >> 11 & 1, change.preshared_key);
    change.endpoint.host = op->word >> 12 & 1;
    laned_before(world);
    judged(world, wrn_peer_set(world->engine, world->now, world->peer[op->who], &change));
}

static void change_routes(struct laned *world, const struct operation *op)
{
    struct wrn_prefix list[4];
    for (unsigned i = 0; i < 4; i++) {
        list[i] = laned_prefix(op->word >> 4 * i & 3);
        list[i].address[3] = (uint8_t)(op->b << 6);
        list[i].length = op->word >> (4 * i + 2) & 1 ? 26 : 24;
        list[i].family = op->word >> (4 * i + 3) & 1 && op->b & 16 ? 6 : 4;
    }
    laned_before(world);
    if (op->a % 4 == 0)
        judged(world, wrn_allowed_add(world->engine, world->peer[op->who], &list[0], NULL));
    else if (op->a % 4 == 1)
        judged(world, wrn_allowed_remove(world->engine, world->peer[op->who], &list[0]));
    else
        judged(world, wrn_allowed_replace(world->engine, world->peer[op->who], list, op->a / 4 % 5));
}

static void change_peers(struct laned *world, const struct operation *op)
{
    struct wrn_peer peer;
    laned_before(world);
    if (op->a % 2)
        judged(world, wrn_peer_remove(world->engine, world->now, world->peer[op->who]));
    else
        judged(world, wrn_peer_add(world->engine, world->now, laned_public[op->b % LANED_SECRETS], &peer));
    if (wrn_peer_find(world->engine, laned_public[op->who], &peer) == WRN_OK)
        world->peer[op->who] = peer;
}

static void change_device(struct laned *world, const struct operation *op)
{
    struct wrn_engine *engine = world->engine;
    laned_before(world);
    switch (op->a % 8) {
    case 0:
        judged(world, wrn_set_mtu(engine, op->word));
        break;
    case 1:
        judged(world, wrn_set_up(engine, world->now, op->b & 1));
        break;
    case 2:
        judged(world, wrn_set_private_key(engine, world->now, laned_secret[op->b & 1 ? LANED_OTHERS : LANED_OTHERS + 1]));
        break;
    case 3:
        judged(world, wrn_forget_sessions(engine, world->now));
        break;
    case 4:
        judged(world, wrn_forget_paths(engine));
        break;
    case 5:
        judged(world, wrn_staged_purge(engine, world->peer[op->who]));
        break;
    case 6:
        wrn_report_load(engine, world->now);
        break;
    default:
        judged(world, wrn_set_load(engine, world->now, 1000, 1 + op->b % 8u));
    }
}

static void disturb(struct laned *world, const struct operation *op)
{
    struct laned_datagram *datagram = &world->road[op->a % LANED_ROAD];
    if (!datagram->length)
        return;
    switch (op->b % 8) {
    case 0:
        datagram->length = 0;
        break;
    case 1:
        datagram->bytes[op->word % datagram->length] ^= (uint8_t)(1 << (op->word >> 13));
        break;
    case 2:
        datagram->port = op->word & 7;
        break;
    case 3:
        world->road[(op->a + 1u) % LANED_ROAD] = *datagram;
        break;
    case 4:
        datagram->length = op->word % datagram->length + 1;
        break;
    default:
        laned_deliver(world, op->a, op->word % LANED_DOORS);
    }
}

static void exchange_some(struct laned *world, const struct operation *op)
{
    unsigned lane = op->who % LANED_LANES;
    if (op->a % 4 == 0)
        (void)laned_exchange(world);
    else if (op->a % 4 == 3)
        laned_reports(world, lane, op->b % 16, op->b / 16);
    else
        laned_orders(world, lane, op->b % 16, op->b / 16);
}

static void odd(struct laned *world, const struct operation *op)
{
    unsigned lane = op->who % LANED_LANES;
    switch (op->a % 6) {
    case 0:
        laned_grow(world);
        break;
    case 1:
        laned_copy(world, lane);
        break;
    case 2:
        laned_again(world, lane, op->b % (LANED_LANES + 1));
        break;
    case 3:
        laned_unsent(world);
        break;
    case 4: /* an older time is the newest again */
        wrn_advance(world->engine, world->now - op->word);
        wrn_lane_order(world->lane[lane], world->now - op->word, NULL, 0);
        break;
    default: { /* there is no such lane, and no report of nobody means anything */
        struct wrn_order order;
        struct wrn_report report = {.slot = op->word, .generation = op->b, .flags = ~0u};
        FUZZ_CHECK(!wrn_orders(world->engine, LANED_LANES, &order, 1), "lane-sum", "an order for lane %u", LANED_LANES);
        if (op->word > 64)
            wrn_reports(world->engine, world->now, &report, 1);
    }
    }
    laned_check(world);
}

static void many_at_once(struct laned *world, const struct operation *op)
{
    for (unsigned i = 0; i < op->a % 32u; i++) {
        if (op->b & 1)
            laned_tun(world, op->who, op->b / 2 % LANED_DOORS, op->word % 256);
        else
            laned_tun_other(world, op->who, op->word % 256);
        if (op->b & 128)
            laned_deliver(world, world->next - 1, op->b / 2 % LANED_DOORS);
    }
}

static void act(struct laned *world, const struct operation *op)
{
    switch (op->what % 16) {
    case 0:
    case 1:
        laned_tun(world, op->who, op->a % LANED_DOORS, op->word % 512);
        break;
    case 2:
        laned_tun_other(world, op->who, op->word % 512);
        break;
    case 3:
    case 4:
        disturb(world, op);
        break;
    case 5:
        exchange_some(world, op);
        break;
    case 6:
        (void)laned_output(world, op->a % LANED_DOORS);
        break;
    case 7:
        (void)laned_output_other(world, op->who);
        break;
    case 8:
        if (world->now + steps[op->a % (sizeof steps / sizeof steps[0])] < LIFE * WRN_SECOND)
            laned_advance(world, steps[op->a % (sizeof steps / sizeof steps[0])]);
        break;
    case 9:
        laned_plan(world, op->who % LANED_LANES, op->a % LANED_JOBS, op->b & 1, op->word);
        break;
    case 10:
        if (op->b & 1)
            laned_crypt(world, op->a % LANED_JOBS);
        else
            laned_settle(world, op->a % LANED_JOBS);
        break;
    case 11:
        set_peer(world, op);
        break;
    case 12:
        op->a & 128 ? change_peers(world, op) : change_routes(world, op);
        break;
    case 13:
        change_device(world, op);
        break;
    case 14:
        odd(world, op);
        break;
    default:
        many_at_once(world, op);
    }
}

/* Whatever lies about comes to rest; what is on the road arrives. */
static void rest(struct laned *world)
{
    for (unsigned turn = 0; turn < TURNS; turn++) {
        bool any = laned_exchange(world);
        for (unsigned door = 0; door < LANED_DOORS; door++)
            any |= laned_output(world, door);
        for (unsigned i = 0; i < LANED_OTHERS; i++)
            any |= laned_output_other(world, i);
        for (unsigned i = 0; i < LANED_ROAD; i++) {
            any |= world->road[(world->next + i) % LANED_ROAD].length != 0;
            laned_deliver(world, world->next + i, turn % LANED_DOORS);
        }
        if (!any)
            return;
    }
    fuzz_fail("lane-heal", "no end in %u turns", TURNS);
}

static void must(struct laned *world, enum wrn_status status, const char *what)
{
    FUZZ_CHECK(status == WRN_OK, "lane-heal", "%s: %s", what, wrn_status_name(status));
    (void)laned_exchange(world);
}

static void mend_peer(struct laned *world, unsigned who)
{
    struct wrn_engine *engine = world->engine;
    struct wrn_prefix prefix = laned_prefix(who);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY | WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED |
                                             WRN_CHANGE_KEEPALIVE,
                                     .endpoint = laned_address(who, 0)};
    if (wrn_peer_find(engine, laned_public[who], &world->peer[who]) != WRN_OK)
        must(world, wrn_peer_add(engine, world->now, laned_public[who], &world->peer[who]), "a peer");
    must(world, wrn_peer_set(engine, world->now, world->peer[who], &change), "its settings");
    must(world, wrn_allowed_replace(engine, world->peer[who], &prefix, 1), "its route");
}

static void mend(struct laned *world)
{
    struct wrn_engine *engine = world->engine;
    struct wrn_peer peer = {UINT32_MAX, 0};
    (void)laned_exchange(world);
    must(world, wrn_set_private_key(engine, world->now, laned_secret[LANED_OTHERS]), "the key");
    must(world, wrn_set_up(engine, world->now, true), "up");
    must(world, wrn_set_load(engine, world->now, 1000, 1000), "load");
    while (wrn_peer_next(engine, &peer)) {
        struct wrn_peer_info info;
        if (wrn_peer_info(engine, peer, &info) != WRN_OK || !memcmp(info.public_key, laned_public[LANED_SECRETS - 1], 32))
            must(world, wrn_peer_remove(engine, world->now, peer), "a stranger goes");
        else
            must(world, wrn_allowed_replace(engine, peer, NULL, 0), "no routes");
    }
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        mend_peer(world, i);
}

static void carry(struct laned *world, wrn_time until)
{
    for (rest(world); world->now < until; rest(world)) {
        wrn_time next = wrn_deadline(world->engine);
        for (unsigned i = 0; i < LANED_OTHERS; i++)
            next = wrn_deadline(world->other[i]) < next ? wrn_deadline(world->other[i]) : next;
        laned_advance(world, next > until ? until - world->now : next > world->now ? next - world->now : 1);
    }
}

/* One packet each way, all of them first to the same door. */
static void greet(struct laned *world)
{
    for (unsigned i = 0; i < LANED_OTHERS; i++) {
        laned_tun(world, i, i % LANED_DOORS, 100);
        rest(world);
        laned_tun_other(world, i, 100);
        rest(world);
    }
}

static void heal(struct laned *world)
{
    memset(world->road, 0, sizeof world->road);
    for (unsigned i = 0; i < LANED_JOBS; i++)
        laned_settle(world, i);
    mend(world);
    greet(world);
    carry(world, world->now + 40 * WRN_SECOND);
    greet(world);
    carry(world, world->now + 15 * WRN_SECOND);
    for (unsigned i = 0; i < LANED_OTHERS; i++) {
        bool sent = world->outs[i] < LANED_SENT, got = world->ins[i] < LANED_SENT;
        FUZZ_CHECK((!sent || world->out[i][world->outs[i] - 1].delivered) && (!got || world->in[i][world->ins[i] - 1].delivered),
                   "lane-heal", "nothing comes %s %u", sent && world->out[i][world->outs[i] - 1].delivered ? "from" : "to", i);
    }
}

static void count_reasons(const struct laned *world)
{
    struct wrn_counters now, none = {0};
    wrn_counters(world->engine, &now);
    fuzz_reached_reasons(&now, &none);
    for (unsigned l = 0; l < LANED_LANES; l++) {
        wrn_lane_counters(world->lane[l], &now);
        fuzz_reached_reasons(&now, &none);
    }
}

/* The digests are of the end of the plan. */
static uint64_t play(const uint8_t *data, size_t size, uint8_t fill, bool heals, uint8_t digest[1 + LANED_OTHERS][32])
{
    static struct laned world;
    struct fuzz_bytes bytes = {data, size};
    (void)fuzz_u8(&bytes);
    laned_begin(&world, fill);
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation op = {.what = fuzz_u8(&bytes)};
        op.who = fuzz_u8(&bytes) % LANED_OTHERS;
        op.a = fuzz_u8(&bytes);
        op.b = fuzz_u8(&bytes);
        op.word = fuzz_u16(&bytes);
        act(&world, &op);
    }
    uint64_t log = world.log;
    wrn_digest(world.engine, WRN_PART_ALL, digest[0]);
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        wrn_digest(world.other[i], WRN_PART_ALL, digest[1 + i]);
    if (heals)
        heal(&world);
    count_reasons(&world);
    if (heals)
        laned_part(&world);
    return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t digest[2][1 + LANED_OTHERS][32];
    if (!size || data[0] != VERSION)
        return 0;
    uint64_t log = play(data, size, 0x00, false, digest[0]);
    FUZZ_CHECK(play(data, size, 0xaa, true, digest[1]) == log && !memcmp(digest[0], digest[1], sizeof digest[0]), "other-run",
               "the second run sent or became something else");
    return 0;
}
