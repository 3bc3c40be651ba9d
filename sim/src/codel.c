#include "codel.h"

#include <stddef.h>

void sim_line_put(struct sim_line *line, struct sim_queued *item)
{
    item->next = NULL;
    if (line->tail)
        line->tail->next = item;
    else
        line->head = item;
    line->tail = item;
    line->bytes += item->bytes;
    line->packets++;
}

struct sim_queued *sim_line_get(struct sim_line *line)
{
    struct sim_queued *item = line->head;

    if (!item)
        return NULL;
    line->head = item->next;
    if (!line->head)
        line->tail = NULL;
    line->bytes -= item->bytes;
    line->packets--;
    item->next = NULL;
    return item;
}

static uint64_t root(uint64_t x)
{
    uint64_t found = 0;

    for (uint64_t bit = UINT64_C(1) << 62; bit > 0; bit >>= 2) {
        if (x >= found + bit) {
            x -= found + bit;
            found = (found >> 1) + bit;
        } else {
            found >>= 1;
        }
    }
    return found;
}

wrn_time sim_codel_gap(wrn_time interval, uint32_t count)
{
    return root(interval * interval / count);
}

/* RFC 8289's dodequeue: the head, and whether it has been too late for long enough. */
static struct sim_queued *head(struct sim_codel *codel, const struct sim_codel_rule *rule, struct sim_line *line,
                               uint64_t largest, wrn_time now, bool *late)
{
    struct sim_queued *item = sim_line_get(line);

    *late = false;
    if (!item || now - item->since < rule->target || line->bytes <= largest)
        codel->first_above = 0;
    else if (codel->first_above == 0)
        codel->first_above = now + rule->interval;
    else
        *late = now >= codel->first_above;
    return item;
}

/* True: it was marked, and goes on. */
static bool mark(const struct sim_codel_rule *rule, struct sim_queued *item)
{
    if (!rule->ecn || !item->capable)
        return false;
    item->marked = true;
    return true;
}

static struct sim_queued *go_on(struct sim_codel *codel, const struct sim_codel_rule *rule, struct sim_line *line,
                                uint64_t largest, struct sim_queued *item, bool late, wrn_time now, struct sim_line *dropped)
{
    codel->dropping = late;
    while (codel->dropping && now >= codel->drop_next) {
        codel->count++;
        if (mark(rule, item)) {
            codel->drop_next += sim_codel_gap(rule->interval, codel->count);
            return item;
        }
        sim_line_put(dropped, item);
        item = head(codel, rule, line, largest, now, &late);
        codel->dropping = late;
        if (late)
            codel->drop_next += sim_codel_gap(rule->interval, codel->count);
    }
    return item;
}

struct sim_queued *sim_codel_get(struct sim_codel *codel, const struct sim_codel_rule *rule, struct sim_line *line,
                                 uint64_t largest, wrn_time now, struct sim_line *dropped)
{
    uint32_t since;
    bool late;
    struct sim_queued *item = head(codel, rule, line, largest, now, &late);

    if (codel->dropping)
        return go_on(codel, rule, line, largest, item, late, now, dropped);
    if (!late)
        return item;
    if (!mark(rule, item)) {
        sim_line_put(dropped, item);
        item = head(codel, rule, line, largest, now, &late);
    }
    codel->dropping = true;
    since = codel->count - codel->last_count; /* drops of the last cycle: a good start when that was just now */
    codel->count = since > 1 && now < codel->drop_next + 16 * rule->interval ? since : 1;
    codel->drop_next = now + sim_codel_gap(rule->interval, codel->count);
    codel->last_count = codel->count;
    return item;
}
