#ifndef TUN_DEVICE_H
#define TUN_DEVICE_H

/* The interface of the inside: packets read from it and written to it. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tun_device {
    int  fd;
    char name[IF_NAMESIZE]; /* as it was at the start */
};

/* 0 or an errno. `name` may be a pattern of the kernel's, as wg%d. */
int tun_device_open(struct tun_device *device, const char *name);
/* A descriptor that somebody else opened: its name is found out. */
int tun_device_take(struct tun_device *device, int fd);
bool tun_device_gone(const struct tun_device *device);
/* Without netlink, as when the interface moved to another namespace: an empty write tells (P-155). */
bool tun_device_is_up(const struct tun_device *device);
int  tun_device_set_mtu(const struct tun_device *device, int mtu);
/* The length of the next packet, 0 when there is none for now, -1 with errno. */
int tun_device_read(const struct tun_device *device, uint8_t *buffer, size_t size);
bool tun_device_write(const struct tun_device *device, const uint8_t *packet, size_t length);

#endif
