#include "timers.h"

#include "bytes.h"

void wrni_timers_init(struct wrni_timers *t)
{
    memset(t, 0, sizeof *t);
    wrni_timers_stop(t);
}

void wrni_timers_stop(struct wrni_timers *t)
{
    t->retransmit = t->keepalive = t->new_handshake = t->zero_keys = t->persistent = WRN_NEVER;
    t->last_initiation = WRN_NEVER;
    t->data_counter = 0;
    t->attempts = 0;
    t->need_another = t->again = t->yields = false;
}

void wrni_timers_any_sent(struct wrni_timers *t, bool passive)
{
    /* The keepalive that a firing asked for does not cancel the second one that the same firing armed (P-76). */
    if (!(passive && t->again))
        t->keepalive = WRN_NEVER;
    t->again = false;
}

void wrni_timers_any_received(struct wrni_timers *t) { t->new_handshake = WRN_NEVER; }

void wrni_timers_traversal(struct wrni_timers *t, wrn_time now)
{
    if (t->persistent_s)
        t->persistent = wrni_after(now, t->persistent_s * WRN_SECOND);
}

void wrni_timers_data_sent(struct wrni_timers *t, wrn_time now, uint64_t counter)
{
    if (t->new_handshake != WRN_NEVER)
        return;
    t->new_handshake = wrni_after(now, WRNI_KEEPALIVE_TIMEOUT + WRNI_REKEY_TIMEOUT + t->jitter_ns);
    t->data_counter = counter;
}

void wrni_timers_data_unsent(struct wrni_timers *t, uint64_t counter, bool newest)
{
    if (t->new_handshake == WRN_NEVER || t->data_counter != counter)
        return;
    if (newest)
        t->new_handshake = WRN_NEVER;
    else
        t->data_counter++;
}

void wrni_timers_data_received(struct wrni_timers *t, wrn_time now)
{
    if (t->keepalive == WRN_NEVER)
        t->keepalive = wrni_after(now, WRNI_KEEPALIVE_TIMEOUT);
    else
        t->need_another = true;
}

void wrni_timers_initiated(struct wrni_timers *t, wrn_time now)
{
    t->yields = false;
    t->retransmit = wrni_after(now, WRNI_REKEY_TIMEOUT + t->jitter_ns);
}

void wrni_timers_session_derived(struct wrni_timers *t, wrn_time now) { t->zero_keys = wrni_after(now, WRNI_ZERO_AFTER_TIME); }

void wrni_timers_complete(struct wrni_timers *t)
{
    t->retransmit = WRN_NEVER;
    t->attempts = 0;
    t->yields = false;
}

void wrni_timers_yield(struct wrni_timers *t) { t->yields = true; }

static uint64_t pause(const struct wrni_timers *t) { return t->yields ? 2 * WRNI_REKEY_TIMEOUT : WRNI_REKEY_TIMEOUT; }

bool wrni_timers_may_initiate(const struct wrni_timers *t, wrn_time now)
{
    return t->last_initiation == WRN_NEVER || wrni_expired(t->last_initiation, pause(t), now);
}

void wrni_timers_retry_later(struct wrni_timers *t)
{
    t->retransmit = wrni_after(t->last_initiation, pause(t) + t->jitter_ns);
}

wrn_time wrni_timers_deadline(const struct wrni_timers *t)
{
    wrn_time least = t->retransmit;
    least = t->keepalive < least ? t->keepalive : least;
    least = t->new_handshake < least ? t->new_handshake : least;
    least = t->zero_keys < least ? t->zero_keys : least;
    return t->persistent < least ? t->persistent : least;
}

static unsigned take(wrn_time *timer, wrn_time now, unsigned bit)
{
    if (*timer == WRN_NEVER || *timer > now)
        return 0;
    *timer = WRN_NEVER;
    return bit;
}

unsigned wrni_timers_take_due(struct wrni_timers *t, wrn_time now)
{
    unsigned due = take(&t->retransmit, now, WRNI_DUE_RETRANSMIT);
    if (due && t->attempts > WRNI_MAX_RETRIES) {
        due = WRNI_DUE_GIVE_UP;
        t->keepalive = WRN_NEVER;
        if (t->zero_keys == WRN_NEVER)
            t->zero_keys = wrni_after(now, WRNI_ZERO_AFTER_TIME);
    }
    if (take(&t->keepalive, now, WRNI_DUE_KEEPALIVE)) {
        due |= WRNI_DUE_KEEPALIVE;
        if (t->need_another) {
            t->need_another = false;
            t->again = true;
            t->keepalive = wrni_after(now, WRNI_KEEPALIVE_TIMEOUT);
        }
    }
    due |= take(&t->new_handshake, now, WRNI_DUE_NEW_HANDSHAKE);
    due |= take(&t->zero_keys, now, WRNI_DUE_ZERO);
    if (take(&t->persistent, now, WRNI_DUE_PERSISTENT)) {
        due |= WRNI_DUE_PERSISTENT;
        wrni_timers_traversal(t, now); /* re-armed even if nothing can be sent (P-72) */
    }
    return due;
}
