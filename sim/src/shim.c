#include "base.h"
#include "cookies.h"
#include "parts.h"
#include "secrets.h"

/* The provider that each node's engine computes with: it shows every seal and every secret to the watch, counts DH operations,
 * and hands on. */

static const struct wrn_crypto *provider(const struct sim_place *place, void **context)
{
    if (place->world->plan->crypto == SIM_CRYPTO_TOY) {
        *context = &place->world->toy;
        return &sim_toy;
    }
    *context = place->world->options.crypto_context;
    return place->world->options.crypto;
}

static bool is_static_secret(const struct sim_place *place, const uint8_t secret[32])
{
    const uint8_t *own = place->private_key;

    return ((secret[0] ^ own[0]) & 0xf8) == 0 && memcmp(secret + 1, own + 1, 30) == 0 && ((secret[31] ^ own[31]) & 0x3f) == 0;
}

/* The node's peer with this static public key; null: there is none. */
static const struct sim_conf *side_of(const struct sim_place *place, const uint8_t point[32])
{
    const struct sim_watch *watch = &place->world->watch;

    for (uint32_t i = watch->first_pair[place->number]; i < watch->first_pair[place->number + 1]; i++)
        if (memcmp(watch->sides[i].public_key, point, 32) == 0)
            return &watch->sides[i];
    return NULL;
}

/* What is made of two static keys is kept, and what is made of the base point is public. */
static void see_dh(struct sim_place *place, const struct wrn_dh *operation)
{
    static const uint8_t base[32] = {9};
    const bool fixed = is_static_secret(place, operation->secret);
    const struct sim_options *options = &place->world->options;
    /* A hub has many peers: they are gone through only where somebody wants to know. */
    const struct sim_conf *side = fixed || options->ephemeral ? side_of(place, operation->point) : NULL;

    if (!fixed)
        sim_secret_seen(&place->world->watch, place->number, SIM_SECRET_EPHEMERAL, operation->secret);
    if (!fixed && side && options->ephemeral)
        options->ephemeral(options->context, operation->secret, side->has_psk ? side->psk : NULL);
    if (memcmp(operation->point, base, sizeof base) != 0 && !(fixed && side))
        sim_secret_seen(&place->world->watch, place->number, SIM_SECRET_DERIVED, operation->out);
}

static void shim_dh(void *context, struct wrn_dh *operations, size_t count)
{
    struct sim_place *place = context;
    void *inner;

    place->result.dh += count;
    provider(place, &inner)->dh(inner, operations, count);
    for (size_t i = 0; i < count; i++)
        see_dh(place, &operations[i]);
}

static void see_seal(struct sim_place *place, const struct wrn_aead *operation)
{
    struct sim_seen seen = sim_place_seen(place, SIM_SEEN_SEAL, SIM_NONE);

    seen.key = operation->key;
    seen.counter = operation->counter;
    seen.aad_length = operation->aad_length;
    seen.data = operation->data;
    seen.length = (uint32_t)operation->length;
    seen.ours = operation->aad_length == 0 && sim_inner_parse(&place->world->traffic, seen.data, seen.length, &seen.inner);
    sim_watch_see(&place->world->watch, &seen);
}

static void shim_seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct sim_place *place = context;
    void *inner;

    for (size_t i = 0; i < count; i++)
        see_seal(place, &operations[i]);
    if (place->keyring && count > 0 && operations[count - 1].aad_length == 0)
        memcpy(place->sealed_with, operations[count - 1].key, sizeof place->sealed_with);
    provider(place, &inner)->seal(inner, operations, count);
}

static void shim_open(void *context, struct wrn_aead *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->open(inner, operations, count);
}

static void shim_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    struct sim_place *place = context;
    void *inner;

    for (size_t i = 0; i < count; i++)
        if (operations[i].length == 16)
            sim_cookie_sealed(&place->world->watch, place->number, operations[i].data);
    provider(context, &inner)->xseal(inner, operations, count);
}

static void shim_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->xopen(inner, operations, count);
}

/* Half of an HMAC (RFC 2104) with a key of 32 bytes: its first block is the key and a padding, all over by `pad`. */
static bool is_padded(const struct wrn_hash *operation, uint8_t pad)
{
    uint8_t differs = 0;

    if (operation->first_length != 64)
        return false;
    for (unsigned i = 32; i < 64; i++)
        differs |= operation->first[i] ^ pad;
    return differs == 0;
}

/* What an HMAC gives is secret: chaining keys, and what comes of them. The HMAC of nothing begins the last derivation of a
 * handshake, and the two that follow are the transport keys (P-18). */
static void see_hash(struct sim_place *place, const struct wrn_crypto *crypto, void *inner, struct wrn_hash *operation)
{
    const bool outer = is_padded(operation, 0x5c);

    if (is_padded(operation, 0x36))
        place->splitting = operation->second_length == 0 ? 3 : place->splitting;
    crypto->hash(inner, operation, 1);
    if (!outer)
        return;
    sim_secret_seen(&place->world->watch, place->number,
                    place->splitting == 2 || place->splitting == 1 ? SIM_SECRET_TRANSPORT : SIM_SECRET_DERIVED, operation->out);
    place->splitting -= place->splitting > 0;
}

static void shim_hash(void *context, struct wrn_hash *operations, size_t count)
{
    struct sim_place *place = context;
    void *inner;
    const struct wrn_crypto *crypto = provider(place, &inner);

    for (size_t i = 0; i < count; i++)
        see_hash(place, crypto, inner, &operations[i]);
}

/* A cookie is the mac of an address under the node's secret (P-30); everything else that has a mac is longer. */
#define COOKIE_INPUT_MOST 18u

static void shim_mac(void *context, struct wrn_mac *operations, size_t count)
{
    struct sim_place *place = context;
    const wrn_time now = place->world->now;
    void *inner;

    for (size_t i = 0; i < count; i++)
        if (operations[i].key_length == 32 && operations[i].length <= COOKIE_INPUT_MOST)
            sim_cookie_secret(&place->world->watch, place->number, operations[i].key, now, sim_clock_local(&place->clock, now));
    provider(context, &inner)->mac(inner, operations, count);
}

const struct wrn_crypto sim_shim = {
    .name = "sim", .dh = shim_dh, .seal = shim_seal, .open = shim_open, .xseal = shim_xseal, .xopen = shim_xopen,
    .hash = shim_hash, .mac = shim_mac,
};
