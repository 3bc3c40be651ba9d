#include "talk.h"

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Lanes with their orders handled at once are one lane (law 8); their life, their refusals, and what waits when rings are full. */

static jmp_buf     panicked;
static const char *panic_said;

_Noreturn void wrn_panic(const char *what, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!panic_said)
        abort();
    panic_said = what;
    longjmp(panicked, 1);
}

/* Conversations. ------------------------------------------------------------------------------------------------------------- */

static void compare(uint64_t first, uint64_t last, unsigned steps, size_t *said)
{
    static const unsigned lanes[] = {2, 3, 8};
    for (uint64_t seed = first; seed < last; seed++) {
        struct talk *one = talk_new(seed, 1, 0);
        talk_run(one, steps);
        lanes_check_counters(&one->server);
        for (unsigned i = 0; i < 3; i++) {
            struct talk *many = talk_new(seed, lanes[i], 0);
            talk_run(many, steps);
            talk_same(one, many);
            lanes_check_counters(&many->server);
            lanes_check_views(&many->server);
            assert_int_equal(many->refused, 0);
            talk_free(many);
        }
        *said += one->delivereds;
        talk_free(one);
    }
}

static void law6_law8_k_lanes_deliver_what_one_does(void **state)
{
    size_t said = 0;
    (void)state;
    compare(1, 24, 300, &said);
    assert_true(said > 1000);
}

static struct wrn_limits twice(const struct wrn_limits *limits)
{
    struct wrn_limits larger = *limits;
    larger.peers *= 2;
    larger.prefixes *= 2;
    larger.stage_slots *= 2;
    larger.stage_bytes *= 2;
    larger.sources *= 2;
    larger.orders *= 2;
    return larger;
}

static void law5_law8_growing_and_copying_change_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 112; seed++) {
        struct talk *one = talk_new(seed, 1, 0), *many = talk_new(seed, 3, 0);
        for (unsigned round = 0; round < 3; round++) {
            struct wrn_limits larger = twice(&many->server.config.limits);
            talk_run(one, 60);
            talk_run(many, 60);
            lanes_grow(&many->server, &larger);
            talk_run(one, 60);
            talk_run(many, 60);
            lanes_copy(&many->server);
        }
        talk_same(one, many);
        lanes_check_views(&many->server);
        talk_free(one);
        talk_free(many);
    }
}

/* Life. ---------------------------------------------------------------------------------------------------------------------- */

static void *aligned(size_t size)
{
    void *memory = aligned_alloc(16, (size + 31) & ~(size_t)15);
    assert_non_null(memory);
    return memory;
}

static bool zero(const void *memory, size_t size)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static void lane_init_refuses(void **state)
{
    struct talk       *one = talk_new(1, 1, 0), *talk = talk_new(1, 2, 0);
    struct wrn_limits  bad = talk->server.config.limits;
    struct wrn_engine *engine = talk->server.engine;
    size_t             size = wrn_lane_size(&bad);
    uint8_t           *memory = aligned(size);
    struct wrn_lane   *lane = NULL;
    (void)state;
    assert_int_equal(wrn_lane_init(&lane, memory, size, one->server.engine, 0), WRN_BAD_ARGUMENT);
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 2), WRN_BAD_ARGUMENT);
    assert_int_equal(wrn_lane_init(&lane, NULL, size, engine, 0), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_init(&lane, memory + 8, size, engine, 0), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_init(&lane, memory, size - 1, engine, 0), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 1), WRN_OK);
    assert_int_equal(wrn_set_mtu(engine, 1300), WRN_OK);
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 1), WRN_BUSY); /* an order waits */
    lanes_exchange(&talk->server, talk->now);
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 1), WRN_OK);
    (void)talk_say(talk, TALK_CLIENTS, 1, false);
    talk_wait(talk, WRN_SECOND);
    assert_int_equal(talk->client[1].handle.slot, 1);
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 1), WRN_BUSY); /* a session is there */
    assert_int_equal(wrn_lane_init(&lane, memory, size, engine, 0), WRN_OK);
    bad.orders = 15;
    assert_int_equal(wrn_lane_size(&bad), 0);
    free(memory);
    talk_free(one);
    talk_free(talk);
}

