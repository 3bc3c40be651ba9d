#include "sum.h"

/* One word after the other, and the end by remainder: a sum that is not zero stands for its class modulo 0xffff in 1 .. 0xffff.
 */
uint32_t internet_sum(uint32_t before, const uint8_t *bytes, size_t length)
{
    uint64_t total = before;
    for (size_t i = 0; i + 1 < length; i += 2)
        total += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (length % 2)
        total += (uint32_t)bytes[length - 1] << 8;
    return total == 0 ? 0 : (uint32_t)((total - 1) % 0xffff + 1);
}

void pattern(uint8_t *bytes, size_t length, uint32_t from)
{
    for (size_t i = 0; i < length; i++, from++)
        bytes[i] = (uint8_t)(from * 7 + (from >> 8));
}
