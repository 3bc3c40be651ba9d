#include "reached.h"

#include "fuzz.h"
#include "warren/inspect.h"
#include "world.h"

enum { TYPES = 4 };

static uint64_t reasons[WRN_REASON_COUNT], pairs[FUZZ_SNAPSHOTS][TYPES];

void fuzz_reached_reasons(const struct wrn_counters *now, const struct wrn_counters *first)
{
    for (unsigned i = 0; i < WRN_REASON_COUNT; i++)
        reasons[i] += now->reasons[i] - first->reasons[i];
}

void fuzz_reached_pair(unsigned snapshot, unsigned type)
{
    if (snapshot < FUZZ_SNAPSHOTS && type >= 1 && type <= TYPES)
        pairs[snapshot][type - 1]++;
}

void fuzz_reached(FILE *out)
{
    static const char *const snapshots[FUZZ_SNAPSHOTS] = {"S0",     "S1",     "S2",       "S3",        "S4", "S5-119",
                                                          "S5-164", "S5-179", "S6-rekey", "S6-reject", "S7", "S8"};
    static const char *const types[TYPES] = {"initiation", "response", "cookie", "data"};
    fuzz_world_over();
    for (unsigned i = 1; i < WRN_REASON_COUNT; i++)
        fprintf(out, "reached reason %s %llu\n", wrn_reason_name(i), (unsigned long long)reasons[i]);
    for (unsigned i = 0; i < FUZZ_SNAPSHOTS; i++)
        for (unsigned type = 0; type < TYPES; type++)
            fprintf(out, "reached pair %s/%s %llu\n", snapshots[i], types[type], (unsigned long long)pairs[i][type]);
}
