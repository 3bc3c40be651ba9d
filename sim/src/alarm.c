#include "alarm.h"

#include "base.h"
#include "memory.h"

struct alarm {
    wrn_time at;
    uint32_t rule, pair;
};

struct sim_alarms {
    struct sim_vector heap; /* of struct alarm */
};

struct sim_alarms *sim_alarms_begin(struct sim_memory *memory)
{
    return sim_take(memory, sizeof(struct sim_alarms));
}

static bool before(const struct alarm *a, const struct alarm *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    return a->rule != b->rule ? a->rule < b->rule : a->pair < b->pair;
}

static void push(struct sim_watch *watch, struct alarm alarm)
{
    struct sim_vector *heap = &watch->alarms->heap;
    struct alarm *all;
    uint64_t i = heap->count;

    if (!sim_vector_room(watch->memory, heap, sizeof alarm, i + 1))
        return;
    all = heap->data;
    heap->count++;
    for (; i > 0 && before(&alarm, &all[(i - 1) / 2]); i = (i - 1) / 2)
        all[i] = all[(i - 1) / 2];
    all[i] = alarm;
}

static struct alarm pop(struct sim_vector *heap)
{
    struct alarm *all = heap->data, least = all[0], last = all[--heap->count];
    uint64_t i = 0, child;

    while ((child = 2 * i + 1) < heap->count) {
        child += child + 1 < heap->count && before(&all[child + 1], &all[child]);
        if (!before(&all[child], &last))
            break;
        all[i] = all[child];
        i = child;
    }
    all[i] = last;
    return least;
}

void sim_alarm_set(struct sim_watch *watch, enum sim_rule rule, uint32_t pair, wrn_time *pending, wrn_time at)
{
    if (*pending != 0 && at >= *pending)
        return;
    *pending = at;
    push(watch, (struct alarm){at, rule, pair});
}

bool sim_watch_alarm(struct sim_watch *watch, wrn_time limit, struct sim_seen *seen)
{
    struct sim_vector *heap = &watch->alarms->heap;
    struct alarm alarm;

    if (heap->count == 0 || ((struct alarm *)heap->data)[0].at >= limit)
        return false;
    alarm = pop(heap);
    *seen = (struct sim_seen){.kind = SIM_SEEN_ALARM, .node = watch->plan->peers[alarm.pair].node, .pair = alarm.pair,
                              .event = alarm.rule, .now = alarm.at, .local = alarm.at};
    return true;
}

static uint32_t lower(const struct sim_watch *watch, uint32_t pair)
{
    uint32_t reverse = watch->facts[pair].reverse;

    return reverse < pair ? reverse : pair; /* SIM_NONE is the largest */
}

struct sim_pair_facts *sim_tunnel(const struct sim_watch *watch, uint32_t pair)
{
    return &watch->facts[lower(watch, pair)];
}

uint64_t sim_interruptions(const struct sim_watch *watch, uint32_t pair)
{
    return sim_tunnel(watch, pair)->disturbed + sim_tunnel(watch, pair)->lost;
}

uint64_t sim_disturbances(const struct sim_watch *watch, uint32_t pair)
{
    const struct sim_pair_facts *facts = sim_tunnel(watch, pair);

    return facts->disturbed + facts->lost + facts->cookies + facts->crossings;
}

void sim_promise_make(struct sim_watch *watch, enum sim_rule rule, uint32_t pair, struct sim_promise *promise, uint64_t mark,
                      wrn_time deadline)
{
    promise->there = true;
    promise->made = watch->now;
    promise->deadline = deadline;
    promise->mark = mark;
    sim_rule_checked(watch, rule);
    sim_alarm_set(watch, rule, pair, &promise->pending, deadline);
}

bool sim_promise_broken(struct sim_watch *watch, enum sim_rule rule, const struct sim_seen *seen, struct sim_promise *promise,
                        uint64_t mark)
{
    if (promise->pending != seen->now)
        return false;
    promise->pending = 0;
    if (!promise->there)
        return false;
    if (seen->now < promise->deadline) {
        sim_alarm_set(watch, rule, seen->pair, &promise->pending, promise->deadline);
        return false;
    }
    promise->there = false;
    return promise->mark == mark;
}

bool sim_promise_forestalled(const struct sim_promise *promise, const struct sim_seen *seen)
{
    return promise->there && promise->made == seen->now && seen->kind == SIM_SEEN_SENT && sim_is_type(seen, 2, 92);
}
