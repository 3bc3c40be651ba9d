/* A tun interface for a node: made with the node's addresses and routes, or taken as it is. */

#define _GNU_SOURCE

#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn static void machine_error(const char *command, const struct attach_wish *wish, const char *what, int error,
                                    const char *help)
{
    fprintf(stderr, "%s: --attach %s=%s: %s: %s%s%s\n", command, wish->node, wish->name, what, strerror(error), help ? "; " : "",
            help ? help : "");
    exit(EXIT_MACHINE);
}

static const char *help_for(int error)
{
    switch (error) {
    case EPERM:
    case EACCES:
        return "making an interface needs root; one of 'ip tuntap add mode tun user YOU name NAME' does not";
    case EBUSY:
        return "another program has that interface; another name";
    case EINVAL:
        return "there is an interface of that name which is no tun device; another name";
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "the kernel's module tun; modprobe tun";
    default:
        return NULL;
    }
}

/* Into the namespace, and back with a descriptor of the one before; -1: it is that of this process anyway. */
static int enter_space(const char *command, const struct attach_wish *wish)
{
    char path[256];
    if (!wish->space)
        return -1;
    snprintf(path, sizeof path, "/run/netns/%.*s", (int)wish->space_length, wish->space);
    int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), space = open(path, O_RDONLY | O_CLOEXEC);
    if (before < 0 || space < 0)
        machine_error(command, wish, before < 0 ? "/proc/self/ns/net" : path, errno,
                      "a namespace that 'ip netns list' shows, of 'ip netns add NAME'");
    if (setns(space, CLONE_NEWNET) != 0)
        machine_error(command, wish, path, errno, "entering a namespace needs root");
    close(space);
    return before;
}

static void leave_space(const char *command, const struct attach_wish *wish, int before)
{
    if (before < 0)
        return;
    if (setns(before, CLONE_NEWNET) != 0)
        machine_error(command, wish, "the way back from the namespace", errno, NULL);
    close(before);
}

static int open_tun(const char *command, const struct attach_wish *wish)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        machine_error(command, wish, "/dev/net/tun", errno, help_for(errno));
    memcpy(request.ifr_name, wish->name, sizeof wish->name);
    if (ioctl(fd, TUNSETIFF, &request) != 0)
        machine_error(command, wish, "the interface", errno, help_for(errno));
    return fd;
}

static void ask(const char *command, const struct attach_wish *wish, int fd, unsigned long what, void *request, const char *text)
{
    if (ioctl(fd, what, request) != 0 && errno != EEXIST)
        machine_error(command, wish, text, errno, NULL);
}

static struct ifreq named(const struct attach_wish *wish)
{
    struct ifreq request = {0};
    memcpy(request.ifr_name, wish->name, sizeof wish->name);
    return request;
}

static struct sockaddr address4(const uint8_t address[4])
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr out;
    memcpy(&in.sin_addr, address, 4);
    memcpy(&out, &in, sizeof out);
    return out;
}

static void set_up(const char *command, const struct attach_wish *wish, int fd, uint16_t mtu)
{
    struct ifreq request = named(wish);
    request.ifr_mtu = mtu;
    ask(command, wish, fd, SIOCSIFMTU, &request, "the MTU");
    request = named(wish);
    ask(command, wish, fd, SIOCGIFFLAGS, &request, "the interface");
    request.ifr_flags |= IFF_UP;
    ask(command, wish, fd, SIOCSIFFLAGS, &request, "the interface up");
}

static void configure4(const char *command, const struct attach_wish *wish, int fd, const uint8_t address[4])
{
    struct ifreq request = named(wish);
    request.ifr_addr = address4(address);
    ask(command, wish, fd, SIOCSIFADDR, &request, "the IPv4 address");
    request.ifr_netmask = address4((const uint8_t[4]){255, 255, 255, 255});
    ask(command, wish, fd, SIOCSIFNETMASK, &request, "the IPv4 address");
}

