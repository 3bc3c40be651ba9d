#include "fuzz.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fuzz_fail(const char *oracle, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "oracle: %s: ", oracle);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(stderr);
    abort();
}

const uint8_t *fuzz_take(struct fuzz_bytes *bytes, size_t wanted, size_t *got)
{
    const uint8_t *at = bytes->at;
    *got = wanted < bytes->left ? wanted : bytes->left;
    if (*got)
        bytes->at += *got;
    bytes->left -= *got;
    return at;
}

void fuzz_fill(struct fuzz_bytes *bytes, void *to, size_t size)
{
    size_t got;
    const uint8_t *from = fuzz_take(bytes, size, &got);
    if (got)
        memcpy(to, from, got);
    if (size > got)
        memset((uint8_t *)to + got, 0, size - got);
}

uint64_t fuzz_u64(struct fuzz_bytes *bytes)
{
    uint8_t word[8];
    uint64_t value = 0;
    fuzz_fill(bytes, word, sizeof word);
    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | word[i];
    return value;
}

uint32_t fuzz_u32(struct fuzz_bytes *bytes)
{
    uint32_t low = fuzz_u16(bytes);
    return low | (uint32_t)fuzz_u16(bytes) << 16;
}

uint16_t fuzz_u16(struct fuzz_bytes *bytes)
{
    unsigned low = fuzz_u8(bytes);
    return (uint16_t)(low | (unsigned)fuzz_u8(bytes) << 8);
}

uint8_t fuzz_u8(struct fuzz_bytes *bytes)
{
    if (!bytes->left)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

uint32_t fuzz_pick(struct fuzz_bytes *bytes, uint32_t count)
{
    uint32_t value = count > 256 ? fuzz_u16(bytes) : fuzz_u8(bytes);
    return count ? value % count : 0;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS 1
#endif
#endif

#ifdef POISONS
/* Places of any size up to theirs: all about what was asked for is poisoned, as in a heap, at a tenth of its price. They come in
 * turn, so that what was given back stays poisoned for a while. gcc's builds ask the heap. */
#include <sanitizer/asan_interface.h>

enum { EDGE = 64, SMALL = 8192, LARGE = 1 << 18, SMALLS = 128, LARGES = 32 };

static _Alignas(16) uint8_t smalls[SMALLS][EDGE + SMALL], larges[LARGES][EDGE + LARGE];
static size_t               taken[SMALLS + LARGES]; /* bytes, and one */

static struct shelf { uint8_t *places; size_t *taken, place; unsigned count, turn; } shelves[] = {
    {smalls[0], taken, SMALL, SMALLS, 0},
    {larges[0], taken + SMALLS, LARGE, LARGES, 0},
};

static uint8_t *place_for(size_t size)
{
    struct shelf *of = &shelves[size > SMALL];
    size_t        whole = EDGE + of->place;
    if (size > LARGE)
        return NULL;
    if (!of->turn)
        __asan_poison_memory_region(of->places, of->count * whole);
    unsigned at = of->turn++ % of->count;
    of->turn += !of->turn;
    if (of->taken[at])
        return NULL;
    of->taken[at] = size + 1;
    uint8_t *place = of->places + at * whole + EDGE;
    __asan_unpoison_memory_region(place, size);
    return place;
}

static bool given_back(const uint8_t *copy)
{
    for (struct shelf *of = shelves; of < shelves + 2; of++) {
        size_t whole = EDGE + of->place, offset = (size_t)((uintptr_t)copy - (uintptr_t)of->places);
        if (offset >= of->count * whole)
            continue;
        size_t *was = &of->taken[offset / whole];
        fuzz_setup(*was, "given back twice");
        __asan_poison_memory_region(copy, *was - 1);
        *was = 0;
        return true;
    }
    return false;
}
#else
static uint8_t *place_for(size_t size)
{
    (void)size;
    return NULL;
}

static bool given_back(const uint8_t *copy)
{
    (void)copy;
    return false;
}
#endif

void *fuzz_room(size_t size)
{
    void *room = place_for(size);
    if (!room && !(room = malloc(size ? size : 1)))
        abort();
    return room;
}

uint8_t *fuzz_exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = fuzz_room(size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

void fuzz_free(void *copy)
{
    if (!given_back(copy))
        free(copy);
}

/* Whole memories: a loop is slow under sanitizers, a comparison is not. */
size_t fuzz_zeros(const uint8_t *memory, size_t size)
{
    size_t count = 0;
    if (size && !memory[0] && !memcmp(memory, memory + 1, size - 1))
        return size;
    while (count < size && !memory[count])
        count++;
    return count;
}

void fuzz_entropy(uint64_t number, uint8_t out[32])
{
    uint64_t state = number * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x2545f4914f6cdd1d);
    for (unsigned i = 0; i < 32; i++) { /* splitmix64, a byte at a time */
        uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        out[i] = (uint8_t)(mixed >> 56);
    }
}
