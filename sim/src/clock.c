#include "clock.h"

#include "base.h"

static uint64_t run(uint64_t t, int32_t ppb)
{
    uint64_t rate = (uint64_t)(ppb < 0 ? -(int64_t)ppb : ppb);
    uint64_t drift = t / WRN_SECOND * rate + t % WRN_SECOND * rate / WRN_SECOND; /* floor(t * rate / 10^9), exactly */

    return ppb < 0 ? t - drift : t + drift;
}

wrn_time sim_clock_local(const struct sim_clock *clock, wrn_time world)
{
    return clock->boot + run(world, clock->skew_ppb);
}

wrn_time sim_clock_world(const struct sim_clock *clock, wrn_time local)
{
    uint64_t want, t;

    if (local == WRN_NEVER || local - clock->boot > UINT64_C(1) << 62)
        return local < clock->boot ? 0 : WRN_NEVER;
    want = t = local - clock->boot;
    if (clock->skew_ppb == 0)
        return t;
    for (unsigned i = 0; i < 8; i++)
        t += want - run(t, clock->skew_ppb); /* wraps on purpose: each step shrinks the error a thousandfold */
    while (run(t, clock->skew_ppb) < want)
        t++;
    while (t > 0 && run(t - 1, clock->skew_ppb) >= want)
        t--;
    return t;
}

uint64_t sim_clock_wall(const struct sim_clock *clock, wrn_time world)
{
    return clock->wall_ns + run(world, clock->skew_ppb);
}
