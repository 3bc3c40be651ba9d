#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#include <sodium.h>

#include "bytes.h"

/*
 * Real threads: one for control, one per lane, one for the clients and the wire. What they share is a clock, counts, and rings under
 * a mutex; engine and lanes share nothing (G-71, G-114). Meant for the thread sanitizer, and true without it.
 *
 *      clients ---- datagrams ---> control ----> lane 0..2 (which pass on)
 *         ^                           | orders  ^ reports
 *         +---------- datagrams ------+---------+
 *
 * Lanes send back to its sender what they deliver, so a packet comes home only if both directions and both lanes' routes work.
 */

enum { CLIENTS = 5, LANES = 3, ITEMS = 256, IDS = 1 << 15, HOME = 1000 };

struct item { uint32_t length; uint8_t tos, kind; struct wrn_endpoint remote; unsigned hops; uint8_t bytes[256]; };

struct ring { pthread_mutex_t lock; size_t size, head, count; uint8_t *items; };

static struct shared {
    atomic_ullong      now;
    atomic_bool        over;
    struct wrn_engine *engine;
    struct wrn_lane   *lane[LANES];
    struct ring        control, work[LANES], down[LANES], up[LANES], wire; /* items, items, orders, reports, items */
    struct wrn_peer    peer[CLIENTS];
    atomic_ullong      lost; /* a ring was full */
} shared;

static struct client {
    struct wrn_engine  *engine;
    void               *memory;
    struct wrn_endpoint address;
    uint32_t            home;
    uint32_t            seen[IDS]; /* the newest id delivered of those that share a place, plus one */
} clients[CLIENTS];

enum { TUN, NET };

/* Rings. ----------------------------------------------------------------------------------------------------------------------- */

static void ring_open(struct ring *ring, size_t size)
{
    assert_int_equal(pthread_mutex_init(&ring->lock, NULL), 0);
    ring->size = size;
    ring->items = calloc(ITEMS, size);
}

static void ring_close(struct ring *ring)
{
    (void)pthread_mutex_destroy(&ring->lock);
    free(ring->items);
    memset(ring, 0, sizeof *ring);
}

static bool ring_put(struct ring *ring, const void *item)
{
    (void)pthread_mutex_lock(&ring->lock);
    bool room = ring->count < ITEMS;
    if (room)
        memcpy(ring->items + (ring->head + ring->count++) % ITEMS * ring->size, item, ring->size);
    (void)pthread_mutex_unlock(&ring->lock);
    return room;
}

