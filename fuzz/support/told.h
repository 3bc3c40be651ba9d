#ifndef FUZZ_TOLD_H
#define FUZZ_TOLD_H

/*
 * What an engine was told by configuration calls, and what must be so after them. The model asks the engine nothing that it was
 * not told or has not sent. Oracles:
 *
 *   told-stamp     the stamp of an initiation is not the wall clock's, or one more than the last (P-46, P-47, P-49); or the one to be
 *                  stored is not the newest
 *   told-late      a call that was told the time does not know it (G-19)
 *   told-keeps     a session that may send, a handshake or a timer is there after all were to go (P-128, P-138, P-139)
 *   told-lost      nobody is told that a peer's keys are gone
 *   told-load      load begins before the rate allows it to, or not when it must, or nobody is told (P-39)
 *   told-path      a path is kept that was to be forgotten (P-119)
 *   told-new       a peer that is new has something of one before it
 *   told-set       what was set is not there, or something else has changed (P-133)
 *   told-walk      a get goes on over a configuration that has changed (P-136)
 *   told-nobody    an event is of a peer that is not there
 */

#include "warren/uapi.h"
#include "warren/warren.h"

enum { TOLD_PEERS = 16 };

struct told {
    uint16_t mtu;
    bool unsaved; /* a later stamp was sent than any that was to be stored */
    bool blurred; /* perhaps a peer was of low order, or nowhere: stamps are drawn for it that nobody sees */
    wrn_time wall_at;
    uint64_t wall_seconds;
    uint32_t wall_nanoseconds;
    uint8_t floor[12], newest[12];
    struct told_sent {
        bool there;
        struct wrn_peer peer;
        uint8_t stamp[12];
    } sent[TOLD_PEERS];
    struct wrn_uapi_get get; /* that has begun */
};

void told_wall(struct told *, struct wrn_engine *, wrn_time now, uint64_t seconds, uint32_t nanoseconds); /* makes the call */
void told_stamp(struct told *, const uint8_t stamp[12]);                                                  /* it was restored */
void told_initiation(struct told *, const struct wrn_engine *, wrn_time now, struct wrn_peer peer); /* one left, to this peer */
void told_event(struct told *, const struct wrn_engine *, const struct wrn_event *);
void told_all(const struct told *); /* there are no more events */
void told_step(uint8_t stamp[12]); /* the next that may be said (P-47) */

void told_new(const struct wrn_engine *, struct wrn_peer peer); /* it was added */
void told_set(const struct wrn_engine *, struct wrn_peer peer, const struct wrn_peer_info *before, const struct wrn_peer_change *);
void told_walk(struct told *, const struct wrn_engine *);    /* begins a get */
void told_changed(struct told *, const struct wrn_engine *); /* it cannot go on */

void told_time(const struct wrn_engine *, wrn_time now);
/* Nothing of any handshake or session is left; `timers`: nor is any timer armed. */
void told_gone(const struct wrn_engine *, bool timers);
/* Every peer that is there has an event that says LOST; takes all events. */
void told_lost(struct told *, struct wrn_engine *);
void told_paths(const struct wrn_engine *); /* none is left; there are no link-local addresses, which need theirs */

#endif
