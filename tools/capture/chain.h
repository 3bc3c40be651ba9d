#ifndef TOOLS_CHAIN_H
#define TOOLS_CHAIN_H

/*
 * Rows of a table by a number of theirs, the newest row first, without going through all of them: a capture has thousands of sessions,
 * and each packet belongs to one. The table is its owner's, and so is one link for each row.
 *
 *     heads[part of the number] -> newest row -> links[row] -> ... -> CHAIN_END
 *
 * Rows with other numbers may stand in the same chain: whoever walks it compares.
 */

#include <stdint.h>

#define CHAIN_BITS 10u
#define CHAIN_END  UINT32_MAX

struct chain { uint32_t heads[1u << CHAIN_BITS]; };

static inline void chain_begin(struct chain *chain)
{
    for (uint32_t i = 0; i < 1u << CHAIN_BITS; i++)
        chain->heads[i] = CHAIN_END;
}

/* Where the chain of a number begins: Fibonacci hashing, since keys and indices of a test may be small numbers. */
static inline uint32_t chain_place(uint32_t number) { return number * UINT32_C(2654435769) >> (32 - CHAIN_BITS); }

static inline uint32_t chain_newest(const struct chain *chain, uint32_t number) { return chain->heads[chain_place(number)]; }

static inline void chain_add(struct chain *chain, uint32_t *links, uint32_t row, uint32_t number)
{
    uint32_t *head = &chain->heads[chain_place(number)];
    links[row] = *head;
    *head = row;
}

/* Before a row is given another number. One that is in no chain of this number is none. */
static inline void chain_remove(struct chain *chain, uint32_t *links, uint32_t row, uint32_t number)
{
    uint32_t *at = &chain->heads[chain_place(number)];
    while (*at != CHAIN_END && *at != row)
        at = &links[*at];
    if (*at == row)
        *at = links[row];
}

static inline uint32_t chain_number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

#endif
