#ifndef WARREN_KEYLOG_H
#define WARREN_KEYLOG_H

/*
 * WireGuard's key log, written into a capture beside the packets. Ephemeral keys are seen where they are made: whatever is multiplied
 * by the base point. A preshared key belongs to the ephemeral key before it, which may be any peer's: all of them stand behind each.
 */

#include "pcapng.h"
#include "warren/crypto.h"

#define KEYLOG_PRESHARED_MOST 16u /* Wireshark tries each with every ephemeral key */

struct keylog {
    uint8_t  preshared[KEYLOG_PRESHARED_MOST][32];
    unsigned preshared_count;
};

/* Once each; those beyond the room are left out. */
void keylog_preshared(struct keylog *log, const uint8_t key[32]);
/* LOCAL_STATIC_PRIVATE_KEY or REMOTE_STATIC_PUBLIC_KEY. */
void keylog_static(struct pcapng *out, const char *kind, const uint8_t key[32]);
void keylog_ephemeral(const struct keylog *log, struct pcapng *out, const uint8_t key[32]);
/* Is it an ephemeral key that is being made? Or a private one that is being set, which does no harm. */
bool keylog_makes(const struct wrn_dh *operation);

#endif
