#include "base.h"
#include "parts.h"
#include "text.h"

/* Floods: noise in the form of one type of message, at a steady rate. Who sends it knows no secret: a valid mac1 takes the
 * receiver's public key only, and nobody holds the attacker to its own address. Nor does it pay for every mac1 what checking one
 * costs: initiations are made once, a few hundred, and sent over and over from other addresses. */

#define NOISE_MOST 256u
#define READY 256u
#define WORDS 64u /* values of the stream per datagram */

static void draw(const struct sim_stream *stream, uint64_t number, uint8_t *out, uint32_t length)
{
    for (uint32_t at = 0; at < length; at += 8) {
        uint8_t word[8];

        sim_store64(word, sim_value(stream, number * WORDS + at / 8));
        memcpy(out + at, word, length - at < 8 ? length - at : 8);
    }
}

/* The last of a datagram's values say where it claims to come from, and how long it is where that is open. */
static struct wrn_endpoint source_of(const struct sim_place *place, const struct sim_stream *stream, uint64_t number)
{
    const struct wrn_prefix *spoof = &place->plan->spoof;
    struct wrn_endpoint source = {.family = spoof->family};
    uint8_t drawn[16] = {0};

    if (spoof->family == 0)
        return place->outer;
    sim_store64(drawn, sim_value(stream, number * WORDS + WORDS - 1));
    if (spoof->family == 6)
        sim_store64(drawn + 8, sim_value(stream, number * WORDS + WORDS - 2));
    for (unsigned i = 0; i < (spoof->family == 4 ? 4u : 16u); i++) {
        const unsigned fixed = spoof->length > 8 * i ? spoof->length - 8 * i : 0; /* bits of the prefix in this byte */
        const uint8_t mask = (uint8_t)(fixed >= 8 ? 0xffu : ~(0xffu >> fixed));

        source.address[i] = (uint8_t)((spoof->address[i] & mask) | (drawn[i] & ~mask));
    }
    source.port = (uint16_t)(1 + sim_below(stream, number * WORDS + WORDS - 3, 65535));
    return source;
}

/* By the provider that the world's engines have, or it would not be valid there. */
static void put_mac1(struct sim_place *place, uint8_t *message, uint32_t at, struct sim_place *receiver)
{
    static const uint8_t label[8] = {'m', 'a', 'c', '1', '-', '-', '-', '-'};
    struct wrn_hash hash = {.first = label, .first_length = 8, .second = place->world->public_keys[receiver->number],
                            .second_length = 32, .out = receiver->mac1_key};
    struct wrn_mac mac = {
        .key = receiver->mac1_key, .key_length = 32, .data = message, .length = at, .out = message + at, .out_length = 16};

    if (memcmp(receiver->mac1_of, hash.second, 32) != 0)
        sim_shim.hash(place, &hash, 1);
    memcpy(receiver->mac1_of, hash.second, 32);
    sim_shim.mac(place, &mac, 1);
}

static uint32_t make(struct sim_place *place, const struct sim_event *event, const struct sim_stream *stream, uint64_t number,
                     uint32_t to, uint8_t out[NOISE_MOST])
{
    static const uint32_t lengths[5] = {0, 148, 92, 64, 0};
    const uint64_t other = sim_value(stream, number * WORDS + WORDS - 4);
    uint32_t length, index, type = 0;

    while (!(event->types & 1u << type))
        type++;
    length = lengths[type];
    if (type == 4)
        length = 32 + 16 * (uint32_t)(other % 14);
    if (type == 0)
        length = 1 + (uint32_t)(other % NOISE_MOST);
    draw(stream, number, out, length);
    out[0] = (uint8_t)type;
    if (type == 0) {
        out[0] = (uint8_t)(5 + (other >> 32) % 251);
        return length;
    }
    memset(out + 1, 0, 3);
    if (type >= 2 && sim_attacker_index(place, to, &index)) /* who looks on knows where an answer is waited for */
        sim_store32(out + (type == 2 ? 8 : 4), index);
    if (type <= 2) {
        memset(out + length - 16, 0, 16); /* no mac2 */
        if (event->mac1)
            put_mac1(place, out, length - 32, &place->world->places[to]);
    }
    return length;
}

struct sim_ready {
    bool made;
    uint8_t public_key[32]; /* of the receiver that the mac1 is for */
    uint8_t message[148];
};

/* Every receiver has messages of its own, unless there are more receivers than messages. */
static uint32_t initiation(struct sim_place *place, const struct sim_event *event, const struct sim_flood *flood, uint64_t number,
                           uint32_t to, uint8_t out[NOISE_MOST])
{
    const uint64_t at = number % (event->count_a < READY ? READY - READY % event->count_a : READY);
    struct sim_ready *ready = &flood->ready[at];
    const uint8_t *public_key = place->world->public_keys[to];

    if (!ready->made || memcmp(ready->public_key, public_key, 32) != 0) {
        make(place, event, &flood->stream, at, to, out);
        memcpy(ready->message, out, sizeof ready->message);
        memcpy(ready->public_key, public_key, sizeof ready->public_key);
        ready->made = true;
    }
    memcpy(out, ready->message, sizeof ready->message);
    return sizeof ready->message;
}

static void begin(const struct sim_place *place, const struct sim_event *event, struct sim_flood *flood)
{
    char identity[2 * SIM_NAME_BYTES + 24];

    sim_text_fill(identity, sizeof identity, "%s %s %u",
                  (const struct sim_part[]){{place->plan->name, 0}, {event->name, 0}, {NULL, event->at}}, 3);
    sim_stream_init(&flood->stream, place->world->plan->seed, "flood", identity);
    if (event->mac1 && event->types == 1u << 1)
        flood->ready = sim_take(&place->world->memory, READY * sizeof *flood->ready); /* null: each is made for itself */
    flood->begun = true;
}

void sim_flood_next(struct sim_world *world, uint32_t number)
{
    const struct sim_event *event = &world->plan->events[number];
    struct sim_place *place = &world->places[event->node];
    struct sim_flood *flood = &world->floods[number];
    const uint64_t sent = flood->sent++;
    const uint32_t to = (uint32_t)world->plan->numbers[event->first_a + sent % event->count_a];
    const wrn_time next = event->at + (sent + 1) / event->rate * WRN_SECOND + (sent + 1) % event->rate * WRN_SECOND / event->rate;
    struct wrn_endpoint source;
    uint8_t noise[NOISE_MOST];
    uint32_t length;

    if (world->now >= event->until)
        return;
    if (!flood->begun)
        begin(place, event, flood);
    source = source_of(place, &flood->stream, sent);
    length = flood->ready ? initiation(place, event, flood, sent, to, noise)
                          : make(place, event, &flood->stream, sent, to, noise);
    if (event->kind != SIM_DO_THIEF || sim_thief_sign(world, number, noise, &source)) {
        SIM_MARK(world, "flooded");
        sim_link_forge(world, place, noise, length, &source, &world->places[to].outer);
    }
    if (next < event->until && next <= world->plan->stop)
        sim_queue_push(&world->queue, next, SIM_TASK_FLOOD, number, NULL);
}
