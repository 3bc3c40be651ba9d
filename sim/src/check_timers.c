#include "alarm.h"
#include "base.h"
#include "ledger.h"

/*
 * The kernel's five timers, a second time: retransmission, new handshake, passive and persistent keepalive, zeroing, of each pair,
 * fed by what is seen on the wire (the table under Timers in CONFORMANCE.md). Jitter is drawn inside the engine, so two of them are
 * windows here.
 *
 *   S26   an initiation or a keepalive leaves only because a timer, a rekey or a packet asks for it at that very moment
 *   T2    a retry leaves 5 s to 5.334 s after the initiation before it, unless something held it back or it was the last
 *   L13   something leaves when the persistent timer fires
 *
 * Not judged until the next handshake: timers that went on unseen, because there was nobody to send to, or the host stood still.
 */

#define JITTER (334 * WRN_MILLISECOND)
#define ZERO (540 * WRN_SECOND)
#define SLACK 1000u /* ns: a skewed clock's instants fall between the world's */

struct timers {
    bool     unseen, need_another, again, pending, yields, next;
    bool     surely;                /* the retry is armed, and not only perhaps */
    uint32_t next_index;            /* of the session that waits for its confirmation */
    wrn_time retry_from, retry_to;  /* WRN_NEVER: not armed */
    wrn_time silent_from, silent_to;
    wrn_time keepalive, persistent, zero;
    uint16_t every_s;               /* of the persistent one, as it was when last looked at */
    wrn_time asked, kept;           /* when a handshake, a keepalive was last asked for */
    wrn_time owed;                  /* the persistent timer's firing that has yet to show; WRN_NEVER: none */
    wrn_time sent;
    wrn_time alarm;
};

static struct timers *timers_of(void *state, uint32_t pair)
{
    return sim_pair_state(&sim_check_timers, state, pair);
}

static void stop(struct timers *timers)
{
    timers->retry_from = timers->retry_to = timers->silent_from = timers->silent_to = WRN_NEVER;
    timers->keepalive = timers->persistent = timers->zero = timers->owed = WRN_NEVER;
    timers->need_another = timers->again = timers->pending = timers->yields = timers->next = false;
}

static bool begin(struct sim_watch *watch, void *state)
{
    for (uint32_t i = 0; i < watch->plan->peer_count; i++) {
        stop(timers_of(state, i));
        timers_of(state, i)->asked = timers_of(state, i)->kept = timers_of(state, i)->sent = WRN_NEVER;
        timers_of(state, i)->every_s = watch->plan->peers[i].keepalive_s;
        timers_of(state, i)->unseen = !watch->plan->peers[i].endpoint_known;
    }
    return true;
}

static bool is_judged(const struct sim_watch *watch, const struct timers *timers, uint32_t pair)
{
    return !timers->unseen && !watch->facts[pair].strange;
}

static wrn_time interval(const struct sim_watch *watch, uint32_t pair)
{
    return watch->sides[pair].keepalive_s * WRN_SECOND;
}

static void traversal(const struct sim_watch *watch, struct timers *timers, uint32_t pair, wrn_time local)
{
    if (interval(watch, pair) > 0)
        timers->persistent = local + interval(watch, pair);
}

/* Does the node have a session that it can send with? Not yet one that is confirmed by what arrives at this very moment. */
static bool usable(const struct sim_watch *watch, const struct timers *timers, uint32_t pair, wrn_time local)
{
    const struct sim_session *session = sim_ledger_current(watch, pair);

    return session && local - session->birth < 180 * WRN_SECOND && !(timers->next && session->local == timers->next_index);
}

