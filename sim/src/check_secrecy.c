#include "base.h"
#include "hunt.h"
#include "hands.h"
#include "ledger.h"
#include "secrets.h"

/*
 * S24, the drill: an attacker gets the static keys and the whole memory of some nodes, and has recorded what they sent. Sessions
 * that are dead in all of these nodes, by the checkers' own ledger, must stay closed: it tries every 32 bytes of what it got as a
 * transport key and as the last chaining key of a handshake, from which both transport keys come (P-18), and as an ephemeral key
 * of a recorded handshake, with which and the static keys it could compute the rest.
 */

#define BLOCK 64u
#define PLAIN 12u /* a window with more zeros than this is no key */

struct target {
    const struct sim_session *session;
    const struct sim_datagram *datagram;
};

struct drill {
    struct sim_world *world;
    uint32_t node;                         /* whose memory */
    struct sim_vector targets, ephemerals; /* of struct target, of 32 bytes */
};

static void hmac(const struct sim_watch *watch, const uint8_t key[32], const uint8_t *input, size_t length, uint8_t out[32])
{
    uint8_t inner[BLOCK], outer[BLOCK], digest[32];
    struct wrn_hash hash = {.first = inner, .first_length = BLOCK, .second = input, .second_length = length, .out = digest};

    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (unsigned i = 0; i < 32; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    watch->crypto->hash(watch->crypto_context, &hash, 1);
    hash = (struct wrn_hash){.first = outer, .first_length = BLOCK, .second = digest, .second_length = 32, .out = out};
    watch->crypto->hash(watch->crypto_context, &hash, 1);
}

/* With the sender's and the receiver's session of one handshake, when both have one. */
static const struct sim_session *session_of(const struct sim_watch *watch, uint32_t pair, uint32_t index, bool local)
{
    const struct sim_session *session = pair == SIM_NONE ? NULL : sim_ledger_last(watch, pair);

    while (session && (local ? session->local : session->remote) != index)
        session = session->older;
    return session;
}

static bool has(const uint8_t *group, uint32_t node)
{
    return group[node] != 0;
}

/* Is this datagram's session dead in every node whose memory is known? */
static const struct sim_session *dead_session(const struct sim_world *world, const struct sim_datagram *datagram,
                                              const uint8_t *known)
{
    const struct sim_watch *watch = &world->watch;
    const uint32_t pair = datagram->pair, reverse = watch->facts[pair].reverse, index = sim_load32(datagram->data + 4);
    const struct sim_session *sender = session_of(watch, pair, index, false), *receiver = session_of(watch, reverse, index, true);

    if (has(known, watch->plan->peers[pair].node) && (!sender || sim_session_lives(watch, sender)))
        return NULL;
    if (has(known, watch->plan->peers[pair].peer) && (!receiver || sim_session_lives(watch, receiver)))
        return NULL;
    return sender ? sender : receiver;
}

static void choose(struct drill *drill, const struct sim_datagram *datagram, const uint8_t *known)
{
    struct sim_memory *memory = &drill->world->memory;
    struct target *targets = drill->targets.data;
    const struct sim_session *session = dead_session(drill->world, datagram, known);
    uint64_t i = 0;

    if (!session)
        return;
    while (i < drill->targets.count && (targets[i].session != session || targets[i].datagram->node != datagram->node))
        i++;
    if (i < drill->targets.count) {
        if (datagram->length < targets[i].datagram->length)
            targets[i].datagram = datagram;
    } else if (sim_vector_room(memory, &drill->targets, sizeof *targets, i + 1)) {
        ((struct target *)drill->targets.data)[i] = (struct target){session, datagram};
        drill->targets.count++;
    }
}

static void choose_ephemeral(struct drill *drill, const struct sim_datagram *datagram)
{
    uint8_t(*publics)[32];

    if (!sim_vector_room(&drill->world->memory, &drill->ephemerals, sizeof *publics, drill->ephemerals.count + 1))
        return;
    publics = drill->ephemerals.data;
    memcpy(publics[drill->ephemerals.count++], datagram->data + (datagram->data[0] == 1 ? 8 : 12), 32);
}

static bool opens(const struct drill *drill, const uint8_t key[32])
{
    const struct target *targets = drill->targets.data;
    const struct sim_watch *watch = &drill->world->watch;

    for (uint64_t i = 0; i < drill->targets.count; i++) {
        const struct sim_datagram *datagram = targets[i].datagram;
        struct wrn_aead aead = {.key = key,
                                .counter = sim_load64(datagram->data + 8),
                                .data = drill->world->packet,
                                .length = datagram->length - 16 - WRN_TAG_BYTES};

        memcpy(drill->world->packet, datagram->data + 16, datagram->length - 16);
        watch->crypto->open(watch->crypto_context, &aead, 1);
        if (aead.good)
            return true;
    }
    return false;
}

static bool opens_by_chain(const struct drill *drill, const uint8_t chain[32])
{
    static const uint8_t one = 1;
    uint8_t root[32], key[33];

    hmac(&drill->world->watch, chain, NULL, 0, root);
    hmac(&drill->world->watch, root, &one, 1, key);
    if (opens(drill, key))
        return true;
    key[32] = 2;
    hmac(&drill->world->watch, root, key, 33, key);
    return opens(drill, key);
}

/* The private key of a handshake that was recorded, and is not waiting for its answer? */
static bool is_ephemeral(const struct drill *drill, const uint8_t secret[32])
{
    static const uint8_t base[32] = {9};
    const uint8_t(*publics)[32] = (const uint8_t(*)[32])drill->ephemerals.data;
    uint8_t out[32];
    struct wrn_dh dh = {.secret = secret, .point = base, .out = out};

    drill->world->watch.crypto->dh(drill->world->watch.crypto_context, &dh, 1);
    for (uint64_t i = 0; i < drill->ephemerals.count; i++)
        if (memcmp(publics[i], out, 32) == 0)
            return true;
    return false;
}

static bool is_plain(const uint8_t window[32])
{
    unsigned zeros = 0;

    for (unsigned i = 0; i < 32; i++)
        zeros += window[i] == 0;
    return zeros > PLAIN;
}

static void broken(const struct drill *drill, const char *text, size_t at)
{
    sim_rule_broken(&drill->world->watch, SIM_S24, drill->world->now, drill->node, text, at, drill->targets.count);
}

/* One after the other, every 32 bytes. */
static void try_all(const struct drill *drill, const uint8_t *memory, size_t size)
{
    for (size_t at = 0; at + 32 <= size; at++) {
        if (is_plain(memory + at))
            continue;
        if (opens(drill, memory + at))
            broken(drill, "a transport key at byte %u of its memory opens what is recorded of %u dead sessions", at);
        else if (opens_by_chain(drill, memory + at))
            broken(drill, "a chaining key at byte %u of its memory opens what is recorded of %u dead sessions", at);
        else if (is_ephemeral(drill, memory + at))
            broken(drill, "an ephemeral key at byte %u of its memory is of a recorded handshake; %u dead sessions", at);
        else
            continue;
        return;
    }
}

static void gather(struct drill *drill, const struct sim_place *attacker, const uint8_t *known)
{
    const struct sim_watch *watch = &drill->world->watch;
    const struct sim_datagram *datagram;

    for (uint64_t i = 0; (datagram = sim_attacker_copy(attacker, i)) != NULL; i++) {
        if (datagram->pair == SIM_NONE || datagram->changed || datagram->cause == SIM_CAUSE_ATTACK)
            continue;
        if (datagram->length >= 32 && datagram->data[0] == 4)
            choose(drill, datagram, known);
        if ((datagram->length == 148 && datagram->data[0] == 1 && !sim_initiation_waits(watch, datagram->pair, datagram->data)) ||
            (datagram->length == 92 && datagram->data[0] == 2))
            choose_ephemeral(drill, datagram);
    }
}

void sim_compromise(struct sim_world *world, const struct sim_event *event)
{
    struct drill drill = {.world = world};
    uint8_t *known;

    SIM_MARK(world, "compromised");
    if (world->plan->checks == SIM_CHECKS_NONE)
        return;
    known = sim_take(&world->memory, world->plan->node_count);
    if (!known)
        return;
    for (uint32_t i = 0; i < event->count_a; i++)
        known[world->plan->numbers[event->first_a + i]] = 1;
    gather(&drill, &world->places[event->node], known);
    world->watch.invariants[SIM_S24].checked += drill.targets.count;
    SIM_MARK_TIMES(world, "dead_session_tried", drill.targets.count);
    for (uint32_t i = 0; i < event->count_a; i++) {
        const struct sim_place *place = &world->places[world->plan->numbers[event->first_a + i]];

        drill.node = place->number;
        try_all(&drill, place->memory, place->memory_size);
        try_all(&drill, place->private_key, 32);
    }
}
