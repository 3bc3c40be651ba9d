#include "outsider.h"

#include <sodium.h>
#include <string.h>

const struct wrni_provider outsider_crypto = {&wrn_crypto_sodium, NULL};
const struct wrn_endpoint elsewhere = {.address = {198, 51, 100, 7}, .family = 4, .port = 4000};

void outsider_init(struct outsider *o, const uint8_t secret[32], const struct net *net, unsigned host)
{
    memset(o, 0, sizeof *o);
    wrni_identity_set(outsider_crypto, &o->identity, secret);
    net_public_key(net, host, o->to);
    (void)wrni_dh(outsider_crypto, o->identity.secret, o->to, o->static_static);
    o->index = 0x01020304u;
}

struct wrn_peer outsider_join(struct outsider *o, struct net *net, unsigned host, uint8_t name)
{
    struct wrn_engine *engine = net->host[host].engine;
    struct wrn_prefix prefix = {.address = {10, 1, 0, name}, .family = 4, .length = 32};
    struct wrn_peer peer;
    uint8_t secret[32];
    memset(secret, name, sizeof secret);
    outsider_init(o, secret, net, host);
    assert_int_equal(wrn_peer_add(engine, net->now, o->identity.public_key, &peer), WRN_OK);
    assert_int_equal(wrn_allowed_add(engine, peer, &prefix, NULL), WRN_OK);
    return peer;
}

static void draw(struct outsider *o, uint8_t ephemeral[32])
{
    memset(ephemeral, 0x77, 32);
    o->draws++;
    for (unsigned i = 0; i < 8; i++)
        ephemeral[i + 1] = (uint8_t)(o->draws >> (8 * i));
}

void outsider_initiate(struct outsider *o, uint64_t unix_seconds, uint32_t nanoseconds, wrn_time now, uint8_t message[148])
{
    struct wrni_remote remote = {o->to, o->preshared_key, o->static_static};
    uint8_t ephemeral[32], stamp[12], key[32];
    memset(message, 0, 148);
    draw(o, ephemeral);
    wrni_store_be64(stamp, UINT64_C(0x400000000000000a) + unix_seconds);
    wrni_store_be32(stamp + 8, nanoseconds);
    wrni_store_le32(message, 1);
    wrni_store_le32(message + 4, o->index);
    assert_true(wrni_noise_write_initiation(outsider_crypto, &o->identity, &remote, ephemeral, stamp, message, &o->pending));
    wrni_mac1_key(outsider_crypto, o->to, key);
    wrni_cookie_stamp(outsider_crypto, &o->jar, key, WRNI_INITIATION, message, now);
}

bool outsider_respond(struct outsider *o, const uint8_t initiation[148], wrn_time now, uint8_t message[92])
{
    struct wrni_remote remote = {o->to, o->preshared_key, o->static_static};
    struct wrni_reading reading;
    uint8_t who[32], stamp[12], ephemeral[32], chain[32], key[32];
    if (!wrni_noise_open_static(outsider_crypto, &o->identity, initiation, &reading, who) ||
        !wrni_noise_open_stamp(outsider_crypto, &reading, &remote, initiation, stamp))
        return false;
    memset(message, 0, 92);
    draw(o, ephemeral);
    wrni_store_le32(message, 2);
    wrni_store_le32(message + 4, o->index);
    memcpy(message + 8, initiation + 4, 4);
    o->remote_index = wrni_load_le32(initiation + 4);
    if (!wrni_noise_write_response(outsider_crypto, &reading, &remote, ephemeral, message, chain))
        return false;
    wrni_mac1_key(outsider_crypto, o->to, key);
    wrni_cookie_stamp(outsider_crypto, &o->jar, key, WRNI_RESPONSE, message, now);
    wrni_noise_split(outsider_crypto, chain, o->receive_key, o->send_key);
    o->counter = 0;
    return true;
}