/* What the exact timers ask for at `local`, before anything else happens then. */
static void fire(struct sim_watch *watch, struct timers *timers, uint32_t pair, wrn_time local)
{
    wrn_time due = timers->keepalive;

    if (due != WRN_NEVER && due <= local) {
        timers->asked = timers->kept = local - due <= SLACK ? local : due;
        timers->keepalive = WRN_NEVER;
        if (timers->need_another)
            timers->keepalive = timers->asked + 10 * WRN_SECOND;
        timers->again = timers->again || timers->need_another;
        timers->need_another = false;
    }
    due = timers->persistent;
    if (due != WRN_NEVER && due <= local)
        timers->persistent = WRN_NEVER;
    if (due != WRN_NEVER && due <= local && timers->every_s > 0) { /* as it was before it is set anew at this very moment */
        timers->asked = timers->kept = local - due <= SLACK ? local : due;
        timers->persistent = timers->asked + timers->every_s * WRN_SECOND;
        if (is_judged(watch, timers, pair) && interval(watch, pair) > 0
            && (usable(watch, timers, pair, local) || !sim_pair_held_back(watch, pair, local)))
            timers->owed = timers->asked;
    }
    if (timers->zero != WRN_NEVER && timers->zero <= local) {
        timers->zero = WRN_NEVER;
        timers->pending = false;
    }
    if (timers->silent_to != WRN_NEVER && timers->silent_to + SLACK < local)
        timers->silent_from = timers->silent_to = WRN_NEVER;
}

/* What was due before `local` has left, or never will in time. */
static void settle(struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen, uint32_t pair)
{
    const wrn_time late = seen->now - (seen->local - timers->retry_to - 1);

    if (timers->owed != WRN_NEVER && timers->owed < seen->local) {
        sim_rule_checked(watch, SIM_L13);
        if (is_judged(watch, timers, pair) && (timers->sent == WRN_NEVER || timers->sent < timers->owed))
            sim_rule_broken(watch, SIM_L13, seen->now, seen->node, "no keepalive to pair %u at %t, the interval is over", pair,
                            timers->owed);
        timers->owed = WRN_NEVER;
    }
    if (timers->retry_to == WRN_NEVER || timers->retry_to + SLACK >= seen->local)
        return;
    timers->retry_from = timers->retry_to = WRN_NEVER;
    if (!timers->surely)
        return;
    if (is_judged(watch, timers, pair))
        sim_rule_broken(watch, SIM_T2, late, seen->node, "no retry to pair %u, and it has not given up", pair, 0);
    timers->unseen = true;
}

/* Look again when the next of what must leave should have left. */
static void watch_over(struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen, uint32_t pair)
{
    wrn_time next = timers->persistent;

    if (timers->retry_to != WRN_NEVER && timers->retry_to + SLACK + 1 < next)
        next = timers->retry_to + SLACK + 1;
    if (timers->owed != WRN_NEVER)
        next = seen->local;
    if (next != WRN_NEVER && is_judged(watch, timers, pair))
        sim_alarm_set(watch, SIM_T2, pair, &timers->alarm, seen->now + (next > seen->local ? next - seen->local : 1));
}

static void complete(struct timers *timers)
{
    timers->retry_from = timers->retry_to = WRN_NEVER;
    timers->yields = timers->unseen = false;
}

static bool within(wrn_time from, wrn_time to, wrn_time local)
{
    return from != WRN_NEVER && local >= from && local <= to + SLACK;
}

static void initiated(struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen)
{
    const bool retry = within(timers->retry_from, timers->retry_to, seen->local);
    const bool silent = within(timers->silent_from, timers->silent_to, seen->local);

    if (is_judged(watch, timers, seen->pair)) {
        sim_rule_checked(watch, SIM_T2);
        if (timers->asked != seen->local && !retry && !silent)
            sim_rule_broken(watch, SIM_S26, seen->now, seen->node,
                            "an initiation to pair %u that no timer, no rekey and no packet asked for, the last one did at %t",
                            seen->pair, timers->asked);
    }
    timers->retry_from = seen->local + 5 * WRN_SECOND;
    timers->retry_to = timers->retry_from + JITTER;
    timers->pending = timers->surely = true;
    timers->yields = false;
}

