#include "tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "call.h"

void tape_free(struct tape *tape)
{
    free(tape->bytes);
    *tape = (struct tape){0};
}

bool tape_put(void *context, const uint8_t *bytes, size_t length)
{
    struct tape *tape = context;
    if (tape->limit && tape->length + length > tape->limit)
        return false;
    if (tape->length + length > tape->room) {
        tape->room = 2 * (tape->length + length);
        tape->bytes = realloc(tape->bytes, tape->room);
        assert_non_null(tape->bytes);
    }
    memcpy(tape->bytes + tape->length, bytes, length);
    tape->length += length;
    return true;
}

/* The life. ----------------------------------------------------------------------------------------------------------------------- */

struct side {
    struct wrn_engine   *engine;
    void                *memory;
    struct wrn_recorder *recorder;
    struct wrn_peer      peer;
    uint8_t              secret[32], public_key[32];
    struct wrn_endpoint  address;
};

struct two {
    struct side     side[2];
    wrn_time now;
    uint64_t        log;
};

static void note(struct two *two, uint64_t value) { two->log = (two->log ^ value) * UINT64_C(0x100000001b3); }

static void make(struct two *two, unsigned i)
{
    struct side       *side = &two->side[i];
    struct wrn_config  config;
    struct wrn_prefix  prefix = {.address = {10, 0, 0, (uint8_t)(2 - i)}, .family = 4, .length = 32};
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT | WRN_CHANGE_KEEPALIVE | WRN_CHANGE_PRESHARED_KEY,
                                     .preshared_key = {7}, .endpoint = two->side[!i].address, .keepalive_s = 25};
    wrn_config_default(&config);
    config.limits.peers = 4;
    config.limits.stage_slots = 8;
    memset(config.entropy, 40 + (int)i, sizeof config.entropy);
    size_t size = (wrn_engine_size(&config.limits) + 15) & ~(size_t)15;
    side->memory = aligned_alloc(16, size);
    assert_int_equal(wrn_rec_engine_init(side->recorder, &side->engine, side->memory, size, &config, two->now), WRN_OK);
    wrn_rec_engine_attach(side->recorder, side->engine, &wrn_crypto_sodium, NULL, 0, "real");
    wrn_rec_wall(side->recorder, side->engine, two->now, 1700000000, 5);
    note(two, wrn_rec_set_private_key(side->recorder, side->engine, two->now, side->secret));
    note(two, wrn_rec_set_up(side->recorder, side->engine, two->now, true));
    assert_int_equal(wrn_rec_peer_add(side->recorder, side->engine, two->now, two->side[!i].public_key, &side->peer), WRN_OK);
    note(two, wrn_rec_peer_set(side->recorder, side->engine, two->now, side->peer, &change));
    note(two, wrn_rec_allowed_add(side->recorder, side->engine, side->peer, &prefix, NULL));
}

static void inner_packet(uint8_t *at, unsigned from, uint16_t length)
{
    memset(at, 0, length);
    at[0] = 0x45;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    at[8] = 64;
    at[9] = 17;
    at[12] = at[16] = 10;
    at[15] = (uint8_t)(1 + from);
    at[19] = (uint8_t)(2 - from);
}

static void arrive(struct two *two, unsigned to, struct wrn_packet *packet)
{
    struct side *side = &two->side[to];
    packet->remote = two->side[!to].address;
    wrn_rec_net_input(side->recorder, side->engine, two->now, packet, 1);
    note(two, packet->verdict * 100u + packet->reason);
    if (packet->verdict == WRN_SEND)
        arrive(two, !to, packet);
}

static void pump(struct two *two)
{
    for (unsigned turn = 0; turn < 6; turn++) {
        struct side      *side = &two->side[turn % 2];
        uint8_t           buffers[3][2048];
        struct wrn_packet packets[3] = {0};
        struct wrn_event  events[2];
        for (unsigned i = 0; i < 3; i++)
            packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = sizeof buffers[i]};
        wrn_rec_advance(side->recorder, side->engine, two->now);
        size_t count = wrn_rec_net_output(side->recorder, side->engine, two->now, packets, 3);
        if (count && turn == 3)
            wrn_rec_net_unsent(side->recorder, side->engine, two->now, packets, count);
        for (size_t i = 0; i < count; i++)
            arrive(two, turn % 2 == 0, &packets[i]);
        while (wrn_rec_events(side->recorder, side->engine, events, 2) > 0)
            note(two, events[0].bits);
        note(two, wrn_rec_deadline(side->recorder, side->engine));
    }
}

