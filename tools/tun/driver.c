#define _GNU_SOURCE

#include "driver.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "capture.h"
#include "log.h"

#define EVENTS 64
#define TICK WRN_SECOND

enum source { OF_DEVICE, OF_OUTSIDE4, OF_OUTSIDE6, OF_TIMER, OF_LINK, OF_LISTEN, OF_WATCH, OF_SIGNALS, OF_LANES, OF_CLIENT };

static bool watch(const struct tun_driver *driver, int fd, unsigned source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = source};
    return epoll_ctl(driver->wait.poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_packets(const struct tun_driver *driver)
{
    return driver->house.lanes ? watch(driver, driver->lanes.control.bell, OF_LANES, EPOLLIN)
                               : watch(driver, driver->device.fd, OF_DEVICE, EPOLLIN);
}

/* Sockets that were opened since are waited for; the kernel forgot those that were closed. */
static void watch_sockets(struct tun_driver *driver)
{
    if (driver->house.lanes || driver->opened == driver->sockets.opened)
        return; /* lanes wait for their own */
    driver->opened = driver->sockets.opened;
    for (unsigned i = 0; i < 2; i++) {
        if (driver->sockets.fd[i] >= 0 && !watch(driver, driver->sockets.fd[i], OF_OUTSIDE4 + i, EPOLLIN))
            tun_log(TUN_ERROR, "a socket cannot be waited for: %s", strerror(errno));
    }
}

static void forget_paths(struct tun_driver *driver)
{
    tun_house_ready(&driver->house);
    (void)wrn_rec_forget_paths(driver->house.record, driver->house.engine);
}

/* Sockets are open while the interface is up (P-137, P-138). A port that cannot be had leaves it down until another is set. */
static void follow_link(struct tun_driver *driver, wrn_time now)
{
    bool up = driver->link.up;
    if (up && !driver->sockets.open) {
        tun_lanes_halt(driver->house.lanes);
        int error = tun_sockets_open(&driver->sockets, driver->sockets.port, driver->sockets.mark);
        tun_lanes_resume(driver->house.lanes);
        if (error) {
            tun_log(TUN_ERROR, "port %u cannot be had: %s; wg set %s listen-port another", driver->sockets.port, strerror(error),
                    driver->device.name);
            up = false;
        }
    }
    if (up != wrn_is_up(driver->house.engine)) {
        tun_house_ready(&driver->house);
        (void)wrn_rec_set_up(driver->house.record, driver->house.engine, now, up);
        tun_log(TUN_VERBOSE, up ? "up" : "down");
    }
    if (!driver->link.up && driver->sockets.open) {
        tun_lanes_halt(driver->house.lanes);
        tun_sockets_close(&driver->sockets);
        tun_lanes_resume(driver->house.lanes);
        forget_paths(driver);
    }
    watch_sockets(driver);
}

static void read_link(struct tun_driver *driver, wrn_time now)
{
    uint32_t mtu = driver->link.mtu;
    tun_link_read(&driver->link);
    if (driver->link.left && tun_device_gone(&driver->device)) {
        tun_log(TUN_VERBOSE, "the interface was deleted");
        driver->stop = true;
        return;
    }
    if (driver->link.left && !driver->away) {
        tun_log(TUN_VERBOSE, "the interface went to another namespace; a change of its MTU there is not seen");
        driver->away = true;
    }
    if (driver->link.mtu != mtu)
        tun_house_mtu(&driver->house, driver->link.mtu);
    if (!driver->away)
        follow_link(driver, now);
}

static void tick(struct tun_driver *driver, wrn_time now)
{
    tun_house_tick(&driver->house, now);
    if (now < driver->tick_at)
        return;
    driver->tick_at = now + TICK;
    tun_capture_flush();
    if (driver->link.moved) {
        driver->link.moved = false;
        forget_paths(driver);
    }
    if (driver->away) {
        driver->link.up = tun_device_is_up(&driver->device);
        driver->stop |= tun_device_gone(&driver->device);
        follow_link(driver, now);
    }
    if (driver->control.full) {
        driver->control.full = false;
        driver->stop |= !watch(driver, driver->control.fd, OF_LISTEN, EPOLLIN);
    }
}

/* What is to be done when a client was served. */
static void settle(struct tun_driver *driver, struct tun_client *client, wrn_time now)
{
    driver->worked_for = client->waits ? client : NULL;
    if (client->fd >= 0) {
        unsigned number = (unsigned)(client - driver->control.clients);
        struct epoll_event event = {.events = client->out.length ? EPOLLOUT : EPOLLIN, .data.u32 = OF_CLIENT + number};
        (void)epoll_ctl(driver->wait.poll, EPOLL_CTL_MOD, client->fd, &event);
    }
    if (driver->subject.changed) {
        driver->subject.changed = false;
        follow_link(driver, now);
        if (driver->house.lanes && !driver->worked_for)
            tun_steer_follow(&driver->lanes.steer, driver->house.engine, driver->lane_count);
    }
}

static void serve(struct tun_driver *driver, struct tun_client *client, wrn_time now)
{
    tun_control_serve(client, tun_request, &driver->subject);
    settle(driver, client, now);
}

static void work(struct tun_driver *driver, wrn_time now)
{
    struct tun_client *client = driver->worked_for;
    if (!tun_request_work(&driver->subject, &client->out))
        return;
    tun_control_resume(client, tun_request, &driver->subject);
    settle(driver, client, now);
}

static void accept_client(struct tun_driver *driver, wrn_time now)
{
    struct tun_client *client = tun_control_accept(&driver->control);
    if (client && watch(driver, client->fd, OF_CLIENT + (unsigned)(client - driver->control.clients), EPOLLIN))
        serve(driver, client, now);
    if (driver->control.full)
        (void)epoll_ctl(driver->wait.poll, EPOLL_CTL_DEL, driver->control.fd,
                        NULL); /* until the next tick, lest it is asked for ever */
}

static void look_at_signals(struct tun_driver *driver)
{
    struct signalfd_siginfo info;
    while (read(driver->signals, &info, sizeof info) == (ssize_t)sizeof info)
        driver->stop = true;
}

/* Reports come before handshakes: one of them may have to know that an earlier session is gone. */
static void hear_lanes(struct tun_driver *driver, wrn_time now)
{
    tun_handoff_hear(&driver->lanes.control);
    tun_lanes_hear(&driver->lanes, now);
    if (tun_flow_from_others(&driver->flow, now, &driver->lanes.control))
        tun_handoff_wake(&driver->lanes.control); /* the rest in its turn: a flood of them is not all there is to do */
    driver->stop |= atomic_load(&driver->lanes.gone);
}

static void happen(struct tun_driver *driver, unsigned source, wrn_time now)
{
    uint64_t expirations;
    if (driver->worked_for && (source == OF_LISTEN || source >= OF_CLIENT))
        return; /* epoll will say it again */
    switch (source) {
    case OF_DEVICE:
        driver->stop |= !tun_flow_from_inside(&driver->flow, now, driver->wait.slow);
        driver->wait.traffic = true;
        break;
    case OF_OUTSIDE4:
    case OF_OUTSIDE6:
        driver->stop |= !tun_flow_from_outside(&driver->flow, now, source - OF_OUTSIDE4);
        driver->wait.traffic = true;
        break;
    case OF_TIMER:
        (void)!read(driver->timer, &expirations, sizeof expirations);
        driver->armed = WRN_NEVER;
        break;
    case OF_LINK:
        read_link(driver, now);
        break;
    case OF_LISTEN:
        accept_client(driver, now);
        break;
    case OF_WATCH:
        if (!tun_control_there(&driver->control)) {
            tun_log(TUN_VERBOSE, "the control socket was removed");
            driver->stop = true;
        }
        break;
    case OF_SIGNALS:
        look_at_signals(driver);
        break;
    case OF_LANES:
        hear_lanes(driver, now);
        break;
    default:
        if (driver->control.clients[source - OF_CLIENT].fd >= 0)
            serve(driver, &driver->control.clients[source - OF_CLIENT], now);
    }
}

/* The timer may go off early (law 3), so it moves only when it would be late. */
static void arm(struct tun_driver *driver)
{
    wrn_time deadline = wrn_rec_deadline(driver->house.record, driver->house.engine);
    if ((driver->link.moved || driver->away || driver->control.full || tun_capture_waits()) && driver->tick_at < deadline)
        deadline = driver->tick_at;
    if (deadline >= driver->armed)
        return;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(deadline / WRN_SECOND), .tv_nsec = (long)(deadline % WRN_SECOND)}};
    if (deadline == 0)
        at.it_value.tv_nsec = 1; /* zero would be never */
    if (timerfd_settime(driver->timer, TFD_TIMER_ABSTIME, &at, NULL) == 0)
        driver->armed = deadline;
}

