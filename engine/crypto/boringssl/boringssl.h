#ifndef WRNI_CRYPTO_BORINGSSL_H
#define WRNI_CRYPTO_BORINGSSL_H

/* The provider boringssl over one of two rooms: library/, with that library, or absent/, where it was not there at build time. */

#include "warren/crypto.h"

void wrni_boringssl_seal(void *context, struct wrn_aead *operations, size_t count);
void wrni_boringssl_open(void *context, struct wrn_aead *operations, size_t count);

#endif