/* Answering postpones what would be sent within 5 s, or 10 s by the side that yields when initiations crossed. */
static void answered(struct timers *timers, const struct sim_seen *seen)
{
    const wrn_time least = seen->local + (timers->yields ? 10 : 5) * WRN_SECOND;

    if (timers->retry_from == WRN_NEVER)
        timers->surely = false; /* what was asked for at this moment may have been granted already: then it comes later */
    if (timers->asked == seen->local || (timers->retry_from != WRN_NEVER && timers->retry_from < least)) {
        timers->retry_from = least;
        timers->retry_to = least + JITTER;
    }
    timers->pending = false;
    timers->zero = seen->local + ZERO;
    timers->next = true;
    timers->next_index = sim_load32(seen->data + 4);
}

static void sent(struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen)
{
    const bool data = sim_is_type(seen, 4, 33), empty = sim_is_type(seen, 4, 32) && !data;

    if (seen->data[0] == 3)
        return;
    if (sim_is_type(seen, 1, 148))
        initiated(watch, timers, seen);
    if (sim_is_type(seen, 2, 92))
        answered(timers, seen);
    if (empty && is_judged(watch, timers, seen->pair)) {
        sim_rule_checked(watch, SIM_S26);
        if (timers->kept != seen->local)
            sim_rule_broken(watch, SIM_S26, seen->now, seen->node,
                            "a keepalive to pair %u that no timer asked for, the last one did at %t", seen->pair, timers->kept);
    }
    if (!(empty && timers->again))
        timers->keepalive = WRN_NEVER;
    timers->again = false;
    timers->sent = seen->local;
    traversal(watch, timers, seen->pair, seen->local);
    if (data && timers->silent_from == WRN_NEVER) {
        timers->silent_from = seen->local + 15 * WRN_SECOND;
        timers->silent_to = timers->silent_from + JITTER;
    }
    if ((data || empty) && (!seen->session || (seen->session->initiator && seen->local - seen->session->birth >= 120 * WRN_SECOND)))
        timers->asked = seen->local; /* P-73 */
}

static void heard(struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen)
{
    const struct sim_peer *peer = &watch->plan->peers[seen->pair];
    const struct sim_session *session;

    timers->silent_from = timers->silent_to = WRN_NEVER;
    traversal(watch, timers, seen->pair, seen->local);
    if (seen->data[0] == 1 && timers->pending && timers->retry_from != WRN_NEVER
        && memcmp(watch->public_keys[peer->node], watch->public_keys[peer->peer], 32) > 0)
        timers->yields = true;
    if (seen->data[0] == 2) {
        complete(timers);
        timers->pending = timers->next = false;
        timers->zero = seen->local + ZERO;
        timers->kept = timers->asked = seen->local; /* the first message of the session, if nothing waits for it */
    }
    if (seen->data[0] != 4)
        return;
    if (timers->next && sim_load32(seen->data + 4) == timers->next_index) {
        complete(timers);
        timers->next = false;
    }
    if (seen->length > 32 && timers->keepalive == WRN_NEVER)
        timers->keepalive = seen->local + 10 * WRN_SECOND;
    else if (seen->length > 32)
        timers->need_another = true;
    session = sim_ledger_current(watch, seen->pair);
    if (!session || seen->local - session->birth >= 165 * WRN_SECOND)
        timers->asked = seen->local; /* P-74 */
}

static void gave_up(struct timers *timers, const struct sim_seen *seen)
{
    timers->retry_from = timers->retry_to = timers->keepalive = WRN_NEVER;
    if (timers->zero == WRN_NEVER)
        timers->zero = seen->local + ZERO;
}

/* Whatever waits is tried again (P-84). A first interval asks for a keepalive at once (P-132), and the timer is armed even if that one
 * is held back (P-72); any other waits for a traversal. */
static void configured(const struct sim_watch *watch, struct timers *timers, const struct sim_seen *seen)
{
    const uint16_t every_s = watch->sides[seen->pair].keepalive_s;

    timers->asked = seen->local;
    if (seen->set == SIM_SET_KEEPALIVE && timers->every_s == 0 && every_s > 0) {
        timers->kept = seen->local;
        if (!usable(watch, timers, seen->pair, seen->local) && sim_pair_held_back(watch, seen->pair, seen->local))
            traversal(watch, timers, seen->pair, seen->local);
    }
    timers->every_s = every_s;
    if (every_s == 0)
        timers->persistent = WRN_NEVER;
    if (seen->set == SIM_SET_ENDPOINT && (watch->facts[seen->pair].blind || !watch->facts[seen->pair].reachable))
        timers->unseen = true;
}

