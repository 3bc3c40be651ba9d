#ifndef TUN_LANES_H
#define TUN_LANES_H

/*
 * Lanes on threads: the data path of some peers each, with a queue of the interface and sockets of its own where the kernel gives
 * them. The thread of the driver is control: it has the engine, what is configured, timers, and handshakes.
 *
 *              orders, by a ring           what belongs elsewhere, by handoffs
 *     control ------------------> lane 0 <---------------------------------> lane 1 ...
 *        ^                          |  |                                       |
 *        +---- reports, by a ring --+  +------ handshakes, by a handoff -------+---> control
 *
 * A lane never waits for control, nor for another lane. Control waits for lanes: for room in their rings, and, when what they use is
 * changed under them (memory, sockets) or read (counters), until they stand still. Functions are control's unless they say otherwise.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "aim.h"
#include "device.h"
#include "flow.h"
#include "handoff.h"
#include "house.h"
#include "ring.h"
#include "sockets.h"
#include "steer.h"
#include "wait.h"

struct tun_lane {
    struct wrn_lane   *value;
    void              *memory, *larger; /* larger: taken for the next move */
    size_t             size, larger_size;
    struct tun_device  device;
    struct tun_sockets sockets;
    struct tun_flow    flow;
    struct tun_wait    wait;
    struct tun_handoff handoff;      /* what the others hand on to it */
    struct tun_ring    orders, news; /* from control, and to it */
    pthread_t          thread;
    struct tun_lanes  *all;
    wrn_time           told_at; /* when the last news went */
    uint32_t           watched; /* the descriptors of the sockets that are waited for */
    unsigned           number;
    bool               reads;   /* the device: a queue of its own, or the only one */
};

struct tun_lanes {
    struct tun_house         *house;
    const struct tun_sockets *sockets; /* control's: the lanes follow them */
    struct tun_aim            aim;     /* at their sockets */
    uint32_t                  aimed;   /* the descriptors that it is attached to */
    unsigned                  count, running, queues;
    struct tun_steer          steer;   /* of the interface's queues */
    bool                      steered; /* there may be several */
    struct tun_lane           lane[TUN_LANES_MOST];
    struct tun_handoff        control;                    /* what the lanes hand on to control; its bell is also for news */
    struct tun_handoff       *others[TUN_LANES_MOST + 1]; /* of the lanes, then control's */
    pthread_mutex_t           lock; /* over standing */
    pthread_cond_t            stands, go;
    unsigned                  standing;
    _Atomic bool              halt, end;
    _Atomic bool              gone; /* a lane found that the interface is */
};

/* Beside an engine without peers whose limits have so many lanes: lane 0 with the device's first queue and the sockets' own
 * descriptors, the others with more of them. Opens control's handoff too, starts nothing. 0 or an errno. */
int  tun_lanes_open(struct tun_lanes *lanes, struct tun_house *house, const struct tun_device *device,
                    const struct tun_sockets *sockets, unsigned count, wrn_time awake);
int  tun_lanes_start(struct tun_lanes *lanes); /* 0 or an errno */
void tun_lanes_close(struct tun_lanes *lanes); /* ends the threads, wipes */

/* No lane does anything until tun_lanes_resume, which makes their sockets as control's are now. Null: nothing is done. */
void tun_lanes_halt(struct tun_lanes *lanes);
void tun_lanes_resume(struct tun_lanes *lanes);

/* Orders that the engine has for the lanes are all on their way after it. */
void tun_lanes_ready(struct tun_lanes *lanes);
/* What the lanes have said, to the engine. */
void tun_lanes_hear(struct tun_lanes *lanes, wrn_time now);
/* All that the lanes have done until now, to the engine: they stand still meanwhile, and must not already. */
void tun_lanes_settle(struct tun_lanes *lanes, wrn_time now);

/* Memory for lanes of an engine with these limits. False: there is none, and nothing changed. */
bool tun_lanes_reserve(struct tun_lanes *lanes, const struct wrn_limits *larger);
/* Into that memory: the engine has moved, and gave no orders since. */
void tun_lanes_move(struct tun_lanes *lanes, const struct wrn_limits *larger);

/* What one lane's thread does. */
void *tun_lane_serve(void *lane);

/* From a lane to control, in this order. */
struct tun_news {
    bool unsent; /* a datagram that could not be sent, else a report */
    union {
        struct wrn_report report;
        struct tun_unsent datagram;
    };
};

/* What a lane's epoll says. */
enum { TUN_LANE_DEVICE, TUN_LANE_OUTSIDE4, TUN_LANE_OUTSIDE6, TUN_LANE_BELL };

#endif
