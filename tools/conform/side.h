#ifndef TOOLS_CONFORM_SIDE_H
#define TOOLS_CONFORM_SIDE_H

/* One side's engine, and what is known of its peers beside it. */

#include "chain.h"
#include "conform.h"
#include "pin.h"

#define SIDE_MAP    4096u /* indices kept: the newest */
#define SIDE_HELD   64u   /* handshake messages that wait for their answer */
#define SIDE_PEERS  1024u
#define SIDE_BYTES  (65536u + 64u)
#define SIDE_NOBODY UINT32_MAX

struct party {
    uint8_t public_key[32];
    struct wrn_peer handle;
    bool has_endpoint, retry, has_won, has_given;
    struct wrn_endpoint endpoint, given_to;
    wrn_time owed_handshake, owed_keepalive; /* since; WRN_NEVER: nothing is owed */
    wrn_time traversal;                      /* the last authentic message, either way */
    uint32_t persistent_s, absences;
    uint8_t won[16], given[16]; /* cookies: from it, to it */
};

/* An index of this side's: in the capture, and the engine's. */
struct mapped {
    bool used;
    uint32_t captured, ours, party;
    uint8_t captured_mac1[16], our_mac1[16];
};

struct held {
    bool used;
    uint8_t type, message[148], captured_mac1[16];
    uint32_t length, index, party; /* index: its sender's */
    wrn_time at;
    struct wrn_endpoint source;
};

struct side {
    struct conform_side report;
    const struct key_pair *keys;
    bool has_out, has_in;
    uint32_t out, in; /* the interfaces of a capture that it sends and receives by; without: any */
    struct wrn_engine *engine;
    void *memory;
    struct wrn_limits limits;
    struct wrn_pins pins;
    struct wrn_pin *pin_table;
    const struct wrn_crypto *crypto;
    void *context;
    struct party *parties;
    uint32_t party_count, routed;
    struct mapped map[SIDE_MAP];
    uint32_t next_map;
    struct chain by_key, by_index; /* of parties, of map */
    uint32_t party_links[SIDE_PEERS], map_links[SIDE_MAP];
    struct held held[SIDE_HELD];
    uint32_t next_held, waiting; /* waiting: responses in it */
    wrn_time now;
    uint8_t buffer[SIDE_BYTES];
};

/* The engine, up and without peers. False: no memory. */
bool side_begin(struct side *side, const struct wrn_crypto *crypto, void *context);
void side_end(struct side *side);
/* The peer with this key, made when it is new; SIDE_NOBODY: there is no room, or it is the side itself. */
uint32_t side_party(struct side *side, const uint8_t public_key[32]);
/* Everything goes to and comes from this peer. */
void side_route(struct side *side, uint32_t party);
void side_place(struct side *side, uint32_t party, const struct wrn_endpoint *endpoint);
void side_preshared(struct side *side, uint32_t party, const uint8_t *key); /* null: none */
/* Do what is due until then; what is owed is noted, not said. */
void side_advance(struct side *side, wrn_time to);
void side_collect(struct side *side);
/* Hand a datagram in. The packet lies in side->buffer. */
struct wrn_packet side_feed(struct side *side, wrn_time at, const uint8_t *message, uint32_t length,
                            const struct wrn_endpoint *source);
/* What it says when it is asked for an initiation or a keepalive; length 0: nothing. In side->buffer. */
struct wrn_packet side_ask(struct side *side, wrn_time at, uint32_t party, enum wrn_pin_due due);
void side_map(struct side *side, uint32_t captured, uint32_t ours, uint32_t party, const uint8_t captured_mac1[16],
              const uint8_t our_mac1[16]);
const struct mapped *side_mapped(const struct side *side, uint32_t captured);

static inline uint32_t conform_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void conform_put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

#endif
