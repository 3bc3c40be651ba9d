#ifndef WRNI_REC_WALK_H
#define WRNI_REC_WALK_H

/*
 * Walking values: one description of a call serves to measure, write, read and compare it, so that no two of these can disagree.
 *
 * Law: reading and comparing touch nothing beyond `end`; the first thing wrong, or different, stays, and nothing after it counts.
 */

#include "sip.h"
#include "warren/replay.h"

enum wrni_rec_mode {
    WRNI_REC_COUNT,   /* how many bytes? */
    WRNI_REC_WRITE,   /* into the recording */
    WRNI_REC_READ,    /* from the frame into the values */
    WRNI_REC_COMPARE, /* the frame with the values */
};

struct wrni_rec_walk {
    enum wrni_rec_mode    mode;
    size_t                count;
    struct wrn_recording *out;
    const uint8_t        *at, *end;
    wrn_time              now;   /* times are written by their distance to it */
    const char           *wrong; /* with READ and COMPARE: null, or what the bytes are not */
    uint32_t              index; /* of the packet or event that is walked */
    bool                  differs;
    const char           *what;
    uint32_t              what_index;
    enum wrn_replay_kind  kind;
    struct wrn_replay_value expected, actual;
};

/* Go on? */
static inline bool wrni_rec_good(const struct wrni_rec_walk *walk) { return !walk->wrong && !walk->differs; }
static inline void wrni_rec_wrong(struct wrni_rec_walk *walk, const char *wrong)
{
    if (!walk->wrong)
        walk->wrong = wrong;
}

void wrni_rec_u64(struct wrni_rec_walk *walk, const char *what, uint64_t *value);
void wrni_rec_u32(struct wrni_rec_walk *walk, const char *what, uint32_t *value);
void wrni_rec_u16(struct wrni_rec_walk *walk, const char *what, uint16_t *value);
void wrni_rec_u8(struct wrni_rec_walk *walk, const char *what, uint8_t *value);
void wrni_rec_bool(struct wrni_rec_walk *walk, const char *what, bool *value);
void wrni_rec_named(struct wrni_rec_walk *walk, enum wrn_replay_kind kind, const char *what, uint8_t *value);
void wrni_rec_time(struct wrni_rec_walk *walk, const char *what, wrn_time *value);
void wrni_rec_bytes(struct wrni_rec_walk *walk, const char *what, uint8_t *bytes, size_t length); /* up to 32 */
/* Bytes in place: reading points into the frame. Never compared. */
void wrni_rec_blob(struct wrni_rec_walk *walk, const uint8_t **bytes, size_t length);
void wrni_rec_hash(struct wrni_rec_walk *walk, const char *what, const uint8_t *bytes, size_t length); /* written and compared only */

void wrni_rec_peer(struct wrni_rec_walk *walk, struct wrn_peer *peer);
void wrni_rec_endpoint(struct wrni_rec_walk *walk, struct wrn_endpoint *endpoint);

/* Raw bytes of the current frame, under its check. */
void wrni_rec_put(struct wrn_recording *recording, const uint8_t *bytes, size_t length);
size_t wrni_rec_number_bytes(uint64_t number, uint8_t out[10]);
/* False: not whole before `end`, or not the shortest form. */
bool wrni_rec_number(const uint8_t **at, const uint8_t *end, uint64_t *number);

#endif
