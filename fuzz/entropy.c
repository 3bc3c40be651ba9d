/*
 * entropy: what an engine draws, and that it comes from the entropy it was given (drbg, peer, gate, config).
 *
 * Input: version 0, which entropy at first; then operations of 3 bytes, 24 at most: what, a, b. The same plan is run four times:
 * with that entropy, with it again, with another one, and with it but stirred with something else.
 *
 *   0  a packet to a peer, and all output  1  a peer calls  2  time  3  stirred  4  a peer calls under load
 *   5  a peer goes and comes back with the same key
 *
 * Oracles:
 *   entropy-other-run  the same entropy draws something else (law 1)
 *   entropy-twice      an ephemeral key or a nonce of a cookie reply comes twice in one life, also of a peer added again
 *   entropy-none       something drawn does not depend on the entropy at first, or not on what was stirred in after it
 */
#include "crypto.h"
#include "fuzz.h"
#include "straight.h"
#include "warren/warren.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 24, PEERS = 2, MOST = 64, PACKET = 256, MEMORY = 1 << 15, NUMBERS = 4 };
enum drawn { EPHEMERAL, NONCE, COOKIE, INDEX, JITTER, KINDS };
enum life { FIRST, SAME, OTHER, STIRRED, LIVES };

static const char *const names[KINDS] = {"ephemeral key", "nonce of a cookie reply", "cookie", "index", "jitter"};

struct draws {
    unsigned count;
    uint8_t bytes[MOST][32];
};

struct run {
    struct wrn_engine *engine;
    struct wrn_peer peer[PEERS];
    wrn_time now;
    uint64_t stamp;
    bool otherwise, stirred; /* another entropy is stirred in than in the first life; some was */
    unsigned before[KINDS];  /* drawn before the first of it */
    struct draws draws[KINDS];
};

static struct run lives[LIVES];
static _Alignas(16) uint8_t memory[MEMORY];
static uint8_t own[2][32], peers[PEERS][2][32]; /* secret, public */

static void draw(struct run *run, enum drawn kind, const uint8_t *bytes, size_t size)
{
    struct draws *draws = &run->draws[kind];
    uint8_t whole[32] = {0};
    memcpy(whole, bytes, size);
    for (unsigned i = 0; i < draws->count && kind <= NONCE; i++)
        FUZZ_CHECK(memcmp(draws->bytes[i], whole, 32), "entropy-twice", "the %s number %u is that of %u", names[kind],
                   draws->count, i);
    if (draws->count < MOST)
        memcpy(draws->bytes[draws->count++], whole, 32);
}

static unsigned slot_of(const struct run *run, struct wrn_peer peer)
{
    return peer.slot == run->peer[1].slot;
}

/* What left the engine: an initiation, a response or a cookie reply. */
static void learn(struct run *run, const uint8_t *message, struct wrn_peer peer)
{
    struct wrn_peer_view view;
    uint8_t jitter[8];
    if (message[0] != 1 && message[0] != 2)
        return;
    draw(run, INDEX, message + 4, 4);
    draw(run, EPHEMERAL, message + (message[0] == 1 ? 8 : 12), 32);
    if (message[0] == 2)
        return;
    fuzz_setup(wrn_inspect_peer(run->engine, run->peer[slot_of(run, peer)], &view) == WRN_OK, "a peer that calls");
    fuzz_put64(jitter, view.retransmit - run->now);
    draw(run, JITTER, jitter, 8);
}

static void settle(struct run *run)
{
    wrn_advance(run->engine, run->now);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t buffer[PACKET];
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        if (!wrn_net_output(run->engine, run->now, &packet, 1))
            return;
        learn(run, buffer + packet.offset, packet.peer);
    }
}

static void introduce(struct run *run, unsigned i)
{
    struct wrn_prefix prefix = {{10, 0, (uint8_t)i}, 4, 24};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = {{192, 0, 2, (uint8_t)i}, 7, 4, 0, 0}};
    fuzz_setup(wrn_peer_add(run->engine, run->now, peers[i][1], &run->peer[i]) == WRN_OK, "peer");
    fuzz_setup(wrn_peer_set(run->engine, run->now, run->peer[i], &change) == WRN_OK, "endpoint");
    fuzz_setup(wrn_allowed_add(run->engine, run->peer[i], &prefix, NULL) == WRN_OK, "prefix");
}

static void send(struct run *run, unsigned peer)
{
    uint8_t buffer[PACKET] = {0};
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = WRN_HEADROOM, .length = 28};
    memcpy(buffer + WRN_HEADROOM, (uint8_t[]){0x45, 0, 0, 28}, 4);
    memcpy(buffer + WRN_HEADROOM + 16, (uint8_t[]){10, 0, (uint8_t)peer, 1}, 4);
    wrn_tun_input(run->engine, run->now, &packet, 1);
    settle(run);
}

