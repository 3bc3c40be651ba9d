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

static uint64_t word_at(const uint8_t *from)
{
    uint64_t word;
    __builtin_memcpy(&word, from, sizeof word);
    return word;
}

bool fuzz_same(const void *a, const void *b, size_t size)
{
    enum { STRIDE = 256 };
    const uint8_t *left = a, *right = b;
    size_t         at = 0;
    for (; at + STRIDE <= size; at += STRIDE) {
        uint64_t other = 0;
        for (size_t i = 0; i < STRIDE; i += sizeof other)
            other |= word_at(left + at + i) ^ word_at(right + at + i);
        if (other)
            return false;
    }
    for (; at < size; at++)
        if (left[at] != right[at])
            return false;
    return true;
}
