/* Names and what they mean: open addressing in the reader's memory, never walked, so that no order can leak out of it. */

#include "tree.h"

#include <string.h>

static uint32_t hash(const void *space, const char *name)
{
    uint64_t sum = (uint64_t)(uintptr_t)space * UINT64_C(0x9e3779b97f4a7c15);
    for (; *name; name++)
        sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (uint32_t)(sum ^ sum >> 32);
}

static struct scn_slot *place(const struct scn_table *table, const void *space, const char *name)
{
    uint32_t at = hash(space, name) & (table->room - 1);
    while (table->slots[at].name && (table->slots[at].space != space || strcmp(table->slots[at].name, name) != 0))
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

const struct scn_slot *scn_table_find(const struct scn_table *table, const void *space, const char *name)
{
    const struct scn_slot *slot = table->room ? place(table, space, name) : NULL;
    return slot && slot->name ? slot : NULL;
}

bool scn_table_add(struct scn_reader *reader, struct scn_table *table, struct scn_slot slot)
{
    if (2 * (table->count + 1) > table->room) {
        struct scn_table grown = {.room = table->room ? 2 * table->room : 64, .count = table->count};
        grown.slots = scn_alloc(reader, grown.room * sizeof *grown.slots);
        if (!grown.slots)
            return false;
        for (uint32_t i = 0; i < table->room; i++)
            if (table->slots[i].name)
                *place(&grown, table->slots[i].space, table->slots[i].name) = table->slots[i];
        *table = grown;
    }
    struct scn_slot *to = place(table, slot.space, slot.name);
    table->count += to->name == NULL;
    *to = slot;
    return true;
}
