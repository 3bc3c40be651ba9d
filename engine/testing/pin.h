#ifndef WARREN_PIN_H
#define WARREN_PIN_H

/*
 * Pinning: an engine that says what a test, or a capture, wants it to say. For tests and conformance only (libwarren-test.a): it is
 * never installed, and whoever chooses ephemeral keys or nonces gives security away.
 *
 * The engine has no hooks. It computes with a provider that stands before the real one and swaps what the engine drew for what
 * was pinned: ephemeral keys where they enter X25519, stamps where they are sealed, cookies where they are derived, nonces where a
 * cookie is sealed. Whose draw it is is known exactly, because a peer's draws come from a stream of its own. Counters and the
 * cookie secret are written into the engine's state.
 *
 * Receiver indices are outside the Noise transcript and are not pinned: whoever compares maps them, and makes the macs anew
 * (wrn_pin_remac).
 *
 *     wrn_pins_begin(&pins, &wrn_crypto_sodium, NULL, table, 8);
 *     wrn_engine_init(&engine, ...); wrn_engine_attach(engine, &wrn_crypto_pinned, (void *[]){&pins}, 1);
 *     wrn_pins_engine(&pins, engine);
 *     wrn_pin_ephemeral(&pins, peer, secret); wrn_pin_stamp(&pins, peer, stamp);
 */

#include "warren/engine.h"
#include "warren/inspect.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WRN_PIN_COOKIES 16u
#define WRN_PIN_DRAWS 64u /* of a peer, at most, between pinning and the message */

/* Private: one peer's. */
struct wrn_pin {
    struct wrn_peer peer;
    bool    used, wants_ephemeral, wants_stamp, speaks;
    uint8_t stream[32];           /* the peer's, when it was pinned last */
    uint8_t ephemeral[32], stamp[12];
    uint8_t drawn[32], spoken[32]; /* what the engine believes its ephemeral is, and what it is */
};

struct wrn_pin_cookie { uint8_t source[18], cookie[16]; uint32_t length; };

/* Private. */
struct wrn_pins {
    const struct wrn_crypto *real;
    void                    *context;
    struct wrn_engine       *engine;
    struct wrn_pin          *table;
    size_t                   size;
    uint8_t                  speaker[32]; /* the ephemeral drawn last */
    bool                     has_nonce;
    uint8_t                  nonce[24];
    struct wrn_pin_cookie    cookies[WRN_PIN_COOKIES];
    uint32_t                 next_cookie;
};

/* The provider; its context is a struct wrn_pins. */
extern const struct wrn_crypto wrn_crypto_pinned;

/* Needs   a table of as many entries as peers will ever be pinned.
 * Keeps   real, context, table. */
void wrn_pins_begin(struct wrn_pins *pins, const struct wrn_crypto *real, void *context, struct wrn_pin *table, size_t size);
/* Whose pins: after init, and again after a move. One engine, one lane. */
void wrn_pins_engine(struct wrn_pins *pins, struct wrn_engine *engine);

/* The ephemeral private key of the next initiation to this peer, or response to it, whichever comes first. Fails with
 * WRN_STALE; WRN_NO_ROOM when the table is full. */
enum wrn_status wrn_pin_ephemeral(struct wrn_pins *pins, struct wrn_peer peer, const uint8_t secret[32]);
/* The stamp in the next initiation to this peer, as it stands. Later ones of the engine are later than this one. */
enum wrn_status wrn_pin_stamp(struct wrn_pins *pins, struct wrn_peer peer, const uint8_t stamp[12]);
/* Pinned for this peer and not said yet? */
bool wrn_pin_waits(const struct wrn_pins *pins, struct wrn_peer peer);

/* What the engine gives as a cookie to this source, and takes in a mac2 from it. The oldest of more than WRN_PIN_COOKIES goes. */
void wrn_pin_cookie(struct wrn_pins *pins, const struct wrn_endpoint *source, const uint8_t cookie[16]);
/* The nonce of the next cookie reply. */
void wrn_pin_cookie_nonce(struct wrn_pins *pins, const uint8_t nonce[24]);
/* The secret that cookies derive from, new at this moment (P-31). */
void wrn_pin_cookie_secret(struct wrn_engine *engine, const uint8_t secret[32]);

/* The counter of the next data message under this session. WRN_STALE; WRN_NOT_FOUND: no such session. */
enum wrn_status wrn_pin_counter(struct wrn_engine *engine, struct wrn_peer peer, enum wrn_place place, uint64_t counter);

/* The previous session stands as the current one, and the current one as the previous: for a packet whose session was chosen before
 * the rotation, and which left after it. Called again, everything stands as it did. WRN_STALE; WRN_NOT_FOUND: no previous session. */
enum wrn_status wrn_pin_swap(struct wrn_engine *engine, struct wrn_peer peer);

/* What an engine owes the net without having been asked: an initiation, or a keepalive. */
enum wrn_pin_due { WRN_PIN_INITIATION = 1, WRN_PIN_RETRY, WRN_PIN_KEEPALIVE };

/* Takes one thing that is owed off the engine, which then does not send it: whoever compares has it said at the time of the one it
 * is compared with (wrn_pin_ask). False: nothing is owed. Staged packets are not taken: give such an engine no stage. */
bool wrn_pin_take_due(struct wrn_engine *engine, struct wrn_peer *peer, enum wrn_pin_due *due);
/* That is owed now, whatever timers and pauses say: the next wrn_net_output gives it. A keepalive needs a session to send with.
 * Fails with WRN_STALE. */
enum wrn_status wrn_pin_ask(struct wrn_engine *engine, struct wrn_peer peer, enum wrn_pin_due due);
/* The load is over, whatever was reported. */
void wrn_pin_idle(struct wrn_engine *engine);

/* mac1 anew for this recipient's public key, and mac2 by the cookie, or zero without one. False: neither an initiation nor a
 * response. Costs 3 hashes. */
bool wrn_pin_remac(const struct wrn_crypto *crypto, void *context, const uint8_t recipient[32], const uint8_t *cookie,
                   uint8_t *message, size_t length);

#ifdef __cplusplus
}
#endif

#endif