static void talk(struct two *two, unsigned from)
{
    uint8_t           buffers[4][1600];
    struct wrn_packet packets[4];
    for (unsigned i = 0; i < 4; i++) {
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = sizeof *buffers, .offset = 32, .length = 100 + 200 * i};
        inner_packet(buffers[i] + 32, from, (uint16_t)packets[i].length);
    }
    packets[3].offset = 5000; /* nonsense: ROOM */
    wrn_rec_tun_input(two->side[from].recorder, two->side[from].engine, two->now, packets, 4);
    for (unsigned i = 0; i < 4; i++) {
        note(two, packets[i].verdict * 100u + packets[i].reason);
        if (packets[i].verdict == WRN_SEND)
            arrive(two, !from, &packets[i]);
    }
    pump(two);
}

static void grow(struct two *two, unsigned i)
{
    struct side      *side = &two->side[i];
    struct wrn_limits limits;
    wrn_engine_limits(side->engine, &limits);
    limits.peers *= 2;
    size_t size = (wrn_engine_size(&limits) + 15) & ~(size_t)15;
    void  *memory = aligned_alloc(16, size);
    assert_int_equal(wrn_rec_engine_move(side->recorder, &side->engine, memory, size, &limits), WRN_OK);
    wrn_rec_engine_attach(side->recorder, side->engine, &wrn_crypto_sodium, NULL, 0, "real");
    free(side->memory);
    side->memory = memory;
}

static void configure(struct two *two)
{
    static const char    text[] = "set=1\nfwmark=7\n\n", wrong[] = "set=1\nlisten_port=seven\n\n";
    struct side         *side = &two->side[0];
    struct wrn_recorder *recorder = side->recorder;
    struct wrn_engine   *engine = side->engine;
    struct wrn_prefix    prefixes[2] = {{{10, 0, 0, 2}, 4, 32}, {{0xfd}, 6, 64}};
    struct wrn_uapi_set  set;
    struct wrn_peer      other;
    struct wrn_peer_info info;
    struct wrn_counters  counters;
    uint8_t              key[32] = {9}, stamp[12] = {0x40}, digest[32];

    note(two, wrn_rec_stamp_restore(recorder, engine, stamp));
    wrn_rec_engine_stir(recorder, engine, key);
    note(two, wrn_rec_set_mtu(recorder, engine, 1300));
    note(two, wrn_rec_set_load(recorder, engine, two->now, 10, 20));
    wrn_rec_report_load(recorder, engine, two->now);
    note(two, wrn_rec_forget_paths(recorder, engine));
    note(two, wrn_rec_peer_add(recorder, engine, two->now, key, &other));
    note(two, wrn_rec_peer_add(recorder, engine, two->now, key, &other)); /* EXISTS */
    note(two, wrn_rec_allowed_replace(recorder, engine, side->peer, prefixes, 2));
    note(two, wrn_rec_allowed_remove(recorder, engine, side->peer, &prefixes[1]));
    note(two, wrn_rec_staged_purge(recorder, engine, other));
    note(two, wrn_rec_peer_remove(recorder, engine, two->now, other));
    note(two, wrn_rec_peer_remove(recorder, engine, two->now, other)); /* STALE */
    note(two, wrn_rec_uapi_check(recorder, engine, wrong, sizeof wrong - 1, &set));
    note(two, wrn_rec_uapi_check(recorder, engine, text, sizeof text - 1, &set));
    wrn_rec_uapi_apply(recorder, engine, two->now, text, sizeof text - 1);
    note(two, set.fwmark);
    note(two, wrn_rec_peer_info(recorder, engine, side->peer, &info));
    note(two, info.tx_bytes);
    wrn_rec_counters(recorder, engine, &counters);
    note(two, counters.outputs);
    wrn_rec_digest(recorder, engine, WRN_PART_PROTOCOL, digest);
    note(two, digest[5]);
}

