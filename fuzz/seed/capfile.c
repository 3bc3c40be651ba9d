/* Seeds of capfile: a frame in each kind of file and link, spoilt ones, and key logs. */
#include "seed.h"

#include <stdbool.h>
#include <string.h>

static const uint8_t udp[28 + 32] = {0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
                                     0xca, 0x6c, 0xca, 0x6c, 0, 40, 0, 0, 4};

static void put32(struct seed *seed, uint32_t value, int big)
{
    for (unsigned i = 0; i < 4; i++)
        seed_u8(seed, value >> 8 * (big ? 3 - i : i) & 255);
}

static void put16(struct seed *seed, uint32_t value, int big)
{
    seed_u8(seed, big ? value >> 8 & 255 : value & 255);
    seed_u8(seed, big ? value & 255 : value >> 8 & 255);
}

static void pcap_head(struct seed *seed, uint32_t magic, int big, uint32_t link)
{
    seed_u8(seed, 0);
    put32(seed, magic, big);
    put16(seed, 2, big);
    put16(seed, 4, big);
    put32(seed, 0, big);
    put32(seed, 0, big);
    put32(seed, 65535, big);
    put32(seed, link, big);
}

static void pcap_frame(struct seed *seed, int big, uint32_t time, uint32_t kept, uint32_t length)
{
    put32(seed, time, big);
    put32(seed, 999999, big);
    put32(seed, kept, big);
    put32(seed, length, big);
}

static void seeds_of_pcap(void)
{
    static const struct { uint32_t link, head; const char *bytes, *name; } links[] = {
        {101, 0, "", "raw"}, {228, 0, "", "ipv4"}, {0, 4, "\2\0\0\0", "null"}, {108, 4, "\0\0\0\2", "loop"},
        {1, 14, "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0", "ethernet"}, {1, 18, "\0\0\0\0\0\0\0\0\0\0\0\0\x81\0\0\7\x08\0", "vlan"},
        {113, 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0", "cooked"}, {276, 20, "\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "cooked2"},
        {105, 0, "", "no-link-of-ours"}};
    struct seed seed = {.size = 0};
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
        pcap_head(&seed, i & 1 ? 0xa1b23c4d : 0xa1b2c3d4, i & 2, links[i].link);
        pcap_frame(&seed, i & 2, 1700000000, links[i].head + (uint32_t)sizeof udp, links[i].head + (uint32_t)sizeof udp);
        seed_bytes(&seed, links[i].bytes, links[i].head);
        seed_bytes(&seed, udp, sizeof udp);
        seed_end(&seed, "capfile", "pcap-%s", links[i].name);
    }
    pcap_head(&seed, 0xa1b2c3d4, 0, 101);
    for (uint32_t i = 0; i < 3; i++) { /* times that go back, and a frame that was cut */
        pcap_frame(&seed, 0, 1700000000 - i, (uint32_t)sizeof udp - 5 * i, sizeof udp);
        seed_bytes(&seed, udp, sizeof udp - (size_t)5 * i);
    }
    seed_end(&seed, "capfile", "pcap-back-and-cut");
    pcap_head(&seed, 0xa1b2c3d4, 1, 101);
    pcap_frame(&seed, 1, 0, 0x7fffffff, 0x7fffffff);
    seed_end(&seed, "capfile", "pcap-absurd");
    pcap_head(&seed, 0xa1b2c3d4, 0, 101);
    seed.size = 20;
    seed_end(&seed, "capfile", "pcap-half-a-head");
}

