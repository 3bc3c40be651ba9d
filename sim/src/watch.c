#include "watch.h"

#include "alarm.h"
#include "base.h"
#include "ledger.h"
#include "text.h"

static const struct sim_checker *const checkers[] = {
    &sim_check_inner, &sim_check_replay, &sim_check_nonce, &sim_check_canary, &sim_check_age, &sim_check_confirm,
    &sim_check_endpoint, &sim_check_routes, &sim_check_silence, &sim_check_initiations, &sim_check_attempts, &sim_check_stamps,
    &sim_check_padding, &sim_check_balance, &sim_check_psk, &sim_check_idle, &sim_check_first, &sim_check_rekey,
    &sim_check_keepalive, &sim_check_dead_peer, &sim_check_order, &sim_check_deadline, &sim_check_erasure, &sim_check_cookie,
    &sim_check_restart, &sim_check_heal, &sim_check_revive, &sim_check_tries, &sim_check_crossing, &sim_check_binding,
    &sim_check_loaded, &sim_check_clocks, &sim_check_timers,
};

#define CHECKERS (sizeof checkers / sizeof *checkers)

static bool is_quiet(const struct sim_plan *plan, uint32_t node)
{
    const struct sim_path *path = &plan->paths[plan->nodes[node].path];

    return sim_path_ideal(path) && !plan->nodes[node].starts_down && plan->nodes[node].skew_ppb == 0
           && plan->nodes[node].nat == 0 && plan->nodes[node].over == 0
           && plan->nodes[node].load_rate >= plan->node_count && plan->nodes[node].load_burst >= plan->node_count;
}

static const struct sim_path *path_of(const struct sim_plan *plan, uint32_t node)
{
    return &plan->paths[plan->nodes[node].path];
}

/* Finds every pair's other side, at a cost that grows with the pairs alone: a hub has as many as there are spokes. */
static bool pair_up(struct sim_watch *watch)
{
    const struct sim_plan *plan = watch->plan;
    /* By node, plus one: the first pair to it, and the pair of the node at hand with it. By pair: the next to the same node. */
    uint32_t *first = sim_take(watch->memory, plan->node_count * sizeof *first);
    uint32_t *with = sim_take(watch->memory, plan->node_count * sizeof *with);
    uint32_t *next = sim_take(watch->memory, plan->peer_count * sizeof *next);

    if (!first || !with || !next)
        return false;
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        watch->facts[i].reverse = SIM_NONE;
        next[i] = first[plan->peers[i].peer];
        first[plan->peers[i].peer] = i + 1;
    }
    for (uint32_t node = 0; node < plan->node_count; node++) {
        for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
            with[plan->peers[i].peer] = i + 1;
        for (uint32_t i = first[node]; i > 0; i = next[i - 1])
            if (with[plan->peers[i - 1].node] > watch->first_pair[node])
                watch->facts[i - 1].reverse = with[plan->peers[i - 1].node] - 1;
    }
    return true;
}

/* Many nodes may trip the load gate all at once, and few do where it is low; then an initiation is answered by a cookie: no exact
 * times there. */
#define CROWD 200u

static void learn(struct sim_watch *watch, uint32_t pair)
{
    const struct sim_plan *plan = watch->plan;
    const struct sim_peer *peer = &plan->peers[pair], *other;
    struct sim_pair_facts *facts = &watch->facts[pair];

    facts->reachable = peer->endpoint_known;
    if (facts->reverse == SIM_NONE)
        return;
    other = &plan->peers[facts->reverse];
    facts->clean = plan->event_count == 0 && !peer->absent && !other->absent
                   && plan->node_count <= CROWD && is_quiet(plan, peer->node) && is_quiet(plan, peer->peer)
                   && memcmp(peer->psk, other->psk, 32) == 0 && peer->has_psk == other->has_psk;
    facts->there = path_of(plan, peer->node)->up.delay.a + path_of(plan, peer->peer)->down.delay.a;
    facts->back = path_of(plan, peer->peer)->up.delay.a + path_of(plan, peer->node)->down.delay.a;
}

