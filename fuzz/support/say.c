#include "say.h"

#include <string.h>

#include "points.h"

enum { OPERATIONS = 24, AGAIN = 32, WRONG_PSK = 64, EDIT = 128, LIFE = 300, PLAIN = 1500 };

struct operation {
    uint8_t  kind, who, with, number, index, macs, where, moment, spot, change, late;
    uint32_t argument;
    uint16_t length;
};

static const wrn_time moments[] = {0,
                                   0,
                                   0,
                                   1,
                                   WRN_MILLISECOND,
                                   20 * WRN_MILLISECOND - 1,
                                   20 * WRN_MILLISECOND,
                                   50 * WRN_MILLISECOND,
                                   WRN_SECOND - 1,
                                   WRN_SECOND,
                                   5 * WRN_SECOND,
                                   6 * WRN_SECOND,
                                   10 * WRN_SECOND,
                                   16 * WRN_SECOND,
                                   115 * WRN_SECOND - 1,
                                   120 * WRN_SECOND,
                                   165 * WRN_SECOND,
                                   180 * WRN_SECOND - 1,
                                   180 * WRN_SECOND};
enum { MOMENTS = sizeof moments / sizeof moments[0] };

static struct operation read_operation(struct fuzz_bytes *bytes, enum fuzz_kind own)
{
    uint8_t raw[FUZZ_OPERATION];
    fuzz_fill(bytes, raw, sizeof raw);
    return (struct operation){.kind = raw[0] < 192 ? (uint8_t)own : raw[0] % FUZZ_SAYS,
                              .who = raw[1],
                              .with = raw[2],
                              .number = raw[3],
                              .argument = raw[4] | (uint32_t)raw[5] << 8 | (uint32_t)raw[6] << 16,
                              .index = raw[7],
                              .macs = raw[8],
                              .where = raw[9],
                              .moment = raw[10],
                              .spot = raw[11],
                              .change = raw[12],
                              .late = raw[13],
                              .length = (uint16_t)(raw[14] | raw[15] << 8)};
}

/* Before 300 s are over, so that no key is zeroed for its age (P-78 is asked elsewhere). */
static wrn_time moment_of(const struct fuzz_world *world, const struct operation *o, wrn_time begin)
{
    wrn_time passed = world->now - begin, left = LIFE * WRN_SECOND - passed, wanted = moments[o->moment % MOMENTS];
    return wanted < left ? wanted : 0;
}

static void edit(const struct operation *o, bool before_macs, uint8_t *message, size_t length)
{
    if (o->where & EDIT && before_macs == o->late >> 7 && length)
        message[((o->late & 7u) << 8 | o->spot) % length] ^= o->change ? o->change : 1;
}

static wrn_time begin_of; /* of the input */

static void say(struct fuzz_world *world, const struct operation *o, const uint8_t *message, size_t length)
{
    unsigned source = o->where & 7;
    fuzz_net(world, source, (uint8_t)(o->where >> 3 & 3), message, length, moment_of(world, o, begin_of));
    if (o->where & AGAIN)
        fuzz_net(world, source, (uint8_t)(o->where >> 3 & 3), message, length, 0);
}

static uint32_t index_of(const struct fuzz_world *world, const struct operation *o, const struct fuzz_peer *peer, uint32_t right)
{
    const struct fuzz_peer *other = &world->peer[(o->who + 1) % FUZZ_PEERS];
    switch (o->index & 15) {
    case 1: return other->pending ? fuzz_get32(other->initiation + 4) : 1;
    case 2: return peer->session[WRN_CURRENT].local;
    case 3: return peer->session[WRN_NEXT].local;
    case 4: return peer->session[WRN_PREVIOUS].local;
    case 5: return fuzz_get32(peer->initiation + 4); /* also when it is over */
    case 6: return other->session[WRN_CURRENT].local;
    case 7: return right ^ (1u << (o->index >> 4));
    case 8: return 0;
    case 9: return UINT32_MAX;
    default: return right;
    }
}

