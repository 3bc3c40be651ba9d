#include "bucket.h"

#include "arena.h"
#include "bytes.h"
#include "index.h"

/* What a bucket at `tokens` holds `now`; `last` moves along, never back. */
static uint64_t refill(uint64_t tokens, uint64_t most, wrn_time *last, wrn_time now)
{
    uint64_t passed = now > *last ? now - *last : 0;
    *last += passed;
    return tokens >= most || passed >= most - tokens ? most : tokens + passed;
}

static uint64_t cost_of(uint32_t rate)
{
    return rate == 0 ? UINT64_MAX : WRN_SECOND / rate;
}

static uint64_t most_of(uint32_t rate, uint32_t burst)
{
    return rate == 0 ? 0 : cost_of(rate) * burst;
}

void wrni_bucket_init(struct wrni_bucket *bucket, uint32_t rate, uint32_t burst, wrn_time now)
{
    bucket->tokens_ns = most_of(rate, burst);
    bucket->last = now;
}

bool wrni_bucket_take(struct wrni_bucket *bucket, uint32_t rate, uint32_t burst, wrn_time now)
{
    bucket->tokens_ns = refill(bucket->tokens_ns, most_of(rate, burst), &bucket->last, now);
    if (burst == 0 || bucket->tokens_ns < cost_of(rate))
        return false;
    bucket->tokens_ns -= cost_of(rate);
    return true;
}

/* Sources. */

#define RUN_MAX 64u
#define TOKEN (50 * WRN_MILLISECOND)
#define TOKENS_MOST (5 * TOKEN)
#define IDLE WRN_SECOND

struct entry {
    wrn_time last;
    uint8_t  address[8];
    uint32_t tokens; /* nanoseconds */
    uint8_t  family; /* 0: never used */
    uint8_t  reserved[3];
};

static struct entry *entries_of(const struct wrni_sources *sources)
{
    return (struct entry *)(void *)((unsigned char *)sources + sizeof *sources);
}

static uint32_t run_of(uint32_t capacity)
{
    return capacity < RUN_MAX ? capacity : RUN_MAX;
}

/* An entry for this source, its address IPv4 /32 or IPv6 /64, with no history yet. */
static struct entry entry_for(const struct wrn_endpoint *from)
{
    struct entry entry;
    memset(&entry, 0, sizeof entry);
    memcpy(entry.address, from->address, from->family == 4 ? 4 : 8);
    entry.family = from->family == 4 ? 4 : 6;
    return entry;
}

static bool same_source(const struct entry *a, const struct entry *b)
{
    return a->family == b->family && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* Where the run of this source begins. Scaled, not masked: growing keeps the order of the runs. */
static uint32_t home(const struct wrni_sources *sources, const struct entry *entry)
{
    const struct wrni_index_key seed = {{(uint32_t)sources->seed, (uint32_t)(sources->seed >> 32)}};
    uint8_t                     text[9];
    memcpy(text, entry->address, 8);
    text[8] = entry->family;
    return (uint32_t)((uint64_t)wrni_halfsip(&seed, text, sizeof text) * sources->capacity >> 32);
}

size_t wrni_sources_size(uint32_t capacity)
{
    return wrni_shelf_size(sizeof(struct wrni_sources), capacity, sizeof(struct entry));
}

void wrni_sources_init(struct wrni_sources *sources, uint32_t capacity, uint64_t seed)
{
    memset(sources, 0, wrni_sources_size(capacity));
    sources->capacity = capacity;
    sources->run = run_of(capacity);
    sources->seed = seed;
}

static bool idle(const struct entry *entry, wrn_time now)
{
    return now >= entry->last && now - entry->last >= IDLE;
}

/* The entry of this source, or else the first of its run that is free to be taken, or else null. Entries are never emptied and
 * always put at the first free place, so nothing of this source stands behind one that was never used. */
static struct entry *look(const struct wrni_sources *sources, const struct entry *source, wrn_time now)
{
    struct entry *entries = entries_of(sources), *vacant = NULL;
    uint32_t      at = sources->run != 0 ? home(sources, source) : 0;
    for (uint32_t i = 0; i < sources->run; i++) {
        struct entry *entry = &entries[at];
        if (entry->family == 0)
            return vacant != NULL ? vacant : entry;
        if (same_source(entry, source))
            return entry;
        if (vacant == NULL && idle(entry, now))
            vacant = entry;
        at = at + 1 == sources->capacity ? 0 : at + 1;
    }
    return vacant;
}

/* Into a larger table each entry finds a place of its own again. One that does not is forgotten. */
void wrni_sources_copy(struct wrni_sources *to, const struct wrni_sources *from)
{
    WRNI_ASSERT(to->capacity >= from->capacity);
    const struct entry *entries = entries_of(from);
    wrni_sources_init(to, to->capacity, from->seed);
    if (to->capacity == from->capacity) {
        memcpy(entries_of(to), entries, from->capacity * sizeof *entries);
        return;
    }
    for (uint32_t i = 0; i < from->capacity; i++) {
        struct entry *place = entries[i].family != 0 ? look(to, &entries[i], 0) : NULL;
        if (place != NULL)
            *place = entries[i];
    }
}

bool wrni_sources_allow(struct wrni_sources *sources, const struct wrn_endpoint *from, wrn_time now)
{
    struct entry  source = entry_for(from);
    struct entry *entry = look(sources, &source, now);
    if (entry == NULL)
        return false;
    if (!same_source(entry, &source)) {
        source.tokens = (uint32_t)TOKENS_MOST;
        source.last = now;
        *entry = source;
    }
    entry->tokens = (uint32_t)refill(entry->tokens, TOKENS_MOST, &entry->last, now);
    if (entry->tokens < TOKEN)
        return false;
    entry->tokens -= (uint32_t)TOKEN;
    return true;
}

uint32_t wrni_sources_live(const struct wrni_sources *sources, wrn_time now)
{
    const struct entry *entries = entries_of(sources);
    uint32_t            live = 0;
    for (uint32_t i = 0; i < sources->capacity; i++)
        live += entries[i].family != 0 && !idle(&entries[i], now);
    return live;
}
