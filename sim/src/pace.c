#include "pace.h"

static wrn_time moment_at(const struct sim_rate *rate, const uint64_t *moments, uint64_t cycle, uint32_t i)
{
    return (cycle * moments[rate->count - 1] + moments[i]) * WRN_MILLISECOND;
}

/* The first moment that is not over yet. */
static void seek(struct sim_pace *pace, const struct sim_rate *rate, const uint64_t *moments, wrn_time now)
{
    const uint64_t round = moments[rate->count - 1];
    uint64_t cycle = now / WRN_MILLISECOND / round;
    uint32_t low = 0, high = rate->count;

    if (cycle > 0)
        cycle--; /* the last moment of a round is the start of the next */
    while (moment_at(rate, moments, cycle, rate->count - 1) < now)
        cycle++;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (moment_at(rate, moments, cycle, middle) < now)
            low = middle + 1;
        else
            high = middle;
    }
    if (cycle > pace->cycle || (cycle == pace->cycle && low > pace->moment)) {
        pace->cycle = cycle;
        pace->moment = low;
    }
}

static wrn_time by_trace(struct sim_pace *pace, const struct sim_rate *rate, const uint64_t *moments, wrn_time now,
                         uint64_t bytes)
{
    uint64_t left = pace->until == now ? pace->rest : 0;
    wrn_time end = now;

    seek(pace, rate, moments, now);
    while (left < bytes) {
        bytes -= left;
        left = SIM_PACE_CHANCE;
        end = moment_at(rate, moments, pace->cycle, pace->moment);
        if (++pace->moment == rate->count) {
            pace->moment = 0;
            pace->cycle++;
        }
    }
    pace->rest = (uint32_t)(left - bytes);
    pace->until = end;
    return end;
}

wrn_time sim_pace_end(struct sim_pace *pace, const struct sim_rate *rate, const uint64_t *moments, wrn_time now, uint64_t bytes)
{
    uint64_t picoseconds;

    if (rate->count > 0)
        return by_trace(pace, rate, moments, now, bytes);
    picoseconds = bytes * rate->ps_per_byte + (pace->until == now ? pace->rest % 1000 : 0);
    pace->rest = (uint32_t)(picoseconds % 1000);
    pace->until = now + picoseconds / 1000;
    return pace->until;
}
