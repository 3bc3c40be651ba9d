#include "hands.h"
#include "base.h"
#include "text.h"

/* Attackers with their hands on the wire, in the core: they alter and hold what passes to or from the nodes that they watch. They
 * know bytes and addresses, and no secret. */

#define VALUES 16u /* of the stream per datagram */

struct sim_hand {
    struct sim_hand *next;
    const struct sim_event *event;
    uint8_t *watched; /* by node */
    struct sim_stream stream;
    uint64_t seen; /* datagrams that it could have taken */
    uint32_t left;
};

void sim_attack_stream(const struct sim_world *world, const struct sim_event *event, const char *purpose,
                       struct sim_stream *stream)
{
    char identity[2 * SIM_NAME_BYTES + 24];

    sim_text_fill(identity, sizeof identity, "%s %s %u",
                  (const struct sim_part[]){{world->plan->nodes[event->node].name, 0}, {event->name, 0}, {NULL, event->at}}, 3);
    sim_stream_init(stream, world->plan->seed, purpose, identity);
}

void sim_hands_on(struct sim_world *world, const struct sim_event *event)
{
    struct sim_hand *hand = sim_take(&world->memory, sizeof *hand), **last = &world->hands;

    if (!hand)
        return;
    hand->watched = sim_take(&world->memory, world->plan->node_count);
    if (!hand->watched)
        return;
    for (uint32_t i = 0; i < event->count_a; i++)
        hand->watched[world->plan->numbers[event->first_a + i]] = 1;
    hand->event = event;
    hand->left = event->count > 0 ? event->count : UINT32_MAX;
    sim_attack_stream(world, event, event->kind == SIM_DO_TAMPER ? "tamper" : "delay", &hand->stream);
    while (*last)
        last = &(*last)->next;
    *last = hand;
}

static bool takes(const struct sim_world *world, struct sim_hand *hand, const struct sim_datagram *datagram, uint32_t to)
{
    const struct sim_event *event = hand->event;
    const unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;

    if (hand->left == 0 || world->now >= event->until || datagram->node == event->node || !(event->types & 1u << type))
        return false;
    if (!hand->watched[datagram->node] && (to == SIM_NONE || !hand->watched[to]))
        return false;
    return sim_chance(&hand->stream, hand->seen++ * VALUES, event->chance);
}

/* Tampering. ----------------------------------------------------------------------------------------------------------------- */

/* Where a field of a message stands: 0 bytes when its type has none. */
struct field {
    uint32_t at, bytes;
};

static struct field field_of(uint32_t change, const struct sim_datagram *datagram)
{
    static const struct field receivers[5] = {[2] = {8, 4}, [3] = {4, 4}, [4] = {4, 4}};
    const unsigned type = datagram->length > 0 && datagram->data[0] <= 4 ? datagram->data[0] : 0;
    const bool handshake = (type == 1 && datagram->length == 148) || (type == 2 && datagram->length == 92);

    switch (change) {
    case SIM_CHANGE_TYPE:
        return (struct field){0, 1};
    case SIM_CHANGE_RECEIVER:
        return receivers[type];
    case SIM_CHANGE_SENDER:
        return (struct field){4, handshake ? 4 : 0};
    case SIM_CHANGE_COUNTER:
        return (struct field){8, type == 4 ? 8 : 0};
    case SIM_CHANGE_MAC1:
        return (struct field){datagram->length - 32, handshake ? 16 : 0};
    case SIM_CHANGE_MAC2:
        return (struct field){datagram->length - 16, handshake ? 16 : 0};
    default:
        return (struct field){0, 0};
    }
}

static struct sim_datagram *of_length(struct sim_world *world, struct sim_datagram *datagram, uint32_t length)
{
    struct sim_datagram *other = sim_datagram_take(world, length), kept;

