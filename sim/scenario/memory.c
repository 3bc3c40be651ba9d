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

/* The line of the source and a caret under the column, for people at a terminal. */
static void quote(struct scn_reader *reader, uint32_t line, uint32_t column)
{
    const char *at = reader->source;
    const char *end = reader->source ? reader->source + reader->size : NULL;
    for (uint32_t i = 1; at && i < line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!at || at >= end || line == 0)
        return;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    struct sim_scenario_error *error = reader->error;
    if (length >= sizeof error->source)
        return;
    memcpy(error->source, at, length);
    error->source[length] = '\0';
    error->caret = column;
}

static void record(struct scn_reader *reader, const char *set, uint32_t line, uint32_t column, const char *format, va_list list)
{
    struct sim_scenario_error *error = reader->error;
    if (reader->failed)
        return;
    reader->failed = true;
    memset(error, 0, sizeof *error);
    int length;
    if (set)
        length = snprintf(error->text, sizeof error->text, "--set %.200s: ", set);
    else if (line)
        length = snprintf(error->text, sizeof error->text, "%.300s:%u:%u: ", reader->file, line, column);
    else
        length = snprintf(error->text, sizeof error->text, "%.300s: ", reader->file);
    vsnprintf(error->text + length, sizeof error->text - (size_t)length, format, list);
    for (char *at = error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?'; /* one line, and nothing that steers a terminal */
    error->line = set ? 0 : line;
    error->column = set ? 0 : column;
    if (!set)
        quote(reader, line, column);
}

bool scn_fail(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    record(reader, node ? node->set : NULL, node ? node->line : 0, node ? node->column : 0, format, list);
    va_end(list);
    return false;
}

bool scn_fail_key(struct scn_reader *reader, const struct scn_node *node, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    bool key = node->key_line != 0;
    record(reader, node->set, key ? node->key_line : node->line, key ? node->key_column : node->column, format, list);
    va_end(list);
    return false;
}

bool scn_fail_at(struct scn_reader *reader, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    record(reader, NULL, line, column, format, list);
    va_end(list);
    return false;
}
