#include "call.h"

#include <string.h>

/*
 * The replay. Frames are read whole, checked, and only then believed; even so nothing in them is trusted: a check keeps out
 * accidents, not malice. What the engine would take for its host's misuse is refused here.
 */

struct player {
    char     name[WRN_RECORD_NAME_BYTES], provider[WRN_RECORD_NAME_BYTES];
    struct wrn_engine *engine; /* null: not made yet, or wiped */
    void    *memory;
    size_t   size;
    wrn_time now;
    bool     attached;
};

struct block {
    void  *memory;
    size_t size;
};

struct wrn_replay {
    struct wrn_replay_host   host;
    struct wrn_replay_report report;
    struct block players, body, buffers;
    uint64_t     chain;
    bool         begun, last; /* the head is read; the end mark was */
    char         name[WRN_RECORD_NAME_BYTES]; /* of a provider that is not here */
    struct wrn_packet packets[WRN_RECORD_BATCH];
    struct wrn_event  events[WRN_RECORD_BATCH];
};

struct frame {
    uint32_t kind, engine;
    uint64_t at;
    const uint8_t *body, *end;
};

static enum wrn_replay_state stop(struct wrn_replay *replay, enum wrn_replay_state state)
{
    replay->report.state = state;
    return state;
}

static enum wrn_replay_state bad(struct wrn_replay *replay, uint64_t at, const char *what, const char *right)
{
    replay->report.at = at;
    replay->report.what = what;
    replay->report.right = right;
    return stop(replay, WRN_REPLAY_BAD);
}

/* At least `size` bytes; what was in them stays. */
static bool grow(struct wrn_replay *replay, struct block *block, size_t size)
{
    void *larger;
    if (block->size >= size)
        return true;
    size += size / 2;
    larger = replay->host.take(replay->host.context, size);
    if (!larger) {
        replay->report.needed = size;
        stop(replay, WRN_REPLAY_NO_MEMORY);
        return false;
    }
    memset(larger, 0, size);
    if (block->memory) {
        memcpy(larger, block->memory, block->size);
        memset(block->memory, 0, block->size);
        replay->host.give(replay->host.context, block->memory, block->size);
    }
    *block = (struct block){larger, size};
    return true;
}

static struct player *player_at(const struct wrn_replay *replay, uint32_t number)
{
    return (struct player *)replay->players.memory + number;
}

/* Frames. ------------------------------------------------------------------------------------------------------------------------- */

static size_t get(struct wrn_replay *replay, uint8_t *bytes, size_t length)
{
    size_t got = replay->host.get(replay->host.context, bytes, length);
    replay->report.offset += got;
    return got;
}

/* 1: it is there. 0: the file ends before its first byte. -1: within it, or it is no number. */
static int get_number(struct wrn_replay *replay, struct wrn_recording_hash *hash, uint64_t *number)
{
    uint8_t        bytes[10];
    const uint8_t *at = bytes;
    size_t         length = 0;

    do {
        if (get(replay, bytes + length, 1) == 0)
            return length ? -1 : 0;
    } while (bytes[length++] >= 128 && length < sizeof bytes);
    wrni_rec_sip_add(hash, bytes, length);
    return wrni_rec_number(&at, bytes + length, number) ? 1 : -1;
}

static const char cut_short[] = "the recording ends within a frame";
static const char unchanged[] = "a file that nobody changed";
static const char whole_file[] = "the whole file that its host wrote";

/* GOING: a frame. CUT: the recording ends before it. */
static enum wrn_replay_state next_frame(struct wrn_replay *replay, struct frame *frame)
{
    struct wrn_recording_hash hash;
    uint64_t                  engine, length;
    uint8_t                   kind, check[4];

    frame->at = replay->report.offset;
    if (get(replay, &kind, 1) == 0)
        return WRN_REPLAY_CUT;
    if (kind > WRNI_REC_BACK)
        return bad(replay, frame->at, "no frame begins with this byte", "a recording, as warren run --record writes it");
    wrni_rec_sip_begin(&hash, replay->chain, WRN_RECORD_VERSION);
    wrni_rec_sip_add(&hash, &kind, 1);
    if (get_number(replay, &hash, &engine) != 1 || get_number(replay, &hash, &length) != 1)
        return bad(replay, frame->at, "a frame's head is cut short or spoilt", whole_file);
    if (length > WRN_RECORD_FRAME_MAX)
        return bad(replay, frame->at, "a frame of an absurd length", unchanged);
    if (engine > replay->report.engines)
        return bad(replay, frame->at, "a frame of an engine that is not there", unchanged);
    if (!grow(replay, &replay->body, (size_t)length + 1))
        return replay->report.state;
    if (get(replay, replay->body.memory, (size_t)length) < length || get(replay, check, sizeof check) < sizeof check)
        return bad(replay, frame->at, cut_short, whole_file);
    wrni_rec_sip_add(&hash, replay->body.memory, (size_t)length);
    replay->chain = wrni_rec_sip_end(&hash);
    for (unsigned i = 0; i < 4; i++)
        if (check[i] != (uint8_t)(replay->chain >> 8 * i))
            return bad(replay, frame->at, "the check of a frame does not hold", "a file that nobody changed, and none left out");
    frame->kind = kind;
    frame->engine = (uint32_t)engine;
    frame->body = replay->body.memory;
    frame->end = frame->body + length;
    return WRN_REPLAY_GOING;
}

