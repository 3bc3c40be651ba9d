#include "play.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 1024u               /* endpoints whose owner is known */
#define EPOCH  (3600 * WRN_SECOND) /* where the engines' clock stands at the first frame: room before it */

struct place {
    struct wrn_endpoint endpoint;
    uint8_t key[32];
};

struct voice {
    uint8_t key[32];
    uint32_t interface; /* that it was heard on first */
};

struct conform {
    const struct keys *keys;
    const struct wrn_crypto *crypto;
    void *context;
    struct conform_listener listener;
    struct side **sides; /* one for each static key; null: not seen, or no memory */
    struct chain by_key; /* the static keys, and so the sides */
    uint32_t *links;
    struct place places[PLACES];
    struct voice voices[PLACES];
    uint32_t place_count, voice_count;
    bool begun;
    uint64_t first_ns;
    wrn_time now;
};

static bool same_endpoint(const struct wrn_endpoint *a, const struct wrn_endpoint *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->address, b->address, 16) == 0;
}

static const uint8_t *owner_of(const struct conform *conform, const struct wrn_endpoint *endpoint)
{
    for (uint32_t i = 0; i < conform->place_count; i++)
        if (same_endpoint(&conform->places[i].endpoint, endpoint))
            return conform->places[i].key;
    return NULL;
}

static void learn(struct conform *conform, const struct wrn_endpoint *endpoint, const uint8_t *key)
{
    if (!key || owner_of(conform, endpoint) || conform->place_count == PLACES)
        return;
    struct place *place = &conform->places[conform->place_count++];
    place->endpoint = *endpoint;
    memcpy(place->key, key, 32);
}

static struct side *side_of(const struct conform *conform, const uint8_t *key)
{
    for (uint32_t row = key ? chain_newest(&conform->by_key, chain_number(key)) : CHAIN_END; row != CHAIN_END;
         row = conform->links[row])
        if (memcmp(conform->keys->statics[row].public_key, key, 32) == 0)
            return conform->sides[row];
    return NULL;
}

static struct side *side_made(struct conform *conform, const uint8_t *key)
{
    for (size_t i = 0; i < conform->keys->static_count && key; i++) {
        const struct key_pair *pair = &conform->keys->statics[i];
        if (memcmp(pair->public_key, key, 32) != 0)
            continue;
        struct side *side = conform->sides[i];
        if (!side && (side = calloc(1, sizeof *side)) != NULL) {
            side->keys = pair;
            memcpy(side->report.public_key, key, 32);
            conform->sides[i] = side;
            if (!side_begin(side, conform->crypto, conform->context)) {
                side_end(side);
                free(side);
                conform->sides[i] = side = NULL;
            }
        }
        return side;
    }
    return NULL;
}

struct conform *conform_begin(const struct keys *keys, const struct wrn_crypto *crypto, void *context,
                              const struct conform_listener *listener)
{
    struct conform *conform = calloc(1, sizeof *conform);
    if (!conform)
        return NULL;
    conform->keys = keys;
    conform->crypto = crypto;
    conform->context = context;
    conform->listener = *listener;
    conform->sides = calloc(keys->static_count + 1, sizeof *conform->sides);
    conform->links = calloc(keys->static_count + 1, sizeof *conform->links);
    if (!conform->sides || !conform->links) {
        conform_end(conform);
        return NULL;
    }
    chain_begin(&conform->by_key);
    for (size_t i = keys->static_count; i-- > 0;) /* of keys that are there twice, the first is found */
        chain_add(&conform->by_key, conform->links, (uint32_t)i, chain_number(keys->statics[i].public_key));
    return conform;
}

/* Where this key was heard first: what a node says passes its own interface before any other. */
static uint32_t heard(struct conform *conform, const uint8_t *key, uint32_t interface)
{
    for (uint32_t i = 0; i < conform->voice_count && key; i++)
        if (memcmp(conform->voices[i].key, key, 32) == 0)
            return conform->voices[i].interface;
    if (key && conform->voice_count < PLACES) {
        memcpy(conform->voices[conform->voice_count].key, key, 32);
        conform->voices[conform->voice_count++].interface = interface;
    }
    return interface;
}

