#include "blake2s.h"

#include "bytes.h"

#define BLOCK_BYTES 64

static const uint32_t iv[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* RFC 7693 section 2.7 */
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline uint32_t rotate_right(uint32_t x, unsigned bits)
{
    return x >> bits | x << (32 - bits);
}

/* RFC 7693 section 3.1 */
static inline void mix(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t x, uint32_t y)
{
    *a += *b + x;
    *d = rotate_right(*d ^ *a, 16);
    *c += *d;
    *b = rotate_right(*b ^ *c, 12);
    *a += *b + y;
    *d = rotate_right(*d ^ *a, 8);
    *c += *d;
    *b = rotate_right(*b ^ *c, 7);
}

static inline void mix_columns(uint32_t v[16], const uint32_t m[16], const uint8_t s[16])
{
    mix(&v[0], &v[4], &v[8], &v[12], m[s[0]], m[s[1]]);
    mix(&v[1], &v[5], &v[9], &v[13], m[s[2]], m[s[3]]);
    mix(&v[2], &v[6], &v[10], &v[14], m[s[4]], m[s[5]]);
    mix(&v[3], &v[7], &v[11], &v[15], m[s[6]], m[s[7]]);
}

static inline void mix_diagonals(uint32_t v[16], const uint32_t m[16], const uint8_t s[16])
{
    mix(&v[0], &v[5], &v[10], &v[15], m[s[8]], m[s[9]]);
    mix(&v[1], &v[6], &v[11], &v[12], m[s[10]], m[s[11]]);
    mix(&v[2], &v[7], &v[8], &v[13], m[s[12]], m[s[13]]);
    mix(&v[3], &v[4], &v[9], &v[14], m[s[14]], m[s[15]]);
}

/* RFC 7693 section 3.2; `count` is what has been hashed, this block included. */
static void compress(uint32_t h[8], const uint8_t block[BLOCK_BYTES], uint64_t count, bool last)
{
    uint32_t v[16], m[16];
    for (unsigned i = 0; i < 16; i++)
        m[i] = wrni_load_le32(block + 4 * i);
    for (unsigned i = 0; i < 8; i++) {
        v[i] = h[i];
        v[8 + i] = iv[i];
    }
    v[12] ^= (uint32_t)count;
    v[13] ^= (uint32_t)(count >> 32);
    if (last)
        v[14] = ~v[14];
    /* Written out, not looped, so that an optimiser that inlines has constant message indices; one that does not stays small. */
    mix_columns(v, m, sigma[0]);
    mix_diagonals(v, m, sigma[0]);
    mix_columns(v, m, sigma[1]);
    mix_diagonals(v, m, sigma[1]);
    mix_columns(v, m, sigma[2]);
    mix_diagonals(v, m, sigma[2]);
    mix_columns(v, m, sigma[3]);
    mix_diagonals(v, m, sigma[3]);
    mix_columns(v, m, sigma[4]);
    mix_diagonals(v, m, sigma[4]);
    mix_columns(v, m, sigma[5]);
    mix_diagonals(v, m, sigma[5]);
    mix_columns(v, m, sigma[6]);
    mix_diagonals(v, m, sigma[6]);
    mix_columns(v, m, sigma[7]);
    mix_diagonals(v, m, sigma[7]);
    mix_columns(v, m, sigma[8]);
    mix_diagonals(v, m, sigma[8]);
    mix_columns(v, m, sigma[9]);
    mix_diagonals(v, m, sigma[9]);
    for (unsigned i = 0; i < 8; i++)
        h[i] ^= v[i] ^ v[8 + i];
}

void wrni_blake2s_init(struct wrni_blake2s *state, size_t out_length, const uint8_t *key, size_t key_length)
{
    WRNI_ASSERT(out_length >= 1 && out_length <= 32);
    WRNI_ASSERT(key_length <= 32);
    memset(state, 0, sizeof *state);
    memcpy(state->h, iv, sizeof state->h);
    state->h[0] ^= UINT32_C(0x01010000) ^ (uint32_t)key_length << 8 ^ (uint32_t)out_length;
    state->out_length = (uint32_t)out_length;
    if (key_length > 0) {
        memcpy(state->block, key, key_length);
        state->used = BLOCK_BYTES;
    }
}

/* A full block waits until more comes: only then is it known not to be the last. */
void wrni_blake2s_add(struct wrni_blake2s *state, const void *data, size_t length)
{
    const uint8_t *from = data;
    if (length == 0)
        return;
    size_t room = BLOCK_BYTES - state->used;
    if (length > room) {
        if (state->used > 0) {
            memcpy(state->block + state->used, from, room);
            from += room;
            length -= room;
            state->count += BLOCK_BYTES;
            compress(state->h, state->block, state->count, false);
            state->used = 0;
        }
        for (; length > BLOCK_BYTES; from += BLOCK_BYTES, length -= BLOCK_BYTES) {
            state->count += BLOCK_BYTES;
            compress(state->h, from, state->count, false);
        }
    }
    memcpy(state->block + state->used, from, length);
    state->used += (uint32_t)length;
}

void wrni_blake2s_settle(struct wrni_blake2s *state)
{
    if (state->used < BLOCK_BYTES)
        return;
    state->count += BLOCK_BYTES;
    compress(state->h, state->block, state->count, false);
    state->used = 0;
}

void wrni_blake2s_resume(struct wrni_blake2s *state, const uint32_t h[8], size_t out_length)
{
    WRNI_ASSERT(out_length >= 1 && out_length <= 32);
    memcpy(state->h, h, sizeof state->h);
    state->count = BLOCK_BYTES;
    state->used = 0;
    state->out_length = (uint32_t)out_length;
}

void wrni_blake2s_end(struct wrni_blake2s *state, uint8_t *out)
{
    uint8_t whole[32];
    memset(state->block + state->used, 0, BLOCK_BYTES - state->used);
    state->count += state->used;
    compress(state->h, state->block, state->count, true);
    for (unsigned i = 0; i < 8; i++)
        wrni_store_le32(whole + 4 * i, state->h[i]);
    memcpy(out, whole, state->out_length);
    wrni_wipe(whole, sizeof whole);
    wrni_wipe(state, sizeof *state);
}
