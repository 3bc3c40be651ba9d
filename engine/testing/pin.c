#include "pin.h"

#include "stamp.h"
#include "state.h"

static const uint8_t BASE_POINT[32] = {9};

#define STAMP_BYTES 12u

void wrn_pins_begin(struct wrn_pins *pins, const struct wrn_crypto *real, void *context, struct wrn_pin *table, size_t size)
{
    memset(pins, 0, sizeof *pins);
    memset(table, 0, size * sizeof *table);
    pins->real = real;
    pins->context = context;
    pins->table = table;
    pins->size = size;
}

void wrn_pins_engine(struct wrn_pins *pins, struct wrn_engine *engine) { pins->engine = engine; }

/* Who is meant. ---------------------------------------------------------------------------------------------------------------- */

static struct wrni_peer *peer_of(const struct wrn_engine *engine, struct wrn_peer peer)
{
    if (peer.slot >= engine->high || !wrni_alive(engine, peer.slot) ||
        wrni_slot_at(engine, peer.slot)->generation != peer.generation)
        return NULL;
    return wrni_peer_at(engine, peer.slot);
}

static bool same(struct wrn_peer a, struct wrn_peer b) { return a.slot == b.slot && a.generation == b.generation; }

/* Does this draw come from the peer's stream, at most WRN_PIN_DRAWS after it was pinned? */
static bool drew(const struct wrn_pin *pin, const uint8_t drawn[32])
{
    struct wrni_drbg stream;
    uint8_t          next[32];

    memcpy(stream.key, pin->stream, sizeof stream.key);
    for (unsigned i = 0; i < WRN_PIN_DRAWS; i++) {
        wrni_drbg_bytes(&stream, next, sizeof next);
        if (memcmp(next, drawn, sizeof next) == 0)
            return true;
    }
    return false;
}

static enum wrn_status pin_of(struct wrn_pins *pins, struct wrn_peer peer, struct wrn_pin **pin)
{
    const struct wrni_peer *there = peer_of(pins->engine, peer);
    struct wrn_pin         *chosen = NULL;

    if (!there)
        return WRN_STALE;
    for (size_t i = 0; i < pins->size && !chosen; i++)
        if (pins->table[i].used && same(pins->table[i].peer, peer))
            chosen = &pins->table[i];
    for (size_t i = 0; i < pins->size && !chosen; i++)
        if (!pins->table[i].used || !peer_of(pins->engine, pins->table[i].peer))
            chosen = &pins->table[i];
    if (!chosen)
        return WRN_NO_ROOM;
    if (!chosen->used || !same(chosen->peer, peer))
        *chosen = (struct wrn_pin){.peer = peer, .used = true};
    memcpy(chosen->stream, there->drbg.key, sizeof chosen->stream);
    *pin = chosen;
    return WRN_OK;
}

enum wrn_status wrn_pin_ephemeral(struct wrn_pins *pins, struct wrn_peer peer, const uint8_t secret[32])
{
    struct wrn_pin *pin;
    enum wrn_status status = pin_of(pins, peer, &pin);

    if (status != WRN_OK)
        return status;
    memcpy(pin->ephemeral, secret, sizeof pin->ephemeral);
    pin->wants_ephemeral = true;
    return WRN_OK;
}

enum wrn_status wrn_pin_stamp(struct wrn_pins *pins, struct wrn_peer peer, const uint8_t stamp[12])
{
    struct wrn_pin *pin;
    enum wrn_status status = pin_of(pins, peer, &pin);

    if (status != WRN_OK)
        return status;
    memcpy(pin->stamp, stamp, sizeof pin->stamp);
    pin->wants_stamp = true;
    return WRN_OK;
}

bool wrn_pin_waits(const struct wrn_pins *pins, struct wrn_peer peer)
{
    for (size_t i = 0; i < pins->size; i++)
        if (pins->table[i].used && same(pins->table[i].peer, peer))
            return pins->table[i].wants_ephemeral || pins->table[i].wants_stamp;
    return false;
}

/* Cookies are derived from address and port, as cookie.c bakes them (P-30). */
static uint32_t source_of(const struct wrn_endpoint *from, uint8_t out[18])
{
    uint32_t length = from->family == 6 ? 16 : 4;
    memcpy(out, from->address, length);
    wrni_store_be16(out + length, from->port);
    return length + 2;
}

void wrn_pin_cookie(struct wrn_pins *pins, const struct wrn_endpoint *source, const uint8_t cookie[16])
{
    uint8_t  bytes[18];
    uint32_t length = source_of(source, bytes), at = pins->next_cookie;

    for (uint32_t i = 0; i < WRN_PIN_COOKIES; i++)
        if (pins->cookies[i].length == length && memcmp(pins->cookies[i].source, bytes, length) == 0)
            at = i;
    if (at == pins->next_cookie)
        pins->next_cookie = (pins->next_cookie + 1) % WRN_PIN_COOKIES;
    memcpy(pins->cookies[at].source, bytes, length);
    memcpy(pins->cookies[at].cookie, cookie, sizeof pins->cookies[at].cookie);
    pins->cookies[at].length = length;
}

