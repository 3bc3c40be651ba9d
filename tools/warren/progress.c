/* Progress on anything longer than two seconds: one live line at a terminal, else a plain line each ten seconds. Always stderr.
 */

#define _POSIX_C_SOURCE 200809L

#include "run.h"

#include <inttypes.h>
#include <time.h>

uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * WRN_SECOND + (uint64_t)now.tv_nsec;
}

void progress_clear(struct progress *progress)
{
    if (!progress->drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->drawn = false;
}

/* "12x real time"; of a world that follows the clock, how late it was. */
static const char *pace(const struct progress *progress, const struct sim_progress *now, uint64_t ran, char out[64])
{
    if (progress->follows)
        snprintf(out, 64, "behind real time by %" PRIu64 " ms at most", progress->behind / WRN_MILLISECOND);
    else
        snprintf(out, 64, "%" PRIu64 "x real time", now->now / ran);
    return out;
}

void progress_show(struct progress *progress, const struct sim_progress *now)
{
    uint64_t wall = wall_ns(), ran = wall - progress->begun;
    uint64_t pause = progress->live ? 200 * WRN_MILLISECOND : progress->last == progress->begun ? 0 : 10 * WRN_SECOND;
    if (progress->quiet || ran < 2 * WRN_SECOND || wall - progress->last < pause)
        return;
    char at[32], stop[32], text[64];
    fflush(stdout); /* the log so far belongs before this */
    sim_scenario_time_text(now->now / WRN_SECOND * WRN_SECOND, at);
    sim_scenario_time_text(now->stop, stop);
    uint64_t percent = now->stop ? now->now / (now->stop / 100 + 1) : 100;
    uint64_t left = now->now ? (now->stop - now->now) / (now->now / (ran / WRN_MILLISECOND + 1) + 1) / 1000 : 0;
    fprintf(stderr,
            "%s%s of %s  %" PRIu64 "%%  %s  %" PRIu64 " events/s  drops %" PRIu64
            "  sessions %u  left %" PRIu64 " s%s",
            progress->live ? "\r" : "", at, stop, percent, pace(progress, now, ran, text),
            now->events * 1000 / (ran / WRN_MILLISECOND), now->drops, now->sessions, left, progress->live ? "\033[K" : "\n");
    fflush(stderr);
    progress->drawn = progress->live;
    progress->last = wall;
    progress->behind = 0;
}
