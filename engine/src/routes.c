#include "state.h"

/* Allowed IPs: the engine's own table first, then the lanes' copies by order. */

static bool prefix_valid(const struct wrn_prefix *prefix)
{
    return (prefix->family == 4 && prefix->length <= 32) || (prefix->family == 6 && prefix->length <= 128);
}

static struct wrni_trie *trie_of(const struct wrn_engine *engine) { return wrni_lane_trie(wrni_inline_lane(engine)); }

static void order_prefix(struct wrn_engine *engine, uint32_t slot, const struct wrn_prefix *prefix, bool add)
{
    struct wrn_order order = {.kind = WRNI_ORDER_PREFIX, .slot = slot, .flag = add, .prefix = *prefix};
    wrni_order(engine, &order);
}

enum wrn_status wrn_allowed_add(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefix,
                                struct wrn_peer *previous)
{
    uint32_t old;
    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    if (!prefix_valid(prefix))
        return WRN_BAD_ARGUMENT;
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    if (!wrni_trie_insert(trie_of(engine), prefix, peer.slot, &old))
        return WRN_NO_ROOM;
    order_prefix(engine, peer.slot, prefix, true);
    engine->generation++;
    if (previous)
        *previous = (struct wrn_peer){old, old == WRNI_NONE ? 0 : wrni_slot_at(engine, old)->generation};
    return WRN_OK;
}

enum wrn_status wrn_allowed_remove(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefix)
{
    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    if (!prefix_valid(prefix))
        return WRN_BAD_ARGUMENT;
    if (!wrni_orders_room(engine, 1))
        return WRN_BUSY;
    if (!wrni_trie_remove(trie_of(engine), prefix, peer.slot))
        return WRN_NOT_FOUND;
    order_prefix(engine, peer.slot, prefix, false);
    engine->generation++;
    return WRN_OK;
}

static uint32_t owned_by(const struct wrni_trie *trie, uint32_t slot)
{
    uint32_t count = 0;
    for (uint32_t node = wrni_trie_first(trie, slot); node != WRNI_NONE; node = wrni_trie_next(trie, node))
        count++;
    return count;
}

static bool same_prefix(const struct wrn_prefix *a, const struct wrn_prefix *b)
{
    unsigned whole = a->length / 8u, rest = a->length % 8u;
    return a->family == b->family && a->length == b->length && !memcmp(a->address, b->address, whole) &&
           (!rest || (a->address[whole] ^ b->address[whole]) >> (8 - rest) == 0);
}

static bool said_before(const struct wrn_prefix *prefixes, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_prefix(&prefixes[i], &prefixes[at]))
            return true;
    return false;
}

/* Is there room for those that are new to the table: not there at all, or only as what this peer is about to give up? Repeats are
 * looked for only when they decide, and no longer than until too many differ. */
static bool fits(const struct wrni_trie *trie, uint32_t slot, const struct wrn_prefix *prefixes, size_t count, uint32_t room)
{
    size_t needed = 0, different = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t owner = wrni_trie_exact(trie, &prefixes[i]);
        needed += owner == WRNI_NONE || owner == slot;
    }
    if (needed <= room)
        return true;
    for (size_t i = 0; i < count && different <= room; i++) {
        uint32_t owner = wrni_trie_exact(trie, &prefixes[i]);
        different += (owner == WRNI_NONE || owner == slot) && !said_before(prefixes, i);
    }
    return different <= room;
}

static void remove_all(struct wrn_engine *engine, uint32_t slot)
{
    struct wrni_trie *trie = trie_of(engine);
    struct wrn_prefix prefix;
    for (uint32_t node = wrni_trie_first(trie, slot); node != WRNI_NONE; node = wrni_trie_first(trie, slot)) {
        wrni_trie_prefix(trie, node, &prefix);
        (void)wrni_trie_remove(trie, &prefix, slot);
        order_prefix(engine, slot, &prefix, false);
    }
}

enum wrn_status wrn_allowed_replace(struct wrn_engine *engine, struct wrn_peer peer, const struct wrn_prefix *prefixes, size_t count)
{
    if (wrni_resolve(engine, peer) != WRN_OK)
        return WRN_STALE;
    for (size_t i = 0; i < count; i++)
        if (!prefix_valid(&prefixes[i]))
            return WRN_BAD_ARGUMENT;
    struct wrni_trie *trie = trie_of(engine);
    uint32_t          owned = owned_by(trie, peer.slot);
    if (!fits(trie, peer.slot, prefixes, count, engine->limits.prefixes - (wrni_trie_count(trie) - owned)))
        return WRN_NO_ROOM;
    if (!wrni_inline(engine) && owned + count > engine->limits.orders)
        return WRN_NO_ROOM; /* draining would not help */
    if (!wrni_orders_room(engine, owned + (uint32_t)count))
        return WRN_BUSY;
    remove_all(engine, peer.slot);
    for (size_t i = 0; i < count; i++) {
        if (!wrni_trie_insert(trie, &prefixes[i], peer.slot, NULL))
            wrn_panic("room for prefixes was checked", __FILE__, __LINE__);
        order_prefix(engine, peer.slot, &prefixes[i], true);
    }
    engine->generation++;
    return WRN_OK;
}

bool wrn_allowed_next(const struct wrn_engine *engine, struct wrn_peer peer, uint32_t *cursor, struct wrn_prefix *prefix)
{
    const struct wrni_trie *trie = trie_of(engine);
    uint32_t                node;

    if (wrni_resolve(engine, peer) != WRN_OK)
        return false;
    if (*cursor == 0) {
        node = wrni_trie_first(trie, peer.slot);
    } else {
        if (!wrni_trie_owned(trie, *cursor - 1, peer.slot))
            return false;
        node = wrni_trie_next(trie, *cursor - 1);
    }
    if (node == WRNI_NONE)
        return false;
    wrni_trie_prefix(trie, node, prefix);
    *cursor = node + 1;
    return true;
}

enum wrn_status wrn_allowed_lookup(const struct wrn_engine *engine, uint8_t family, const uint8_t *address, struct wrn_peer *peer)
{
    if (family != 4 && family != 6)
        return WRN_BAD_ARGUMENT;
    uint32_t slot = wrni_trie_lookup(trie_of(engine), family, address);
    *peer = (struct wrn_peer){slot, slot == WRNI_NONE ? 0 : wrni_slot_at(engine, slot)->generation};
    return slot == WRNI_NONE ? WRN_NOT_FOUND : WRN_OK;
}