static enum wrn_replay_state begin(struct wrn_replay *replay)
{
    static const uint8_t head[WRNI_REC_HEAD_BYTES] = WRNI_REC_HEAD;
    uint8_t              found[WRNI_REC_HEAD_BYTES] = {0};
    size_t               length = get(replay, found, sizeof found);

    replay->begun = true;
    if (length < sizeof found || memcmp(found, head, sizeof head - 1) != 0)
        return bad(replay, 0, "no recording begins like this", "a file of warren run --record, or of another host's recorder");
    if (found[sizeof head - 1] != WRN_RECORD_VERSION)
        return bad(replay, sizeof head - 1, "a recording of another version", "version 1, which this program reads");
    return WRN_REPLAY_GOING;
}

/* Calls. -------------------------------------------------------------------------------------------------------------------------- */

static void drop_engine(struct wrn_replay *replay, struct player *player)
{
    if (player->engine)
        wrn_engine_wipe(player->engine);
    if (player->memory)
        replay->host.give(replay->host.context, player->memory, player->size);
    player->engine = NULL;
    player->memory = NULL;
    player->attached = false;
}

/* What the host would have done wrong, in this order of calls or with these arguments. */
static const char *misuse(const struct player *player, const struct wrni_rec_call *call)
{
    if (call->function == WRNI_REC_INIT)
        return call->config.limits.lanes != 1 ? "an engine with outside lanes" : NULL;
    if (!player->engine)
        return "a call before wrn_engine_init";
    if (!player->attached && wrni_rec_needs_crypto(call->function))
        return "a call before wrn_engine_attach";
    if (call->function == WRNI_REC_EVENTS && call->a > WRN_RECORD_BATCH)
        return "more events than one call can have";
    return NULL;
}

/* The buffers of the packets, one behind the other; each begins at a multiple of 16. */
static bool place_packets(struct wrn_replay *replay, struct wrni_rec_call *call, bool output)
{
    size_t used = 0;

    for (size_t i = 0; i < call->count; i++)
        if (call->live[i])
            used += ((size_t)call->packets[i].capacity + 15) & ~(size_t)15;
    if (!grow(replay, &replay->buffers, used + 1))
        return false;
    uint8_t *at = replay->buffers.memory;
    for (size_t i = 0; i < call->count; i++) {
        struct wrn_packet *packet = &call->packets[i];
        if (!call->live[i])
            continue; /* data stays null: that is unsound enough */
        packet->data = at;
        if (!output && packet->length)
            memcpy(packet->data + packet->offset, call->live[i], packet->length);
        at += ((size_t)packet->capacity + 15) & ~(size_t)15;
    }
    return true;
}

static bool place_prefixes(struct wrn_replay *replay, struct wrni_rec_call *call)
{
    if (!grow(replay, &replay->buffers, call->count * sizeof(struct wrn_prefix) + 1))
        return false;
    struct wrn_prefix *prefixes = replay->buffers.memory;
    for (size_t i = 0; i < call->count; i++)
        wrni_rec_read_prefix(call->raw + i * WRNI_REC_PREFIX_BYTES, &prefixes[i]);
    call->prefixes = prefixes;
    return true;
}

static bool place_engine(struct wrn_replay *replay, struct player *player, struct wrni_rec_call *call, uint64_t at)
{
    const struct wrn_limits *limits = call->function == WRNI_REC_INIT ? &call->config.limits : &call->limits;

    if (call->function == WRNI_REC_INIT)
        drop_engine(replay, player);
    call->size = wrn_engine_size(limits);
    if (!call->size) {
        bad(replay, at, "limits that no engine has", unchanged);
        return false;
    }
    call->memory = replay->host.take(replay->host.context, call->size);
    if (!call->memory) {
        replay->report.needed = call->size;
        stop(replay, WRN_REPLAY_NO_MEMORY);
    }
    return call->memory != NULL;
}

