#ifndef FUZZ_BOX_H
#define FUZZ_BOX_H

/*
 * The AEADs behind an exact memo: what the same key, nonce, additional data and text gave before, bit for bit. A message that a
 * harness seals is opened by its model, by the engine and by the engine's copies: all but the first find it here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_box {
    const uint8_t *key, *aad; /* 32; null where aad_length is 0 */
    size_t aad_length;
    bool extended;    /* XChaCha20 */
    uint8_t nonce[24]; /* 12 of them, and zeros, unless extended */
};

struct fuzz_box fuzz_box(const uint8_t key[32], uint64_t counter, const uint8_t *aad, size_t aad_length);
struct fuzz_box fuzz_box_extended(const uint8_t key[32], const uint8_t nonce[24], const uint8_t *aad, size_t aad_length);

/* A text is its ciphertext and the tag, together 16 bytes longer than what is plain. `out` may be the input itself. */
void fuzz_box_seal(const struct fuzz_box *box, uint8_t *out, const uint8_t *plain, size_t length);
bool fuzz_box_open(const struct fuzz_box *box, uint8_t *plain, const uint8_t *text, size_t length); /* false: zeros are plain */

/* A pure function's results by its arguments: words of a key, words of a value, `places` of them in memory that begins zero. */
struct fuzz_memo { uint64_t *memory; unsigned key, value, places; };
#define FUZZ_MEMO_WORDS(key, value) (1 + (key) + (value))
/* The place of the value; unless `hit`, it is zeros, and whoever asks writes it. */
void *fuzz_recall(const struct fuzz_memo *memo, const void *key, bool *hit);

#endif
