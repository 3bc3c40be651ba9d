#include "pair.h"

#include "whole.h"
#include "crypto.h"
#include "model.h"
#include "packets.h"
#include "state.h"
#include "straight.h"
#include "warren/uapi.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 16, STEPS = 64 };

uint8_t pair_secret[PAIR_SECRETS][32], pair_public[PAIR_SECRETS][32];

static _Alignas(16) uint8_t memory[2][2][MEMORY], image[2][MEMORY]; /* of each side two places, and its first state */
static struct pair          first;
static size_t               image_size;
static _Alignas(16) uint8_t before_call[MEMORY], before_packet[MEMORY];

struct wrn_endpoint pair_address(unsigned side)
{
    return (struct wrn_endpoint){{192, 0, 2, (uint8_t)(1 + side)}, 51820, 4, 0, 0};
}

struct wrn_prefix pair_inner(unsigned side) { return (struct wrn_prefix){{10, 0, 0, (uint8_t)(1 + side)}, 4, 32}; }

static struct wrn_config configuration(unsigned side)
{
    struct wrn_config config;
    wrn_config_default(&config);
    config.limits.peers = 3;
    config.limits.prefixes = 6;
    config.limits.window_bits = 128;
    config.limits.stage_slots = 4;
    config.limits.stage_share = 3;
    config.limits.stage_bytes = 512;
    config.limits.sources = 4;
    fuzz_entropy(100 + side, config.entropy);
    return config;
}

static void introduce(struct pair *pair, unsigned side)
{
    struct wrn_engine     *engine = pair->side[side].engine;
    struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = pair_address(!side)};
    struct wrn_prefix      prefix = pair_inner(!side);
    fuzz_setup(wrn_set_private_key(engine, pair->now, pair_secret[side]) == WRN_OK, "key");
    fuzz_setup(wrn_set_up(engine, pair->now, true) == WRN_OK, "up");
    fuzz_setup(wrn_peer_add(engine, pair->now, pair_public[!side], &pair->side[side].other) == WRN_OK, "peer");
    fuzz_setup(wrn_peer_set(engine, pair->now, pair->side[side].other, &change) == WRN_OK, "endpoint");
    fuzz_setup(wrn_allowed_add(engine, pair->side[side].other, &prefix, NULL) == WRN_OK, "allowed");
    pair->side[side].told.mtu = 1420;
    told_wall(&pair->side[side].told, engine, pair->now, 1700000000, 0);
}

