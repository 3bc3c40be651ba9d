#include "buffer.h"

static void list_put(struct sim_buffer_list *list, struct sim_buffer_line *line)
{
    line->next = NULL;
    if (list->tail)
        list->tail->next = line;
    else
        list->head = line;
    list->tail = line;
}

static struct sim_buffer_line *list_get(struct sim_buffer_list *list)
{
    struct sim_buffer_line *line = list->head;

    list->head = line->next;
    if (!list->head)
        list->tail = NULL;
    return line;
}

static struct sim_buffer_line *line_of(struct sim_buffer *buffer, const struct sim_queue_rule *rule, struct sim_memory *memory,
                                       uint32_t flow)
{
    struct sim_buffer_line **at = &buffer->single;

    if (rule->kind == SIM_FQ_CODEL) {
        if (!buffer->lines)
            buffer->lines = sim_take(memory, SIM_BUFFER_LINES * sizeof(struct sim_buffer_line *));
        if (!buffer->lines)
            return NULL;
        at = &buffer->lines[flow % SIM_BUFFER_LINES];
    }
    if (!*at) {
        *at = sim_take(memory, sizeof **at);
        if (!*at)
            return NULL;
        (*at)->other = buffer->all;
        buffer->all = *at;
    }
    return *at;
}

static bool is_over(const struct sim_queue_rule *rule, uint64_t packets, uint64_t bytes)
{
    return (rule->packets > 0 && packets > rule->packets) || (rule->bytes > 0 && bytes > rule->bytes);
}

static void drop(struct sim_buffer *buffer, struct sim_queued *item, struct sim_line *dropped)
{
    buffer->bytes -= item->bytes;
    buffer->packets--;
    sim_line_put(dropped, item);
}

/* The line with most bytes; of equals the one made last. */
static struct sim_buffer_line *fattest(const struct sim_buffer *buffer)
{
    struct sim_buffer_line *found = buffer->all;

    for (struct sim_buffer_line *line = buffer->all; line; line = line->other)
        if (line->line.bytes > found->line.bytes)
            found = line;
    return found;
}

void sim_buffer_put(struct sim_buffer *buffer, const struct sim_queue_rule *rule, struct sim_memory *memory,
                    struct sim_queued *item, wrn_time now, struct sim_line *dropped)
{
    struct sim_buffer_line *line = line_of(buffer, rule, memory, item->flow);

    item->since = now;
    if (!line || (rule->kind != SIM_FQ_CODEL && is_over(rule, buffer->packets + 1, buffer->bytes + item->bytes))) {
        sim_line_put(dropped, item);
        return;
    }
    sim_line_put(&line->line, item);
    buffer->bytes += item->bytes;
    buffer->packets++;
    if (item->bytes > buffer->largest)
        buffer->largest = item->bytes;
    if (!line->listed) {
        line->listed = true;
        line->deficit = SIM_BUFFER_QUANTUM;
        list_put(&buffer->fresh, line);
    }
    while (is_over(rule, buffer->packets, buffer->bytes))
        drop(buffer, sim_line_get(&fattest(buffer)->line), dropped);
}

bool sim_buffer_idle(const struct sim_buffer *buffer, const struct sim_queue_rule *rule)
{
    return buffer->packets == 0 && rule->kind == SIM_DROPTAIL;
}

bool sim_buffer_passes(struct sim_buffer *buffer, const struct sim_queue_rule *rule, const struct sim_queued *item)
{
    if (!sim_buffer_idle(buffer, rule) || is_over(rule, 1, item->bytes))
        return false;
    if (item->bytes > buffer->largest)
        buffer->largest = item->bytes;
    return true;
}

static struct sim_queued *get(struct sim_buffer *buffer, const struct sim_queue_rule *rule, struct sim_buffer_line *line,
                              wrn_time now, struct sim_line *dropped)
{
    const struct sim_codel_rule codel = {rule->target, rule->interval, rule->ecn};
    struct sim_line lost = {0};
    struct sim_queued *item, *other;

    if (rule->kind == SIM_DROPTAIL)
        item = sim_line_get(&line->line);
    else
        item = sim_codel_get(&line->codel, &codel, &line->line, buffer->largest, now, &lost);
    while ((other = sim_line_get(&lost)) != NULL)
        drop(buffer, other, dropped);
    if (item) {
        buffer->bytes -= item->bytes;
        buffer->packets--;
        line->deficit -= item->bytes;
    }
    return item;
}

struct sim_queued *sim_buffer_get(struct sim_buffer *buffer, const struct sim_queue_rule *rule, wrn_time now,
                                  struct sim_line *dropped)
{
    if (sim_buffer_idle(buffer, rule))
        return NULL;
    for (;;) {
        const bool is_fresh = buffer->fresh.head != NULL;
        struct sim_buffer_list *list = is_fresh ? &buffer->fresh : &buffer->old;
        struct sim_buffer_line *line = list->head;
        struct sim_queued *item;

        if (!line)
            return NULL;
        if (line->deficit <= 0) {
            line->deficit += SIM_BUFFER_QUANTUM;
            list_put(&buffer->old, list_get(list));
            continue;
        }
        item = get(buffer, rule, line, now, dropped);
        if (item)
            return item;
        list_get(list);
        line->listed = is_fresh && buffer->old.head != NULL; /* once more through the old ones: no new start for free */
        if (line->listed)
            list_put(&buffer->old, line);
    }
}
