#ifndef TEST_PLAIN_H
#define TEST_PLAIN_H

/* The tun side by hand: plaintext packets of any content into an engine, with buffers that a test may shape. */

#include "net.h"

struct plain { struct wrn_packet packet; uint8_t bytes[70000]; };

/* An IPv4 UDP packet of `length` bytes between inner addresses (host order), the number in its bytes 20 to 23. */
void plain_ipv4(struct plain *p, uint32_t source, uint32_t destination, uint32_t length, uint32_t number);
void plain_ipv6(struct plain *p, uint8_t source, uint8_t destination,
                uint32_t length); /* between fd00::source and fd00::destination */
/* Into the host, at the net's time: the verdict. Nothing is sent on. */
uint8_t plain_in(struct net *net, unsigned host, struct plain *p);
/* Put what came out (SEND) on the way to host `to` right now: that side's verdict. */
uint8_t plain_on(struct net *net, unsigned from, unsigned to, const struct wrn_packet *packet);

/* Two hosts with a session, host 0 its initiator, at one second. */
struct net *plain_pair(const struct wrn_config *config); /* null: the default */
void        net_lose(struct net *net); /* everything on the wire */
uint64_t    plain_reason(const struct net *net, unsigned host, enum wrn_reason reason);

#endif