static void build(void)
{
    first.now = WRN_SECOND;
    for (unsigned i = 0; i < PAIR_SECRETS; i++) {
        fuzz_entropy(i, pair_secret[i]);
        crypto_scalarmult_base(pair_public[i], pair_secret[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct wrn_config config = configuration(i);
        image_size = wrn_engine_size(&config.limits);
        fuzz_setup(image_size && image_size <= MEMORY, "memory");
        fuzz_setup(wrn_engine_init(&first.side[i].engine, memory[i][0], MEMORY, &config, first.now) == WRN_OK, "init");
        wrn_engine_attach(first.side[i].engine, &fuzz_watched, NULL, 0);
        introduce(&first, i);
        memcpy(image[i], memory[i][0], image_size);
    }
}

void pair_begin(struct pair *pair, uint8_t fill)
{
    fuzz_watch_begin();
    if (!image_size)
        build();
    for (unsigned i = 0; i < 2; i++) {
        memset(memory[i], fill, sizeof memory[i]);
        fuzz_copy(memory[i][0], image[i], image_size);
    }
    memcpy(pair, &first, sizeof *pair);
}

uint32_t pair_staged(const struct wrn_engine *engine)
{
    struct wrn_peer      peer = {UINT32_MAX, 0};
    struct wrn_peer_info info;
    uint32_t             sum = 0;
    while (wrn_peer_next(engine, &peer))
        sum += wrn_peer_info(engine, peer, &info) == WRN_OK ? info.staged : 0;
    return sum;
}

/* What owes a keepalive is on the list of those that owe something. */
static void check_owing(const struct wrn_engine *engine)
{
    const struct wrn_lane *lane = wrni_inline_lane(engine);
    for (uint32_t slot = 0; slot < engine->high; slot++)
        FUZZ_CHECK(!wrni_lane_flow(lane, slot)->keepalive_due || wrni_list_has(wrni_lane_due(lane), slot), "owing",
                   "slot %u owes a keepalive, and nobody knows", slot);
}

void pair_owes_less(const struct pair *pair, unsigned side, uint32_t slot)
{
    const struct wrn_engine *engine = pair->side[side].engine;
    const struct wrn_lane   *lane = wrni_inline_lane(engine);
    if (slot >= engine->high)
        return;
    const struct wrni_flow *flow = wrni_lane_flow(lane, slot);
    FUZZ_CHECK(!wrni_list_has(wrni_lane_due(lane), slot) || flow->queue.count || flow->keepalive_due, "owing",
               "slot %u owes nothing any more, and is woken for it", slot);
}

void pair_check(struct pair *pair, unsigned side)
{
    struct pair_side      *this = &pair->side[side];
    struct wrn_engine_view view;
    struct wrn_counters    counters;
    wrn_inspect_engine(this->engine, &view);
    FUZZ_CHECK(view.newest_now >= this->newest, "time-back", "%llu after %llu", (unsigned long long)view.newest_now,
               (unsigned long long)this->newest);
    this->newest = view.newest_now;
    check_owing(this->engine);
    wrn_counters(this->engine, &counters);
    struct fuzz_sums sums = fuzz_sums(&counters);
    FUZZ_CHECK(sums.tun == this->tun && sums.net == this->net, "conservation", "%llu and %llu verdicts for %llu and %llu packets",
               (unsigned long long)sums.tun, (unsigned long long)sums.net, (unsigned long long)this->tun,
               (unsigned long long)this->net);
    FUZZ_CHECK(view.staged == pair_staged(this->engine), "stage-lost", "%u places of the stage are taken, and %u packets wait",
               view.staged, pair_staged(this->engine));
    FUZZ_CHECK(sums.reasons == sums.drops, "conservation", "%llu reasons for %llu drops", (unsigned long long)sums.reasons,
               (unsigned long long)sums.drops);
}

/* A copy, and later whether that part of the state is as it was in it. A digest costs much more than a copy: where bytes are the
 * same, states are. */
static void keep(const struct wrn_engine *engine, uint8_t copy[MEMORY]) { fuzz_copy(copy, engine, engine->size); }

static bool as_kept(struct wrn_engine *engine, uint8_t copy[MEMORY], unsigned parts)
{
    return fuzz_same(engine, copy, engine->size) || fuzz_same_state(engine, (struct wrn_engine *)(void *)copy, parts);
}

void pair_before(struct pair *pair, unsigned side) { keep(pair->side[side].engine, before_call); }

enum wrn_status pair_after(struct pair *pair, unsigned side, enum wrn_status status)
{
    FUZZ_CHECK(status == WRN_OK || as_kept(pair->side[side].engine, before_call, WRN_PART_ALL), "error-effect",
               "%s, and something has changed", wrn_status_name(status));
    pair_check(pair, side);
    return status;
}

/* The inner packet with this number, as long as it was sent. */
static void inner(uint8_t *to, unsigned side, uint32_t id, uint32_t length)
{
    fuzz_numbered(to, pair_inner(side).address, pair_inner(!side).address, id, length);
}

static void on_road(struct pair *pair, unsigned side, const struct wrn_packet *packet)
{
    struct pair_datagram *place = &pair->road[pair->next++ % PAIR_ROAD];
    place->to = (uint8_t)!side;
    place->from = pair_address(side);
    place->length = packet->length <= PAIR_BYTES ? packet->length : PAIR_BYTES;
    memcpy(place->bytes, packet->data + packet->offset, place->length);
    pair->log = fuzz_log(pair->log, place->bytes, place->length);
}

static void arrived(struct pair *pair, unsigned side, const struct wrn_packet *packet)
{
    struct pair_side *from = &pair->side[!side];
    const uint8_t    *data = packet->data + packet->offset;
    uint8_t           right[PAIR_BYTES];
    struct wrn_peer   owner;
    FUZZ_CHECK(packet->length >= PAIR_INNER, "delivered-unsent", "%u bytes that nobody sent", packet->length);
    uint32_t id = data[20] | (uint32_t)data[21] << 8;
    FUZZ_CHECK(id < from->sent, "delivered-unsent", "number %u of %u", id, from->sent);
    FUZZ_CHECK(!from->delivered[id], "delivered-twice", "number %u", id);
    from->delivered[id] = true;
    inner(right, !side, id, from->length[id]);
    FUZZ_CHECK(packet->length == from->length[id] && !memcmp(data, right, packet->length), "delivered-altered",
               "number %u: %u bytes of %u", id, packet->length, from->length[id]);
    FUZZ_CHECK(wrn_allowed_lookup(pair->side[side].engine, 4, data + 12, &owner) == WRN_OK && owner.slot == packet->peer.slot &&
                   owner.generation == packet->peer.generation, "inner-source", "number %u is of another peer", id);
}

/* Refused before it was known to be a peer's. */
static bool unauthentic(const struct wrn_packet *packet)
{
    return packet->verdict == WRN_DROP && packet->reason >= WRN_REASON_DOWN && packet->reason <= WRN_REASON_REPLAY;
}

/* A pinned endpoint stays, and a response goes there (P-118). Its path may be forgotten. */
static void check_pin(const struct pair *pair, unsigned side, const struct wrn_peer_info *was, const struct wrn_packet *packet)
{
    struct wrn_peer_info info;
    if (!was->pinned || wrn_peer_info(pair->side[side].engine, pair->side[side].other, &info) != WRN_OK)
        return;
    FUZZ_CHECK(info.pinned && fuzz_same_place(&was->endpoint, &info.endpoint), "pinned-moved", "to port %u", info.endpoint.port);
    FUZZ_CHECK(packet->verdict != WRN_SEND || packet->length != 92 || !info.endpoint.family ||
                   packet->peer.slot != pair->side[side].other.slot || fuzz_same_place(&packet->remote, &info.endpoint),
               "pinned-moved", "a response goes to port %u", packet->remote.port);
}

uint8_t pair_net(struct pair *pair, unsigned side, const struct wrn_endpoint *from, const uint8_t *bytes, uint32_t length)
{
    struct wrn_engine *engine = pair->side[side].engine;
    uint8_t           *exact = fuzz_exact(bytes, length), key[32];
    struct wrn_packet  packet = {.data = exact, .capacity = length, .length = length, .remote = *from};
    bool               up = wrn_is_up(engine), known = wrn_public_key(engine, key);
    struct wrn_peer_info was = {.pinned = false};
    wrn_advance(engine, pair->now);
    keep(engine, before_packet);
    (void)wrn_peer_info(engine, pair->side[side].other, &was);
    wrn_net_input(engine, pair->now, &packet, 1);
    check_pin(pair, side, &was, &packet);
    pair->side[side].net++;
    FUZZ_CHECK(!unauthentic(&packet) || fuzz_silent(engine, before_packet) || as_kept(engine, before_packet, WRN_PART_PROTOCOL),
               "refused-effect", "%s, and something has changed", wrn_reason_name(packet.reason));
    FUZZ_CHECK(up || (packet.verdict == WRN_DROP && packet.reason == WRN_REASON_DOWN), "down-talks", "%s (%s)",
               wrn_verdict_name(packet.verdict), wrn_reason_name(packet.reason));
    FUZZ_CHECK(known || packet.verdict != WRN_SEND, "no-identity-talks", "an answer of %u bytes", packet.length);
    if (packet.verdict == WRN_SEND)
        on_road(pair, side, &packet);
    if (packet.verdict == WRN_DELIVER)
        arrived(pair, side, &packet);
    fuzz_free(exact);
    pair_check(pair, side);
    return packet.verdict;
}

uint8_t pair_tun(struct pair *pair, unsigned side, uint32_t length)
{
    struct pair_side *this = &pair->side[side];
    if (this->sent == PAIR_SENT)
        return WRN_DROP;
    length = length < PAIR_INNER ? PAIR_INNER : length > 1400 ? 1400 : length;
    uint32_t          size = WRN_HEADROOM + length + WRN_TAILROOM;
    uint8_t          *buffer = malloc(size);
    struct wrn_packet packet = {.data = buffer, .capacity = size, .offset = WRN_HEADROOM, .length = length};
    if (!buffer)
        abort();
    bool up = wrn_is_up(this->engine);
    this->length[this->sent] = (uint16_t)length;
    inner(buffer + WRN_HEADROOM, side, this->sent++, length);
    wrn_tun_input(this->engine, pair->now, &packet, 1);
    this->tun++;
    FUZZ_CHECK(up || (packet.verdict == WRN_DROP && packet.reason == WRN_REASON_DOWN), "down-talks", "%s (%s)",
               wrn_verdict_name(packet.verdict), wrn_reason_name(packet.reason));
    if (packet.verdict == WRN_SEND) {
        FUZZ_CHECK(packet.length == fuzz_padded(length, this->told.mtu) + 32, "padding", "%u bytes for %u, and the MTU is %u",
                   packet.length, length, this->told.mtu);
        on_road(pair, side, &packet);
    }
    free(buffer);
    pair_check(pair, side);
    return packet.verdict;
}

unsigned pair_output(struct pair *pair, unsigned side, unsigned most)
{
    struct wrn_engine *engine = pair->side[side].engine;
    uint8_t            buffer[PAIR_BYTES], key[32];
    unsigned           given = 0;
    bool               up = wrn_is_up(engine), known = wrn_public_key(engine, key);
    for (; given < most; given++) {
        struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer};
        if (!wrn_net_output(engine, pair->now, &packet, 1))
            break;
        FUZZ_CHECK(up, "down-talks", "%u bytes of output", packet.length);
        uint32_t type = fuzz_get32(packet.data + packet.offset);
        FUZZ_CHECK(type == 4 || (type == 1 && packet.length == FUZZ_INITIATION), "output-strange", "type %u, %u bytes", type,
                   packet.length);
        FUZZ_CHECK(known || packet.data[packet.offset] == 4, "no-identity-talks", "an initiation");
        if (packet.data[packet.offset] == 1)
            told_initiation(&pair->side[side].told, engine, pair->now, packet.peer);
        on_road(pair, side, &packet);
    }
    pair_check(pair, side);
    return given;
}

wrn_time pair_first_timer(const struct wrn_engine *engine)
{
    struct wrn_peer      peer = {UINT32_MAX, 0};
    struct wrn_peer_view view;
    wrn_time             least = WRN_NEVER;
    while (wrn_peer_next(engine, &peer)) {
        if (wrn_inspect_peer(engine, peer, &view) != WRN_OK)
            continue;
        const wrn_time timers[] = {view.retransmit, view.keepalive, view.new_handshake, view.zero_keys, view.persistent};
        for (unsigned i = 0; i < sizeof timers / sizeof timers[0]; i++)
            least = timers[i] < least ? timers[i] : least;
    }
    return least;
}

void pair_settle(struct pair *pair, unsigned side)
{
    struct wrn_engine *engine = pair->side[side].engine;
    struct wrn_event   events[4];
    wrn_advance(engine, pair->now);
    if (pair_output(pair, side, STEPS) == STEPS)
        fuzz_fail("output-endless", "%u messages in one moment", STEPS);
    size_t given;
    do {
        given = wrn_events(engine, events, 4);
        for (size_t i = 0; i < given; i++)
            told_event(&pair->side[side].told, engine, &events[i]);
    } while (given == 4);
    told_all(&pair->side[side].told);
    FUZZ_CHECK(wrn_deadline(engine) > pair->side[side].newest, "deadline-stuck", "nothing is due, and the deadline is now");
    struct wrn_engine_view view;
    wrn_time               least = pair_first_timer(engine);
    wrn_inspect_engine(engine, &view);
    FUZZ_CHECK(view.under_load || least <= pair->side[side].newest || wrn_deadline(engine) == least, "deadline-stuck",
               "at %llu, and the first timer is at %llu", (unsigned long long)wrn_deadline(engine), (unsigned long long)least);
}

void pair_deliver(struct pair *pair, unsigned place)
{
    struct pair_datagram *datagram = &pair->road[place % PAIR_ROAD];
    uint32_t              length = datagram->length;
    datagram->length = 0;
    if (length)
        pair_net(pair, datagram->to, &datagram->from, datagram->bytes, length);
}

/* Until just before its deadline nothing happens; then it may. */
static void wait_for(struct pair *pair, unsigned side, wrn_time until)
{
    struct wrn_engine *engine = pair->side[side].engine;
    wrn_time           deadline = wrn_deadline(engine), quiet = deadline > until ? until : deadline - 1;
    if (quiet <= pair->side[side].newest)
        return;
    keep(engine, before_packet);
    wrn_advance(engine, quiet);
    ((struct wrn_engine *)(void *)before_packet)->now = engine->now; /* time is no happening */
    FUZZ_CHECK(as_kept(engine, before_packet, WRN_PART_PROTOCOL), "before-deadline", "at %llu, and the deadline was %llu",
               (unsigned long long)quiet, (unsigned long long)deadline);
    pair_check(pair, side);
}

void pair_wait(struct pair *pair, wrn_time time)
{
    wrn_time until = time > WRN_NEVER - 2 - pair->now ? WRN_NEVER - 2 : pair->now + time;
    for (unsigned i = 0; i < 2; i++)
        wait_for(pair, i, until);
    pair->now = until;
    for (unsigned i = 0; i < 2; i++) {
        wrn_advance(pair->side[i].engine, pair->now);
        pair_check(pair, i);
    }
}

/* Free places of the stage that can be found. */
static uint32_t stage_room(const struct wrn_engine *engine)
{
    static _Alignas(16) uint8_t twin[MEMORY];
    static uint8_t              packet[PAIR_INNER];
    struct wrni_queue           queue = {0};
    uint32_t                    room = 0;
    fuzz_copy(twin, engine, engine->size);
    struct wrni_stage *stage = wrni_lane_stage(wrni_inline_lane((struct wrn_engine *)(void *)twin));
    stage->share = UINT32_MAX;
    for (uint32_t count = stage->used; count < stage->slots; count++, room++)
        if (wrni_stage_put(stage, &queue, packet, sizeof packet, 0) != WRNI_STAGED)
            break;
    return room;
}

static uint8_t *other_place(struct pair *pair, unsigned side)
{
    return (uint8_t *)pair->side[side].engine == memory[side][0] ? memory[side][1] : memory[side][0];
}

void pair_move(struct pair *pair, unsigned side, bool grow)
{
    struct pair_side *this = &pair->side[side];
    uint8_t          *old = (uint8_t *)this->engine, *place = other_place(pair, side), before[32], after[32];
    struct wrn_limits limits;
    wrn_engine_limits(this->engine, &limits);
    size_t size = wrn_engine_size(&limits);
    struct wrn_engine_view is, was;
    wrn_time deadline = wrn_deadline(this->engine);
    uint32_t room = stage_room(this->engine);
    wrn_inspect_engine(this->engine, &was);
    wrn_digest(this->engine, WRN_PART_ALL, before);
    if (grow) {
        limits.peers++;
        limits.prefixes += 2;
        limits.stage_slots++;
        limits.sources += 3;
        if (wrn_engine_size(&limits) > MEMORY)
            return;
        FUZZ_CHECK(wrn_engine_move(&this->engine, place, MEMORY, &limits) == WRN_OK, "moved-refused", "into a larger memory");
        size_t zeros = fuzz_zeros(old, size);
        FUZZ_CHECK(zeros == size, "moved-leaves", "byte %zu of the old memory", zeros);
    } else {
        memcpy(place, old, size);
        memset(old, 0x5a, size);
        this->engine = (struct wrn_engine *)(void *)place;
        wrn_engine_attach(this->engine, &fuzz_watched, NULL, 0);
    }
    wrn_digest(this->engine, WRN_PART_ALL, after);
    wrn_inspect_engine(this->engine, &is);
    FUZZ_CHECK(!memcmp(before, after, 32) && !memcmp(&is, &was, sizeof is), "moved-changed", "%s", grow ? "growing" : "copying");
    FUZZ_CHECK(wrn_deadline(this->engine) == deadline, "moved-changed", "the deadline was %llu", (unsigned long long)deadline);
    FUZZ_CHECK(stage_room(this->engine) == room + grow, "moved-changed", "%u free places of the stage were %u",
               stage_room(this->engine), room);
}

/* A line of a get, if it has this name. */
static void check_line(const char *line, const char *name, uint64_t right)
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) || line[length] != '=')
        return;
    FUZZ_CHECK(strtoull(line + length + 1, NULL, 10) == right, "get-differs", "%.60s, not %llu", line,
               (unsigned long long)right);
}

