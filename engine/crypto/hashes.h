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

/* A block that holds nothing but the key comes first, unless there is no other: what it gives is the memo. */
static inline void wrni_begin_mac(struct wrni_blake2s *state, const struct wrn_mac *op)
{
    struct wrn_mac_memo *memo = op->length > 0 ? op->memo : NULL;

    if (memo != NULL && memo->words[8] != 0) {
        wrni_blake2s_resume(state, memo->words, op->out_length);
        return;
    }
    wrni_blake2s_init(state, op->out_length, op->key, op->key_length);
    if (memo == NULL)
        return;
    wrni_blake2s_settle(state);
    memcpy(memo->words, state->h, sizeof state->h);
    memo->words[8] = 1;
}

static inline void wrni_provide_mac(void *context, struct wrn_mac *operations, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct wrn_mac *op = &operations[i];
        struct wrni_blake2s state;
        WRNI_ASSERT(op->key_length >= 1);
        wrni_begin_mac(&state, op);
        wrni_blake2s_add(&state, op->data, op->length);
        wrni_blake2s_end(&state, op->out);
    }
    wrni_wipe_below();
}

#endif
