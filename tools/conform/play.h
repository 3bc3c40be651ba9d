#ifndef TOOLS_CONFORM_PLAY_H
#define TOOLS_CONFORM_PLAY_H

/* What a side sends, compared; what it receives, handed to its engine. */

#include "side.h"

/* A datagram, and whom it concerns. */
struct happening {
    const struct keys *keys;
    const struct conform_listener *listener;
    const struct reader_datagram *datagram;
    const struct opened *opened;
    const uint8_t *message;
    uint32_t length;
    uint8_t type;
    wrn_time at;          /* on the engines' clock */
    const uint8_t *other; /* the other side's public key; null: not known */
};

void play_sent(struct side *side, const struct happening *happening);
void play_received(struct side *side, const struct happening *happening);
/* Nothing more comes. */
void play_over(struct side *side);

/* held.c: handshake messages that were received, and wait: an initiation for its answer, which says what to pin; a response until
 * its session is used, or has waited long enough, since a packet under the session before may still be on its way through the
 * other implementation. */
void held_add(struct side *side, const struct happening *happening, uint32_t party, const uint8_t *message);
void held_release(struct side *side, wrn_time now, bool all, uint32_t index); /* responses */
struct held *held_by(struct side *side, uint32_t index);                      /* with this sender; null: none */
void held_taken(struct side *side, struct held *held);                        /* it waits no longer */

/* data.c */
void play_data(struct side *side, const struct happening *happening, uint32_t number);
/* The engine sends to where the capture does. */
void play_direct(struct side *side, const struct happening *happening, uint32_t number);
bool due_near(wrn_time deadline, wrn_time now);
bool has_session(const struct wrn_peer_view *view, wrn_time now);

unsigned bits_between(const uint8_t *a, const uint8_t *b, size_t length);
/* A cookie reply sealed with one mac1, sealed with another. False: it does not open. */
bool cookie_reseal(const struct side *side, const uint8_t giver[32], const uint8_t *from_mac1, const uint8_t *to_mac1,
                   uint8_t reply[64]);

/* compare.c: the captured message against the engine's. True: equal. */
bool compare(struct side *side, const struct happening *happening, const uint8_t *engine, uint32_t length);
void differs(struct side *side, const struct happening *happening, const char *field, const char *meaning,
             const uint8_t *captured, const uint8_t *engine, uint32_t length);
/* How late, against what the engine would have done: at its deadline `due_at`. */
void timed(struct side *side, const struct happening *happening, enum conform_due due, wrn_time due_at, uint32_t persistent_s);

#endif
