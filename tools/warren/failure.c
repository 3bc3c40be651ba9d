#include "failure.h"

#include <stdio.h>
#include <string.h>

#include "load.h"

void find_failure(const struct sim_plan *plan, const struct sim_results *results, struct failure *failure)
{
    memset(failure, 0, sizeof *failure);
    if (results->first.there) {
        const struct sim_violation *first = &results->first;
        const struct sim_invariant *invariant = &results->invariants[first->invariant];
        char time[32];
        sim_scenario_time_text(first->time, time);
        failure->there = true;
        failure->time = first->time;
        snprintf(failure->id, sizeof failure->id, "%.7s", invariant->id);
        snprintf(failure->text, sizeof failure->text, "%s %.120s: at %s%s%.47s: %.160s (bound: %.100s)", invariant->id,
                 invariant->meaning, time, first->node < plan->node_count ? ", node " : "",
                 first->node < plan->node_count ? plan->nodes[first->node].name : "", first->text, invariant->bound);
        return;
    }
    for (size_t i = 0; i < results->expectation_count && !failure->there; i++) {
        if (results->expectations[i].held || plan->expects[i].of_seeds)
            continue;
        failure->there = true;
        failure->expectation = (uint32_t)i;
        snprintf(failure->text, sizeof failure->text, "expectation %.159s: %.159s", results->expectations[i].text,
                 results->expectations[i].measured);
    }
}

struct sim_world *run_to_end(const struct sim_plan *plan, const struct provider *provider, uint32_t queue, bool keep_going,
                             struct sim_results *results, struct sim_message *message)
{
    const struct sim_options options = {
        .crypto = provider->crypto, .crypto_context = provider->context, .queue = queue, .keep_going = keep_going};
    struct sim_world *world = sim_world_create(plan, &options, &heap_host, message);
    if (!world)
        return NULL;
    sim_world_run(world, WRN_NEVER);
    sim_world_results(world, results);
    return world;
}
