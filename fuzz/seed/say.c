/* Seeds of rx_*_auth and tx_path: one for each class of each field, in the snapshots where it matters. */
#include "seed.h"

#include "points.h"
#include "say.h"

enum { OWN = 0, AGAIN = 32, WRONG_PSK = 64, EDIT = 128, KINDS = 192 };

struct line {
    uint8_t kind, who, with, number;
    uint32_t argument;
    uint8_t index, macs, where, moment, spot, change, late;
    uint16_t length;
};

static unsigned kind(unsigned wanted) { return KINDS + wanted; } /* 192 is a multiple of 6 */

static void begin(struct seed *seed, unsigned snapshot)
{
    seed->size = 0;
    seed_u8(seed, 0);
    seed_u8(seed, snapshot);
}

static void add(struct seed *seed, struct line line)
{
    seed_u8(seed, line.kind);
    seed_u8(seed, line.who);
    seed_u8(seed, line.with);
    seed_u8(seed, line.number);
    seed_u16(seed, line.argument & 0xffff);
    seed_u8(seed, line.argument >> 16 & 255);
    seed_u8(seed, line.index);
    seed_u8(seed, line.macs);
    seed_u8(seed, line.where);
    seed_u8(seed, line.moment);
    seed_u8(seed, line.spot);
    seed_u8(seed, line.change);
    seed_u8(seed, line.late);
    seed_u16(seed, line.length);
}

static void one(const char *harness, const char *name, unsigned number, unsigned snapshot, struct line line)
{
    struct seed seed;
    begin(&seed, snapshot);
    add(&seed, line);
    seed_end(&seed, harness, "%s-%02u", name, number);
}

static void initiations(void)
{
    static const char harness[] = "rx_init_auth";
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++) {
        struct seed seed;
        begin(&seed, i);
        add(&seed, (struct line){.who = (uint8_t)(i % 2), .where = AGAIN | 2, .macs = i == FUZZ_S7_LOADED});
        add(&seed, (struct line){
                       .kind = (uint8_t)kind(FUZZ_SAY_DATA), .who = (uint8_t)(i % 2), .with = 1, .where = AGAIN | 3, .macs = 1});
        seed_end(&seed, harness, "honest-%02u", i);
    }
    for (unsigned i = 0; i < 8; i++)
        one(harness, "stamp", i, FUZZ_S3_NEXT, (struct line){.number = (uint8_t)i, .argument = 31, .moment = 6});
    for (unsigned i = 0; i < FUZZ_POINTS; i++) {
        one(harness, "ephemeral", i, FUZZ_S0_IDLE, (struct line){.with = (uint8_t)(240 + i)});
        if (i % 3 == 1)
            one(harness, "static", i, FUZZ_S0_IDLE, (struct line){.who = (uint8_t)(228 + i)});
    }
    one(harness, "stranger", 0, FUZZ_S0_IDLE, (struct line){.who = 193});
    one(harness, "ourselves", 0, FUZZ_S0_IDLE, (struct line){.who = 192});
    one(harness, "claimed", 0, FUZZ_S0_IDLE, (struct line){.who = 208});
    for (unsigned i = 0; i < 4; i++)
        one(harness, "macs", i, FUZZ_S7_LOADED, (struct line){.macs = (uint8_t)i, .where = (uint8_t)(4 * i)});
    for (unsigned i = 0; i < 3; i++)
        one(harness, "edit", i, FUZZ_S0_IDLE,
            (struct line){.where = EDIT, .spot = (uint8_t)(20 + 35 * i), .change = 1, .late = 128});
    struct seed seed;
    begin(&seed, FUZZ_S0_IDLE); /* 19.999999 ms after the one before it, and 20 ms */
    add(&seed, (struct line){.who = 1});
    add(&seed, (struct line){.who = 1, .moment = 5});
    add(&seed, (struct line){.who = 1, .moment = 6});
    seed_end(&seed, harness, "flood");
    begin(&seed, FUZZ_S7_LOADED); /* five tokens, and a sixth */
    for (unsigned i = 0; i < 6; i++)
        add(&seed, (struct line){.who = (uint8_t)(i % 3), .macs = 1, .number = 2});
    seed_end(&seed, harness, "tokens");
    begin(&seed, FUZZ_S4_PREVIOUS); /* with each previous a key that goes */
    for (unsigned i = 0; i < 4; i++) {
        add(&seed, (struct line){.who = (uint8_t)(i % 2), .moment = 6});
        add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_DATA), .who = (uint8_t)(i % 2), .with = 1});
    }
    seed_end(&seed, harness, "rotation");
}

