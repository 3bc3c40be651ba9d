#include "call.h"

#include <string.h>

/* The recorder: frames around calls. */

static void flush(struct wrn_recording *recording)
{
    if (recording->fill && !recording->failed && !recording->put(recording->context, recording->buffer, recording->fill))
        recording->failed = "the host could not write";
    recording->fill = 0;
}

static void put_number(struct wrn_recording *recording, uint64_t number)
{
    uint8_t bytes[10];
    wrni_rec_put(recording, bytes, wrni_rec_number_bytes(number, bytes));
}

static void open_frame(struct wrn_recording *recording, enum wrni_rec_frame kind, uint32_t engine, size_t length)
{
    uint8_t byte = (uint8_t)kind;
    wrni_rec_sip_begin(&recording->hash, recording->chain, WRN_RECORD_VERSION);
    wrni_rec_put(recording, &byte, 1);
    put_number(recording, engine);
    put_number(recording, length);
}

static void close_frame(struct wrn_recording *recording)
{
    uint8_t check[4];
    recording->chain = wrni_rec_sip_end(&recording->hash);
    for (unsigned i = 0; i < 4; i++)
        check[i] = (uint8_t)(recording->chain >> 8 * i);
    wrni_rec_put(recording, check, sizeof check);
    flush(recording);
}

/* Does a body of this size go into one frame? */
static bool fits(struct wrn_recording *recording, const struct wrni_rec_walk *walk)
{
    if (walk->wrong)
        recording->failed = walk->wrong;
    else if (walk->count > WRN_RECORD_FRAME_MAX)
        recording->failed = "a call longer than a frame can be";
    return !recording->failed;
}

static void write_call(struct wrn_recorder *recorder, struct wrni_rec_call *call)
{
    struct wrn_recording *recording = recorder->recording;
    struct wrni_rec_walk  walk = {.mode = WRNI_REC_COUNT, .out = recording, .now = recorder->now};

    if (recording->failed)
        return;
    wrni_rec_u32(&walk, "function", &call->function);
    wrni_rec_walk_call(&walk, call);
    if (!fits(recording, &walk))
        return;
    open_frame(recording, WRNI_REC_CALL, recorder->number, walk.count);
    walk.mode = WRNI_REC_WRITE;
    wrni_rec_u32(&walk, "function", &call->function);
    wrni_rec_walk_call(&walk, call);
    close_frame(recording);
    recording->calls++;
    if (wrni_rec_takes_time(call->function))
        recorder->now = call->now;
}

static void write_back(struct wrn_recorder *recorder, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    struct wrn_recording *recording = recorder->recording;
    struct wrni_rec_walk  walk = {.mode = WRNI_REC_COUNT, .out = recording, .now = recorder->now};

    if (recording->failed || !wrni_rec_gives(call->function))
        return;
    wrni_rec_walk_back(&walk, call, back);
    if (!fits(recording, &walk))
        return;
    open_frame(recording, WRNI_REC_BACK, recorder->number, walk.count);
    walk.mode = WRNI_REC_WRITE;
    wrni_rec_walk_back(&walk, call, back);
    close_frame(recording);
}

static void digest_now(struct wrn_recorder *recorder, struct wrn_engine *engine)
{
    struct wrni_rec_call call = {.function = WRNI_REC_DIGEST, .a = WRN_PART_ALL};
    struct wrni_rec_back back = {0};

    recorder->since = 0;
    write_call(recorder, &call);
    wrni_rec_make(&engine, &call, &back);
    write_back(recorder, &call, &back);
}

void wrni_rec_do(struct wrn_recorder *recorder, struct wrn_engine **engine, struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    const uint32_t every = recorder->recording->every;

    write_call(recorder, call);
    wrni_rec_make(engine, call, back);
    write_back(recorder, call, back);
    if (call->function == WRNI_REC_WIPE)
        recorder->since = 0;
    else if (every && ++recorder->since >= every && !recorder->recording->failed)
        digest_now(recorder, *engine);
}

/* What depends on memory that a replay does not have is written once it is known to have worked. */
void wrni_rec_do_placed(struct wrn_recorder *recorder, struct wrn_engine **engine, struct wrni_rec_call *call,
                        struct wrni_rec_back *back)
{
    wrni_rec_make(engine, call, back);
    if (back->status != WRN_OK)
        return;
    if (call->function == WRNI_REC_INIT && call->config.limits.lanes != 1 && !recorder->recording->failed)
        recorder->recording->failed = "an engine with outside lanes";
    write_call(recorder, call);
    write_back(recorder, call, back);
}

/* Files. -------------------------------------------------------------------------------------------------------------------------- */

void wrn_recording_begin(struct wrn_recording *recording, bool (*put)(void *context, const uint8_t *bytes, size_t length),
                         void *context, uint32_t every)
{
    static const uint8_t head[WRNI_REC_HEAD_BYTES] = WRNI_REC_HEAD;

    memset(recording, 0, sizeof *recording);
    recording->put = put;
    recording->context = context;
    recording->every = every;
    wrni_rec_put(recording, head, sizeof head);
    flush(recording);
}

bool wrn_recording_end(struct wrn_recording *recording)
{
    uint8_t bytes[10];

    if (!recording->failed) {
        open_frame(recording, WRNI_REC_END, 0, wrni_rec_number_bytes(recording->calls, bytes));
        put_number(recording, recording->calls);
        close_frame(recording);
    }
    memset(recording->buffer, 0, sizeof recording->buffer);
    return !recording->failed;
}

void wrn_recorder_begin(struct wrn_recorder *recorder, struct wrn_recording *recording, const char *name)
{
    char                 kept[WRN_RECORD_NAME_BYTES] = {0};
    struct wrni_rec_walk walk = {.mode = WRNI_REC_COUNT, .out = recording};

    for (unsigned i = 0; i < WRN_RECORD_NAME_BYTES - 1 && name[i]; i++)
        kept[i] = name[i];
    *recorder = (struct wrn_recorder){.recording = recording, .number = recording->engines++};
    if (recording->failed)
        return;
    wrni_rec_walk_name(&walk, kept);
    open_frame(recording, WRNI_REC_ENGINE, recorder->number, walk.count);
    walk.mode = WRNI_REC_WRITE;
    wrni_rec_walk_name(&walk, kept);
    close_frame(recording);
}
