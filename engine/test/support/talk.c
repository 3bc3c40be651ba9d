#include "talk.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define WIRE_DELAY (20 * WRN_MILLISECOND)

/* The wire. ------------------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(const uint8_t *bytes, size_t length, uint64_t start)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ start;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void fly(struct talk *talk, wrn_time at, unsigned to, const struct wrn_endpoint *from, const struct wrn_packet *packet)
{
    struct talk_datagram *datagram = calloc(1, sizeof *datagram);
    assert_non_null(datagram);
    assert_true(talk->flying < TALK_FLIGHT && packet->length <= LANES_BYTES);
    datagram->at = at;
    datagram->to = to;
    datagram->from = *from;
    datagram->address = packet->remote;
    datagram->length = packet->length;
    memcpy(datagram->bytes, packet->data + packet->offset, packet->length);
    datagram->hash = hash_of(datagram->bytes, datagram->length, to);
    talk->flight[talk->flying++] = datagram;
}

/* The bytes decide: lost, once, twice, or once and again from elsewhere. */
static void transmit(struct talk *talk, unsigned to, const struct wrn_endpoint *from, const struct wrn_packet *packet)
{
    uint64_t hash = hash_of(packet->data + packet->offset, packet->length, packet->remote.port | (uint64_t)packet->remote.host << 16);
    uint64_t fate = (hash >> 20) % 100;
    assert_true(talk->wires < TALK_LOG);
    talk->wire[talk->wires++] = (struct talk_log){.at = talk->now, .what = to, .id = packet->length, .hash = hash};
    if (fate < talk->loss_percent)
        return;
    wrn_time at = talk->now + WIRE_DELAY + (hash >> 40) % (fate > 90 ? 60 * WRN_MILLISECOND : WRN_MILLISECOND);
    fly(talk, at, to, from, packet);
    if (fate > 95)
        fly(talk, at + (hash >> 30) % WRN_SECOND, to, from, packet);
    struct wrn_endpoint elsewhere = {.address = {203, 0, 113, 9}, .family = 4, .port = 9};
    if (fate == 94 || fate == 93)
        fly(talk, at + (hash >> 30) % (20 * WRN_SECOND), to, &elsewhere, packet);
}

static const struct wrn_endpoint server_address = {.address = {192, 0, 2, 1}, .family = 4, .port = 51820};

static void client_sends(void *context, const struct wrn_packet *packet)
{
    struct talk_client *client = context;
    transmit(client->talk, TALK_CLIENTS, &client->address, packet);
}

static void server_sends(void *context, const struct wrn_packet *packet)
{
    struct talk *talk = context;
    for (unsigned c = 0; c < TALK_CLIENTS; c++) {
        const struct wrn_endpoint *address = &talk->client[c].address;
        if (address->port == packet->remote.port && !memcmp(address->address, packet->remote.address, 16)) {
            transmit(talk, c, &server_address, packet);
            return;
        }
    }
    transmit(talk, TALK_CLIENTS + 1, &server_address, packet); /* nobody is there any more */
}

/* Deliveries. ---------------------------------------------------------------------------------------------------------------- */

static struct talk_packet *packet_of(struct talk *talk, const struct wrn_packet *packet, uint32_t *id)
{
    assert_int_equal(packet->length, 60);
    *id = wrni_load_be32(packet->data + packet->offset + 20);
    assert_true(*id < talk->packets);
    return &talk->packet[*id];
}

static bool owned(const struct talk *talk, unsigned prefix, unsigned client, uint64_t since)
{
    for (uint64_t version = since; version <= talk->server.version; version++)
        if (talk->owner[version][prefix] == (int8_t)client)
            return true;
    return false;
}

static uint64_t least_known(const struct talk *talk)
{
    uint64_t least = talk->server.version;
    for (unsigned l = 0; l < talk->server.lanes; l++)
        least = talk->server.known[l] < least ? talk->server.known[l] : least;
    return least;
}

