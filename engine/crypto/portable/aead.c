#include "bytes.h"
#include "portable.h"

/* RFC 8439 section 2.8: block 0 keys the tag, the data starts with block 1. */
static void start(struct wrni_chacha *cipher, struct wrni_poly *poly, const uint8_t key[32], const uint8_t nonce[12],
                  const uint8_t *aad, size_t aad_length)
{
    uint8_t block[64];
    wrni_chacha_start(cipher, key, 0, nonce);
    wrni_chacha_block(cipher, block);
    wrni_poly_start(poly, block);
    wrni_wipe(block, sizeof block);
    wrni_poly_add_padded(poly, aad, aad_length);
}

static void end_tag(struct wrni_poly *poly, size_t aad_length, const uint8_t *data, size_t length, uint8_t tag[16])
{
    uint8_t lengths[16];
    wrni_poly_add_padded(poly, data, length);
    wrni_store_le64(lengths, aad_length);
    wrni_store_le64(lengths + 8, length);
    wrni_poly_end(poly, lengths, sizeof lengths, tag);
}

void wrni_aead_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad, size_t aad_length, uint8_t *data,
                    size_t length)
{
    struct wrni_chacha cipher;
    struct wrni_poly poly;
    start(&cipher, &poly, key, nonce, aad, aad_length);
    wrni_chacha_xor(&cipher, data, length);
    end_tag(&poly, aad_length, data, length, data + length);
    wrni_wipe(&cipher, sizeof cipher);
}

bool wrni_aead_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t *aad, size_t aad_length, uint8_t *data,
                    size_t length)
{
    struct wrni_chacha cipher;
    struct wrni_poly poly;
    uint8_t tag[16];
    start(&cipher, &poly, key, nonce, aad, aad_length);
    end_tag(&poly, aad_length, data, length, tag);
    bool good = wrni_equal(tag, data + length, sizeof tag);
    WRNI_PUBLIC(good);
    if (good)
        wrni_chacha_xor(&cipher, data, length);
    else
        memset(data, 0, length);
    wrni_wipe(tag, sizeof tag);
    wrni_wipe(&cipher, sizeof cipher);
    return good;
}
