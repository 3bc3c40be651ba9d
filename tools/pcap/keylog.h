#ifndef WARREN_KEYLOG_H
#define WARREN_KEYLOG_H

/*
 * WireGuard's key log, written into a capture beside the packets.
 *
 * A preshared key belongs to the ephemeral key before it, and Wireshark may try the first such key only: each stands in a block with
 * the ephemeral key that it is used with. An ephemeral key may stand there more than once.
 */

#include "pcapng.h"
#include "warren/crypto.h"

/* LOCAL_STATIC_PRIVATE_KEY or REMOTE_STATIC_PUBLIC_KEY. */
void keylog_static(struct pcapng *out, const char *kind, const uint8_t key[32]);
void keylog_ephemeral(struct pcapng *out, const uint8_t key[32], const uint8_t *preshared); /* preshared: null is none */

/*
 * For whoever sees no more than what passes a provider: whatever is multiplied by the base point is an ephemeral key (or a private one
 * that is being set, which does no harm), and what it is multiplied with then tells whom it is for: a static public key, by which
 * the preshared one is found.
 */
struct keylog_row { uint8_t peer[32], key[32]; };

struct keylog {
    struct keylog_row *rows;
    size_t             count, room;
    uint8_t            ephemeral[32]; /* the newest; zeros: none */
};

/* The key shared with this peer from now on, by its public key; zeros: none. False: no memory. */
bool keylog_preshared(struct keylog *log, const uint8_t peer[32], const uint8_t key[32]);
/* A multiplication that was done. What it tells is written: a block at most. */
void keylog_watch(struct keylog *log, struct pcapng *out, const struct wrn_dh *operation);
void keylog_end(struct keylog *log); /* wipes */

#endif
