#ifndef WARREN_ENGINE_H
#define WARREN_ENGINE_H

/*
 * The engine: WireGuard without I/O, clock, heap or randomness of its own.
 *
 * It lives in one piece of memory that the host gives, holds no pointer into itself, and never calls the host (but wrn_panic).
 * A host's loop is the same eight lines everywhere:
 *
 *     read what is there -> wrn_net_input / wrn_tun_input -> act on verdicts
 *     wrn_advance -> repeat wrn_net_output until it returns less than asked -> send
 *     wrn_events -> act -> sleep until wrn_deadline or input
 *
 * Time is an argument. A `now` older than the newest seen counts as the newest, and is counted. Every call first does what was
 * due before it, so a late call may delay, never endanger (law 4). One thread at a time; different engines are independent.
 *
 * A COPIED IMAGE REPEATS ITS RANDOM CHOICES. That is what a simulator wants and what breaks a production host: call
 * wrn_engine_stir with fresh entropy after fork, resume and restore from a snapshot, and on a period; and never let two copies
 * send under the same sessions (nonces would repeat): after a restore call wrn_forget_sessions first.
 */

#include "warren/crypto.h"
#include "warren/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wrn_engine;

struct wrn_config {
    struct wrn_limits limits;
    uint8_t  entropy[32]; /* from a good source: everything random in the engine derives from it */
    uint16_t mtu;         /* of the inner interface, caps padding (P-97); 0 = no cap [1420] */
    uint32_t load_rate;   /* handshake messages per second before strangers must show a cookie [1000] */
    uint32_t load_burst;  /* [1000] */
};

/* Life. ------------------------------------------------------------------------------------------------------------------------ */

void wrn_limits_default(struct wrn_limits *limits);
void wrn_config_default(struct wrn_config *config); /* entropy is zero: fill it in */

/* Bytes for these limits, or 0 when a limit is out of its range. */
size_t wrn_engine_size(const struct wrn_limits *limits);

/* Needs   memory of wrn_engine_size, aligned to 16. The interface starts down, without identity and peers.
 * Gives   *engine, which is the memory itself.
 * Keeps   the memory, until wrn_engine_wipe.
 * Fails   WRN_BAD_ARGUMENT, WRN_BAD_MEMORY. */
enum wrn_status wrn_engine_init(struct wrn_engine **engine, void *memory, size_t size, const struct wrn_config *config, wrn_time now);

/* Which provider computes. Before any other call after init, after a copy of the image, and after move. contexts[0] is the
 * engine's own; outside lanes are attached by wrn_lane_attach. contexts may be null when the provider takes none. */
void wrn_engine_attach(struct wrn_engine *engine, const struct wrn_crypto *crypto, void *const contexts[], size_t lanes);

/* Grow: continue in a larger memory, in the middle of live sessions. Nothing is lost, every live index stays; the old memory is
 * wiped. `larger` is in no limit smaller than now, with the same window_bits and lanes.
 * Fails   WRN_BAD_ARGUMENT, WRN_BAD_MEMORY; WRN_BUSY while orders to outside lanes wait. */
enum wrn_status wrn_engine_move(struct wrn_engine **engine, void *memory, size_t size, const struct wrn_limits *larger);
void wrn_engine_limits(const struct wrn_engine *engine, struct wrn_limits *limits);

void wrn_engine_stir(struct wrn_engine *engine, const uint8_t entropy[32]);
void wrn_engine_wipe(struct wrn_engine *engine); /* zero the whole memory */

/* Wall time, at any moment, as often as the host likes, or never: it may jump. Stamps (P-46) and the time of the last handshake
 * come from it. Without it stamps count up from the restored floor. */
void wrn_wall(struct wrn_engine *engine, wrn_time now, uint64_t unix_seconds, uint32_t nanoseconds);

/* The floor under our own stamps: what WRN_EVENT_STAMP gave before the restart (P-49). Only ever raises it. */
enum wrn_status wrn_stamp_restore(struct wrn_engine *engine, const uint8_t stamp[12]);

/* The five flow calls. --------------------------------------------------------------------------------------------------------- */

/* Plaintext from the tun side, each packet turned into a datagram in place.
 * Needs   WRN_HEADROOM before and WRN_TAILROOM behind the live bytes, mtu 0 or the route's.
 * Gives   a verdict each: SEND, TAKEN (staged), HOLD, PASS, DROP.
 * Keeps   nothing: buffers are the caller's again on return.
 * Costs   one route lookup and one AEAD each; AEADs are batched. */
