#include "state.h"

#define PEERS_MAX (1u << 20)
#define PREFIXES_MAX (1u << 24)
#define SLOTS_MAX (1u << 24)

void wrn_limits_default(struct wrn_limits *limits)
{
    *limits = (struct wrn_limits){.peers = 16,
                                  .prefixes = 64,
                                  .window_bits = 8192,
                                  .stage_slots = 128,
                                  .stage_share = 128,
                                  .stage_bytes = 1536,
                                  .sources = 1024,
                                  .lanes = 1,
                                  .orders = 256};
}

void wrn_config_default(struct wrn_config *config)
{
    memset(config, 0, sizeof *config);
    wrn_limits_default(&config->limits);
    config->mtu = 1420;
    config->load_rate = 1000;
    config->load_burst = 1000;
}

static bool within(uint32_t value, uint32_t least, uint32_t most) { return value >= least && value <= most; }

bool wrni_limits_valid(const struct wrn_limits *limits)
{
    uint32_t bits = limits->window_bits;
    return within(limits->peers, 1, PEERS_MAX) && within(limits->prefixes, 1, PREFIXES_MAX) && within(bits, 128, 65536) &&
           !(bits & (bits - 1)) && limits->stage_slots <= SLOTS_MAX && limits->stage_bytes <= 65535 &&
           within(limits->sources, 1, SLOTS_MAX) && within(limits->lanes, 1, WRN_LANES_MAX) &&
           (limits->lanes == 1 || within(limits->orders, 16, 65536));
}

size_t wrni_engine_layout(struct wrn_engine *engine, const struct wrn_limits *limits)
{
    struct wrni_arena arena = {0};
    struct wrn_lane   lane = {0};
    bool              alone = limits->lanes == 1;

    (void)wrni_carve(&arena, 1, sizeof *engine);
    engine->slots_at = wrni_carve(&arena, limits->peers, sizeof(struct wrni_slot));
    engine->peers_at = wrni_carve(&arena, limits->peers, sizeof(struct wrni_peer));
    engine->keymap_at = wrni_carve(&arena, 1, wrni_keymap_size(limits->peers));
    engine->heap_at = wrni_carve(&arena, 1, wrni_heap_size(limits->peers));
    engine->due_at = wrni_carve(&arena, 1, wrni_list_size(limits->peers));
    engine->events_at = wrni_carve(&arena, 1, wrni_list_size(limits->peers));
    engine->sources_at = wrni_carve(&arena, 1, wrni_sources_size(limits->sources));
    engine->ring_size = alone ? 0 : (wrni_ring_size(limits->orders, sizeof(struct wrn_order)) + 15u) & ~(size_t)15u;
    engine->rings_at = wrni_carve(&arena, limits->lanes, engine->ring_size);
    size_t inside = wrni_lane_layout(&lane, limits, 1, alone ? limits->stage_slots : 0);
    engine->lane_at = wrni_carve(&arena, 1, inside);
    engine->size = arena.used;
    return arena.overflow || inside == SIZE_MAX ? SIZE_MAX : arena.used;
}

size_t wrn_engine_size(const struct wrn_limits *limits)
{
    struct wrn_engine engine;
    if (!wrni_limits_valid(limits))
        return 0;
    size_t size = wrni_engine_layout(&engine, limits);
    return size == SIZE_MAX ? 0 : size;
}

/* Every table empty, in a memory that is zero but for the engine's struct. */
void wrni_engine_start(struct wrn_engine *engine, uint64_t map_seed, uint64_t source_seed)
{
    const struct wrn_limits *limits = &engine->limits;
    struct wrn_lane         *lane = wrni_inline_lane(engine);

    wrni_keymap_init(wrni_keymap_of(engine), limits->peers, map_seed);
    wrni_heap_init(wrni_heap_of(engine), limits->peers);
    wrni_list_init(wrni_due_of(engine), limits->peers);
    wrni_list_init(wrni_events_of(engine), limits->peers);
    wrni_sources_init(wrni_sources_of(engine), limits->sources, source_seed);
    for (unsigned i = 0; i < limits->lanes && !wrni_inline(engine); i++)
        wrni_ring_init(wrni_order_ring(engine, i), limits->orders, sizeof(struct wrn_order));
    (void)wrni_lane_layout(lane, limits, 1, wrni_inline(engine) ? limits->stage_slots : 0);
    wrni_lane_start(lane, limits);
}

enum wrn_status wrn_engine_init(struct wrn_engine **engine, void *memory, size_t size, const struct wrn_config *config, wrn_time now)
{
    size_t needed = wrn_engine_size(&config->limits);
    if (!needed || !config->load_burst)
        return WRN_BAD_ARGUMENT;
    if (!memory || (uintptr_t)memory % WRNI_ALIGN || size < needed)
        return WRN_BAD_MEMORY;

    static const uint8_t nobody[32] = {0};
    struct wrni_drbg     root;
    uint8_t              words[32];
    struct wrn_engine   *made = memory;
    memset(made, 0, needed);
    made->limits = config->limits;
    (void)wrni_engine_layout(made, &config->limits);
    wrni_drbg_init(&root, config->entropy, 0, nobody);
    wrni_drbg_bytes(&root, words, sizeof words);
    wrni_drbg_bytes(&root, made->seed, sizeof made->seed);
    wrni_engine_start(made, wrni_load_le64(words), wrni_load_le64(words + 8));
    wrni_gate_init(&made->gate, made->seed, config->load_rate, config->load_burst, now);

    struct wrn_lane *lane = wrni_inline_lane(made);
    lane->key = (struct wrni_index_key){{wrni_load_le32(words + 16), wrni_load_le32(words + 20)}};
    lane->mtu = config->mtu;
    lane->now = made->now = now == WRN_NEVER ? WRN_NEVER - 1 : now; /* a time, like every later one */
    wrni_wipe(&root, sizeof root);
    wrni_wipe(words, sizeof words);
    *engine = made;
    return WRN_OK;
}

void wrn_engine_attach(struct wrn_engine *engine, const struct wrn_crypto *crypto, void *const contexts[], size_t lanes)
{
    engine->crypto = crypto;
    engine->context = contexts && lanes ? contexts[0] : NULL;
    wrni_inline_lane(engine)->crypto = engine->crypto;
    wrni_inline_lane(engine)->context = engine->context;
}

void wrn_engine_limits(const struct wrn_engine *engine, struct wrn_limits *limits) { *limits = engine->limits; }

void wrn_engine_stir(struct wrn_engine *engine, const uint8_t entropy[32])
{
    struct wrni_drbg seed;
    memcpy(seed.key, engine->seed, sizeof seed.key);
    wrni_drbg_stir(&seed, entropy);
    memcpy(engine->seed, seed.key, sizeof seed.key);
    wrni_wipe(&seed, sizeof seed);
    wrni_drbg_stir(&engine->gate.checker.drbg, entropy);
    for (uint32_t slot = 0; slot < engine->high; slot++)
        if (wrni_alive(engine, slot))
            wrni_drbg_stir(&wrni_peer_at(engine, slot)->drbg, entropy);
}

void wrn_engine_wipe(struct wrn_engine *engine) { wrni_wipe(engine, engine->size); }

wrn_time wrni_clock(struct wrn_engine *engine, wrn_time now)
{
    if (now == WRN_NEVER)
        now = WRN_NEVER - 1;
    if (now < engine->now)
        wrni_counters_of(engine)->time_went_back++;
    else
        engine->now = now;
    return engine->now;
}
