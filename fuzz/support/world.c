/* The world at its beginnings. */
#include "whole.h"
#include "model.h"
#include "reached.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "pin.h"

uint8_t fuzz_us_secret[32], fuzz_us_public[32];

const struct wrn_endpoint fuzz_sources[FUZZ_SOURCES] = {
    {.address = {192, 0, 2, 1}, .port = 51820, .family = 4},
    {.address = {0x20, 1, 0xd, 0xb8, 2, [15] = 2}, .port = 51820, .family = 6},
    {.address = {198, 51, 100, 7}, .port = 4000, .family = 4},
    {.address = {0x20, 1, 0xd, 0xb8, 5, [15] = 1}, .port = 4000, .family = 6},
    {.address = {192, 0, 2, 1}, .port = 1024, .family = 4},
    {.address = {0x20, 1, 0xd, 0xb8, 5, [15] = 9}, .port = 4000, .family = 6}, /* the /64 of number 3 */
    {.address = {203, 0, 113, 9}, .port = 0, .family = 4},
    {.address = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1}, .port = 51820, .family = 6},
};

static const struct { unsigned peer; struct wrn_prefix prefix; } routes[] = {
    {FUZZ_A, {{10, 0, 0, 0}, 4, 24}},
    {FUZZ_B, {{10, 0, 0, 128}, 4, 25}}, /* out of A's */
    {FUZZ_C, {{10, 2, 0, 0}, 4, 16}},
    {FUZZ_A, {{10, 2, 3, 4}, 4, 32}}, /* out of C's */
    {FUZZ_A, {{0xfd, 0xa}, 6, 32}},
    {FUZZ_B, {{0xfd, 0xa, 0, 0, 0xb}, 6, 40}}, /* out of A's */
    {FUZZ_C, {{0xfd, 0xc, [15] = 3}, 6, 128}},
};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static struct { uint8_t memory[FUZZ_MEMORY]; struct fuzz_world world; } image[FUZZ_SNAPSHOTS];
static _Alignas(16) uint8_t live[FUZZ_MEMORY];
static struct fuzz_world    world;
static struct wrn_counters  fresh; /* of the world that lives, at its beginning */
static bool                 lives;
static size_t               size;

size_t fuzz_memory(void) { return size; }

unsigned fuzz_owner(uint8_t family, const uint8_t *address)
{
    unsigned best = FUZZ_PEERS;
    int      longest = -1;
    for (unsigned i = 0; i < ROUTES; i++) {
        const struct wrn_prefix *prefix = &routes[i].prefix;
        bool                     in = prefix->family == family;
        for (unsigned bit = 0; in && bit < prefix->length; bit++)
            in = ((address[bit / 8] ^ prefix->address[bit / 8]) >> (7 - bit % 8) & 1) == 0;
        if (in && prefix->length > longest) {
            longest = prefix->length;
            best = routes[i].peer;
        }
    }
    return best;
}

void fuzz_inner(uint8_t *plain, uint32_t length, uint8_t family, unsigned peer, bool from_peer)
{
    static const uint8_t four[FUZZ_PEERS][4] = {{10, 0, 0, 1}, {10, 0, 0, 129}, {10, 2, 0, 1}};
    static const uint8_t six[FUZZ_PEERS][16] = {{0xfd, 0xa, [15] = 1}, {0xfd, 0xa, 0, 0, 0xb, [15] = 1}, {0xfd, 0xc, [15] = 3}};
    static uint8_t       pattern[4096]; /* byte i is 7 i */
    uint32_t             least = family == 4 ? 20 : 40;
    for (unsigned i = sizeof pattern; i-- > 0 && !pattern[1];) /* the first time */
        pattern[i] = (uint8_t)(i * 7);
    memset(plain, 0, least);
    if (family == 4) {
        plain[0] = 0x45;
        plain[2] = (uint8_t)(length >> 8);
        plain[3] = (uint8_t)length;
        plain[8] = 64;
        memcpy(plain + (from_peer ? 12 : 16), four[peer], 4);
    } else {
        plain[0] = 0x60;
        plain[4] = (uint8_t)((length - 40) >> 8);
        plain[5] = (uint8_t)(length - 40);
        memcpy(plain + (from_peer ? 8 : 24), six[peer], 16);
    }
    for (uint32_t i = least, step; i < length; i += step) {
        step = (uint32_t)sizeof pattern - i % 256;
        step = length - i < step ? length - i : step;
        memcpy(plain + i, pattern + i % 256, step);
    }
}

/* Making the snapshots. ------------------------------------------------------------------------------------------------------ */

static void must(bool holds, const char *what) { FUZZ_CHECK(holds, "snapshot", "%s", what); }

