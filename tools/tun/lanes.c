#define _GNU_SOURCE

#include "lanes.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"
#include "warren/lane.h"

#define LANE_BYTES (8u << 20)    /* four times what one call of a socket can give */
#define CONTROL_BYTES (1u << 18) /* a thousand handshakes */
#define RING 1024u
#define STACK_BYTES (512u << 10)
#define FEW 32u
#define YIELDS 100u

static bool watch(const struct tun_lane *lane, int fd, unsigned source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};
    return epoll_ctl(lane->wait.poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Life -------------------------------------------------------------------------------------------------------------------- */

/* A queue of its own, or the first one to write to: that there is but one also keeps the order of packets. */
static void open_queue(struct tun_lane *lane, const struct tun_device *device)
{
    lane->reads = lane->number == 0 || (lane->all->steered && tun_device_queue(device, &lane->device));
    if (lane->number == 0 || !lane->reads)
        lane->device = *device;
    lane->all->queues += lane->reads;
}

static bool open_value(struct tun_lane *lane, const struct wrn_limits *limits)
{
    const struct tun_house *house = lane->all->house;
    lane->size = wrn_lane_size(limits);
    lane->memory = lane->size ? tun_memory_take(lane->size) : NULL;
    if (!lane->memory || wrn_lane_init(&lane->value, lane->memory, lane->size, house->engine, lane->number) != WRN_OK)
        return false;
    wrn_lane_attach(lane->value, house->crypto, house->managers[1 + lane->number]);
    return true;
}

static int open_lane(struct tun_lane *lane, const struct wrn_limits *limits, const struct tun_device *device, wrn_time awake)
{
    struct tun_lanes *lanes = lane->all;
    open_queue(lane, device);
    lane->sockets.gso = lanes->sockets->gso;
    lane->sockets.gro = lanes->sockets->gro;
    lane->wait.awake = awake;
    lane->wait.poll = epoll_create1(EPOLL_CLOEXEC);
    if (lane->wait.poll < 0)
        return errno;
    int error = tun_handoff_open(&lane->handoff, LANE_BYTES);
    if (error)
        return error;
    lane->flow = (struct tun_flow){.house = lanes->house,
                                   .device = &lane->device,
                                   .sockets = &lane->sockets,
                                   .orders = &lane->orders,
                                   .others = lanes->others,
                                   .lanes = lanes->count};
    if (!open_value(lane, limits) || !tun_flow_open(&lane->flow) ||
        !tun_ring_open(&lane->orders, sizeof(struct wrn_order), RING) || !tun_ring_open(&lane->news, sizeof(struct tun_news), RING))
        return ENOMEM;
    lane->flow.lane = lane->value;
    lane->flow.room_bytes = limits->stage_bytes;
    if (!watch(lane, lane->handoff.bell, TUN_LANE_BELL) || (lane->reads && !watch(lane, lane->device.fd, TUN_LANE_DEVICE)))
        return errno;
    return 0;
}

int tun_lanes_open(struct tun_lanes *lanes, struct tun_house *house, const struct tun_device *device,
                   const struct tun_sockets *sockets, unsigned count, wrn_time awake)
{
    struct wrn_limits limits;
    *lanes = (struct tun_lanes){.house = house, .sockets = sockets, .count = count, .steer.table.fd = -1};
    pthread_mutex_init(&lanes->lock, NULL);
    pthread_cond_init(&lanes->stands, NULL);
    pthread_cond_init(&lanes->go, NULL);
    wrn_engine_limits(house->engine, &limits);
    for (unsigned i = 0; i < count; i++) {
        lanes->others[i] = &lanes->lane[i].handoff;
        lanes->lane[i] = (struct tun_lane){.all = lanes, .number = i, .wait.poll = -1, .handoff.bell = -1};
        tun_sockets_init(&lanes->lane[i].sockets, sockets->paths);
    }
    lanes->others[count] = &lanes->control;
    tun_aim_open(&lanes->aim);
    lanes->steered = device->many && tun_steer_open(&lanes->steer, device->fd);
    if (!lanes->steered)
        tun_steer_close(&lanes->steer);
    int error = tun_handoff_open(&lanes->control, CONTROL_BYTES);
    for (unsigned i = 0; i < count && error == 0; i++)
        error = open_lane(&lanes->lane[i], &limits, device, awake);
    tun_log(TUN_VERBOSE, "%u lanes, %u queues of the interface", count, lanes->queues);
    return error;
}

int tun_lanes_start(struct tun_lanes *lanes)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int error = 0;
    for (unsigned i = 0; i < lanes->count && error == 0; i++) {
        error = pthread_create(&lanes->lane[i].thread, &attributes, tun_lane_serve, &lanes->lane[i]);
        lanes->running += error == 0;
    }
    pthread_attr_destroy(&attributes);
    tun_lanes_halt(lanes); /* what a thread does to begin is behind it then */
    tun_lanes_resume(lanes);
    return error;
}

