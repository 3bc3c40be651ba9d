#include "kdf.h"

#include "bytes.h"

enum { BLOCK = 64 };

void wrni_mix_hash(struct wrni_provider provider, uint8_t out[32], const uint8_t *first, size_t first_length,
                   const uint8_t *second, size_t second_length)
{
    struct wrn_hash operation = {
        .first = first, .first_length = first_length, .second = second, .second_length = second_length, .out = out};

    provider.crypto->hash(provider.context, &operation, 1);
}

/* RFC 2104 with a key of one hash; out may be the key or the input. */
static void hmac(struct wrni_provider provider, const uint8_t key[32], const uint8_t *input, size_t length, uint8_t out[32])
{
    uint8_t inner[BLOCK], outer[BLOCK], digest[32];

    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (unsigned i = 0; i < 32; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    wrni_mix_hash(provider, digest, inner, sizeof inner, input, length);
    wrni_mix_hash(provider, out, outer, sizeof outer, digest, sizeof digest);
    wrni_wipe(inner, sizeof inner);
    wrni_wipe(outer, sizeof outer);
    wrni_wipe(digest, sizeof digest);
}

void wrni_kdf(struct wrni_provider provider, const uint8_t key[32], const uint8_t *input, size_t length, uint8_t *const outs[],
              unsigned count)
{
    uint8_t root[32], chain[33];

    WRNI_ASSERT(count >= 1 && count <= 3);
    hmac(provider, key, input, length, root);
    for (unsigned i = 0; i < count; i++) {
        chain[i == 0 ? 0 : 32] = (uint8_t)(i + 1);
        hmac(provider, root, chain, i == 0 ? 1 : 33, chain);
        memcpy(outs[i], chain, 32);
    }
    wrni_wipe(root, sizeof root);
    wrni_wipe(chain, sizeof chain);
}

void wrni_mac(struct wrni_provider provider, struct wrn_mac_memo *memo, const uint8_t *key, size_t key_length,
              const uint8_t *data, size_t length, uint8_t *out, size_t out_length)
{
    struct wrn_mac operation = {.key = key, .key_length = key_length, .data = data, .length = length, .out = out,
                                .out_length = out_length, .memo = memo};

    provider.crypto->mac(provider.context, &operation, 1);
}

bool wrni_dh(struct wrni_provider provider, const uint8_t secret[32], const uint8_t point[32], uint8_t out[32])
{
    struct wrn_dh operation = {.secret = secret, .point = point, .out = out};

    provider.crypto->dh(provider.context, &operation, 1);
    return operation.good && !wrni_is_zero(out, 32);
}
