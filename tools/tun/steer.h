#ifndef TUN_STEER_H
#define TUN_STEER_H

/*
 * Which queue of the interface a packet comes out of: that of the lane whose peer has the destination, if that is an allowed IP of one
 * address; otherwise always the same one for two addresses. Left to itself the kernel gives a flow to the queue that its other
 * direction was last written to, and lets later packets overtake what waits in the queue before.
 */

#include <stdbool.h>

#include "table.h"
#include "warren/engine.h"

struct tun_steer {
    struct tun_table table;
    uint64_t        *wanted;
};

/* False: the kernel does not let us choose. */
bool tun_steer_open(struct tun_steer *steer, int device);
void tun_steer_close(struct tun_steer *steer);
/* Allowed IPs as they are now. */
void tun_steer_follow(struct tun_steer *steer, const struct wrn_engine *engine, unsigned lanes);

#endif
