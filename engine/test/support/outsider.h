#ifndef TEST_OUTSIDER_H
#define TEST_OUTSIDER_H

/*
 * Somebody on the net without an engine, who knows a key: speaks the protocol by hand, and wrongly where a test asks for it.
 * With the secret of a peer it is that peer; without one it is a stranger who knows our public key, and so can make a mac1.
 */

#include "net.h"

#include "cookie.h"
#include "noise.h"
#include "wire.h"

struct outsider {
    struct wrni_identity identity;
    uint8_t to[32], preshared_key[32], static_static[32];
    struct wrni_handshake pending;
    struct wrni_jar jar;
    uint32_t index, remote_index;
    uint8_t send_key[32], receive_key[32];
    uint64_t counter, draws;
};

extern const struct wrni_provider outsider_crypto;
extern const struct wrn_endpoint elsewhere; /* 198.51.100.7:4000, nobody's address in net.h */

void outsider_init(struct outsider *o, const uint8_t secret[32], const struct net *net, unsigned host);
/* A peer of the host under a secret of its own, 32 times `name`; 10.1.0.name is its inner address. */
struct wrn_peer outsider_join(struct outsider *o, struct net *net, unsigned host, uint8_t name);

void outsider_initiate(struct outsider *o, uint64_t unix_seconds, uint32_t nanoseconds, wrn_time now, uint8_t message[148]);
/* A response to an initiation of the host, made with the host's message. False: it does not open. */
bool outsider_respond(struct outsider *o, const uint8_t initiation[148], wrn_time now, uint8_t message[92]);
bool outsider_finish(struct outsider *o, const uint8_t response[92]); /* read the host's response */
/* Take a cookie reply of the host: the next message carries a mac2. */
bool outsider_cookie(struct outsider *o, const uint8_t reply[64], wrn_time now);
size_t outsider_seal(struct outsider *o, uint64_t counter, const uint8_t *plain, size_t length, uint8_t *out);
size_t outsider_packet(struct outsider *o, struct net *net, uint8_t name, uint32_t length,
                       uint8_t *out); /* inner 10.1.0.name -> 10.0.0.1 */

/* mac1 anew, after a change of the message; mac2 becomes zero. */
void remac(const uint8_t recipient[32], enum wrni_kind kind, uint8_t *message);
void remac_for(const struct net *net, unsigned host, enum wrni_kind kind, uint8_t *message);

/* Hand a datagram to a host and look at what became of it, answer included; nothing is sent on, no output is taken. */
struct wrn_packet knock(struct net *net, unsigned host, const struct wrn_endpoint *from, const uint8_t *bytes, size_t length);
/* What the host would send now: the next output, into the same kind of buffer. False: nothing. */
bool knock_output(struct net *net, unsigned host, struct wrn_packet *packet);
static inline const uint8_t *bytes_of(const struct wrn_packet *packet)
{
    return packet->data + packet->offset;
}

/* A tap that keeps the last datagram of each type and sender, and may cut the wire. Set with net_catch. */
struct caught {
    struct net_datagram last[NET_HOSTS][5];
    unsigned count[NET_HOSTS][5];
    unsigned cut[NET_HOSTS]; /* bits of the types that this host cannot send */
};
void net_catch(struct net *net, struct caught *caught);

#endif
