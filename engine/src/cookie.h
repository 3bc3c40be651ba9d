#ifndef WRNI_COOKIE_H
#define WRNI_COOKIE_H

/*
 * Floor 2. mac1, mac2 and cookies (P-28 to P-38).
 *
 * The checker is the loaded side: one secret per engine, drawn lazily, replaced at the first use when it is 120 s old (P-31).
 * The jar is the other side: per peer, the last mac1 sent and the cookie won with it, good for 115 s (P-36). It survives
 * session loss and interface down (P-38).
 */

#include "drbg.h"
#include "noise.h"

struct wrni_checker {
    uint8_t          secret[32];
    struct wrn_mac_memo memo; /* of the secret: a flood asks for a cookie per datagram */
    wrn_time         born;
    bool             drawn;
    struct wrni_drbg drbg; /* a stream of its own: strangers may advance it, and it shifts nothing else (law 7) */
};

struct wrni_jar {
    uint8_t  cookie[16];
    uint8_t  mac1[16];
    wrn_time cookie_at;
    bool     has_cookie, has_mac1;
};

/* Writes mac1, and mac2 if the jar holds a live cookie (zeros otherwise), and remembers mac1. mac1_key is the recipient's. */
void wrni_cookie_stamp(struct wrni_provider provider, struct wrni_jar *jar, const uint8_t mac1_key[32], enum wrni_kind kind,
                       uint8_t *message, wrn_time now);

bool wrni_mac1_valid(struct wrni_provider provider, struct wrni_identity *identity, enum wrni_kind kind, const uint8_t *message);
bool wrni_mac2_valid(struct wrni_provider provider, struct wrni_checker *checker, enum wrni_kind kind, const uint8_t *message,
                     const struct wrn_endpoint *from, wrn_time now);

/* The 64-byte cookie reply to `message`, which `reply` may overlap. */
void wrni_cookie_reply(struct wrni_provider provider, struct wrni_checker *checker, const struct wrni_identity *identity,
                       enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from, wrn_time now,
                       uint8_t reply[64]);

/* Consume a cookie reply (P-34): needs a mac1 sent and not yet answered. cookie_key is HASH("cookie--" || sender's public). */
bool wrni_cookie_consume(struct wrni_provider provider, struct wrni_jar *jar, const uint8_t cookie_key[32],
                         const uint8_t reply[64], wrn_time now);

#endif