bool outsider_finish(struct outsider *o, const uint8_t response[92])
{
    struct wrni_remote remote = {o->to, o->preshared_key, o->static_static};
    uint8_t chain[32];
    if (wrni_load_le32(response + 8) != o->index ||
        !wrni_noise_read_response(outsider_crypto, &o->identity, &o->pending, &remote, response, chain))
        return false;
    wrni_noise_split(outsider_crypto, chain, o->send_key, o->receive_key);
    o->remote_index = wrni_load_le32(response + 4);
    o->counter = 0;
    return true;
}

bool outsider_cookie(struct outsider *o, const uint8_t reply[64], wrn_time now)
{
    uint8_t key[32];
    wrni_cookie_key(outsider_crypto, o->to, key);
    return wrni_load_le32(reply + 4) == o->index && wrni_cookie_consume(outsider_crypto, &o->jar, key, reply, now);
}

size_t outsider_seal(struct outsider *o, uint64_t counter, const uint8_t *plain, size_t length, uint8_t *out)
{
    struct wrn_aead seal = {.key = o->send_key, .counter = counter, .data = out + 16, .length = length};
    wrni_store_le32(out, 4);
    wrni_store_le32(out + 4, o->remote_index);
    wrni_store_le64(out + 8, counter);
    if (length)
        memcpy(out + 16, plain, length);
    wrn_crypto_sodium.seal(NULL, &seal, 1);
    return length + 32;
}

size_t outsider_packet(struct outsider *o, struct net *net, uint8_t name, uint32_t length, uint8_t *out)
{
    uint8_t ip[NET_BYTES] = {0x45, [2] = (uint8_t)(length >> 8), (uint8_t)length, [8] = 64, 17};
    assert_true(length >= 28 && length <= NET_BYTES - 32);
    wrni_store_be32(ip + 12, 0x0a010000u + name);
    wrni_store_be32(ip + 16, 0x0a000001u);
    wrni_store_be32(ip + 20, ++net->next_id);
    return outsider_seal(o, o->counter++, ip, length, out);
}

void remac(const uint8_t recipient[32], enum wrni_kind kind, uint8_t *message)
{
    uint8_t key[32];
    size_t at = wrni_wire_mac1_at(kind);
    wrni_mac1_key(outsider_crypto, recipient, key);
    wrni_mac(outsider_crypto, NULL, key, 32, message, at, message + at, 16);
    memset(message + at + 16, 0, 16);
}

void remac_for(const struct net *net, unsigned host, enum wrni_kind kind, uint8_t *message)
{
    uint8_t key[32];
    net_public_key(net, host, key);
    remac(key, kind, message);
}

static uint8_t room[NET_BYTES];

struct wrn_packet knock(struct net *net, unsigned host, const struct wrn_endpoint *from, const uint8_t *bytes, size_t length)
{
    assert_true(length <= sizeof room);
    struct wrn_packet packet = {.data = room, .capacity = sizeof room, .length = (uint32_t)length, .remote = *from};
    if (length && bytes != room)
        memcpy(room, bytes, length);
    wrn_net_input(net->host[host].engine, net->now, &packet, 1);
    return packet;
}

bool knock_output(struct net *net, unsigned host, struct wrn_packet *packet)
{
    *packet = (struct wrn_packet){.data = room, .capacity = sizeof room};
    return wrn_net_output(net->host[host].engine, net->now, packet, 1) == 1;
}

static bool catch_one(struct net *net, unsigned from, struct net_datagram *datagram, void *context)
{
    struct caught *caught = context;
    unsigned type = datagram->bytes[0];
    (void)net;
    assert_in_range(type, 1, 4);
    caught->last[from][type] = *datagram;
    caught->count[from][type]++;
    return !(caught->cut[from] & 1u << type);
}

void net_catch(struct net *net, struct caught *caught)
{
    memset(caught, 0, sizeof *caught);
    net->tap = catch_one;
    net->tap_context = caught;
}
