/* Packets of the engine through the sockets. */

#define _GNU_SOURCE

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "sockets.h"
#include "wait.h"

#define SEND_MESSAGES 64u
#define SEND_PIECES 256u
#define SEGMENTS_MOST 64u
#define SEGMENTS_BYTES 65000u
#define CONTROL_BYTES 128u

struct control {
    _Alignas(struct cmsghdr) uint8_t bytes[CONTROL_BYTES];
};

/* In ------------------------------------------------------------------------------------------------------------------ */

static void read_remote(const union tun_address *address, unsigned which, struct wrn_endpoint *remote)
{
    *remote = (struct wrn_endpoint){.family = which == 0 ? 4 : 6};
    if (which == 0) {
        memcpy(remote->address, &address->v4.sin_addr, 4);
        remote->port = ntohs(address->v4.sin_port);
    } else {
        memcpy(remote->address, &address->v6.sin6_addr, 16);
        remote->port = ntohs(address->v6.sin6_port);
    }
}

/* The remark of the path: of a link-local remote its scope, of others the local address. */
static uint32_t read_path4(struct tun_paths *paths, const struct cmsghdr *control)
{
    struct in_pktinfo info;
    uint8_t local[16] = {0};
    memcpy(&info, CMSG_DATA(control), sizeof info);
    memcpy(local, &info.ipi_spec_dst, 4);
    return tun_path_number(paths, 4, local, (uint32_t)info.ipi_ifindex);
}

static uint32_t read_path6(struct tun_paths *paths, const struct cmsghdr *control, const struct wrn_endpoint *remote)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(control), sizeof info);
    if (tun_link_local(remote->address))
        return info.ipi6_ifindex;
    return tun_path_number(paths, 6, info.ipi6_addr.s6_addr, info.ipi6_ifindex);
}

static void read_controls(struct tun_paths *paths, struct msghdr *head, struct tun_message *message)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(head); control; control = CMSG_NXTHDR(head, control)) {
        int value = 0;
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            message->remote.host = read_path4(paths, control);
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            message->remote.host = read_path6(paths, control, &message->remote);
        } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) {
            message->tos = *CMSG_DATA(control);
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_TCLASS) {
            memcpy(&value, CMSG_DATA(control), sizeof value);
            message->tos = (uint8_t)value;
        } else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
            memcpy(&value, CMSG_DATA(control), sizeof value);
            if (value > 0)
                message->segment = (uint32_t)value;
        }
    }
}

/* Where the kernel writes what it tells of each message. */
struct heads {
    struct mmsghdr heads[TUN_RECEIVE_MESSAGES];
    struct iovec pieces[TUN_RECEIVE_MESSAGES];
    union tun_address addresses[TUN_RECEIVE_MESSAGES];
    struct control controls[TUN_RECEIVE_MESSAGES];
    const struct tun_inbox *inbox; /* that they are laid out for */
};

static void lay_out(struct heads *all, size_t count, struct tun_inbox *inbox)
{
    for (size_t i = 0; i < count; i++) {
        all->pieces[i] = (struct iovec){inbox->data[i], TUN_RECEIVE_BYTES};
        all->heads[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &all->addresses[i],
                                                     .msg_namelen = sizeof all->addresses[i],
                                                     .msg_iov = &all->pieces[i],
                                                     .msg_iovlen = 1,
                                                     .msg_control = all->controls[i].bytes,
                                                     .msg_controllen = CONTROL_BYTES}};
    }
}

