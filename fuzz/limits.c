/*
 * limits: engines and lanes of any limits in memories of any size and place, growing, and calls at the edges of what they take
 * (engine, move, outside, stage, routes, inspect).
 *
 * Input: version 0; ten limits of two bytes (a class and a number); then operations of 4 bytes: what, a, b, c. Memories are as
 * large as they must be and no larger, so that a byte written behind one is seen.
 *
 * Oracles:
 *   limit-size     limits in their ranges have no size, others have one, or larger limits a smaller one
 *   limit-status   init, move or a lane's is granted or refused against the rule
 *   limit-changed  a call that was refused has changed something, or growing has
 *   limit-secret   the memory that was left still holds something
 *   limit-room     a table takes more, or fewer, than its limit says
 *   limit-stage    more is staged than may be, or a packet got another verdict than its length and the stage allow
 *   limit-packet   a packet whose range is nonsense was not refused, or an output is larger than its buffer
 *   limit-name     a name is missing, there twice, or there for what there is not
 *   limit-walk     a walk or a look-up of prefixes goes where nothing is
 *   limit-index    an index is found that is nobody's, or not found
 */
#include "fuzz.h"
#include "crypto.h"
#include "warren/warren.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 9, OPERATIONS = 40, MEMORY_MOST = 1 << 19, ALIGN = 16, PACKET = 2000 };

struct range {
    uint32_t least, most, few;
};

/* In the order of struct wrn_limits. `few`: one more than what is small. */
static const struct range ranges[FIELDS] = {{1, 1u << 20, 5}, {1, 1u << 24, 9},   {128, 65536, 0},
                                            {0, 1u << 24, 5}, {0, UINT32_MAX, 5}, {0, 65535, 600},
                                            {1, 1u << 24, 6}, {1, 64, 4},         {16, 65536, 40}};

static struct {
    struct wrn_engine *engine;
    struct wrn_lane *lane;
    uint8_t *memory, *lane_memory;
    struct wrn_limits limits;
    unsigned number; /* of the lane */
    wrn_time now;
    bool orders; /* some wait, perhaps */
} own;

static uint32_t *field(struct wrn_limits *limits, unsigned at)
{
    uint32_t *fields[FIELDS] = {&limits->peers,       &limits->prefixes,    &limits->window_bits,
                                &limits->stage_slots, &limits->stage_share, &limits->stage_bytes,
                                &limits->sources,     &limits->lanes,       &limits->orders};
    return fields[at];
}

static uint32_t value_of(unsigned at, unsigned class, unsigned number)
{
    const struct range *range = &ranges[at];
    switch (class % 16) {
    case 10:
        return range->least - 1;
    case 11:
        return range->least;
    case 12:
        return range->most;
    case 13:
        return range->most + 1;
    case 14:
        return number * 0x01010101u;
    case 15:
        return UINT32_MAX;
    default:
        return at == 2 ? 128u << number % 3 : range->least + number % range->few;
    }
}

/* By the comments of struct wrn_limits. */
static bool valid(const struct wrn_limits *limits)
{
    struct wrn_limits copy = *limits;
    for (unsigned i = 0; i < FIELDS; i++) {
        uint32_t value = *field(&copy, i);
        if ((i != 8 || limits->lanes > 1) && (value < ranges[i].least || value > ranges[i].most))
            return false;
    }
    for (uint32_t bits = 128; bits <= 65536; bits *= 2)
        if (bits == limits->window_bits)
            return true;
    return false;
}

static size_t judged_size(const struct wrn_limits *limits)
{
    size_t size = wrn_engine_size(limits), lane = wrn_lane_size(limits);
    bool fits = sizeof size > 4 ||
                (limits->peers < 1000 && limits->prefixes < 1000 && limits->stage_slots < 1000 && limits->sources < 1000);
    FUZZ_CHECK(valid(limits) || (!size && !lane), "limit-size", "%zu bytes for limits out of their ranges", size);
    FUZZ_CHECK(!valid(limits) || !fits || (size && lane), "limit-size", "none for limits that are in their ranges");
    return size;
}

/* Memory of a size, exactly; or what must be refused: none, one byte too few, misplaced. Good means that it is neither. */
static uint8_t *memory_of(size_t size, unsigned class, size_t *given, uint8_t **base, bool *good)
{
    *base = malloc(size + ALIGN);
    if (!*base)
        abort();
    memset(*base, 0x3c, size + ALIGN);
    *good = class % 8 > 2;
    *given = class % 8 == 1 ? size - 1 : size;
    return class % 8 == 0 ? NULL : class % 8 == 2 ? *base + 1 + class / 8 % 15 : *base;
}

