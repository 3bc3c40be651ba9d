/* trace: of traffic, from a file or a list. */

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct row { char time[32], size[32], way[8]; };

/* Up to three words with blanks between them; false when there are more, or longer ones. */
static bool cut(const char *line, size_t length, struct row *row)
{
    char *const words[] = {row->time, row->size, row->way};
    const size_t rooms[] = {sizeof row->time, sizeof row->size, sizeof row->way};
    size_t at = 0;
    memset(row, 0, sizeof *row);
    for (unsigned i = 0; i < 4; i++) {
        while (at < length && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
            at++;
        size_t start = at;
        while (at < length && line[at] != ' ' && line[at] != '\t' && line[at] != '\r')
            at++;
        if (at == start)
            return true;
        if (i == 3 || at - start >= rooms[i])
            return false;
        memcpy(words[i], line + start, at - start);
    }
    return true;
}

/* In a scenario quantities have units; in a file they are ms and bytes. */
static bool understand(const struct row *row, bool units, wrn_time *time, uint64_t *size, bool *back)
{
    const char *end;
    *back = strcmp(row->way, "back") == 0;
    if (!*back && row->way[0] && strcmp(row->way, "forth") != 0)
        return false;
    if (units)
        return scn_duration(row->time, time) && scn_size(row->size, size);
    return scn_decimal(row->time, &end, WRN_MILLISECOND, time) && !*end && scn_whole(row->size, size);
}

static bool add(struct scn_reader *reader, const struct scn_node *node, const char *line, size_t length, bool units, uint32_t number,
                struct scn_flow *flow)
{
    const unsigned least = flow->ipv6 ? SIM_INNER_LEAST6 : SIM_INNER_LEAST4;
    const uint64_t *before = (const uint64_t *)reader->numbers.items + reader->numbers.count;
    struct row row;
    wrn_time time;
    uint64_t size;
    bool back;
    if (!cut(line, length, &row) || !understand(&row, units, &time, &size, &back))
        return scn_fail(reader, node, "trace: line %u is no packet; a time, a size and perhaps back, such as %s", number,
                        units ? "12ms 1400B back" : "12.5 1400 back");
    if (flow->rows && time < before[-2])
        return scn_fail(reader, node, "trace: line %u goes back in time; times that never go back", number);
    if (size < least || size > SIM_INNER_MOST || time > (UINT64_C(1) << 55))
        return scn_fail(reader, node, "trace: line %u is out of range; packets of %u to %u bytes, within a year", number, least,
                        SIM_INNER_MOST);
    uint64_t *first = scn_more(reader, &reader->numbers, sizeof *first);
    if (first)
        *first = time;
    uint64_t *second = first ? scn_more(reader, &reader->numbers, sizeof *second) : NULL;
    if (!second)
        return false;
    *second = size << 1 | back;
    flow->rows++;
    flow->largest = size > flow->largest ? (uint32_t)size : flow->largest;
    return true;
}

static bool read_lines(struct scn_reader *reader, const struct scn_node *node, const char *text, struct scn_flow *flow)
{
    uint32_t number = 1;
    for (const char *line = text; *line; number++) {
        size_t length = strcspn(line, "\n"), blank = strspn(line, " \t\r");
        if (blank < length && line[blank] != '#' && !add(reader, node, line, length, false, number, flow))
            return false;
        line += length + (line[length] == '\n');
    }
    return true;
}

bool scn_read_traffic_trace(struct scn_reader *reader, const struct scn_node *node, struct scn_flow *flow)
{
    bool good = true;
    uint32_t number = 1;
    flow->first = reader->numbers.count;
    if (node->kind == SCN_MAP || (node->kind == SCN_TEXT && !node->text[0]))
        return scn_fail(reader, node, "trace: neither a file nor a list; such as trace: game.trace or [0ms 200B, 12ms 1400B back]");
    if (node->kind == SCN_TEXT) {
        char *text = scn_read_near(reader, node, "trace", node->text, "each line a time in ms and a size in bytes");
        good = text && read_lines(reader, node, text, flow);
        free(text);
    }
    for (const struct scn_node *entry = node->first; good && entry; entry = entry->next)
        good = entry->kind == SCN_TEXT ? add(reader, entry, entry->text, strlen(entry->text), true, number++, flow)
                                       : scn_fail(reader, entry, "trace: no packet; such as 12ms 1400B back");
    if (good && flow->rows == 0)
        return scn_fail(reader, node, "trace: no packets in it; at least one");
    const uint64_t *rows = (const uint64_t *)reader->numbers.items + flow->first;
    if (good && flow->repeat && rows[2 * (flow->rows - 1)] == 0)
        return scn_fail(reader, node, "trace: it is over at once and cannot be repeated; a last time after 0");
    return good;
}
