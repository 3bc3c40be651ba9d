#ifndef SIM_SECRETS_H
#define SIM_SECRETS_H

/*
 * Every secret that an engine computed, by node and pair, and which of them it may still have: the checkers' own history of key
 * rotation. What it may not have any more is looked for in its whole memory.
 *
 *   a handshake's secrets       die when it is over, whichever way, but for the two transport keys of its session
 *   previous, current, next     what loses its place dies at once (P-55 to P-57)
 *   everything of a pair        dies 540 s after its newest session, or after giving up without one, and with the interface
 *                               or its configuration
 */

#include "ledger.h"

enum sim_secret_kind {
    SIM_SECRET_DERIVED,   /* of a handshake: results of DH, chaining keys, what is derived from them */
    SIM_SECRET_EPHEMERAL, /* private */
    SIM_SECRET_TRANSPORT,
};

/* A node's engine came to know this in the call that it is in. */
void sim_secret_seen(struct sim_watch *watch, uint32_t node, enum sim_secret_kind kind, const uint8_t bytes[32]);
/* Before the engine is called: has it kept anything beyond its time? */
void sim_secrets_before(struct sim_watch *watch, const struct sim_seen *seen);
/* May the node still have this session, by the rules? */
bool sim_session_lives(const struct sim_watch *watch, const struct sim_session *session);
/* Has it not erased its newest initiation, so that an answer could still be taken? */
bool sim_initiation_kept(const struct sim_watch *watch, uint32_t pair);
/* Is this initiation the one that the pair waits for an answer to? */
bool sim_initiation_waits(const struct sim_watch *watch, uint32_t pair, const uint8_t *message);

#endif
