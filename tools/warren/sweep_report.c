/* The end of a sweep: one line for each cell, and the first runs that failed with the command that repeats them. */

#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 5u /* failed runs */

struct telling {
    FILE *out;
    const struct sweep_request *request;
    const struct grid *grid;
};

/* The claims of all cells are those of the scenario. */
static void print_legend(FILE *out, const struct cell_sum *sum)
{
    for (size_t i = 0; i < sum->tally_count; i++)
        fprintf(out, "  [%zu] %s\n", i + 1, sum->tallies[i].text);
}

static const char *mark_of(const struct tally *tally)
{
    if (!tally->of_seeds || !tally->share.wanted)
        return "";
    enum sim_verdict verdict = sim_share_verdict(&tally->share);
    return verdict == SIM_HELD ? " held" : verdict == SIM_BROKEN ? " BROKEN" : " OPEN";
}

static void print_cell(FILE *out, const struct grid *grid, const struct cell *cell, const struct cell_sum *sum, int width)
{
    const char *name = cell->name + (grid->axis_count ? strlen(grid->scenario) : 0);
    fprintf(out, "%-*s  %6" PRIu64 "  %6" PRIu64, width, name, sum->runs, sum->failed);
    for (size_t i = 0; i < sum->tally_count; i++) {
        char counts[80], text[100];
        tally_text(&sum->tallies[i], counts);
        snprintf(text, sizeof text, "%s%s", counts, mark_of(&sum->tallies[i]));
        fprintf(out, i + 1 < sum->tally_count ? "  %-32s" : "  %s", text);
    }
    fputc('\n', out);
}

static void tell_failure(void *context, uint64_t row, uint64_t world, const char *what)
{
    const struct telling *telling = context;
    const struct grid *grid = telling->grid;
    const struct source *source = &telling->request->source;
    const struct cell *cell = NULL;
    for (size_t i = 0; i < grid->cell_count && !cell; i++)
        cell = grid->cells[i].row == row ? &grid->cells[i] : NULL;
    if (!cell)
        return;
    fprintf(telling->out, "FAILED: %s: %s\nagain: warren run '%s' --seed %" PRIu64, cell->name, what, source->file, world);
    for (size_t i = 0; i < source->with_count; i++)
        fprintf(telling->out, " --with '%s'", source->withs[i]);
    for (size_t i = 0; i < source->set_count; i++)
        fprintf(telling->out, " --set '%s'", source->sets[i]);
    for (size_t i = 0; i < grid->axis_count; i++)
        for (size_t j = 0; j < grid->axes[i].path_count; j++)
            fprintf(telling->out, " --set '%s=%s'", grid->axes[i].paths[j], grid->axes[i].values[cell->values[i]]);
    fputc('\n', telling->out);
}

bool sweep_report(FILE *out, const struct sweep_request *request, const struct grid *grid, struct table *table, uint64_t wall_ns)
{
    struct telling telling = {out, request, grid};
    uint64_t runs = 0, failed = 0, unshown = 0, wall = wall_ns / WRN_MILLISECOND;
    int width = 4;
    for (size_t i = 0; i < grid->cell_count; i++) {
        int length = (int)(strlen(grid->cells[i].name) - (grid->axis_count ? strlen(grid->scenario) : 0));
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < grid->cell_count; i++) {
        struct cell_sum sum;
        table_sum(table, &grid->cells[i], request->first, request->last, &sum);
        if (i == 0 && !request->quiet) {
            fprintf(out,
                    "sweep of '%s': %zu cells, seeds %" PRIu64 "..%" PRIu64
                    "; how often each claim held, with 99%% intervals\n",
                    grid->scenario, grid->cell_count, request->first, request->last);
            print_legend(out, &sum);
            fprintf(out, "%-*s  %6s  %6s", width, "cell", "runs", "failed");
            for (size_t j = 0; j < sum.tally_count; j++)
                fprintf(out, j + 1 < sum.tally_count ? "  [%zu]%-*s" : "  [%zu]", j + 1, j < 9 ? 29 : 28, "");
            fputc('\n', out);
        }
        if (!request->quiet)
            print_cell(out, grid, &grid->cells[i], &sum, width);
        runs += sum.runs;
        failed += sum.failed;
        for (size_t j = 0; j < sum.tally_count; j++)
            unshown += sum.tallies[j].of_seeds && sim_share_verdict(&sum.tallies[j].share) != SIM_HELD;
        cell_sum_free(&sum);
    }
    if (request->quiet)
        return !failed && !unshown;
    if (failed)
        table_failures(table, request->first, request->last, SHOWN, &telling, tell_failure);
    fprintf(out, "%" PRIu64 " runs in the table, %" PRIu64 ".%03" PRIu64 " s: %s", runs, wall / 1000, wall % 1000, request->out);
    if (failed)
        fprintf(out, "; FAILED: %" PRIu64 " runs", failed);
    if (unshown)
        fprintf(out, "; FAILED: %" PRIu64 " claims about seeds are not shown to hold", unshown);
    fputs(failed || unshown ? "\n" : "; held\n", out);
    return !failed && !unshown;
}