#define OF_DATAGRAMS (SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_LOST))

/* Most of what is seen concerns few. */
static bool begin_listeners(struct sim_watch *watch)
{
    for (unsigned each = 0; each < 2 * SIM_SEEN_KINDS; each++) {
        const struct sim_checker **list = sim_take(watch->memory, (CHECKERS + 1) * sizeof *list);
        const unsigned kind = each / 2, stranger = each % 2;

        if (!list)
            return false;
        watch->listeners[stranger][kind] = list;
        for (size_t i = 0; i < CHECKERS; i++) {
            if (checkers[i]->kinds != 0 && !(checkers[i]->kinds & SIM_SEEN_MASK(kind)))
                continue;
            if (!stranger || !checkers[i]->of_pairs || !(OF_DATAGRAMS & SIM_SEEN_MASK(kind)))
                *list++ = checkers[i];
        }
    }
    return true;
}

static bool begin_checkers(struct sim_watch *watch)
{
    for (size_t i = 0; i < CHECKERS; i++) {
        const struct sim_checker *checker = checkers[i];
        size_t size = ((checker->world + 15) & ~(size_t)15) + watch->plan->peer_count * checker->pair;
        void *state = sim_take(watch->memory, size > 0 ? size : 1);

        if (!state || (checker->begin && !checker->begin(watch, state)))
            return false;
        watch->states[checker->rule] = state;
    }
    return true;
}

bool sim_watch_begin(struct sim_watch *watch, const struct sim_plan *plan, struct sim_memory *memory, struct sim_traffic *traffic,
                     const uint8_t (*public_keys)[32])
{
    memset(watch, 0, sizeof *watch);
    watch->plan = plan;
    watch->memory = memory;
    watch->traffic = traffic;
    watch->public_keys = public_keys;
    watch->full = plan->checks == SIM_CHECKS_FULL;
    watch->facts = sim_take(memory, plan->peer_count * sizeof *watch->facts);
    watch->first_pair = sim_take(memory, (plan->node_count + 1) * sizeof *watch->first_pair);
    watch->sides = sim_take(memory, plan->peer_count * sizeof *watch->sides);
    watch->mtus = sim_take(memory, plan->node_count * sizeof *watch->mtus);
    watch->invariants = sim_take(memory, SIM_RULES * sizeof *watch->invariants);
    watch->nodes = sim_take(memory, plan->node_count * sizeof *watch->nodes);
    watch->alarms = sim_alarms_begin(memory);
    watch->ledger = sim_ledger_begin(watch);
    if (!watch->sides || !watch->mtus || !watch->nodes || !watch->alarms || !watch->facts || !watch->first_pair
        || !watch->invariants || !watch->ledger)
        return false;
    sim_rule_names(watch->invariants);
    for (uint32_t i = 0; i < plan->peer_count; i++)
        watch->first_pair[plan->peers[i].node + 1] = i + 1;
    for (uint32_t i = 1; i <= plan->node_count; i++)
        if (watch->first_pair[i] < watch->first_pair[i - 1])
            watch->first_pair[i] = watch->first_pair[i - 1];
    if (!pair_up(watch))
        return false;
    for (uint32_t i = 0; i < plan->peer_count; i++)
        learn(watch, i);
    for (uint32_t i = 0; i < plan->node_count; i++)
        watch->mtus[i] = plan->nodes[i].mtu;
    for (uint32_t i = 0; i < plan->node_count; i++)
        watch->nodes[i] = (struct sim_node_facts){.path = plan->nodes[i].path, .nat = plan->nodes[i].nat,
                                                  .down = plan->nodes[i].starts_down};
    for (uint32_t i = 0; i < plan->peer_count; i++) {
        sim_side_begin(watch, i);
        watch->sides[i].present = !plan->peers[i].absent;
    }
    return begin_listeners(watch) && begin_checkers(watch);
}

