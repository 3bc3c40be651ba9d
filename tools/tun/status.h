#ifndef TUN_STATUS_H
#define TUN_STATUS_H

/*
 * What the driver says of itself: lines `key=value`, or `key.which=value` where there are several, as the answer to a request that
 * extends the text protocol of wg:
 *
 *     get=1
 *     warren=1
 *                      (a blank line)
 *
 * After a line `lane=N` come the figures of that lane, and after `lane=control`, where there are several, those of the thread with the
 * engine, which has the handshakes. The answer ends as all do, by errno=0 and a blank line. A driver that does not
 * know it answers with an error. Figures of one peer are not in it: the answer has the same length whatever is configured.
 */

#include "control.h"
#include "device.h"
#include "flow.h"
#include "house.h"
#include "lanes.h"
#include "link.h"
#include "sockets.h"
#include "wait.h"

#define TUN_STATUS_REQUEST "get=1\nwarren=1\n\n"

struct tun_status {
    const struct tun_house   *house;
    const struct tun_device  *device;
    const struct tun_link    *link;
    const struct tun_sockets *sockets;
    const struct tun_flow    *flow;
    const struct tun_wait    *wait;
    bool                      recorded; /* by --record-with-all-keys */
    wrn_time                  started;
};

/* False: no memory. */
bool tun_status_write(const struct tun_status *status, struct tun_text *out);

#endif