static void a_late_lane_knows_what_is_there(void **state)
{
    struct talk *talk = talk_new(2, 2, 0);
    (void)state;
    for (unsigned l = 0; l < 2; l++) { /* both begin anew, with peers, endpoints and routes in place */
        struct lanes_host *host = &talk->server;
        size_t             size = wrn_lane_size(&host->config.limits);
        assert_int_equal(wrn_lane_init(&host->lane[l], host->lane_memory[l], size, host->engine, l), WRN_OK);
        wrn_lane_attach(host->lane[l], &lanes_crypto, &host->recorder[l]);
    }
    lanes_check_views(&talk->server);
    talk->loss_percent = 0;
    uint32_t down = talk_say(talk, TALK_CLIENTS, 1, false);
    talk_wait(talk, 2 * WRN_SECOND);
    talk->client[1].address.port++;
    uint32_t up = talk_say(talk, 1, 1, true);
    talk_wait(talk, 4 * WRN_SECOND);
    assert_int_equal(talk->packet[down].delivered, 1);
    assert_int_equal(talk->packet[up].delivered, 1);
    lanes_check_views(&talk->server); /* roaming is believed, though this lane saw none of the endpoint orders */
    talk_free(talk);
}

static void moves_refuse_what_does_not_fit(void **state)
{
    struct talk       *talk = talk_new(3, 3, 0);
    struct lanes_host *host = &talk->server;
    struct wrn_limits  limits = host->config.limits, larger = twice(&limits);
    size_t             size = wrn_lane_size(&larger), engine_size = wrn_engine_size(&larger);
    uint8_t           *memory = aligned(size), *engine_memory = aligned(engine_size);
    struct wrn_limits  wrong[6];
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        wrong[i] = larger;
    wrong[0].peers = limits.peers - 1;
    wrong[1].prefixes = limits.prefixes - 1;
    wrong[2].lanes = 4;
    wrong[3].window_bits *= 2;
    wrong[4].stage_slots = limits.stage_slots - 1;
    wrong[5].stage_share = limits.stage_share - 1;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(wrn_lane_move(&host->lane[0], memory, size, &wrong[i]), WRN_BAD_ARGUMENT);
        assert_int_equal(wrn_engine_move(&host->engine, engine_memory, engine_size, &wrong[i]), WRN_BAD_ARGUMENT);
    }
    assert_int_equal(wrn_lane_move(&host->lane[0], memory, size - 1, &larger), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_move(&host->lane[0], memory + 8, size, &larger), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_move(&host->lane[0], NULL, size, &larger), WRN_BAD_MEMORY);
    assert_int_equal(wrn_lane_move(&host->lane[0], host->lane_memory[0], size, &larger), WRN_BAD_MEMORY);
    assert_int_equal(wrn_set_mtu(host->engine, 1300), WRN_OK);
    assert_int_equal(wrn_engine_move(&host->engine, engine_memory, engine_size, &larger), WRN_BUSY);
    lanes_exchange(host, talk->now);
    assert_int_equal(wrn_engine_move(&host->engine, engine_memory, engine_size, &larger), WRN_OK);
    assert_int_equal(wrn_lane_move(&host->lane[0], memory, size, &larger), WRN_OK);
    assert_true(zero(host->memory, wrn_engine_size(&limits)));
    assert_true(zero(host->lane_memory[0], wrn_lane_size(&limits)));
    free(host->memory);
    free(host->lane_memory[0]);
    host->memory = engine_memory;
    host->lane_memory[0] = memory;
    talk_free(talk);
}

static bool panics(struct wrn_lane *lane, const struct wrn_order *order)
{
    panic_said = "";
    if (setjmp(panicked) == 0)
        wrn_lane_order(lane, 0, order, 1);
    bool said = !strcmp(panic_said, "the engine has grown: wrn_lane_move comes first");
    panic_said = NULL;
    return said;
}

/* An order that a lane is too small for is the host's mistake. Ignored, it would leave a peer that nobody serves. */
static void an_order_for_a_larger_lane_panics(void **state)
{
    struct talk     *talk = talk_new(10, 2, 0);
    struct wrn_order order = {.kind = WRNI_ORDER_PEER, .slot = talk->server.config.limits.peers};
    (void)state;
    assert_true(panics(talk->server.lane[1], &order));
    order.kind = WRNI_ORDER_PREFIX;
    order.flag = 1;
    order.prefix.family = 4;
    assert_true(panics(talk->server.lane[1], &order));
    talk_free(talk);
}

