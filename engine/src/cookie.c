#include "cookie.h"

#include "wire.h"

#define SECRET_AGE (120 * WRN_SECOND)
#define COOKIE_AGE (115 * WRN_SECOND) /* 5 s less than the secret behind it, for the way (P-36) */

/* Expired when birth + limit <= now; a birth in the future is age 0 (G-19). */
static bool aged(wrn_time birth, wrn_time now, wrn_time limit)
{
    return now > birth && now - birth >= limit;
}

void wrni_cookie_stamp(struct wrni_provider provider, struct wrni_jar *jar, const uint8_t mac1_key[32], enum wrni_kind kind,
                       uint8_t *message, wrn_time now)
{
    size_t   at = wrni_wire_mac1_at(kind);
    uint8_t *mac1 = message + at, *mac2 = mac1 + 16;

    wrni_mac(provider, NULL, mac1_key, 32, message, at, mac1, 16);
    if (jar->has_cookie && !aged(jar->cookie_at, now, COOKIE_AGE))
        wrni_mac(provider, NULL, jar->cookie, sizeof jar->cookie, message, at + 16, mac2, 16);
    else
        memset(mac2, 0, 16);
    memcpy(jar->mac1, mac1, sizeof jar->mac1);
    jar->has_mac1 = true;
}

bool wrni_mac1_valid(struct wrni_provider provider, struct wrni_identity *identity, enum wrni_kind kind, const uint8_t *message)
{
    size_t  at = wrni_wire_mac1_at(kind);
    uint8_t right[16];
    bool    valid;

    wrni_mac(provider, &identity->mac1_memo, identity->mac1_key, 32, message, at, right, sizeof right);
    valid = wrni_equal(right, message + at, sizeof right);
    wrni_wipe(right, sizeof right);
    return valid;
}

/* What this secret gives for this address and port (P-30). */
static void bake(struct wrni_provider provider, struct wrni_checker *checker, const struct wrn_endpoint *from, wrn_time now,
                 uint8_t cookie[16])
{
    size_t  address_length = from->family == 6 ? 16 : 4;
    uint8_t input[18];

    if (!checker->drawn || aged(checker->born, now, SECRET_AGE)) {
        wrni_drbg_bytes(&checker->drbg, checker->secret, sizeof checker->secret);
        checker->memo = (struct wrn_mac_memo){{0}};
        checker->born = now;
        checker->drawn = true;
    }
    memcpy(input, from->address, address_length);
    wrni_store_be16(input + address_length, from->port);
    wrni_mac(provider, &checker->memo, checker->secret, sizeof checker->secret, input, address_length + 2, cookie, 16);
}

bool wrni_mac2_valid(struct wrni_provider provider, struct wrni_checker *checker, enum wrni_kind kind, const uint8_t *message,
                     const struct wrn_endpoint *from, wrn_time now)
{
    static const uint8_t none[16] = {0};
    size_t  at = wrni_wire_mac1_at(kind) + 16;
    uint8_t cookie[16], right[16];
    bool    valid;

    if (memcmp(message + at, none, sizeof none) == 0) /* who has no cookie says so: a flood costs no mac2 */
        return false;
    bake(provider, checker, from, now, cookie);
    wrni_mac(provider, NULL, cookie, sizeof cookie, message, at, right, sizeof right);
    valid = wrni_equal(right, message + at, sizeof right);
    wrni_wipe(cookie, sizeof cookie);
    wrni_wipe(right, sizeof right);
    return valid;
}

void wrni_cookie_reply(struct wrni_provider provider, struct wrni_checker *checker, const struct wrni_identity *identity,
                       enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from, wrn_time now,
                       uint8_t reply[64])
{
    uint8_t          made[WRNI_COOKIE_BYTES];
    struct wrn_xaead operation = {.key = identity->cookie_key,
                                  .nonce = made + WRNI_COOKIE_NONCE,
                                  .aad = message + wrni_wire_mac1_at(kind),
                                  .aad_length = 16,
                                  .data = made + WRNI_COOKIE_SEALED,
                                  .length = 16};

    wrni_store_le32(made, WRNI_COOKIE);
    memcpy(made + WRNI_AT_RECEIVER, message + WRNI_AT_SENDER, 4);
    bake(provider, checker, from, now, made + WRNI_COOKIE_SEALED);
    wrni_drbg_bytes(&checker->drbg, made + WRNI_COOKIE_NONCE, WRN_XNONCE_BYTES);
    provider.crypto->xseal(provider.context, &operation, 1);
    memcpy(reply, made, sizeof made);
}

bool wrni_cookie_consume(struct wrni_provider provider, struct wrni_jar *jar, const uint8_t cookie_key[32],
                         const uint8_t reply[64], wrn_time now)
{
    uint8_t          opened[16 + WRN_TAG_BYTES];
    struct wrn_xaead operation = {.key = cookie_key,
                                  .nonce = reply + WRNI_COOKIE_NONCE,
                                  .aad = jar->mac1,
                                  .aad_length = sizeof jar->mac1,
                                  .data = opened,
                                  .length = 16};

    if (!jar->has_mac1)
        return false;
    memcpy(opened, reply + WRNI_COOKIE_SEALED, sizeof opened);
    provider.crypto->xopen(provider.context, &operation, 1);
    if (operation.good) {
        memcpy(jar->cookie, opened, sizeof jar->cookie);
        jar->cookie_at = now;
        jar->has_cookie = true;
        jar->has_mac1 = false; /* one reply per mac1 sent: a replay must not renew the age (P-34) */
    }
    wrni_wipe(opened, sizeof opened);
    return operation.good;
}
