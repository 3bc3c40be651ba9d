#ifndef SIM_HASH_H
#define SIM_HASH_H

/* The simulator's own BLAKE2s and SipHash-2-4: the worlds do not depend on the provider that they test. */

#include <stddef.h>
#include <stdint.h>

struct sim_blake {
    uint32_t h[8];
    uint64_t count;
    uint32_t fill;
    uint8_t  block[64];
};

void sim_blake_begin(struct sim_blake *blake);
void sim_blake_keyed(struct sim_blake *blake, const uint8_t *key, size_t key_length, size_t out_length);
void sim_blake_add(struct sim_blake *blake, const void *data, size_t length);
void sim_blake_end(struct sim_blake *blake, uint8_t out[32]); /* a keyed one with a shorter output: its first bytes */

uint64_t sim_sip(uint64_t k0, uint64_t k1, const void *data, size_t length);
uint64_t sim_sip_word(uint64_t k0, uint64_t k1, uint64_t word); /* the same over the eight bytes of one word, little-endian */
/* The same over words; the last one ends with the length of what they are: its lowest byte, uppermost. */
uint64_t sim_sip_words(uint64_t k0, uint64_t k1, const uint64_t *words, size_t count);

#endif