/* With lanes, those take the packets; control has what they hand on. */
static int open_flow(struct tun_driver *driver)
{
    driver->flow = (struct tun_flow){.house = &driver->house, .device = &driver->device, .sockets = &driver->sockets};
    if (!tun_flow_open(&driver->flow))
        return ENOMEM;
    if (driver->lane_count == 1)
        return 0;
    int error = tun_lanes_open(&driver->lanes, &driver->house, &driver->device, &driver->sockets, driver->lane_count,
                               driver->wait.awake);
    driver->house.lanes = &driver->lanes;
    driver->flow.others = driver->lanes.others;
    driver->flow.aim = &driver->lanes.aim;
    driver->flow.lanes = driver->lane_count;
    driver->wait.awake = 0;
    return error;
}

int tun_driver_open(struct tun_driver *driver)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    driver->armed = WRN_NEVER;
    driver->subject = (struct tun_subject){.house = &driver->house, .sockets = &driver->sockets};
    driver->subject.status = (struct tun_status){.house = &driver->house,
                                                 .device = &driver->device,
                                                 .link = &driver->link,
                                                 .sockets = &driver->sockets,
                                                 .flow = &driver->flow,
                                                 .wait = &driver->wait,
                                                 .recorded = driver->record.on,
                                                 .started = tun_now()};
    int error = tun_link_open(&driver->link, driver->device.name);
    if (error)
        return error;
    error = tun_house_open(&driver->house, tun_recorder(&driver->record), driver->provider, driver->threads, driver->lane_count);
    if (error)
        return error;
    error = open_flow(driver);
    if (error)
        return error;
    tun_house_mtu(&driver->house, driver->link.mtu);
    driver->wait.poll = epoll_create1(EPOLL_CLOEXEC);
    driver->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    driver->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (driver->wait.poll < 0 || driver->timer < 0 || driver->signals < 0 || !watch_packets(driver) ||
        !watch(driver, driver->timer, OF_TIMER, EPOLLIN) || !watch(driver, driver->link.fd, OF_LINK, EPOLLIN) ||
        !watch(driver, driver->control.fd, OF_LISTEN, EPOLLIN) || !watch(driver, driver->signals, OF_SIGNALS, EPOLLIN) ||
        (driver->control.watch >= 0 && !watch(driver, driver->control.watch, OF_WATCH, EPOLLIN)))
        return errno;
    follow_link(driver, tun_now());
    return 0;
}

