#include "peer.h"

#define PURPOSE_PEER 1
#define GENERATIONS (1u << WRNI_INDEX_GENERATION_BITS)

void wrni_peer_init(struct wrni_peer *peer, const uint8_t public_key[32], const uint8_t seed[32],
                    const struct wrni_index_key *key, uint32_t slot)
{
    memset(peer, 0, sizeof *peer);
    memcpy(peer->public_key, public_key, 32);
    wrni_drbg_init(&peer->drbg, seed, PURPOSE_PEER, public_key);
    wrni_timers_init(&peer->timers);
    peer->last_consumed = WRN_NEVER;
    peer->handshake_cell = WRNI_NO_CELL;
    wrni_peer_draw_jitter(peer);
    for (uint8_t cell = 0; cell < WRNI_CELLS; cell++)
        peer->indices[cell] = wrni_index_make(key, slot * WRNI_CELLS + cell, wrni_drbg_below(&peer->drbg, GENERATIONS));
}

uint8_t wrni_peer_new_index(struct wrni_peer *peer, const struct wrni_index_key *key, uint32_t slot, uint32_t *index)
{
    unsigned taken = (unsigned)peer->cells_reported | peer->cells_pending;
    if (peer->handshake_cell != WRNI_NO_CELL)
        taken |= 1u << peer->handshake_cell;
    for (uint8_t cell = 0; cell < WRNI_CELLS; cell++) {
        if (taken & 1u << cell)
            continue;
        uint32_t address, generation;
        wrni_index_open(key, peer->indices[cell], &address, &generation);
        generation = (generation + 1) % GENERATIONS; /* no value comes twice before all have come (G-18) */
        *index = peer->indices[cell] = wrni_index_make(key, slot * WRNI_CELLS + cell, generation);
        return cell;
    }
    return WRNI_NO_CELL;
}

void wrni_peer_clear_handshake(struct wrni_peer *peer)
{
    wrni_wipe(&peer->handshake, sizeof peer->handshake);
    peer->handshake_cell = WRNI_NO_CELL;
}

uint8_t wrni_peer_take_cell(struct wrni_peer *peer, uint8_t cell)
{
    peer->cells_pending = (uint8_t)(peer->cells_pending | 1u << cell);
    return ++peer->sequence;
}

void wrni_peer_cells_reported(struct wrni_peer *peer, uint8_t cells, uint8_t sequence)
{
    peer->cells_reported = cells;
    if (sequence == peer->sequence)
        peer->cells_pending = 0;
}

uint8_t wrni_peer_index_cell(const struct wrni_peer *peer, uint32_t index, bool *session)
{
    unsigned sessions = (unsigned)peer->cells_reported | peer->cells_pending;
    for (uint8_t cell = 0; cell < WRNI_CELLS; cell++) {
        *session = (sessions & 1u << cell) != 0;
        if (peer->indices[cell] == index && (*session || peer->handshake_cell == cell))
            return cell;
    }
    *session = false;
    return WRNI_NO_CELL;
}

void wrni_peer_draw_jitter(struct wrni_peer *peer) { peer->timers.jitter_ns = wrni_drbg_below(&peer->drbg, WRNI_JITTER_BOUND); }
