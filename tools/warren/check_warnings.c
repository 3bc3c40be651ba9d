/* What a scenario may say, and its writer probably did not mean. */

#include "check.h"
#include "names.h"

#include <inttypes.h>
#include <string.h>

#include "scenario/scenario.h"

#define LONG_WAIT (5 * WRN_SECOND)
#define FULL_BYTES 1500u /* of a packet in a queue that counts packets */
#define TRACE_BYTES 1504u

/* Where warnings go: counted first, then printed. */
struct warnings {
    FILE    *out; /* null: only counted */
    bool     all;
    uint32_t count, printed;
};

static bool next(struct warnings *warnings)
{
    if (!warnings->out) {
        warnings->count++;
        return false;
    }
    return shown(warnings->out, warnings->all, warnings->printed++, warnings->count);
}

/* The least that a box may keep what is idle. */
static wrn_time least_idle(const struct sim_nat *nat)
{
    return nat->idle.kind == SIM_FIXED || nat->idle.kind == SIM_UNIFORM ? nat->idle.a : 0;
}

/* The box that may forget a peer between two keepalives; 0: none. Any packet starts the timer anew, an empty one that comes 10 s
 * after the last that went out too; and one side's keepalives silence the other's when they are quicker. */
static uint32_t too_quick(const struct sim_plan *plan, const struct sim_peer *peer, wrn_time *gap)
{
    uint32_t other = names_peer(plan, peer->peer, peer->node);
    uint32_t theirs = other == SIM_NONE ? 0 : plan->peers[other].keepalive_s;
    for (uint32_t at = plan->nodes[peer->node].nat; at && peer->keepalive_s; at = plan->nats[at - 1].behind) {
        const struct sim_nat *nat = &plan->nats[at - 1];
        bool both = nat->refresh == SIM_NAT_BOTH;
        *gap = !both && theirs && theirs <= peer->keepalive_s ? WRN_NEVER
                                                               : (peer->keepalive_s + (both ? 0u : 10u)) * WRN_SECOND;
        if (*gap >= least_idle(nat))
            return at;
    }
    return 0;
}

/* A persistent keepalive is there to keep a box open: say when it does not. */
static void warn_of_gaps(struct warnings *warnings, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const struct sim_peer *peer = &plan->peers[i];
        wrn_time gap = 0;
        uint32_t nat = too_quick(plan, peer, &gap);
        char gaps[32];
        if (!nat || !next(warnings))
            continue;
        sim_scenario_time_text(gap, gaps);
        fprintf(warnings->out, "  %s: keepalives of %us leave gaps of %s, and nat %s may forget in them%s\n",
                plan->nodes[peer->node].name, peer->keepalive_s, gap == WRN_NEVER ? "any length" : gaps, plan->nats[nat - 1].name,
                gap == WRN_NEVER ? ": those of the other side silence them" : "");
    }
}

/* How long the last packet of a full queue waits; 0 where a queue watches that itself. */
static wrn_time longest_wait(const struct sim_plan *plan, const struct sim_half *half)
{
    const struct sim_rate *rate = &half->rate;
    uint64_t bytes = half->queue.bytes ? half->queue.bytes : (uint64_t)half->queue.packets * FULL_BYTES;
    if (half->queue.kind != SIM_DROPTAIL || bytes > UINT64_C(1) << 40)
        return half->queue.kind == SIM_DROPTAIL && (rate->count || rate->ps_per_byte) ? WRN_NEVER : 0;
    if (rate->count) /* so many moments in a round */
        return bytes / TRACE_BYTES * plan->numbers[rate->first + rate->count - 1] / rate->count * WRN_MILLISECOND;
    if (rate->ps_per_byte && bytes > UINT64_MAX / rate->ps_per_byte)
        return WRN_NEVER;
    return bytes * rate->ps_per_byte / 1000;
}

static void warn_of_buffers(struct warnings *warnings, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < 2 * plan->path_count; i++) {
        const struct sim_path *path = &plan->paths[i / 2];
        wrn_time wait = longest_wait(plan, i % 2 ? &path->down : &path->up);
        char text[32];
        if (wait <= LONG_WAIT || !next(warnings))
            continue;
        sim_scenario_time_text(wait - wait % WRN_SECOND, text);
        fprintf(warnings->out, "  path %s, %s: a full queue takes %s to leave; a shorter one, or codel\n", path->name,
                i % 2 ? "down" : "up", wait == WRN_NEVER ? "years" : text);
    }
}

/* Is the address of `to` one that `from` can send to from where it is? What is behind a translating box has none outside. */
static bool can_reach(const struct sim_plan *plan, uint32_t from, uint32_t to)
{
    uint32_t realm = plan->nodes[to].nat, at = plan->nodes[from].nat;
    while (realm && (plan->nodes[to].outer.family == 6 || plan->nats[realm - 1].map == SIM_NAT_NONE))
        realm = plan->nats[realm - 1].behind;
    while (at != realm && at)
        at = plan->nats[at - 1].behind;
    return at == realm;
}

/* A tunnel that nobody can begin, at least as long as nobody moves. */
static void warn_of_strangers(struct warnings *warnings, const struct sim_plan *plan)
{
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        const struct sim_peer *side = &plan->peers[i];
        uint32_t other = names_peer(plan, side->peer, side->node);
        const char *a = plan->nodes[side->node].name, *b = plan->nodes[side->peer].name;
        bool begins = side->endpoint_known && can_reach(plan, side->node, side->peer);
        if (other == SIM_NONE) {
            if (next(warnings))
                fprintf(warnings->out, "  %s: has %s as a peer, which does not know it; no session\n", a, b);
            continue;
        }
        if (side->node > side->peer)
            continue;
        begins = begins || (plan->peers[other].endpoint_known && can_reach(plan, side->peer, side->node));
        if (!begins && next(warnings))
            fprintf(warnings->out, "  %s and %s: neither knows an address of the other that it can reach\n", a, b);
    }
}

static void warn(struct warnings *warnings, const struct sim_plan *plan)
{
    warn_of_gaps(warnings, plan);
    warn_of_buffers(warnings, plan);
    warn_of_strangers(warnings, plan);
}

void print_warnings(FILE *out, const struct sim_plan *plan, bool all)
{
    struct warnings warnings = {.all = all};
    warn(&warnings, plan);
    if (!warnings.count)
        return;
    fprintf(out, "\nWarnings: %u\n", warnings.count);
    warnings.out = out;
    warn(&warnings, plan);
}