static bool ring_take(struct ring *ring, void *item)
{
    (void)pthread_mutex_lock(&ring->lock);
    bool some = ring->count > 0;
    if (some) {
        memcpy(item, ring->items + ring->head * ring->size, ring->size);
        memset(ring->items + ring->head * ring->size, 0, ring->size); /* orders hold keys */
        ring->head = (ring->head + 1) % ITEMS;
        ring->count--;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return some;
}

static size_t ring_room(struct ring *ring)
{
    (void)pthread_mutex_lock(&ring->lock);
    size_t room = ITEMS - ring->count;
    (void)pthread_mutex_unlock(&ring->lock);
    return room;
}

/* Packets may be lost in a full ring, as on any wire; orders and reports may not: their takers ask for room first. */
static void put_item(struct ring *ring, const struct item *item)
{
    if (!ring_put(ring, item))
        shared.lost++;
}

/* The server. ------------------------------------------------------------------------------------------------------------------ */

static struct item item_of(const struct wrn_packet *packet, uint8_t kind, unsigned hops)
{
    struct item item = {.length = packet->length, .tos = packet->tos, .kind = kind, .remote = packet->remote, .hops = hops};
    memcpy(item.bytes + (kind == TUN ? WRN_HEADROOM : 0), packet->data + packet->offset, packet->length);
    return item;
}

static struct wrn_packet packet_of(struct item *item)
{
    return (struct wrn_packet){.data = item->bytes,
                               .capacity = sizeof item->bytes,
                               .offset = item->kind == TUN ? WRN_HEADROOM : 0,
                               .length = item->length,
                               .tos = item->tos,
                               .remote = item->remote};
}

/* Where a verdict sends a packet. */
static void follow(const struct wrn_packet *packet, uint8_t kind, unsigned hops)
{
    struct item item = item_of(packet, kind, hops + 1);
    if (packet->verdict == WRN_SEND) {
        item = item_of(packet, NET, 0);
        put_item(&shared.wire, &item);
    } else if (packet->verdict == WRN_PASS && hops <= LANES) {
        put_item(packet->lane == WRN_LANE_CONTROL ? &shared.control : &shared.work[packet->lane], &item);
    } else if (packet->verdict == WRN_DELIVER) { /* and home it goes */
        item = item_of(packet, TUN, 0);
        uint8_t *ip = item.bytes + WRN_HEADROOM, source[4];
        memcpy(source, ip + 12, 4);
        memcpy(ip + 12, ip + 16, 4);
        memcpy(ip + 16, source, 4);
        put_item(&shared.work[item.bytes[WRN_HEADROOM + 23] % LANES], &item); /* any lane */
    }
}

static void output(struct wrn_lane *lane, wrn_time now)
{
    uint8_t           buffer[256];
    struct wrn_packet packet;
    for (;;) {
        packet = (struct wrn_packet){.data = buffer, .capacity = sizeof buffer};
        if ((lane ? wrn_lane_net_output(lane, now, &packet, 1) : wrn_net_output(shared.engine, now, &packet, 1)) == 0)
            return;
        follow(&packet, NET, 0);
    }
}

/* Prefixes change hands, keepalives change, and now and then the interface goes down and up. */
static void reconfigure(unsigned turn, wrn_time now)
{
    unsigned               c = turn % CLIENTS;
    struct wrn_prefix      prefix = {.address = {10, 0, 9, (uint8_t)c}, .family = 4, .length = 32};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = (uint16_t)(turn % 3 * 10)};
    (void)wrn_allowed_add(shared.engine, shared.peer[(c + turn) % CLIENTS], &prefix, NULL);
    (void)wrn_peer_set(shared.engine, now, shared.peer[c], &change);
    if (turn % 16 == 15) {
        (void)wrn_set_up(shared.engine, now, false);
        (void)wrn_set_up(shared.engine, now, true);
    }
    (void)wrn_set_mtu(shared.engine, (uint16_t)(1400 + turn % 20)); /* busy is an answer: then it stays as it was */
    if (!wrn_is_up(shared.engine))
        (void)wrn_set_up(shared.engine, now, true);
}

static void control_round(wrn_time now)
{
    struct item       item;
    struct wrn_report report;
    struct wrn_order  order;
    for (unsigned l = 0; l < LANES; l++)
        while (ring_take(&shared.up[l], &report))
            wrn_reports(shared.engine, now, &report, 1);
    while (ring_take(&shared.control, &item)) {
        struct wrn_packet packet = packet_of(&item);
        if (item.kind == TUN)
            wrn_tun_input(shared.engine, now, &packet, 1);
        else
            wrn_net_input(shared.engine, now, &packet, 1);
        follow(&packet, item.kind, item.hops);
    }
    wrn_advance(shared.engine, now);
    output(NULL, now);
    for (unsigned l = 0; l < LANES; l++)
        while (ring_room(&shared.down[l]) > 0 && wrn_orders(shared.engine, l, &order, 1))
            (void)ring_put(&shared.down[l], &order); /* this thread alone puts */
    wrni_wipe(&order, sizeof order);
}

static void *control_thread(void *context)
{
    (void)context;
    wrn_time changed = 0;
    unsigned turn = 0;
    while (!shared.over) {
        wrn_time now = shared.now;
        control_round(now);
        if (now >= changed + 3 * WRN_SECOND) {
            changed = now;
            reconfigure(turn++, now);
        }
        if (!wrn_is_up(shared.engine))
            (void)wrn_set_up(shared.engine, now, true);
        (void)sched_yield();
    }
    return NULL;
}

static void *lane_thread(void *context)
{
    unsigned          l = (unsigned)(uintptr_t)context;
    struct wrn_lane  *lane = shared.lane[l];
    struct item       item;
    struct wrn_order  order;
    struct wrn_report report;
    while (!shared.over) {
        wrn_time now = shared.now;
        while (ring_take(&shared.down[l], &order))
            wrn_lane_order(lane, now, &order, 1);
        while (ring_take(&shared.work[l], &item)) {
            struct wrn_packet packet = packet_of(&item);
            if (item.kind == TUN)
                wrn_lane_tun_input(lane, now, &packet, 1);
            else
                wrn_lane_net_input(lane, now, &packet, 1);
            follow(&packet, item.kind, item.hops);
        }
        output(lane, now);
        while (ring_room(&shared.up[l]) > 0 && wrn_lane_reports(lane, &report, 1))
            (void)ring_put(&shared.up[l], &report);
        (void)sched_yield();
    }
    wrni_wipe(&order, sizeof order);
    return NULL;
}

