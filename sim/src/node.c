#include "base.h"
#include "outside.h"
#include "parts.h"
#include "secrets.h"

/* What flows through a node: the host's loop around its engine. Input first, then everything that is due, then sleep until the
 * exact deadline. Every call and every outcome goes to the trace and to the watch. */

struct sim_seen sim_place_seen(const struct sim_place *place, uint32_t kind, uint32_t pair)
{
    return (struct sim_seen){
        .kind = kind, .node = place->number, .pair = pair, .now = place->world->now,
        .local = sim_clock_local(&place->clock, place->world->now),
        .elapsed = sim_clock_elapsed(&place->clock, place->world->now),
        .memory = place->memory, .memory_size = place->memory_size,
    };
}

static uint32_t pair_of(const struct sim_place *place, const struct wrn_packet *packet)
{
    return packet->peer.slot < place->plan->limits.peers ? place->pair_of_slot[packet->peer.slot] : SIM_NONE;
}

static void send_packet(struct sim_place *place, const struct wrn_packet *packet, uint8_t cause, const struct sim_datagram *asked)
{
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_SENT, pair_of(place, packet));

    seen.data = packet->data + packet->offset;
    seen.length = packet->length;
    seen.remote = packet->remote;
    seen.cause = cause;
    if (seen.length == 148) {
        seen.has_wall = place->clock.has_wall;
        seen.wall = sim_clock_wall(&place->clock, place->world->now);
    }
    if (asked) {
        seen.asked_from = asked->source;
        seen.asked_length = asked->length;
    }
    sim_watch_see(&place->world->watch, &seen);
    if (place->keyring && seen.pair != SIM_NONE && sim_is_type(&seen, 4, 32))
        sim_bad_sent(place, seen.pair, seen.data, &seen.remote);
    sim_link_send(place->world, place, seen.data, seen.length, &packet->remote, seen.pair, cause, packet->tos);
}

static void hand_in(struct sim_place *place, const struct sim_inner *inner)
{
    struct sim_world *world = place->world;
    struct sim_record *record = sim_record_make(&world->traffic, inner);
    struct sim_traffic_flow *flow;

    if (!record)
        return;
    if (inner->hop == 0) {
        record->sent = world->now;
        if (inner->flow % 2 == 0)
            sim_expect_sent(world, inner->flow / 2);
    }
    record->handed |= (uint16_t)(1u << inner->hop);
    flow = &world->traffic.flows[inner->flow];
    if (flow->hops[inner->hop] == place->number)
        return;
    flow->before[inner->hop] = flow->hops[inner->hop];
    flow->hops[inner->hop] = place->number;
}

static uint32_t staged(const struct sim_place *place, const struct wrn_packet *packet)
{
    struct wrn_peer_info info;

    return wrn_peer_info(place->engine, packet->peer, &info) == WRN_OK ? info.staged : 0;
}

void sim_place_tun(struct sim_place *place, uint32_t length)
{
    struct sim_world *world = place->world;
    struct wrn_packet packet = {.data = world->inner, .capacity = SIM_PACKET_BYTES, .offset = WRN_HEADROOM, .length = length};
    struct sim_seen seen;
    uint8_t plain[SIM_INNER_LEAST6] = {0};
    bool carried;

    sim_guard_check(place);
    seen = sim_place_seen(place, SIM_SEEN_INNER_IN, SIM_NONE);
    seen.ours = sim_inner_parse(&world->traffic, packet.data + packet.offset, length, &seen.inner);
    memcpy(plain, packet.data + packet.offset, length < sizeof plain ? length : sizeof plain);
    carried = !seen.ours && sim_carried_find(&world->traffic, packet.data + packet.offset, length) != NULL;
    place->tun_in++;
    place->result.inner_sent++;
    sim_secrets_before(&world->watch, &seen);
    wrn_rec_tun_input(place->record, place->engine, seen.local, &packet, 1);
    /* What a nested interface sends is ciphertext, and its bytes are in the trace as such already. */
    sim_trace(world, place->number, SIM_KIND_INNER_IN, length, carried ? 0 : sim_digest(plain, sizeof plain), packet.verdict,
              packet.reason);
    world->drops += packet.verdict == WRN_DROP;
    if (packet.verdict == WRN_TAKEN)
        SIM_MARK(world, "staged");
    if (packet.verdict == WRN_HOLD)
        SIM_MARK(world, "held");
    seen.verdict = packet.verdict;
    seen.reason = packet.reason;
    seen.pair = packet.verdict == WRN_DROP ? SIM_NONE : pair_of(place, &packet);
    seen.data = plain;
    seen.length = length < sizeof plain ? length : sizeof plain;
    seen.staged = packet.verdict == WRN_TAKEN ? staged(place, &packet) : 0;
    sim_watch_see(&world->watch, &seen);
    if (place->attached && packet.verdict == WRN_DROP && !seen.ours && !carried)
        sim_attach_refuse(place, &packet);
    if (packet.verdict == WRN_SEND)
        send_packet(place, &packet, SIM_CAUSE_TUN, NULL);
}

