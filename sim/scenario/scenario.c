/* Opening, overriding, building, and the last check. */

#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_scenario {
    struct scn_build  build;
    struct scn_source source;
};

static bool read_top(struct scn_build *build, const struct sim_scenario_options *options)
{
    struct scn_reader *reader = &build->reader;
    struct scn_node *root = build->root;
    if (!root->first || strcmp(root->first->key, "warren") != 0)
        return scn_fail_key(reader, root->first ? root->first : root,
                            "the first key is not 'warren'; warren: 1, the format version");
    if (!scn_compose(reader, root, options))
        return false;
    for (size_t i = 0; i < options->set_count; i++)
        if (!scn_set(reader, root, options->sets[i]))
            return false;
    if (!scn_read_map(reader, root, &scn_section_top, "this scenario", &build->top, true, true))
        return false;
    build->plan.seed = options->has_seed ? options->seed : build->top.seed;
    build->plan.stop = build->top.stop;
    build->plan.epoch_s = build->top.epoch;
    build->plan.crypto = build->top.crypto;
    build->plan.checks = build->top.checks;
    snprintf(build->plan.name, sizeof build->plan.name, "%.150s", build->top.name);
    return true;
}

static void fill_plan(struct scn_build *build)
{
    struct sim_plan *plan = &build->plan;
    plan->paths = build->paths.items;
    plan->path_count = build->paths.count;
    plan->nodes = build->nodes.items;
    plan->node_count = build->nodes.count;
    plan->peers = build->peers.items;
    plan->peer_count = build->peers.count;
    plan->prefixes = build->prefixes.items;
    plan->prefix_count = build->prefixes.count;
    plan->flows = build->flows.items;
    plan->flow_count = build->flows.count;
    plan->events = build->events.items;
    plan->event_count = build->events.count;
    plan->expects = build->expects.items;
    plan->expect_count = build->expects.count;
    plan->pairs = build->pairs.items;
    plan->pair_count = build->pairs.count;
    plan->nats = build->nats.items;
    plan->nat_count = build->nats.count;
    plan->numbers = build->reader.numbers.items;
    plan->number_count = build->reader.numbers.count;
}

static bool build_all(struct scn_build *build, const struct sim_scenario_options *options)
{
    struct sim_message message;
    build->root = scn_parse(&build->reader, build->reader.source);
    if (!build->root || !read_top(build, options))
        return false;
    if (!scn_build_paths(build) || !scn_build_nats(build) || !scn_build_nodes(build) || !scn_build_tunnels(build)
        || !scn_build_traffic(build) || !scn_build_timeline(build) || !scn_build_expect(build)
        || !scn_build_sweep(build))
        return false;
    fill_plan(build);
    if (!sim_plan_check(&build->plan, &message))
        return scn_fail(&build->reader, NULL, "the simulator refuses this world: %s; another value there", message.text);
    return true;
}

struct sim_scenario *sim_scenario_read(const struct sim_scenario_options *options, const char *text, size_t size,
                                       struct sim_scenario_error *error)
{
    struct sim_scenario *scenario = calloc(1, sizeof *scenario);
    memset(error, 0, sizeof *error);
    if (!scenario) {
        snprintf(error->text, sizeof error->text, "%.300s: error: out of memory", options->file);
        error->machine = true;
        return NULL;
    }
    struct scn_reader *reader = &scenario->build.reader;
    reader->error = error;
    reader->source = &scenario->source;
    scenario->source.name = options->file;
    scenario->source.text = scn_copy(reader, text, size);
    scenario->source.size = size;
    bool good = scenario->source.text && build_all(&scenario->build, options);
    if (good)
        return scenario;
    sim_scenario_close(scenario);
    return NULL;
}

struct sim_scenario *sim_scenario_open(const struct sim_scenario_options *options, struct sim_scenario_error *error)
{
    bool standard = strcmp(options->file, "-") == 0;
    FILE *file = standard ? stdin : fopen(options->file, "rb");
    struct sim_scenario *scenario = NULL;
    char *text = malloc(SCN_FILE_BYTES + 1);
    memset(error, 0, sizeof *error);
    if (!file || !text) {
        error->machine = file != NULL;
        snprintf(error->text, sizeof error->text, "%.300s: error: cannot be read: %s; a scenario file", options->file,
                 text ? strerror(errno) : "out of memory");
    } else {
        size_t size = fread(text, 1, SCN_FILE_BYTES + 1, file);
        if (ferror(file))
            snprintf(error->text, sizeof error->text, "%.300s: error: cannot be read: %s; a scenario file", options->file,
                     strerror(errno));
        else
            scenario = sim_scenario_read(options, text, size, error);
    }
    free(text);
    if (file && !standard)
        fclose(file);
    return scenario;
}

void sim_scenario_close(struct sim_scenario *scenario)
{
    if (!scenario)
        return;
    scn_free(&scenario->build.reader);
    free(scenario);
}

const struct sim_plan *sim_scenario_plan(const struct sim_scenario *scenario)
{
    return &scenario->build.plan;
}

const struct sim_always *sim_scenario_always(const struct sim_scenario *scenario, size_t *count)
{
    *count = scenario->build.always.count;
    return scenario->build.always.items;
}

const struct sim_axis *sim_scenario_axes(const struct sim_scenario *scenario, size_t *count, bool *zip)
{
    *count = scenario->build.axes.count;
    *zip = scenario->build.zip;
    return scenario->build.axes.items;
}