static bool find_provider(struct wrn_replay *replay, struct player *player, struct wrni_rec_call *call)
{
    call->crypto = replay->host.provider(replay->host.context, call->provider, &call->context);
    if (!call->crypto) {
        memcpy(replay->name, call->provider, sizeof replay->name);
        replay->report.what = replay->name;
        stop(replay, WRN_REPLAY_NO_PROVIDER);
        return false;
    }
    memcpy(player->provider, call->provider, sizeof player->provider);
    player->attached = true;
    return true;
}

/* Everything that a call needs beside its frame. */
static bool prepare(struct wrn_replay *replay, struct player *player, struct wrni_rec_call *call, uint64_t at)
{
    switch (call->function) {
    case WRNI_REC_INIT:
    case WRNI_REC_MOVE:
        return place_engine(replay, player, call, at);
    case WRNI_REC_ATTACH:
        return find_provider(replay, player, call);
    case WRNI_REC_SET_PRIVATE_KEY:
        if (replay->host.secret)
            replay->host.secret(replay->host.context, player->provider, call->key);
        return true;
    case WRNI_REC_TUN_INPUT:
    case WRNI_REC_NET_INPUT:
    case WRNI_REC_NET_UNSENT:
        return place_packets(replay, call, false);
    case WRNI_REC_NET_OUTPUT:
        return place_packets(replay, call, true);
    case WRNI_REC_ALLOWED_REPLACE:
        return place_prefixes(replay, call);
    default:
        return true;
    }
}

/* The engine keeps the memory it now lives in; another is given back. */
static void settle_memory(struct wrn_replay *replay, struct player *player, const struct wrni_rec_call *call,
                          const struct wrni_rec_back *back)
{
    if (call->function == WRNI_REC_WIPE)
        drop_engine(replay, player);
    if (call->function != WRNI_REC_INIT && call->function != WRNI_REC_MOVE)
        return;
    if (back->status != WRN_OK) {
        replay->host.give(replay->host.context, call->memory, call->size);
        return;
    }
    if (player->memory)
        replay->host.give(replay->host.context, player->memory, player->size);
    player->memory = call->memory;
    player->size = call->size;
    player->attached = false; /* a provider is attached again after a move */
}

static enum wrn_replay_state compare(struct wrn_replay *replay, const struct player *player, const struct wrni_rec_call *call,
                                     struct wrni_rec_back *back, uint32_t engine)
{
    struct frame          frame;
    enum wrn_replay_state state = next_frame(replay, &frame);

    if (state != WRN_REPLAY_GOING)
        return stop(replay, state);
    if (frame.kind != WRNI_REC_BACK || frame.engine != engine)
        return bad(replay, frame.at, "what a call gave back is missing", unchanged);
    struct wrni_rec_walk walk = {.mode = WRNI_REC_COMPARE, .at = frame.body, .end = frame.end, .now = player->now};
    wrni_rec_walk_back(&walk, call, back);
    if (walk.wrong || (!walk.differs && walk.at != walk.end))
        return bad(replay, frame.at, walk.wrong ? walk.wrong : "bytes behind what a call gave back", unchanged);
    replay->report.digests += call->function == WRNI_REC_DIGEST;
    if (!walk.differs)
        return WRN_REPLAY_GOING;
    replay->report.what = walk.what;
    replay->report.index = walk.what_index;
    replay->report.kind = walk.kind;
    replay->report.expected = walk.expected;
    replay->report.actual = walk.actual;
    return stop(replay, WRN_REPLAY_DIFFERS);
}

/* A text that its check refuses would panic: the recording's engine took it, so this one differs. */
static bool refused(struct wrn_replay *replay, const struct player *player, const struct wrni_rec_call *call)
{
    struct wrn_uapi_set set;
    if (call->function != WRNI_REC_UAPI_APPLY)
        return false;
    enum wrn_status status = wrn_uapi_check(player->engine, (const char *)call->text, call->length, &set);
    if (status == WRN_OK)
        return false;
    replay->report.what = "status of wrn_uapi_check before it";
    replay->report.index = UINT32_MAX;
    replay->report.kind = WRN_REPLAY_STATUS;
    replay->report.expected = (struct wrn_replay_value){.number = WRN_OK};
    replay->report.actual = (struct wrn_replay_value){.number = status};
    stop(replay, WRN_REPLAY_DIFFERS);
    return true;
}

static enum wrn_replay_state do_call(struct wrn_replay *replay, const struct frame *frame)
{
    struct player       *player = player_at(replay, frame->engine);
    struct wrni_rec_walk walk = {.mode = WRNI_REC_READ, .at = frame->body, .end = frame->end, .now = player->now};
    struct wrni_rec_call call = {.packets = replay->packets};
    struct wrni_rec_back back = {.events = replay->events};

