/* Two engines in one program, and one packet through the tunnel between them. Every call has a status; a real host looks at it. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <warren/warren.h>

static const struct wrn_endpoint outer[2] = {{{192, 0, 2, 1}, 51820, 4, 0, 0}, {{192, 0, 2, 2}, 51820, 4, 0, 0}};
static const struct wrn_prefix   inner[2] = {{{10, 0, 0, 1}, 4, 32}, {{10, 0, 0, 2}, 4, 32}};

static struct wrn_engine *make(int self, uint8_t secret[2][32], uint8_t public_key[2][32])
{
    struct wrn_config      config;
    struct wrn_engine     *engine;
    struct wrn_peer        peer;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = outer[!self]};
    wrn_config_default(&config);
    randombytes_buf(config.entropy, sizeof config.entropy);
    size_t size = (wrn_engine_size(&config.limits) + 15) & ~(size_t)15;
    if (wrn_engine_init(&engine, aligned_alloc(16, size), size, &config, 0) != WRN_OK)
        exit(1);
    wrn_engine_attach(engine, &wrn_crypto_sodium, NULL, 0);
    wrn_set_private_key(engine, 0, secret[self]);
    wrn_set_up(engine, 0, true);
    wrn_peer_add(engine, 0, public_key[!self], &peer);
    wrn_peer_set(engine, 0, peer, &change);
    wrn_allowed_add(engine, peer, &inner[!self], NULL);
    return engine;
}

int main(void)
{
    uint8_t secret[2][32], public_key[2][32], ping[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    if (sodium_init() < 0)
        return 1;
    for (int i = 0; i < 2; i++)
        crypto_box_keypair(public_key[i], secret[i]);
    struct wrn_engine *engine[2] = {make(0, secret, public_key), make(1, secret, public_key)};

    uint8_t           buffer[256];
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = sizeof ping};
    memcpy(buffer + packet.offset, ping, sizeof ping);
    wrn_tun_input(engine[0], 0, &packet, 1); /* TAKEN: staged, since there is no session yet */
    for (int to = 1; packet.verdict != WRN_DELIVER; to = !to) {
        if (packet.verdict == WRN_TAKEN && !wrn_net_output(engine[!to], 0, &packet, 1)) /* initiation; later the staged packet */
            return 1;
        packet.remote = outer[!to];
        wrn_net_input(engine[to], 0, &packet, 1); /* SEND: the response, in place; TAKEN: a session; DELIVER: the packet */
    }
    printf("delivered %u bytes\n", packet.length);
    int differs = memcmp(packet.data + packet.offset, ping, sizeof ping);
    free(engine[0]);
    free(engine[1]);
    return differs != 0;
}
