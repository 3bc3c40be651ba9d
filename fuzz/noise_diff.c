/*
 * noise_diff: the engine's noise and cookie rooms beside the straight line of fuzz/support/straight.c, which shares nothing with
 * them but BLAKE2s.
 *
 * Input, structured: version 0; keys (both statics, both ephemerals, preshared key), each a byte and, when that is above 15, 32
 * more: 0 all zero, 1 all ones, 2 .. 13 the bytes of a point of low order, 14 the other static, 15 one bit; then stamp 12, cookie
 * 16, index 4, which also picks a point of low order; then for each of cookie reply, initiation and response what it takes to
 * make it, and a place and a change of one byte (0: none). Each side reads what the other wrote.
 *
 * Oracles: initiation, response, keys (byte for byte, or both refuse), read (both read alike, changed or not), mac (mac1 and
 * mac2), cookie (a reply opens with both or neither, changed or not), trace (a refusal leaves the outputs as they were, P-22).
 */
#include "cookie.h"
#include "crypto.h"
#include "fuzz.h"
#include "noise.h"
#include "points.h"
#include "straight.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct side { uint8_t secret[32], public_key[32], ephemeral[32]; struct wrni_identity identity; };

static const struct wrni_provider provider = {&fuzz_crypto, NULL};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return sodium_init() < 0;
}

static void read_key(struct fuzz_bytes *bytes, const uint8_t other[32], uint8_t key[32])
{
    uint8_t class = fuzz_u8(bytes);
    memset(key, class == 1 ? 0xff : 0, 32);
    if (class >= 2 && class < 2 + FUZZ_POINTS)
        memcpy(key, fuzz_points[class - 2], 32);
    else if (class == 14)
        memcpy(key, other, 32);
    else if (class == 15)
        key[1] = 2;
    else if (class > 15)
        fuzz_fill(bytes, key, 32);
}

static void read_side(struct fuzz_bytes *bytes, const uint8_t other[32], struct side *side)
{
    read_key(bytes, other, side->secret);
    read_key(bytes, side->secret, side->ephemeral);
    fuzz_public(side->public_key, side->secret);
    wrni_identity_set(provider, &side->identity, side->secret);
    static const uint8_t zero[32];
    FUZZ_CHECK(side->identity.present == (memcmp(side->secret, zero, 32) != 0), "keys",
               "an all-zero secret, and only that, is none");
    FUZZ_CHECK(!side->identity.present || !memcmp(side->identity.public_key, side->public_key, 32), "keys", "another public key");
}

/* One byte of a message, so that who reads it must refuse it. Where: as the input says. */
static void change(struct fuzz_bytes *bytes, uint8_t *message, size_t size)
{
    uint8_t at = fuzz_u8(bytes), with = fuzz_u8(bytes);
    message[at % size] ^= with;
}

static void macs(uint8_t *message, enum wrni_kind kind, size_t size, const uint8_t recipient[32], const uint8_t cookie[16])
{
    struct wrni_jar jar = {.has_cookie = true, .cookie_at = 5};
    uint8_t         key[32], right[FUZZ_INITIATION];
    struct wrni_identity self = {.present = true};
    memcpy(jar.cookie, cookie, 16);
    memcpy(right, message, size);
    wrni_mac1_key(provider, recipient, key);
    memcpy(self.mac1_key, key, sizeof key);
    for (unsigned with = 0; with < 2; with++) {
        jar.has_cookie = with;
        wrni_cookie_stamp(provider, &jar, key, kind, message, 6);
        fuzz_macs(right, size, recipient, with ? cookie : NULL);
        FUZZ_CHECK(!memcmp(message, right, size), "mac", "the macs differ, %s a cookie", with ? "with" : "without");
        FUZZ_CHECK(jar.has_mac1 && !memcmp(jar.mac1, right + size - 32, 16), "mac", "another mac1 is remembered");
        FUZZ_CHECK(wrni_mac1_valid(provider, &self, kind, message), "mac", "its own mac1 is not valid");
    }
}

