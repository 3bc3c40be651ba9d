#ifndef FUZZ_PAIR_H
#define FUZZ_PAIR_H

/*
 * Two engines that know each other, a road between them that a plan disturbs, and oracles on every step:
 *
 *   error-effect      a configuration call that is refused has changed something
 *   refused-effect    a datagram that is not authentic has changed more than accounts (law 7)
 *   conservation      verdicts do not sum to what was handed in, or reasons to drops (law 6)
 *   down-talks        something is sent or delivered while the interface is down (P-138)
 *   no-identity-talks a handshake without a private key (P-21)
 *   delivered-twice, delivered-altered, delivered-unsent, inner-source
 *   pinned-moved      a pinned endpoint has moved, or a response goes elsewhere (P-118)
 *   deadline-stuck    nothing is due any more, and the deadline is not ahead, or not when the first timer is due (P-80)
 *   before-deadline   something happened before the deadline said so (law 3)
 *   time-back         the newest time grew older (G-19)
 *   moved-refused, moved-leaves, moved-changed   growing or copying is not the same state elsewhere, or leaves secrets (law 5)
 *   walk              a walk over peers and their prefixes misses one, or tells one twice (G-61)
 *   get-differs       a get of the text protocol tells of a peer what is not so (P-145)
 *   padding           a packet is sent longer, or shorter, than the MTU makes it (P-97)
 *   output-strange    output that is neither an initiation nor data
 *   stage-lost        places of the stage are taken that no packet waits in
 *   owing           what is due for the net is not on the list of it, or nothing is and that is (P-80)
 *   nonce-again       see crypto.h
 *   told-...          see told.h
 */

#include "fuzz.h"
#include "told.h"
#include "warren/warren.h"

enum { PAIR_ROAD = 8, PAIR_BYTES = 2048, PAIR_SENT = 1024, PAIR_SECRETS = 4, PAIR_INNER = 28 };

struct pair_datagram {
    struct wrn_endpoint from;
    uint32_t            length; /* 0: none */
    uint8_t             to;
    uint8_t             bytes[PAIR_BYTES];
};

struct pair_side {
    struct wrn_engine *engine;
    struct wrn_peer    other;
    wrn_time           newest;
    struct told        told;
    uint64_t           tun, net; /* packets handed in */
    uint32_t           sent;     /* ids used */
    uint16_t           length[PAIR_SENT];
    bool               delivered[PAIR_SENT];
};

struct pair {
    wrn_time             now;
    struct pair_side     side[2];
    struct pair_datagram road[PAIR_ROAD];
    unsigned             next; /* place on the road */
    uint64_t             log;  /* of everything that left an engine */
};

extern uint8_t pair_secret[PAIR_SECRETS][32], pair_public[PAIR_SECRETS][32];

/* Both up, side i with secret i, each a peer of the other, 10.0.0.(i+1)/32 allowed. `fill` is what the memory held before. */
void pair_begin(struct pair *pair, uint8_t fill);

struct wrn_endpoint pair_address(unsigned side);
struct wrn_prefix   pair_inner(unsigned side);

/* Configuration goes through these two: what is refused must have had no effect. */
void             pair_before(struct pair *pair, unsigned side);
enum wrn_status  pair_after(struct pair *pair, unsigned side, enum wrn_status status);

uint8_t  pair_tun(struct pair *pair, unsigned side, uint32_t length); /* an inner packet to the other; its verdict */
uint8_t  pair_net(struct pair *pair, unsigned side, const struct wrn_endpoint *from, const uint8_t *bytes, uint32_t length);
unsigned pair_output(struct pair *pair, unsigned side, unsigned most); /* onto the road */
void     pair_settle(struct pair *pair, unsigned side);                /* all output and events; the deadline is ahead then */
void     pair_deliver(struct pair *pair, unsigned place);              /* what lies there, if anything */
void     pair_wait(struct pair *pair, wrn_time time);                  /* both advance, by way of their deadlines */
void     pair_move(struct pair *pair, unsigned side, bool grow); /* by wrn_engine_move into larger limits, or byte by byte */
void     pair_walk(struct pair *pair, unsigned side);            /* over peers and prefixes, and a get */
void     pair_check(struct pair *pair, unsigned side);
uint32_t pair_staged(const struct wrn_engine *engine); /* packets that wait, of all peers */
wrn_time pair_first_timer(const struct wrn_engine *engine); /* WRN_NEVER: none is armed */
void     pair_owes_less(const struct pair *pair, unsigned side, uint32_t slot); /* what it owed was taken away */

#endif