void sim_place_inner(struct sim_place *place, uint32_t length)
{
    struct sim_place *out = sim_nest_route(place, place->world->inner + WRN_HEADROOM);

    sim_place_enter(out, length);
    if (out != place && out->running)
        sim_place_settle(out);
}

void sim_place_enter(struct sim_place *place, uint32_t length)
{
    struct sim_world *world = place->world;
    struct sim_inner inner;

    if (!place->running)
        return;
    if (place->held == SIM_ASLEEP)
        return; /* and so is whoever would have sent it */
    if (sim_inner_parse(&world->traffic, world->inner + WRN_HEADROOM, length, &inner))
        hand_in(place, &inner);
    if (place->held == SIM_STANDING)
        sim_host_wait_packet(place, length);
    else
        sim_place_tun(place, length);
}

static void deliver(struct sim_place *place, const struct wrn_packet *packet, struct sim_seen seen)
{
    struct sim_world *world = place->world;
    struct sim_carried *carried;
    struct sim_outsider *outsider;
    struct sim_record *record;

    seen.kind = SIM_SEEN_INNER_OUT;
    seen.data = packet->data + packet->offset;
    seen.length = packet->length;
    seen.ours = sim_inner_parse(&world->traffic, seen.data, seen.length, &seen.inner);
    carried = seen.ours ? NULL : sim_carried_find(&world->traffic, seen.data, seen.length);
    sim_trace(world, place->number, SIM_KIND_INNER_OUT, seen.length, carried ? 0 : sim_digest(seen.data, seen.length), 0, 0);
    sim_watch_see(&world->watch, &seen);
    place->result.inner_delivered++;
    if (carried)
        carried->delivered++;
    if (!seen.ours && !carried) {
        outsider = seen.pair == SIM_NONE ? NULL : sim_outside_find(&world->traffic, world->plan->peers[seen.pair].peer,
                                                                   seen.data, seen.length);
        if (outsider) {
            outsider->delivered++;
            sim_attach_deliver(place, seen.data, seen.length);
        }
        return;
    }
    if (seen.ours && seen.inner.ce)
        SIM_MARK(world, "ce_delivered");
    record = seen.ours ? sim_record_find(&world->traffic, &seen.inner) : NULL;
    if (record)
        record->delivered |= (uint16_t)(1u << seen.inner.hop);
    if (sim_nest_is_for(place, seen.data)) {
        if (carried)
            sim_nest_deliver(place, seen.data, seen.length, carried);
        else if (world->places[world->traffic.flows[seen.inner.flow].to].link == place->link)
            sim_flow_arrived(&world->places[world->traffic.flows[seen.inner.flow].to], &seen.inner);
        return;
    }
    memcpy(world->inner + WRN_HEADROOM, seen.data, seen.length);
    if (!sim_inner_age(world->inner + WRN_HEADROOM, seen.length))
        return;
    SIM_MARK(world, "forwarded");
    if (carried)
        sim_nest_forward(place, seen.length, carried);
    else
        sim_place_inner(place, seen.length);
}

/* Is it worth a look at the whole state before and after? Whatever cannot be an engine's own first copy. */
static bool is_suspect(const struct sim_place *place, const struct sim_datagram *datagram)
{
    static const uint32_t lengths[5] = {0, 148, 92, 64, 0};
    unsigned type = datagram->length > 0 ? datagram->data[0] : 0;

    if (!place->world->watch.full)
        return false;
    return datagram->copy || datagram->changed || datagram->cause == SIM_CAUSE_ATTACK || type == 0 || type > 4
           || (lengths[type] != 0 && datagram->length != lengths[type]);
}