static void begin(uint8_t fill)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits = (struct wrn_limits){.peers = 4,
                                        .prefixes = 16,
                                        .window_bits = FUZZ_WINDOW,
                                        .stage_slots = FUZZ_STAGE,
                                        .stage_share = FUZZ_SHARE,
                                        .stage_bytes = FUZZ_STAGED,
                                        .sources = 16,
                                        .lanes = 1,
                                        .orders = 16};
    fuzz_entropy(0, config.entropy);
    size = wrn_engine_size(&config.limits);
    must(size && size <= FUZZ_MEMORY, "the engine fits its memory");
    memset(live, fill, sizeof live);
    memset(&world, 0, sizeof world);
    world.now = FUZZ_BEGIN;
    world.mtu = 1420;
    must(wrn_engine_init(&world.engine, live, size, &config, world.now) == WRN_OK, "it begins");
    wrn_engine_attach(world.engine, &fuzz_crypto, (void *[]){&world.crypto}, 1);
    wrn_wall(world.engine, world.now, FUZZ_UNIX, 0);
    must(wrn_set_private_key(world.engine, world.now, fuzz_us_secret) == WRN_OK, "it has a key");
    for (unsigned i = 0; i < FUZZ_PEERS; i++) {
        struct fuzz_peer      *peer = &world.peer[i];
        struct wrn_peer_change change = {.mask = i == FUZZ_C ? 0 : WRN_CHANGE_ENDPOINT, .endpoint = fuzz_sources[i]};
        fuzz_entropy(10 + i, peer->secret);
        fuzz_public(peer->public_key, peer->secret);
        if (i == FUZZ_B) {
            fuzz_entropy(20, peer->psk);
            memcpy(change.preshared_key, peer->psk, 32);
            change.mask |= WRN_CHANGE_PRESHARED_KEY;
        }
        must(wrn_peer_add(world.engine, world.now, peer->public_key, &peer->handle) == WRN_OK, "a peer joins");
        must(wrn_peer_set(world.engine, world.now, peer->handle, &change) == WRN_OK, "a peer is configured");
        if (i != FUZZ_C)
            peer->endpoint = fuzz_sources[i];
    }
    for (unsigned i = 0; i < ROUTES; i++)
        must(wrn_allowed_add(world.engine, world.peer[routes[i].peer].handle, &routes[i].prefix, NULL) == WRN_OK, "a route");
    must(wrn_set_up(world.engine, world.now, true) == WRN_OK, "it is up");
    fuzz_drain(&world);
}

struct fuzz_hand fuzz_call(const struct fuzz_world *of, unsigned peer, const uint8_t ephemeral[32], uint32_t sender,
                           uint64_t seconds, uint8_t message[148])
{
    struct fuzz_hand hand;
    uint8_t          stamp[12];
    fuzz_stamp(stamp, seconds, 0);
    fuzz_initiate(message, &hand, &(struct fuzz_caller){of->peer[peer].secret, ephemeral, NULL, NULL}, fuzz_us_public, sender,
                  stamp);
    fuzz_macs(message, FUZZ_INITIATION, fuzz_us_public, NULL);
    return hand;
}

static void initiated(unsigned peer)
{
    uint8_t plain[64];
    fuzz_inner(plain, sizeof plain, 4, peer, false);
    must(fuzz_tun(&world, plain, sizeof plain, WRN_HEADROOM, WRN_TAILROOM, 0) == WRN_TAKEN, "a packet waits");
    fuzz_drain(&world);
    must(world.peer[peer].pending, "an initiation went out");
}

bool fuzz_complete(struct fuzz_world *of, unsigned peer)
{
    struct fuzz_peer *from = &of->peer[peer];
    uint8_t           message[FUZZ_RESPONSE], ephemeral[32], keys[2][32];
    if (!from->pending)
        return false;
    fuzz_entropy(30 + peer, ephemeral);
    fuzz_respond(message, keys[0], keys[1], &from->hand, ephemeral, NULL, fuzz_us_public, from->psk, 0x51000000 + peer,
                 fuzz_get32(from->initiation + 4));
    fuzz_macs(message, sizeof message, fuzz_us_public, NULL);
    return fuzz_net(of, peer, 0, message, sizeof message, 0) == WRN_TAKEN;
}

static bool called(struct fuzz_world *of, unsigned peer, unsigned number)
{
    uint8_t message[FUZZ_INITIATION], ephemeral[32];
    fuzz_entropy(40 + 10 * peer + number, ephemeral);
    (void)fuzz_call(of, peer, ephemeral, 0x1c000000 + 16 * peer + number, FUZZ_UNIX + number, message);
    return fuzz_net(of, peer, 0, message, sizeof message, 0) == WRN_SEND && !of->peer[peer].session[WRN_NEXT].seens &&
           of->peer[peer].session[WRN_NEXT].there;
}

static bool sealed(struct fuzz_world *of, unsigned peer, unsigned place, uint64_t counter)
{
    const struct fuzz_session *session = &of->peer[peer].session[place];
    uint8_t                    message[32];
    fuzz_seal_data(message, session->receive, session->local, counter, NULL, 0);
    return fuzz_net(of, peer, 0, message, sizeof message, 0) == WRN_TAKEN;
}

