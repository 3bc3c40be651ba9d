#define _GNU_SOURCE

#include "forward.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

#define MESSAGES 192u /* more than what a loop reads before it sends */
#define PACKETS 2048u
#define ROOM_BYTES (FWD_MESSAGE_BYTES + TUN_LARGE_BYTES)
#define BUFFER_BYTES (7 << 20) /* as warren-tun asks for */

volatile sig_atomic_t fwd_stop;

static struct fwd_out messages[MESSAGES], packets[PACKETS];
static uint8_t rooms[MESSAGES][ROOM_BYTES];

/* What is released last is taken first: the cache has it. */
static struct fwd_out *take(struct fwd_out **list)
{
    struct fwd_out *out = *list;
    if (out)
        *list = out->next;
    return out;
}

static void set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

int fwd_open(struct fwd *fwd, const char *device, uint16_t port, const struct sockaddr_in *other)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1, error = tun_device_open(&fwd->device, device, true, false);
    if (error)
        return error;
    fwd->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fwd->socket < 0 || bind(fwd->socket, (struct sockaddr *)&own, sizeof own) != 0 ||
        setsockopt(fwd->socket, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
        return errno;
    set(fwd->socket, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES);
    set(fwd->socket, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES);
    set(fwd->socket, IPPROTO_IP, IP_PKTINFO, 1);
    set(fwd->socket, IPPROTO_IP, IP_RECVTOS, 1);
    fwd->other = *other;
    fwd->out.last = &fwd->out.first;
    for (size_t i = 0; i < MESSAGES; i++) {
        messages[i] = (struct fwd_out){.next = fwd->free_messages, .room = rooms[i]};
        fwd->free_messages = &messages[i];
    }
    for (size_t i = 0; i < PACKETS; i++) {
        packets[i] = (struct fwd_out){.next = fwd->free_packets, .to_device = true};
        fwd->free_packets = &packets[i];
    }
    return 0;
}

static void complete(struct fwd *fwd, struct fwd_out *out)
{
    out->next = NULL;
    *fwd->out.last = out;
    fwd->out.last = &out->next;
}

void fwd_end(struct fwd *fwd)
{
    struct fwd_out *out = fwd->open;
    if (!out)
        return;
    fwd->open = NULL;
    out->message = (struct msghdr){
        .msg_name = &fwd->other, .msg_namelen = sizeof fwd->other, .msg_iov = out->pieces, .msg_iovlen = out->count};
    if (out->count > 1) {
        uint16_t segment = (uint16_t)out->segment;
        struct cmsghdr *control = (void *)out->control.bytes;
        *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof segment), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
        memcpy(CMSG_DATA(control), &segment, sizeof segment);
        out->message.msg_control = out->control.bytes;
        out->message.msg_controllen = CMSG_SPACE(sizeof segment);
    }
    complete(fwd, out);
}

/* The message that takes a piece of at most so many bytes; null: there is none. */
static struct fwd_out *open_message(struct fwd *fwd, uint32_t longest)
{
    if (fwd->open && (fwd->closed || fwd->open->count == FWD_PIECES || fwd->open->bytes + longest > FWD_MESSAGE_BYTES))
        fwd_end(fwd);
    if (!fwd->open) {
        fwd->open = take(&fwd->free_messages);
        fwd->closed = false;
        if (fwd->open)
            fwd->open->count = fwd->open->bytes = fwd->open->segment = 0;
    }
    return fwd->open;
}

void fwd_from_inside(struct fwd *fwd, const uint8_t head[TUN_HEAD_BYTES], const uint8_t *packet, uint32_t length)
{
    struct tun_split split;
    struct fwd_out *out = NULL;
    bool good = tun_split_begin(&split, head, packet, length);
    while (good && (out = open_message(fwd, split.longest)) != NULL) {
        uint8_t *piece = out->room + out->bytes;
        uint32_t size = tun_split_next(&split, piece);
        if (size == 0)
            break;
        if (out->count > 0 && size > out->segment) {
            fwd_end(fwd);
            out = open_message(fwd, size);
            if (!out)
                break;
            memcpy(out->room, piece, size);
            piece = out->room;
        }
        if (out->count == 0)
            out->segment = size;
        fwd->closed = size < out->segment;
        out->pieces[out->count++] = (struct iovec){piece, size};
        out->bytes += size;
        fwd->waiting++;
    }
    fwd->lost += !out;
    if (fwd->open && fwd->open->count == 0) {
        fwd->open->next = fwd->free_messages;
        fwd->free_messages = fwd->open;
        fwd->open = NULL;
    }
}

static void end_packet(struct fwd *fwd, struct fwd_out *out, struct tun_join *join)
{
    tun_join_end(join, out->head);
    out->pieces[0] = (struct iovec){out->head, TUN_HEAD_BYTES};
    out->count = 1 + join->count;
    complete(fwd, out);
}

void fwd_from_outside(struct fwd *fwd, uint8_t *data, uint32_t length, uint32_t segment, uint32_t *users)
{
    struct fwd_out *out = NULL;
    struct tun_join join;
    uint32_t size, skip;
    for (uint32_t at = 0; at < length; at += size) {
        size = length - at < segment ? length - at : segment;
        fwd->waiting++;
        if (out && tun_join_add(&join, data + at, size, &skip)) {
            out->pieces[join.count] = (struct iovec){data + at + skip, size - skip};
            continue;
        }
        if (out)
            end_packet(fwd, out, &join);
        out = take(&fwd->free_packets);
        if (!out) {
            fwd->lost++;
            return;
        }
        out->users = users;
        ++*users;
        tun_join_begin(&join, data + at, size, fwd->device.large_udp);
        out->pieces[1] = (struct iovec){data + at, size};
    }
    if (out)
        end_packet(fwd, out, &join);
}

uint32_t fwd_segment(struct msghdr *message, uint32_t length)
{
    int value = 0;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO)
            memcpy(&value, CMSG_DATA(control), sizeof value);
    }
    return value > 0 ? (uint32_t)value : length;
}

struct fwd_out *fwd_next(struct fwd *fwd)
{
    struct fwd_out *out = fwd->out.first;
    if (!out) {
        fwd->waiting = 0;
        return NULL;
    }
    fwd->out.first = out->next;
    if (!out->next)
        fwd->out.last = &fwd->out.first;
    return out;
}

void fwd_release(struct fwd *fwd, struct fwd_out *out, bool taken)
{
    struct fwd_out **list = out->to_device ? &fwd->free_packets : &fwd->free_messages;
    if (out->to_device)
        --*out->users;
    fwd->lost += !taken;
    out->next = *list;
    *list = out;
}

void fwd_ready(void)
{
    puts("ready");
    fflush(stdout);
}
