/* A world that follows the machine's clock, with tun interfaces at its edge. */

#define _GNU_SOURCE

#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define TICK (100 * WRN_MILLISECOND) /* between two looks at the progress line */
#define SLICE (5 * WRN_MILLISECOND)  /* of a world that is behind, between two looks for a signal */
#define BURST 64u                    /* packets of one interface before the others have their turn */
#define PARTS 16u                    /* of each power of two, in the histogram */

struct attach {
    struct pollfd       polls[ATTACH_MAX];
    struct attach_count counts[ATTACH_MAX];
    uint32_t            count;
    wrn_time            begun; /* on the machine's clock; 0 until the world runs */
    uint64_t            late[64 * PARTS], happened;
    wrn_time            most, recent; /* recent: since progress was last looked at */
    struct attach_wishes wishes; /* whose names the counts point to */
    uint8_t             packet[SIM_INJECT_MOST];
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

void attach_parse(const char *command, struct attach_wishes *wishes, const char *text)
{
    const char *equals = strrchr(text, '='), *slash = equals ? strchr(equals, '/') : NULL;
    const char *name = slash ? slash + 1 : equals ? equals + 1 : "";
    struct attach_wish *wish = &wishes->all[wishes->count];
    if (!equals || equals == text || !*name || slash == equals + 1)
        usage_error(command, "--attach '%s' is no NODE=IFNAME; such as left=wr0, or left=NAMESPACE/wr0", text);
    if (wishes->count == ATTACH_MAX)
        usage_error(command, "more than %u --attach; fewer", ATTACH_MAX);
    if ((size_t)(equals - text) >= sizeof wish->node)
        usage_error(command, "--attach '%s': no node has a name that long; warren check prints them", text);
    if (strlen(name) >= sizeof wish->name || strpbrk(name, "/: \t%") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        usage_error(command, "--attach: '%s' is no name of an interface; 1 to %zu characters without / : %% and spaces", name,
                    sizeof wish->name - 1);
    memset(wish, 0, sizeof *wish);
    memcpy(wish->node, text, (size_t)(equals - text));
    memcpy(wish->name, name, strlen(name));
    if (slash) {
        wish->space = equals + 1;
        wish->space_length = (size_t)(slash - equals - 1);
    }
    wishes->count++;
}

static uint32_t find_node(const char *command, const struct sim_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->node_count; i++) {
        if (strcmp(plan->nodes[i].name, name) != 0)
            continue;
        if (plan->nodes[i].role == SIM_ROLE_PEER)
            return i;
        usage_error(command, "--attach: '%s' is an attacker, which has no inside; a node with a tunnel", name);
    }
    usage_error(command, "--attach: the scenario has no node '%s'; it has '%s'%s", name, plan->nodes[0].name,
                plan->node_count > 1 ? " and others: warren check prints them" : "");
}

static void refuse_twice(const char *command, const struct attach_wishes *wishes, uint32_t number)
{
    const struct attach_wish *wish = &wishes->all[number];
    for (uint32_t i = 0; i < number; i++) {
        const struct attach_wish *other = &wishes->all[i];
        if (strcmp(other->node, wish->node) == 0)
            usage_error(command, "--attach: node '%s' twice; one interface for each node", wish->node);
        if (strcmp(other->name, wish->name) == 0 && other->space_length == wish->space_length
            && (!wish->space || memcmp(other->space, wish->space, wish->space_length) == 0))
            usage_error(command, "--attach: interface '%s' twice; one node for each interface", wish->name);
    }
}

struct attach *attach_open(const char *command, const struct attach_wishes *wishes, const struct sim_plan *plan)
{
    struct attach *attach = calloc(1, sizeof *attach);
    uint32_t nodes[ATTACH_MAX];
    if (!attach) {
        fprintf(stderr, "%s: out of memory; a machine with more\n", command);
        exit(EXIT_MACHINE);
    }
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    attach->wishes = *wishes;
    for (uint32_t i = 0; i < wishes->count; i++) {
        refuse_twice(command, wishes, i);
        nodes[i] = find_node(command, plan, wishes->all[i].node);
    }
    for (uint32_t i = 0; i < wishes->count; i++) {
        attach->polls[i] = (struct pollfd){.fd = attach_interface(command, &wishes->all[i], plan, nodes[i]), .events = POLLIN};
        attach->counts[i] = (struct attach_count){.node = nodes[i], .name = attach->wishes.all[i].name};
        attach->count++;
    }
    return attach;
}

void attach_close(struct attach *attach)
{
    if (!attach)
        return;
    for (uint32_t i = 0; i < attach->count; i++)
        close(attach->polls[i].fd);
    free(attach);
}

bool attach_world(struct attach *attach, struct sim_world *world)
{
    bool held = true;
    for (uint32_t i = 0; i < attach->count; i++)
        held = held && sim_world_attach(world, attach->counts[i].node);
    return held;
}

void attach_deliver(struct attach *attach, uint32_t node, const uint8_t *packet, uint32_t length)
{
    for (uint32_t i = 0; i < attach->count; i++) {
        if (attach->counts[i].node != node)
            continue;
        bool taken = write(attach->polls[i].fd, packet, length) == (ssize_t)length;
        attach->counts[i].left += taken;
        attach->counts[i].refused += !taken;
    }
}

/* A histogram of 16 parts for each power of two. */
static unsigned slot_of(wrn_time late)
{
    unsigned power = 4;
    if (late < PARTS)
        return (unsigned)late;
    while (late >> (power + 1) != 0)
        power++;
    return (power - 3) * PARTS + (unsigned)(late >> (power - 4)) % PARTS;
}

static wrn_time bound_of(unsigned slot)
{
    return slot < PARTS ? slot : (((wrn_time)PARTS + slot % PARTS + 1) << (slot / PARTS - 1)) - 1;
}

void attach_happened(struct attach *attach, wrn_time time)
{
    if (attach->begun == 0)
        return; /* the nodes come up while the world is made */
    wrn_time now = wall_ns() - attach->begun, late = now > time ? now - time : 0;
    attach->late[slot_of(late)]++;
    attach->happened++;
    attach->most = late > attach->most ? late : attach->most;
    attach->recent = late > attach->recent ? late : attach->recent;
}

static wrn_time quantile(const struct attach *attach, unsigned percent)
{
    uint64_t wanted = (attach->happened * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; i < 64 * PARTS; i++) {
        seen += attach->late[i];
        if (seen >= wanted && seen > 0)
            return bound_of(i) < attach->most ? bound_of(i) : attach->most;
    }
    return 0;
}

struct attach_late attach_late(const struct attach *attach)
{
    return (struct attach_late){attach->happened, quantile(attach, 50), quantile(attach, 99), attach->most};
}

const struct attach_count *attach_counts(const struct attach *attach, size_t *count)
{
    *count = attach->count;
    return attach->counts;
}

/* Everything of the world that lies before now, in slices: who is far behind can still be stopped. */
static enum sim_state follow(struct attach *attach, struct sim_world *world, wrn_time *at, wrn_time until)
{
    enum sim_state state = SIM_PAUSED;
    wrn_time now = wall_ns() - attach->begun;
    now = now < until ? now : until;
    while (state == SIM_PAUSED && !stopped && *at < now) {
        *at = now - *at > SLICE ? *at + SLICE : now;
        state = sim_world_run(world, *at);
    }
    return state;
}

static enum sim_state take_in(struct attach *attach, struct sim_world *world, wrn_time *at, wrn_time until)
{
    enum sim_state state = SIM_PAUSED;
    for (uint32_t i = 0; i < attach->count; i++)
        for (unsigned burst = 0; burst < BURST && state == SIM_PAUSED; burst++) {
            ssize_t length = read(attach->polls[i].fd, attach->packet, sizeof attach->packet);
            wrn_time now = wall_ns() - attach->begun;
            if (length <= 0 || now >= until)
                break;
            *at = now > *at ? now : *at;
            attach->counts[i].entered++;
            state = sim_world_inject(world, attach->counts[i].node, *at, attach->packet, (uint32_t)length);
        }
    return state;
}

/* Until the next event of the world, the next packet of the kernel, a signal, or a tick: a signal just before it is seen by then.
 */
static void wait_for_more(struct attach *attach, struct sim_world *world, wrn_time until)
{
    wrn_time now = wall_ns() - attach->begun, next = sim_world_next(world);
    next = next < until ? next : until;
    wrn_time pause = next <= now ? 0 : next - now < TICK ? next - now : TICK;
    const struct timespec timeout = {(time_t)(pause / WRN_SECOND), (long)(pause % WRN_SECOND)};
    ppoll(attach->polls, attach->count, &timeout, NULL);
}

enum sim_state attach_run(struct attach *attach, struct sim_world *world, wrn_time *until, struct progress *progress)
{
    enum sim_state state = SIM_PAUSED;
    struct sim_progress now;
    wrn_time at = 0;
    prctl(PR_SET_TIMERSLACK, 1000ul, 0ul, 0ul, 0ul); /* ns; 50,000 otherwise, by which everything would be late */
    progress->follows = true;
    attach->begun = wall_ns();
    while (state == SIM_PAUSED && !stopped && at < *until) {
        wait_for_more(attach, world, *until);
        state = follow(attach, world, &at, *until);
        if (state == SIM_PAUSED)
            state = take_in(attach, world, &at, *until);
        sim_world_progress(world, &now);
        now.stop = *until;
        progress->behind = attach->recent > progress->behind ? attach->recent : progress->behind;
        attach->recent = 0;
        progress_show(progress, &now);
    }
    if (stopped && at < *until)
        *until = at;
    return state;
}
