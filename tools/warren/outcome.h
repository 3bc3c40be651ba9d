#ifndef WARREN_OUTCOME_H
#define WARREN_OUTCOME_H

/*
 * What one of many runs of a scenario came to, as the process that ran it tells the one that asked: a head, then claims,
 * invariants, drops, marks and nodes, each a count and that many entries, read in this order.
 */

#include "failure.h"
#include "pack.h"
#include "run.h"
#include "sim/share.h"

struct outcome {
    uint64_t seed;   /* of the world */
    bool     failed; /* an invariant broke, or an expectation that is not about many seeds */
    char     failure[FAILURE_BYTES];
    uint64_t simulated_ns, wall_ns, events, datagrams, ties, initiations, delivered, violations, unheld;
    uint8_t  trace_hash[32], control_hash[32];
    struct sim_tries tries;
};

/* One run of a world in this process, and everything about it put into `out`. Ends the program with 3 when there is no world or
 * no memory. */
void outcome_run(const char *name, const struct sim_scenario *scenario, const struct provider *provider, struct pack *out);

/* Reads the head. What follows is read with the functions below. */
void outcome_head(struct pack *in, struct outcome *outcome);
/* A claim's text is valid as long as the pack's bytes. */
void outcome_claim(struct pack *in, struct claim *claim);

/* Of a claim: in how many seeds it held, and what that shows. */
struct tally {
    char    *text;
    bool     of_seeds;
    struct sim_share share;
};

void tally_begin(struct tally *tally, const char *text, bool of_seeds, uint32_t seeds); /* ends with 3 without memory */
/* "97 of 100, 89.1%..99.7%" */
void tally_text(const struct tally *tally, char out[80]);
void share_text(uint32_t millionths, char out[16]); /* "89.1%", cut */

#endif
