#include "call.h"

#include <string.h>

/* Configuration: as calls.c. */

static enum wrn_status done(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrni_rec_call *call)
{
    struct wrni_rec_back back = {0};
    wrni_rec_do(recorder, &engine, call, &back);
    memset(call->key, 0, sizeof call->key);
    return back.status;
}

enum wrn_status wrn_rec_set_private_key(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const uint8_t key[32])
{
    if (!recorder)
        return wrn_set_private_key(engine, now, key);
    struct wrni_rec_call call = {.function = WRNI_REC_SET_PRIVATE_KEY, .now = now};
    memcpy(call.key, key, sizeof call.key);
    return done(recorder, engine, &call);
}

enum wrn_status wrn_rec_set_up(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, bool up)
{
    struct wrni_rec_call call = {.function = WRNI_REC_SET_UP, .now = now, .a = up};
    return recorder ? done(recorder, engine, &call) : wrn_set_up(engine, now, up);
}

enum wrn_status wrn_rec_set_mtu(struct wrn_recorder *recorder, struct wrn_engine *engine, uint16_t mtu)
{
    struct wrni_rec_call call = {.function = WRNI_REC_SET_MTU, .a = mtu};
    return recorder ? done(recorder, engine, &call) : wrn_set_mtu(engine, mtu);
}

enum wrn_status wrn_rec_set_load(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, uint32_t rate,
                                 uint32_t burst)
{
    struct wrni_rec_call call = {.function = WRNI_REC_SET_LOAD, .now = now, .a = rate, .b = burst};
    return recorder ? done(recorder, engine, &call) : wrn_set_load(engine, now, rate, burst);
}

void wrn_rec_report_load(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now)
{
    struct wrni_rec_call call = {.function = WRNI_REC_REPORT_LOAD, .now = now};
    if (recorder)
        (void)done(recorder, engine, &call);
    else
        wrn_report_load(engine, now);
}

enum wrn_status wrn_rec_forget_sessions(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now)
{
    struct wrni_rec_call call = {.function = WRNI_REC_FORGET_SESSIONS, .now = now};
    return recorder ? done(recorder, engine, &call) : wrn_forget_sessions(engine, now);
}

enum wrn_status wrn_rec_forget_paths(struct wrn_recorder *recorder, struct wrn_engine *engine)
{
    struct wrni_rec_call call = {.function = WRNI_REC_FORGET_PATHS};
    return recorder ? done(recorder, engine, &call) : wrn_forget_paths(engine);
}

enum wrn_status wrn_rec_peer_add(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const uint8_t public_key[32],
                                 struct wrn_peer *peer)
{
    if (!recorder)
        return wrn_peer_add(engine, now, public_key, peer);
    struct wrni_rec_call call = {.function = WRNI_REC_PEER_ADD, .now = now};
    struct wrni_rec_back back = {0};
    memcpy(call.key, public_key, sizeof call.key);
    wrni_rec_do(recorder, &engine, &call, &back);
    if (back.status == WRN_OK || back.status == WRN_EXISTS)
        *peer = back.peer;
    return back.status;
}

enum wrn_status wrn_rec_peer_remove(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_peer peer)
{
    struct wrni_rec_call call = {.function = WRNI_REC_PEER_REMOVE, .now = now, .peer = peer};
    return recorder ? done(recorder, engine, &call) : wrn_peer_remove(engine, now, peer);
}

enum wrn_status wrn_rec_peer_set(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, struct wrn_peer peer,
                                 const struct wrn_peer_change *change)
{
    if (!recorder)
        return wrn_peer_set(engine, now, peer, change);
    struct wrni_rec_call call = {.function = WRNI_REC_PEER_SET, .now = now, .peer = peer, .change = *change};
    return done(recorder, engine, &call);
}

enum wrn_status wrn_rec_allowed_add(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                    const struct wrn_prefix *prefix, struct wrn_peer *previous)
{
    if (!recorder)
        return wrn_allowed_add(engine, peer, prefix, previous);
    struct wrni_rec_call call = {.function = WRNI_REC_ALLOWED_ADD, .peer = peer, .prefix = *prefix};
    struct wrni_rec_back back = {0};
    wrni_rec_do(recorder, &engine, &call, &back);
    if (previous && back.status == WRN_OK)
        *previous = back.peer;
    return back.status;
}

enum wrn_status wrn_rec_allowed_remove(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                       const struct wrn_prefix *prefix)
{
    if (!recorder)
        return wrn_allowed_remove(engine, peer, prefix);
    struct wrni_rec_call call = {.function = WRNI_REC_ALLOWED_REMOVE, .peer = peer, .prefix = *prefix};
    return done(recorder, engine, &call);
}

enum wrn_status wrn_rec_allowed_replace(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer,
                                        const struct wrn_prefix *prefixes, size_t count)
{
    struct wrni_rec_call call = {.function = WRNI_REC_ALLOWED_REPLACE, .peer = peer, .prefixes = prefixes, .count = count};
    return recorder ? done(recorder, engine, &call) : wrn_allowed_replace(engine, peer, prefixes, count);
}

enum wrn_status wrn_rec_staged_purge(struct wrn_recorder *recorder, struct wrn_engine *engine, struct wrn_peer peer)
{
    struct wrni_rec_call call = {.function = WRNI_REC_STAGED_PURGE, .peer = peer};
    return recorder ? done(recorder, engine, &call) : wrn_staged_purge(engine, peer);
}

enum wrn_status wrn_rec_uapi_check(struct wrn_recorder *recorder, struct wrn_engine *engine, const char *text, size_t length,
                                   struct wrn_uapi_set *set)
{
    if (!recorder)
        return wrn_uapi_check(engine, text, length, set);
    struct wrni_rec_call call = {.function = WRNI_REC_UAPI_CHECK, .text = (const uint8_t *)text, .length = length};
    struct wrni_rec_back back = {0};
    wrni_rec_do(recorder, &engine, &call, &back);
    *set = back.set;
    return back.status;
}

void wrn_rec_uapi_apply(struct wrn_recorder *recorder, struct wrn_engine *engine, wrn_time now, const char *text, size_t length)
{
    struct wrni_rec_call call = {.function = WRNI_REC_UAPI_APPLY, .now = now, .text = (const uint8_t *)text, .length = length};
    if (recorder)
        (void)done(recorder, engine, &call);
    else
        wrn_uapi_apply(engine, now, text, length);
}
