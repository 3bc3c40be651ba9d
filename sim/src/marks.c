#include "marks.h"

#include "sim/world.h"

static const char *const names[SIM_MARK_REASONS] = {
    [SIM_MARK_INITIATION_SENT] = "initiation_sent", [SIM_MARK_RESPONSE_SENT] = "response_sent",
    [SIM_MARK_COOKIE_REPLY_SENT] = "cookie_reply_sent", [SIM_MARK_DATA_SENT] = "data_sent",
    [SIM_MARK_KEEPALIVE_SENT] = "keepalive_sent", [SIM_MARK_SESSION] = "session", [SIM_MARK_LOST] = "keys_zeroed",
    [SIM_MARK_GAVE_UP] = "gave_up", [SIM_MARK_RETRY] = "retry", [SIM_MARK_ROAMED] = "roamed", [SIM_MARK_STAMP] = "stamp_stored",
    [SIM_MARK_LOAD] = "load_changed", [SIM_MARK_STAGED] = "staged", [SIM_MARK_HELD] = "held",
    [SIM_MARK_FORWARDED] = "forwarded", [SIM_MARK_RECORDED] = "recorded", [SIM_MARK_REPLAYED] = "replayed",
    [SIM_MARK_NAT_TURNED] = "nat_turned", [SIM_MARK_NAT_MAPPING] = "nat_no_mapping", [SIM_MARK_NAT_FILTER] = "nat_filter",
    [SIM_MARK_NAT_PORT] = "nat_no_port", [SIM_MARK_NAT_HAIRPIN] = "nat_no_hairpin",
    [SIM_MARK_QUEUED] = "queued", [SIM_MARK_QUEUE_FULL] = "queue_full", [SIM_MARK_CODEL_DROP] = "codel_drop",
    [SIM_MARK_ECN_MARKED] = "ecn_marked", [SIM_MARK_CE_DELIVERED] = "ce_delivered",
    [SIM_MARK_CORRUPTED] = "corrupted", [SIM_MARK_FRAGMENTED] = "fragmented", [SIM_MARK_FLOODED] = "flooded",
};

const char *sim_mark_name(size_t number)
{
    if (number < SIM_MARK_REASONS)
        return names[number];
    return number < SIM_MARKS ? wrn_reason_name((unsigned)(number - SIM_MARK_REASONS + 1)) : NULL;
}