/* Rings. --------------------------------------------------------------------------------------------------------------------- */

static struct talk_datagram *take_datagram(struct talk *talk, uint8_t type)
{
    for (size_t i = 0; i < talk->flying; i++) {
        struct talk_datagram *datagram = talk->flight[i];
        if (datagram->bytes[0] == type) {
            talk->flight[i] = talk->flight[--talk->flying];
            return datagram;
        }
    }
    fail_msg("no such datagram is on its way");
    return NULL;
}

static struct wrn_packet packet_of(struct talk_datagram *datagram)
{
    return (struct wrn_packet){
        .data = datagram->bytes, .capacity = LANES_BYTES, .length = datagram->length, .remote = datagram->from};
}

/* Until the ring of peer 0's lane has no more room than that. */
static void fill(struct talk *talk, uint32_t room)
{
    const struct wrni_ring *ring = wrni_order_ring(talk->server.engine, 0);
    while (ring->capacity - ring->count > room)
        assert_int_equal(wrn_staged_purge(talk->server.engine, talk->client[0].handle), WRN_OK);
}

static void a_full_ring_says_busy_and_changes_nothing(void **state)
{
    struct talk           *talk = talk_new(4, 2, 0);
    struct wrn_engine     *engine = talk->server.engine;
    struct wrn_peer        peer = talk->client[0].handle, other;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 9};
    struct wrn_prefix      prefix = {.address = {10, 1, 0}, .family = 4, .length = 24};
    uint8_t                key[32] = {9}, before[32], after[32];
    (void)state;
    fill(talk, 0);
    wrn_digest(engine, WRN_PART_ALL, before);
    assert_int_equal(wrn_set_private_key(engine, talk->now, key), WRN_BUSY);
    assert_int_equal(wrn_set_up(engine, talk->now, false), WRN_BUSY);
    assert_int_equal(wrn_set_mtu(engine, 1300), WRN_BUSY);
    assert_int_equal(wrn_forget_sessions(engine, talk->now), WRN_BUSY);
    assert_int_equal(wrn_forget_paths(engine), WRN_BUSY);
    assert_int_equal(wrn_peer_add(engine, talk->now, key, &other), WRN_BUSY);
    assert_int_equal(wrn_peer_remove(engine, talk->now, peer), WRN_BUSY);
    assert_int_equal(wrn_peer_set(engine, talk->now, peer, &change), WRN_BUSY);
    assert_int_equal(wrn_allowed_add(engine, peer, &prefix, NULL), WRN_BUSY);
    assert_int_equal(wrn_allowed_remove(engine, peer, &prefix), WRN_BUSY);
    assert_int_equal(wrn_allowed_replace(engine, peer, &prefix, 1), WRN_BUSY);
    assert_int_equal(wrn_staged_purge(engine, peer), WRN_BUSY);
    wrn_digest(engine, WRN_PART_ALL, after);
    assert_memory_equal(before, after, 32);
    lanes_exchange(&talk->server, talk->now);
    assert_int_equal(wrn_set_mtu(engine, 1300), WRN_OK);
    talk_free(talk);
}

/* What not even an empty ring could hold is no room, not busy: draining would never help. */
static void a_list_longer_than_the_ring_has_no_room(void **state)
{
    struct talk      *talk = talk_new(5, 2, 0);
    struct wrn_limits larger = talk->server.config.limits;
    struct wrn_prefix prefixes[20];
    (void)state;
    larger.prefixes = 40;
    lanes_grow(&talk->server, &larger);
    for (unsigned i = 0; i < 20; i++)
        prefixes[i] = (struct wrn_prefix){.address = {10, 2, (uint8_t)i}, .family = 4, .length = 24};
    assert_int_equal(wrn_allowed_replace(talk->server.engine, talk->client[0].handle, prefixes, 20), WRN_NO_ROOM);
    assert_int_equal(wrn_allowed_replace(talk->server.engine, talk->client[0].handle, prefixes, 15), WRN_OK);
    larger.orders = 64;
    lanes_grow(&talk->server, &larger);
    assert_int_equal(wrn_allowed_replace(talk->server.engine, talk->client[0].handle, prefixes, 20), WRN_OK);
    lanes_exchange(&talk->server, talk->now);
    lanes_check_views(&talk->server);
    talk_free(talk);
}

