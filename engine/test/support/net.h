#ifndef TEST_NET_H
#define TEST_NET_H

/*
 * A few engines under one virtual clock, with a wire between them that delays, and that a test may cut, tap, hold and forge.
 * Everything that was sent and delivered is logged, so that a test reads like minutes of a meeting.
 *
 *     struct net *net = net_new(2, 10 * WRN_MILLISECOND);
 *     net_connect(net, 0, 1);
 *     net_send(net, 0, 1, 100);             a 100-byte inner packet from host 0 to host 1
 *     net_run(net, 3 * WRN_SECOND);         until then, exactly at every deadline
 *     assert_int_equal(net_sent(net, 0, 1, 0, WRN_NEVER), 1);
 *     net_free(net);
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "warren/warren.h"

enum { NET_HOSTS = 8, NET_LOG = 1 << 16, NET_FLIGHT = 1 << 14, NET_BYTES = 2048 };

struct net_sent { wrn_time at; uint8_t from, type; uint16_t length; uint64_t counter; struct wrn_endpoint to; };
struct net_delivered { wrn_time at; uint8_t to; uint16_t length; uint32_t id; struct wrn_peer peer; };

struct net_datagram {
    wrn_time            at; /* of arrival */
    uint64_t            order;
    struct wrn_endpoint from, to;
    uint32_t            length;
    uint8_t             tos;
    uint8_t             bytes[NET_BYTES];
};

struct net_host {
    struct wrn_engine  *engine;
    void               *memory;
    struct wrn_config   config;
    struct wrn_endpoint address;
    uint8_t             secret[32];
    struct wrn_peer     peers[NET_HOSTS]; /* by host number */
    uint32_t            events[NET_HOSTS]; /* bits seen so far, by host number of the peer */
    uint32_t            engine_events;
};

struct net {
    wrn_time        now, delay;
    unsigned        hosts;
    struct net_host host[NET_HOSTS];
    uint64_t        order;
    uint32_t        next_id;
    /* Called for each datagram as it is sent; false drops it. May change bytes, length, from, to and arrival time. */
    bool (*tap)(struct net *net, unsigned from, struct net_datagram *datagram, void *context);
    void *tap_context;
    struct net_sent      *sent; /* what left an engine, dropped later or not */
    size_t                sents;
    struct net_delivered *delivered;
    size_t                delivereds;
    struct net_datagram **flight;
    size_t                flying;
    uint32_t              verdicts[WRN_VERDICT_COUNT], reasons[WRN_REASON_COUNT]; /* of everything handed in */
};

/* Hosts 0..hosts-1 with keys, wall clock 1,700,000,000 s at time 0, all up, sodium. Inner address of host i: 10.0.0.(i+1) and
 * fd00::(i+1). Outer address: 192.0.2.(i+1) port 51820. */
struct net *net_new(unsigned hosts, wrn_time delay);
struct net *net_new_with(unsigned hosts, wrn_time delay, const struct wrn_config *config, const struct wrn_crypto *crypto);
void        net_free(struct net *net);

void net_connect(struct net *net, unsigned a, unsigned b);  /* peers of each other, endpoints known, /32 and /128 allowed */
void net_introduce(struct net *net, unsigned at, unsigned who, bool endpoint); /* one side of it */
void net_public_key(const struct net *net, unsigned host, uint8_t key[32]);
void net_restart(struct net *net, unsigned host); /* a fresh engine with the same configuration and peers */

/* Hand in an IPv4 UDP packet of `length` (at least 28) from inner address to inner address; returns its id, which net_received
 * counts. The datagram, if any, is on its way. net_last_* tell the verdict. */
uint32_t net_send(struct net *net, unsigned from, unsigned to, uint32_t length);
uint32_t net_send_from(struct net *net, unsigned from, uint32_t source, uint32_t destination, uint32_t length); /* host order */
extern _Thread_local uint8_t net_last_verdict, net_last_reason;

/* A datagram out of nowhere, right now, into a host: its verdict; answers are sent on. */
uint8_t net_inject(struct net *net, unsigned to, const struct wrn_endpoint *from, const uint8_t *bytes, size_t length);

void net_pump(struct net *net, unsigned host); /* advance, all output, events of one host now */
void net_run(struct net *net, wrn_time until); /* every arrival and every deadline up to and with `until` */

/* Counting. type 1..4; a keepalive is type 4 of length 32; type 0 = any; type 5 = data that is no keepalive; type 6 = keepalives.
 */
size_t   net_sent(const struct net *net, unsigned host, unsigned type, wrn_time from, wrn_time until);
wrn_time net_sent_at(const struct net *net, unsigned host, unsigned type, size_t nth); /* of the nth (0..), WRN_NEVER: fewer */
size_t   net_received(const struct net *net, unsigned host, uint32_t id); /* deliveries of that id */
void     net_view(const struct net *net, unsigned host, unsigned peer, struct wrn_peer_view *view);
void     net_info(const struct net *net, unsigned host, unsigned peer, struct wrn_peer_info *info);
void     net_digest(const struct net *net, unsigned host, unsigned parts, uint8_t digest[32]);

#endif