static void delivered(struct talk *talk, unsigned at, uint32_t id)
{
    assert_int_equal(talk->packet[id].delivered, 0); /* never twice */
    talk->packet[id].delivered = 1;
    talk->delivered[talk->delivereds++] = (struct talk_log){.at = talk->now, .what = at, .id = id};
}

static void server_delivers(void *context, const struct wrn_packet *packet)
{
    struct talk              *talk = context;
    uint32_t                  id;
    const struct talk_packet *known = packet_of(talk, packet, &id);
    unsigned                  from = TALK_CLIENTS;
    for (unsigned i = 0; i < talk->handle_count; i++)
        if (!memcmp(&talk->handles[i].handle, &packet->peer, sizeof packet->peer))
            from = talk->handles[i].client;
    assert_int_equal(from, known->client);
    assert_true(owned(talk, known->prefix, from, least_known(talk)));
    delivered(talk, TALK_CLIENTS, id);
}

static void client_delivers(void *context, const struct wrn_packet *packet)
{
    struct talk_client       *client = context;
    uint32_t                  id;
    const struct talk_packet *known = packet_of(client->talk, packet, &id);
    assert_true(owned(client->talk, known->prefix, client->number, known->known));
    delivered(client->talk, client->number, id);
}

static void arrive(struct talk *talk, size_t which)
{
    struct talk_datagram *datagram = talk->flight[which];
    struct wrn_packet     packet = {
            .data = datagram->bytes, .capacity = LANES_BYTES, .length = datagram->length, .remote = datagram->from};
    talk->flight[which] = talk->flight[--talk->flying];
    if (datagram->to == TALK_CLIENTS)
        lanes_net(&talk->server, talk->now, &packet);
    else if (datagram->to < TALK_CLIENTS && datagram->address.port == talk->client[datagram->to].address.port)
        lanes_net(&talk->client[datagram->to].host, talk->now, &packet);
    free(datagram);
}

/* Time. ---------------------------------------------------------------------------------------------------------------------- */

static size_t first_arrival(const struct talk *talk)
{
    size_t best = 0;
    for (size_t i = 1; i < talk->flying; i++) {
        const struct talk_datagram *a = talk->flight[i], *b = talk->flight[best];
        if (a->at < b->at || (a->at == b->at && a->hash < b->hash))
            best = i;
    }
    return best;
}

void talk_wait(struct talk *talk, wrn_time until)
{
    for (;;) {
        struct lanes_host *host = &talk->server;
        wrn_time           next = lanes_deadline(host, talk->now);
        for (unsigned c = 0; c < TALK_CLIENTS; c++) {
            wrn_time deadline = lanes_deadline(&talk->client[c].host, talk->now);
            if (deadline < next) {
                next = deadline;
                host = &talk->client[c].host;
            }
        }
        size_t which = first_arrival(talk);
        bool   arrival = talk->flying && talk->flight[which]->at <= next;
        if (arrival)
            next = talk->flight[which]->at;
        if (next > until)
            break;
        assert_true(next >= talk->now);
        talk->now = next;
        if (arrival)
            arrive(talk, which);
        else
            lanes_pump(host, talk->now);
    }
    talk->now = until;
}

/* Traffic. ------------------------------------------------------------------------------------------------------------------- */

uint32_t talk_say(struct talk *talk, unsigned client, unsigned prefix, bool to_server)
{
    uint8_t  buffer[LANES_BYTES] = {0};
    uint8_t *ip = buffer + WRN_HEADROOM;
    uint32_t theirs = 0x0a010001u + prefix * 256, ours = 0x0a090909u, id = talk->packets++;
    assert_true(id < TALK_LOG);
    talk->packet[id] = (struct talk_packet){least_known(talk), (uint8_t)client, (uint8_t)prefix, 0};
    ip[0] = 0x45;
    ip[3] = 60;
    wrni_store_be32(ip + 12, to_server ? theirs : ours);
    wrni_store_be32(ip + 16, to_server ? ours : theirs);
    wrni_store_be32(ip + 20, id);
    struct wrn_packet packet = {.data = buffer, .capacity = LANES_BYTES, .offset = WRN_HEADROOM, .length = 60};
    lanes_tun(to_server ? &talk->client[client].host : &talk->server, talk->now, &packet);
    return id;
}

