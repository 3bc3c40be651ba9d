#include "fields.h"

#include <stddef.h>

#define REST UINT32_MAX /* all but the tag */

static const struct field initiation[] = {
    {"type", "P-1: 1 and three zero bytes", 0, 4},
    {"sender", "P-51: the initiator's index, which is free", 4, 4},
    {"ephemeral", "P-16: the initiator's ephemeral public key", 8, 32},
    {"static", "P-16: the initiator's static public key, sealed with the key of es", 40, 48},
    {"timestamp", "P-16, P-46: the TAI64N stamp, sealed with the key of ss", 88, 28},
    {"mac1", "P-28: MAC by the responder's public key over all before it", 116, 16},
    {"mac2", "P-28, P-36: MAC by a live cookie over all before it, or zeros", 132, 16},
    {NULL, NULL, 0, 0}};

static const struct field response[] = {{"type", "P-1: 2 and three zero bytes", 0, 4},
                                        {"sender", "P-51: the responder's index, which is free", 4, 4},
                                        {"receiver", "P-3: the index in the initiation", 8, 4},
                                        {"ephemeral", "P-17: the responder's ephemeral public key", 12, 32},
                                        {"empty", "P-17: nothing, sealed with the key of ee, se and the preshared key", 44, 16},
                                        {"mac1", "P-28: MAC by the initiator's public key over all before it", 60, 16},
                                        {"mac2", "P-28, P-36: MAC by a live cookie over all before it, or zeros", 76, 16},
                                        {NULL, NULL, 0, 0}};

static const struct field cookie[] = {
    {"type", "P-1: 3 and three zero bytes", 0, 4},
    {"receiver", "P-32: the sender index of the message that it answers", 4, 4},
    {"nonce", "P-32: 24 bytes, which are free", 8, 24},
    {"cookie", "P-30, P-32: the cookie for that source, sealed with the mac1 that it answers", 32, 32},
    {NULL, NULL, 0, 0}};

static const struct field data[] = {
    {"type", "P-1: 4 and three zero bytes", 0, 4},
    {"receiver", "P-18, P-54: the other side's index of the current session", 4, 4},
    {"counter", "P-83: one more than the last one", 8, 8},
    {"ciphertext", "P-18, P-97: the inner packet and zeros up to a multiple of 16 or the MTU", 16, REST},
    {"tag", "P-18: of the ciphertext before it, by the session's key and the counter", REST, 16},
    {NULL, NULL, 0, 0}};

bool field_of(uint8_t type, uint32_t length, unsigned number, struct field *field)
{
    static const struct field *const tables[5] = {NULL, initiation, response, cookie, data};

    if (type < 1 || type > 4)
        return false;
    *field = tables[type][number];
    if (!field->name)
        return false;
    if (field->at == REST)
        field->at = length - field->length;
    if (field->length == REST)
        field->length = length - 16 - field->at;
    return true;
}
