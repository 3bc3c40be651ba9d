/* The cells of a sweep: axes of the scenario and of --vary, crossed or side by side. */

#define _POSIX_C_SOURCE 200809L

#include "sweep.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sim/random.h"

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) {
        fputs("warren sweep: out of memory; a smaller sweep\n", stderr);
        exit(EXIT_MACHINE);
    }
    return memory;
}

static char *copy(const char *text, size_t length)
{
    char *made = room(length + 1, 1);
    memcpy(made, text, length);
    return made;
}

static char **copies(const char *const *texts, size_t count)
{
    char **made = room(count, sizeof *made);
    for (size_t i = 0; i < count; i++)
        made[i] = copy(texts[i], strlen(texts[i]));
    return made;
}

static void forget_values(struct axis *axis)
{
    for (size_t i = 0; i < axis->value_count; i++)
        free(axis->values[i]);
    free(axis->values);
    axis->values = NULL;
    axis->value_count = 0;
}

static void take_axes(const char *name, struct grid *grid, const struct sim_scenario *scenario)
{
    size_t count;
    const struct sim_axis *axes = sim_scenario_axes(scenario, &count, &grid->zip);
    if (count > SWEEP_AXES)
        usage_error(name, "the scenario's sweep has %zu axes; at most %u", count, SWEEP_AXES);
    for (size_t i = 0; i < count; i++)
        grid->axes[grid->axis_count++] = (struct axis){.name = copy(axes[i].name, strlen(axes[i].name)),
                                                       .paths = copies(axes[i].paths, axes[i].path_count),
                                                       .values = copies(axes[i].values, axes[i].value_count),
                                                       .path_count = axes[i].path_count,
                                                       .value_count = axes[i].value_count,
                                                       .from_file = true};
}

/* PATH=V1,V2: new values for the axis that has this path, else a new axis called as the path. */
static void take_vary(const char *name, struct grid *grid, const char *vary)
{
    const char *equals = strchr(vary, '=');
    if (!equals || equals == vary)
        usage_error(name, "--vary %s: no PATH=V1,V2; for example --vary paths.lte.loss=0%%,2%%", vary);
    char *path = copy(vary, (size_t)(equals - vary));
    if (strcmp(path, "seed") == 0 || strncmp(path, "sweep", 5) == 0 || strncmp(path, "expect", 6) == 0)
        usage_error(name, "--vary %s: '%s' is nothing to vary; seeds by --seeds A..B, else a value of the world", vary, path);
    struct axis *axis = NULL;
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].path_count == 1 && strcmp(grid->axes[i].paths[0], path) == 0)
            axis = &grid->axes[i];
    if (axis && !axis->from_file)
        usage_error(name, "--vary %s: '%s' is varied twice; one list", vary, path);
    if (!axis && grid->axis_count == SWEEP_AXES)
        usage_error(name, "more than %u axes; fewer --vary", SWEEP_AXES);
    if (!axis) {
        axis = &grid->axes[grid->axis_count++];
        *axis = (struct axis){.name = copy(path, strlen(path)), .paths = room(1, sizeof *axis->paths), .path_count = 1};
        axis->paths[0] = copy(path, strlen(path));
    }
    free(path);
    forget_values(axis);
    axis->values = room(strlen(equals), sizeof *axis->values);
    for (const char *at = equals + 1;; at++) {
        size_t length = strcspn(at, ",");
        char *value = copy(at, length);
        if (!length)
            usage_error(name, "--vary %s: an empty value; PATH=V1,V2", vary);
        for (size_t i = 0; i < axis->value_count; i++)
            if (strcmp(axis->values[i], value) == 0)
                usage_error(name, "--vary %s: '%s' stands there twice; each once", vary, value);
        axis->values[axis->value_count++] = value;
        at += length;
        if (!*at)
            return;
    }
}

