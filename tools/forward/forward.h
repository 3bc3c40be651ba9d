#ifndef FORWARD_H
#define FORWARD_H

/*
 * A tunnel without a protocol, to measure what input and output cost: packets of a tun device become datagrams to one other end,
 * and datagrams packets. As in warren-tun large packets are cut and joined again, and datagrams of one size are one message; but
 * nothing is encrypted, and whoever sends is believed.
 *
 * Here is what is done to packets. The loops bring them and take what comes of them, each by other system calls.
 */

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "device.h"
#include "offload.h"

#define FWD_PIECES 64u /* in one message or packet */
#define FWD_MESSAGE_BYTES 65000u
#define FWD_CONTROL_BYTES 128u
#define FWD_DEVICE_BYTES (TUN_HEAD_BYTES + TUN_LARGE_BYTES) /* the head and the packet behind it, as the device gives them */
#define FWD_SOCKET_BYTES 65536u
#define FWD_MUCH 256u /* pieces that wait: time to let them go */

struct fwd_control {
    _Alignas(struct cmsghdr) uint8_t bytes[FWD_CONTROL_BYTES];
};

/* What one system call takes: a message for the socket, or a packet for the device. */
struct fwd_out {
    struct fwd_out    *next;
    size_t             count; /* of pieces */
    uint32_t          *users; /* of the buffer that a packet lies in; whoever releases it counts down */
    uint8_t           *room;  /* of a message, for its pieces */
    struct msghdr      message;
    struct fwd_control control;
    struct iovec       pieces[1 + FWD_PIECES]; /* of a packet the first is its head */
    uint32_t           segment, bytes;
    bool               to_device;
    uint8_t            head[TUN_HEAD_BYTES];
};

struct fwd_queue {
    struct fwd_out *first, **last;
};

struct fwd {
    struct tun_device  device;
    int                socket;
    struct sockaddr_in other;
    struct fwd_queue   out;  /* complete */
    struct fwd_out    *open; /* the message that takes more */
    bool               closed; /* no, it does not: its last piece is a shorter one */
    size_t             waiting; /* pieces in all of them */
    struct fwd_out    *free_messages, *free_packets;
    uint64_t           lost; /* packets for which there was no room, or that the kernel refused */
};

/* 0 or an errno. The device is there already, with its addresses. */
int fwd_open(struct fwd *fwd, const char *device, uint16_t port, const struct sockaddr_in *other);

void fwd_from_inside(struct fwd *fwd, const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length);
/* Datagrams of `segment` bytes each, one behind the other; the last may be shorter. `*users` counts packets that lie there. */
void fwd_from_outside(struct fwd *fwd, uint8_t *data, uint32_t length, uint32_t segment, uint32_t *users);
/* The segment of a message that was received: what UDP_GRO says, or its length. */
uint32_t fwd_segment(struct msghdr *message, uint32_t length);

/* The message that is open takes no more. */
void fwd_end(struct fwd *fwd);
/* The oldest of what is complete, or null. Give it to fwd_release when the kernel is done with it. */
struct fwd_out *fwd_next(struct fwd *fwd);
void            fwd_release(struct fwd *fwd, struct fwd_out *out, bool taken);

/* The loops. They say when they have what they need, and end when fwd_stop is set or with an errno. */
extern volatile sig_atomic_t fwd_stop;
void                         fwd_ready(void);

/* batch: reads and writes of the device, of which a system call takes one, go through a ring together. */
int fwd_run_epoll(struct fwd *fwd, bool batch);
/* Everything through a ring with these flags. */
int fwd_run_ring(struct fwd *fwd, unsigned flags);

#endif
