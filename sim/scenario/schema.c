/* Reading maps by rows: unknown keys, missing keys. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

void *scn_more(struct scn_reader *reader, struct scn_array *array, size_t size)
{
    if (array->count >= SIM_ITEMS_MAX) {
        scn_fail(reader, NULL, "resolves to more than %u items of one kind; fewer nodes or flows", SIM_ITEMS_MAX);
        return NULL;
    }
    if (array->count == array->room) {
        uint32_t room = array->room ? 2 * array->room : 16;
        void *items = scn_alloc(reader, room * size);
        if (!items)
            return NULL;
        if (array->count)
            memcpy(items, array->items, array->count * size);
        array->items = items;
        array->room = room;
    }
    return (char *)array->items + array->count++ * size;
}

bool scn_remember(struct scn_build *build, const struct scn_array *array, const char *name, uint32_t number)
{
    return scn_table_add(&build->reader, &build->names, (struct scn_slot){.space = array, .name = name, .number = number});
}

uint32_t scn_lookup(const struct scn_build *build, const struct scn_array *array, const char *name)
{
    const struct scn_slot *slot = scn_table_find(&build->names, array, name);
    return slot ? slot->number : SIM_NONE;
}

void scn_suggest(char *out, size_t size, const char *text, const char *const *names)
{
    const char *guess = scn_guess(text, names);
    if (guess) {
        snprintf(out, size, "; did you mean '%s'?", guess);
        return;
    }
    size_t length = (size_t)snprintf(out, size, "; one of");
    for (size_t i = 0; names[i] && length < size - 1; i++) {
        int more = snprintf(out + length, size - length, "%s %s", i ? "," : "", names[i]);
        length += more > 0 ? (size_t)more : 0;
    }
    if (length >= size)
        memcpy(out + size - 4, "...", 4);
}

static bool unknown_key(struct scn_reader *reader, const struct scn_node *node, const struct scn_section *section, const char *of)
{
    const char *names[64];
    char suggestion[512];
    size_t count = 0;
    for (const struct scn_key *key = section->keys; key->name && count < 63; key++)
        if (key->type != SCN_T_NOT_BUILT)
            names[count++] = key->name;
    names[count] = NULL;
    scn_suggest(suggestion, sizeof suggestion, node->key, names);
    return scn_fail_key(reader, node, "unknown key '%s' in %s%s", node->key, of, suggestion);
}

static bool read_entry(struct scn_reader *reader, struct scn_node *node, const struct scn_key *key, const char *of, void *out)
{
    if (key->type == SCN_T_NOT_BUILT)
        return scn_fail_key(reader, node, "'%s' in %s is not built yet; leave it out (%s)", key->name, of, key->doc);
    if (key->type == SCN_T_ANY) {
        *(struct scn_node **)((char *)out + key->offset) = node;
        return true;
    }
    if (node->kind != SCN_TEXT)
        return scn_fail(reader, node, "%s: a %s stands where one value belongs; %s", key->name,
                        node->kind == SCN_MAP ? "map" : "list",
                        scn_type_right(key->type)[0] ? scn_type_right(key->type) : key->choices);
    return scn_read_value(reader, node, key, node->text, (char *)out + key->offset);
}

bool scn_read_map(struct scn_reader *reader, struct scn_node *map, const struct scn_section *section, const char *of, void *out,
                  bool defaults, bool strict)
{
    bool empty = map->kind == SCN_TEXT && !map->text[0]; /* "hub:" and nothing behind it: all defaults */
    if (map->kind != SCN_MAP && !empty)
        return scn_fail(reader, map, "%s is a %s; a map of keys and values", of, map->kind == SCN_LIST ? "list" : "single value");
    for (struct scn_node *node = map->first; node; node = node->next) {
        const struct scn_key *key = section->keys;
        while (key->name && strcmp(key->name, node->key) != 0)
            key++;
        if (!key->name && strict)
            return unknown_key(reader, node, section, of);
        if (key->name && (strict || (key->type != SCN_T_ANY && key->type != SCN_T_NOT_BUILT))
            && !read_entry(reader, node, key, of, out))
            return false;
    }
    for (const struct scn_key *key = section->keys; defaults && key->name; key++) {
        if (!key->fallback || scn_child(map, key->name))
            continue;
        if (!key->fallback[0])
            return scn_fail(reader, map, "%s lacks '%s'; %s", of, key->name, key->doc);
        if (!scn_read_value(reader, map, key, key->fallback, (char *)out + key->offset))
            return false;
    }
    return true;
}

bool sim_scenario_time(const char *text, wrn_time *time)
{
    return scn_duration(text, time);
}

/* Hours, minutes and seconds; below a second one unit with what it takes of decimals. */
void sim_scenario_time_text(wrn_time time, char out[32])
{
    uint64_t seconds = time / WRN_SECOND, rest = time % WRN_SECOND;
    int length = 0;
    if (time == 0) {
        snprintf(out, 32, "0s");
        return;
    }
    if (seconds >= 3600)
        length += snprintf(out + length, 32 - (size_t)length, "%lluh", (unsigned long long)(seconds / 3600));
    if (seconds / 60 % 60)
        length += snprintf(out + length, 32 - (size_t)length, "%um", (unsigned)(seconds / 60 % 60));
    if (seconds % 60)
        length += snprintf(out + length, 32 - (size_t)length, "%us", (unsigned)(seconds % 60));
    if (rest && rest % WRN_MILLISECOND == 0)
        snprintf(out + length, 32 - (size_t)length, "%ums", (unsigned)(rest / WRN_MILLISECOND));
    else if (rest && rest % 1000 == 0)
        snprintf(out + length, 32 - (size_t)length, "%uus", (unsigned)(rest / 1000));
    else if (rest)
        snprintf(out + length, 32 - (size_t)length, "%uns", (unsigned)rest);
}
