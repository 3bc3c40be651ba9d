#include "crypto.h"

#include "box.h"
#include "fuzz.h"
#include "whole.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MEMO = 4096, WAYS = 4, HASHES = 16384, WORDS = 24, MADE = 64, KEYS = 1024, RUN = 8 };

static struct {
    struct {
        uint8_t secret[32], point[32], out[32];
        bool used, good;
    } memo[MEMO][WAYS];
    unsigned turn; /* whose place is taken when all ways are */
    struct {
        uint8_t secret[32], public_key[32];
    } made[MADE];
    unsigned next;
} own;

/* What BLAKE2s made of short texts: what tells texts and uses apart, the result, and the words of the text. Most of them fit into
 * three lines of a cache, which is what a look costs. */
static _Alignas(64) struct {
    uint64_t what;
    uint8_t out[32];
    uint64_t text[WORDS], none[3];
} hashes[HASHES];

/* What was sealed: the counter that may come next under each key. */
static struct {
    uint8_t key[32];
    uint64_t next;
    bool there;
} sealed[KEYS];

static const uint8_t base[32] = {9};

static uint64_t mixed(const uint8_t a[32], const uint8_t b[32])
{
    uint64_t words[8];
    memcpy(words, a, 32);
    memcpy(words + 4, b, 32);
    return fuzz_mix(words, 8) >> 40;
}

bool fuzz_dh(uint8_t out[32], const uint8_t secret[32], const uint8_t point[32])
{
    unsigned set = (unsigned)mixed(secret, point) % MEMO, way = 0;
    while (way < WAYS && own.memo[set][way].used &&
           (memcmp(own.memo[set][way].secret, secret, 32) || memcmp(own.memo[set][way].point, point, 32)))
        way++;
    if (way == WAYS)
        own.memo[set][way = own.turn++ % WAYS].used = false;
    if (!own.memo[set][way].used) {
        memcpy(own.memo[set][way].secret, secret, 32);
        memcpy(own.memo[set][way].point, point, 32);
        own.memo[set][way].good = crypto_scalarmult(own.memo[set][way].out, secret, point) == 0;
        if (!own.memo[set][way].good)
            memset(own.memo[set][way].out, 0, 32);
        own.memo[set][way].used = true;
    }
    memcpy(out, own.memo[set][way].out, 32);
    bool good = own.memo[set][way].good;
    if (!memcmp(point, base, 32)) {
        memcpy(own.made[own.next].secret, secret, 32);
        memcpy(own.made[own.next].public_key, out, 32);
        own.next = (own.next + 1) % MADE;
    }
    return good;
}

void fuzz_public(uint8_t out[32], const uint8_t secret[32])
{
    (void)fuzz_dh(out, secret, base);
}

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
    for (struct wrn_aead *one = operations; one < operations + count; one++) {
        struct fuzz_box box = fuzz_box(one->key, one->counter, one->aad, one->aad_length);
        fuzz_box_seal(&box, one->data, one->data, one->length);
        one->good = true;
    }
    if (to)
        to->seals += count;
}

static void open_(void *context, struct wrn_aead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    for (struct wrn_aead *one = operations; one < operations + count; one++) {
        struct fuzz_box box = fuzz_box(one->key, one->counter, one->aad, one->aad_length);
        one->good = fuzz_box_open(&box, one->data, one->data, one->length);
        if (to && ++to->opens == to->fail_opens) {
            memset(one->data, 0, one->length);
            one->good = false;
        }
    }
}

static void xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    for (struct wrn_xaead *one = operations; one < operations + count; one++) {
        struct fuzz_box box = fuzz_box_extended(one->key, one->nonce, one->aad, one->aad_length);
        fuzz_box_seal(&box, one->data, one->data, one->length);
        one->good = true;
    }
    if (to)
        to->xseals += count;
}

static void xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    struct fuzz_crypto *to = context;
    for (struct wrn_xaead *one = operations; one < operations + count; one++) {
        struct fuzz_box box = fuzz_box_extended(one->key, one->nonce, one->aad, one->aad_length);
        one->good = fuzz_box_open(&box, one->data, one->data, one->length);
    }
    if (to)
        to->xopens += count;
}

static uint64_t word_of(const uint8_t *from, size_t length)
{
    uint64_t word = 0;
    if (length >= 8)
        memcpy(&word, from, 8);
    else
        for (size_t i = 0; i < length; i++)
            word |= (uint64_t)from[i] << 8 * i;
    return word;
}

/* The place of a text in the memo; `hit`: it is there. Null: it is not remembered, too long or cut at no word. `what` tells
 * lengths and uses apart, and is never 0. Word by word: no call is as fast that a sanitizer looks into. */
static uint8_t *remembered(const uint8_t *first, size_t a, const uint8_t *second, size_t b, uint64_t what, bool *hit)
{
    uint64_t text[WORDS + 1], sum = what, beside = a, other;
    size_t words = a / 8;
    if (a % 8 || a + b > 8 * WORDS)
        return NULL;
    for (size_t i = 0; i < words; i++)
        text[i] = word_of(first + 8 * i, 8);
    for (size_t i = 0; i < b; i += 8)
        text[words++] = word_of(second + i, b - i);
    text[words] = 0;
    for (size_t i = 0; i < words; i += 2) { /* two at a time: neither waits for the other */
        sum = (sum ^ text[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ sum >> 29;
        beside = (beside ^ text[i + 1]) * UINT64_C(0xbf58476d1ce4e5b9) ^ beside >> 29;
    }
    unsigned at = (unsigned)((sum ^ beside) >> 40) % HASHES;
    other = hashes[at].what ^ what;
    for (size_t i = 0; i < words; i++)
        other |= hashes[at].text[i] ^ text[i];
    *hit = !other;
    for (size_t i = 0; i < words && other; i++)
        hashes[at].text[i] = text[i];
    hashes[at].what = what;
    return hashes[at].out;
}

void fuzz_hash(uint8_t out[32], const uint8_t *first, size_t a, const uint8_t *second, size_t b)
{
    bool hit = false;
    uint8_t made[32], *place = remembered(first, a, second, b, 1 + a + b, &hit);
    struct wrn_hash one = {first, a, second, b, place ? place : made};
    if (!hit)
        wrn_crypto_sodium.hash(NULL, &one, 1);
    memcpy(out, one.out, 32);
}

void fuzz_mac(uint8_t *out, size_t size, const uint8_t *key, size_t key_size, const uint8_t *data, size_t length)
{
    bool hit = false;
    uint64_t what = (uint64_t)(key_size << 8 | size) << 32 | (key_size + length);
    uint8_t made[32], *place = remembered(key, key_size, data, length, what, &hit);
    struct wrn_mac one = {key, key_size, data, length, place ? place : made, size, NULL};
    if (!hit)
        wrn_crypto_sodium.mac(NULL, &one, 1);
    memcpy(out, one.out, size);
}

static void hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    for (struct wrn_hash *one = operations; one < operations + count; one++)
        fuzz_hash(one->out, one->first, one->first_length, one->second, one->second_length);
}

static void mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    for (struct wrn_mac *one = operations; one < operations + count; one++)
        fuzz_mac(one->out, one->out_length, one->key, one->key_length, one->data, one->length);
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
