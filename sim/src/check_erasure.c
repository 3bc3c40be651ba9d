#include "alarm.h"
#include "base.h"
#include "hunt.h"
#include "secrets.h"

/* S8 and S9: see secrets.h. */

#define ERASED_AFTER (540 * WRN_SECOND)
#define SLACK        1000u /* ns: a skewed clock's instants fall between the world's */
#define SCAN_AT_ONCE (1u << 19) /* of a larger memory, not every change is followed by a look: the look is 1 s later per 1 MiB   \
                                 */

enum place { PREVIOUS, CURRENT, NEXT, PLACES };

struct keys {
    const struct sim_session *session; /* null: nobody stands here */
    struct sim_hunted of[2];
};

struct pair_secrets {
    struct keys places[PLACES];
    struct sim_vector pending;    /* of struct sim_hunted: of our initiation that is not answered yet */
    bool kept;                    /* that initiation's secrets are there */
    uint8_t ephemeral[32];        /* its public one */
    wrn_time asked_at, erased_at; /* when that was sent; when all is erased or WRN_NEVER: on the node's clock */
};

struct node_secrets {
    struct sim_vector fresh; /* of struct sim_hunted: of the call that the engine is in */
    struct sim_hunt dead;
    wrn_time look_at, due; /* due: no pair's erased_at is earlier */
};

struct erasure {
    struct node_secrets *nodes;
};

static struct pair_secrets *of_pair(const struct sim_watch *watch, uint32_t pair)
{
    return sim_pair_state(&sim_check_erasure, watch->states[SIM_S8], pair);
}

static bool begin(struct sim_watch *watch, void *state)
{
    struct erasure *erasure = state;

    watch->states[SIM_S8] = state;
    erasure->nodes = sim_take(watch->memory, watch->plan->node_count * sizeof *erasure->nodes);
    for (uint32_t i = 0; erasure->nodes && i < watch->plan->node_count; i++) {
        erasure->nodes[i].dead.memory = watch->memory;
        erasure->nodes[i].due = WRN_NEVER;
    }
    for (uint32_t i = 0; i < watch->plan->peer_count; i++)
        of_pair(watch, i)->erased_at = WRN_NEVER;
    return erasure->nodes != NULL;
}

void sim_secret_seen(struct sim_watch *watch, uint32_t node, enum sim_secret_kind kind, const uint8_t bytes[32])
{
    struct erasure *erasure = watch->states[SIM_S8];
    struct sim_vector *fresh;
    struct sim_hunted *secret;

    if (watch->plan->checks == SIM_CHECKS_NONE)
        return;
    fresh = &erasure->nodes[node].fresh;
    if (!sim_vector_room(watch->memory, fresh, sizeof *secret, fresh->count + 1))
        return;
    secret = &((struct sim_hunted *)fresh->data)[fresh->count++];
    *secret = (struct sim_hunted){.kind = kind, .pair = SIM_NONE};
    memcpy(secret->bytes, bytes, sizeof secret->bytes);
}

/* Those of a list, but for transport keys when they are spared. */
static void bury(struct node_secrets *node, struct sim_vector *list, uint32_t pair, wrn_time born, bool spare)
{
    struct sim_hunted *secrets = list->data;

    for (uint64_t i = 0; i < list->count; i++) {
        if (spare && secrets[i].kind == SIM_SECRET_TRANSPORT)
            continue;
        secrets[i].pair = pair;
        secrets[i].born = born;
        sim_hunt_add(&node->dead, &secrets[i]);
    }
    list->count = 0;
}

static void drop_ephemerals(struct sim_vector *list)
{
    struct sim_hunted *secrets = list->data;
    uint64_t kept = 0;

    for (uint64_t i = 0; i < list->count; i++)
        if (secrets[i].kind != SIM_SECRET_EPHEMERAL)
            secrets[kept++] = secrets[i];
    list->count = kept;
}

/* `erased`: with everything of its pair (S8), not because another session took its place (S9). */
static void retire(struct node_secrets *node, struct keys *keys, bool erased)
{
    if (keys->session)
        for (unsigned i = 0; i < 2; i++) {
            keys->of[i].erased = erased;
            sim_hunt_add(&node->dead, &keys->of[i]);
        }
    *keys = (struct keys){0};
}

