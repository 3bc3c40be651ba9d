#include "ledger.h"

#include "alarm.h"
#include "base.h"

#define LARGEST_COUNTER (UINT64_C(1) << 28) /* of those kept in sets: 32 MiB */

struct slot {
    uint64_t key;
    uint32_t node;
    struct sim_session *session;
};

/* Open addressing, never iterated but to grow. */
struct table {
    struct slot *slots;
    uint32_t     size, used;
};

struct sim_ledger {
    struct table        by_local, by_remote;
    struct sim_session **newest; /* by pair */
    uint32_t            *epochs; /* by node */
    uint32_t            *terms;  /* by pair */
};

static struct slot *probe(const struct table *table, uint32_t node, uint64_t key)
{
    uint64_t hash = (key + node * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    uint32_t i = (uint32_t)(hash >> 32) & (table->size - 1);

    while (table->slots[i].session && (table->slots[i].key != key || table->slots[i].node != node))
        i = (i + 1) & (table->size - 1);
    return &table->slots[i];
}

static struct sim_session *look_up(const struct table *table, uint32_t node, uint64_t key)
{
    return table->size ? probe(table, node, key)->session : NULL;
}

static void enter(struct sim_memory *memory, struct table *table, uint32_t node, uint64_t key, struct sim_session *session)
{
    struct slot *slot;

    if (2 * (table->used + 1) > table->size) {
        struct table larger = {.size = table->size ? 2 * table->size : 64, .used = table->used};

        larger.slots = sim_take(memory, larger.size * sizeof *larger.slots);
        if (!larger.slots)
            return;
        for (uint32_t i = 0; i < table->size; i++)
            if (table->slots[i].session)
                *probe(&larger, table->slots[i].node, table->slots[i].key) = table->slots[i];
        *table = larger;
    }
    slot = probe(table, node, key);
    table->used += slot->session == NULL;
    *slot = (struct slot){key, node, session};
}

struct sim_ledger *sim_ledger_begin(struct sim_watch *watch)
{
    struct sim_ledger *ledger = sim_take(watch->memory, sizeof *ledger);

    if (!ledger)
        return NULL;
    ledger->newest = sim_take(watch->memory, watch->plan->peer_count * sizeof *ledger->newest);
    ledger->epochs = sim_take(watch->memory, watch->plan->node_count * sizeof *ledger->epochs);
    ledger->terms = sim_take(watch->memory, watch->plan->peer_count * sizeof *ledger->terms);
    return ledger->newest && ledger->epochs && ledger->terms ? ledger : NULL;
}

bool sim_ledger_alive(const struct sim_watch *watch, const struct sim_session *session)
{
    return session->epoch == watch->ledger->epochs[session->node] && session->term == watch->ledger->terms[session->pair];
}

struct sim_session *sim_ledger_newest(const struct sim_watch *watch, uint32_t pair)
{
    struct sim_session *newest = watch->ledger->newest[pair];

    return newest && sim_ledger_alive(watch, newest) ? newest : NULL;
}

struct sim_session *sim_ledger_current(const struct sim_watch *watch, uint32_t pair)
{
    struct sim_session *session = sim_ledger_newest(watch, pair);

