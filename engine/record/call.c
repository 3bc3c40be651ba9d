#include "call.h"

#include <string.h>

/* What each function takes and gives, in the order of the bits: that is its form in the file. */

enum {
    NOW = 1, CONFIG = 2, LIMITS = 4, PROVIDER = 8, KEY = 16, STAMP = 32, PEER = 64, CHANGE = 128, PREFIX = 256, PREFIXES = 512,
    A = 1024, B = 2048, PACKETS = 4096, ROOM = 8192, TEXT = 16384
};
enum { STATUS = 1, HANDLE = 2, VERDICTS = 4, EVENTS = 8, TIME = 16, INFO = 32, COUNTERS = 64, SET = 128, DIGEST = 256 };

static const struct {
    const char *name;
    uint16_t    takes, gives;
    bool        computes; /* needs a provider */
} functions[WRNI_REC_FUNCTIONS] = {
    [WRNI_REC_INIT] = {"wrn_engine_init", NOW | CONFIG, STATUS, false},
    [WRNI_REC_ATTACH] = {"wrn_engine_attach", PROVIDER, 0, false},
    [WRNI_REC_MOVE] = {"wrn_engine_move", LIMITS, STATUS, true},
    [WRNI_REC_STIR] = {"wrn_engine_stir", KEY, 0, true},
    [WRNI_REC_WIPE] = {"wrn_engine_wipe", 0, 0, false},
    [WRNI_REC_WALL] = {"wrn_wall", NOW | A | B, 0, true},
    [WRNI_REC_STAMP_RESTORE] = {"wrn_stamp_restore", STAMP, STATUS, true},
    [WRNI_REC_TUN_INPUT] = {"wrn_tun_input", NOW | PACKETS, VERDICTS, true},
    [WRNI_REC_NET_INPUT] = {"wrn_net_input", NOW | PACKETS, VERDICTS, true},
    [WRNI_REC_ADVANCE] = {"wrn_advance", NOW, 0, true},
    [WRNI_REC_NET_OUTPUT] = {"wrn_net_output", NOW | ROOM, VERDICTS, true},
    [WRNI_REC_DEADLINE] = {"wrn_deadline", 0, TIME, true},
    [WRNI_REC_EVENTS] = {"wrn_events", A, EVENTS, true},
    [WRNI_REC_NET_UNSENT] = {"wrn_net_unsent", NOW | PACKETS, 0, true},
    [WRNI_REC_SET_PRIVATE_KEY] = {"wrn_set_private_key", NOW | KEY, STATUS, true},
    [WRNI_REC_SET_UP] = {"wrn_set_up", NOW | A, STATUS, true},
    [WRNI_REC_SET_MTU] = {"wrn_set_mtu", A, STATUS, true},
    [WRNI_REC_SET_LOAD] = {"wrn_set_load", NOW | A | B, STATUS, true},
    [WRNI_REC_REPORT_LOAD] = {"wrn_report_load", NOW, 0, true},
    [WRNI_REC_FORGET_SESSIONS] = {"wrn_forget_sessions", NOW, STATUS, true},
    [WRNI_REC_FORGET_PATHS] = {"wrn_forget_paths", 0, STATUS, true},
    [WRNI_REC_PEER_ADD] = {"wrn_peer_add", NOW | KEY, STATUS | HANDLE, true},
    [WRNI_REC_PEER_REMOVE] = {"wrn_peer_remove", NOW | PEER, STATUS, true},
    [WRNI_REC_PEER_SET] = {"wrn_peer_set", NOW | PEER | CHANGE, STATUS, true},
    [WRNI_REC_ALLOWED_ADD] = {"wrn_allowed_add", PEER | PREFIX, STATUS | HANDLE, true},
    [WRNI_REC_ALLOWED_REMOVE] = {"wrn_allowed_remove", PEER | PREFIX, STATUS, true},
    [WRNI_REC_ALLOWED_REPLACE] = {"wrn_allowed_replace", PEER | PREFIXES, STATUS, true},
    [WRNI_REC_STAGED_PURGE] = {"wrn_staged_purge", PEER, STATUS, true},
    [WRNI_REC_UAPI_CHECK] = {"wrn_uapi_check", TEXT, STATUS | SET, true},
    [WRNI_REC_UAPI_APPLY] = {"wrn_uapi_apply", NOW | TEXT, 0, true},
    [WRNI_REC_PEER_INFO] = {"wrn_peer_info", PEER, STATUS | INFO, true},
    [WRNI_REC_COUNTERS] = {"wrn_counters", 0, COUNTERS, true},
    [WRNI_REC_DIGEST] = {"wrn_digest", A, DIGEST, false},
};

