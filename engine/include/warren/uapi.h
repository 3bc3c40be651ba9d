#ifndef WARREN_UAPI_H
#define WARREN_UAPI_H

/*
 * The text protocol of `wg` (get=1, set=1), without a socket (P-143 to P-151).
 *
 * The host reads a whole request, up to and with its blank line, into one buffer. A set is walked twice: check, which changes
 * nothing and says what it takes; then apply, which cannot fail once check said yes. Port and mark are the host's: it does them
 * between the two. A get streams through a buffer of any size from WRN_UAPI_CHUNK on.
 *
 * Requests and gets hold private keys: the host wipes its buffers.
 */

#include "warren/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WRN_UAPI_CHUNK 256u /* the least a get needs to make progress */

#define WRN_UAPI_ANSWER 32u /* bytes that hold any answer */

/* errno values of the protocol, Linux numbers (P-148); the engine has no <errno.h>. OTHER is what remains. */
enum wrn_uapi_errno {
    WRN_UAPI_OK = 0,
    WRN_UAPI_EIO = 5,
    WRN_UAPI_EINVAL = 22,
    WRN_UAPI_OTHER = 55,
    WRN_UAPI_EPROTO = 71,
    WRN_UAPI_EADDRINUSE = 98
};

enum wrn_uapi_kind {
    WRN_UAPI_INCOMPLETE, /* read on; at the end of the stream discard it (P-149) */
    WRN_UAPI_GET,
    WRN_UAPI_SET,
    WRN_UAPI_UNKNOWN, /* close (P-143) */
    WRN_UAPI_BAD_GET  /* a get with lines of its own: answer -WRN_UAPI_EINVAL, and go on */
};

/* What the buffer begins with, and how long that request is, blank line included (0 while INCOMPLETE or UNKNOWN).
 * Costs   a pass over the bytes up to the blank line. */
enum wrn_uapi_kind wrn_uapi_kind(const char *text, size_t size, size_t *length);

struct wrn_uapi_set {
    bool     has_listen_port, has_fwmark;
    uint16_t listen_port;
    uint32_t fwmark;
    struct wrn_limits needed; /* what the engine must at least have: grow to it on WRN_NO_ROOM and check again */
    int      error;           /* enum wrn_uapi_errno, positive; 0 with WRN_OK */
    size_t   line;            /* of a syntax error, from 1 (the operation); else 0 */
    const char *what;         /* a fixed sentence: what is wrong and what would be right; null with WRN_OK */
};

/* Needs   a whole set request: length as wrn_uapi_kind gave it. A provider, for the public key of a new private_key.
 * Gives   *set. Addresses are numbers; the scope of an IPv6 endpoint, as in [fe80::1%2]:5, goes to and comes from its `host`.
 *         A host that lets interface names in writes their numbers into the text before.
 * Fails   WRN_BAD_SYNTAX: the first error (P-127, P-148).
 *         WRN_NO_ROOM: an engine grown to `needed` will do; nothing does if it is beyond what limits can be: cut the request.
 *         `needed` may exceed what is really used in the end when the request names many peers, or the same ones twice.
 *         WRN_BUSY: orders to outside lanes wait; drain them and check again.
 * Costs   a pass over the text, and a lookup for each key and each prefix. Fixed stack (P-150). */
enum wrn_status wrn_uapi_check(const struct wrn_engine *engine, const char *text, size_t length, struct wrn_uapi_set *set);
/* The same text, right after a check that said WRN_OK, with nothing done to the engine in between. Panics on anything else.
 * The interface's own settings first, then the peers in their order, each to its end before the next begins (P-126, P-151). */
void wrn_uapi_apply(struct wrn_engine *engine, wrn_time now, const char *text, size_t length);
/* "errno=-22\n\n" from 22, for a set; "errno=22\n\n" from -22, for a get that is refused (P-144). Returns its length, or 0 when
 * size is below WRN_UAPI_ANSWER. */
size_t wrn_uapi_answer(int error, char *out, size_t size);

/* A get in progress. Zero it, fill in the host's two values, call until it gives 0. */
struct wrn_uapi_get {
    uint16_t listen_port; /* the host's; 0 = leave out */
    uint32_t fwmark;      /* the host's; 0 = leave out */
    /* private */
    uint32_t stage, cursor;
    struct wrn_peer peer;
    uint64_t generation;
};

/* Needs   size at least WRN_UAPI_CHUNK.
 * Gives   *written bytes of whole lines; 0 at the end, after "errno=0\n\n".
 * Fails   WRN_CHANGED when the configuration changed since the first chunk: start again (P-136). WRN_BAD_ARGUMENT: size. */
enum wrn_status wrn_uapi_get(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *out, size_t size, size_t *written);

#ifdef __cplusplus
}
#endif

#endif
