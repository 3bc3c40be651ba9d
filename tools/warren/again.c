#include "again.h"

#include <stdio.h>
#include <string.h>

#include "load.h"

struct hashes { uint8_t trace[32], control[32]; };

static bool run_once(const struct sim_plan *plan, const struct sim_options *options, wrn_time until, struct hashes *hashes,
                     struct sim_message *message)
{
    struct sim_results results;
    struct sim_world *world = sim_world_create(plan, options, &heap_host, message);
    if (!world)
        return false;
    enum sim_state state = sim_world_run(world, until == plan->stop ? WRN_NEVER : until);
    sim_world_results(world, &results);
    memcpy(hashes->trace, results.trace_hash, 32);
    memcpy(hashes->control, results.control_hash, 32);
    sim_world_end(world);
    if (state == SIM_EXHAUSTED)
        snprintf(message->text, sizeof message->text, "no memory to run it again");
    return state != SIM_EXHAUSTED;
}

static void judge(struct sim_results *results, struct sim_invariant *invariants, uint32_t rule, bool same, const char *text)
{
    invariants[rule].checked++;
    if (same)
        return;
    results->violations += invariants[rule].violated++ == 0;
    if (results->first.there)
        return;
    results->first = (struct sim_violation){.there = true, .time = results->simulated_ns, .node = SIM_NONE, .invariant = rule};
    snprintf(results->first.text, sizeof results->first.text, "%s", text);
}

bool check_again(const struct sim_plan *plan, const struct sim_options *options, wrn_time until, struct sim_results *results,
                 struct sim_invariant invariants[AGAIN_RULES], struct sim_message *message)
{
    struct sim_options again = {.crypto = options->crypto, .crypto_context = options->crypto_context,
                                .keep_going = options->keep_going,
                                .queue = options->queue == SIM_QUEUE_HEAP ? SIM_QUEUE_TWO_TIER : SIM_QUEUE_HEAP};
    struct sim_plan other = *plan;
    struct hashes second, third;
    size_t count = results->invariant_count < AGAIN_RULES ? results->invariant_count : AGAIN_RULES;
    uint32_t rule = 0;
    other.crypto = plan->crypto == SIM_CRYPTO_TOY ? SIM_CRYPTO_REAL : SIM_CRYPTO_TOY;
    if (!run_once(plan, &again, until, &second, message) || !run_once(&other, &again, until, &third, message))
        return false;
    memcpy(invariants, results->invariants, count * sizeof *invariants);
    results->invariants = invariants;
    while (rule + 1 < count && strcmp(invariants[rule].id, "S27") != 0)
        rule++;
    judge(results, invariants, rule, memcmp(results->trace_hash, second.trace, 32) == 0,
          "another trace hash when it runs again, on the other queue");
    judge(results, invariants, rule, memcmp(results->control_hash, third.control, 32) == 0,
          "another control hash when it runs with the other crypto");
    return true;
}