static void cookie_reply(struct fuzz_bytes *bytes, const struct side *from, const uint8_t message[148], const uint8_t cookie[16])
{
    struct wrni_jar jar = {.has_mac1 = true};
    uint8_t         key[32], reply[FUZZ_COOKIE], nonce[24], opened[16];
    memcpy(jar.mac1, message + 116, 16);
    fuzz_fill(bytes, nonce, sizeof nonce);
    fuzz_seal_cookie(reply, fuzz_get32(message + 4), from->public_key, nonce, cookie, jar.mac1);
    change(bytes, reply, sizeof reply);
    wrni_cookie_key(provider, from->public_key, key);
    bool right = fuzz_open_cookie(reply, from->public_key, jar.mac1, opened);
    bool is = wrni_cookie_consume(provider, &jar, key, reply, 9);
    FUZZ_CHECK(is == right && jar.has_cookie == right && jar.has_mac1 == !right, "cookie", "a reply is %staken",
               right ? "not " : "");
    FUZZ_CHECK(!right || (!memcmp(jar.cookie, opened, 16) && jar.cookie_at == 9), "cookie", "another cookie");
}

/* The response to what was read, by the engine and in a straight line; then both read it, changed or not. */
static void respond(struct fuzz_bytes *bytes, const struct side *i, const struct side *r, const uint8_t psk[32],
                    const struct wrni_reading *reading, const struct wrni_remote *remote, const struct wrni_remote *back,
                    const struct wrni_handshake *pending, const struct fuzz_hand *hand, const uint8_t cookie[16])
{
    uint8_t  message[FUZZ_RESPONSE] = {2}, right[FUZZ_RESPONSE], chain[32] = {7}, send[32], receive[32], first[32], second[32];
    uint32_t receiver = fuzz_u32(bytes), sender = fuzz_u32(bytes);
    fuzz_put32(message + 4, sender);
    fuzz_put32(message + 8, receiver);
    bool good = fuzz_respond(right, send, receive, hand, r->ephemeral, NULL, i->public_key, psk, sender, receiver);
    bool made = wrni_noise_write_response(provider, reading, remote, r->ephemeral, message, chain);
    FUZZ_CHECK(made == good, "response", "it is %smade", good ? "not " : "");
    if (!made)
        return;
    FUZZ_CHECK(!memcmp(message, right, 60), "response", "the messages differ");
    wrni_noise_split(provider, chain, first, second);
    FUZZ_CHECK(!memcmp(first, receive, 32) && !memcmp(second, send, 32), "keys", "the responder's keys differ");
    macs(message, WRNI_RESPONSE, sizeof message, i->public_key, cookie);

    change(bytes, message, sizeof message);
    uint8_t before[32] = {3}, end[32] = {3};
    bool    opens = fuzz_read_response(message, send, receive, hand, i->secret, i->ephemeral, psk);
    bool    read = wrni_noise_read_response(provider, &i->identity, pending, back, message, end);
    FUZZ_CHECK(read == opens, "read", "a response is %sread", opens ? "not " : "");
    FUZZ_CHECK(read || !memcmp(before, end, 32), "trace", "a response that is refused left a chaining key");
    if (!read)
        return;
    wrni_noise_split(provider, end, first, second);
    FUZZ_CHECK(!memcmp(first, send, 32) && !memcmp(second, receive, 32), "keys", "the initiator's keys differ");
}

/* Both read an initiation, changed or not. True: they can go on. */
static bool read_both(const struct side *i, const struct side *r, const uint8_t message[148], const struct wrni_remote *remote,
                      struct wrni_reading *reading, struct fuzz_hand *hand)
{
    uint8_t           who[32], stamp[12], public_key[32], read_stamp[12];
    enum fuzz_reading right = fuzz_read_initiation(message, hand, r->secret, who, stamp);
    bool              opens = wrni_noise_open_static(provider, &r->identity, message, reading, public_key);
    FUZZ_CHECK(opens == (right != FUZZ_READ_STRANGE), "read", "the static key is %sread", opens ? "" : "not ");
    if (!opens)
        return false;
    FUZZ_CHECK(!memcmp(public_key, who, 32), "read", "another static key");
    if (memcmp(who, i->public_key, 32)) /* changed where it can be: nobody's key */
        return false;
    bool whole = wrni_noise_open_stamp(provider, reading, remote, message, read_stamp);
    FUZZ_CHECK(whole == (right == FUZZ_READ_WHOLE), "read", "the stamp is %sread", whole ? "" : "not ");
    FUZZ_CHECK(!whole || !memcmp(read_stamp, stamp, 12), "read", "another stamp");
    return whole;
}

