#define _DEFAULT_SOURCE

#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>

static struct {
    enum tun_level level;
    const char    *interface;
    bool           syslog;
    uint32_t       tokens;
    uint64_t       second, left_out, all_left_out;
} state = {.level = TUN_ERROR, .interface = "?", .tokens = TUN_LOG_BURST};

void tun_log_open(enum tun_level level, const char *interface)
{
    state.level = level;
    state.interface = interface;
}

void tun_log_to_syslog(void)
{
    openlog("warren-tun", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    state.syslog = true;
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* of what is counted: several threads speak */

/* Called with the lock. */
static bool spend(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t second = (uint64_t)now.tv_sec, passed = second - state.second;
    if (passed) {
        uint64_t tokens = passed > TUN_LOG_BURST ? TUN_LOG_BURST : state.tokens + passed * TUN_LOG_RATE;
        state.tokens = tokens > TUN_LOG_BURST ? TUN_LOG_BURST : (uint32_t)tokens;
        state.second = second;
    }
    if (state.tokens == 0) {
        state.left_out++;
        state.all_left_out++;
        return false;
    }
    state.tokens--;
    return true;
}

static bool may_speak(uint64_t *left_out)
{
    pthread_mutex_lock(&turn);
    bool may = spend();
    *left_out = state.left_out;
    if (may)
        state.left_out = 0;
    pthread_mutex_unlock(&turn);
    return may;
}

void tun_log(enum tun_level level, const char *format, ...)
{
    char line[512];
    uint64_t left_out;
    if (level > state.level || !may_speak(&left_out))
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (state.syslog) {
        syslog(level == TUN_ERROR ? LOG_ERR : LOG_DEBUG, "%s: %s", state.interface, line);
    } else {
        fprintf(stderr, "warren-tun: %s: %s\n", state.interface, line);
    }
    if (left_out)
        tun_log(level, "%" PRIu64 " lines before this one were left out", left_out);
}

uint64_t tun_log_left_out(void)
{
    pthread_mutex_lock(&turn);
    uint64_t left_out = state.all_left_out;
    pthread_mutex_unlock(&turn);
    return left_out;
}