int tun_driver_start(struct tun_driver *driver)
{
    tun_house_start(&driver->house);
    return driver->house.lanes ? tun_lanes_start(&driver->lanes) : 0;
}

/* While a request is worked through, only what is there already. */
static int next_events(struct tun_driver *driver, struct epoll_event events[EVENTS])
{
    if (!driver->worked_for)
        return tun_wait(&driver->wait, events, EVENTS);
    driver->wait.slow = false;
    return epoll_wait(driver->wait.poll, events, EVENTS, 0);
}

void tun_driver_run(struct tun_driver *driver)
{
    struct epoll_event events[EVENTS];
    while (!driver->stop) {
        wrn_time now = tun_now();
        tick(driver, now);
        tun_flow_due(&driver->flow, now);
        tun_house_ready(&driver->house);
        arm(driver);
        int count = next_events(driver, events);
        now = tun_now();
        tick(driver, now);
        for (int i = 0; i < count && !driver->stop; i++)
            happen(driver, events[i].data.u32, now);
        if (driver->worked_for)
            work(driver, now);
    }
}

void tun_driver_close(struct tun_driver *driver)
{
    tun_request_drop(&driver->subject);
    tun_control_close(&driver->control);
    if (driver->house.lanes)
        tun_lanes_close(&driver->lanes);
    driver->house.lanes = NULL;
    tun_sockets_close(&driver->sockets);
    tun_flow_close(&driver->flow);
    tun_house_close(&driver->house);
    tun_record_close(&driver->record);
    tun_capture_close();
}