/* Configuration. ------------------------------------------------------------------------------------------------------------- */

/* Did it happen? Busy is an answer only while orders may wait. */
static bool done(struct talk *talk, enum wrn_status status)
{
    if (status == WRN_OK) {
        lanes_pump(&talk->server, talk->now);
        return true;
    }
    assert_true(status == WRN_BUSY && talk->server.delay);
    talk->refused++;
    return false;
}

static void routes_changed(struct talk *talk)
{
    uint64_t version = ++talk->server.version;
    assert_true(version < TALK_VERSIONS);
    memcpy(talk->owner[version], talk->owner[version - 1], TALK_PREFIXES);
}

static void introduce_server(struct talk *talk, struct talk_client *client)
{
    uint8_t           key[32];
    struct wrn_prefix all = {.family = 4};
    assert_int_equal(crypto_scalarmult_curve25519_base(key, talk->secret), 0);
    assert_int_equal(wrn_peer_add(client->host.engine, talk->now, key, &client->server), WRN_OK);
    assert_int_equal(wrn_allowed_add(client->host.engine, client->server, &all, NULL), WRN_OK);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_PRESHARED_KEY, .endpoint = server_address};
    memcpy(change.preshared_key, client->psk, 32);
    assert_int_equal(wrn_peer_set(client->host.engine, talk->now, client->server, &change), WRN_OK);
    lanes_pump(&client->host, talk->now);
}

static void add_client(struct talk *talk, struct talk_client *client)
{
    uint8_t key[32];
    assert_int_equal(crypto_scalarmult_curve25519_base(key, client->secret), 0);
    if (client->handle.generation || !done(talk, wrn_peer_add(talk->server.engine, talk->now, key, &client->handle))) {
        return;
    }
    assert_true(talk->handle_count < TALK_HANDLES);
    talk->handles[talk->handle_count].handle = client->handle;
    talk->handles[talk->handle_count++].client = client->number;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    memcpy(change.preshared_key, client->psk, 32);
    (void)done(talk, wrn_peer_set(talk->server.engine, talk->now, client->handle, &change));
}

static void remove_client(struct talk *talk, struct talk_client *client)
{
    if (!client->handle.generation || !done(talk, wrn_peer_remove(talk->server.engine, talk->now, client->handle)))
        return;
    client->handle = (struct wrn_peer){0, 0};
    routes_changed(talk);
    for (unsigned p = 0; p < TALK_PREFIXES; p++)
        if (talk->owner[talk->server.version][p] == (int8_t)client->number)
            talk->owner[talk->server.version][p] = -1;
}

static struct wrn_prefix prefix_at(unsigned p)
{
    return (struct wrn_prefix){.address = {10, 1, (uint8_t)p}, .family = 4, .length = 24};
}

/* The version counts before the call, as the order is on its way from then on. */
static void move_prefix(struct talk *talk, struct talk_client *client, unsigned p)
{
    struct wrn_prefix prefix = prefix_at(p);
    if (!client->handle.generation)
        return;
    routes_changed(talk);
    if (done(talk, wrn_allowed_add(talk->server.engine, client->handle, &prefix, NULL)))
        talk->owner[talk->server.version][p] = (int8_t)client->number;
}

static void remove_prefix(struct talk *talk, unsigned p)
{
    struct wrn_prefix prefix = prefix_at(p);
    int8_t            owner = talk->owner[talk->server.version][p];
    if (owner < 0)
        return;
    routes_changed(talk);
    if (done(talk, wrn_allowed_remove(talk->server.engine, talk->client[owner].handle, &prefix)))
        talk->owner[talk->server.version][p] = -1;
}

