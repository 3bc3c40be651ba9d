#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "block.h"
#include "session.h"

/* One keypair: ages and counters at their edges, judged at each use. */

#define BORN (7 * WRN_SECOND)
#define BITS 128u

static struct wrni_session fresh(bool initiator)
{
    return (struct wrni_session){.birth = BORN, .initiator = initiator, .may_send = true};
}

static void p59_g90_sends_until_180_seconds_and_never_again(void **state)
{
    (void)state;
    struct wrni_session session = fresh(true);
    assert_true(wrni_session_sendable(&session, BORN));
    assert_true(wrni_session_sendable(&session, BORN + 180 * WRN_SECOND - 1));
    assert_false(wrni_session_sendable(&session, BORN + 180 * WRN_SECOND));
    assert_false(wrni_session_sendable(&session, BORN)); /* false for good, were the clock to run back */
}

static void p59_receives_until_180_seconds(void **state)
{
    (void)state;
    struct wrni_window *window = block_new(wrni_window_size(BITS));
    struct wrni_session session = fresh(false);
    wrni_window_init(window, BITS);
    assert_true(wrni_session_receivable(&session, window, BORN + 180 * WRN_SECOND - 1));
    assert_false(wrni_session_receivable(&session, window, BORN + 180 * WRN_SECOND));
    assert_true(session.may_send); /* the two directions end apart */
    free(window);
}

static void p59_p64_g5_the_last_counters(void **state)
{
    (void)state;
    struct wrni_session session = fresh(true);
    session.sent = UINT64_MAX - 8193; /* 2^64 - 8194: the last that may be sent */
    assert_true(wrni_session_sendable(&session, BORN));
    session.sent++;
    assert_false(wrni_session_sendable(&session, BORN));
    session.sent = 0;
    assert_false(wrni_session_sendable(&session, BORN));

    struct wrni_window *window = block_new(wrni_window_size(BITS));
    wrni_window_init(window, BITS);
    session = fresh(true);
    window->next = UINT64_MAX - 8130;
    assert_true(wrni_session_receivable(&session, window, BORN));
    window->next++; /* 2^64 - 8130, the reference's own limit */
    assert_false(wrni_session_receivable(&session, window, BORN));
    free(window);
}

static void p73_p75_the_initiator_renews_at_120_seconds(void **state)
{
    (void)state;
    struct wrni_session ours = fresh(true), theirs = fresh(false);
    assert_false(wrni_session_stale_sender(&ours, ours.sent, BORN + 120 * WRN_SECOND - 1));
    assert_true(wrni_session_stale_sender(&ours, ours.sent, BORN + 120 * WRN_SECOND));
    assert_false(wrni_session_stale_sender(&theirs, theirs.sent, BORN + 179 * WRN_SECOND));
    ours.may_send = false; /* only a session valid for sending asks (section 24) */
    assert_false(wrni_session_stale_sender(&ours, ours.sent, BORN + 130 * WRN_SECOND));
}

static void p64_p75_either_role_renews_after_two_to_the_sixty(void **state)
{
    (void)state;
    for (unsigned initiator = 0; initiator < 2; initiator++) {
        struct wrni_session session = fresh(initiator);
        session.sent = UINT64_C(1) << 60;
        assert_false(wrni_session_stale_sender(&session, session.sent, BORN));
        session.sent++;
        assert_true(wrni_session_stale_sender(&session, session.sent, BORN));
    }
}

static void p74_the_late_request_is_made_once_by_the_initiator(void **state)
{
    (void)state;
    struct wrni_session ours = fresh(true), theirs = fresh(false), retired = fresh(true);
    assert_false(wrni_session_stale_receiver(&ours, BORN + 165 * WRN_SECOND - 1));
    assert_true(wrni_session_stale_receiver(&ours, BORN + 165 * WRN_SECOND));
    assert_false(wrni_session_stale_receiver(&ours, BORN + 166 * WRN_SECOND));
    assert_false(wrni_session_stale_receiver(&theirs, BORN + 170 * WRN_SECOND));
    retired.may_send = false;
    assert_false(wrni_session_stale_receiver(&retired, BORN + 170 * WRN_SECOND));
}

static void g51_no_birth_is_special(void **state)
{
    (void)state;
    const wrn_time births[] = {0, 1, (UINT64_C(1) << 32) - 1, UINT64_C(1) << 32, UINT64_C(1) << 63};
    for (unsigned i = 0; i < 5; i++) {
        struct wrni_session session = fresh(true);
        session.birth = births[i];
        assert_true(wrni_session_sendable(&session, births[i]));
        assert_true(wrni_session_sendable(&session, births[i] + 180 * WRN_SECOND - 1));
        assert_false(wrni_session_sendable(&session, births[i] + 180 * WRN_SECOND));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p59_g90_sends_until_180_seconds_and_never_again),
        cmocka_unit_test(p59_receives_until_180_seconds),
        cmocka_unit_test(p59_p64_g5_the_last_counters),
        cmocka_unit_test(p73_p75_the_initiator_renews_at_120_seconds),
        cmocka_unit_test(p64_p75_either_role_renews_after_two_to_the_sixty),
        cmocka_unit_test(p74_the_late_request_is_made_once_by_the_initiator),
        cmocka_unit_test(g51_no_birth_is_special),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
