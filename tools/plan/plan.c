/*
 * warren-plan: run a binary plan (warren check --plan) with the portable provider and print what it came to; or replay a
 * recording (warren run --record).
 *
 * Needs nothing but libc, so that it runs on any processor an emulator offers. Exit codes: 0 every invariant and expectation of
 * the plan held, or every call was equal; 1 one was not; 2 bad usage or no such file; 3 no memory.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "sim/world.h"

static void *take(void *context, size_t size)
{
    (void)context;
    return malloc(size ? size : 1);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static uint8_t *read_all(FILE *file, size_t *size)
{
    size_t room = 1 << 16;
    uint8_t *bytes = malloc(room);
    *size = 0;
    while (bytes) {
        *size += fread(bytes + *size, 1, room - *size, file);
        if (*size < room)
            break;
        uint8_t *larger = realloc(bytes, room *= 2);
        if (!larger)
            free(bytes);
        bytes = larger;
    }
    return bytes;
}

static void print_node(const struct sim_node_result *node)
{
    printf("node %s %016" PRIx64 " ", node->name, node->chain);
    for (unsigned i = 0; i < sizeof node->digest; i++)
        printf("%02x", node->digest[i]);
    putchar('\n');
}

static int run(const struct sim_plan *plan, const struct sim_host *host)
{
    struct sim_options options = {.crypto = &wrn_crypto_portable};
    struct sim_results results;
    struct sim_message message;
    struct sim_world *world = sim_world_create(plan, &options, host, &message);
    if (!world) {
        fprintf(stderr, "warren-plan: no world: %s\n", message.text);
        return 3;
    }
    enum sim_state state = sim_world_run(world, WRN_NEVER);
    sim_world_results(world, &results);
    printf("scenario %s\nseed %" PRIu64 "\ntrace_hash ", results.scenario, results.seed);
    for (unsigned i = 0; i < 32; i++)
        printf("%02x", results.trace_hash[i]);
    printf("\nsimulated_ns %" PRIu64 "\nevents %" PRIu64 "\ndatagrams %" PRIu64 "\nviolations %u\nunheld %u\n",
           results.simulated_ns, results.events, results.datagrams, results.violations, results.unheld);
    for (size_t i = 0; i < results.node_count; i++)
        print_node(&results.nodes[i]);
    if (results.first.there)
        printf("violation %s at %" PRIu64 ": %s\n", results.invariants[results.first.invariant].id, results.first.time,
               results.first.text);
    int code = state == SIM_EXHAUSTED ? 3 : results.violations || results.unheld ? 1 : 0;
    sim_world_end(world);
    return code;
}

static int replay(const char *path)
{
    struct wrn_replay_report report;
    struct player            player;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "warren-plan: %s: cannot be read; a recording that warren run --record wrote\n", path);
        return 2;
    }
    if (!player_begin(&player, file, &wrn_crypto_portable, (size_t)1 << 28)) {
        fputs("warren-plan: out of memory\n", stderr);
        return 3;
    }
    while (player_run(&player, 1000) == WRN_REPLAY_GOING)
        continue;
    wrn_replay_report(player.replay, &report);
    player_print(player_exit(report.state) > 1 ? stderr : stdout, path, &report);
    putc('\n', player_exit(report.state) > 1 ? stderr : stdout);
    player_end(&player);
    fclose(file);
    return fflush(stdout) == 0 && !ferror(stdout) ? player_exit(report.state) : 3;
}

int main(int argc, char **argv)
{
    static const struct sim_host host = {.take = take, .give = give};
    struct sim_message message;
    struct sim_plan plan;
    size_t size;
    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(argv[2]);
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "--help") == 0)) {
        fprintf(argc > 2 ? stderr : stdout,
                "usage: warren-plan [FILE]; runs a plan of warren check --plan, from standard input without FILE\n"
                "       warren-plan --replay FILE; makes the calls of a recording of warren run --record again\n");
        return argc > 2 ? 2 : 0;
    }
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : stdin;
    if (!file) {
        fprintf(stderr, "warren-plan: %s: cannot be read; a plan that warren check --plan wrote\n", argv[1]);
        return 2;
    }
    uint8_t *bytes = read_all(file, &size);
    if (!bytes) {
        fputs("warren-plan: out of memory\n", stderr);
        return 3;
    }
    bool good = sim_plan_decode(&plan, bytes, size, &host, &message);
    free(bytes);
    if (!good) {
        fprintf(stderr, "warren-plan: %s: %s; a plan that warren check --plan wrote\n", argc == 2 ? argv[1] : "standard input",
                message.text);
        return 2;
    }
    int code = run(&plan, &host);
    sim_plan_release(&plan, &host);
    if (file != stdin)
        fclose(file);
    return fflush(stdout) == 0 && !ferror(stdout) ? code : 3;
}
