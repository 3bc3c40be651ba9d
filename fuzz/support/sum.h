#ifndef SUM_H
#define SUM_H

/* What a harness does with every byte of large packets. Built for speed and without sanitizers in builds that fuzz. */

#include <stddef.h>
#include <stdint.h>

/* The sum of RFC 1071 over big-endian words, an odd byte padded with zero, folded, not complemented. */
uint32_t internet_sum(uint32_t before, const uint8_t *bytes, size_t length);
/* Bytes that say where they stood: those that follow the byte number `from` of a stream. */
void pattern(uint8_t *bytes, size_t length, uint32_t from);

#endif
