#ifndef TUN_AIM_H
#define TUN_AIM_H

/*
 * Which of the sockets on one port a datagram comes to: that of the lane which has the session, so that nobody has to hand it on. The
 * peer uses the index that our handshake message gives it; before that message leaves, the index is entered in a table that a BPF
 * program looks into. What is not in it comes where the remote port leads.
 *
 * A session goes one way all its life, so that its packets stay in order: an entry is given to another index only when the session of
 * the one before must have ended.
 */

#include "table.h"
#include "warren/types.h"

struct tun_aim {
    struct tun_table table;
    int              program; /* -1: the kernel does not have it, or not for us */
    wrn_time        *entered_at;
};

void tun_aim_open(struct tun_aim *aim); /* may have no effect */
void tun_aim_close(struct tun_aim *aim);
/* The sockets beside this one are the lanes', in their order. */
void tun_aim_attach(const struct tun_aim *aim, int socket);
/* Handshake messages that are about to be sent, by the lane of their peer. */
void tun_aim_at(struct tun_aim *aim, wrn_time now, const struct wrn_packet *packets, size_t count, unsigned lanes);

#endif
