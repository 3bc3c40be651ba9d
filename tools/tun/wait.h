#ifndef TUN_WAIT_H
#define TUN_WAIT_H

/*
 * Waiting for what happens. Getting a processor back takes longer than all that a lone packet needs; so the kernel is asked for
 * short slices, which come sooner where others compute, and for a moment after traffic that broke a silence the driver stays awake
 * and looks for the answer. It does so as long as that is worth it, and not while somebody else wants the processor. Where traffic is
 * dense it never does: whoever takes it up is what it would keep from the processor, and TCP loses a quarter.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "warren/types.h"

#define TUN_AWAKE_US 100u       /* long enough for an answer of a near peer */
#define TUN_AWAKE_US_MOST 1000u

struct tun_wait {
    int      poll;         /* an epoll */
    wrn_time awake;        /* at most, after traffic; 0: never */
    int      nap_ms;       /* the longest sleep; 0: as long as it takes */
    wrn_time rest_until;   /* somebody else wanted the processor */
    unsigned credit;       /* what staying awake brought of late */
    unsigned skipped;      /* without any: how often it was not tried */
    bool     traffic;      /* since the last call */
    bool     slow;         /* the last call had to wait */
    bool     silence;      /* and long */
    uint64_t awake_waits;  /* that ended while awake */
    uint64_t asleep_waits; /* all others that had to wait */
};

/* Needs   wait->traffic told by whoever acted on the last events.
 * Gives   how many events, or -1 with errno; none only after a nap. */
int tun_wait(struct tun_wait *wait, struct epoll_event *events, int most);

/* The kernel refuses what it said is there, as it does without memory; asked at once it would again, and all the time. Sleeps for a
 * millisecond. */
void tun_wait_refused(void);

/* From now on this thread, and those it starts, get the processor for less at a time and sooner (SCHED_OTHER of Linux 6.12 or
 * later; elsewhere nothing changes). */
void tun_wait_briefly(void);

#endif
