#define _GNU_SOURCE

#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int tun_device_open(struct tun_device *device, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
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
    return 0;
}

int tun_device_take(struct tun_device *device, int fd)
{
    struct ifreq request = {0};
    if (ioctl(fd, TUNGETIFF, &request) != 0)
        return errno;
    if ((request.ifr_flags & (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)) != (IFF_TUN | IFF_NO_PI))
        return EPROTOTYPE;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return errno;
    device->fd = fd;
    memcpy(device->name, request.ifr_name, IF_NAMESIZE);
    return 0;
}

bool tun_device_gone(const struct tun_device *device)
{
    struct ifreq request = {0};
    return ioctl(device->fd, TUNGETIFF, &request) != 0 && errno == EBADFD;
}

bool tun_device_is_up(const struct tun_device *device)
{
    return write(device->fd, "", 0) >= 0 || errno != EIO;
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

int tun_device_read(const struct tun_device *device, uint8_t *buffer, size_t size)
{
    ssize_t length = read(device->fd, buffer, size);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return (int)length;
}

bool tun_device_write(const struct tun_device *device, const uint8_t *packet, size_t length)
{
    return write(device->fd, packet, length) == (ssize_t)length;
}
