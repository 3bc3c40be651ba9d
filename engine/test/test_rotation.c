#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "rotation.h"

/* The three places against a model of three numbers; 0 = nobody. A session is known by its local index. */

struct model { uint32_t at[WRNI_PLACES]; };

static void fill(struct wrni_session *session, uint32_t name)
{
    memset(session, (int)(name & 0xff), sizeof *session);
    session->local_index = name;
    session->cell = (uint8_t)(name % 4);
}

static void apply(struct wrni_rotation *rotation, struct model *m, unsigned operation, uint32_t name)
{
    switch (operation) {
    case 0:
        fill(wrni_rotation_initiated(rotation), name);
        m->at[WRNI_PREVIOUS] = m->at[WRNI_NEXT] ? m->at[WRNI_NEXT] : m->at[WRNI_CURRENT];
        m->at[WRNI_CURRENT] = name;
        m->at[WRNI_NEXT] = 0;
        break;
    case 1:
        fill(wrni_rotation_responded(rotation), name);
        m->at[WRNI_NEXT] = name;
        m->at[WRNI_PREVIOUS] = 0;
        break;
    case 2:
        if (!m->at[WRNI_NEXT])
            break;
        wrni_rotation_confirmed(rotation);
        m->at[WRNI_PREVIOUS] = m->at[WRNI_CURRENT];
        m->at[WRNI_CURRENT] = m->at[WRNI_NEXT];
        m->at[WRNI_NEXT] = 0;
        break;
    default:
        wrni_rotation_clear(rotation);
        *m = (struct model){{0}};
    }
}

static bool all_zero(const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < length; i++)
        if (p[i])
            return false;
    return true;
}

static void agree(struct wrni_rotation *rotation, const struct model *m)
{
    unsigned cells = 0, used = 0;
    for (unsigned place = 0; place < WRNI_PLACES; place++) {
        struct wrni_session *session = wrni_rotation_at(rotation, (enum wrni_place)place);
        assert_int_equal(session != NULL, m->at[place] != 0);
        if (!session)
            continue;
        assert_int_equal(session->local_index, m->at[place]);
        assert_ptr_equal(wrni_rotation_find(rotation, m->at[place]), session);
        assert_int_equal(wrni_rotation_body(rotation, session), rotation->place[place]);
        cells |= 1u << session->cell;
        used |= 1u << rotation->place[place];
    }
    assert_int_equal(wrni_rotation_cells(rotation), cells);
    for (unsigned body = 0; body < WRNI_PLACES; body++)
        assert_true(used >> body & 1u || all_zero(&rotation->bodies[body], sizeof rotation->bodies[body]));
}

/* Every state that operations can reach, by every word of up to five of them; then every operation once more. */
static void p54_p55_p56_p57_p60_every_operation_from_every_state(void **state)
{
    (void)state;
    for (unsigned word = 0; word < 4096; word++) {
        struct wrni_rotation rotation;
        struct model         m = {{0}};
        wrni_rotation_init(&rotation);
        for (unsigned i = 0; i < 6; i++) {
            apply(&rotation, &m, word >> (2 * i) & 3u, i + 1);
            agree(&rotation, &m);
        }
    }
}

static void p60_long_random_lives(void **state)
{
    (void)state;
    struct rng           rng = {4};
    struct wrni_rotation rotation;
    struct model         m = {{0}};
    wrni_rotation_init(&rotation);
    for (uint32_t name = 1; name < 20000; name++) {
        uint32_t gone[WRNI_PLACES] = {m.at[0], m.at[1], m.at[2]};
        apply(&rotation, &m, rng_below(&rng, 13) % 4, name);
        agree(&rotation, &m);
        for (unsigned i = 0; i < WRNI_PLACES; i++) {
            bool lives = gone[i] == m.at[0] || gone[i] == m.at[1] || gone[i] == m.at[2];
            if (gone[i] && !lives)
                assert_null(wrni_rotation_find(&rotation, gone[i]));
        }
    }
}

static void p53_an_empty_rotation_finds_no_index(void **state)
{
    (void)state;
    struct wrni_rotation rotation;
    wrni_rotation_init(&rotation);
    assert_null(wrni_rotation_find(&rotation, 0)); /* a wiped body has index 0, and is nobody */
    fill(wrni_rotation_initiated(&rotation), 0);
    assert_non_null(wrni_rotation_find(&rotation, 0));
    fill(wrni_rotation_initiated(&rotation), UINT32_MAX);
    assert_non_null(wrni_rotation_find(&rotation, UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p54_p55_p56_p57_p60_every_operation_from_every_state),
        cmocka_unit_test(p60_long_random_lives),
        cmocka_unit_test(p53_an_empty_rotation_finds_no_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
