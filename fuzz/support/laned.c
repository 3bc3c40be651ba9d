#include "whole.h"
#include "laned_account.h"

#include "crypto.h"
#include "model.h"
#include "packets.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 16, HOPS = 6 };

uint8_t laned_secret[LANED_SECRETS][32], laned_public[LANED_SECRETS][32];

/* Of the host two places, one to grow into; of each lane too; of the others one. And what they held at first. */
static _Alignas(16) uint8_t engines[2][MEMORY], lanes[LANED_LANES][2][MEMORY], others[LANED_OTHERS][MEMORY];
static uint8_t *image[1 + LANED_LANES + LANED_OTHERS];
static struct laned first;
static size_t engine_size, lane_size, other_size;
static _Alignas(16) uint8_t before_call[MEMORY];

struct wrn_endpoint laned_address(unsigned who, unsigned port)
{
    return (struct wrn_endpoint){{192, 0, 2, (uint8_t)(1 + who)}, (uint16_t)(51820 + port), 4, 0, 0};
}

struct wrn_prefix laned_prefix(unsigned who)
{
    return (struct wrn_prefix){{10, 0, (uint8_t)who, 0}, 4, 24};
}

/* First states. ---------------------------------------------------------------------------------------------------------------
 */

static struct wrn_config configuration(uint64_t number, unsigned count)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 4,
                                        .prefixes = 8,
                                        .window_bits = 128,
                                        .stage_slots = 4,
                                        .stage_share = 3,
                                        .stage_bytes = 256,
                                        .sources = 4,
                                        .lanes = count,
                                        .orders = 16};
    fuzz_entropy(200 + number, config.entropy);
    return config;
}

static struct wrn_peer introduce(struct wrn_engine *engine, wrn_time now, unsigned who)
{
    struct wrn_peer peer;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = laned_address(who, 0)};
    struct wrn_prefix prefix = laned_prefix(who);
    fuzz_setup(wrn_peer_add(engine, now, laned_public[who], &peer) == WRN_OK, "peer");
    fuzz_setup(wrn_peer_set(engine, now, peer, &change) == WRN_OK, "endpoint");
    fuzz_setup(wrn_allowed_add(engine, peer, &prefix, NULL) == WRN_OK, "allowed");
    return peer;
}

static struct wrn_engine *engine_of(uint8_t *memory, unsigned who, unsigned count, size_t *size)
{
    struct wrn_engine *engine;
    struct wrn_config config = configuration(who, count);
    *size = wrn_engine_size(&config.limits);
    fuzz_setup(*size && *size <= MEMORY, "memory");
    fuzz_setup(wrn_engine_init(&engine, memory, MEMORY, &config, first.now) == WRN_OK, "init");
    static struct fuzz_crypto counts;
    wrn_engine_attach(engine, &fuzz_watched, (void *[]){&counts}, 1);
    return engine;
}

static void start(struct wrn_engine *engine, unsigned who)
{
    fuzz_setup(wrn_set_private_key(engine, first.now, laned_secret[who]) == WRN_OK, "key");
    fuzz_setup(wrn_set_up(engine, first.now, true) == WRN_OK, "up");
    if (who != 1) /* who is never told the time of day */
        wrn_wall(engine, first.now, 1700000000, 0);
}

/* The host's memories, in the order of their images. */
static uint8_t *memory_at(unsigned at, size_t *size)
{
    *size = at == 0 ? engine_size : at <= LANED_LANES ? lane_size : other_size;
    return at == 0 ? engines[0] : at <= LANED_LANES ? lanes[at - 1][0] : others[at - 1 - LANED_LANES];
}

static void build(void)
{
    size_t size;
    first.now = WRN_SECOND;
    for (unsigned i = 0; i < LANED_SECRETS; i++) {
        fuzz_entropy(300 + i, laned_secret[i]);
        crypto_scalarmult_base(laned_public[i], laned_secret[i]);
    }
    first.engine = engine_of(engines[0], LANED_OTHERS, LANED_LANES, &engine_size);
    struct wrn_config config = configuration(LANED_OTHERS, LANED_LANES);
    lane_size = wrn_lane_size(&config.limits);
    fuzz_setup(lane_size && lane_size <= MEMORY, "memory");
    for (unsigned l = 0; l < LANED_LANES; l++) {
        fuzz_setup(wrn_lane_init(&first.lane[l], lanes[l][0], MEMORY, first.engine, l) == WRN_OK, "lane");
        wrn_lane_attach(first.lane[l], &fuzz_watched, NULL);
    }
    start(first.engine, LANED_OTHERS);
    for (unsigned i = 0; i < LANED_OTHERS; i++) {
        first.other[i] = engine_of(others[i], i, 1, &other_size);
        start(first.other[i], i);
        first.host[i] = introduce(first.other[i], first.now, LANED_OTHERS);
        first.peer[i] = introduce(first.engine, first.now, i);
    }
    (void)laned_exchange(&first);
    for (unsigned i = 0; i < 1 + LANED_LANES + LANED_OTHERS; i++) {
        const uint8_t *memory = memory_at(i, &size);
        image[i] = fuzz_exact(memory, size);
    }
}