/* One frame each: what stands before a datagram, or in its place. */
static void seeds_of_headers(void)
{
#define V6(next, length) "\x60\0\0\0\0" length next "\x40" "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2"
#define V4(head, length, fragment, protocol) head "\0\0" length "\0\0" fragment "\x40" protocol "\0\0\12\0\0\1\12\0\0\2"
#define UDP(length) "\xca\x6c\xca\x6c\0" length "\0\0\4\0\0\0"
#define FRAME(text) text, sizeof text - 1
    static const struct { const char *name, *bytes; size_t size;
    } frames[] = {
        {"ipv6", FRAME(V6("\x11", "\x0c") UDP("\x0c"))},
        {"ipv6-behind-options", FRAME(V6("\0", "\x1c") "\x3c\0\0\0\0\0\0\0\x11\0\0\0\0\0\0\0" UDP("\x0c"))},
        {"ipv6-padded-by-the-link", FRAME(V6("\x11", "\x0c") UDP("\x0c") "\0\0\0\0")},
        {"ipv6-cut-in-options", FRAME(V6("\x2b", "\x04") "\x11\0\0\0")},
        {"ipv6-options-too-long", FRAME(V6("\x3c", "\x08") "\x11\7\0\0\0\0\0\0")},
        {"ipv6-fragment", FRAME(V6("\x2c", "\x08") "\x11\0\0\1\0\0\0\0")},
        {"ipv6-no-udp", FRAME(V6("\x06", "\x0c") UDP("\x0c"))},
        {"ipv6-cut", FRAME("\x60\0\0\0\0\0\x11\x40")},
        {"ipv4-cut", FRAME("\x45\0\0\x20")},
        {"ipv4-fragment", FRAME(V4("\x45", "\x20", "\x20\0", "\x11") UDP("\x0c"))},
        {"ipv4-no-udp", FRAME(V4("\x45", "\x20", "\0\0", "\6") UDP("\x0c"))},
        {"ipv4-short-head", FRAME(V4("\x44", "\x20", "\0\0", "\x11") UDP("\x0c"))},
        {"ipv4-total-in-head", FRAME(V4("\x45", "\x10", "\0\0", "\x11") UDP("\x0c"))},
        {"ipv4-total-unsaid", FRAME(V4("\x45", "\0", "\0\0", "\x11") UDP("\x0c"))},
        {"ipv4-head-alone", FRAME(V4("\x4f", "\x20", "\0\0", "\x11") UDP("\x0c"))},
        {"udp-cut", FRAME(V4("\x45", "\x18", "\0\0", "\x11") "\xca\x6c\xca\x6c")},
        {"udp-of-seven", FRAME(V4("\x45", "\x20", "\0\0", "\x11") UDP("\7"))},
        {"udp-longer-than-it-is", FRAME(V4("\x45", "\x20", "\0\0", "\x11") UDP("\x20"))},
        {"neither", FRAME("\x55\0\0\0")},
    };
    static const struct { const char *name, *bytes; size_t size; uint32_t link;
    } links[] = {
        {"tags", FRAME("\0\0\0\0\0\0\0\0\0\0\0\0\x88\xa8\0\1\x91\0\0\2\x86\xdd" V6("\x11", "\x0c") UDP("\x0c")), 1},
        {"tag-cut", FRAME("\0\0\0\0\0\0\0\0\0\0\0\0\x81\0\0"), 1},
        {"ethernet-cut", FRAME("\0\0\0\0"), 1},
        {"ethernet-of-arp", FRAME("\0\0\0\0\0\0\0\0\0\0\0\0\x08\6\0\1"), 1},
        {"cooked-cut", FRAME("\0\0\0\0"), 113},
        {"cooked2-cut", FRAME("\x08\0\0\0"), 276},
        {"null-cut", FRAME("\2\0"), 0},
        {"null-alone", FRAME("\2\0\0\0"), 0},
        {"ipv6-link", FRAME(V6("\x11", "\x0c") UDP("\x0c")), 229},
    };
    struct seed seed = {.size = 0};
    const unsigned of_ip = sizeof frames / sizeof *frames, of_links = sizeof links / sizeof *links;
    for (unsigned i = 0; i < of_ip + of_links; i++) {
        unsigned link = i - of_ip;
        bool     raw = i < of_ip;
        uint32_t size = (uint32_t)(raw ? frames[i].size : links[link].size);
        pcap_head(&seed, 0xa1b2c3d4, 0, raw ? 101 : links[link].link);
        pcap_frame(&seed, 0, 1700000000, size, size);
        seed_bytes(&seed, raw ? frames[i].bytes : links[link].bytes, size);
        seed_end(&seed, "capfile", "frame-%s", raw ? frames[i].name : links[link].name);
    }
#undef V6
#undef V4
#undef UDP
#undef FRAME
}

