#ifndef FUZZ_MATE_H
#define FUZZ_MATE_H

/*
 * The peer of one engine: what it heard, as it reads it, and what it says, sealed for whoever the engine is. What it cannot read
 * is the failure "timers-message". Handshakes and data are made in the straight line (straight.h); it has no preshared key.
 */

#include "straight.h"
#include "warren/types.h"

enum { FUZZ_MATE_KEYS = 64 }; /* more than sessions in an input */

/* A session as the peer has it. */
struct fuzz_keys { uint8_t send[32], receive[32]; uint32_t local, remote; uint64_t sent, next; };

/* An initiation of the engine as the peer has it. */
struct fuzz_heard { bool there; uint32_t index; struct fuzz_hand hand; };

struct fuzz_mate {
    struct fuzz_keys  keys[FUZZ_MATE_KEYS]; /* by number of the session */
    struct fuzz_heard heard, before;
    uint8_t           us[32];               /* the engine's public key */
    uint8_t           mac1[16], cookie[16], stamp[12];
    bool              has_mac1, has_cookie;
    wrn_time          cookie_at;
    unsigned          said;                 /* initiations */
    unsigned          held[3];              /* sessions that the engine had; 0: none */
    struct { bool there; uint8_t secret[32]; } ephemeral, superseded; /* the engine's, behind what was heard */
};

/* What an initiation of the peer needs to be remembered by. */
struct fuzz_saying { struct fuzz_keys keys; struct fuzz_hand hand; uint8_t ephemeral[32]; };

extern uint8_t fuzz_mate_secret[32], fuzz_mate_public[32];

void fuzz_mate_hears_initiation(struct fuzz_mate *, wrn_time now, const uint8_t *message, uint32_t length);
/* The answer to an initiation of ours, and the session that it begins. */
void fuzz_mate_hears_response(struct fuzz_mate *, wrn_time now, const struct fuzz_saying *to, struct fuzz_keys *keys,
                              const uint8_t *message, uint32_t length);
void fuzz_mate_hears_data(struct fuzz_keys *keys, const uint8_t *message, uint32_t length, uint32_t plain);

void fuzz_mate_initiates(struct fuzz_mate *, struct fuzz_saying *saying, uint8_t message[148]);
void fuzz_mate_responds(struct fuzz_mate *, const struct fuzz_heard *to, uint32_t sender, struct fuzz_keys *keys,
                        uint8_t message[92]);
/* A reply to the newest mac1; the cookie has a number. */
void fuzz_mate_gives_cookie(struct fuzz_mate *, unsigned number, uint8_t cookie[16], uint8_t message[64]);

/* What the engine has now: a pending initiation, sessions by number. The secrets of what it had before are nowhere in its memory;
 * else the failure is "timers-wiped" (P-26, P-60, P-161). */
void fuzz_mate_lets_go(struct fuzz_mate *, bool pending, const unsigned has[3], const void *memory, size_t size);

#endif