static void close_lane(struct tun_lane *lane)
{
    tun_sockets_close(&lane->sockets);
    tun_flow_close(&lane->flow);
    tun_handoff_close(&lane->handoff);
    tun_ring_close(&lane->orders);
    tun_ring_close(&lane->news);
    tun_memory_give(lane->memory, lane->size);
    tun_memory_give(lane->larger, lane->larger_size);
    if (lane->reads && lane->number > 0)
        close(lane->device.fd);
    if (lane->wait.poll >= 0)
        close(lane->wait.poll);
}

void tun_lanes_close(struct tun_lanes *lanes)
{
    tun_lanes_halt(lanes);
    atomic_store(&lanes->end, true);
    tun_lanes_resume(lanes);
    for (unsigned i = 0; i < lanes->running; i++)
        pthread_join(lanes->lane[i].thread, NULL);
    for (unsigned i = 0; i < lanes->count; i++)
        close_lane(&lanes->lane[i]);
    tun_handoff_close(&lanes->control);
    tun_aim_close(&lanes->aim);
    tun_steer_close(&lanes->steer);
    pthread_cond_destroy(&lanes->go);
    pthread_cond_destroy(&lanes->stands);
    pthread_mutex_destroy(&lanes->lock);
    *lanes = (struct tun_lanes){0};
}

/* Standing still ------------------------------------------------------------------------------------------------------------ */

void tun_lanes_halt(struct tun_lanes *lanes)
{
    if (!lanes)
        return;
    atomic_store(&lanes->halt, true);
    for (unsigned i = 0; i < lanes->running; i++)
        tun_handoff_wake(&lanes->lane[i].handoff);
    pthread_mutex_lock(&lanes->lock);
    while (lanes->standing < lanes->running)
        pthread_cond_wait(&lanes->stands, &lanes->lock);
    pthread_mutex_unlock(&lanes->lock);
}

/* The kernel forgot the descriptors that were closed. */
static void follow_sockets(struct tun_lane *lane, const struct tun_sockets *first)
{
    bool was_open = lane->sockets.open;
    tun_sockets_follow(&lane->sockets, first, lane->number > 0);
    if (!lane->sockets.open || (was_open && lane->watched == lane->sockets.opened))
        return;
    lane->watched = lane->sockets.opened;
    for (unsigned i = 0; i < 2; i++) {
        if (lane->sockets.fd[i] >= 0 && (lane->number == 0 || !lane->sockets.lent) &&
            !watch(lane, lane->sockets.fd[i], TUN_LANE_OUTSIDE4 + i))
            tun_log(TUN_ERROR, "a lane's socket cannot be waited for: %s", strerror(errno));
    }
}

static void attach_aim(struct tun_lanes *lanes)
{
    const struct tun_sockets *first = lanes->sockets;
    if (!first->open || lanes->aimed == first->opened)
        return;
    lanes->aimed = first->opened;
    for (unsigned i = 0; i < 2; i++)
        tun_aim_attach(&lanes->aim, first->fd[i]);
}

void tun_lanes_resume(struct tun_lanes *lanes)
{
    if (!lanes)
        return;
    for (unsigned i = 0; i < lanes->count; i++)
        follow_sockets(&lanes->lane[i], lanes->sockets);
    attach_aim(lanes);
    pthread_mutex_lock(&lanes->lock);
    atomic_store(&lanes->halt, false);
    pthread_cond_broadcast(&lanes->go);
    pthread_mutex_unlock(&lanes->lock);
}