/* A value that is set and varied would be one of the two only. */
static void refuse_both(const char *name, const struct grid *grid, const struct source *source)
{
    for (size_t i = 0; i < grid->axis_count; i++)
        for (size_t j = 0; j < grid->axes[i].path_count; j++)
            for (size_t k = 0; k < source->set_count; k++) {
                size_t length = strlen(grid->axes[i].paths[j]);
                if (strncmp(source->sets[k], grid->axes[i].paths[j], length) == 0 && source->sets[k][length] == '=')
                    usage_error(name, "--set %s: the axis '%s' varies this value; one of them", source->sets[k],
                                grid->axes[i].name);
            }
}

static void count_cells(const char *name, struct grid *grid)
{
    uint64_t cells = 1;
    size_t side = 0, paths = 0;
    for (size_t i = 0; i < grid->axis_count; i++) {
        const struct axis *axis = &grid->axes[i];
        paths += axis->path_count;
        if (paths > SETS_MAX)
            usage_error(name, "all axes together have more than %d paths; fewer", SETS_MAX);
        bool beside = grid->zip && axis->from_file;
        if (beside && side && axis->value_count != side)
            usage_error(name, "the scenario's sweep is zipped, and '%s' has %zu values where others have %zu; as many",
                        axis->name, axis->value_count, side);
        if (!beside || !side)
            cells *= axis->value_count;
        if (beside)
            side = axis->value_count;
        if (cells > SIM_CELLS_MAX)
            usage_error(name, "a sweep of more than %u cells; fewer values", SIM_CELLS_MAX);
    }
    grid->cell_count = (size_t)cells;
    grid->cells = room(grid->cell_count, sizeof *grid->cells);
}

/* The last axis goes fastest; those that go side by side share the place of the first of them. */
static void place_values(struct grid *grid, struct cell *cell, uint64_t number)
{
    size_t side = SIZE_MAX;
    for (size_t i = grid->axis_count; i-- > 0;)
        if (grid->zip && grid->axes[i].from_file)
            side = i;
    for (size_t i = grid->axis_count; i-- > 0;) {
        bool beside = grid->zip && grid->axes[i].from_file;
        if (beside && i != side)
            continue;
        cell->values[i] = (size_t)(number % grid->axes[i].value_count);
        number /= grid->axes[i].value_count;
    }
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->zip && grid->axes[i].from_file)
            cell->values[i] = cell->values[side];
}

static void name_cell(const struct grid *grid, struct cell *cell)
{
    size_t size = strlen(grid->scenario) + 1, at;
    for (size_t i = 0; i < grid->axis_count; i++)
        size += strlen(grid->axes[i].name) + strlen(grid->axes[i].values[cell->values[i]]) + 2;
    cell->name = room(size, 1);
    at = (size_t)snprintf(cell->name, size, "%s", grid->scenario);
    for (size_t i = 0; i < grid->axis_count; i++)
        at += (size_t)snprintf(cell->name + at, size - at, "/%s=%s", grid->axes[i].name, grid->axes[i].values[cell->values[i]]);
}

uint64_t cell_seed(const struct grid *grid, const struct cell *cell, uint64_t seed)
{
    struct sim_stream stream;
    if (!grid->axis_count)
        return seed; /* the only cell is the scenario itself */
    sim_stream_init(&stream, seed, "sweep", cell->name + strlen(grid->scenario));
    return sim_value(&stream, 0) >> 1;
}

/* Texts PATH=VALUE for a cell; their number. */
static size_t cell_sets(const struct grid *grid, const struct cell *cell, char **sets)
{
    size_t count = 0;
    for (size_t i = 0; i < grid->axis_count; i++) {
        const struct axis *axis = &grid->axes[i];
        const char *value = axis->values[cell->values[i]];
        for (size_t j = 0; j < axis->path_count; j++) {
            size_t size = strlen(axis->paths[j]) + strlen(value) + 2;
            sets[count] = room(size, 1);
            snprintf(sets[count++], size, "%s=%s", axis->paths[j], value);
        }
    }
    return count;
}

static struct sim_scenario *read_with_seed(const struct grid *grid, const struct sweep_request *request, const struct text *text,
                                           const struct cell *cell, uint64_t seed, struct sim_scenario_error *error)
{
    char *sets[SETS_MAX] = {0};
    size_t count = cell_sets(grid, cell, sets);
    struct sim_scenario *scenario = read_scenario(&request->source, text, seed, (const char *const *)sets, count, error);
    for (size_t i = 0; i < count; i++)
        free(sets[i]);
    return scenario;
}

