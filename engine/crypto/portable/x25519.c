#include "bytes.h"
#include "portable.h"

/*
 * Numbers modulo p = 2^255 - 19 as ten limbs, by turns 26 and 25 bits wide: limb i has the weight 2^ceil(25.5 i).
 *
 * A number is tight when every limb is below its width, but limb 1, which may be 2^17 above: what carry() leaves. It is loose
 * when every limb is below 3.1 times its width: a sum or a difference of two tight ones. Products take loose numbers and give
 * tight ones: 19 times a loose limb fits 32 bits, and a column of ten products stays below 2^63. Sums and differences take
 * tight numbers only, so nothing is added twice in a row.
 */

#define WIDTH(i) (26 - (i) % 2)
#define MASK(i) ((UINT32_C(1) << WIDTH(i)) - 1)

struct element { uint32_t limb[10]; };

static inline uint64_t m(uint32_t a, uint32_t b)
{
    return (uint64_t)a * b;
}

static void carry(struct element *out, uint64_t h[10])
{
    for (unsigned i = 0; i < 9; i++) {
        h[i + 1] += h[i] >> WIDTH(i);
        out->limb[i] = (uint32_t)h[i] & MASK(i);
    }
    out->limb[9] = (uint32_t)h[9] & MASK(9);
    uint64_t low = out->limb[0] + 19 * (h[9] >> WIDTH(9));
    out->limb[0] = (uint32_t)low & MASK(0);
    out->limb[1] += (uint32_t)(low >> WIDTH(0));
}

static void add(struct element *out, const struct element *a, const struct element *b)
{
    for (unsigned i = 0; i < 10; i++)
        out->limb[i] = a->limb[i] + b->limb[i];
}

/* a + 2p - b: no limb of a tight b exceeds that of 2p. */
static void subtract(struct element *out, const struct element *a, const struct element *b)
{
    out->limb[0] = a->limb[0] + (2 * MASK(0) - 36) - b->limb[0];
    for (unsigned i = 1; i < 10; i++)
        out->limb[i] = a->limb[i] + 2 * MASK(i) - b->limb[i];
}

/* Two odd limbs weigh twice what their sum's limb does (d); a column past the top comes back 19 times (n). */
static void multiply(struct element *out, const struct element *a, const struct element *b)
{
    const uint32_t *f = a->limb, *g = b->limb;
    uint32_t d[10], n[10];
    uint64_t h[10];
    for (unsigned i = 0; i < 10; i++) {
        d[i] = 2 * f[i];
        n[i] = 19 * g[i];
    }
    h[0] = m(f[0], g[0]) + m(d[1], n[9]) + m(f[2], n[8]) + m(d[3], n[7]) + m(f[4], n[6]) + m(d[5], n[5]) + m(f[6], n[4]) +
           m(d[7], n[3]) + m(f[8], n[2]) + m(d[9], n[1]);
    h[1] = m(f[0], g[1]) + m(f[1], g[0]) + m(f[2], n[9]) + m(f[3], n[8]) + m(f[4], n[7]) + m(f[5], n[6]) + m(f[6], n[5]) +
           m(f[7], n[4]) + m(f[8], n[3]) + m(f[9], n[2]);
    h[2] = m(f[0], g[2]) + m(d[1], g[1]) + m(f[2], g[0]) + m(d[3], n[9]) + m(f[4], n[8]) + m(d[5], n[7]) + m(f[6], n[6]) +
           m(d[7], n[5]) + m(f[8], n[4]) + m(d[9], n[3]);
    h[3] = m(f[0], g[3]) + m(f[1], g[2]) + m(f[2], g[1]) + m(f[3], g[0]) + m(f[4], n[9]) + m(f[5], n[8]) + m(f[6], n[7]) +
           m(f[7], n[6]) + m(f[8], n[5]) + m(f[9], n[4]);
    h[4] = m(f[0], g[4]) + m(d[1], g[3]) + m(f[2], g[2]) + m(d[3], g[1]) + m(f[4], g[0]) + m(d[5], n[9]) + m(f[6], n[8]) +
           m(d[7], n[7]) + m(f[8], n[6]) + m(d[9], n[5]);
    h[5] = m(f[0], g[5]) + m(f[1], g[4]) + m(f[2], g[3]) + m(f[3], g[2]) + m(f[4], g[1]) + m(f[5], g[0]) + m(f[6], n[9]) +
           m(f[7], n[8]) + m(f[8], n[7]) + m(f[9], n[6]);
    h[6] = m(f[0], g[6]) + m(d[1], g[5]) + m(f[2], g[4]) + m(d[3], g[3]) + m(f[4], g[2]) + m(d[5], g[1]) + m(f[6], g[0]) +
           m(d[7], n[9]) + m(f[8], n[8]) + m(d[9], n[7]);
    h[7] = m(f[0], g[7]) + m(f[1], g[6]) + m(f[2], g[5]) + m(f[3], g[4]) + m(f[4], g[3]) + m(f[5], g[2]) + m(f[6], g[1]) +
           m(f[7], g[0]) + m(f[8], n[9]) + m(f[9], n[8]);
    h[8] = m(f[0], g[8]) + m(d[1], g[7]) + m(f[2], g[6]) + m(d[3], g[5]) + m(f[4], g[4]) + m(d[5], g[3]) + m(f[6], g[2]) +
           m(d[7], g[1]) + m(f[8], g[0]) + m(d[9], n[9]);
    h[9] = m(f[0], g[9]) + m(f[1], g[8]) + m(f[2], g[7]) + m(f[3], g[6]) + m(f[4], g[5]) + m(f[5], g[4]) + m(f[6], g[3]) +
           m(f[7], g[2]) + m(f[8], g[1]) + m(f[9], g[0]);
    carry(out, h);
}

