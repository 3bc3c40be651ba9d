#define _GNU_SOURCE

#include "sockets.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"

#define BUFFER_BYTES (7 << 20)
#define PORT_TRIES 100
#define SEND_WAIT_US 50000 /* a queue that is full this long loses packets; the rest goes on */

static const int domains[2] = {AF_INET, AF_INET6};

static bool set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static void prepare(int fd, unsigned which)
{
    struct timeval wait = {.tv_usec = SEND_WAIT_US};
    if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES))
        (void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
    if (!set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES))
        (void)set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (which == 0) { /* P-96: the outer packet may be cut */
        (void)set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
        (void)set(fd, IPPROTO_IP, IP_PKTINFO, 1);
        (void)set(fd, IPPROTO_IP, IP_RECVTOS, 1);
    } else {
        (void)set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        (void)set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
        (void)set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        (void)set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    }
}

/* `beside`: others may have the port, if they let us. */
static int bind_one(unsigned which, uint16_t port, uint32_t mark, bool beside, bool *gro, int *out)
{
    union tun_address address = {0};
    int fd = socket(domains[which], SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    prepare(fd, which);
    *gro = *gro && set(fd, IPPROTO_UDP, UDP_GRO, 1);
    if (which == 0)
        address.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    else
        address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    if ((mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0) || (beside && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1)) ||
        bind(fd, &address.any, which == 0 ? sizeof address.v4 : sizeof address.v6) != 0) {
        int error = errno;
        close(fd);
        return error;
    }
    *out = fd;
    return 0;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (void *)&address, &size) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

static bool no_family(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/* Both families on one port; a family that the machine lacks is left out. */
static int bind_both(uint16_t *port, uint32_t mark, bool *gro, int fd[2])
{
    uint16_t asked = *port;
    fd[0] = fd[1] = -1;
    int error = bind_one(0, asked, mark, false, gro, &fd[0]);
    if (error && !no_family(error))
        return error;
    if (fd[0] >= 0)
        *port = port_of(fd[0]);
    int second = bind_one(1, *port, mark, false, gro, &fd[1]);
    if (second == 0) {
        *port = port_of(fd[1]);
        return 0;
    }
    if (fd[0] >= 0 && no_family(second))
        return 0;
    if (fd[0] >= 0)
        close(fd[0]);
    fd[0] = -1;
    *port = asked;
    return second;
}

void tun_sockets_init(struct tun_sockets *sockets, struct tun_paths *paths)
{
    *sockets = (struct tun_sockets){.fd = {-1, -1}, .gso = true, .gro = true, .paths = paths};
}

int tun_sockets_open(struct tun_sockets *sockets, uint16_t port, uint32_t mark)
{
    int fd[2], error;
    uint16_t bound = port;
    unsigned tries = 0;
    do
        error = bind_both(&bound, mark, &sockets->gro, fd);
    while (error == EADDRINUSE && port == 0 && ++tries < PORT_TRIES);
    if (error)
        return error;
    tun_sockets_close(sockets);
    memcpy(sockets->fd, fd, sizeof fd);
    sockets->port = bound;
    sockets->mark = mark;
    sockets->open = true;
    sockets->opened++;
    return 0;
}

void tun_sockets_close(struct tun_sockets *sockets)
{
    for (unsigned i = 0; i < 2; i++) {
        if (sockets->fd[i] >= 0 && !sockets->lent)
            close(sockets->fd[i]);
        sockets->fd[i] = -1;
    }
    sockets->open = sockets->lent = false;
}

int tun_sockets_mark(struct tun_sockets *sockets, uint32_t mark)
{
    for (unsigned i = 0; i < 2; i++) {
        if (sockets->fd[i] < 0 || setsockopt(sockets->fd[i], SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0)
            continue;
        int error = errno;
        if (i == 1 && sockets->fd[0] >= 0)
            (void)setsockopt(sockets->fd[0], SOL_SOCKET, SO_MARK, &sockets->mark, sizeof sockets->mark);
        return error;
    }
    sockets->mark = mark;
    return 0;
}

/* All of first's families on first's port, or none. First was bound alone, so that a port that another program has is refused; only
 * then are ours let beside it. */
static bool bind_beside(struct tun_sockets *sockets, const struct tun_sockets *first)
{
    bool good = true;
    for (unsigned i = 0; i < 2 && good; i++) {
        if (first->fd[i] >= 0)
            good = set(first->fd[i], SOL_SOCKET, SO_REUSEPORT, 1) &&
                   bind_one(i, first->port, first->mark, true, &sockets->gro, &sockets->fd[i]) == 0;
    }
    if (!good)
        tun_sockets_close(sockets);
    return good;
}

void tun_sockets_follow(struct tun_sockets *sockets, const struct tun_sockets *first, bool own)
{
    if (sockets->open && sockets->opened == first->opened && first->open) {
        if (sockets->lent)
            sockets->mark = first->mark;
        else if (sockets->mark != first->mark)
            (void)tun_sockets_mark(sockets, first->mark);
        return;
    }
    tun_sockets_close(sockets);
    sockets->port = first->port;
    sockets->mark = first->mark;
    sockets->opened = first->opened;
    if (first->open && !(own && bind_beside(sockets, first))) {
        memcpy(sockets->fd, first->fd, sizeof sockets->fd);
        sockets->lent = true;
    }
    sockets->open = first->open;
}
