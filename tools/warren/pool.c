#define _POSIX_C_SOURCE 200809L

#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define AHEAD 16u /* tasks begun for each process before the oldest is taken */

struct worker {
    pid_t    process; /* 0: none */
    int      to, from;
    bool     busy;
    uint64_t task;
};

struct slot {
    enum { FREE, BEGUN, SKIPPED, DONE, DIED } state;
    struct pack pack;
    char        died[96];
};

struct state {
    const struct pool *pool;
    struct worker     *workers;
    struct slot       *slots;
    struct pollfd     *polls;
    uint64_t           next, taken, window; /* next to begin; next to be taken */
};

uint32_t pool_processors(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 && processors < 1024 ? (uint32_t)processors : 1;
}

_Noreturn static void lacks(const struct pool *pool, const char *what)
{
    fprintf(stderr, "%s: %s: %s; fewer --jobs\n", pool->name, what, strerror(errno));
    exit(EXIT_MACHINE);
}

static bool read_all(int from, void *bytes, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t part = read(from, (char *)bytes + got, size - got);
        if (part == 0 || (part < 0 && errno != EINTR))
            return false;
        got += part > 0 ? (size_t)part : 0;
    }
    return true;
}

static bool write_all(int to, const void *bytes, size_t size)
{
    for (size_t put = 0; put < size;) {
        ssize_t part = write(to, (const char *)bytes + put, size - put);
        if (part < 0 && errno != EINTR)
            return false;
        put += part > 0 ? (size_t)part : 0;
    }
    return true;
}

/* Ends with its input, or with who wanted the answer. */
_Noreturn static void labour(const struct pool *pool, int from, int to)
{
    struct pack out = {0};
    uint64_t task;
    while (read_all(from, &task, sizeof task)) {
        out.size = 0;
        pool->work(pool->context, task, &out);
        uint64_t size = out.size;
        if (!write_all(to, &size, sizeof size) || !write_all(to, out.bytes, out.size))
            break;
    }
    _exit(EXIT_GOOD);
}

static void start(struct state *state, struct worker *worker)
{
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0)
        lacks(state->pool, "no pipe");
    fflush(stdout);
    fflush(stderr);
    pid_t process = fork();
    if (process < 0)
        lacks(state->pool, "no new process");
    if (process == 0) {
        for (uint32_t i = 0; i < state->pool->jobs; i++) /* or they would outlive this pool in a brother */
            if (state->workers[i].process) {
                close(state->workers[i].to);
                close(state->workers[i].from);
            }
        close(to[1]);
        close(from[0]);
        labour(state->pool, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    *worker = (struct worker){.process = process, .to = to[1], .from = from[0]};
}

static void bury(struct state *state, struct worker *worker)
{
    struct slot *slot = &state->slots[worker->task % state->window];
    int status = 0;
    close(worker->to);
    close(worker->from);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        ;
    worker->process = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_MACHINE)
        exit(EXIT_MACHINE); /* it has said why */
    slot->state = DIED;
    if (WIFSIGNALED(status))
        snprintf(slot->died, sizeof slot->died, "the program was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(slot->died, sizeof slot->died, "the program ended with %d", WEXITSTATUS(status));
}

/* A task for each process that has none. */
static void hand_out(struct state *state)
{
    const struct pool *pool = state->pool;
    for (uint32_t i = 0; i < pool->jobs; i++) {
        struct worker *worker = &state->workers[i];
        if (worker->process && worker->busy)
            continue;
        while (state->next < pool->tasks && state->next < state->taken + state->window && pool->skip
               && pool->skip(pool->context, state->next))
            state->slots[state->next++ % state->window].state = SKIPPED;
        if (state->next == pool->tasks || state->next == state->taken + state->window)
            return;
        if (!worker->process)
            start(state, worker);
        state->slots[state->next % state->window].state = BEGUN;
        worker->task = state->next++;
        worker->busy = true;
        if (!write_all(worker->to, &worker->task, sizeof worker->task))
            bury(state, worker);
    }
}

static void receive(struct state *state, struct worker *worker)
{
    struct slot *slot = &state->slots[worker->task % state->window];
    uint64_t size;
    worker->busy = false;
    slot->pack.size = slot->pack.at = 0;
    bool whole = read_all(worker->from, &size, sizeof size);
    if (whole && size > slot->pack.room) {
        free(slot->pack.bytes);
        slot->pack.bytes = malloc(size);
        slot->pack.room = slot->pack.bytes ? size : 0;
        if (!slot->pack.bytes)
            lacks(state->pool, "no memory");
    }
    if (!whole || !read_all(worker->from, slot->pack.bytes, size)) {
        bury(state, worker);
        return;
    }
    slot->pack.size = size;
    slot->state = DONE;
}

static void wait_for_some(struct state *state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < state->pool->jobs; i++)
        if (state->workers[i].process && state->workers[i].busy)
            state->polls[count++] = (struct pollfd){.fd = state->workers[i].from, .events = POLLIN};
    if (!count || poll(state->polls, count, -1) < 0)
        return;
    for (uint32_t i = 0, at = 0; i < state->pool->jobs && at < count; i++)
        if (state->workers[i].process && state->workers[i].busy && state->workers[i].from == state->polls[at].fd
            && state->polls[at++].revents)
            receive(state, &state->workers[i]);
}

/* What is done, as far as nothing before it is missing. */
static bool take_done(struct state *state)
{
    const struct pool *pool = state->pool;
    while (state->taken < state->next) {
        struct slot *slot = &state->slots[state->taken % state->window];
        if (slot->state == BEGUN)
            return true;
        bool skipped = slot->state == SKIPPED, died = slot->state == DIED;
        uint64_t task = state->taken++;
        slot->state = FREE;
        if (!skipped && !pool->take(pool->context, task, died ? NULL : &slot->pack, died ? slot->died : NULL))
            return false;
    }
    return true;
}

static void dismiss(struct state *state)
{
    for (uint32_t i = 0; i < state->pool->jobs; i++) {
        struct worker *worker = &state->workers[i];
        if (!worker->process)
            continue;
        if (worker->busy)
            kill(worker->process, SIGKILL); /* nobody wants its answer any more */
        close(worker->to);
        close(worker->from);
        while (waitpid(worker->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (uint64_t i = 0; i < state->window; i++)
        free(state->slots[i].pack.bytes);
    free(state->workers);
    free(state->slots);
    free(state->polls);
}

void pool_run(const struct pool *pool)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct state state = {.pool = pool, .window = AHEAD * (uint64_t)pool->jobs};
    state.workers = calloc(pool->jobs, sizeof *state.workers);
    state.slots = calloc(state.window, sizeof *state.slots);
    state.polls = calloc(pool->jobs, sizeof *state.polls);
    if (!state.workers || !state.slots || !state.polls)
        lacks(pool, "no memory");
    sigaction(SIGPIPE, &ignore, &before); /* a process that died is noticed by its silence */
    bool more = true;
    while (more && state.taken < pool->tasks) {
        hand_out(&state);
        more = take_done(&state);
        if (more && state.taken < state.next)
            wait_for_some(&state);
    }
    dismiss(&state);
    sigaction(SIGPIPE, &before, NULL);
}