void sim_side_begin(struct sim_watch *watch, uint32_t pair)
{
    const struct sim_peer *peer = &watch->plan->peers[pair];
    struct sim_conf *side = &watch->sides[pair];

    side->has_psk = peer->has_psk;
    memcpy(side->psk, peer->psk, sizeof side->psk);
    side->keepalive_s = peer->keepalive_s;
    side->endpoint = peer->endpoint_known ? watch->plan->nodes[peer->peer].outer : (struct wrn_endpoint){.family = 0};
    side->prefixes = watch->plan->prefixes + peer->first_prefix;
    side->prefix_count = peer->prefix_count;
    side->prefix_room = 0;
    side->present = true;
}

uint32_t sim_pair_of(const struct sim_watch *watch, uint32_t node, uint32_t peer)
{
    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++)
        if (watch->plan->peers[i].peer == peer)
            return i;
    return SIM_NONE;
}

bool sim_same_prefix(const struct wrn_prefix *a, const struct wrn_prefix *b)
{
    if (a->family != b->family || a->length != b->length)
        return false;
    for (unsigned bit = 0; bit < a->length; bit++)
        if ((a->address[bit / 8] ^ b->address[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static void pairs_of(const struct sim_watch *watch, uint32_t node, uint32_t *first, uint32_t *end)
{
    *first = watch->first_pair[node];
    *end = watch->first_pair[node + 1];
}

void sim_seen_anew(const struct sim_watch *watch, const struct sim_seen *seen, uint32_t *first, uint32_t *end)
{
    *first = *end = 0;
    if (seen->kind == SIM_SEEN_RESET) {
        pairs_of(watch, seen->node, first, end);
    } else if (seen->kind == SIM_SEEN_FORGOT) {
        *first = seen->pair;
        *end = seen->pair + 1;
    }
}

void sim_seen_rekeyed(const struct sim_watch *watch, const struct sim_seen *seen, uint32_t *first, uint32_t *end)
{
    if (seen->kind == SIM_SEEN_SET && seen->set == SIM_SET_KEY)
        pairs_of(watch, seen->node, first, end);
    else
        sim_seen_anew(watch, seen, first, end);
}

void sim_watch_see(struct sim_watch *watch, struct sim_seen *seen)
{
    if (watch->plan->checks == SIM_CHECKS_NONE)
        return;
    watch->now = seen->now;
    sim_calm_see(watch, seen);
    sim_ledger_see(watch, seen);
    for (const struct sim_checker **next = watch->listeners[seen->pair == SIM_NONE][seen->kind]; *next; next++)
        (*next)->see(watch, watch->states[(*next)->rule], seen);
}

void sim_watch_ring(struct sim_watch *watch, struct sim_seen *seen)
{
    watch->now = seen->now;
    for (size_t i = 0; i < CHECKERS; i++)
        if ((uint32_t)checkers[i]->rule == seen->event)
            checkers[i]->see(watch, watch->states[seen->event], seen);
}

void sim_rule_broken(struct sim_watch *watch, enum sim_rule rule, wrn_time time, uint32_t node, const char *format, uint64_t a,
                     uint64_t b)
{
    struct sim_invariant *invariant = &watch->invariants[rule];

    if (invariant->violated++ == 0)
        watch->violated++;
    if (watch->first.there)
        return;
    watch->first.there = true;
    watch->first.time = time;
    watch->first.node = node;
    watch->first.invariant = rule;
    sim_text_fill(watch->first.text, sizeof watch->first.text, format, (const struct sim_part[]){{NULL, a}, {NULL, b}}, 2);
}

bool sim_seen_authentic(const struct sim_seen *seen)
{
    switch (seen->verdict) {
    case WRN_DELIVER:
        return true;
    case WRN_TAKEN: /* a response or a keepalive; a cookie reply proves nothing about the peer */
        return seen->length > 0 && seen->data[0] != 3;
    case WRN_SEND: /* answered: by a response, not by a cookie reply */
        return seen->pair != SIM_NONE && seen->answer_length == 92;
    default:
        return seen->verdict == WRN_DROP && (seen->reason == WRN_REASON_INNER_VERSION || seen->reason == WRN_REASON_INNER_LENGTH
                                             || seen->reason == WRN_REASON_INNER_SOURCE);
    }
}
