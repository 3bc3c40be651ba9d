#ifndef TEST_WIREGUARD_H
#define TEST_WIREGUARD_H

/*
 * corpora/vectors/wireguard.json as plain structs. The only user of jansson among the tests of the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vector_kdf {
    uint8_t key[32], input[128], outputs[3][32];
    size_t  input_length;
};

struct vector_datagram {
    bool     from_initiator;
    uint64_t counter;
    size_t   length; /* of the plaintext; the datagram has 32 bytes more */
    uint8_t  plaintext[1420], datagram[1452];
};

struct vector_handshake {
    uint8_t  initiator_secret[32], initiator_public[32], initiator_ephemeral[32];
    uint8_t  responder_secret[32], responder_public[32], responder_ephemeral[32];
    uint8_t  preshared_key[32];
    uint64_t unix_seconds;
    uint32_t nanoseconds;
    uint8_t  stamp[12];
    uint32_t initiator_index, responder_index;
    bool     initiator_has_cookie, responder_has_cookie;
    uint8_t  initiator_cookie[16], responder_cookie[16];
    uint8_t  initiation[148], k_es[32], k_ss[32], initiation_chain[32], initiation_hash[32];
    uint8_t  response[92], response_chain[32], response_hash[32], initiator_sends[32], responder_sends[32];
    struct vector_datagram datagrams[8];
};

struct vector_cookie {
    uint8_t  replier_public[32], message[148], mac1[16], nonce[24], cookie[16], reply[64];
    size_t   message_length;
    uint32_t receiver;
};

struct vector_stamp {
    uint64_t unix_seconds;
    uint32_t nanoseconds;
    uint8_t  exact[12], whitened[12];
};

struct wireguard {
    uint8_t initial_chain[32], initial_hash[32];
    size_t  kdfs, handshakes, cookies, stamps;
    struct vector_kdf       kdf[16];
    struct vector_handshake handshake[32];
    struct vector_cookie    cookie[32];
    struct vector_stamp     stamp[16];
};

/* Read once. Whatever is wrong with the file ends the program: no test may pass without its vectors. */
const struct wireguard *wireguard(void);

#endif