void laned_begin(struct laned *world, uint8_t fill)
{
    size_t size;
    fuzz_watch_begin();
    if (!image[0])
        build();
    memset(engines, fill, sizeof engines);
    memset(lanes, fill, sizeof lanes);
    for (unsigned i = 0; i < 1 + LANED_LANES + LANED_OTHERS; i++) {
        uint8_t *memory = memory_at(i, &size);
        fuzz_copy(memory, image[i], size);
    }
    memcpy(world, &first, sizeof *world);
}

/* Checks. ----------------------------------------------------------------------------------------------------------------------
 */

static bool planned(const struct laned *world, unsigned door)
{
    for (unsigned i = 0; i < LANED_JOBS; i++)
        if (world->job[i].there && world->job[i].lane == door)
            return true;
    return false;
}

void laned_check(struct laned *world)
{
    for (unsigned door = 0; door < LANED_DOORS; door++) {
        struct wrn_counters counters;
        if (door == LANED_CONTROL)
            wrn_counters(world->engine, &counters);
        else
            wrn_lane_counters(world->lane[door], &counters);
        struct fuzz_sums sums = fuzz_sums(&counters);
        FUZZ_CHECK(planned(world, door) || (sums.tun == world->tun[door] && sums.net == world->net[door]), "lane-sum",
                   "at %u %llu and %llu verdicts for %llu and %llu packets", door, (unsigned long long)sums.tun,
                   (unsigned long long)sums.net, (unsigned long long)world->tun[door], (unsigned long long)world->net[door]);
        FUZZ_CHECK(sums.reasons == sums.drops, "lane-sum", "at %u %llu reasons for drops", door,
                   (unsigned long long)sums.reasons);
    }
}

/* A copy: a digest costs much more, and what is refused is rare. */
void laned_before(struct laned *world)
{
    struct wrn_limits limits;
    wrn_engine_limits(world->engine, &limits);
    fuzz_copy(before_call, world->engine, wrn_engine_size(&limits));
}

enum wrn_status laned_after(struct laned *world, enum wrn_status status)
{
    struct wrn_engine *before = (struct wrn_engine *)(void *)before_call;
    FUZZ_CHECK(status == WRN_OK || fuzz_same_state(world->engine, before, WRN_PART_ALL), "lane-error",
               "%s, and something has changed", wrn_status_name(status));
    laned_check(world);
    return status;
}

/* Orders and reports. ----------------------------------------------------------------------------------------------------------
 */

void laned_orders(struct laned *world, unsigned lane, unsigned take, unsigned give)
{
    unsigned *count = &world->down[lane].count;
    if (take > LANED_QUEUE - *count)
        take = LANED_QUEUE - *count;
    size_t taken = wrn_orders(world->engine, lane, world->down[lane].item + *count, take);
    *count += (unsigned)taken;
    if (give > *count)
        give = *count;
    wrn_lane_order(world->lane[lane], world->now, world->down[lane].item, give);
    *count -= give;
    memmove(world->down[lane].item, world->down[lane].item + give, *count * sizeof world->down[lane].item[0]);
    if (taken < take && !*count)
        world->known_down[lane] = !wrn_is_up(world->engine);
    else if (give)
        world->known_down[lane] = false;
}

void laned_reports(struct laned *world, unsigned lane, unsigned take, unsigned give)
{
    unsigned *count = &world->up[lane].count;
    if (take > LANED_QUEUE - *count)
        take = LANED_QUEUE - *count;
    *count += (unsigned)wrn_lane_reports(world->lane[lane], world->up[lane].item + *count, take);
    if (give > *count)
        give = *count;
    wrn_reports(world->engine, world->now, world->up[lane].item, give);
    *count -= give;
    memmove(world->up[lane].item, world->up[lane].item + give, *count * sizeof world->up[lane].item[0]);
}