static void block(struct seed *seed, int big, uint32_t kind, const struct seed *body)
{
    put32(seed, kind, big);
    put32(seed, (uint32_t)body->size + 12, big);
    seed_bytes(seed, body->bytes, body->size);
    put32(seed, (uint32_t)body->size + 12, big);
}

static void ng_head(struct seed *seed, int big)
{
    struct seed body = {.size = 0};
    seed_u8(seed, 0);
    put32(&body, 0x1a2b3c4d, big);
    put16(&body, 1, big);
    put16(&body, 0, big);
    put32(&body, UINT32_MAX, big);
    put32(&body, UINT32_MAX, big);
    block(seed, big, 0x0a0d0d0a, &body);
    body.size = 0;
    put16(&body, 101, big);
    put16(&body, 0, big);
    put32(&body, 0, big);
    put16(&body, 9, big); /* if_tsresol: nanoseconds */
    put16(&body, 1, big);
    put32(&body, 9, 0);
    put32(&body, 0, big);
    block(seed, big, 1, &body);
}

static void seeds_of_pcapng(void)
{
    static const char log[] = "PRESHARED_KEY = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\n\n";
    struct seed       seed = {.size = 0}, body = {.size = 0};
    for (int big = 0; big < 2; big++) {
        ng_head(&seed, big);
        put32(&body, 0x57474b4c, big);
        put32(&body, sizeof log - 1, big);
        seed_bytes(&body, log, sizeof log - 1);
        while (body.size % 4)
            seed_u8(&body, 0);
        block(&seed, big, 10, &body);
        for (uint32_t interface = 0; interface < 2; interface++) { /* the second has none */
            body.size = 0;
            put32(&body, interface, big);
            put32(&body, 0x17000000, big);
            put32(&body, 5, big);
            put32(&body, sizeof udp, big);
            put32(&body, sizeof udp, big);
            seed_bytes(&body, udp, sizeof udp);
            block(&seed, big, 6, &body);
        }
        seed_end(&seed, "capfile", "pcapng-%s", big ? "big" : "little");
        body.size = 0;
    }
    ng_head(&seed, 0);
    put32(&seed, 6, 0);
    put32(&seed, 0xfffffffc, 0);
    put32(&seed, 0, 0);
    seed_end(&seed, "capfile", "pcapng-absurd");
}

/* An interface's resolution, and what its clock begins with; then a packet in the two older kinds of block. */
static void interface(struct seed *seed, uint32_t resolution, uint32_t offset_s)
{
    struct seed body = {.size = 0};
    put16(&body, 101, 0);
    put16(&body, 0, 0);
    put32(&body, 0, 0);
    put16(&body, 9, 0);
    put16(&body, 1, 0);
    put32(&body, resolution, 0);
    put16(&body, 14, 0);
    put16(&body, 8, 0);
    put32(&body, offset_s, 0);
    put32(&body, 0, 0);
    block(seed, 0, 1, &body);
}

static void packet(struct seed *seed, uint32_t kind, uint32_t number, uint32_t kept)
{
    struct seed body = {.size = 0};
    if (kind != 3) {
        put32(&body, number, 0);
        put32(&body, 0x17000, 0);
        put32(&body, 5, 0);
        put32(&body, kept, 0);
    }
    put32(&body, sizeof udp, 0);
    seed_bytes(&body, udp, sizeof udp);
    block(seed, 0, kind, &body);
}