/* As multiply, equal products taken together; q counts four. */
static void square(struct element *out, const struct element *a)
{
    const uint32_t *f = a->limb;
    uint32_t d[10], n[10], q[10];
    uint64_t h[10];
    for (unsigned i = 0; i < 10; i++) {
        d[i] = 2 * f[i];
        q[i] = 4 * f[i];
        n[i] = 19 * f[i];
    }
    h[0] = m(f[0], f[0]) + m(q[1], n[9]) + m(d[2], n[8]) + m(q[3], n[7]) + m(d[4], n[6]) + m(d[5], n[5]);
    h[1] = m(d[0], f[1]) + m(d[2], n[9]) + m(d[3], n[8]) + m(d[4], n[7]) + m(d[5], n[6]);
    h[2] = m(d[0], f[2]) + m(d[1], f[1]) + m(q[3], n[9]) + m(d[4], n[8]) + m(q[5], n[7]) + m(f[6], n[6]);
    h[3] = m(d[0], f[3]) + m(d[1], f[2]) + m(d[4], n[9]) + m(d[5], n[8]) + m(d[6], n[7]);
    h[4] = m(d[0], f[4]) + m(q[1], f[3]) + m(f[2], f[2]) + m(q[5], n[9]) + m(d[6], n[8]) + m(d[7], n[7]);
    h[5] = m(d[0], f[5]) + m(d[1], f[4]) + m(d[2], f[3]) + m(d[6], n[9]) + m(d[7], n[8]);
    h[6] = m(d[0], f[6]) + m(q[1], f[5]) + m(d[2], f[4]) + m(d[3], f[3]) + m(q[7], n[9]) + m(f[8], n[8]);
    h[7] = m(d[0], f[7]) + m(d[1], f[6]) + m(d[2], f[5]) + m(d[3], f[4]) + m(d[8], n[9]);
    h[8] = m(d[0], f[8]) + m(q[1], f[7]) + m(d[2], f[6]) + m(q[3], f[5]) + m(f[4], f[4]) + m(d[9], n[9]);
    h[9] = m(d[0], f[9]) + m(d[1], f[8]) + m(d[2], f[7]) + m(d[3], f[6]) + m(d[4], f[5]);
    carry(out, h);
}

static void multiply_small(struct element *out, const struct element *a, uint32_t small)
{
    uint64_t h[10];
    for (unsigned i = 0; i < 10; i++)
        h[i] = m(a->limb[i], small);
    carry(out, h);
}

static void square_times(struct element *out, const struct element *a, unsigned times)
{
    square(out, a);
    for (unsigned i = 1; i < times; i++)
        square(out, out);
}

/* a^(p - 2). A name like ones_10 is a^(2^10 - 1). */
static void invert(struct element *out, const struct element *a)
{
    struct element two, nine, eleven, ones_5, ones_10, ones_50, ones_100, t;
    square(&two, a);
    square_times(&t, &two, 2);
    multiply(&nine, &t, a);
    multiply(&eleven, &nine, &two);
    square(&t, &eleven);
    multiply(&ones_5, &t, &nine);
    square_times(&t, &ones_5, 5);
    multiply(&ones_10, &t, &ones_5);
    square_times(&t, &ones_10, 10);
    multiply(&ones_50, &t, &ones_10); /* 20 ones */
    square_times(&t, &ones_50, 20);
    multiply(&t, &t, &ones_50); /* 40 ones */
    square_times(&t, &t, 10);
    multiply(&ones_50, &t, &ones_10);
    square_times(&t, &ones_50, 50);
    multiply(&ones_100, &t, &ones_50);
    square_times(&t, &ones_100, 100);
    multiply(&t, &t, &ones_100);
    square_times(&t, &t, 50);
    multiply(&t, &t, &ones_50); /* 250 ones */
    square_times(&t, &t, 5);
    multiply(out, &t, &eleven);
}

