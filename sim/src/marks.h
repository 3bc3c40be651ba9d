#ifndef SIM_MARKS_H
#define SIM_MARKS_H

/* Things worth reaching: every one is in the report, reached or not. The engine's drop reasons follow, by their own names. */

#include "warren/inspect.h"

enum sim_mark {
    SIM_MARK_INITIATION_SENT,
    SIM_MARK_RESPONSE_SENT,
    SIM_MARK_COOKIE_REPLY_SENT,
    SIM_MARK_DATA_SENT,
    SIM_MARK_KEEPALIVE_SENT,
    SIM_MARK_SESSION,
    SIM_MARK_LOST,
    SIM_MARK_GAVE_UP,
    SIM_MARK_RETRY,
    SIM_MARK_ROAMED,
    SIM_MARK_STAMP,
    SIM_MARK_LOAD,
    SIM_MARK_STAGED,
    SIM_MARK_HELD,
    SIM_MARK_FORWARDED,
    SIM_MARK_RECORDED,
    SIM_MARK_REPLAYED,
    SIM_MARK_NAT_TURNED,
    SIM_MARK_NAT_MAPPING, /* and on: as the reasons of the boxes, in their order */
    SIM_MARK_NAT_FILTER,
    SIM_MARK_NAT_PORT,
    SIM_MARK_NAT_HAIRPIN,
    SIM_MARK_QUEUED,
    SIM_MARK_QUEUE_FULL,
    SIM_MARK_CODEL_DROP,
    SIM_MARK_ECN_MARKED,
    SIM_MARK_CE_DELIVERED,
    SIM_MARK_CORRUPTED,
    SIM_MARK_FRAGMENTED,
    SIM_MARK_FLOODED,
    SIM_MARK_REASONS, /* + reason - 1 */
    SIM_MARKS = SIM_MARK_REASONS + WRN_REASON_COUNT - 1
};

#endif
