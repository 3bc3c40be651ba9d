#include "base.h"
#include "hands.h"

/*
 * A peer gone bad: its engine is honest, but whoever owns the node has its session keys, and seals with them what no honest
 * engine would. What comes of it is authentic; everything behind that is what the receiver has to look at (P-100 to P-107).
 */

#define VALUES     16u   /* of the stream per datagram */
#define AHEAD      4000u /* of the engine's own counter, inside the window */
#define JUMP       (1u << 20)
#define INNER_MOST 256u
#define TRIES      8u

struct sim_keyring { /* of a pair, as the node last used it */
    uint8_t key[32];
    uint32_t index;
    uint64_t counter, ahead; /* newest of the engine's; of what was sealed beside it, with this key */
    struct wrn_endpoint remote;
    bool there;
};

bool sim_bad_begin(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->plan->event_count; i++) {
        const struct sim_event *event = &world->plan->events[i];
        struct sim_place *place = event->kind == SIM_DO_MISBEHAVE ? &world->places[event->node] : NULL;
        const uint32_t *first = world->watch.first_pair;

        if (!place || place->keyring)
            continue;
        place->keyring = sim_take(&world->memory, (first[event->node + 1] - first[event->node] + 1) * sizeof *place->keyring);
        if (!place->keyring)
            return false;
    }
    return true;
}

void sim_bad_sent(struct sim_place *place, uint32_t pair, const uint8_t *data, const struct wrn_endpoint *remote)
{
    struct sim_keyring *ring = &place->keyring[pair - place->world->watch.first_pair[place->number]];

    if (memcmp(ring->key, place->sealed_with, sizeof ring->key) != 0)
        ring->ahead = 0;
    memcpy(ring->key, place->sealed_with, sizeof ring->key);
    ring->index = sim_load32(data + 4);
    ring->counter = sim_load64(data + 8);
    ring->remote = *remote;
    ring->there = true;
}

/* An address that is not this peer's at the receiver, best somebody else's (G-7). False: everything is this peer's. */
static bool foreign_address(const struct sim_world *world, const struct sim_stream *stream, uint64_t base, uint32_t pair,
                            uint8_t out[4])
{
    const struct sim_plan *plan = world->plan;
    const uint32_t receiver = plan->peers[pair].node;
    const uint32_t *first = world->watch.first_pair;

    for (uint32_t try = 0; try < TRIES; try++) {
        const uint64_t drawn = sim_value(stream, base + 4 + try);
        const uint32_t other = first[receiver] + (uint32_t)(drawn % (first[receiver + 1] - first[receiver]));
        const struct sim_peer *peer = &plan->peers[other];

        sim_store32(out, (uint32_t)(drawn >> 32));
        if (other != pair && peer->prefix_count > 0 && plan->prefixes[peer->first_prefix].family == 4)
            memcpy(out, plan->prefixes[peer->first_prefix].address, 4);
        if (sim_route_owner(&world->watch, receiver, 4, out) != pair)
            return true;
    }
    return false;
}

/* An inner packet that must not come out. Returns its length, padded. */
static uint32_t make_inner(const struct sim_world *world, const struct sim_stream *stream, uint64_t base, uint32_t pair,
                           uint32_t what, uint8_t out[INNER_MOST])
{
    const uint64_t drawn = sim_value(stream, base + 2);
    const uint8_t version = (uint8_t)(drawn >> 8 & 15);
    const bool ipv6 = drawn & 1;
    uint32_t length = 64;

    memset(out, 0, INNER_MOST);
    out[0] = ipv6 ? 0x60 : 0x45;
    out[3] = 64; /* IPv4: the total length */
    out[5] = 24; /* IPv6: what follows the header; of no meaning in IPv4 */
    switch (what) {
    case SIM_SEAL_SOURCE:
        out[0] = 0x45;
        if (!foreign_address(world, stream, base, pair, out + 12))
            out[0] = 0x15;
        break;
    case SIM_SEAL_VERSION:
        out[0] = (uint8_t)((version == 4 || version == 6 ? 0 : version) << 4 | 5);
        break;
    case SIM_SEAL_LENGTH:
        sim_store32(out + 2, ipv6 ? 0xffffff00u : drawn & 2 ? 0x1300u : 0xffffu); /* 19 bytes, or far too many */
        if (ipv6)
            out[4] = out[5] = 0xff;
        break;
    default:
        length = 1 + (uint32_t)(drawn >> 16) % 19; /* shorter than any header */
        break;
    }
    return length;
}

static uint64_t counter_of(const struct sim_stream *stream, uint64_t base, struct sim_keyring *ring, uint32_t what)
{
    const uint64_t drawn = sim_value(stream, base + 3);

    if (ring->ahead < ring->counter + AHEAD)
        ring->ahead = ring->counter + AHEAD;
    switch (what) {
    case SIM_SEAL_JUMP:
        return ring->ahead += JUMP;
    case SIM_SEAL_OLD:
        return drawn % (ring->counter + 1);
    case SIM_SEAL_LIMIT:
        return UINT64_MAX - drawn % 4096;
    default:
        return ++ring->ahead;
    }
}

static void misbehave(struct sim_place *place, const struct sim_event *event, uint32_t pair, uint64_t number)
{
    struct sim_world *world = place->world;
    struct sim_keyring *ring = &place->keyring[pair - world->watch.first_pair[place->number]];
    const uint32_t reverse = world->watch.facts[pair].reverse;
    const uint64_t base = number * VALUES;
    struct sim_stream stream;
    uint8_t message[16 + INNER_MOST + WRN_TAG_BYTES] = {4};
    struct wrn_aead aead = {.key = ring->key, .data = message + 16};
    uint32_t what = event->change;

    if (!ring->there || reverse == SIM_NONE)
        return;
    sim_attack_stream(world, event, "gone bad", &stream);
    if (what == SIM_SEAL_ANY)
        what = 1 + (uint32_t)sim_below(&stream, base + 1, SIM_SEALS - 1);
    aead.counter = counter_of(&stream, base, ring, what);
    if (what < SIM_SEAL_JUMP)
        aead.length = make_inner(world, &stream, base, reverse, what, message + 16);
    sim_store32(message + 4, ring->index);
    sim_store64(message + 8, aead.counter);
    world->watch.crypto->seal(world->watch.crypto_context, &aead, 1);
    SIM_MARK(world, "misbehaved");
    sim_link_send(world, place, message, (uint32_t)(16 + aead.length + WRN_TAG_BYTES), &ring->remote, pair, SIM_CAUSE_ATTACK, 0);
}

void sim_bad_next(struct sim_world *world, uint32_t number)
{
    const struct sim_event *event = &world->plan->events[number];
    struct sim_place *place = &world->places[event->node];
    const uint64_t sent = world->floods[number].sent++;
    const uint32_t to = (uint32_t)world->plan->numbers[event->first_a + sent % event->count_a];

    for (uint32_t i = world->watch.first_pair[place->number]; place->running && i < world->watch.first_pair[place->number + 1];
         i++)
        if (world->plan->peers[i].peer == to)
            misbehave(place, event, i, sent);
    if (sent + 1 < event->count && world->now + event->every <= world->plan->stop)
        sim_queue_push(&world->queue, world->now + event->every, SIM_TASK_BAD, number, NULL);
}
