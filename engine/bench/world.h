#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

/* Engines to measure: with sessions from real handshakes, or installed directly where there are to be many. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "warren/warren.h"

enum { BENCH_BUFFER = 2048, BENCH_BATCH = 64 };

struct bench_pair {
    struct wrn_engine *a, *b; /* a has initiated: it seals, b opens */
    struct wrn_peer    peer_of_a, peer_of_b;
    wrn_time           now;
};

struct wrn_engine *bench_engine(uint8_t number, uint32_t peers, uint32_t window_bits, const struct wrn_crypto *crypto);
void               bench_pair_make(struct bench_pair *pair, const struct wrn_crypto *crypto);
void               bench_pair_free(struct bench_pair *pair);
void               bench_handshake(struct bench_pair *pair); /* five more seconds, an initiation, a response, a confirmation */

/* An engine with that many peers, each with one /32 (10.x.y.z of its slot) and a session to send with. */
struct wrn_engine *bench_crowd(uint32_t peers);
void               bench_plaintext(uint8_t *packet, uint32_t length, uint32_t destination); /* an IPv4 header that fits */

#endif
