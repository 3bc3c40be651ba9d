#include "bench.h"

#include "scenario/scenario.h"
#include "sim/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 2, SEEDS = 60 };

static const char idle[] = "warren: 1\nname: two idle peers\nstop: 24h\npaths: {wire: {delay: 20ms}}\n"
                           "nodes: {a: {path: wire}, b: {path: wire}}\ntunnels: [{node: a, peer: b}, {node: b, peer: a}]\n"
                           "traffic: [{from: a, to: b, send: 200B, count: 1, every: 1s}]\n";
static const char keepalive[] = "warren: 1\nname: two peers that keep a tunnel open\nstop: 24h\npaths: {wire: {delay: 20ms}}\n"
                                "nodes: {a: {path: wire}, b: {path: wire}}\n"
                                "tunnels: [{node: a, peer: b, keepalive: 25s}, {node: b, peer: a}]\n";

static struct sim_scenario *open_scenario(const struct bench_case *self)
{
    char                        checks[24];
    const char                 *sets[1] = {checks}, *text = strcmp(self->scenario, "idle") ? keepalive : idle;
    struct sim_scenario_options options = {.file = self->scenario, .sets = sets, .set_count = 1};
    struct sim_scenario_error   error;
    size_t                      size = strlen(text);
    for (const struct bench_text *t = bench_texts; t->name; t++)
        if (!strcmp(t->name, self->scenario)) {
            text = (const char *)t->text;
            size = t->size;
        }
    snprintf(checks, sizeof checks, "checks=%s", self->checks);
    struct sim_scenario *scenario = sim_scenario_read(&options, text, size, &error);
    if (!scenario)
        fprintf(stderr, "%s: %s\n", self->name, error.text);
    return scenario;
}

struct cost { double seconds; uint64_t dh; };

static bool run(const struct sim_plan *plan, const struct sim_bench_provider *provider, const char *name, struct cost *cost)
{
    const struct sim_options options = {.crypto = provider->crypto, .crypto_context = provider->context};
    struct sim_results       results;
    struct sim_message       message;
    double                   start = bench_seconds();
    struct sim_world        *world = sim_world_create(plan, &options, &bench_host, &message);
    if (!world) {
        fprintf(stderr, "%s: %s\n", name, message.text);
        return false;
    }
    enum sim_state state = sim_world_run(world, WRN_NEVER);
    cost->seconds += bench_seconds() - start;
    sim_world_results(world, &results);
    for (size_t i = 0; i < results.node_count; i++)
        cost->dh += results.nodes[i].dh;
    if (state != SIM_FINISHED)
        fprintf(stderr, "%s: %s\n", name, state == SIM_VIOLATED ? results.first.text : "no memory");
    sim_world_end(world);
    return state == SIM_FINISHED;
}

/* That many multiplications, each with the result of the one before. */
static double raw_dh(const struct sim_bench_provider *provider, uint64_t count)
{
    uint8_t       secret[32] = {7}, point[32] = {9}, out[32];
    struct wrn_dh operation = {.secret = secret, .point = point, .out = out};
    double        start = bench_seconds();
    for (uint64_t i = 0; i < count; i++) {
        provider->crypto->dh(provider->context, &operation, 1);
        memcpy(secret, out, sizeof secret);
    }
    return bench_seconds() - start;
}

/* The best turn of a scenario, and of its multiplications alone. */
static bool measure(const struct bench_case *self, const struct sim_bench_provider *provider, struct cost *world, double *raw,
                    wrn_time *stop)
{
    struct sim_scenario *scenario = open_scenario(self);
    bool                 good = scenario != NULL;
    for (int i = 0; good && i < TURNS; i++) {
        struct cost cost = {0};
        good = run(sim_scenario_plan(scenario), provider, self->name, &cost);
        double seconds = raw_dh(provider, cost.dh);
        if (i == 0 || cost.seconds < world->seconds)
            *world = cost;
        if (i == 0 || seconds < *raw)
            *raw = seconds;
    }
    if (good)
        *stop = sim_scenario_plan(scenario)->stop;
    if (scenario)
        sim_scenario_close(scenario);
    return good;
}

bool bench_speed(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result)
{
    struct cost world = {0};
    double      raw = 0;
    wrn_time    stop = 0;
    if (!measure(self, provider, &world, &raw, &stop))
        return false;
    result->value = (double)stop / (double)WRN_SECOND / world.seconds;
    result->base = (double)stop / (double)WRN_SECOND / raw;
    return true;
}

bool bench_day(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result)
{
    struct cost world = {0};
    wrn_time    stop = 0;
    if (!measure(self, provider, &world, &result->base, &stop))
        return false;
    result->value = world.seconds;
    return true;
}

bool bench_swarm(const struct bench_case *self, const struct sim_bench_provider *provider, struct sim_bench_result *result)
{
    struct sim_swarm *swarm = malloc(sizeof *swarm);
    struct cost       cost = {0};
    bool              good = swarm != NULL;
    for (uint64_t seed = 1; good && seed <= SEEDS; seed++) {
        sim_swarm_draw(swarm, seed);
        good = run(&swarm->plan, provider, self->name, &cost);
    }
    free(swarm);
    if (!good)
        return false;
    result->value = SEEDS * 60 / cost.seconds;
    result->base = SEEDS * 60 / raw_dh(provider, cost.dh);
    return true;
}
