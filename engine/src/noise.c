#include "noise.h"

/* HASH("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"), and HASH of it and "WireGuard v1 zx2c4 Jason@zx2c4.com" (P-14). */
static const uint8_t INITIAL_CHAIN[32] = {0x60, 0xe2, 0x6d, 0xae, 0xf3, 0x27, 0xef, 0xc0, 0x2e, 0xc3, 0x35,
                                          0xe2, 0xa0, 0x25, 0xd2, 0xd0, 0x16, 0xeb, 0x42, 0x06, 0xf8, 0x72,
                                          0x77, 0xf5, 0x2d, 0x38, 0xd1, 0x98, 0x8b, 0x78, 0xcd, 0x36};
static const uint8_t INITIAL_HASH[32] = {0x22, 0x11, 0xb3, 0x61, 0x08, 0x1a, 0xc5, 0x66, 0x69, 0x12, 0x43,
                                         0xdb, 0x45, 0x8a, 0xd5, 0x32, 0x2d, 0x9c, 0x6c, 0x66, 0x22, 0x93,
                                         0xe8, 0xb7, 0x0e, 0xe1, 0x9c, 0x65, 0xba, 0x07, 0x9e, 0xf3};
static const uint8_t BASE_POINT[32] = {9};

/* H, C and k of the paper. Lives on the stack of one call and is wiped before it returns. */
struct symmetric { uint8_t hash[32], chain[32], key[32]; };

static void mix_hash(struct wrni_provider provider, struct symmetric *s, const uint8_t *data, size_t length)
{
    wrni_mix_hash(provider, s->hash, s->hash, sizeof s->hash, data, length);
}

static void mix_ephemeral(struct wrni_provider provider, struct symmetric *s, const uint8_t ephemeral[32])
{
    mix_hash(provider, s, ephemeral, 32);
    wrni_kdf(provider, s->chain, ephemeral, 32, (uint8_t *const[]){s->chain}, 1);
}

/* (C, k) = KDF2(C, DH(secret, point)); false when the result is zero (P-19). Without a key wanted, C = KDF1: the same C. */
static bool mix_dh(struct wrni_provider provider, struct symmetric *s, const uint8_t secret[32], const uint8_t point[32],
                   bool want_key)
{
    uint8_t shared[32];
    bool    good = wrni_dh(provider, secret, point, shared);

    if (good)
        wrni_kdf(provider, s->chain, shared, sizeof shared, (uint8_t *const[]){s->chain, s->key}, want_key ? 2 : 1);
    wrni_wipe(shared, sizeof shared);
    return good;
}

static bool mix_static_static(struct wrni_provider provider, struct symmetric *s, const uint8_t shared[32])
{
    if (wrni_is_zero(shared, 32))
        return false;
    wrni_kdf(provider, s->chain, shared, 32, (uint8_t *const[]){s->chain, s->key}, 2);
    return true;
}

static void mix_preshared(struct wrni_provider provider, struct symmetric *s, const uint8_t preshared_key[32])
{
    uint8_t tau[32];

    wrni_kdf(provider, s->chain, preshared_key, 32, (uint8_t *const[]){s->chain, tau, s->key}, 3);
    mix_hash(provider, s, tau, sizeof tau);
    wrni_wipe(tau, sizeof tau);
}

/* data[0..length) becomes ciphertext and tag, and part of the hash. */
static void seal(struct wrni_provider provider, struct symmetric *s, uint8_t *data, size_t length)
{
    struct wrn_aead operation = {.key = s->key, .aad = s->hash, .aad_length = sizeof s->hash, .data = data, .length = length};

    provider.crypto->seal(provider.context, &operation, 1);
    mix_hash(provider, s, data, length + WRN_TAG_BYTES);
}

/* The message stays as it is; room holds length + 16 bytes and gets the plaintext. */
static bool open(struct wrni_provider provider, struct symmetric *s, const uint8_t *sealed, uint8_t *room, size_t length)
{
    struct wrn_aead operation = {.key = s->key, .aad = s->hash, .aad_length = sizeof s->hash, .data = room, .length = length};

    memcpy(room, sealed, length + WRN_TAG_BYTES);
    provider.crypto->open(provider.context, &operation, 1);
    if (operation.good)
        mix_hash(provider, s, sealed, length + WRN_TAG_BYTES);
    return operation.good;
}

