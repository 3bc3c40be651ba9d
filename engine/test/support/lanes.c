#include "lanes.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

/* The recorder. -------------------------------------------------------------------------------------------------------------- */

void lanes_keys_open(struct lanes_keys *keys)
{
    memset(keys, 0, sizeof *keys);
    keys->key = calloc(LANES_KEYS, sizeof *keys->key);
    assert_non_null(keys->key);
}

void lanes_keys_close(struct lanes_keys *keys) { free(keys->key); }

static struct lanes_key *key_of(struct lanes_keys *keys, const uint8_t key[32])
{
    uint32_t at = wrni_load_le32(key) % LANES_KEYS;
    for (unsigned tries = 0; tries < LANES_KEYS; tries++, at = (at + 1) % LANES_KEYS) {
        struct lanes_key *found = &keys->key[at];
        if (!found->taken) {
            found->taken = true;
            found->birth = WRN_NEVER;
            memcpy(found->key, key, 32);
        }
        if (!memcmp(found->key, key, 32))
            return found;
    }
    fail_msg("more keys than the recorder holds");
    return NULL;
}

static void judge(struct lanes_recorder *recorder, const struct lanes_key *key)
{
    if (!recorder->judges || key->birth == WRN_NEVER)
        return;
    recorder->keys->judged++;
    assert_true(recorder->now < key->birth + 180 * WRN_SECOND);
}

static void record_seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct lanes_recorder *recorder = context;
    for (size_t i = 0; i < count; i++) {
        struct lanes_key *key = key_of(recorder->keys, operations[i].key);
        uint64_t          counter = operations[i].counter, bit = UINT64_C(1) << (counter % 64);
        assert_true(counter < LANES_NONCES);
        if (key->seen[counter / 64] & bit)
            fail_msg("a nonce was used twice: %llu", (unsigned long long)counter);
        key->seen[counter / 64] |= bit;
        judge(recorder, key);
        recorder->keys->seals++;
    }
    wrn_crypto_sodium.seal(NULL, operations, count);
}

static void record_open(void *context, struct wrn_aead *operations, size_t count)
{
    struct lanes_recorder *recorder = context;
    for (size_t i = 0; i < count; i++) {
        judge(recorder, key_of(recorder->keys, operations[i].key));
        recorder->keys->opens++;
    }
    wrn_crypto_sodium.open(NULL, operations, count);
}

static void pass_dh(void *context, struct wrn_dh *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.dh(NULL, operations, count);
}

static void pass_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.xseal(NULL, operations, count);
}

static void pass_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.xopen(NULL, operations, count);
}

static void pass_hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.hash(NULL, operations, count);
}

static void pass_mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.mac(NULL, operations, count);
}

const struct wrn_crypto lanes_crypto = {.name = "recorded",
                                        .dh = pass_dh,
                                        .seal = record_seal,
                                        .open = record_open,
                                        .xseal = pass_xseal,
                                        .xopen = pass_xopen,
                                        .hash = pass_hash,
                                        .mac = pass_mac};

/* Rings of the host. --------------------------------------------------------------------------------------------------------- */

static void *fifo_push(struct lanes_fifo *fifo, size_t size)
{
    assert_true(fifo->count < LANES_QUEUE);
    return (uint8_t *)fifo->items + (fifo->head + fifo->count++) % LANES_QUEUE * size;
}

static void *fifo_first(const struct lanes_fifo *fifo, size_t size) { return (uint8_t *)fifo->items + fifo->head * size; }

static void fifo_pop(struct lanes_fifo *fifo, size_t size)
{
    memset(fifo_first(fifo, size), 0, size); /* orders hold keys */
    fifo->head = (fifo->head + 1) % LANES_QUEUE;
    fifo->count--;
}

static wrn_time moment(struct lanes_host *host, struct lanes_fifo *fifo, wrn_time now)
{
    wrn_time at = host->delay ? now + rng_next(&host->rng) % host->delay : now;
    if (at > fifo->last)
        fifo->last = at;
    return fifo->last;
}

