#include "table.h"

#include <string.h>

#define S      WRN_SECOND
#define JITTER (S / 3)

const char *const fuzz_timer_names[FUZZ_TIMERS] = {"retransmit", "passive", "silence", "zero", "persistent"};

static void arm(struct fuzz_span *timer, wrn_time now, uint64_t delay, uint64_t jitter)
{
    bool ends = delay >= WRN_NEVER - now; /* beyond the end of time is never */
    *timer = (struct fuzz_span){!ends, ends ? 0 : now + delay, 0};
    timer->to = jitter >= WRN_NEVER - timer->from ? WRN_NEVER : timer->from + jitter;
}

static void disarm(struct fuzz_table *t, enum fuzz_timer timer)
{
    t->timer[timer].armed = false;
}

static bool passed(wrn_time since, uint64_t span, wrn_time now)
{
    return now >= since && now - since >= span;
}

bool fuzz_key_good(const struct fuzz_key *key, wrn_time now)
{
    return key->there && !passed(key->birth, 180 * S, now);
}

static bool sendable(struct fuzz_table *t, wrn_time now)
{
    if (!fuzz_key_good(&t->current, now))
        t->current.ended = true;
    return t->current.there && !t->current.ended;
}

void fuzz_table_begin(struct fuzz_table *t, bool greater)
{
    memset(t, 0, sizeof *t);
    t->greater = greater;
}

static void forget_keys(struct fuzz_table *t)
{
    t->previous.there = t->current.there = t->next.there = t->pending = t->owes_keepalive = false;
}

/* P-138, P-137 */
void fuzz_table_up(struct fuzz_table *t, wrn_time now, bool up)
{
    if (up == t->up)
        return;
    t->up = up;
    for (unsigned i = 0; i < FUZZ_TIMERS; i++)
        disarm(t, (enum fuzz_timer)i);
    forget_keys(t);
    t->shaken = t->another = t->second = t->yields = t->owes_initiation = false;
    t->retries = t->waiting = 0;
    if (!up)
        t->told |= FUZZ_TOLD_LOST;
    else if (t->interval)
        arm(&t->timer[FUZZ_PERSISTENT], now, 0, 0);
}

void fuzz_table_forget(struct fuzz_table *t)
{
    forget_keys(t);
    t->shaken = false;
    disarm(t, FUZZ_ZERO);
    t->told |= FUZZ_TOLD_LOST;
}

/* P-69, and the side that yields waits twice as long (P-168). */
static uint64_t pause(const struct fuzz_table *t)
{
    return t->yields ? 10 * S : 5 * S;
}
static bool may_initiate(const struct fuzz_table *t, wrn_time now)
{
    return !t->shaken || passed(t->handshake, pause(t), now);
}

static void request(struct fuzz_table *t, wrn_time now, bool retry)
{
    if (!retry)
        t->retries = 0; /* P-70: even when nothing comes of it */
    if (!may_initiate(t, now)) {
        if (retry)
            arm(&t->timer[FUZZ_RETRANSMIT], t->handshake, pause(t), JITTER);
        return;
    }
    t->owes_retry = retry && (!t->owes_initiation || t->owes_retry);
    t->owes_initiation = true;
}

/* P-132 */
void fuzz_table_interval(struct fuzz_table *t, wrn_time now, uint16_t seconds)
{
    if (!seconds)
        disarm(t, FUZZ_PERSISTENT);
    else if (!t->interval && t->up)
        arm(&t->timer[FUZZ_PERSISTENT], now, 0, 0);
    t->interval = seconds;
    t->owes_keepalive |= t->up && t->waiting; /* P-130: what waits is tried again */
}

static bool due(struct fuzz_table *t, enum fuzz_timer timer, wrn_time now)
{
    bool is = t->timer[timer].armed && t->timer[timer].from <= now;
    if (is)
        disarm(t, timer);
    return is;
}

static void traversal(struct fuzz_table *t, wrn_time now)
{
    if (t->interval)
        arm(&t->timer[FUZZ_PERSISTENT], now, t->interval * S, 0);
}

void fuzz_table_tick(struct fuzz_table *t, wrn_time now)
{
    if (due(t, FUZZ_RETRANSMIT, now)) {
        if (t->retries > 18) { /* P-71 */
            disarm(t, FUZZ_PASSIVE);
            if (!t->timer[FUZZ_ZERO].armed)
                arm(&t->timer[FUZZ_ZERO], now, 540 * S, 0);
            t->waiting = 0;
            t->told |= FUZZ_TOLD_GAVE_UP;
        } else {
            t->path = false; /* P-119 */
            request(t, now, true);
        }
    }
    if (due(t, FUZZ_PASSIVE, now)) { /* P-76 */
        t->owes_keepalive = true;
        t->second = t->another;
        if (t->another)
            arm(&t->timer[FUZZ_PASSIVE], now, 10 * S, 0);
        t->another = false;
    }
    bool silent = due(t, FUZZ_SILENCE, now), zero = due(t, FUZZ_ZERO, now), persistent = due(t, FUZZ_PERSISTENT, now);
    if (persistent) { /* P-72: again in any case */
        t->owes_keepalive = true;
        traversal(t, now);
    }
    if (silent) { /* P-77 */
        t->path = false;
        request(t, now, false);
    }
    if (zero) { /* P-78; what waits is tried all the same, and what is sent in any case asks for other keys */
        bool tries = (t->owes_keepalive && t->waiting) || persistent;
        forget_keys(t);
        t->owes_keepalive = tries;
        t->told |= FUZZ_TOLD_LOST;
    }
}