static void replace_prefixes(struct talk *talk, struct talk_client *client, unsigned p)
{
    struct wrn_prefix prefixes[2] = {prefix_at(p), prefix_at((p + 1) % TALK_PREFIXES)};
    if (!client->handle.generation)
        return;
    routes_changed(talk);
    if (!done(talk, wrn_allowed_replace(talk->server.engine, client->handle, prefixes, 2)))
        return;
    for (unsigned q = 0; q < TALK_PREFIXES; q++) {
        int8_t *owner = &talk->owner[talk->server.version][q];
        if (q == p || q == (p + 1) % TALK_PREFIXES)
            *owner = (int8_t)client->number;
        else if (*owner == (int8_t)client->number)
            *owner = -1;
    }
}

static void change_key(struct talk *talk)
{
    uint8_t secret[32];
    rng_bytes(&talk->rng, secret, 32);
    if (!done(talk, wrn_set_private_key(talk->server.engine, talk->now, secret)))
        return;
    memcpy(talk->secret, secret, 32);
    for (unsigned c = 0; c < TALK_CLIENTS; c++) {
        struct talk_client *client = &talk->client[c];
        assert_int_equal(wrn_peer_remove(client->host.engine, talk->now, client->server), WRN_OK);
        introduce_server(talk, client);
    }
}

static void change_peer(struct talk *talk, struct talk_client *client, uint32_t mask, uint64_t draw)
{
    struct wrn_peer_change change = {.mask = mask, .keepalive_s = (uint16_t)(draw % 3 * 7), .pinned = draw % 4 == 0};
    change.endpoint = client->address;
    memcpy(change.preshared_key, client->psk, 32);
    if (mask & WRN_CHANGE_PRESHARED_KEY)
        memset(change.preshared_key, (int)(draw % 200), 32);
    if (!client->handle.generation || !done(talk, wrn_peer_set(talk->server.engine, talk->now, client->handle, &change)))
        return;
    if (!(mask & WRN_CHANGE_PRESHARED_KEY))
        return;
    memcpy(client->psk, change.preshared_key, 32);
    change.mask = WRN_CHANGE_PRESHARED_KEY;
    assert_int_equal(wrn_peer_set(client->host.engine, talk->now, client->server, &change), WRN_OK);
}

static void set_up(struct talk *talk, bool up)
{
    if (done(talk, wrn_set_up(talk->server.engine, talk->now, up)))
        talk->down = !up;
}

/* The script. ---------------------------------------------------------------------------------------------------------------- */

static void configure(struct talk *talk, struct talk_client *client, unsigned p, unsigned what, uint64_t draw)
{
    struct wrn_engine *engine = talk->server.engine;
    if (what < 4)
        move_prefix(talk, client, p);
    else if (what < 5)
        remove_prefix(talk, p);
    else if (what < 6)
        replace_prefixes(talk, client, p);
    else if (what < 8)
        remove_client(talk, client);
    else if (what < 10)
        change_peer(talk, client, 1u << draw % 5, draw >> 8);
    else if (what < 11)
        change_peer(talk, client, WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED, draw);
    else if (what < 12)
        set_up(talk, talk->down);
    else if (what < 13 && draw % 2)
        change_key(talk);
    else if (what < 14)
        (void)done(talk, draw % 3 ? wrn_set_mtu(engine, (uint16_t)(1280 + draw % 200)) : wrn_forget_sessions(engine, talk->now));
    else if (what < 15)
        (void)done(talk, wrn_forget_paths(engine));
    else if (client->handle.generation)
        (void)done(talk, wrn_staged_purge(engine, client->handle));
}

static wrn_time pause_of(struct rng *rng)
{
    uint32_t kind = rng_below(rng, 40);
    if (kind < 24)
        return rng_below(rng, 200) * WRN_MILLISECOND;
    if (kind < 38)
        return rng_below(rng, 5000) * WRN_MILLISECOND;
    return rng_below(rng, kind == 38 ? 30000 : 130000) * WRN_MILLISECOND;
}

