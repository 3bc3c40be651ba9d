#ifndef WRNI_INDEX_H
#define WRNI_INDEX_H

/*
 * Floor 1. Receiver indices: the 32 bits on the wire are an address, (slot, generation), behind a keyed permutation, so that an
 * observer can neither count sessions nor link two of one peer (P-51, G-18), and looking one up costs no table.
 *
 * Law: open(make(slot, generation)) gives both back; all 2^32 values, 0 and 0xffffffff included, are legal (P-53).
 * A balanced Feistel network over two 16-bit halves, four rounds, each a keyed HalfSipHash of (round, half).
 */

#include "base.h"

#define WRNI_INDEX_SLOT_BITS 22u
#define WRNI_INDEX_GENERATION_BITS 10u

struct wrni_index_key { uint32_t words[2]; };

uint32_t wrni_index_make(const struct wrni_index_key *key, uint32_t slot, uint32_t generation);
void     wrni_index_open(const struct wrni_index_key *key, uint32_t index, uint32_t *slot, uint32_t *generation);

/* HalfSipHash-2-4 with 32 bits of output: the keyed hash of all shelves whose places a stranger must not predict. */
uint32_t wrni_halfsip(const struct wrni_index_key *key, const uint8_t *data, size_t length);

#endif
