/* Seeds of tun_gso: a large packet of each kind, heads that do not fit, and lists that are joined, or for one reason are not. */
#include "seed.h"

#include <string.h>

enum { NEEDS = 1, TCP4 = 1, TCP6 = 4, UDP = 5 };

struct head { unsigned flags, type, header, segment, start, offset, length; };

static void head(struct seed *seed, const struct head *head)
{
    seed_u8(seed, head->length > 600 ? 0xfe : 0);
    seed_u8(seed, head->flags);
    seed_u8(seed, head->type);
    seed_u16(seed, head->header);
    seed_u16(seed, head->segment);
    seed_u16(seed, head->start);
    seed_u16(seed, head->offset);
    seed_u16(seed, head->length);
}

static void ip(struct seed *seed, unsigned version, unsigned words, unsigned protocol)
{
    uint8_t bytes[60] = {0};
    bytes[0] = (uint8_t)(version == 4 ? 0x40 + words : 0x60);
    bytes[version == 4 ? 5 : 3] = 0xfe;
    bytes[version == 4 ? 8 : 7] = 64;
    bytes[version == 4 ? 9 : 6] = (uint8_t)protocol;
    seed_bytes(seed, bytes, version == 4 ? 4 * words : 40);
}

static void tcp(struct seed *seed, unsigned words, unsigned flags)
{
    const uint8_t bytes[24] = {0x10, 0, 0, 80, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 1, (uint8_t)(words << 4), (uint8_t)flags};
    seed_bytes(seed, bytes, 4 * words);
}

static void seeds_of_frames(void)
{
    static const struct { const char *name; struct head head; unsigned version, words, protocol, data_words; } frames[] = {
        {"tcp4", {NEEDS, TCP4, 40, 100, 20, 16, 340}, 4, 5, 6, 5},
        {"tcp4-ip-options", {NEEDS, TCP4, 48, 100, 24, 16, 345}, 4, 6, 6, 6},
        {"tcp6", {NEEDS, TCP6, 60, 100, 40, 16, 361}, 6, 5, 6, 5},
        {"tcp6-extension", {NEEDS, TCP6, 68, 100, 48, 16, 400}, 6, 5, 0, 5},
        {"udp4", {NEEDS, UDP, 28, 33, 20, 6, 160}, 4, 5, 17, 2},
        {"udp6", {NEEDS, UDP, 48, 200, 40, 6, 1048}, 6, 5, 17, 2},
        {"one-piece", {NEEDS, TCP4, 40, 1400, 20, 16, 141}, 4, 5, 6, 5},
        {"largest", {NEEDS, TCP4, 40, 1400, 20, 16, 65535}, 4, 5, 6, 5},
        {"whole", {0, 0, 0, 0, 0, 0, 84}, 4, 5, 6, 5},
        {"whole-without-sum", {NEEDS, 0, 0, 0, 20, 16, 91}, 4, 5, 6, 5},
        {"nothing", {0, 0, 0, 0, 0, 0, 0}, 4, 5, 6, 5},
        {"bad-no-sum", {0, TCP4, 40, 100, 20, 16, 340}, 4, 5, 6, 5},
        {"bad-version", {NEEDS, TCP6, 40, 100, 20, 16, 340}, 4, 5, 6, 5},
        {"bad-segment", {NEEDS, TCP4, 40, 0, 20, 16, 340}, 4, 5, 6, 5},
        {"bad-start", {NEEDS, TCP4, 40, 100, 24, 16, 340}, 4, 5, 6, 5},
        {"bad-offset", {NEEDS, TCP4, 40, 100, 20, 6, 340}, 4, 5, 6, 5},
        {"bad-short", {NEEDS, TCP4, 40, 100, 20, 16, 39}, 4, 5, 6, 5},
        {"bad-no-payload", {NEEDS, TCP4, 40, 100, 20, 16, 40}, 4, 5, 6, 5},
        {"bad-data-offset", {NEEDS, TCP4, 40, 100, 20, 16, 340}, 4, 5, 6, 4},
        {"bad-sum-behind", {NEEDS, 0, 0, 0, 65535, 65535, 84}, 4, 5, 6, 5},
        {"bad-sum-field", {NEEDS, 0, 0, 0, 20, 63, 84}, 4, 5, 6, 5},
        {"bad-too-long", {NEEDS, TCP4, 40, 65520, 20, 16, 341}, 4, 5, 6, 5},
        {"bad-kind", {NEEDS, 3, 40, 100, 20, 16, 340}, 4, 5, 6, 5}};
    struct seed seed = {.size = 0};
    for (unsigned i = 0; i < sizeof frames / sizeof *frames; i++) {
        head(&seed, &frames[i].head);
        ip(&seed, frames[i].version, frames[i].words, frames[i].protocol);
        if (frames[i].head.start == 48)
            seed_bytes(&seed, "\6\0\1\4\0\0\0\0", 8);
        if (frames[i].head.type == UDP)
            seed_bytes(&seed, "\x10\0\0\x35\0\0\0\0", 8);
        else
            tcp(&seed, frames[i].data_words, 0x99); /* ACK, and those that only the first or the last piece keeps */
        seed_end(&seed, "tun_gso", "frame-%s", frames[i].name);
    }
}

