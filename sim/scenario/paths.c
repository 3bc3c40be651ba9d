/* paths: named links, and what their loss means. */

#include "build.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* list(2 3 7): ascending numbers, from 1. */
static bool read_list(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_loss *loss)
{
    uint64_t before = 0;
    loss->kind = SIM_LOSS_LIST;
    loss->first = reader->numbers.count;
    for (text += strlen("list("); *text != ')';) {
        const char *end;
        uint64_t value;
        while (*text == ' ')
            text++;
        if (!scn_decimal(text, &end, 1, &value) || (*end != ' ' && *end != ')') || value <= before)
            return scn_fail(reader, node, "loss: a list of datagram numbers must grow, from 1; such as list(2 3 7)");
        uint64_t *place = scn_more(reader, &reader->numbers, sizeof *place);
        if (!place)
            return false;
        *place = before = value;
        loss->count++;
        for (text = end; *text == ' ';)
            text++;
    }
    if (text[1] || loss->count == 0)
        return scn_fail(reader, node, "loss: a list of datagram numbers must grow, from 1; such as list(2 3 7)");
    return true;
}

bool scn_read_loss(struct scn_reader *reader, const struct scn_node *node, const char *text, struct sim_loss *loss)
{
    struct sim_loss read = {0};
    uint64_t chance, n, m;
    const char *end;
    if (strncmp(text, "gilbert(", 8) == 0)
        return scn_read_gilbert(reader, node, text, loss);
    if (strncmp(text, "list(", 5) == 0) {
        if (!read_list(reader, node, text, &read))
            return false;
    } else if (scn_probability(text, &chance)) {
        read.kind = chance ? SIM_LOSS_CHANCE : SIM_LOSS_NONE;
        read.chance = chance > SIM_CERTAIN ? SIM_CERTAIN : (uint32_t)chance;
    } else if (scn_decimal(text, &end, 1, &n) && strncmp(end, " of ", 4) == 0 && scn_whole(end + 4, &m) && n <= m && m > 0
               && m <= UINT32_MAX && !memchr(text, '.', (size_t)(end - text))) {
        read = (struct sim_loss){.kind = SIM_LOSS_PATTERN, .n = (uint32_t)n, .m = (uint32_t)m};
    } else {
        return scn_fail(reader, node, "loss: '%.100s' is no loss; none, 2%%, 1/10000, 3 of 4, or list(2 3 7)", text);
    }
    *loss = read;
    return true;
}

static const struct scn_node *queue_of(const struct scn_node *map, const struct scn_node *half)
{
    const struct scn_node *queue = half ? scn_child(half, "queue") : NULL;
    return queue ? queue : scn_child(map, "queue");
}

static bool read_path(struct scn_build *build, struct scn_node *map)
{
    struct scn_reader *reader = &build->reader;
    struct scn_path raw = {0};
    struct sim_half ideal = {.late = {SIM_UNIFORM, WRN_MILLISECOND, 20 * WRN_MILLISECOND}};
    struct sim_path read = {.up = ideal, .down = ideal};
    char of[128];
    uint32_t base;
    snprintf(of, sizeof of, "path '%.60s'", map->key);
    if (!scn_name(map->key) || strcmp(map->key, "none") == 0)
        return scn_fail_key(reader, map, "'%.64s' is no name for a path; a letter, then letters, digits, - or _, at most 31",
                            map->key);
    if (!scn_read_map(reader, map, &scn_section_path, of, &raw, false, true))
        return false;
    if (raw.extends) {
        if (!scn_find_path(build, scn_where(map, "extends"), raw.extends, &base))
            return false;
        read = ((const struct sim_path *)build->paths.items)[base];
    }
    memset(read.name, 0, sizeof read.name);
    scn_copy_name(read.name, map->key);
    if (scn_child(map, "mtu"))
        read.mtu = (uint32_t)raw.mtu;
    if (scn_child(map, "larger"))
        read.fragment = raw.larger == 1;
    if (!scn_read_map(reader, map, &scn_section_half, of, &read.up, false, false)
        || !scn_read_map(reader, map, &scn_section_half, of, &read.down, false, false)
        || (raw.up && !scn_read_map(reader, raw.up, &scn_section_half, of, &read.up, false, true))
        || (raw.down && !scn_read_map(reader, raw.down, &scn_section_half, of, &read.down, false, true)))
        return false;
    if (!scn_finish_half(reader, queue_of(map, raw.up), &read.up)
        || !scn_finish_half(reader, queue_of(map, raw.down), &read.down))
        return false;
    struct sim_path *path = scn_more(reader, &build->paths, sizeof *path);
    if (path)
        *path = read;
    return path && scn_remember(build, &build->paths, map->key, build->paths.count - 1);
}

bool scn_build_paths(struct scn_build *build)
{
    struct scn_node *paths = build->top.paths;
    if (paths && paths->kind != SCN_MAP)
        return scn_fail(&build->reader, paths, "paths is no map; NAME: {delay: 45ms, loss: 2%%}");
    for (struct scn_node *map = paths ? paths->first : NULL; map; map = map->next)
        if (!read_path(build, map))
            return false;
    return true;
}

bool scn_ideal_path(struct scn_build *build, uint32_t *path)
{
    static const char name[] = "(ideal)"; /* as no path in a file can be called */
    *path = scn_lookup(build, &build->paths, name);
    if (*path != SIM_NONE)
        return true;
    struct sim_path *made = scn_more(&build->reader, &build->paths, sizeof *made);
    if (!made)
        return false;
    scn_copy_name(made->name, name);
    *path = build->paths.count - 1;
    return scn_remember(build, &build->paths, name, *path);
}

bool scn_find_path(struct scn_build *build, const struct scn_node *node, const char *name, uint32_t *path)
{
    const struct sim_path *paths = build->paths.items;
    const char *names[256];
    char suggestion[400];
    size_t count = 0;
    if (strcmp(name, "none") == 0)
        return scn_ideal_path(build, path);
    *path = scn_lookup(build, &build->paths, name);
    if (*path != SIM_NONE)
        return true;
    for (uint32_t i = 0; i < build->paths.count && count < 255; i++)
        if (paths[i].name[0] != '(')
            names[count++] = paths[i].name;
    names[count] = NULL;
    scn_suggest(suggestion, sizeof suggestion, name, names);
    return scn_fail(&build->reader, node, "unknown path '%.64s'%s", name, count ? suggestion : "; define it in paths, above");
}
