#include "alarm.h"
#include "base.h"

/*
 * L10: loss only delays a handshake. On paths that lose independently, with chances p and q on the ways of the initiation and of
 * the response, each try fails with 1 - (1 - p)(1 - q), whatever was before; after k tries a handshake is not up with the product. One
 * world shows nothing; over many, sim_tries_plausible compares how often it happened with how often it should.
 *
 * An episode is a run of tries that nothing but loss disturbs. It counts for every k whose outcome is known; one that the
 * world's end cuts short does not count beyond, which can only flatter the engine.
 */

#define ONE SIM_TRIES_ONE

struct episode {
    bool     there;
    uint32_t tries;     /* sent; the outcome of the last one is open */
    uint64_t mark;
    uint64_t fails[SIM_TRIES]; /* chance that the tries so far all failed, in 1 / ONE */
};

static struct episode *episode_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_tries, state, pair);
}

static bool only_loses(const struct sim_half *half)
{
    return (half->delay.kind == SIM_FIXED || half->delay.kind == SIM_UNIFORM) && half->delay.a < WRN_SECOND
           && (half->delay.kind == SIM_FIXED || half->delay.b < WRN_SECOND) && half->loss.kind <= SIM_LOSS_CHANCE
           && half->duplicate == 0 && half->reorder == 0 && half->corrupt.chance == 0 && half->rate.ps_per_byte == 0
           && half->rate.count == 0;
}

/* What a tunnel carries is lost with its packets, and what happens to a host is followed for its first interface only. */
static bool is_plain(const struct sim_watch *watch, uint32_t node)
{
    const struct sim_node_facts *facts = &watch->nodes[node];
    const struct sim_path *path = &watch->plan->paths[facts->path];

    return watch->plan->nodes[node].host == 0 && !facts->gone && !facts->down && !facts->held && facts->nat == 0 && path->mtu == 0
           && only_loses(&path->up) && only_loses(&path->down);
}

/* Chance to pass, in 1 / 2^32, rounded down. */
static uint64_t passes(const struct sim_half *half)
{
    return half->loss.kind == SIM_LOSS_CHANCE ? (UINT64_C(1) << 32) - half->loss.chance : UINT64_C(1) << 32;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return (a >> 1) * b >> 31; /* both at most 2^32 */
}

static uint64_t try_fails(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_peer *peer = &watch->plan->peers[pair];
    const struct sim_path *near = &watch->plan->paths[watch->nodes[peer->node].path];
    const struct sim_path *far = &watch->plan->paths[watch->nodes[peer->peer].path];
    const uint64_t good = times(times(passes(&near->up), passes(&far->down)), times(passes(&far->up), passes(&near->down)));

    return ((UINT64_C(1) << 32) - good) / ((UINT64_C(1) << 32) / ONE) + 1; /* rounded up */
}

static uint64_t mark_of(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_pair_facts *tunnel = sim_tunnel(watch, pair);

    return tunnel->disturbed + tunnel->cookies + tunnel->crossings;
}

/* The outcome of try number `k` is known. */
static void count(struct sim_watch *watch, struct episode *episode, uint32_t k, bool up)
{
    for (uint32_t i = k; i < (up ? SIM_TRIES : k + 1); i++) {
        watch->tries.episodes[i]++;
        watch->tries.not_up[i] += !up;
        /* an episode that came up early might have failed as often with the chances of its last try */
        watch->tries.bound[i] += episode->fails[i];
    }
    sim_rule_checked(watch, SIM_L10);
}

static void sent(struct sim_watch *watch, struct episode *episode, const struct sim_seen *seen)
{
    const struct sim_peer *peer = &watch->plan->peers[seen->pair], *other = &watch->plan->peers[watch->facts[seen->pair].reverse];
    uint64_t fails, all;

    if (episode->there && episode->mark != mark_of(watch, seen->pair))
        episode->there = false;
    if (episode->there && episode->tries <= SIM_TRIES)
        count(watch, episode, episode->tries - 1, false);
    if (!episode->there || episode->tries >= SIM_TRIES) {
        *episode = (struct episode){.mark = mark_of(watch, seen->pair)};
        episode->there = !watch->facts[seen->pair].strange && is_plain(watch, peer->node) && is_plain(watch, peer->peer)
                         && peer->has_psk == other->has_psk && memcmp(peer->psk, other->psk, 32) == 0;
    }
    fails = try_fails(watch, seen->pair);
    all = episode->tries > 0 ? episode->fails[episode->tries - 1] : ONE;
    for (uint32_t i = episode->tries; i < SIM_TRIES; i++) {
        all = (all * fails + ONE - 1) / ONE;
        episode->fails[i] = all;
    }
    episode->tries++;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct episode *episode;

    if (seen->kind == SIM_SEEN_RESET)
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            episode_of(state, i)->there = false;
    if (seen->pair == SIM_NONE || watch->facts[seen->pair].reverse == SIM_NONE)
        return;
    episode = episode_of(state, seen->pair);
    if (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 1, 148)) {
        sent(watch, episode, seen);
    } else if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 2, 92) && sim_seen_authentic(seen)) {
        if (episode->there && episode->mark == mark_of(watch, seen->pair))
            count(watch, episode, episode->tries - 1, true);
        episode->there = false;
    } else if (seen->kind == SIM_SEEN_GAVE_UP || (seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 2, 92))) {
        if (seen->kind == SIM_SEEN_GAVE_UP && episode->there && episode->mark == mark_of(watch, seen->pair))
            count(watch, episode, episode->tries - 1, false);
        episode->there = false;
    }
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) \
     | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP))

const struct sim_checker sim_check_tries = {
    .rule = SIM_L10, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct episode), .see = see};

void sim_tries_add(struct sim_tries *sum, const struct sim_tries *tries)
{
    for (unsigned i = 0; i < SIM_TRIES; i++) {
        sum->episodes[i] += tries->episodes[i];
        sum->not_up[i] += tries->not_up[i];
        sum->bound[i] += tries->bound[i];
    }
}

/* Hoeffding: of n independent episodes the count of failures exceeds its mean by t with chance exp(-2 t^2 / n) at most. 24 is
 * ln(20 / 10^-9), for 20 questions at once: honest engines are accused once in a thousand million. */
bool sim_tries_plausible(const struct sim_tries *tries, unsigned k)
{
    const uint64_t n = tries->episodes[k - 1], seen = tries->not_up[k - 1] * ONE, bound = tries->bound[k - 1];
    uint64_t excess, allowed;
    unsigned shift = 0;

    if (seen <= bound)
        return true;
    excess = seen - bound;
    while (excess >> shift >= UINT64_C(1) << 31)
        shift++;
    excess >>= shift;
    if (n > UINT64_MAX / 24 / ONE)
        return true; /* more than anybody counts */
    allowed = 24 * n * ONE >> shift;
    if (allowed > UINT64_MAX / ONE)
        return true;
    return 2 * excess * excess <= allowed * ONE >> shift;
}

unsigned sim_tries_implausible(const struct sim_tries *tries)
{
    for (unsigned k = 1; k <= SIM_TRIES; k++)
        if (!sim_tries_plausible(tries, k))
            return k;
    return 0;
}
