#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "timers.h"

/* The table of PROTOCOL section 9 as pure functions: every event against every timer, idle and armed. */

enum { RETRANSMIT, KEEPALIVE, NEW_HANDSHAKE, ZERO_KEYS, PERSISTENT, TIMERS };

#define FAR (3000 * WRN_SECOND)

static wrn_time *timer_at(struct wrni_timers *t, unsigned which)
{
    wrn_time *const all[TIMERS] = {&t->retransmit, &t->keepalive, &t->new_handshake, &t->zero_keys, &t->persistent};
    return all[which];
}

static uint64_t delay_of(const struct wrni_timers *t, unsigned which)
{
    const uint64_t all[TIMERS] = {5 * WRN_SECOND + t->jitter_ns, 10 * WRN_SECOND, 15 * WRN_SECOND + t->jitter_ns,
                                  540 * WRN_SECOND, t->persistent_s * WRN_SECOND};
    return all[which];
}

static void any_sent(struct wrni_timers *t, wrn_time now)
{
    (void)now;
    wrni_timers_any_sent(t, false);
}

static void keepalive_sent(struct wrni_timers *t, wrn_time now)
{
    (void)now;
    wrni_timers_any_sent(t, true);
}

static void any_received(struct wrni_timers *t, wrn_time now)
{
    (void)now;
    wrni_timers_any_received(t);
}

static void data_sent(struct wrni_timers *t, wrn_time now) { wrni_timers_data_sent(t, now, 7); }

static void complete(struct wrni_timers *t, wrn_time now)
{
    (void)now;
    wrni_timers_complete(t);
}

static void stop(struct wrni_timers *t, wrn_time now)
{
    (void)now;
    wrni_timers_stop(t);
}

/* '.' untouched, 'x' cancelled, 'a' armed if it was idle, 'A' armed whatever it was. */
static const struct {
    const char *name;
    void (*event)(struct wrni_timers *, wrn_time);
    char effect[TIMERS + 1];
} rows[] = {
    {"any sent", any_sent, ".x..."},
    {"keepalive sent", keepalive_sent, ".x..."},
    {"any received", any_received, "..x.."},
    {"traversal", wrni_timers_traversal, "....A"},
    {"data sent", data_sent, "..a.."},
    {"data received", wrni_timers_data_received, ".a..."},
    {"initiated", wrni_timers_initiated, "A...."},
    {"session derived", wrni_timers_session_derived, "...A."},
    {"complete", complete, "x...."},
    {"stop", stop, "xxxxx"},
};

static struct wrni_timers preset(unsigned armed, wrn_time now, uint32_t jitter, uint16_t interval)
{
    struct wrni_timers t;
    wrni_timers_init(&t);
    t.jitter_ns = jitter;
    t.persistent_s = interval;
    for (unsigned which = 0; which < TIMERS; which++)
        if (armed >> which & 1u)
            *timer_at(&t, which) = now + FAR + which;
    return t;
}

static wrn_time expected(const struct wrni_timers *before, unsigned which, char effect, wrn_time now)
{
    wrn_time was = *timer_at((struct wrni_timers *)(uintptr_t)before, which);
    if (effect == 'x')
        return WRN_NEVER;
    if (effect == '.' || (effect == 'a' && was != WRN_NEVER) || (which == PERSISTENT && !before->persistent_s))
        return was;
    return now + delay_of(before, which);
}

static void p68_p78_p79_g51_every_event_against_every_timer(void **state)
{
    (void)state;
    const wrn_time moments[] = {0, 1, WRN_SECOND, UINT64_C(1) << 32, (UINT64_C(1) << 63) - WRN_SECOND, UINT64_C(1) << 63};
    const uint16_t intervals[] = {0, 1, 25, 65535};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (unsigned cell = 0; cell < 32 * 6 * 4; cell++) {
            wrn_time           now = moments[cell / 32 % 6];
            struct wrni_timers before = preset(cell % 32, now, cell * 7919 % WRNI_JITTER_BOUND, intervals[cell / 192]);
            struct wrni_timers t = before;
            rows[row].event(&t, now);
            for (unsigned which = 0; which < TIMERS; which++)
                if (*timer_at(&t, which) != expected(&before, which, rows[row].effect[which], now))
                    fail_msg("%s: timer %u, armed %x, at %llu", rows[row].name, which, cell % 32, (unsigned long long)now);
        }
    }
}