/* What was due while nothing could be done is due now. */
static void put_off(struct timers *timers, wrn_time local)
{
    if (timers->keepalive < local)
        timers->keepalive = local;
    if (timers->persistent < local)
        timers->persistent = local;
}

static void each(struct sim_watch *watch, void *state, const struct sim_seen *seen, uint32_t node)
{
    for (uint32_t i = watch->first_pair[node]; i < watch->first_pair[node + 1]; i++) {
        struct timers *timers = timers_of(state, i);

        if (seen->kind == SIM_SEEN_RESET) { /* at up, persistent keepalives begin */
            stop(timers);
            timers->asked = timers->kept = seen->local;
            timers->unseen = !watch->facts[i].reachable;
        } else {
            timers->unseen = true;
            if (seen->kind == SIM_SEEN_RESUMED)
                put_off(timers, seen->local);
            fire(watch, timers, i, seen->local);
        }
    }
}

static bool is_held(const struct sim_watch *watch, const struct sim_seen *seen)
{
    const uint32_t kind = seen->kind == SIM_SEEN_TIMELINE ? watch->plan->events[seen->event].kind : SIM_DO_KINDS;

    return seen->kind == SIM_SEEN_RESUMED
           || ((kind == SIM_DO_SUSPEND || kind == SIM_DO_PAUSE) && seen->node < watch->plan->node_count);
}

/* A host that is held holds all its interfaces, and each is told when it goes on. */
static void hold(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    each(watch, state, seen, seen->node);
    for (uint32_t i = seen->node + 1; i < watch->plan->node_count && seen->kind == SIM_SEEN_TIMELINE; i++)
        if (watch->plan->nodes[i].host == seen->node + 1)
            each(watch, state, seen, i);
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    struct timers *timers;

    if (seen->kind == SIM_SEEN_RESET || is_held(watch, seen))
        hold(watch, state, seen);
    if (seen->pair == SIM_NONE || seen->kind == SIM_SEEN_LOST)
        return;
    timers = timers_of(state, seen->pair);
    if (seen->kind == SIM_SEEN_ALARM && timers->alarm != seen->now)
        return; /* one that an earlier one has replaced */
    if (seen->kind == SIM_SEEN_ALARM)
        timers->alarm = 0;
    settle(watch, timers, seen, seen->pair);
    fire(watch, timers, seen->pair, seen->local);
    if (seen->kind == SIM_SEEN_SENT)
        sent(watch, timers, seen);
    else if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen))
        heard(watch, timers, seen);
    else if (seen->kind == SIM_SEEN_INNER_IN && (seen->verdict == WRN_TAKEN || seen->verdict == WRN_HOLD))
        timers->asked = seen->local;
    else if (seen->kind == SIM_SEEN_GAVE_UP)
        gave_up(timers, seen);
    else if (seen->kind == SIM_SEEN_SET)
        configured(watch, timers, seen);
    watch_over(watch, timers, seen, seen->pair);
}

#define KINDS \
    (SIM_SEEN_MASK(SIM_SEEN_RESET) | SIM_SEEN_MASK(SIM_SEEN_RESUMED) | SIM_SEEN_MASK(SIM_SEEN_TIMELINE) \
     | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_INNER_IN) \
     | SIM_SEEN_MASK(SIM_SEEN_GAVE_UP) | SIM_SEEN_MASK(SIM_SEEN_SET) | SIM_SEEN_MASK(SIM_SEEN_ALARM))

const struct sim_checker sim_check_timers = {
    .rule = SIM_T2, .of_pairs = true, .kinds = KINDS, .pair = sizeof(struct timers), .begin = begin, .see = see};