static void note_arrival(struct sim_place *place, const struct sim_datagram *datagram, const struct sim_seen *seen)
{
    struct sim_world *world = place->world;
    uint8_t verdict[2] = {seen->verdict, seen->reason};
    uint32_t peer = seen->pair == SIM_NONE ? SIM_NONE : world->plan->peers[seen->pair].peer;

    sim_trace(world, place->number, SIM_KIND_ARRIVED, datagram->length, datagram->digest ^ sim_digest(verdict, 2), seen->verdict,
              seen->reason);
    if (seen->verdict == WRN_DROP) {
        place->result.drops++;
        world->drops++;
    }
    if (peer == SIM_NONE || !sim_seen_authentic(seen))
        return;
    if (datagram->data[0] == 4)
        sim_expect_happened(world, SIM_HAPPENED_ACCEPTED, peer, place->number);
    if (datagram->data[0] == 2)
        sim_expect_happened(world, SIM_HAPPENED_HANDSHAKE, place->number, peer);
}

static void see_arrival(struct sim_place *place, const struct sim_datagram *datagram, const struct wrn_packet *packet,
                        struct sim_seen *seen)
{
    const uint32_t peer = datagram->pair == SIM_NONE ? SIM_NONE : place->world->plan->peers[datagram->pair].peer;
    struct wrn_peer_info info;

    seen->pair = pair_of(place, packet);
    seen->from_pair = datagram->pair;
    seen->data = datagram->data;
    seen->length = datagram->length;
    seen->remote = datagram->source;
    seen->verdict = packet->verdict;
    seen->reason = packet->reason;
    seen->ours = datagram->cause != SIM_CAUSE_ATTACK && !datagram->copy && !datagram->changed && peer == place->number;
    seen->answer_length = packet->verdict == WRN_SEND ? packet->length : 0;
    if (seen->pair != SIM_NONE && wrn_peer_info(place->engine, packet->peer, &info) == WRN_OK)
        seen->after = info.endpoint;
    else
        seen->pair = SIM_NONE;
    sim_watch_see(&place->world->watch, seen);
}

static void mark_event(struct sim_world *world, uint32_t bits)
{
    if (bits & WRN_EVENT_SESSION)
        SIM_MARK(world, "session");
    if (bits & WRN_EVENT_LOST)
        SIM_MARK(world, "keys_zeroed");
    if (bits & WRN_EVENT_GAVE_UP)
        SIM_MARK(world, "gave_up");
    if (bits & WRN_EVENT_RETRY)
        SIM_MARK(world, "retry");
    if (bits & WRN_EVENT_ENDPOINT)
        SIM_MARK(world, "roamed");
    if (bits & WRN_EVENT_STAMP)
        SIM_MARK(world, "stamp_stored");
    if (bits & WRN_EVENT_LOAD)
        SIM_MARK(world, "load_changed");
}

static void act(struct sim_place *place, const struct wrn_event *event)
{
    struct sim_world *world = place->world;
    uint32_t pair = event->peer.slot < place->plan->limits.peers ? place->pair_of_slot[event->peer.slot] : SIM_NONE;

    mark_event(world, event->bits);
    sim_trace(world, place->number, SIM_KIND_EVENT, event->bits, pair, 0, 0);
    if (event->bits & WRN_EVENT_STAMP)
        memcpy(place->stamp, event->stamp, sizeof place->stamp);
    if ((event->bits & WRN_EVENT_GAVE_UP) && pair != SIM_NONE) {
        struct sim_seen seen = sim_place_seen(place, SIM_SEEN_GAVE_UP, pair);

        sim_watch_see(&world->watch, &seen);
        sim_expect_happened(world, SIM_HAPPENED_GAVE_UP, place->number, world->plan->peers[pair].peer);
    }
}

