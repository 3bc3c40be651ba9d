/* The replay window: golden steps, ranges, every width against a set, and counters around 2^64. */

#include "block.h"
#include "random.h"

#include "window.h"

static const uint32_t widths[] = {128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536};

#define WIDTHS (sizeof widths / sizeof *widths)
#define LIMIT WRNI_WINDOW_LIMIT

static struct wrni_window *window_new(uint32_t bits)
{
    struct wrni_window *window = block_new(wrni_window_size(bits));
    wrni_window_init(window, bits);
    return window;
}

/* Both questions at once: asking must foretell the answer. */
static bool offer(struct wrni_window *window, uint32_t bits, uint64_t counter)
{
    bool may = wrni_window_may(window, bits, counter);
    assert_true(wrni_window_accept(window, bits, counter) == may);
    return may;
}

/* One step: the counter is times * (W + 1) + plus. */
struct step { uint64_t times; int64_t plus; bool good; };

static void run(const struct step *steps, size_t count, uint64_t base)
{
    for (size_t i = 0; i < WIDTHS; i++) {
        uint32_t            bits = widths[i];
        struct wrni_window *window = window_new(bits);
        for (size_t k = 0; k < count; k++) {
            uint64_t counter = base + steps[k].times * (bits - 63) + (uint64_t)steps[k].plus;
            if (offer(window, bits, counter) != steps[k].good)
                fail_msg("bits %u, step %zu", bits, k);
            if (k % 7 == 3)
                window = block_moved(window, wrni_window_size(bits));
        }
        free(window);
    }
}

/* 34 steps: the start and its repeats, disorder, the first jump over a window, holes behind it, a jump over several, both edges
 * of the window, and the end of all counters with what lies beyond. */
static void p61_p64_p66_golden_steps(void **state)
{
    (void)state;
    static const struct step start[] = {
        {0, 0, true},   {0, 0, false},  {0, 2, true},   {0, 1, true},   {0, 1, false},  {0, 11, true},
        {0, 9, true},   {0, 10, true},  {0, 9, false},  {1, 0, true},   {1, -2, true},  {1, -1, true},
        {1, -2, false}, {0, 3, true},   {0, 3, false},  {1, 20, true},  {0, 4, false},  {1, 20, false},
        {5, 0, true},   {4, 1, true},   {0, 12, false}, {4, 0, false},  {4, -1, false}, {4, 2, true},
        {4, 2, false},  {5, 1, true},   {4, 1, false},  {0, 0, false},
    };
    static const struct step end[] = {
        {0, 0, false}, {0, -1, true}, {0, -1, false}, {0, 1, false}, {0, -2, true}, {0, 0, false},
    };
    assert_int_equal(sizeof start / sizeof *start + sizeof end / sizeof *end, 34);
    run(start, sizeof start / sizeof *start, 0);
    run(end, sizeof end / sizeof *end, LIMIT);
}

static void ascending(struct wrni_window *window, uint32_t bits, uint64_t first, uint64_t last, bool good)
{
    for (uint64_t counter = first; counter <= last; counter++)
        assert_true(offer(window, bits, counter) == good);
}

static void descending(struct wrni_window *window, uint32_t bits, uint64_t first, uint64_t last, bool good)
{
    for (uint64_t counter = first + 1; counter-- > last;)
        assert_true(offer(window, bits, counter) == good);
}

/* Runs of a whole window: up from 1, up from 0, down to 1, down to 0, and both with a late 0. */
static void p61_p66_g84_g85_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        uint32_t            bits = widths[i], w = bits - 64;
        struct wrni_window *window = window_new(bits);
        ascending(window, bits, 1, w, true);
        assert_true(offer(window, bits, 0));
        assert_false(offer(window, bits, 0));
        ascending(window, bits, 0, w, false);

        wrni_window_init(window, bits);
        ascending(window, bits, 0, w + 1, true);
        assert_false(offer(window, bits, 0));

        wrni_window_init(window, bits);
        descending(window, bits, w, 0, true);
        descending(window, bits, w, 0, false);

        wrni_window_init(window, bits);
        descending(window, bits, w + 1, 1, true);
        assert_false(offer(window, bits, 0));

        wrni_window_init(window, bits);
        ascending(window, bits, 1, w + 1, true);
        assert_false(offer(window, bits, 0));

        wrni_window_init(window, bits);
        ascending(window, bits, 1, 3 * (uint64_t)bits, true);
        descending(window, bits, 3 * (uint64_t)bits, 1, false);
        free(window);
    }
}

/* The model: the set of accepted counters as a list, newest kept beside. */
struct model { uint64_t *seen; size_t count; uint64_t newest; };

static bool model_offer(struct model *model, uint64_t w, uint64_t counter)
{
    if (counter >= UINT64_MAX - 8129)
        return false;
    if (model->count > 0 && counter < model->newest && model->newest - counter > w)
        return false;
    for (size_t i = 0; i < model->count; i++) {
        if (model->seen[i] == counter)
            return false;
    }
    model->seen[model->count++] = counter;
    if (model->count == 1 || counter > model->newest)
        model->newest = counter;
    return true;
}