static void finish(const struct fuzz_world *world, const struct operation *o, uint8_t *message, size_t length)
{
    static const uint8_t nobody[32] = {1};
    unsigned             source = o->where & 7;

    edit(o, true, message, length - 32);
    switch (o->macs & 7) {
    case 1: fuzz_macs(message, length, fuzz_us_public, world->cookie[source]); break;
    case 2: fuzz_macs(message, length, fuzz_us_public, world->cookie[(source + 1) % FUZZ_SOURCES]); break;
    case 3: fuzz_macs(message, length, nobody, NULL); break;
    default: fuzz_macs(message, length, fuzz_us_public, NULL);
    }
    edit(o, false, message, length);
}

/* A stamp beside the newest that was taken from this peer: a number of 96 bits, big-endian. */
static void stamp_of(const struct operation *o, const uint8_t newest[12], uint8_t stamp[12])
{
    memcpy(stamp, newest, 12);
    switch (o->number & 7) {
    case 0: /* plus 2^k */
    case 1: {
        unsigned bit = o->number & 1 ? o->argument % 96 : 24, carry = 1u << bit % 8;
        for (unsigned at = 11 - bit / 8; carry; at--) {
            carry += stamp[at];
            stamp[at] = (uint8_t)carry;
            carry >>= 8;
            if (!at)
                break;
        }
        break;
    }
    case 2: break; /* equal */
    case 3: /* minus one */
        for (unsigned at = 12; at-- > 0 && stamp[at]-- == 0;)
            ;
        break;
    case 4: memset(stamp, 0, 12); break;
    case 5: memset(stamp, 0xff, 12); break;
    default: fuzz_stamp(stamp, 1700000000 + (o->argument & 0xffff), 0);
    }
}

static void say_initiation(struct fuzz_world *world, const struct operation *o)
{
    struct fuzz_caller      caller = {0};
    const struct fuzz_peer *peer = &world->peer[o->who % FUZZ_PEERS];
    uint8_t                 stranger[32], ephemeral[32], stamp[12], message[FUZZ_INITIATION];
    struct fuzz_hand        hand;

    fuzz_entropy(15, stranger);
    fuzz_entropy(100 + o->with % 8, ephemeral);
    caller.secret = peer->secret;
    caller.ephemeral = ephemeral;
    if (o->who >= 224)
        caller.claims = fuzz_points[o->who % FUZZ_POINTS];
    else if (o->who >= 208)
        caller.claims = peer->public_key; /* without the secret of it */
    else if (o->who >= 192)
        caller.secret = o->who & 1 ? stranger : fuzz_us_secret;
    if (o->with >= 240)
        caller.point = fuzz_points[o->with % FUZZ_POINTS];
    stamp_of(o, peer->stamp_received, stamp);
    fuzz_initiate(message, &hand, &caller, fuzz_us_public, index_of(world, o, peer, 0x1d000000u + o->index), stamp);
    finish(world, o, message, sizeof message);
    say(world, o, message, sizeof message);
}

static void say_response(struct fuzz_world *world, const struct operation *o)
{
    const struct fuzz_peer *peer = &world->peer[o->who % FUZZ_PEERS];
    uint8_t                 ephemeral[32], message[FUZZ_RESPONSE], keys[2][32], psk[32];
    const uint8_t          *point = o->with >= 240 ? fuzz_points[o->with % FUZZ_POINTS] : NULL;

    fuzz_entropy(120 + o->with % 8, ephemeral);
    memcpy(psk, peer->psk, 32);
    if (o->where & WRONG_PSK)
        psk[o->argument % 32] ^= 1;
    fuzz_respond(message, keys[0], keys[1], &peer->hand, ephemeral, point, fuzz_us_public, psk, 0x5e000000u + o->index,
                 index_of(world, o, peer, fuzz_get32(peer->initiation + 4)));
    finish(world, o, message, sizeof message);
    say(world, o, message, sizeof message);
}