    while (session && !session->confirmed)
        session = session->older;
    return session && sim_ledger_alive(watch, session) ? session : NULL;
}

struct sim_session *sim_ledger_last(const struct sim_watch *watch, uint32_t pair)
{
    return watch->ledger->newest[pair];
}

static void check_index(struct sim_watch *watch, const struct sim_seen *seen, const struct sim_session *old)
{
    sim_rule_checked(watch, SIM_S21);
    if (old && sim_ledger_alive(watch, old) && watch->ledger->newest[old->pair] == old && old->confirmed
        && seen->local - old->birth < 180 * WRN_SECOND)
        sim_rule_broken(watch, SIM_S21, seen->now, seen->node, "local index %u names a session that is live since %t", old->local,
                        old->birth);
}

static void begin_session(struct sim_watch *watch, struct sim_seen *seen, uint32_t local, uint32_t remote, bool initiator)
{
    struct sim_ledger *ledger = watch->ledger;
    struct sim_session *session = sim_take(watch->memory, sizeof *session);

    if (!session)
        return;
    session->node = seen->node;
    session->pair = seen->pair;
    session->local = local;
    session->remote = remote;
    session->epoch = ledger->epochs[seen->node];
    session->term = ledger->terms[seen->pair];
    session->birth = seen->local;
    session->born = seen->elapsed;
    session->initiator = session->confirmed = initiator;
    check_index(watch, seen, look_up(&ledger->by_local, seen->node, local));
    session->older = ledger->newest[seen->pair];
    ledger->newest[seen->pair] = session;
    enter(watch->memory, &ledger->by_local, seen->node, local, session);
    enter(watch->memory, &ledger->by_remote, seen->node, (uint64_t)seen->pair << 32 | remote, session);
    seen->session = session;
}

static void forget(struct sim_watch *watch, const struct sim_seen *seen)
{
    uint32_t first, end;

    sim_seen_rekeyed(watch, seen, &first, &end);
    for (uint32_t i = first; i < end; i++) {
        struct sim_pair_facts *facts = &watch->facts[i];

        facts->handshaken = facts->initiated = facts->pending = facts->crossed = false;
        for (struct sim_session *session = watch->ledger->newest[i]; session && !session->mute; session = session->older)
            session->mute = true;
    }
}

static void remember(struct sim_watch *watch, const struct sim_seen *seen)
{
    struct sim_pair_facts *facts = seen->pair != SIM_NONE ? &watch->facts[seen->pair] : NULL;

    forget(watch, seen);
    if (!facts || (seen->kind != SIM_SEEN_SENT && seen->kind != SIM_SEEN_ARRIVED))
        return;
    if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 2, 92) && sim_seen_authentic(seen))
        facts->pending = facts->crossed = false;
    if (seen->kind == SIM_SEEN_ARRIVED || (!sim_is_type(seen, 1, 148) && !sim_is_type(seen, 2, 92)))
        return;
    facts->handshaken = true;
    facts->handshake_at = seen->local;
    if (seen->data[0] == 1) {
        facts->initiated = true;
        facts->initiated_now = seen->now;
    }
    if (seen->data[0] == 2 && facts->pending)
        sim_tunnel(watch, seen->pair)->crossings++;
    facts->crossed = seen->data[0] == 2 && (facts->pending || facts->crossed);
    facts->pending = seen->data[0] == 1;
}

bool sim_pair_held_back(const struct sim_watch *watch, uint32_t pair, wrn_time local)
{
    const struct sim_pair_facts *facts = &watch->facts[pair];

    if (facts->blind)
        return true;
    return facts->handshaken && local - facts->handshake_at < (facts->crossed ? 10 : 5) * WRN_SECOND;
}

void sim_ledger_see(struct sim_watch *watch, struct sim_seen *seen)
{
    struct sim_ledger *ledger = watch->ledger;

    remember(watch, seen);
    if (seen->kind == SIM_SEEN_RESET)
        ledger->epochs[seen->node]++;
    if (seen->kind == SIM_SEEN_FORGOT)
        ledger->terms[seen->pair]++;
    if (seen->kind == SIM_SEEN_SENT && seen->pair != SIM_NONE) {
        if (seen->length == 92 && seen->data[0] == 2)
            begin_session(watch, seen, sim_load32(seen->data + 4), sim_load32(seen->data + 8), false);
        else if (sim_is_type(seen, 4, 32))
            seen->session = look_up(&ledger->by_remote, seen->node, (uint64_t)seen->pair << 32 | sim_load32(seen->data + 4));
    }
    if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen)) {
        if (seen->length == 92 && seen->data[0] == 2 && seen->pair != SIM_NONE)
            begin_session(watch, seen, sim_load32(seen->data + 8), sim_load32(seen->data + 4), true);
    }
    if (seen->kind == SIM_SEEN_ARRIVED && sim_is_type(seen, 4, 32))
        seen->session = look_up(&ledger->by_local, seen->node, sim_load32(seen->data + 4));
}

bool sim_session_has(const struct sim_session *session, uint64_t counter)
{
    return counter / 64 < session->seen_words && (session->seen[counter / 64] >> counter % 64 & 1);
}

bool sim_session_add(struct sim_watch *watch, struct sim_session *session, uint64_t counter)
{
    if (counter >= LARGEST_COUNTER)
        return false;
    if (counter / 64 >= session->seen_words) {
        uint64_t words = session->seen_words ? 2 * session->seen_words : 2;
        uint64_t *seen;

        while (words <= counter / 64)
            words *= 2;
        seen = sim_take(watch->memory, (size_t)words * sizeof *seen);
        if (!seen)
            return false;
        if (session->seen_words)
            memcpy(seen, session->seen, (size_t)session->seen_words * sizeof *seen);
        session->seen = seen;
        session->seen_words = words;
    }
    session->seen[counter / 64] |= UINT64_C(1) << counter % 64;
    return true;
}