/* Life. ---------------------------------------------------------------------------------------------------------------------- */

static void *memory_of(size_t size)
{
    void *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_non_null(memory);
    memset(memory, 0xa5, size);
    return memory;
}

void lanes_open(struct lanes_host *host, const struct wrn_config *config, struct lanes_keys *keys, uint64_t seed, wrn_time delay,
                wrn_time now)
{
    const struct wrn_limits *limits = &config->limits;
    assert_true(sodium_init() >= 0);
    assert_true(limits->lanes <= LANES_MAX);
    memset(host, 0, sizeof *host);
    host->config = *config;
    host->lanes = limits->lanes;
    host->rng.state = seed;
    host->delay = delay;
    for (unsigned i = 0; i <= LANES_MAX; i++)
        host->recorder[i].keys = keys;
    size_t size = wrn_engine_size(limits);
    host->memory = memory_of(size);
    assert_int_equal(wrn_engine_init(&host->engine, host->memory, size, config, now), WRN_OK);
    void *context = &host->recorder[LANES_MAX];
    wrn_engine_attach(host->engine, &lanes_crypto, &context, 1);
    for (unsigned l = 0; l < host->lanes && host->lanes > 1; l++) {
        size = wrn_lane_size(limits);
        host->lane_memory[l] = memory_of(size);
        host->down[l].items = calloc(LANES_QUEUE, sizeof(struct lanes_down));
        host->up[l].items = calloc(LANES_QUEUE, sizeof(struct lanes_up));
        assert_int_equal(wrn_lane_init(&host->lane[l], host->lane_memory[l], size, host->engine, l), WRN_OK);
        wrn_lane_attach(host->lane[l], &lanes_crypto, &host->recorder[l]);
        host->recorder[l].judges = true;
    }
}

void lanes_close(struct lanes_host *host)
{
    for (unsigned l = 0; l < LANES_MAX; l++) {
        free(host->lane_memory[l]);
        free(host->down[l].items);
        free(host->up[l].items);
    }
    free(host->memory);
}

static bool outside(const struct lanes_host *host) { return host->lanes > 1; }

static void set_now(struct lanes_host *host, wrn_time now)
{
    for (unsigned i = 0; i <= LANES_MAX; i++)
        host->recorder[i].now = now;
}

/* Orders and reports. -------------------------------------------------------------------------------------------------------- */

static void born(struct lanes_host *host, const struct wrn_order *order)
{
    if (order->kind != WRNI_ORDER_INITIATED && order->kind != WRNI_ORDER_RESPONDED)
        return;
    key_of(host->recorder[0].keys, order->send_key)->birth = order->birth;
    key_of(host->recorder[0].keys, order->receive_key)->birth = order->birth;
}

static bool take_orders(struct lanes_host *host, unsigned l, wrn_time now)
{
    struct wrn_order orders[3];
    size_t           count, all = 0;
    while ((count = wrn_orders(host->engine, l, orders, 3)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct lanes_down *item = fifo_push(&host->down[l], sizeof *item);
            *item = (struct lanes_down){.at = moment(host, &host->down[l], now), .before = host->taken[l], .order = orders[i]};
            born(host, &orders[i]);
        }
        all += count;
    }
    host->taken[l] = host->version;
    return all > 0;
}

static bool take_reports(struct lanes_host *host, unsigned l, wrn_time now)
{
    struct wrn_report reports[3];
    size_t            count, all = 0;
    while ((count = wrn_lane_reports(host->lane[l], reports, 3)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct lanes_up *item = fifo_push(&host->up[l], sizeof *item);
            *item = (struct lanes_up){.at = moment(host, &host->up[l], now), .report = reports[i]};
        }
        all += count;
    }
    return all > 0;
}

