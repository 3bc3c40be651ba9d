#ifndef WRNI_CRYPTO_HASHES_H
#define WRNI_CRYPTO_HASHES_H

/*
 * The hash and mac columns of a provider's table, over the one BLAKE2s that providers share.
 */

#include "blake2s.h"
#include "bytes.h"
#include "warren/crypto.h"

static inline void wrni_provide_hash(void *context, struct wrn_hash *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct wrn_hash *op = &operations[i];
        struct wrni_blake2s state;
        wrni_blake2s_init(&state, WRN_HASH_BYTES, NULL, 0);
        wrni_blake2s_add(&state, op->first, op->first_length);
        wrni_blake2s_add(&state, op->second, op->second_length);
        wrni_blake2s_end(&state, op->out);
    }
    wrni_wipe_below();
}

static inline void wrni_provide_mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct wrn_mac *op = &operations[i];
        struct wrni_blake2s state;
        WRNI_ASSERT(op->key_length >= 1);
        wrni_blake2s_init(&state, op->out_length, op->key, op->key_length);
        wrni_blake2s_add(&state, op->data, op->length);
        wrni_blake2s_end(&state, op->out);
    }
    wrni_wipe_below();
}

#endif
