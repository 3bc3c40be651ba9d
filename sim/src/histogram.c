#include "histogram.h"

/* 0 to 15 one by one, then sixteen bounds to each power of two. */
static unsigned bound_of(wrn_time time)
{
    unsigned shift = 0;

    while (time >> shift >= 32)
        shift++;
    return time < 16 ? (unsigned)time : 16 * shift + (unsigned)(time >> shift);
}

static wrn_time last_of(unsigned bound)
{
    const unsigned shift = bound < 32 ? 0 : bound / 16 - 1;

    return ((wrn_time)(bound - 16 * shift + 1) << shift) - 1;
}

void sim_histogram_add(struct sim_histogram *histogram, wrn_time time)
{
    const unsigned bound = bound_of(time);

    histogram->count++;
    histogram->most = time > histogram->most ? time : histogram->most;
    histogram->bounds[bound < SIM_BOUNDS ? bound : SIM_BOUNDS - 1]++;
}

uint64_t sim_part_of(uint64_t count, uint32_t part)
{
    const uint64_t least = count / 1000000 * part + (count % 1000000 * part + 999999) / 1000000;

    return least > 0 ? least : 1;
}

wrn_time sim_histogram_part(const struct sim_histogram *histogram, uint32_t part)
{
    const uint64_t wanted = sim_part_of(histogram->count, part);
    uint64_t count = 0;

    for (unsigned i = 0; i < SIM_BOUNDS; i++) {
        count += histogram->bounds[i];
        if (count >= wanted)
            return last_of(i) < histogram->most ? last_of(i) : histogram->most;
    }
    return WRN_NEVER;
}
