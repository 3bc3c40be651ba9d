#ifndef TUN_FLOW_H
#define TUN_FLOW_H

/* Packets between the device, the engine and the sockets, a batch at a time. */

#include "device.h"
#include "house.h"
#include "sockets.h"

struct tun_flow {
    struct tun_house   *house;
    struct tun_device  *device;
    struct tun_sockets *sockets;
    uint64_t            unwritten; /* packets that the inside did not take */
    uint64_t            looped;    /* datagrams of ours that came back from the inside */
    uint64_t            misshapen; /* what the device gave with a head that does not fit */
    uint64_t            vain_reads; /* of the device, which had nothing */
    struct tun_company {
        unsigned likely; /* 0 to 3 */
        unsigned alone;  /* how many packets were taken for lone ones */
        bool     inside; /* the last batch was of the inside */
    } company;           /* how packets of the inside come */
};

/* One batch. `waited`: there was nothing to do before. False: the device is gone. */
bool tun_flow_from_inside(struct tun_flow *flow, wrn_time now, bool waited);
/* One batch of the socket. */
void tun_flow_from_outside(struct tun_flow *flow, wrn_time now, unsigned which);
/* All that is due for the outside, and what happened. */
void tun_flow_due(struct tun_flow *flow, wrn_time now);

#endif