bool laned_exchange(struct laned *world)
{
    bool any = false, moved = true;
    while (moved) {
        moved = false;
        for (unsigned l = 0; l < LANED_LANES; l++) {
            struct wrn_order order;
            struct wrn_report report;
            while (world->down[l].count)
                laned_orders(world, l, 0, LANED_QUEUE), moved = true;
            while (wrn_orders(world->engine, l, &order, 1))
                wrn_lane_order(world->lane[l], world->now, &order, 1), moved = true;
            while (world->up[l].count)
                laned_reports(world, l, 0, LANED_QUEUE), moved = true;
            while (wrn_lane_reports(world->lane[l], &report, 1))
                wrn_reports(world->engine, world->now, &report, 1), moved = true;
        }
        any |= moved;
    }
    for (unsigned l = 0; l < LANED_LANES; l++) {
        world->known_down[l] = !wrn_is_up(world->engine);
        laned_compare(world->engine, world->lane[l], l);
    }
    laned_accounts(world);
    laned_wiped(world->engine);
    return any;
}

/* Packets. ---------------------------------------------------------------------------------------------------------------------
 */

static void inner(uint8_t *to, unsigned from, unsigned dest, uint32_t id, uint32_t length)
{
    const uint8_t source[4] = {10, 0, (uint8_t)from, 1}, destination[4] = {10, 0, (uint8_t)dest, 1};
    fuzz_numbered(to, source, destination, id, length);
}

static void on_road(struct laned *world, unsigned from, const struct wrn_packet *packet)
{
    struct laned_datagram *place = &world->road[world->next++ % LANED_ROAD];
    unsigned to = packet->remote.address[3] - 1u;
    place->from = (uint8_t)from;
    place->to = (uint8_t)to;
    place->port = 0;
    place->length = to <= LANED_OTHERS && packet->length <= LANED_BYTES ? packet->length : 0;
    memcpy(place->bytes, packet->data + packet->offset, place->length);
    world->log = fuzz_log(world->log, place->bytes, place->length);
    if (from == LANED_OTHERS)
        laned_left(world, packet);
    if (from == LANED_OTHERS && place->length) {
        world->last = *packet;
        world->last.data = world->last_bytes;
        world->last.offset = 0;
        memcpy(world->last_bytes, place->bytes, place->length);
    }
}

static void arrived(struct laned_sent *sent, uint32_t count, unsigned from, unsigned to, const struct wrn_packet *packet)
{
    const uint8_t *data = packet->data + packet->offset;
    uint8_t right[LANED_BYTES];
    FUZZ_CHECK(packet->length >= FUZZ_NUMBERED && packet->length <= LANED_BYTES && data[20] < count, "lane-unsent",
               "%u bytes that nobody sent", packet->length);
    struct laned_sent *one = &sent[data[20]];
    FUZZ_CHECK(!one->delivered, "lane-twice", "number %u", data[20]);
    one->delivered = true;
    inner(right, from, to, data[20], one->length);
    FUZZ_CHECK(packet->length == one->length && !memcmp(data, right, one->length), "lane-altered", "number %u: %u bytes of %u",
               data[20], packet->length, one->length);
}

/* What a door of the host made of a packet; of a datagram, that had so many bytes. */
static void judge(struct laned *world, unsigned door, bool was_up, const struct wrn_packet *packet, uint32_t came)
{
    if (came)
        laned_came(world, packet, came);
    bool down = door == LANED_CONTROL ? !was_up : world->known_down[door];
    FUZZ_CHECK(!down || packet->verdict == WRN_DROP || packet->verdict == WRN_PASS, "lane-down", "%s at %u",
               wrn_verdict_name(packet->verdict), door);
    if (packet->verdict == WRN_PASS)
        FUZZ_CHECK(packet->lane != door && (packet->lane < LANED_LANES || packet->lane == WRN_LANE_CONTROL), "lane-pass",
                   "from %u to %u", door, packet->lane);
    if (door < LANED_LANES && packet->verdict != WRN_PASS && packet->peer.slot != UINT32_MAX)
        FUZZ_CHECK(packet->peer.slot % LANED_LANES == door, "lane-owner", "slot %u at %u", packet->peer.slot, door);
    if (packet->verdict == WRN_SEND)
        on_road(world, LANED_OTHERS, packet);
    if (packet->verdict == WRN_DELIVER) {
        unsigned from = packet->data[packet->offset + 14];
        FUZZ_CHECK(from < LANED_OTHERS, "lane-unsent", "from 10.0.%u.1", from);
        arrived(world->in[from], world->ins[from], from, LANED_OTHERS, packet);
    }
}

