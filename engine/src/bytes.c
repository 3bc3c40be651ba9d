#include "bytes.h"

bool wrni_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint32_t difference = 0;
    for (size_t i = 0; i < length; i++)
        difference |= (uint32_t)(a[i] ^ b[i]);
    return difference == 0;
}

bool wrni_is_zero(const uint8_t *a, size_t length)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < length; i++)
        bits |= a[i];
    return bits == 0;
}

/* A volatile pointer may come back as any address, so the read through it may see any byte: none of the zeros is dead. */
void wrni_wipe(void *memory, size_t length)
{
    if (length == 0)
        return;
    memset(memory, 0, length);
    const uint8_t *volatile somewhere = memory;
    (void)*(const volatile uint8_t *)somewhere;
}

/* As deep as hashes and ciphers go. */
void wrni_wipe_below(void)
{
    uint8_t below[1024];
    wrni_wipe(below, sizeof below);
}
