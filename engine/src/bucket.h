#ifndef WRNI_BUCKET_H
#define WRNI_BUCKET_H

/*
 * Floor 1. Rates.
 *
 * A bucket is one token bucket: `rate` per second with a burst. Integers only; time that goes back counts as standing still.
 *
 * Sources is a bounded table of token buckets, one per source: IPv4 /32 or IPv6 /64 (P-41). 20 per second, burst 5, kept in
 * nanoseconds: a token costs 50 ms, at most 250 ms are held; the first packet of a new source is allowed and leaves 200 ms. A
 * denied packet refreshes its entry too (section 24, rule 8). Entries idle for 1 s are free to be taken; a full table denies
 * (P-42). One limit serves both families. Fixed work per call: a source may stand only in a run of 64 slots from its own on, so a
 * table beyond 64 entries may deny a new source a little before its last slot is taken.
 */

#include "base.h"

struct wrni_bucket { uint64_t tokens_ns; wrn_time last; };

void wrni_bucket_init(struct wrni_bucket *bucket, uint32_t rate, uint32_t burst, wrn_time now); /* full */
bool wrni_bucket_take(struct wrni_bucket *bucket, uint32_t rate, uint32_t burst, wrn_time now);

struct wrni_sources {
    uint32_t capacity; /* entries */
    uint32_t run;      /* slots that a source may stand in, from its own on: all of a small table */
    uint64_t seed;
    /* followed by the entries */
};

size_t   wrni_sources_size(uint32_t capacity);
void     wrni_sources_init(struct wrni_sources *sources, uint32_t capacity, uint64_t seed);
void     wrni_sources_copy(struct wrni_sources *to, const struct wrni_sources *from); /* to is initialised */
bool     wrni_sources_allow(struct wrni_sources *sources, const struct wrn_endpoint *from, wrn_time now);
uint32_t wrni_sources_live(const struct wrni_sources *sources, wrn_time now); /* entries not idle for 1 s; O(capacity) */

#endif
