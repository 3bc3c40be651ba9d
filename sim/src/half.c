#include "alarm.h"
#include "base.h"
#include "hash.h"
#include "parts.h"
#include "text.h"

/*
 * One half path, and a datagram on it: loss, queue, rate, corruption, delay, duplicates. Datagram n of a half path asks that half
 * path's streams for their n-th values; what its pieces, its single bits and its duplicate ask lies beyond 2^44.
 */

#define OF_PIECE(n, piece) ((n) | (uint64_t)(piece) << 44)
#define OF_COPY (UINT64_C(1) << 63)

void sim_half_begin(struct sim_half_state *half, const struct sim_plan *plan, const struct sim_node *node, const char *side)
{
    char name[2 * SIM_NAME_BYTES];

    sim_text_fill(name, sizeof name, "%s %s", (const struct sim_part[]){{node->name, 0}, {side, 0}}, 2);
    sim_stream_init(&half->delay, plan->seed, "delay", name);
    sim_stream_init(&half->loss, plan->seed, "loss", name);
    sim_stream_init(&half->duplicate, plan->seed, "duplicate", name);
    sim_stream_init(&half->reorder, plan->seed, "reorder", name);
    sim_stream_init(&half->late, plan->seed, "late", name);
    sim_stream_init(&half->state, plan->seed, "gilbert", name);
    sim_stream_init(&half->corrupt, plan->seed, "corrupt", name);
    sim_stream_init(&half->flow, plan->seed, "flow", name);
}

/* What waits stays, and goes by the new row. */
void sim_half_take(struct sim_half_state *half, const struct sim_half *row)
{
    half->half = row;
    half->list_at = 0;
    half->bad = false;
    half->pace = (struct sim_pace){0};
}

static unsigned type_bit(const struct sim_datagram *datagram)
{
    unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;

    return 1u << type;
}

/* Of the path as it is now: 1, unless it is too large to go whole. */
static uint32_t pieces_of(const struct sim_world *world, const struct sim_place *place, const struct sim_datagram *datagram)
{
    const struct sim_path *path = &world->plan->paths[place->path];

    return path->mtu > 0 && path->fragment && datagram->length > path->mtu ? (datagram->length + path->mtu - 1) / path->mtu : 1;
}

static bool by_chance(const struct sim_half_state *half, uint64_t n, uint32_t pieces, uint32_t chance)
{
    for (uint32_t i = 0; i < pieces; i++)
        if (sim_chance(&half->loss, OF_PIECE(n, i), chance))
            return true;
    return false;
}

static bool by_rule(struct sim_world *world, struct sim_half_state *half, uint64_t n, uint32_t pieces)
{
    const struct sim_loss *loss = &half->half->loss;
    const uint64_t *list = world->plan->numbers + loss->first;

    switch (loss->kind) {
    case SIM_LOSS_CHANCE:
        return by_chance(half, n, pieces, loss->chance);
    case SIM_LOSS_LIST:
        while (half->list_at < loss->count && list[half->list_at] < n)
            half->list_at++;
        return half->list_at < loss->count && list[half->list_at] == n;
    case SIM_LOSS_PATTERN:
        return (n - 1) % loss->m < loss->n;
    case SIM_LOSS_GILBERT:
        half->bad = half->bad != sim_chance(&half->state, n, half->bad ? loss->recover : loss->chance);
        return by_chance(half, n, pieces, half->bad ? loss->bad : loss->good);
    default:
        return false;
    }
}

/* A run of bits, from a drawn one to the end of the datagram at most. */
static void corrupt(struct sim_world *world, struct sim_half_state *half, struct sim_datagram *datagram)
{
    const struct sim_corrupt *row = &half->half->corrupt;
    const uint64_t n = datagram->number, bits = (uint64_t)datagram->length * 8;
    uint64_t first, run = 0;

    if (row->chance == 0 || bits == 0 || !sim_chance(&half->corrupt, n, row->chance))
        return;
    first = sim_below(&half->corrupt, OF_PIECE(n, 1), bits);
    for (uint64_t i = 0; i < row->bits && first + i < bits; i++) {
        if (i % 64 == 0)
            run = sim_value(&half->corrupt, OF_PIECE(n, 2 + i / 64)) | (i == 0);
        if (run >> i % 64 & 1)
            datagram->data[(first + i) / 8] ^= (uint8_t)(1u << (first + i) % 8);
    }
    datagram->changed = true;
    datagram->digest = sim_digest(datagram->data, datagram->length);
    SIM_MARK(world, "corrupted");
}

static void duplicate(struct sim_world *world, struct sim_place *place, struct sim_half_state *half,
                      const struct sim_datagram *datagram, uint32_t task)
{
    const uint64_t n = datagram->number;
    struct sim_datagram *copy = sim_datagram_take(world, datagram->length);
    uint8_t *data;

    if (!copy)
        return;
    data = copy->data;
    memcpy(data, datagram->data, datagram->length);
    *copy = *datagram;
    copy->data = data;
    copy->copy = true;
    half->copies++;
    half->in_flight++;
    sim_queue_push(&world->queue, world->now + sim_duration(&half->delay, n | OF_COPY, &half->half->delay), task, place->number,
                   copy);
}

