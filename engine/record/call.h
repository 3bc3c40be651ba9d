#ifndef WRNI_REC_CALL_H
#define WRNI_REC_CALL_H

/*
 * A call of the engine as a value: which function, with what, and what came back. The recorder fills one in from the host's
 * arguments, the replay from a frame; both make it with wrni_rec_make.
 */

#include "walk.h"
#include "warren/inspect.h"

/* The numbers are the file's: appended to, never changed. */
enum wrni_rec_function {
    WRNI_REC_INIT = 1,
    WRNI_REC_ATTACH,
    WRNI_REC_MOVE,
    WRNI_REC_STIR,
    WRNI_REC_WIPE,
    WRNI_REC_WALL,
    WRNI_REC_STAMP_RESTORE,
    WRNI_REC_TUN_INPUT,
    WRNI_REC_NET_INPUT,
    WRNI_REC_ADVANCE,
    WRNI_REC_NET_OUTPUT,
    WRNI_REC_DEADLINE,
    WRNI_REC_EVENTS,
    WRNI_REC_NET_UNSENT,
    WRNI_REC_SET_PRIVATE_KEY,
    WRNI_REC_SET_UP,
    WRNI_REC_SET_MTU,
    WRNI_REC_SET_LOAD,
    WRNI_REC_REPORT_LOAD,
    WRNI_REC_FORGET_SESSIONS,
    WRNI_REC_FORGET_PATHS,
    WRNI_REC_PEER_ADD,
    WRNI_REC_PEER_REMOVE,
    WRNI_REC_PEER_SET,
    WRNI_REC_ALLOWED_ADD,
    WRNI_REC_ALLOWED_REMOVE,
    WRNI_REC_ALLOWED_REPLACE,
    WRNI_REC_STAGED_PURGE,
    WRNI_REC_UAPI_CHECK,
    WRNI_REC_UAPI_APPLY,
    WRNI_REC_PEER_INFO,
    WRNI_REC_COUNTERS,
    WRNI_REC_DIGEST,
    WRNI_REC_FUNCTIONS
};

struct wrni_rec_call {
    uint32_t               function;
    wrn_time               now;
    uint64_t               a, b; /* small arguments, in their order */
    struct wrn_config      config;
    struct wrn_limits      limits;
    uint8_t                key[32], stamp[12];
    char                   provider[WRN_RECORD_NAME_BYTES];
    struct wrn_peer        peer;
    struct wrn_peer_change change;
    struct wrn_prefix      prefix;
    const struct wrn_prefix *prefixes; /* when read: null, and they stand in the frame at `raw`, WRNI_REC_PREFIX_BYTES each */
    const uint8_t         *raw;
    struct wrn_packet     *packets;    /* room for WRN_RECORD_BATCH when read */
    const uint8_t         *live[WRN_RECORD_BATCH]; /* the live bytes; null: the packet is unsound, and has none */
    size_t                 count; /* of prefixes or packets */
    const uint8_t         *text;
    size_t                 length;
    /* The host's own, not recorded. */
    void                    *memory;
    size_t                   size;
    const struct wrn_crypto *crypto;
    void                    *context;
};

/* Frames of the file. */
enum wrni_rec_frame { WRNI_REC_END, WRNI_REC_ENGINE, WRNI_REC_CALL, WRNI_REC_BACK };

#define WRNI_REC_HEAD_BYTES 9u
#define WRNI_REC_HEAD {0x89, 'w', 't', 'r', '\r', '\n', 0x1a, '\n', WRN_RECORD_VERSION}

#define WRNI_REC_PREFIX_BYTES 18u

struct wrni_rec_back {
    enum wrn_status      status;
    struct wrn_peer      peer;
    struct wrn_packet   *packets;
    struct wrn_event    *events; /* room for WRN_RECORD_BATCH */
    size_t               count;  /* of packets or events */
    wrn_time             deadline;
    struct wrn_peer_info info;
    struct wrn_counters  counters;
    struct wrn_uapi_set  set;
    uint8_t              digest[32];
};

/* "wrn_tun_input"; null: no such function. */
const char *wrni_rec_name(uint32_t function);
bool wrni_rec_takes_time(uint32_t function);
bool wrni_rec_gives(uint32_t function); /* anything back? */
bool wrni_rec_needs_crypto(uint32_t function);

void wrni_rec_walk_name(struct wrni_rec_walk *walk, char name[WRN_RECORD_NAME_BYTES]);
void wrni_rec_walk_call(struct wrni_rec_walk *walk, struct wrni_rec_call *call); /* not the function's number */
void wrni_rec_walk_back(struct wrni_rec_walk *walk, const struct wrni_rec_call *call, struct wrni_rec_back *back);
void wrni_rec_read_prefix(const uint8_t raw[WRNI_REC_PREFIX_BYTES], struct wrn_prefix *prefix);

/* Make the call, of the engine and nobody else. */
void wrni_rec_make(struct wrn_engine **engine, const struct wrni_rec_call *call, struct wrni_rec_back *back);

/* record.c: the call, and its frames around it. _placed: init and move, which need memory. */
void wrni_rec_do(struct wrn_recorder *recorder, struct wrn_engine **engine, struct wrni_rec_call *call, struct wrni_rec_back *back);
void wrni_rec_do_placed(struct wrn_recorder *recorder, struct wrn_engine **engine, struct wrni_rec_call *call,
                        struct wrni_rec_back *back);

#endif
