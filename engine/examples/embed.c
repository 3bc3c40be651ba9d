/* Two engines in one program, one packet through the tunnel between them. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <warren/warren.h>

static struct wrn_engine *make(const uint8_t secret[32])
{
    struct wrn_config  config;
    struct wrn_engine *engine;
    wrn_config_default(&config);
    randombytes_buf(config.entropy, sizeof config.entropy);
    size_t size = wrn_engine_size(&config.limits);
    if (wrn_engine_init(&engine, aligned_alloc(16, (size + 15) & ~(size_t)15), size, &config, 0) != WRN_OK)
        exit(1);
    wrn_engine_attach(engine, &wrn_crypto_sodium, NULL, 0);
    wrn_set_private_key(engine, 0, secret);
    wrn_set_up(engine, 0, true);
    return engine;
}

static void introduce(struct wrn_engine *engine, struct wrn_engine *other, uint8_t host, uint8_t inner)
{
    uint8_t                public_key[32];
    struct wrn_peer        peer;
    struct wrn_prefix      prefix = {.address = {10, 0, 0, inner}, .family = 4, .length = 32};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT,
                                     .endpoint = {.address = {192, 0, 2, host}, .family = 4, .port = 51820}};
    wrn_public_key(other, public_key);
    wrn_peer_add(engine, 0, public_key, &peer);
    wrn_peer_set(engine, 0, peer, &change);
    wrn_allowed_add(engine, peer, &prefix, NULL);
}

int main(void)
{
    uint8_t secret[2][32], buffer[256] = {0}, ping[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    if (sodium_init() < 0)
        return 1;
    randombytes_buf(secret, sizeof secret);
    struct wrn_engine *a = make(secret[0]), *b = make(secret[1]);
    introduce(a, b, 2, 2);
    introduce(b, a, 1, 1);

    memcpy(buffer + WRN_HEADROOM, ping, sizeof ping);
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = sizeof ping};
    wrn_tun_input(a, 0, &packet, 1); /* staged: there is no session yet */

    struct wrn_endpoint from_a = {.address = {192, 0, 2, 1}, .family = 4, .port = 51820}, from_b = from_a;
    from_b.address[3] = 2;
    wrn_net_output(a, 0, &packet, 1); /* initiation */
    packet.remote = from_a;
    wrn_net_input(b, 0, &packet, 1); /* answered in place: response */
    packet.remote = from_b;
    wrn_net_input(a, 0, &packet, 1); /* session */
    wrn_net_output(a, 0, &packet, 1); /* the staged packet, sealed */
    packet.remote = from_a;
    wrn_net_input(b, 0, &packet, 1);
    printf("%s: %u bytes\n", wrn_verdict_name(packet.verdict), packet.length);
    int result = packet.verdict == WRN_DELIVER && !memcmp(packet.data + packet.offset, ping, sizeof ping) ? 0 : 1;
    free(a);
    free(b);
    return result;
}