static void p76_more_data_while_the_keepalive_is_armed(void **state)
{
    (void)state;
    struct wrni_timers t = preset(0, 0, 0, 0);
    wrni_timers_data_received(&t, 0);
    assert_false(t.need_another);
    wrni_timers_data_received(&t, 9900 * WRN_MILLISECOND);
    assert_true(t.need_another);
    assert_int_equal(t.keepalive, 10 * WRN_SECOND); /* from the first, not moved by the second (G-9) */
    assert_int_equal(wrni_timers_take_due(&t, 10 * WRN_SECOND - 1), 0);
    assert_int_equal(wrni_timers_take_due(&t, 10 * WRN_SECOND), WRNI_DUE_KEEPALIVE);
    assert_false(t.need_another);
    wrni_timers_any_sent(&t, true); /* the keepalive itself leaves the second one standing: the choice we pin */
    assert_int_equal(t.keepalive, 20 * WRN_SECOND);
    assert_int_equal(wrni_timers_take_due(&t, 20 * WRN_SECOND), WRNI_DUE_KEEPALIVE);
    wrni_timers_any_sent(&t, true);
    assert_int_equal(t.keepalive, WRN_NEVER);
}

static void p76_anything_else_sent_cancels_the_second_keepalive(void **state)
{
    (void)state;
    for (unsigned passive = 0; passive < 2; passive++) {
        struct wrni_timers t = preset(0, 0, 0, 0);
        wrni_timers_data_received(&t, 0);
        wrni_timers_data_received(&t, 1);
        (void)wrni_timers_take_due(&t, 10 * WRN_SECOND);
        wrni_timers_any_sent(&t, true);
        wrni_timers_any_sent(&t, passive); /* a second message after the firing's own */
        assert_int_equal(t.keepalive, WRN_NEVER);
    }
    struct wrni_timers t = preset(0, 0, 0, 0);
    wrni_timers_data_received(&t, 0);
    wrni_timers_data_received(&t, 1);
    wrni_timers_any_sent(&t, false); /* cancelled, yet need_another stays: it is cleared by a firing only */
    assert_int_equal(t.keepalive, WRN_NEVER);
    assert_true(t.need_another);
}

/* What is due, told from the table alone. */
static unsigned due_model(struct wrni_timers *t, wrn_time now)
{
    unsigned due = 0;
    if (t->retransmit != WRN_NEVER && t->retransmit <= now) {
        t->retransmit = WRN_NEVER;
        due |= t->attempts > 18 ? WRNI_DUE_GIVE_UP : WRNI_DUE_RETRANSMIT;
        if (due & WRNI_DUE_GIVE_UP) {
            t->keepalive = WRN_NEVER;
            t->zero_keys = t->zero_keys == WRN_NEVER ? now + 540 * WRN_SECOND : t->zero_keys;
        }
    }
    if (t->keepalive != WRN_NEVER && t->keepalive <= now) {
        t->keepalive = t->need_another ? now + 10 * WRN_SECOND : WRN_NEVER;
        t->again = t->again || t->need_another;
        t->need_another = false;
        due |= WRNI_DUE_KEEPALIVE;
    }
    if (t->new_handshake != WRN_NEVER && t->new_handshake <= now) {
        t->new_handshake = WRN_NEVER;
        due |= WRNI_DUE_NEW_HANDSHAKE;
    }
    if (t->zero_keys != WRN_NEVER && t->zero_keys <= now) {
        t->zero_keys = WRN_NEVER;
        due |= WRNI_DUE_ZERO;
    }
    if (t->persistent != WRN_NEVER && t->persistent <= now) {
        t->persistent = t->persistent_s ? now + t->persistent_s * WRN_SECOND : WRN_NEVER;
        due |= WRNI_DUE_PERSISTENT;
    }
    return due;
}

