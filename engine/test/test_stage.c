#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block.h"
#include "random.h"
#include "stage.h"

/* Packets that wait, against a model of plain arrays. A packet is its number, repeated. */

enum { QUEUES = 5, MOST = 64 };

struct model { uint32_t packet[MOST], length[MOST], count; };

struct world {
    struct wrni_stage *stage;
    struct wrni_queue  queue[QUEUES];
    struct model       model[QUEUES];
};

static struct wrni_stage *stage_new(uint32_t slots, uint32_t share, uint32_t bytes)
{
    struct wrni_stage *stage = block_new(wrni_stage_size(slots, bytes));
    wrni_stage_init(stage, slots, share, bytes);
    return stage;
}

static void forget_oldest(struct model *m)
{
    m->count--;
    memmove(m->packet, m->packet + 1, m->count * sizeof m->packet[0]);
    memmove(m->length, m->length + 1, m->count * sizeof m->length[0]);
}

static uint32_t total(const struct world *w)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < QUEUES; i++)
        sum += w->model[i].count;
    return sum;
}

static enum wrni_stage_result put_model(struct world *w, unsigned q, uint32_t packet, uint32_t length)
{
    struct model          *m = &w->model[q];
    enum wrni_stage_result result = WRNI_STAGED;
    bool                   full = total(w) == w->stage->slots;
    if (w->stage->share == 0 || (full && !m->count))
        return WRNI_STAGE_FULL;
    if (full || m->count >= w->stage->share) {
        forget_oldest(m);
        result = WRNI_STAGED_OVER_OLDEST;
    }
    m->packet[m->count] = packet;
    m->length[m->count++] = length;
    return result;
}

static void put(struct world *w, unsigned q, uint32_t packet, uint32_t length)
{
    uint8_t bytes[64];
    memset(bytes, (int)(packet & 0xff), sizeof bytes);
    enum wrni_stage_result expected = put_model(w, q, packet, length);
    assert_int_equal(wrni_stage_put(w->stage, &w->queue[q], bytes, length, (uint16_t)packet), expected);
}

static void same(const struct wrni_staged *staged, uint32_t packet, uint32_t length)
{
    assert_int_equal(staged->length, length);
    assert_int_equal(staged->mtu, (uint16_t)packet);
    for (uint32_t i = 0; i < length; i++)
        assert_int_equal(staged->data[i], packet & 0xff);
}

static void agree(const struct world *w)
{
    assert_int_equal(w->stage->used, total(w));
    for (unsigned q = 0; q < QUEUES; q++) {
        struct wrni_staged staged;
        uint32_t           id = WRNI_NONE, at = 0;
        assert_int_equal(w->queue[q].count, w->model[q].count);
        assert_int_equal(wrni_stage_peek(w->stage, &w->queue[q], &staged), w->model[q].count > 0);
        if (w->model[q].count)
            same(&staged, w->model[q].packet[0], w->model[q].length[0]);
        while ((id = wrni_stage_walk(w->stage, &w->queue[q], id, &staged)) != WRNI_NONE) {
            same(&staged, w->model[q].packet[at], w->model[q].length[at]);
            at++;
        }
        assert_int_equal(at, w->model[q].count);
    }
}

static void step(struct world *w, struct rng *rng, uint32_t packet)
{
    unsigned q = rng_below(rng, QUEUES);
    unsigned what = rng_below(rng, 20);
    if (what < 13) {
        put(w, q, packet, rng_below(rng, w->stage->bytes + 1));
    } else if (what < 19 && w->model[q].count) {
        wrni_stage_pop(w->stage, &w->queue[q]);
        forget_oldest(&w->model[q]);
    } else if (what == 19) {
        assert_int_equal(wrni_stage_purge(w->stage, &w->queue[q]), w->model[q].count);
        w->model[q].count = 0;
    }
}

static void p82_p86_random_lives_agree_with_a_model(void **state)
{
    (void)state;
    const uint32_t shapes[][3] = {{1, 1, 0}, {1, 5, 7}, {7, 3, 33}, {16, 4, 64}, {20, 60, 1}, {0, 4, 16}, {8, 0, 16}};
    for (unsigned shape = 0; shape < 7; shape++) {
        struct rng   rng = {shape};
        struct world w = {.stage = stage_new(shapes[shape][0], shapes[shape][1], shapes[shape][2])};
        for (uint32_t i = 0; i < 4000; i++) {
            step(&w, &rng, i);
            agree(&w);
            if (i % 977 == 0)
                w.stage = block_moved(w.stage, wrni_stage_size(w.stage->slots, w.stage->bytes));
        }
        free(w.stage);
    }
}

static void p82_the_oldest_of_the_same_peer_makes_room(void **state)
{
    (void)state;
    struct world w = {.stage = stage_new(4, 3, 16)};
    for (uint32_t i = 1; i <= 4; i++)
        put(&w, 0, i, 16);
    assert_int_equal(w.model[0].packet[0], 2); /* beyond its share: the first gave way */
    put(&w, 1, 10, 16);
    put(&w, 1, 11, 16); /* no slot free: its own oldest goes, nobody else's */
    assert_int_equal(w.model[1].count, 1);
    assert_int_equal(w.model[0].count, 3);
    put(&w, 2, 20, 16); /* nothing of its own to give: FULL, by the model */
    assert_int_equal(w.model[2].count, 0);
    agree(&w);
    free(w.stage);
}

static void p161_a_slot_given_back_holds_nothing(void **state)
{
    (void)state;
    struct wrni_stage *stage = stage_new(3, 3, 48);
    struct wrni_queue  queue = {0};
    uint8_t            secret[48];
    memset(secret, 0xee, sizeof secret);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(wrni_stage_put(stage, &queue, secret, 48, 0), WRNI_STAGED);
    assert_int_equal(wrni_stage_purge(stage, &queue), 3);
    const uint8_t *bytes = (const uint8_t *)stage;
    for (size_t i = 0; i < wrni_stage_size(3, 48); i++)
        assert_int_not_equal(bytes[i], 0xee);
    free(stage);
}

static void a_copy_into_a_larger_stage_goes_on(void **state)
{
    (void)state;
    struct rng   rng = {77};
    struct world w = {.stage = stage_new(9, 4, 20)};
    for (uint32_t i = 0; i < 300; i++)
        step(&w, &rng, i);
    struct wrni_stage *larger = stage_new(15, 6, 60);
    wrni_stage_copy(larger, w.stage);
    memset(w.stage, 0x5a, wrni_stage_size(9, 20));
    free(w.stage);
    w.stage = larger;
    for (uint32_t i = 0; i < 3000; i++) {
        agree(&w);
        step(&w, &rng, i);
    }
    free(larger);
}

static void a_size_that_does_not_fit_says_so(void **state)
{
    (void)state;
    assert_true(wrni_stage_size(0, 65535) < 64);
    assert_true(wrni_stage_size(1u << 24, 65535) == SIZE_MAX || sizeof(size_t) > 4);
    assert_true(wrni_stage_size(UINT32_MAX, UINT32_MAX) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p82_p86_random_lives_agree_with_a_model),
        cmocka_unit_test(p82_the_oldest_of_the_same_peer_makes_room),
        cmocka_unit_test(p161_a_slot_given_back_holds_nothing),
        cmocka_unit_test(a_copy_into_a_larger_stage_goes_on),
        cmocka_unit_test(a_size_that_does_not_fit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
