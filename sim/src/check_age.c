#include "ledger.h"

/* S6: the birth of each session as the wire shows it, against its use. Expiry is inclusive, and sleep counts (P-139). */

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    const bool out = seen->kind == SIM_SEEN_SENT && seen->pair != SIM_NONE && seen->cause != SIM_CAUSE_ATTACK;
    const bool in = seen->kind == SIM_SEEN_ARRIVED && sim_seen_authentic(seen);

    (void)state;
    if ((!out && !in) || !sim_is_type(seen, 4, 32))
        return;
    sim_rule_checked(watch, SIM_S6);
    if (!seen->session || !sim_ledger_alive(watch, seen->session)) {
        sim_rule_broken(watch, SIM_S6, seen->now, seen->node, "data %u bytes long under a session that no handshake made",
                        seen->length, 0);
        return;
    }
    if (seen->elapsed - seen->session->born >= 180 * WRN_SECOND)
        sim_rule_broken(watch, SIM_S6, seen->now, seen->node, "a key %t old was used, index %u",
                        seen->elapsed - seen->session->born, seen->session->local);
}

const struct sim_checker sim_check_age = {
    .rule = SIM_S6, .kinds = SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_ARRIVED), .see = see};
