#include "marks.h"

#include "parts.h"
#include "warren/inspect.h"

#include <string.h>

extern const struct sim_mark __start_wrn_marks[] __attribute__((visibility("hidden")));
extern const struct sim_mark __stop_wrn_marks[] __attribute__((visibility("hidden")));

/* An archive gives a program only what it asks for. Who asks for names of marks shall see all of them, so this asks for the
 * world, and with it for every room. */
__attribute__((used)) static enum sim_state (*const all_rooms)(struct sim_world *world, wrn_time until) = sim_world_run;

static size_t lines(void)
{
    return (size_t)(__stop_wrn_marks - __start_wrn_marks);
}

size_t sim_mark_places(void)
{
    return lines() + WRN_REASON_COUNT;
}

static const char *name_at(size_t place)
{
    return place < lines() ? __start_wrn_marks[place].name : wrn_reason_name((unsigned)(place - lines()));
}

void sim_mark_hit(struct sim_world *world, const struct sim_mark *mark, uint64_t times)
{
    world->marks[mark - __start_wrn_marks] += times;
}

void sim_mark_reason(struct sim_world *world, unsigned reason, uint64_t times)
{
    world->marks[lines() + reason] += times;
}

uint64_t sim_mark_hits(const struct sim_world *world, const char *name)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < sim_mark_places(); i++)
        if (i != lines() && strcmp(name_at(i), name) == 0)
            hits += world->marks[i];
    return hits;
}

bool sim_mark_is(const char *name)
{
    for (size_t i = 0; i < sim_mark_places(); i++)
        if (i != lines() && strcmp(name_at(i), name) == 0) /* reason 0 is none */
            return true;
    return false;
}

const char *sim_mark_after(const char *before)
{
    const char *next = NULL;

    for (size_t i = 0; i < sim_mark_places(); i++) {
        if (i == lines()) /* reason 0 is none */
            continue;
        if (strcmp(name_at(i), before) > 0 && (!next || strcmp(name_at(i), next) < 0))
            next = name_at(i);
    }
    return next;
}

const char *sim_mark_name(size_t number)
{
    const char *name = sim_mark_after("");

    while (name && number-- > 0)
        name = sim_mark_after(name);
    return name;
}
