#include "bytes.h"
#include "portable.h"

static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}; /* "expand 32-byte k" */

static inline uint32_t rotate_left(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* RFC 8439 section 2.1 */
static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate_left(*d ^ *a, 16);
    *c += *d;
    *b = rotate_left(*b ^ *c, 12);
    *a += *b;
    *d = rotate_left(*d ^ *a, 8);
    *c += *d;
    *b = rotate_left(*b ^ *c, 7);
}

static void rounds(uint32_t x[16])
{
    for (unsigned i = 0; i < 10; i++) {
        quarter_round(&x[0], &x[4], &x[8], &x[12]);
        quarter_round(&x[1], &x[5], &x[9], &x[13]);
        quarter_round(&x[2], &x[6], &x[10], &x[14]);
        quarter_round(&x[3], &x[7], &x[11], &x[15]);
        quarter_round(&x[0], &x[5], &x[10], &x[15]);
        quarter_round(&x[1], &x[6], &x[11], &x[12]);
        quarter_round(&x[2], &x[7], &x[8], &x[13]);
        quarter_round(&x[3], &x[4], &x[9], &x[14]);
    }
}

void wrni_chacha_start(struct wrni_chacha *state, const uint8_t key[32], uint32_t block, const uint8_t nonce[12])
{
    for (unsigned i = 0; i < 8; i++)
        state->words[i] = wrni_load_le32(key + 4 * i);
    state->words[8] = block;
    for (unsigned i = 0; i < 3; i++)
        state->words[9 + i] = wrni_load_le32(nonce + 4 * i);
}

/* The key stream words of one block. The caller wipes them. */
static inline void next_words(struct wrni_chacha *state, uint32_t x[16])
{
    memcpy(x, constants, sizeof constants);
    memcpy(x + 4, state->words, sizeof state->words);
    rounds(x);
    for (unsigned i = 0; i < 4; i++)
        x[i] += constants[i];
    for (unsigned i = 0; i < 12; i++)
        x[4 + i] += state->words[i];
    state->words[8]++;
}

void wrni_chacha_block(struct wrni_chacha *state, uint8_t out[64])
{
    uint32_t x[16];
    next_words(state, x);
    for (unsigned i = 0; i < 16; i++)
        wrni_store_le32(out + 4 * i, x[i]);
    wrni_wipe(x, sizeof x);
}

void wrni_chacha_xor(struct wrni_chacha *state, uint8_t *data, size_t length)
{
    uint32_t x[16];
    for (; length >= 64; data += 64, length -= 64) {
        next_words(state, x);
        for (unsigned i = 0; i < 16; i++)
            wrni_store_le32(data + 4 * i, wrni_load_le32(data + 4 * i) ^ x[i]);
    }
    wrni_wipe(x, sizeof x);
    if (length > 0) {
        uint8_t stream[64];
        wrni_chacha_block(state, stream);
        for (size_t i = 0; i < length; i++)
            data[i] ^= stream[i];
        wrni_wipe(stream, sizeof stream);
    }
}

void wrni_hchacha(uint8_t out[32], const uint8_t key[32], const uint8_t nonce[16])
{
    uint32_t x[16];
    memcpy(x, constants, sizeof constants);
    for (unsigned i = 0; i < 8; i++)
        x[4 + i] = wrni_load_le32(key + 4 * i);
    for (unsigned i = 0; i < 4; i++)
        x[12 + i] = wrni_load_le32(nonce + 4 * i);
    rounds(x);
    for (unsigned i = 0; i < 4; i++) {
        wrni_store_le32(out + 4 * i, x[i]);
        wrni_store_le32(out + 16 + 4 * i, x[12 + i]);
    }
    wrni_wipe(x, sizeof x);
}
