#include "base.h"
#include "parts.h"
#include "warren/inspect.h"

/* What a world tells about itself. */

void sim_world_progress(struct sim_world *world, struct sim_progress *progress)
{
    memset(progress, 0, sizeof *progress);
    progress->now = world->now;
    progress->stop = world->plan->stop;
    progress->events = world->chain.records;
    progress->datagrams = world->datagrams;
    progress->drops = world->drops;
    progress->delivered = world->delivered;
    progress->ties = world->queue.ties;
    progress->pending = world->queue.size;
    progress->violations = world->watch.violated;
    for (uint32_t i = 0; i < world->plan->node_count; i++) {
        const struct sim_place *place = &world->places[i];
        struct wrn_peer_info info;

        for (uint32_t j = world->watch.first_pair[i]; place->running && j < world->watch.first_pair[i + 1]; j++)
            progress->sessions += wrn_peer_info(place->engine, place->handles[j - world->watch.first_pair[i]], &info) == WRN_OK
                                  && info.has_session;
    }
}

static size_t count_drops(struct sim_world *world)
{
    uint64_t reasons[WRN_REASON_COUNT] = {0};
    size_t count = 0;

    for (uint32_t i = 0; i < world->plan->node_count; i++) {
        struct wrn_counters counters;

        sim_place_counters(&world->places[i], &counters);
        for (unsigned r = 0; r < WRN_REASON_COUNT; r++)
            reasons[r] += counters.reasons[r];
        world->places[i].result.handshakes = counters.handshakes;
    }
    for (unsigned i = 0; i < SIM_LOST_KINDS; i++)
        if (world->lost[i] > 0)
            world->drop_results[count++] = (struct sim_count){sim_lost_name(i), world->lost[i]};
    for (unsigned r = 1; r < WRN_REASON_COUNT; r++)
        if (reasons[r] > 0)
            world->drop_results[count++] = (struct sim_count){wrn_reason_name(r), reasons[r]};
    return count;
}

void sim_world_results(struct sim_world *world, struct sim_results *results)
{
    memset(results, 0, sizeof *results);
    results->scenario = world->plan->name;
    results->seed = world->plan->seed;
    results->simulated_ns = world->now;
    results->events = world->chain.records;
    results->datagrams = world->datagrams;
    results->ties = world->queue.ties;
    sim_chain_hash(&world->chain, results->trace_hash);
    sim_chain_hash(&world->control, results->control_hash);
    results->invariants = world->watch.invariants;
    results->invariant_count = SIM_RULES;
    results->violations = world->watch.violated;
    results->first = world->watch.first;
    results->tries = world->watch.tries;
    results->drops = world->drop_results;
    results->drop_count = count_drops(world);
    for (uint32_t i = 0; i < world->plan->node_count; i++) {
        world->node_results[i] = world->places[i].result;
        if (world->places[i].running && world->places[i].engine)
            wrn_digest(world->places[i].engine, WRN_PART_ALL, world->node_results[i].digest);
    }
    results->nodes = world->node_results;
    results->node_count = world->plan->node_count;
    sim_flow_results(world);
    results->flows = world->flow_results;
    results->flow_count = world->plan->flow_count;
    for (uint32_t i = 0; i < world->plan->expect_count; i++) {
        sim_expect_outcome(world, i, &world->outcomes[i]);
        results->unheld += !world->outcomes[i].held && !world->plan->expects[i].of_seeds;
    }
    results->expectations = world->outcomes;
    results->expectation_count = world->plan->expect_count;
    for (size_t i = 0; i < world->mark_count; i++)
        world->mark_results[i].count = sim_mark_hits(world, world->mark_results[i].name);
    results->marks = world->mark_results;
    results->mark_count = world->mark_count;
}
