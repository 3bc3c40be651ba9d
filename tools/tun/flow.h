#ifndef TUN_FLOW_H
#define TUN_FLOW_H

/*
 * Packets between the device, the engine and the sockets, a batch at a time. With lanes each has a flow of its own, and control one
 * for handshakes; what belongs elsewhere is handed on.
 */

#include "aim.h"
#include "device.h"
#include "handoff.h"
#include "house.h"
#include "ring.h"
#include "sockets.h"

#define TUN_UNSENT_MOST 64u /* that wait until the engine hears of them; from half of it on those of one peer are one */

/* A datagram of a lane that the kernel refused, or several of one peer: what the engine must hear of it. */
struct tun_unsent {
    struct wrn_peer peer;
    uint32_t        length;
    uint8_t         head[WRN_HEADROOM];
};

struct tun_flow {
    struct tun_house   *house;
    struct tun_device  *device;
    struct tun_sockets *sockets;
    struct wrn_lane    *lane;       /* null: the engine takes the packets */
    struct tun_ring    *orders;     /* of a lane: what the engine has told it comes before the packets that follow */
    uint32_t            room_bytes; /* of a lane: what its longest packet that waits needs */
    struct tun_handoff *const *others; /* where packets of others go: each lane's, then control's; null with one lane */
    unsigned            lanes;
    struct tun_aim     *aim;        /* of control: told of handshakes before they leave; or null */
    struct tun_room    *room;       /* a batch and its bytes */
    uint64_t            unwritten;  /* packets that the inside did not take */
    uint64_t            looped;     /* datagrams of ours that came back from the inside */
    uint64_t            misshapen;  /* what the device gave with a head that does not fit */
    uint64_t            vain_reads; /* of the device, which had nothing */
    uint64_t            received_bytes, sent_bytes; /* of datagrams */
    uint64_t            handed_on, astray; /* packets; astray: handed on more often than there are lanes, and dropped */
    struct tun_unsent   unsent[TUN_UNSENT_MOST]; /* of a lane, for the engine */
    size_t              unsents;
    bool                eager;      /* a packet or an order was taken in since this was cleared: control may wait to know of it */
    struct tun_company {
        unsigned likely; /* 0 to 3 */
        unsigned alone;  /* how many packets were taken for lone ones */
        unsigned answers; /* 0 to 3: what goes in is answered while it goes in, as the kernel does by itself */
        bool     inside; /* the last batch was of the inside */
    } company;           /* how packets of the inside come */
};

bool tun_flow_open(struct tun_flow *flow); /* false: no memory for its room */
void tun_flow_close(struct tun_flow *flow);

/* What control has told a lane. */
void tun_flow_obey(struct tun_flow *flow, wrn_time now);
/* One batch. `waited`: there was nothing to do before. False: the device is gone. */
bool tun_flow_from_inside(struct tun_flow *flow, wrn_time now, bool waited);
/* One batch of the socket, and one of the inside behind it where answers come at once. False: the device is gone. */
bool tun_flow_from_outside(struct tun_flow *flow, wrn_time now, unsigned which);
/* One batch of what others handed on. True: there is more. */
bool tun_flow_from_others(struct tun_flow *flow, wrn_time now, struct tun_handoff *handoff);
/* All that is due for the outside, and what happened. */
void tun_flow_due(struct tun_flow *flow, wrn_time now);

#endif
