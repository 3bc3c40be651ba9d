#ifndef FUZZ_CRYPTO_H
#define FUZZ_CRYPTO_H

/*
 * The provider of harnesses: libsodium behind an exact memo of X25519, BLAKE2s and the AEADs (box.h), that counts, remembers which
 * secret made which public key, and fails where it is told to. A memo hit is what the same secret and point, or the same text,
 * gave before, bit for bit: keys of harnesses are few and fixed, so almost every Diffie-Hellman of an input was computed by an
 * earlier one.
 */

#include "warren/crypto.h"

struct fuzz_crypto {
    uint64_t dh, seals, opens, xseals, xopens; /* operations so far */
    uint64_t fail_dh, fail_opens;              /* the one with this number (1, 2, ...) is not good; 0: none */
};

extern const struct wrn_crypto fuzz_crypto; /* its context is a struct fuzz_crypto, or null */

/* The same with an eye on nonces: sealing again under one key and a counter that is not greater is the failure "nonce-again".
 * Begin before each input: what was sealed is forgotten, the memo stays. */
extern const struct wrn_crypto fuzz_watched; /* its context likewise */
void fuzz_watch_begin(void);
/* As if it was sealed now: for jobs that the other provider seals later, in any order. */
void fuzz_watch(const struct wrn_aead *);

/* X25519 through the memo. False: the result is all zero. */
bool fuzz_dh(uint8_t out[32], const uint8_t secret[32], const uint8_t point[32]);
void fuzz_public(uint8_t out[32], const uint8_t secret[32]);

/* BLAKE2s of one text and another behind it, and keyed BLAKE2s: both through a memo of texts up to 192 bytes, as exact. */
void fuzz_hash(uint8_t out[32], const uint8_t *first, size_t a, const uint8_t *second, size_t b);
void fuzz_mac(uint8_t *out, size_t size, const uint8_t *key, size_t key_size, const uint8_t *data, size_t length);

/* The secret behind one of the last public keys that were made. False: not among them. */
bool fuzz_secret_of(uint8_t secret[32], const uint8_t public_key[32]);

#endif
