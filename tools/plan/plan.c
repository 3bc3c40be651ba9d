/*
 * warren-plan: run binary plans (warren check --plan) with the portable provider and print what they came to; or replay a
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

static void print_bytes(const uint8_t bytes[32])
{
    for (unsigned i = 0; i < 32; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

/* A world and where it comes from. */
struct job {
    const char       *name; /* of the file */
    struct sim_plan   plan;
    bool              decoded;
    struct sim_world *world;
    enum sim_state    state;
};

static int tell(const struct job *job)
{
    struct sim_results results;
    sim_world_results(job->world, &results);
    printf("scenario %s\nseed %" PRIu64 "\n", results.scenario, results.seed);
    printf("trace_hash ");
    print_bytes(results.trace_hash);
    printf("control_hash ");
    print_bytes(results.control_hash);
    printf("simulated_ns %" PRIu64 "\nevents %" PRIu64 "\ndatagrams %" PRIu64 "\nviolations %u\nunheld %u\n",
           results.simulated_ns, results.events, results.datagrams, results.violations, results.unheld);
    for (size_t i = 0; i < results.node_count; i++) {
        printf("node %s %016" PRIx64 " ", results.nodes[i].name, results.nodes[i].chain);
        print_bytes(results.nodes[i].digest);
    }
    if (results.first.there)
        printf("violation %s at %" PRIu64 ": %s\n", results.invariants[results.first.invariant].id, results.first.time,
               results.first.text);
    return job->state == SIM_EXHAUSTED ? 3 : results.violations || results.unheld ? 1 : 0;
}

static int open_job(struct job *job, const struct sim_host *host, uint32_t queue)
{
    struct sim_options options = {.crypto = &wrn_crypto_portable, .queue = queue};
    struct sim_message message;
    size_t size;
    FILE *file = job->name ? fopen(job->name, "rb") : stdin;
    const char *name = job->name ? job->name : "standard input";
    if (!file) {
        fprintf(stderr, "warren-plan: %s: cannot be read; a plan that warren check --plan wrote\n", name);
        return 2;
    }
    uint8_t *bytes = read_all(file, &size);
    if (file != stdin)
        fclose(file);
    if (!bytes) {
        fputs("warren-plan: out of memory\n", stderr);
        return 3;
    }
    job->decoded = sim_plan_decode(&job->plan, bytes, size, host, &message);
    free(bytes);
    if (!job->decoded) {
        fprintf(stderr, "warren-plan: %s: %s; a plan that warren check --plan wrote\n", name, message.text);
        return 2;
    }
    job->world = sim_world_create(&job->plan, &options, host, &message);
    if (!job->world)
        fprintf(stderr, "warren-plan: no world: %s\n", message.text);
    return job->world ? 0 : 3;
}

/* Worlds of one process take turns of a simulated second: none may notice the others. */
static void run_all(struct job *jobs, size_t count)
{
    bool going = true;
    for (wrn_time until = WRN_SECOND; going; until += WRN_SECOND) {
        going = false;
        for (size_t i = 0; i < count; i++) {
            if (jobs[i].state == SIM_PAUSED)
                jobs[i].state = sim_world_run(jobs[i].world, count == 1 ? WRN_NEVER : until);
            going = going || jobs[i].state == SIM_PAUSED;
        }
    }
}

static int run(char **files, size_t count, uint32_t queue)
{
    static const struct sim_host host = {.take = take, .give = give};
    struct job *jobs = calloc(count, sizeof *jobs);
    int code = jobs ? 0 : 3;
    for (size_t i = 0; code == 0 && i < count; i++) {
        jobs[i].name = files ? files[i] : NULL;
        code = open_job(&jobs[i], &host, queue);
    }
    if (code == 0) {
        run_all(jobs, count);
        for (size_t i = 0; i < count; i++) {
            int one = tell(&jobs[i]);
            code = one > code ? one : code;
        }
    }
    for (size_t i = 0; jobs && i < count; i++) {
        if (jobs[i].world)
            sim_world_end(jobs[i].world);
        if (jobs[i].decoded)
            sim_plan_release(&jobs[i].plan, &host);
    }
    free(jobs);
    return fflush(stdout) == 0 && !ferror(stdout) ? code : 3;
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
    if (!player_begin(&player, file, &wrn_crypto_portable, NULL, (size_t)1 << 28)) {
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
    uint32_t queue = SIM_QUEUE_TWO_TIER;
    int first = 1;
    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(argv[2]);
    if (argc > 2 && strcmp(argv[1], "--queue") == 0 && (!strcmp(argv[2], "heap") || !strcmp(argv[2], "two-tier"))) {
        queue = strcmp(argv[2], "heap") ? SIM_QUEUE_TWO_TIER : SIM_QUEUE_HEAP;
        first = 3;
    }
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (help || (first < argc && argv[first][0] == '-')) {
        fprintf(help ? stdout : stderr,
                "usage: warren-plan [--queue heap|two-tier] [FILE]...; runs plans of warren check --plan, taking turns, or one from "
                "standard input\n"
                "       warren-plan --replay FILE; makes the calls of a recording of warren run --record again\n");
        return help ? 0 : 2;
    }
    if (first == argc)
        return run(NULL, 1, queue);
    return run(argv + first, (size_t)(argc - first), queue);
}
