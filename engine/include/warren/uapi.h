#ifndef WARREN_UAPI_H
#define WARREN_UAPI_H

/*
 * The text protocol of `wg` (get=1, set=1), without a socket (P-143 to P-151).
 *
 * The host reads a whole request, up to and with its blank line, into one buffer. A set is walked twice: check, which changes
 * nothing and says what it takes; then apply, which cannot fail once check said yes. Port and mark are the host's: it does them
 * between the two. A get streams through a buffer of any size from WRN_UAPI_CHUNK on.
 */

#include "warren/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WRN_UAPI_CHUNK 256u /* the least a get needs to make progress */

/* errno values of the protocol, Linux numbers (P-148); the engine has no <errno.h>. */
enum wrn_uapi_errno { WRN_UAPI_OK = 0, WRN_UAPI_EIO = 5, WRN_UAPI_EINVAL = 22, WRN_UAPI_EPROTO = 71, WRN_UAPI_EADDRINUSE = 98 };

enum wrn_uapi_kind { WRN_UAPI_INCOMPLETE, WRN_UAPI_GET, WRN_UAPI_SET, WRN_UAPI_UNKNOWN };

/* What the buffer begins with, and how long that request is, blank line included (0 while INCOMPLETE). UNKNOWN: close (P-143). */
enum wrn_uapi_kind wrn_uapi_kind(const char *text, size_t size, size_t *length);

struct wrn_uapi_set {
    bool     has_listen_port, has_fwmark;
    uint16_t listen_port;
    uint32_t fwmark;
    struct wrn_limits needed; /* what the engine must at least have: grow to it on WRN_NO_ROOM and check again */
    int      error;           /* enum wrn_uapi_errno, positive */
    size_t   line;            /* of the first error, from 1; 0 without */
    const char *what;         /* a fixed sentence: what is wrong and what would be right */
};

/* Fails   WRN_BAD_SYNTAX (see error, line, what), WRN_NO_ROOM (see needed). */
enum wrn_status wrn_uapi_check(const struct wrn_engine *engine, const char *text, size_t length, struct wrn_uapi_set *set);
/* The same text, right after a check that said WRN_OK. Panics on anything else. `resolve` of endpoints needs none: addresses only. */
void wrn_uapi_apply(struct wrn_engine *engine, wrn_time now, const char *text, size_t length);
/* "errno=-22\n\n" for a set (P-144). Returns its length; size at least 32. */
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
 * Fails   WRN_CHANGED when the configuration changed since the first chunk: start again. */
enum wrn_status wrn_uapi_get(const struct wrn_engine *engine, struct wrn_uapi_get *get, char *out, size_t size, size_t *written);

#ifdef __cplusplus
}
#endif

#endif