static void p71_p72_p80_g41_what_is_due_agrees_with_a_model(void **state)
{
    (void)state;
    struct rng rng = {9};
    for (unsigned round = 0; round < 50000; round++) {
        wrn_time           now = UINT64_C(1) << rng_below(&rng, 62);
        struct wrni_timers t = preset(0, now, rng_below(&rng, WRNI_JITTER_BOUND), (uint16_t)(rng_below(&rng, 3) * 25));
        for (unsigned which = 0; which < TIMERS; which++)
            if (rng_below(&rng, 4))
                *timer_at(&t, which) = now + rng_below(&rng, 3) - (now > 1); /* just past, exactly now, just ahead */
        t.attempts = (uint8_t)(17 + rng_below(&rng, 3));
        t.need_another = rng_below(&rng, 2);
        struct wrni_timers model = t;
        assert_int_equal(wrni_timers_take_due(&t, now), due_model(&model, now));
        for (unsigned which = 0; which < TIMERS; which++)
            assert_int_equal(*timer_at(&t, which), *timer_at(&model, which));
        assert_int_equal(t.need_another, model.need_another);
        assert_true(wrni_timers_deadline(&t) > now);
        assert_int_equal(wrni_timers_take_due(&t, now), 0); /* nothing fires twice */
    }
}

static void p79_g51_g109_armed_at_zero_fires_and_may_arm_itself(void **state)
{
    (void)state;
    for (unsigned which = 0; which < TIMERS; which++) {
        struct wrni_timers t = preset(0, 0, 0, 25);
        *timer_at(&t, which) = 0; /* a deadline like any other */
        assert_int_equal(wrni_timers_deadline(&t), 0);
        assert_int_not_equal(wrni_timers_take_due(&t, 0), 0);
        assert_int_equal(*timer_at(&t, which), which == PERSISTENT ? 25 * WRN_SECOND : WRN_NEVER);
        wrni_timers_initiated(&t, 0);
        wrni_timers_data_sent(&t, 0, 0);
        wrni_timers_data_received(&t, 0);
        wrni_timers_session_derived(&t, 0);
        assert_int_not_equal(*timer_at(&t, which), WRN_NEVER); /* disarmed before it fired: the arming inside holds */
    }
}

static void p80_the_deadline_is_the_least_armed(void **state)
{
    (void)state;
    struct rng rng = {10};
    for (unsigned round = 0; round < 10000; round++) {
        struct wrni_timers t = preset(rng_below(&rng, 32), 5, 0, 0);
        wrn_time           least = WRN_NEVER;
        for (unsigned which = 0; which < TIMERS; which++) {
            if (*timer_at(&t, which) != WRN_NEVER)
                *timer_at(&t, which) = rng_next(&rng) >> 1;
            least = *timer_at(&t, which) < least ? *timer_at(&t, which) : least;
        }
        assert_int_equal(wrni_timers_deadline(&t), least);
    }
}

static void p69_five_seconds_between_initiations_inclusive(void **state)
{
    (void)state;
    struct wrni_timers t = preset(0, 0, 0, 0);
    assert_true(wrni_timers_may_initiate(&t, 0)); /* never sent: at time 0 as at any other */
    const wrn_time moments[] = {0, 77, UINT64_C(1) << 32, UINT64_C(1) << 63};
    for (unsigned i = 0; i < 4; i++) {
        t.last_initiation = moments[i];
        assert_false(wrni_timers_may_initiate(&t, moments[i]));
        assert_false(wrni_timers_may_initiate(&t, moments[i] + 5 * WRN_SECOND - 1));
        assert_true(wrni_timers_may_initiate(&t, moments[i] + 5 * WRN_SECOND));
    }
    wrni_timers_stop(&t);
    assert_true(wrni_timers_may_initiate(&t, 0));
}