static void enter(struct laned *world, unsigned door, bool tun, struct wrn_packet *packet)
{
    bool was_up = wrn_is_up(world->engine);
    uint32_t came = tun ? 0 : packet->length;
    ++*(tun ? &world->tun[door] : &world->net[door]);
    if (door == LANED_CONTROL)
        (tun ? wrn_tun_input : wrn_net_input)(world->engine, world->now, packet, 1);
    else
        (tun ? wrn_lane_tun_input : wrn_lane_net_input)(world->lane[door], world->now, packet, 1);
    judge(world, door, was_up, packet, came);
}

/* By a door, and on to where it is passed: while orders are on their way two lanes may each say that it is the other's. */
static void hand_in(struct laned *world, unsigned door, bool tun, struct wrn_packet *packet)
{
    for (unsigned hop = 0; hop < HOPS; hop++) {
        enter(world, door, tun, packet);
        if (packet->verdict != WRN_PASS) {
            laned_check(world);
            return;
        }
        door = packet->lane == WRN_LANE_CONTROL ? LANED_CONTROL : packet->lane;
        for (unsigned l = 0; l < LANED_LANES && hop > LANED_LANES; l++) /* enough: nothing is on its way any more */
            laned_orders(world, l, LANED_QUEUE, LANED_QUEUE);
    }
    fuzz_fail("lane-pass", "%u times, and no order is on its way", HOPS);
}

static struct wrn_packet plain_in(uint8_t *buffer, unsigned from, unsigned to, uint32_t id, uint32_t length)
{
    inner(buffer + WRN_HEADROOM, from, to, id, length);
    return (struct wrn_packet){
        .data = buffer, .capacity = WRN_HEADROOM + length + WRN_TAILROOM, .offset = WRN_HEADROOM, .length = length};
}

static uint32_t number_of(struct laned_sent *sent, uint32_t *count, uint32_t *length)
{
    *length = *length < FUZZ_NUMBERED ? FUZZ_NUMBERED : *length > 400 ? 400 : *length;
    sent[*count] = (struct laned_sent){(uint16_t)*length, false};
    return (*count)++;
}

void laned_tun(struct laned *world, unsigned to, unsigned door, uint32_t length)
{
    if (world->outs[to] == LANED_SENT)
        return;
    uint32_t id = number_of(world->out[to], &world->outs[to], &length);
    uint8_t *buffer = malloc(WRN_HEADROOM + length + WRN_TAILROOM);
    if (!buffer)
        abort();
    struct wrn_packet packet = plain_in(buffer, LANED_OTHERS, to, id, length);
    hand_in(world, door, true, &packet);
    free(buffer);
}

