#include "blake2s.h"
#include "state.h"
#include "warren/inspect.h"

/* The semantic state, walked in fixed order, fixed width, little-endian (law 1). Slots, generations and indices are part of it;
 * limits, layout and addresses are not. */

static void add64(struct wrni_blake2s *hash, uint64_t value)
{
    uint8_t bytes[8];
    wrni_store_le64(bytes, value);
    wrni_blake2s_add(hash, bytes, sizeof bytes);
}

static void add_endpoint(struct wrni_blake2s *hash, const struct wrn_endpoint *endpoint)
{
    wrni_blake2s_add(hash, endpoint->address, 16);
    add64(hash, endpoint->port | (uint64_t)endpoint->family << 16 | (uint64_t)endpoint->host << 32);
}

static void add_timers(struct wrni_blake2s *hash, const struct wrni_timers *timers)
{
    add64(hash, timers->retransmit);
    add64(hash, timers->keepalive);
    add64(hash, timers->new_handshake);
    add64(hash, timers->zero_keys);
    add64(hash, timers->persistent);
    add64(hash, timers->last_initiation);
    add64(hash, timers->data_counter);
    add64(hash, timers->jitter_ns | (uint64_t)timers->persistent_s << 32 | (uint64_t)timers->attempts << 48 |
                    (uint64_t)timers->need_another << 56 | (uint64_t)timers->again << 57 |
                    (uint64_t)timers->yields << 58);
}

static void add_peer(struct wrni_blake2s *hash, const struct wrni_peer *peer)
{
    wrni_blake2s_add(hash, peer->public_key, 32);
    wrni_blake2s_add(hash, peer->preshared_key, 32);
    wrni_blake2s_add(hash, peer->handshake.hash, 32);
    wrni_blake2s_add(hash, peer->handshake.chain, 32);
    wrni_blake2s_add(hash, peer->handshake.ephemeral, 32);
    wrni_blake2s_add(hash, peer->jar.cookie, 16);
    wrni_blake2s_add(hash, peer->jar.mac1, 16);
    add64(hash, peer->jar.cookie_at);
    wrni_blake2s_add(hash, peer->drbg.key, 32);
    add_timers(hash, &peer->timers);
    add64(hash, peer->last_consumed);
    add64(hash, peer->handshake_seconds);
    for (unsigned cell = 0; cell < WRNI_CELLS; cell++)
        add64(hash, peer->indices[cell]);
    wrni_blake2s_add(hash, peer->stamp_sent, 12);
    wrni_blake2s_add(hash, peer->stamp_received, 12);
    add64(hash, peer->handshake_nanoseconds | (uint64_t)peer->due << 32 | (uint64_t)peer->events << 40 |
                    (uint64_t)peer->handshake_cell << 48 | (uint64_t)peer->jar.has_cookie << 56 |
                    (uint64_t)peer->jar.has_mac1 << 57);
    add64(hash, peer->cells_reported | (uint64_t)peer->cells_pending << 8 | (uint64_t)peer->sequence << 16);
}

static void add_session(struct wrni_blake2s *hash, const struct wrn_lane *lane, uint32_t id, enum wrni_place place)
{
    struct wrni_flow          *flow = wrni_lane_flow(lane, id);
    const struct wrni_session *session = wrni_rotation_at(&flow->rotation, place);

    add64(hash, session != NULL);
    if (!session)
        return;
    const struct wrni_window *window = wrni_lane_window(lane, id, wrni_rotation_body(&flow->rotation, session));
    wrni_blake2s_add(hash, session->send_key, 32);
    wrni_blake2s_add(hash, session->receive_key, 32);
    add64(hash, session->sent);
    add64(hash, session->birth);
    add64(hash, session->local_index | (uint64_t)session->remote_index << 32);
    add64(hash, session->cell | (uint64_t)session->initiator << 8 | (uint64_t)session->may_send << 9 |
                    (uint64_t)session->rekey_asked << 10);
    add64(hash, window->next);
    /* Until it has gone round once, what lies beyond the newest counter is empty: a young session costs little. */
    uint32_t words = window->next < lane->window_bits ? (uint32_t)(window->next + 63) / 64 : lane->window_bits / 64;
    for (uint32_t word = 0; word < words; word++)
        add64(hash, window->words[word]);
}

