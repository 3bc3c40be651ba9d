#ifndef WARREN_CRYPTO_H
#define WARREN_CRYPTO_H

/*
 * The seam between the protocol and its primitives.
 *
 * A provider is a constant table of reentrant, batched functions. The engine never computes a primitive itself; it fills
 * operations and hands them over, one or many at a time. Operations of one call are independent: a provider may do them in
 * any order or side by side. Each operation carries its own outcome in `good`.
 *
 * Laws of a provider: the same operations give the same bytes, always; a failed open leaves no plaintext behind (the data
 * range is zeroed); nothing is kept after the call; `context` is the provider's own and one thread uses it at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WRN_KEY_BYTES 32
#define WRN_TAG_BYTES 16
#define WRN_XNONCE_BYTES 24
#define WRN_HASH_BYTES 32

/* X25519 (RFC 7748). The secret is clamped by the provider. `good` is false when the result is all zero (P-19); `out` is then
 * zero. `out` may overlap neither input. */
struct wrn_dh {
    const uint8_t *secret; /* 32 */
    const uint8_t *point;  /* 32 */
    uint8_t       *out;    /* 32 */
    bool           good;
};

/* ChaCha20-Poly1305 (RFC 8439) with the nonce 4 zero bytes || LE64(counter), in place.
 * seal: data[0..length) is plaintext and becomes ciphertext, the tag is written at data[length..length+16); always good.
 * open: data[0..length) is ciphertext, the tag stands at data[length..length+16); data becomes plaintext, or zeros. */
struct wrn_aead {
    const uint8_t *key; /* 32 */
    uint64_t       counter;
    const uint8_t *aad; /* may be null when aad_length is 0 */
    size_t         aad_length;
    uint8_t       *data;
    size_t         length; /* without the tag */
    bool           good;
};

/* XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), in place, as above with a 24-byte nonce. */
struct wrn_xaead {
    const uint8_t *key;   /* 32 */
    const uint8_t *nonce; /* 24 */
    const uint8_t *aad;
    size_t         aad_length;
    uint8_t       *data;
    size_t         length; /* without the tag */
    bool           good;
};

/* BLAKE2s-256 (RFC 7693), unkeyed, over first || second. Either may be null when its length is 0. */
struct wrn_hash {
    const uint8_t *first;
    size_t         first_length;
    const uint8_t *second;
    size_t         second_length;
    uint8_t       *out; /* 32; may overlap the inputs */
};

/* What a provider makes of a mac's key alone, kept for the next operation with that key and output length; as secret as the key.
 * Zeroed by whoever changes the key. A provider may leave it as it is. */
struct wrn_mac_memo { uint32_t words[9]; };

/* Keyed BLAKE2s with an output of 1 to 32 bytes. */
struct wrn_mac {
    const uint8_t *key;
    size_t         key_length; /* 1 to 32 */
    const uint8_t *data;
    size_t         length;
    uint8_t       *out;
    size_t         out_length; /* 1 to 32 */
    struct wrn_mac_memo *memo; /* null: none */
};

struct wrn_crypto {
    const char *name;
    void (*dh)(void *context, struct wrn_dh *operations, size_t count);
    void (*seal)(void *context, struct wrn_aead *operations, size_t count);
    void (*open)(void *context, struct wrn_aead *operations, size_t count);
    void (*xseal)(void *context, struct wrn_xaead *operations, size_t count);
    void (*xopen)(void *context, struct wrn_xaead *operations, size_t count);
    void (*hash)(void *context, struct wrn_hash *operations, size_t count);
    void (*mac)(void *context, struct wrn_mac *operations, size_t count);
};

/* The providers that ship. Each lives in a library of its own (libwarren-sodium.a, libwarren-portable.a, libwarren-ipsecmb.a,
 * libwarren-boringssl.a); all take a null context. All but portable need sodium_init() to have succeeded. */
extern const struct wrn_crypto wrn_crypto_sodium;
extern const struct wrn_crypto wrn_crypto_portable;

/* Intel's multi-buffer library for seal and open, on processors with AVX2 or better; the rest is sodium's, and all of it with a
 * null context. A context is a manager of that library, in memory of the host: one for each thread. */
extern const struct wrn_crypto wrn_crypto_ipsecmb;

/* Bytes of a context, or 0: built without that library. */
size_t wrn_ipsecmb_size(void);
/* Needs   memory aligned to 64, of that size.
 * Gives   a context, or null: this machine does without (its processor, or the library's test of itself, says so). */
void *wrn_ipsecmb_init(void *memory, size_t size);
void  wrn_ipsecmb_wipe(void *context); /* zero the whole memory; null is none */
bool  wrn_ipsecmb_wide(const void *context); /* by AVX-512: without, boringssl is faster */

/* BoringSSL's AEAD for seal and open, by AVX2 on x86-64 and by NEON on 64-bit ARM; the rest is sodium's, and all of it where it was
 * built without that library. There is no context. */
extern const struct wrn_crypto wrn_crypto_boringssl;

bool wrn_boringssl_runs(void); /* built with that library */

#ifdef __cplusplus
}
#endif

#endif
