#ifndef TUN_OFFLOAD_H
#define TUN_OFFLOAD_H

/*
 * Large packets of a tun device with virtio headers: cut into packets that fit, and packets of one flow joined into a large one. Sans
 * I/O, and no trust: what comes in may be any bytes.
 *
 * The checksums of what is cut are computed. What is joined had a right checksum of its own, or it is not joined: the kernel will not
 * look at it again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUN_HEAD_BYTES 10u    /* struct virtio_net_hdr, in the machine's byte order */
#define TUN_LARGE_BYTES 65535u
#define TUN_JOIN_MOST 64u      /* packets in one */

/* A packet being cut. Private but for `longest`. */
struct tun_split {
    const uint8_t *packet;
    uint32_t       length, ip, header, segment, at, number;
    uint16_t       checksum_start, checksum_offset;
    uint8_t        kind;
    uint64_t       ip_sum, transport_sum; /* of what every piece has in its headers */
    uint32_t       longest; /* no piece is longer than that */
};

/* Needs   a head and a packet as the device gave them.
 * Keeps   packet, until the last piece.
 * Fails   false: the head does not fit the packet. */
bool tun_split_begin(struct tun_split *split, const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length);
/* The length of the next piece, or 0 at the end. `out` has room for `longest`. */
uint32_t tun_split_next(struct tun_split *split, uint8_t *out);

/* Packets being joined. Private but for `count`. */
struct tun_join {
    uint8_t *first;
    uint32_t ip, header, segment, payload, count, next_sequence;
    bool     udp, closed;
};

/* The packet is the first of a large one, perhaps. */
void tun_join_begin(struct tun_join *join, uint8_t *packet, uint32_t length, bool udp_too);
/* Does this packet go on where the last one ended? `*skip`: how many bytes of it are header and left out. */
bool tun_join_add(struct tun_join *join, const uint8_t *packet, uint32_t length, uint32_t *skip);
/* No more will come: the head, and with more than one packet the first one's lengths and checksums, for all of them. */
void tun_join_end(struct tun_join *join, uint8_t head[TUN_HEAD_BYTES]);

#endif
