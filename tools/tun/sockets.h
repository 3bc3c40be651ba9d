#ifndef TUN_SOCKETS_H
#define TUN_SOCKETS_H

/*
 * The two UDP sockets of the outside, IPv4 and IPv6 on one port (P-120), and how packets of the engine go through them: many to a
 * system call; datagrams of one size to one place as one piece where the kernel cuts and joins them (UDP_SEGMENT, UDP_GRO).
 *
 * Several threads have one of these each, on the same port: what comes from one remote port comes to one of them, as long as they are
 * open (SO_REUSEPORT).
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "paths.h"
#include "warren/types.h"

#define TUN_RECEIVE_MESSAGES 32u
#define TUN_RECEIVE_BYTES 65536u

union tun_address {
    struct sockaddr     any;
    struct sockaddr_in  v4;
    struct sockaddr_in6 v6;
};

struct tun_sockets {
    int      fd[2]; /* 0: IPv4, 1: IPv6; -1: none */
    uint16_t port;  /* as bound; or as wanted, while closed */
    uint32_t mark;
    bool     open, gso, gro;
    bool     lent;   /* the descriptors are another's, who reads them */
    uint32_t opened; /* how often: descriptors are new then */
    uint64_t unsent; /* datagrams that the kernel refused */
    struct tun_paths *paths;
};

/* What one system call gave. */
struct tun_message {
    struct wrn_endpoint remote;
    uint8_t            *data;
    uint32_t            length, segment; /* segment: of each datagram in it; the last may be shorter */
    uint8_t             tos;
};

struct tun_inbox {
    struct tun_message messages[TUN_RECEIVE_MESSAGES];
    uint8_t            data[TUN_RECEIVE_MESSAGES][TUN_RECEIVE_BYTES];
};

/* What the kernel calls this endpoint; returns its size. */
socklen_t tun_address_of(const struct wrn_endpoint *remote, union tun_address *address);

void tun_sockets_init(struct tun_sockets *sockets, struct tun_paths *paths);
/* Bind to port (0: any) with this mark and then give up what was bound before. Fails with an errno, and nothing changed. */
int  tun_sockets_open(struct tun_sockets *sockets, uint16_t port, uint32_t mark);
void tun_sockets_close(struct tun_sockets *sockets); /* keeps port and mark */
/* 0 or an errno, and then nothing changed. */
int  tun_sockets_mark(struct tun_sockets *sockets, uint32_t mark);

/* Become as `first` is, open or closed, on its port with its mark: with descriptors of our own, or, if those are not wanted or the
 * kernel does not give them, with first's. */
void tun_sockets_follow(struct tun_sockets *sockets, const struct tun_sockets *first, bool own);

/* How many messages; 0: none for now, or an error that passes (P-124). */
size_t tun_sockets_receive(struct tun_sockets *sockets, unsigned which, struct tun_inbox *inbox);
/* Those with the verdict SEND. `user` of one that could not be sent is not null then. */
void tun_sockets_send(struct tun_sockets *sockets, struct wrn_packet *packets, size_t count);

#endif
