#define _GNU_SOURCE

#include "link.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS (RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE)

static int ask(const struct tun_link *link)
{
    struct {
        struct nlmsghdr  head;
        struct ifinfomsg body;
    } request = {.head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
                 .body = {.ifi_family = AF_UNSPEC, .ifi_index = (int)link->index}};
    return send(link->fd, &request, sizeof request, 0) < 0 ? errno : 0;
}

static void take_link(struct tun_link *link, const struct nlmsghdr *head)
{
    struct ifinfomsg body;
    if (head->nlmsg_len < NLMSG_LENGTH(sizeof body))
        return;
    memcpy(&body, NLMSG_DATA(head), sizeof body);
    if ((uint32_t)body.ifi_index != link->index)
        return;
    if (head->nlmsg_type == RTM_DELLINK) {
        link->left = true;
        return;
    }
    link->up = body.ifi_flags & IFF_UP;
    const uint8_t *at = (const uint8_t *)NLMSG_DATA(head) + NLMSG_ALIGN(sizeof body);
    size_t left = head->nlmsg_len - NLMSG_LENGTH(0) - NLMSG_ALIGN(sizeof body);
    struct rtattr attribute;
    while (left >= sizeof attribute) {
        memcpy(&attribute, at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > left)
            return;
        if (attribute.rta_type == IFLA_MTU && attribute.rta_len >= RTA_LENGTH(sizeof link->mtu))
            memcpy(&link->mtu, at + RTA_LENGTH(0), sizeof link->mtu);
        size_t step = RTA_ALIGN(attribute.rta_len);
        if (step >= left)
            return;
        at += step;
        left -= step;
    }
}

void tun_link_read(struct tun_link *link)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[16384];
    for (;;) {
        ssize_t size = recv(link->fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == ENOBUFS) { /* messages were lost: what they said is asked for */
            link->moved = true;
            (void)ask(link);
            continue;
        }
        if (size <= 0)
            return;
        size_t at = 0;
        while ((size_t)size - at >= sizeof(struct nlmsghdr)) {
            const struct nlmsghdr *head = (const void *)(buffer + at);
            if (head->nlmsg_len < sizeof *head || head->nlmsg_len > (size_t)size - at)
                break;
            if (head->nlmsg_type == RTM_NEWLINK || head->nlmsg_type == RTM_DELLINK)
                take_link(link, head);
            else
                link->moved = true;
            at += NLMSG_ALIGN(head->nlmsg_len);
            if (at > (size_t)size)
                break;
        }
    }
}

int tun_link_open(struct tun_link *link, const char *name)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUPS};
    *link = (struct tun_link){.index = if_nametoindex(name)};
    if (link->index == 0)
        return errno;
    link->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (link->fd < 0)
        return errno;
    int error = bind(link->fd, (void *)&address, sizeof address) == 0 ? ask(link) : errno;
    struct pollfd ready = {.fd = link->fd, .events = POLLIN};
    while (error == 0 && link->mtu == 0 && !link->left) {
        int polled = poll(&ready, 1, 5000);
        if (polled > 0)
            tun_link_read(link);
        else if (polled == 0)
            error = ETIMEDOUT;
        else if (errno != EINTR)
            error = errno;
    }
    if (error)
        close(link->fd);
    return error;
}
