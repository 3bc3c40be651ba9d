#include "world.h"

static const struct wrn_endpoint somewhere = {.address = {192, 0, 2, 1}, .family = 4, .port = 51820};

static void must(bool good)
{
    if (!good)
        wrn_panic("the benchmark's own world", __FILE__, __LINE__);
}

struct wrn_engine *bench_engine(uint8_t number, uint32_t peers, uint32_t window_bits, const struct wrn_crypto *crypto)
{
    struct wrn_config  config;
    struct wrn_engine *engine;
    uint8_t            secret[32];

    must(sodium_init() >= 0);
    wrn_config_default(&config);
    config.limits.peers = peers;
    config.limits.prefixes = peers;
    config.limits.window_bits = window_bits;
    config.limits.stage_slots = 4;
    config.entropy[0] = number;
    size_t size = wrn_engine_size(&config.limits);
    must(wrn_engine_init(&engine, aligned_alloc(16, (size + 15) & ~(size_t)15), size, &config, 0) == WRN_OK);
    wrn_engine_attach(engine, crypto, NULL, 0);
    wrn_wall(engine, 0, 1700000000, 0);
    memset(secret, 0x40 + number, sizeof secret);
    must(wrn_set_private_key(engine, 0, secret) == WRN_OK);
    must(wrn_set_up(engine, 0, true) == WRN_OK);
    return engine;
}

static struct wrn_peer introduce(struct wrn_engine *engine, const uint8_t key[32], uint32_t inner)
{
    struct wrn_peer        peer;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = somewhere};
    struct wrn_prefix      prefix = {.family = 4, .length = 32};
    wrni_store_be32(prefix.address, inner);
    must(wrn_peer_add(engine, 0, key, &peer) == WRN_OK);
    must(wrn_peer_set(engine, 0, peer, &change) == WRN_OK);
    must(wrn_allowed_add(engine, peer, &prefix, NULL) == WRN_OK);
    return peer;
}

void bench_pair_make(struct bench_pair *pair, const struct wrn_crypto *crypto)
{
    uint8_t key[32];
    pair->a = bench_engine(1, 1, 8192, crypto);
    pair->b = bench_engine(2, 1, 8192, crypto);
    pair->now = 0;
    wrn_public_key(pair->b, key);
    pair->peer_of_a = introduce(pair->a, key, 0x0a000002);
    wrn_public_key(pair->a, key);
    pair->peer_of_b = introduce(pair->b, key, 0x0a000001);
    bench_handshake(pair);
}

void bench_pair_free(struct bench_pair *pair)
{
    free(pair->a);
    free(pair->b);
}

void bench_handshake(struct bench_pair *pair)
{
    uint8_t           buffer[BENCH_BUFFER];
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};

    pair->now += 6 * WRN_SECOND;
    wrni_clock(pair->a, pair->now);
    wrni_request(pair->a, pair->peer_of_a.slot, false);
    must(wrn_net_output(pair->a, pair->now, &packet, 1) == 1 && packet.length == 148);
    packet.remote = somewhere;
    wrn_net_input(pair->b, pair->now, &packet, 1);
    must(packet.verdict == WRN_SEND);
    wrn_net_input(pair->a, pair->now, &packet, 1);
    must(packet.verdict == WRN_TAKEN);
    must(wrn_net_output(pair->a, pair->now, &packet, 1) == 1 && packet.length == 32);
    packet.remote = somewhere;
    wrn_net_input(pair->b, pair->now, &packet, 1);
    must(packet.verdict == WRN_TAKEN);
}

struct wrn_engine *bench_crowd(uint32_t peers)
{
    struct wrn_engine *engine = bench_engine(1, peers, 256, &wrn_crypto_sodium);
    for (uint32_t i = 0; i < peers; i++) {
        uint8_t key[32] = {0};
        wrni_store_le32(key, i + 1);
        key[31] = 0x11;
        struct wrn_peer  peer = introduce(engine, key, 0x0a000000u + i);
        struct wrn_order order = {.kind = WRNI_ORDER_INITIATED,
                                  .slot = peer.slot,
                                  .generation = peer.generation,
                                  .local_index = i,
                                  .remote_index = i};
        memcpy(order.send_key, key, 32);
        memcpy(order.receive_key, key, 32);
        wrni_order(engine, &order);
    }
    uint8_t           buffer[BENCH_BUFFER];
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
    while (wrn_net_output(engine, 0, &packet, 1))
        ;
    return engine;
}

void bench_plaintext(uint8_t *packet, uint32_t length, uint32_t destination)
{
    memset(packet, 0, length);
    packet[0] = 0x45;
    wrni_store_be16(packet + 2, (uint16_t)length);
    packet[8] = 64;
    packet[9] = 17;
    wrni_store_be32(packet + 12, 0x0a000001);
    wrni_store_be32(packet + 16, destination);
}
