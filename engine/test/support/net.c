#include "net.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Thread_local uint8_t net_last_verdict, net_last_reason;

static const uint64_t wall_at_zero = 1700000000;

static void start_engine(struct net *net, unsigned host, const struct wrn_crypto *crypto)
{
    struct net_host *h = &net->host[host];
    size_t           size = wrn_engine_size(&h->config.limits);
    assert_true(size > 0);
    h->memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
    assert_non_null(h->memory);
    memset(h->memory, 0xa5, size);
    assert_int_equal(wrn_engine_init(&h->engine, h->memory, size, &h->config, net->now), WRN_OK);
    wrn_engine_attach(h->engine, crypto, NULL, 1);
    wrn_wall(h->engine, net->now, wall_at_zero + net->now / WRN_SECOND, (uint32_t)(net->now % WRN_SECOND));
    assert_int_equal(wrn_set_private_key(h->engine, net->now, h->secret), WRN_OK);
    assert_int_equal(wrn_set_up(h->engine, net->now, true), WRN_OK);
}

struct net *net_new_with(unsigned hosts, wrn_time delay, const struct wrn_config *config, const struct wrn_crypto *crypto)
{
    assert_true(sodium_init() >= 0);
    assert_true(hosts <= NET_HOSTS);
    struct net *net = calloc(1, sizeof *net);
    assert_non_null(net);
    net->hosts = hosts;
    net->delay = delay;
    net->sent = calloc(NET_LOG, sizeof *net->sent);
    net->delivered = calloc(NET_LOG, sizeof *net->delivered);
    net->flight = calloc(NET_FLIGHT, sizeof *net->flight);
    for (unsigned i = 0; i < hosts; i++) {
        net->host[i].config = *config;
        net->host[i].config.entropy[0] = (uint8_t)(config->entropy[0] + i + 1);
        memset(net->host[i].secret, (int)(0x40 + i), 32);
        net->host[i].address = (struct wrn_endpoint){.address = {192, 0, 2, (uint8_t)(i + 1)}, .family = 4, .port = 51820};
        start_engine(net, i, crypto);
    }
    return net;
}

struct net *net_new(unsigned hosts, wrn_time delay)
{
    struct wrn_config config;
    wrn_config_default(&config);
    return net_new_with(hosts, delay, &config, &wrn_crypto_sodium);
}

void net_free(struct net *net)
{
    for (unsigned i = 0; i < net->hosts; i++)
        free(net->host[i].memory);
    for (size_t i = 0; i < net->flying; i++)
        free(net->flight[i]);
    free(net->flight);
    free(net->sent);
    free(net->delivered);
    free(net);
}

void net_public_key(const struct net *net, unsigned host, uint8_t key[32])
{
    assert_int_equal(crypto_scalarmult_curve25519_base(key, net->host[host].secret), 0);
}

void net_introduce(struct net *net, unsigned at, unsigned who, bool endpoint)
{
    struct wrn_engine *engine = net->host[at].engine;
    struct wrn_peer   *peer = &net->host[at].peers[who];
    uint8_t            key[32];
    net_public_key(net, who, key);
    assert_int_equal(wrn_peer_add(engine, net->now, key, peer), WRN_OK);
    struct wrn_prefix v4 = {.address = {10, 0, 0, (uint8_t)(who + 1)}, .family = 4, .length = 32};
    struct wrn_prefix v6 = {.address = {0xfd, [15] = (uint8_t)(who + 1)}, .family = 6, .length = 128};
    assert_int_equal(wrn_allowed_add(engine, *peer, &v4, NULL), WRN_OK);
    assert_int_equal(wrn_allowed_add(engine, *peer, &v6, NULL), WRN_OK);
    if (endpoint) {
        struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = net->host[who].address};
        assert_int_equal(wrn_peer_set(engine, net->now, *peer, &change), WRN_OK);
    }
}

void net_connect(struct net *net, unsigned a, unsigned b)
{
    net_introduce(net, a, b, true);
    net_introduce(net, b, a, true);
}

void net_restart(struct net *net, unsigned host)
{
    struct net_host         *h = &net->host[host];
    struct wrn_peer          old[NET_HOSTS];
    const struct wrn_crypto *crypto = &wrn_crypto_sodium;
    memcpy(old, h->peers, sizeof old);
    free(h->memory);
    memset(h->peers, 0, sizeof h->peers);
    h->config.entropy[1]++;
    start_engine(net, host, crypto);
    for (unsigned i = 0; i < net->hosts; i++)
        if (old[i].generation)
            net_introduce(net, host, i, true);
}

