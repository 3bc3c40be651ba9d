#include "watch.h"

/* S26 (oracle 7): without persistent keepalive and user data, whatever the faults, no datagram after 125 s and 5.34 s per
 * initiation that was sent since. Judged for both directions of a tunnel together, on the world's clock. User data counts when
 * it is handed in and when it arrives; and what an attacker releases late, if it is fresh, begins anew. */

struct idle {
    wrn_time since;
    uint64_t initiations;
};

static uint32_t tunnel(const struct sim_watch *watch, uint32_t pair)
{
    uint32_t reverse = watch->facts[pair].reverse;

    return reverse < pair ? reverse : pair; /* SIM_NONE is the largest */
}

static bool keeps_alive(const struct sim_watch *watch, uint32_t pair)
{
    uint32_t reverse = watch->facts[pair].reverse;

    return watch->sides[pair].keepalive_s > 0 || (reverse != SIM_NONE && watch->sides[reverse].keepalive_s > 0);
}

static bool begins(const struct sim_seen *seen)
{
    if (seen->kind == SIM_SEEN_INNER_IN)
        return true;
    return seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen) && (!seen->ours || sim_is_type(seen, 4, 33));
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct idle *idle;
    uint32_t first, end;

    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++)
        *(struct idle *)sim_pair_state(&sim_check_idle, state, tunnel(watch, i)) = (struct idle){seen->now, 0};
    if (seen->kind == SIM_SEEN_SET && seen->pair != SIM_NONE)
        *(struct idle *)sim_pair_state(&sim_check_idle, state, tunnel(watch, seen->pair)) = (struct idle){seen->now, 0};
    if (seen->kind == SIM_SEEN_RESUMED)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++) {
            idle = sim_pair_state(&sim_check_idle, state, tunnel(watch, i));
            idle->since = idle->since + seen->gone < seen->now ? idle->since + seen->gone : seen->now;
        }
    if (seen->pair == SIM_NONE || keeps_alive(watch, seen->pair))
        return;
    idle = sim_pair_state(&sim_check_idle, state, tunnel(watch, seen->pair));
    if (begins(seen))
        *idle = (struct idle){seen->now, 0};
    if (seen->kind != SIM_SEEN_SENT)
        return;
    sim_rule_checked(watch, SIM_S26);
    if (seen->now - idle->since > 125 * WRN_SECOND + idle->initiations * 5340 * WRN_MILLISECOND)
        sim_rule_broken(watch, SIM_S26, seen->now, seen->node, "%u bytes sent %t after the last user data", seen->length,
                        seen->now - idle->since);
    idle->initiations += seen->length == 148 && seen->data[0] == 1;
}

const struct sim_checker sim_check_idle = {.rule = SIM_S26, .of_pairs = true, .pair = sizeof(struct idle), .see = see};
