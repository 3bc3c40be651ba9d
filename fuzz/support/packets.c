#include "packets.h"

#include <string.h>

void fuzz_numbered(uint8_t *to, const uint8_t from[4], const uint8_t destination[4], uint32_t number, uint32_t length)
{
    const uint8_t head[FUZZ_NUMBERED] = {0x45, 0, (uint8_t)(length >> 8), (uint8_t)length, [8] = 64, [9] = 17,
                                      [20] = (uint8_t)number, [21] = (uint8_t)(number >> 8)};
    memset(to, (int)(number & 0xff), length);
    memcpy(to, head, sizeof head);
    memcpy(to + 12, from, 4);
    memcpy(to + 16, destination, 4);
}

struct fuzz_sums fuzz_sums(const struct wrn_counters *counters)
{
    struct fuzz_sums sums = {.drops = counters->tun_verdicts[WRN_DROP] + counters->net_verdicts[WRN_DROP]};
    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        sums.tun += counters->tun_verdicts[i];
        sums.net += counters->net_verdicts[i];
    }
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        sums.reasons += i == WRN_REASON_STAGED_OUT || i == WRN_REASON_PURGED ? 0 : counters->reasons[i];
    return sums;
}
