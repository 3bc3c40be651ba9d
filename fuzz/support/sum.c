#include "sum.h"

/* Two words at a time, which counts the upper one 0x10000 times: once, modulo 0xffff. The end by remainder: a sum that is not zero
 * stands for its class in 1 .. 0xffff. */
uint32_t internet_sum(uint32_t before, const uint8_t *bytes, size_t length)
{
    uint64_t total = before;
    size_t   i = 0;
    for (; i + 3 < length; i += 4)
        total += (uint32_t)bytes[i] << 24 | (uint32_t)bytes[i + 1] << 16 | (uint32_t)bytes[i + 2] << 8 | bytes[i + 3];
    if (i + 1 < length) {
        total += (uint32_t)bytes[i] << 8 | bytes[i + 1];
        i += 2;
    }
    if (i < length)
        total += (uint32_t)bytes[i] << 8;
    return total == 0 ? 0 : (uint32_t)((total - 1) % 0xffff + 1);
}

void pattern(uint8_t *bytes, size_t length, uint32_t from)
{
    for (size_t i = 0; i < length; i++, from++)
        bytes[i] = (uint8_t)(from * 7 + (from >> 8));
}
