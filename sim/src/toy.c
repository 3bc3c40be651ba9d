#include "sim/toy.h"

#include "base.h"

/* 128 bits of state. Each step is one-to-one in the state and in the word: one changed word never goes unseen. */

#define ODD_A UINT64_C(0x9e3779b97f4a7c15)
#define ODD_B UINT64_C(0xd6e8feb86659fd93)

enum { DOMAIN_HASH = 1, DOMAIN_MAC, DOMAIN_AEAD, DOMAIN_XAEAD, DOMAIN_STREAM, DOMAIN_PUBLIC, DOMAIN_SHARED };

struct sum {
    uint64_t a, b, pending, count;
};

static uint64_t scatter(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void add_word(struct sum *sum, uint64_t word)
{
    sum->a = (sum->a ^ word) * ODD_A;
    sum->a ^= sum->a >> 32;
    sum->b = (sum->b + word) * ODD_B;
    sum->b ^= sum->b >> 29;
}

static void add_byte(struct sum *sum, uint8_t byte)
{
    sum->pending |= (uint64_t)byte << 8 * (sum->count % 8);
    if (++sum->count % 8 != 0)
        return;
    add_word(sum, sum->pending);
    sum->pending = 0;
}

static void add(struct sum *sum, const uint8_t *data, size_t length)
{
    for (; length > 0 && sum->count % 8 != 0; length--)
        add_byte(sum, *data++);
    for (; length >= 8; length -= 8, data += 8, sum->count += 8)
        add_word(sum, sim_load64(data));
    for (; length > 0; length--)
        add_byte(sum, *data++);
}

static struct sum begin(uint64_t domain, const uint8_t *key, size_t key_length)
{
    struct sum sum = {.a = domain * ODD_B, .b = ~domain};

    add_word(&sum, key_length);
    add(&sum, key, key_length);
    return sum;
}

static void end(struct sum sum, uint8_t *out, size_t length)
{
    uint8_t word[8];

    add_word(&sum, sum.pending);
    add_word(&sum, sum.count);
    for (size_t at = 0; at < length; at += 8) {
        sim_store64(word, scatter(sum.a + at * ODD_B) ^ scatter(sum.b + at * ODD_A));
        memcpy(out + at, word, length - at < 8 ? length - at : 8);
    }
}

static void toy_hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct sum sum = begin(DOMAIN_HASH, NULL, 0);

        add(&sum, operations[i].first, operations[i].first_length);
        add(&sum, operations[i].second, operations[i].second_length);
        end(sum, operations[i].out, WRN_HASH_BYTES);
    }
}

static void toy_mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct sum sum = begin(DOMAIN_MAC, operations[i].key, operations[i].key_length);

        add_word(&sum, operations[i].out_length);
        add(&sum, operations[i].data, operations[i].length);
        end(sum, operations[i].out, operations[i].out_length);
    }
}

/* Sealing and opening. ---------------------------------------------------------------------------------------------------- */

struct box {
    uint64_t       domain;
    const uint8_t *key, *nonce, *aad;
    size_t         nonce_length, aad_length, length;
    uint8_t       *data;
};

static void hide(const struct box *box)
{
    struct sum sum = begin(DOMAIN_STREAM, box->key, WRN_KEY_BYTES);
    uint8_t seed[8], word[8];
    uint64_t state;
    size_t at = 0;

    add(&sum, box->nonce, box->nonce_length);
    end(sum, seed, sizeof seed);
    state = sim_load64(seed);
    for (; at + 8 <= box->length; at += 8)
        sim_store64(box->data + at, sim_load64(box->data + at) ^ scatter(state += ODD_A));
    sim_store64(word, scatter(state + ODD_A));
    for (size_t i = 0; at + i < box->length; i++)
        box->data[at + i] ^= word[i];
}

/* Over what is on the wire. */
static void tag(const struct box *box, uint8_t out[WRN_TAG_BYTES])
{
    struct sum sum = begin(box->domain, box->key, WRN_KEY_BYTES);

    add(&sum, box->nonce, box->nonce_length);
    add_word(&sum, box->aad_length);
    add(&sum, box->aad, box->aad_length);
    add_word(&sum, box->length);
    add(&sum, box->data, box->length);
    end(sum, out, WRN_TAG_BYTES);
}

static void seal_box(const struct box *box)
{
    hide(box);
    tag(box, box->data + box->length);
}

static bool open_box(const struct box *box)
{
    uint8_t right[WRN_TAG_BYTES];

    tag(box, right);
    if (memcmp(right, box->data + box->length, sizeof right) != 0) {
        memset(box->data, 0, box->length);
        return false;
    }
    hide(box);
    return true;
}