struct sim_scenario *grid_read(const struct grid *grid, const struct sweep_request *request, const struct text *text,
                               const struct cell *cell, uint64_t seed, struct sim_scenario_error *error)
{
    return read_with_seed(grid, request, text, cell, cell_seed(grid, cell, seed), error);
}

/* Everything that a run depends on but its seed; expectations by the scenario's order. */
static void digest_plan(const struct sim_scenario *scenario, uint8_t digest[32])
{
    const struct sim_plan *plan = sim_scenario_plan(scenario);
    size_t size = sim_plan_encode(plan, NULL, 0), count;
    uint8_t *bytes = room(size, 1);
    const struct sim_always *always = sim_scenario_always(scenario, &count);
    crypto_generichash_state state;
    sim_plan_encode(plan, bytes, size);
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, bytes, size);
    for (size_t i = 0; i < count; i++)
        crypto_generichash_update(&state, (const uint8_t *)always[i].text, strlen(always[i].text) + 1);
    crypto_generichash_final(&state, digest, 32);
    free(bytes);
}

/* An override of a cell that was refused: named as what it is. */
_Noreturn static void refuse_cell(const struct grid *grid, const struct sweep_request *request, const struct cell *cell,
                                  const struct sim_scenario_error *error)
{
    struct sim_scenario_error named = *error;
    const char *text = error->text, *rest = strncmp(text, "--set ", 6) == 0 ? text + 6 : NULL;
    for (size_t i = 0; rest && i < grid->axis_count; i++)
        for (size_t j = 0; j < grid->axes[i].path_count; j++) {
            size_t length = strlen(grid->axes[i].paths[j]);
            if (strncmp(rest, grid->axes[i].paths[j], length) != 0 || rest[length] != '=')
                continue;
            if (grid->axes[i].from_file)
                snprintf(named.text, sizeof named.text, "%s: axis '%s': %.700s", request->source.file, grid->axes[i].name, rest);
            else
                snprintf(named.text, sizeof named.text, "--vary %.900s", rest);
            refuse_scenario(&named);
        }
    snprintf(named.text, sizeof named.text, "%.700s (in the cell %.200s)", text, cell->name);
    refuse_scenario(&named);
}

void grid_make(const char *name, struct grid *grid, const struct sweep_request *request, const struct text *text)
{
    struct sim_scenario_error error;
    struct sim_scenario *scenario = read_scenario(&request->source, text, 0, NULL, 0, &error);
    if (!scenario)
        refuse_scenario(&error);
    *grid = (struct grid){.axes = room(SWEEP_AXES, sizeof *grid->axes)};
    grid->scenario = copy(sim_scenario_plan(scenario)->name, strlen(sim_scenario_plan(scenario)->name));
    digest_plan(scenario, grid->base);
    take_axes(name, grid, scenario);
    sim_scenario_close(scenario);
    for (size_t i = 0; i < request->vary_count; i++)
        take_vary(name, grid, request->vary[i]);
    refuse_both(name, grid, &request->source);
    count_cells(name, grid);
    for (size_t i = 0; i < grid->cell_count; i++) {
        struct cell *cell = &grid->cells[i];
        place_values(grid, cell, i);
        name_cell(grid, cell);
        scenario = read_with_seed(grid, request, text, cell, 0, &error);
        if (!scenario)
            refuse_cell(grid, request, cell, &error);
        digest_plan(scenario, cell->digest);
        sim_scenario_close(scenario);
    }
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->axis_count; i++) {
        struct axis *axis = &grid->axes[i];
        forget_values(axis);
        for (size_t j = 0; j < axis->path_count; j++)
            free(axis->paths[j]);
        free(axis->paths);
        free(axis->name);
    }
    for (size_t i = 0; i < grid->cell_count; i++)
        free(grid->cells[i].name);
    free(grid->cells);
    free(grid->axes);
    free(grid->scenario);
}
