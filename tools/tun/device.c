#define _GNU_SOURCE

#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TUN_F_USO4 /* of Linux 6.2, which the headers of an older one do not know */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static bool offload(const struct tun_device *device, unsigned what)
{
    return ioctl(device->fd, TUNSETOFFLOAD, (unsigned long)what) == 0;
}

/* The most that this kernel has: UDP from 6.2 on. */
static void ask_large(struct tun_device *device)
{
    const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    device->large_udp = offload(device, tcp | TUN_F_USO4 | TUN_F_USO6);
    device->large = device->large_udp || offload(device, tcp);
}

/* 0 or an errno. */
static int attach(struct tun_device *device, const char *name, bool heads, bool many)
{
    struct ifreq request = {.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | (heads ? IFF_VNET_HDR : 0) | (many ? IFF_MULTI_QUEUE : 0))};
    device->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device->fd < 0)
        return errno;
    strncpy(request.ifr_name, name, IF_NAMESIZE - 1);
    if (ioctl(device->fd, TUNSETIFF, &request) != 0) {
        int error = errno;
        close(device->fd);
        return error;
    }
    memcpy(device->name, request.ifr_name, IF_NAMESIZE);
    device->heads = heads;
    device->many = many;
    if (heads)
        ask_large(device);
    return 0;
}

int tun_device_open(struct tun_device *device, const char *name, bool large, bool many)
{
    if (many && attach(device, name, large, true) == 0)
        return 0;
    return attach(device, name, large, false);
}

bool tun_device_queue(const struct tun_device *device, struct tun_device *queue)
{
    return device->many && attach(queue, device->name, device->heads, true) == 0;
}

int tun_device_take(struct tun_device *device, int fd)
{
    struct ifreq request = {0};
    int size = 10;
    if (ioctl(fd, TUNGETIFF, &request) != 0)
        return errno;
    if ((request.ifr_flags & (IFF_TUN | IFF_NO_PI)) != (IFF_TUN | IFF_NO_PI))
        return EPROTOTYPE;
    device->heads = request.ifr_flags & IFF_VNET_HDR;
    device->many = request.ifr_flags & IFF_MULTI_QUEUE;
    if (device->heads && ioctl(fd, TUNSETVNETHDRSZ, &size) != 0)
        return errno;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return errno;
    device->fd = fd;
    memcpy(device->name, request.ifr_name, IF_NAMESIZE);
    if (device->heads)
        ask_large(device);
    return 0;
}

bool tun_device_gone(const struct tun_device *device)
{
    struct ifreq request = {0};
    return ioctl(device->fd, TUNGETIFF, &request) != 0 && errno == EBADFD;
}

bool tun_device_is_up(const struct tun_device *device)
{
    uint8_t head[10] = {0};
    return write(device->fd, head, device->heads ? sizeof head : 0) >= 0 || errno != EIO;
}

int tun_device_set_mtu(const struct tun_device *device, int mtu)
{
    struct ifreq request = {.ifr_mtu = mtu};
    memcpy(request.ifr_name, device->name, IF_NAMESIZE);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int error = ioctl(fd, SIOCSIFMTU, &request) == 0 ? 0 : errno;
    close(fd);
    return error;
}

int tun_device_read(const struct tun_device *device, uint8_t head[10], uint8_t *buffer, size_t size)
{
    struct iovec pieces[2] = {{head, 10}, {buffer, size}};
    ssize_t length;
    do {
        memset(head, 0, 10);
        length = device->heads ? readv(device->fd, pieces, 2) : read(device->fd, buffer, size);
    } while (device->heads && length >= 0 && length <= 10); /* nothing behind the head */
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return (int)(device->heads && length > 0 ? length - 10 : length);
}

bool tun_device_write(const struct tun_device *device, uint8_t head[10], struct iovec *pieces, size_t count)
{
    if (!device->heads)
        return writev(device->fd, pieces + 1, (int)count - 1) >= 0;
    pieces[0] = (struct iovec){head, 10};
    return writev(device->fd, pieces, (int)count) >= 0;
}
