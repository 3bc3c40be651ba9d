#include "hash.h"

#include "base.h"

static const uint32_t iv[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void mix(uint32_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint32_t x, uint32_t y)
{
    v[a] += v[b] + x;
    v[d] = rotr(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotr(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotr(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotr(v[b] ^ v[c], 7);
}

static void compress(struct sim_blake *blake, int last)
{
    uint32_t m[16], v[16];

    for (unsigned i = 0; i < 16; i++)
        m[i] = sim_load32(blake->block + 4 * i);
    for (unsigned i = 0; i < 8; i++) {
        v[i] = blake->h[i];
        v[i + 8] = iv[i];
    }
    v[12] ^= (uint32_t)blake->count;
    v[13] ^= (uint32_t)(blake->count >> 32);
    if (last)
        v[14] = ~v[14];
    for (unsigned r = 0; r < 10; r++) {
        const uint8_t *s = sigma[r];

        for (unsigned i = 0; i < 4; i++)
            mix(v, i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[2 * i + 1]]);
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
    }
    for (unsigned i = 0; i < 8; i++)
        blake->h[i] ^= v[i] ^ v[i + 8];
}

void sim_blake_keyed(struct sim_blake *blake, const uint8_t *key, size_t key_length, size_t out_length)
{
    memset(blake, 0, sizeof *blake);
    memcpy(blake->h, iv, sizeof iv);
    blake->h[0] ^= 0x01010000u ^ (uint32_t)key_length << 8 ^ (uint32_t)out_length;
    if (key_length > 0) {
        memcpy(blake->block, key, key_length);
        blake->fill = 64;
    }
}

void sim_blake_begin(struct sim_blake *blake)
{
    sim_blake_keyed(blake, NULL, 0, 32);
}

void sim_blake_add(struct sim_blake *blake, const void *data, size_t length)
{
    const uint8_t *p = data;

    while (length > 0) {
        size_t take;

        if (blake->fill == 64) { /* the last block waits: it is compressed differently */
            blake->count += 64;
            compress(blake, 0);
            blake->fill = 0;
        }
        take = 64 - blake->fill < length ? 64 - blake->fill : length;
        memcpy(blake->block + blake->fill, p, take);
        blake->fill += (uint32_t)take;
        p += take;
        length -= take;
    }
}

void sim_blake_end(struct sim_blake *blake, uint8_t out[32])
{
    blake->count += blake->fill;
    memset(blake->block + blake->fill, 0, 64 - blake->fill);
    compress(blake, 1);
    for (unsigned i = 0; i < 8; i++)
        sim_store32(out + 4 * i, blake->h[i]);
}

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

struct sip { uint64_t a, b, c, d; };

static inline void sip_round(struct sip *s)
{
    s->a += s->b;
    s->b = rotl(s->b, 13) ^ s->a;
    s->a = rotl(s->a, 32);
    s->c += s->d;
    s->d = rotl(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotl(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotl(s->b, 17) ^ s->c;
    s->c = rotl(s->c, 32);
}

static void sip_begin(struct sip *s, uint64_t k0, uint64_t k1)
{
    s->a = k0 ^ UINT64_C(0x736f6d6570736575);
    s->b = k1 ^ UINT64_C(0x646f72616e646f6d);
    s->c = k0 ^ UINT64_C(0x6c7967656e657261);
    s->d = k1 ^ UINT64_C(0x7465646279746573);
}

static inline void sip_add(struct sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    sip_round(s);
    s->a ^= word;
}

static inline uint64_t sip_end(struct sip *s)
{
    s->c ^= 0xff;
    for (unsigned i = 0; i < 4; i++)
        sip_round(s);
    return s->a ^ s->b ^ s->c ^ s->d;
}

uint64_t sim_sip(uint64_t k0, uint64_t k1, const void *data, size_t length)
{
    const uint8_t *p = data;
    uint8_t tail[8] = {0};
    struct sip s;
    size_t i;

    sip_begin(&s, k0, k1);
    for (i = 0; i + 8 <= length; i += 8)
        sip_add(&s, sim_load64(p + i));
    if (i < length)
        memcpy(tail, p + i, length - i);
    tail[7] = (uint8_t)length;
    sip_add(&s, sim_load64(tail));
    return sip_end(&s);
}

uint64_t sim_sip_word(uint64_t k0, uint64_t k1, uint64_t word)
{
    struct sip s;

    sip_begin(&s, k0, k1);
    sip_add(&s, word);
    sip_add(&s, UINT64_C(8) << 56);
    return sip_end(&s);
}

/* The constants of XXH64, by its specification. */
#define XX1 UINT64_C(0x9e3779b185ebca87)
#define XX2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define XX3 UINT64_C(0x165667b19e3779f9)
#define XX4 UINT64_C(0x85ebca77c2b2ae63)
#define XX5 UINT64_C(0x27d4eb2f165667c5)

static inline uint64_t xx_round(uint64_t lane, uint64_t word)
{
    return rotl(lane + word * XX2, 31) * XX1;
}

struct xx { uint64_t lane[4]; };

static inline void xx_begin(struct xx *x, uint64_t seed)
{
    x->lane[0] = seed + XX1 + XX2;
    x->lane[1] = seed + XX2;
    x->lane[2] = seed;
    x->lane[3] = seed - XX1;
}

/* Written out, as all that follows: not every optimiser unrolls four turns. */
static inline void xx_add(struct xx *x, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    x->lane[0] = xx_round(x->lane[0], a);
    x->lane[1] = xx_round(x->lane[1], b);
    x->lane[2] = xx_round(x->lane[2], c);
    x->lane[3] = xx_round(x->lane[3], d);
}

static inline uint64_t xx_merge(const struct xx *x)
{
    uint64_t hash = rotl(x->lane[0], 1) + rotl(x->lane[1], 7) + rotl(x->lane[2], 12) + rotl(x->lane[3], 18);

    hash = (hash ^ xx_round(0, x->lane[0])) * XX1 + XX4;
    hash = (hash ^ xx_round(0, x->lane[1])) * XX1 + XX4;
    hash = (hash ^ xx_round(0, x->lane[2])) * XX1 + XX4;
    return (hash ^ xx_round(0, x->lane[3])) * XX1 + XX4;
}

static inline uint64_t xx_end(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * XX2;
    hash = (hash ^ hash >> 29) * XX3;
    return hash ^ hash >> 32;
}

uint64_t sim_xxh64(uint64_t seed, const void *data, size_t length)
{
    const uint8_t *p = data, *end = p + length;
    uint64_t hash = seed + XX5;

    if (length >= 32) {
        struct xx x;

        xx_begin(&x, seed);
        for (; end - p >= 32; p += 32)
            xx_add(&x, sim_load64(p), sim_load64(p + 8), sim_load64(p + 16), sim_load64(p + 24));
        hash = xx_merge(&x);
    }
    hash += length;
    for (; end - p >= 8; p += 8)
        hash = rotl(hash ^ xx_round(0, sim_load64(p)), 27) * XX1 + XX4;
    if (end - p >= 4) {
        hash = rotl(hash ^ sim_load32(p) * XX1, 23) * XX2 + XX3;
        p += 4;
    }
    for (; p < end; p++)
        hash = rotl(hash ^ *p * XX5, 11) * XX1;
    return xx_end(hash);
}

uint64_t sim_xxh64_words(uint64_t seed, const uint64_t words[4])
{
    struct xx x;

    xx_begin(&x, seed);
    xx_add(&x, words[0], words[1], words[2], words[3]);
    return xx_end(xx_merge(&x) + 32);
}