static bool bring_orders(struct lanes_host *host, unsigned l, wrn_time now, bool all)
{
    bool any = false;
    while (host->down[l].count) {
        struct lanes_down *item = fifo_first(&host->down[l], sizeof *item);
        if (item->at > now && !all)
            break;
        wrn_lane_order(host->lane[l], now, &item->order, 1);
        host->known[l] = item->before;
        fifo_pop(&host->down[l], sizeof *item);
        any = true;
    }
    if (!host->down[l].count)
        host->known[l] = host->taken[l];
    return any;
}

static bool bring_reports(struct lanes_host *host, unsigned l, wrn_time now, bool all)
{
    bool any = false;
    while (host->up[l].count) {
        struct lanes_up *item = fifo_first(&host->up[l], sizeof *item);
        if (item->at > now && !all)
            break;
        wrn_reports(host->engine, now, &item->report, 1);
        fifo_pop(&host->up[l], sizeof *item);
        any = true;
    }
    return any;
}

static bool takes_orders(struct lanes_host *host, unsigned l, wrn_time now)
{
    if (!host->delay)
        return true;
    if (host->stalled[l] <= now && !rng_below(&host->rng, 16))
        host->stalled[l] = now + rng_next(&host->rng) % host->delay;
    return host->stalled[l] <= now;
}

static bool exchange(struct lanes_host *host, wrn_time now, bool all)
{
    bool moved = outside(host), any = false;
    set_now(host, now);
    while (moved) {
        moved = false;
        for (unsigned l = 0; l < host->lanes; l++) {
            if (all || takes_orders(host, l, now))
                moved |= take_orders(host, l, now);
            moved |= bring_orders(host, l, now, all);
            if (all || !host->delay || rng_below(&host->rng, 4))
                moved |= take_reports(host, l, now);
            moved |= bring_reports(host, l, now, all);
        }
        any |= moved;
    }
    if (!outside(host))
        host->known[0] = host->version;
    return any;
}

void lanes_exchange(struct lanes_host *host, wrn_time now) { (void)exchange(host, now, false); }

void lanes_drain(struct lanes_host *host, wrn_time now)
{
    (void)exchange(host, now, true);
    for (unsigned l = 0; l < host->lanes; l++)
        host->down[l].last = host->up[l].last = host->stalled[l] = now;
}

/* Flow. ---------------------------------------------------------------------------------------------------------------------- */

static bool output(struct lanes_host *host, wrn_time now, struct wrn_lane *lane)
{
    uint8_t           buffers[2][LANES_BYTES];
    struct wrn_packet packets[2];
    size_t            given, all = 0;
    do {
        for (unsigned i = 0; i < 2; i++)
            packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = LANES_BYTES};
        given = lane ? wrn_lane_net_output(lane, now, packets, 2) : wrn_net_output(host->engine, now, packets, 2);
        for (size_t i = 0; i < given; i++) {
            assert_int_equal(packets[i].verdict, WRN_SEND);
            host->send(host->context, &packets[i]);
        }
        all += given;
    } while (given == 2);
    if (lane)
        assert_false(wrn_lane_output_due(lane));
    return all > 0;
}

void lanes_pump(struct lanes_host *host, wrn_time now)
{
    bool moved = true;
    set_now(host, now);
    wrn_advance(host->engine, now);
    lanes_exchange(host, now);
    while (moved) {
        moved = output(host, now, NULL);
        for (unsigned l = 0; l < host->lanes && outside(host); l++)
            moved |= output(host, now, host->lane[l]);
        moved |= exchange(host, now, false);
    }
}

wrn_time lanes_deadline(struct lanes_host *host, wrn_time now)
{
    wrn_time least = wrn_deadline(host->engine);
    for (unsigned l = 0; l < host->lanes && outside(host); l++) {
        if (host->stalled[l] > now && host->stalled[l] < least)
            least = host->stalled[l];
        if (host->down[l].count && ((struct lanes_down *)fifo_first(&host->down[l], sizeof(struct lanes_down)))->at < least)
            least = ((struct lanes_down *)fifo_first(&host->down[l], sizeof(struct lanes_down)))->at;
        if (host->up[l].count && ((struct lanes_up *)fifo_first(&host->up[l], sizeof(struct lanes_up)))->at < least)
            least = ((struct lanes_up *)fifo_first(&host->up[l], sizeof(struct lanes_up)))->at;
    }
    /* A timer that waits for room in a ring is due now: the host that was lazy looks again soon. */
    return host->delay && least <= now ? now + WRN_MILLISECOND : least;
}

