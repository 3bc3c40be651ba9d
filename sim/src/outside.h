#ifndef SIM_OUTSIDE_H
#define SIM_OUTSIDE_H

/*
 * Inner packets that the world did not make: they are handed in from outside, at attached nodes, and what is delivered there
 * leaves the world. Nobody knows what they should contain, so each is known by what it is made of and by who handed it in, hop by
 * hop: that is enough for S1 and S2. The memory of them is bounded by time: whatever a tunnel still delivers is younger than
 * that.
 */

#include "inner.h"

/* Staged until its handshake gives up (90 s), then sealed with a key that lives for 180 s: later nothing comes out any more, but
 * for what a path holds back. */
#define SIM_OUTSIDE_KEPT (300 * WRN_SECOND)

struct sim_outsider {
    uint64_t print; /* 0: a free slot */
    uint32_t handed, delivered;
};

/* Open addressing by print. */
struct sim_outsiders {
    struct sim_outsider *slots;
    uint32_t             size, used;
};

struct sim_outside {
    struct sim_outsiders newer, older; /* those of the last SIM_OUTSIDE_KEPT at least, of twice that at most */
    wrn_time             turned;
};

/* `node` hands it to its engine. No IP packet: nothing is noted, and no engine takes it. */
void sim_outside_handed(struct sim_traffic *traffic, wrn_time now, uint32_t node, const uint8_t *packet, uint32_t length);
/* That packet, as `node` handed it in; or null. */
struct sim_outsider *sim_outside_find(const struct sim_traffic *traffic, uint32_t node, const uint8_t *packet, uint32_t length);
/* What the kernel of a node would do: turns an echo request into its answer. False: it is none, or one in fragments. */
bool sim_outside_answer(uint8_t *packet, uint32_t length);

#endif
