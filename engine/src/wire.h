#ifndef WRNI_WIRE_H
#define WRNI_WIRE_H

/*
 * Floor 2. The four messages (P-1 to P-9): offsets, sizes, and the one place that tells what a datagram is.
 */

#include "base.h"
#include "bytes.h"

enum wrni_kind { WRNI_UNKNOWN = 0, WRNI_INITIATION = 1, WRNI_RESPONSE = 2, WRNI_COOKIE = 3, WRNI_DATA = 4 };

enum {
    WRNI_INITIATION_BYTES = 148,
    WRNI_RESPONSE_BYTES = 92,
    WRNI_COOKIE_BYTES = 64,
    WRNI_DATA_HEADER = 16,
    WRNI_DATA_OVERHEAD = 32, /* header and tag; also the length of a keepalive */

    WRNI_AT_SENDER = 4, /* initiation, response */
    WRNI_AT_RECEIVER = 4, /* cookie, data */
    WRNI_INIT_EPHEMERAL = 8,
    WRNI_INIT_STATIC = 40,
    WRNI_INIT_STAMP = 88,
    WRNI_INIT_MAC1 = 116,
    WRNI_INIT_MAC2 = 132,
    WRNI_RESP_RECEIVER = 8,
    WRNI_RESP_EPHEMERAL = 12,
    WRNI_RESP_EMPTY = 44,
    WRNI_RESP_MAC1 = 60,
    WRNI_RESP_MAC2 = 76,
    WRNI_COOKIE_NONCE = 8,
    WRNI_COOKIE_SEALED = 32,
    WRNI_DATA_COUNTER = 8,

    WRNI_HANDSHAKE_TOS = 0x88, /* of initiations and responses; all else carries DSCP 0 (P-94) */
};

/* The kind, only if type, reserved bytes and length all fit (P-1, P-6). `*reason` says why not: WRN_REASON_TYPE (unknown type or
 * a reserved byte set, or fewer than 4 bytes) or WRN_REASON_LENGTH. */
enum wrni_kind wrni_wire_kind(const uint8_t *data, size_t length, uint8_t *reason);

/* Where mac1 stands in an initiation or a response. mac2 follows it. */
size_t wrni_wire_mac1_at(enum wrni_kind kind);

/* Zeros to add to a plaintext of `length` (P-97, section 24): to a multiple of 16, never beyond the MTU; mtu 0 = no limit. */
uint32_t wrni_wire_padding(uint32_t length, uint32_t mtu);

/* Its scope is part of it (P-121). */
bool wrni_link_local(const struct wrn_endpoint *endpoint);

#endif
