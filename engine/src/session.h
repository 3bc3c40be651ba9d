#ifndef WRNI_SESSION_H
#define WRNI_SESSION_H

/*
 * Floor 3. One session (keypair): two keys, two counters, one birth.
 *
 * A session never calls crypto: it gives out nonces and keys, and judges counters and ages at each use (law 4). It is unusable
 * from 180 s of age on, and past its last counter, whatever timers did (P-59, P-64).
 */

#include "bytes.h"
#include "timers.h"
#include "window.h"

#define WRNI_REKEY_AFTER_MESSAGES (UINT64_C(1) << 60)
#define WRNI_REJECT_SEND (UINT64_MAX - 8192u) /* 2^64 - 8193: the strictest of any peer (P-64) */

struct wrni_session {
    uint8_t  send_key[32], receive_key[32];
    uint64_t sent; /* the next counter */
    wrn_time birth;
    uint32_t local_index, remote_index;
    uint8_t  cell; /* of the receiver index */
    bool     initiator;
    bool     may_send;              /* once false, false for good */
    bool     rekey_asked;           /* the one late request of P-74 was made */
};

/* Usable for sending now? Turns may_send off when it is not. */
bool wrni_session_sendable(struct wrni_session *session, wrn_time now);
/* Usable for receiving now? Once false, false for good, because neither clock nor window goes back. Asked before anything is
 * authenticated, so it changes nothing (law 7). */
bool wrni_session_receivable(const struct wrni_session *session, const struct wrni_window *window, wrn_time now);
/* Both of the *current* session: is it time for a new one after sending (P-73), after receiving (P-74, once)? `sent` counts what
 * was sent up to the message in question: a batch may have taken more nonces already. */
bool wrni_session_stale_sender(const struct wrni_session *session, uint64_t sent, wrn_time now);
bool wrni_session_stale_receiver(struct wrni_session *session, wrn_time now);

#endif
