#ifndef TUN_DRIVER_H
#define TUN_DRIVER_H

/* Everything of one interface, and the loop that waits for what happens and does it. One thread; lanes, if any, carry the packets. */

#include "control.h"
#include "device.h"
#include "flow.h"
#include "house.h"
#include "lanes.h"
#include "link.h"
#include "record.h"
#include "request.h"
#include "sockets.h"
#include "wait.h"

struct tun_driver {
    struct tun_device  device;
    struct tun_link    link;
    struct tun_sockets sockets;
    struct tun_paths   paths;
    struct tun_control control;
    struct tun_house   house;
    struct tun_lanes   lanes;
    struct tun_record  record;
    struct tun_flow    flow;
    struct tun_subject subject;
    struct tun_client *worked_for; /* whose request is applied little by little: the others' wait */
    struct tun_wait wait;
    int      timer, signals;
    wrn_time armed;   /* when the timer goes off */
    wrn_time tick_at; /* what happens at most once a second */
    uint32_t opened;  /* the descriptors of the sockets that are waited for */
    bool     away;    /* the interface is in another namespace: it is probed */
    bool     stop;
    const char *provider; /* null: the fastest */
    unsigned threads; /* that seal and open */
    unsigned lane_count;
};

/* What is there by then: device and control socket, open, the sockets' settings, `wait.awake`, `fast`, `threads`, `lane_count`, and
 * the recording, if there is to be one. Opens the rest. 0 or an errno. */
int  tun_driver_open(struct tun_driver *driver);
/* The threads beside this one. 0 or an errno. */
int  tun_driver_start(struct tun_driver *driver);
/* Until a signal, or until interface or control socket are gone. */
void tun_driver_run(struct tun_driver *driver);
void tun_driver_close(struct tun_driver *driver);

#endif