/* One lazily corrected queue entry per node: it moves earlier at once, later only when it is met. */
static void schedule(struct sim_place *place, wrn_time deadline)
{
    struct sim_world *world = place->world;
    wrn_time at = deadline == WRN_NEVER ? WRN_NEVER : sim_clock_world(&place->clock, deadline);

    if (at <= world->now)
        at = world->now + 1; /* a rule is broken already: go on, but not for ever at one instant */
    if (at >= place->wake_at || at > world->plan->stop)
        return;
    place->wake_at = at;
    sim_queue_push(&world->queue, at, SIM_TASK_WAKE, place->number, NULL);
}

static void drain(struct sim_place *place)
{
    struct sim_world *world = place->world;
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_STEP, SIM_NONE);
    struct wrn_packet packet;
    struct wrn_event event;

    if (place->held != SIM_AWAKE)
        return;
    sim_secrets_before(&world->watch, &seen);
    wrn_rec_advance(place->record, place->engine, seen.local);
    for (;;) {
        packet = (struct wrn_packet){.data = world->packet, .capacity = SIM_PACKET_BYTES};
        if (wrn_rec_net_output(place->record, place->engine, seen.local, &packet, 1) == 0)
            break;
        if (packet.verdict == WRN_SEND)
            send_packet(place, &packet, SIM_CAUSE_OUTPUT, NULL);
    }
    while (wrn_rec_events(place->record, place->engine, &event, 1) == 1)
        act(place, &event);
    seen.deadline = place->deadline = wrn_rec_deadline(place->record, place->engine);
    sim_watch_see(&world->watch, &seen);
    schedule(place, seen.deadline);
}

void sim_place_receive(struct sim_place *place, const struct sim_datagram *datagram)
{
    struct sim_world *world = place->world;
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_ARRIVED, SIM_NONE);
    struct wrn_packet packet = {
        .data = world->packet, .capacity = SIM_PACKET_BYTES, .length = datagram->length, .remote = datagram->source,
        .tos = datagram->tos};
    const bool in_run = datagram->forged && world->watch.full;
    uint8_t before[32], after[32];

    if (place->plan->role == SIM_ROLE_ATTACKER) {
        sim_trace(world, place->number, SIM_KIND_ARRIVED, datagram->length, datagram->digest, WRN_UNSEEN, 0);
        return;
    }
    memcpy(world->packet, datagram->data, datagram->length);
    sim_secrets_before(&world->watch, &seen);
    if (in_run)
        sim_guard_open(place, seen.local);
    else
        sim_guard_check(place);
    seen.judged = !in_run && is_suspect(place, datagram);
    if (seen.judged) {
        wrn_rec_advance(place->record, place->engine, seen.local);
        wrn_digest(place->engine, WRN_PART_PROTOCOL | WRN_PART_CLOCK, before);
    }
    place->net_in++;
    seen.computed = place->result.dh;
    wrn_rec_net_input(place->record, place->engine, seen.local, &packet, 1);
    seen.computed = place->result.dh - seen.computed;
    if (seen.judged) {
        wrn_digest(place->engine, WRN_PART_PROTOCOL | WRN_PART_CLOCK, after);
        seen.changed = memcmp(before, after, sizeof before) != 0;
    }
    see_arrival(place, datagram, &packet, &seen);
    note_arrival(place, datagram, &seen);
    if (in_run)
        sim_guard_count(place, &seen);
    if (packet.verdict == WRN_SEND)
        send_packet(place, &packet, SIM_CAUSE_ANSWER, datagram);
    else if (packet.verdict == WRN_DELIVER)
        deliver(place, &packet, seen);
    drain(place);
}

/* After something that was no datagram: a run of forged ones is over, judged or not. */
void sim_place_settle(struct sim_place *place)
{
    place->guard.open = false;
    drain(place);
}

void sim_place_wake(struct sim_place *place)
{
    struct sim_world *world = place->world;
    wrn_time deadline;

    if (place->wake_at != world->now || !place->running)
        return; /* an entry that was overtaken */
    place->wake_at = WRN_NEVER;
    if (place->held != SIM_AWAKE)
        return;
    deadline = wrn_rec_deadline(place->record, place->engine);
    if (deadline == WRN_NEVER || sim_clock_world(&place->clock, deadline) > world->now) {
        schedule(place, deadline);
        return;
    }
    sim_guard_check(place);
    sim_trace(world, place->number, SIM_KIND_WAKE, 0, 0, 0, 0);
    sim_place_settle(place);
}
