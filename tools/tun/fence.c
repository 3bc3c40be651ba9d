#define _GNU_SOURCE

#include "fence.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/if_tun.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "log.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false /* a sanitizer asks for whatever it needs, when it needs it */
#endif

void tun_fence_memory(void)
{
    const struct rlimit none = {0, 0}, any = {RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    /* With a limit, every later mapping would count in full, and fail: then the engine's alone is locked. */
    if (setrlimit(RLIMIT_MEMLOCK, &any) != 0 || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        tun_log(TUN_VERBOSE, "only the engine's memory is locked, as far as the limit of locked memory goes");
}

/* Calls that the loop makes, and what libc makes of malloc, syslog, if_nametoindex and abort. */
static const int calls[] = {SCMP_SYS(read),
                            SCMP_SYS(write),
                            SCMP_SYS(readv),
                            SCMP_SYS(writev),
                            SCMP_SYS(close),
                            SCMP_SYS(dup2),
                            SCMP_SYS(dup3),
                            SCMP_SYS(recvfrom),
                            SCMP_SYS(recvmsg),
                            SCMP_SYS(recvmmsg),
                            SCMP_SYS(sendto),
                            SCMP_SYS(sendmsg),
                            SCMP_SYS(sendmmsg),
                            SCMP_SYS(bind),
                            SCMP_SYS(connect),
                            SCMP_SYS(accept4),
                            SCMP_SYS(getsockname),
                            SCMP_SYS(setsockopt),
                            SCMP_SYS(getsockopt),
                            SCMP_SYS(epoll_wait),
                            SCMP_SYS(epoll_pwait),
                            SCMP_SYS(epoll_ctl),
                            SCMP_SYS(sched_yield),
                            SCMP_SYS(timerfd_settime),
                            SCMP_SYS(poll),
                            SCMP_SYS(ppoll),
                            SCMP_SYS(clock_gettime),
                            SCMP_SYS(clock_gettime64),
                            SCMP_SYS(gettimeofday),
                            SCMP_SYS(time),
                            SCMP_SYS(getrandom),
                            SCMP_SYS(mmap),
                            SCMP_SYS(munmap),
                            SCMP_SYS(mremap),
                            SCMP_SYS(madvise),
                            SCMP_SYS(mlock2),
                            SCMP_SYS(brk),
                            SCMP_SYS(futex),
                            SCMP_SYS(stat),
                            SCMP_SYS(fstat),
                            SCMP_SYS(newfstatat),
                            SCMP_SYS(statx),
                            SCMP_SYS(unlink),
                            SCMP_SYS(unlinkat),
                            SCMP_SYS(ftruncate),
                            SCMP_SYS(rt_sigreturn),
                            SCMP_SYS(rt_sigprocmask),
                            SCMP_SYS(rt_sigaction),
                            SCMP_SYS(restart_syscall),
                            SCMP_SYS(getpid),
                            SCMP_SYS(gettid),
                            SCMP_SYS(tgkill),
                            SCMP_SYS(exit),
                            SCMP_SYS(exit_group)};

/* A call with this value as that argument. */
static int allow_with(scmp_filter_ctx filter, int call, unsigned argument, scmp_datum_t value)
{
    const struct scmp_arg_cmp equal = {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &equal);
}

static int allow(scmp_filter_ctx filter)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    static const unsigned long requests[] = {TUNGETIFF, SIOCGIFINDEX};
    int error = 0;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0] && error == 0; i++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    for (size_t i = 0; i < sizeof families / sizeof families[0] && error == 0; i++)
        error = allow_with(filter, SCMP_SYS(socket), 0, (scmp_datum_t)families[i]);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0] && error == 0; i++)
        error = allow_with(filter, SCMP_SYS(ioctl), 1, requests[i]);
    return error;
}

/* What is not allowed fails, and does not kill: a library of another version must not end a tunnel. */
static int filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return ENOMEM;
    int error = allow(filter);
    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (error == 0)
        error = seccomp_load(filter);
    seccomp_release(filter);
    return -error;
}

int tun_fence_drop(void)
{
    tzset(); /* now, while files can still be opened: syslog will ask for the time */
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, -1)
            != 0 ||
        capng_apply(CAPNG_SELECT_BOTH) != 0)
        return EPERM;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int tun_fence_close(void)
{
    return SANITIZED ? 0 : filter_calls();
}