void conform_survey(struct conform *conform, const struct reader_datagram *datagram, const struct opened *opened)
{
    if (opened->type < 1 || opened->type > 3 || opened->why)
        return;
    struct side *from = side_made(conform, opened->from), *to = side_made(conform, opened->to);
    learn(conform, &datagram->found.source, opened->from);
    learn(conform, &datagram->found.destination, opened->to);
    uint32_t out = heard(conform, opened->from, datagram->interface);
    if (from) {
        from->has_out = true;
        from->out = out;
    }
    if (to && !to->has_in && opened->from && datagram->interface != out) {
        to->has_in = true;
        to->in = datagram->interface;
    }
    if (from && !from->report.endpoint.family)
        from->report.endpoint = datagram->found.source;
    if (to && !to->report.endpoint.family)
        to->report.endpoint = datagram->found.destination;
}

/* One bit beside a message type, with a length that fits: what it was meant to be. 0: it is none. */
static uint8_t nearly(const uint8_t *message, uint32_t length)
{
    static const uint32_t lengths[5] = {0, 148, 92, 64, 0};
    for (uint32_t type = 1; type <= 4 && length >= 32; type++) {
        uint32_t off = conform_le32(message) ^ type;
        if (off && (off & (off - 1)) == 0 && (type == 4 ? length % 16 == 0 : length == lengths[type]))
            return (uint8_t)type;
    }
    return 0;
}

void conform_take(struct conform *conform, const struct reader_datagram *datagram, const struct opened *opened)
{
    static const struct opened other = {.why = "its type is none", .failed = true};
    struct happening happening = {.keys = conform->keys,
                                  .listener = &conform->listener,
                                  .datagram = datagram,
                                  .opened = opened,
                                  .message = datagram->found.data,
                                  .length = datagram->found.length,
                                  .type = opened->type};
    const uint8_t *from = opened->from ? opened->from : owner_of(conform, &datagram->found.source);
    const uint8_t *to = opened->to ? opened->to : owner_of(conform, &datagram->found.destination);

    if (!conform->begun)
        conform->first_ns = datagram->time_ns;
    conform->begun = true;
    if (datagram->time_ns >= conform->first_ns && datagram->time_ns - conform->first_ns + EPOCH > conform->now)
        conform->now = datagram->time_ns - conform->first_ns + EPOCH;
    happening.at = conform->now;
    if (!happening.type && (!from || !to || !(happening.type = nearly(happening.message, happening.length))))
        return;
    if (!opened->type)
        happening.opened = &other;
    struct side *side = side_of(conform, from);
    happening.other = to;
    if (side && (!side->has_out || side->out == datagram->interface))
        play_sent(side, &happening);
    side = side_of(conform, to);
    happening.other = from;
    if (side && opened->type && (!side->has_in || side->in == datagram->interface))
        play_received(side, &happening);
}

void conform_finish(struct conform *conform)
{
    for (size_t i = 0; i < conform->keys->static_count; i++)
        if (conform->sides[i])
            play_over(conform->sides[i]);
}

const struct conform_side *conform_side(const struct conform *conform, size_t number)
{
    for (size_t i = 0; i < conform->keys->static_count; i++)
        if (conform->sides[i] && number-- == 0)
            return &conform->sides[i]->report;
    return NULL;
}

void conform_end(struct conform *conform)
{
    for (size_t i = 0; conform->sides && i < conform->keys->static_count; i++) {
        if (!conform->sides[i])
            continue;
        side_end(conform->sides[i]);
        memset(conform->sides[i], 0, sizeof *conform->sides[i]);
        free(conform->sides[i]);
    }
    free(conform->sides);
    free(conform->links);
    free(conform);
}

const char *conform_due_name(enum conform_due due)
{
    static const char *const names[CONFORM_DUES] = {"new handshake", "retransmission", "keepalive"};
    return names[due];
}
