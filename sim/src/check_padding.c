#include "watch.h"

/* S20: what is sealed is a multiple of 16 long, but for where the mtu cuts the padding; the datagram adds 16 + 16. */

static bool is_padded(uint32_t length, uint16_t mtu)
{
    return (mtu > 0 ? length % mtu : length) % 16 == 0;
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const bool sealed = seen->kind == SIM_SEEN_SEAL && seen->aad_length == 0;
    const bool sent = seen->kind == SIM_SEEN_SENT && seen->cause != SIM_CAUSE_ATTACK && sim_is_type(seen, 4, 0);

    (void)state;
    if (!sealed && !sent)
        return;
    sim_rule_checked(watch, SIM_S20);
    if ((sent && seen->length < 32) || !is_padded(sent ? seen->length - 32 : seen->length, watch->mtus[seen->node]))
        sim_rule_broken(watch, SIM_S20, seen->now, seen->node,
                        sent ? "a data message of %u bytes" : "%u bytes of plaintext sealed", seen->length, 0);
}

const struct sim_checker sim_check_padding = {
    .rule = SIM_S20, .kinds = SIM_SEEN_MASK(SIM_SEEN_SEAL) | SIM_SEEN_MASK(SIM_SEEN_SENT), .see = see};
