#include "dead_stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "portable/portable.h"

enum {
    STACK = 1 << 16,
    PAINT = 0xa5,
    CHUNK = 8,
    CHUNKS = 1 << 17,
    OURS = 256,    /* the frame of the call itself, and the registers of who called it */
    REGISTERS = 16 /* two that are pushed on the way; what registers hold is another matter */
};

/* Eight bytes of a secret each; a hash table. */
static struct chunk {
    const char *what;
    uint64_t bytes;
    unsigned at;
} chunks[CHUNKS];
static _Alignas(64) uint8_t stack[STACK];
static size_t known;
static const char *call;
static bool quiet;
static unsigned found;
struct wrn_engine *engines[2];

void require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "dead_stack: %s\n", what);
    exit(1);
}

/* Secrets. */

static uint64_t chunk_at(const uint8_t *bytes)
{
    uint64_t chunk;
    memcpy(&chunk, bytes, CHUNK);
    return chunk;
}

/* Where these bytes stand in the table, or would. */
static struct chunk *place_of(uint64_t bytes)
{
    size_t at = (size_t)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> 40) % CHUNKS;
    while (chunks[at].what && chunks[at].bytes != bytes)
        at = (at + 1) % CHUNKS;
    return &chunks[at];
}

static bool is_known(const uint8_t *bytes)
{
    return place_of(chunk_at(bytes))->what != NULL;
}

void learn(const char *what, const uint8_t *bytes, unsigned length)
{
    for (unsigned at = 0; at + CHUNK <= length; at += CHUNK) {
        struct chunk *place = place_of(chunk_at(bytes + at));
        if (place->what || wrni_is_zero(bytes + at, CHUNK))
            continue;
        require(++known < CHUNKS / 2, "more secrets than there is room for");
        *place = (struct chunk){what, chunk_at(bytes + at), at};
    }
}

/* The keys that a generator will have, and what it will draw where that is secret. */
void learn_generator(const char *what, const uint8_t key[32], const char *draws)
{
    static struct wrni_drbg ahead;
    static uint8_t drawn[32];
    memcpy(ahead.key, key, 32);
    for (unsigned i = 0; i < 6; i++) {
        learn(what, ahead.key, 32);
        wrni_drbg_bytes(&ahead, drawn, sizeof drawn);
        if (draws)
            learn(draws, drawn, 32);
    }
}

/* A key as the text protocol writes it. */
void learn_text(const char *what, const uint8_t key[32])
{
    static uint8_t text[64];
    for (unsigned i = 0; i < 64; i++)
        text[i] = (uint8_t)"0123456789abcdef"[key[i / 2] >> (i % 2 ? 0 : 4) & 15];
    if (!wrni_is_zero(key, 32))
        learn(what, text, 64);
}

static void learn_sessions(struct wrni_flow *flow)
{
    for (unsigned place = 0; place < WRNI_PLACES; place++) {
        const struct wrni_session *session = wrni_rotation_at(&flow->rotation, (enum wrni_place)place);
        if (!session)
            continue;
        learn("a key to send with", session->send_key, 32);
        learn("a key to receive with", session->receive_key, 32);
    }
}

/* What this engine keeps secret. */
static void learn_engine(struct wrn_engine *engine)
{
    learn("the private key", engine->identity.secret, 32);
    learn_text("the private key as text", engine->identity.secret);
    learn("the seed", engine->seed, 32);
    learn_generator("the generator of cookies", engine->gate.checker.drbg.key, NULL);
    learn("the secret behind cookies", engine->gate.checker.secret, 32);
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        const struct wrni_peer *peer = wrni_peer_at(engine, slot);
        if (!wrni_alive(engine, slot))
            continue;
        learn("a preshared key", peer->preshared_key, 32);
        learn_text("a preshared key as text", peer->preshared_key);
        learn("what two static keys agree on", peer->static_static, 32);
        learn_generator("the generator of a peer", peer->drbg.key, "a draw of a peer");
        learn("the ephemeral that is pending", peer->handshake.ephemeral, 32);
        learn("the chaining key that is pending", peer->handshake.chain, 32);
        learn("the hash that is pending", peer->handshake.hash, 32);
        learn("a cookie", peer->jar.cookie, 16);
        learn_sessions(wrni_flow_at(engine, slot));
    }
}

/* Searching. */

/* The stack from its end up to here is dead: who stood there has returned. */
static void search_below(const uint8_t *top)
{
    for (const uint8_t *at = stack; at + CHUNK <= top; at++) {
        const struct chunk *chunk = place_of(chunk_at(at));
        if (!chunk->what)
            continue;
        if (!quiet)
            (void)fprintf(stderr, "dead_stack: %s leaves bytes %u to %u of %s, %zu bytes below\n", call, chunk->at,
                          chunk->at + CHUNK - 1, chunk->what, (size_t)(stack + STACK - at));
        found++;
        at += CHUNK - 1;
    }
}

/* The provider that watches. It runs on the painted stack, so what it knows stands elsewhere. */

static struct used {
    uint8_t key[32];
    uint64_t counter;
    uint32_t length;
} used[256];
static size_t uses;
static uint8_t public_keys[4][32], pad[32];
static size_t publics;

void learn_public(const uint8_t key[32])
{
    require(publics < 4, "more public keys than there is room for");
    memcpy(public_keys[publics++], key, 32);
}

static bool is_public(const uint8_t key[32])
{
    for (size_t i = 0; i < publics; i++)
        if (!memcmp(public_keys[i], key, 32))
            return true;
    return false;
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    static const uint8_t base[32] = {9};
    for (size_t i = 0; i < count; i++) {
        learn("a private key or ephemeral", operations[i].secret, 32);
        search_below(__builtin_frame_address(0));
        wrn_crypto_portable.dh(context, &operations[i], 1);
        if (memcmp(operations[i].point, base, 32) != 0)
            learn("what keys agree on", operations[i].out, 32);
    }
}

