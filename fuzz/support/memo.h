#ifndef FUZZ_MEMO_H
#define FUZZ_MEMO_H

/*
 * The provider of harnesses: sodium, with an exact memo of X25519 (a miss is computed; results are the same bit by bit), and with
 * an eye on nonces: sealing twice under one key and counter is the failure "nonce-again".
 */

#include "warren/crypto.h"

extern const struct wrn_crypto fuzz_memo; /* its context is null */

struct fuzz_counts {
    uint64_t dh, seals, opens;
};

void               fuzz_memo_begin(void);  /* before an input: forget all nonces, count from zero; the memo stays */
struct fuzz_counts fuzz_memo_counts(void); /* operations since */

#endif
