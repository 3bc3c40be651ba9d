#ifndef TOOLS_CONFORM_H
#define TOOLS_CONFORM_H

/*
 * Held against the engine: each side of a capture whose static private key is here is played by an engine. It receives what that
 * side received, at its times; it has that side's ephemeral keys, stamps, cookies and nonces; and it must then say, byte for
 * byte, what that side said. Receiver indices are mapped, and macs made anew, since indices are free.
 *
 * What the engine cannot know is asked of the capture: when an application sent a packet, how long a keepalive is, where a peer
 * is reached, when a host was under load. What timers decide is compared by time, not forced upon the other implementation.
 *
 * A capture is gone through twice: conform_survey learns who is who and which interface is whose, conform_take plays. Memory is
 * bounded: some hundred KiB a side, and what the engine takes for its peers.
 */

#include "decrypt.h"
#include "reader.h"
#include "warren/engine.h"

enum conform_due { CONFORM_NEW_HANDSHAKE, CONFORM_RETRANSMISSION, CONFORM_KEEPALIVE, CONFORM_DUES };

struct conform_timer {
    uint64_t count, out_of_time;
    int64_t earliest_ns, latest_ns; /* against the engine's own deadline */
};

/* One side. Indexed by message type: [1] initiations .. [4] data. */
struct conform_side {
    uint8_t public_key[32];
    struct wrn_endpoint endpoint;                          /* where it was seen first */
    uint64_t sent[5], equal[5], different[5], unplayed[5]; /* sent = equal + different + unplayed */
    uint64_t received[5], refused[5];                      /* authentic ones that the engine did not take */
    struct conform_timer timers[CONFORM_DUES];
    /* The other side's freedom. */
    uint64_t unasked[CONFORM_DUES]; /* said without a rule that asks for it: a restart, an operator, another policy */
    uint64_t absent[CONFORM_DUES];  /* asked for by a rule, and not in the capture */
    uint64_t unanswered;            /* initiations to it that open, and are answered by nothing */
    uint64_t skipped;               /* counters that the capture does not have */
    uint64_t reordered;             /* data behind a later one, or captured twice */
    uint64_t in_flight;             /* data under the session before, chosen before it rotated */
    uint64_t padding;               /* padded otherwise than to 16 or an MTU */
    uint64_t elsewhere;             /* sent to another address than the newest authentic one came from */
    uint64_t replayed;              /* data received twice */
    uint32_t mtu;                   /* that its padding tells; 0: nothing told */
    uint32_t persistent_s;          /* that its keepalives tell; 0: none */
    uint64_t no_ephemeral;          /* handshakes of its own whose ephemeral private key is not here */
};

struct conform_difference {
    const struct conform_side *side;
    uint64_t frame;
    wrn_time time_ns; /* of the frame, since 1970 */
    uint8_t type;
    const char *field, *meaning;      /* the rule, by number and in words */
    const uint8_t *captured, *engine; /* null: there are no bytes to show */
    uint32_t length;
};

struct conform_moment {
    const struct conform_side *side;
    uint64_t frame;
    enum conform_due due;
    int64_t late_ns; /* against the engine; negative: early */
    bool in_time;
};

struct conform_listener {
    void (*difference)(void *context, const struct conform_difference *difference);
    void (*moment)(void *context, const struct conform_moment *moment);
    void *context;
};

struct conform;

/* Keeps   keys, crypto and its context. Null: no memory. */
struct conform *conform_begin(const struct keys *keys, const struct wrn_crypto *crypto, void *context,
                              const struct conform_listener *listener);
/* First every datagram of the capture, opened by a decrypter or not at all (opened.type 0) when it is data. */
void conform_survey(struct conform *conform, const struct reader_datagram *datagram, const struct opened *opened);
/* Then every datagram again, in order, opened by another decrypter. */
void conform_take(struct conform *conform, const struct reader_datagram *datagram, const struct opened *opened);
/* The capture is over: what still waits is counted. */
void conform_finish(struct conform *conform);
/* The sides that were seen: null at the end. */
const struct conform_side *conform_side(const struct conform *conform, size_t number);
void conform_end(struct conform *conform); /* wipes */

const char *conform_due_name(enum conform_due due);

#endif
