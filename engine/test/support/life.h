#ifndef TEST_LIFE_H
#define TEST_LIFE_H

/*
 * A random life of a few engines: traffic, waiting, roaming, configuration, garbage, loss and reordering, all from one seed. Two
 * lives with the same seed are the same life, step by step, unless an engine is at fault.
 */

#include "net.h"
#include "random.h"

enum { LIFE_HOSTS = 3 };

struct life {
    struct net *net;
    struct rng  rng, road; /* what is done, what happens on the wire */
    bool        there[LIFE_HOSTS][LIFE_HOSTS];
};

void life_begin(struct life *life, uint64_t seed, const struct wrn_limits *limits);
void life_step(struct life *life);
void life_end(struct life *life);

/* A number for everything that left and arrived so far. */
uint64_t life_log(const struct life *life);

/* The host's engine by memcpy into other memory; the old one is spoilt and given back. */
void life_hop(struct life *life, unsigned host);
/* The host's engine into a larger memory by wrn_engine_move; the old memory must be zero then. */
void life_grow(struct life *life, unsigned host, struct rng *rng);

#endif
