#define _GNU_SOURCE
#include "whole.h"

#include <stdint.h>
#include <string.h>

/* By a pointer, so that no compiler makes the function of it that sanitizers have in its place. */
static void *(*const volatile copy)(void *, const void *, size_t) = mempcpy;

void fuzz_copy(void *to, const void *from, size_t size)
{
    copy(to, from, size);
}

bool fuzz_same(const void *a, const void *b, size_t size)
{
    enum { STRIDE = 256 };
    const uint8_t *left = a, *right = b;
    size_t         at = 0;
    for (; at + STRIDE <= size; at += STRIDE) {
        uint64_t other = 0;
        for (size_t i = 0; i < STRIDE; i += sizeof other)
            other |= fuzz_word(left + at + i) ^ fuzz_word(right + at + i);
        if (other)
            return false;
    }
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t))
        if (fuzz_word(left + at) != fuzz_word(right + at))
            return false;
    for (; at < size; at++)
        if (left[at] != right[at])
            return false;
    return true;
}
