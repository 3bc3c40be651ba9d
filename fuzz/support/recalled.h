#ifndef FUZZ_RECALLED_H
#define FUZZ_RECALLED_H

/*
 * The handshake's messages of straight.h as they are computed. The functions of the same names there remember what these gave for
 * the same arguments (box.h): keys and stamps of harnesses are few, so inputs ask for the same messages again and again.
 */

#include "straight.h"

bool straight_initiate(uint8_t message[148], struct fuzz_hand *hand, const struct fuzz_caller *caller, const uint8_t responder[32],
                       uint32_t sender, const uint8_t stamp[12]);
enum fuzz_reading straight_read_initiation(const uint8_t message[148], struct fuzz_hand *hand, const uint8_t secret[32],
                                           uint8_t initiator[32], uint8_t stamp[12]);
bool straight_respond(uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                      const uint8_t ephemeral[32], const uint8_t *point, const uint8_t initiator[32], const uint8_t psk[32],
                      uint32_t sender, uint32_t receiver);
bool straight_read_response(const uint8_t message[92], uint8_t send[32], uint8_t receive[32], const struct fuzz_hand *hand,
                            const uint8_t secret[32], const uint8_t ephemeral[32], const uint8_t psk[32]);

#endif
