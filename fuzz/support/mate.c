#define _GNU_SOURCE
#include "mate.h"

#include "crypto.h"
#include "fuzz.h"

#include <string.h>

uint8_t fuzz_mate_secret[32], fuzz_mate_public[32];

static const uint8_t zero[32];

static void check_macs(struct fuzz_mate *mate, wrn_time now, const uint8_t *message, size_t length)
{
    bool good = mate->has_cookie && now - mate->cookie_at < 115 * WRN_SECOND; /* P-36 */
    FUZZ_CHECK(fuzz_mac1_right(message, length, fuzz_mate_public), "timers-message", "mac1 is wrong");
    FUZZ_CHECK(good ? fuzz_mac2_right(message, length, mate->cookie) : !memcmp(message + length - 16, zero, 16), "timers-message",
               "mac2 is wrong, %s cookie", good ? "with a" : "without a");
    memcpy(mate->mac1, message + length - 32, 16);
    mate->has_mac1 = true;
}

void fuzz_mate_hears_initiation(struct fuzz_mate *mate, wrn_time now, const uint8_t *message, uint32_t length)
{
    uint8_t from[32], stamp[12];
    FUZZ_CHECK(length == FUZZ_INITIATION && message[0] == 1, "timers-output", "%u bytes of type %u are no initiation", length,
               message[0]);
    mate->before = mate->heard;
    mate->heard.index = fuzz_get32(message + 4);
    mate->heard.there = fuzz_read_initiation(message, &mate->heard.hand, fuzz_mate_secret, from, stamp) == FUZZ_READ_WHOLE &&
                        !memcmp(from, mate->us, 32);
    FUZZ_CHECK(mate->heard.there, "timers-message", "nobody can read the initiation");
    FUZZ_CHECK(memcmp(stamp, mate->stamp, 12) > 0, "timers-message", "a stamp that is not later than the one before");
    FUZZ_CHECK(!stamp[9] && !stamp[10] && !stamp[11], "timers-message", "a stamp that is not whitened"); /* P-47 */
    memcpy(mate->stamp, stamp, 12);
    mate->superseded = mate->ephemeral;
    mate->ephemeral.there = fuzz_secret_of(mate->ephemeral.secret, message + 8);
    FUZZ_CHECK(mate->ephemeral.there, "timers-message", "its ephemeral key was never made");
    check_macs(mate, now, message, length);
}

void fuzz_mate_hears_response(struct fuzz_mate *mate, wrn_time now, const struct fuzz_saying *to, struct fuzz_keys *keys,
                              const uint8_t *message, uint32_t length)
{
    FUZZ_CHECK(length == FUZZ_RESPONSE && message[0] == 2, "timers-message", "%u bytes are no response", length);
    FUZZ_CHECK(fuzz_get32(message + 8) == 0x49000000 + mate->said, "timers-message", "a response to somebody else");
    *keys = (struct fuzz_keys){.local = fuzz_get32(message + 4), .remote = fuzz_get32(message + 8)};
    FUZZ_CHECK(fuzz_read_response(message, keys->send, keys->receive, &to->hand, fuzz_mate_secret, to->ephemeral, zero),
               "timers-message", "nobody can read the response");
    check_macs(mate, now, message, length);
}

void fuzz_mate_hears_data(struct fuzz_keys *keys, const uint8_t *message, uint32_t length, uint32_t plain)
{
    uint8_t opened[256];
    FUZZ_CHECK(length == plain + 32 && length <= sizeof opened && fuzz_get32(message) == 4, "timers-output",
               "%u bytes of type %u are no data of %u", length, message[0], plain);
    FUZZ_CHECK(fuzz_get32(message + 4) == keys->remote && fuzz_get64(message + 8) == keys->next++, "timers-message",
               "for index %08x, counter %llu", fuzz_get32(message + 4), (unsigned long long)fuzz_get64(message + 8));
    FUZZ_CHECK(fuzz_open_data(opened, keys->receive, message, length), "timers-message", "the data does not open");
}

void fuzz_mate_initiates(struct fuzz_mate *mate, struct fuzz_saying *saying, uint8_t message[148])
{
    uint8_t stamp[12];
    fuzz_entropy(50 + mate->said % 4, saying->ephemeral);
    fuzz_stamp(stamp, UINT64_C(1700000000) + ++mate->said, 0);
    fuzz_initiate(message, &saying->hand, &(struct fuzz_caller){fuzz_mate_secret, saying->ephemeral, NULL, NULL}, mate->us,
                  0x49000000 + mate->said, stamp);
    fuzz_macs(message, FUZZ_INITIATION, mate->us, NULL);
}

void fuzz_mate_responds(struct fuzz_mate *mate, const struct fuzz_heard *to, uint32_t sender, struct fuzz_keys *keys,
                        uint8_t message[92])
{
    uint8_t ephemeral[32];
    fuzz_entropy(40 + to->index % 4, ephemeral);
    *keys = (struct fuzz_keys){.local = to->index, .remote = sender};
    fuzz_respond(message, keys->send, keys->receive, &to->hand, ephemeral, NULL, mate->us, zero, sender, to->index);
    fuzz_macs(message, FUZZ_RESPONSE, mate->us, NULL);
}

void fuzz_mate_gives_cookie(struct fuzz_mate *mate, unsigned number, uint8_t cookie[16], uint8_t message[64])
{
    uint8_t nonce[32], bytes[32];
    fuzz_entropy(60 + number % 4, nonce);
    fuzz_entropy(64 + number % 4, bytes);
    memcpy(cookie, bytes, 16);
    fuzz_seal_cookie(message, mate->heard.index, fuzz_mate_public, nonce, cookie, mate->mac1);
}

/* Of each secret the middle, which no clamping changes. */
static void gone(const uint8_t secret[32], const char *what, const void *memory, size_t size)
{
    FUZZ_CHECK(!memmem(memory, size, secret + 8, 16), "timers-wiped", "%s key of what is gone is still there", what);
}

void fuzz_mate_lets_go(struct fuzz_mate *mate, bool pending, const unsigned has[3], const void *memory, size_t size)
{
    if (mate->superseded.there)
        gone(mate->superseded.secret, "an ephemeral", memory, size);
    if (mate->ephemeral.there && !pending)
        gone(mate->ephemeral.secret, "the ephemeral", memory, size);
    mate->superseded.there = false;
    mate->ephemeral.there &= pending;
    for (unsigned i = 0; i < 3; i++) {
        unsigned                held = mate->held[i];
        const struct fuzz_keys *keys = &mate->keys[held % FUZZ_MATE_KEYS];
        if (!held || held == has[0] || held == has[1] || held == has[2])
            continue;
        gone(keys->send, "the receiving", memory, size);
        gone(keys->receive, "the sending", memory, size);
    }
    memcpy(mate->held, has, sizeof mate->held);
}
