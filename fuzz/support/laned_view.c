#include "fuzz.h"
#include "laned_account.h"
#include "state.h"

/* Both have told each other everything: what they hold twice is the same. */

static void compare_routes(const struct wrn_engine *engine, const struct wrn_lane *lane, unsigned number)
{
    const struct wrni_trie *ours = wrni_lane_trie(wrni_inline_lane(engine)), *theirs = wrni_lane_trie(lane);
    FUZZ_CHECK(wrni_trie_count(ours) == wrni_trie_count(theirs), "lane-view", "lane %u has %u routes of %u", number,
               wrni_trie_count(theirs), wrni_trie_count(ours));
    for (uint32_t slot = 0; slot < engine->limits.peers; slot++) {
        for (uint32_t node = wrni_trie_first(ours, slot); node != WRNI_NONE; node = wrni_trie_next(ours, node)) {
            struct wrn_prefix prefix;
            wrni_trie_prefix(ours, node, &prefix);
            FUZZ_CHECK(wrni_trie_exact(theirs, &prefix) == slot, "lane-view", "a route of slot %u is another's in lane %u", slot,
                       number);
        }
    }
}

/* Keys go 540 s after the newest session was derived (P-78): none of them is younger. */
static void compare_births(const struct wrn_engine *engine, const struct wrni_flow *flow, uint32_t slot)
{
    wrn_time            zero_keys = wrni_peer_at(engine, slot)->timers.zero_keys;
    struct wrni_rotation rotation = flow->rotation;
    for (unsigned place = 0; place < WRNI_PLACES && zero_keys != WRN_NEVER; place++) {
        const struct wrni_session *session = wrni_rotation_at(&rotation, (enum wrni_place)place);
        FUZZ_CHECK(!session || session->birth <= zero_keys - 540 * WRN_SECOND, "lane-view", "slot %u: a session of %llu", slot,
                   (unsigned long long)(session ? session->birth : 0));
    }
}

static void compare_flow(const struct wrn_engine *engine, const struct wrn_lane *lane, uint32_t slot)
{
    uint32_t id;
    const struct wrni_flow *ours = wrni_flow_at(engine, slot), *theirs = wrni_lane_find(lane, slot, &id);
    FUZZ_CHECK(theirs && theirs->generation == ours->generation, "lane-view", "slot %u is somebody else", slot);
    FUZZ_CHECK(!ours->generation || wrni_endpoint_same(&ours->endpoint, &theirs->endpoint), "lane-view",
               "slot %u is at port %u, and at %u for its lane", slot, ours->endpoint.port, theirs->endpoint.port);
    FUZZ_CHECK(ours->pinned == theirs->pinned, "lane-view", "slot %u is pinned on one side", slot);
    if (ours->generation)
        compare_births(engine, theirs, slot);
}

void laned_compare(const struct wrn_engine *engine, const struct wrn_lane *lane, unsigned number)
{
    const struct wrn_lane *mirror = wrni_inline_lane(engine);
    FUZZ_CHECK(lane->mtu == mirror->mtu && lane->up == mirror->up, "lane-view", "lane %u: MTU %u of %u, up %d of %d", number,
               lane->mtu, mirror->mtu, lane->up, mirror->up);
    compare_routes(engine, lane, number);
    for (uint32_t slot = number; slot < engine->high; slot += LANED_LANES)
        compare_flow(engine, lane, slot);
}

void laned_left_behind(struct laned *world, const struct wrn_lane *lane, unsigned number)
{
    for (uint32_t slot = number; slot < LANED_SLOTS; slot += LANED_LANES) {
        uint32_t id;
        const struct wrni_flow *flow = wrni_lane_find(lane, slot, &id);
        struct laned_account *account = &world->account[slot];
        if (!flow || !flow->generation || flow->generation != account->generation)
            continue;
        account->rx_bytes -= flow->rx_bytes;
        account->tx_bytes -= flow->tx_bytes;
    }
}

/* What orders held is gone from control (P-161). */
void laned_wiped(const struct wrn_engine *engine)
{
    for (unsigned l = 0; l < LANED_LANES; l++) {
        const struct wrni_ring *ring = wrni_order_ring(engine, l);
        size_t size = (size_t)ring->capacity * ring->item_size, zeros = fuzz_zeros((const uint8_t *)(ring + 1), size);
        FUZZ_CHECK(ring->count || zeros == size, "lane-key", "byte %zu of the orders of lane %u, which were taken", zeros, l);
    }
}

void laned_begun(const struct wrn_engine *engine, const struct wrn_lane *lane, unsigned number)
{
    laned_compare(engine, lane, number);
    FUZZ_CHECK(lane->now == engine->now && lane->outside && lane->number == number, "lane-begin", "lane %u is another", number);
    for (uint32_t slot = number; slot < engine->high; slot += LANED_LANES) {
        uint32_t id;
        const struct wrni_flow *flow = wrni_lane_find(lane, slot, &id);
        const struct wrni_peer *peer = wrni_peer_at(engine, slot);
        FUZZ_CHECK(!flow->generation || (flow->placed == peer->placed && flow->sequence == peer->sequence), "lane-begin",
                   "slot %u knows other orders", slot);
    }
}

bool laned_waits(const struct laned *world, uint32_t slot)
{
    uint32_t id;
    const struct wrni_flow *flow = wrni_lane_find(world->lane[slot % LANED_LANES], slot, &id);
    return flow && flow->queue.count;
}
