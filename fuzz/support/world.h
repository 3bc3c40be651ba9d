#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

/*
 * One engine, and beside it a model of what it must be: every secret is known here, so each datagram is judged by the rules
 * before the engine sees it, and what the engine made of it is compared. The model asks the engine nothing; it learns from what
 * leaves it.
 *
 * The peers: FUZZ_A has an IPv4 endpoint, FUZZ_B a preshared key and an IPv6 endpoint, FUZZ_C no endpoint until it speaks.
 * Whoever else speaks is a stranger. The snapshots are made once, by handshakes of the straight line, twice in memories filled
 * unlike, which must come out equal (law 1); an input begins with a copy of one (law 5).
 *
 * Oracles: verdict, reason, peer (of a datagram, as the rules say), silence (what is refused changes accounts only, law 7), sum
 * (law 6), event (who has a session, and is where, is told), wish (a session is asked for when the rule says, P-73), work
 * (Diffie-Hellman and AEADs at most, P-27), answer, output (bytes of what leaves, byte for byte), delivery, view (sessions,
 * handshake, stamps, cookie, endpoint), wiped (a key that is gone, or a packet that has left, is nowhere), tick (law of early
 * ticks: packet after tick is packet), batch (law 2), account (bytes that came, left, and were taken back; when a handshake was
 * completed).
 */

#include "crypto.h"
#include "fuzz.h"
#include "straight.h"
#include "warren/warren.h"

#define FUZZ_BEGIN (1000 * WRN_SECOND) /* when the engine is made, and the second since 1970 that it is told then */
#define FUZZ_UNIX UINT64_C(1700000000)

enum fuzz_name { FUZZ_A, FUZZ_B, FUZZ_C, FUZZ_PEERS };
enum {
    FUZZ_SOURCES = 8,
    FUZZ_SEEN = 64,
    FUZZ_PACKET = 2048,
    FUZZ_WINDOW = 1024,
    FUZZ_STAGE = 8,
    FUZZ_SHARE = 4,
    FUZZ_STAGED = 256,
    FUZZ_MEMORY = 65536
};

enum fuzz_snapshot {
    FUZZ_S0_IDLE,
    FUZZ_S1_INITIATED, /* to A and B */
    FUZZ_S2_CURRENT,   /* initiator, with A and B */
    FUZZ_S3_NEXT,      /* responder, unconfirmed, with A and B */
    FUZZ_S4_PREVIOUS,  /* responder, previous and current, with A; current and next with B */
    FUZZ_S5_119, FUZZ_S5_164, FUZZ_S5_179, /* S2, that old in seconds */
    FUZZ_S6_REKEY,     /* S2 with counters at 2^60 */
    FUZZ_S6_REJECT,    /* S2 with counters at the last */
    FUZZ_S7_LOADED,    /* S1 under load, cookies known for each source */
    FUZZ_S8_COOKIE,    /* S1, and A and B gave cookies */
    FUZZ_SNAPSHOTS
};

struct fuzz_session {
    bool     there, initiator;
    uint32_t local, remote;
    uint8_t  send[32], receive[32];
    wrn_time birth;
    uint64_t sent, next;       /* counters: the next to send; newest received and one */
    uint64_t seen[FUZZ_SEEN];  /* received, the newest of them */
    uint32_t seens;
};

struct fuzz_staged { uint32_t length; uint16_t mtu; uint8_t plain[FUZZ_STAGED]; };

struct fuzz_peer {
    uint8_t  secret[32], public_key[32], psk[32];
    struct wrn_peer     handle;
    struct wrn_endpoint endpoint;
    struct fuzz_session session[3]; /* by enum wrn_place */
    bool     pending, has_mac1, has_cookie, consumed_once;
    uint8_t  initiation[148], ephemeral[32]; /* of the engine's that is pending */
    struct fuzz_hand hand;                   /* of it, in the peer's head */
    uint8_t  mac1[16], cookie[16];           /* the last the engine sent; what it was given */
    wrn_time cookie_at, consumed;
    uint8_t  stamp_sent[12], stamp_received[12];
    struct fuzz_staged staged[FUZZ_SHARE];
    uint32_t stageds;
    uint64_t rx_bytes, tx_bytes;         /* P-99, P-108 */
    bool     completed_once;
    wrn_time completed;                  /* the last handshake (P-159) */
};

