#include "chain.h"

#include "base.h"

#define CHECKPOINT 65536u

void sim_chain_begin(struct sim_chain *chain)
{
    chain->value = 0;
    chain->records = 0;
    sim_blake_begin(&chain->checkpoints);
}

/* Time, node, kind, length and digest, little-endian and without gaps; then what else there is, and how many bytes that makes. */
static uint64_t link_of(uint64_t chain, const struct sim_trace *trace, uint64_t digest, uint64_t more, uint64_t bytes)
{
    const uint64_t words[4] = {
        trace->time, (uint64_t)trace->kind << 32 | trace->node, digest << 32 | trace->length, bytes << 56 | more << 32 | digest >> 32,
    };

    return sim_sip_words(chain, 0, words, 4);
}

uint64_t sim_chain_link(uint64_t chain, const struct sim_trace *trace)
{
    return link_of(chain, trace, trace->digest, 0, 28);
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
    const uint64_t more = (uint64_t)trace->reason << 8 | trace->verdict;

    extend(chain, link_of(chain->value, trace, sealed ? 0 : trace->digest, more, 30));
}

void sim_chain_hash(const struct sim_chain *chain, uint8_t hash[32])
{
    struct sim_blake blake = chain->checkpoints;

    absorb(&blake, chain->value);
    sim_blake_end(&blake, hash);
}