uint64_t tape_record_life(struct tape *tape, uint32_t every)
{
    static const uint8_t base[32] = {9};
    struct wrn_recording recording;
    struct wrn_recorder  recorders[2];
    struct two           two = {.now = 1000};

    assert_true(sodium_init() >= 0);
    if (tape)
        wrn_recording_begin(&recording, tape_put, tape, every);
    for (unsigned i = 0; i < 2; i++) {
        if (tape)
            wrn_recorder_begin(&recorders[i], &recording, i ? "right" : "left");
        two.side[i].recorder = tape ? &recorders[i] : NULL;
        two.side[i].address = (struct wrn_endpoint){.address = {192, 0, 2, (uint8_t)(i + 1)}, .port = 51820, .family = 4};
        memset(two.side[i].secret, 3 + (int)i, 32);
        assert_int_equal(crypto_scalarmult(two.side[i].public_key, two.side[i].secret, base), 0);
    }
    make(&two, 0);
    make(&two, 1);
    talk(&two, 0);
    two.now += WRN_SECOND;
    talk(&two, 1);
    two.side[1].address.port++; /* roams */
    two.now += 30 * WRN_SECOND;
    talk(&two, 1);
    grow(&two, 0);
    configure(&two);
    two.now -= 5; /* time goes back: counted */
    talk(&two, 0);
    two.now += 600 * WRN_SECOND;
    pump(&two);
    note(&two, wrn_rec_forget_sessions(two.side[0].recorder, two.side[0].engine, two.now));
    wrn_rec_engine_wipe(two.side[1].recorder, two.side[1].engine);
    free(two.side[1].memory);
    make(&two, 1);
    talk(&two, 1);
    for (unsigned i = 0; i < 2; i++)
        free(two.side[i].memory);
    if (tape)
        assert_true(wrn_recording_end(&recording) || tape->limit);
    return two.log;
}

/* Playing. ------------------------------------------------------------------------------------------------------------------------ */

struct stage {
    const struct tape       *tape;
    const struct wrn_crypto *real;
    size_t                   at, memory, taken;
};

static size_t stage_get(void *context, uint8_t *bytes, size_t length)
{
    struct stage *stage = context;
    size_t        left = stage->tape->length - stage->at;
    if (length > left)
        length = left;
    memcpy(bytes, stage->tape->bytes + stage->at, length);
    stage->at += length;
    return length;
}

static void *stage_take(void *context, size_t size)
{
    struct stage *stage = context;
    if (size > (stage->memory ? stage->memory : (size_t)1 << 26))
        return NULL;
    stage->taken += size;
    return aligned_alloc(16, (size + 15) & ~(size_t)15);
}

static void stage_give(void *context, void *memory, size_t size)
{
    struct stage *stage = context;
    stage->taken -= size;
    free(memory);
}

static const struct wrn_crypto *stage_provider(void *context, const char *name, void **provider_context)
{
    struct stage *stage = context;
    *provider_context = NULL;
    return strcmp(name, "real") == 0 ? stage->real : NULL;
}

struct played tape_play(const struct tape *tape, const struct wrn_crypto *real, size_t memory)
{
    struct stage           stage = {.tape = tape, .real = real, .memory = memory};
    struct wrn_replay_host host = {.context = &stage, .get = stage_get, .take = stage_take, .give = stage_give,
                                   .provider = stage_provider};
    struct played          played = {0};
    struct wrn_replay     *replay = wrn_replay_begin(&host);
    assert_non_null(replay);
    do
        played.state = wrn_replay_step(replay);
    while (played.state == WRN_REPLAY_GOING);
    assert_int_equal(wrn_replay_step(replay), played.state);
    wrn_replay_report(replay, &played.report);
    if (played.report.engine_name)
        memcpy(played.engine, played.report.engine_name, sizeof played.engine);
    if (played.state == WRN_REPLAY_NO_PROVIDER)
        memcpy(played.engine, played.report.what, sizeof played.engine);
    wrn_replay_end(replay);
    assert_int_equal(stage.taken, 0);
    return played;
}

/* Frames. ------------------------------------------------------------------------------------------------------------------------- */

size_t tape_next(const struct tape *tape, size_t at, struct tape_frame *frame)
{
    const uint8_t *p, *end = tape->bytes + tape->length;
    uint64_t       engine = 0, length = 0;

    if (at == 0)
        at = WRNI_REC_HEAD_BYTES;
    if (at >= tape->length)
        return 0;
    p = tape->bytes + at;
    frame->at = at;
    frame->kind = *p++;
    if (!wrni_rec_number(&p, end, &engine) || !wrni_rec_number(&p, end, &length) || (size_t)(end - p) < length + 4)
        return 0;
    frame->engine = (uint32_t)engine;
    frame->body = (size_t)(p - tape->bytes);
    frame->length = (size_t)length;
    return frame->body + frame->length + 4;
}

void tape_seal(struct tape *tape)
{
    struct tape_frame frame;
    uint64_t          chain = 0;
    for (size_t at = tape_next(tape, 0, &frame); at; at = tape_next(tape, at, &frame)) {
        struct wrn_recording_hash hash;
        wrni_rec_sip_begin(&hash, chain, WRN_RECORD_VERSION);
        wrni_rec_sip_add(&hash, tape->bytes + frame.at, frame.body - frame.at + frame.length);
        chain = wrni_rec_sip_end(&hash);
        for (unsigned i = 0; i < 4; i++)
            tape->bytes[frame.body + frame.length + i] = (uint8_t)(chain >> 8 * i);
    }
}