static void a_full_ring_drops_handshakes_as_lane_busy(void **state)
{
    struct talk *talk = talk_new(6, 2, 0);
    (void)state;
    talk->loss_percent = 0;
    (void)talk_say(talk, 0, 0, true);
    struct talk_datagram *datagram = take_datagram(talk, 1), copy = *datagram;
    fill(talk, 1);
    struct wrn_packet packet = packet_of(datagram);
    wrn_net_input(talk->server.engine, talk->now, &packet, 1);
    talk->server.net[LANES_MAX]++;
    assert_int_equal(packet.verdict, WRN_DROP);
    assert_int_equal(packet.reason, WRN_REASON_LANE_BUSY);
    lanes_exchange(&talk->server, talk->now);
    packet = packet_of(&copy); /* nothing of it was kept: the same initiation is good now (P-46) */
    lanes_net(&talk->server, talk->now, &packet);
    assert_int_equal(packet.verdict, WRN_SEND);
    free(datagram);

    (void)talk_say(talk, TALK_CLIENTS, 1, false); /* and now a response */
    talk_wait(talk, talk->now + 30 * WRN_MILLISECOND);
    datagram = take_datagram(talk, 2);
    copy = *datagram;
    fill(talk, 1);
    assert_int_equal(wrn_staged_purge(talk->server.engine, talk->client[0].handle), WRN_OK);
    packet = packet_of(datagram);
    wrn_net_input(talk->server.engine, talk->now, &packet, 1);
    talk->server.net[LANES_MAX]++;
    assert_int_equal(packet.reason, WRN_REASON_LANE_BUSY);
    lanes_exchange(&talk->server, talk->now);
    packet = packet_of(&copy);
    lanes_net(&talk->server, talk->now, &packet);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    lanes_check_counters(&talk->server);
    free(datagram);
    talk_free(talk);
}

/* P-80: the deadline is exact while orders wait; what is due and has no room stays due, and goes when the ring is drained. */
static void p80_timers_wait_for_room_and_go_on(void **state)
{
    struct talk           *talk = talk_new(7, 2, 0);
    struct wrn_engine     *engine = talk->server.engine;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_KEEPALIVE, .keepalive_s = 30};
    (void)state;
    talk->loss_percent = 0;
    (void)talk_say(talk, TALK_CLIENTS, 1, false);
    talk_wait(talk, 40 * WRN_SECOND);
    assert_int_equal(wrn_peer_set(engine, talk->now, talk->client[1].handle, &change), WRN_OK);
    lanes_pump(&talk->server, talk->now);
    wrn_time due = wrn_deadline(engine);
    assert_true(due > talk->now && due <= talk->now + 30 * WRN_SECOND);
    fill(talk, 0);
    assert_int_equal(wrn_deadline(engine), due); /* waiting orders alone make no haste */
    size_t before = talk->wires;
    wrn_advance(engine, due);
    assert_int_equal(wrn_deadline(engine), due);
    wrn_advance(engine, due + WRN_SECOND);
    assert_int_equal(wrn_deadline(engine), due + WRN_SECOND); /* overdue: now */
    assert_int_equal(talk->wires, before);
    talk->now = due + WRN_SECOND;
    lanes_exchange(&talk->server, talk->now);
    lanes_pump(&talk->server, talk->now);
    assert_int_equal(talk->wires, before + 1);
    assert_true(wrn_deadline(engine) > talk->now);
    talk_free(talk);
}

static bool holds(const void *memory, size_t size, const uint8_t key[32])
{
    for (size_t i = 0; i + 32 <= size; i++)
        if (!memcmp((const uint8_t *)memory + i, key, 32))
            return true;
    return false;
}

