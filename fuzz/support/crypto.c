#include "crypto.h"

#include "fuzz.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MEMO = 4096, MADE = 64, KEYS = 1024, RUN = 8 };

static struct {
    struct { uint8_t secret[32], point[32], out[32]; bool used, good; } memo[MEMO];
    struct { uint8_t secret[32], public_key[32]; } made[MADE];
    unsigned next;
} own;

/* What was sealed: the counter that may come next under each key. */
static struct { uint8_t key[32]; uint64_t next; bool there; } sealed[KEYS];

static const uint8_t base[32] = {9};

static uint64_t mixed(const uint8_t a[32], const uint8_t b[32])
{
    uint64_t words[8], sum = 0;
    memcpy(words, a, 32);
    memcpy(words + 4, b, 32);
    for (unsigned i = 0; i < 8; i++)
        sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ sum >> 29;
    return sum >> 40;
}

bool fuzz_dh(uint8_t out[32], const uint8_t secret[32], const uint8_t point[32])
{
    unsigned at = (unsigned)mixed(secret, point) % MEMO;
    if (!own.memo[at].used || memcmp(own.memo[at].secret, secret, 32) || memcmp(own.memo[at].point, point, 32)) {
        memcpy(own.memo[at].secret, secret, 32);
        memcpy(own.memo[at].point, point, 32);
        own.memo[at].good = crypto_scalarmult(own.memo[at].out, secret, point) == 0;
        if (!own.memo[at].good)
            memset(own.memo[at].out, 0, 32);
        own.memo[at].used = true;
    }
    memcpy(out, own.memo[at].out, 32);
    if (!memcmp(point, base, 32)) {
        memcpy(own.made[own.next].secret, secret, 32);
        memcpy(own.made[own.next].public_key, out, 32);
        own.next = (own.next + 1) % MADE;
    }
    return own.memo[at].good;
}

void fuzz_public(uint8_t out[32], const uint8_t secret[32]) { (void)fuzz_dh(out, secret, base); }

bool fuzz_secret_of(uint8_t secret[32], const uint8_t public_key[32])
{
    for (unsigned i = 1; i <= MADE; i++) {
        unsigned at = (own.next + MADE - i) % MADE;
        if (memcmp(own.made[at].public_key, public_key, 32))
            continue;
        memcpy(secret, own.made[at].secret, 32);
        return true;
    }
    return false;
}

static void dh(void *context, struct wrn_dh *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    for (size_t i = 0; i < count; i++) {
        operations[i].good = fuzz_dh(operations[i].out, operations[i].secret, operations[i].point);
        if (to && ++to->dh == to->fail_dh) {
            memset(operations[i].out, 0, 32);
            operations[i].good = false;
        }
    }
}

static void seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    wrn_crypto_sodium.seal(NULL, operations, count);
    if (to)
        to->seals += count;
}

static void open_(void *context, struct wrn_aead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    wrn_crypto_sodium.open(NULL, operations, count);
    for (size_t i = 0; to && i < count; i++) {
        if (++to->opens == to->fail_opens) {
            memset(operations[i].data, 0, operations[i].length);
            operations[i].good = false;
        }
    }
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    wrn_crypto_sodium.xseal(NULL, operations, count);
    if (to)
        to->xseals += count;
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    wrn_crypto_sodium.xopen(NULL, operations, count);
    if (to)
        to->xopens += count;
}

static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.hash(NULL, operations, count);
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    wrn_crypto_sodium.mac(NULL, operations, count);
}

const struct wrn_crypto fuzz_crypto = {"fuzz", dh, seal, open_, xseal, xopen, hash, mac};

/* Counters under one key only rise. A table that is full forgets: it can miss a repetition, and never makes one up. */
void fuzz_watch(const struct wrn_aead *op)
{
    unsigned at = (unsigned)mixed(op->key, op->key);
    for (unsigned i = 0; i < RUN; i++, at++) {
        if (sealed[at % KEYS].there && memcmp(sealed[at % KEYS].key, op->key, 32))
            continue;
        FUZZ_CHECK(!sealed[at % KEYS].there || op->counter >= sealed[at % KEYS].next, "nonce-again",
                   "counter %llu under a key that has sealed %llu", (unsigned long long)op->counter,
                   (unsigned long long)sealed[at % KEYS].next - 1);
        memcpy(sealed[at % KEYS].key, op->key, 32);
        sealed[at % KEYS].next = op->counter + 1;
        sealed[at % KEYS].there = true;
        return;
    }
}

static void seal_watched(void *context, struct wrn_aead *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fuzz_watch(&operations[i]);
    seal(context, operations, count);
}

const struct wrn_crypto fuzz_watched = {"fuzz", dh, seal_watched, open_, xseal, xopen, hash, mac};

void fuzz_watch_begin(void)
{
    if (sodium_init() < 0)
        abort();
    memset(sealed, 0, sizeof sealed);
}
