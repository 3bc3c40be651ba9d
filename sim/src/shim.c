#include "base.h"
#include "parts.h"

/* The provider that each node's engine computes with: it shows every seal to the watch, counts DH operations, and hands on. */

static const struct wrn_crypto *provider(const struct sim_place *place, void **context)
{
    if (place->world->plan->crypto == SIM_CRYPTO_TOY) {
        *context = &place->world->toy;
        return &sim_toy;
    }
    *context = place->world->options.crypto_context;
    return place->world->options.crypto;
}

static void shim_dh(void *context, struct wrn_dh *operations, size_t count)
{
    struct sim_place *place = context;
    void *inner;

    place->result.dh += count;
    provider(place, &inner)->dh(inner, operations, count);
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
    provider(place, &inner)->seal(inner, operations, count);
}

static void shim_open(void *context, struct wrn_aead *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->open(inner, operations, count);
}

static void shim_xseal(void *context, struct wrn_xaead *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->xseal(inner, operations, count);
}

static void shim_xopen(void *context, struct wrn_xaead *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->xopen(inner, operations, count);
}

static void shim_hash(void *context, struct wrn_hash *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->hash(inner, operations, count);
}

static void shim_mac(void *context, struct wrn_mac *operations, size_t count)
{
    void *inner;

    provider(context, &inner)->mac(inner, operations, count);
}

const struct wrn_crypto sim_shim = {
    .name = "sim", .dh = shim_dh, .seal = shim_seal, .open = shim_open, .xseal = shim_xseal, .xopen = shim_xopen,
    .hash = shim_hash, .mac = shim_mac,
};