static void p60_orders_leave_no_key_behind(void **state)
{
    struct talk       *talk = talk_new(8, 2, 0);
    struct lanes_host *host = &talk->server;
    struct wrn_order   order;
    size_t             size = wrn_engine_size(&host->config.limits), lane_size = wrn_lane_size(&host->config.limits);
    (void)state;
    talk->loss_percent = 0;
    (void)talk_say(talk, 0, 0, true);
    struct talk_datagram *datagram = take_datagram(talk, 1);
    struct wrn_packet     packet = packet_of(datagram);
    wrn_net_input(host->engine, talk->now, &packet, 1);
    assert_int_equal(packet.verdict, WRN_SEND);
    uint8_t key[32] = {0};
    do {
        struct wrni_ring *ring = wrni_order_ring(host->engine, 0);
        assert_true(ring->count > 0);
        bool last = ring->count == 1;
        assert_int_equal(wrn_orders(host->engine, 0, &order, 1), 1);
        wrn_lane_order(host->lane[0], talk->now, &order, 1);
        if (last)
            memcpy(key, order.send_key, 32);
    } while (zero(key, 32));
    assert_false(holds(host->memory, size, key)); /* control forgot it, in the ring too */
    assert_true(holds(host->lane_memory[0], lane_size, key));
    assert_int_equal(wrn_set_up(host->engine, talk->now, false), WRN_OK);
    lanes_exchange(host, talk->now);
    assert_false(holds(host->lane_memory[0], lane_size, key));
    wrn_lane_wipe(host->lane[0]);
    assert_true(zero(host->lane_memory[0], lane_size));
    free(datagram);
    free(host->lane_memory[0]);
    host->lane_memory[0] = NULL;
    talk_free(talk);
}