/* A session begins with what the engine just computed. */
static void born(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen)
{
    struct pair_secrets *pair = of_pair(watch, seen->pair);
    struct keys keys = {.session = seen->session};
    const struct sim_hunted *fresh = node->fresh.data;
    unsigned count = 0;

    for (uint64_t i = 0; i < node->fresh.count && count < 2; i++)
        if (fresh[i].kind == SIM_SECRET_TRANSPORT) {
            keys.of[count] = fresh[i];
            keys.of[count].pair = seen->pair;
            keys.of[count++].born = seen->local;
        }
    bury(node, &node->fresh, seen->pair, seen->local, true);
    retire(node, &pair->places[PREVIOUS], false);
    if (seen->session->initiator) {
        bury(node, &pair->pending, seen->pair, seen->local, false);
        pair->kept = false;
        pair->places[PREVIOUS] = pair->places[pair->places[NEXT].session ? NEXT : CURRENT];
        if (pair->places[NEXT].session)
            retire(node, &pair->places[CURRENT], false);
        pair->places[NEXT] = (struct keys){0};
        pair->places[CURRENT] = keys;
    } else {
        retire(node, &pair->places[NEXT], false);
        pair->places[NEXT] = keys;
    }
    pair->erased_at = seen->local + ERASED_AFTER;
    node->due = pair->erased_at < node->due ? pair->erased_at : node->due;
}

static void used(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen)
{
    struct pair_secrets *pair = of_pair(watch, seen->pair);
    enum place at = PREVIOUS;

    if (!seen->session || !sim_ledger_alive(watch, seen->session))
        return;
    sim_rule_checked(watch, SIM_S9);
    while (at < PLACES && pair->places[at].session != seen->session)
        at++;
    if (at == PLACES)
        sim_rule_broken(watch, SIM_S9, seen->now, seen->node,
                        "data taken under the session of index %u, which has lost its place; "
                        "it is %t old",
                        seen->session->local, seen->local - seen->session->birth);
    if (at != NEXT)
        return;
    retire(node, &pair->places[PREVIOUS], false);
    pair->places[PREVIOUS] = pair->places[CURRENT];
    pair->places[CURRENT] = pair->places[NEXT];
    pair->places[NEXT] = (struct keys){0};
}

/* Everything that was there before `end`: a new attempt may begin at the same moment. */
static void erase(struct sim_watch *watch, struct node_secrets *node, uint32_t number, wrn_time local, wrn_time end)
{
    struct pair_secrets *pair = of_pair(watch, number);

    for (enum place at = PREVIOUS; at < PLACES; at++)
        retire(node, &pair->places[at], true);
    if (pair->asked_at < end) {
        bury(node, &pair->pending, number, local, false);
        pair->kept = false;
    }
    pair->erased_at = WRN_NEVER;
}

/* Of the pairs whose time came before `end`. */
static void erase_due(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen, wrn_time end)
{
    if (end <= node->due)
        return;
    node->due = WRN_NEVER;
    for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++) {
        const struct pair_secrets *pair = of_pair(watch, i);

        if (pair->erased_at < end) {
            if (pair->kept && pair->asked_at < pair->erased_at)
                sim_tunnel(watch, i)->disturbed++; /* who is asked answers in vain (P-78) */
            erase(watch, node, i, seen->local, pair->erased_at);
        }
        node->due = pair->erased_at < node->due ? pair->erased_at : node->due;
    }
}

/* What was due while the engine could do nothing is due now. */
static void put_off(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen)
{
    const wrn_time from = seen->local - seen->gone_local;

    for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++) {
        struct pair_secrets *pair = of_pair(watch, i);

        if (pair->erased_at >= from && pair->erased_at < seen->local)
            pair->erased_at = seen->local;
    }
    if (node->due >= from && node->due < seen->local)
        node->due = seen->local;
}

bool sim_session_lives(const struct sim_watch *watch, const struct sim_session *session)
{
    const struct keys *places = of_pair(watch, session->pair)->places;

    return places[PREVIOUS].session == session || places[CURRENT].session == session || places[NEXT].session == session;
}

bool sim_initiation_kept(const struct sim_watch *watch, uint32_t number)
{
    return of_pair(watch, number)->kept;
}

bool sim_initiation_waits(const struct sim_watch *watch, uint32_t number, const uint8_t *message)
{
    const struct pair_secrets *pair = of_pair(watch, number);

    return pair->pending.count > 0 && memcmp(pair->ephemeral, message + 8, sizeof pair->ephemeral) == 0;
}

static const char *text_of(const struct sim_hunted *found)
{
    if (found->kind != SIM_SECRET_TRANSPORT)
        return "secrets of a handshake that is over are in memory, pair %u, %t after it";
    return found->erased ? "keys that had to be erased are in memory, pair %u, %t after their session's birth"
                         : "keys of a session that has lost its place are in memory, pair %u, %t after its birth";
}

