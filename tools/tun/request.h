#ifndef TUN_REQUEST_H
#define TUN_REQUEST_H

/* One request of wg (P-143 to P-151): what is the engine's goes there, port and mark go to the sockets. */

#include "control.h"
#include "house.h"
#include "sockets.h"
#include "status.h"

struct tun_subject {
    struct tun_house   *house;
    struct tun_sockets *sockets;
    struct tun_status   status; /* what may be asked of us beyond wg's words */
    bool                changed; /* a request was applied since this was cleared */
};

bool tun_request(void *subject, char *request, size_t length, struct tun_text *out); /* a tun_answer */

#endif
