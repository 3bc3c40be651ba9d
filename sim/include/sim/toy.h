#ifndef SIM_TOY_H
#define SIM_TOY_H

/*
 * A provider for worlds that are too large for real primitives: same shapes, lengths and failures, a keyed checksum instead of
 * security. Anybody can forge it; it is for simulated worlds only, and no program that carries traffic links it.
 *
 * What is changed, cut or sealed under another key, counter or nonce is refused; bytes sealed do not show what they were. X25519
 * becomes a checksum of two public keys: commutative, blind to the top bit and to the bits that clamping sets, and zero where
 * the real one is zero (P-19). Public keys of known secrets are those of the real curve: engines compare public keys (P-168), so
 * a world takes the same turns under both.
 */

#include "warren/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sim_toy_key {
    uint8_t secret[32], public_key[32];
    bool    used;
};

/* The context of sim_toy; may be null: no secret is known, and public keys are checksums. All zero but for keys and size. */
struct sim_toy {
    struct sim_toy_key *keys;
    uint32_t            size; /* a power of two, at least twice the secrets to learn */
};

extern const struct wrn_crypto sim_toy;

/* Needs   a table with room.
 * Gives   public_key as the base point's multiple by secret (clamped or not) from now on; the first one for a secret holds. */
void sim_toy_learn(struct sim_toy *toy, const uint8_t secret[32], const uint8_t public_key[32]);

#ifdef __cplusplus
}
#endif

#endif