/* The clients, and the wire. ----------------------------------------------------------------------------------------------------- */

static const struct wrn_endpoint server_address = {.address = {192, 0, 2, 1}, .family = 4, .port = 51820};

static void client_sends(const struct client *client, const struct wrn_packet *packet)
{
    struct item item = item_of(packet, NET, 0);
    item.remote = client->address;
    unsigned at = item.bytes[4] % (LANES + 1); /* any door */
    put_item(at == LANES ? &shared.control : &shared.work[at], &item);
}

static void client_pump(struct client *client, wrn_time now)
{
    uint8_t           buffer[256];
    struct wrn_packet packet;
    wrn_advance(client->engine, now);
    for (;;) {
        packet = (struct wrn_packet){.data = buffer, .capacity = sizeof buffer};
        if (!wrn_net_output(client->engine, now, &packet, 1))
            return;
        client_sends(client, &packet);
    }
}

static void client_says(struct client *client, wrn_time now, uint32_t id)
{
    uint8_t buffer[256] = {[WRN_HEADROOM] = 0x45, [WRN_HEADROOM + 3] = 60};
    wrni_store_be32(buffer + WRN_HEADROOM + 12, 0x0a000001u + (uint32_t)(client - clients));
    wrni_store_be32(buffer + WRN_HEADROOM + 16, 0x0a090909u);
    wrni_store_be32(buffer + WRN_HEADROOM + 20, id);
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = 60};
    wrn_tun_input(client->engine, now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        client_sends(client, &packet);
    client_pump(client, now);
}

static void client_hears(struct client *client, wrn_time now, struct item *item)
{
    struct wrn_packet packet = packet_of(item);
    packet.remote = server_address;
    wrn_net_input(client->engine, now, &packet, 1);
    if (packet.verdict == WRN_SEND)
        client_sends(client, &packet);
    if (packet.verdict == WRN_DELIVER) {
        const uint8_t *ip = packet.data + packet.offset;
        uint32_t       id = wrni_load_be32(ip + 20);
        assert_int_equal(packet.length, 60);
        assert_int_equal(wrni_load_be32(ip + 16), 0x0a000001u + (uint32_t)(client - clients)); /* to the right one */
        assert_int_not_equal(client->seen[id % IDS], id + 1); /* once */
        client->seen[id % IDS] = id + 1;
        client->home++;
    }
    client_pump(client, now);
}

/* Until every client has heard enough, and the clock has gone through some rekeys. */
static void clients_run(void)
{
    uint32_t id = 0;
    bool     enough = false;
    while (!enough) {
        wrn_time    now = shared.now += 20 * WRN_MILLISECOND;
        struct item item;
        for (unsigned c = 0; c < CLIENTS; c++)
            client_says(&clients[c], now, id);
        id++;
        while (ring_take(&shared.wire, &item)) {
            unsigned c = item.remote.address[3] - 1u;
            if (c < CLIENTS)
                client_hears(&clients[c], now, &item);
        }
        enough = now > 300 * WRN_SECOND;
        for (unsigned c = 0; c < CLIENTS; c++)
            enough &= clients[c].home >= HOME;
        (void)sched_yield();
    }
}

/* Life. --------------------------------------------------------------------------------------------------------------------------- */

static void *engine_open(struct wrn_engine **engine, unsigned lanes, uint8_t entropy, const uint8_t secret[32])
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.lanes = lanes;
    config.limits.orders = 64;
    config.entropy[0] = entropy;
    size_t size = wrn_engine_size(&config.limits);
    void  *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_int_equal(wrn_engine_init(engine, memory, size, &config, 0), WRN_OK);
    wrn_engine_attach(*engine, &wrn_crypto_sodium, NULL, 1);
    wrn_wall(*engine, 0, 1700000000, 0);
    assert_int_equal(wrn_set_private_key(*engine, 0, secret), WRN_OK);
    assert_int_equal(wrn_set_up(*engine, 0, true), WRN_OK);
    return memory;
}