/* What was staged goes first, and what comes while it waits goes behind it, under ascending nonces. */
static void p83_order_within_a_peer_is_kept(void **state)
{
    struct talk *talk = talk_new(9, 2, 0);
    uint32_t     first[5], second[3];
    (void)state;
    talk->loss_percent = 0;
    for (unsigned i = 0; i < 5; i++)
        first[i] = talk_say(talk, TALK_CLIENTS, 1, false);
    talk_wait(talk, talk->now + 30 * WRN_MILLISECOND);
    struct talk_datagram *datagram = take_datagram(talk, 2);
    struct wrn_packet     packet = packet_of(datagram);
    wrn_net_input(talk->server.engine, talk->now, &packet, 1);
    assert_int_equal(packet.verdict, WRN_TAKEN);
    lanes_exchange(&talk->server, talk->now); /* the session is there, nothing has left yet */
    assert_true(wrn_lane_output_due(talk->server.lane[1]));
    struct wrn_counters counters;
    wrn_lane_counters(talk->server.lane[1], &counters);
    uint64_t taken = counters.tun_verdicts[WRN_TAKEN];
    for (unsigned i = 0; i < 3; i++) {
        second[i] = talk->packets;
        (void)talk_say(talk, TALK_CLIENTS, 1, false);
    }
    wrn_lane_counters(talk->server.lane[1], &counters);
    assert_int_equal(counters.tun_verdicts[WRN_TAKEN], taken + 1); /* its pump let all out; the two after it went directly */
    uint64_t next = 0;
    for (size_t i = 0; i < talk->flying; i++) {
        if (talk->flight[i]->bytes[0] != 4)
            continue;
        assert_int_equal(wrni_load_le64(talk->flight[i]->bytes + 8), next);
        next++;
    }
    assert_int_equal(next, 8);
    talk_wait(talk, talk->now + WRN_SECOND);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(talk->packet[first[i]].delivered, 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(talk->packet[second[i]].delivered, 1);
    free(datagram);
    talk_free(talk);
}

/* A host may give one time to all that it found at once: what came before what decides which timers run. */
static void p76_p77_one_moment_keeps_its_order(void **state)
{
    (void)state;
    for (unsigned lanes = 1; lanes <= 2; lanes++) {
        for (unsigned sent_first = 0; sent_first < 2; sent_first++) {
            struct talk         *talk = talk_new(11, lanes, 0);
            struct wrn_peer_view view;
            uint8_t              buffer[LANES_BYTES] = {0}, *ip = buffer + WRN_HEADROOM;
            talk->loss_percent = 0;
            (void)talk_say(talk, 0, 0, true);
            talk_wait(talk, talk->now + 30 * WRN_SECOND); /* whatever was to be answered is */
            (void)talk_say(talk, 0, 0, true);
            struct talk_datagram *datagram = take_datagram(talk, 4);
            struct wrn_packet     in = packet_of(datagram);
            struct wrn_packet     out = {.data = buffer, .capacity = LANES_BYTES, .offset = WRN_HEADROOM, .length = 60};
            memcpy(ip, (uint8_t[20]){0x45, [3] = 60, [12] = 10, 9, 9, 9, 10, 1, 0, 1}, 20);
            for (unsigned i = 0; i < 2; i++) {
                bool send = i != sent_first;
                if (lanes == 1)
                    (send ? wrn_tun_input : wrn_net_input)(talk->server.engine, talk->now, send ? &out : &in, 1);
                else
                    (send ? wrn_lane_tun_input : wrn_lane_net_input)(talk->server.lane[0], talk->now, send ? &out : &in, 1);
            }
            assert_true(in.verdict == WRN_DELIVER && out.verdict == WRN_SEND);
            lanes_exchange(&talk->server, talk->now);
            assert_int_equal(wrn_inspect_peer(talk->server.engine, talk->client[0].handle, &view), WRN_OK);
            assert_true((view.keepalive == WRN_NEVER) == !sent_first);
            assert_true((view.new_handshake == WRN_NEVER) == sent_first);
            free(datagram);
            talk_free(talk);
        }
    }
}

/* Three packets in one batch, of which the host could not send those in the mask: is the 15 s timer armed? */
static bool watched(unsigned lanes, unsigned unsent)
{
    struct talk         *talk = talk_new(12, lanes, 0);
    struct wrn_peer_view view;
    struct wrn_packet    packets[3];
    uint8_t              buffers[3][LANES_BYTES] = {{0}};
    talk->loss_percent = 0;
    (void)talk_say(talk, 0, 0, true);
    talk_wait(talk, talk->now + 30 * WRN_SECOND);
    for (unsigned i = 0; i < 3; i++) {
        memcpy(buffers[i] + WRN_HEADROOM, (uint8_t[20]){0x45, [3] = 60, [12] = 10, 9, 9, 9, 10, 1, 0, 1}, 20);
        packets[i] = (struct wrn_packet){.data = buffers[i], .capacity = LANES_BYTES, .offset = WRN_HEADROOM, .length = 60};
    }
    if (lanes == 1)
        wrn_tun_input(talk->server.engine, talk->now, packets, 3);
    else
        wrn_lane_tun_input(talk->server.lane[0], talk->now, packets, 3);
    lanes_exchange(&talk->server, talk->now);
    for (unsigned i = 0; i < 3; i++)
        if (unsent >> i & 1u)
            wrn_net_unsent(talk->server.engine, talk->now, &packets[i], 1);
    assert_int_equal(wrn_inspect_peer(talk->server.engine, talk->client[0].handle, &view), WRN_OK);
    talk_free(talk);
    return view.new_handshake != WRN_NEVER;
}

static void p77_p93_of_a_lane_too_data_counts_as_sent_if_any_of_a_batch_was(void **state)
{
    (void)state;
    for (unsigned lanes = 1; lanes <= 2; lanes++)
        for (unsigned unsent = 0; unsent < 8; unsent++) /* section 24, rule 3 */
            assert_int_equal(watched(lanes, unsent), unsent != 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law6_law8_k_lanes_deliver_what_one_does),
        cmocka_unit_test(law5_law8_growing_and_copying_change_nothing),
        cmocka_unit_test(lane_init_refuses),
        cmocka_unit_test(a_late_lane_knows_what_is_there),
        cmocka_unit_test(moves_refuse_what_does_not_fit),
        cmocka_unit_test(an_order_for_a_larger_lane_panics),
        cmocka_unit_test(a_full_ring_says_busy_and_changes_nothing),
        cmocka_unit_test(a_list_longer_than_the_ring_has_no_room),
        cmocka_unit_test(a_full_ring_drops_handshakes_as_lane_busy),
        cmocka_unit_test(p80_timers_wait_for_room_and_go_on),
        cmocka_unit_test(p60_orders_leave_no_key_behind),
        cmocka_unit_test(p83_order_within_a_peer_is_kept),
        cmocka_unit_test(p76_p77_one_moment_keeps_its_order),
        cmocka_unit_test(p77_p93_of_a_lane_too_data_counts_as_sent_if_any_of_a_batch_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
