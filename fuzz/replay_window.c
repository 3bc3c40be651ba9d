/*
 * replay_window: counters of any size in any order, against the set of those that were accepted (window).
 *
 * Input: version 0, bits (7 to 16 as a power of two), then operations of 3 bytes, 256 at most: what, and a 16-bit argument.
 *
 *   0  the next ones, a run of up to 256        1  behind the newest by the argument
 *   2  two around the edge of the window        3  ahead by a power of two, and a little
 *   4  behind by a power of two, and a little   5  around the last counter there is, or close to 2^64
 *   6  one that was accepted before             7  the argument itself
 *
 * The top bit of what: the window is asked only. Oracles:
 *   window-verdict   accepted, or refused, against the rule (P-61, P-64 to P-67)
 *   window-asked     asking says something else than accepting does then
 *   window-refused   what was refused, or asked, changed the window (P-62)
 *   window-newest    the newest is not the largest that was accepted
 */
#include "fuzz.h"
#include "whole.h"
#include "window.h"

#include <string.h>

enum { OPERATIONS = 256, LARGEST = 65536 };

/* Accepted counters, from first to last, in the order of their coming. */
struct range { uint64_t first, last; };

static struct {
    struct range range[OPERATIONS * 2];
    unsigned     count;
    uint64_t     newest;
    bool         any;
} seen;

static bool was_seen(uint64_t counter)
{
    for (unsigned i = 0; i < seen.count; i++)
        if (counter >= seen.range[i].first && counter <= seen.range[i].last)
            return true;
    return false;
}

static void remember(uint64_t counter)
{
    struct range *last = seen.count ? &seen.range[seen.count - 1] : NULL;
    if (last && counter && last->last == counter - 1)
        last->last = counter;
    else
        seen.range[seen.count++] = (struct range){counter, counter};
    if (!seen.any || counter > seen.newest)
        seen.newest = counter;
    seen.any = true;
}

/* The rule: a window of W behind the newest, below 2^64 - 8130, none twice. */
static bool fresh(uint64_t counter, uint64_t width)
{
    if (counter > UINT64_C(0xffffffffffffe03d))
        return false;
    if (seen.any && counter < seen.newest && seen.newest - counter > width)
        return false;
    return !was_seen(counter);
}

static void judge(struct wrni_window *window, uint32_t bits, uint64_t counter, bool ask)
{
    static uint8_t before[sizeof(struct wrni_window) + LARGEST / 8];
    size_t         size = sizeof *window + bits / 8;
    bool           right = fresh(counter, bits - 64), may;

    if (ask || !right)
        fuzz_copy(before, window, size);
    may = wrni_window_may(window, bits, counter);
    FUZZ_CHECK(may == right, "window-verdict", "%llu of %u bits, newest %llu: %d", (unsigned long long)counter, bits,
               (unsigned long long)seen.newest, may);
    if (!ask) {
        bool accepted = wrni_window_accept(window, bits, counter);
        FUZZ_CHECK(accepted == may, "window-asked", "%llu: %d, then %d", (unsigned long long)counter, may, accepted);
        if (right)
            remember(counter);
        FUZZ_CHECK(window->next == (seen.any ? seen.newest + 1 : 0), "window-newest", "%llu", (unsigned long long)window->next);
    }
    FUZZ_CHECK(!(ask || !right) || fuzz_same(before, window, size), "window-refused", "%llu", (unsigned long long)counter);
}

static uint64_t counter_of(unsigned what, uint16_t argument, uint32_t bits)
{
    uint64_t little = argument & 7u, power = UINT64_C(1) << (argument >> 3 & 63u);
    switch (what) {
    case 1: return seen.newest - argument;
    case 2: return seen.newest - (bits - 64) + argument % 5u - 2;
    case 3: return seen.newest + power + little - 4;
    case 4: return seen.newest - power + little - 4;
    case 5: return argument & 0x8000 ? UINT64_MAX - (argument & 0x7fffu) : UINT64_MAX - 8129 - 3 + argument % 7u;
    case 6: return seen.count ? seen.range[argument % seen.count].first : 0;
    default: return argument;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    (void)fuzz_u8(&bytes);
    uint32_t            bits = UINT32_C(128) << fuzz_pick(&bytes, 10);
    struct wrni_window *window = fuzz_room(sizeof *window + bits / 8);

    memset(window, 0xaa, sizeof *window + bits / 8);
    wrni_window_init(window, bits);
    memset(&seen, 0, sizeof seen);
    for (unsigned i = 0; i < OPERATIONS && bytes.left; i++) {
        uint8_t  what = fuzz_u8(&bytes);
        uint16_t argument = fuzz_u16(&bytes);
        uint64_t counter = what % 8 ? counter_of(what % 8u, argument, bits) : seen.newest + seen.any;
        for (unsigned run = what % 8 || what & 128 ? 0 : argument % 256; run; run--)
            judge(window, bits, counter++, false);
        judge(window, bits, counter, what & 128);
    }
    fuzz_free(window);
    return 0;
}