static void responses(void)
{
    static const char     harness[] = "rx_resp_auth";
    static const unsigned states[] = {FUZZ_S0_IDLE, FUZZ_S1_INITIATED, FUZZ_S2_CURRENT, FUZZ_S7_LOADED, FUZZ_S8_COOKIE};
    for (unsigned i = 0; i < 10; i++) {
        struct seed seed;
        begin(&seed, states[i / 2]);
        add(&seed, (struct line){.who = (uint8_t)(i % 2), .where = AGAIN | 2, .macs = states[i / 2] == FUZZ_S7_LOADED});
        add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_DATA), .who = (uint8_t)(i % 2), .where = AGAIN | 3});
        seed_end(&seed, harness, "honest-%02u", i);
    }
    for (unsigned i = 0; i < 10; i++)
        one(harness, "index", i, i % 2 ? FUZZ_S1_INITIATED : FUZZ_S4_PREVIOUS, (struct line){.index = (uint8_t)i});
    for (unsigned i = 0; i < 16; i++)
        one(harness, "ephemeral", i, FUZZ_S1_INITIATED, (struct line){.with = (uint8_t)(240 + i), .who = 1});
    for (unsigned i = 0; i < 4; i++)
        one(harness, "macs", i, FUZZ_S7_LOADED, (struct line){.macs = (uint8_t)i});
    one(harness, "wrong-psk", 0, FUZZ_S1_INITIATED, (struct line){.who = 1, .where = WRONG_PSK});
    for (unsigned i = 0; i < 2; i++) {
        struct seed seed;
        begin(&seed, FUZZ_S1_INITIATED); /* what is forged leaves the handshake as it was: the honest one after it is taken */
        add(&seed, (struct line){.where = EDIT, .spot = (uint8_t)(i ? 50 : 20), .change = 4, .late = 128});
        add(&seed, (struct line){0});
        seed_end(&seed, harness, "forged-then-honest-%u", i);
        begin(&seed, FUZZ_S1_INITIATED); /* each is retried, then answered: crossing, too */
        add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_TIME), .moment = 11});
        add(&seed, (struct line){.kind = (uint8_t)(i ? kind(FUZZ_SAY_INITIATION) : OWN), .index = 5});
        add(&seed, (struct line){.who = 0});
        add(&seed, (struct line){.who = 1});
        seed_end(&seed, harness, "retried-%u", i);
    }
}

static void cookies(void)
{
    static const char harness[] = "rx_cookie_auth";
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++) {
        struct seed seed;
        begin(&seed, i);
        add(&seed, (struct line){.who = (uint8_t)(i % 2), .where = AGAIN | 2, .number = 1});
        add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_TIME), .moment = 11});
        add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_INITIATION), .who = (uint8_t)(i % 2)});
        seed_end(&seed, harness, "honest-%02u", i);
    }
    for (unsigned i = 0; i < 16; i++) {
        one(harness, "sealed", i, FUZZ_S1_INITIATED, (struct line){.macs = (uint8_t)i});
        one(harness, "index", i, i % 2 ? FUZZ_S4_PREVIOUS : FUZZ_S1_INITIATED, (struct line){.index = (uint8_t)i});
    }
    struct seed seed;
    begin(&seed, FUZZ_S8_COOKIE); /* 115 s old, but for a nanosecond; then older */
    add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_INITIATION), .moment = 14});
    add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_INITIATION), .moment = 3});
    add(&seed, (struct line){.kind = (uint8_t)kind(FUZZ_SAY_INITIATION), .moment = 6});
    seed_end(&seed, harness, "ages");
}

