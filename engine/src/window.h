#ifndef WRNI_WINDOW_H
#define WRNI_WINDOW_H

/*
 * Floor 1. The replay window (RFC 6479): a ring of 64-bit words, one of which is redundant, so W = bits - 64 (P-61).
 *
 * Law: a counter is accepted iff it is below the limit, not older than the newest accepted minus W, and was not accepted before.
 * `next` is the newest accepted plus one, 0 when empty, so counter 0 is an ordinary counter (P-66) and nothing ever forms
 * newest - W (P-67). All arithmetic in 64 bits (P-65). bits is a power of two, 128 to 65536.
 */

#include "base.h"

struct wrni_window { uint64_t next; uint64_t words[]; };

#define WRNI_WINDOW_LIMIT (UINT64_MAX - 8129u) /* receive REJECT: 2^64 - 8130; counters below it are fine (P-64) */

size_t wrni_window_size(uint32_t bits);
void   wrni_window_init(struct wrni_window *window, uint32_t bits);
bool   wrni_window_may(const struct wrni_window *window, uint32_t bits, uint64_t counter); /* would accept; changes nothing */
bool   wrni_window_accept(struct wrni_window *window, uint32_t bits, uint64_t counter);    /* after authentication (P-62) */

#endif
