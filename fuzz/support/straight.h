#ifndef FUZZ_STRAIGHT_H
#define FUZZ_STRAIGHT_H

/*
 * The four messages by hand, in a straight line (P-13 to P-18, P-28, P-32): what peers of the engine say in harnesses, and what
 * the engine's own messages are compared with. Of the project it uses BLAKE2s only, as a primitive; nothing of kdf, noise, wire,
 * cookie or stamp. Diffie-Hellman goes through the memo of crypto.h, the AEADs are libsodium's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZ_INITIATION = 148, FUZZ_RESPONSE = 92, FUZZ_COOKIE = 64, FUZZ_DATA_LEAST = 32 };

/* After the initiation, in both heads. */
struct fuzz_hand { uint8_t hash[32], chain[32], remote_ephemeral[32]; };

void fuzz_put32(uint8_t *to, uint32_t value); /* little-endian */
void fuzz_put64(uint8_t *to, uint64_t value);
uint32_t fuzz_get32(const uint8_t *from);
uint64_t fuzz_get64(const uint8_t *from);

void fuzz_stamp(uint8_t stamp[12], uint64_t seconds, uint32_t nanoseconds); /* P-46 */

/* Who initiates, honest or not. `claims` (may be null) is the static key that the message names instead of the secret's own; with
 * `point` (may be null) as the ephemeral key, and one of low order for `claims`, agreements are what everybody knows: zero. */
struct fuzz_caller { const uint8_t *secret, *ephemeral, *claims, *point; };

/* An initiation without macs. False: a Diffie-Hellman is zero; it is whole all the same. */
bool fuzz_initiate(uint8_t message[148], struct fuzz_hand *hand, const struct fuzz_caller *caller, const uint8_t responder[32],
                   uint32_t sender, const uint8_t stamp[12]);

enum fuzz_reading { FUZZ_READ_STRANGE, FUZZ_READ_STATIC, FUZZ_READ_WHOLE }; /* nothing opens; the static key; the stamp too */
enum fuzz_reading fuzz_read_initiation(const uint8_t message[148], struct fuzz_hand *hand, const uint8_t secret[32],
                                       uint8_t initiator[32], uint8_t stamp[12]);

/* A response without macs, and what the responder sends and receives with. False: a Diffie-Hellman is zero. `point` as above. */
bool fuzz_respond(uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                  const uint8_t ephemeral[32], const uint8_t *point, const uint8_t initiator[32], const uint8_t psk[32],
                  uint32_t sender, uint32_t receiver);
/* As the initiator. */
bool fuzz_read_response(const uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                        const uint8_t secret[32], const uint8_t ephemeral[32], const uint8_t psk[32]);

/* mac1 for that recipient; mac2 with the cookie, or zero. Length is 148 or 92. */
void fuzz_macs(uint8_t *message, size_t length, const uint8_t recipient[32], const uint8_t *cookie);
bool fuzz_mac1_right(const uint8_t *message, size_t length, const uint8_t recipient[32]);
bool fuzz_mac2_right(const uint8_t *message, size_t length, const uint8_t cookie[16]);

void fuzz_seal_cookie(uint8_t reply[64], uint32_t receiver, const uint8_t responder[32], const uint8_t nonce[24],
                      const uint8_t cookie[16], const uint8_t mac1[16]);
bool fuzz_open_cookie(const uint8_t reply[64], const uint8_t responder[32], const uint8_t mac1[16], uint8_t cookie[16]);

/* A data message; `out` holds length + 32. */
void fuzz_seal_data(uint8_t *out, const uint8_t key[32], uint32_t receiver, uint64_t counter, const uint8_t *plain,
                    size_t length);
bool fuzz_open_data(uint8_t *plain, const uint8_t key[32], const uint8_t *message, size_t length);

#endif