void wrn_tun_input(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count);

/* Datagrams from the net. Any content of any length is survived and counted.
 * Needs   remote = the datagram's source, tos = its outer TOS byte.
 * Gives   a verdict each: DELIVER, SEND (an answer in the same buffer), TAKEN, PASS, DROP. */
void wrn_net_input(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count);

/* Do what is due. Every input and output call does so too; a host without input calls this at wrn_deadline. */
void wrn_advance(struct wrn_engine *engine, wrn_time now);

/* Build what is due for the net into empty buffers of at least WRN_OUTPUT_BYTES (and headroom, packet and tailroom for staged
 * data: WRN_HEADROOM + stage_bytes + WRN_TAILROOM always fits). Verdict SEND on each one filled; a buffer too small for the next
 * staged packet drops that packet with WRN_REASON_ROOM. Returns how many; fewer than count means nothing more is due. */
size_t wrn_net_output(struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets, size_t count);

/* When to call again without input: exact, settled, never in the past after wrn_advance (P-80). While output is due it is the
 * newest `now`. WRN_NEVER: only input or configuration will do. */
wrn_time wrn_deadline(struct wrn_engine *engine);

enum wrn_event_bit {
    WRN_EVENT_SESSION = 1,   /* a session is there to send with: offer what was held */
    WRN_EVENT_LOST = 2,      /* all keys of this peer were zeroed (540 s, down, or forgotten) */
    WRN_EVENT_GAVE_UP = 4,   /* 20 initiations unanswered; staged packets are gone (P-71) */
    WRN_EVENT_ENDPOINT = 8,  /* the peer roamed: see endpoint */
    WRN_EVENT_RETRY = 16,    /* an initiation went unanswered and is sent again */
    WRN_EVENT_STAMP = 32,    /* engine: store `stamp` and give it to wrn_stamp_restore after a restart */
    WRN_EVENT_LOAD = 64,     /* engine: under_load changed */
};

/* What changed since the last event of this peer, with the values as they are now. */
struct wrn_event {
    struct wrn_peer     peer; /* slot UINT32_MAX: the engine itself */
    uint32_t            bits;
    struct wrn_endpoint endpoint;
    uint8_t             stamp[12];
    bool                under_load;
};

size_t wrn_events(struct wrn_engine *engine, struct wrn_event *events, size_t count);

/* These SEND packets, unchanged, could not be sent: byte counts and the 15 s timer forget them; all else stands (P-93). */
void wrn_net_unsent(struct wrn_engine *engine, wrn_time now, const struct wrn_packet *packets, size_t count);

/* Configuration. Every call refuses nonsense with a status and then has changed nothing. ---------------------------------------- */

/* Zeros remove the identity. The same key again is no change. A peer that has the new public key is removed (P-128). */
enum wrn_status wrn_set_private_key(struct wrn_engine *engine, wrn_time now, const uint8_t key[32]);
bool            wrn_public_key(const struct wrn_engine *engine, uint8_t key[32]); /* false without identity */
enum wrn_status wrn_set_up(struct wrn_engine *engine, wrn_time now, bool up); /* P-137, P-138 */
bool            wrn_is_up(const struct wrn_engine *engine);
enum wrn_status wrn_set_mtu(struct wrn_engine *engine, uint16_t mtu);
enum wrn_status wrn_set_load(struct wrn_engine *engine, wrn_time now, uint32_t rate, uint32_t burst); /* burst at least 1 */
void            wrn_report_load(struct wrn_engine *engine, wrn_time now); /* a host with a queue says: loaded, for 1 s from now */

/* Clear handshakes and sessions of every peer (suspend, P-139; image copied, P-140). Configuration stays. */
enum wrn_status wrn_forget_sessions(struct wrn_engine *engine, wrn_time now);
/* Forget every peer's path token: after a change of mark, port or addresses (P-119). */
enum wrn_status wrn_forget_paths(struct wrn_engine *engine);

/* Fails   WRN_NO_ROOM, WRN_EXISTS (then *peer is that one), WRN_OWN_KEY (P-129). */
enum wrn_status wrn_peer_add(struct wrn_engine *engine, wrn_time now, const uint8_t public_key[32], struct wrn_peer *peer);
enum wrn_status wrn_peer_find(const struct wrn_engine *engine, const uint8_t public_key[32], struct wrn_peer *peer);
/* In order of slots: start with peer->slot = UINT32_MAX. False at the end. Any change of configuration in between is safe. */
bool            wrn_peer_next(const struct wrn_engine *engine, struct wrn_peer *peer);
enum wrn_status wrn_peer_remove(struct wrn_engine *engine, wrn_time now, struct wrn_peer peer); /* P-134 */

