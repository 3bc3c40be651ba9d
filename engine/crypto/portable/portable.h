#ifndef WRNI_PORTABLE_H
#define WRNI_PORTABLE_H

/*
 * The primitives of the portable provider: small C that runs the same on any word size and byte order. No branch and no table
 * index depends on a secret (P-162); every local that held one is wiped (P-161).
 *
 * 32 x 32 -> 64 bit products are the largest arithmetic used. They take constant time on every core this is meant for; a core
 * whose long multiply ends early on small numbers (Cortex-M3) needs a provider of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that everyone may know, though it was computed from secrets. The constant-time tests define it to tell the checker. */
#ifndef WRNI_PUBLIC
#define WRNI_PUBLIC(value) ((void)(value))
#endif

/* RFC 7748; the scalar is clamped here. False, and out zero, when the result is zero (P-19). */
bool wrni_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32]);

/* RFC 8439 section 2.3: the input words 4 to 15, in order: key, block counter, nonce. */
struct wrni_chacha { uint32_t words[12]; };

void wrni_chacha_start(struct wrni_chacha *state, const uint8_t key[32], uint32_t block, const uint8_t nonce[12]);

/* One block of key stream; the block counter moves on. */
void wrni_chacha_block(struct wrni_chacha *state, uint8_t out[64]);

/* data ^= key stream, from a block's beginning. */
void wrni_chacha_xor(struct wrni_chacha *state, uint8_t *data, size_t length);

/* draft-irtf-cfrg-xchacha section 2.2. */
void wrni_hchacha(uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16]);

/* RFC 8439 section 2.5, limbs of 26 bits. */
struct wrni_poly {
    uint32_t r[5], h[5], pad[4];
};

void wrni_poly_start(struct wrni_poly *state, const uint8_t key[32]);

/* As RFC 8439 section 2.8 feeds it: zeros fill the last block of 16. */
void wrni_poly_add_padded(struct wrni_poly *state, const uint8_t *data, size_t length);

/* Any bytes, then the tag; the state is wiped. `data` is the end of the message, and alone may be no multiple of 16. */
void wrni_poly_end(struct wrni_poly *state, const uint8_t *data, size_t length, uint8_t tag[16]);

/* RFC 8439 section 2.8, in place, the tag at data[length..length+16). A failed open zeroes data[0..length). */
void wrni_aead_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad, size_t aad_length, uint8_t *data,
                    size_t length);
bool wrni_aead_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad, size_t aad_length, uint8_t *data,
                    size_t length);

#endif
