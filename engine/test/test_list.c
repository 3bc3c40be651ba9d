#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block.h"
#include "list.h"
#include "random.h"

/* A first-in first-out set against a plain array. */

enum { MOST = 40 };

struct model { uint32_t id[MOST], count; };

static uint32_t where(const struct model *m, uint32_t id)
{
    uint32_t at = 0;
    while (at < m->count && m->id[at] != id)
        at++;
    return at;
}

static void take_out(struct model *m, uint32_t id)
{
    uint32_t at = where(m, id);
    if (at == m->count)
        return;
    m->count--;
    memmove(m->id + at, m->id + at + 1, (m->count - at) * sizeof m->id[0]);
}

static void agree(const struct wrni_list *list, const struct model *m)
{
    uint32_t at = 0;
    assert_int_equal(list->count, m->count);
    for (uint32_t id = wrni_list_first(list); id != WRNI_NONE; id = wrni_list_next(list, id)) {
        assert_true(at < m->count);
        assert_int_equal(id, m->id[at++]);
    }
    assert_int_equal(at, m->count);
    for (uint32_t id = 0; id < list->capacity; id++)
        assert_int_equal(wrni_list_has(list, id), where(m, id) < m->count);
}

static void step(struct wrni_list *list, struct model *m, struct rng *rng, uint32_t capacity)
{
    uint32_t id = rng_below(rng, capacity);
    if (rng_below(rng, 5) < 3) {
        wrni_list_push(list, id);
        if (where(m, id) == m->count)
            m->id[m->count++] = id;
    } else {
        if (rng_below(rng, 2) && m->count)
            id = wrni_list_first(list);
        wrni_list_remove(list, id);
        take_out(m, id);
    }
}

static void random_lives_agree_with_a_model(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity <= MOST; capacity += 3) {
        struct rng        rng = {capacity};
        struct model      m = {{0}, 0};
        struct wrni_list *list = block_new(wrni_list_size(capacity));
        wrni_list_init(list, capacity);
        for (unsigned i = 0; i < 3000; i++) {
            step(list, &m, &rng, capacity);
            agree(list, &m);
            if (i % 991 == 0)
                list = block_moved(list, wrni_list_size(capacity));
        }
        free(list);
    }
}

static void a_copy_into_a_larger_list_goes_on(void **state)
{
    (void)state;
    struct rng        rng = {5};
    struct model      m = {{0}, 0};
    struct wrni_list *list = block_new(wrni_list_size(10)), *larger = block_new(wrni_list_size(MOST));
    wrni_list_init(list, 10);
    wrni_list_init(larger, MOST);
    for (unsigned i = 0; i < 100; i++)
        step(list, &m, &rng, 10);
    wrni_list_copy(larger, list);
    memset(list, 0x5a, wrni_list_size(10));
    free(list);
    for (unsigned i = 0; i < 3000; i++) {
        agree(larger, &m);
        step(larger, &m, &rng, MOST);
    }
    free(larger);
}

static void pushing_twice_keeps_the_first_place(void **state)
{
    (void)state;
    struct wrni_list *list = block_new(wrni_list_size(3));
    wrni_list_init(list, 3);
    assert_int_equal(wrni_list_first(list), WRNI_NONE);
    wrni_list_push(list, 2);
    wrni_list_push(list, 0);
    wrni_list_push(list, 2);
    assert_int_equal(list->count, 2);
    assert_int_equal(wrni_list_first(list), 2);
    wrni_list_remove(list, 1); /* absent: nothing */
    assert_int_equal(list->count, 2);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lives_agree_with_a_model),
        cmocka_unit_test(a_copy_into_a_larger_list_goes_on),
        cmocka_unit_test(pushing_twice_keeps_the_first_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