/* Where a packet comes in: at the engine, or anywhere. */
static unsigned door(struct lanes_host *host)
{
    if (!outside(host) || !host->delay)
        return LANES_MAX;
    unsigned at = rng_below(&host->rng, host->lanes + 1);
    return at == host->lanes ? LANES_MAX : at;
}

static void hand_in(struct lanes_host *host, wrn_time now, struct wrn_packet *packet, bool tun)
{
    unsigned at = door(host);
    set_now(host, now);
    wrn_advance(host->engine, now);
    lanes_exchange(host, now);
    for (unsigned hops = 0; hops <= host->lanes + 1; hops++) {
        (tun ? host->tun : host->net)[at]++;
        if (at == LANES_MAX && tun)
            wrn_tun_input(host->engine, now, packet, 1);
        else if (at == LANES_MAX)
            wrn_net_input(host->engine, now, packet, 1);
        else if (tun)
            wrn_lane_tun_input(host->lane[at], now, packet, 1);
        else
            wrn_lane_net_input(host->lane[at], now, packet, 1);
        if (packet->verdict != WRN_PASS)
            return;
        assert_true(outside(host));
        assert_true(packet->lane == WRN_LANE_CONTROL || packet->lane < host->lanes);
        unsigned to = packet->lane == WRN_LANE_CONTROL ? LANES_MAX : packet->lane;
        assert_int_not_equal(to, at);
        at = to;
        lanes_exchange(host, now);
    }
    assert_true(host->delay > 0); /* only while routes are on their way */
    host->let_go++;
}

void lanes_tun(struct lanes_host *host, wrn_time now, struct wrn_packet *packet)
{
    hand_in(host, now, packet, true);
    if (packet->verdict == WRN_SEND)
        host->send(host->context, packet);
    lanes_pump(host, now);
}

void lanes_net(struct lanes_host *host, wrn_time now, struct wrn_packet *packet)
{
    hand_in(host, now, packet, false);
    if (packet->verdict == WRN_SEND)
        host->send(host->context, packet);
    if (packet->verdict == WRN_DELIVER)
        host->deliver(host->context, packet);
    lanes_pump(host, now);
}

/* Growing. ------------------------------------------------------------------------------------------------------------------- */

void lanes_grow(struct lanes_host *host, const struct wrn_limits *larger)
{
    size_t size = wrn_engine_size(larger);
    void  *memory = memory_of(size), *context = &host->recorder[LANES_MAX];
    for (unsigned l = 0; l < host->lanes && outside(host); l++)
        (void)take_orders(host, l, host->down[l].last);
    assert_int_equal(wrn_engine_move(&host->engine, memory, size, larger), WRN_OK);
    free(host->memory);
    host->memory = memory;
    wrn_engine_attach(host->engine, &lanes_crypto, &context, 1);
    for (unsigned l = 0; l < host->lanes && outside(host); l++) {
        size = wrn_lane_size(larger);
        memory = memory_of(size);
        assert_int_equal(wrn_lane_move(&host->lane[l], memory, size, larger), WRN_OK);
        free(host->lane_memory[l]);
        host->lane_memory[l] = memory;
    }
    host->config.limits = *larger;
}

void lanes_copy(struct lanes_host *host)
{
    size_t size = wrn_lane_size(&host->config.limits);
    for (unsigned l = 0; l < host->lanes && outside(host); l++) {
        void *memory = memory_of(size);
        memcpy(memory, host->lane_memory[l], size);
        memset(host->lane_memory[l], 0x5a, size);
        free(host->lane_memory[l]);
        host->lane_memory[l] = memory;
        host->lane[l] = memory;
        wrn_lane_attach(host->lane[l], &lanes_crypto, &host->recorder[l]);
    }
}