/* A point of low order in the place of a key: nobody goes on (P-19). */
static void low_order(const struct side *i, const struct side *r, const uint8_t point[32], const uint8_t stamp[12])
{
    uint8_t               message[FUZZ_INITIATION] = {1}, public_key[32], ss[32], chain[32];
    struct wrni_remote    to = {point, stamp, ss}; /* any preshared key will do, and any agreement of the statics */
    struct wrni_handshake pending = {0}, untouched = {0};
    struct wrni_reading   reading = {0};
    struct fuzz_hand      hand;

    memset(ss, 1, sizeof ss);
    FUZZ_CHECK(!wrni_noise_write_initiation(provider, &i->identity, &to, i->ephemeral, stamp, message, &pending) &&
                   !memcmp(&pending, &untouched, sizeof pending), "initiation", "one is made for a key of low order");
    fuzz_initiate(message, &hand, &(struct fuzz_caller){i->secret, i->ephemeral, NULL, point}, r->public_key, 1, stamp);
    FUZZ_CHECK(!wrni_noise_open_static(provider, &r->identity, message, &reading, public_key), "read",
               "an initiation whose ephemeral key is of low order");
    memcpy(reading.remote_ephemeral, point, 32);
    to.public_key = i->public_key;
    FUZZ_CHECK(!wrni_noise_write_response(provider, &reading, &to, r->ephemeral, message, chain), "response",
               "one is made for an ephemeral key of low order");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes     bytes = {data, size};
    static const uint8_t  zero[32];
    struct side           i, r;
    uint8_t psk[32], stamp[12], cookie[16], forth[32], back[32], message[FUZZ_INITIATION] = {1}, right[FUZZ_INITIATION];
    struct wrni_handshake pending = {0};
    struct wrni_reading   reading;
    struct fuzz_hand      hand;

    (void)fuzz_u8(&bytes);
    read_side(&bytes, zero, &i);
    read_side(&bytes, i.secret, &r);
    read_key(&bytes, i.secret, psk);
    fuzz_fill(&bytes, stamp, sizeof stamp);
    fuzz_fill(&bytes, cookie, sizeof cookie);
    if (!i.identity.present || !r.identity.present)
        return 0;
    (void)fuzz_dh(forth, i.secret, r.public_key);
    (void)fuzz_dh(back, r.secret, i.public_key);
    struct wrni_remote to = {r.public_key, psk, forth}, from = {i.public_key, psk, back};
    uint32_t           sender = fuzz_u32(&bytes);

    low_order(&i, &r, fuzz_points[sender % FUZZ_POINTS], stamp);
    fuzz_put32(message + 4, sender);
    bool good =
        fuzz_initiate(right, &hand, &(struct fuzz_caller){i.secret, i.ephemeral, NULL, NULL}, r.public_key, sender, stamp);
    bool made = wrni_noise_write_initiation(provider, &i.identity, &to, i.ephemeral, stamp, message, &pending);
    FUZZ_CHECK(made == good, "initiation", "it is %smade", good ? "not " : "");
    if (!made)
        return 0;
    FUZZ_CHECK(!memcmp(message, right, 116), "initiation", "the messages differ");
    FUZZ_CHECK(!memcmp(pending.hash, hand.hash, 32) && !memcmp(pending.chain, hand.chain, 32), "initiation", "the states differ");
    macs(message, WRNI_INITIATION, sizeof message, r.public_key, cookie);
    cookie_reply(&bytes, &r, message, cookie);
    change(&bytes, message, 116);
    if (read_both(&i, &r, message, &from, &reading, &hand))
        respond(&bytes, &i, &r, psk, &reading, &from, &to, &pending, &hand, cookie);
    return 0;
}
