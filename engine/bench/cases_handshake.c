#include "cases.h"

#include "world.h"

/* A full handshake, both sides and the confirming keepalive, beside the very operations it is made of: X25519 and hashing,
 * recorded once by a provider that wraps the real one, and done again raw. */

void *handshake_begin(const struct bench_case *self)
{
    (void)self;
    struct bench_pair *pair = calloc(1, sizeof *pair);
    bench_pair_make(pair, &wrn_crypto_sodium);
    return pair;
}

void handshake_run(void *state) { bench_handshake(state); }

void handshake_end(void *state)
{
    bench_pair_free(state);
    free(state);
}

enum { OPERATIONS = 512 };

struct recorded {
    uint32_t dhs, hashes, macs;
    size_t   hash_lengths[OPERATIONS][2], mac_lengths[OPERATIONS][3];
    uint8_t  bytes[4096], out[32], secret[32], point[32];
    bool     on;
};

static _Thread_local struct recorded *recording;

static void record_dh(void *context, struct wrn_dh *operations, size_t count)
{
    wrn_crypto_sodium.dh(context, operations, count);
    recording->dhs += (uint32_t)count;
}

static void record_hash(void *context, struct wrn_hash *operations, size_t count)
{
    wrn_crypto_sodium.hash(context, operations, count);
    for (size_t i = 0; i < count && recording->hashes < OPERATIONS; i++) {
        recording->hash_lengths[recording->hashes][0] = operations[i].first_length;
        recording->hash_lengths[recording->hashes++][1] = operations[i].second_length;
    }
}

static void record_mac(void *context, struct wrn_mac *operations, size_t count)
{
    wrn_crypto_sodium.mac(context, operations, count);
    for (size_t i = 0; i < count && recording->macs < OPERATIONS; i++) {
        recording->mac_lengths[recording->macs][0] = operations[i].key_length;
        recording->mac_lengths[recording->macs][1] = operations[i].length;
        recording->mac_lengths[recording->macs++][2] = operations[i].out_length;
    }
}

void *raw_handshake_begin(const struct bench_case *self)
{
    (void)self;
    struct wrn_crypto recorder = wrn_crypto_sodium;
    struct bench_pair pair;
    recorder.dh = record_dh;
    recorder.hash = record_hash;
    recorder.mac = record_mac;
    recording = calloc(1, sizeof *recording);
    bench_pair_make(&pair, &recorder);
    memset(recording, 0, sizeof *recording); /* static-static is computed once, not per handshake */
    bench_handshake(&pair);
    bench_pair_free(&pair);
    memset(recording->secret, 0x42, 32);
    crypto_scalarmult_curve25519_base(recording->point, recording->secret);
    return recording;
}

void raw_handshake_run(void *state)
{
    struct recorded *r = state;
    for (uint32_t i = 0; i < r->dhs; i++)
        raw_dh_run(r);
    for (uint32_t i = 0; i < r->hashes; i++) {
        struct wrn_hash hash = {r->bytes, r->hash_lengths[i][0], r->bytes + 2048, r->hash_lengths[i][1], r->out};
        wrn_crypto_sodium.hash(NULL, &hash, 1);
    }
    for (uint32_t i = 0; i < r->macs; i++) {
        struct wrn_mac mac = {r->bytes, r->mac_lengths[i][0], r->bytes + 64, r->mac_lengths[i][1], r->out, r->mac_lengths[i][2],
                              NULL};
        wrn_crypto_sodium.mac(NULL, &mac, 1);
    }
}

void raw_dh_run(void *state)
{
    struct recorded *r = state;
    struct wrn_dh    dh = {r->secret, r->point, r->out, false};
    wrn_crypto_sodium.dh(NULL, &dh, 1);
}

void raw_handshake_end(void *state) { free(state); }