static bool is_function(uint32_t function) { return function > 0 && function < WRNI_REC_FUNCTIONS; }
const char *wrni_rec_name(uint32_t function) { return is_function(function) ? functions[function].name : NULL; }
bool        wrni_rec_takes_time(uint32_t function) { return functions[function].takes & NOW; }
bool        wrni_rec_gives(uint32_t function) { return functions[function].gives != 0; }
bool        wrni_rec_needs_crypto(uint32_t function) { return functions[function].computes; }

/* Arguments. ---------------------------------------------------------------------------------------------------------------------- */

static void walk_limits(struct wrni_rec_walk *walk, struct wrn_limits *limits)
{
    uint32_t *all[] = {&limits->peers,       &limits->prefixes, &limits->window_bits, &limits->stage_slots, &limits->stage_share,
                       &limits->stage_bytes, &limits->sources,  &limits->lanes,       &limits->orders};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        wrni_rec_u32(walk, "limit", all[i]);
}

static void walk_config(struct wrni_rec_walk *walk, struct wrn_config *config)
{
    walk_limits(walk, &config->limits);
    wrni_rec_bytes(walk, "entropy", config->entropy, sizeof config->entropy);
    wrni_rec_u16(walk, "mtu", &config->mtu);
    wrni_rec_u32(walk, "rate", &config->load_rate);
    wrni_rec_u32(walk, "burst", &config->load_burst);
}

void wrni_rec_walk_name(struct wrni_rec_walk *walk, char name[WRN_RECORD_NAME_BYTES])
{
    const uint8_t *bytes = (const uint8_t *)name;
    uint32_t       length = 0;
    while (length < WRN_RECORD_NAME_BYTES - 1 && name[length])
        length++;
    wrni_rec_u32(walk, "name", &length);
    if (length >= WRN_RECORD_NAME_BYTES)
        wrni_rec_wrong(walk, "a name that is too long");
    wrni_rec_blob(walk, &bytes, length);
    if (walk->mode != WRNI_REC_READ || !wrni_rec_good(walk))
        return;
    memset(name, 0, WRN_RECORD_NAME_BYTES);
    memcpy(name, bytes, length);
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] < ' ' || bytes[i] == 127)
            wrni_rec_wrong(walk, "a name with control characters");
}

static void walk_change(struct wrni_rec_walk *walk, struct wrn_peer_change *change)
{
    wrni_rec_u32(walk, "mask", &change->mask);
    if (change->mask & WRN_CHANGE_PRESHARED_KEY)
        wrni_rec_bytes(walk, "preshared key", change->preshared_key, 32);
    if (change->mask & WRN_CHANGE_ENDPOINT)
        wrni_rec_endpoint(walk, &change->endpoint);
    if (change->mask & WRN_CHANGE_KEEPALIVE)
        wrni_rec_u16(walk, "keepalive", &change->keepalive_s);
    if (change->mask & WRN_CHANGE_PINNED)
        wrni_rec_bool(walk, "pinned", &change->pinned);
}

static void walk_prefix(struct wrni_rec_walk *walk, const struct wrn_prefix *prefix, const uint8_t **raw)
{
    uint8_t        bytes[WRNI_REC_PREFIX_BYTES];
    const uint8_t *place = bytes;
    if (prefix) {
        memcpy(bytes, prefix->address, 16);
        bytes[16] = prefix->family;
        bytes[17] = prefix->length;
    }
    wrni_rec_blob(walk, &place, sizeof bytes);
    *raw = place;
}

