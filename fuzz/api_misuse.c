/*
 * api_misuse: the public calls of two engines in any order, with legal and odd arguments, on a road that loses and repeats.
 *
 * Input: a version byte, then operations of 8 bytes: what, side, a, b, and a little-endian word; any byte string is a plan. After
 * the plan both sides are configured as at first and the road is good: one packet each way must come through.
 *
 * Oracles: those of support/pair.h, told.h, routes.h and parting.h, and
 *   zero-key         a private key of zeros left an identity, or another one left none (P-21)
 *   psk-kept         a preshared key that was set is not there, or the other way round (P-131)
 *   told-purged      what is purged goes on waiting, or is not counted
 *   mute             what is staged asks for no handshake when a key, or the interface, has just come (P-84, P-137)
 *   no-heal          after the plan no packet comes through
 *   icmp-long        an answer is longer than its room
 *   other-run        the same plan in memory that held other bytes ended elsewhere (law 1)
 */
#include "parting.h"
#include "straight.h"
#include "reached.h"
#include "routes.h"

#include <string.h>

enum { VERSION = 2, OPERATIONS = 48 };

struct operation {
    uint8_t  what, side, a, b;
    uint32_t word;
};

static const wrn_time steps[] = {0,
                                 1,
                                 WRN_MILLISECOND,
                                 19 * WRN_MILLISECOND,
                                 333 * WRN_MILLISECOND,
                                 WRN_SECOND,
                                 5 * WRN_SECOND - 1,
                                 5 * WRN_SECOND,
                                 10 * WRN_SECOND,
                                 15 * WRN_SECOND,
                                 25 * WRN_SECOND,
                                 120 * WRN_SECOND,
                                 165 * WRN_SECOND,
                                 180 * WRN_SECOND,
                                 540 * WRN_SECOND,
                                 86400 * WRN_SECOND};

static const uint8_t *secret_of(uint8_t number)
{
    static const uint8_t zeros[32];
    return number % 5 == 4 ? zeros : pair_secret[number % 5];
}

static const uint8_t *public_of(uint8_t number)
{
    static const uint8_t low[2][32] = {{0}, {1}};
    return number % 6 > 3 ? low[number % 6 - 4] : pair_public[number % 6];
}

/* A handle of a peer that is there, or of one that never was. */
static struct wrn_peer handle(struct pair *pair, const struct operation *op)
{
    struct wrn_peer peer = {UINT32_MAX, 0};
    for (unsigned i = 0; i <= op->b % 4u; i++)
        if (!wrn_peer_next(pair->side[op->side].engine, &peer))
            return (struct wrn_peer){op->b % 5u, op->word};
    return peer;
}

static bool talks(struct pair *pair, unsigned side)
{
    struct wrn_peer_info info;
    uint8_t              key[32];
    return wrn_is_up(pair->side[side].engine) && wrn_public_key(pair->side[side].engine, key) &&
           wrn_peer_info(pair->side[side].engine, pair->side[side].other, &info) == WRN_OK && info.endpoint.family &&
           !memcmp(info.public_key, pair_public[!side], 32);
}

static uint32_t staged(struct pair *pair, unsigned side)
{
    struct wrn_peer_info info;
    return wrn_peer_info(pair->side[side].engine, pair->side[side].other, &info) == WRN_OK ? info.staged : 0;
}

static void must_speak(struct pair *pair, unsigned side, const char *when)
{
    if (talks(pair, side) && staged(pair, side))
        FUZZ_CHECK(pair_output(pair, side, 4) > 0, "mute", "%s", when);
}

static void set_key(struct pair *pair, const struct operation *op)
{
    struct wrn_engine   *engine = pair->side[op->side].engine;
    uint8_t              before[32] = {0}, after[32] = {0};
    const uint8_t       *key = secret_of(op->a);
    bool                 had = wrn_public_key(engine, before);
    told_walk(&pair->side[op->side].told, engine);
    pair_before(pair, op->side);
    if (pair_after(pair, op->side, wrn_set_private_key(engine, pair->now, key)) != WRN_OK)
        return;
    bool has = wrn_public_key(engine, after);
    FUZZ_CHECK(has == (op->a % 5 != 4), "zero-key", "key %u", op->a % 5u);
    told_time(engine, pair->now);
    if (had == has && !memcmp(before, after, 32))
        return;
    told_gone(engine, false);
    told_changed(&pair->side[op->side].told, engine);
    must_speak(pair, op->side, "a private key has come");
}