static void data(void)
{
    static const char harness[] = "rx_data_auth";
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++) {
        struct seed seed;
        begin(&seed, i);
        for (unsigned place = 0; place < 3; place++)
            add(&seed, (struct line){.who = (uint8_t)(i % 2), .with = (uint8_t)place, .where = AGAIN | 2, .length = 60});
        seed_end(&seed, harness, "honest-%02u", i);
    }
    for (unsigned i = 0; i < 13; i++) {
        struct seed seed;
        begin(&seed, i % 2 ? FUZZ_S2_CURRENT : FUZZ_S6_REKEY);
        add(&seed, (struct line){.number = 7, .argument = 12, .length = 9});
        add(&seed,
            (struct line){.number = (uint8_t)i, .argument = (i == 7 || i == 8 ? 32 : 3) | 3 << 16, .where = AGAIN, .length = 9});
        add(&seed, (struct line){.length = 9});
        seed_end(&seed, harness, "counter-%02u", i);
    }
    for (unsigned i = 0; i < 12; i++) {
        one(harness, "inner4", i, FUZZ_S2_CURRENT, (struct line){.macs = (uint8_t)i, .argument = 0x80, .length = 33});
        if (i > 1 && i < 10)
            one(harness, "inner6", i, FUZZ_S2_CURRENT, (struct line){.macs = (uint8_t)(128 + i), .argument = 0x0b, .length = 33});
        if (i % 4 == 0)
            continue;
        one(harness, "ecn", i, FUZZ_S2_CURRENT,
            (struct line){.macs = (uint8_t)((i & 3) << 5 | (i & 1) << 7), .where = (uint8_t)((i >> 2) << 3), .length = 12});
    }
    for (unsigned i = 0; i < 10; i++)
        one(harness, "index", i, FUZZ_S4_PREVIOUS, (struct line){.index = (uint8_t)i, .who = 1, .length = 12});
    for (unsigned i = 0; i < 4; i++)
        one(harness, "edit", i, FUZZ_S2_CURRENT,
            (struct line){
                .where = EDIT, .spot = (uint8_t)(9 + 15 * i), .change = 1, .late = (uint8_t)(i == 3 ? 128 : 0), .length = 30});
    for (unsigned i = 0; i < 3; i++)
        one(harness, "age", i, FUZZ_S5_119 + i, (struct line){.moment = 9, .length = 12});
    one(harness, "age", 3, FUZZ_S5_179, (struct line){.moment = 8, .length = 12});
    one(harness, "reject", 0, FUZZ_S6_REJECT, (struct line){.number = 9, .argument = 3 << 16, .where = AGAIN, .length = 12});
    one(harness, "inner6-wrap", 0, FUZZ_S2_CURRENT, (struct line){.macs = 132, .argument = 0xfffa, .length = 33});
    struct seed seed;
    begin(&seed, FUZZ_S6_REJECT); /* up to the last counter, then none is taken */
    for (unsigned i = 0; i < 6; i++)
        add(&seed, (struct line){.number = 9, .argument = i << 16, .length = 12});
    seed_end(&seed, harness, "last-counters");
}

static void tx_add(struct seed *seed, unsigned what, unsigned where, unsigned length, unsigned mtu, unsigned damage,
                   unsigned argument)
{
    seed_u8(seed, what);
    seed_u8(seed, where);
    seed_u16(seed, length);
    seed_u8(seed, 0);
    seed_u8(seed, 0);
    seed_u16(seed, mtu);
    seed_u8(seed, damage);
    seed_u8(seed, argument);
}

enum { TX_DRAIN = 161, TX_TIME = 162, TX_COMPLETE = 163, TX_CONFIRM = 164, TX_FAIL = 165, TX_BATCH = 166 };

