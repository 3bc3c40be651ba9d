#include "gate.h"

#include "timers.h"

#define PURPOSE_COOKIE 2

void wrni_gate_init(struct wrni_gate *gate, const uint8_t seed[32], uint32_t rate, uint32_t burst, wrn_time now)
{
    static const uint8_t nobody[32] = {0};
    memset(gate, 0, sizeof *gate);
    gate->rate = rate;
    gate->burst = burst;
    wrni_bucket_init(&gate->bucket, rate, burst, now);
    wrni_drbg_init(&gate->checker.drbg, seed, PURPOSE_COOKIE, nobody);
}

bool wrni_gate_settle(struct wrni_gate *gate, wrn_time now)
{
    if (!gate->loaded || gate->loaded_until > now)
        return false;
    gate->loaded = false;
    return true;
}

void wrni_gate_report(struct wrni_gate *gate, wrn_time now)
{
    gate->loaded = true;
    gate->loaded_until = wrni_after(now, WRN_SECOND);
}

enum wrni_passage wrni_gate_pass(struct wrni_gate *gate, struct wrni_provider provider, struct wrni_sources *sources,
                                 enum wrni_kind kind, const uint8_t *message, const struct wrn_endpoint *from, wrn_time now)
{
    if (!wrni_bucket_take(&gate->bucket, gate->rate, gate->burst, now))
        wrni_gate_report(gate, now);
    if (!gate->loaded)
        return WRNI_PASSAGE_FREE;
    if (!wrni_mac2_valid(provider, &gate->checker, kind, message, from, now))
        return WRNI_PASSAGE_COOKIE;
    return wrni_sources_allow(sources, from, now) ? WRNI_PASSAGE_FREE : WRNI_PASSAGE_DENIED;
}
