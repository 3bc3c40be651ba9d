#ifndef WRNI_BYTES_H
#define WRNI_BYTES_H

/*
 * Floor 0. Bytes in memory: integers in a stated order at any alignment, comparison in constant time, and wiping that the
 * compiler may not remove.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t wrni_load_be16(const uint8_t *p) { return (uint16_t)((unsigned)p[0] << 8 | p[1]); }

static inline uint32_t wrni_load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t wrni_load_le64(const uint8_t *p)
{
    return (uint64_t)wrni_load_le32(p) | (uint64_t)wrni_load_le32(p + 4) << 32;
}

static inline uint64_t wrni_load_be64(const uint8_t *p)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | p[i];
    return value;
}

static inline uint32_t wrni_load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void wrni_store_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void wrni_store_le32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void wrni_store_le64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void wrni_store_be32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static inline void wrni_store_be64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* Constant time in the contents (P-37, P-162). */
bool wrni_equal(const uint8_t *a, const uint8_t *b, size_t length);
bool wrni_is_zero(const uint8_t *a, size_t length);

/* Set to zero, for good (P-161). */
void wrni_wipe(void *memory, size_t length);

/* Set to zero what lies below the caller's frame: what those that it called have kept where no wipe of theirs reaches, because a
 * compiler put it there. */
void wrni_wipe_below(void);

#endif
