#ifndef TUN_DEVICE_H
#define TUN_DEVICE_H

/*
 * The interface of the inside: packets read from it and written to it. With virtio headers (IFF_VNET_HDR) the kernel gives and takes
 * large packets that stand for many (P-157); where it does not have that, they are of the MTU's size and the head is zero. Several
 * threads have a queue each, where the kernel has several for one interface: packets of one flow come out of one of them.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct tun_device {
    int  fd;
    char name[IF_NAMESIZE]; /* as it was at the start */
    bool heads, large, large_udp; /* what it takes */
    bool many; /* queues can be had */
};

/* 0 or an errno. `name` may be a pattern of the kernel's, as wg%d. `many`: with several queues, if the kernel has them. */
int tun_device_open(struct tun_device *device, const char *name, bool large, bool many);
/* Another queue of it. False: it gives no more. */
bool tun_device_queue(const struct tun_device *device, struct tun_device *queue);
/* A descriptor that somebody else opened: its name is found out. */
int tun_device_take(struct tun_device *device, int fd);
bool tun_device_gone(const struct tun_device *device);
/* Without netlink, as when the interface moved to another namespace: an empty write tells (P-155). */
bool tun_device_is_up(const struct tun_device *device);
int  tun_device_set_mtu(const struct tun_device *device, int mtu);
/* The length of the next packet, 0 when there is none for now, -1 with errno. */
int  tun_device_read(const struct tun_device *device, uint8_t head[10], uint8_t *buffer, size_t size);
/* pieces[0] is room for the head; the packet is in those behind it. */
bool tun_device_write(const struct tun_device *device, uint8_t head[10], struct iovec *pieces, size_t count);

#endif
