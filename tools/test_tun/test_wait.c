/* When the driver stays awake, when it sleeps, and what it asks of the scheduler. */

#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "wait.h"

#define MS 1000000L
#define ATTEMPTS 500

static int ready, later; /* what is waited for: an event, and a timer */

static void sleep_ns(long ns)
{
    struct timespec time = {.tv_nsec = ns};
    nanosleep(&time, NULL);
}

static struct tun_wait begin(wrn_time awake)
{
    struct tun_wait wait = {.poll = epoll_create1(EPOLL_CLOEXEC), .awake = awake};
    ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    later = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    assert_true(wait.poll >= 0 && ready >= 0 && later >= 0);
    for (unsigned i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        assert_int_equal(epoll_ctl(wait.poll, EPOLL_CTL_ADD, i ? later : ready, &event), 0);
    }
    return wait;
}

static void end(struct tun_wait *wait)
{
    close(wait->poll);
    close(ready);
    close(later);
}

/* Wait, after traffic, for what is due in so long. */
static void wait_after_traffic(struct tun_wait *wait, long ns)
{
    struct epoll_event event;
    struct itimerspec at = {.it_value.tv_nsec = ns};
    uint64_t times;
    assert_int_equal(timerfd_settime(later, 0, &at, NULL), 0);
    wait->traffic = wait->silence = true;
    assert_int_equal(tun_wait(wait, &event, 1), 1);
    assert_int_equal(event.data.u32, 1);
    assert_int_equal(read(later, &times, sizeof times), sizeof times);
    assert_false(wait->traffic);
}

static void what_is_there_is_not_waited_for(void **unused)
{
    (void)unused;
    for (wrn_time awake = 0; awake <= 50000; awake += 50000) {
        struct tun_wait wait = begin(awake);
        struct epoll_event event;
        unsigned quick = 0;
        assert_int_equal(eventfd_write(ready, 1), 0);
        for (unsigned i = 0; i < 20; i++) {
            wait.traffic = true;
            assert_int_equal(tun_wait(&wait, &event, 1), 1);
            quick += !wait.slow; /* the machine may stop at any place */
        }
        assert_in_range(quick, 5, 20);
        assert_int_equal(wait.awake_waits, 0);
        end(&wait);
    }
}

static void without_traffic_or_time_for_it_it_sleeps(void **unused)
{
    (void)unused;
    struct tun_wait wait = begin(0);
    wait.credit = 8;
    for (unsigned i = 0; i < 20; i++)
        wait_after_traffic(&wait, MS);
    assert_int_equal(wait.awake_waits, 0);
    assert_int_equal(wait.asleep_waits, 20);
    assert_true(wait.slow);
    assert_int_equal(wait.credit, 8);
    end(&wait);
}

/* Silence is told by how long it slept; what follows sooner finds it asleep. */
static void where_traffic_is_dense_it_sleeps(void **unused)
{
    (void)unused;
    struct tun_wait wait = begin(100 * MS);
    struct epoll_event event;
    assert_int_equal(eventfd_write(ready, 1), 0);
    wait.traffic = wait.silence = true;
    assert_int_equal(tun_wait(&wait, &event, 1), 1);
    assert_false(wait.silence);
    eventfd_t value;
    assert_int_equal(eventfd_read(ready, &value), 0);
    struct itimerspec at = {.it_value.tv_nsec = 5 * MS};
    assert_int_equal(timerfd_settime(later, 0, &at, NULL), 0);
    wait.credit = 8;
    wait.traffic = true;
    wait.rest_until = 0;
    assert_int_equal(tun_wait(&wait, &event, 1), 1);
    assert_int_equal(wait.awake_waits, 0);
    assert_int_equal(wait.asleep_waits, 1);
    assert_true(wait.silence);
    end(&wait);
}