static void call(struct run *run, unsigned peer, unsigned number)
{
    uint8_t message[FUZZ_INITIATION], stamp[12], ephemeral[32], mac1[16], cookie[16];
    struct fuzz_hand hand;
    struct fuzz_caller caller = {.secret = peers[peer][0], .ephemeral = ephemeral};
    fuzz_entropy(40 + number % 4, ephemeral);
    fuzz_stamp(stamp, run->stamp++, 0);
    fuzz_initiate(message, &hand, &caller, own[1], 77, stamp);
    fuzz_macs(message, sizeof message, own[1], NULL);
    memcpy(mac1, message + sizeof message - 32, 16);
    struct wrn_packet packet = {.data = message,
                                .capacity = sizeof message,
                                .length = sizeof message,
                                .remote = {{192, 0, 2, (uint8_t)number}, 7, 4, 0, 0}};
    wrn_net_input(run->engine, run->now, &packet, 1);
    const uint8_t *answer = message + packet.offset;
    if (packet.verdict != WRN_SEND)
        return;
    learn(run, answer, packet.peer);
    if (answer[0] != 3)
        return;
    fuzz_setup(fuzz_open_cookie(answer, own[1], mac1, cookie), "a cookie reply opens");
    draw(run, NONCE, answer + 8, 24);
    draw(run, COOKIE, cookie, 16);
}

static void stir(struct run *run, unsigned number)
{
    uint8_t entropy[32];
    fuzz_entropy(20 + (number + run->otherwise) % NUMBERS, entropy);
    for (unsigned i = 0; i < KINDS && !run->stirred; i++)
        run->before[i] = run->draws[i].count;
    run->stirred = true;
    wrn_engine_stir(run->engine, entropy);
}

static void act(struct run *run, unsigned what, unsigned a, unsigned b)
{
    static const wrn_time steps[] = {WRN_MILLISECOND, 19 * WRN_MILLISECOND, WRN_SECOND,       5 * WRN_SECOND + WRN_SECOND / 2,
                                     20 * WRN_SECOND, 119 * WRN_SECOND,     120 * WRN_SECOND, 600 * WRN_SECOND};
    switch (what % 6) {
    case 0:
        send(run, a % PEERS);
        break;
    case 1:
        call(run, a % PEERS, b);
        break;
    case 2:
        run->now += steps[a % 8];
        settle(run);
        break;
    case 3:
        stir(run, a);
        break;
    case 4:
        wrn_report_load(run->engine, run->now);
        call(run, a % PEERS, b);
        break;
    default:
        fuzz_setup(wrn_peer_remove(run->engine, run->now, run->peer[a % PEERS]) == WRN_OK, "remove");
        introduce(run, a % PEERS);
    }
}

static void live(struct run *run, unsigned number, struct fuzz_bytes bytes, enum life life)
{
    struct wrn_config config;
    memset(run, 0, sizeof *run);
    memset(memory, life == SAME ? 0xaa : 0, sizeof memory);
    fuzz_watch_begin();
    wrn_config_default(&config);
    config.limits.peers = PEERS;
    config.limits.prefixes = PEERS;
    config.limits.window_bits = 128;
    config.limits.stage_slots = 2;
    config.limits.sources = 4;
    fuzz_entropy((number + (life == OTHER)) % NUMBERS, config.entropy);
    run->now = run->stamp = WRN_SECOND;
    run->otherwise = life == STIRRED;
    fuzz_setup(wrn_engine_init(&run->engine, memory, sizeof memory, &config, run->now) == WRN_OK, "init");
    wrn_engine_attach(run->engine, &fuzz_watched, NULL, 0);
    fuzz_setup(wrn_set_private_key(run->engine, run->now, own[0]) == WRN_OK, "key");
    fuzz_setup(wrn_set_up(run->engine, run->now, true) == WRN_OK, "up");
    wrn_wall(run->engine, run->now, 1700000000, 0);
    for (unsigned i = 0; i < PEERS; i++)
        introduce(run, i);
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        uint8_t op[3];
        fuzz_fill(&bytes, op, sizeof op);
        act(run, op[0], op[1], op[2]);
    }
}

static bool among(const struct draws *draws, const uint8_t one[32])
{
    for (unsigned i = 0; i < draws->count; i++)
        if (!memcmp(draws->bytes[i], one, 32))
            return true;
    return false;
}

/* What was drawn from number `from` on is nothing that the first life drew. Indices and jitter are short: one may be alike. */
static void apart(enum life life, enum drawn kind, unsigned from, const char *what)
{
    const struct draws *here = &lives[life].draws[kind], *there = &lives[FIRST].draws[kind];
    unsigned alike = 0;
    for (unsigned i = from; i < here->count; i++)
        alike += among(there, here->bytes[i]);
    FUZZ_CHECK(!alike || (kind >= INDEX && (alike < here->count - from || alike < 2)), "entropy-none",
               "%u of %u are the same with %s: %s", alike, here->count - from, what, names[kind]);
}

static void prepare(void)
{
    fuzz_entropy(10, own[0]);
    fuzz_public(own[1], own[0]);
    for (unsigned i = 0; i < PEERS; i++) {
        fuzz_entropy(11 + i, peers[i][0]);
        fuzz_public(peers[i][1], peers[i][0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    if (!size || fuzz_u8(&bytes))
        return 0;
    prepare();
    unsigned number = fuzz_u8(&bytes);
    for (unsigned life = 0; life < LIVES; life++)
        live(&lives[life], number, bytes, (enum life)life);
    FUZZ_CHECK(!memcmp(lives[FIRST].draws, lives[SAME].draws, sizeof lives[SAME].draws), "entropy-other-run",
               "the second life draws something else");
    for (unsigned kind = 0; kind < KINDS; kind++)
        apart(OTHER, (enum drawn)kind, 0, "another entropy");
    if (lives[STIRRED].stirred) /* a secret that was drawn before it bakes its cookies on, and cells have their indices */
        for (unsigned kind = EPHEMERAL; kind <= NONCE; kind++)
            apart(STIRRED, (enum drawn)kind, lives[STIRRED].before[kind], "something else stirred in");
    return 0;
}