static void say_cookie(struct fuzz_world *world, const struct operation *o)
{
    const struct fuzz_peer *peer = &world->peer[o->who % FUZZ_PEERS], *other = &world->peer[(o->who + 1) % FUZZ_PEERS];
    uint8_t                 nonce[32], cookie[32], mac1[16], message[FUZZ_COOKIE];
    uint32_t                right = peer->pending ? fuzz_get32(peer->initiation + 4) : peer->session[WRN_CURRENT].local;

    fuzz_entropy(140 + o->with % 4, nonce);
    fuzz_entropy(150 + o->number % 4, cookie);
    memcpy(mac1, o->macs & 1 ? other->mac1 : peer->mac1, 16);
    if (o->macs & 2)
        memcpy(mac1, peer->initiation + 116, 16);
    if (o->macs & 4)
        memset(mac1, 0, 16);
    fuzz_seal_cookie(message, index_of(world, o, peer, right), o->macs & 8 ? other->public_key : peer->public_key, nonce, cookie,
                     mac1);
    edit(o, false, message, sizeof message);
    edit(o, true, message, sizeof message);
    say(world, o, message, sizeof message);
}

/* Data. ---------------------------------------------------------------------------------------------------------------------- */

static uint64_t counter_of(const struct operation *o, const struct fuzz_session *session)
{
    uint64_t next = session->next, edge = FUZZ_WINDOW - 64, small = o->argument >> 16 & 7;
    switch (o->number & 15) {
    case 1: return next + small;
    case 2: return next - 1;
    case 3: return next - 1 - edge;
    case 4: return next - 2 - edge;
    case 5: return next - 1 - o->argument % (FUZZ_WINDOW + 64);
    case 6: return next + FUZZ_WINDOW - 4 + small;
    case 7: return next + (UINT64_C(1) << o->argument % 64) - small;
    case 8: return next - 1 - (UINT64_C(1) << o->argument % 64) - small;
    case 9: return UINT64_MAX - 8130 + small - 3; /* about the last that is taken */
    case 10: return UINT64_MAX - small;
    case 11: return (UINT64_C(1) << 60) + small - 3;
    case 12: return o->argument % 256;
    default: return next;
    }
}

/* An inner packet of the peer's, and what is wrong with it. Its length. */
static uint32_t inner_of(const struct operation *o, unsigned peer, uint8_t plain[PLAIN])
{
    uint8_t  family = o->macs & 128 ? 6 : 4, ecn = o->macs >> 5 & 3;
    uint32_t least = family == 4 ? 20 : 40, length = least + o->length % (PLAIN - 64), field = family == 4 ? length : length - 40;
    fuzz_inner(plain, length, family, peer, true);
    plain[1] |= (uint8_t)(family == 4 ? ecn : ecn << 4);
    switch (o->macs & 15) {
    case 1: return 0; /* a keepalive */
    case 2: plain[0] = (uint8_t)o->argument; break;
    case 3: field += 1; break;
    case 4: field = o->argument & 0xffff; break;
    case 5: field = family == 4 ? 19 : 0; break;
    case 6: length = o->length % 64; break;
    case 7: fuzz_inner(plain, length, family, (peer + 1) % FUZZ_PEERS, true); break;
    case 8: plain[family == 4 ? 15 : 23] = (uint8_t)o->argument; break; /* about the edges of prefixes */
    case 9: plain[family == 4 ? 14 : 12] ^= (uint8_t)o->argument; break;
    case 10: length += length % 16 ? 16 - length % 16 : 0; break; /* padded */
    default: break;
    }
    plain[family == 4 ? 2 : 4] = (uint8_t)(field >> 8);
    plain[family == 4 ? 3 : 5] = (uint8_t)field;
    return length;
}