static void look(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen, bool now)
{
    const struct sim_hunted *found;
    enum sim_rule rule;

    if (node->dead.wanted.count == 0 || !seen->memory || (!now && seen->local < node->look_at))
        return;
    found = sim_hunt_find(&node->dead, seen->memory, seen->memory_size);
    rule = found && found->kind == SIM_SECRET_TRANSPORT && !found->erased ? SIM_S9 : SIM_S8;
    sim_rule_checked(watch, SIM_S8);
    sim_rule_checked(watch, SIM_S9);
    if (found)
        sim_rule_broken(watch, rule, seen->now, seen->node, text_of(found), found->pair,
                        seen->local - (found->born < seen->local ? found->born : seen->local));
    sim_hunt_clear(&node->dead);
    node->look_at = seen->memory_size <= SCAN_AT_ONCE ? 0 : seen->local + seen->memory_size * (WRN_SECOND >> 20);
}

void sim_secrets_before(struct sim_watch *watch, const struct sim_seen *seen)
{
    struct erasure *erasure = watch->states[SIM_S8];
    const wrn_time end = seen->local > SLACK ? seen->local - SLACK : 0; /* what is due now the engine is about to erase */

    if (watch->plan->checks == SIM_CHECKS_NONE || end <= erasure->nodes[seen->node].due)
        return;
    erase_due(watch, &erasure->nodes[seen->node], seen, end);
    look(watch, &erasure->nodes[seen->node], seen, true);
}

/* What an engine computed for its own datagram, or for one that it got, and who keeps it. */
static void sort(struct sim_watch *watch, struct node_secrets *node, const struct sim_seen *seen)
{
    const bool ours = seen->kind == SIM_SEEN_SENT && seen->pair != SIM_NONE && seen->cause != SIM_CAUSE_ATTACK;
    const bool taken = seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen) && seen->pair != SIM_NONE;

    if (ours && sim_is_type(seen, 1, 148)) {
        struct pair_secrets *pair = of_pair(watch, seen->pair);
        struct sim_vector last = pair->pending;

        bury(node, &last, seen->pair, seen->local, false);
        pair->pending = node->fresh;
        pair->asked_at = seen->local;
        pair->kept = true;
        node->fresh = last;
        memcpy(pair->ephemeral, seen->data + 8, sizeof pair->ephemeral);
    } else if (((ours && seen->cause == SIM_CAUSE_ANSWER) || taken) && sim_is_type(seen, 2, 92) && seen->session) {
        born(watch, node, seen);
    } else if (taken && sim_is_type(seen, 4, 32)) {
        used(watch, node, seen);
    } else if (seen->kind == SIM_SEEN_ARRIVED && seen->answer_length != 92) {
        if (sim_is_type(seen, 2, 92)) /* refused: our initiation waits on, and what it was tried with was its own */
            drop_ephemerals(&node->fresh);
        bury(node, &node->fresh, seen->pair, seen->local, false);
    }
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct node_secrets *node = &((struct erasure *)state)->nodes[seen->node];

    switch (seen->kind) {
    case SIM_SEEN_SENT:
    case SIM_SEEN_ARRIVED:
        sort(watch, node, seen);
        break;
    case SIM_SEEN_GAVE_UP:
        if (of_pair(watch, seen->pair)->erased_at == WRN_NEVER) {
            of_pair(watch, seen->pair)->erased_at = seen->local + ERASED_AFTER;
            node->due = seen->local + ERASED_AFTER < node->due ? seen->local + ERASED_AFTER : node->due;
        }
        break;
    case SIM_SEEN_RESET:
        node->fresh.count = 0;
        for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
            erase(watch, node, i, seen->local, WRN_NEVER);
        look(watch, node, seen, true);
        break;
    case SIM_SEEN_FORGOT:
        erase(watch, node, seen->pair, seen->local, WRN_NEVER);
        break;
    case SIM_SEEN_SET:
        if (seen->set == SIM_SET_KEY) /* no handshake of the old one goes on (P-128) */
            for (uint32_t i = watch->first_pair[seen->node]; i < watch->first_pair[seen->node + 1]; i++)
                bury(node, &of_pair(watch, i)->pending, i, seen->local, false);
        break;
    case SIM_SEEN_RESUMED:
        put_off(watch, node, seen);
        break;
    case SIM_SEEN_STEP:
        erase_due(watch, node, seen, seen->local + 1);
        look(watch, node, seen, false);
        break;
    case SIM_SEEN_END:
        erase_due(watch, node, seen, seen->local);
        look(watch, node, seen, true);
        break;
    default:
        break;
    }
}

const struct sim_checker sim_check_erasure = {
    .rule = SIM_S8, .world = sizeof(struct erasure), .pair = sizeof(struct pair_secrets), .begin = begin, .see = see,
    .kinds = SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP)
             | SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_FORGOT) | SIM_SEEN_MASK(SIM_SEEN_SET)
             | SIM_SEEN_MASK(SIM_SEEN_RESUMED) | SIM_SEEN_MASK(SIM_SEEN_STEP) | SIM_SEEN_MASK(SIM_SEEN_END)};
