#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

/*
 * Sessions as the wire shows them. A responder has one from the moment its response leaves, an initiator from the moment it
 * takes the response: indices, birth on the owner's clock, role. The checkers' own history of key rotation.
 */

#include "watch.h"

struct sim_session {
    uint32_t node, pair, local, remote, epoch, term; /* the node's count of resets, the pair's of being forgotten */
    wrn_time birth, born; /* as the node's clock has it; sleep counted */
    bool     initiator, confirmed, late_rekey;
    bool     mute; /* the node has another private key since: it receives, and no longer sends */
    uint64_t sent, newest; /* next counter expected out; newest counter in, plus one */
    uint64_t *seen;        /* set of counters in */
    uint64_t seen_words;
    struct sim_session *older; /* of the same pair */
};

struct sim_ledger;

struct sim_ledger *sim_ledger_begin(struct sim_watch *watch);
void sim_ledger_see(struct sim_watch *watch, struct sim_seen *seen);
struct sim_session *sim_ledger_newest(const struct sim_watch *watch, uint32_t pair);
struct sim_session *sim_ledger_current(const struct sim_watch *watch, uint32_t pair); /* the newest confirmed: what it sends with */
struct sim_session *sim_ledger_last(const struct sim_watch *watch, uint32_t pair); /* the same, alive or not */
/* Is the node's engine still the one, and up since, that made this session? */
bool sim_ledger_alive(const struct sim_watch *watch, const struct sim_session *session);

/* A set of counters. False: counter too large to be kept, or no memory. */
bool sim_session_has(const struct sim_session *session, uint64_t counter);
bool sim_session_add(struct sim_watch *watch, struct sim_session *session, uint64_t counter);

#endif
