#ifndef TUN_LINK_H
#define TUN_LINK_H

/* What the kernel says about the interface and the routes around it: up or down, MTU, gone. */

#include <stdbool.h>
#include <stdint.h>

struct tun_link {
    int      fd;
    uint32_t index, mtu;
    bool     up;
    bool     left;  /* this namespace, or this world */
    bool     moved; /* addresses or routes of the machine changed since this was cleared */
};

/* 0 or an errno. Knows the state of the interface then. */
int  tun_link_open(struct tun_link *link, const char *name);
void tun_link_read(struct tun_link *link);

#endif
