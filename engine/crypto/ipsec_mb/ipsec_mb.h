#ifndef WRNI_CRYPTO_IPSEC_MB_H
#define WRNI_CRYPTO_IPSEC_MB_H

/*
 * The provider ipsec-mb over one of two rooms: library/, with Intel's multi-buffer library, or absent/, where that was not there
 * at build time.
 */

#include "warren/crypto.h"

enum wrni_ipsecmb_width { WRNI_IPSECMB_AVX2, WRNI_IPSECMB_AVX512 };

/* As wrn_ipsecmb_init, with these instructions and no others. Null where the processor does not have them. */
void *wrni_ipsecmb_init_with(void *memory, size_t size, enum wrni_ipsecmb_width width);

/* The context is never null. */
void wrni_ipsecmb_seal(void *context, struct wrn_aead *operations, size_t count);
void wrni_ipsecmb_open(void *context, struct wrn_aead *operations, size_t count);

#endif