struct fuzz_world {
    struct fuzz_peer    peer[FUZZ_PEERS];
    struct wrn_counters counters; /* as they should be */
    wrn_time            now, loaded_until, cookies_until;
    uint16_t            mtu;
    uint8_t             cookie[FUZZ_SOURCES][16];
    struct fuzz_bucket { uint64_t level; wrn_time last; bool used; } bucket[FUZZ_SOURCES];
    uint8_t             stamp_newest[12];
    bool                unsaved; /* it is to be stored */
    bool                has_cookies, fail_sends; /* fail_sends, set by a harness: datagrams of the tun side are taken back */
    /* not of the model */
    struct wrn_engine  *engine;
    enum fuzz_snapshot  snapshot; /* how it began */
    bool                touched;  /* something came since */
    struct fuzz_crypto  crypto;
};

/* The engine's own keys, and places to send from. Source 0 is A's endpoint, 1 is B's; 0 and 4 differ in the port only. */
extern uint8_t fuzz_us_secret[32], fuzz_us_public[32];
extern const struct wrn_endpoint fuzz_sources[FUZZ_SOURCES];

/* A fresh copy of a snapshot; there is one at a time. The first call makes them all. */
struct fuzz_world *fuzz_world(enum fuzz_snapshot snapshot);
void fuzz_world_over(void); /* what it reached counts (reached.h); the next one does so too */

/* Time passes: the tick, and all output. */
void fuzz_advance(struct fuzz_world *world, wrn_time passed);
/* All output, each datagram judged. */
void fuzz_drain(struct fuzz_world *world);

/* A datagram from a source, `later` ns from now. The engine's verdict, which was the right one. */
enum wrn_verdict fuzz_net(struct fuzz_world *world, unsigned source, uint8_t tos, const uint8_t *data, size_t size,
                          wrn_time later);

/* A packet from the tun side: its headroom, the room behind it. */
enum wrn_verdict fuzz_tun(struct fuzz_world *world, const uint8_t *plain, uint32_t length, uint32_t headroom, uint32_t tailroom,
                          uint16_t mtu);

/* As many packets as `fuzz_tun` would take one by one, into a copy of the engine and at once; then one by one. Both must end
 * alike (law 2). */
struct fuzz_plain { const uint8_t *plain; uint32_t length; uint16_t mtu; };
void fuzz_tun_batch(struct fuzz_world *world, const struct fuzz_plain *plains, unsigned count);

/* As a peer: the response to what is pending, or an initiation and data under what it begins. False: there was no reason to. */
bool fuzz_complete(struct fuzz_world *world, unsigned peer);
bool fuzz_confirm(struct fuzz_world *world, unsigned peer, unsigned number);

void fuzz_set_mtu(struct fuzz_world *world, uint16_t mtu); /* of the interface; 1420 before */

/* On copies: packets of two peers at once ask and tell in the order of the packets (law 2). */
void fuzz_judge_order(struct fuzz_world *world);

/* The model against all that can be seen. */
void fuzz_view(const struct fuzz_world *world);

/* Whose is this inner address? FUZZ_PEERS: nobody's. By the longest of a few prefixes, naively. */
unsigned fuzz_owner(uint8_t family, const uint8_t *address);
/* An inner packet of a peer's own address to the engine's side, or back; at least 20 (IPv4) or 40 bytes are written. */
void fuzz_inner(uint8_t *plain, uint32_t length, uint8_t family, unsigned peer, bool from_peer);

/* As a peer: an initiation to the engine, whole, and what its secrets were. */
struct fuzz_hand fuzz_call(const struct fuzz_world *world, unsigned peer, const uint8_t ephemeral[32], uint32_t sender,
                           uint64_t seconds, uint8_t message[148]);

#endif
