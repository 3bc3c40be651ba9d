/*
 * canary: fails on about one input in a hundred. Whoever runs it and sees no failure is blind: detection, keys of failures and
 * reports are tried with it, and it is the one harness whose failures are good news.
 *
 * Input: anything. Oracle: canary.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    FUZZ_CHECK(size < 4 || sum % 101 != 7, "canary", "%zu bytes add up to seven", size);
    return 0;
}
