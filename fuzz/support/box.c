#include "box.h"
#include "whole.h"

#include <sodium.h>
#include <string.h>

enum { SETS = 512, WAYS = 4, LONGEST = 1600, AAD = 32, TAG = 16, HEAD = 12 };

/* All that a result depends on but the text; then the text, and what is plain behind it. */
static struct place {
    uint64_t head[HEAD];
    bool good;
    uint8_t bytes[LONGEST + TAG + LONGEST];
} places[SETS][WAYS];
static unsigned turn; /* whose place is taken when all are */

struct fuzz_box fuzz_box(const uint8_t key[32], uint64_t counter, const uint8_t *aad, size_t aad_length)
{
    struct fuzz_box box = {.key = key, .aad = aad, .aad_length = aad_length};
    for (unsigned i = 0; i < 8; i++)
        box.nonce[4 + i] = (uint8_t)(counter >> 8 * i);
    return box;
}

struct fuzz_box fuzz_box_extended(const uint8_t key[32], const uint8_t nonce[24], const uint8_t *aad, size_t aad_length)
{
    struct fuzz_box box = {.key = key, .aad = aad, .aad_length = aad_length, .extended = true};
    memcpy(box.nonce, nonce, sizeof box.nonce);
    return box;
}

/* The set of these, which begin with `head` then; null: they are not remembered. */
static struct place *set_of(const struct fuzz_box *box, size_t length, uint64_t head[HEAD])
{
    uint8_t aad[AAD] = {0};
    if (length > LONGEST || box->aad_length > AAD)
        return NULL;
    for (size_t i = 0; i < box->aad_length; i++)
        aad[i] = box->aad[i];
    for (unsigned i = 0; i < 4; i++) {
        head[i] = fuzz_word(box->key + 8 * i);
        head[4 + i] = fuzz_word(aad + 8 * i);
    }
    for (unsigned i = 0; i < 3; i++)
        head[8 + i] = fuzz_word(box->nonce + 8 * i);
    head[11] = (uint64_t)length << 16 | (uint64_t)box->aad_length << 8 | (box->extended ? 3 : 1);
    return places[(fuzz_mix(head, HEAD) >> 32) % SETS];
}

static struct place *known(struct place *set, const uint64_t head[HEAD], size_t at, const uint8_t *bytes, size_t length)
{
    for (struct place *one = set; one < set + WAYS; one++) {
        uint64_t other = 0;
        for (unsigned i = 0; i < HEAD; i++)
            other |= one->head[i] ^ head[i];
        if (!other && fuzz_same(one->bytes + at, bytes, length))
            return one;
    }
    return NULL;
}

static struct place *new_place(struct place *set, const uint64_t head[HEAD])
{
    struct place *one = &set[turn++ % WAYS];
    for (unsigned i = 0; i < HEAD; i++)
        one->head[i] = head[i];
    return one;
}

static void seal(const struct fuzz_box *box, uint8_t *out, const uint8_t *plain, size_t length)
{
    if (box->extended)
        crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, length, box->aad, box->aad_length, NULL, box->nonce, box->key);
    else
        crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, length, box->aad, box->aad_length, NULL, box->nonce, box->key);
}

static bool open_(const struct fuzz_box *box, uint8_t *plain, const uint8_t *text, size_t length)
{
    int is = box->extended ? crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, text, length + TAG, box->aad,
                                                                        box->aad_length, box->nonce, box->key)
                           : crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, text, length + TAG, box->aad,
                                                                       box->aad_length, box->nonce, box->key);
    if (is != 0 && length)
        memset(plain, 0, length);
    return is == 0;
}

void fuzz_box_seal(const struct fuzz_box *box, uint8_t *out, const uint8_t *plain, size_t length)
{
    uint64_t head[HEAD];
    struct place *set = set_of(box, length, head), *one;
    if (!set) {
        seal(box, out, plain, length);
        return;
    }
    one = known(set, head, length + TAG, plain, length);
    if (!one || !one->good) {
        one = new_place(set, head);
        one->good = true;
        if (length)
            memcpy(one->bytes + length + TAG, plain, length);
        seal(box, one->bytes, one->bytes + length + TAG, length);
    }
    memcpy(out, one->bytes, length + TAG);
}

bool fuzz_box_open(const struct fuzz_box *box, uint8_t *plain, const uint8_t *text, size_t length)
{
    uint64_t head[HEAD];
    struct place *set = set_of(box, length, head), *one;
    if (!set)
        return open_(box, plain, text, length);
    one = known(set, head, 0, text, length + TAG);
    if (!one) {
        one = new_place(set, head);
        memcpy(one->bytes, text, length + TAG);
        one->good = open_(box, one->bytes + length + TAG, one->bytes, length);
    }
    if (length)
        memcpy(plain, one->bytes + length + TAG, length);
    return one->good;
}

void *fuzz_recall(const struct fuzz_memo *memo, const void *key, bool *hit)
{
    size_t size = FUZZ_MEMO_WORDS(memo->key, memo->value);
    uint64_t *place = memo->memory + (fuzz_mix(key, memo->key) >> 32) % memo->places * size, other = !place[0];
    for (unsigned i = 0; i < memo->key; i++)
        other |= place[1 + i] ^ fuzz_word((const uint8_t *)key + 8 * i);
    *hit = !other;
    place[0] = 1;
    for (unsigned i = 0; i < memo->key && other; i++)
        place[1 + i] = fuzz_word((const uint8_t *)key + 8 * i);
    for (unsigned i = 0; i < memo->value && other; i++)
        place[1 + memo->key + i] = 0;
    return place + 1 + memo->key;
}