size_t tun_sockets_receive(struct tun_sockets *sockets, unsigned which, struct tun_inbox *inbox)
{
    static _Thread_local struct heads all;
    if (all.inbox != inbox)
        lay_out(&all, TUN_RECEIVE_MESSAGES, inbox);
    all.inbox = inbox;
    int count = recvmmsg(sockets->fd[which], all.heads, TUN_RECEIVE_MESSAGES, MSG_DONTWAIT, NULL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        tun_wait_refused();
    for (int i = 0; i < count; i++) {
        struct tun_message *message = &inbox->messages[i];
        *message = (struct tun_message){.data = inbox->data[i], .length = all.heads[i].msg_len, .segment = all.heads[i].msg_len};
        read_remote(&all.addresses[i], which, &message->remote);
        read_controls(sockets->paths, &all.heads[i].msg_hdr, message);
    }
    size_t used = count > 0 ? (size_t)count : 0;
    lay_out(&all, used, inbox); /* the kernel wrote over what was asked of it */
    return used;
}

/* Out ----------------------------------------------------------------------------------------------------------------- */

/* Messages for one family, each of one or more packets. */
struct outbox {
    struct mmsghdr heads[SEND_MESSAGES];
    union tun_address  addresses[SEND_MESSAGES];
    struct control  controls[SEND_MESSAGES];
    struct iovec   pieces[SEND_PIECES];
    struct wrn_packet *packets[SEND_PIECES]; /* of each piece */
    size_t         messages, used;
    unsigned       which;
};

static _Thread_local struct outbox box; /* several threads send, each through sockets of its own */

static void put_control(struct msghdr *head, int level, int type, const void *value, size_t size)
{
    struct cmsghdr *control = (void *)((uint8_t *)head->msg_control + head->msg_controllen);
    *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
    memcpy(CMSG_DATA(control), value, size);
    head->msg_controllen += CMSG_SPACE(size);
}

static void put_path(struct tun_paths *paths, const struct wrn_endpoint *remote, struct msghdr *head)
{
    struct tun_path path;
    if (!tun_path_find(paths, remote->host, &path) || path.family != remote->family)
        return;
    if (remote->family == 4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, path.local, 4);
        put_control(head, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, path.local, 16);
        put_control(head, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

socklen_t tun_address_of(const struct wrn_endpoint *remote, union tun_address *address)
{
    if (remote->family == 4) {
        address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(remote->port)};
        memcpy(&address->v4.sin_addr, remote->address, 4);
        return sizeof address->v4;
    }
    address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(remote->port)};
    memcpy(&address->v6.sin6_addr, remote->address, 16);
    if (tun_link_local(remote->address) && !(remote->host & TUN_PATH_BIT))
        address->v6.sin6_scope_id = remote->host;
    return sizeof address->v6;
}

static void put_head(const struct tun_sockets *sockets, size_t number, const struct wrn_packet *packet, struct iovec *pieces,
                     size_t count)
{
    struct msghdr *head = &box.heads[number].msg_hdr;
    int tos = packet->tos;
    *head = (struct msghdr){.msg_name = &box.addresses[number],
                            .msg_namelen = tun_address_of(&packet->remote, &box.addresses[number]),
                            .msg_iov = pieces,
                            .msg_iovlen = count,
                            .msg_control = box.controls[number].bytes};
    put_path(sockets->paths, &packet->remote, head);
    if (tos)
        put_control(head, box.which == 0 ? IPPROTO_IP : IPPROTO_IPV6, box.which == 0 ? IP_TOS : IPV6_TCLASS, &tos, sizeof tos);
    if (count > 1) {
        uint16_t segment = (uint16_t)pieces[0].iov_len;
        put_control(head, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
    if (head->msg_controllen == 0)
        head->msg_control = NULL;
}

static void lose(struct tun_sockets *sockets, struct wrn_packet *packet, int error)
{
    packet->user = packet;
    sockets->unsent++;
    tun_log(TUN_VERBOSE, "a datagram could not be sent: %s", strerror(error));
}

/* One by one, and from whatever address routing chooses: the local address may be gone. */
static void send_alone(struct tun_sockets *sockets, struct wrn_packet *packet)
{
    struct iovec piece = {packet->data + packet->offset, packet->length};
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        put_head(sockets, 0, packet, &piece, 1);
        if (sendmsg(sockets->fd[box.which], &box.heads[0].msg_hdr, 0) >= 0)
            return;
        int error = errno;
        struct tun_path path;
        bool sticky = tun_path_find(sockets->paths, packet->remote.host, &path);
        if (sticky && (error == EINVAL || error == EADDRNOTAVAIL || error == ENETUNREACH || error == ENODEV)) {
            tun_path_forget(sockets->paths, packet->remote.host);
            continue;
        }
        lose(sockets, packet, error);
        return;
    }
}

/* The message at `number` was refused with this error. */
static void settle_refused(struct tun_sockets *sockets, size_t number, int error)
{
    struct msghdr *head = &box.heads[number].msg_hdr;
    size_t first = (size_t)(head->msg_iov - box.pieces), count = head->msg_iovlen;
    if (count > 1 && error == EIO && sockets->gso) {
        sockets->gso = false;
        tun_log(TUN_VERBOSE, "the way out does not take UDP_SEGMENT: datagrams go one by one");
    }
    bool alone = error != EAGAIN && error != ENOBUFS && error != EPERM;
    for (size_t i = first; i < first + count; i++) {
        struct tun_path path;
        if (alone && (count > 1 || tun_path_find(sockets->paths, box.packets[i]->remote.host, &path))) {
            struct mmsghdr kept = box.heads[0]; /* send_alone writes over the first message, which was sent or is this one */
            send_alone(sockets, box.packets[i]);
            box.heads[0] = kept;
        } else {
            lose(sockets, box.packets[i], error);
        }
    }
}

static void flush(struct tun_sockets *sockets)
{
    size_t done = 0;
    while (done < box.messages) {
        int sent = sockets->fd[box.which] < 0
                       ? -1
                       : sendmmsg(sockets->fd[box.which], box.heads + done, (unsigned)(box.messages - done), 0);
        int error = sockets->fd[box.which] < 0 ? EAFNOSUPPORT : errno;
        if (sent > 0) {
            done += (size_t)sent;
            continue;
        }
        if (error == EINTR)
            continue;
        settle_refused(sockets, done, error);
        done++;
    }
    box.messages = box.used = 0;
}

static bool same_way(const struct wrn_packet *a, const struct wrn_packet *b)
{
    return a->tos == b->tos && memcmp(&a->remote, &b->remote, sizeof a->remote) == 0;
}

/* Packets from `at` on that make one message. `next` is where the one after it begins: answers without SEND lie between. */
static size_t gather(const struct tun_sockets *sockets, struct wrn_packet *packets, size_t count, size_t at, size_t *next)
{
    struct wrn_packet *first = &packets[at];
    size_t most = sockets->gso ? SEGMENTS_MOST : 1, pieces = 0, bytes = 0;
    bool shorter = false;
    for (; at < count; at++) {
        struct wrn_packet *packet = &packets[at];
        if (packet->verdict != WRN_SEND)
            continue;
        bool fits = pieces == 0 || (!shorter && packet->length <= first->length && bytes + packet->length <= SEGMENTS_BYTES &&
                                    same_way(first, packet));
        if (pieces == most || box.used + pieces == SEND_PIECES || !fits)
            break;
        box.pieces[box.used + pieces] = (struct iovec){packet->data + packet->offset, packet->length};
        box.packets[box.used + pieces] = packet;
        packet->user = NULL;
        shorter = packet->length < first->length;
        bytes += packet->length;
        pieces++;
    }
    *next = at;
    return pieces;
}

void tun_sockets_send(struct tun_sockets *sockets, struct wrn_packet *packets, size_t count)
{
    for (size_t at = 0; at < count;) {
        if (packets[at].verdict != WRN_SEND) {
            at++;
            continue;
        }
        unsigned which = packets[at].remote.family == 6;
        if (which != box.which || box.messages == SEND_MESSAGES || box.used == SEND_PIECES)
            flush(sockets);
        box.which = which;
        size_t start = at, pieces = gather(sockets, packets, count, at, &at);
        put_head(sockets, box.messages++, &packets[start], box.pieces + box.used, pieces);
        box.used += pieces;
    }
    flush(sockets);
}