static uint64_t draw_counter(struct rng *rng, const struct model *model, uint32_t bits, uint64_t base)
{
    uint64_t near = model->count > 0 ? model->newest : base, w = bits - 64;
    switch (rng_below(rng, 12)) {
    case 0: return near + 1;
    case 1: return near - w + rng_below(rng, 3) - 1; /* wraps near 0, on purpose */
    case 2: return near + rng_below(rng, 2 * bits);
    case 3: return near - rng_below(rng, 2 * bits);
    case 4: return near + 64 * (uint64_t)rng_below(rng, bits / 64 + 2);
    case 5: return model->count > 0 ? model->seen[rng_below(rng, (uint32_t)model->count)] : 0;
    case 6: return near + (rng_below(rng, 40) == 0 ? rng_next(rng) >> rng_below(rng, 64) : 1);
    default: return near - rng_below(rng, bits < 400 ? bits : 400);
    }
}

static void against_model(uint32_t bits, uint64_t base, uint64_t seed)
{
    enum { STEPS = 2500 };
    struct rng          rng = {seed};
    struct model        model = {block_new(STEPS * sizeof(uint64_t)), 0, 0};
    struct wrni_window *window = window_new(bits);
    for (unsigned step = 0; step < STEPS; step++) {
        uint64_t counter = step == 0 ? base : draw_counter(&rng, &model, bits, base);
        assert_true(offer(window, bits, counter) == model_offer(&model, bits - 64, counter));
        assert_true(window->next == (model.count > 0 ? model.newest + 1 : 0));
    }
    free(window);
    free(model.seen);
}

static void p61_g85_every_width_is_a_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        for (uint64_t seed = 0; seed < 4; seed++)
            against_model(widths[i], seed == 0 ? 0 : seed * 1000, 50 * i + seed);
    }
}

static void p65_p67_g35_counters_around_the_largest(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        against_model(widths[i], LIMIT - 1, 500 + i);
        against_model(widths[i], LIMIT - 2 * (uint64_t)widths[i], 600 + i);
        against_model(widths[i], UINT64_MAX, 700 + i);
        against_model(widths[i], (UINT64_C(1) << 32) - 5, 800 + i);
        against_model(widths[i], UINT64_C(1) << 63, 900 + i);
    }
}

static void p64_p67_g35_from_the_limit_on_all_are_refused_and_change_nothing(void **state)
{
    (void)state;
    assert_true(LIMIT == UINT64_C(0) - 8130);
    for (size_t i = 0; i < WIDTHS; i++) {
        uint32_t            bits = widths[i];
        size_t              size = wrni_window_size(bits);
        struct wrni_window *window = window_new(bits), *before = window_new(bits);
        for (unsigned round = 0; round < 3; round++) {
            memcpy(before, window, size);
            for (uint64_t counter = LIMIT; counter != 0; counter++)
                assert_false(offer(window, bits, counter));
            assert_memory_equal(window, before, size);
            assert_true(offer(window, bits, round == 0 ? 5 : round == 1 ? LIMIT - 2 : LIMIT - 1));
        }
        free(window);
        free(before);
    }
}

static void p66_g84_counter_zero_is_ordinary(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        struct wrni_window *window = window_new(widths[i]);
        assert_true(offer(window, widths[i], 0));
        assert_false(offer(window, widths[i], 0));
        wrni_window_init(window, widths[i]);
        assert_true(offer(window, widths[i], widths[i] - 64));
        assert_true(offer(window, widths[i], 0));
        wrni_window_init(window, widths[i]);
        assert_true(offer(window, widths[i], widths[i] - 63));
        assert_false(offer(window, widths[i], 0));
        free(window);
    }
}

/* Every packet is delayed by up to `reach` places: with reach W none is lost; with W + 1 exactly the late one is. */
static void g11_disorder_up_to_the_window_loses_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        uint32_t            bits = widths[i], w = bits - 64;
        struct wrni_window *window = window_new(bits);
        for (uint64_t start = 1000; start < 1000 + 9 * (uint64_t)bits; start += 2 * (uint64_t)bits + 17) {
            ascending(window, bits, start + 1, start + w, true);
            assert_true(offer(window, bits, start));
            ascending(window, bits, start + w + 2, start + 2 * (uint64_t)w + 2, true);
            assert_false(offer(window, bits, start + w + 1));
            assert_true(offer(window, bits, start + 2 * (uint64_t)w + 3));
        }
        free(window);
    }
}

/* What is only asked, as for a datagram that does not authenticate, must not move the window (P-62). */
static void p62_forged_counters_far_ahead_move_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        uint32_t            bits = widths[i];
        size_t              size = wrni_window_size(bits);
        struct wrni_window *window = window_new(bits), *before = window_new(bits);
        struct rng          rng = {i};
        for (uint64_t counter = 0; counter < 2 * (uint64_t)bits; counter++) {
            memcpy(before, window, size);
            assert_true(wrni_window_may(window, bits, counter + bits * UINT64_C(1000)));
            assert_true(wrni_window_may(window, bits, LIMIT - 1));
            assert_false(wrni_window_may(window, bits, UINT64_MAX));
            (void)wrni_window_may(window, bits, rng_next(&rng));
            assert_memory_equal(window, before, size);
            assert_true(offer(window, bits, counter));
            if (counter > 300)
                counter += 63;
        }
        free(window);
        free(before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p61_p64_p66_golden_steps),
        cmocka_unit_test(p61_p66_g84_g85_ranges),
        cmocka_unit_test(p61_g85_every_width_is_a_set),
        cmocka_unit_test(p65_p67_g35_counters_around_the_largest),
        cmocka_unit_test(p64_p67_g35_from_the_limit_on_all_are_refused_and_change_nothing),
        cmocka_unit_test(p66_g84_counter_zero_is_ordinary),
        cmocka_unit_test(g11_disorder_up_to_the_window_loses_nothing),
        cmocka_unit_test(p62_forged_counters_far_ahead_move_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