void wrn_pin_cookie_nonce(struct wrn_pins *pins, const uint8_t nonce[24])
{
    memcpy(pins->nonce, nonce, sizeof pins->nonce);
    pins->has_nonce = true;
}

void wrn_pin_cookie_secret(struct wrn_engine *engine, const uint8_t secret[32])
{
    struct wrni_checker *checker = &engine->gate.checker;
    memcpy(checker->secret, secret, sizeof checker->secret);
    checker->born = engine->now;
    checker->drawn = true;
}

enum wrn_status wrn_pin_counter(struct wrn_engine *engine, struct wrn_peer peer, enum wrn_place place, uint64_t counter)
{
    struct wrni_session *session;

    if (!peer_of(engine, peer))
        return WRN_STALE;
    if ((unsigned)place > WRN_NEXT)
        return WRN_NOT_FOUND;
    session = wrni_rotation_at(&wrni_flow_at(engine, peer.slot)->rotation, (enum wrni_place)place);
    if (!session)
        return WRN_NOT_FOUND;
    session->sent = counter;
    return WRN_OK;
}

enum wrn_status wrn_pin_swap(struct wrn_engine *engine, struct wrn_peer peer)
{
    if (!peer_of(engine, peer))
        return WRN_STALE;
    struct wrni_rotation *rotation = &wrni_flow_at(engine, peer.slot)->rotation;
    uint8_t               previous = rotation->place[WRNI_PREVIOUS];
    if (previous == WRNI_NOWHERE)
        return WRN_NOT_FOUND;
    rotation->place[WRNI_PREVIOUS] = rotation->place[WRNI_CURRENT];
    rotation->place[WRNI_CURRENT] = previous;
    return WRN_OK;
}

bool wrn_pin_take_due(struct wrn_engine *engine, struct wrn_peer *peer, enum wrn_pin_due *due)
{
    struct wrn_lane *lane = wrni_inline_lane(engine);
    uint32_t         slot = wrni_list_first(wrni_due_of(engine)), id;

    while (slot == WRNI_NONE && (id = wrni_list_first(wrni_lane_due(lane))) != WRNI_NONE) {
        struct wrni_flow    *flow = wrni_lane_flow(lane, id);
        struct wrni_session *current = wrni_rotation_at(&flow->rotation, WRNI_CURRENT);
        bool                 wanted = flow->keepalive_due;
        wrni_list_remove(wrni_lane_due(lane), id);
        flow->keepalive_due = false;
        *peer = (struct wrn_peer){id, flow->generation};
        *due = WRN_PIN_KEEPALIVE;
        if (wanted && current && wrni_session_sendable(current, engine->now))
            return true;
        if (wanted)
            wrni_request(engine, id, false);
        slot = wrni_list_first(wrni_due_of(engine));
    }
    if (slot == WRNI_NONE)
        return false;
    *peer = (struct wrn_peer){slot, wrni_slot_at(engine, slot)->generation};
    *due = wrni_peer_at(engine, slot)->due & WRNI_DUE_RETRY ? WRN_PIN_RETRY : WRN_PIN_INITIATION;
    wrni_list_remove(wrni_due_of(engine), slot);
    wrni_peer_at(engine, slot)->due = 0;
    return true;
}

enum wrn_status wrn_pin_ask(struct wrn_engine *engine, struct wrn_peer peer, enum wrn_pin_due due)
{
    struct wrni_peer *there = peer_of(engine, peer);

    if (!there)
        return WRN_STALE;
    if (due == WRN_PIN_KEEPALIVE) {
        wrni_flow_at(engine, peer.slot)->keepalive_due = true;
        wrni_list_push(wrni_lane_due(wrni_inline_lane(engine)), peer.slot);
        return WRN_OK;
    }
    there->timers.last_initiation = WRN_NEVER;
    there->timers.attempts = (uint8_t)(due == WRN_PIN_RETRY ? there->timers.attempts : 0);
    there->due = (uint8_t)(WRNI_DUE_INITIATION | (due == WRN_PIN_RETRY ? WRNI_DUE_RETRY : 0));
    wrni_list_push(wrni_due_of(engine), peer.slot);
    return WRN_OK;
}

void wrn_pin_idle(struct wrn_engine *engine) { engine->gate.loaded = false; }

bool wrn_pin_remac(const struct wrn_crypto *crypto, void *context, const uint8_t recipient[32], const uint8_t *cookie,
                   uint8_t *message, size_t length)
{
    struct wrni_provider provider = {crypto, context};
    uint8_t              reason, key[32];

    if (length < 4 || length > UINT32_MAX)
        return false;
    enum wrni_kind kind = wrni_wire_kind(message, (uint32_t)length, &reason);
    if (kind != WRNI_INITIATION && kind != WRNI_RESPONSE)
        return false;
    size_t at = wrni_wire_mac1_at(kind);
    wrni_mac1_key(provider, recipient, key);
    wrni_mac(provider, NULL, key, sizeof key, message, at, message + at, 16);
    if (cookie)
        wrni_mac(provider, NULL, cookie, 16, message, at + 16, message + at + 16, 16);
    else
        memset(message + at + 16, 0, 16);
    return true;
}