enum wrn_change_bit {
    WRN_CHANGE_PRESHARED_KEY = 1,   /* zeros remove it; works from the next handshake on (P-131) */
    WRN_CHANGE_ENDPOINT = 2,
    WRN_CHANGE_FORGET_ENDPOINT = 4, /* excludes ENDPOINT */
    WRN_CHANGE_PINNED = 8,          /* a pinned endpoint does not roam (P-118) */
    WRN_CHANGE_KEEPALIVE = 16,
    WRN_CHANGE_ALL = 31,
};

struct wrn_peer_change {
    uint32_t            mask; /* of enum wrn_change_bit */
    uint8_t             preshared_key[32];
    struct wrn_endpoint endpoint;
    uint16_t            keepalive_s; /* 0 = off (P-132) */
    bool                pinned;
};

/* In place: session, counters and stamps are not disturbed (P-133). */
enum wrn_status wrn_peer_set(struct wrn_engine *engine, wrn_time now, struct wrn_peer peer, const struct wrn_peer_change *change);

/* A prefix that another peer owns moves here; *previous (may be null) tells whom it left (slot UINT32_MAX: nobody). P-110. */
enum wrn_status wrn_allowed_add(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefix,
                                struct wrn_peer *previous);
/* WRN_NOT_FOUND when this peer does not own exactly that prefix (P-113). */
enum wrn_status wrn_allowed_remove(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefix);
/* The peer's whole list becomes these, or nothing changes. */
enum wrn_status wrn_allowed_replace(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefixes, size_t count);
/* Walk: start with *cursor = 0. False at the end, or when the place of the cursor is gone. */
bool            wrn_allowed_next(const struct wrn_engine *engine, struct wrn_peer peer, uint32_t *cursor, struct wrn_prefix *prefix);
/* Whose is this address? WRN_NOT_FOUND: nobody's. */
enum wrn_status wrn_allowed_lookup(const struct wrn_engine *engine, uint8_t family, const uint8_t *address, struct wrn_peer *peer);

/* Reading. ----------------------------------------------------------------------------------------------------------------------- */

/* With outside lanes the sessions and the stage are theirs: staged, has_session and session_age_ns stay 0, false and WRN_NEVER. */
struct wrn_peer_info {
    uint8_t             public_key[32];
    struct wrn_endpoint endpoint; /* family 0: none */
    uint64_t            rx_bytes, tx_bytes; /* P-99, P-108 */
    uint64_t            handshake_seconds;  /* wall time of the last completed handshake, 0 = never (P-159) */
    uint32_t            handshake_nanoseconds;
    uint32_t            staged;
    uint16_t            keepalive_s;
    bool                pinned, has_preshared_key;
    bool                has_session;    /* one to send with, now */
    uint64_t            session_age_ns; /* of the current session; WRN_NEVER without one */
};

enum wrn_status wrn_peer_info(const struct wrn_engine *engine, struct wrn_peer peer, struct wrn_peer_info *info);

/* Law 6: the tun and net verdicts sum to the packets handed in, and the reasons to the drops among them, but STAGED_OUT, PURGED and
 * what net output adds to ROOM, which count packets that were TAKEN before. Outside lanes count for themselves (wrn_lane_counters). */
struct wrn_counters {
    uint64_t tun_verdicts[WRN_VERDICT_COUNT];
    uint64_t net_verdicts[WRN_VERDICT_COUNT];
    uint64_t reasons[WRN_REASON_COUNT];
    uint64_t outputs;          /* packets given by net output */
    uint64_t unsent;           /* packets taken back by wrn_net_unsent */
    uint64_t initiations_sent, responses_sent, cookies_sent;
    uint64_t handshakes;       /* completed, either role */
    uint64_t time_went_back;   /* calls with an older `now` than the newest seen */
};

void wrn_counters(const struct wrn_engine *engine, struct wrn_counters *counters);

/* Drop what is staged for a peer (counted as PURGED). */
enum wrn_status wrn_staged_purge(struct wrn_engine *engine, struct wrn_peer peer);

/* An ICMP or ICMPv6 unreachable for a plaintext packet that got NO_ROUTE or NO_ENDPOINT, to be put back to the tun side (P-88,
 * P-89). Its length, or 0 when there must be none or `size` does not hold it (1280 always does). */
size_t wrn_icmp_unreachable(const uint8_t *packet, size_t length, uint8_t *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