void wrni_clamp(uint8_t secret[32])
{
    secret[0] &= 248;
    secret[31] = (uint8_t)((secret[31] & 127) | 64);
}

static void labelled(struct wrni_provider provider, const char label[8], const uint8_t public_key[32], uint8_t out[32])
{
    wrni_mix_hash(provider, out, (const uint8_t *)label, 8, public_key, 32);
}

void wrni_mac1_key(struct wrni_provider provider, const uint8_t public_key[32], uint8_t out[32])
{
    labelled(provider, "mac1----", public_key, out);
}

void wrni_cookie_key(struct wrni_provider provider, const uint8_t public_key[32], uint8_t out[32])
{
    labelled(provider, "cookie--", public_key, out);
}

void wrni_identity_set(struct wrni_provider provider, struct wrni_identity *identity, const uint8_t secret[32])
{
    struct wrni_identity next;

    memset(&next, 0, sizeof next);
    if (!wrni_is_zero(secret, 32)) { /* before clamping: a clamped key is never zero (P-21) */
        memcpy(next.secret, secret, sizeof next.secret);
        wrni_clamp(next.secret);
        next.present = wrni_dh(provider, next.secret, BASE_POINT, next.public_key);
        WRNI_ASSERT(next.present); /* a clamped scalar times the base point is not zero */
        wrni_mac1_key(provider, next.public_key, next.mac1_key);
        wrni_cookie_key(provider, next.public_key, next.cookie_key);
    }
    *identity = next;
    wrni_wipe(&next, sizeof next);
}

/* H and C when the responder's static key is all that is known: the same on both sides. */
static void start(struct wrni_provider provider, struct symmetric *s, const uint8_t responder[32])
{
    memset(s, 0, sizeof *s);
    memcpy(s->chain, INITIAL_CHAIN, sizeof s->chain);
    wrni_mix_hash(provider, s->hash, INITIAL_HASH, sizeof INITIAL_HASH, responder, 32);
}

bool wrni_noise_write_initiation(struct wrni_provider provider, const struct wrni_identity *identity,
                                 const struct wrni_remote *remote, const uint8_t ephemeral[32], const uint8_t stamp[12],
                                 uint8_t message[148], struct wrni_handshake *out)
{
    struct symmetric s;
    bool             good = false;

    start(provider, &s, remote->public_key);

    /* e */
    if (!wrni_dh(provider, ephemeral, BASE_POINT, message + WRNI_INIT_EPHEMERAL))
        goto done;
    mix_ephemeral(provider, &s, message + WRNI_INIT_EPHEMERAL);
    /* es */
    if (!mix_dh(provider, &s, ephemeral, remote->public_key, true))
        goto done;
    /* s */
    memcpy(message + WRNI_INIT_STATIC, identity->public_key, 32);
    seal(provider, &s, message + WRNI_INIT_STATIC, 32);
    /* ss */
    if (!mix_static_static(provider, &s, remote->static_static))
        goto done;
    /* {t} */
    memcpy(message + WRNI_INIT_STAMP, stamp, 12);
    seal(provider, &s, message + WRNI_INIT_STAMP, 12);

    memcpy(out->hash, s.hash, sizeof out->hash);
    memcpy(out->chain, s.chain, sizeof out->chain);
    memcpy(out->ephemeral, ephemeral, sizeof out->ephemeral);
    good = true;
done:
    wrni_wipe(&s, sizeof s);
    return good;
}

static void keep(struct wrni_reading *reading, const struct symmetric *s)
{
    memcpy(reading->hash, s->hash, sizeof reading->hash);
    memcpy(reading->chain, s->chain, sizeof reading->chain);
    memcpy(reading->key, s->key, sizeof reading->key);
}

static void resume(struct symmetric *s, const struct wrni_reading *reading)
{
    memcpy(s->hash, reading->hash, sizeof s->hash);
    memcpy(s->chain, reading->chain, sizeof s->chain);
    memcpy(s->key, reading->key, sizeof s->key);
}