static void staying_awake_that_brings_nothing_is_given_up(void **unused)
{
    (void)unused;
    struct tun_wait wait = begin(20000);
    wait.credit = 3;
    unsigned undisturbed = 0;
    for (unsigned i = 0; i < ATTEMPTS && undisturbed < 3; i++) {
        wait.rest_until = 0;
        wait_after_traffic(&wait, 2 * MS);
        undisturbed += wait.rest_until == 0;
    }
    if (undisturbed < 3)
        skip(); /* others compute all the time */
    assert_int_equal(wait.credit, 0);
    assert_int_equal(wait.awake_waits, 0);
    wait.skipped = 0;
    wait_after_traffic(&wait, MS);
    assert_int_equal(wait.skipped, 1); /* not tried, but for once in a while */
    end(&wait);
}

static void what_comes_soon_finds_it_awake(void **unused)
{
    (void)unused;
    struct tun_wait wait = begin(100 * MS);
    wait.credit = 1;
    unsigned undisturbed = 0;
    for (unsigned i = 0; i < ATTEMPTS && undisturbed < 3; i++) {
        wait.rest_until = 0;
        wait_after_traffic(&wait, MS / 5);
        undisturbed += wait.rest_until == 0;
    }
    if (undisturbed < 3)
        skip(); /* others compute all the time */
    assert_in_range(wait.awake_waits, 1, 3); /* a timer that was disturbed may be there at once */
    assert_true(wait.slow);
    assert_in_range(wait.credit, 2, 8);
    end(&wait);
}

static atomic_bool enough;

static void *compute(void *unused)
{
    (void)unused;
    while (!atomic_load(&enough))
        ;
    return NULL;
}

/* On one processor, beside a thread that never stops. */
static void it_rests_when_somebody_else_wants_the_processor(void **unused)
{
    (void)unused;
    struct tun_wait wait = begin(5 * MS);
    cpu_set_t before, one;
    pthread_t other;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    CPU_SET((unsigned)sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    atomic_store(&enough, false);
    assert_int_equal(pthread_create(&other, NULL, compute, NULL), 0);
    sleep_ns(5 * MS);
    for (unsigned i = 0; i < ATTEMPTS && wait.rest_until == 0; i++) {
        wait.credit = 8;
        wait_after_traffic(&wait, 20 * MS);
    }
    assert_true(wait.rest_until > 0);
    wait.credit = 8;
    wait.awake_waits = 0;
    wait_after_traffic(&wait, MS);
    assert_int_equal(wait.awake_waits, 0);
    assert_int_equal(wait.credit, 8);
    atomic_store(&enough, true);
    pthread_join(other, NULL);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    end(&wait);
}

struct attributes { /* of sched_getattr, which libc does not have everywhere */
    uint32_t size, policy;
    uint64_t flags;
    int32_t  nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static struct attributes attributes(void)
{
    struct attributes found = {0};
    assert_int_equal(syscall(SYS_sched_getattr, 0, &found, sizeof found, 0), 0);
    return found;
}

/* Linux before 6.12 knows no slices of single threads, and says 0. */
static void slices_are_short_and_nothing_else_changes(void **unused)
{
    (void)unused;
    assert_int_equal(setpriority(PRIO_PROCESS, 0, 3), 0);
    struct attributes before = attributes();
    tun_wait_briefly();
    struct attributes after = attributes();
    assert_int_equal(after.runtime, before.runtime ? 100000 : 0);
    assert_int_equal(after.nice, 3);
    assert_int_equal(after.policy, before.policy);
    assert_int_equal(after.flags, before.flags);
}

static void another_policy_stays(void **unused)
{
    (void)unused;
    struct sched_param none = {0};
    assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    struct attributes before = attributes();
    tun_wait_briefly();
    struct attributes after = attributes();
    assert_int_equal(after.policy, SCHED_BATCH);
    assert_int_equal(after.runtime, before.runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_there_is_not_waited_for),
                                       cmocka_unit_test(without_traffic_or_time_for_it_it_sleeps),
                                       cmocka_unit_test(where_traffic_is_dense_it_sleeps),
                                       cmocka_unit_test(staying_awake_that_brings_nothing_is_given_up),
                                       cmocka_unit_test(what_comes_soon_finds_it_awake),
                                       cmocka_unit_test(it_rests_when_somebody_else_wants_the_processor),
                                       cmocka_unit_test(slices_are_short_and_nothing_else_changes),
                                       cmocka_unit_test(another_policy_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