static void forget(uint8_t **memory)
{
    free(*memory);
    *memory = NULL;
}

static void digest_of(uint8_t out[32])
{
    memset(out, 0, 32);
    if (own.engine)
        wrn_digest(own.engine, WRN_PART_ALL, out);
}

/* Engines. ---------------------------------------------------------------------------------------------------------------------
 */

static void make(const struct wrn_limits *limits, unsigned a, unsigned b)
{
    struct wrn_config config;
    struct wrn_engine *made = NULL;
    uint8_t *base;
    size_t given, size = judged_size(limits);
    bool good;
    wrn_config_default(&config);
    config.limits = *limits;
    config.load_burst = b % 8;
    fuzz_entropy(a, config.entropy);
    if (size > MEMORY_MOST)
        return;
    void *memory = memory_of(size, a, &given, &base, &good);
    wrn_time now = b & 128 ? WRN_NEVER : own.now;
    enum wrn_status right = !size || !config.load_burst ? WRN_BAD_ARGUMENT : good ? WRN_OK : WRN_BAD_MEMORY;
    enum wrn_status status = wrn_engine_init(&made, memory, given, &config, now);
    FUZZ_CHECK(status == right, "limit-status", "init: %s", wrn_status_name(status));
    if (status != WRN_OK) {
        FUZZ_CHECK(!made, "limit-changed", "init gives an engine all the same");
        free(base);
        return;
    }
    forget(&own.memory);
    forget(&own.lane_memory);
    own.lane = NULL;
    own.orders = false;
    own.engine = made;
    own.memory = base;
    own.limits = *limits;
    void *context = NULL;
    wrn_engine_attach(made, &fuzz_watched, b & 64 ? &context : NULL, b >> 5 & 1);
}

static bool grows(const struct wrn_limits *larger)
{
    struct wrn_limits a = *larger, b = own.limits;
    for (unsigned i = 0; i < FIELDS; i++)
        if (*field(&a, i) < *field(&b, i))
            return false;
    return a.window_bits == b.window_bits && a.lanes == b.lanes && valid(larger);
}

/* The limits as they are, one of them changed. */
static struct wrn_limits changed(unsigned which, unsigned class, unsigned number)
{
    struct wrn_limits limits = own.limits;
    uint32_t *at = field(&limits, which % FIELDS);
    *at = class & 16 ? *at + number % 3 : class & 32 ? *at - 1 : value_of(which % FIELDS, class, number);
    if (class & 64)
        limits.peers++, limits.prefixes += 3, limits.stage_slots++;
    return limits;
}

static bool waits(void)
{
    struct wrn_order order;
    bool any = false;
    for (unsigned l = 0; l < own.limits.lanes && own.engine; l++)
        while (wrn_orders(own.engine, l, &order, 1)) {
            any = true;
            if (own.lane && own.number == l)
                wrn_lane_order(own.lane, own.now, &order, 1);
        }
    return any;
}

static void move_engine(unsigned a, unsigned b, unsigned c)
{
    struct wrn_limits limits = changed(a, b, c);
    uint8_t *base, before[32], after[32];
    size_t given, size = judged_size(&limits), old = wrn_engine_size(&own.limits);
    bool good;
    if (size > MEMORY_MOST)
        return;
    FUZZ_CHECK(!size || !grows(&limits) || size >= old, "limit-size", "%zu bytes, and %zu for less", size, old);
    uint8_t *memory = memory_of(size, c, &given, &base, &good);
    if (good && c & 128) { /* into itself */
        memory = own.memory + (c & 64 ? 0 : old & ~(size_t)15) - (c & 64 ? 0 : 16);
        good = false;
    }
    digest_of(before);
    enum wrn_status right = !grows(&limits) ? WRN_BAD_ARGUMENT : good ? WRN_OK : WRN_BAD_MEMORY;
    enum wrn_status status = wrn_engine_move(&own.engine, memory, given, &limits);
    digest_of(after);
    FUZZ_CHECK(!memcmp(before, after, 32), "limit-changed", "move: %s", wrn_status_name(status));
    if (status == WRN_BUSY && right == WRN_OK) {
        FUZZ_CHECK(waits(), "limit-status", "move: busy, and no order waits");
        right = WRN_BUSY;
    }
    FUZZ_CHECK(status == right, "limit-status", "move: %s", wrn_status_name(status));
    if (status != WRN_OK) {
        free(base);
        return;
    }
    for (size_t i = 0; i < old; i++)
        FUZZ_CHECK(!own.memory[i], "limit-secret", "byte %zu of the engine's", i);
    forget(&own.memory);
    forget(&own.lane_memory);
    own.lane = NULL;
    own.memory = base;
    own.limits = limits;
}

