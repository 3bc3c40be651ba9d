#include "loop.h"

#include <stdatomic.h>
#include <string.h>

#define SLOTS 16384u /* many times what waits in a device's queue */
#define AT 16u       /* of every message: ciphertext, an ephemeral key, or a nonce */
#define UDP_BYTES 8u

static _Atomic uint64_t sent[SLOTS];

static uint64_t sign(const uint8_t *datagram)
{
    uint64_t value;
    memcpy(&value, datagram + AT, sizeof value);
    return value;
}

void tun_loop_sent(const struct wrn_packet *packets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (packets[i].verdict != WRN_SEND || packets[i].length < AT + sizeof(uint64_t))
            continue;
        uint64_t value = sign(packets[i].data + packets[i].offset);
        atomic_store_explicit(&sent[value % SLOTS], value, memory_order_relaxed);
    }
}

/* Where the UDP header is, of a packet that is whole or the first of its fragments; 0: none. */
static uint32_t udp_at(const uint8_t *packet, uint32_t length)
{
    uint32_t at;
    if (length < 48)
        return 0;
    if (packet[0] >> 4 == 4) {
        at = 4u * (packet[0] & 15u);
        return packet[9] == 17 && !(packet[6] & 0x1f) && packet[7] == 0 ? at : 0;
    }
    if (packet[6] == 17)
        return 40;
    return packet[6] == 44 && packet[40] == 17 && packet[42] == 0 && packet[43] < 8 ? 48 : 0;
}

bool tun_loop_back(const uint8_t *packet, uint32_t length, uint16_t port)
{
    uint32_t at = udp_at(packet, length);
    if (at == 0 || port == 0 || length < at + UDP_BYTES + AT + sizeof(uint64_t) || packet[at] != port >> 8 ||
        packet[at + 1] != (port & 255))
        return false;
    uint64_t value = sign(packet + at + UDP_BYTES);
    return atomic_load_explicit(&sent[value % SLOTS], memory_order_relaxed) == value;
}