/* The provider. ---------------------------------------------------------------------------------------------------------------- */

/* A key pair is being made: is it one that was pinned? */
static void hear(struct wrn_pins *pins, const uint8_t drawn[32])
{
    memcpy(pins->speaker, drawn, sizeof pins->speaker);
    for (size_t i = 0; i < pins->size; i++) {
        struct wrn_pin *pin = &pins->table[i];
        if (!pin->used || !pin->wants_ephemeral || !drew(pin, drawn))
            continue;
        memcpy(pin->drawn, drawn, sizeof pin->drawn);
        memcpy(pin->spoken, pin->ephemeral, sizeof pin->spoken);
        pin->speaks = true;
        pin->wants_ephemeral = false;
    }
}

static const uint8_t *spoken(const struct wrn_pins *pins, const uint8_t *secret)
{
    for (size_t i = 0; i < pins->size; i++)
        if (pins->table[i].speaks && memcmp(pins->table[i].drawn, secret, 32) == 0)
            return pins->table[i].spoken;
    return secret;
}

static void pinned_dh(void *context, struct wrn_dh *operations, size_t count)
{
    struct wrn_pins *pins = context;

    for (size_t i = 0; i < count; i++) {
        struct wrn_dh operation = operations[i];
        if (memcmp(operation.point, BASE_POINT, sizeof BASE_POINT) == 0)
            hear(pins, operation.secret);
        operation.secret = spoken(pins, operation.secret);
        pins->real->dh(pins->context, &operation, 1);
        operations[i].good = operation.good;
    }
}

/* A stamp is being sealed by whoever made the last ephemeral: is it pinned? */
static void swap_stamp(struct wrn_pins *pins, uint8_t *data)
{
    for (size_t i = 0; i < pins->size; i++) {
        struct wrn_pin   *pin = &pins->table[i];
        struct wrni_peer *peer = pin->used ? peer_of(pins->engine, pin->peer) : NULL;
        if (!peer || !pin->wants_stamp || !drew(pin, pins->speaker))
            continue;
        pin->wants_stamp = false;
        memcpy(data, pin->stamp, STAMP_BYTES);
        memcpy(peer->stamp_sent, pin->stamp, STAMP_BYTES);
        if (wrni_stamp_after(pin->stamp, pins->engine->stamp_newest))
            memcpy(pins->engine->stamp_newest, pin->stamp, STAMP_BYTES);
    }
}

static void pinned_seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct wrn_pins *pins = context;

    for (size_t i = 0; i < count; i++)
        if (operations[i].length == STAMP_BYTES && operations[i].aad_length == 32 && operations[i].counter == 0)
            swap_stamp(pins, operations[i].data);
    pins->real->seal(pins->context, operations, count);
}

static void pinned_open(void *context, struct wrn_aead *operations, size_t count)
{
    struct wrn_pins *pins = context;
    pins->real->open(pins->context, operations, count);
}

/* The nonce stands in the reply that is being made, which the engine owns and may write. */
static void pinned_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    struct wrn_pins *pins = context;

    if (pins->has_nonce && count > 0) {
        memcpy((uint8_t *)(uintptr_t)operations[0].nonce, pins->nonce, sizeof pins->nonce);
        pins->has_nonce = false;
    }
    pins->real->xseal(pins->context, operations, count);
}

static void pinned_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    struct wrn_pins *pins = context;
    pins->real->xopen(pins->context, operations, count);
}

static void pinned_hash(void *context, struct wrn_hash *operations, size_t count)
{
    struct wrn_pins *pins = context;
    pins->real->hash(pins->context, operations, count);
}

/* A cookie is being baked: by the secret of the checker, from a source. */
static void swap_cookie(const struct wrn_pins *pins, const struct wrn_mac *operation)
{
    const struct wrni_checker *checker = &pins->engine->gate.checker;

    if (!checker->drawn || operation->key_length != sizeof checker->secret || operation->out_length != 16 ||
        memcmp(operation->key, checker->secret, sizeof checker->secret) != 0)
        return;
    for (uint32_t i = 0; i < WRN_PIN_COOKIES; i++)
        if (pins->cookies[i].length == operation->length && memcmp(pins->cookies[i].source, operation->data, operation->length) == 0)
            memcpy(operation->out, pins->cookies[i].cookie, 16);
}

static void pinned_mac(void *context, struct wrn_mac *operations, size_t count)
{
    struct wrn_pins *pins = context;

    for (size_t i = 0; i < count; i++) {
        pins->real->mac(pins->context, &operations[i], 1);
        if (pins->engine && operations[i].length > 0)
            swap_cookie(pins, &operations[i]);
    }
}

const struct wrn_crypto wrn_crypto_pinned = {.name = "pinned",
                                             .dh = pinned_dh,
                                             .seal = pinned_seal,
                                             .open = pinned_open,
                                             .xseal = pinned_xseal,
                                             .xopen = pinned_xopen,
                                             .hash = pinned_hash,
                                             .mac = pinned_mac};
