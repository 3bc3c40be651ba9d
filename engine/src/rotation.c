#include "rotation.h"

void wrni_rotation_init(struct wrni_rotation *rotation)
{
    memset(rotation, 0, sizeof *rotation);
    for (unsigned i = 0; i < WRNI_PLACES; i++)
        rotation->place[i] = WRNI_NOWHERE;
}

static void destroy(struct wrni_rotation *rotation, enum wrni_place place)
{
    if (rotation->place[place] != WRNI_NOWHERE)
        wrni_wipe(&rotation->bodies[rotation->place[place]], sizeof rotation->bodies[0]);
    rotation->place[place] = WRNI_NOWHERE;
}

static void move_to(struct wrni_rotation *rotation, enum wrni_place to, enum wrni_place from)
{
    destroy(rotation, to);
    rotation->place[to] = rotation->place[from];
    rotation->place[from] = WRNI_NOWHERE;
}

static struct wrni_session *fresh(struct wrni_rotation *rotation, enum wrni_place place)
{
    for (uint8_t body = 0; body < WRNI_PLACES; body++) {
        if (rotation->place[0] != body && rotation->place[1] != body && rotation->place[2] != body) {
            rotation->place[place] = body;
            return &rotation->bodies[body];
        }
    }
    wrn_panic("three places hold three sessions", __FILE__, __LINE__);
}

struct wrni_session *wrni_rotation_initiated(struct wrni_rotation *rotation)
{
    if (rotation->place[WRNI_NEXT] != WRNI_NOWHERE) {
        move_to(rotation, WRNI_PREVIOUS, WRNI_NEXT);
        destroy(rotation, WRNI_CURRENT);
    } else {
        move_to(rotation, WRNI_PREVIOUS, WRNI_CURRENT);
    }
    return fresh(rotation, WRNI_CURRENT);
}

struct wrni_session *wrni_rotation_responded(struct wrni_rotation *rotation)
{
    destroy(rotation, WRNI_NEXT);
    destroy(rotation, WRNI_PREVIOUS);
    return fresh(rotation, WRNI_NEXT);
}

void wrni_rotation_confirmed(struct wrni_rotation *rotation)
{
    WRNI_ASSERT(rotation->place[WRNI_NEXT] != WRNI_NOWHERE);
    move_to(rotation, WRNI_PREVIOUS, WRNI_CURRENT);
    move_to(rotation, WRNI_CURRENT, WRNI_NEXT);
}

void wrni_rotation_clear(struct wrni_rotation *rotation)
{
    destroy(rotation, WRNI_PREVIOUS);
    destroy(rotation, WRNI_CURRENT);
    destroy(rotation, WRNI_NEXT);
}

struct wrni_session *wrni_rotation_at(struct wrni_rotation *rotation, enum wrni_place place)
{
    return rotation->place[place] == WRNI_NOWHERE ? NULL : &rotation->bodies[rotation->place[place]];
}

struct wrni_session *wrni_rotation_find(struct wrni_rotation *rotation, uint32_t local_index)
{
    for (unsigned place = 0; place < WRNI_PLACES; place++) {
        struct wrni_session *session = wrni_rotation_at(rotation, (enum wrni_place)place);
        if (session && session->local_index == local_index)
            return session;
    }
    return NULL;
}

uint32_t wrni_rotation_body(const struct wrni_rotation *rotation, const struct wrni_session *session)
{
    return (uint32_t)(session - rotation->bodies);
}

uint8_t wrni_rotation_cells(const struct wrni_rotation *rotation)
{
    unsigned cells = 0;
    for (unsigned place = 0; place < WRNI_PLACES; place++)
        if (rotation->place[place] != WRNI_NOWHERE)
            cells |= 1u << rotation->bodies[rotation->place[place]].cell;
    return (uint8_t)cells;
}
