#ifndef WRNI_PEER_H
#define WRNI_PEER_H

/*
 * Floor 3. One peer as control sees it: keys, pending handshake, cookie jar, timers, stamps, and the cells of its indices.
 *
 * A receiver index is (slot * 4 + cell, generation) behind the permutation: a peer has at most three sessions and one pending
 * handshake, hence four cells. A cell is free when neither holds it. With outside lanes control learns late which sessions are
 * gone, so a cell counts as taken from the order that fills it until a report that has seen that order says otherwise.
 */

#include "cookie.h"
#include "index.h"
#include "timers.h"

#define WRNI_CELLS 4u
#define WRNI_NO_CELL WRNI_CELLS

enum wrni_peer_due { WRNI_DUE_INITIATION = 1, WRNI_DUE_RETRY = 2 };

struct wrni_peer {
    uint8_t public_key[32];
    uint8_t preshared_key[32];
    uint8_t static_static[32]; /* computed at first use */
    struct wrni_handshake handshake; /* ours, pending */
    struct wrni_jar       jar;
    struct wrni_drbg      drbg;
    struct wrni_timers    timers;
    wrn_time              last_consumed; /* WRN_NEVER = never (P-45) */
    uint64_t              handshake_seconds;
    uint32_t              handshake_nanoseconds;
    uint32_t              indices[WRNI_CELLS]; /* the last index made for each cell */
    uint8_t               stamp_sent[12], stamp_received[12];
    uint8_t               cells_reported, cells_pending; /* taken, by the lane's word and by our orders */
    uint8_t               sequence;                      /* of our newest session order */
    uint8_t               handshake_cell;                /* WRNI_NO_CELL: nothing pending */
    uint16_t              placed;                        /* endpoint orders to an outside lane, counted */
    uint8_t               due, events;
    bool                  has_static_static;
};

void wrni_peer_init(struct wrni_peer *peer, const uint8_t public_key[32], const uint8_t seed[32],
                    const struct wrni_index_key *key, uint32_t slot);

/* A new index in a free cell, which is not the handshake's; WRNI_NO_CELL when all are taken. */
uint8_t wrni_peer_new_index(struct wrni_peer *peer, const struct wrni_index_key *key, uint32_t slot, uint32_t *index);
/* Forget our pending handshake: its index dies at once (P-26, P-60). */
void wrni_peer_clear_handshake(struct wrni_peer *peer);
/* A session takes this cell; returns the sequence number for the order. */
uint8_t wrni_peer_take_cell(struct wrni_peer *peer, uint8_t cell);
void    wrni_peer_cells_reported(struct wrni_peer *peer, uint8_t cells, uint8_t sequence);
/* Whose is the index: WRNI_NO_CELL, or its cell; *session: a session's, not the handshake's (P-52). */
uint8_t wrni_peer_index_cell(const struct wrni_peer *peer, uint32_t index, bool *session);

/* The next jitter (P-81). */
void wrni_peer_draw_jitter(struct wrni_peer *peer);

#endif
