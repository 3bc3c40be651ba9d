/*
 * tx_path: inner packets on their way out, in every snapshot (lane, inner, stage, wire, output).
 *
 * Input: version 0, snapshot, then operations of 10 bytes, 32 at most:
 *
 *   0     what: below 160 a packet; else by the low bits output, time, a response to what is pending, a peer's own handshake,
 * sends fail from now on, or no more, a batch 1     peer (2 bits), family (4), inner TOS (the top bits) 2, 3  length: 0..65535,
 * its top bit 0 is 0..511 4     headroom: mostly 16, else 0 to 31     5  tailroom: mostly 31, else 0 to 63 6, 7  mtu of the
 * packet, 0 when the top bit is set 8     damage: 1 the version, 2 another destination, 3 shorter than its header 9     its
 * argument; time in quarters of a second
 *
 * Oracles: those of fuzz/support/world.h; order and padding are in output, conservation in sum and view.
 */
#include "world.h"

#include <string.h>

enum { OPERATIONS = 32, OPERATION = 10, BATCH = 20, LIFE = 300 };

struct operation { uint8_t what, where, headroom, tailroom, damage, argument; uint16_t length, mtu; };

static uint8_t  plain[65536], batch[BATCH][1536];
static wrn_time begin;

static struct operation read_operation(struct fuzz_bytes *bytes)
{
    uint8_t raw[OPERATION];
    fuzz_fill(bytes, raw, sizeof raw);
    struct operation o = {
        .what = raw[0], .where = raw[1], .headroom = raw[4], .tailroom = raw[5], .damage = raw[8], .argument = raw[9]};
    o.length = (uint16_t)(raw[2] | raw[3] << 8);
    if (!(o.length & 0x8000))
        o.length &= 511;
    o.mtu = (uint16_t)(raw[6] | raw[7] << 8);
    if (o.mtu & 0x8000)
        o.mtu = 0;
    return o;
}

/* Into `to`, with room for the larger of length and a header. */
static uint32_t inner_of(const struct operation *o, uint8_t *to, uint32_t length)
{
    uint8_t  family = o->where & 4 ? 6 : 4, tos = o->where >> 3;
    uint32_t least = family == 4 ? 20 : 40, whole = length < least ? least : length;
    fuzz_inner(to, whole, family, (o->where & 3u) % FUZZ_PEERS, false);
    to[0] |= family == 6 ? tos >> 4 : 0;
    to[1] = (uint8_t)(family == 6 ? tos << 4 : tos);
    if (o->damage % 16 == 1)
        to[0] = o->argument;
    if (o->damage % 16 == 2)
        to[family == 4 ? 18 : 28] ^= o->argument;
    return o->damage % 16 == 3 ? length : whole;
}

static void send(struct fuzz_world *world, const struct operation *o)
{
    uint32_t length = inner_of(o, plain, o->length);
    uint32_t headroom = o->headroom < 200 ? WRN_HEADROOM : o->headroom & 31u;
    uint32_t tailroom = o->tailroom < 200 ? WRN_TAILROOM : o->tailroom & 63u;
    fuzz_tun(world, plain, length, headroom, tailroom, o->mtu);
}

static void send_many(struct fuzz_world *world, const struct operation *o)
{
    struct fuzz_plain plains[BATCH];
    unsigned          count = 2 + o->argument % (BATCH - 1);
    for (unsigned i = 0; i < count; i++) {
        struct operation one = *o;
        one.where = (uint8_t)(o->where + (o->headroom & 1 ? i : 0));
        one.damage = 0;
        plains[i].plain = batch[i];
        plains[i].length = inner_of(&one, batch[i], (o->length + 37 * i) % 1400);
        plains[i].mtu = o->mtu;
    }
    fuzz_tun_batch(world, plains, count);
}

static void pass_time(struct fuzz_world *world, const struct operation *o)
{
    wrn_time passed = o->argument * (WRN_SECOND / 4);
    if (world->now - begin + passed < LIFE * WRN_SECOND)
        fuzz_advance(world, passed);
}

static void perform(struct fuzz_world *world, const struct operation *o)
{
    if (o->what < 160) {
        send(world, o);
        return;
    }
    switch (o->what % 7) {
    case 0: fuzz_drain(world); break;
    case 1: pass_time(world, o); break;
    case 2: (void)fuzz_complete(world, (o->where & 3u) % FUZZ_PEERS); break;
    case 3: (void)fuzz_confirm(world, (o->where & 3u) % FUZZ_PEERS, 4 + o->argument); break;
    case 4:
        world->fail_sends = o->argument & 1;
        if (o->argument & 2)
            fuzz_set_mtu(world, o->mtu);
        break;
    default: send_many(world, o);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    (void)fuzz_u8(&bytes);
    struct fuzz_world *world = fuzz_world((enum fuzz_snapshot)fuzz_pick(&bytes, FUZZ_SNAPSHOTS));

    begin = world->now;
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation o = read_operation(&bytes);
        perform(world, &o);
    }
    if (size % 4 == 0) /* now and then: it costs as much as an operation */
        fuzz_judge_order(world);
    return 0;
}
