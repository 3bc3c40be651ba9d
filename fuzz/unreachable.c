/*
 * unreachable: the ICMP or ICMPv6 answer to a packet that goes nowhere, against RFC 792, 1122, 1812, 4443 and 6864 read naively
 * (inner, P-88, P-89).
 *
 * Input: version 0, a byte that mends (1: the length field says how long the packet is; 2: the first nibble is 6; 4: it is 4),
 * the room for the answer in two bytes, then the packet.
 *
 * Oracles:
 *   icmp-made     an answer to what must get none: a fragment but the first, an error, a packet from or to more than one host,
 *                 one that is cut short
 *   icmp-missing  none to what must get one
 *   icmp-room     longer than its room, or than the least a link must carry (576 and 1280 bytes)
 *   icmp-head     its own headers are wrong
 *   icmp-sum      a checksum is wrong
 *   icmp-quote    it quotes something else than the packet's beginning, or less than there is room for
 */
#include "fuzz.h"
#include "sum.h"
#include "warren/warren.h"

#include <string.h>

enum { MEND_LENGTH = 1, MEND_SIX = 2, MEND_FOUR = 4, ROOM = 2048, PACKET = 4096, STEPS = 8 };

struct packet {
    uint8_t bytes[PACKET];
    uint32_t handed, length; /* what was handed in; what the packet says of itself */
    uint32_t head;           /* bytes of its own header */
};

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static bool all_zero(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (data[i])
            return false;
    return true;
}

/* A right checksum makes the sum of everything 0xffff. */
enum { RIGHT = 0xffff };

/* IPv4 ---------------------------------------------------------------------------------------------------------------------- */

static bool a_host4(const uint8_t *address)
{
    return address[0] != 0 && address[0] != 127 && address[0] < 224;
}

static bool wants4(struct packet *packet)
{
    const uint8_t *p = packet->bytes;
    if (packet->handed < 20)
        return false;
    packet->length = word(p + 2);
    packet->head = 4 * (p[0] & 15u);
    if (packet->length < 20 || packet->length > packet->handed || packet->head < 20 || packet->head > packet->length)
        return false;
    if (word(p + 6) & 0x1fff || !a_host4(p + 12) || !a_host4(p + 16))
        return false;
    if (p[9] != 1)
        return true;
    if (packet->length == packet->head)
        return false;
    switch (p[packet->head]) {
    case 0:
    case 8:
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
        return true;
    default:
        return false;
    }
}

static void judge4(const struct packet *packet, const uint8_t *out, size_t length)
{
    const uint8_t *p = packet->bytes;
    FUZZ_CHECK(out[0] == 0x45 && out[1] == 0xc0 && word(out + 2) == length && word(out + 6) == 0x4000 && out[8] && out[9] == 1,
               "icmp-head", "IPv4: %02x %02x, length %u of %zu", out[0], out[1], word(out + 2), length);
    FUZZ_CHECK(!memcmp(out + 12, p + 16, 4) && !memcmp(out + 16, p + 12, 4), "icmp-head", "IPv4: the addresses");
    FUZZ_CHECK(out[20] == 3 && out[21] == 1 && all_zero(out + 24, 4), "icmp-head", "ICMP: %u %u", out[20], out[21]);
    FUZZ_CHECK(internet_sum(0, out, 20) == RIGHT && internet_sum(0, out + 20, length - 20) == RIGHT, "icmp-sum", "IPv4");
}

/* IPv6 ---------------------------------------------------------------------------------------------------------------------- */

static bool a_host6(const uint8_t *address)
{
    return address[0] != 0xff && !all_zero(address, 16);
}

/* The header at `at` has this number: may a packet whose headers go on so be answered? */
static bool answerable(const struct packet *packet, unsigned number, uint32_t at, unsigned steps)
{
    const uint8_t *header = packet->bytes + at;
    bool fragment = number == 44, authentication = number == 51;
    if (!steps)
        return false;
    if (number == 58)
        return at < packet->length && header[0] >= 128 && header[0] != 137;
    if (number != 0 && number != 43 && number != 60 && !fragment && !authentication)
        return true;
    if (at + 8 > packet->length || (fragment && word(header + 2) >> 3))
        return false;
    return answerable(packet, header[0],
                      at + (fragment         ? 8
                            : authentication ? 4u * header[1] + 8
                                             : 8u * header[1] + 8),
                      steps - 1);
}