void wrni_rec_read_prefix(const uint8_t raw[WRNI_REC_PREFIX_BYTES], struct wrn_prefix *prefix)
{
    memcpy(prefix->address, raw, 16);
    prefix->family = raw[16];
    prefix->length = raw[17];
}

static void walk_prefixes(struct wrni_rec_walk *walk, struct wrni_rec_call *call)
{
    uint64_t count = call->count;
    wrni_rec_u64(walk, "count", &count);
    if (walk->mode != WRNI_REC_READ) {
        for (size_t i = 0; i < call->count; i++)
            walk_prefix(walk, &call->prefixes[i], &call->raw);
        return;
    }
    if (wrni_rec_good(walk) && count > (size_t)(walk->end - walk->at) / WRNI_REC_PREFIX_BYTES)
        wrni_rec_wrong(walk, "more prefixes than bytes for them");
    if (!wrni_rec_good(walk))
        return;
    call->count = (size_t)count;
    wrni_rec_blob(walk, &call->raw, call->count * WRNI_REC_PREFIX_BYTES);
}

/* More room than any answer takes is as good as all of it, and a replay has to bring it. */
static void walk_capacity(struct wrni_rec_walk *walk, struct wrn_packet *packet, uint64_t enough)
{
    uint32_t capacity = packet->capacity > enough ? (uint32_t)enough : packet->capacity;
    wrni_rec_u32(walk, "capacity", &capacity);
    if (walk->mode == WRNI_REC_READ)
        packet->capacity = capacity;
}

static void walk_packet(struct wrni_rec_walk *walk, struct wrni_rec_call *call, size_t i)
{
    struct wrn_packet *packet = &call->packets[i];
    bool               sound = call->live[i] != NULL;

    wrni_rec_bool(walk, "sound", &sound);
    walk_capacity(walk, packet, sound ? (uint64_t)packet->offset + packet->length + WRN_RECORD_PACKET_MAX : UINT32_MAX);
    wrni_rec_u32(walk, "offset", &packet->offset);
    wrni_rec_u32(walk, "length", &packet->length);
    wrni_rec_u16(walk, "mtu", &packet->mtu);
    wrni_rec_u8(walk, "tos", &packet->tos);
    wrni_rec_endpoint(walk, &packet->remote);
    if (call->function == WRNI_REC_NET_UNSENT) {
        wrni_rec_peer(walk, &packet->peer);
        if (!sound)
            wrni_rec_wrong(walk, "an unsent packet without bytes");
    }
    if (sound && ((uint64_t)packet->offset + packet->length > WRN_RECORD_PACKET_MAX || packet->offset > packet->capacity ||
                  packet->capacity - packet->offset < packet->length))
        wrni_rec_wrong(walk, "a packet that does not lie within its buffer, or is absurdly large");
    if (walk->mode == WRNI_REC_READ && sound && packet->capacity > 2 * WRN_RECORD_PACKET_MAX)
        wrni_rec_wrong(walk, "a buffer that is absurdly large");
    if (sound)
        wrni_rec_blob(walk, &call->live[i], packet->length);
    else
        call->live[i] = NULL;
}

static void walk_room(struct wrni_rec_walk *walk, struct wrni_rec_call *call, size_t i)
{
    bool there = call->packets[i].data != NULL;
    walk_capacity(walk, &call->packets[i], WRN_RECORD_PACKET_MAX);
    wrni_rec_bool(walk, "there", &there);
    if (walk->mode == WRNI_REC_READ && call->packets[i].capacity > WRN_RECORD_PACKET_MAX)
        wrni_rec_wrong(walk, "a buffer that is absurdly large");
    call->live[i] = there ? (const uint8_t *)"" : NULL;
}

