/* One lane's thread. */

#include <string.h>
#include <sys/epoll.h>

#include "lanes.h"
#include "warren/lane.h"

#define EVENTS 8
#define GAP_MS 50 /* news wait so long for others, unless somebody waits for them */

/* False: it is time to end. */
static bool stay(struct tun_lanes *lanes)
{
    if (!atomic_load(&lanes->halt))
        return true;
    pthread_mutex_lock(&lanes->lock);
    lanes->standing++;
    pthread_cond_signal(&lanes->stands);
    while (atomic_load(&lanes->halt))
        pthread_cond_wait(&lanes->go, &lanes->lock);
    lanes->standing--;
    pthread_mutex_unlock(&lanes->lock);
    return !atomic_load(&lanes->end);
}

/* As many as fit. True: control must hear of it. `all`: none waits any more. */
static bool put_reports(struct tun_lane *lane, bool *all)
{
    struct tun_news news = {0};
    bool any = false;
    *all = false;
    while (tun_ring_space(&lane->news) > 0) {
        *all = wrn_lane_reports(lane->value, &news.report, 1) == 0;
        if (*all)
            break;
        (void)tun_ring_put(&lane->news, &news);
        any = true;
    }
    return any;
}

static bool put_unsent(struct tun_lane *lane)
{
    struct tun_flow *flow = &lane->flow;
    size_t put = 0;
    for (; put < flow->unsents; put++) {
        struct tun_news news = {.unsent = true, .datagram = flow->unsent[put]};
        if (!tun_ring_put(&lane->news, &news))
            break;
    }
    flow->unsents -= put;
    memmove(flow->unsent, flow->unsent + put, flow->unsents * sizeof flow->unsent[0]);
    return put > 0;
}

/* While packets come one after the other, not after each: whoever carries them needs the processor. */
static void tell(struct tun_lane *lane, wrn_time now)
{
    lane->wait.nap_ms = GAP_MS;
    if (!lane->flow.eager && now - lane->told_at < GAP_MS * WRN_MILLISECOND)
        return;
    bool all, any = put_reports(lane, &all);
    if (all)
        any |= put_unsent(lane); /* after the report of the same packet */
    lane->flow.eager = false;
    if (all && lane->flow.unsents == 0) /* not whether there is room again: control takes meanwhile */
        lane->wait.nap_ms = 0;
    if (!any)
        return;
    lane->told_at = now;
    tun_handoff_wake(&lane->all->control);
}

/* Control will hear that there is nothing to be read any more. */
static void lose_device(struct tun_lane *lane)
{
    (void)epoll_ctl(lane->wait.poll, EPOLL_CTL_DEL, lane->device.fd, NULL);
    atomic_store(&lane->all->gone, true);
    tun_handoff_wake(&lane->all->control);
}

void *tun_lane_serve(void *argument)
{
    struct tun_lane *lane = argument;
    struct epoll_event events[EVENTS];
    bool more = false; /* of what others handed on */
    while (stay(lane->all)) {
        int count = more ? epoll_wait(lane->wait.poll, events, EVENTS, 0) : tun_wait(&lane->wait, events, EVENTS);
        wrn_time now = tun_now();
        tun_flow_obey(&lane->flow, now);
        for (int i = 0; i < count; i++) {
            unsigned source = events[i].data.u32;
            lane->wait.traffic = true;
            if (source == TUN_LANE_BELL)
                tun_handoff_hear(&lane->handoff);
            else if (source != TUN_LANE_DEVICE ? !tun_flow_from_outside(&lane->flow, now, source - TUN_LANE_OUTSIDE4)
                                               : !tun_flow_from_inside(&lane->flow, now, lane->wait.slow))
                lose_device(lane);
        }
        more = tun_flow_from_others(&lane->flow, now, &lane->handoff);
        tun_flow_due(&lane->flow, now);
        tell(lane, now);
    }
    return NULL;
}