/* What a get of the text protocol tells of peers is what is so (P-145, P-159). */
static void check_get(const struct wrn_engine *engine, uint32_t peers)
{
    static char          text[MEMORY];
    struct wrn_uapi_get  get = {0};
    struct wrn_peer_info info = {0};
    struct wrn_peer      peer;
    size_t               length = 0, written;
    do {
        FUZZ_CHECK(wrn_uapi_get(engine, &get, text + length, sizeof text - 1 - length, &written) == WRN_OK, "get-differs",
                   "refused");
        length += written;
    } while (written);
    text[length] = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        uint8_t key[32];
        size_t  read;
        if (!strncmp(line, "public_key=", 11)) {
            FUZZ_CHECK(peers-- && !sodium_hex2bin(key, 32, line + 11, 64, NULL, &read, NULL) &&
                           wrn_peer_find(engine, key, &peer) == WRN_OK && wrn_peer_info(engine, peer, &info) == WRN_OK,
                       "get-differs", "%.80s is no peer", line);
        }
        check_line(line, "tx_bytes", info.tx_bytes);
        check_line(line, "rx_bytes", info.rx_bytes);
        check_line(line, "last_handshake_time_sec", info.handshake_seconds);
        check_line(line, "last_handshake_time_nsec", info.handshake_nanoseconds);
        check_line(line, "persistent_keepalive_interval", info.keepalive_s);
    }
    FUZZ_CHECK(!peers, "get-differs", "%u peers are not told of", peers);
}

void pair_walk(struct pair *pair, unsigned side)
{
    const struct wrn_engine *engine = pair->side[side].engine;
    struct wrn_engine_view   view;
    struct wrn_peer          peer = {UINT32_MAX, 0}, owner;
    uint32_t                 prefixes = 0, peers = 0;
    for (; wrn_peer_next(engine, &peer); peers++) {
        struct wrn_prefix prefix;
        uint32_t          cursor = 0;
        for (; wrn_allowed_next(engine, peer, &cursor, &prefix) && prefixes < 64; prefixes++)
            FUZZ_CHECK(wrn_allowed_lookup(engine, prefix.family, prefix.address, &owner) == WRN_OK, "walk",
                       "a prefix holds not even itself");
    }
    wrn_inspect_engine(engine, &view);
    FUZZ_CHECK(peers == view.peers && prefixes == view.prefixes, "walk", "%u peers and %u prefixes of %u and %u", peers, prefixes,
               view.peers, view.prefixes);
    check_get(engine, peers);
}
