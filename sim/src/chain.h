#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

/*
 * The trace as one number. Every record is chained, in the world's chain and in its node's; every 2^16 records the world's
 * chain is a checkpoint; the trace hash is BLAKE2s over the checkpoints and the chain as it stands.
 */

#include "hash.h"
#include "sim/world.h"

struct sim_chain {
    uint64_t value, records;
    struct sim_blake checkpoints;
};

void     sim_chain_begin(struct sim_chain *chain);
uint64_t sim_chain_link(uint64_t chain, const struct sim_trace *trace);
void     sim_chain_add(struct sim_chain *chain, const struct sim_trace *trace);
void     sim_chain_hash(const struct sim_chain *chain, uint8_t hash[32]);

#endif
