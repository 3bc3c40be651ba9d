#ifndef WRNI_INNER_H
#define WRNI_INNER_H

/*
 * Floor 2. The header of the inner IP packet, as far as WireGuard looks: version, length, addresses, ECN (P-87, P-95, P-103 to
 * P-107), and the ICMP errors that a refusal may be answered with (P-88, P-89). Never reads beyond 20 or 40 bytes except to
 * quote the packet in an error.
 */

#include "base.h"

struct wrni_inner {
    const uint8_t *source, *destination; /* 4 or 16 bytes, into the packet */
    uint32_t       length;               /* what the header says the packet is */
    uint8_t        family;               /* 4 or 6 */
    uint8_t        tos;                  /* TOS byte or traffic class */
};

/* False: `*reason` is WRN_REASON_INNER_VERSION (version nibble, or fewer than 20 / 40 bytes) or WRN_REASON_INNER_LENGTH. The
 * length check is for received packets (P-103); a packet to send needs only version and minimum header (P-87). */
bool wrni_inner_read(const uint8_t *data, uint32_t length, bool check_length, struct wrni_inner *out, uint8_t *reason);

uint8_t wrni_ecn_encapsulate(uint8_t inner_tos); /* RFC 3168 9.1.1: the outer TOS byte, DSCP 0 (P-94, P-95) */
/* RFC 6040 4.2, in place, IPv4 checksum mended. */
void wrni_ecn_decapsulate(uint8_t *packet, uint32_t length, uint8_t outer_tos);

/* An ICMP host unreachable or ICMPv6 address unreachable for this packet, or 0 when there must be none. */
size_t wrni_icmp_unreachable(const uint8_t *packet, uint32_t length, uint8_t *out, size_t size);

#endif