static void seeds_of_blocks(void)
{
    static const struct { const char *name; uint32_t resolution, offset_s;
    } clocks[] = {{"microseconds", 6, 0}, {"seconds", 0, 3600}, {"picoseconds", 12, 0},   {"absurd", 40, 0},
                  {"halves", 128 | 20, 7}, {"half-absurd", 128 | 63, 0}, {"half-seconds", 128, UINT32_MAX}};
    struct seed seed = {.size = 0}, body = {.size = 0};
    for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        ng_head(&seed, 0);
        interface(&seed, clocks[i].resolution, clocks[i].offset_s);
        packet(&seed, 6, 1, sizeof udp);
        packet(&seed, 2, 1, sizeof udp);
        packet(&seed, 3, 0, sizeof udp);
        seed_end(&seed, "capfile", "pcapng-clock-%s", clocks[i].name);
    }
    for (unsigned i = 0; i < 6; i++) {
        static const uint32_t kinds[6] = {1, 6, 2, 3, 0xbad, 10}; /* each with a body of four bytes */
        ng_head(&seed, 0);
        body.size = 0;
        put32(&body, i == 3 ? 400 : 0, 0);
        block(&seed, 0, kinds[i], &body);
        packet(&seed, 6, 0, sizeof udp);
        seed_end(&seed, "capfile", "pcapng-short-block-%u", i);
    }
    ng_head(&seed, 0);
    packet(&seed, 6, 0, 4000);
    seed_end(&seed, "capfile", "pcapng-longer-than-its-block");
    ng_head(&seed, 0);
    packet(&seed, 6, 0, sizeof udp);
    seed.size -= 9;
    seed_end(&seed, "capfile", "pcapng-cut-in-a-block");
    ng_head(&seed, 0);
    put32(&seed, 6, 0);
    seed_end(&seed, "capfile", "pcapng-cut-in-a-head");
    ng_head(&seed, 0);
    put32(&seed, 6, 0);
    put32(&seed, 13, 0);
    put32(&seed, 0, 0);
    seed_end(&seed, "capfile", "pcapng-uneven");
    ng_head(&seed, 0);
    for (unsigned i = 0; i < 6; i++)
        interface(&seed, 6, i);
    packet(&seed, 6, 6, sizeof udp);
    ng_head(&seed, 0); /* after the byte that says what this is, no section: the block is not one */
    seed_end(&seed, "capfile", "pcapng-interfaces");
}

void seeds_of_capfile(void)
{
    static const char *const logs[][2] = {
        {"all", "# keys\n\nLOCAL_STATIC_PRIVATE_KEY = AKeZaHwBxjiKLFnkY2unvEdOTtg4AL+M9dQXfopFVFk=\r\n"
                "REMOTE_STATIC_PUBLIC_KEY=YDCttCs9e1J52/g9vEnwJJa+2x6RqaayAYMpSVQfGEY=\n"
                " LOCAL_EPHEMERAL_PRIVATE_KEY\t=\tsLGLJSOQfyz7JNJ5ZDzFf3Uz1rkiCMMjbWerNYcPFFU=\n"
                "PRESHARED_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"last-bits", "PRESHARED_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n"},
        {"short", "PRESHARED_KEY=AAAA\n"},
        {"no-name", "KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"},
        {"more", "PRESHARED_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= x\n"},
        {"no-equals", "PRESHARED_KEY AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"}};
    struct seed seed = {.size = 0};
    seeds_of_pcap();
    seeds_of_pcapng();
    seeds_of_headers();
    seeds_of_blocks();
    for (unsigned i = 0; i < sizeof logs / sizeof *logs; i++) {
        seed_u8(&seed, 1);
        seed_bytes(&seed, logs[i][1], strlen(logs[i][1]));
        seed_end(&seed, "capfile", "keys-%s", logs[i][0]);
    }
}
