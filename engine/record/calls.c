#include "call.h"

#include <string.h>

/* One function for each of the engine's: straight through without a recorder, as a call with one. */

#define CALL(name, ...) struct wrni_rec_call call = {.function = WRNI_REC_##name, __VA_ARGS__}; struct wrni_rec_back back = {0}

static size_t batch(size_t left) { return left < WRN_RECORD_BATCH ? left : WRN_RECORD_BATCH; }

enum wrn_status wrn_rec_engine_init(struct wrn_recorder *recorder, struct wrn_engine **engine, void *memory, size_t size,
                                    const struct wrn_config *config, wrn_time now)
{
    if (!recorder)
        return wrn_engine_init(engine, memory, size, config, now);
    CALL(INIT, .memory = memory, .size = size, .config = *config, .now = now);
    wrni_rec_do_placed(recorder, engine, &call, &back);
    memset(&call.config, 0, sizeof call.config);
    return back.status;
}

void wrn_rec_engine_attach(struct wrn_recorder *recorder, struct wrn_engine *engine, const struct wrn_crypto *crypto,
                           void *const contexts[], size_t lanes, const char *provider)
{
    if (!recorder) {
        wrn_engine_attach(engine, crypto, contexts, lanes);
        return;
    }
    CALL(ATTACH, .crypto = crypto, .context = contexts && lanes ? contexts[0] : NULL);
    for (unsigned i = 0; i < WRN_RECORD_NAME_BYTES - 1 && provider[i]; i++)
        call.provider[i] = provider[i];
    wrni_rec_do(recorder, &engine, &call, &back);
}

enum wrn_status wrn_rec_engine_move(struct wrn_recorder *recorder, struct wrn_engine **engine, void *memory, size_t size,
                                    const struct wrn_limits *larger)
{
    if (!recorder)
        return wrn_engine_move(engine, memory, size, larger);
    CALL(MOVE, .memory = memory, .size = size, .limits = *larger);
    wrni_rec_do_placed(recorder, engine, &call, &back);
    return back.status;
}

void wrn_rec_engine_stir(struct wrn_recorder *recorder, struct wrn_engine *engine, const uint8_t entropy[32])
{
    if (!recorder) {
        wrn_engine_stir(engine, entropy);
        return;
    }
    CALL(STIR, 0);
    memcpy(call.key, entropy, sizeof call.key);
    wrni_rec_do(recorder, &engine, &call, &back);
}

void wrn_rec_engine_wipe(struct wrn_recorder *recorder, struct wrn_engine *engine)
{
    if (!recorder) {
        wrn_engine_wipe(engine);
        return;
    }
    CALL(WIPE, 0);
    wrni_rec_do(recorder, &engine, &call, &back);
}

void wrn_rec_wall(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, uint64_t unix_seconds,
                  uint32_t nanoseconds)
{
    if (!recorder) {
        wrn_wall(engine, now, unix_seconds, nanoseconds);
        return;
    }
    CALL(WALL, .now = now, .a = unix_seconds, .b = nanoseconds);
    wrni_rec_do(recorder, &engine, &call, &back);
}

enum wrn_status wrn_rec_stamp_restore(struct wrn_recorder *recorder, struct wrn_engine *engine, const uint8_t stamp[12])
{
    if (!recorder)
        return wrn_stamp_restore(engine, stamp);
    CALL(STAMP_RESTORE, 0);
    memcpy(call.stamp, stamp, sizeof call.stamp);
    wrni_rec_do(recorder, &engine, &call, &back);
    return back.status;
}

/* Flow. --------------------------------------------------------------------------------------------------------------------------- */

static void find_live(struct wrni_rec_call *call)
{
    for (size_t i = 0; i < call->count; i++) {
        const struct wrn_packet *packet = &call->packets[i];
        bool sound = packet->data && packet->offset <= packet->capacity && packet->length <= packet->capacity - packet->offset;
        call->live[i] = sound ? packet->data + packet->offset : NULL;
    }
}

