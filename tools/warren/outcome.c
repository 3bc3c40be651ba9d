#define _POSIX_C_SOURCE 200809L

#include "outcome.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_counts(struct pack *out, const struct sim_count *counts, size_t count)
{
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(out, counts[i].name);
        pack_number(out, counts[i].count);
    }
}

static void put_nodes(struct pack *out, const struct sim_results *results)
{
    pack_number(out, results->node_count);
    for (size_t i = 0; i < results->node_count; i++) {
        const struct sim_node_result *node = &results->nodes[i];
        const uint64_t numbers[] = {node->datagrams_sent, node->datagrams_received, node->bytes_sent,  node->bytes_received,
                                    node->inner_sent,     node->inner_delivered,    node->handshakes, node->initiations,
                                    node->dh,             node->drops};
        pack_text(out, node->name);
        pack_bytes(out, numbers, sizeof numbers);
    }
}

/* The first failure that a run alone can have, always-claims included. */
static void find_first(const struct report *report, struct outcome *outcome)
{
    struct failure failure;
    find_failure(sim_scenario_plan(report->scenario), report->results, &failure);
    outcome->failed = failure.there;
    memcpy(outcome->failure, failure.text, sizeof outcome->failure);
    for (size_t i = 0; i < claim_count(report) && !outcome->failed; i++) {
        struct claim claim;
        claim_at(report, i, &claim);
        if (claim.held != 0 || claim.of_seeds)
            continue;
        outcome->failed = true;
        snprintf(outcome->failure, sizeof outcome->failure, "expectation %.159s: %.159s", claim.text, claim.measured);
    }
}

static void put_claims(struct pack *out, const struct report *report)
{
    size_t count = claim_count(report);
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        struct claim claim;
        claim_at(report, i, &claim);
        pack_text(out, claim.text);
        pack_text(out, claim.measured);
        pack_number(out, claim.held == 1);
        pack_number(out, claim.of_seeds);
        pack_number(out, claim.seeds);
    }
}

static void put_all(struct pack *out, const struct report *report)
{
    const struct sim_results *results = report->results;
    struct outcome outcome = {.seed = results->seed, .simulated_ns = results->simulated_ns, .wall_ns = report->wall_ns,
                              .events = results->events, .datagrams = results->datagrams, .ties = results->ties,
                              .violations = results->violations, .unheld = results->unheld};
    outcome.tries = results->tries;
    memcpy(outcome.trace_hash, results->trace_hash, 32);
    memcpy(outcome.control_hash, results->control_hash, 32);
    for (size_t i = 0; i < results->node_count; i++) {
        outcome.initiations += results->nodes[i].initiations;
        outcome.delivered += results->nodes[i].inner_delivered;
    }
    find_first(report, &outcome);
    pack_bytes(out, &outcome, sizeof outcome);
    put_claims(out, report);
    pack_number(out, results->invariant_count);
    for (size_t i = 0; i < results->invariant_count; i++) {
        pack_text(out, results->invariants[i].id);
        pack_number(out, results->invariants[i].checked);
        pack_number(out, results->invariants[i].violated);
    }
    put_counts(out, results->drops, results->drop_count);
    put_counts(out, results->marks, results->mark_count);
    put_nodes(out, results);
}

void outcome_run(const char *name, const struct sim_scenario *scenario, const struct provider *provider, struct pack *out)
{
    const struct sim_options options = {.crypto = provider->crypto, .crypto_context = provider->context};
    struct sim_message message;
    struct sim_results results;
    uint64_t begun = wall_ns();
    struct sim_world *world = sim_world_create(sim_scenario_plan(scenario), &options, &heap_host, &message);
    enum sim_state state = world ? sim_world_run(world, WRN_NEVER) : SIM_EXHAUSTED;
    if (state == SIM_EXHAUSTED) {
        fprintf(stderr, "%s: no world: %s\n", name, world ? "out of memory" : message.text);
        exit(EXIT_MACHINE);
    }
    sim_world_results(world, &results);
    const struct report report = {
        .scenario = scenario, .results = &results, .state = state, .wall_ns = wall_ns() - begun, .until = results.simulated_ns};
    put_all(out, &report);
    sim_world_end(world);
}

void outcome_head(struct pack *in, struct outcome *outcome)
{
    unpack_bytes(in, outcome, sizeof *outcome);
}

void outcome_claim(struct pack *in, struct claim *claim)
{
    *claim = (struct claim){.text = unpack_text(in)};
    snprintf(claim->measured, sizeof claim->measured, "%s", unpack_text(in));
    claim->held = unpack_number(in) != 0;
    claim->of_seeds = unpack_number(in) != 0;
    claim->seeds = (uint32_t)unpack_number(in);
}

void tally_begin(struct tally *tally, const char *text, bool of_seeds, uint32_t seeds)
{
    *tally = (struct tally){.text = strdup(text), .of_seeds = of_seeds};
    sim_share_begin(&tally->share, seeds);
    if (!tally->text) {
        fputs("warren: out of memory; a machine with more\n", stderr);
        exit(EXIT_MACHINE);
    }
}

void share_text(uint32_t millionths, char out[16])
{
    if (millionths % 10000 / 1000)
        snprintf(out, 16, "%u.%u%%", millionths / 10000, millionths % 10000 / 1000);
    else
        snprintf(out, 16, "%u%%", millionths / 10000);
}

void tally_text(const struct tally *tally, char out[80])
{
    uint32_t low, high;
    char from[16], to[16];
    sim_share_interval(&tally->share, &low, &high);
    share_text(low, from);
    share_text(high + 999 < SIM_SHARE_ALL ? high + 999 : SIM_SHARE_ALL, to); /* outwards, at one decimal */
    snprintf(out, 80, "%" PRIu64 " of %" PRIu64 ", %s..%s", tally->share.held, tally->share.seeds, from, to);
}
