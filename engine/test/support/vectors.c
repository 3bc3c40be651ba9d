#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void vectors_from(struct vectors *vectors, FILE *file)
{
    vectors->file = file;
    vectors->line = 0;
}

void vectors_open(struct vectors *vectors, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/vectors/%s", WARREN_CORPORA, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    vectors_from(vectors, file);
}

bool vectors_next(struct vectors *vectors)
{
    while (fgets(vectors->text, sizeof vectors->text, vectors->file) != NULL) {
        char *end = strchr(vectors->text, '\n');
        vectors->line++;
        if (end == NULL) {
            fail_msg("vector line %u is cut", vectors->line);
            return false;
        }
        *end = '\0';
        if (end != vectors->text && vectors->text[0] != '#')
            return true;
    }
    return false;
}

bool vectors_is(const struct vectors *vectors, const char *operation)
{
    size_t length = strlen(operation);
    return strncmp(vectors->text, operation, length) == 0 && vectors->text[length] == ' ';
}

static const char *value_of(const struct vectors *vectors, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strchr(vectors->text, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        if (strncmp(at + 1, name, length) == 0 && at[1 + length] == ':')
            return at + length + 2;
    }
    fail_msg("vector line %u has no %s", vectors->line, name);
    return NULL;
}

static unsigned digit(const struct vectors *vectors, char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    if (at == NULL)
        fail_msg("vector line %u has '%c' among hex", vectors->line, c);
    return (unsigned)(at - digits);
}

size_t vectors_bytes(const struct vectors *vectors, const char *name, uint8_t *out, size_t capacity)
{
    const char *at = value_of(vectors, name);
    size_t length = 0;
    if (at[0] == '-')
        return 0;
    for (; *at != '\0' && *at != ' '; at += 2) {
        if (length == capacity)
            fail_msg("vector line %u: %s is too long", vectors->line, name);
        out[length++] = (uint8_t)(digit(vectors, at[0]) << 4 | digit(vectors, at[1]));
    }
    return length;
}

void vectors_exactly(const struct vectors *vectors, const char *name, uint8_t *out, size_t length)
{
    if (vectors_bytes(vectors, name, out, length) != length)
        fail_msg("vector line %u: %s is not %zu bytes", vectors->line, name, length);
}

unsigned long vectors_number(const struct vectors *vectors, const char *name)
{
    const char *at = value_of(vectors, name);
    char *end;
    unsigned long value = strtoul(at, &end, 10);
    if (end == at || (*end != ' ' && *end != '\0'))
        fail_msg("vector line %u: %s is no number", vectors->line, name);
    return value;
}
