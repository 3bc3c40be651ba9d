#ifndef TUN_FENCE_H
#define TUN_FENCE_H

/* What the driver can still do once it serves: little. And what of it is never written to a disk. */

/* First of all: no core dumps; memory locked as it is touched, where the limit of locked memory can be lifted. */
void tun_fence_memory(void);
/* Then: capabilities but CAP_NET_ADMIN (marks, buffers) and CAP_NET_BIND_SERVICE (low ports) dropped, no new privileges. Threads that
 * start from here on have no more either. 0 or an errno. */
int tun_fence_drop(void);
/* Last: a filter of system calls, for every thread. 0 or an errno. */
int tun_fence_close(void);

#endif
