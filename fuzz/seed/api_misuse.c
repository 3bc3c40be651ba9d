/* Seeds of api_misuse: one small plan for each thing that can happen. */
#include "seed.h"

/* As fuzz/api_misuse.c reads them. */
enum { VERSION = 2, PLAN = 64 };
enum {
    TUN = 0,
    SETTLE = 3,
    ROAD = 4,
    WAIT = 7,
    BACK = 8,
    KEY = 9,
    PEER = 10,
    ROUTES = 11,
    DEVICE = 12,
    PEERS = 13,
    UP = 14,
    BURST = 15,
    LOOK = 16,
    RAW = 17
};
enum { LOSE, FLIP, MOVE, CUT, AGAIN, DELIVER };
enum { NOW, NS, MS, MS_19, MS_333, S, S_5_LESS, S_5, S_10, S_15, S_25, S_120, S_165, S_180, S_540, DAY };

/* What b and word are is up to what: a bit, seconds, a prefix. */
struct operation { uint8_t what, side, a, b; uint32_t word; };

/* A packet, the initiation, the response, and what waited. */
#define SHAKE \
    {TUN, 0, 0, 0, 100}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 0, DELIVER, 0}, \
    {ROAD, 0, 1, DELIVER, 0}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 2, DELIVER, 0}

/* Nobody answers. */
#define TRY {SETTLE, 0, 0, 0, 0}, {WAIT, 0, S_5, 0, 0}, {WAIT, 0, MS_333, 0, 0}
#define FIVE_TRIES TRY, TRY, TRY, TRY, TRY

