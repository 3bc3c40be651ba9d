#include "chain.h"

#include "base.h"

#define CHECKPOINT 65536u

void sim_chain_begin(struct sim_chain *chain)
{
    chain->value = 0;
    chain->records = 0;
    sim_blake_begin(&chain->checkpoints);
}

static uint64_t link_of(uint64_t chain, const struct sim_trace *trace, uint64_t digest, uint32_t more)
{
    const uint64_t words[4] = {
        trace->time, (uint64_t)trace->kind << 32 | trace->node, (uint64_t)more << 32 | trace->length, digest,
    };

    return sim_xxh64_words(chain, words);
}

uint64_t sim_chain_link(uint64_t chain, const struct sim_trace *trace)
{
    return link_of(chain, trace, trace->digest, 0);
}

static void absorb(struct sim_blake *blake, uint64_t value)
{
    uint8_t bytes[8];

    sim_store64(bytes, value);
    sim_blake_add(blake, bytes, sizeof bytes);
}

static void extend(struct sim_chain *chain, uint64_t value)
{
    chain->value = value;
    if (++chain->records % CHECKPOINT == 0)
        absorb(&chain->checkpoints, chain->value);
}

void sim_chain_add(struct sim_chain *chain, const struct sim_trace *trace)
{
    extend(chain, sim_chain_link(chain->value, trace));
}

void sim_chain_control(struct sim_chain *chain, const struct sim_trace *trace)
{
    const bool sealed = trace->kind == SIM_KIND_SENT || trace->kind == SIM_KIND_LOST || trace->kind == SIM_KIND_ARRIVED;
    const uint32_t more = (uint32_t)trace->reason << 8 | trace->verdict;

    extend(chain, link_of(chain->value, trace, sealed ? 0 : trace->digest, more));
}

void sim_chain_hash(const struct sim_chain *chain, uint8_t hash[32])
{
    struct sim_blake blake = chain->checkpoints;

    absorb(&blake, chain->value);
    sim_blake_end(&blake, hash);
}
