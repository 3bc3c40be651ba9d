#include "base.h"
#include "watch.h"

/*
 * L15: clocks. A node's stamp is its wall time in slots of 2^24 ns, or one slot more than what it said before, whichever is later;
 * without wall time it counts. Its peer refuses an initiation for its stamp if, and only if, that is no later than the last one
 * it accepted: who comes back with an earlier clock and nothing stored waits until its clock has passed its own last stamp, to the
 * slot, and nobody else waits at all. An initiation that is accepted against this breaks S17.
 */

#define SLOTS 60u            /* in a second */
#define EPOCH (UINT64_C(1) << 40) /* wall time is later than any count */
#define KEPT 16u

struct sender { /* by pair: what its node said, and heard */
    uint64_t said, accepted;
    bool     lost_track;    /* initiations that went nowhere, or a message that is not remembered */
    uint32_t count, indices[KEPT];
    uint64_t stamps[KEPT];
};

struct boots { uint64_t *floors, *newest, *stored; }; /* by node */

static struct sender *sender_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_clocks, state, pair);
}

static bool begin(struct sim_watch *watch, void *state)
{
    struct boots *boots = state;

    boots->floors = sim_take(watch->memory, watch->plan->node_count * sizeof *boots->floors);
    boots->newest = sim_take(watch->memory, watch->plan->node_count * sizeof *boots->newest);
    boots->stored = sim_take(watch->memory, watch->plan->node_count * sizeof *boots->stored);
    return boots->floors && boots->newest && boots->stored;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void said(void *state, const struct sim_seen *seen)
{
    struct boots *boots = state;
    struct sender *sender = sender_of(state, seen->pair);
    const uint64_t least = later(sender->said, boots->floors[seen->node]);
    uint64_t stamp = 0;

    if (seen->has_wall)
        stamp = (EPOCH + seen->wall / WRN_SECOND) * SLOTS + (seen->wall % WRN_SECOND >> 24);
    sender->said = stamp > least ? stamp : least + 1;
    sender->indices[sender->count % KEPT] = sim_load32(seen->data + 4);
    sender->stamps[sender->count++ % KEPT] = sender->said;
    if (sender->said > boots->newest[seen->node])
        boots->newest[seen->node] = boots->stored[seen->node] = sender->said;
}

static const uint64_t *find(const struct sender *sender, uint32_t index)
{
    for (uint32_t i = 0; i < KEPT && i < sender->count; i++)
        if (sender->indices[(sender->count - 1 - i) % KEPT] == index)
            return &sender->stamps[(sender->count - 1 - i) % KEPT];
    return NULL;
}

/* `pair` is the sender's. */
static void judge(struct sim_watch *watch, void *state, const struct sim_seen *seen, uint32_t pair)
{
    struct sender *sender = sender_of(state, pair);
    const uint64_t *stamp = find(sender, sim_load32(seen->data + 4));
    const bool accepted = sim_seen_authentic(seen), old = seen->verdict == WRN_DROP && seen->reason == WRN_REASON_STAMP;

    if (watch->facts[pair].strange || (!accepted && !old))
        return;
    if (!stamp || !watch->plan->peers[pair].endpoint_known) {
        sender->lost_track = sender->lost_track || accepted;
        return;
    }
    if (sender->lost_track && !accepted)
        return;
    sim_rule_checked(watch, SIM_L15);
    if (old && *stamp > sender->accepted)
        sim_rule_broken(watch, SIM_L15, seen->now, seen->node, "an initiation of pair %u refused, its stamp is %u slots newer",
                        pair, *stamp - sender->accepted);
    if (accepted && *stamp <= sender->accepted && !sender->lost_track)
        sim_rule_broken(watch, SIM_S17, seen->now, seen->node, "an initiation of pair %u accepted, its stamp is %u slots old",
                        pair, sender->accepted - *stamp);
    if (accepted) {
        sender->accepted = *stamp;
        sender->lost_track = false;
    }
}

/* A new engine has heard nothing, and has said what is stored or nothing. */
static void boot(struct sim_watch *watch, void *state, uint32_t node, bool keeps)
{
    struct boots *boots = state;

    boots->floors[node] = boots->newest[node] = keeps ? boots->stored[node] : 0;
    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++) {
        sender_of(state, i)->said = 0;
        if (watch->facts[i].reverse == SIM_NONE)
            continue;
        sender_of(state, watch->facts[i].reverse)->accepted = 0;
        sender_of(state, watch->facts[i].reverse)->lost_track = false;
    }
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_TIMELINE && watch->plan->events[seen->event].kind == SIM_DO_RESTART)
        boot(watch, state, seen->node, watch->plan->events[seen->event].keep_stamp);
    if (!sim_is_type(seen, 1, 148))
        return;
    if (seen->kind == SIM_SEEN_SENT && seen->pair != SIM_NONE)
        said(state, seen);
    if (seen->kind != SIM_SEEN_ARRIVED)
        return;
    if (seen->pair != SIM_NONE && watch->facts[seen->pair].reverse != SIM_NONE)
        judge(watch, state, seen, watch->facts[seen->pair].reverse);
    else if (seen->pair == SIM_NONE && seen->ours)
        judge(watch, state, seen, seen->from_pair);
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_TIMELINE) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED))

const struct sim_checker sim_check_clocks = {
    .rule = SIM_L15, .kinds = KINDS, .world = sizeof(struct boots), .pair = sizeof(struct sender), .begin = begin, .see = see};