static bool wants6(struct packet *packet)
{
    const uint8_t *p = packet->bytes;
    if (packet->handed < 40)
        return false;
    packet->head = 40;
    packet->length = 40 + word(p + 4);
    return packet->length <= packet->handed && a_host6(p + 8) && a_host6(p + 24) && answerable(packet, p[6], 40, STEPS);
}

static void judge6(const struct packet *packet, const uint8_t *out, size_t length)
{
    const uint8_t *p = packet->bytes;
    FUZZ_CHECK(out[0] == 0x60 && all_zero(out + 1, 3) && word(out + 4) == length - 40 && out[6] == 58 && out[7], "icmp-head",
               "IPv6: %02x, length %u of %zu, next %u", out[0], word(out + 4), length, out[6]);
    FUZZ_CHECK(!memcmp(out + 8, p + 24, 16) && !memcmp(out + 24, p + 8, 16), "icmp-head", "IPv6: the addresses");
    FUZZ_CHECK(out[40] == 1 && out[41] == 3 && all_zero(out + 44, 4), "icmp-head", "ICMPv6: %u %u", out[40], out[41]);
    uint32_t sum = internet_sum((uint32_t)(length - 40) + 58, out + 8, 32);
    FUZZ_CHECK(internet_sum(sum, out + 40, length - 40) == RIGHT, "icmp-sum", "IPv6");
}

static void judge(struct packet *packet, const uint8_t *out, size_t made, size_t room)
{
    unsigned version = packet->handed ? packet->bytes[0] >> 4 : 0;
    uint32_t around = version == 4 ? 28 : 48, most = version == 4 ? 576 : 1280;
    bool wanted = version == 4 ? wants4(packet) : version == 6 && wants6(packet);
    uint32_t least = packet->length < packet->head + 8 ? packet->length : packet->head + 8;
    if (room > most)
        room = most;
    if (!wanted || room < around + least) {
        FUZZ_CHECK(!made, "icmp-made", "%zu bytes to a packet of %u", made, packet->handed);
        return;
    }
    FUZZ_CHECK(made, "icmp-missing", "to a packet of %u, and there is room for %zu", packet->handed, room);
    FUZZ_CHECK(made <= room, "icmp-room", "%zu bytes, at most %zu", made, room);
    size_t quote = room - around < packet->length ? room - around : packet->length;
    FUZZ_CHECK(made == around + quote && !memcmp(out + around, packet->bytes, quote), "icmp-quote",
               "%zu bytes, %zu would be right", made - around, quote);
    (version == 4 ? judge4 : judge6)(packet, out, made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct packet packet;
    static uint8_t zeros[ROOM];
    struct fuzz_bytes bytes = {data, size};
    unsigned version = fuzz_u8(&bytes), mends = fuzz_u8(&bytes);
    uint32_t room = fuzz_u16(&bytes) % (ROOM + 1);
    if (version)
        return 0;
    memset(&packet, 0, sizeof packet);
    packet.handed = bytes.left < PACKET ? (uint32_t)bytes.left : PACKET;
    fuzz_fill(&bytes, packet.bytes, packet.handed);
    if (packet.handed && mends & (MEND_SIX | MEND_FOUR))
        packet.bytes[0] = (uint8_t)((mends & MEND_SIX ? 0x60 : 0x40) | (packet.bytes[0] & 15));
    if (packet.handed >= 40 && mends & MEND_LENGTH) {
        uint32_t said = packet.bytes[0] >> 4 == 4 ? packet.handed : packet.handed - 40;
        memcpy(packet.bytes + (packet.bytes[0] >> 4 == 4 ? 2 : 4), (uint8_t[]){(uint8_t)(said >> 8), (uint8_t)said}, 2);
    }
    uint8_t *exact = fuzz_exact(packet.bytes, packet.handed), *out = fuzz_exact(zeros, room);
    size_t made = wrn_icmp_unreachable(exact, packet.handed, out, room);
    judge(&packet, out, made, room);
    fuzz_free(exact);
    fuzz_free(out);
    return 0;
}