/* Lanes. -----------------------------------------------------------------------------------------------------------------------
 */

static void make_lane(unsigned a, unsigned b)
{
    size_t given, size = wrn_lane_size(&own.limits);
    uint8_t *base;
    bool good;
    struct wrn_lane *made = NULL;
    unsigned number = b % 5;
    if (size > MEMORY_MOST)
        return;
    void *memory = memory_of(size, a, &given, &base, &good);
    enum wrn_status right = own.limits.lanes < 2 || number >= own.limits.lanes ? WRN_BAD_ARGUMENT
                            : good                                             ? WRN_OK
                                                                               : WRN_BAD_MEMORY;
    enum wrn_status status = wrn_lane_init(&made, memory, given, own.engine, number);
    if (status == WRN_BUSY && right == WRN_OK) {
        FUZZ_CHECK(waits(), "limit-status", "lane: busy, and no order waits");
        right = WRN_BUSY;
    }
    FUZZ_CHECK(status == right, "limit-status", "lane: %s", wrn_status_name(status));
    if (status != WRN_OK) {
        free(base);
        return;
    }
    forget(&own.lane_memory);
    own.lane = made;
    own.lane_memory = base;
    own.number = number;
    wrn_lane_attach(made, &fuzz_watched, NULL);
}

static void move_lane(unsigned a, unsigned b, unsigned c)
{
    struct wrn_limits limits = changed(a, b, c), as = limits;
    size_t given, size = wrn_lane_size(&limits), old = wrn_lane_size(&own.limits);
    uint8_t *base;
    bool good;
    if (!own.lane || size > MEMORY_MOST)
        return;
    uint8_t *memory = memory_of(size, c, &given, &base, &good);
    if (good && c & 128) {
        memory = own.lane_memory + ((c & 64 ? 0 : old - 16) & ~(size_t)15);
        good = false;
    }
    as.orders = own.limits.orders; /* a lane has neither */
    as.sources = own.limits.sources;
    enum wrn_status right = !valid(&limits) || !grows(&as) ? WRN_BAD_ARGUMENT : good ? WRN_OK : WRN_BAD_MEMORY;
    enum wrn_status status = wrn_lane_move(&own.lane, memory, given, &limits);
    FUZZ_CHECK(status == right, "limit-status", "lane's move: %s", wrn_status_name(status));
    if (status == WRN_OK) { /* the engine has not grown: it makes no order that this lane cannot obey */
        for (size_t i = 0; i < old; i++)
            FUZZ_CHECK(!own.lane_memory[i], "limit-secret", "byte %zu of the lane's", i);
        forget(&own.lane_memory);
        wrn_lane_wipe(own.lane);
        own.lane = NULL;
    }
    free(base);
}

/* Calls. -----------------------------------------------------------------------------------------------------------------------
 */

static void key_of(unsigned number, uint8_t key[32])
{
    fuzz_entropy(500 + number, key);
}

static struct wrn_endpoint somewhere(unsigned class)
{
    struct wrn_endpoint endpoint = {{192, 0, 2, 1}, 5, 4, 0, 0};
    if (class & 1)
        endpoint = (struct wrn_endpoint){{0xfe, class & 2 ? 0x80 : 0xc0, 1}, 5, 6, 0, 7};
    return endpoint;
}

/* Peers and prefixes until there is no room. */
static void fill(unsigned a)
{
    struct wrn_peer peer = {0, 0}, found;
    uint32_t prefixes = 0, peers = 0;
    uint8_t key[32];
    if (own.limits.peers > 12 || own.limits.prefixes > 24)
        return;
    (void)waits();
    (void)wrn_set_up(own.engine, own.now, true);
    (void)waits();
    for (unsigned i = 0; i <= own.limits.peers; i++) {
        struct wrn_peer_change change = {.mask = WRN_CHANGE_ENDPOINT, .endpoint = somewhere(a)};
        key_of(i, key);
        enum wrn_status status = wrn_peer_add(own.engine, own.now, key, &found);
        if (status == WRN_NO_ROOM)
            break;
        FUZZ_CHECK(status == WRN_OK || status == WRN_EXISTS, "limit-room", "a peer: %s", wrn_status_name(status));
        peer = found;
        (void)waits();
        FUZZ_CHECK(wrn_peer_set(own.engine, own.now, peer, &change) == WRN_OK, "limit-room", "its endpoint");
        (void)waits();
        peers++;
    }
    FUZZ_CHECK(peers == own.limits.peers, "limit-room", "%u peers of %u", peers, own.limits.peers);
    for (unsigned i = 0; i <= own.limits.prefixes; i++) {
        struct wrn_prefix prefix = {{10, (uint8_t)i}, 4, 16};
        struct wrn_peer previous = {0, 0};
        enum wrn_status status = wrn_allowed_add(own.engine, peer, &prefix, a & 4 ? &previous : NULL);
        prefixes += status == WRN_OK;
        FUZZ_CHECK(status == WRN_OK || (status == WRN_NO_ROOM && i == own.limits.prefixes), "limit-room", "prefix %u: %s", i,
                   wrn_status_name(status));
        (void)waits();
    }
    FUZZ_CHECK(prefixes == own.limits.prefixes, "limit-room", "%u prefixes of %u", prefixes, own.limits.prefixes);
}

