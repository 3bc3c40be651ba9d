#include "alarm.h"

/* L1: on a clean path, the packet that starts a handshake is delivered after initiation, response and data: three ways, unless the
 * old keys are zeroed just then, and the handshake with them. L16: after giving up, the next packet makes an initiation in the same
 * step. Neither is asked for while an initiation is held back. */

struct waits {
    bool     armed, gave_up;
    struct sim_inner inner;
    wrn_time deadline;
    uint64_t mark; /* of the tunnel's disturbances */
};

struct wanted { bool there; uint32_t pair; };

static struct waits *waits_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_first, state, pair);
}

static void late(struct sim_watch *watch, void *state, const struct sim_seen *seen, uint32_t pair)
{
    struct waits *waits = waits_of(state, pair);

    if (!waits->armed || seen->now <= waits->deadline)
        return;
    waits->armed = false;
    if (waits->mark != sim_interruptions(watch, pair))
        return;
    sim_rule_broken(watch, SIM_L1, waits->deadline, watch->plan->peers[pair].node, "packet %u of flow %u did not arrive in time",
                    waits->inner.number, waits->inner.flow);
}

static void arm(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const struct sim_pair_facts *facts = &watch->facts[seen->pair];
    struct waits *waits = waits_of(state, seen->pair);
    struct wanted *wanted = state;
    const bool held_back = sim_pair_held_back(watch, seen->pair, seen->local);

    late(watch, state, seen, seen->pair);
    if (seen->staged >= watch->plan->nodes[seen->node].limits.stage_slots
        || seen->staged >= watch->plan->nodes[seen->node].limits.stage_share)
        waits->armed = false; /* a later packet may have taken its place */
    if (seen->verdict != WRN_TAKEN || held_back)
        return;
    if (waits->gave_up)
        *wanted = (struct wanted){true, seen->pair};
    if (!facts->clean || !seen->ours || waits->armed)
        return;
    if (watch->facts[facts->reverse].initiated && seen->now - watch->facts[facts->reverse].initiated_now < 10 * WRN_SECOND)
        return;
    waits->armed = true;
    waits->inner = seen->inner;
    waits->mark = sim_interruptions(watch, seen->pair);
    waits->deadline = seen->now + 2 * facts->there + facts->back;
    sim_rule_checked(watch, SIM_L1);
}

static void settle(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct wanted *wanted = state;

    if (!wanted->there || watch->plan->peers[wanted->pair].node != seen->node)
        return;
    wanted->there = false;
    waits_of(state, wanted->pair)->gave_up = false;
    sim_rule_checked(watch, SIM_L16);
    if (!sim_pair_held_back(watch, wanted->pair, seen->local))
        sim_rule_broken(watch, SIM_L16, seen->now, seen->node, "a packet for pair %u, which had given up, started nothing",
                        wanted->pair, 0);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct wanted *wanted = state;
    uint32_t reverse, first, end;
    struct waits *waits;

    if (seen->kind == SIM_SEEN_STEP)
        settle(watch, state, seen);
    if (seen->kind == SIM_SEEN_END || seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            late(watch, state, seen, i);
    sim_seen_rekeyed(watch, seen, &first, &end);
    if (wanted->pair >= first && wanted->pair < end)
        wanted->there = false; /* down, forgotten or somebody else in the same instant: nothing is asked of it any more */
    for (uint32_t i = first; i < end; i++)
        *waits_of(state, i) = (struct waits){.armed = false};
    if (seen->kind == SIM_SEEN_ARRIVED && seen->pair == wanted->pair && sim_seen_authentic(seen))
        wanted->there = false; /* a session may have come just now */
    if (seen->pair == SIM_NONE)
        return;
    if (seen->kind == SIM_SEEN_INNER_IN)
        arm(watch, state, seen);
    if (seen->kind == SIM_SEEN_GAVE_UP)
        waits_of(state, seen->pair)->gave_up = true;
    reverse = watch->facts[seen->pair].reverse;
    if (reverse == SIM_NONE)
        return;
    waits = waits_of(state, reverse);
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 1, 148)) /* both at once: another rule's matter (L11) */
        waits->armed = false;
    if (seen->kind == SIM_SEEN_INNER_OUT && waits->armed && waits->inner.flow == seen->inner.flow
        && waits->inner.number == seen->inner.number) {
        late(watch, state, seen, reverse);
        waits->armed = false;
    }
}

const struct sim_checker sim_check_first = {
    .rule = SIM_L1, .of_pairs = true, .world = sizeof(struct wanted), .pair = sizeof(struct waits), .see = see};
