/* sweep: axes of many runs. Values stay text: they are put in as --set does when a cell is read, and typed there. */

#include "build.h"

#include <stdio.h>
#include <string.h>

static bool add_text(struct scn_reader *reader, const struct scn_node *node, const char *what, struct scn_array *texts)
{
    if (node->kind != SCN_TEXT || !node->text[0])
        return scn_fail(reader, node, "%s: a single value belongs here; text as --set takes it", what);
    const char *const *all = texts->items;
    for (uint32_t i = 0; i < texts->count; i++)
        if (strcmp(all[i], node->text) == 0)
            return scn_fail(reader, node, "%s: '%.60s' stands there twice; each once", what, node->text);
    const char **text = scn_more(reader, texts, sizeof *text);
    if (text)
        *text = node->text;
    return text != NULL;
}

static bool read_paths(struct scn_build *build, const struct scn_node *node, struct scn_array *paths)
{
    if (node->kind == SCN_MAP)
        return scn_fail(&build->reader, node, "set: a map stands where a path belongs; nodes.NAME.KEY, or a list of such");
    const struct scn_node *one = node->kind == SCN_LIST ? node->first : node;
    for (; one; one = node->kind == SCN_LIST ? one->next : NULL) {
        if (!add_text(&build->reader, one, "set", paths))
            return false;
        if (strcmp(one->text, "seed") == 0 || strncmp(one->text, "sweep", 5) == 0 || strncmp(one->text, "expect", 6) == 0)
            return scn_fail(&build->reader, one,
                            "set: '%.60s' is nothing to vary; seeds by --seeds A..B, else a value of the world", one->text);
        if (!scn_reach(&build->reader, build->root, one, one->text, strlen(one->text), NULL))
            return false;
    }
    return paths->count || scn_fail(&build->reader, node, "set: no path; such as nodes.NAME.KEY");
}

static bool read_axis(struct scn_build *build, struct scn_node *map)
{
    struct scn_axis raw = {0};
    struct scn_array paths = {0}, values = {0};
    char of[80];
    snprintf(of, sizeof of, "axis '%.40s'", map->key);
    if (strlen(map->key) >= SIM_NAME_BYTES || strpbrk(map->key, "/= "))
        return scn_fail_key(&build->reader, map, "'%.60s' is no name for an axis; at most %u characters, no space, / or =",
                            map->key, SIM_NAME_BYTES - 1);
    if (!scn_read_map(&build->reader, map, &scn_section_axis, of, &raw, true, true))
        return false;
    if (!raw.set || !raw.to)
        return scn_fail(&build->reader, map, "%s lacks '%s'; {set: nodes.NAME.KEY, to: [V1, V2]}", of, raw.set ? "to" : "set");
    if (!read_paths(build, raw.set, &paths))
        return false;
    if (raw.to->kind != SCN_LIST || !raw.to->count)
        return scn_fail(&build->reader, raw.to, "to: no list of values; [V1, V2]");
    for (const struct scn_node *value = raw.to->first; value; value = value->next)
        if (!add_text(&build->reader, value, "to", &values))
            return false;
    struct sim_axis *axis = scn_more(&build->reader, &build->axes, sizeof *axis);
    if (axis)
        *axis = (struct sim_axis){map->key, paths.items, values.items, paths.count, values.count};
    return axis != NULL;
}

/* Side by side all lists are of one length; crossed, the cells are their product. */
static bool check_grid(struct scn_build *build, const struct scn_node *sweep)
{
    const struct sim_axis *axes = build->axes.items;
    uint64_t cells = 1;
    for (uint32_t i = 0; i < build->axes.count; i++) {
        if (build->zip && axes[i].value_count != axes[0].value_count)
            return scn_fail(&build->reader, sweep, "zip: '%.40s' has %zu values and '%.40s' %zu; lists of one length",
                            axes[0].name, axes[0].value_count, axes[i].name, axes[i].value_count);
        cells = build->zip ? axes[i].value_count : cells * axes[i].value_count;
        if (cells > SIM_CELLS_MAX)
            return scn_fail(&build->reader, sweep, "a sweep of more than %u cells; fewer values", SIM_CELLS_MAX);
    }
    return true;
}

bool scn_build_sweep(struct scn_build *build)
{
    struct scn_node *sweep = build->top.sweep;
    if (!sweep)
        return true;
    if (sweep->kind != SCN_MAP)
        return scn_fail(&build->reader, sweep, "sweep is no map; NAME: {set: nodes.NAME.KEY, to: [V1, V2]}");
    for (struct scn_node *map = sweep->first; map; map = map->next) {
        if (strcmp(map->key, "zip") == 0) {
            if (map->kind != SCN_TEXT || !scn_read_value(&build->reader, map, scn_section_sweep.keys, map->text, &build->zip))
                return build->reader.failed ? false : scn_fail(&build->reader, map, "zip: true or false");
        } else if (!read_axis(build, map)) {
            return false;
        }
    }
    if (!build->axes.count)
        return scn_fail(&build->reader, sweep, "a sweep without axes; NAME: {set: nodes.NAME.KEY, to: [V1, V2]}");
    return check_grid(build, sweep);
}
