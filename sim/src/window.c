#include "window.h"

/* C = 0.4 packets per second cubed, beta = 0.7. */
#define CURVE_MOST_MS 100000 /* from the flat part, either way: beyond it the size is bounded anyway */

void sim_window_begin(struct sim_window *window, uint32_t kind)
{
    *window = (struct sim_window){
        .kind = kind, .size = SIM_WINDOW_FIRST, .threshold = SIM_WINDOW_MOST, .epoch = WRN_NEVER};
}

uint64_t sim_cube_root(uint64_t cube)
{
    uint64_t root = 0;

    for (unsigned bit = 21; bit-- > 0;) {
        const uint64_t next = root | UINT64_C(1) << bit;

        if (next * next * next <= cube)
            root = next;
    }
    return root;
}

/* W(t) = C (t - K)^3 + origin, with K from the epoch to the flat part. */
static uint64_t on_curve(const struct sim_window *window, wrn_time now)
{
    const uint64_t ms = (now - window->epoch) / WRN_MILLISECOND;
    const bool after = ms >= window->flat_ms;
    uint64_t far = after ? ms - window->flat_ms : window->flat_ms - ms, step;

    far = far < CURVE_MOST_MS ? far : CURVE_MOST_MS;
    step = far * far * far * 256 / 625000000; /* 0.4 * 1024 / 10^9 */
    if (after)
        return window->origin + step;
    return step < window->origin ? window->origin - step : 0;
}

static void begin_curve(struct sim_window *window, wrn_time now)
{
    window->epoch = now;
    window->origin = window->before > window->size ? window->before : window->size;
    window->flat_ms = sim_cube_root((window->origin - window->size) * 2441406); /* 10^9 / (0.4 * 1024) */
    window->reno = window->size;
}

static uint64_t cubic(struct sim_window *window, wrn_time now, wrn_time round_trip)
{
    uint64_t target;

    if (window->epoch == WRN_NEVER)
        begin_curve(window, now);
    target = on_curve(window, now + round_trip);
    if (target > window->size + window->size / 2)
        target = window->size + window->size / 2;
    /* As friendly to Reno as it would be to itself: 3 (1 - beta) / (1 + beta) packets per round trip, then one. */
    window->reno += (window->reno < window->before ? SIM_PACKET * 9 / 17 : SIM_PACKET) * SIM_PACKET / window->size;
    if (target < window->reno)
        return window->reno > window->size ? window->reno - window->size : 0;
    return target > window->size ? (target - window->size) * SIM_PACKET / window->size : 0;
}

void sim_window_acked(struct sim_window *window, wrn_time now, wrn_time round_trip)
{
    if (window->size < window->threshold)
        window->size += SIM_PACKET;
    else if (window->kind == SIM_RENO)
        window->size += SIM_PACKET * SIM_PACKET / window->size;
    else
        window->size += cubic(window, now, round_trip);
    if (window->size > SIM_WINDOW_MOST)
        window->size = SIM_WINDOW_MOST;
}

static void remember(struct sim_window *window)
{
    window->old_size = window->size;
    window->old_threshold = window->threshold;
    window->old_before = window->before;
    /* Fast convergence: who could not come back to where it was makes room. */
    window->before = window->size < window->before ? window->size * 17 / 20 : window->size;
    window->epoch = WRN_NEVER;
}

void sim_window_congested(struct sim_window *window)
{
    remember(window);
    window->size = window->kind == SIM_RENO ? window->size / 2 : window->size * 7 / 10;
    if (window->size < SIM_WINDOW_LEAST)
        window->size = SIM_WINDOW_LEAST;
    window->threshold = window->size;
}

void sim_window_timeout(struct sim_window *window)
{
    sim_window_congested(window);
    window->size = SIM_PACKET;
}

void sim_window_undo(struct sim_window *window)
{
    window->size = window->old_size > window->size ? window->old_size : window->size;
    window->threshold = window->old_threshold > window->threshold ? window->old_threshold : window->threshold;
    window->before = window->old_before;
    window->epoch = WRN_NEVER;
}
