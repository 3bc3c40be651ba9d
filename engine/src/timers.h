#ifndef WRNI_TIMERS_H
#define WRNI_TIMERS_H

/*
 * Floor 2. Timers prompt, timestamps decide.
 *
 * There are no timer objects: a peer has five deadlines (WRN_NEVER = not armed, so that no time value is special, P-79), and
 * three kinds of pure functions: an event changes deadlines; the deadlines have a least one; at a time some are due. Only this room
 * knows which event arms what (the table of PROTOCOL section 9, in CONFORMANCE.md).
 *
 *   retransmit     5 s + jitter after an initiation          cancelled by: complete, stop
 *   keepalive      10 s after the first unanswered data      cancelled by: anything authenticated sent, give-up, stop
 *   new_handshake  15 s + jitter after the first unanswered  cancelled by: anything authenticated received, stop
 *                  data we sent
 *   zero_keys      540 s after the last session derived      cancelled by: stop
 *   persistent     interval after any traversal              cancelled by: stop
 *
 * The jitter is a value drawn from the peer's stream whenever an initiation is built, and stays until one of the timers that use
 * it has led to the next initiation: each firing has its own draw, and arming costs no randomness (P-81, G-38).
 */

#include "base.h"

#define WRNI_REKEY_TIMEOUT (5 * WRN_SECOND)
#define WRNI_KEEPALIVE_TIMEOUT (10 * WRN_SECOND)
#define WRNI_REKEY_AFTER_TIME (120 * WRN_SECOND)
#define WRNI_REJECT_AFTER_TIME (180 * WRN_SECOND)
#define WRNI_ZERO_AFTER_TIME (3 * WRNI_REJECT_AFTER_TIME)
#define WRNI_JITTER_BOUND 333333333u /* ns, exclusive */
#define WRNI_MAX_RETRIES 18u         /* 90 s / 5 s: 20 initiations in all (P-71) */

struct wrni_timers {
    wrn_time retransmit, keepalive, new_handshake, zero_keys, persistent;
    wrn_time last_initiation; /* an initiation or response was sent then; WRN_NEVER = long ago (P-69) */
    uint64_t data_counter;    /* of the message that armed new_handshake, for wrn_net_unsent */
    uint32_t jitter_ns;
    uint16_t persistent_s;
    uint8_t  attempts;     /* retries since the last fresh request */
    bool     need_another; /* more data came while keepalive was armed (P-76) */
    bool     again;        /* keepalive was armed a second time by its own firing */
    bool     yields;       /* initiations crossed, and it is the other side's turn (P-168) */
};

enum wrni_due {
    WRNI_DUE_RETRANSMIT = 1,
    WRNI_DUE_GIVE_UP = 2,
    WRNI_DUE_KEEPALIVE = 4,
    WRNI_DUE_NEW_HANDSHAKE = 8,
    WRNI_DUE_ZERO = 16,
    WRNI_DUE_PERSISTENT = 32,
};

void wrni_timers_init(struct wrni_timers *t);
void wrni_timers_stop(struct wrni_timers *t); /* down: everything but interval and jitter (P-138) */

/* Events, named as in the table. `passive`: what was sent is nothing but a keepalive. */
void wrni_timers_any_sent(struct wrni_timers *t, bool passive);
void wrni_timers_any_received(struct wrni_timers *t);
void wrni_timers_traversal(struct wrni_timers *t, wrn_time now);
void wrni_timers_data_sent(struct wrni_timers *t, wrn_time now, uint64_t counter);
/* That message could not be sent. The first of several that were sent together arms for all: it hands over to the one after it,
 * unless it is the newest. */
void wrni_timers_data_unsent(struct wrni_timers *t, uint64_t counter, bool newest);
void wrni_timers_data_received(struct wrni_timers *t, wrn_time now);
void wrni_timers_initiated(struct wrni_timers *t, wrn_time now);
void wrni_timers_session_derived(struct wrni_timers *t, wrn_time now);
void wrni_timers_complete(struct wrni_timers *t);

/* Our pending initiation was superseded by one of theirs, and both responses will die. Where one way takes longer than jitters
 * and packets are apart, both sides would cross for ever, so one of them waits 5 s more than P-69 asks, until a handshake is
 * complete or its own next initiation (P-168). */
void wrni_timers_yield(struct wrni_timers *t);
/* May an initiation be sent now (P-69)? */
bool wrni_timers_may_initiate(const struct wrni_timers *t, wrn_time now);
/* A retry was suppressed, because an answer of ours went out since: try again when it may, with a jitter (P-168). */
void wrni_timers_retry_later(struct wrni_timers *t);

wrn_time wrni_timers_deadline(const struct wrni_timers *t);
/* What is due at `now`, taken: each due timer is disarmed first, then re-armed where its rule says so (P-79). The retry count and
 * the sending of what is due are the caller's. */
unsigned wrni_timers_take_due(struct wrni_timers *t, wrn_time now);

/* now + delay; past the end of time it is never, not soon. */
static inline wrn_time wrni_after(wrn_time now, uint64_t delay) { return delay >= WRN_NEVER - now ? WRN_NEVER : now + delay; }

/* Expiry is inclusive: expired when birth + age <= now (section 24, rule 1). A birth still to come is not old. */
static inline bool wrni_expired(wrn_time birth, uint64_t age, wrn_time now) { return now >= birth && now - birth >= age; }

#endif