static void tx(void)
{
    struct seed seed;
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++) {
        begin(&seed, i); /* more than its share for each, then what answers, and the rest */
        for (unsigned k = 0; k < 12; k++)
            tx_add(&seed, 0, k % 2 | (k & 4), 30 + 9 * k, 0x8000, 0, 0);
        for (unsigned peer = 0; peer < 2; peer++) {
            tx_add(&seed, TX_COMPLETE, peer, 0, 0, 0, 0);
            tx_add(&seed, TX_CONFIRM, peer, 0, 0, 0, 1);
        }
        tx_add(&seed, TX_BATCH, 0, 77, 0x8000, 0, 12);
        tx_add(&seed, TX_FAIL, 0, 0, 0, 0, 1);
        tx_add(&seed, 0, 1, 50, 0x8000, 0, 0);
        tx_add(&seed, TX_TIME, 0, 0, 0, 0, 44);
        tx_add(&seed, 0, 0, 50, 0x8000, 0, 0);
        seed_end(&seed, "tx_path", "life-%02u", i);
    }
    static const unsigned mtus[] = {0, 1, 16, 20, 99, 100, 101, 111, 112, 1280, 1420, 32767};
    for (unsigned i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        begin(&seed, FUZZ_S2_CURRENT);
        tx_add(&seed, 0, 0, 100, mtus[i], 0, 0);
        tx_add(&seed, 0, 4 | 0xf8, 0x8000 | 1419, mtus[i], 0, 0);
        seed_end(&seed, "tx_path", "mtu-%u", mtus[i]);
    }
    static const unsigned lengths[] = {0x8000 + 20, 0x8000 + 1500, 0xffdf, 0xffe0, 0xffff};
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        begin(&seed, FUZZ_S2_CURRENT);
        tx_add(&seed, 0, 1, lengths[i], 0x8000, 0, 0);
        seed_end(&seed, "tx_path", "length-%u", lengths[i]);
    }
    for (unsigned i = 1; i < 4; i++) {
        begin(&seed, FUZZ_S2_CURRENT);
        tx_add(&seed, 0, 0, 11, 0x8000, i, 0x15);
        tx_add(&seed, 0, 2, 11, 0x8000, i, 0x80);
        seed_end(&seed, "tx_path", "damage-%u", i);
    }
    begin(&seed, FUZZ_S0_IDLE); /* what waits keeps the MTU of its route */
    for (unsigned i = 0; i < 4; i++)
        tx_add(&seed, 0, 0, 90 + i, 91 + 3 * i, 0, 0);
    tx_add(&seed, TX_DRAIN, 0, 0, 0, 0, 0);
    tx_add(&seed, TX_COMPLETE, 0, 0, 0, 0, 0);
    seed_end(&seed, "tx_path", "staged-mtu");
    begin(&seed, FUZZ_S0_IDLE); /* every place is taken, and a peer has fewer than its share */
    tx_add(&seed, TX_CONFIRM, 2, 0, 0, 0, 1);
    for (unsigned i = 0; i < 3; i++)
        tx_add(&seed, TX_TIME, 0, 0, 0, 0, 250);
    for (unsigned i = 0; i < 9; i++)
        tx_add(&seed, 0, i < 4 ? 0 : i == 7 ? 2 : 1, 30 + 9 * i, 0x8000, 0, 0);
    tx_add(&seed, TX_DRAIN, 0, 0, 0, 0, 0);
    tx_add(&seed, TX_COMPLETE, 1, 0, 0, 0, 0);
    seed_end(&seed, "tx_path", "stage-full");
    begin(&seed, FUZZ_S0_IDLE); /* as long as a place of the stage */
    tx_add(&seed, 0, 0, FUZZ_STAGED, 0x8000, 0, 0);
    tx_add(&seed, TX_DRAIN, 0, 0, 0, 0, 0);
    tx_add(&seed, TX_COMPLETE, 0, 0, 0, 0, 0);
    seed_end(&seed, "tx_path", "staged-long");
    begin(&seed, FUZZ_S2_CURRENT); /* an interface without an MTU, and with a small one */
    for (unsigned i = 0; i < 2; i++) {
        tx_add(&seed, TX_FAIL, 0, 0, i ? 50 : 0, 0, 2);
        tx_add(&seed, 0, 0, 60, 0x8000, 0, 0);
        tx_add(&seed, 0, 1, 61, 0x8000, 0, 0);
    }
    seed_end(&seed, "tx_path", "interface-mtu");
    begin(&seed, FUZZ_S6_REJECT); /* the last counters, then none */
    for (unsigned i = 0; i < 5; i++)
        tx_add(&seed, 0, 0, 40, 0x8000, 0, 0);
    seed_end(&seed, "tx_path", "last-counters");
    begin(&seed, FUZZ_S5_179);
    tx_add(&seed, 0, 0, 40, 0x8000, 0, 0);
    tx_add(&seed, TX_TIME, 0, 0, 0, 0, 4);
    tx_add(&seed, 0, 0, 40, 0x8000, 0, 0);
    seed_end(&seed, "tx_path", "too-old");
}

void seeds_of_said(void)
{
    initiations();
    responses();
    cookies();
    data();
    tx();
}
