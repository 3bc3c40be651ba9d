/*
 * crypto_diff: the providers against each other, operation by operation (sodium, portable, boringssl, ipsec-mb, the
 * shared BLAKE2s).
 *
 * Input: version 0, then operations, 8 at most: what, alignment (low 4 bits) and damage, length (16 bits), aad length, length of
 * the key and of the result of a mac, three split points, then 32 bytes of key and 24 of nonce or point; what is worked on
 * follows from them.
 *
 *   0  dh    1  seal, open    2  xseal, xopen    3  hash    4  mac    5  BLAKE2s in pieces    6  a batch of three seals
 *
 * Buffers are of exactly their size at any alignment. Oracles:
 *   crypto-differ    two providers gave different bytes or outcomes, or others than libsodium's own function or a second BLAKE2s
 *   crypto-open      what was sealed does not open to what it was, or what was damaged does
 *   crypto-leak      a failed open leaves something else than zeros
 *   crypto-zero      a product of zeros was good, or a bad one is not zero (P-19)
 *   crypto-pieces    in pieces, settled or over two parts, a hash is another than in one
 *   crypto-batch     a batch is not what its operations are one by one
 */
#include "fuzz.h"
#include "blake2s.h"
#include "points.h"
#include "warren/crypto.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATIONS = 8, LONGEST = 2048 };

struct operation {
    uint8_t  what, shape, aad_length, key_length, out_length, split[3], key[32], nonce[32];
    uint16_t length;
    uint8_t *aad, *plain;
};

/* Those from OWN on have a seal and open of their own, and the rest of sodium. Without its library, or the instructions, ipsec-mb has
 * no context and is sodium. */
static struct provider {
    const struct wrn_crypto *crypto;
    void                    *context;
} providers[] = {
    {&wrn_crypto_sodium, NULL}, {&wrn_crypto_portable, NULL}, {&wrn_crypto_boringssl, NULL}, {&wrn_crypto_ipsecmb, NULL}};

enum { OWN = 2, IPSECMB = 3, PROVIDERS = sizeof providers / sizeof providers[0] };

static bool zeros(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Room for `size` bytes that end where the memory ends, `shift` bytes behind an aligned place. */
static uint8_t *place(uint8_t **memory, unsigned shift, size_t size)
{
    static const uint8_t none[LONGEST + 64];
    *memory = fuzz_exact(none, shift + size);
    return *memory + shift;
}

static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static unsigned digit(char c) { return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10); }

/* BLAKE2s after RFC 7693, whole messages only, the slow way: what the shared one is compared with. */
static void mix(uint32_t *v, unsigned a, unsigned b, unsigned c, unsigned d, uint32_t x, uint32_t y)
{
    static const unsigned turns[4] = {16, 12, 8, 7};
    for (unsigned half = 0; half < 2; half++) {
        v[a] += v[b] + (half ? y : x);
        v[d] ^= v[a];
        v[d] = v[d] >> turns[2 * half] | v[d] << (32 - turns[2 * half]);
        v[c] += v[d];
        v[b] ^= v[c];
        v[b] = v[b] >> turns[2 * half + 1] | v[b] << (32 - turns[2 * half + 1]);
    }
}

