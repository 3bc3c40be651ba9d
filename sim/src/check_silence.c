#include "base.h"
#include "watch.h"

/* S13 and S14: strangers get no answer, no state, and never more bytes than they sent. */

bool sim_seen_refused(const struct sim_seen *seen)
{
    switch (seen->reason) {
    case WRN_REASON_TYPE:
    case WRN_REASON_LENGTH:
    case WRN_REASON_NO_IDENTITY:
    case WRN_REASON_MAC1:
    case WRN_REASON_RATE:
    case WRN_REASON_UNKNOWN_PEER:
    case WRN_REASON_HANDSHAKE:
    case WRN_REASON_STAMP:
    case WRN_REASON_UNSOLICITED:
    case WRN_REASON_COOKIE:
    case WRN_REASON_INDEX:
    case WRN_REASON_AUTH:
    case WRN_REASON_REPLAY:
        return seen->verdict == WRN_DROP;
    default:
        return false;
    }
}

static void see(struct sim_watch *watch, void *state, const struct sim_seen *seen)
{
    (void)state;
    if (seen->kind == SIM_SEEN_ARRIVED && sim_seen_refused(seen)) {
        sim_rule_checked(watch, SIM_S13);
        if (seen->answer_length > 0)
            sim_rule_broken(watch, SIM_S13, seen->now, seen->node, "a refused datagram of %u bytes was answered by %u",
                            seen->length, seen->answer_length);
        if (seen->judged && seen->changed)
            sim_rule_broken(watch, SIM_S13, seen->now, seen->node, "a refused datagram of %u bytes (reason %u) changed the state",
                            seen->length, seen->reason);
    }
    if (seen->kind == SIM_SEEN_RUN) {
        sim_rule_checked(watch, SIM_S13);
        if (seen->changed)
            sim_rule_broken(watch, SIM_S13, seen->now, seen->node, "one of %u refused datagrams since %t changed the state",
                            seen->left, seen->right);
    }
    if (seen->kind == SIM_SEEN_SENT && seen->cause == SIM_CAUSE_ANSWER) {
        sim_rule_checked(watch, SIM_S14);
        if (seen->length > seen->asked_length)
            sim_rule_broken(watch, SIM_S14, seen->now, seen->node, "an answer of %u bytes to a question of %u", seen->length,
                            seen->asked_length);
        if (!sim_same_endpoint(&seen->remote, &seen->asked_from))
            sim_rule_broken(watch, SIM_S14, seen->now, seen->node, "an answer to port %u, the question came from port %u",
                            seen->remote.port, seen->asked_from.port);
    }
}

const struct sim_checker sim_check_silence = {
    .rule = SIM_S13, .kinds = SIM_SEEN_MASK(SIM_SEEN_ARRIVED) | SIM_SEEN_MASK(SIM_SEEN_SENT) | SIM_SEEN_MASK(SIM_SEEN_RUN),
    .see = see};