static void set_peer(struct pair *pair, const struct operation *op)
{
    struct wrn_engine     *engine = pair->side[op->side].engine;
    struct wrn_peer        peer = handle(pair, op);
    struct wrn_peer_info   info;
    struct wrn_peer_change change = {.mask = op->a % 64u,
                                     .endpoint = pair_address(op->word & 3),
                                     .keepalive_s = (uint16_t)(op->word >> 8 & 31),
                                     .pinned = op->word >> 16 & 1};
    if (op->word >> 17 & 1)
        fuzz_entropy(op->word & 1, change.preshared_key);
    if ((op->word >> 18 & 7) == 0)
        change.endpoint.family = (uint8_t)(op->word >> 24);
    change.endpoint.host = op->word >> 21 & 7;
    struct wrn_peer_info before = {.keepalive_s = 0};
    (void)wrn_peer_info(engine, peer, &before);
    pair_before(pair, op->side);
    if (pair_after(pair, op->side, wrn_peer_set(engine, pair->now, peer, &change)) != WRN_OK)
        return;
    told_time(engine, pair->now);
    told_set(engine, peer, &before, &change);
    pair->side[op->side].told.blurred |= (change.mask & WRN_CHANGE_FORGET_ENDPOINT) != 0;
    if (!(change.mask & WRN_CHANGE_PRESHARED_KEY))
        return;
    FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK && info.has_preshared_key == (op->word >> 17 & 1), "psk-kept",
               "peer %u", peer.slot);
}

static void change_routes(struct pair *pair, const struct operation *op)
{
    struct wrn_engine *engine = pair->side[op->side].engine;
    struct wrn_peer    peer = handle(pair, op);
    struct wrn_prefix  list[3];
    for (unsigned i = 0; i < 3; i++) {
        list[i] = (struct wrn_prefix){{10, 0, 0, (uint8_t)(op->word >> 8 * i & 3)}, 4, (uint8_t)(op->word >> (8 * i + 2) & 63)};
        if (op->word >> 31)
            list[i].family = 6;
    }
    pair_before(pair, op->side);
    told_walk(&pair->side[op->side].told, engine);
    enum routes_call call = op->a % 4 == 0 ? ROUTES_ADD : op->a % 4 == 1 ? ROUTES_REMOVE : ROUTES_REPLACE;
    size_t           count = call == ROUTES_REPLACE ? op->a >> 2 & 3 : 1;
    if (pair_after(pair, op->side, routes_call(engine, call, peer, list, count)) == WRN_OK)
        told_changed(&pair->side[op->side].told, engine);
}

/* Messages of nobody, with a right mac1. Is the engine loaded then? */
static bool knock(struct pair *pair, unsigned side, uint64_t count)
{
    struct wrn_engine_view view;
    struct wrn_endpoint    from = pair_address(9);
    uint8_t                message[FUZZ_INITIATION] = {1}, key[32];
    (void)wrn_public_key(pair->side[side].engine, key);
    memcpy(message + 8, pair_public[2], 32);
    fuzz_macs(message, sizeof message, key, NULL);
    for (uint64_t i = 0; i < count; i++)
        pair_net(pair, side, &from, message, sizeof message);
    wrn_inspect_engine(pair->side[side].engine, &view);
    return view.under_load;
}

/* P-39: as many as the burst says at once, and after a pause as many as the rate says; one more is load. */
static void set_load(struct pair *pair, const struct operation *op)
{
    struct wrn_engine     *engine = pair->side[op->side].engine;
    struct wrn_engine_view view;
    uint32_t               rate = op->word & 0xff, burst = op->b % 8u;
    pair_before(pair, op->side);
    if (pair_after(pair, op->side, wrn_set_load(engine, pair->now, rate, burst)) != WRN_OK)
        return;
    told_time(engine, pair->now);
    wrn_inspect_engine(engine, &view);
    if (!(op->b & 8) || !view.up || !view.has_identity || view.under_load)
        return;
    FUZZ_CHECK(!rate || !knock(pair, op->side, burst), "told-load", "%u at once are load", burst);
    FUZZ_CHECK(knock(pair, op->side, 1), "told-load", "%u at once are none", burst + 1);
    uint64_t pause = (2 + op->word % 3) * WRN_SECOND, again = rate ? pause / (WRN_SECOND / rate) : 0;
    pair_wait(pair, pause);
    pair_settle(pair, op->side);
    FUZZ_CHECK(!rate || !knock(pair, op->side, again < burst ? again : burst), "told-load", "%u in a second are load", rate);
    FUZZ_CHECK(knock(pair, op->side, 1), "told-load", "more than %u in a second are none", rate);
}