static void introduce(unsigned c, const uint8_t server_key[32])
{
    uint8_t                key[32];
    struct wrn_peer        server;
    struct wrn_prefix      all = {.family = 4}, one = {.address = {10, 0, 0, (uint8_t)(c + 1)}, .family = 4, .length = 32};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = server_address};
    struct wrn_order       order;
    assert_true(wrn_public_key(clients[c].engine, key));
    assert_int_equal(wrn_peer_add(shared.engine, 0, key, &shared.peer[c]), WRN_OK);
    assert_int_equal(wrn_allowed_add(shared.engine, shared.peer[c], &one, NULL), WRN_OK);
    assert_int_equal(wrn_peer_add(clients[c].engine, 0, server_key, &server), WRN_OK);
    assert_int_equal(wrn_allowed_add(clients[c].engine, server, &all, NULL), WRN_OK);
    assert_int_equal(wrn_peer_set(clients[c].engine, 0, server, &change), WRN_OK);
    clients[c].address = (struct wrn_endpoint){.address = {198, 51, 100, (uint8_t)(c + 1)}, .family = 4, .port = 1000};
    for (unsigned l = 0; l < LANES; l++) /* lanes are made later and find it all in place */
        while (wrn_orders(shared.engine, l, &order, 1))
            ;
}

static void g71_g114_law8_real_threads(void **state)
{
    uint8_t   secret[32] = {0x77}, key[32];
    pthread_t threads[LANES + 1];
    (void)state;
    assert_true(sodium_init() >= 0);
    void *memory = engine_open(&shared.engine, LANES, 1, secret), *lane_memory[LANES];
    assert_true(wrn_public_key(shared.engine, key));
    ring_open(&shared.control, sizeof(struct item));
    ring_open(&shared.wire, sizeof(struct item));
    for (unsigned c = 0; c < CLIENTS; c++) {
        secret[1] = (uint8_t)(c + 1);
        clients[c].memory = engine_open(&clients[c].engine, 1, (uint8_t)(c + 2), secret);
        introduce(c, key);
    }
    struct wrn_limits limits;
    wrn_engine_limits(shared.engine, &limits);
    for (unsigned l = 0; l < LANES; l++) {
        struct wrn_order order;
        while (wrn_orders(shared.engine, l, &order, 1))
            ;
        size_t size = wrn_lane_size(&limits);
        lane_memory[l] = aligned_alloc(16, (size + 15) & ~(size_t)15);
        assert_int_equal(wrn_lane_init(&shared.lane[l], lane_memory[l], size, shared.engine, l), WRN_OK);
        wrn_lane_attach(shared.lane[l], &wrn_crypto_sodium, NULL);
        ring_open(&shared.work[l], sizeof(struct item));
        ring_open(&shared.down[l], sizeof(struct wrn_order));
        ring_open(&shared.up[l], sizeof(struct wrn_report));
    }
    assert_int_equal(pthread_create(&threads[LANES], NULL, control_thread, NULL), 0);
    for (unsigned l = 0; l < LANES; l++)
        assert_int_equal(pthread_create(&threads[l], NULL, lane_thread, (void *)(uintptr_t)l), 0);
    clients_run();
    shared.over = true;
    for (unsigned i = 0; i <= LANES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct wrn_counters counters;
    wrn_counters(shared.engine, &counters);
    assert_true(counters.handshakes >= 2 * CLIENTS); /* rekeys happened */
    for (unsigned l = 0; l < LANES; l++) {
        wrn_lane_counters(shared.lane[l], &counters);
        assert_true(counters.net_verdicts[WRN_DELIVER] > 0 && counters.net_verdicts[WRN_PASS] > 0);
        assert_true(counters.tun_verdicts[WRN_SEND] > 0);
        ring_close(&shared.work[l]);
        ring_close(&shared.down[l]);
        ring_close(&shared.up[l]);
        free(lane_memory[l]);
    }
    ring_close(&shared.control);
    ring_close(&shared.wire);
    for (unsigned c = 0; c < CLIENTS; c++)
        free(clients[c].memory);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g71_g114_law8_real_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
