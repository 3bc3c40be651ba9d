#include "alarm.h"

#include "base.h"
#include "ledger.h"
#include "secrets.h"

/* What comes between two peers without being their fault: losses, faults of the timeline, attackers, load. A bound on time is
 * demanded of a tunnel only while nothing of that happens. */

static bool is_ideal(const struct sim_half *half)
{
    return half->delay.kind == SIM_FIXED && half->loss.kind == SIM_LOSS_NONE && half->duplicate == 0 && half->reorder == 0
           && half->corrupt.chance == 0 && half->rate.ps_per_byte == 0 && half->rate.count == 0;
}

bool sim_path_ideal(const struct sim_path *path)
{
    return is_ideal(&path->up) && is_ideal(&path->down) && path->mtu == 0;
}

/* What happens to a host is followed for its first interface only. */
static bool is_there(const struct sim_watch *watch, uint32_t node)
{
    const struct sim_node_facts *facts = &watch->nodes[node];

    return !facts->gone && !facts->down && !facts->held && facts->nat == 0 && watch->plan->nodes[node].host == 0
           && watch->plan->nodes[node].skew_ppb == 0 && sim_path_ideal(&watch->plan->paths[facts->path]);
}

#define LONGEST (2 * WRN_SECOND) /* one way: an answer is back before the next attempt */

bool sim_calm(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_peer *peer = &watch->plan->peers[pair];
    const struct sim_conf *side = &watch->sides[pair], *other;
    uint32_t reverse = watch->facts[pair].reverse;

    if (reverse == SIM_NONE || !watch->facts[pair].reachable || watch->facts[pair].strange || !is_there(watch, peer->node)
        || !is_there(watch, peer->peer))
        return false;
    other = &watch->sides[reverse];
    return memcmp(side->psk, other->psk, 32) == 0 && side->has_psk == other->has_psk && sim_one_way(watch, pair) < LONGEST
           && sim_one_way(watch, reverse) < LONGEST;
}

wrn_time sim_one_way(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_peer *peer = &watch->plan->peers[pair];

    return watch->plan->paths[watch->nodes[peer->node].path].up.delay.a
           + watch->plan->paths[watch->nodes[peer->peer].path].down.delay.a;
}

static void disturb(struct sim_watch *watch, uint32_t node)
{
    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
        sim_tunnel(watch, i)->disturbed++;
}

/* From now on, and for what was promised before. */
static void estrange(struct sim_watch *watch, uint32_t pair)
{
    if (pair == SIM_NONE)
        return;
    sim_tunnel(watch, pair)->disturbed++;
    watch->facts[pair].strange = true;
    if (watch->facts[pair].reverse != SIM_NONE)
        watch->facts[watch->facts[pair].reverse].strange = true;
}

/* All interfaces of a host. */
static void estrange_node(struct sim_watch *watch, uint32_t node)
{
    for (uint32_t i = node; i < watch->plan->node_count; i++)
        if (i == node || watch->plan->nodes[i].host == node + 1)
            for (uint32_t k = watch->first_pair[i]; k < watch->first_pair[i + 1]; k++)
                estrange(watch, k);
}

static void estrange_group(struct sim_watch *watch, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        estrange_node(watch, (uint32_t)watch->plan->numbers[i]);
}

/* A change of configuration. What a peer may send is no matter of time. */
static void reconfigured(struct sim_watch *watch, const struct sim_event *event)
{
    switch (event->set) {
    case SIM_SET_REPLACE:
    case SIM_SET_ALLOW:
    case SIM_SET_DISALLOW:
    case SIM_SET_MTU:
    case SIM_SET_KEEPALIVE:
        return;
    case SIM_SET_PSK:
    case SIM_SET_ENDPOINT:
    case SIM_SET_PORT:
        disturb(watch, event->node);
        return;
    case SIM_SET_KEY:
        estrange_node(watch, event->node);
        return;
    default:
        estrange(watch, sim_pair_of(watch, event->node, event->peer));
    }
}

/* Faults that lose datagrams are seen by the datagrams; only what changes a node or its path is followed here. */
static void follow(struct sim_watch *watch, const struct sim_event *event)
{
    struct sim_node_facts *node = event->node < watch->plan->node_count ? &watch->nodes[event->node] : NULL;

    switch (event->kind) {
    case SIM_DO_DROP_NEXT:
    case SIM_DO_PARTITION:
    case SIM_DO_HEAL:
    case SIM_DO_RECORD:
    case SIM_DO_REPLAY:
    case SIM_DO_NAT_REBOOT:
    case SIM_DO_FLOOD:
    case SIM_DO_CLOCK:
    case SIM_DO_COMPROMISE:
    case SIM_DO_RESUME: /* the watch is told when it is done */
        return;
    case SIM_DO_SET:
        reconfigured(watch, event);
        return;
    case SIM_DO_TAMPER:
    case SIM_DO_DELAY:
    case SIM_DO_THIEF:
    case SIM_DO_MISBEHAVE:
        if (event->node < watch->plan->node_count)
            estrange_node(watch, event->node);
        estrange_group(watch, event->first_a, event->count_a);
        estrange_group(watch, event->first_b, event->count_b);
        return;
    case SIM_DO_PATH:
        node->path = event->path;
        break;
    case SIM_DO_ROAM:
        node->path = event->path != SIM_NONE ? event->path : node->path;
        node->nat = event->nat != SIM_NONE ? event->nat : node->nat;
        break;
    case SIM_DO_DOWN:
    case SIM_DO_UP:
        node->down = event->kind == SIM_DO_DOWN;
        break;
    case SIM_DO_CRASH:
    case SIM_DO_RESTART:
        node->gone = event->kind == SIM_DO_CRASH;
        node->down = node->held = false;
        break;
    case SIM_DO_SUSPEND:
    case SIM_DO_PAUSE:
        node->held = true;
        break;
    default:
        return;
    }
    disturb(watch, event->node);
}