static void compress(uint32_t h[8], const uint8_t *block, uint64_t count, bool last)
{
    static const char order[10][17] = {"0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8",
                                       "905724afe1bc683d", "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a",
                                       "6fe9b308c2d714a5", "a2847615fb9e3cd0"};
    static const unsigned at[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
                                      {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};
    uint32_t              v[16], word[16];
    for (unsigned i = 0; i < 16; i++) {
        word[i] =
            block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
        v[i] = i < 8 ? h[i] : start[i - 8];
    }
    v[12] ^= (uint32_t)count;
    v[13] ^= (uint32_t)(count >> 32);
    v[14] ^= last ? UINT32_MAX : 0;
    for (unsigned round = 0; round < 10; round++)
        for (unsigned i = 0; i < 8; i++) {
            const char *pair = order[round] + 2 * i;
            mix(v, at[i][0], at[i][1], at[i][2], at[i][3], word[digit(pair[0])], word[digit(pair[1])]);
        }
    for (unsigned i = 0; i < 8; i++)
        h[i] ^= v[i] ^ v[i + 8];
}

static void blake2s(uint8_t *out, size_t out_length, const uint8_t *key, size_t key_length, const uint8_t *data, size_t length)
{
    static uint8_t padded[LONGEST + 128];
    uint32_t       h[8];
    size_t         head = key_length ? 64 : 0, whole = head + length, blocks = whole ? (whole + 63) / 64 : 1;
    memset(padded, 0, sizeof padded);
    memcpy(padded, key, key_length);
    memcpy(padded + head, data, length);
    memcpy(h, start, sizeof h);
    h[0] ^= UINT32_C(0x01010000) ^ (uint32_t)key_length << 8 ^ (uint32_t)out_length;
    for (size_t i = 0; i < blocks; i++)
        compress(h, padded + 64 * i, i + 1 < blocks ? 64 * (i + 1) : whole, i + 1 == blocks);
    for (size_t i = 0; i < out_length; i++)
        out[i] = (uint8_t)(h[i / 4] >> 8 * (i % 4));
}

static void dh(const struct operation *op)
{
    uint8_t out[OWN][32], right[32], point[32];
    memcpy(point, op->nonce, 32);
    if (op->shape & 128)
        memcpy(point, fuzz_points[op->nonce[0] % FUZZ_POINTS], 32);
    bool good = crypto_scalarmult_curve25519(right, op->key, point) == 0;
    for (unsigned i = 0; i < OWN; i++) {
        struct wrn_dh one = {op->key, point, out[i], false};
        memset(out[i], 0xaa, 32);
        providers[i].crypto->dh(providers[i].context, &one, 1);
        FUZZ_CHECK(one.good != zeros(out[i], 32), "crypto-zero", "%s", providers[i].crypto->name);
        FUZZ_CHECK(one.good == good, "crypto-differ", "dh of %s is %d", providers[i].crypto->name, one.good);
        FUZZ_CHECK(!good || !memcmp(out[i], right, 32), "crypto-differ", "dh of %s", providers[i].crypto->name);
    }
}

static void aead(const struct operation *op, const struct provider *provider, const uint8_t *sealed)
{
    uint8_t *memory, *data = place(&memory, op->shape & 15u, op->length + 16u);
    struct wrn_aead  one = {op->key, 0, op->aad, op->aad_length, data, op->length, false};
    struct wrn_xaead x = {op->key, op->nonce, op->aad, op->aad_length, data, op->length, false};
    bool             wide = op->what == 2, damaged = op->shape & 64;

    for (unsigned i = 8; i-- > 0;)
        one.counter = one.counter << 8 | op->nonce[i];
    if (op->length)
        memcpy(data, op->plain, op->length);
    if (wide)
        provider->crypto->xseal(provider->context, &x, 1);
    else
        provider->crypto->seal(provider->context, &one, 1);
    FUZZ_CHECK(!memcmp(data, sealed, op->length + 16u), "crypto-differ", "%s of %s, %u bytes", wide ? "xseal" : "seal",
               provider->crypto->name, op->length);
    if (damaged)
        data[(op->split[0] + 256u * op->split[1]) % (op->length + 16u)] ^= (uint8_t)(1u << (op->split[2] & 7u));
    one.good = x.good = !(op->shape & 32);
    if (wide)
        provider->crypto->xopen(provider->context, &x, 1);
    else
        provider->crypto->open(provider->context, &one, 1);
    FUZZ_CHECK((wide ? x.good : one.good) == !damaged, "crypto-open", "%s, damaged %d", provider->crypto->name, damaged);
    FUZZ_CHECK(!damaged || zeros(data, op->length), "crypto-leak", "%s, %u bytes", provider->crypto->name, op->length);
    FUZZ_CHECK(damaged || !op->length || !memcmp(data, op->plain, op->length), "crypto-open", "%s: other bytes",
               provider->crypto->name);
    fuzz_free(memory);
}

static void aeads(const struct operation *op)
{
    uint8_t sealed[LONGEST + 16], nonce[12] = {0};
    memcpy(nonce + 4, op->nonce, 8);
    if (op->what == 2)
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, op->plain, op->length, op->aad, op->aad_length, NULL, op->nonce,
                                                   op->key);
    else
        crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, op->plain, op->length, op->aad, op->aad_length, NULL, nonce,
                                                  op->key);
    for (unsigned i = 0; i < (op->what == 2 ? OWN : PROVIDERS); i++)
        aead(op, &providers[i], sealed);
}

