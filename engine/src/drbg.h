#ifndef WRNI_DRBG_H
#define WRNI_DRBG_H

/*
 * Floor 1. A random stream with fast key erasure: 32 bytes of state, replaced before any output leaves, so that a stolen state
 * tells nothing of earlier draws. Built on keyed BLAKE2s, never on a provider.
 *
 * Streams are named by (entropy, purpose, identity): what one draws never shifts another (DESIGN: one stream per peer).
 */

#include "base.h"

struct wrni_drbg { uint8_t key[32]; };

void     wrni_drbg_init(struct wrni_drbg *drbg, const uint8_t entropy[32], uint8_t purpose, const uint8_t identity[32]);
void     wrni_drbg_stir(struct wrni_drbg *drbg, const uint8_t entropy[32]);
void     wrni_drbg_bytes(struct wrni_drbg *drbg, uint8_t *out, size_t length); /* at most 32 at a time */
uint32_t wrni_drbg_below(struct wrni_drbg *drbg, uint32_t bound);              /* 0..bound-1, bias below 2^-32 */

#endif
