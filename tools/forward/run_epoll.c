/* epoll says what is there; datagrams go and come many to a system call. Packets of the device do so only through a ring. */

#define _GNU_SOURCE

#include <errno.h>
#include <sys/epoll.h>

#include "forward.h"
#include "ring.h"

#define READS 128u /* at a time, as warren-tun */
#define READS_BATCH 64u
#define MESSAGES 32u
#define SENDS 64u
#define TRY_EVERY 16u

/* Packets that come alone are read alone: a second read would be in vain. Now and then it is tried. */
struct company {
    bool     alone;
    unsigned skipped;
};

static uint8_t inside[READS_BATCH][FWD_DEVICE_BYTES], outside[MESSAGES][FWD_SOCKET_BYTES];

static void send_messages(struct fwd *fwd, struct fwd_out **outs, unsigned count)
{
    struct mmsghdr heads[SENDS];
    for (unsigned i = 0; i < count; i++)
        heads[i] = (struct mmsghdr){.msg_hdr = outs[i]->message};
    for (unsigned done = 0; done < count;) {
        int sent = sendmmsg(fwd->socket, heads + done, count - done, 0);
        bool taken = sent > 0;
        for (unsigned end = done + (taken ? (unsigned)sent : 1); done < end && done < count; done++)
            fwd_release(fwd, outs[done], taken);
    }
}

/* `outs` are packets for the device; with a ring they all go by one system call. */
static void write_packets(struct fwd *fwd, struct ring *ring, struct fwd_out **outs, unsigned count)
{
    const struct io_uring_cqe *done;
    if (!ring) {
        for (unsigned i = 0; i < count; i++)
            fwd_release(fwd, outs[i], writev(fwd->device.fd, outs[i]->pieces, (int)outs[i]->count) >= 0);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        struct io_uring_sqe *request = ring_request(ring);
        request->opcode = IORING_OP_WRITEV;
        request->fd = fwd->device.fd;
        request->addr = (uintptr_t)outs[i]->pieces;
        request->len = (uint32_t)outs[i]->count;
        request->user_data = (uintptr_t)outs[i];
    }
    (void)ring_enter(ring, count);
    while (count > 0) {
        if ((done = ring_completion(ring)) == NULL) {
            (void)ring_enter(ring, 1);
            continue;
        }
        fwd_release(fwd, (struct fwd_out *)(uintptr_t)done->user_data, done->res >= 0);
        ring_seen(ring);
        count--;
    }
}

static void let_go(struct fwd *fwd, struct ring *ring)
{
    struct fwd_out *out, *sends[SENDS], *writes[SENDS];
    unsigned messages = 0, packets = 0;
    fwd_end(fwd);
    while ((out = fwd_next(fwd)) != NULL) {
        if (out->to_device)
            writes[packets++] = out;
        else
            sends[messages++] = out;
        if (packets == SENDS) {
            write_packets(fwd, ring, writes, packets);
            packets = 0;
        }
        if (messages == SENDS) {
            send_messages(fwd, sends, messages);
            messages = 0;
        }
    }
    if (packets)
        write_packets(fwd, ring, writes, packets);
    if (messages)
        send_messages(fwd, sends, messages);
}

static void read_one_by_one(struct fwd *fwd, struct company *company)
{
    unsigned most = company->alone && ++company->skipped % TRY_EVERY ? 1 : READS, count = 0;
    for (; count < most; count++) {
        int length = tun_device_read(&fwd->device, inside[0], inside[0] + TUN_HEAD_BYTES, TUN_LARGE_BYTES);
        if (length <= 0)
            break;
        fwd_from_inside(fwd, inside[0], inside[0] + TUN_HEAD_BYTES, (uint32_t)length);
        if (fwd->waiting >= FWD_MUCH)
            let_go(fwd, NULL);
    }
    if (most > 1)
        company->alone = count <= 1;
}

/* As many reads as were worth it last time; where there is nothing they end, too. */
static void read_batch(struct fwd *fwd, struct ring *ring, unsigned *most)
{
    unsigned good = 0;
    for (unsigned i = 0; i < *most; i++) {
        struct io_uring_sqe *request = ring_request(ring);
        request->opcode = IORING_OP_READ;
        request->fd = fwd->device.fd;
        request->addr = (uintptr_t)inside[i];
        request->len = FWD_DEVICE_BYTES;
        request->rw_flags = RWF_NOWAIT;
        request->user_data = i;
    }
    (void)ring_enter(ring, *most);
    for (unsigned left = *most; left > 0;) {
        const struct io_uring_cqe *done = ring_completion(ring);
        if (!done) {
            (void)ring_enter(ring, 1);
            continue;
        }
        if (done->res > (int)TUN_HEAD_BYTES) {
            uint8_t *head = inside[done->user_data];
            fwd_from_inside(fwd, head, head + TUN_HEAD_BYTES, (uint32_t)done->res - TUN_HEAD_BYTES);
            good++;
        }
        ring_seen(ring);
        left--;
    }
    if (good == *most)
        *most = *most * 2 <= READS_BATCH ? *most * 2 : READS_BATCH;
    else if (good < *most / 2)
        *most /= 2;
}

static void receive(struct fwd *fwd)
{
    static struct fwd_control controls[MESSAGES];
    static uint32_t users;
    struct sockaddr_in addresses[MESSAGES];
    struct mmsghdr heads[MESSAGES];
    struct iovec pieces[MESSAGES];
    for (size_t i = 0; i < MESSAGES; i++) {
        pieces[i] = (struct iovec){outside[i], FWD_SOCKET_BYTES};
        heads[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &addresses[i],
                                                .msg_namelen = sizeof addresses[i],
                                                .msg_iov = &pieces[i],
                                                .msg_iovlen = 1,
                                                .msg_control = controls[i].bytes,
                                                .msg_controllen = FWD_CONTROL_BYTES}};
    }
    int count = recvmmsg(fwd->socket, heads, MESSAGES, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++)
        fwd_from_outside(fwd, outside[i], heads[i].msg_len, fwd_segment(&heads[i].msg_hdr, heads[i].msg_len), &users);
}

static int watch(int poll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

int fwd_run_epoll(struct fwd *fwd, bool batch)
{
    struct epoll_event events[2];
    struct company company = {0};
    struct ring ring;
    unsigned most = 1;
    int poll = epoll_create1(EPOLL_CLOEXEC), error = batch ? ring_open(&ring, 2 * READS_BATCH, 0) : 0;
    if (error || (error = watch(poll, fwd->device.fd)) || (error = watch(poll, fwd->socket)))
        return error;
    fwd_ready();
    while (!fwd_stop) {
        int count = epoll_wait(poll, events, 2, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == fwd->socket)
                receive(fwd);
            else if (batch)
                read_batch(fwd, &ring, &most);
            else
                read_one_by_one(fwd, &company);
            let_go(fwd, batch ? &ring : NULL);
        }
    }
    return 0;
}