static void pieces(const struct operation *op, size_t key_length, size_t out_length, const uint8_t *right)
{
    struct wrni_blake2s state, copy;
    uint8_t             out[32], again[32];
    size_t              at = 0;
    wrni_blake2s_init(&state, out_length, key_length ? op->key : NULL, key_length);
    for (unsigned i = 0; i < 3; i++) {
        size_t left = op->length - at, step = op->split[i] < left ? op->split[i] : left;
        wrni_blake2s_add(&state, op->plain + at, step);
        at += step;
        if (op->shape >> (4 + i) & 1)
            wrni_blake2s_add(&state, NULL, 0);
    }
    wrni_blake2s_add(&state, op->plain + at, op->length - at);
    copy = state;
    if (at < op->length) /* there is more to come for a state that settles */
        wrni_blake2s_end(&copy, again);
    wrni_blake2s_end(&state, out);
    FUZZ_CHECK(!memcmp(out, right, out_length), "crypto-pieces", "%u bytes by %u, %u, %u", op->length, op->split[0], op->split[1],
               op->split[2]);
    FUZZ_CHECK(at >= op->length || !memcmp(again, right, out_length), "crypto-pieces", "a copy of the state");
    wrni_blake2s_init(&state, out_length, key_length ? op->key : NULL, key_length);
    at = op->length ? (size_t)op->split[0] % op->length : 0;
    wrni_blake2s_add(&state, op->plain, at);
    if (at < op->length)
        wrni_blake2s_settle(&state);
    wrni_blake2s_add(&state, op->plain + at, op->length - at);
    wrni_blake2s_end(&state, out);
    FUZZ_CHECK(!memcmp(out, right, out_length), "crypto-pieces", "settled after %zu of %u", at, op->length);
}

static void hashes(const struct operation *op)
{
    size_t  key_length = op->what == 3 ? 0 : 1 + op->key_length % 32u, out_length = op->what == 3 ? 32 : 1 + op->out_length % 32u;
    size_t  first = op->length ? op->split[0] % (op->length + 1u) : 0;
    uint8_t out[PROVIDERS][33], right[33];
    for (unsigned i = 0; i < PROVIDERS; i++) {
        struct wrn_hash hash = {op->plain, first, op->plain + first, op->length - first, out[i]};
        struct wrn_mac_memo memo = {{0}}, *kept = op->split[1] & 1 ? &memo : NULL;
        struct wrn_mac  mac = {op->key, key_length, op->plain, op->length, out[i], out_length, kept};
        memset(out[i], 0xaa, 33);
        if (op->what == 3)
            providers[i].crypto->hash(providers[i].context, &hash, 1);
        else
            for (unsigned again = 0; again < 1u + (kept != NULL); again++)
                providers[i].crypto->mac(providers[i].context, &mac, 1);
        FUZZ_CHECK(out[i][out_length] == 0xaa, "crypto-differ", "%s writes behind its result", providers[i].crypto->name);
        FUZZ_CHECK(!memcmp(out[0], out[i], out_length), "crypto-differ", "hash of %s", providers[i].crypto->name);
    }
    blake2s(right, out_length, op->key, key_length, op->plain, op->length);
    FUZZ_CHECK(!memcmp(out[0], right, out_length), "crypto-differ", "BLAKE2s of %u bytes, key %zu, result %zu", op->length,
               key_length, out_length);
    pieces(op, key_length, out_length, right);
}