static void walk(unsigned a, unsigned b)
{
    struct wrn_peer peer = {a % 8u, b % 4u}, owner;
    uint32_t cursor = a;
    struct wrn_prefix prefix = {{10, (uint8_t)b}, (uint8_t)(a & 1 ? 4 : a & 2 ? 6 : 5), (uint8_t)(b + 100)};
    uint8_t address[16] = {10, (uint8_t)b};
    if (wrn_allowed_next(own.engine, peer, &cursor, &prefix))
        FUZZ_CHECK(wrn_allowed_lookup(own.engine, prefix.family, prefix.address, &owner) == WRN_OK, "limit-walk", "cursor %u", a);
    prefix.length = (uint8_t)(b + 100);
    if (prefix.family == 5 || prefix.length > (prefix.family == 4 ? 32 : 128))
        FUZZ_CHECK(wrn_allowed_add(own.engine, peer, &prefix, NULL) != WRN_OK, "limit-walk", "family %u, %u bits", prefix.family,
                   prefix.length);
    FUZZ_CHECK(wrn_allowed_lookup(own.engine, (uint8_t)(a % 8), address, &owner) != WRN_OK || a % 8 == 4 || a % 8 == 6,
               "limit-walk", "family %u", a % 8);
}

static void judge_names(unsigned number)
{
    typedef const char *name_fn(unsigned);
    static name_fn *const names[] = {wrn_reason_name, wrn_verdict_name, wrn_status_name};
    static const unsigned counts[] = {WRN_REASON_COUNT, WRN_VERDICT_COUNT, WRN_STATUS_COUNT};
    for (unsigned i = 0; i < 3; i++) {
        const char *name = names[i](number);
        FUZZ_CHECK(name && (number < counts[i]) == (strcmp(name, "?") != 0), "limit-name", "%u of kind %u", number, i);
        for (unsigned other = 0; other < counts[i]; other++)
            FUZZ_CHECK(other == number || strcmp(name, names[i](other)), "limit-name", "%s is %u and %u", name, other, number);
    }
}

static void send(unsigned a, unsigned b, unsigned c)
{
    uint8_t buffer[PACKET] = {0};
    uint32_t length = 28 + (a << 8 | b) % 1700u;
    struct wrn_packet packet = {.data = buffer, .capacity = PACKET, .offset = WRN_HEADROOM, .length = length};
    struct wrn_counters counters;
    memcpy(buffer + WRN_HEADROOM, (uint8_t[]){0x45, 0, (uint8_t)(length >> 8), (uint8_t)length}, 4);
    memcpy(buffer + WRN_HEADROOM + 16, (uint8_t[]){10, (uint8_t)(c % 4)}, 2);
    if (own.lane)
        wrn_lane_tun_input(own.lane, own.now, &packet, 1);
    else
        wrn_tun_input(own.engine, own.now, &packet, 1);
    if (packet.verdict == WRN_HOLD)
        FUZZ_CHECK(!own.limits.stage_slots || length <= own.limits.stage_bytes, "limit-stage", "%u bytes are held", length);
    if (packet.verdict == WRN_TAKEN)
        FUZZ_CHECK(own.limits.stage_slots && length <= own.limits.stage_bytes, "limit-stage", "%u bytes are taken", length);
    wrn_counters(own.engine, &counters);
    struct wrn_engine_view view;
    wrn_inspect_engine(own.engine, &view);
    FUZZ_CHECK(view.staged <= own.limits.stage_slots, "limit-stage", "%u are staged", view.staged);
}

