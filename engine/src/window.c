#include "window.h"

#include "bytes.h"

#define WORD_BITS 64u

static bool legal(uint32_t bits)
{
    return bits >= 128 && bits <= 65536 && (bits & (bits - 1)) == 0;
}

size_t wrni_window_size(uint32_t bits)
{
    WRNI_ASSERT(legal(bits));
    return sizeof(struct wrni_window) + bits / 8;
}

void wrni_window_init(struct wrni_window *window, uint32_t bits)
{
    memset(window, 0, wrni_window_size(bits));
}

bool wrni_window_may(const struct wrni_window *window, uint32_t bits, uint64_t counter)
{
    WRNI_ASSERT(legal(bits));
    if (counter >= WRNI_WINDOW_LIMIT)
        return false;
    if (counter >= window->next)
        return true;
    /* Behind the newest by next - 1 - counter: a difference cannot wrap, a sum with W could. */
    if (window->next - 1 - counter > bits - WORD_BITS)
        return false;
    uint64_t word = window->words[(counter / WORD_BITS) & (bits / WORD_BITS - 1)];
    return (word >> (counter % WORD_BITS) & 1) == 0;
}

bool wrni_window_accept(struct wrni_window *window, uint32_t bits, uint64_t counter)
{
    if (!wrni_window_may(window, bits, counter))
        return false;
    uint64_t mask = bits / WORD_BITS - 1, target = counter / WORD_BITS;
    if (counter >= window->next) {
        uint64_t top = window->next == 0 ? 0 : (window->next - 1) / WORD_BITS;
        uint64_t steps = target - top <= mask ? target - top : mask + 1;
        for (uint64_t i = 1; i <= steps; i++)
            window->words[(top + i) & mask] = 0;
        window->next = counter + 1;
    }
    window->words[target & mask] |= UINT64_C(1) << (counter % WORD_BITS);
    return true;
}
