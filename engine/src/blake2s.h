#ifndef WRNI_BLAKE2S_H
#define WRNI_BLAKE2S_H

/*
 * Floor 1. BLAKE2s (RFC 7693), ours because neither libsodium nor the freestanding world brings one. Providers share it; the
 * generators use it directly, so that no provider changes a draw.
 */

#include "base.h"

struct wrni_blake2s {
    uint32_t h[8];
    uint64_t count;
    uint8_t  block[64];
    uint32_t used, out_length;
};

void wrni_blake2s_init(struct wrni_blake2s *state, size_t out_length, const uint8_t *key, size_t key_length); /* 1..32, 0..32 */
void wrni_blake2s_add(struct wrni_blake2s *state, const void *data, size_t length);
/* More will come: a full block need not wait to be known not to be the last. For states that are copied and go on differently. */
void wrni_blake2s_settle(struct wrni_blake2s *state);
/* As a settled state whose only block was the key; h as it was then, out_length too. */
void wrni_blake2s_resume(struct wrni_blake2s *state, const uint32_t h[8], size_t out_length);
void wrni_blake2s_end(struct wrni_blake2s *state, uint8_t *out); /* wipes the state */

#endif
