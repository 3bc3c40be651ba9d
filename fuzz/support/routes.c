#include "routes.h"

#include "fuzz.h"

#include <string.h>

static const struct wrn_peer nobody = {UINT32_MAX, 0};

static bool same_peer(struct wrn_peer a, struct wrn_peer b) { return a.slot == b.slot && a.generation == b.generation; }

static bool valid(const struct wrn_prefix *prefix)
{
    return prefix->family == 4 ? prefix->length <= 32 : prefix->family == 6 && prefix->length <= 128;
}

/* Bit by bit, as far as the prefix reaches. */
static bool same_prefix(const struct wrn_prefix *a, const struct wrn_prefix *b)
{
    if (a->family != b->family || a->length != b->length)
        return false;
    for (unsigned bit = 0; bit < a->length; bit++)
        if ((a->address[bit / 8] ^ b->address[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static unsigned find(const struct routes *routes, const struct wrn_prefix *prefix)
{
    unsigned i = 0;
    while (i < routes->count && !same_prefix(&routes->row[i].prefix, prefix))
        i++;
    return i;
}

void routes_read(const struct wrn_engine *engine, struct routes *routes)
{
    struct wrn_peer   peer = nobody;
    struct wrn_prefix prefix;
    routes->count = 0;
    while (wrn_peer_next(engine, &peer))
        for (uint32_t cursor = 0; wrn_allowed_next(engine, peer, &cursor, &prefix);) {
            FUZZ_CHECK(routes->count < ROUTES_MOST, "routes", "a walk without end");
            routes->row[routes->count].prefix = prefix;
            routes->row[routes->count++].owner = peer;
        }
}

static void drop(struct routes *routes, unsigned at) { routes->row[at] = routes->row[--routes->count]; }

/* False: there is no room. */
static bool put(struct routes *routes, const struct wrn_prefix *prefix, struct wrn_peer owner, unsigned most)
{
    unsigned at = find(routes, prefix);
    if (at == routes->count) {
        if (at == most || at == ROUTES_MOST)
            return false;
        routes->row[routes->count++].prefix = *prefix;
    }
    routes->row[at].owner = owner;
    return true;
}

static enum wrn_status follow(struct routes *routes, enum routes_call call, struct wrn_peer peer, const struct wrn_prefix *list,
                              size_t count, unsigned most)
{
    for (size_t i = 0; i < count; i++)
        if (!valid(&list[i]))
            return WRN_BAD_ARGUMENT;
    if (call == ROUTES_REMOVE) {
        unsigned at = find(routes, list);
        if (at == routes->count || !same_peer(routes->row[at].owner, peer))
            return WRN_NOT_FOUND;
        drop(routes, at);
        return WRN_OK;
    }
    for (unsigned i = routes->count; call == ROUTES_REPLACE && i-- > 0;)
        if (same_peer(routes->row[i].owner, peer))
            drop(routes, i);
    for (size_t i = 0; i < count; i++)
        if (!put(routes, &list[i], peer, most))
            return WRN_NO_ROOM;
    return WRN_OK;
}

static void compare(const struct wrn_engine *engine, const struct routes *should)
{
    struct routes is;
    routes_read(engine, &is);
    FUZZ_CHECK(is.count == should->count, "routes", "%u prefixes, not %u", is.count, should->count);
    for (unsigned i = 0; i < is.count; i++) {
        unsigned at = find(should, &is.row[i].prefix);
        FUZZ_CHECK(at < should->count && same_peer(should->row[at].owner, is.row[i].owner), "routes",
                   "a prefix of %u bits is of slot %u", is.row[i].prefix.length, is.row[i].owner.slot);
    }
}

enum wrn_status routes_call(struct wrn_engine *engine, enum routes_call call, struct wrn_peer peer, const struct wrn_prefix *list,
                            size_t count)
{
    struct routes        before, after;
    struct wrn_limits    limits;
    struct wrn_peer_info info;
    struct wrn_peer      previous = {7, 7}, had = nobody;
    enum wrn_status      status, right = WRN_STALE;
    wrn_engine_limits(engine, &limits);
    routes_read(engine, &before);
    after = before;
    if (wrn_peer_info(engine, peer, &info) == WRN_OK)
        right = follow(&after, call, peer, list, count, limits.prefixes);
    if (call == ROUTES_ADD) {
        unsigned at = find(&before, list);
        had = at < before.count ? before.row[at].owner : nobody;
        status = wrn_allowed_add(engine, peer, list, &previous);
        FUZZ_CHECK(status != WRN_OK || same_peer(previous, had), "routes", "it was of slot %u, not %u", had.slot, previous.slot);
    } else if (call == ROUTES_REMOVE) {
        status = wrn_allowed_remove(engine, peer, list);
    } else {
        status = wrn_allowed_replace(engine, peer, list, count);
    }
    FUZZ_CHECK(status == right, "routes", "%s, not %s", wrn_status_name(status), wrn_status_name(right));
    compare(engine, right == WRN_OK ? &after : &before);
    return status;
}
