#include "call.h"

#include <string.h>

static void take_handle(struct wrni_rec_back *back, struct wrn_peer peer)
{
    if (back->status == WRN_OK || back->status == WRN_EXISTS)
        back->peer = peer;
}

static void life(struct wrn_engine **engine, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    void *contexts[1] = {call->context};

    switch (call->function) {
    case WRNI_REC_INIT:
        back->status = wrn_engine_init(engine, call->memory, call->size, &call->config, call->now);
        break;
    case WRNI_REC_ATTACH:
        wrn_engine_attach(*engine, call->crypto, contexts, 1);
        break;
    case WRNI_REC_MOVE:
        back->status = wrn_engine_move(engine, call->memory, call->size, &call->limits);
        break;
    case WRNI_REC_STIR:
        wrn_engine_stir(*engine, call->key);
        break;
    case WRNI_REC_WIPE:
        wrn_engine_wipe(*engine);
        break;
    case WRNI_REC_WALL:
        wrn_wall(*engine, call->now, call->a, (uint32_t)call->b);
        break;
    default:
        back->status = wrn_stamp_restore(*engine, call->stamp);
        break;
    }
}

static void flow(struct wrn_engine *engine, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    back->packets = call->packets;
    back->count = call->count;
    switch (call->function) {
    case WRNI_REC_TUN_INPUT:
        wrn_tun_input(engine, call->now, call->packets, call->count);
        break;
    case WRNI_REC_NET_INPUT:
        wrn_net_input(engine, call->now, call->packets, call->count);
        break;
    case WRNI_REC_ADVANCE:
        wrn_advance(engine, call->now);
        break;
    case WRNI_REC_NET_OUTPUT:
        back->count = wrn_net_output(engine, call->now, call->packets, call->count);
        break;
    case WRNI_REC_DEADLINE:
        back->deadline = wrn_deadline(engine);
        break;
    case WRNI_REC_EVENTS:
        back->count = wrn_events(engine, back->events, (size_t)call->a);
        break;
    default:
        wrn_net_unsent(engine, call->now, call->packets, call->count);
        break;
    }
}

static void set(struct wrn_engine *engine, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    switch (call->function) {
    case WRNI_REC_SET_PRIVATE_KEY:
        back->status = wrn_set_private_key(engine, call->now, call->key);
        break;
    case WRNI_REC_SET_UP:
        back->status = wrn_set_up(engine, call->now, call->a != 0);
        break;
    case WRNI_REC_SET_MTU:
        back->status = wrn_set_mtu(engine, (uint16_t)call->a);
        break;
    case WRNI_REC_SET_LOAD:
        back->status = wrn_set_load(engine, call->now, (uint32_t)call->a, (uint32_t)call->b);
        break;
    case WRNI_REC_REPORT_LOAD:
        wrn_report_load(engine, call->now);
        break;
    case WRNI_REC_FORGET_SESSIONS:
        back->status = wrn_forget_sessions(engine, call->now);
        break;
    case WRNI_REC_UAPI_CHECK:
        back->status = wrn_uapi_check(engine, (const char *)call->text, call->length, &back->set);
        break;
    case WRNI_REC_UAPI_APPLY:
        wrn_uapi_apply(engine, call->now, (const char *)call->text, call->length);
        break;
    default:
        back->status = wrn_forget_paths(engine);
        break;
    }
}

static void peer(struct wrn_engine *engine, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    struct wrn_peer handle = {0};

    switch (call->function) {
    case WRNI_REC_PEER_ADD:
        back->status = wrn_peer_add(engine, call->now, call->key, &handle);
        take_handle(back, handle);
        break;
    case WRNI_REC_PEER_REMOVE:
        back->status = wrn_peer_remove(engine, call->now, call->peer);
        break;
    case WRNI_REC_PEER_SET:
        back->status = wrn_peer_set(engine, call->now, call->peer, &call->change);
        break;
    case WRNI_REC_ALLOWED_ADD:
        back->status = wrn_allowed_add(engine, call->peer, &call->prefix, &handle);
        take_handle(back, handle);
        break;
    case WRNI_REC_ALLOWED_REMOVE:
        back->status = wrn_allowed_remove(engine, call->peer, &call->prefix);
        break;
    case WRNI_REC_ALLOWED_REPLACE:
        back->status = wrn_allowed_replace(engine, call->peer, call->prefixes, call->count);
        break;
    case WRNI_REC_STAGED_PURGE:
        back->status = wrn_staged_purge(engine, call->peer);
        break;
    default:
        back->status = wrn_peer_info(engine, call->peer, &back->info);
        break;
    }
}

void wrni_rec_make(struct wrn_engine **engine, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    uint32_t function = call->function;

    if (function <= WRNI_REC_STAMP_RESTORE)
        life(engine, call, back);
    else if (function <= WRNI_REC_NET_UNSENT)
        flow(*engine, call, back);
    else if (function == WRNI_REC_COUNTERS)
        wrn_counters(*engine, &back->counters);
    else if (function == WRNI_REC_DIGEST)
        wrn_digest(*engine, (unsigned)call->a, back->digest);
    else if (function >= WRNI_REC_PEER_ADD && function != WRNI_REC_UAPI_CHECK && function != WRNI_REC_UAPI_APPLY)
        peer(*engine, call, back);
    else
        set(*engine, call, back);
}
