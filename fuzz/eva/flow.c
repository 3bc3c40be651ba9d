/*
 * What Eva analyses: one engine with one peer, brought into a state (STATE) by known cryptography, and then one of the five flow calls
 * (CALL) with a packet of any bytes and any length at any later time, under cryptography that gives any bytes and any outcome, so
 * that every branch behind an authentication is taken, too. tools/eva runs all pairs.
 *
 *   STATE  0 idle   1 an initiation is out   2 a session as initiator   3 a session as responder
 *   CALL   0 wrn_net_input   1 wrn_tun_input   2 wrn_advance   3 wrn_net_output   4 wrn_net_unsent
 */
#include "warren/warren.h"

#include <__fc_builtin.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 15, PACKET = 256, KNOWN = 7 };

static uint8_t  memory[MEMORY];
static bool     any; /* results are unknown from now on */
static wrn_time now = WRN_SECOND;

static bool outcome(void) { return any ? (bool)Frama_C_interval(0, 1) : true; }

static void result(uint8_t *at, size_t size)
{
    if (any)
        Frama_C_make_unknown((char *)at, size);
    else
        memset(at, KNOWN, size);
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        result(operations[i].out, 32);
        operations[i].good = outcome();
    }
}

/* Known ciphertext is the plaintext, and its tag is not looked at. */
static void aead(struct wrn_aead *operations, size_t count, bool sealing)
{
    for (size_t i = 0; i < count; i++) {
        if (any)
            Frama_C_make_unknown((char *)operations[i].data, operations[i].length + (sealing ? WRN_TAG_BYTES : 0));
        else if (sealing)
            memset(operations[i].data + operations[i].length, KNOWN, WRN_TAG_BYTES);
        operations[i].good = sealing ? true : outcome();
    }
}

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    aead(operations, count, true);
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    aead(operations, count, false);
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        result(operations[i].data, operations[i].length + WRN_TAG_BYTES);
        operations[i].good = true;
    }
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        result(operations[i].data, operations[i].length);
        operations[i].good = outcome();
    }
}

static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        result(operations[i].out, 32);
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++)
        result(operations[i].out, operations[i].out_length);
}

static const struct wrn_crypto crypto = {
    .name = "eva", .dh = dh, .seal = seal, .open = open, .xseal = xseal, .xopen = xopen, .hash = hash, .mac = mac};

_Noreturn void wrn_panic(const char *what, const char *file, int line)
{
    (void)what;
    (void)file;
    (void)line;
    exit(1);
}

static const struct wrn_endpoint remote = {{192, 0, 2, 1}, 51820, 4, 0, 0};
static const uint8_t             public_key[32] = {9};

static struct wrn_engine *configured(struct wrn_peer *peer)
{
    static const uint8_t          secret[32] = {1};
    static const struct wrn_prefix prefix = {{10, 0, 0, 1}, 4, 32};
    struct wrn_config             config;
    struct wrn_engine            *engine = (struct wrn_engine *)(void *)memory; /* as init says */
    struct wrn_peer_change        change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = remote};
    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 1, .prefixes = 1, .window_bits = 128, .stage_slots = 1, .stage_share = 1,
                                        .stage_bytes = 128, .sources = 1, .lanes = 1, .orders = 16};
    if (wrn_engine_init(&engine, memory, sizeof memory, &config, now) != WRN_OK)
        exit(1);
    wrn_engine_attach(engine, &crypto, NULL, 0);
    wrn_set_private_key(engine, now, secret);
    wrn_set_up(engine, now, true);
    if (wrn_peer_add(engine, now, public_key, peer) != WRN_OK)
        exit(1);
    wrn_peer_set(engine, now, *peer, &change);
    wrn_allowed_add(engine, *peer, &prefix, NULL);
    return engine;
}

/* A packet waits, and an initiation goes out for it; its sender index. */
static void initiated(struct wrn_engine *engine, uint8_t index[4])
{
    uint8_t           buffer[PACKET] = {0};
    struct wrn_packet packet = {.data = buffer, .capacity = PACKET, .offset = WRN_HEADROOM, .length = 20};
    buffer[WRN_HEADROOM] = 0x45;
    buffer[WRN_HEADROOM + 3] = 20;
    memcpy(buffer + WRN_HEADROOM + 16, (uint8_t[]){10, 0, 0, 1}, 4);
    wrn_tun_input(engine, now, &packet, 1);
    packet.offset = packet.length = 0;
    wrn_net_output(engine, now, &packet, 1);
    memcpy(index, buffer + 4, 4);
}

static void taken(struct wrn_engine *engine, uint8_t *message, uint32_t length)
{
    struct wrn_packet packet = {.data = message, .capacity = length, .length = length, .remote = remote};
    wrn_net_input(engine, now, &packet, 1);
}

static void responded(struct wrn_engine *engine)
{
    uint8_t message[148] = {1, 0, 0, 0, 5}, data[32] = {4};
    memcpy(message + 40, public_key, 32); /* the static key, as it opens */
    message[88] = 0x40;                   /* and the stamp */
    memset(message + 116, KNOWN, 16);     /* mac1 */
    taken(engine, message, sizeof message);
    memcpy(data + 4, message + 4, 4); /* the response stands where the initiation was; a keepalive confirms it */
    taken(engine, data, sizeof data);
}

int main(void)
{
    struct wrn_peer    peer;
    uint8_t            index[4], response[92] = {2, 0, 0, 0, 5}, buffer[PACKET];
    struct wrn_engine *engine = configured(&peer);
    struct wrn_packet  packet = {.data = buffer, .capacity = PACKET, .remote = remote, .peer = peer};
    struct wrn_peer_info info;

    if (STATE == 1 || STATE == 2)
        initiated(engine, index);
    if (STATE == 2) {
        memcpy(response + 8, index, 4);
        memset(response + 60, KNOWN, 16);
        taken(engine, response, sizeof response);
    }
    if (STATE == 3)
        responded(engine);

    if (wrn_peer_info(engine, peer, &info) == WRN_OK)
        Frama_C_show_each_state(info.has_session, info.staged);
    any = true;
    Frama_C_make_unknown((char *)buffer, PACKET);
    now += (wrn_time)Frama_C_interval(0, 1000000) * 1000000;
    packet.length = (uint32_t)Frama_C_interval(0, PACKET);
    switch (CALL) {
    case 0:
        wrn_net_input(engine, now, &packet, 1);
        break;
    case 1:
        packet.offset = WRN_HEADROOM;
        packet.length = (uint32_t)Frama_C_interval(0, PACKET - WRN_HEADROOM);
        wrn_tun_input(engine, now, &packet, 1);
        break;
    case 2:
        wrn_advance(engine, now);
        break;
    case 3:
        wrn_net_output(engine, now, &packet, 1);
        break;
    default:
        wrn_net_unsent(engine, now, &packet, 1);
    }
    return 0;
}
