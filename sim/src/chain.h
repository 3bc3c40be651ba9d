#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

/*
 * The trace as one number. Every record is chained, in the world's chain and in its node's: XXH64 over it, seeded with the chain.
 * Every 2^16 records the world's chain is a checkpoint; the trace hash is BLAKE2s over the checkpoints and the chain as it stands.
 *
 * The control hash is made likewise, of all but ciphertext: the digest of a datagram is left out, verdict and reason stand for
 * themselves. It is the same with every provider, real or toy.
 */

#include "hash.h"
#include "sim/world.h"

struct sim_chain {
    uint64_t value, records;
    struct sim_blake checkpoints;
};

void     sim_chain_begin(struct sim_chain *chain);
uint64_t sim_chain_link(uint64_t chain, const struct sim_trace *trace);
void     sim_chain_control(struct sim_chain *chain, const struct sim_trace *trace); /* add, without ciphertext */
void     sim_chain_add(struct sim_chain *chain, const struct sim_trace *trace);
void     sim_chain_hash(const struct sim_chain *chain, uint8_t hash[32]);

#endif
