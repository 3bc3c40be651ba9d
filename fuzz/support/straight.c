#include "straight.h"

#include <string.h>

#include "box.h"
#include "crypto.h"
#include "recalled.h"

void fuzz_put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

void fuzz_put64(uint8_t *to, uint64_t value)
{
    fuzz_put32(to, (uint32_t)value);
    fuzz_put32(to + 4, (uint32_t)(value >> 32));
}

uint32_t fuzz_get32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

uint64_t fuzz_get64(const uint8_t *from)
{
    return fuzz_get32(from) | (uint64_t)fuzz_get32(from + 4) << 32;
}

void fuzz_stamp(uint8_t stamp[12], uint64_t seconds, uint32_t nanoseconds)
{
    uint64_t label = UINT64_C(4611686018427387914) + seconds;
    for (unsigned i = 0; i < 8; i++)
        stamp[i] = (uint8_t)(label >> (56 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        stamp[8 + i] = (uint8_t)(nanoseconds >> (24 - 8 * i));
}

/* RFC 2104 with a block of 64 bytes. */
static void hmac(uint8_t out[32], const uint8_t key[32], const uint8_t *data, size_t length)
{
    uint8_t inner[64], outer[64], digest[32];
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (unsigned i = 0; i < 32; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    fuzz_hash(digest, inner, 64, data, length);
    fuzz_hash(out, outer, 64, digest, 32);
}

/* P-15: `count` outputs, one behind the other. */
static void kdf(uint8_t (*out)[32], unsigned count, const uint8_t key[32], const uint8_t *input, size_t length)
{
    uint8_t root[32], text[33];
    hmac(root, key, input, length);
    for (unsigned i = 0; i < count; i++) {
        size_t before = i ? 32 : 0;
        if (i)
            memcpy(text, out[i - 1], 32);
        text[before] = (uint8_t)(i + 1);
        hmac(out[i], root, text, before + 1);
    }
}

static void mix_hash(struct fuzz_hand *hand, const uint8_t *data, size_t length)
{
    fuzz_hash(hand->hash, hand->hash, 32, data, length);
}

static void mix_key(struct fuzz_hand *hand, const uint8_t *input, uint8_t key[32])
{
    uint8_t out[2][32];
    kdf(out, 2, hand->chain, input, 32);
    memcpy(hand->chain, out[0], 32);
    if (key)
        memcpy(key, out[1], 32);
}

static void seal(uint8_t *out, const uint8_t key[32], uint64_t counter, const uint8_t *plain, size_t length, const uint8_t *aad,
                 size_t aad_length)
{
    struct fuzz_box box = fuzz_box(key, counter, aad, aad_length);
    fuzz_box_seal(&box, out, plain, length);
}

static bool open_(uint8_t *plain, const uint8_t key[32], uint64_t counter, const uint8_t *text, size_t length, const uint8_t *aad,
                  size_t aad_length)
{
    struct fuzz_box box = fuzz_box(key, counter, aad, aad_length);
    return fuzz_box_open(&box, plain, text, length - 16);
}

static void begin(struct fuzz_hand *hand, const uint8_t responder[32])
{
    static const char name[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s", label[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";
    fuzz_hash(hand->chain, (const uint8_t *)name, sizeof name - 1, NULL, 0);
    fuzz_hash(hand->hash, hand->chain, 32, (const uint8_t *)label, sizeof label - 1);
    mix_hash(hand, responder, 32);
}

static void mix_ephemeral(struct fuzz_hand *hand, const uint8_t ephemeral[32])
{
    mix_hash(hand, ephemeral, 32);
    mix_key(hand, ephemeral, NULL);
}

bool straight_initiate(uint8_t message[148], struct fuzz_hand *hand, const struct fuzz_caller *caller, const uint8_t responder[32],
                       uint32_t sender, const uint8_t stamp[12])
{
    uint8_t own[32], shared[32], key[32];
    memset(message, 0, FUZZ_INITIATION);
    message[0] = 1;
    fuzz_put32(message + 4, sender);
    fuzz_public(own, caller->secret);
    fuzz_public(message + 8, caller->ephemeral);
    if (caller->claims)
        memcpy(own, caller->claims, 32);
    if (caller->point)
        memcpy(message + 8, caller->point, 32);

    begin(hand, responder);
    mix_ephemeral(hand, message + 8);
    bool good = fuzz_dh(shared, caller->ephemeral, responder) && !caller->point; /* es */
    if (!good)
        memset(shared, 0, sizeof shared);
    mix_key(hand, shared, key);
    seal(message + 40, key, 0, own, 32, hand->hash, 32);
    mix_hash(hand, message + 40, 48);
    if (!fuzz_dh(shared, caller->secret, responder) || caller->claims) { /* ss */
        memset(shared, 0, sizeof shared);
        good = false;
    }
    mix_key(hand, shared, key);
    seal(message + 88, key, 0, stamp, 12, hand->hash, 32);
    mix_hash(hand, message + 88, 28);
    return good;
}

enum fuzz_reading straight_read_initiation(const uint8_t message[148], struct fuzz_hand *hand, const uint8_t secret[32],
                                           uint8_t initiator[32], uint8_t stamp[12])
{
    uint8_t own[32], shared[32], key[32];
    fuzz_public(own, secret);
    begin(hand, own);
    mix_ephemeral(hand, message + 8);
    memcpy(hand->remote_ephemeral, message + 8, 32);
    if (!fuzz_dh(shared, secret, message + 8))
        return FUZZ_READ_STRANGE;
    mix_key(hand, shared, key);
    if (!open_(initiator, key, 0, message + 40, 48, hand->hash, 32))
        return FUZZ_READ_STRANGE;
    mix_hash(hand, message + 40, 48);
    if (!fuzz_dh(shared, secret, initiator))
        return FUZZ_READ_STATIC;
    mix_key(hand, shared, key);
    if (!open_(stamp, key, 0, message + 88, 28, hand->hash, 32))
        return FUZZ_READ_STATIC;
    mix_hash(hand, message + 88, 28);
    return FUZZ_READ_WHOLE;
}

/* e, ee, se and psk of a response; then the key of its empty text. */
static bool mix_response(struct fuzz_hand *hand, const uint8_t ephemeral[32], const uint8_t ee_secret[32],
                         const uint8_t ee_point[32], const uint8_t se_secret[32], const uint8_t se_point[32],
                         const uint8_t psk[32], uint8_t key[32])
{
    uint8_t shared[32], out[3][32];
    mix_ephemeral(hand, ephemeral);
    bool good = fuzz_dh(shared, ee_secret, ee_point);
    mix_key(hand, shared, NULL);
    good = fuzz_dh(shared, se_secret, se_point) && good;
    mix_key(hand, shared, NULL);
    kdf(out, 3, hand->chain, psk, 32);
    memcpy(hand->chain, out[0], 32);
    mix_hash(hand, out[1], 32);
    memcpy(key, out[2], 32);
    return good;
}

static void split(const struct fuzz_hand *hand, uint8_t first[32], uint8_t second[32])
{
    uint8_t out[2][32];
    kdf(out, 2, hand->chain, NULL, 0);
    memcpy(first, out[0], 32);
    memcpy(second, out[1], 32);
}

bool straight_respond(uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                      const uint8_t ephemeral[32], const uint8_t *point, const uint8_t initiator[32], const uint8_t psk[32],
                      uint32_t sender, uint32_t receiver)
{
    static const uint8_t zero[32];
    struct fuzz_hand own = *hand;
    uint8_t key[32];
    memset(message, 0, FUZZ_RESPONSE);
    message[0] = 2;
    fuzz_put32(message + 4, sender);
    fuzz_put32(message + 8, receiver);
    if (point)
        memcpy(message + 12, point, 32);
    else
        fuzz_public(message + 12, ephemeral);
    bool good = point ? mix_response(&own, point, ephemeral, zero, ephemeral, zero, psk, key)
                      : mix_response(&own, message + 12, ephemeral, hand->remote_ephemeral, ephemeral, initiator, psk, key);
    seal(message + 44, key, 0, NULL, 0, own.hash, 32);
    split(&own, receive, send);
    return good;
}

bool straight_read_response(const uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                            const uint8_t secret[32], const uint8_t ephemeral[32], const uint8_t psk[32])
{
    struct fuzz_hand own = *hand;
    uint8_t key[32], none[1];
    bool good = mix_response(&own, message + 12, ephemeral, message + 12, secret, message + 12, psk, key);
    if (!good || !open_(none, key, 0, message + 44, 16, own.hash, 32))
        return false;
    split(&own, send, receive);
    return true;
}

static void labelled(uint8_t key[32], const char label[8], const uint8_t public_key[32])
{
    fuzz_hash(key, (const uint8_t *)label, 8, public_key, 32);
}

void fuzz_macs(uint8_t *message, size_t length, const uint8_t recipient[32], const uint8_t *cookie)
{
    uint8_t key[32];
    labelled(key, "mac1----", recipient);
    fuzz_mac(message + length - 32, 16, key, 32, message, length - 32);
    if (cookie)
        fuzz_mac(message + length - 16, 16, cookie, 16, message, length - 16);
    else
        memset(message + length - 16, 0, 16);
}

bool fuzz_mac1_right(const uint8_t *message, size_t length, const uint8_t recipient[32])
{
    uint8_t key[32], right[16];
    labelled(key, "mac1----", recipient);
    fuzz_mac(right, 16, key, 32, message, length - 32);
    return !memcmp(right, message + length - 32, 16);
}

bool fuzz_mac2_right(const uint8_t *message, size_t length, const uint8_t cookie[16])
{
    uint8_t right[16];
    fuzz_mac(right, 16, cookie, 16, message, length - 16);
    return !memcmp(right, message + length - 16, 16);
}

void fuzz_seal_cookie(uint8_t reply[64], uint32_t receiver, const uint8_t responder[32], const uint8_t nonce[24],
                      const uint8_t cookie[16], const uint8_t mac1[16])
{
    uint8_t key[32];
    labelled(key, "cookie--", responder);
    fuzz_put32(reply, 3);
    fuzz_put32(reply + 4, receiver);
    memcpy(reply + 8, nonce, 24);
    struct fuzz_box box = fuzz_box_extended(key, nonce, mac1, 16);
    fuzz_box_seal(&box, reply + 32, cookie, 16);
}

bool fuzz_open_cookie(const uint8_t reply[64], const uint8_t responder[32], const uint8_t mac1[16], uint8_t cookie[16])
{
    uint8_t key[32];
    labelled(key, "cookie--", responder);
    struct fuzz_box box = fuzz_box_extended(key, reply + 8, mac1, 16);
    return fuzz_box_open(&box, cookie, reply + 32, 16);
}

void fuzz_seal_data(uint8_t *out, const uint8_t key[32], uint32_t receiver, uint64_t counter, const uint8_t *plain, size_t length)
{
    fuzz_put32(out, 4);
    fuzz_put32(out + 4, receiver);
    fuzz_put64(out + 8, counter);
    seal(out + 16, key, counter, plain, length, NULL, 0);
}

bool fuzz_open_data(uint8_t *plain, const uint8_t key[32], const uint8_t *message, size_t length)
{
    return open_(plain, key, fuzz_get64(message + 8), message + 16, length - 16, NULL, 0);
}