static void batch(const struct operation *op)
{
    static uint8_t  together[3][LONGEST + 16], alone[3][LONGEST + 16];
    struct wrn_aead many[3];
    for (unsigned i = 0; i < PROVIDERS; i++) {
        for (unsigned j = 0; j < 3; j++) {
            many[j] = (struct wrn_aead){op->key, op->nonce[j], op->aad, op->aad_length, together[j], op->length / (j + 1), false};
            struct wrn_aead one = many[j];
            memcpy(together[j], op->plain, many[j].length);
            memcpy(alone[j], op->plain, many[j].length);
            one.data = alone[j];
            providers[i].crypto->seal(providers[i].context, &one, 1);
        }
        providers[i].crypto->seal(providers[i].context, many, 3);
        for (unsigned j = 0; j < 3; j++)
            FUZZ_CHECK(!memcmp(together[j], alone[j], many[j].length + 16), "crypto-batch", "%s, the one with number %u",
                       providers[i].crypto->name, j);
        together[1][many[1].length] ^= op->shape & 64 ? 1 : 0;
        providers[i].crypto->open(providers[i].context, many, 3);
        for (unsigned j = 0; j < 3; j++)
            FUZZ_CHECK(many[j].good == !(j == 1 && op->shape & 64), "crypto-batch", "%s opens number %u: %d",
                       providers[i].crypto->name, j, many[j].good);
    }
}

static void perform(struct fuzz_bytes *bytes)
{
    struct operation op = {.what = (uint8_t)fuzz_pick(bytes, 7), .shape = fuzz_u8(bytes)};
    uint8_t          aad[256], plain[LONGEST];
    op.length = (uint16_t)(fuzz_u16(bytes) % LONGEST);
    op.aad_length = fuzz_u8(bytes);
    op.key_length = fuzz_u8(bytes);
    op.out_length = fuzz_u8(bytes);
    fuzz_fill(bytes, op.split, sizeof op.split);
    fuzz_fill(bytes, op.key, 32);
    fuzz_fill(bytes, op.nonce, 24);
    memcpy(op.nonce + 24, op.key, 8);
    for (unsigned i = 0; i < sizeof plain; i++) {
        plain[i] = (uint8_t)(op.key[i % 32] + i * op.nonce[i % 24]);
        aad[i % 256] = (uint8_t)~plain[i];
    }
    op.plain = fuzz_exact(plain, op.length);
    op.aad = fuzz_exact(aad, op.aad_length);
    switch (op.what) {
    case 0: dh(&op); break;
    case 1:
    case 2: aeads(&op); break;
    case 6: batch(&op); break;
    default: hashes(&op);
    }
    fuzz_free(op.plain);
    fuzz_free(op.aad);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static void *memory;
    size_t       size = wrn_ipsecmb_size();
    (void)argc, (void)argv;
    memory = size ? aligned_alloc(64, size) : NULL;
    providers[IPSECMB].context = wrn_ipsecmb_init(memory, size);
    for (unsigned i = OWN; i < PROVIDERS; i++) {
        const struct wrn_crypto *other = providers[i].crypto, *sodium = &wrn_crypto_sodium;
        FUZZ_CHECK(other->dh == sodium->dh && other->xseal == sodium->xseal && other->xopen == sodium->xopen, "crypto-differ",
                   "%s has more of its own", other->name);
    }
    return sodium_init() < 0 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    (void)fuzz_u8(&bytes);
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++)
        perform(&bytes);
    return 0;
}
