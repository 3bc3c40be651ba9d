/* Seeds of capfile: a frame in each kind of file and link, spoilt ones, and key logs. */
#include "seed.h"

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
    for (unsigned i = 0; i < sizeof logs / sizeof *logs; i++) {
        seed_u8(&seed, 1);
        seed_bytes(&seed, logs[i][1], strlen(logs[i][1]));
        seed_end(&seed, "capfile", "keys-%s", logs[i][0]);
    }
}
