#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

/*
 * The table of timers of one peer, by the rules (P-68 to P-79, P-132, P-137, P-138, P-168): what each event arms and disarms,
 * what is due when, and which messages follow. It knows nothing of the engine. A timer with a jitter is due somewhere in a span
 * until its moment becomes known by looking (`fuzz_table_learn`); from then on it is due at that moment and no other.
 *
 *   retransmit   5 s + jitter after an initiation             disarmed by a complete handshake
 *   passive     10 s after the first data that came           disarmed by whatever is sent, and by giving up
 *   silence     15 s + jitter after the first data that went  disarmed by whatever comes in
 *   zero       540 s after the newest session, or giving up
 *   persistent  its interval after whatever is sent or comes in
 */

#include "warren/types.h"

enum fuzz_timer { FUZZ_RETRANSMIT, FUZZ_PASSIVE, FUZZ_SILENCE, FUZZ_ZERO, FUZZ_PERSISTENT, FUZZ_TIMERS };
enum { FUZZ_WAITING = 4 }; /* packets that wait for a session, at most */

extern const char *const fuzz_timer_names[FUZZ_TIMERS];

struct fuzz_span {
    bool armed;
    wrn_time from, to;
}; /* both may be the moment */

/* What a session is for the timers. */
struct fuzz_key {
    bool there, initiator, ended, asked;
    wrn_time birth;
    unsigned id;
};

enum fuzz_told {
    FUZZ_TOLD_SESSION = 1,
    FUZZ_TOLD_LOST = 2,
    FUZZ_TOLD_GAVE_UP = 4,
    FUZZ_TOLD_RETRY = 16
}; /* enum wrn_event_bit */

struct fuzz_table {
    struct fuzz_span timer[FUZZ_TIMERS];
    struct fuzz_key previous, current, next;
    wrn_time handshake; /* an initiation or a response left then (P-69) */
    bool greater;       /* our public key, of both: who yields where initiations cross (P-168) */
    bool up, pending, shaken, another, second, yields;
    bool owes_initiation, owes_retry, owes_keepalive, path;
    uint16_t interval; /* s, 0: off */
    unsigned retries, waiting, told, keys;
};

enum fuzz_sends { FUZZ_SENDS_NOTHING, FUZZ_SENDS_INITIATION, FUZZ_SENDS_PACKET, FUZZ_SENDS_KEEPALIVE };

void fuzz_table_begin(struct fuzz_table *, bool greater);
void fuzz_table_up(struct fuzz_table *, wrn_time now, bool up);
void fuzz_table_interval(struct fuzz_table *, wrn_time now, uint16_t seconds);
void fuzz_table_forget(struct fuzz_table *); /* sessions and handshakes */

void fuzz_table_tick(struct fuzz_table *, wrn_time now);              /* what is due by now */
enum fuzz_sends fuzz_table_output(struct fuzz_table *, wrn_time now); /* the next message that leaves, and what it means */

bool fuzz_table_packet(struct fuzz_table *, wrn_time now);    /* from the tun side. True: it leaves at once; else it waits */
void fuzz_table_unsent(struct fuzz_table *);                  /* that one was the newest, armed `silence`, and did not leave */
void fuzz_table_answered(struct fuzz_table *, wrn_time now);  /* their initiation, by a response */
void fuzz_table_completed(struct fuzz_table *, wrn_time now); /* their response */
/* Authentic, fresh and under that session, which is not too old. */
void fuzz_table_received(struct fuzz_table *, wrn_time now, const struct fuzz_key *under, bool data);

bool fuzz_key_good(const struct fuzz_key *, wrn_time now); /* P-59: younger than 180 s */

/* The moment of a timer as it was seen; WRN_NEVER: not armed. False: not as the rules have it. */
bool fuzz_table_learn(struct fuzz_table *, enum fuzz_timer timer, wrn_time seen);
wrn_time fuzz_table_least(const struct fuzz_table *); /* of the moments, all of them known */

#endif