void talk_run(struct talk *talk, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        talk_wait(talk, talk->now + pause_of(&talk->rng));
        unsigned            p = rng_below(&talk->rng, TALK_PREFIXES), what = rng_below(&talk->rng, 100);
        struct talk_client *client = &talk->client[rng_below(&talk->rng, TALK_CLIENTS)];
        uint64_t            draw = rng_next(&talk->rng);
        int8_t              owner = talk->owner[talk->server.version][p];
        if (talk->down && what < 90 && draw % 3 == 0)
            set_up(talk, true);
        if (what < 40)
            (void)talk_say(talk, draw % 8 && owner >= 0 ? (unsigned)owner : client->number, p, true);
        else if (what < 74)
            (void)talk_say(talk, TALK_CLIENTS, p, false);
        else if (what < 78)
            client->address.port = (uint16_t)(client->address.port + 8);
        else if (what < 84)
            add_client(talk, client);
        else
            configure(talk, client, p, what - 84, draw);
    }
}

void talk_calm_down(struct talk *talk)
{
    talk->loss_percent = 0;
    lanes_drain(&talk->server, talk->now);
    talk->server.delay = 0;
    lanes_pump(&talk->server, talk->now);
    if (talk->down)
        set_up(talk, true);
    for (unsigned c = 0; c < TALK_CLIENTS; c++)
        change_peer(talk, &talk->client[c], WRN_CHANGE_ENDPOINT | WRN_CHANGE_PINNED, 1);
    talk_wait(talk, talk->now + 30 * WRN_SECOND);
    for (unsigned c = 0; c < TALK_CLIENTS; c++) {
        if (!talk->client[c].handle.generation)
            continue;
        move_prefix(talk, &talk->client[c], 0);
        uint32_t up = talk_say(talk, c, 0, true);
        talk_wait(talk, talk->now + 12 * WRN_SECOND);
        uint32_t again = talk_say(talk, c, 0, true), down = talk_say(talk, TALK_CLIENTS, 0, false);
        talk_wait(talk, talk->now + 12 * WRN_SECOND);
        (void)up; /* may have gone into a session that the server had forgotten */
        if (!talk->packet[again].delivered) {
            again = talk_say(talk, c, 0, true);
            talk_wait(talk, talk->now + 30 * WRN_SECOND);
        }
        assert_int_equal(talk->packet[again].delivered, 1);
        assert_int_equal(talk->packet[down].delivered, 1);
    }
}

/* Life. ---------------------------------------------------------------------------------------------------------------------- */

static void open_client(struct talk *talk, unsigned number)
{
    struct talk_client *client = &talk->client[number];
    struct wrn_config   config;
    wrn_config_default(&config);
    config.limits.peers = 2;
    config.limits.prefixes = 4;
    config.limits.sources = 16;
    config.limits.window_bits = 1024;
    config.limits.stage_bytes = 128;
    config.limits.stage_slots = 16;
    config.entropy[0] = (uint8_t)(number + 1);
    rng_bytes(&talk->rng, client->secret, 32);
    client->talk = talk;
    client->number = number;
    client->address = (struct wrn_endpoint){
        .address = {198, 51, 100, (uint8_t)number}, .family = 4, .port = (uint16_t)(1000 + number), .host = number + 1};
    lanes_open(&client->host, &config, &talk->keys, number, 0, 0);
    client->host.context = client;
    client->host.send = client_sends;
    client->host.deliver = client_delivers;
    wrn_wall(client->host.engine, 0, 1700000000, 0);
    assert_int_equal(wrn_set_private_key(client->host.engine, 0, client->secret), WRN_OK);
    assert_int_equal(wrn_set_up(client->host.engine, 0, true), WRN_OK);
    introduce_server(talk, client);
}