static void walk_packets(struct wrni_rec_walk *walk, struct wrni_rec_call *call, bool full)
{
    uint64_t count = call->count;
    wrni_rec_u64(walk, "count", &count);
    if (count > WRN_RECORD_BATCH)
        wrni_rec_wrong(walk, "more packets than one call can have");
    if (!wrni_rec_good(walk))
        return;
    call->count = (size_t)count;
    for (size_t i = 0; i < call->count && wrni_rec_good(walk); i++) {
        if (walk->mode == WRNI_REC_READ)
            memset(&call->packets[i], 0, sizeof call->packets[i]);
        if (full)
            walk_packet(walk, call, i);
        else
            walk_room(walk, call, i);
    }
}

static void walk_text(struct wrni_rec_walk *walk, struct wrni_rec_call *call)
{
    uint64_t length = call->length;
    wrni_rec_u64(walk, "length", &length);
    if (walk->mode == WRNI_REC_READ && wrni_rec_good(walk) && length > (size_t)(walk->end - walk->at))
        wrni_rec_wrong(walk, "a text that is cut short");
    if (!wrni_rec_good(walk))
        return;
    call->length = (size_t)length;
    wrni_rec_blob(walk, &call->text, call->length);
}

void wrni_rec_walk_call(struct wrni_rec_walk *walk, struct wrni_rec_call *call)
{
    unsigned takes = functions[call->function].takes;

    if (takes & NOW)
        wrni_rec_time(walk, "now", &call->now);
    if (takes & CONFIG)
        walk_config(walk, &call->config);
    if (takes & LIMITS)
        walk_limits(walk, &call->limits);
    if (takes & PROVIDER)
        wrni_rec_walk_name(walk, call->provider);
    if (takes & KEY)
        wrni_rec_bytes(walk, "key", call->key, sizeof call->key);
    if (takes & STAMP)
        wrni_rec_bytes(walk, "stamp", call->stamp, sizeof call->stamp);
    if (takes & PEER)
        wrni_rec_peer(walk, &call->peer);
    if (takes & CHANGE)
        walk_change(walk, &call->change);
    if (takes & PREFIX) {
        const uint8_t *raw = NULL;
        walk_prefix(walk, &call->prefix, &raw);
        if (walk->mode == WRNI_REC_READ && wrni_rec_good(walk))
            wrni_rec_read_prefix(raw, &call->prefix);
    }
    if (takes & PREFIXES)
        walk_prefixes(walk, call);
    if (takes & A)
        wrni_rec_u64(walk, "argument", &call->a);
    if (takes & B)
        wrni_rec_u64(walk, "argument", &call->b);
    if (takes & (PACKETS | ROOM))
        walk_packets(walk, call, takes & PACKETS);
    if (takes & TEXT)
        walk_text(walk, call);
}

/* What came back. ----------------------------------------------------------------------------------------------------------------- */

static void back_packet(struct wrni_rec_walk *walk, struct wrn_packet *packet)
{
    wrni_rec_named(walk, WRN_REPLAY_VERDICT, "verdict", &packet->verdict);
    wrni_rec_named(walk, WRN_REPLAY_REASON, "reason", &packet->reason);
    wrni_rec_peer(walk, &packet->peer);
    if (packet->verdict == WRN_PASS)
        wrni_rec_u8(walk, "lane", &packet->lane);
    if (packet->verdict != WRN_SEND && packet->verdict != WRN_DELIVER)
        return;
    wrni_rec_u32(walk, "offset", &packet->offset);
    wrni_rec_u32(walk, "length", &packet->length);
    wrni_rec_u8(walk, "tos", &packet->tos);
    wrni_rec_endpoint(walk, &packet->remote);
    wrni_rec_hash(walk, "bytes (their hash)", packet->data ? packet->data + packet->offset : NULL, packet->length);
}

static void back_event(struct wrni_rec_walk *walk, struct wrn_event *event)
{
    wrni_rec_peer(walk, &event->peer);
    wrni_rec_u32(walk, "event's bits", &event->bits);
    wrni_rec_endpoint(walk, &event->endpoint);
    wrni_rec_bytes(walk, "event's stamp", event->stamp, sizeof event->stamp);
    wrni_rec_bool(walk, "event's load", &event->under_load);
}