/* A datagram that left an engine: logged, shown to the tap, put on the wire. */
static void transmit(struct net *net, unsigned from, const struct wrn_packet *packet)
{
    struct net_datagram *datagram = calloc(1, sizeof *datagram);
    const uint8_t       *bytes = packet->data + packet->offset;
    assert_non_null(datagram);
    assert_true(packet->length <= NET_BYTES && net->sents < NET_LOG && net->flying < NET_FLIGHT);
    datagram->at = net->now + net->delay;
    datagram->order = net->order++;
    datagram->from = net->host[from].address;
    datagram->to = packet->remote;
    datagram->to.host = 0;
    datagram->length = packet->length;
    datagram->tos = packet->tos;
    memcpy(datagram->bytes, bytes, packet->length);
    struct net_sent *sent = &net->sent[net->sents++];
    *sent = (struct net_sent){net->now, (uint8_t)from, bytes[0], (uint16_t)packet->length, 0, packet->remote};
    if (bytes[0] == 4)
        for (unsigned i = 0; i < 8; i++)
            sent->counter |= (uint64_t)bytes[8 + i] << (8 * i);
    if (net->tap && !net->tap(net, from, datagram, net->tap_context))
        free(datagram);
    else
        net->flight[net->flying++] = datagram;
}

static void settle_verdict(struct net *net, const struct wrn_packet *packet)
{
    net_last_verdict = packet->verdict;
    net_last_reason = packet->reason;
    net->verdicts[packet->verdict]++;
    if (packet->verdict == WRN_DROP)
        net->reasons[packet->reason]++;
}

static void take_events(struct net *net, unsigned host)
{
    struct wrn_event events[16];
    size_t           count;
    while ((count = wrn_events(net->host[host].engine, events, 16)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (events[i].peer.slot == UINT32_MAX)
                net->host[host].engine_events |= events[i].bits;
            for (unsigned who = 0; who < net->hosts; who++)
                if (net->host[host].peers[who].generation && net->host[host].peers[who].slot == events[i].peer.slot)
                    net->host[host].events[who] |= events[i].bits;
        }
    }
}

void net_pump(struct net *net, unsigned host)
{
    uint8_t           buffers[4][NET_BYTES];
    struct wrn_packet packets[4];
    size_t            given;
    wrn_advance(net->host[host].engine, net->now);
    do {
        for (unsigned i = 0; i < 4; i++)
            packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = NET_BYTES};
        given = wrn_net_output(net->host[host].engine, net->now, packets, 4);
        for (size_t i = 0; i < given; i++) {
            assert_int_equal(packets[i].verdict, WRN_SEND);
            transmit(net, host, &packets[i]);
        }
    } while (given == 4);
    take_events(net, host);
}

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

uint32_t net_send_from(struct net *net, unsigned from, uint32_t source, uint32_t destination, uint32_t length)
{
    uint8_t  buffer[NET_BYTES] = {0};
    uint8_t *ip = buffer + WRN_HEADROOM;
    uint32_t id = ++net->next_id;
    assert_true(length >= 28 && length + WRN_HEADROOM + WRN_TAILROOM <= NET_BYTES);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[8] = 64;
    ip[9] = 17;
    put32(ip + 12, source);
    put32(ip + 16, destination);
    put32(ip + 20, id);
    struct wrn_packet packet = {.data = buffer, .capacity = NET_BYTES, .offset = WRN_HEADROOM, .length = length};
    wrn_tun_input(net->host[from].engine, net->now, &packet, 1);
    settle_verdict(net, &packet);
    if (packet.verdict == WRN_SEND)
        transmit(net, from, &packet);
    uint8_t verdict = net_last_verdict, reason = net_last_reason;
    net_pump(net, from);
    net_last_verdict = verdict;
    net_last_reason = reason;
    return id;
}

uint32_t net_send(struct net *net, unsigned from, unsigned to, uint32_t length)
{
    return net_send_from(net, from, 0x0a000001u + from, 0x0a000001u + to, length);
}

