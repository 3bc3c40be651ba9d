#define _GNU_SOURCE

#include "wait.h"

#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS 100000u /* the least that Linux gives */
#define CREDIT_MOST 8u
#define CREDIT_OF_HIT 2u
#define TRY_EVERY 16u
#define WAITED 10000u     /* ns: what is there already is given sooner */
#define GIVEN_AWAY 30000u /* ns: longer than whoever takes up what the driver just wrote; somebody computes */
#define SILENCE 500000u   /* ns */
#define REST WRN_SECOND

static wrn_time read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (wrn_time)now.tv_sec * WRN_SECOND + (wrn_time)now.tv_nsec;
}

static bool worth_it(struct tun_wait *wait, wrn_time now)
{
    if (!wait->traffic || !wait->silence || wait->awake == 0 || now < wait->rest_until)
        return false;
    if (wait->credit > 0)
        return true;
    wait->skipped = (wait->skipped + 1) % TRY_EVERY;
    return wait->skipped == 0;
}

/* What came while awake, or while another had the processor. */
static void learn(struct tun_wait *wait, bool given_away, wrn_time now)
{
    wait->slow = true;
    if (given_away) {
        wait->rest_until = now + REST;
        wait->asleep_waits++;
    } else {
        wait->credit = wait->credit + CREDIT_OF_HIT < CREDIT_MOST ? wait->credit + CREDIT_OF_HIT : CREDIT_MOST;
        wait->awake_waits++;
    }
}

/* Events, or 0: it was in vain. A thread that yields to another is not woken by its packets: it must sleep to come first. */
static int stay_awake(struct tun_wait *wait, struct epoll_event *events, int most, wrn_time start)
{
    int count = epoll_wait(wait->poll, events, most, 0);
    if (count != 0)
        return count;
    for (wrn_time now = start, before; now - start < wait->awake;) {
        sched_yield();
        before = now;
        now = read_clock();
        bool given_away = now - before > GIVEN_AWAY;
        count = epoll_wait(wait->poll, events, most, 0);
        if (count != 0) {
            learn(wait, given_away, now);
            return count;
        }
        if (given_away) {
            wait->rest_until = now + REST;
            return 0;
        }
    }
    wait->credit -= wait->credit > 0;
    return 0;
}

int tun_wait(struct tun_wait *wait, struct epoll_event *events, int most)
{
    wrn_time start = read_clock();
    int count = 0;
    wait->slow = false;
    bool awake = worth_it(wait, start);
    wait->silence = false;
    if (awake)
        count = stay_awake(wait, events, most, start);
    if (count == 0) {
        count = epoll_wait(wait->poll, events, most, wait->nap_ms ? wait->nap_ms : -1);
        wrn_time waited = read_clock() - start;
        wait->slow = waited > WAITED;
        wait->silence = waited > SILENCE;
        wait->asleep_waits += wait->slow && count != 0;
    }
    wait->traffic = false;
    return count;
}

void tun_wait_refused(void)
{
    (void)poll(NULL, 0, 1);
}

/* struct sched_attr, which libc does not have everywhere: its first version. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t  nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void tun_wait_briefly(void)
{
    struct attributes now = {.size = sizeof now};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != SCHED_OTHER)
        return; /* somebody chose another policy: theirs */
    now.size = sizeof now;
    now.runtime = SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &now, 0);
}