static void back_info(struct wrni_rec_walk *walk, struct wrn_peer_info *info)
{
    wrni_rec_bytes(walk, "public key", info->public_key, sizeof info->public_key);
    wrni_rec_endpoint(walk, &info->endpoint);
    wrni_rec_u64(walk, "bytes received", &info->rx_bytes);
    wrni_rec_u64(walk, "bytes sent", &info->tx_bytes);
    wrni_rec_u64(walk, "last handshake's seconds", &info->handshake_seconds);
    wrni_rec_u32(walk, "last handshake's nanoseconds", &info->handshake_nanoseconds);
    wrni_rec_u32(walk, "staged packets", &info->staged);
    wrni_rec_u16(walk, "keepalive", &info->keepalive_s);
    wrni_rec_bool(walk, "pinned", &info->pinned);
    wrni_rec_bool(walk, "has a preshared key", &info->has_preshared_key);
    wrni_rec_bool(walk, "has a session", &info->has_session);
    wrni_rec_u64(walk, "session's age", &info->session_age_ns);
}

static void back_counters(struct wrni_rec_walk *walk, struct wrn_counters *counters)
{
    uint64_t *rest[] = {&counters->outputs,      &counters->unsent,     &counters->initiations_sent, &counters->responses_sent,
                        &counters->cookies_sent, &counters->handshakes, &counters->time_went_back};
    for (walk->index = 0; walk->index < WRN_VERDICT_COUNT; walk->index++) {
        wrni_rec_u64(walk, "count of a tun verdict", &counters->tun_verdicts[walk->index]);
        wrni_rec_u64(walk, "count of a net verdict", &counters->net_verdicts[walk->index]);
    }
    for (walk->index = 0; walk->index < WRN_REASON_COUNT; walk->index++)
        wrni_rec_u64(walk, "count of a reason", &counters->reasons[walk->index]);
    for (walk->index = 0; walk->index < sizeof rest / sizeof *rest; walk->index++)
        wrni_rec_u64(walk, "count", rest[walk->index]);
}

static void back_set(struct wrni_rec_walk *walk, struct wrn_uapi_set *set)
{
    uint64_t error = (uint64_t)set->error, line = set->line;
    wrni_rec_u64(walk, "error", &error);
    wrni_rec_u64(walk, "line", &line);
    wrni_rec_bool(walk, "has a port", &set->has_listen_port);
    wrni_rec_u16(walk, "port", &set->listen_port);
    wrni_rec_bool(walk, "has a mark", &set->has_fwmark);
    wrni_rec_u32(walk, "mark", &set->fwmark);
    walk_limits(walk, &set->needed);
}

static void back_many(struct wrni_rec_walk *walk, struct wrni_rec_back *back, bool events)
{
    uint64_t count = back->count;
    wrni_rec_u64(walk, events ? "number of events" : "number of packets", &count);
    for (size_t i = 0; i < back->count && wrni_rec_good(walk); i++) {
        walk->index = (uint32_t)i;
        if (events)
            back_event(walk, &back->events[i]);
        else
            back_packet(walk, &back->packets[i]);
    }
}

void wrni_rec_walk_back(struct wrni_rec_walk *walk, const struct wrni_rec_call *call, struct wrni_rec_back *back)
{
    unsigned gives = functions[call->function].gives;
    uint8_t  status = (uint8_t)back->status;

    walk->index = UINT32_MAX;
    if (gives & STATUS)
        wrni_rec_named(walk, WRN_REPLAY_STATUS, "status", &status);
    if (gives & HANDLE)
        wrni_rec_peer(walk, &back->peer);
    if (gives & (VERDICTS | EVENTS))
        back_many(walk, back, gives & EVENTS);
    if (gives & TIME)
        wrni_rec_time(walk, "deadline", &back->deadline);
    if (gives & INFO)
        back_info(walk, &back->info);
    if (gives & COUNTERS)
        back_counters(walk, &back->counters);
    if (gives & SET)
        back_set(walk, &back->set);
    if (gives & DIGEST)
        wrni_rec_bytes(walk, "digest of the state", back->digest, sizeof back->digest);
}