bool fuzz_confirm(struct fuzz_world *of, unsigned peer, unsigned number)
{
    return called(of, peer, number) && sealed(of, peer, WRN_NEXT, 0);
}

static void given_cookie(unsigned peer)
{
    uint8_t reply[FUZZ_COOKIE], nonce[32], cookie[32];
    fuzz_entropy(80 + peer, nonce);
    fuzz_entropy(90 + peer, cookie);
    fuzz_seal_cookie(reply, fuzz_get32(world.peer[peer].initiation + 4), world.peer[peer].public_key, nonce, cookie,
                     world.peer[peer].mac1);
    must(fuzz_net(&world, 2, 0, reply, sizeof reply, 0) == WRN_TAKEN, "a cookie is taken");
}

static void loaded(void)
{
    uint8_t message[FUZZ_INITIATION], ephemeral[32];
    wrn_report_load(world.engine, world.now);
    world.loaded_until = world.now + WRN_SECOND;
    fuzz_entropy(99, ephemeral);
    (void)fuzz_call(&world, FUZZ_A, ephemeral, 7, FUZZ_UNIX, message);
    for (unsigned source = 0; source < FUZZ_SOURCES; source++)
        must(fuzz_net(&world, source, 0, message, sizeof message, 0) == WRN_SEND, "a cookie reply");
    for (unsigned source = 1; source < FUZZ_SOURCES; source++) /* P-30: address and port */
        for (unsigned other = 0; other < source; other++)
            must(memcmp(world.cookie[source], world.cookie[other], 16) != 0, "each source has a cookie of its own");
    world.has_cookies = true;
    world.cookies_until = world.now + 120 * WRN_SECOND;
}

static void age(unsigned seconds)
{
    fuzz_advance(&world, seconds * WRN_SECOND);
}

/* Each goes through all that the one before it of its kind did; the images differ in nothing else. */
static void make(enum fuzz_snapshot number)
{
    static const uint64_t counters[2] = {UINT64_C(1) << 60, UINT64_MAX - 8195};
    if (number == FUZZ_S0_IDLE)
        return;
    for (unsigned peer = FUZZ_A; peer <= FUZZ_B; peer++) {
        if (number == FUZZ_S3_NEXT || number == FUZZ_S4_PREVIOUS) {
            must(called(&world, peer, 1), "an initiation is answered");
            if (number == FUZZ_S3_NEXT)
                continue;
            must(sealed(&world, peer, WRN_NEXT, 0), "a keepalive is taken");
            age(6);
            must(fuzz_confirm(&world, peer, 2), "another session");
            age(6);
            must(peer != FUZZ_B || called(&world, peer, 3), "a third session");
            continue;
        }
        initiated(peer);
        if (number == FUZZ_S8_COOKIE)
            given_cookie(peer);
        if (number >= FUZZ_S2_CURRENT && number <= FUZZ_S6_REJECT)
            must(fuzz_complete(&world, peer), "a response is taken");
        if (number == FUZZ_S6_REKEY || number == FUZZ_S6_REJECT) {
            uint64_t counter = counters[number == FUZZ_S6_REJECT];
            must(wrn_pin_counter(world.engine, world.peer[peer].handle, WRN_CURRENT, counter) == WRN_OK, "a counter is set");
            world.peer[peer].session[WRN_CURRENT].sent = counter;
            must(sealed(&world, peer, WRN_CURRENT, number == FUZZ_S6_REJECT ? UINT64_MAX - 8133 : counter - 3), "a keepalive");
        }
    }
    if (number >= FUZZ_S5_119 && number <= FUZZ_S5_179)
        age(number == FUZZ_S5_119 ? 119 : number == FUZZ_S5_164 ? 164 : 179);
    if (number == FUZZ_S7_LOADED)
        loaded();
}

static void make_all(void)
{
    if (sodium_init() < 0)
        abort();
    fuzz_entropy(1, fuzz_us_secret);
    fuzz_public(fuzz_us_public, fuzz_us_secret);
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++) {
        begin(0);
        make((enum fuzz_snapshot)i);
        memcpy(image[i].memory, live, size);
        begin(0xaa);
        make((enum fuzz_snapshot)i);
        FUZZ_CHECK(!memcmp(image[i].memory, live, size), "replay", "snapshot %u depends on what was in the memory before", i);
        world.crypto = (struct fuzz_crypto){0};
        image[i].world = world;
    }
}

void fuzz_world_over(void)
{
    struct wrn_counters now;
    if (!lives)
        return;
    lives = false;
    wrn_counters(world.engine, &now);
    fuzz_reached_reasons(&now, &fresh);
}

struct fuzz_world *fuzz_world(enum fuzz_snapshot snapshot)
{
    static bool made;
    if (!made)
        make_all();
    made = true;
    fuzz_world_over();
    fuzz_copy(live, image[snapshot].memory, size);
    wrn_counters((const struct wrn_engine *)(const void *)live, &fresh);
    world = image[snapshot].world;
    world.snapshot = snapshot;
    world.touched = false;
    lives = true;
    return &world;
}
