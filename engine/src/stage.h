#ifndef WRNI_STAGE_H
#define WRNI_STAGE_H

/*
 * Floor 3. Packets that wait for a session: slots shared by all peers, a queue per peer with a share (P-82, P-86).
 *
 * Law: order within a queue is kept; the oldest of the same peer makes room for a newer one; a peer never takes from another.
 * No slot free and none of its own: the answer is FULL, and the packet stays the host's.
 */

#include "base.h"

struct wrni_queue { uint32_t head, tail, count; }; /* of one peer; zeroed = empty */

struct wrni_stage {
    uint32_t slots, share, bytes;
    uint32_t used, free, high; /* free: chain of slots given back, plus one; high: slots never used start here */
    /* followed by the slots */
};

struct wrni_staged {
    uint32_t length;
    uint16_t mtu;
    const uint8_t *data;
};

enum wrni_stage_result { WRNI_STAGED, WRNI_STAGED_OVER_OLDEST, WRNI_STAGE_FULL };

size_t wrni_stage_size(uint32_t slots, uint32_t bytes); /* SIZE_MAX when it does not fit */
void   wrni_stage_init(struct wrni_stage *stage, uint32_t slots, uint32_t share, uint32_t bytes);
void   wrni_stage_copy(struct wrni_stage *to, const struct wrni_stage *from); /* to is initialised, at least as large */

/* length at most stage->bytes. */
enum wrni_stage_result wrni_stage_put(struct wrni_stage *stage, struct wrni_queue *queue, const uint8_t *data, uint32_t length,
                                      uint16_t mtu);
bool     wrni_stage_peek(const struct wrni_stage *stage, const struct wrni_queue *queue, struct wrni_staged *out);
void     wrni_stage_pop(struct wrni_stage *stage, struct wrni_queue *queue); /* wipes the slot */
uint32_t wrni_stage_purge(struct wrni_stage *stage, struct wrni_queue *queue); /* how many were dropped */
/* The packet behind this one in a queue, for the digest: start with id WRNI_NONE. */
uint32_t wrni_stage_walk(const struct wrni_stage *stage, const struct wrni_queue *queue, uint32_t id, struct wrni_staged *out);

#endif
