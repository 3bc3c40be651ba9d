#ifndef FUZZ_RAW_H
#define FUZZ_RAW_H

/*
 * Raw datagrams: what rx_init_raw, rx_resp_raw, rx_cookie_raw and rx_data_raw share. What is authentic here is so by luck, by
 * repair 32, or because a corpus remembers what was said; then the rules of authentic messages hold.
 *
 * Input: a byte that picks the snapshot; a byte that picks source (3 bits) and outer ECN (2 bits); a byte of repairs; a byte of
 * time (quarters of a second, the top bit: of milliseconds); then the datagram. Repairs: 1 the type and reserved bytes, 2 the
 * length, 4 an index that is live, 8 mac1, 16 mac2 by the cookie of the source, 32 an honest initiation of A in its place, with
 * its first 32 bytes as the ephemeral key, 64 again at once, 128 an index of B instead of A.
 */

#include "world.h"

int fuzz_raw(unsigned type, const uint8_t *data, size_t size);

#endif
