#include "state.h"

/* Growing is moving: every table into one of the same kind, at least as large (law 5). */

static bool larger_or_equal(const struct wrn_limits *a, const struct wrn_limits *b)
{
    return a->peers >= b->peers && a->prefixes >= b->prefixes && a->window_bits == b->window_bits &&
           a->stage_slots >= b->stage_slots && a->stage_share >= b->stage_share && a->stage_bytes >= b->stage_bytes &&
           a->sources >= b->sources && a->lanes == b->lanes && a->orders >= b->orders;
}

static void move_peers(struct wrn_engine *to, const struct wrn_engine *from)
{
    memcpy(wrni_slot_at(to, 0), wrni_slot_at(from, 0), from->high * sizeof(struct wrni_slot));
    memcpy(wrni_peer_at(to, 0), wrni_peer_at(from, 0), from->high * sizeof(struct wrni_peer));
    for (uint32_t slot = 0; slot < from->high; slot++)
        if (wrni_alive(from, slot))
            wrni_keymap_put(wrni_keymap_of(to), wrni_keys_of(to), slot);
}

static void move_tables(struct wrn_engine *to, const struct wrn_engine *from)
{
    wrni_heap_copy(wrni_heap_of(to), wrni_heap_of(from));
    wrni_list_copy(wrni_due_of(to), wrni_due_of(from));
    wrni_list_copy(wrni_events_of(to), wrni_events_of(from));
    wrni_sources_copy(wrni_sources_of(to), wrni_sources_of(from));
    wrni_lane_copy(wrni_inline_lane(to), wrni_inline_lane(from));
}

static bool overlaps(const void *memory, size_t size, const struct wrn_engine *engine)
{
    uintptr_t a = (uintptr_t)memory, b = (uintptr_t)engine;
    return a < b + engine->size && b < a + size;
}

enum wrn_status wrn_engine_move(struct wrn_engine **engine, void *memory, size_t size, const struct wrn_limits *larger)
{
    struct wrn_engine *from = *engine, *to = memory;
    size_t             needed = wrn_engine_size(larger);

    if (!needed || !larger_or_equal(larger, &from->limits))
        return WRN_BAD_ARGUMENT;
    if (!memory || (uintptr_t)memory % WRNI_ALIGN || size < needed || overlaps(memory, size, from))
        return WRN_BAD_MEMORY;
    for (unsigned i = 0; i < from->limits.lanes && !wrni_inline(from); i++)
        if (wrni_order_ring(from, i)->count)
            return WRN_BUSY;

    memset(to, 0, needed);
    memcpy(to, from, sizeof *to);
    to->limits = *larger;
    (void)wrni_engine_layout(to, larger);
    wrni_engine_start(to, wrni_keymap_of(from)->seed, wrni_sources_of(from)->seed);
    move_peers(to, from);
    move_tables(to, from);
    wrn_engine_wipe(from);
    *engine = to;
    return WRN_OK;
}