    wrni_rec_u32(&walk, "function", &call.function);
    if (walk.wrong || !wrni_rec_name(call.function))
        return bad(replay, frame->at, "a call of a function that does not exist", "a file of this version, or a newer program");
    wrni_rec_walk_call(&walk, &call);
    if (walk.wrong || walk.at != walk.end)
        return bad(replay, frame->at, walk.wrong ? walk.wrong : "bytes behind a call's arguments", unchanged);
    const char *wrong = misuse(player, &call);
    if (wrong)
        return bad(replay, frame->at, wrong, unchanged);
    if (wrni_rec_takes_time(call.function))
        player->now = call.now;
    replay->report.calls++;
    replay->report.engine = frame->engine;
    replay->report.function = wrni_rec_name(call.function);
    replay->report.now = player->now;
    if (!prepare(replay, player, &call, frame->at) || refused(replay, player, &call))
        return replay->report.state;
    wrni_rec_make(&player->engine, &call, &back);
    settle_memory(replay, player, &call, &back);
    memset(call.key, 0, sizeof call.key);
    return wrni_rec_gives(call.function) ? compare(replay, player, &call, &back, frame->engine) : WRN_REPLAY_GOING;
}

static enum wrn_replay_state new_engine(struct wrn_replay *replay, const struct frame *frame)
{
    struct wrni_rec_walk walk = {.mode = WRNI_REC_READ, .at = frame->body, .end = frame->end};
    char                 name[WRN_RECORD_NAME_BYTES];

    wrni_rec_walk_name(&walk, name);
    if (walk.wrong || walk.at != walk.end || frame->engine != replay->report.engines)
        return bad(replay, frame->at, walk.wrong ? walk.wrong : "an engine out of its turn", unchanged);
    if (!grow(replay, &replay->players, (replay->report.engines + (size_t)1) * sizeof(struct player)))
        return replay->report.state;
    memcpy(player_at(replay, replay->report.engines++)->name, name, sizeof name);
    return WRN_REPLAY_GOING;
}

static enum wrn_replay_state end_mark(struct wrn_replay *replay, const struct frame *frame)
{
    const uint8_t *at = frame->body;
    uint64_t       calls;
    uint8_t        more;

    if (!wrni_rec_number(&at, frame->end, &calls) || at != frame->end || calls != replay->report.calls)
        return bad(replay, frame->at, "the end mark counts other calls", unchanged);
    if (get(replay, &more, 1) != 0)
        return bad(replay, replay->report.offset - 1, "bytes behind the end mark", whole_file);
    return stop(replay, WRN_REPLAY_EQUAL);
}

enum wrn_replay_state wrn_replay_step(struct wrn_replay *replay)
{
    struct frame frame;

    if (replay->report.state != WRN_REPLAY_GOING)
        return replay->report.state;
    if (!replay->begun && begin(replay) != WRN_REPLAY_GOING)
        return replay->report.state;
    for (;;) {
        enum wrn_replay_state state = next_frame(replay, &frame);
        if (state != WRN_REPLAY_GOING)
            return stop(replay, state);
        switch (frame.kind) {
        case WRNI_REC_END:
            return end_mark(replay, &frame);
        case WRNI_REC_ENGINE:
            if (new_engine(replay, &frame) != WRN_REPLAY_GOING)
                return replay->report.state;
            break;
        case WRNI_REC_CALL:
            if (frame.engine >= replay->report.engines)
                return bad(replay, frame.at, "a call of an engine that is not there", unchanged);
            return do_call(replay, &frame);
        default:
            return bad(replay, frame.at, "something came back from no call", unchanged);
        }
    }
}

/* Life. --------------------------------------------------------------------------------------------------------------------------- */

struct wrn_replay *wrn_replay_begin(const struct wrn_replay_host *host)
{
    struct wrn_replay *replay = host->take(host->context, sizeof *replay);
    if (!replay)
        return NULL;
    memset(replay, 0, sizeof *replay);
    replay->host = *host;
    replay->report.index = UINT32_MAX;
    return replay;
}

void wrn_replay_report(const struct wrn_replay *replay, struct wrn_replay_report *report)
{
    *report = replay->report;
    report->engine_name = report->calls ? player_at(replay, report->engine)->name : NULL;
}

static void give_back(struct wrn_replay *replay, struct block *block)
{
    if (!block->memory)
        return;
    memset(block->memory, 0, block->size);
    replay->host.give(replay->host.context, block->memory, block->size);
}

void wrn_replay_end(struct wrn_replay *replay)
{
    struct wrn_replay_host host = replay->host;

    for (uint32_t i = 0; i < replay->report.engines; i++)
        drop_engine(replay, player_at(replay, i));
    give_back(replay, &replay->players);
    give_back(replay, &replay->body);
    give_back(replay, &replay->buffers);
    memset(replay, 0, sizeof *replay);
    host.give(host.context, replay, sizeof *replay);
}
