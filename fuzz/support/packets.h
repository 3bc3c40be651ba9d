#ifndef FUZZ_PACKETS_H
#define FUZZ_PACKETS_H

/* What worlds of several engines share: numbered inner packets, and the sums of law 6. */

#include "warren/engine.h"

enum { FUZZ_NUMBERED = 24 }; /* bytes of an inner packet at least: the header, and its number */

/* An IPv4 packet of this length, told from others by its number (two bytes from byte 20 on); the rest is filled by it. */
void fuzz_numbered(uint8_t *to, const uint8_t from[4], const uint8_t destination[4], uint32_t number, uint32_t length);

/* Verdicts by whence the packet came, drops among them, and the reasons that were counted for drops of packets in hand. */
struct fuzz_sums { uint64_t tun, net, drops, reasons; };

struct fuzz_sums fuzz_sums(const struct wrn_counters *counters);

#endif