static void add_flow(struct wrni_blake2s *hash, const struct wrn_lane *lane, uint32_t id)
{
    const struct wrni_flow *flow = wrni_lane_flow(lane, id);
    struct wrni_staged      staged;

    add_endpoint(hash, &flow->endpoint);
    add64(hash, flow->rx_bytes);
    add64(hash, flow->tx_bytes);
    add64(hash, flow->flags | (uint64_t)flow->sequence << 32 | (uint64_t)flow->pinned << 40 | (uint64_t)flow->keepalive_due << 41);
    for (unsigned place = 0; place < WRNI_PLACES; place++)
        add_session(hash, lane, id, (enum wrni_place)place);
    uint32_t walk = WRNI_NONE;
    while ((walk = wrni_stage_walk(wrni_lane_stage(lane), &flow->queue, walk, &staged)) != WRNI_NONE) {
        add64(hash, staged.length | (uint64_t)staged.mtu << 32);
        wrni_blake2s_add(hash, staged.data, staged.length);
    }
}

static void add_routes(struct wrni_blake2s *hash, const struct wrni_trie *trie, uint32_t slot)
{
    struct wrn_prefix prefix;
    for (uint32_t node = wrni_trie_first(trie, slot); node != WRNI_NONE; node = wrni_trie_next(trie, node)) {
        wrni_trie_prefix(trie, node, &prefix);
        wrni_blake2s_add(hash, prefix.address, 16);
        add64(hash, prefix.length | (uint64_t)prefix.family << 8);
    }
}

static void add_list(struct wrni_blake2s *hash, const struct wrni_list *list)
{
    add64(hash, list->count);
    for (uint32_t id = wrni_list_first(list); id != WRNI_NONE; id = wrni_list_next(list, id))
        add64(hash, id);
}

static void add_protocol(struct wrni_blake2s *hash, const struct wrn_engine *engine)
{
    const struct wrn_lane *lane = wrni_inline_lane(engine);

    wrni_blake2s_add(hash, engine->identity.secret, 32);
    wrni_blake2s_add(hash, engine->seed, 32);
    wrni_blake2s_add(hash, engine->stamp_floor, 12);
    wrni_blake2s_add(hash, engine->stamp_newest, 12);
    add64(hash, engine->has_wall ? engine->wall_at : WRN_NEVER);
    add64(hash, engine->wall_seconds);
    add64(hash, engine->wall_nanoseconds | (uint64_t)(engine->events & WRN_EVENT_STAMP) << 32);
    add64(hash, lane->mtu | (uint64_t)lane->up << 16 | (uint64_t)engine->identity.present << 17);
    add64(hash, lane->key.words[0] | (uint64_t)lane->key.words[1] << 32);
    for (uint32_t slot = 0; slot < engine->high; slot++) {
        add64(hash, wrni_slot_at(engine, slot)->generation);
        if (!wrni_alive(engine, slot))
            continue;
        add_peer(hash, wrni_peer_at(engine, slot));
        add_flow(hash, lane, slot);
        add_routes(hash, wrni_lane_trie(lane), slot);
    }
    for (uint32_t free = engine->free; free; free = wrni_slot_at(engine, free - 1)->next_free) /* who comes next goes there */
        add64(hash, free);
    add_list(hash, wrni_due_of(engine));
    add_list(hash, wrni_events_of(engine));
    add_list(hash, wrni_lane_due(lane));
}

static void add_account(struct wrni_blake2s *hash, const struct wrn_engine *engine)
{
    const struct wrn_counters *counters = wrni_counters_of(engine);
    const struct wrni_gate    *gate = &engine->gate;

    for (unsigned i = 0; i < WRN_VERDICT_COUNT; i++) {
        add64(hash, counters->tun_verdicts[i]);
        add64(hash, counters->net_verdicts[i]);
    }
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        add64(hash, counters->reasons[i]);
    add64(hash, counters->outputs);
    add64(hash, counters->unsent);
    add64(hash, counters->initiations_sent);
    add64(hash, counters->responses_sent);
    add64(hash, counters->cookies_sent);
    add64(hash, counters->handshakes);
    add64(hash, counters->time_went_back);
    add64(hash, gate->bucket.tokens_ns);
    add64(hash, gate->bucket.last);
    add64(hash, gate->loaded ? gate->loaded_until : WRN_NEVER);
    wrni_blake2s_add(hash, gate->checker.secret, 32);
    wrni_blake2s_add(hash, gate->checker.drbg.key, 32);
    add64(hash, gate->checker.drawn ? gate->checker.born : WRN_NEVER);
    add64(hash, wrni_sources_live(wrni_sources_of(engine), engine->now));
    add64(hash, engine->events & WRN_EVENT_LOAD);
}

void wrn_digest(const struct wrn_engine *engine, unsigned parts, uint8_t digest[32])
{
    struct wrni_blake2s hash;
    wrni_blake2s_init(&hash, 32, NULL, 0);
    if (parts & WRN_PART_CLOCK)
        add64(&hash, engine->now);
    if (parts & WRN_PART_PROTOCOL)
        add_protocol(&hash, engine);
    if (parts & WRN_PART_ACCOUNT)
        add_account(&hash, engine);
    wrni_blake2s_end(&hash, digest);
}
