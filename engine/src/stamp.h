#ifndef WRNI_STAMP_H
#define WRNI_STAMP_H

/*
 * Floor 2. TAI64N labels (P-46, P-47): BE64(2^62 + 10 + unix seconds) || BE32(nanoseconds), compared as byte strings, and
 * whitened: nanoseconds rounded down to 2^24.
 */

#include "base.h"

void wrni_stamp_make(uint8_t stamp[12], uint64_t unix_seconds, uint32_t nanoseconds); /* whitened */
void wrni_stamp_exact(uint8_t stamp[12], uint64_t unix_seconds, uint32_t nanoseconds);
bool wrni_stamp_after(const uint8_t a[12], const uint8_t b[12]); /* a strictly later than b */
/* The smallest whitened stamp after this one. Saturates at the largest. */
void wrni_stamp_next(uint8_t stamp[12]);

#endif
