#include "side.h"

#include <stdlib.h>
#include <string.h>

#define MTU_NONE 0u

static void *aligned(size_t size)
{
    return aligned_alloc(16, (size + 15) & ~(size_t)15);
}

bool side_begin(struct side *side, const struct wrn_crypto *crypto, void *context)
{
    struct wrn_config config;

    wrn_config_default(&config);
    config.limits.prefixes = 4;
    config.limits.stage_slots = 0;
    config.mtu = MTU_NONE;                             /* each packet says its own */
    config.load_rate = config.load_burst = UINT32_MAX; /* the capture says who was under load */
    memcpy(config.entropy, side->keys->public_key, sizeof config.entropy);
    side->limits = config.limits;
    side->crypto = crypto;
    side->context = context;
    side->routed = SIDE_NOBODY;
    chain_begin(&side->by_key);
    chain_begin(&side->by_index);
    side->memory = aligned(wrn_engine_size(&side->limits));
    side->pin_table = calloc(SIDE_PEERS, sizeof *side->pin_table);
    side->parties = calloc(SIDE_PEERS, sizeof *side->parties);
    if (!side->memory || !side->pin_table || !side->parties ||
        wrn_engine_init(&side->engine, side->memory, wrn_engine_size(&side->limits), &config, 0) != WRN_OK)
        return false;
    wrn_pins_begin(&side->pins, crypto, context, side->pin_table, SIDE_PEERS);
    wrn_engine_attach(side->engine, &wrn_crypto_pinned, (void *[]){&side->pins}, 1);
    wrn_pins_engine(&side->pins, side->engine);
    return wrn_set_private_key(side->engine, 0, side->keys->secret) == WRN_OK && wrn_set_up(side->engine, 0, true) == WRN_OK;
}

void side_end(struct side *side)
{
    if (side->engine)
        wrn_engine_wipe(side->engine);
    if (side->pin_table)
        memset(side->pin_table, 0, SIDE_PEERS * sizeof *side->pin_table);
    free(side->memory);
    free(side->pin_table);
    free(side->parties);
}

static bool grow(struct side *side)
{
    struct wrn_limits larger = side->limits;
    larger.peers *= 2;
    void *memory = larger.peers <= SIDE_PEERS ? aligned(wrn_engine_size(&larger)) : NULL;
    if (!memory)
        return false;
    if (wrn_engine_move(&side->engine, memory, wrn_engine_size(&larger), &larger) != WRN_OK) {
        free(memory);
        return false;
    }
    free(side->memory);
    side->memory = memory;
    side->limits = larger;
    wrn_engine_attach(side->engine, &wrn_crypto_pinned, (void *[]){&side->pins}, 1);
    wrn_pins_engine(&side->pins, side->engine);
    return true;
}

uint32_t side_party(struct side *side, const uint8_t public_key[32])
{
    const uint32_t number = chain_number(public_key);
    for (uint32_t row = chain_newest(&side->by_key, number); row != CHAIN_END; row = side->party_links[row])
        if (memcmp(side->parties[row].public_key, public_key, 32) == 0)
            return row;
    struct party *party = &side->parties[side->party_count];
    if (side->party_count == SIDE_PEERS)
        return SIDE_NOBODY;
    *party = (struct party){.owed_handshake = WRN_NEVER, .owed_keepalive = WRN_NEVER};
    enum wrn_status status = wrn_peer_add(side->engine, side->now, public_key, &party->handle);
    if (status == WRN_NO_ROOM && grow(side))
        status = wrn_peer_add(side->engine, side->now, public_key, &party->handle);
    if (status != WRN_OK)
        return SIDE_NOBODY;
    memcpy(party->public_key, public_key, 32);
    chain_add(&side->by_key, side->party_links, side->party_count, number);
    return side->party_count++;
}

void side_route(struct side *side, uint32_t party)
{
    static const struct wrn_prefix all[2] = {{.family = 4}, {.family = 6}};
    if (side->routed == party)
        return;
    for (unsigned i = 0; i < 2; i++)
        (void)wrn_allowed_add(side->engine, side->parties[party].handle, &all[i], NULL);
    side->routed = party;
}