void laned_tun_other(struct laned *world, unsigned from, uint32_t length)
{
    uint8_t buffer[LANED_BYTES];
    if (world->ins[from] == LANED_SENT)
        return;
    uint32_t id = number_of(world->in[from], &world->ins[from], &length);
    struct wrn_packet packet = plain_in(buffer, from, LANED_OTHERS, id, length);
    wrn_tun_input(world->other[from], world->now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        on_road(world, from, &packet);
}

void laned_deliver(struct laned *world, unsigned place, unsigned door)
{
    struct laned_datagram *datagram = &world->road[place % LANED_ROAD];
    uint32_t length = datagram->length;
    unsigned from = datagram->from, to = datagram->to;
    if (!length)
        return;
    uint8_t *exact = fuzz_exact(datagram->bytes, length);
    struct wrn_packet packet = {
        .data = exact, .capacity = length, .length = length, .remote = laned_address(from, datagram->port)};
    datagram->length = 0;
    if (to == LANED_OTHERS) {
        hand_in(world, door, false, &packet);
    } else {
        wrn_net_input(world->other[to], world->now, &packet, 1);
        if (packet.verdict == WRN_SEND)
            on_road(world, to, &packet);
        if (packet.verdict == WRN_DELIVER) { /* by the routes it may have gone to another than it was meant for */
            unsigned meant = packet.data[packet.offset + 18];
            FUZZ_CHECK(meant < LANED_OTHERS, "lane-unsent", "to 10.0.%u.1", meant);
            arrived(world->out[meant], world->outs[meant], LANED_OTHERS, meant, &packet);
        }
    }
    fuzz_free(exact);
}

bool laned_output(struct laned *world, unsigned door)
{
    uint8_t buffer[LANED_BYTES];
    bool any = false, down = door == LANED_CONTROL ? !wrn_is_up(world->engine) : world->known_down[door];
    for (;;) {
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        if (!(door == LANED_CONTROL ? wrn_net_output(world->engine, world->now, &packet, 1)
                                    : wrn_lane_net_output(world->lane[door], world->now, &packet, 1)))
            break;
        FUZZ_CHECK(!down, "lane-down", "%u bytes of output at %u", packet.length, door);
        on_road(world, LANED_OTHERS, &packet);
        any = true;
    }
    if (door != LANED_CONTROL)
        FUZZ_CHECK(!wrn_lane_output_due(world->lane[door]), "lane-sum", "lane %u gives no more, and says that there is", door);
    laned_check(world);
    return any;
}

bool laned_output_other(struct laned *world, unsigned who)
{
    uint8_t buffer[LANED_BYTES];
    bool any = false;
    for (;; any = true) {
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        if (!wrn_net_output(world->other[who], world->now, &packet, 1))
            return any;
        on_road(world, who, &packet);
    }
}

void laned_advance(struct laned *world, wrn_time passed)
{
    world->now += passed;
    wrn_advance(world->engine, world->now);
    for (unsigned i = 0; i < LANED_OTHERS; i++)
        wrn_advance(world->other[i], world->now);
}

/* The three moves. -------------------------------------------------------------------------------------------------------------
 */

void laned_plan(struct laned *world, unsigned lane, unsigned number, bool tun, uint32_t length)
{
    struct laned_job *one = &world->job[number];
    struct laned_datagram *datagram = &world->road[length % LANED_ROAD];
    unsigned to = length >> 8 & 1;
    if (one->there || (tun && world->outs[to] == LANED_SENT) || (!tun && (!datagram->length || datagram->to != LANED_OTHERS)))
        return;
    if (tun) {
        uint32_t id;
        length &= 0xff;
        id = number_of(world->out[to], &world->outs[to], &length);
        one->packet = plain_in(one->bytes, LANED_OTHERS, to, id, length);
    } else {
        memcpy(one->bytes, datagram->bytes, datagram->length);
        one->packet = (struct wrn_packet){.data = one->bytes,
                                          .capacity = LANED_BYTES,
                                          .length = datagram->length,
                                          .remote = laned_address(datagram->from, datagram->port)};
        datagram->length = 0;
    }
    one->there = true;
    one->planned = world->now;
    one->tun = tun;
    one->lane = lane;
    ++*(tun ? &world->tun[lane] : &world->net[lane]);
    (tun ? wrn_lane_plan_tun : wrn_lane_plan_net)(world->lane[lane], world->now, &one->packet, &one->job, 1);
    if (tun && one->packet.verdict == WRN_UNSEEN) /* to be sealed, whenever: the counter is taken now */
        fuzz_watch(&one->job.aead);
    one->crypted = false;
    one->came = tun ? 0 : one->packet.length;
    one->judged = one->packet.verdict != WRN_UNSEEN; /* settled by plan already */
    if (one->judged)
        judge(world, lane, true, &one->packet, one->came);
}

void laned_crypt(struct laned *world, unsigned number)
{
    struct laned_job *one = &world->job[number];
    if (one->there && !one->crypted)
        wrn_crypt(&fuzz_crypto, NULL, &one->job, 1);
    one->crypted = true;
}

void laned_settle(struct laned *world, unsigned number)
{
    static const uint8_t zeros[32];
    struct laned_job *one = &world->job[number];
    if (!one->there)
        return;
    bool had_key = one->job.kind != 0;
    wrn_lane_settle(world->lane[one->lane], world->now, &one->job, 1);
    FUZZ_CHECK(!one->job.kind && (!had_key || !memcmp(one->job.key, zeros, 32)), "lane-key", "of a packet of lane %u", one->lane);
    one->there = false;
    if (one->packet.verdict == WRN_SEND || one->packet.verdict == WRN_DELIVER) {
        FUZZ_CHECK(world->now - one->planned < 180 * WRN_SECOND, "lane-late", "planned at %llu, settled at %llu",
                   (unsigned long long)one->planned, (unsigned long long)world->now);
        FUZZ_CHECK(one->crypted, "lane-plain", "%s at %u", wrn_verdict_name(one->packet.verdict), one->lane);
    }
    if (!one->judged)
        judge(world, one->lane, true, &one->packet, one->came);
    laned_check(world);
}

/* Memory. ----------------------------------------------------------------------------------------------------------------------
 */

static uint8_t *other_place(uint8_t places[2][MEMORY], const void *at)
{
    return places[at == (const void *)places[0]];
}

static void must_be_zero(const uint8_t *memory, size_t size)
{
    size_t zeros = fuzz_zeros(memory, size);
    FUZZ_CHECK(zeros == size, "lane-move", "byte %zu of the old memory stays", zeros);
}

void laned_grow(struct laned *world)
{
    struct wrn_limits limits;
    struct wrn_order order;
    uint8_t before[32], after[32], *old = (uint8_t *)world->engine;
    wrn_engine_limits(world->engine, &limits);
    size_t size = wrn_engine_size(&limits), size_of_lane = wrn_lane_size(&limits);
    limits.peers += 2;
    limits.prefixes += 3;
    limits.stage_slots++;
    limits.orders++;
    if (wrn_engine_size(&limits) > MEMORY)
        return;
    wrn_digest(world->engine, WRN_PART_ALL, before);
    enum wrn_status status = wrn_engine_move(&world->engine, other_place(engines, old), MEMORY, &limits);
    wrn_digest(world->engine, WRN_PART_ALL, after);
    FUZZ_CHECK(!memcmp(before, after, 32), "lane-move", "%s, and control has changed", wrn_status_name(status));
    if (status != WRN_OK) {
        bool waiting = false;
        for (unsigned l = 0; l < LANED_LANES; l++) {
            unsigned before_it = world->down[l].count;
            laned_orders(world, l, 1, 0);
            waiting = waiting || world->down[l].count > before_it || before_it == LANED_QUEUE;
        }
        FUZZ_CHECK(status == WRN_BUSY && waiting, "lane-move", "%s, and no order waits", wrn_status_name(status));
        return;
    }
    must_be_zero(old, size);
    for (unsigned l = 0; l < LANED_LANES; l++) {
        old = (uint8_t *)world->lane[l];
        FUZZ_CHECK(!wrn_orders(world->engine, l, &order, 1), "lane-move", "it has begun, and orders wait");
        FUZZ_CHECK(wrn_lane_move(&world->lane[l], other_place(lanes[l], old), MEMORY, &limits) == WRN_OK, "lane-move",
                   "lane %u is refused", l);
        must_be_zero(old, size_of_lane);
    }
}

void laned_copy(struct laned *world, unsigned lane)
{
    uint8_t *old = (uint8_t *)world->lane[lane], *place = other_place(lanes[lane], old);
    memcpy(place, old, MEMORY);
    memset(old, 0x5a, MEMORY);
    world->lane[lane] = (struct wrn_lane *)(void *)place;
    wrn_lane_attach(world->lane[lane], &fuzz_watched, NULL);
}

/* A lane that begins anew knows what control knows; only one that has nothing may be left behind. */
void laned_again(struct laned *world, unsigned lane, unsigned number)
{
    uint8_t *place = other_place(lanes[lane], world->lane[lane]);
    struct wrn_lane *made = NULL;
    bool idle = !world->down[lane].count && !world->up[lane].count && !planned(world, lane);
    enum wrn_status status = wrn_lane_init(&made, place, MEMORY, world->engine, number);
    if (number >= LANED_LANES) {
        FUZZ_CHECK(status == WRN_BAD_ARGUMENT, "lane-move", "there is no lane %u", number);
        return;
    }
    FUZZ_CHECK(status == WRN_OK || status == WRN_BUSY, "lane-move", "%s", wrn_status_name(status));
    if (status != WRN_OK || number != lane || !idle)
        return;
    laned_left_behind(world, world->lane[lane], lane);
    memset(world->lane[lane], 0x5a, MEMORY);
    world->lane[lane] = made;
    world->tun[lane] = world->net[lane] = 0;
    world->known_down[lane] = !wrn_is_up(world->engine);
    wrn_lane_attach(made, &fuzz_watched, NULL);
}

void laned_unsent(struct laned *world)
{
    if (world->last.length)
        laned_taken_back(world, &world->last);
    if (world->last.length)
        wrn_net_unsent(world->engine, world->now, &world->last, 1);
    world->last.length = 0;
    laned_check(world);
}