/* Off it goes: the last bit is on the wire. */
static void depart(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_datagram *datagram)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    const struct sim_half *row = half->half;
    const uint32_t task = side == SIM_UP ? SIM_TASK_CORE : SIM_TASK_ARRIVE, pieces = pieces_of(world, place, datagram);
    const uint64_t n = datagram->number;
    wrn_time delay = sim_duration(&half->delay, n, &row->delay);

    for (uint32_t i = 1; i < pieces; i++) {
        wrn_time other = sim_duration(&half->delay, OF_PIECE(n, i), &row->delay);

        delay = other > delay ? other : delay;
    }
    if (pieces > 1)
        SIM_MARK(world, "fragmented");
    if (side == SIM_UP)
        sim_link_tap(world, place->number, side, datagram, NULL);
    corrupt(world, half, datagram);
    if (row->reorder && sim_chance(&half->reorder, n, row->reorder))
        delay += sim_duration(&half->late, n, &row->late);
    if (row->duplicate && sim_chance(&half->duplicate, n, row->duplicate))
        duplicate(world, place, half, datagram, task);
    sim_queue_push(&world->queue, world->now + delay, task, place->number, datagram);
}

static void lose_all(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_line *dropped, enum sim_lost why)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    struct sim_queued *item;

    while ((item = sim_line_get(dropped)) != NULL) {
        half->in_flight--;
        half->lost++;
        if (why == SIM_LOST_QUEUE)
            SIM_MARK(world, "queue_full");
        else
            SIM_MARK(world, "codel_drop");
        sim_link_lose(world, place->number, side, (struct sim_datagram *)item, why);
    }
}

static void begin_to_leave(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_queued *item)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    const struct sim_rate *rate = &half->half->rate;

    half->leaving = (struct sim_datagram *)item;
    if (item->marked) {
        half->leaving->tos |= 3;
        SIM_MARK(world, "ecn_marked");
    }
    sim_queue_push(&world->queue, sim_pace_end(&half->pace, rate, world->plan->numbers + rate->first, world->now, item->bytes),
                   SIM_TASK_LEFT, 2 * place->number + side, NULL);
}

/* Let the next that waits begin. */
static void serve(struct sim_world *world, struct sim_place *place, uint32_t side)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    struct sim_line dropped = {0};
    struct sim_queued *item = sim_buffer_get(&half->buffer, &half->half->queue, world->now, &dropped);

    lose_all(world, place, side, &dropped, SIM_LOST_CODEL);
    if (item)
        begin_to_leave(world, place, side, item);
}

void sim_half_left(struct sim_world *world, struct sim_place *place, uint32_t side)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    struct sim_datagram *datagram = half->leaving;

    half->leaving = NULL;
    depart(world, place, side, datagram);
    serve(world, place, side);
}

/* Addresses and ports, keyed: which line of FQ-CoDel. */
static uint32_t flow_of(const struct sim_half_state *half, const struct sim_datagram *datagram)
{
    const struct wrn_endpoint *source = &datagram->source, *destination = &datagram->destination;
    uint8_t bytes[2 * (sizeof source->address + 2)];
    size_t at = 0;

    memcpy(bytes, source->address, sizeof source->address);
    at += sizeof source->address;
    bytes[at++] = (uint8_t)source->port;
    bytes[at++] = (uint8_t)(source->port >> 8);
    memcpy(bytes + at, destination->address, sizeof destination->address);
    at += sizeof destination->address;
    bytes[at++] = (uint8_t)destination->port;
    bytes[at++] = (uint8_t)(destination->port >> 8);
    return (uint32_t)sim_sip(half->flow.k0, half->flow.k1, bytes, at);
}

static void enqueue(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_datagram *datagram)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    const uint32_t headers = datagram->source.family == 4 ? 28 : 48;
    struct sim_line dropped = {0};

    datagram->queued.bytes = datagram->length + headers * pieces_of(world, place, datagram);
    if (half->half->queue.kind == SIM_FQ_CODEL)
        datagram->queued.flow = flow_of(half, datagram);
    datagram->queued.capable = (datagram->tos & 3) == 1 || (datagram->tos & 3) == 2;
    datagram->queued.marked = false;
    if (half->leaving)
        SIM_MARK(world, "queued");
    if (half->half->rate.ps_per_byte == 0 && half->half->rate.count == 0) /* behind what an earlier path has left */
        sim_held_up(&world->watch, datagram->pair);
    if (!half->leaving && sim_buffer_passes(&half->buffer, &half->half->queue, &datagram->queued)) {
        begin_to_leave(world, place, side, &datagram->queued);
        return;
    }
    sim_buffer_put(&half->buffer, &half->half->queue, &world->memory, &datagram->queued, world->now, &dropped);
    lose_all(world, place, side, &dropped, SIM_LOST_QUEUE);
    if (!half->leaving)
        serve(world, place, side);
}

void sim_half_offer(struct sim_world *world, struct sim_place *place, uint32_t side, struct sim_datagram *datagram)
{
    struct sim_half_state *half = side == SIM_UP ? &place->up : &place->down;
    const struct sim_path *path = &world->plan->paths[place->path];
    const uint32_t pieces = pieces_of(world, place, datagram);
    bool ruled = by_rule(world, half, ++half->offered, pieces);

    datagram->number = half->offered;
    if (half->drop_count > 0 && (half->drop_types & type_bit(datagram))) {
        half->drop_count--;
        half->lost++;
        sim_link_lose(world, place->number, side, datagram, SIM_LOST_DROP_NEXT);
        return;
    }
    if (ruled || (path->mtu > 0 && datagram->length > path->mtu && pieces == 1)) {
        half->lost++;
        sim_link_lose(world, place->number, side, datagram, ruled ? SIM_LOST_PATH : SIM_LOST_MTU);
        return;
    }
    half->in_flight++;
    if (half->half->rate.ps_per_byte > 0 || half->half->rate.count > 0 || half->leaving)
        enqueue(world, place, side, datagram);
    else
        depart(world, place, side, datagram);
}
