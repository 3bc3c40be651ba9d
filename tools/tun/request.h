#ifndef TUN_REQUEST_H
#define TUN_REQUEST_H

/* One request of wg (P-143 to P-151): what is the engine's goes there, port and mark go to the sockets. */

#include "control.h"
#include "house.h"
#include "sockets.h"
#include "status.h"

/* A set request of many peers, which is applied a few at a time, with traffic in between. */
struct tun_work {
    struct tun_text text; /* empty: there is none */
    size_t          at;   /* the first line that was not applied */
};

struct tun_subject {
    struct tun_house   *house;
    struct tun_sockets *sockets;
    struct tun_status   status; /* what may be asked of us beyond wg's words */
    struct tun_work     work;
    bool                changed; /* a request was applied since this was cleared */
};

/* A tun_answer. After TUN_LATER nothing else may be asked until tun_request_work has done it all. */
enum tun_answered tun_request(void *subject, char *request, size_t length, struct tun_text *out);
/* The next few peers. True: that was all, or one of them could not be set: `out` has the answer. */
bool tun_request_work(struct tun_subject *subject, struct tun_text *out);
void tun_request_drop(struct tun_subject *subject); /* what was not applied, will not be */

#endif