    if (!other)
        return datagram;
    kept = *other;
    *other = *datagram;
    other->data = kept.data;
    other->size_class = kept.size_class;
    other->length = length;
    memset(other->data, 0, length);
    memcpy(other->data, datagram->data, length < datagram->length ? length : datagram->length);
    sim_datagram_give(world, datagram);
    return other;
}

/* A field takes any other value: the mask that is laid over it is never 0. */
static void overwrite(struct sim_datagram *datagram, struct field field, uint64_t mask)
{
    mask |= (uint64_t)(mask % 256 == 0);
    for (uint32_t i = 0; i < field.bytes && field.at + i < datagram->length; i++)
        datagram->data[field.at + i] ^= (uint8_t)(mask >> 8 * (i % 8));
}

static struct sim_datagram *tamper(struct sim_world *world, const struct sim_hand *hand, struct sim_datagram *datagram)
{
    const uint64_t base = (hand->seen - 1) * VALUES, bits = (uint64_t)datagram->length * 8;
    uint32_t change = hand->event->change;
    uint64_t at;

    if (datagram->length == 0)
        return datagram;
    if (change == SIM_CHANGE_ANY)
        change = 1 + (uint32_t)sim_below(&hand->stream, base + 1, SIM_CHANGES - 1);
    if (change >= SIM_CHANGE_TYPE && field_of(change, datagram).bytes == 0)
        change = SIM_CHANGE_FLIP; /* a message without that field */
    at = sim_below(&hand->stream, base + 2, bits);
    switch (change) {
    case SIM_CHANGE_FLIP:
        datagram->data[at / 8] ^= (uint8_t)(1u << at % 8);
        break;
    case SIM_CHANGE_RUN:
        overwrite(datagram, (struct field){(uint32_t)(at / 8), 1 + (uint32_t)sim_below(&hand->stream, base + 3, 32)},
                  sim_value(&hand->stream, base + 4));
        break;
    case SIM_CHANGE_TRUNCATE:
        datagram = of_length(world, datagram, (uint32_t)(at / 8));
        break;
    case SIM_CHANGE_EXTEND:
        datagram = of_length(world, datagram, datagram->length + 1 + (uint32_t)sim_below(&hand->stream, base + 3, 64));
        break;
    default:
        overwrite(datagram, field_of(change, datagram), sim_value(&hand->stream, base + 4));
        break;
    }
    datagram->changed = true;
    SIM_MARK(world, "tampered");
    return datagram;
}

/* Holding. ------------------------------------------------------------------------------------------------------------------- */

static void hold(struct sim_world *world, const struct sim_hand *hand, struct sim_datagram *datagram)
{
    datagram->held_by = hand->event;
    SIM_MARK(world, "held_back");
    sim_queue_push(&world->queue, world->now + hand->event->every, SIM_TASK_RELEASE, 0, datagram);
}

void sim_hands_release(struct sim_world *world, struct sim_datagram *datagram)
{
    const struct sim_event *event = datagram->held_by;

    SIM_MARK(world, "released");
    if (event->as == SIM_AS_SENDER) {
        sim_link_pass_on(world, datagram, 0);
        return;
    }
    sim_link_send(world, &world->places[event->node], datagram->data, datagram->length, &datagram->destination, SIM_NONE,
                  SIM_CAUSE_ATTACK, datagram->tos);
    sim_datagram_give(world, datagram);
}

/* What an attacker had in its hands counts as the attacker's, even if it left it as it was. */
struct sim_datagram *sim_hands_pass(struct sim_world *world, struct sim_datagram *datagram, uint32_t to)
{
    for (struct sim_hand *hand = world->hands; hand; hand = hand->next) {
        if (!takes(world, hand, datagram, to))
            continue;
        hand->left--;
        datagram->cause = SIM_CAUSE_ATTACK;
        if (hand->event->kind == SIM_DO_DELAY) {
            hold(world, hand, datagram);
            return NULL;
        }
        datagram = tamper(world, hand, datagram);
        datagram->digest = sim_digest(datagram->data, datagram->length);
    }
    return datagram;
}
