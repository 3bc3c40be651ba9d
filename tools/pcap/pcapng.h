#ifndef WARREN_PCAPNG_H
#define WARREN_PCAPNG_H

/*
 * Writing pcapng (draft-ietf-opsawg-pcapng): interfaces with names, packets with comments, and the WireGuard key log as a
 * decryption secrets block, so that Wireshark shows the inside with no setting at all. Raw IP link type, nanoseconds.
 *
 * A reader learns of an interface or a secret only when it comes to its block: write them before the packets they serve.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pcapng {
    FILE    *file;
    uint32_t interfaces;
    bool     failed; /* a write failed; what follows is not tried */
};

void     pcapng_begin(struct pcapng *out, FILE *file, const char *application);
uint32_t pcapng_interface(struct pcapng *out, const char *name, const char *description); /* returns its number */
void     pcapng_secrets(struct pcapng *out, const char *key_log);                         /* lines of WireGuard's key-log format */
void     pcapng_packet(struct pcapng *out, uint32_t interface, uint64_t time_ns, const uint8_t *data, size_t length,
                       const char *comment); /* comment may be null */

#endif
