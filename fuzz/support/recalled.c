#include "recalled.h"

#include <string.h>

#include "box.h"

enum { PLACES = 2048 };

/* Arguments and results, in whole words and without holes: what is none is zeros, and its flag says so. */
struct calling { uint8_t secret[32], ephemeral[32], claims[32], point[32], responder[32], stamp[12], sender[4], flags[8]; };
struct called { struct fuzz_hand hand; uint8_t message[148], good[4]; };
struct hearing { uint8_t message[116], none[4], secret[32]; };
struct heard { struct fuzz_hand hand; uint8_t initiator[32], stamp[12], reading[4]; };
struct answering { struct fuzz_hand hand; uint8_t ephemeral[32], point[32], initiator[32], psk[32], ends[8], flags[8]; };
struct answered { uint8_t message[92], good[4], send[32], receive[32]; };
struct ending { struct fuzz_hand hand; uint8_t message[60], none[4], secret[32], ephemeral[32], psk[32]; };
struct ended { uint8_t send[32], receive[32], good[8]; };

#define WORDS(of) (unsigned)(sizeof(struct of) / 8)
#define MEMO(name, key, value)                                                                                                     \
    static uint64_t name##_memory[PLACES * FUZZ_MEMO_WORDS(WORDS(key), WORDS(value))];                                             \
    static const struct fuzz_memo name = {name##_memory, WORDS(key), WORDS(value), PLACES};                                        \
    _Static_assert(sizeof(struct key) % 8 == 0 && sizeof(struct value) % 8 == 0, "whole words")

MEMO(calls, calling, called);
MEMO(hearings, hearing, heard);
MEMO(answers, answering, answered);
MEMO(ends, ending, ended);

bool fuzz_initiate(uint8_t message[148], struct fuzz_hand *hand, const struct fuzz_caller *caller, const uint8_t responder[32],
                   uint32_t sender, const uint8_t stamp[12])
{
    struct calling key = {.flags = {caller->claims != NULL, caller->point != NULL}};
    struct called *is;
    bool           hit;
    memcpy(key.secret, caller->secret, 32);
    memcpy(key.ephemeral, caller->ephemeral, 32);
    if (caller->claims)
        memcpy(key.claims, caller->claims, 32);
    if (caller->point)
        memcpy(key.point, caller->point, 32);
    memcpy(key.responder, responder, 32);
    memcpy(key.stamp, stamp, 12);
    fuzz_put32(key.sender, sender);
    is = fuzz_recall(&calls, &key, &hit);
    if (!hit)
        is->good[0] = straight_initiate(is->message, &is->hand, caller, responder, sender, stamp);
    memcpy(message, is->message, sizeof is->message);
    *hand = is->hand;
    return is->good[0];
}

enum fuzz_reading fuzz_read_initiation(const uint8_t message[148], struct fuzz_hand *hand, const uint8_t secret[32],
                                       uint8_t initiator[32], uint8_t stamp[12])
{
    struct hearing key = {.none = {0}};
    struct heard  *is;
    bool           hit;
    memcpy(key.message, message, sizeof key.message);
    memcpy(key.secret, secret, 32);
    is = fuzz_recall(&hearings, &key, &hit);
    if (!hit)
        is->reading[0] = (uint8_t)straight_read_initiation(message, &is->hand, secret, is->initiator, is->stamp);
    *hand = is->hand;
    memcpy(initiator, is->initiator, 32);
    memcpy(stamp, is->stamp, 12);
    return (enum fuzz_reading)is->reading[0];
}

bool fuzz_respond(uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                  const uint8_t ephemeral[32], const uint8_t *point, const uint8_t initiator[32], const uint8_t psk[32],
                  uint32_t sender, uint32_t receiver)
{
    struct answering key = {.hand = *hand, .flags = {point != NULL}};
    struct answered *is;
    bool             hit;
    memcpy(key.ephemeral, ephemeral, 32);
    if (point)
        memcpy(key.point, point, 32);
    memcpy(key.initiator, initiator, 32);
    memcpy(key.psk, psk, 32);
    fuzz_put32(key.ends, sender);
    fuzz_put32(key.ends + 4, receiver);
    is = fuzz_recall(&answers, &key, &hit);
    if (!hit)
        is->good[0] = straight_respond(is->message, is->send, is->receive, hand, ephemeral, point, initiator, psk, sender, receiver);
    memcpy(message, is->message, sizeof is->message);
    memcpy(send, is->send, 32);
    memcpy(receive, is->receive, 32);
    return is->good[0];
}

bool fuzz_read_response(const uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                        const uint8_t secret[32], const uint8_t ephemeral[32], const uint8_t psk[32])
{
    struct ending key = {.hand = *hand, .none = {0}};
    struct ended *is;
    bool          hit;
    memset(key.hand.remote_ephemeral, 0, 32); /* of the initiator's hand, nothing */
    memcpy(key.message, message, sizeof key.message);
    memcpy(key.secret, secret, 32);
    memcpy(key.ephemeral, ephemeral, 32);
    memcpy(key.psk, psk, 32);
    is = fuzz_recall(&ends, &key, &hit);
    if (!hit)
        is->good[0] = straight_read_response(message, is->send, is->receive, hand, secret, ephemeral, psk);
    if (!is->good[0])
        return false;
    memcpy(send, is->send, 32);
    memcpy(receive, is->receive, 32);
    return true;
}
