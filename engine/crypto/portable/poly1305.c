#include "bytes.h"
#include "portable.h"

/*
 * Numbers modulo p = 2^130 - 5 as five limbs of 26 bits. Between blocks every limb of h is below 2^26, but h[1], which may be
 * 2^10 above; h may exceed p.
 */

#define LIMB UINT32_C(0x3ffffff)

static void split(uint32_t limbs[5], const uint8_t block[16], uint32_t top)
{
    uint32_t a = wrni_load_le32(block), b = wrni_load_le32(block + 4);
    uint32_t c = wrni_load_le32(block + 8), d = wrni_load_le32(block + 12);
    limbs[0] = a & LIMB;
    limbs[1] = (a >> 26 | b << 6) & LIMB;
    limbs[2] = (b >> 20 | c << 12) & LIMB;
    limbs[3] = (c >> 14 | d << 18) & LIMB;
    limbs[4] = d >> 8 | top << 24;
}

void wrni_poly_start(struct wrni_poly *state, const uint8_t key[32])
{
    uint8_t r[16];
    memcpy(r, key, sizeof r);
    for (unsigned i = 3; i < 16; i += 4)
        r[i] &= 15;
    for (unsigned i = 4; i < 16; i += 4)
        r[i] &= 252;
    split(state->r, r, 0);
    wrni_wipe(r, sizeof r);
    memset(state->h, 0, sizeof state->h);
    for (unsigned i = 0; i < 4; i++)
        state->pad[i] = wrni_load_le32(key + 16 + 4 * i);
}

/* h = (h + block) * r. Limbs below 2^27 + 2^10 times r and 5r below 2^29: a column of five stays below 2^59. */
static void absorb(struct wrni_poly *state, const uint8_t *data, size_t blocks, uint32_t top)
{
    const uint32_t r0 = state->r[0], r1 = state->r[1], r2 = state->r[2], r3 = state->r[3], r4 = state->r[4];
    const uint32_t s1 = 5 * r1, s2 = 5 * r2, s3 = 5 * r3, s4 = 5 * r4;
    uint32_t h0 = state->h[0], h1 = state->h[1], h2 = state->h[2], h3 = state->h[3], h4 = state->h[4];
    for (; blocks > 0; blocks--, data += 16) {
        uint32_t m[5];
        split(m, data, top);
        const uint64_t a = h0 + m[0], b = h1 + m[1], c = h2 + m[2], d = h3 + m[3], e = h4 + m[4];
        uint64_t d0 = a * r0 + b * s4 + c * s3 + d * s2 + e * s1;
        uint64_t d1 = a * r1 + b * r0 + c * s4 + d * s3 + e * s2;
        uint64_t d2 = a * r2 + b * r1 + c * r0 + d * s4 + e * s3;
        uint64_t d3 = a * r3 + b * r2 + c * r1 + d * r0 + e * s4;
        uint64_t d4 = a * r4 + b * r3 + c * r2 + d * r1 + e * r0;
        d1 += d0 >> 26;
        d2 += d1 >> 26;
        d3 += d2 >> 26;
        d4 += d3 >> 26;
        d0 = (d0 & LIMB) + 5 * (d4 >> 26);
        h0 = (uint32_t)d0 & LIMB;
        h1 = ((uint32_t)d1 & LIMB) + (uint32_t)(d0 >> 26);
        h2 = (uint32_t)d2 & LIMB;
        h3 = (uint32_t)d3 & LIMB;
        h4 = (uint32_t)d4 & LIMB;
    }
    state->h[0] = h0;
    state->h[1] = h1;
    state->h[2] = h2;
    state->h[3] = h3;
    state->h[4] = h4;
}

void wrni_poly_add_padded(struct wrni_poly *state, const uint8_t *data, size_t length)
{
    size_t whole = length / 16, rest = length % 16;
    absorb(state, data, whole, 1);
    if (rest > 0) {
        uint8_t last[16] = {0};
        memcpy(last, data + 16 * whole, rest);
        absorb(state, last, 1, 1);
    }
}

/* Below p exactly, by taking h - p where that is not negative, without a branch. */
static void reduce(uint32_t h[5])
{
    uint32_t g[5], carry = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 5; i++) {
            h[i] += carry;
            carry = h[i] >> 26;
            h[i] &= LIMB;
        }
        carry *= 5;
    }
    h[0] += carry;
    carry = 5;
    for (unsigned i = 0; i < 5; i++) {
        g[i] = h[i] + carry;
        carry = g[i] >> 26;
        g[i] &= LIMB;
    }
    volatile uint32_t hidden = 0 - carry; /* all ones when h + 5 reached 2^130, that is h >= p */
    uint32_t mask = hidden;
    for (unsigned i = 0; i < 5; i++)
        h[i] = (h[i] & ~mask) | (g[i] & mask);
    wrni_wipe(g, sizeof g);
}

void wrni_poly_end(struct wrni_poly *state, const uint8_t *data, size_t length, uint8_t tag[16])
{
    size_t whole = length / 16, rest = length % 16;
    absorb(state, data, whole, 1);
    if (rest > 0) {
        uint8_t last[16] = {0};
        memcpy(last, data + 16 * whole, rest);
        last[rest] = 1;
        absorb(state, last, 1, 0);
        wrni_wipe(last, sizeof last);
    }
    uint32_t *h = state->h;
    reduce(h);
    const uint32_t words[4] = {h[0] | h[1] << 26, h[1] >> 6 | h[2] << 20, h[2] >> 12 | h[3] << 14, h[3] >> 18 | h[4] << 8};
    uint64_t sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        sum += (uint64_t)words[i] + state->pad[i];
        wrni_store_le32(tag + 4 * i, (uint32_t)sum);
        sum >>= 32;
    }
    wrni_wipe(state, sizeof *state);
}
