#ifndef WRNI_UAPI_PLAN_H
#define WRNI_UAPI_PLAN_H

/*
 * Floor 5. What a set request takes, counted without doing it and without memory.
 *
 * A bound from above, which depends on the request and on what is configured, never on the limits: an engine grown to it takes
 * the request. The bound is exact for requests that name up to WRNI_MENTIONS peers, repeat no prefix that is new and take
 * none away singly; beyond, what leaves is not counted out and what comes twice counts twice.
 *
 * A prefix that is configured counts as there until its owner's whole list goes. So moving it costs nothing, and bringing it back
 * afterwards costs one. When one of the list moved away before, the list is not counted out at all.
 */

#include "state.h"
#include "uapi_read.h"

#define WRNI_MENTIONS 32u

/* A peer that the request names, or takes a prefix from. */
struct wrni_mention {
    uint8_t  key[32]; /* of a peer that is not configured */
    uint32_t slot;    /* of a peer that is configured; else WRNI_NONE */
    uint32_t added;   /* prefixes given to it by this request, that a later replacement would take away */
    bool     here;    /* at this point of the request */
    bool     emptied; /* its list is counted out */
    bool     robbed;  /* one of its list belongs to another by now */
    bool     listed;  /* orders to remove its list are counted */
};

struct wrni_plan {
    const struct wrn_engine *engine;
    uint8_t  own[32];
    bool     has_own, all_gone, any_list;
    uint64_t peers, most_peers, prefixes, most_prefixes, orders;
    uint32_t mentions;
    struct wrni_mention mention[WRNI_MENTIONS];
};

void wrni_plan_begin(struct wrni_plan *plan, const struct wrn_engine *engine, const struct wrni_device *device);
void wrni_plan_section(struct wrni_plan *plan, struct wrni_section *section); /* uses its allowed IPs up */
/* The limits raised to what it takes. WRN_NO_ROOM when they were, WRN_BUSY when only orders that wait are in the way. */
enum wrn_status wrni_plan_end(struct wrni_plan *plan, struct wrn_limits *needed);

#endif
