#include "base.h"
#include "parts.h"
#include "window.h"

/*
 * A transfer that fills what the path has: a congestion window as TCP's, over packets that are never the same one twice, as QUIC's.
 *
 * A segment is what the receiver wants; a packet carries one, and every transmission is a packet with a number of its own. The
 * receiver acknowledges every packet; an acknowledgement says all that has arrived so far (which entries of `arrivals`, in order
 * of arrival), so that losing one loses nothing. Loss: a packet is overtaken by `threshold` later ones, or nothing comes back for
 * a retransmission timeout (RFC 6298, doubled each time). What was taken for lost and then acknowledged was reordered: the
 * threshold grows beyond it, and when that was all of an episode, the window is given back (RFC 5682's idea).
 */

#define TIMEOUT_FIRST WRN_SECOND
#define TIMEOUT_LEAST (200 * WRN_MILLISECOND)
#define TIMEOUT_MOST (60 * WRN_SECOND)
#define THRESHOLD_LEAST 3u
#define THRESHOLD_MOST 300u

enum { FLYING, ACKED, LOST };

struct packet {
    uint64_t segment;
    uint32_t fate;
};

struct sim_bulk {
    struct sim_window window;
    uint64_t segments;          /* in all; UINT64_MAX without end */
    /* The sender's. */
    struct sim_vector packets;  /* struct packet, by number */
    struct sim_vector again;    /* segments to send again, uint64_t */
    uint64_t again_at, fresh;   /* the next of each */
    uint64_t heard;             /* entries of arrivals that it knows of */
    uint64_t lowest, largest;   /* below: fate known; the largest acknowledged */
    uint64_t flying, recovery;  /* signals about packets below recovery are about a congestion that is known */
    uint64_t episode, episode_from, threshold; /* of the last episode: packets that count as lost, and its first */
    wrn_time smooth, varied, timeout;
    unsigned doubled;
    bool     measured, ended;
    /* The receiver's. */
    struct sim_vector has;      /* uint8_t by segment: bit 0 it has it, bit 1 the sender knows */
    struct sim_vector arrivals; /* 2 * number, + 1 when marked */
    struct sim_vector acks;     /* by number of the acknowledgement: arrivals by then */
    uint64_t received;
};

#define AT(vector, type, i) ((type *)(vector).data)[i]

/* Appends a zeroed element; null when exhausted. */
static void *append(struct sim_world *world, struct sim_vector *vector, size_t element)
{
    uint8_t *place;

    if (!sim_vector_room(&world->memory, vector, element, vector->count + 1))
        return NULL;
    place = (uint8_t *)vector->data + element * vector->count++;
    memset(place, 0, element);
    return place;
}

static bool append_number(struct sim_world *world, struct sim_vector *vector, uint64_t number)
{
    uint64_t *place = append(world, vector, sizeof *place);

    if (place)
        *place = number;
    return place != NULL;
}

void sim_bulk_begin(struct sim_world *world, uint32_t number)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_bulk *bulk = sim_take(&world->memory, sizeof *bulk);

    world->flows[number].bulk = bulk;
    if (!bulk)
        return;
    sim_window_begin(&bulk->window, flow->congestion);
    bulk->segments = flow->bytes ? (flow->bytes + flow->size - 1) / flow->size : UINT64_MAX;
    bulk->timeout = TIMEOUT_FIRST;
    bulk->threshold = THRESHOLD_LEAST;
}

/* The sender. ---------------------------------------------------------------------------------------------------------------- */

static bool next_segment(struct sim_world *world, struct sim_bulk *bulk, uint64_t *segment)
{
    while (bulk->again_at < bulk->again.count) {
        *segment = AT(bulk->again, uint64_t, bulk->again_at++);
        if (!(AT(bulk->has, uint8_t, *segment) & 2))
            return true;
    }
    if (bulk->fresh >= bulk->segments || !append(world, &bulk->has, 1))
        return false;
    *segment = bulk->fresh++;
    return true;
}

static void arm(struct sim_world *world, uint32_t number, struct sim_bulk *bulk)
{
    wrn_time wait = bulk->timeout << bulk->doubled;

    wait = wait < TIMEOUT_MOST ? wait : TIMEOUT_MOST;
    if (bulk->flying == 0 || sim_flow_ends(world, number, world->now + wait))
        world->flows[number].due = WRN_NEVER;
    else
        sim_flow_due(world, number, world->now + wait);
}

static void transmit(struct sim_world *world, uint32_t number, struct sim_bulk *bulk)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    uint64_t segment;

    while (!sim_flow_ends(world, number, world->now) && bulk->flying * SIM_PACKET < bulk->window.size) {
        struct packet *packet;
        const uint64_t fresh = bulk->fresh;

        if (!next_segment(world, bulk, &segment) || !(packet = append(world, &bulk->packets, sizeof *packet)))
            break;
        packet->segment = segment;
        bulk->flying++;
        state->result.repeated += segment < fresh;
        sim_flow_send(world, number, false, flow->size);
    }
    if (bulk->flying > state->result.window_most)
        state->result.window_most = bulk->flying;
    arm(world, number, bulk);
}

static void lose(struct sim_world *world, struct sim_bulk *bulk, uint64_t packet)
{
    struct packet *lost = &AT(bulk->packets, struct packet, packet);

    lost->fate = LOST;
    bulk->flying--;
    append_number(world, &bulk->again, lost->segment);
}

static void congested(struct sim_world *world, uint32_t number, struct sim_bulk *bulk)
{
    sim_window_congested(&bulk->window);
    bulk->recovery = world->flows[number].sent;
    bulk->episode = 0;
    bulk->episode_from = bulk->lowest;
    SIM_MARK(world, "bulk_congested");
}