/* The highest bit is ignored and a value from p up is taken modulo p (RFC 7748 section 5). */
static void decode(struct element *out, const uint8_t in[32])
{
    uint32_t words[9];
    for (unsigned i = 0; i < 8; i++)
        words[i] = wrni_load_le32(in + 4 * i);
    words[8] = 0;
    for (unsigned i = 0; i < 10; i++) {
        unsigned bit = (51 * i + 1) / 2;
        uint64_t pair = (uint64_t)words[bit / 32 + 1] << 32 | words[bit / 32];
        out->limb[i] = (uint32_t)(pair >> bit % 32) & MASK(i);
    }
}

/* In place: every limb below its width, and the number below p. */
static void reduce(uint32_t h[10])
{
    uint32_t over = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 10; i++) {
            h[i] += over;
            over = h[i] >> WIDTH(i);
            h[i] &= MASK(i);
        }
        over *= 19;
    }
    h[0] += over;
    over = 19; /* h >= p exactly when h + 19 reaches 2^255 */
    for (unsigned i = 0; i < 10; i++)
        over = (h[i] + over) >> WIDTH(i);
    over *= 19;
    for (unsigned i = 0; i < 10; i++) {
        h[i] += over;
        over = h[i] >> WIDTH(i);
        h[i] &= MASK(i);
    }
}

static void encode(uint8_t out[32], const struct element *in)
{
    struct element whole = *in;
    uint64_t gathered = 0;
    unsigned bits = 0;
    reduce(whole.limb);
    for (unsigned i = 0; i < 10; i++) {
        gathered |= (uint64_t)whole.limb[i] << bits;
        bits += WIDTH(i);
        if (bits >= 32) {
            wrni_store_le32(out, (uint32_t)gathered);
            out += 4;
            gathered >>= 32;
            bits -= 32;
        }
    }
    wrni_store_le32(out, (uint32_t)gathered);
}

/* The mask goes through a volatile, so that no compiler learns that it has two values only and branches on it. */
static void swap_if(uint32_t bit, struct element *a, struct element *b)
{
    volatile uint32_t hidden = 0 - bit;
    const uint32_t mask = hidden;
    for (unsigned i = 0; i < 10; i++) {
        uint32_t change = (a->limb[i] ^ b->limb[i]) & mask;
        a->limb[i] ^= change;
        b->limb[i] ^= change;
    }
}

struct ladder {
    struct element x1, x2, z2, x3, z3, a, b, c, d, e;
};

/* One step of RFC 7748 section 5: (x2 : z2) doubles, (x3 : z3) becomes the sum of both. */
static void step(struct ladder *l)
{
    add(&l->a, &l->x2, &l->z2);
    subtract(&l->b, &l->x2, &l->z2);
    add(&l->c, &l->x3, &l->z3);
    subtract(&l->d, &l->x3, &l->z3);
    multiply(&l->d, &l->d, &l->a); /* DA */
    multiply(&l->c, &l->c, &l->b); /* CB */
    square(&l->a, &l->a);          /* AA */
    square(&l->b, &l->b);          /* BB */
    add(&l->x3, &l->d, &l->c);
    square(&l->x3, &l->x3);
    subtract(&l->z3, &l->d, &l->c);
    square(&l->z3, &l->z3);
    multiply(&l->z3, &l->x1, &l->z3);
    multiply(&l->x2, &l->a, &l->b);
    subtract(&l->e, &l->a, &l->b); /* E */
    multiply_small(&l->c, &l->e, 121665);
    add(&l->c, &l->a, &l->c);
    multiply(&l->z2, &l->e, &l->c);
}

bool wrni_x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t point[32])
{
    uint8_t k[32];
    struct ladder l = {.x2 = {{1}}, .z3 = {{1}}};
    uint32_t swapped = 0;
    memcpy(k, scalar, sizeof k);
    k[0] &= 248;
    k[31] = (uint8_t)((k[31] & 127) | 64);
    decode(&l.x1, point);
    l.x3 = l.x1;
    for (unsigned i = 255; i-- > 0;) {
        uint32_t bit = (uint32_t)k[i / 8] >> (i % 8) & 1;
        swap_if(bit ^ swapped, &l.x2, &l.x3);
        swap_if(bit ^ swapped, &l.z2, &l.z3);
        swapped = bit;
        step(&l);
    }
    swap_if(swapped, &l.x2, &l.x3);
    swap_if(swapped, &l.z2, &l.z3);
    invert(&l.z2, &l.z2);
    multiply(&l.x2, &l.x2, &l.z2);
    encode(out, &l.x2);
    wrni_wipe(&l, sizeof l);
    wrni_wipe(k, sizeof k);
    return !wrni_is_zero(out, 32);
}