static void sent(struct fuzz_table *t, wrn_time now, bool passive)
{
    if (!passive || !t->second)
        disarm(t, FUZZ_PASSIVE);
    t->second = false;
    traversal(t, now);
}

/* P-73: what went under a key that is old asks for a new one. */
static void sent_data(struct fuzz_table *t, wrn_time now, bool passive)
{
    sent(t, now, passive);
    if (!passive && !t->timer[FUZZ_SILENCE].armed)
        arm(&t->timer[FUZZ_SILENCE], now, 15 * S, JITTER);
    if (t->current.initiator && passed(t->current.birth, 120 * S, now))
        request(t, now, false);
}

static bool initiation(struct fuzz_table *t, wrn_time now)
{
    t->owes_initiation = false;
    if (!may_initiate(t, now)) { /* a response left since */
        request(t, now, true);
        return false;
    }
    t->handshake = now;
    t->shaken = t->pending = true;
    t->yields = false;
    if (t->owes_retry) {
        t->retries++;
        t->told |= FUZZ_TOLD_RETRY;
    }
    sent(t, now, false);
    arm(&t->timer[FUZZ_RETRANSMIT], now, 5 * S, JITTER);
    return true;
}

enum fuzz_sends fuzz_table_output(struct fuzz_table *t, wrn_time now)
{
    for (;;) {
        if (t->owes_initiation && initiation(t, now))
            return FUZZ_SENDS_INITIATION;
        if (t->waiting && sendable(t, now)) { /* P-84, P-85: instead of a keepalive */
            t->waiting--;
            t->owes_keepalive = false;
            sent_data(t, now, false);
            return FUZZ_SENDS_PACKET;
        }
        if (!t->owes_keepalive)
            return FUZZ_SENDS_NOTHING;
        t->owes_keepalive = false;
        if (sendable(t, now)) {
            sent_data(t, now, true);
            return FUZZ_SENDS_KEEPALIVE;
        }
        request(t, now, false);
    }
}

bool fuzz_table_packet(struct fuzz_table *t, wrn_time now)
{
    if (sendable(t, now)) {
        sent_data(t, now, false);
        return true;
    }
    t->waiting += t->waiting < FUZZ_WAITING;
    request(t, now, false);
    return false;
}

void fuzz_table_unsent(struct fuzz_table *t)
{
    disarm(t, FUZZ_SILENCE);
}

static struct fuzz_key derived(struct fuzz_table *t, wrn_time now, bool initiator)
{
    arm(&t->timer[FUZZ_ZERO], now, 540 * S, 0);
    return (struct fuzz_key){.there = true, .initiator = initiator, .birth = now, .id = ++t->keys};
}

static void any_received(struct fuzz_table *t, wrn_time now)
{
    disarm(t, FUZZ_SILENCE);
    traversal(t, now);
    t->path = true;
}

static void complete(struct fuzz_table *t)
{
    disarm(t, FUZZ_RETRANSMIT);
    t->retries = 0;
    t->yields = false;
    t->told |= FUZZ_TOLD_SESSION;
}

void fuzz_table_answered(struct fuzz_table *t, wrn_time now)
{
    if (t->pending && t->timer[FUZZ_RETRANSMIT].armed && t->greater)
        t->yields = true;
    t->pending = false;
    t->handshake = now;
    t->shaken = true;
    t->next = derived(t, now, false); /* P-56 */
    t->previous.there = false;
    sent(t, now, false);
    any_received(t, now);
}

void fuzz_table_completed(struct fuzz_table *t, wrn_time now)
{
    t->previous = t->next.there ? t->next : t->current; /* P-55 */
    t->next.there = t->pending = t->owes_initiation = false;
    t->current = derived(t, now, true);
    t->owes_keepalive = true; /* or what waits (P-58) */
    complete(t);
    any_received(t, now);
}

void fuzz_table_received(struct fuzz_table *t, wrn_time now, const struct fuzz_key *under, bool data)
{
    if (under == &t->next) { /* P-57 */
        t->previous = t->current;
        t->current = t->next;
        t->next.there = false;
        complete(t);
    }
    any_received(t, now);
    if (data && t->timer[FUZZ_PASSIVE].armed)
        t->another = true;
    else if (data)
        arm(&t->timer[FUZZ_PASSIVE], now, 10 * S, 0);
    if (sendable(t, now) && t->current.initiator && !t->current.asked && passed(t->current.birth, 165 * S, now)) { /* P-74 */
        t->current.asked = true;
        request(t, now, false);
    }
}

bool fuzz_table_learn(struct fuzz_table *t, enum fuzz_timer timer, wrn_time seen)
{
    struct fuzz_span *span = &t->timer[timer];
    if (!span->armed || (seen == WRN_NEVER && span->to == WRN_NEVER)) {
        span->armed = false;
        return seen == WRN_NEVER;
    }
    bool right = seen >= span->from && seen <= span->to && seen != WRN_NEVER;
    span->from = span->to = seen;
    return right;
}

wrn_time fuzz_table_least(const struct fuzz_table *t)
{
    wrn_time least = WRN_NEVER;
    for (unsigned i = 0; i < FUZZ_TIMERS; i++)
        if (t->timer[i].armed && t->timer[i].from < least)
            least = t->timer[i].from;
    return least;
}