static void report_load(struct pair *pair, unsigned side)
{
    struct wrn_engine     *engine = pair->side[side].engine;
    struct wrn_engine_view before, after;
    struct wrn_event       event = {0};
    wrn_inspect_engine(engine, &before);
    wrn_report_load(engine, pair->now);
    told_time(engine, pair->now);
    wrn_inspect_engine(engine, &after);
    FUZZ_CHECK(after.under_load, "told-load", "the host's word is none");
    if (before.under_load)
        return;
    FUZZ_CHECK(wrn_events(engine, &event, 1) && event.bits & WRN_EVENT_LOAD && event.under_load, "told-load", "nobody is told");
    told_event(&pair->side[side].told, engine, &event);
}

static void purge(struct pair *pair, unsigned side, struct wrn_peer peer)
{
    struct wrn_engine   *engine = pair->side[side].engine;
    struct wrn_peer_info info;
    struct wrn_counters  before, after;
    wrn_counters(engine, &before);
    bool     there = wrn_peer_info(engine, peer, &info) == WRN_OK;
    uint32_t waited = there ? info.staged : 0;
    if (pair_after(pair, side, wrn_staged_purge(engine, peer)) != WRN_OK)
        return;
    wrn_counters(engine, &after);
    FUZZ_CHECK(wrn_peer_info(engine, peer, &info) == WRN_OK && !info.staged &&
                   after.reasons[WRN_REASON_PURGED] - before.reasons[WRN_REASON_PURGED] == waited, "told-purged",
               "%u waited, %u do", waited, info.staged);
    pair_owes_less(pair, side, peer.slot);
}

static void change_device(struct pair *pair, const struct operation *op)
{
    struct wrn_engine *engine = pair->side[op->side].engine;
    struct told       *told = &pair->side[op->side].told;
    uint8_t            stamp[12] = {0x40, 0, 0, 0, 0x65};
    pair_before(pair, op->side);
    switch (op->a % 8) {
    case 0:
        if (pair_after(pair, op->side, wrn_set_mtu(engine, (uint16_t)op->word)) == WRN_OK)
            told->mtu = (uint16_t)op->word;
        break;
    case 1:
        set_load(pair, op);
        break;
    case 2:
        report_load(pair, op->side);
        break;
    case 3:
        told_wall(told, engine, pair->now, 1600000000 + op->word % 200000000, op->word);
        break;
    case 4:
        memcpy(stamp + 5, &op->b, 1);
        if (pair_after(pair, op->side, wrn_stamp_restore(engine, stamp)) == WRN_OK)
            told_stamp(told, stamp);
        break;
    case 5:
        if (pair_after(pair, op->side, wrn_forget_sessions(engine, pair->now)) == WRN_OK) {
            told_time(engine, pair->now);
            told_gone(engine, false);
            told_lost(told, engine);
            for (uint32_t slot = 0; slot < TOLD_PEERS; slot++)
                pair_owes_less(pair, op->side, slot);
        }
        break;
    case 6:
        if (pair_after(pair, op->side, wrn_forget_paths(engine)) == WRN_OK)
            told_paths(engine);
        break;
    default:
        purge(pair, op->side, handle(pair, op));
    }
    pair_check(pair, op->side);
}

static void change_peers(struct pair *pair, const struct operation *op)
{
    struct wrn_engine *engine = pair->side[op->side].engine;
    struct wrn_peer    peer = handle(pair, op);
    enum wrn_status    status;
    told_walk(&pair->side[op->side].told, engine);
    pair_before(pair, op->side);
    if (op->a % 3 == 0)
        status = pair_after(pair, op->side, wrn_peer_remove(engine, pair->now, peer));
    else
        status = pair_after(pair, op->side, wrn_peer_add(engine, pair->now, public_of(op->a / 3), &peer));
    if (status == WRN_OK) {
        told_time(engine, pair->now);
        told_changed(&pair->side[op->side].told, engine);
    }
    if (status == WRN_OK && op->a % 3)
        told_new(engine, peer);
    else if (status == WRN_OK)
        pair_owes_less(pair, op->side, peer.slot);
    pair->side[op->side].told.blurred |= op->a % 3 != 0;
    if (wrn_peer_find(engine, pair_public[!op->side], &peer) == WRN_OK)
        pair->side[op->side].other = peer;
}