static struct box box_of(const struct wrn_aead *operation, uint8_t nonce[8])
{
    sim_store64(nonce, operation->counter);
    return (struct box){DOMAIN_AEAD, operation->key, nonce, operation->aad, 8, operation->aad_length, operation->length,
                        operation->data};
}

static struct box xbox_of(const struct wrn_xaead *operation)
{
    return (struct box){DOMAIN_XAEAD, operation->key, operation->nonce, operation->aad, WRN_XNONCE_BYTES, operation->aad_length,
                        operation->length, operation->data};
}

static void toy_seal(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        uint8_t nonce[8];
        struct box box = box_of(&operations[i], nonce);

        seal_box(&box);
        operations[i].good = true;
    }
}

static void toy_open(void *context, struct wrn_aead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        uint8_t nonce[8];
        struct box box = box_of(&operations[i], nonce);

        operations[i].good = open_box(&box);
    }
}

static void toy_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct box box = xbox_of(&operations[i]);

        seal_box(&box);
        operations[i].good = true;
    }
}

static void toy_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        struct box box = xbox_of(&operations[i]);

        operations[i].good = open_box(&box);
    }
}

/* The group. -------------------------------------------------------------------------------------------------------------- */

static void clamp(uint8_t out[32], const uint8_t secret[32])
{
    memcpy(out, secret, 32);
    out[0] &= 248;
    out[31] = (uint8_t)((out[31] & 127) | 64);
}

/* Without the top bit, and below 2^255 - 19. */
static void canonical(uint8_t out[32], const uint8_t point[32])
{
    bool all = true;

    memcpy(out, point, 32);
    out[31] &= 127;
    for (unsigned i = 1; i < 31; i++)
        all = all && out[i] == 255;
    if (!all || out[31] != 127 || out[0] < 237)
        return;
    out[0] = (uint8_t)(out[0] - 237);
    memset(out + 1, 0, 31);
}

static bool is_low_order(const uint8_t point[32])
{
    static const uint8_t points[5][32] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
         0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
         0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    };

    for (unsigned i = 0; i < 5; i++)
        if (memcmp(points[i], point, 32) == 0)
            return true;
    return false;
}

/* Where a clamped secret is, or would be. */
static struct sim_toy_key *find(const struct sim_toy *toy, const uint8_t secret[32])
{
    uint32_t at = (uint32_t)scatter(sim_load64(secret) ^ sim_load64(secret + 16));

    for (;; at++) {
        struct sim_toy_key *key = &toy->keys[at & (toy->size - 1)];

        if (!key->used || memcmp(key->secret, secret, 32) == 0)
            return key;
    }
}

void sim_toy_learn(struct sim_toy *toy, const uint8_t secret[32], const uint8_t public_key[32])
{
    struct sim_toy_key *key;
    uint8_t clamped[32];

    clamp(clamped, secret);
    key = find(toy, clamped);
    if (key->used)
        return;
    memcpy(key->secret, clamped, 32);
    memcpy(key->public_key, public_key, 32);
    key->used = true;
}

static void public_of(const struct sim_toy *toy, const uint8_t secret[32], uint8_t out[32])
{
    uint8_t clamped[32];

    clamp(clamped, secret);
    if (toy && toy->size > 0) {
        const struct sim_toy_key *key = find(toy, clamped);

        if (key->used) {
            memcpy(out, key->public_key, 32);
            return;
        }
    }
    end(begin(DOMAIN_PUBLIC, clamped, 32), out, 32);
    out[31] &= 63; /* canonical */
}

static void toy_dh(void *context, struct wrn_dh *operations, size_t count)
{
    static const uint8_t base[32] = {9};

    for (size_t i = 0; i < count; i++) {
        uint8_t own[32], point[32];
        bool first;

        canonical(point, operations[i].point);
        operations[i].good = !is_low_order(point);
        if (!operations[i].good) {
            memset(operations[i].out, 0, 32);
            continue;
        }
        public_of(context, operations[i].secret, own);
        if (memcmp(point, base, 32) == 0) {
            memcpy(operations[i].out, own, 32);
            continue;
        }
        first = memcmp(own, point, 32) < 0;
        struct sum sum = begin(DOMAIN_SHARED, first ? own : point, 32);

        add(&sum, first ? point : own, 32);
        end(sum, operations[i].out, 32);
    }
}

const struct wrn_crypto sim_toy = {
    .name = "toy", .dh = toy_dh, .seal = toy_seal, .open = toy_open, .xseal = toy_xseal, .xopen = toy_xopen,
    .hash = toy_hash, .mac = toy_mac,
};
