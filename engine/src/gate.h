#ifndef WRNI_GATE_H
#define WRNI_GATE_H

/*
 * Floor 3. Who may make us work: the load, and what strangers must show while it lasts (P-39 to P-42, DESIGN: load is a rate).
 *
 * Load is one token bucket of handshake messages with a valid mac1. A refusal means: under load, for one second after the
 * last one. Then a message needs a valid mac2, and its source a token.
 */

#include "bucket.h"
#include "cookie.h"

enum wrni_passage {
    WRNI_PASSAGE_FREE,   /* go on to the handshake */
    WRNI_PASSAGE_COOKIE, /* answer with a cookie reply */
    WRNI_PASSAGE_DENIED, /* no token for this source: silence */
};

struct wrni_gate {
    struct wrni_bucket  bucket;
    struct wrni_checker checker;
    wrn_time            loaded_until; /* valid while loaded */
    uint32_t            rate, burst;
    bool                loaded;
};

void wrni_gate_init(struct wrni_gate *gate, const uint8_t seed[32], uint32_t rate, uint32_t burst, wrn_time now);
/* Bring `loaded` to now. True: it changed. */
bool wrni_gate_settle(struct wrni_gate *gate, wrn_time now);
void wrni_gate_report(struct wrni_gate *gate, wrn_time now); /* loaded from now on for 1 s */
/* A message with a valid mac1 came from there: spend a token and decide. */
enum wrni_passage wrni_gate_pass(struct wrni_gate *gate, struct wrni_provider provider, struct wrni_sources *sources,
                                 enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from, wrn_time now);

#endif
