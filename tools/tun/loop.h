#ifndef TUN_LOOP_H
#define TUN_LOOP_H

/*
 * The loop guard (P-125): a datagram that the machine's routing sends back into the tunnel it came out of would be sealed again, and
 * again, and cut in two once it is too long. Eight bytes of each datagram sent are remembered, such as no two have; what comes from
 * the inside with our port as its source and the same bytes in that place is our own. Other WireGuards inside the tunnel have other
 * bytes, on whatever port. The table forgets: a loop ends after a few rounds, not always after one.
 */

#include "warren/types.h"

void tun_loop_sent(const struct wrn_packet *packets, size_t count); /* those with the verdict SEND */
/* Did we send what is in this packet of the inside? `port` is ours. */
bool tun_loop_back(const uint8_t *packet, uint32_t length, uint16_t port);

#endif
