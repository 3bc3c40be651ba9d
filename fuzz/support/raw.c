#include "raw.h"

#include <string.h>

#include "straight.h"

enum { TYPE = 1, LENGTH = 2, INDEX = 4, MAC1 = 8, MAC2 = 16, BODY = 32, AGAIN = 64, OTHER = 128, MOST = 1600 };

static size_t length_of(unsigned type, size_t size)
{
    static const size_t exact[4] = {0, FUZZ_INITIATION, FUZZ_RESPONSE, FUZZ_COOKIE};
    return type < 4 ? exact[type] : size < FUZZ_DATA_LEAST ? FUZZ_DATA_LEAST : size;
}

static uint32_t live_index(const struct fuzz_peer *peer, unsigned type, uint8_t which)
{
    if (type == 2 || (type == 3 && peer->pending && which % 4 == 3))
        return peer->pending ? fuzz_get32(peer->initiation + 4) : 0;
    return peer->session[which % 3].local;
}

int fuzz_raw(unsigned type, const uint8_t *data, size_t size)
{
    struct fuzz_bytes  bytes = {data, size};
    struct fuzz_world *world = fuzz_world((enum fuzz_snapshot)fuzz_pick(&bytes, FUZZ_SNAPSHOTS));
    uint8_t            where = fuzz_u8(&bytes), repairs = fuzz_u8(&bytes), time = fuzz_u8(&bytes), message[MOST] = {0};
    unsigned           source = where & 7;
    wrn_time           later = time & 128 ? (time & 127u) * WRN_MILLISECOND : time * (WRN_SECOND / 4);
    const struct fuzz_peer *peer = &world->peer[repairs & OTHER ? FUZZ_B : FUZZ_A];
    size_t             length = bytes.left < MOST ? bytes.left : MOST;

    if (length)
        memcpy(message, bytes.at, length);
    if (repairs & BODY && type == 1) {
        uint8_t ephemeral[32];
        memcpy(ephemeral, message, sizeof ephemeral);
        (void)fuzz_call(world, FUZZ_A, ephemeral, 1, 1700000000 + message[33], message);
        if (length < FUZZ_INITIATION)
            length = FUZZ_INITIATION;
    }
    if (repairs & LENGTH)
        length = length_of(type, length);
    if (repairs & TYPE && length >= 4)
        fuzz_put32(message, type);
    if (repairs & INDEX && length >= 12)
        fuzz_put32(message + (type == 2 ? 8 : 4), live_index(peer, type, message[length - 1]));
    if (repairs & (MAC1 | MAC2) && (type == 1 || type == 2) && length == length_of(type, 0))
        fuzz_macs(message, length, fuzz_us_public, repairs & MAC2 ? world->cookie[source] : NULL);
    fuzz_net(world, source, (uint8_t)(where >> 3 & 3), message, length, later);
    if (repairs & AGAIN)
        fuzz_net(world, source, (uint8_t)(where >> 3 & 3), message, length, 0);
    return 0;
}
