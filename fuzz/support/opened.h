#ifndef FUZZ_OPENED_H
#define FUZZ_OPENED_H

#include "index.h"

/* The address in an index, which the permutation must make of it again (keypairs-permutation). Under one key, which never changes:
 * it is opened once while it is remembered, for it says the same each time. */
uint32_t fuzz_opened(const struct wrni_index_key *key, uint32_t index);

#endif