static void p168_g100_a_suppressed_retry_is_armed_again(void **state)
{
    (void)state;
    for (unsigned yields = 0; yields < 2; yields++) {
        struct wrni_timers t = preset(0, 0, 1234, 0);
        wrn_time           least = 40 + (yields ? 10 : 5) * WRN_SECOND;
        t.last_initiation = 40;
        if (yields)
            wrni_timers_yield(&t);
        wrni_timers_retry_later(&t);
        assert_int_equal(t.retransmit, least + 1234);
        assert_false(wrni_timers_may_initiate(&t, least - 1)); /* nor does traffic initiate before */
        assert_true(wrni_timers_may_initiate(&t, least));
        wrni_timers_complete(&t);
        assert_int_equal(t.retransmit, WRN_NEVER);
        assert_true(wrni_timers_may_initiate(&t, 40 + 5 * WRN_SECOND));
    }
}

static void p168_yielding_ends_with_our_next_initiation(void **state)
{
    (void)state;
    struct wrni_timers t = preset(0, 0, 0, 0);
    wrni_timers_yield(&t);
    t.last_initiation = 12 * WRN_SECOND;
    wrni_timers_initiated(&t, 12 * WRN_SECOND);
    assert_true(wrni_timers_may_initiate(&t, 17 * WRN_SECOND));
    wrni_timers_yield(&t);
    wrni_timers_stop(&t);
    assert_false(t.yields);
}

static void p70_p71_complete_and_stop_forget_the_attempts(void **state)
{
    (void)state;
    struct wrni_timers t = preset(31, 0, 5, 25);
    t.attempts = 19;
    wrni_timers_complete(&t);
    assert_int_equal(t.attempts, 0);
    t.attempts = 19;
    t.need_another = t.again = true;
    t.last_initiation = 3;
    wrni_timers_stop(&t);
    assert_int_equal(t.attempts, 0);
    assert_false(t.need_another || t.again);
    assert_int_equal(t.last_initiation, WRN_NEVER);
    assert_int_equal(t.persistent_s, 25); /* configuration, and kept */
}

static void p93_an_unsent_message_disarms_what_it_armed_only(void **state)
{
    (void)state;
    struct wrni_timers t = preset(0, 0, 0, 0);
    wrni_timers_data_sent(&t, 0, 5);
    wrni_timers_data_sent(&t, 1, 6);
    wrni_timers_data_unsent(&t, 6, true);
    assert_int_equal(t.new_handshake, 15 * WRN_SECOND);
    wrni_timers_data_unsent(&t, 5, false);
    assert_int_equal(t.new_handshake, 15 * WRN_SECOND);
    wrni_timers_data_unsent(&t, 6, true);
    assert_int_equal(t.new_handshake, WRN_NEVER);
}

static void expiry_is_inclusive_and_never_wraps(void **state)
{
    (void)state;
    assert_false(wrni_expired(10, 5, 14));
    assert_true(wrni_expired(10, 5, 15)); /* section 24, rule 1 */
    assert_false(wrni_expired(10, 5, 9)); /* a birth still to come is not old */
    assert_int_equal(wrni_after(WRN_NEVER - 3, WRN_SECOND), WRN_NEVER);
    assert_int_equal(wrni_after(WRN_NEVER - 3, 2), WRN_NEVER - 1);
    assert_false(wrni_expired(WRN_NEVER - 3, WRN_SECOND, WRN_NEVER - 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p68_p78_p79_g51_every_event_against_every_timer),
        cmocka_unit_test(p76_more_data_while_the_keepalive_is_armed),
        cmocka_unit_test(p76_anything_else_sent_cancels_the_second_keepalive),
        cmocka_unit_test(p71_p72_p80_g41_what_is_due_agrees_with_a_model),
        cmocka_unit_test(p79_g51_g109_armed_at_zero_fires_and_may_arm_itself),
        cmocka_unit_test(p80_the_deadline_is_the_least_armed),
        cmocka_unit_test(p69_five_seconds_between_initiations_inclusive),
        cmocka_unit_test(p168_g100_a_suppressed_retry_is_armed_again),
        cmocka_unit_test(p168_yielding_ends_with_our_next_initiation),
        cmocka_unit_test(p70_p71_complete_and_stop_forget_the_attempts),
        cmocka_unit_test(p93_an_unsent_message_disarms_what_it_armed_only),
        cmocka_unit_test(expiry_is_inclusive_and_never_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
