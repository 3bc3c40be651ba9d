/* The workers of a swarm: processes that draw and run worlds, and write each as one piece into a pipe that all share. */

#define _POSIX_C_SOURCE 200809L

#include "swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "again.h"
#include "run.h"
#include "sim/swarm.h"

#define NAME "warren swarm"
#define AGAIN 20u /* every so many seeds a world runs again, on the other queue and with the other crypto (S27) */

_Static_assert(sizeof(struct swarm_world) <= PIPE_BUF, "a world is written as one piece");

struct teller {
    void (*tell)(void *context, const struct swarm_world *world);
    void *context;
};

struct worker {
    pid_t    process;
    uint64_t next; /* the seed that it is at */
    bool     done;
};

static void no_world(uint64_t seed, const char *why)
{
    fprintf(stderr, NAME ": seed %" PRIu64 ": no world: %s\n", seed, why);
    _exit(EXIT_MACHINE);
}

static uint32_t narrow(uint64_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

void swarm_run(uint64_t seed, const struct provider *provider, struct swarm_world *world)
{
    static struct sim_swarm swarm;
    struct sim_results results;
    struct sim_invariant invariants[AGAIN_RULES];
    struct sim_message message;
    struct failure failure;
    memset(world, 0, sizeof *world);
    sim_swarm_draw(&swarm, seed);
    const struct sim_options options = {.crypto = provider->crypto, .crypto_context = provider->context,
                                        .queue = seed / AGAIN % 2 ? SIM_QUEUE_HEAP : SIM_QUEUE_TWO_TIER};
    struct sim_world *ran = run_to_end(&swarm.plan, provider, options.queue, false, &results, &message);
    if (!ran || (seed % AGAIN == 0 && !check_again(&swarm.plan, &options, swarm.plan.stop, &results, invariants, &message)))
        no_world(seed, message.text);
    find_failure(&swarm.plan, &results, &failure);
    world->seed = seed;
    world->events = results.events;
    world->simulated_ns = results.simulated_ns;
    world->failed = failure.there;
    memcpy(world->text, failure.text, sizeof world->text);
    memcpy(world->trace_hash, results.trace_hash, 32);
    for (size_t i = 0; i < results.invariant_count && i < SWARM_CHECKS; i++)
        world->checked[i] = narrow(results.invariants[i].checked);
    for (size_t i = 0; i < results.mark_count && i < SWARM_MARKS; i++)
        world->marks[i] = narrow(results.marks[i].count);
    world->tries = results.tries;
    sim_world_end(ran);
}

static bool time_left(const struct swarm_request *request)
{
    return !request->until || wall_ns() < request->until;
}

_Noreturn static void work(const struct swarm_request *request, uint32_t number, uint64_t from, int out)
{
    struct swarm_world world;
    for (uint64_t seed = from; time_left(request); seed += request->jobs) {
        swarm_run(seed, &request->provider, &world);
        world.worker = number;
        if (write(out, &world, sizeof world) != (ssize_t)sizeof world)
            _exit(EXIT_MACHINE);
        if (request->last - seed < request->jobs)
            break;
    }
    _exit(EXIT_GOOD);
}

static void start(const struct swarm_request *request, struct worker *worker, uint32_t number, const int ends[2])
{
    fflush(stdout);
    fflush(stderr);
    worker->process = fork();
    if (worker->process == 0) {
        close(ends[0]);
        work(request, number, worker->next, ends[1]);
    }
    if (worker->process < 0) {
        fprintf(stderr, NAME ": no new process: %s; fewer --jobs\n", strerror(errno));
        exit(EXIT_MACHINE);
    }
}

/* A worker that ended badly: the world it was at has failed. */
static void bury(const struct swarm_request *request, struct worker *worker, int status, const struct teller *teller)
{
    struct swarm_world world = {.seed = worker->next, .failed = true};
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_MACHINE)
        exit(EXIT_MACHINE); /* it has said why */
    if (WIFSIGNALED(status))
        snprintf(world.text, sizeof world.text, "the program was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(world.text, sizeof world.text, "the program ended with %d", WEXITSTATUS(status));
    teller->tell(teller->context, &world);
    worker->next += request->jobs;
}

static bool read_world(int in, struct swarm_world *world)
{
    size_t got = 0;
    while (got < sizeof *world) {
        ssize_t part = read(in, (char *)world + got, sizeof *world - got);
        if (part == 0)
            return false;
        if (part < 0 && errno != EINTR)
            return false;
        got += part > 0 ? (size_t)part : 0;
    }
    return true;
}

/* Until the last worker has closed its end. */
static void drain(int in, struct worker *workers, const struct swarm_request *request, const struct teller *teller)
{
    struct swarm_world world;
    while (read_world(in, &world)) {
        workers[world.worker].next = world.seed + request->jobs;
        teller->tell(teller->context, &world);
    }
}

/* One process for each worker that has seeds left; false when there was none to start. */
static bool round_of(const struct swarm_request *request, struct worker *workers, const struct teller *teller)
{
    int ends[2], status;
    uint32_t started = 0;
    if (pipe(ends) != 0) {
        fprintf(stderr, NAME ": no pipe: %s\n", strerror(errno));
        exit(EXIT_MACHINE);
    }
    for (uint32_t i = 0; i < request->jobs; i++) {
        workers[i].process = 0;
        if (workers[i].done || workers[i].next > request->last || !time_left(request))
            continue;
        start(request, &workers[i], i, ends);
        started++;
    }
    close(ends[1]);
    drain(ends[0], workers, request, teller);
    close(ends[0]);
    for (uint32_t i = 0; i < request->jobs; i++) {
        if (!workers[i].process || waitpid(workers[i].process, &status, 0) < 0)
            continue;
        workers[i].done = status == 0;
        if (status != 0)
            bury(request, &workers[i], status, teller);
    }
    return started > 0;
}

void swarm_work(const struct swarm_request *request, void (*tell)(void *context, const struct swarm_world *world), void *context)
{
    const struct teller teller = {tell, context};
    struct worker *workers = calloc(request->jobs, sizeof *workers);
    if (!workers)
        usage_error(NAME, "out of memory; fewer --jobs");
    for (uint32_t i = 0; i < request->jobs; i++)
        workers[i].next = request->first + i;
    while (round_of(request, workers, &teller)) /* again, while workers had to be buried */
        ;
    free(workers);
}