/* Byte i of the mask of a prefix. */
static uint8_t mask_byte(unsigned length, unsigned i)
{
    unsigned bits = length <= 8 * i ? 0 : length - 8 * i;
    return (uint8_t)(bits >= 8 ? 0xffu : 0xff00u >> bits);
}

static void route4(const char *command, const struct attach_wish *wish, int fd, const struct wrn_prefix *prefix)
{
    char device[IF_NAMESIZE];
    uint8_t mask[4], network[4];
    memcpy(device, wish->name, sizeof device);
    for (unsigned i = 0; i < 4; i++) {
        mask[i] = mask_byte(prefix->length, i);
        network[i] = prefix->address[i] & mask[i];
    }
    struct rtentry route = {.rt_dst = address4(network), .rt_genmask = address4(mask), .rt_flags = RTF_UP, .rt_dev = device};
    ask(command, wish, fd, SIOCADDRT, &route, "a route of IPv4");
}

static void route6(const char *command, const struct attach_wish *wish, int fd, int index, const struct wrn_prefix *prefix)
{
    struct in6_rtmsg route = {.rtmsg_dst_len = prefix->length, .rtmsg_flags = RTF_UP, .rtmsg_metric = 1, .rtmsg_ifindex = index};
    for (unsigned i = 0; i < 16; i++)
        route.rtmsg_dst.s6_addr[i] = prefix->address[i] & mask_byte(prefix->length, i);
    ask(command, wish, fd, SIOCADDRT, &route, "a route of IPv6");
}

/* False: this machine has no IPv6, or not there. */
static bool configure6(const char *command, const struct attach_wish *wish, int fd, int index, const uint8_t address[16])
{
    struct in6_ifreq request = {.ifr6_prefixlen = 128, .ifr6_ifindex = index};
    memcpy(&request.ifr6_addr, address, 16);
    if (fd >= 0 && (ioctl(fd, SIOCSIFADDR, &request) == 0 || errno == EEXIST))
        return true;
    if (fd >= 0 && errno != EACCES && errno != EOPNOTSUPP && errno != EAFNOSUPPORT)
        machine_error(command, wish, "the IPv6 address", errno, NULL);
    fprintf(stderr, "%s: --attach %s=%s: there is no IPv6 here; the interface goes without\n", command, wish->node, wish->name);
    return false;
}

static void configure(const char *command, const struct attach_wish *wish, const struct sim_plan *plan, uint32_t number)
{
    const struct sim_node *node = &plan->nodes[number];
    int fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), index = (int)if_nametoindex(wish->name);
    int fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd4 < 0)
        machine_error(command, wish, "a socket of IPv4", errno, NULL);
    set_up(command, wish, fd4, node->mtu);
    if (node->has_inner4)
        configure4(command, wish, fd4, node->inner4);
    bool ipv6 = node->has_inner6 && configure6(command, wish, fd6, index, node->inner6);
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const struct sim_peer *peer = &plan->peers[i];
        for (uint32_t j = 0; peer->node == number && j < peer->prefix_count; j++) {
            const struct wrn_prefix *prefix = &plan->prefixes[peer->first_prefix + j];
            if (prefix->length == 0)
                continue; /* the machine's own way to the world stays what it is */
            if (prefix->family == 4 && node->has_inner4)
                route4(command, wish, fd4, prefix);
            else if (prefix->family == 6 && ipv6)
                route6(command, wish, fd6, index, prefix);
        }
    }
    close(fd4);
    if (fd6 >= 0)
        close(fd6);
}

int attach_interface(const char *command, const struct attach_wish *wish, const struct sim_plan *plan, uint32_t node)
{
    int before = enter_space(command, wish);
    bool there = if_nametoindex(wish->name) != 0;
    int fd = open_tun(command, wish);
    if (!there)
        configure(command, wish, plan, node);
    leave_space(command, wish, before);
    return fd;
}
