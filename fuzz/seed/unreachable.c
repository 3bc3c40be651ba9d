/* Seeds of unreachable: packets of each kind that must get an answer, and of each that must not. */
#include "seed.h"

#include <string.h>

static const uint8_t ours4[4] = {10, 0, 0, 1}, theirs4[4] = {192, 0, 2, 9};
static const uint8_t ours6[16] = {0xfd, 1}, theirs6[16] = {0x20, 1, 0xd, 0xb8, 9}, many6[16] = {0xff, 2, 1}, none6[16];

static void begin(struct seed *seed, unsigned room, const uint8_t *packet, size_t length)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, 1);
    seed_u16(seed, room);
    seed_bytes(seed, packet, length);
}

/* A header of `words` times four bytes, and 32 bytes of payload that begin with `first`. */
static void four(struct seed *seed, unsigned room, unsigned words, unsigned protocol, unsigned fragment, const uint8_t *to,
                 unsigned first)
{
    uint8_t packet[92] = {(uint8_t)(0x40 | words), 0, 0, 0, 0, 0, (uint8_t)(fragment >> 8), (uint8_t)fragment, 64,
                          (uint8_t)protocol};
    memcpy(packet + 12, ours4, 4);
    memcpy(packet + 16, to, 4);
    packet[4 * words] = (uint8_t)first;
    begin(seed, room, packet, 4 * words + 32 > 40 ? 4 * words + 32 : 40);
}

static void seeds_of_four(void)
{
    static const uint8_t types[] = {0, 3, 8, 11, 12, 13, 18, 19};
    static const uint8_t hosts[4][4] = {{224, 0, 0, 1}, {0, 0, 0, 0}, {127, 0, 0, 1}, {255, 255, 255, 255}};
    struct seed seed;
    four(&seed, 1280, 5, 17, 0, theirs4, 0);
    seed_end(&seed, "unreachable", "four-udp");
    four(&seed, 60, 5, 17, 0, theirs4, 0);
    seed_end(&seed, "unreachable", "four-quoted-in-part");
    four(&seed, 55, 5, 17, 0, theirs4, 0);
    seed_end(&seed, "unreachable", "four-no-room");
    four(&seed, 61, 15, 17, 0, theirs4, 0);
    seed_end(&seed, "unreachable", "four-options-no-room");
    four(&seed, 1280, 15, 6, 0x2000, theirs4, 0);
    seed_end(&seed, "unreachable", "four-options-first-fragment");
    four(&seed, 1280, 5, 17, 1, theirs4, 0);
    seed_end(&seed, "unreachable", "four-later-fragment");
    four(&seed, 1280, 2, 17, 0, theirs4, 0);
    seed_end(&seed, "unreachable", "four-short-header");
    for (unsigned i = 0; i < sizeof types; i++) {
        four(&seed, 1280, 5, 1, 0, theirs4, types[i]);
        seed_end(&seed, "unreachable", "four-icmp-%02u", types[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        four(&seed, 1280, 5, 17, 0, hosts[i], 0);
        seed_end(&seed, "unreachable", "four-to-%u", hosts[i][0]);
    }
    uint8_t odd[77] = {0x45, [9] = 17, [12] = 10, [16] = 10};
    begin(&seed, 1280, odd, sizeof odd);
    seed_end(&seed, "unreachable", "four-odd-length");
    uint8_t bare[60] = {0x4f, [9] = 1, [12] = 10, [16] = 10};
    begin(&seed, 1280, bare, sizeof bare);
    seed_end(&seed, "unreachable", "four-icmp-without-type");
}

/* Extension headers in a row, 8 bytes each, the last of which is followed by `last`; the payload begins with `first`. */
static void six(struct seed *seed, unsigned room, const uint8_t *chain, unsigned count, unsigned last, unsigned first)
{
    uint8_t packet[40 + 80 + 32] = {0x60, [6] = (uint8_t)(count ? chain[0] : last), [7] = 64};
    memcpy(packet + 8, ours6, 16);
    memcpy(packet + 24, theirs6, 16);
    for (unsigned i = 0; i < count; i++)
        packet[40 + 8 * i] = (uint8_t)(i + 1 < count ? chain[i + 1] : last);
    packet[40 + 8 * count] = (uint8_t)first;
    begin(seed, room, packet, 40 + 8 * count + 32);
}

static void seeds_of_six(void)
{
    static const uint8_t chain[] = {0, 43, 60, 51, 44, 60, 60, 60, 60, 60};
    struct seed seed;
    for (unsigned count = 0; count <= sizeof chain; count++) {
        six(&seed, 1280, chain, count, 17, 0);
        seed_end(&seed, "unreachable", "six-%u-headers", count);
    }
    for (unsigned type = 127; type <= 138; type += type == 128 ? 8 : 1) {
        six(&seed, 1280, chain, 2, 58, type);
        seed_end(&seed, "unreachable", "six-icmp-%u", type);
    }
    six(&seed, 90, chain, 0, 17, 0);
    seed_end(&seed, "unreachable", "six-no-room");
    six(&seed, 1280, chain, 0, 44, 17);
    seed.bytes[4 + 43] = 0x10;
    seed_end(&seed, "unreachable", "six-later-fragment");
    six(&seed, 1280, chain, 0, 60, 17);
    seed.bytes[4 + 41] = 200;
    seed_end(&seed, "unreachable", "six-header-beyond-end-udp");
    six(&seed, 1280, chain, 0, 60, 58);
    seed.bytes[4 + 41] = 200;
    seed_end(&seed, "unreachable", "six-header-beyond-end-icmp");
    six(&seed, 1280, chain, 0, 60, 60);
    seed.bytes[4 + 41] = 200;
    seed_end(&seed, "unreachable", "six-header-beyond-end-header");
    six(&seed, 1280, chain, 0, 60, 60);
    seed.bytes[4 + 41] = 2;
    seed_end(&seed, "unreachable", "six-header-of-the-rest");
    six(&seed, 1280, chain, 0, 17, 0);
    memcpy(seed.bytes + 4 + 24, many6, 16);
    seed_end(&seed, "unreachable", "six-to-many");
    six(&seed, 1280, chain, 0, 17, 0);
    memcpy(seed.bytes + 4 + 8, none6, 16);
    seed_end(&seed, "unreachable", "six-from-nobody");
}

void seeds_of_unreachable(void)
{
    seeds_of_four();
    seeds_of_six();
}
