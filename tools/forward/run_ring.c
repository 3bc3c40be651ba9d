/* Everything through one ring. Two requests bring what comes, as long as there are buffers: one for the device, one for the
 * socket. What goes is given to the kernel by the system call that waits for more. */

#define _GNU_SOURCE

#include <errno.h>

#include "forward.h"
#include "ring.h"

#define ENTRIES 256u
#define BUFFERS 64u
#define SOCKET_FRONT (sizeof(struct io_uring_recvmsg_out) + sizeof(struct sockaddr_in) + FWD_CONTROL_BYTES)

enum source { DEVICE, SOCKET, SOURCES };

/* What a completion is for, if it is not the address of what went. */
static const uint64_t names[SOURCES] = {1, 2};

struct loop {
    struct fwd         *fwd;
    struct ring         ring;
    struct ring_buffers buffers[SOURCES];
    uint32_t            users[BUFFERS]; /* packets on their way that lie in each of the socket's */
    struct msghdr       shape;          /* of what the socket gives */
    bool                asked[SOURCES];
    unsigned            fresh; /* requests for what goes, since the last wait */
    int                 error;
};

static void ask(struct loop *loop, enum source source)
{
    struct io_uring_sqe *request = ring_request(&loop->ring);
    request->opcode = source == DEVICE ? IORING_OP_READ_MULTISHOT : IORING_OP_RECVMSG;
    request->fd = (int)source;
    request->flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    request->buf_group = (uint16_t)source;
    request->user_data = names[source];
    if (source == SOCKET) {
        request->ioprio = IORING_RECV_MULTISHOT;
        request->addr = (uintptr_t)&loop->shape;
        request->len = 1;
    }
    loop->asked[source] = true;
}

static void go(struct loop *loop, struct fwd_out *out)
{
    struct io_uring_sqe *request = ring_request(&loop->ring);
    request->opcode = out->to_device ? IORING_OP_WRITEV : IORING_OP_SENDMSG;
    request->fd = out->to_device ? DEVICE : SOCKET;
    request->flags = IOSQE_FIXED_FILE;
    request->addr = out->to_device ? (uintptr_t)out->pieces : (uintptr_t)&out->message;
    request->len = out->to_device ? (uint32_t)out->count : 1;
    request->user_data = (uintptr_t)out;
    loop->fresh++;
}

static void let_go(struct loop *loop)
{
    struct fwd_out *out;
    fwd_end(loop->fwd);
    while ((out = fwd_next(loop->fwd)) != NULL)
        go(loop, out);
}

static void gone(struct loop *loop, const struct io_uring_cqe *done)
{
    struct fwd_out *out = (struct fwd_out *)(uintptr_t)done->user_data;
    uint32_t *users = out->to_device ? out->users : NULL;
    fwd_release(loop->fwd, out, done->res >= 0);
    if (users && *users == 0)
        ring_buffer_give(&loop->buffers[SOCKET], (uint32_t)(users - loop->users));
}

/* A message of the socket: how long its parts are, who sent it, what control says, and the datagrams. */
static void received(struct loop *loop, uint8_t *buffer, uint32_t number)
{
    struct io_uring_recvmsg_out *parts = (void *)buffer;
    struct msghdr message = {.msg_control = buffer + SOCKET_FRONT - FWD_CONTROL_BYTES, .msg_controllen = parts->controllen};
    fwd_from_outside(loop->fwd, buffer + SOCKET_FRONT, parts->payloadlen, fwd_segment(&message, parts->payloadlen),
                     &loop->users[number]);
}

static void came(struct loop *loop, enum source source, const struct io_uring_cqe *done)
{
    loop->asked[source] &= (done->flags & IORING_CQE_F_MORE) != 0;
    if (done->res < 0 && done->res != -ENOBUFS)
        loop->error = -done->res;
    if (!(done->flags & IORING_CQE_F_BUFFER))
        return;
    uint32_t number = done->flags >> IORING_CQE_BUFFER_SHIFT;
    uint8_t *buffer = ring_buffer(&loop->buffers[source], number);
    if (source == SOCKET)
        received(loop, buffer, number);
    else if (done->res > (int)TUN_HEAD_BYTES)
        fwd_from_inside(loop->fwd, buffer, buffer + TUN_HEAD_BYTES, (uint32_t)done->res - TUN_HEAD_BYTES);
    if (source == DEVICE || loop->users[number] == 0)
        ring_buffer_give(&loop->buffers[source], number);
}

static int loop_open(struct loop *loop, unsigned flags)
{
    const int files[SOURCES] = {[DEVICE] = loop->fwd->device.fd, [SOCKET] = loop->fwd->socket};
    int error = ring_open(&loop->ring, ENTRIES, flags);
    if (error || (error = ring_files(&loop->ring, files, SOURCES)))
        return error;
    loop->shape = (struct msghdr){.msg_namelen = sizeof(struct sockaddr_in), .msg_controllen = FWD_CONTROL_BYTES};
    error = ring_buffers_open(&loop->ring, &loop->buffers[DEVICE], DEVICE, BUFFERS, FWD_DEVICE_BYTES);
    return error ? error
                 : ring_buffers_open(&loop->ring, &loop->buffers[SOCKET], SOCKET, BUFFERS, SOCKET_FRONT + FWD_SOCKET_BYTES);
}

int fwd_run_ring(struct fwd *fwd, unsigned flags)
{
    static struct loop loop;
    const struct io_uring_cqe *done;
    loop.fwd = fwd;
    int error = loop_open(&loop, flags);
    if (error)
        return error;
    fwd_ready();
    while (!fwd_stop && !error) {
        for (enum source source = DEVICE; source < SOURCES; source++) {
            if (!loop.asked[source])
                ask(&loop, source);
        }
        error = ring_enter(&loop.ring, loop.fresh + 1); /* what goes, which ends at once, and one that came */
        error = error == EINTR ? 0 : error;
        loop.fresh = 0;
        while ((done = ring_completion(&loop.ring)) != NULL && fwd->waiting < FWD_MUCH) {
            if (done->user_data == names[DEVICE] || done->user_data == names[SOCKET])
                came(&loop, done->user_data == names[DEVICE] ? DEVICE : SOCKET, done);
            else
                gone(&loop, done);
            ring_seen(&loop.ring);
        }
        let_go(&loop);
        error = error ? error : loop.error;
    }
    return error;
}