/* Orders and news ----------------------------------------------------------------------------------------------------------- */

/* As many as fit. True: that was all. */
static bool give(struct tun_lanes *lanes, struct tun_lane *lane)
{
    struct wrn_order order;
    bool any = false, all = false;
    while (tun_ring_space(&lane->orders) > 0) {
        all = wrn_orders(lanes->house->engine, lane->number, &order, 1) == 0;
        if (all)
            break;
        (void)tun_ring_put(&lane->orders, &order);
        any = true;
    }
    if (!any)
        return all;
    sodium_memzero(&order, sizeof order);
    tun_handoff_wake(&lane->handoff);
    return all;
}

void tun_lanes_ready(struct tun_lanes *lanes)
{
    for (unsigned i = 0; i < lanes->count; i++) {
        for (unsigned tries = 0; !give(lanes, &lanes->lane[i]); tries++) {
            if (tries < YIELDS)
                sched_yield();
            else
                (void)poll(NULL, 0, 1);
        }
    }
}

static void hear_unsent(struct tun_lanes *lanes, wrn_time now, struct tun_unsent *datagram)
{
    const struct wrn_packet packet = {.data = datagram->head,
                                      .capacity = sizeof datagram->head,
                                      .length = datagram->length,
                                      .verdict = WRN_SEND,
                                      .peer = datagram->peer};
    wrn_net_unsent(lanes->house->engine, now, &packet, 1);
}

void tun_lanes_hear(struct tun_lanes *lanes, wrn_time now)
{
    struct tun_news news;
    for (unsigned i = 0; i < lanes->count; i++) {
        while (tun_ring_take(&lanes->lane[i].news, &news)) {
            if (news.unsent)
                hear_unsent(lanes, now, &news.datagram);
            else
                wrn_reports(lanes->house->engine, now, &news.report, 1);
        }
    }
}

void tun_lanes_settle(struct tun_lanes *lanes, wrn_time now)
{
    struct wrn_report reports[FEW];
    size_t count;
    tun_lanes_halt(lanes);
    tun_lanes_hear(lanes, now);
    for (unsigned i = 0; i < lanes->count; i++) {
        struct tun_flow *flow = &lanes->lane[i].flow;
        while ((count = wrn_lane_reports(lanes->lane[i].value, reports, FEW)) > 0)
            wrn_reports(lanes->house->engine, now, reports, count);
        for (size_t j = 0; j < flow->unsents; j++)
            hear_unsent(lanes, now, &flow->unsent[j]);
        flow->unsents = 0;
    }
    tun_lanes_resume(lanes);
}

/* Growth ---------------------------------------------------------------------------------------------------------------------- */

bool tun_lanes_reserve(struct tun_lanes *lanes, const struct wrn_limits *larger)
{
    size_t size = wrn_lane_size(larger);
    bool good = size > 0;
    for (unsigned i = 0; i < lanes->count && good; i++) {
        struct tun_lane *lane = &lanes->lane[i];
        tun_memory_give(lane->larger, lane->larger_size);
        lane->larger = tun_memory_take(size);
        lane->larger_size = size;
        good = lane->larger != NULL;
    }
    for (unsigned i = 0; i < lanes->count && !good; i++) {
        tun_memory_give(lanes->lane[i].larger, lanes->lane[i].larger_size);
        lanes->lane[i].larger = NULL;
    }
    return good;
}

void tun_lanes_move(struct tun_lanes *lanes, const struct wrn_limits *larger)
{
    tun_lanes_halt(lanes);
    for (unsigned i = 0; i < lanes->count; i++) {
        struct tun_lane *lane = &lanes->lane[i];
        if (wrn_lane_move(&lane->value, lane->larger, lane->larger_size, larger) != WRN_OK)
            wrn_panic("a lane takes the limits that its engine took", __FILE__, __LINE__);
        tun_memory_give(lane->memory, lane->size);
        lane->memory = lane->larger;
        lane->size = lane->larger_size;
        lane->larger = NULL;
        lane->flow.lane = lane->value;
        lane->flow.room_bytes = larger->stage_bytes;
    }
    tun_lanes_resume(lanes);
}