static void input(struct wrn_recorder *recorder, struct wrn_engine *engine, uint32_t function, wrn_time now,
                  struct wrn_packet *packets, size_t count)
{
    size_t done = 0;
    do {
        struct wrni_rec_call call = {.function = function, .now = now, .packets = packets + done, .count = batch(count - done)};
        struct wrni_rec_back back = {0};
        find_live(&call);
        wrni_rec_do(recorder, &engine, &call, &back);
        done += call.count;
    } while (done < count);
}

void wrn_rec_tun_input(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                       size_t count)
{
    if (recorder)
        input(recorder, engine, WRNI_REC_TUN_INPUT, now, packets, count);
    else
        wrn_tun_input(engine, now, packets, count);
}

void wrn_rec_net_input(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                       size_t count)
{
    if (recorder)
        input(recorder, engine, WRNI_REC_NET_INPUT, now, packets, count);
    else
        wrn_net_input(engine, now, packets, count);
}

void wrn_rec_advance(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now)
{
    if (!recorder) {
        wrn_advance(engine, now);
        return;
    }
    CALL(ADVANCE, .now = now);
    wrni_rec_do(recorder, &engine, &call, &back);
}

size_t wrn_rec_net_output(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_packet *packets,
                          size_t count)
{
    size_t given = 0, part;
    if (!recorder)
        return wrn_net_output(engine, now, packets, count);
    do {
        part = batch(count - given);
        CALL(NET_OUTPUT, .now = now, .packets = packets + given, .count = part);
        wrni_rec_do(recorder, &engine, &call, &back);
        given += back.count;
        if (back.count < part)
            break;
    } while (given < count);
    return given;
}

wrn_time wrn_rec_deadline(struct wrn_recorder *recorder, struct wrn_engine *engine)
{
    if (!recorder)
        return wrn_deadline(engine);
    CALL(DEADLINE, 0);
    wrni_rec_do(recorder, &engine, &call, &back);
    return back.deadline;
}

size_t wrn_rec_events(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_event *events, size_t count)
{
    size_t given = 0, part;
    if (!recorder)
        return wrn_events(engine, events, count);
    do {
        part = batch(count - given);
        CALL(EVENTS, .a = part);
        back.events = events + given;
        wrni_rec_do(recorder, &engine, &call, &back);
        given += back.count;
        if (back.count < part)
            break;
    } while (given < count);
    return given;
}

void wrn_rec_net_unsent(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const struct wrn_packet *packets,
                        size_t count)
{
    struct wrn_packet copy[WRN_RECORD_BATCH]; /* walking takes packets that may be written */
    if (!recorder) {
        wrn_net_unsent(engine, now, packets, count);
        return;
    }
    for (size_t done = 0; done < count; done += batch(count - done)) {
        CALL(NET_UNSENT, .now = now, .packets = copy, .count = batch(count - done));
        memcpy(copy, packets + done, call.count * sizeof *copy);
        find_live(&call);
        wrni_rec_do(recorder, &engine, &call, &back);
    }
}

/* What only reads. ---------------------------------------------------------------------------------------------------------------- */

enum wrn_status wrn_rec_peer_info(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                  struct wrn_peer_info *info)
{
    if (!recorder)
        return wrn_peer_info(engine, peer, info);
    CALL(PEER_INFO, .peer = peer);
    wrni_rec_do(recorder, &engine, &call, &back);
    if (back.status == WRN_OK)
        *info = back.info;
    return back.status;
}

void wrn_rec_counters(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_counters *counters)
{
    if (!recorder) {
        wrn_counters(engine, counters);
        return;
    }
    CALL(COUNTERS, 0);
    wrni_rec_do(recorder, &engine, &call, &back);
    *counters = back.counters;
}

void wrn_rec_digest(struct wrn_recorder *recorder, struct wrn_engine *engine, unsigned parts, uint8_t digest[32])
{
    if (!recorder) {
        wrn_digest(engine, parts, digest);
        return;
    }
    CALL(DIGEST, .a = parts);
    wrni_rec_do(recorder, &engine, &call, &back);
    memcpy(digest, back.digest, sizeof back.digest);
}
