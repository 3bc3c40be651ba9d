#ifndef WRNI_KDF_H
#define WRNI_KDF_H

/*
 * Floor 2. HMAC over BLAKE2s and KDF1..3 (P-13, P-15), through a provider's hash.
 */

#include "base.h"
#include "warren/crypto.h"

/* Two to carry everywhere: the table and the context of this lane. */
struct wrni_provider { const struct wrn_crypto *crypto; void *context; };

/* outs[0..count), count 1..3, 32 bytes each; the key may be outs[0]. length 0: input may be null. Intermediates are wiped. */
void wrni_kdf(struct wrni_provider provider, const uint8_t key[32], const uint8_t *input, size_t length, uint8_t *const outs[],
              unsigned count);

/* out = HASH(first || second); out may be either input. */
void wrni_mix_hash(struct wrni_provider provider, uint8_t out[32], const uint8_t *first, size_t first_length,
                   const uint8_t *second, size_t second_length);

/* memo may be null; else it is zero or of this key and output length (warren/crypto.h). */
void wrni_mac(struct wrni_provider provider, struct wrn_mac_memo *memo, const uint8_t *key, size_t key_length,
              const uint8_t *data, size_t length, uint8_t *out, size_t out_length);

/* False when the result is all zero (P-19). */
bool wrni_dh(struct wrni_provider provider, const uint8_t secret[32], const uint8_t point[32], uint8_t out[32]);

#endif
