#include "stamp.h"

#include "bytes.h"

#define EPOCH UINT64_C(0x400000000000000a)
#define SLOT UINT32_C(0x1000000)      /* 16.8 ms: the largest power of two within the 20 ms between two initiations (P-47) */
#define LAST_SLOT UINT32_C(0x3b000000) /* 999,999,999 rounded down */

void wrni_stamp_exact(uint8_t stamp[12], uint64_t unix_seconds, uint32_t nanoseconds)
{
    wrni_store_be64(stamp, EPOCH + unix_seconds);
    wrni_store_be32(stamp + 8, nanoseconds);
}

void wrni_stamp_make(uint8_t stamp[12], uint64_t unix_seconds, uint32_t nanoseconds)
{
    wrni_stamp_exact(stamp, unix_seconds, nanoseconds & ~(SLOT - 1));
}

bool wrni_stamp_after(const uint8_t a[12], const uint8_t b[12])
{
    return memcmp(a, b, 12) > 0; /* opaque: a peer's stamp need not be a sane time (P-46) */
}

void wrni_stamp_next(uint8_t stamp[12])
{
    uint64_t seconds = wrni_load_be64(stamp);
    uint32_t slot = wrni_load_be32(stamp + 8) & ~(SLOT - 1);

    if (slot < LAST_SLOT) {
        slot += SLOT;
    } else if (seconds < UINT64_MAX) {
        seconds++;
        slot = 0;
    } else {
        slot = LAST_SLOT;
    }
    wrni_store_be64(stamp, seconds);
    wrni_store_be32(stamp + 8, slot);
}
