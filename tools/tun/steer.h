#ifndef TUN_STEER_H
#define TUN_STEER_H

/*
 * Which queue of the interface a packet comes out of: always the same one for two addresses. Left to itself the kernel gives a flow
 * to the queue that its other direction was last written to, and lets later packets overtake what waits in the queue before.
 */

#include <stdbool.h>

/* False: the kernel lets nobody choose (before Linux 4.16), or not us. */
bool tun_steer(int device);

#endif
