#ifndef TUN_CAPTURE_H
#define TUN_CAPTURE_H

/*
 * What goes through the driver, in a file (pcapng): datagrams of the outside, as interface 0, and packets of the inside, as 1. With
 * keys, and only then, each key that opens them stands before the packets it opens: WHOEVER READS THE FILE READS THE TUNNEL.
 *
 * One for the program, as the log is. A disk that is full, or fails, ends the capture and nothing else: the file ends behind its last
 * whole packet, and what came later is counted.
 */

#include "sockets.h"
#include "warren/crypto.h"

struct tun_capture_counts {
    bool     on, keys;
    uint64_t packets, missed;
};

/* The file is made anew, for its owner only. 0 or an errno. */
int  tun_capture_open(const char *path, const char *interface, bool keys);
void tun_capture_close(void);
void tun_capture_inside(const uint8_t *packet, size_t length);
/* Those with this verdict, before they are opened or after they are sealed: they came from `remote`, or go there. */
void tun_capture_outside(const struct tun_sockets *sockets, const struct wrn_packet *packets, size_t count, bool out);
/* Writes what waits: every second, or so. */
void tun_capture_flush(void);
bool tun_capture_waits(void);
void tun_capture_counts(struct tun_capture_counts *counts);

/* With keys: a provider that does the same, and tells the file which ephemeral keys there are; else the one given. */
const struct wrn_crypto *tun_capture_crypto(const struct wrn_crypto *real);
/* With keys: those in a request that was applied. */
void tun_capture_request(const char *request, size_t length);

#endif