static void set_up(struct pair *pair, unsigned side, bool up)
{
    struct wrn_engine *engine = pair->side[side].engine;
    bool               was = wrn_is_up(engine);
    if (wrn_set_up(engine, pair->now, up) != WRN_OK)
        return;
    told_time(engine, pair->now);
    pair_check(pair, side);
    FUZZ_CHECK(wrn_is_up(engine) == up, "told-keeps", "%s", up ? "down" : "up");
    if (up || !was)
        return;
    told_gone(engine, true);
    told_lost(&pair->side[side].told, engine);
}

/* Down and up again: what comes then asks for a handshake at once, however short ago the last one was (G-44). */
static void revive(struct pair *pair, const struct operation *op)
{
    set_up(pair, op->side, false);
    pair_settle(pair, op->side);
    set_up(pair, op->side, true);
    pair_tun(pair, op->side, 100);
    must_speak(pair, op->side, "down and up again");
}

static void disturb(struct pair *pair, const struct operation *op)
{
    struct pair_datagram *datagram = &pair->road[op->a % PAIR_ROAD];
    if (!datagram->length)
        return;
    switch (op->b % 8) {
    case 0:
        datagram->length = 0;
        break;
    case 1:
        datagram->bytes[op->word % datagram->length] ^= (uint8_t)(op->word >> 24);
        break;
    case 2:
        datagram->from = pair_address(2 + (op->word & 7));
        break;
    case 3:
        datagram->length = op->word % datagram->length + 1;
        break;
    case 4: /* again, and it stays */
        pair_net(pair, datagram->to, &datagram->from, datagram->bytes, datagram->length);
        break;
    default:
        pair_deliver(pair, op->a);
    }
}

static void look_and_move(struct pair *pair, const struct operation *op)
{
    struct wrn_engine *engine = pair->side[op->side].engine;
    uint8_t            entropy[32], plain[60] = {0}, out[1280];
    switch (op->a % 5) {
    case 0:
    case 1:
        pair_move(pair, op->side, op->a % 5u);
        break;
    case 2:
        fuzz_entropy(op->word, entropy);
        wrn_engine_stir(engine, entropy);
        break;
    case 3: /* nothing is longer than the room, nor quotes more than there is */
        memcpy(plain, &op->word, 4);
        plain[3] = op->b;
        memcpy(plain + 12, (uint8_t[]){10, 0, 0, 1, 10, 9, 0, 1, 8}, 9);
        FUZZ_CHECK(wrn_icmp_unreachable(plain, sizeof plain, out, op->b) <= op->b, "icmp-long", "into %u bytes", op->b);
        break;
    default:
        pair_walk(pair, op->side);
    }
    pair_check(pair, op->side);
}

static void act(struct pair *pair, const struct operation *op)
{
    struct wrn_endpoint stranger = pair_address(9);
    if (op->what % 18 > 8 && pair->now < WRN_NEVER / 2)
        pair->now++; /* a little later than anybody knows, so that it is seen who knows it then */
    switch (op->what % 18) {
    case 0:
    case 1:
        pair_tun(pair, op->side, op->word % 1500);
        break;
    case 2:
        pair_output(pair, op->side, op->a % 4u);
        break;
    case 3:
        pair_settle(pair, op->side);
        break;
    case 4:
    case 5:
    case 6:
        disturb(pair, op);
        break;
    case 7:
        pair_wait(pair, steps[op->a % (sizeof steps / sizeof steps[0])]);
        break;
    case 8: /* an older time is the newest again */
        wrn_advance(pair->side[op->side].engine, pair->now - op->word % (pair->now / 2));
        pair_check(pair, op->side);
        break;
    case 9:
        set_key(pair, op);
        break;
    case 10:
        set_peer(pair, op);
        break;
    case 11:
        change_routes(pair, op);
        break;
    case 12:
        change_device(pair, op);
        break;
    case 13:
        change_peers(pair, op);
        break;
    case 14:
        if (op->a % 2)
            revive(pair, op);
        else
            set_up(pair, op->side, op->b % 2);
        break;
    case 15:
        for (unsigned i = 0; i < op->a; i++)
            pair_tun(pair, op->side, op->word % 256);
        break;
    case 16:
        look_and_move(pair, op);
        break;
    default:
        pair_net(pair, op->side, &stranger, (const uint8_t *)&op->word, op->a % 5u);
    }
}