static void note_use(const struct wrn_aead *operation)
{
    require(uses < 256, "more packets than there is room for");
    struct used *use = &used[uses++];
    memcpy(use->key, operation->key, 32);
    use->counter = operation->counter;
    use->length = (uint32_t)operation->length;
    learn("a key of packets or handshakes", operation->key, 32);
    if (operation->aad_length == 32)
        learn("a hash", operation->aad, 32);
}

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        note_use(&operations[i]);
    search_below(__builtin_frame_address(0));
    wrn_crypto_portable.seal(context, operations, count);
}

static void open(void *context, struct wrn_aead *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        note_use(&operations[i]);
    search_below(__builtin_frame_address(0));
    wrn_crypto_portable.open(context, operations, count);
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        learn("a cookie", operations[i].data, 16);
    search_below(__builtin_frame_address(0));
    wrn_crypto_portable.xseal(context, operations, count);
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    search_below(__builtin_frame_address(0));
    wrn_crypto_portable.xopen(context, operations, count);
    for (size_t i = 0; i < count; i++)
        if (operations[i].good)
            learn("a cookie", operations[i].data, 16);
}

/* The key in the first block of an HMAC: all of it is xored with one byte, and so are the zeros behind it. */
static bool hmac_key(const struct wrn_hash *operation)
{
    uint8_t with = operation->first_length == 64 ? operation->first[63] : 0;
    if (with != 0x36 && with != 0x5c)
        return false;
    for (unsigned i = 0; i < 32; i++) {
        if (operation->first[32 + i] != with)
            return false;
        pad[i] = operation->first[i] ^ with;
    }
    return true;
}

/* What an HMAC makes of a secret is one. Digests of what everybody sees are none. */
static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    static uint8_t first[32];
    static bool secret;
    for (size_t i = 0; i < count; i++) {
        struct wrn_hash *op = &operations[i];
        secret = hmac_key(op) && (is_known(pad) || (op->second_length >= 32 && is_known(op->second)));
        if (secret) {
            memcpy(first, op->first, 32);
            learn("the key of an HMAC", pad, 32);
            learn("the block of an HMAC", first, 32);
        }
        search_below(__builtin_frame_address(0));
        wrn_crypto_portable.hash(context, op, 1);
        if (secret)
            learn("what an HMAC gave", op->out, 32);
    }
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    search_below(__builtin_frame_address(0));
    wrn_crypto_portable.mac(context, operations, count);
    for (size_t i = 0; i < count; i++) {
        const struct wrn_mac *op = &operations[i];
        if (op->key_length == 32 && is_public(op->key)) /* a mac1: whoever knows our public key can make it */
            continue;
        learn("the key of a mac", op->key, (unsigned)op->key_length);
        if (op->key_length == 32)
            learn("a cookie", op->out, 16);
    }
}

const struct wrn_crypto watching = {
    .name = "watching", .dh = dh, .seal = seal, .open = open, .xseal = xseal, .xopen = xopen, .hash = hash, .mac = mac};

void learn_stream(const uint8_t cipher_key[32], uint64_t counter, uint32_t length)
{
    static const char *const what[] = {"a one-time key", "key stream"};
    struct wrni_chacha cipher;
    uint8_t nonce[12] = {0}, block[64];
    wrni_store_le64(nonce + 4, counter);
    wrni_chacha_start(&cipher, cipher_key, 0, nonce);
    for (uint32_t at = 0; at <= (length + 63) / 64; at++) {
        wrni_chacha_block(&cipher, block);
        learn(what[at != 0], block, at ? 64 : 32);
    }
}

static void learn_streams(void)
{
    for (size_t i = 0; i < uses; i++)
        learn_stream(used[i].key, used[i].counter, used[i].length);
    uses = 0;
}

static ucontext_t home, away;

static void learn_engines(void)
{
    for (unsigned i = 0; i < 2; i++)
        if (engines[i])
            learn_engine(engines[i]);
}

static void run(void (*work)(void))
{
    memset(stack, PAINT, sizeof stack);
    require(getcontext(&away) == 0, "no context");
    away.uc_stack.ss_sp = stack;
    away.uc_stack.ss_size = sizeof stack;
    away.uc_link = &home;
    makecontext(&away, work, 0);
    require(swapcontext(&home, &away) == 0, "no way to the other stack");
}

void search(const char *name, void (*work)(void))
{
    call = name;
    learn_engines();
    run(work);
    learn_engines();
    learn_streams();
    search_below(stack + STACK);
}

void search_difference(const char *name, void (*work)(void), void (*vary)(void))
{
    static uint8_t first[STACK];
    run(work);
    memcpy(first, stack, sizeof first);
    vary();
    run(work);
    size_t differ = 0, lowest = 0;
    for (size_t at = STACK - OURS; at-- > 0;) {
        if (stack[at] == first[at])
            continue;
        differ++;
        lowest = at;
    }
    if (differ <= REGISTERS)
        return;
    (void)fprintf(stderr, "dead_stack: %s leaves %zu other bytes for another secret, down to %zu bytes below\n", name, differ,
                  STACK - lowest);
    found++;
}

unsigned search_quietly(const char *name, void (*work)(void))
{
    unsigned before = found;
    quiet = true;
    search(name, work);
    quiet = false;
    unsigned more = found - before;
    found = before;
    return more;
}

unsigned search_found(void)
{
    return found;
}
