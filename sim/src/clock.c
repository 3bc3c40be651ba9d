#include "clock.h"

#include "base.h"

static uint64_t run(uint64_t t, int32_t ppb)
{
    uint64_t rate = (uint64_t)(ppb < 0 ? -(int64_t)ppb : ppb);
    uint64_t drift = t / WRN_SECOND * rate + t % WRN_SECOND * rate / WRN_SECOND; /* floor(t * rate / 10^9), exactly */

    return ppb < 0 ? t - drift : t + drift;
}

wrn_time sim_clock_elapsed(const struct sim_clock *clock, wrn_time world)
{
    return clock->boot + run(world, clock->skew_ppb);
}

wrn_time sim_clock_local(const struct sim_clock *clock, wrn_time world)
{
    return sim_clock_elapsed(clock, clock->stopped ? clock->stopped_at : world) - clock->slept;
}

wrn_time sim_clock_world(const struct sim_clock *clock, wrn_time local)
{
    uint64_t want, t;

    if (local == WRN_NEVER || local - clock->boot > UINT64_C(1) << 62)
        return local < clock->boot ? 0 : WRN_NEVER;
    if (clock->stopped && local > sim_clock_local(clock, clock->stopped_at))
        return WRN_NEVER;
    want = t = local - clock->boot + clock->slept;
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

void sim_clock_stop(struct sim_clock *clock, wrn_time world)
{
    if (clock->stopped)
        return;
    clock->stopped = true;
    clock->stopped_at = world;
}

void sim_clock_go(struct sim_clock *clock, wrn_time world)
{
    if (!clock->stopped)
        return;
    clock->stopped = false;
    clock->slept += run(world, clock->skew_ppb) - run(clock->stopped_at, clock->skew_ppb);
}

uint64_t sim_clock_wall(const struct sim_clock *clock, wrn_time world)
{
    return clock->wall_ns + run(world, clock->skew_ppb);
}

void sim_clock_change(struct sim_clock *clock, wrn_time world, const struct sim_wall *wall)
{
    const uint64_t ran = run(world, clock->skew_ppb), now = sim_clock_wall(clock, world);

    switch (wall->kind) {
    case SIM_WALL_SHIFTED:
        if (wall->shift_ns < 0 && (uint64_t)-wall->shift_ns > now)
            clock->wall_ns = 0 - ran; /* 1970 */
        else
            clock->wall_ns += (uint64_t)wall->shift_ns;
        break;
    case SIM_WALL_SET:
        clock->has_wall = true;
        clock->wall_ns = wall->date_s * WRN_SECOND - ran;
        break;
    case SIM_WALL_NONE:
        clock->has_wall = false;
        break;
    default:
        break;
    }
}