void sim_held_up(struct sim_watch *watch, uint32_t pair)
{
    if (pair != SIM_NONE && watch->plan->checks != SIM_CHECKS_NONE)
        sim_tunnel(watch, pair)->disturbed++;
}

/* A handshake message whose sender has forgotten it since, as who restarted has: an answer to it is refused, and a session with it
 * is heard by nobody. It is authentic all the same, so that it stops timers and holds initiations back. */
static bool is_stale(const struct sim_watch *watch, const struct sim_seen *seen)
{
    const uint32_t from = watch->facts[seen->pair].reverse;
    const struct sim_session *session;

    if (from == SIM_NONE || (!sim_is_type(seen, 1, 148) && !sim_is_type(seen, 2, 92)))
        return false;
    if (seen->data[0] == 1)
        return !sim_initiation_waits(watch, from, seen->data);
    session = sim_ledger_last(watch, from);
    while (session && session->local != sim_load32(seen->data + 4))
        session = session->older;
    return !session || !sim_session_lives(watch, session);
}

static void arrived(struct sim_watch *watch, const struct sim_seen *seen)
{
    if (seen->pair != SIM_NONE && sim_seen_authentic(seen)) {
        watch->facts[seen->pair].reachable = true;
        if (!seen->ours || is_stale(watch, seen))
            sim_tunnel(watch, seen->pair)->disturbed++;
    }
    if (!seen->ours)
        return;
    if (seen->verdict == WRN_SEND && seen->answer_length == 64)
        sim_tunnel(watch, seen->from_pair)->cookies++;
    if (seen->verdict == WRN_DROP
        && (seen->reason == WRN_REASON_RATE || seen->reason == WRN_REASON_STAMP || seen->reason == WRN_REASON_FLOOD))
        sim_tunnel(watch, seen->from_pair)->disturbed++;
}

static void resumed(struct sim_watch *watch, uint32_t node)
{
    watch->nodes[node].held = false;
    disturb(watch, node);
}

static void lost(struct sim_pair_facts *tunnel, const struct sim_seen *seen)
{
    tunnel->lost += seen->reason == SIM_LOST_PATH;
    tunnel->disturbed += seen->reason != SIM_LOST_PATH;
}

static void reset(struct sim_watch *watch, const struct sim_seen *seen)
{
    disturb(watch, seen->node);
    for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
        watch->facts[i].blind = false;
    for (uint32_t i = watch->first_pair[seen->node]; seen->first && i < watch->first_pair[seen->node + 1]; i++)
        watch->facts[i].reachable = watch->sides[i].endpoint.family != 0;
}

/* An endpoint that is forgotten stops what timers ask for, but not the timers. */
static void pointed(struct sim_watch *watch, const struct sim_seen *seen)
{
    struct sim_pair_facts *facts = &watch->facts[seen->pair];
    const bool before = facts->reachable;

    facts->reachable = watch->sides[seen->pair].endpoint.family != 0;
    facts->blind = seen->kind == SIM_SEEN_SET && (facts->blind || !before || !facts->reachable);
}

void sim_calm_see(struct sim_watch *watch, const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_SENT && seen->pair != SIM_NONE && sim_is_type(seen, 1, 148))
        watch->facts[seen->pair].blind = false;
    if (seen->kind == SIM_SEEN_ARRIVED)
        arrived(watch, seen);
    else if (seen->kind == SIM_SEEN_LOST && seen->pair != SIM_NONE)
        lost(sim_tunnel(watch, seen->pair), seen);
    else if (seen->kind == SIM_SEEN_RESET)
        reset(watch, seen);
    else if (seen->kind == SIM_SEEN_FORGOT || (seen->kind == SIM_SEEN_SET && seen->set == SIM_SET_ENDPOINT))
        pointed(watch, seen);
    else if (seen->kind == SIM_SEEN_RESUMED)
        resumed(watch, seen->node);
    else if (seen->kind == SIM_SEEN_TIMELINE)
        follow(watch, &watch->plan->events[seen->event]);
}
