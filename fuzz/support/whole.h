#ifndef FUZZ_WHOLE_H
#define FUZZ_WHOLE_H

/*
 * Whole memories, which harnesses copy and compare all the time: libc's own functions, where no sanitizer looks into each byte on
 * the way. For memories of harnesses only; what the engine is given goes by memcpy.
 */

#include <stdbool.h>
#include <stddef.h>

void fuzz_copy(void *to, const void *from, size_t size);
bool fuzz_same(const void *a, const void *b, size_t size);

#endif
