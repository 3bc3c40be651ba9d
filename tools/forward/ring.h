#ifndef FORWARD_RING_H
#define FORWARD_RING_H

/* io_uring without a library: requests in, completions out, and buffers that the kernel chooses from. One thread uses it. */

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef IORING_RECVSEND_BUNDLE /* headers older than Linux 6.10 */
#define IORING_OP_READ_MULTISHOT 49 /* of Linux 6.7 */
#endif

struct ring {
    int                        fd;
    unsigned                   flags; /* it was set up with */
    struct io_uring_sqe       *requests;
    const struct io_uring_cqe *completions;
    _Atomic uint32_t          *head, *tail, *state; /* of requests */
    _Atomic uint32_t          *done_head, *done_tail;
    uint32_t                   mask, done_mask, next, told; /* next: the tail, of which the kernel was told so much */
};

/* Buffers of one size; requests name their group. */
struct ring_buffers {
    struct io_uring_buf_ring *ring;
    uint8_t                  *bytes;
    uint32_t                  size, count;
    uint16_t                  tail;
};

/* 0 or an errno. `entries` is a power of two; there is room for four times as many completions. */
int ring_open(struct ring *ring, unsigned entries, unsigned flags);
/* 0 or an errno. A request with IOSQE_FIXED_FILE names a descriptor by its place here, and the kernel need not look it up. */
int ring_files(const struct ring *ring, const int *files, unsigned count);
/* A request of zeros, which goes with the next ring_enter; when there is no room for one, all those before it go first. */
struct io_uring_sqe *ring_request(struct ring *ring);
/* Gives the requests to the kernel and waits until so many completions are there. 0 or an errno. */
int ring_enter(struct ring *ring, unsigned wait);
/* The oldest completion, or null; ring_seen gives it back. */
const struct io_uring_cqe *ring_completion(const struct ring *ring);
void                       ring_seen(struct ring *ring);

/* 0 or an errno; all are the kernel's then. `count` is a power of two. */
int      ring_buffers_open(struct ring *ring, struct ring_buffers *buffers, uint16_t group, uint32_t count, uint32_t size);
uint8_t *ring_buffer(const struct ring_buffers *buffers, uint32_t number);
/* The kernel may choose it again. */
void ring_buffer_give(struct ring_buffers *buffers, uint32_t number);

#endif
