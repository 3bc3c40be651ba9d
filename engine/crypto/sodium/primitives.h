#ifndef WRNI_CRYPTO_SODIUM_PRIMITIVES_H
#define WRNI_CRYPTO_SODIUM_PRIMITIVES_H

/* What the provider sodium is made of: providers that do one thing faster have the rest from here. No context is looked at. */

#include "warren/crypto.h"

void wrni_sodium_dh(void *context, struct wrn_dh *operations, size_t count);
void wrni_sodium_seal(void *context, struct wrn_aead *operations, size_t count);
void wrni_sodium_open(void *context, struct wrn_aead *operations, size_t count);
void wrni_sodium_xseal(void *context, struct wrn_xaead *operations, size_t count);
void wrni_sodium_xopen(void *context, struct wrn_xaead *operations, size_t count);

#endif
