#ifndef TOOLS_DECRYPT_H
#define TOOLS_DECRYPT_H

/*
 * Listening with keys: what a capture's WireGuard datagrams say, to somebody who has one side's keys (or both).
 *
 * Needs the static private key of one side, its ephemeral private keys, and, for the initiator's side, the responder's public key.
 * Knows no engine: it follows the whitepaper's section 5.4 by itself, so that it can be held against one.
 * Memory is fixed: the newest handshakes and sessions.
 */

#include "keys.h"
#include "warren/crypto.h"
#include "warren/types.h"

enum opened_mac { MAC_UNKNOWN, MAC_GOOD, MAC_WRONG, MAC_ABSENT }; /* unknown: by nobody whose key is here */

struct opened {
    uint8_t         type; /* 1 .. 4; 0: not WireGuard */
    bool            has_sender, has_receiver, has_counter, has_stamp, failed; /* failed: the keys are here, and it is not authentic */
    uint32_t        sender, receiver;
    uint64_t        counter;
    enum opened_mac mac1, mac2;
    uint8_t         stamp[12];
    const char     *why; /* null: authentic; else what is missing or wrong */
    const uint8_t  *inner;
    uint32_t        inner_length;
    const uint8_t  *from, *to; /* static public keys; null: by and for whom it is, is not known */
    const uint8_t  *preshared; /* of a response that opened; null: none */
    const uint8_t  *cookie;    /* 16 bytes, of a cookie reply that opened */
    const uint8_t  *key;       /* of data: its session's, even where it does not open */
};

struct decrypter;

/* Keeps   keys, crypto and its context. Null: no memory. */
struct decrypter *decrypter_begin(const struct keys *keys, const struct wrn_crypto *crypto, void *context);
/* The next datagram, in the order of the capture. what `opened` points to holds until the next call. */
void decrypter_take(struct decrypter *decrypter, const uint8_t *data, uint32_t length, struct opened *opened);
void decrypter_end(struct decrypter *decrypter); /* wipes */

#endif