static const struct { const char *name; unsigned count; struct operation operation[PLAN];
} plans[] = {
    {"nothing", 0, {{TUN, 0, 0, 0, 0}}},
    {"handshake", 6, {SHAKE}},
    {"three-wait-for-poor-buffers", 6, {{TUN, 0, 0, 0, 100}, {TUN, 0, 0, 0, 200}, {TUN, 0, 0, 0, 300}, {SETTLE, 0, 0, 0, 0},
     {ROAD, 0, 0, DELIVER, 0}, {ROAD, 0, 1, DELIVER, 0}}},
    {"one-waits-for-poor-buffers", 4, {{TUN, 0, 0, 0, 200}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 0, DELIVER, 0},
     {ROAD, 0, 1, DELIVER, 0}}},
    {"routes-nearly-full", 4, {{PEERS, 0, 7, 0, 0}, {PEERS, 0, 10, 0, 0}, {ROUTES, 0, 14, 1, 0x282420},
     {ROUTES, 0, 14, 2, 0x7c7e7c}}},
    {"both-at-once", 10, {{TUN, 0, 0, 0, 64}, {TUN, 1, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {SETTLE, 1, 0, 0, 0},
     {ROAD, 0, 0, DELIVER, 0}, {ROAD, 0, 1, DELIVER, 0}, {ROAD, 0, 2, DELIVER, 0}, {ROAD, 0, 3, DELIVER, 0},
     {ROAD, 0, 4, DELIVER, 0}, {ROAD, 0, 5, DELIVER, 0}}},
    {"rekey", 14, {SHAKE, {WAIT, 0, S_120, 0, 0}, {TUN, 0, 0, 0, 300}, {SETTLE, 0, 0, 0, 0},
     {ROAD, 0, 3, DELIVER, 0}, {ROAD, 0, 4, DELIVER, 0}, {ROAD, 0, 5, DELIVER, 0}, {ROAD, 0, 6, DELIVER, 0},
     {ROAD, 0, 7, DELIVER, 0}}},
    {"data-and-handshake-arrive", 9, {SHAKE, {WAIT, 0, S_120, 0, 0}, {TUN, 0, 0, 0, 300}, {SETTLE, 0, 0, 0, 0}}},
    {"expired", 9, {SHAKE, {WAIT, 0, S_180, 0, 0}, {TUN, 1, 0, 0, 50}, {SETTLE, 1, 0, 0, 0}}},
    {"forgotten", 9, {SHAKE, {WAIT, 0, S_540, 0, 0}, {SETTLE, 0, 0, 0, 0}, {SETTLE, 1, 0, 0, 0}}},
    {"replayed", 6, {{TUN, 0, 0, 0, 100}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 0, AGAIN, 0}, {ROAD, 0, 0, AGAIN, 0},
     {WAIT, 0, S, 0, 0}, {ROAD, 0, 0, AGAIN, 0}}},
    {"tampered", 4, {{TUN, 0, 0, 0, 100}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 0, FLIP, 0x1000020},
     {ROAD, 0, 0, DELIVER, 0}}},
    {"cut-short", 9, {SHAKE, {TUN, 0, 0, 0, 100}, {ROAD, 0, 3, CUT, 40}, {ROAD, 0, 3, DELIVER, 0}}},
    {"roamed", 10, {SHAKE, {TUN, 0, 0, 0, 100}, {ROAD, 0, 3, MOVE, 3}, {ROAD, 0, 3, DELIVER, 0}, {TUN, 1, 0, 0, 80}}},
    {"loaded", 10, {{DEVICE, 1, 2, 0, 0}, SHAKE, {WAIT, 0, S_5, 0, 0}, {SETTLE, 0, 0, 0, 0},
     {ROAD, 0, 2, DELIVER, 0}}},
    {"new-key", 9, {SHAKE, {KEY, 0, 2, 0, 0}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"no-key", 11, {SHAKE, {KEY, 0, 4, 0, 0}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {KEY, 0, 0, 0, 0},
     {SETTLE, 0, 0, 0, 0}}},
    {"down-and-up", 10, {SHAKE, {UP, 0, 1, 0, 0}, {UP, 1, 0, 0, 0}, {SETTLE, 1, 0, 0, 0}, {ROAD, 0, 0, DELIVER, 0}}},
    {"psk", 9, {{PEER, 0, 1, 0, 0x20000}, {PEER, 1, 1, 0, 0x20000}, SHAKE, {PEER, 0, 1, 0, 0}}},
    {"keepalive", 7, {{PEER, 0, 16, 0, 0x1900}, {SETTLE, 0, 0, 0, 0}, {ROAD, 0, 0, DELIVER, 0},
     {ROAD, 0, 1, DELIVER, 0}, {ROAD, 0, 2, DELIVER, 0}, {WAIT, 0, S_25, 0, 0}, {SETTLE, 0, 0, 0, 0}}},
    {"pinned", 10, {{PEER, 1, 8, 0, 0x10000}, SHAKE, {TUN, 0, 0, 0, 90}, {ROAD, 0, 3, MOVE, 5},
     {ROAD, 0, 3, DELIVER, 0}}},
    {"routes-full", 5, {{ROUTES, 0, 0, 0, 128}, {ROUTES, 0, 0, 0, 129}, {ROUTES, 0, 0, 0, 130},
     {ROUTES, 0, 0, 0, 131}, {ROUTES, 0, 14, 0, 0x4080c}}},
    {"routes-moved", 3, {{PEERS, 0, 7, 0, 0}, {ROUTES, 0, 0, 1, 130}, {TUN, 0, 0, 0, 64}}},
    {"peers-full", 6, {{PEERS, 0, 1, 0, 0}, {PEERS, 0, 4, 0, 0}, {PEERS, 0, 7, 0, 0}, {PEERS, 0, 10, 0, 0},
     {PEERS, 0, 13, 0, 0}, {PEERS, 0, 16, 0, 0}}},
    {"peer-gone", 10, {SHAKE, {PEERS, 0, 0, 0, 0}, {PEERS, 0, 0, 0, 0}, {SETTLE, 0, 0, 0, 0}, {PEERS, 0, 4, 0, 0}}},
    {"low-order-peer", 4, {{PEERS, 0, 13, 0, 0}, {ROUTES, 0, 0, 1, 130}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"time-goes-back", 10, {SHAKE, {WAIT, 0, S_15, 0, 0}, {BACK, 0, 0, 0, 5}, {BACK, 1, 0, 0, 0x7fffffff},
     {SETTLE, 0, 0, 0, 0}}},
    {"wall-jumps", 12, {{DEVICE, 0, 3, 0, 7}, SHAKE, {DEVICE, 0, 3, 0, 3}, {DEVICE, 0, 5, 0, 0},
     {WAIT, 0, S_5, 0, 0}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"stage-full", 7, {{TUN, 0, 0, 0, 100}, {TUN, 0, 0, 0, 101}, {TUN, 0, 0, 0, 102}, {TUN, 0, 0, 0, 103},
     {TUN, 0, 0, 0, 104}, {TUN, 0, 0, 0, 0x578}, {DEVICE, 0, 7, 0, 0}}},
    {"gives-up", 61, {{TUN, 0, 0, 0, 64}, FIVE_TRIES, FIVE_TRIES, FIVE_TRIES, FIVE_TRIES}},
    {"mtu", 11, {{DEVICE, 0, 0, 0, 0}, SHAKE, {DEVICE, 0, 0, 0, 0x500}, {TUN, 0, 0, 0, 0x578}, {DEVICE, 0, 0, 0, 1},
     {TUN, 0, 0, 0, 77}}},
    {"many", 8, {SHAKE, {BURST, 0, 150, 0, 40}, {ROAD, 0, 4, DELIVER, 0}}},
    {"forged-far-ahead", 9, {SHAKE, {TUN, 0, 0, 0, 60}, {ROAD, 0, 3, FLIP, 0x80000248}, {ROAD, 0, 3, DELIVER, 0}}},
    {"forged-from-elsewhere", 10, {SHAKE, {TUN, 0, 0, 0, 60}, {ROAD, 0, 3, MOVE, 4}, {ROAD, 0, 3, FLIP, 0x1000014},
     {ROAD, 0, 3, DELIVER, 0}}},
    {"grown-and-copied", 11, {SHAKE, {LOOK, 0, 1, 0, 0}, {LOOK, 1, 0, 0, 0}, {TUN, 0, 0, 0, 90},
     {ROAD, 0, 3, DELIVER, 0}, {LOOK, 0, 0, 0, 0}}},
    {"stirred", 8, {{LOOK, 0, 2, 0, 5}, SHAKE, {LOOK, 1, 2, 0, 6}}},
    {"load-set", 8, {{DEVICE, 0, 1, 11, 1}, {DEVICE, 1, 1, 15, 3}, SHAKE}},
    {"load-of-none", 7, {{DEVICE, 0, 1, 13, 0}, SHAKE}},
    {"load-of-many", 10, {SHAKE, {DEVICE, 0, 1, 12, 2}, {WAIT, 0, S_10, 0, 0}, {DEVICE, 0, 1, 9, 255},
     {DEVICE, 0, 1, 0, 0}}},
    {"load-reported", 11, {{DEVICE, 1, 2, 0, 0}, {DEVICE, 1, 2, 0, 0}, SHAKE, {WAIT, 0, S, 0, 0},
     {SETTLE, 1, 0, 0, 0}, {DEVICE, 1, 2, 0, 0}}},
    {"stamps-restored", 13, {{DEVICE, 0, 4, 255, 0}, SHAKE, {DEVICE, 0, 4, 1, 0}, {UP, 0, 1, 0, 0},
     {SETTLE, 0, 0, 0, 0}, {DEVICE, 1, 4, 128, 0}, {TUN, 1, 0, 0, 99}, {SETTLE, 1, 0, 0, 0}}},
    {"wall-goes-on", 11, {{TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {WAIT, 0, DAY, 0, 0}, {UP, 0, 1, 0, 0},
     {SETTLE, 0, 0, 0, 0}, {DEVICE, 0, 3, 0, 0xbebc1ff}, {UP, 0, 1, 0, 0}, {SETTLE, 0, 0, 0, 0},
     {DEVICE, 0, 3, 0, 0xbebc1ff}, {UP, 0, 1, 0, 0}, {SETTLE, 0, 0, 0, 0}}},
    {"wall-goes-back", 6, {{DEVICE, 0, 3, 0, 0x75bcd15}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0},
     {DEVICE, 0, 3, 0, 0}, {UP, 0, 1, 0, 0}, {SETTLE, 0, 0, 0, 0}}},
    {"again-in-a-slot", 8, {{TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {PEERS, 0, 0, 0, 0}, {PEERS, 0, 4, 0, 0},
     {ROUTES, 0, 0, 0, 130}, {PEER, 0, 2, 0, 0x40001}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"gap-goes-down", 12, {{PEERS, 0, 7, 0, 0}, {PEERS, 0, 10, 0, 0}, {PEERS, 0, 0, 0, 0}, {PEERS, 0, 7, 0, 0},
     {PEERS, 0, 0, 0, 0}, {PEER, 0, 18, 0, 0x40502}, {PEER, 0, 18, 1, 0x40503}, {SETTLE, 0, 0, 0, 0},
     {UP, 0, 1, 0, 0}, {SETTLE, 0, 0, 0, 0}, {DEVICE, 0, 5, 0, 0}, {UP, 0, 0, 0, 0}}},
    {"gap-forgotten", 12, {{PEERS, 0, 7, 0, 0}, SHAKE, {PEERS, 0, 7, 0, 0}, {PEERS, 0, 0, 1, 0},
     {DEVICE, 0, 5, 0, 0}, {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"calling-new-key", 5, {{TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {KEY, 0, 2, 0, 0}, {SETTLE, 0, 0, 0, 0},
     {KEY, 0, 0, 0, 0}}},
    {"calling-forgotten", 8, {{TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}, {DEVICE, 0, 5, 0, 0}, {TUN, 0, 0, 0, 64},
     {SETTLE, 0, 0, 0, 0}, {UP, 0, 0, 0, 0}, {SETTLE, 0, 0, 0, 0}, {UP, 0, 0, 1, 0}}},
    {"paths", 9, {{PEER, 0, 2, 0, 0xa40001}, {DEVICE, 0, 6, 0, 0}, SHAKE, {DEVICE, 0, 6, 0, 0}}},
    {"other-own-key", 6, {{PEERS, 0, 7, 0, 0}, {KEY, 0, 2, 0, 0}, {PEERS, 0, 7, 0, 0}, {KEY, 0, 0, 0, 0},
     {TUN, 0, 0, 0, 64}, {SETTLE, 0, 0, 0, 0}}},
    {"mtu-pads", 20, {SHAKE, {DEVICE, 0, 0, 0, 100}, {TUN, 0, 0, 0, 97}, {DEVICE, 0, 0, 0, 97}, {TUN, 0, 0, 0, 97},
     {DEVICE, 0, 0, 0, 0}, {TUN, 0, 0, 0, 99}, {DEVICE, 0, 0, 0, 0x500}, {TUN, 0, 0, 0, 0x4ff},
     {DEVICE, 0, 0, 0, 64}, {TUN, 0, 0, 0, 100}, {DEVICE, 0, 0, 0, 0xffff}, {TUN, 0, 0, 0, 700},
     {DEVICE, 0, 0, 0, 101}, {TUN, 0, 0, 0, 101}}},
    {"walked", 3, {{PEERS, 0, 7, 0, 0}, {ROUTES, 0, 14, 1, 0x4080c}, {LOOK, 0, 4, 0, 0}}},
    {"unreachable", 2, {{LOOK, 0, 3, 60, 69}, {LOOK, 0, 3, 255, 96}}},
    {"rubbish", 8, {{RAW, 0, 0, 0, 0}, {RAW, 1, 1, 0, 1}, {RAW, 0, 2, 0, 2}, {RAW, 1, 3, 0, 3}, {RAW, 0, 4, 0, 4},
     {RAW, 1, 5, 0, 0}, {RAW, 0, 6, 0, 1}, {RAW, 1, 7, 0, 2}}},
};

void seeds_of_api_misuse(void)
{
    for (unsigned i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        struct seed seed = {.size = 0};
        seed_u8(&seed, VERSION);
        for (unsigned j = 0; j < plans[i].count; j++) {
            const struct operation *operation = &plans[i].operation[j];
            seed_u8(&seed, operation->what);
            seed_u8(&seed, operation->side);
            seed_u8(&seed, operation->a);
            seed_u8(&seed, operation->b);
            seed_u32(&seed, operation->word);
        }
        seed_end(&seed, "api_misuse", "%s", plans[i].name);
    }
}
