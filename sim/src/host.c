#include "base.h"
#include "parts.h"

/*
 * A host that does not run its engine: a machine that sleeps, or a process that stands still. Nothing reaches the former. For the
 * latter datagrams wait in the socket and packets in the tunnel's queue, each at most SIM_WAITING_MOST, and what an administrator
 * asks for waits behind them; all is handed over in its order when the process goes on, and then what was due is done.
 */

static void hold(struct sim_place *place, enum sim_held held)
{
    if (place->held == SIM_AWAKE) {
        place->held_at = place->world->now;
        place->held_local = sim_clock_local(&place->clock, place->world->now);
    }
    if (place->held < held)
        place->held = held;
}

void sim_host_suspend(struct sim_place *place, bool counts)
{
    if (!place->running)
        return;
    hold(place, SIM_ASLEEP);
    if (!counts)
        sim_clock_stop(&place->clock, place->world->now);
    SIM_MARK(place->world, "suspended");
}

void sim_host_pause(struct sim_place *place)
{
    if (!place->running)
        return;
    hold(place, SIM_STANDING);
    SIM_MARK(place->world, "paused");
}

static void queue(struct sim_place *place, struct sim_datagram *item, enum sim_waits waits)
{
    struct sim_datagram **end = &place->waiting;

    item->waits = (uint8_t)waits;
    item->next = NULL;
    if (waits != SIM_WAITS_EVENT)
        place->waits[waits]++;
    if (place->waiting)
        end = &place->waiting_last->next;
    *end = place->waiting_last = item;
}

void sim_host_wait_datagram(struct sim_place *place, struct sim_datagram *datagram)
{
    if (place->waits[SIM_WAITS_DATAGRAM] == SIM_WAITING_MOST) {
        sim_link_lose(place->world, place->number, SIM_DOWN, datagram, SIM_LOST_SOCKET);
        return;
    }
    SIM_MARK(place->world, "waited");
    queue(place, datagram, SIM_WAITS_DATAGRAM);
}

void sim_host_wait_packet(struct sim_place *place, uint32_t length)
{
    struct sim_world *world = place->world;
    struct sim_datagram *item;

    if (place->waits[SIM_WAITS_PACKET] == SIM_WAITING_MOST) {
        world->lost[SIM_LOST_TUN]++;
        world->drops++;
        return;
    }
    item = sim_datagram_take(world, length);
    if (!item)
        return;
    memcpy(item->data, world->inner + WRN_HEADROOM, length);
    queue(place, item, SIM_WAITS_PACKET);
}

bool sim_host_wait_event(struct sim_place *place, uint32_t event)
{
    struct sim_datagram *item;

    if (place->held == SIM_AWAKE)
        return false;
    item = sim_datagram_take(place->world, 0);
    if (!item)
        return true;
    item->number = event;
    queue(place, item, SIM_WAITS_EVENT);
    return true;
}

static struct sim_datagram *next(struct sim_place *place)
{
    struct sim_datagram *item = place->waiting;

    if (!item)
        return NULL;
    place->waiting = item->next;
    if (item->waits != SIM_WAITS_EVENT)
        place->waits[item->waits]--;
    return item;
}

static void hand_over(struct sim_place *place, struct sim_datagram *item)
{
    struct sim_world *world = place->world;
    const uint32_t event = (uint32_t)item->number;

    if (item->waits == SIM_WAITS_DATAGRAM) {
        sim_link_tap(world, place->number, SIM_DOWN, item, NULL);
        sim_place_receive(place, item);
    } else if (item->waits == SIM_WAITS_PACKET) {
        memcpy(world->inner + WRN_HEADROOM, item->data, item->length);
        sim_place_tun(place, item->length);
    }
    if (item->waits == SIM_WAITS_EVENT)
        sim_timeline_node(place, &world->plan->events[event]);
    sim_datagram_give(world, item);
}

/* The watch learns how long nothing could be done: what was due then is due now. */
static void see_resumed(struct sim_place *place)
{
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_RESUMED, SIM_NONE);

    seen.gone = place->world->now - place->held_at;
    seen.gone_local = seen.local - place->held_local;
    sim_watch_see(&place->world->watch, &seen);
}

void sim_host_resume(struct sim_place *place)
{
    struct sim_datagram *item;

    if (place->held == SIM_AWAKE)
        return;
    sim_clock_go(&place->clock, place->world->now);
    place->held = SIM_AWAKE;
    sim_place_wall(place);
    see_resumed(place);
    while ((item = next(place)) != NULL)
        hand_over(place, item);
    sim_place_settle(place);
}

void sim_host_lose(struct sim_place *place)
{
    struct sim_world *world = place->world;
    struct sim_datagram *item;

    sim_clock_go(&place->clock, world->now);
    place->held = SIM_AWAKE;
    while ((item = next(place)) != NULL) {
        if (item->waits == SIM_WAITS_DATAGRAM) {
            sim_link_lose(world, place->number, SIM_DOWN, item, SIM_LOST_SOCKET);
            continue;
        }
        if (item->waits == SIM_WAITS_PACKET) {
            world->lost[SIM_LOST_TUN]++;
            world->drops++;
        }
        sim_datagram_give(world, item);
    }
}

void sim_host_end(struct sim_place *place)
{
    if (place->held != SIM_AWAKE)
        see_resumed(place);
}