/* Checks. -------------------------------------------------------------------------------------------------------------------- */

static void check_counters(const struct wrn_counters *counters, uint64_t tun, uint64_t net)
{
    uint64_t tun_sum = 0, net_sum = 0, reasons = 0;
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        tun_sum += counters->tun_verdicts[i];
        net_sum += counters->net_verdicts[i];
    }
    for (unsigned i = 1; i < WRN_REASON_COUNT; i++)
        reasons += i == WRN_REASON_STAGED_OUT || i == WRN_REASON_PURGED ? 0 : counters->reasons[i];
    assert_int_equal(tun_sum, tun);
    assert_int_equal(net_sum, net);
    assert_int_equal(reasons, counters->tun_verdicts[WRN_DROP] + counters->net_verdicts[WRN_DROP]);
}

void lanes_check_counters(const struct lanes_host *host)
{
    struct wrn_counters counters;
    wrn_counters(host->engine, &counters);
    check_counters(&counters, host->tun[LANES_MAX], host->net[LANES_MAX]);
    for (unsigned l = 0; l < host->lanes && outside(host); l++) {
        wrn_lane_counters(host->lane[l], &counters);
        check_counters(&counters, host->tun[l], host->net[l]);
    }
}

static void check_routes(const struct wrn_engine *engine, const struct wrn_lane *lane)
{
    const struct wrni_trie *ours = wrni_lane_trie(wrni_inline_lane(engine)), *theirs = wrni_lane_trie(lane);
    assert_int_equal(wrni_trie_count(ours), wrni_trie_count(theirs));
    for (uint32_t slot = 0; slot < engine->limits.peers; slot++) {
        for (uint32_t node = wrni_trie_first(ours, slot); node != WRNI_NONE; node = wrni_trie_next(ours, node)) {
            struct wrn_prefix prefix;
            wrni_trie_prefix(ours, node, &prefix);
            assert_int_equal(wrni_trie_exact(theirs, &prefix), slot);
        }
    }
}

static void check_flow(const struct wrn_engine *engine, const struct wrn_lane *lane, uint32_t slot)
{
    uint32_t                id;
    const struct wrni_flow *mirror = wrni_flow_at(engine, slot), *flow = wrni_lane_find(lane, slot, &id);
    const struct wrni_peer *peer = wrni_peer_at(engine, slot);
    assert_non_null(flow);
    if (!wrni_alive(engine, slot)) {
        assert_int_equal(flow->generation, 0);
        return;
    }
    assert_int_equal(flow->generation, wrni_slot_at(engine, slot)->generation);
    assert_int_equal(mirror->generation, flow->generation);
    assert_memory_equal(mirror->endpoint.address, flow->endpoint.address, 16);
    assert_int_equal(mirror->endpoint.port, flow->endpoint.port);
    assert_int_equal(mirror->endpoint.family, flow->endpoint.family);
    assert_int_equal(mirror->pinned, flow->pinned);
    for (unsigned place = 0; place < WRNI_PLACES; place++) { /* one index for a cell, and control knows which */
        struct wrni_rotation       rotation = flow->rotation;
        const struct wrni_session *session = wrni_rotation_at(&rotation, (enum wrni_place)place);
        if (session)
            assert_int_equal(peer->indices[session->cell], session->local_index);
    }
    assert_int_equal(peer->cells_pending, 0);
    assert_int_equal(peer->cells_reported, wrni_rotation_cells(&flow->rotation));
    assert_int_equal(flow->flags, 0);
}

void lanes_check_views(const struct lanes_host *host)
{
    for (unsigned l = 0; l < host->lanes && outside(host); l++) {
        assert_int_equal(host->lane[l]->up, wrni_up(host->engine));
        assert_int_equal(host->lane[l]->mtu, wrni_inline_lane(host->engine)->mtu);
        check_routes(host->engine, host->lane[l]);
        for (uint32_t slot = l; slot < host->engine->high; slot += host->lanes)
            check_flow(host->engine, host->lane[l], slot);
    }
}
