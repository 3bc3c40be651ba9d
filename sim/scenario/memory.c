/* Memory and errors of one reading. */

#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

struct scn_block {
    struct scn_block *next;
    size_t            used, size;
    max_align_t       data[];
};

void *scn_alloc(struct scn_reader *reader, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct scn_block *block = reader->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = calloc(1, sizeof *block + room);
        if (!block) {
            scn_fail(reader, NULL, "out of memory; a smaller scenario");
            return NULL;
        }
        block->size = room;
        block->next = reader->blocks;
        reader->blocks = block;
    }
    void *memory = (char *)block->data + block->used;
    block->used += size;
    return memory;
}

char *scn_copy(struct scn_reader *reader, const char *text, size_t length)
{
    char *copy = scn_alloc(reader, length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

void scn_free(struct scn_reader *reader)
{
    while (reader->blocks) {
        struct scn_block *block = reader->blocks;
        reader->blocks = block->next;
        free(block);
    }
}

/* Behind `count` characters of UTF-8, or at the end. */
static const char *skip(const char *at, const char *end, uint32_t count)
{
    for (; count && at < end; count--)
        do
            at++;
        while (at < end && ((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/* A line, and the column to point at; of a long line the part around it. */
static void quote(struct sim_scenario_error *error, const char *at, const char *stop, uint32_t column)
{
    enum { BEFORE = 60, SHOWN = 120 };
    if (column > BEFORE + 1 && stop - at > SHOWN) {
        at = skip(at, stop, column - BEFORE - 1);
        column = BEFORE + 1;
    }
    const char *end = stop - at > SHOWN ? skip(at, stop, SHOWN) : stop;
    size_t length = (size_t)(end - at);
    if (length >= sizeof error->source)
        return;
    memcpy(error->source, at, length);
    error->source[length] = '\0';
    error->caret = column;
}

static void quote_line(struct sim_scenario_error *error, const struct scn_source *source, uint32_t line, uint32_t column)
{
    const char *at = source->text, *end = at ? at + source->size : NULL;
    for (uint32_t i = 1; at && i < line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at || at >= end)
        return;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    stop = stop ? stop : end;
    quote(error, at, stop > at && stop[-1] == '\r' ? stop - 1 : stop, column);
}

struct place {
    const struct scn_source *source;
    const char              *set;
    uint32_t                 line, column;
};

static void record(struct scn_reader *reader, const struct place *place, const char *format, va_list list)
{
    struct sim_scenario_error *error = reader->error;
    const struct scn_source *source = place->source ? place->source : reader->source;
    if (reader->failed)
        return;
    reader->failed = true;
    memset(error, 0, sizeof *error);
    int length;
    if (place->set)
        length = snprintf(error->text, sizeof error->text, "--set %.200s: error: ", place->set);
    else if (place->line)
        length = snprintf(error->text, sizeof error->text, "%.300s:%u:%u: error: ", source->name, place->line, place->column);
    else
        length = snprintf(error->text, sizeof error->text, "%.300s: error: ", source->name);
    vsnprintf(error->text + length, sizeof error->text - (size_t)length, format, list);
    for (char *at = error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?'; /* one line, and nothing that steers a terminal */
    if (place->set) {
        quote(error, place->set, place->set + strlen(place->set), place->column);
        return;
    }
    error->line = place->line;
    error->column = place->column;
    if (place->line)
        quote_line(error, source, place->line, place->column);
    if (source->from)
        snprintf(error->note, sizeof error->note, "%.300s:%u: note: included here", source->from->name, source->from_line);
}

bool scn_fail(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct place place = {0};
    if (node)
        place = (struct place){node->source, node->set, node->line, node->column};
    record(reader, &place, format, list);
    va_end(list);
    return false;
}

bool scn_fail_key(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    bool key = node->key_column != 0;
    struct place place = {node->source, node->set, key ? node->key_line : node->line, key ? node->key_column : node->column};
    record(reader, &place, format, list);
    va_end(list);
    return false;
}

bool scn_fail_at(struct scn_reader *reader, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct place place = {NULL, NULL, line, column};
    record(reader, &place, format, list);
    va_end(list);
    return false;
}