struct talk *talk_new(uint64_t seed, unsigned lanes, wrn_time delay)
{
    struct talk      *talk = calloc(1, sizeof *talk);
    struct wrn_config config;
    assert_non_null(talk);
    talk->wire = calloc(TALK_LOG, sizeof *talk->wire);
    talk->delivered = calloc(TALK_LOG, sizeof *talk->delivered);
    talk->rng.state = seed;
    talk->loss_percent = rng_below(&talk->rng, 3) * 8;
    lanes_keys_open(&talk->keys);
    wrn_config_default(&config);
    config.limits.peers = 13; /* no multiple of any k */
    config.limits.prefixes = TALK_PREFIXES;
    config.limits.sources = 16;
    config.limits.window_bits = 1024;
    config.limits.stage_bytes = 128;
    config.limits.orders = 16;
    config.limits.lanes = lanes;
    config.entropy[1] = (uint8_t)(seed % 251);
    lanes_open(&talk->server, &config, &talk->keys, seed, delay, 0);
    talk->server.context = talk;
    talk->server.send = server_sends;
    talk->server.deliver = server_delivers;
    memset(talk->owner[0], -1, TALK_PREFIXES);
    rng_bytes(&talk->rng, talk->secret, 32);
    wrn_wall(talk->server.engine, 0, 1700000000, 0);
    assert_int_equal(wrn_set_private_key(talk->server.engine, 0, talk->secret), WRN_OK);
    lanes_pump(&talk->server, 0);
    for (unsigned c = 0; c < TALK_CLIENTS; c++)
        open_client(talk, c);
    set_up(talk, true);
    for (unsigned c = 0; c + 1 < TALK_CLIENTS; c++) { /* the last one is a stranger at first */
        add_client(talk, &talk->client[c]);
        move_prefix(talk, &talk->client[c], c);
        change_peer(talk, &talk->client[c], c % 2 ? WRN_CHANGE_ENDPOINT : WRN_CHANGE_FORGET_ENDPOINT, 0);
    }
    return talk;
}

void talk_free(struct talk *talk)
{
    for (unsigned c = 0; c < TALK_CLIENTS; c++)
        lanes_close(&talk->client[c].host);
    lanes_close(&talk->server);
    for (size_t i = 0; i < talk->flying; i++)
        free(talk->flight[i]);
    lanes_keys_close(&talk->keys);
    free(talk->wire);
    free(talk->delivered);
    free(talk);
}

/* Comparing. ----------------------------------------------------------------------------------------------------------------- */

static int by_all(const void *a, const void *b)
{
    const struct talk_log *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void same_log(struct talk_log *a, size_t as, struct talk_log *b, size_t bs)
{
    qsort(a, as, sizeof *a, by_all);
    qsort(b, bs, sizeof *b, by_all);
    for (size_t i = 0; i < as && i < bs; i++)
        if (by_all(&a[i], &b[i])) {
            fail_msg("entry %zu: at %llu to %u length or id %u, against at %llu to %u %u", i, (unsigned long long)a[i].at, a[i].what,
                     a[i].id, (unsigned long long)b[i].at, b[i].what, b[i].id);
        }
    assert_int_equal(as, bs);
}

void talk_same(struct talk *a, struct talk *b)
{
    same_log(a->wire, a->wires, b->wire, b->wires);
    same_log(a->delivered, a->delivereds, b->delivered, b->delivereds);
    for (unsigned c = 0; c < TALK_CLIENTS; c++) {
        struct wrn_peer_info x, y;
        assert_memory_equal(&a->client[c].handle, &b->client[c].handle, sizeof a->client[c].handle);
        if (!a->client[c].handle.generation)
            continue;
        assert_int_equal(wrn_peer_info(a->server.engine, a->client[c].handle, &x), WRN_OK);
        assert_int_equal(wrn_peer_info(b->server.engine, b->client[c].handle, &y), WRN_OK);
        assert_int_equal(x.rx_bytes, y.rx_bytes);
        assert_int_equal(x.tx_bytes, y.tx_bytes);
        assert_int_equal(x.handshake_seconds, y.handshake_seconds);
        assert_memory_equal(&x.endpoint, &y.endpoint, sizeof x.endpoint);
    }
}