/* Its range is nonsense: nothing of it is read. */
static void send_nonsense(unsigned a, unsigned b)
{
    uint8_t buffer[64] = {0};
    struct wrn_packet packet = {.data = buffer, .capacity = sizeof buffer, .offset = 16, .length = 20};
    bool tun = a & 1;
    switch (b % 4) {
    case 0:
        packet.data = NULL;
        break;
    case 1:
        packet.offset = 65 + a;
        break;
    case 2:
        packet.length = 49 + a;
        break;
    default:
        packet.length = UINT32_MAX - a;
    }
    if (own.lane && a & 2)
        (tun ? wrn_lane_tun_input : wrn_lane_net_input)(own.lane, own.now, &packet, 1);
    else if (own.limits.lanes == 1 || !tun)
        (tun ? wrn_tun_input : wrn_net_input)(own.engine, own.now, &packet, 1);
    else
        return;
    FUZZ_CHECK(packet.verdict == WRN_DROP && packet.reason == WRN_REASON_ROOM, "limit-packet", "%s, %s",
               wrn_verdict_name(packet.verdict), wrn_reason_name(packet.reason));
}

static void output(unsigned a)
{
    static const uint16_t rooms[] = {0, 15, 31, 32, 147, 148, 256, PACKET};
    uint32_t room = rooms[a % 8];
    uint8_t *buffer = malloc(room + 1u);
    struct wrn_peer peer;
    bool session;
    struct wrn_packet packet = {.data = a & 64 ? NULL : buffer, .capacity = room};
    if (!buffer)
        abort();
    size_t given =
        own.lane && a & 32 ? wrn_lane_net_output(own.lane, own.now, &packet, 1) : wrn_net_output(own.engine, own.now, &packet, 1);
    if (given) {
        FUZZ_CHECK(packet.data && packet.length <= room && packet.offset <= room - packet.length, "limit-packet",
                   "%u bytes into %u", packet.length, room);
        uint32_t index = packet.data[packet.offset + 4] | (uint32_t)packet.data[packet.offset + 5] << 8 |
                         (uint32_t)packet.data[packet.offset + 6] << 16 | (uint32_t)packet.data[packet.offset + 7] << 24;
        if (packet.data[packet.offset] == 1)
            FUZZ_CHECK(wrn_inspect_index(own.engine, index, &peer, &session) == WRN_OK && peer.slot == packet.peer.slot &&
                           !session,
                       "limit-index", "that of an initiation");
        FUZZ_CHECK(wrn_inspect_index(own.engine, ~index, &peer, &session) == WRN_NOT_FOUND, "limit-index", "nobody's");
    }
    free(buffer);
}

static void act(const uint8_t op[4])
{
    uint8_t key[32];
    switch (op[0] % 13) {
    case 0:
        move_engine(op[1], op[2], op[3]);
        break;
    case 1:
        make_lane(op[1], op[2]);
        break;
    case 2:
        move_lane(op[1], op[2], op[3]);
        break;
    case 3:
        fill(op[1]);
        break;
    case 4:
        walk(op[1], op[2]);
        break;
    case 5:
        judge_names(op[1] % 64);
        break;
    case 6:
        send(op[1], op[2], op[3]);
        break;
    case 7:
        send_nonsense(op[1], op[2]);
        break;
    case 8:
        output(op[1]);
        break;
    case 9:
        own.now += op[1] * WRN_SECOND;
        wrn_advance(own.engine, op[2] == 255 ? WRN_NEVER : own.now);
        break;
    case 10:
        key_of(100 + op[1] % 2, key);
        (void)wrn_set_private_key(own.engine, own.now, key);
        break;
    case 11:
        (void)wrn_set_mtu(own.engine, (uint16_t)(op[1] << 8 | op[2]));
        break;
    default: /* no such peer */
        FUZZ_CHECK(wrn_inspect_peer(own.engine, (struct wrn_peer){op[1], op[2] & ~1u}, &(struct wrn_peer_view){0}) == WRN_STALE,
                   "limit-index", "a peer of an even generation");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct wrn_limits limits;
    if (fuzz_u8(&bytes) || !size)
        return 0;
    fuzz_watch_begin();
    memset(&own, 0, sizeof own);
    own.now = WRN_SECOND;
    for (unsigned i = 0; i < FIELDS; i++) {
        unsigned class = fuzz_u8(&bytes);
        *field(&limits, i) = value_of(i, class, fuzz_u8(&bytes));
    }
    unsigned class = fuzz_u8(&bytes);
    make(&limits, class, fuzz_u8(&bytes));
    for (unsigned i = 0; i < OPERATIONS && bytes.left && own.engine; i++) {
        uint8_t op[4];
        fuzz_fill(&bytes, op, sizeof op);
        act(op);
    }
    forget(&own.memory);
    forget(&own.lane_memory);
    return 0;
}
