#ifndef FUZZ_WHOLE_H
#define FUZZ_WHOLE_H

/*
 * Whole memories, which harnesses copy and compare all the time: libc's own functions, where no sanitizer looks into each byte on
 * the way. For memories of harnesses only; what the engine is given goes by memcpy.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loaded in line: a call would be looked into by the sanitizer. */
static inline uint64_t fuzz_word(const void *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, sizeof word);
    return word;
}

/* Of so many words, for a place in a table: the upper bits are the better ones. */
static inline uint64_t fuzz_mix(const void *words, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ fuzz_word((const uint8_t *)words + 8 * i)) * UINT64_C(0x9e3779b97f4a7c15) ^ sum >> 29;
    return sum;
}

void fuzz_copy(void *to, const void *from, size_t size);
bool fuzz_same(const void *a, const void *b, size_t size);

#endif
