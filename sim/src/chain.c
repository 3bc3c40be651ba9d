#include "chain.h"

#include "base.h"

#define CHECKPOINT 65536u

void sim_chain_begin(struct sim_chain *chain)
{
    chain->value = 0;
    chain->records = 0;
    sim_blake_begin(&chain->checkpoints);
}

uint64_t sim_chain_link(uint64_t chain, const struct sim_trace *trace)
{
    uint8_t bytes[28];

    sim_store64(bytes, trace->time);
    sim_store32(bytes + 8, trace->node);
    sim_store32(bytes + 12, trace->kind);
    sim_store32(bytes + 16, trace->length);
    sim_store64(bytes + 20, trace->digest);
    return sim_sip(chain, 0, bytes, sizeof bytes);
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
    uint8_t bytes[30];

    sim_store64(bytes, trace->time);
    sim_store32(bytes + 8, trace->node);
    sim_store32(bytes + 12, trace->kind);
    sim_store32(bytes + 16, trace->length);
    sim_store64(bytes + 20, sealed ? 0 : trace->digest);
    bytes[28] = trace->verdict;
    bytes[29] = trace->reason;
    extend(chain, sim_sip(chain->value, 0, bytes, sizeof bytes));
}

void sim_chain_hash(const struct sim_chain *chain, uint8_t hash[32])
{
    struct sim_blake blake = chain->checkpoints;

    absorb(&blake, chain->value);
    sim_blake_end(&blake, hash);
}