/* As at first: every other peer goes, and what is configured is what the other side needs. */
static void mend(struct pair *pair, unsigned side)
{
    struct wrn_engine     *engine = pair->side[side].engine;
    struct wrn_peer        peer = {UINT32_MAX, 0};
    struct wrn_prefix      prefix = pair_inner(!side);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY | WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED |
                                             WRN_CHANGE_KEEPALIVE,
                                     .endpoint = pair_address(!side)};
    pair->side[side].told.blurred = true;
    (void)wrn_set_private_key(engine, pair->now, pair_secret[side]);
    (void)wrn_set_up(engine, pair->now, true);
    (void)wrn_set_load(engine, pair->now, 1000, 1000);
    while (wrn_peer_next(engine, &peer)) {
        struct wrn_peer_info info;
        if (wrn_peer_info(engine, peer, &info) == WRN_OK && memcmp(info.public_key, pair_public[!side], 32))
            (void)wrn_peer_remove(engine, pair->now, peer);
    }
    if (wrn_peer_find(engine, pair_public[!side], &peer) != WRN_OK)
        FUZZ_CHECK(wrn_peer_add(engine, pair->now, pair_public[!side], &peer) == WRN_OK, "no-heal", "the peer cannot be added");
    FUZZ_CHECK(wrn_allowed_replace(engine, peer, &prefix, 1) == WRN_OK, "no-heal", "its route cannot be set");
    FUZZ_CHECK(wrn_peer_set(engine, pair->now, peer, &change) == WRN_OK, "no-heal", "it cannot be set");
    pair->side[side].other = peer;
}

static void carry(struct pair *pair, wrn_time until)
{
    while (pair->now < until) {
        for (unsigned turn = 0; turn < 6; turn++) {
            unsigned before = pair->next;
            for (unsigned i = 0; i < 2; i++)
                pair_settle(pair, i);
            for (unsigned place = 0; place < PAIR_ROAD; place++)
                pair_deliver(pair, pair->next + place);
            if (pair->next == before)
                break;
        }
        wrn_time a = wrn_deadline(pair->side[0].engine), b = wrn_deadline(pair->side[1].engine), next = a < b ? a : b;
        pair_wait(pair, next > until ? until - pair->now : next > pair->now ? next - pair->now : 1);
    }
}

static void heal(struct pair *pair)
{
    uint32_t id[2];
    memset(pair->road, 0, sizeof pair->road);
    for (unsigned i = 0; i < 2; i++)
        mend(pair, i);
    if (pair->now > WRN_NEVER / 2)
        return;
    for (unsigned i = 0; i < 2; i++)
        pair_tun(pair, i, 100);
    carry(pair, pair->now + 40 * WRN_SECOND);
    for (unsigned i = 0; i < 2; i++) {
        id[i] = pair->side[i].sent;
        pair_tun(pair, i, 200);
    }
    carry(pair, pair->now + 20 * WRN_SECOND);
    for (unsigned i = 0; i < 2; i++)
        FUZZ_CHECK(id[i] == PAIR_SENT || pair->side[i].delivered[id[i]], "no-heal", "nothing comes from side %u", i);
}

/* The digests are of the end of the plan. */
static uint64_t play(const uint8_t *data, size_t size, uint8_t fill, bool heals, uint8_t digest[2][32])
{
    static struct pair pair;
    struct fuzz_bytes  bytes = {data, size};
    (void)fuzz_u8(&bytes);
    pair_begin(&pair, fill);
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation op = {.what = fuzz_u8(&bytes)};
        op.side = fuzz_u8(&bytes) & 1;
        op.a = fuzz_u8(&bytes);
        op.b = fuzz_u8(&bytes);
        op.word = fuzz_u32(&bytes);
        act(&pair, &op);
    }
    uint64_t log = pair.log;
    for (unsigned i = 0; i < 2; i++) {
        wrn_digest(pair.side[i].engine, WRN_PART_ALL, digest[i]);
        if (heals)
            pair_part(&pair, i);
    }
    if (heals)
        heal(&pair);
    for (unsigned i = 0; i < 2; i++) {
        struct wrn_counters counters, none = {0};
        wrn_counters(pair.side[i].engine, &counters);
        fuzz_reached_reasons(&counters, &none);
    }
    return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t digest[2][2][32];
    if (!size || data[0] != VERSION)
        return 0;
    uint64_t log = play(data, size, 0x00, false, digest[0]);
    FUZZ_CHECK(play(data, size, 0xaa, true, digest[1]) == log && !memcmp(digest[0], digest[1], sizeof digest[0]), "other-run",
               "the second run sent or became something else");
    return 0;
}
