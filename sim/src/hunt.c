#include "hunt.h"

#include "base.h"

struct sim_hunt_slot {
    uint64_t word;
    uint32_t number, at; /* of the secret, plus one; where in it the word stands */
};

static uint64_t word_of(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t place_of(const struct sim_hunt *hunt, uint64_t word)
{
    return (word * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (hunt->size - 1);
}

void sim_hunt_add(struct sim_hunt *hunt, const struct sim_hunted *wanted)
{
    static const uint8_t none[SIM_SECRET_BYTES];

    if (memcmp(wanted->bytes, none, sizeof none) == 0 ||
        !sim_vector_room(hunt->memory, &hunt->wanted, sizeof *wanted, hunt->wanted.count + 1))
        return;
    ((struct sim_hunted *)hunt->wanted.data)[hunt->wanted.count++] = *wanted;
}

void sim_hunt_clear(struct sim_hunt *hunt)
{
    hunt->wanted.count = 0;
}

static void enter(struct sim_hunt *hunt, uint64_t word, uint32_t number, uint32_t at)
{
    uint64_t i = place_of(hunt, word);

    if (word == 0)
        return;
    while (hunt->slots[i].number)
        i = (i + 1) & (hunt->size - 1);
    hunt->slots[i] = (struct sim_hunt_slot){word, number + 1, at};
}

static bool prepare(struct sim_hunt *hunt)
{
    const struct sim_hunted *wanted = hunt->wanted.data;
    uint64_t size = hunt->size ? hunt->size : 256;

    while (size < 32 * hunt->wanted.count)
        size *= 2;
    if (size != hunt->size) {
        hunt->slots = sim_take(hunt->memory, (size_t)size * sizeof *hunt->slots);
        hunt->size = hunt->slots ? size : 0;
        if (!hunt->slots)
            return false;
    } else {
        memset(hunt->slots, 0, (size_t)size * sizeof *hunt->slots);
    }
    for (uint32_t i = 0; i < hunt->wanted.count; i++)
        for (uint32_t at = 0; at < 8; at++)
            enter(hunt, word_of(wanted[i].bytes + at), i, at);
    return true;
}

#define LINE 64u

/* Most of an engine's memory is windows that were never used. */
static bool is_empty(const uint8_t *line)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < LINE; i += 8)
        any |= word_of(line + i);
    return any == 0;
}

static const struct sim_hunted *stands_at(const struct sim_hunt *hunt, const uint8_t *memory, size_t size, size_t at)
{
    const struct sim_hunted *wanted = hunt->wanted.data;
    const uint64_t word = word_of(memory + at);

    for (uint64_t i = place_of(hunt, word); hunt->slots[i].number; i = (i + 1) & (hunt->size - 1)) {
        const struct sim_hunt_slot *slot = &hunt->slots[i];

        if (slot->word == word && at >= slot->at && at - slot->at + SIM_SECRET_BYTES <= size &&
            memcmp(memory + at - slot->at, wanted[slot->number - 1].bytes, SIM_SECRET_BYTES) == 0)
            return &wanted[slot->number - 1];
    }
    return NULL;
}

const struct sim_hunted *sim_hunt_find(struct sim_hunt *hunt, const uint8_t *memory, size_t size)
{
    const struct sim_hunted *found = NULL;

    if (hunt->wanted.count == 0 || !prepare(hunt))
        return NULL;
    for (size_t line = 0; line < size; line += LINE) {
        const size_t end = size - line < LINE ? size : line + LINE;

        if (end == line + LINE && is_empty(memory + line))
            continue;
        for (size_t at = line; at + 8 <= end; at += 8)
            if (word_of(memory + at) != 0 && (found = stands_at(hunt, memory, size, at)) != NULL)
                return found;
    }
    return NULL;
}
