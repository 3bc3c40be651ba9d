#ifndef TEST_TAPE_H
#define TEST_TAPE_H

/*
 * Recordings in memory: a busy little life of two engines put on a tape, and the tape played again.
 */

#include "warren/replay.h"

struct tape {
    uint8_t *bytes;
    size_t   length, room;
    size_t   limit; /* put refuses beyond; 0: never */
};

void tape_free(struct tape *tape);
bool tape_put(void *context, const uint8_t *bytes, size_t length);

/* Two engines that shake hands, talk, roam, are configured in every way, move and end: every function there is, at least once.
 * The same life each time, with a recording or (tape null) without; `log` is a number for all that came back. */
uint64_t tape_record_life(struct tape *tape, uint32_t every);

struct played {
    struct wrn_replay_report report;
    enum wrn_replay_state    state;
    char                     engine[WRN_RECORD_NAME_BYTES];
};

/* With the provider real: this one; and no more than `memory` bytes at a time (0: no limit). Whatever was taken is given back, or
 * the test fails. */
struct played tape_play(const struct tape *tape, const struct wrn_crypto *real, size_t memory);

/* Frames: where the next one begins, or 0 at the end. Fills in its kind, and where its body begins and how long that is. */
struct tape_frame {
    size_t  at, body, length;
    uint8_t kind;
    uint32_t engine;
};
size_t tape_next(const struct tape *tape, size_t at, struct tape_frame *frame);
void tape_seal(struct tape *tape); /* after a change of bodies: every check right again */

#endif