static uint8_t receive(struct net *net, unsigned to, const struct wrn_endpoint *from, const uint8_t *bytes, size_t length,
                       uint8_t tos)
{
    uint8_t buffer[NET_BYTES];
    assert_true(length <= NET_BYTES);
    memcpy(buffer, bytes, length);
    struct wrn_packet packet = {.data = buffer, .capacity = NET_BYTES, .length = (uint32_t)length, .remote = *from, .tos = tos};
    wrn_net_input(net->host[to].engine, net->now, &packet, 1);
    settle_verdict(net, &packet);
    if (packet.verdict == WRN_SEND)
        transmit(net, to, &packet);
    if (packet.verdict == WRN_DELIVER) {
        const uint8_t *ip = buffer + packet.offset;
        uint32_t id =
            packet.length < 24 ? 0 : (uint32_t)ip[20] << 24 | (uint32_t)ip[21] << 16 | (uint32_t)ip[22] << 8 | (uint32_t)ip[23];
        assert_true(net->delivereds < NET_LOG);
        net->delivered[net->delivereds++] =
            (struct net_delivered){net->now, (uint8_t)to, (uint16_t)packet.length, id, packet.peer};
    }
    uint8_t verdict = packet.verdict, reason = packet.reason;
    net_pump(net, to);
    net_last_verdict = verdict;
    net_last_reason = reason;
    return verdict;
}

uint8_t net_inject(struct net *net, unsigned to, const struct wrn_endpoint *from, const uint8_t *bytes, size_t length)
{
    return receive(net, to, from, bytes, length, 0);
}

static size_t first_arrival(const struct net *net)
{
    size_t best = 0;
    for (size_t i = 1; i < net->flying; i++)
        if (net->flight[i]->at < net->flight[best]->at ||
            (net->flight[i]->at == net->flight[best]->at && net->flight[i]->order < net->flight[best]->order))
            best = i;
    return best;
}

static void arrive(struct net *net, size_t which)
{
    struct net_datagram *datagram = net->flight[which];
    net->flight[which] = net->flight[--net->flying];
    for (unsigned i = 0; i < net->hosts; i++) {
        const struct wrn_endpoint *address = &net->host[i].address;
        if (!memcmp(address->address, datagram->to.address, 16) && address->port == datagram->to.port)
            receive(net, i, &datagram->from, datagram->bytes, datagram->length, datagram->tos);
    }
    free(datagram);
}

void net_run(struct net *net, wrn_time until)
{
    for (;;) {
        wrn_time next = WRN_NEVER;
        unsigned host = NET_HOSTS;
        for (unsigned i = 0; i < net->hosts; i++) {
            wrn_time deadline = wrn_deadline(net->host[i].engine);
            if (deadline < next) {
                next = deadline;
                host = i;
            }
        }
        size_t which = net->flying ? first_arrival(net) : 0;
        bool   arrival = net->flying && net->flight[which]->at <= next;
        if (arrival)
            next = net->flight[which]->at;
        if (next == WRN_NEVER || next > until)
            break;
        assert_true(next >= net->now);
        net->now = next;
        if (arrival)
            arrive(net, which);
        else
            net_pump(net, host);
    }
    net->now = until;
}

static bool matches(const struct net_sent *sent, unsigned host, unsigned type)
{
    if (sent->from != host)
        return false;
    if (type == 5)
        return sent->type == 4 && sent->length > 32;
    if (type == 6)
        return sent->type == 4 && sent->length == 32;
    return type == 0 || sent->type == type;
}

size_t net_sent(const struct net *net, unsigned host, unsigned type, wrn_time from, wrn_time until)
{
    size_t count = 0;
    for (size_t i = 0; i < net->sents; i++)
        count += matches(&net->sent[i], host, type) && net->sent[i].at >= from && net->sent[i].at <= until;
    return count;
}

wrn_time net_sent_at(const struct net *net, unsigned host, unsigned type, size_t nth)
{
    for (size_t i = 0; i < net->sents; i++)
        if (matches(&net->sent[i], host, type) && nth-- == 0)
            return net->sent[i].at;
    return WRN_NEVER;
}

size_t net_received(const struct net *net, unsigned host, uint32_t id)
{
    size_t count = 0;
    for (size_t i = 0; i < net->delivereds; i++)
        count += net->delivered[i].to == host && net->delivered[i].id == id;
    return count;
}

void net_view(const struct net *net, unsigned host, unsigned peer, struct wrn_peer_view *view)
{
    assert_int_equal(wrn_inspect_peer(net->host[host].engine, net->host[host].peers[peer], view), WRN_OK);
}

void net_info(const struct net *net, unsigned host, unsigned peer, struct wrn_peer_info *info)
{
    assert_int_equal(wrn_peer_info(net->host[host].engine, net->host[host].peers[peer], info), WRN_OK);
}

void net_digest(const struct net *net, unsigned host, unsigned parts, uint8_t digest[32])
{
    wrn_digest(net->host[host].engine, parts, digest);
}
