#ifndef TEST_TALK_H
#define TEST_TALK_H

/*
 * A seeded conversation between a server with k lanes and some clients: traffic both ways, loss, duplicates, replays from elsewhere,
 * roaming, rekeys, and every kind of configuration change at the server. What happens when depends on the seed alone, and fate on
 * the wire on a datagram's bytes, so that the same seed is the same conversation for any k.
 *
 * Inner addresses: prefix p is 10.1.p.0/24 and belongs to one client at a time, by the server's table; clients let everything in.
 *
 * Watched at every step: a packet is delivered at most once; at the server it came from the client that sent it, and that client
 * owned its prefix; at a client, that client owned the destination. Owned means: now, or since the oldest state of the routes that
 * some lane may still have.
 */

#include "lanes.h"

enum { TALK_CLIENTS = 6, TALK_PREFIXES = 6, TALK_LOG = 1 << 13, TALK_FLIGHT = 1 << 10, TALK_VERSIONS = 256, TALK_HANDLES = 64 };

struct talk_log { wrn_time at; uint32_t what, id; uint64_t hash; };

struct talk_client {
    struct lanes_host   host;
    struct talk        *talk;
    unsigned            number;
    struct wrn_endpoint address;
    struct wrn_peer     server, handle; /* the server there; itself here, generation 0 when it is no peer of ours */
    uint8_t             secret[32], psk[32];
};

struct talk_datagram {
    wrn_time            at;
    uint64_t            hash;
    uint32_t            length;
    unsigned            to; /* client, or TALK_CLIENTS: the server */
    struct wrn_endpoint from, address;
    uint8_t             bytes[LANES_BYTES];
};

struct talk_packet { uint64_t known; uint8_t client, prefix, delivered; };

struct talk {
    struct lanes_host     server;
    struct talk_client    client[TALK_CLIENTS];
    struct lanes_keys     keys;
    struct rng            rng; /* of the script */
    wrn_time              now;
    uint8_t               secret[32];
    struct talk_datagram *flight[TALK_FLIGHT];
    size_t                flying;
    struct talk_log      *wire, *delivered;
    size_t                wires, delivereds;
    struct talk_packet    packet[TALK_LOG];
    uint32_t              packets;
    int8_t                owner[TALK_VERSIONS][TALK_PREFIXES]; /* client, or -1, by version of the routes */
    struct { struct wrn_peer handle; unsigned client; } handles[TALK_HANDLES];
    unsigned              handle_count, loss_percent;
    uint32_t              refused; /* requests that were BUSY */
    bool                  down;
};

/* delay: of orders and reports, at most; 0 = handled at once. */
struct talk *talk_new(uint64_t seed, unsigned lanes, wrn_time delay);
void         talk_free(struct talk *talk);

void     talk_run(struct talk *talk, unsigned steps); /* of the script */
void     talk_wait(struct talk *talk, wrn_time until);
uint32_t talk_say(struct talk *talk, unsigned client, unsigned prefix, bool to_server); /* one packet; its id */
/* Everything on its way arrives, delays and losses end, and the server is up: then every client that is a peer must be heard. */
void talk_calm_down(struct talk *talk);
void talk_same(struct talk *a, struct talk *b); /* same wire, same deliveries, same accounts */

#endif
