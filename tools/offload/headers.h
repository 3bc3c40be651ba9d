#ifndef TUN_HEADERS_H
#define TUN_HEADERS_H

/* IP, TCP and UDP headers, byte by byte, and the Internet checksum (RFC 1071). */

#include <stddef.h>
#include <stdint.h>

#define IP_TCP 6u
#define IP_UDP 17u

/* struct virtio_net_hdr */
#define HEAD_FLAGS 0u
#define HEAD_TYPE 1u
#define HEAD_HEADER 2u
#define HEAD_SEGMENT 4u
#define HEAD_START 6u
#define HEAD_OFFSET 8u
#define HEAD_NEEDS_CHECKSUM 1u
#define HEAD_NONE 0u
#define HEAD_TCP4 1u
#define HEAD_TCP6 4u
#define HEAD_UDP 5u

uint32_t tun_load16(const uint8_t *at);
uint32_t tun_load32(const uint8_t *at);
void tun_store16(uint8_t *at, uint32_t value);
void tun_store32(uint8_t *at, uint32_t value);

/* Sum of big-endian 16-bit words, odd byte padded with zero; not yet folded. */
uint64_t tun_sum(uint64_t sum, const uint8_t *bytes, size_t length);
uint32_t tun_fold(uint64_t sum); /* to 16 bits, not complemented */
/* Of the pseudo header of the packet at `ip`, either version. */
uint64_t tun_sum_pseudo(const uint8_t *packet, uint32_t protocol, uint32_t length);
/* Lengths in the IP header, and its checksum. `header` bytes come before the transport's. */
void tun_fix_ip(uint8_t *packet, uint32_t header, uint32_t length);

#endif