static void say_data(struct fuzz_world *world, const struct operation *o)
{
    const struct fuzz_peer    *peer = &world->peer[o->who % FUZZ_PEERS];
    const struct fuzz_session *session = &peer->session[(o->with + WRN_CURRENT) % 3];
    uint8_t                    plain[PLAIN + 64] = {0}, message[PLAIN + 96];
    uint32_t                   length = inner_of(o, o->who % FUZZ_PEERS, plain);

    for (unsigned i = 0; i < 3 && !session->there; i++)
        session = &peer->session[i];
    fuzz_seal_data(message, o->with & 128 ? session->send : session->receive, index_of(world, o, peer, session->local),
                   counter_of(o, session), plain, length);
    size_t whole = length + 32;
    edit(o, false, message, whole);
    if (o->where & EDIT && o->late & 128) /* cut */
        whole -= o->spot < whole ? o->spot : whole;
    say(world, o, message, whole);
}

/* Life. ---------------------------------------------------------------------------------------------------------------------- */

static void say_tun(struct fuzz_world *world, const struct operation *o)
{
    uint8_t  plain[PLAIN] = {0}, family = o->macs & 128 ? 6 : 4;
    uint32_t length = (family == 4 ? 20u : 40u) + o->length % 320;
    fuzz_inner(plain, length, family, o->who % FUZZ_PEERS, false);
    fuzz_tun(world, plain, length, WRN_HEADROOM, WRN_TAILROOM, (uint16_t)(o->number & 1 ? o->argument : 0));
    fuzz_drain(world);
}

static void perform(struct fuzz_world *world, const struct operation *o)
{
    switch ((enum fuzz_kind)o->kind) {
    case FUZZ_SAY_INITIATION: say_initiation(world, o); break;
    case FUZZ_SAY_RESPONSE: say_response(world, o); break;
    case FUZZ_SAY_COOKIE: say_cookie(world, o); break;
    case FUZZ_SAY_DATA: say_data(world, o); break;
    case FUZZ_SAY_TUN: say_tun(world, o); break;
    default: fuzz_advance(world, moment_of(world, o, begin_of));
    }
}

int fuzz_say(enum fuzz_kind own, const uint8_t *data, size_t size)
{
    struct fuzz_bytes  bytes = {data, size};
    (void)fuzz_u8(&bytes); /* version 0 */
    struct fuzz_world *world = fuzz_world((enum fuzz_snapshot)fuzz_pick(&bytes, FUZZ_SNAPSHOTS));

    begin_of = world->now;
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation o = read_operation(&bytes, own);
        perform(world, &o);
    }
    if (size % 8 == 0) /* now and then: it costs as much as an operation */
        fuzz_judge_order(world);
    return 0;
}

void fuzz_say_render(FILE *out, enum fuzz_kind own, const uint8_t *data, size_t size)
{
    static const char *const kinds[FUZZ_SAYS] = {"initiation", "response", "cookie", "data", "tun", "time"};
    struct fuzz_bytes        bytes = {data, size};
    unsigned                 version = fuzz_u8(&bytes);
    fprintf(out, "version %u, snapshot %u\n", version, fuzz_pick(&bytes, FUZZ_SNAPSHOTS));
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        struct operation o = read_operation(&bytes, own);
        fprintf(out, "%2u: after %llu ns %s, who %u, with %u, number %u (%u), index %u, macs %u, source %u%s%s, length %u", i,
                (unsigned long long)moments[o.moment % MOMENTS], kinds[o.kind], o.who, o.with, o.number, o.argument, o.index,
                o.macs, o.where & 7u, o.where & AGAIN ? ", again" : "", o.where & WRONG_PSK ? ", wrong psk" : "", o.length);
        if (o.where & EDIT)
            fprintf(out, ", byte %u ^ %u %s the macs", (o.late & 7u) << 8 | o.spot, o.change, o.late & 128 ? "before" : "behind");
        fputc('\n', out);
    }
}
