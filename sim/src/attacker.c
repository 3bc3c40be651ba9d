#include "base.h"
#include "parts.h"

/* An attacker in the core of the network: it keeps copies of what passes to or from the nodes it watches, and sends them again,
 * from its own address or the sender's, to where they went or elsewhere. It sees bytes and addresses, nothing else. */

#define RECORDED_MOST (1u << 20)

struct copy {
    struct sim_datagram *datagram;
    uint32_t type; /* bit */
};

struct sim_recorder {
    struct sim_recorder *next;
    uint32_t number; /* of its node */
    uint8_t *watched; /* by node */
    struct { uint32_t index; bool there; } *asked; /* by node: of the newest initiation that it was seen to send */
    uint32_t types;
    wrn_time until;
    struct sim_vector copies; /* of struct copy */
    uint32_t replay_types, replay_left;
    uint64_t replayed;
    const struct sim_event *replay; /* the newest */
    uint64_t replay_at, replay_end;
    wrn_time every;
    bool     replaying;
};

bool sim_attacker_begin(struct sim_world *world, struct sim_place *place)
{
    place->recorder = sim_take(&world->memory, sizeof *place->recorder);
    if (!place->recorder)
        return false;
    place->recorder->next = world->recorders;
    place->recorder->number = place->number;
    world->recorders = place->recorder;
    place->recorder->watched = sim_take(&world->memory, world->plan->node_count);
    place->recorder->asked = sim_take(&world->memory, world->plan->node_count * sizeof *place->recorder->asked);
    return place->recorder->watched && place->recorder->asked;
}

bool sim_attacker_index(const struct sim_place *place, uint32_t node, uint32_t *index)
{
    *index = place->recorder->asked[node].index;
    return place->recorder->asked[node].there;
}

void sim_attacker_record(struct sim_place *place, const struct sim_event *event)
{
    struct sim_recorder *recorder = place->recorder;
    const struct sim_plan *plan = place->world->plan;

    memset(recorder->watched, 0, plan->node_count);
    for (uint32_t i = 0; i < event->count_a; i++)
        recorder->watched[plan->numbers[event->first_a + i]] = 1;
    recorder->types = event->types;
    recorder->until = event->until;
}

static uint32_t type_bit(const struct sim_datagram *datagram)
{
    return 1u << (datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0);
}

static void keep(struct sim_world *world, struct sim_recorder *recorder, const struct sim_datagram *datagram)
{
    struct sim_datagram *copy;
    uint8_t *data;

    if (recorder->copies.count >= RECORDED_MOST
        || !sim_vector_room(&world->memory, &recorder->copies, sizeof(struct copy), recorder->copies.count + 1))
        return;
    copy = sim_datagram_take(world, datagram->length);
    if (!copy)
        return;
    data = copy->data;
    memcpy(data, datagram->data, datagram->length);
    *copy = *datagram;
    copy->data = data;
    ((struct copy *)recorder->copies.data)[recorder->copies.count++] = (struct copy){copy, type_bit(datagram)};
    SIM_MARK(world, "recorded");
}

void sim_attacker_see(struct sim_world *world, const struct sim_datagram *datagram, uint32_t from, uint32_t to)
{
    for (struct sim_recorder *recorder = world->recorders; recorder; recorder = recorder->next) {
        if (recorder->number == from || world->now >= recorder->until || !(recorder->types & type_bit(datagram)))
            continue;
        if (recorder->watched[from] && datagram->length == 148 && datagram->data[0] == 1) {
            recorder->asked[from].index = sim_load32(datagram->data + 4);
            recorder->asked[from].there = true;
        }
        if (recorder->watched[from] || (to != SIM_NONE && recorder->watched[to]))
            keep(world, recorder, datagram);
    }
}

void sim_attacker_replay(struct sim_place *place, const struct sim_event *event)
{
    struct sim_recorder *recorder = place->recorder;
    bool was = recorder->replaying;

    recorder->replay_types = event->types;
    recorder->replay_left = event->count > 0 ? event->count : UINT32_MAX;
    recorder->replay_at = 0;
    recorder->replay_end = recorder->copies.count;
    recorder->every = event->every;
    recorder->replay = event;
    recorder->replayed = 0;
    recorder->replaying = true;
    if (!was)
        sim_queue_push(&place->world->queue, place->world->now, SIM_TASK_REPLAY, place->number, NULL);
}

const struct sim_datagram *sim_attacker_copy(const struct sim_place *place, uint64_t number)
{
    const struct copy *copies = place->recorder->copies.data;

    return number < place->recorder->copies.count ? copies[number].datagram : NULL;
}

static void send_again(struct sim_place *place, const struct sim_datagram *datagram)
{
    struct sim_recorder *recorder = place->recorder;
    const struct sim_event *event = recorder->replay;
    const struct wrn_endpoint *to = &datagram->destination;

    if (event->count_a > 0)
        to = &place->world->places[place->world->plan->numbers[event->first_a + recorder->replayed % event->count_a]].outer;
    recorder->replayed++;
    SIM_MARK(place->world, "replayed");
    if (event->as == SIM_AS_SENDER)
        sim_link_forge(place->world, place, datagram->data, datagram->length, &datagram->source, to);
    else
        sim_link_send(place->world, place, datagram->data, datagram->length, to, SIM_NONE, SIM_CAUSE_ATTACK, datagram->tos);
}

void sim_attacker_next(struct sim_place *place)
{
    struct sim_recorder *recorder = place->recorder;
    const struct copy *copies = recorder->copies.data;

    while (recorder->replay_at < recorder->replay_end && !(copies[recorder->replay_at].type & recorder->replay_types))
        recorder->replay_at++;
    if (recorder->replay_at >= recorder->replay_end || recorder->replay_left == 0) {
        recorder->replaying = false;
        return;
    }
    const struct sim_datagram *datagram = copies[recorder->replay_at++].datagram;

    recorder->replay_left--;
    send_again(place, datagram);
    sim_queue_push(&place->world->queue, place->world->now + recorder->every, SIM_TASK_REPLAY, place->number, NULL);
}