void seeds_of_gso(void)
{
    enum { V6 = 1, U = 2, WHOLE = 4, TOO = 8, OPTIONS = 3 << 4 };
    static const struct { const char *name; unsigned bits, segment, count; const char *operations; } lists[] = {
        {"tcp4", OPTIONS, 40, 4, "\0\x05\1\7"},
        {"tcp4-whole", WHOLE, 40, 6, "\0\x02\7\x10\0\x03"},
        {"tcp6", V6 | OPTIONS, 41, 4, "\0\x05\1\7"},
        {"udp4", U | TOO, 33, 4, "\0\x05\1\1"},
        {"udp6", U | TOO | V6, 32, 4, "\0\x05\1\1"},
        {"udp-unwanted", U, 32, 2, "\0\x05"},
        {"more-than-one-takes", 0, 5, 2, "\0\x4f"},
        {"larger-than-one-is", V6, 1400, 2, "\0\x4f"},
        {"pushed", 0, 40, 6, "\0\x02\3\x18\0\x02"},
        {"ends", 0, 40, 6, "\0\x02\3\x11\0\x02"},
        {"longer", 0, 40, 6, "\0\x02\2\x03\0\x02"},
        {"empty", 0, 40, 6, "\0\x02\1\x28\0\x02"},
        {"gap", 0, 40, 6, "\0\x02\7\x01\0\x02"},
        {"number-jumps", 0, 40, 6, "\0\x02\7\x10\0\x02"},
        {"two-flows", U | TOO, 40, 8, "\0\x02\6\x01\0\x02\6\x01"},
        {"spoilt", 0, 40, 7, "\0\x02\5\x32\1\0\x02"},
        {"cut-short", 0, 40, 7, "\0\x02\5\xff\1\0\x02"},
        {"urgent", 0, 40, 9, "\0\x02\4\x27\1\0\x01\0\x02"},
        {"another-window", 0, 40, 9, "\0\x02\4\x23\1\0\x01\0\x02"},
        {"fragment", 0, 40, 9, "\0\x02\4\x06\x20\0\x01\0\x02"},
        {"no-udp-sum", U | TOO, 40, 7, "\0\x02\5\x1a\xff\0\x02"}};
    struct seed seed = {.size = 0};
    seeds_of_frames();
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        seed_u8(&seed, lists[i].segment > 63 || lists[i].count == 2 ? 0xff : 1);
        seed_u8(&seed, lists[i].bits);
        seed_u16(&seed, lists[i].segment);
        seed_bytes(&seed, lists[i].operations, lists[i].count);
        seed_end(&seed, "tun_gso", "list-%s", lists[i].name);
    }
}
