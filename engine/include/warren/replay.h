#ifndef WARREN_REPLAY_H
#define WARREN_REPLAY_H

/*
 * Replaying a recording (warren/record.h): its calls again, on the engine at hand, and the first thing that differs.
 *
 *     wrn_replay_begin -> repeat wrn_replay_step while it gives WRN_REPLAY_GOING -> wrn_replay_report -> wrn_replay_end
 *
 * Any bytes are survived: a recording is input like everything else. Memory is the host's, and bounded by the largest call and by
 * the engines that the recording asks for, not by its length.
 */

#include "warren/record.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wrn_replay_host {
    void *context;
    /* The next bytes: fewer than `length` only at the end. */
    size_t (*get)(void *context, uint8_t *bytes, size_t length);
    /* Memory aligned to 16, or null: then the replay ends with WRN_REPLAY_NO_MEMORY. */
    void *(*take)(void *context, size_t size);
    void (*give)(void *context, void *memory, size_t size);
    /* Who computes, by the name in the recording; null: nobody here. */
    const struct wrn_crypto *(*provider)(void *context, const char *name, void **provider_context);
    /* An engine of that provider is about to get this private key. May be null. */
    void (*secret)(void *context, const char *name, const uint8_t key[32]);
};

enum wrn_replay_state {
    WRN_REPLAY_GOING,
    WRN_REPLAY_EQUAL,       /* at the end, and nothing differed */
    WRN_REPLAY_CUT,         /* the recording has no end mark: its host was stopped. Nothing differed up to here */
    WRN_REPLAY_DIFFERS,
    WRN_REPLAY_BAD,         /* not a recording, or a spoilt one */
    WRN_REPLAY_NO_MEMORY,
    WRN_REPLAY_NO_PROVIDER, /* `what` is its name */
};

enum wrn_replay_kind {
    WRN_REPLAY_NUMBER,
    WRN_REPLAY_TIME,
    WRN_REPLAY_VERDICT,
    WRN_REPLAY_REASON,
    WRN_REPLAY_STATUS,
    WRN_REPLAY_BYTES
};

struct wrn_replay_value {
    uint64_t number;
    uint8_t  bytes[32];
    uint32_t length; /* of bytes, with WRN_REPLAY_BYTES */
};

struct wrn_replay_report {
    enum wrn_replay_state state;
    uint64_t    calls;    /* made so far; the one that differs is the last of them */
    uint64_t    digests;  /* of these, how many compared the whole state */
    uint64_t    offset;   /* bytes read */
    uint32_t    engines;
    /* Of the last call. */
    uint32_t    engine;
    const char *engine_name, *function; /* null before the first */
    wrn_time    now;                    /* the newest of that engine */
    /* Of what differs, or is bad. */
    const char *what;  /* "verdict"; or of a bad recording, what is wrong */
    const char *right; /* of a bad recording: what would be right */
    uint64_t    at;    /* of a bad recording: the byte where its frame begins */
    uint32_t    index; /* of the packet or event; UINT32_MAX: neither */
    enum wrn_replay_kind kind;
    struct wrn_replay_value expected, actual;
    size_t      needed; /* of memory that was not there */
};

struct wrn_replay;

/* Keeps *host's functions and context. Fails with null: no memory. */
struct wrn_replay *wrn_replay_begin(const struct wrn_replay_host *host);
/* One call. The state that ends the replay stays. */
enum wrn_replay_state wrn_replay_step(struct wrn_replay *replay);
/* At any time. Pointers hold until the next step. */
void wrn_replay_report(const struct wrn_replay *replay, struct wrn_replay_report *report);
void wrn_replay_end(struct wrn_replay *replay); /* wipes and gives back everything */

#ifdef __cplusplus
}
#endif

#endif