void side_place(struct side *side, uint32_t party, const struct wrn_endpoint *endpoint)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = *endpoint};
    (void)wrn_peer_set(side->engine, side->now, side->parties[party].handle, &change);
    side->parties[party].has_endpoint = true;
    side->parties[party].endpoint = *endpoint;
}

void side_preshared(struct side *side, uint32_t party, const uint8_t *key)
{
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY};
    if (key)
        memcpy(change.preshared_key, key, sizeof change.preshared_key);
    (void)wrn_peer_set(side->engine, side->now, side->parties[party].handle, &change);
}

static struct party *party_of(struct side *side, struct wrn_peer peer)
{
    for (uint32_t i = 0; i < side->party_count; i++)
        if (side->parties[i].handle.slot == peer.slot)
            return &side->parties[i];
    return NULL;
}

void side_collect(struct side *side)
{
    struct wrn_peer peer;
    enum wrn_pin_due due;

    while (wrn_pin_take_due(side->engine, &peer, &due)) {
        struct party *party = party_of(side, peer);
        if (!party)
            continue;
        wrn_time *owed = due == WRN_PIN_KEEPALIVE ? &party->owed_keepalive : &party->owed_handshake;
        enum conform_due kind = due == WRN_PIN_KEEPALIVE ? CONFORM_KEEPALIVE
                                : due == WRN_PIN_RETRY   ? CONFORM_RETRANSMISSION
                                                         : CONFORM_NEW_HANDSHAKE;
        if (*owed != WRN_NEVER && due != WRN_PIN_INITIATION) {
            side->report.absent[kind]++;
            party->absences += due == WRN_PIN_KEEPALIVE;
        }
        if (*owed == WRN_NEVER || due != WRN_PIN_INITIATION) { /* more packets that ask do not make it later */
            *owed = side->now;
            party->retry = due == WRN_PIN_RETRY;
        }
    }
}

void side_advance(struct side *side, wrn_time to)
{
    for (;;) {
        side_collect(side);
        wrn_time next = wrn_deadline(side->engine);
        if (next > to)
            break;
        side->now = next > side->now ? next : side->now;
        wrn_advance(side->engine, side->now);
    }
    if (to > side->now)
        side->now = to;
}

struct wrn_packet side_feed(struct side *side, wrn_time at, const uint8_t *message, uint32_t length,
                            const struct wrn_endpoint *source)
{
    struct wrn_packet packet = {.data = side->buffer, .capacity = sizeof side->buffer, .length = length, .remote = *source};

    side_advance(side, at);
    memcpy(side->buffer, message, length);
    wrn_net_input(side->engine, side->now, &packet, 1);
    side_collect(side);
    return packet;
}

struct wrn_packet side_ask(struct side *side, wrn_time at, uint32_t party, enum wrn_pin_due due)
{
    struct wrn_packet packet = {.data = side->buffer, .capacity = sizeof side->buffer};

    side_advance(side, at);
    if (wrn_pin_ask(side->engine, side->parties[party].handle, due) != WRN_OK ||
        wrn_net_output(side->engine, side->now, &packet, 1) != 1)
        packet.length = 0;
    side_collect(side);
    return packet;
}

void side_map(struct side *side, uint32_t captured, uint32_t ours, uint32_t party, const uint8_t captured_mac1[16],
              const uint8_t our_mac1[16])
{
    uint32_t row = side->next_map++ % SIDE_MAP;
    struct mapped *mapped = &side->map[row];
    if (mapped->used)
        chain_remove(&side->by_index, side->map_links, row, mapped->captured);
    chain_add(&side->by_index, side->map_links, row, captured);
    *mapped = (struct mapped){.used = true, .captured = captured, .ours = ours, .party = party};
    memcpy(mapped->captured_mac1, captured_mac1, 16);
    memcpy(mapped->our_mac1, our_mac1, 16);
}

const struct mapped *side_mapped(const struct side *side, uint32_t captured)
{
    for (uint32_t row = chain_newest(&side->by_index, captured); row != CHAIN_END; row = side->map_links[row])
        if (side->map[row].captured == captured)
            return &side->map[row];
    return NULL;
}
