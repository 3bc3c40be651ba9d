#ifndef WARREN_INSPECT_H
#define WARREN_INSPECT_H

/*
 * Looking inside without touching: for simulators, checkers, tests and status pages. No secret leaves here.
 */

#include "warren/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wrn_part {
    WRN_PART_PROTOCOL = 1, /* configuration, handshakes, sessions, windows, timers, stage, streams */
    WRN_PART_ACCOUNT = 2,  /* counters, rate buckets, load, cookie secret and its stream: what strangers may change (law 7) */
    WRN_PART_CLOCK = 4,    /* the newest `now` */
    WRN_PART_ALL = 7,
};

/* BLAKE2s over the semantic state in fixed order, fixed width, little-endian: equal states have equal digests on every machine
 * (law 1), whatever the limits. O(everything). */
void wrn_digest(const struct wrn_engine *engine, unsigned parts, uint8_t digest[32]);

enum wrn_place { WRN_PREVIOUS, WRN_CURRENT, WRN_NEXT };

struct wrn_session_view {
    bool     there;
    bool     initiator;
    bool     may_send; /* by flag; age and counters come on top */
    uint32_t local_index, remote_index;
    wrn_time birth;
    uint64_t sent;     /* the next counter to send */
    uint64_t received; /* newest counter received plus one */
};

struct wrn_peer_view {
    struct wrn_session_view sessions[3]; /* by enum wrn_place */
    bool     handshake_pending;          /* an initiation of ours waits for its response */
    uint32_t handshake_index;
    /* Deadlines as they stand, WRN_NEVER when not armed. */
    wrn_time retransmit, keepalive, new_handshake, zero_keys, persistent;
    wrn_time last_initiation_sent; /* P-69; WRN_NEVER = long ago */
    uint32_t attempts;
    bool     need_another_keepalive;
    bool     has_cookie;
    uint8_t  stamp_sent[12], stamp_received[12];
};

/* With outside lanes the sessions are theirs and stay empty here. */
enum wrn_status wrn_inspect_peer(const struct wrn_engine *engine, struct wrn_peer peer, struct wrn_peer_view *view);

struct wrn_engine_view {
    uint32_t peers, prefixes, trie_nodes, staged, sources;
    uint32_t indices; /* live handshakes + live sessions (oracle 9) */
    bool     under_load, up, has_identity;
    wrn_time newest_now;
};

void wrn_inspect_engine(const struct wrn_engine *engine, struct wrn_engine_view *view);

/* Whose live index is this? WRN_NOT_FOUND: nobody's. */
enum wrn_status wrn_inspect_index(const struct wrn_engine *engine, uint32_t index, struct wrn_peer *peer, bool *session);

const char *wrn_reason_name(unsigned reason);   /* "replay"; "?" out of range */
const char *wrn_verdict_name(unsigned verdict);
const char *wrn_status_name(unsigned status);

#ifdef __cplusplus
}
#endif

#endif
