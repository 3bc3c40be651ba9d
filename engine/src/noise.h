#ifndef WRNI_NOISE_H
#define WRNI_NOISE_H

/*
 * Floor 2. Noise_IKpsk2 as WireGuard uses it (P-13 to P-26): pure functions from keys and messages to messages and states.
 *
 * Law: everything is computed in locals and committed by assignment at the end (P-22). A function that returns false has changed
 * nothing but the message buffer it was to write, and wiped what it derived. Any all-zero DH result is a failure (P-19).
 * Split at the lookup: open_static gives the public key, the caller finds the peer, open_stamp goes on.
 *
 *   initiator                                   responder
 *   write_initiation --- e es s ss {t} ------>  open_static, open_stamp
 *   read_response   <--- e ee se psk {} ------  write_response
 *   split(first = send)                         split(first = receive)
 */

#include "kdf.h"
#include "wire.h"

/* Who we are. Made by wrni_identity_set; `present` is false for the all-zero key (P-21). */
struct wrni_identity {
    uint8_t secret[32]; /* clamped */
    uint8_t public_key[32];
    uint8_t mac1_key[32];   /* HASH("mac1----" || public) */
    uint8_t cookie_key[32]; /* HASH("cookie--" || public) */
    struct wrn_mac_memo mac1_memo; /* of mac1_key: who sends garbage makes us compute a mac1, and nothing else */
    bool    present;
};

/* What is kept between an initiation and its response. */
struct wrni_handshake {
    uint8_t hash[32];
    uint8_t chain[32];
    uint8_t ephemeral[32]; /* private */
};

/* What reading an initiation leaves behind, until the response is written in the same call: never stored. */
struct wrni_reading {
    uint8_t hash[32];
    uint8_t chain[32];
    uint8_t key[32];
    uint8_t remote_ephemeral[32];
};

/* The peer's side of it. */
struct wrni_remote {
    const uint8_t *public_key;    /* 32 */
    const uint8_t *preshared_key; /* 32, zeros for none */
    const uint8_t *static_static; /* 32: DH(our static, its static) */
};

/* Clamp and derive. An all-zero secret makes an identity that is absent, whole struct zero. */
void wrni_identity_set(struct wrni_provider provider, struct wrni_identity *identity, const uint8_t secret[32]);
void wrni_clamp(uint8_t secret[32]);
/* mac1 key of a peer: HASH("mac1----" || public). */
void wrni_mac1_key(struct wrni_provider provider, const uint8_t public_key[32], uint8_t out[32]);
void wrni_cookie_key(struct wrni_provider provider, const uint8_t public_key[32], uint8_t out[32]);

/* Fills ephemeral, static and timestamp of the message; type, sender and macs are the caller's. False: zero DH (es, or ss given
 * as zeros). */
bool wrni_noise_write_initiation(struct wrni_provider provider, const struct wrni_identity *identity,
                                 const struct wrni_remote *remote, const uint8_t ephemeral[32], const uint8_t stamp[12],
                                 uint8_t message[148], struct wrni_handshake *out);

/* First half: e, es, s. Gives the initiator's static public key. The message is not changed. */
bool wrni_noise_open_static(struct wrni_provider provider, const struct wrni_identity *identity, const uint8_t message[148],
                            struct wrni_reading *reading, uint8_t public_key[32]);
/* Second half: ss, {t}. False on zero ss or a bad tag. */
bool wrni_noise_open_stamp(struct wrni_provider provider, struct wrni_reading *reading, const struct wrni_remote *remote,
                           const uint8_t message[148], uint8_t stamp[12]);

/* Fills ephemeral and empty of the response; `chain` becomes the final chaining key, for split. */
bool wrni_noise_write_response(struct wrni_provider provider, const struct wrni_reading *reading,
                               const struct wrni_remote *remote, const uint8_t ephemeral[32], uint8_t message[92],
                               uint8_t chain[32]);
bool wrni_noise_read_response(struct wrni_provider provider, const struct wrni_identity *identity,
                              const struct wrni_handshake *handshake, const struct wrni_remote *remote, const uint8_t message[92],
                              uint8_t chain[32]);

/* P-18: the initiator sends with first. */
void wrni_noise_split(struct wrni_provider provider, const uint8_t chain[32], uint8_t first[32], uint8_t second[32]);

#endif
