#ifndef SIM_HASH_H
#define SIM_HASH_H

/* The simulator's own BLAKE2s, SipHash-2-4 and XXH64: the worlds do not depend on the provider that they test. What is drawn comes
 * from SipHash; XXH64 tells bytes and records of the trace apart, at a fifth of the cost, where nobody tries to make two of them
 * alike. */

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

uint64_t sim_xxh64(uint64_t seed, const void *data, size_t length);
uint64_t sim_xxh64_words(uint64_t seed, const uint64_t words[4]); /* the same over their 32 bytes, little-endian */

#endif