static void find_lost(struct sim_world *world, uint32_t number, struct sim_bulk *bulk)
{
    for (; bulk->lowest + bulk->threshold <= bulk->largest; bulk->lowest++) {
        if (AT(bulk->packets, struct packet, bulk->lowest).fate != FLYING)
            continue;
        if (bulk->lowest >= bulk->recovery)
            congested(world, number, bulk);
        bulk->episode++;
        lose(world, bulk, bulk->lowest);
    }
}

/* RFC 6298. Every packet has its own number, so every one is a good sample. */
static void sample(struct sim_bulk *bulk, wrn_time round_trip)
{
    const wrn_time off = round_trip > bulk->smooth ? round_trip - bulk->smooth : bulk->smooth - round_trip;

    if (!bulk->measured) {
        bulk->smooth = round_trip;
        bulk->varied = round_trip / 2;
        bulk->measured = true;
    } else {
        bulk->varied = (3 * bulk->varied + off) / 4;
        bulk->smooth = (7 * bulk->smooth + round_trip) / 8;
    }
    bulk->timeout = bulk->smooth + 4 * bulk->varied;
    if (bulk->timeout < TIMEOUT_LEAST)
        bulk->timeout = TIMEOUT_LEAST;
}

static void was_not_lost(struct sim_world *world, struct sim_bulk *bulk, uint64_t packet)
{
    const uint64_t far = bulk->largest > packet ? bulk->largest - packet + 1 : 0;

    if (far > bulk->threshold)
        bulk->threshold = far < THRESHOLD_MOST ? far : THRESHOLD_MOST;
    SIM_MARK(world, "bulk_reordered");
    if (packet >= bulk->episode_from && bulk->episode > 0 && --bulk->episode == 0)
        sim_window_undo(&bulk->window);
}

static void hear(struct sim_world *world, uint32_t number, struct sim_bulk *bulk, uint64_t arrival)
{
    const uint64_t n = arrival >> 1;
    const struct sim_inner inner = {.flow = 2 * number, .number = n};
    const struct sim_record *record = sim_record_find(&world->traffic, &inner);
    struct packet *packet = &AT(bulk->packets, struct packet, n);
    const bool used = 2 * bulk->flying * SIM_PACKET >= bulk->window.size;

    if (packet->fate == FLYING)
        bulk->flying--;
    else if (packet->fate == LOST)
        was_not_lost(world, bulk, n);
    packet->fate = ACKED;
    AT(bulk->has, uint8_t, packet->segment) |= 2;
    bulk->largest = n > bulk->largest ? n : bulk->largest;
    bulk->doubled = 0;
    if (record)
        sample(bulk, world->now - record->sent);
    if (arrival & 1 && n >= bulk->recovery)
        congested(world, number, bulk);
    else if (n >= bulk->recovery && used)
        sim_window_acked(&bulk->window, world->now, bulk->smooth);
}

static void acknowledged(struct sim_world *world, uint32_t number, struct sim_bulk *bulk, uint64_t ack)
{
    const uint64_t upto = AT(bulk->acks, uint64_t, ack);

    if (upto <= bulk->heard)
        return; /* overtaken by a newer one */
    while (bulk->heard < upto)
        hear(world, number, bulk, AT(bulk->arrivals, uint64_t, bulk->heard++));
    find_lost(world, number, bulk);
    transmit(world, number, bulk);
}

void sim_bulk_next(struct sim_world *world, uint32_t number)
{
    struct sim_flow_state *state = &world->flows[number];
    struct sim_bulk *bulk = state->bulk;

    if (state->sent == 0) {
        state->result.begun++;
        sim_expect_begun(world, number);
    } else {
        state->result.timeouts++;
        SIM_MARK(world, "bulk_timeout");
        sim_window_timeout(&bulk->window);
        for (; bulk->lowest < state->sent; bulk->lowest++)
            if (AT(bulk->packets, struct packet, bulk->lowest).fate == FLYING)
                lose(world, bulk, bulk->lowest);
        bulk->recovery = state->sent;
        bulk->episode = 0;
        bulk->doubled += bulk->doubled < 8;
    }
    transmit(world, number, bulk);
    sim_flow_settle(world, world->plan->flows[number].from);
}

/* The receiver. -------------------------------------------------------------------------------------------------------------- */

static void receive(struct sim_world *world, uint32_t number, struct sim_bulk *bulk, const struct sim_inner *inner)
{
    const struct sim_flow *flow = &world->plan->flows[number];
    struct sim_flow_state *state = &world->flows[number];
    uint8_t *has = &AT(bulk->has, uint8_t, AT(bulk->packets, struct packet, inner->number).segment);

    if (!append_number(world, &bulk->arrivals, inner->number << 1 | inner->ce))
        return;
    if (!(*has & 1)) {
        *has |= 1;
        bulk->received++;
        state->result.bytes += inner->size;
        sim_expect_bytes(world, number, inner->size);
    }
    if (bulk->received == bulk->segments && !bulk->ended) {
        bulk->ended = true;
        state->result.completed++;
        sim_flow_measure(world, &state->response, world->now - flow->start);
        sim_expect_completed(world, number, flow->start);
    }
    if (append_number(world, &bulk->acks, bulk->arrivals.count))
        sim_flow_send(world, number, true, flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4);
}

void sim_bulk_arrived(struct sim_world *world, const struct sim_inner *inner)
{
    const uint32_t number = inner->flow / 2;
    struct sim_bulk *bulk = world->flows[number].bulk;

    if (inner->flow % 2 && inner->number < bulk->acks.count)
        acknowledged(world, number, bulk, inner->number);
    else if (inner->flow % 2 == 0 && inner->number < bulk->packets.count)
        receive(world, number, bulk, inner);
}