bool wrni_noise_open_static(struct wrni_provider provider, const struct wrni_identity *identity, const uint8_t message[148],
                            struct wrni_reading *reading, uint8_t public_key[32])
{
    struct symmetric s;
    uint8_t          opened[32 + WRN_TAG_BYTES];
    bool             good;

    start(provider, &s, identity->public_key);

    /* e */
    mix_ephemeral(provider, &s, message + WRNI_INIT_EPHEMERAL);
    /* es, s */
    good = mix_dh(provider, &s, identity->secret, message + WRNI_INIT_EPHEMERAL, true) &&
           open(provider, &s, message + WRNI_INIT_STATIC, opened, 32);
    if (good) {
        keep(reading, &s);
        memcpy(reading->remote_ephemeral, message + WRNI_INIT_EPHEMERAL, sizeof reading->remote_ephemeral);
        memcpy(public_key, opened, 32);
        wrni_wipe(opened, sizeof opened); /* a failed open has left zeros */
    }
    wrni_wipe(&s, sizeof s);
    return good;
}

bool wrni_noise_open_stamp(struct wrni_provider provider, struct wrni_reading *reading, const struct wrni_remote *remote,
                           const uint8_t message[148], uint8_t stamp[12])
{
    struct symmetric s;
    uint8_t          opened[12 + WRN_TAG_BYTES];
    bool             good;

    resume(&s, reading);

    /* ss, {t} */
    good = mix_static_static(provider, &s, remote->static_static) &&
           open(provider, &s, message + WRNI_INIT_STAMP, opened, 12);
    if (good) {
        keep(reading, &s);
        memcpy(stamp, opened, 12);
    }
    wrni_wipe(&s, sizeof s);
    return good;
}

bool wrni_noise_write_response(struct wrni_provider provider, const struct wrni_reading *reading,
                               const struct wrni_remote *remote, const uint8_t ephemeral[32], uint8_t message[92],
                               uint8_t chain[32])
{
    struct symmetric s;
    bool             good = false;

    resume(&s, reading);

    /* e */
    if (!wrni_dh(provider, ephemeral, BASE_POINT, message + WRNI_RESP_EPHEMERAL))
        goto done;
    mix_ephemeral(provider, &s, message + WRNI_RESP_EPHEMERAL);
    /* ee */
    if (!mix_dh(provider, &s, ephemeral, reading->remote_ephemeral, false))
        goto done;
    /* se */
    if (!mix_dh(provider, &s, ephemeral, remote->public_key, false))
        goto done;
    /* psk */
    mix_preshared(provider, &s, remote->preshared_key);
    /* {} */
    seal(provider, &s, message + WRNI_RESP_EMPTY, 0);

    memcpy(chain, s.chain, sizeof s.chain);
    good = true;
done:
    wrni_wipe(&s, sizeof s);
    return good;
}

bool wrni_noise_read_response(struct wrni_provider provider, const struct wrni_identity *identity,
                              const struct wrni_handshake *handshake, const struct wrni_remote *remote, const uint8_t message[92],
                              uint8_t chain[32])
{
    struct symmetric s;
    uint8_t          opened[WRN_TAG_BYTES];
    bool             good = false;

    memset(&s, 0, sizeof s);
    memcpy(s.hash, handshake->hash, sizeof s.hash);
    memcpy(s.chain, handshake->chain, sizeof s.chain);

    /* e */
    mix_ephemeral(provider, &s, message + WRNI_RESP_EPHEMERAL);
    /* ee */
    if (!mix_dh(provider, &s, handshake->ephemeral, message + WRNI_RESP_EPHEMERAL, false))
        goto done;
    /* se */
    if (!mix_dh(provider, &s, identity->secret, message + WRNI_RESP_EPHEMERAL, false))
        goto done;
    /* psk */
    mix_preshared(provider, &s, remote->preshared_key);
    /* {} */
    if (!open(provider, &s, message + WRNI_RESP_EMPTY, opened, 0))
        goto done;

    memcpy(chain, s.chain, sizeof s.chain);
    good = true;
done:
    wrni_wipe(&s, sizeof s);
    return good;
}

void wrni_noise_split(struct wrni_provider provider, const uint8_t chain[32], uint8_t first[32], uint8_t second[32])
{
    wrni_kdf(provider, chain, NULL, 0, (uint8_t *const[]){first, second}, 2);
}
